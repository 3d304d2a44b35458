package iodef

// tableV2 is RFC 7970 (IODEF 2.00) with errata 5543, 5544 and 5583 applied:
// the document, its incidents, contacts, assessments and events. The rest of
// version 2 is in tableV2Evidence, its enumerations in tableV2Values.
const tableV2 = `
namespace urn:ietf:params:xml:ns:iodef-2.0

# --- attributes that several classes share ---
group restricted : restriction{restriction-type}/meta ext-restriction
group observable : observable-id{ID}/id
group ml         : translation-id/meta xml:lang{language}/meta

# --- named types ---
type IncidentIDType     : $string/id | name!/id instance/id &restricted
type BusinessImpactType : Description* | severity{businessimpact-severity-type}/impact ext-severity type{businessimpact-type-type}=unknown/impact ext-type
type MLStringType       : $string/text | &ml
type ExtensionType      : mixed any*/meta | name/meta dtype!{dtype-type}/meta ext-dtype meaning/meta formatid/meta &restricted &observable
type SoftwareType       : SoftwareReference? URL* Description*

# --- document and incident ---
IODEF-Document  : Incident+ AdditionalData* | version==2.00/meta xml:lang{language}/meta format-id/meta private-enum-name/meta private-enum-id/meta
Incident        : IncidentID AlternativeID? RelatedActivity* DetectTime? StartTime? EndTime? RecoveryTime? ReportTime? GenerationTime Description* Discovery* Assessment* Method* Contact+ EventData* IndicatorData? History? AdditionalData* | purpose!{incident-purpose-type}/type ext-purpose status{incident-status-type}/type ext-status xml:lang{language}/meta restriction{restriction-type}=private/meta ext-restriction &observable
IncidentID      : %IncidentIDType
AlternativeID   : IncidentID+ | &restricted
RelatedActivity : IncidentID* URL* ThreatActor* Campaign* IndicatorID* Confidence? Description* AdditionalData* | &restricted
ThreatActor     : ThreatActorID* URL+~ Description* AdditionalData* | &restricted
ThreatActorID   : $string/id
Campaign        : CampaignID* URL* Description* AdditionalData* | &restricted
CampaignID      : $string/id
AdditionalData  : %ExtensionType

# --- contact ---
Contact         : ContactName* ContactTitle* Description* RegistryHandle* PostalAddress* Email* Telephone* Timezone? Contact* AdditionalData* | role!{contact-role-type}/type ext-role type!{contact-type-type}/type ext-type &restricted
ContactName     : %MLStringType/../@type
ContactTitle    : %MLStringType/person
RegistryHandle  : $string/account | registry{registryhandle-registry-type}/type ext-registry
PostalAddress   : PAddress Description* | type{postaladdress-type-type}/type ext-type
PAddress        : %MLStringType/person
Telephone       : TelephoneNumber Description* | type{telephone-type-type}/type ext-type
TelephoneNumber : $string/person
Email           : EmailTo Description* | type{email-type-type}/type ext-type

# --- time ---
DateTime        : $dateTime/time
ReportTime      : $dateTime/time
DetectTime      : $dateTime/time
StartTime       : $dateTime/time
EndTime         : $dateTime/time
RecoveryTime    : $dateTime/time
GenerationTime  : $dateTime/time
Timezone        : $TimezoneType/meta

# --- history, expectation, discovery, method ---
History         : HistoryItem+ | &restricted
HistoryItem     : DateTime IncidentID? Contact? Description* DefinedCOA* AdditionalData* | action!{action-type}/action ext-action &restricted &observable
DefinedCOA      : $string/text
Expectation     : Description* DefinedCOA* StartTime? EndTime? Contact? | action{action-type}=other/action ext-action severity{severity-type}/impact &restricted &observable
Discovery       : Description* Contact* DetectionPattern* | source{discovery-source-type}=unknown/type ext-source &restricted
DetectionPattern : Application Description* DetectionConfiguration* | &restricted &observable
local DetectionConfiguration : $string/text
Method          : Reference* Description* sci:AttackPattern* sci:Vulnerability* sci:Weakness* AdditionalData* | &restricted
Reference       : enum:ReferenceName? URL* Description* | &observable

# --- assessment ---
Assessment      : IncidentCategory* ( SystemImpact | BusinessImpact | TimeImpact | MonetaryImpact | IntendedImpact )+ Counter* MitigatingFactor* Cause* Confidence? AdditionalData* | occurrence{Assessment/@occurrence}/impact &restricted &observable
IncidentCategory : %MLStringType
BusinessImpact  : %BusinessImpactType
IntendedImpact  : %BusinessImpactType
MitigatingFactor : %MLStringType
Cause           : %MLStringType
SystemImpact    : Description* | severity{severity-type}/impact completion{systemimpact-completion-type}/impact type{systemimpact-type-type}=unknown/type ext-type
TimeImpact      : $PositiveFloatType/impact | severity{severity-type}/impact metric!{timeimpact-metric-type}/impact ext-metric duration{duration-type}/impact ext-duration
MonetaryImpact  : $PositiveFloatType/impact | severity{severity-type}/impact currency/impact
Confidence      : $ConfidenceType/impact | rating!{confidence-rating-type}/impact ext-rating

# --- events and systems ---
EventData       : Description* DetectTime? StartTime? EndTime? RecoveryTime? ReportTime? Contact* Discovery* Assessment? Method* Flow* Expectation* Record? EventData* AdditionalData* | &restricted &observable
Flow            : System+
System          : Node NodeRole* Service* OperatingSystem* Counter* AssetID* Description* AdditionalData* | category{system-category-type}/type ext-category interface/meta spoofed{yes-no-unknown-type}=unknown/type virtual{yes-no-unknown-type}=unknown/type ownership{system-ownership-type}/type ext-ownership &restricted &observable
local AssetID   : $string/id
OperatingSystem : %SoftwareType
Node            : ( DomainData | Address )+ PostalAddress? Location* Counter*
Address         : $string/@category | category{address-category-type}=ipv6-addr/type ext-category vlan-name/meta vlan-num{integer}/meta &observable
Location        : %MLStringType/org
NodeRole        : Description* | category!{noderole-category-type}/type ext-category
Service         : ServiceName? Port? Portlist? ProtoType? ProtoCode? ProtoField? ApplicationHeader? EmailData? Application? | ip-protocol{integer}/port &observable
Port            : $integer/port
Portlist        : $PortlistType/port
ProtoType       : $integer/port
ProtoCode       : $integer/port
ProtoField      : $integer/port
ApplicationHeader : ApplicationHeaderField+
ApplicationHeaderField : %ExtensionType/log
ServiceName     : IANAService? URL* Description*
IANAService     : $string/text
Application     : %SoftwareType
SoftwareReference : any*/software | spec-name!{softwarereference-spec-name-type}/software ext-spec-name dtype{softwarereference-dtype-type}/software ext-dtype
Counter         : $float/count | type!{counter-type-type}/count ext-type unit!{counter-unit-type}/count ext-unit meaning/meta duration{duration-type}/count ext-duration
Description     : %MLStringType
URL             : $anyURI/url
`
