package iodef

// tableV2Values holds the enumerations of version 2. A value marked ~ stands
// in the prose of RFC 7970 (or its later MILE schema) but not in its schema:
// it is reported as a known conflict.
const tableV2Values = `
namespace urn:ietf:params:xml:ns:iodef-2.0

enum incident-purpose-type : traceback mitigation reporting watch other ext-value
enum incident-status-type : new in-progress forwarded resolved future ext-value
enum contact-role-type : creator reporter admin tech provider user billing legal abuse irt cc cc-irt leo vendor vendor-services victim victim-notified ext-value ~vendor-support
enum contact-type-type : person/person organization/org ext-value/person
enum registryhandle-registry-type : internic apnic arin lacnic ripe afrinic local ext-value
enum postaladdress-type-type : street mailing ext-value
enum telephone-type-type : wired mobile fax hotline ext-value
enum email-type-type : direct hotline ext-value
enum discovery-source-type : nidps hips siem av third-party-monitoring incident os-log application-log device-log network-flow passive-dns investigation audit internal-notification external-notification leo partner actor unknown ext-value
enum systemimpact-completion-type : failed succeeded
enum systemimpact-type-type : takeover-account takeover-service takeover-system cps-manipulation cps-damage availability-data availability-account availability-service availability-system damaged-system damaged-data breach-proprietary breach-privacy breach-credential breach-configuration integrity-data integrity-configuration integrity-hardware traffic-redirection monitoring-traffic monitoring-host policy unknown ext-value
enum businessimpact-severity-type : none low medium high unknown ext-value
enum businessimpact-type-type : breach-proprietary breach-privacy breach-credential loss-of-integrity loss-of-service theft-financial theft-service degraded-reputation asset-damage asset-manipulation legal extortion unknown ext-value
enum timeimpact-metric-type : labor elapsed downtime ext-value
enum confidence-rating-type : low medium high numeric unknown ext-value
enum system-category-type : source target intermediate sensor infrastructure ext-value
enum system-ownership-type : organization personal partner customer no-relationship unknown ext-value
enum address-category-type : asn/asn atm/address e-mail/email mac/mac ipv4-addr/address ipv4-net/prefix ipv4-net-masked/prefix ipv4-net-mask/prefix ipv6-addr/address ipv6-net/prefix ipv6-net-masked/prefix site-uri/url ext-value/address
enum noderole-category-type : client client-enterprise client-partner client-remote client-kiosk client-mobile server-internal server-public www mail webmail messaging streaming voice file ftp p2p name directory credential print application database backup dhcp assessment source-control config-management monitoring infra infra-firewall infra-router infra-switch camera proxy remote-access log virtualization pos scada scada-supervisory sinkhole honeypot anonymization c2-server malware-distribution drop-server hop-point reflector phishing-site spear-phishing-site recruiting-site fraudulent-site ext-value
enum counter-type-type : counter rate average ext-value ~count ~peak
enum counter-unit-type : byte mbit packet flow session event alert message host site organization ext-value
enumstring domaindata-system-status-type : spoofed fraudulent innocent-hacked innocent-hijacked unknown ext-value
enumstring domaindata-domain-status-type : reservedDelegation assignedAndActive assignedAndInactive assignedAndOnHold revoked transferPending registryLock registrarLock other unknown ext-value
enum recordpattern-type-type : regex binary xpath ext-value
enum recordpattern-offsetunit-type : line byte ext-value
enum key-registryaction-type : add-key add-value delete-key delete-value modify-key modify-value ext-value
enum hashdata-scope-type : file-contents file-pe-section file-pe-iat file-pe-resource file-pdf-object email-hash email-headers-hash email-body-hash ext-value
enum bulkobservable-type-type : asn/asn atm/log e-mail/email ipv4-addr/address ipv4-net/prefix ipv4-net-mask/prefix ipv6-addr/address ipv6-net/prefix ipv6-net-mask/prefix mac/mac site-uri/url domain-name/domain domain-to-ipv4/log domain-to-ipv6/log domain-to-ipv4-timestamp/log domain-to-ipv6-timestamp/log ipv4-port/log ipv6-port/log windows-reg-key/path file-hash/hash email-x-mailer/software email-subject/log http-user-agent/software http-request-uri/url mutex/path file-path/path user-name/account ~ext-value/log
enum indicatorexpression-operator-type : not and or xor
enum softwarereference-spec-name-type : custom cpe swid ext-value
enum softwarereference-dtype-type : bytes integer real string xml ext-value
enum yes-no-unknown-type : yes no unknown
enum restriction-type : default public partner need-to-know private white green amber red ext-value
enum severity-type : low medium high
enum duration-type : second minute hour day month quarter year ext-value
enum action-type : nothing contact-source-site contact-target-site contact-sender investigate block-host block-network block-port rate-limit-host rate-limit-network rate-limit-port redirect-traffic honeypot upgrade-software rebuild-asset harden-asset remediate-other status-triage status-new-info watch-and-report defined-coa other ext-value training
enum dtype-type : boolean/log byte/binary bytes/binary character/log date-time/log integer/log ntpstamp/log portlist/log real/log string/log file/binary path/path frame/binary packet/binary ipv4-packet/binary ipv6-packet/binary url/url csv/log winreg/log xml/meta ext-value/meta
enum Assessment/@occurrence : actual potential
`
