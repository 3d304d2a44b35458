package iodef

// tableV1 is RFC 5070 (IODEF 1.00). The notation is explained at compile.
const tableV1 = `
namespace urn:ietf:params:xml:ns:iodef-1.0

# --- attributes that several classes share ---
group restricted : restriction{restriction-type}/meta
group ml         : lang{language}/meta

# --- named types ---
type IncidentIDType    : $string/id | name!/id instance/id restriction{restriction-type}=public/meta
type ContactMeansType  : $string/person | meaning/meta
type SoftwareType      : URL? | swid=0/software configid=0/software vendor/software family/software name/software version/software patch/software
type MLStringType      : $string/text | &ml
type ExtensionType     : mixed any*/meta | dtype!{dtype-type}/meta ext-dtype meaning/meta formatid/meta &restricted

# --- document and incident ---
IODEF-Document  : Incident+ | version==1.00/meta lang!{language}/meta formatid/meta
Incident        : IncidentID AlternativeID? RelatedActivity? DetectTime? StartTime? EndTime? ReportTime Description* Assessment+ Method* Contact+ EventData* History? AdditionalData* | purpose!{Incident/@purpose}/type ext-purpose lang{language}/meta restriction{restriction-type}=private/meta
IncidentID      : %IncidentIDType
AlternativeID   : IncidentID+ | &restricted
RelatedActivity : ( IncidentID+ | URL+ ) | &restricted
AdditionalData  : %ExtensionType

# --- contact ---
Contact         : ContactName? Description* RegistryHandle* PostalAddress? Email* Telephone* Fax? Timezone? Contact* AdditionalData* | role!{Contact/@role}/type ext-role type!{Contact/@type}/type ext-type &restricted
ContactName     : %MLStringType/../@type
RegistryHandle  : $string/account | registry{RegistryHandle/@registry}/type ext-registry
PostalAddress   : $string/person | &ml meaning/meta
Email           : %ContactMeansType/email
Telephone       : %ContactMeansType
Fax             : %ContactMeansType

# --- time ---
DateTime        : $dateTime/time
ReportTime      : $dateTime/time
DetectTime      : $dateTime/time
StartTime       : $dateTime/time
EndTime         : $dateTime/time
Timezone        : $TimezoneType/meta

# --- history, expectation, method ---
History         : HistoryItem+ | restriction{restriction-type}=default/meta
HistoryItem     : DateTime IncidentID? Contact? Description* AdditionalData* | &restricted action!{action-type}/action ext-action
Expectation     : Description* StartTime? EndTime? Contact? | restriction{restriction-type}=default/meta severity{severity-type}/impact action{action-type}=other/action ext-action
Method          : ( Reference | Description )+ AdditionalData* | &restricted
Reference       : ReferenceName URL* Description*
local ReferenceName : %MLStringType

# --- assessment ---
Assessment      : ( Impact | TimeImpact | MonetaryImpact )+ Counter* Confidence? AdditionalData* | occurrence{Assessment/@occurrence}/impact &restricted
Impact          : $string/text | &ml severity{severity-type}/impact completion{Impact/@completion}/impact type{Impact/@type}=unknown/type ext-type
TimeImpact      : $PositiveFloatType/impact | severity{severity-type}/impact metric!{TimeImpact/@metric}/impact ext-metric duration{duration-type}/impact ext-duration
MonetaryImpact  : $PositiveFloatType/impact | severity{severity-type}/impact currency/impact
Confidence      : mixed -/text | rating!{Confidence/@rating}/impact

# --- events and systems ---
EventData       : Description* DetectTime? StartTime? EndTime? Contact* Assessment? Method* Flow* Expectation* Record? EventData* AdditionalData* | restriction{restriction-type}=default/meta
Flow            : System+
System          : Node Service* OperatingSystem* Counter* Description* AdditionalData* | &restricted interface/meta category{System/@category}/type ext-category spoofed{System/@spoofed}=unknown/type
Node            : ( NodeName | Address )* Location? DateTime? NodeRole* Counter*
local NodeName  : %MLStringType/hostname
Address         : $string/@category | category{Address/@category}=ipv4-addr/type ext-category vlan-name/meta vlan-num{integer}/meta
Location        : %MLStringType/org
NodeRole        : $string/text | &ml category!{NodeRole/@category}/type ext-category
Service         : ( Port | Portlist )? ProtoType? ProtoCode? ProtoField? Application? | ip_protocol!{integer}/port
local Port      : $integer/port
local Portlist  : $PortlistType/port
local ProtoType : $integer/port
local ProtoCode : $integer/port
local ProtoField : $integer/port
Counter         : $double/count | type!{Counter/@type}/count ext-type meaning/meta duration{duration-type}/count ext-duration
Application     : %SoftwareType
OperatingSystem : %SoftwareType

# --- record ---
Record          : RecordData+ | &restricted
RecordData      : DateTime? Description* Application? RecordPattern* RecordItem+ AdditionalData* | &restricted
RecordPattern   : $string/log | type!{RecordPattern/@type}/type ext-type offset{integer}/count offsetunit{RecordPattern/@offsetunit}=line/type ext-offsetunit instance{integer}/count
RecordItem      : %ExtensionType/@dtype
Description     : %MLStringType
URL             : $anyURI/url

# --- values ---
enum restriction-type      : default public need-to-know private
enum severity-type         : low medium high
enum duration-type         : second minute hour day month quarter year ext-value
enum action-type           : nothing contact-source-site contact-target-site contact-sender investigate block-host block-network block-port rate-limit-host rate-limit-network rate-limit-port remediate-other status-triage status-new-info other ext-value
enum dtype-type            : boolean/log byte/binary character/log date-time/log integer/log ntpstamp/log portlist/log real/log string/log file/binary path/path frame/binary packet/binary ipv4-packet/binary ipv6-packet/binary url/url csv/log winreg/log xml/meta ext-value/meta
enum Incident/@purpose     : traceback mitigation reporting other ext-value
enum Contact/@role         : creator admin tech irt cc ext-value
enum Contact/@type         : person/person organization/org ext-value/person
enum RegistryHandle/@registry : internic apnic arin lacnic ripe afrinic local ext-value
enum Assessment/@occurrence : actual potential
enum Impact/@completion    : failed succeeded
enum Impact/@type          : admin dos extortion file info-leak misconfiguration recon policy social-engineering user unknown ext-value
enum TimeImpact/@metric    : labor elapsed downtime ext-value
enum Confidence/@rating    : low medium high numeric unknown
enum System/@category      : source target intermediate sensor infrastructure ext-value
enum System/@spoofed       : unknown yes no
enum Address/@category     : asn/asn atm/address e-mail/email mac/mac ipv4-addr/address ipv4-net/prefix ipv4-net-mask/prefix ipv6-addr/address ipv6-net/prefix ipv6-net-mask/prefix ext-value/address
enum NodeRole/@category    : client server-internal server-public www mail messaging streaming voice file ftp p2p name directory credential print application database infra log ext-value
enum Counter/@type         : byte packet flow session event alert message host site organization ext-value
enum RecordPattern/@type   : regex binary xpath ext-value
enum RecordPattern/@offsetunit : line byte ext-value
`
