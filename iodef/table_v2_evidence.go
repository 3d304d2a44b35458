package iodef

// tableV2Evidence continues tableV2: e-mail and domain data, records, files,
// registry keys, certificates and indicators.
const tableV2Evidence = `
namespace urn:ietf:params:xml:ns:iodef-2.0

# --- e-mail and domains ---
EmailData       : EmailTo* EmailFrom? EmailSubject? EmailX-Mailer? EmailHeaderField* EmailHeaders? EmailBody? EmailMessage? HashData* SignatureData* | &observable
EmailTo         : $string/email
EmailFrom       : $string/email
EmailSubject    : $string/log
EmailX-Mailer   : $string/software
EmailHeaderField : %ExtensionType/log
EmailHeaders    : $string/log
EmailBody       : $string/log
EmailMessage    : $string/log
DomainData      : Name DateDomainWasChecked? RegistrationDate? ExpirationDate? RelatedDNS* Nameservers* DomainContacts? | system-status{domaindata-system-status-type}/type ext-system-status domain-status{domaindata-domain-status-type}/type ext-domain-status &observable
Name            : $string/domain
DateDomainWasChecked : $dateTime/time
RegistrationDate : $dateTime/time
ExpirationDate  : $dateTime/time
RelatedDNS      : %ExtensionType/log
Nameservers     : Server Address+
Server          : $string/hostname
DomainContacts  : ( SameDomainContact | Contact+ )
SameDomainContact : $string/domain

# --- record ---
Record          : RecordData+ | &restricted
RecordData      : DateTime? Description* Application? RecordPattern* RecordItem* URL* FileData* WindowsRegistryKeysModified* CertificateData* AdditionalData* | &restricted &observable
RecordPattern   : $string/log | type!{recordpattern-type-type}/type ext-type offset{integer}/count offsetunit{recordpattern-offsetunit-type}=line/type ext-offsetunit instance{integer}/count
RecordItem      : %ExtensionType/@dtype
WindowsRegistryKeysModified : Key+ | &observable
Key             : KeyName ( Value | ~KeyValue )? | registryaction{key-registryaction-type}/type ext-registryaction &observable
KeyName         : $string/path
Value           : $string/path
local KeyValue  : $string/path

# --- files, hashes, certificates ---
FileData        : File+ | &restricted &observable
File            : FileName? FileSize? FileType? URL* HashData? SignatureData? AssociatedSoftware? FileProperties* | &observable
FileName        : $string/path
FileSize        : $integer/count
FileType        : $string/text
AssociatedSoftware : %SoftwareType
FileProperties  : %ExtensionType/log
HashData        : HashTargetID? Hash* FuzzyHash* | scope!{hashdata-scope-type}/type ext-scope
HashTargetID    : $string/id
Hash            : ds:DigestMethod ds:DigestValue ds:CanonicalizationMethod? Application?
FuzzyHash       : FuzzyHashValue+ Application? AdditionalData*
FuzzyHashValue  : %ExtensionType/hash
SignatureData   : ds:Signature+
CertificateData : Certificate+ | &restricted &observable
Certificate     : ds:X509Data Description* | &observable

# --- indicators ---
IndicatorData   : Indicator+
Indicator       : IndicatorID AlternativeIndicatorID* Description* StartTime? EndTime? Confidence? Contact* ( Observable | ObservableReference | IndicatorExpression | IndicatorReference ) NodeRole* AttackPhase* Reference* AdditionalData* | &restricted
IndicatorID     : $ID/id | name!/id version!/id
AlternativeIndicatorID : IndicatorID+ | &restricted
Observable      : ( System | Address | DomainData | Service | EmailData | WindowsRegistryKeysModified | FileData | CertificateData | RegistryHandle | RecordData | EventData | Incident | Expectation | Reference | Assessment | DetectionPattern | HistoryItem | BulkObservable | AdditionalData* )? | &restricted
BulkObservable  : BulkObservableFormat? BulkObservable.BulkObservableList AdditionalData* | type!{bulkobservable-type-type}/type ext-type
BulkObservableFormat : Hash? AdditionalData*
# The schema forgot the type where the list is used, so that anything may stand in it.
local BulkObservable.BulkObservableList : mixed any*/../@type | *
BulkObservableList : $string/log
IndicatorExpression : ( ( IndicatorExpression | Observable | ObservableReference | IndicatorReference ) Confidence? AdditionalData* )+ | operator{indicatorexpression-operator-type}=and/type ext-operator
ObservableReference : - | uid-ref!{IDREF}/id
IndicatorReference : - | uid-ref{IDREF}/id euid-ref/id version/id
AttackPhase     : AttackPhaseID* URL+~ Description* AdditionalData*
AttackPhaseID   : $string/id
`
