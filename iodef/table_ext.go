package iodef

// tableSCI is RFC 7203. The Reference inside it is the one of IODEF 1.00 in
// documents of both versions: the printed schema imports only that.
const tableSCI = `
namespace urn:ietf:params:xml:ns:iodef-sci-1.0

group spec     : SpecID!/meta ext-SpecID ContentID/meta
local RawData  : mixed any*/meta | dtype!{v1:dtype-type}==xml/meta meaning/meta formatid/meta restriction{v1:restriction-type}/meta
Scoring        : ( RawData* | v1:Reference* ) | &spec
Platform       : ( RawData* | v1:Reference* ) | &spec
EventReport    : ( RawData* | v1:Reference* ) | &spec
Verification   : ( RawData* | v1:Reference* ) | &spec
Remediation    : ( RawData* | v1:Reference* ) | &spec
AttackPattern  : ( RawData* | v1:Reference* ) Platform* | &spec
Vulnerability  : ( RawData* | v1:Reference* ) Platform* Scoring* | &spec
Weakness       : ( RawData* | v1:Reference* ) Platform* Scoring* | &spec
`

// tableEnum is RFC 7495.
const tableEnum = `
namespace urn:ietf:params:xml:ns:iodef-enum-1.0

ReferenceName : ID | specIndex!{integer}/type
local ID      : $NCName/text
`

// tablePhish is RFC 5901.
const tablePhish = `
namespace urn:ietf:params:xml:ns:iodef-phish-1.0

group confidence : phish:confidence{Percent}/impact
group ml         : lang{language}/meta
type MLStringType : $string/text | &ml

PhraudReport : PhishNameRef? PhishNameLocalRef? FraudParameter? FraudedBrandName* LureSource+ OriginatingSensor+ EmailRecord? DCSite* TakeDownInfo* ArchivedData* RelatedData* CorrelationData* PRComments? | Version=1.0/meta FraudType!{FraudType.type}/type ext-value
local PhishNameRef      : %MLStringType
local PhishNameLocalRef : %MLStringType
local FraudParameter    : %MLStringType
local FraudedBrandName  : %MLStringType/org
local RelatedData       : $anyURI/url
local CorrelationData   : %MLStringType
local PRComments        : %MLStringType

# --- lure ---
local LureSource      : v1:System+ DomainData* IncludedMalware? FilesDownloaded? WindowsRegistryKeysModified?
local IncludedMalware : IncludedMalware.Name+ ds:Reference? IncludedMalware.Data?
local IncludedMalware.Name : %MLStringType/software
local IncludedMalware.Data : $hexBinary/binary | XORPattern{hexBinary}=55AA55AA55AA55BB/binary
local FilesDownloaded : FilesDownloaded.File
local FilesDownloaded.File : %MLStringType/path
local WindowsRegistryKeysModified : WindowsRegistryKeysModified.Key+
local WindowsRegistryKeysModified.Key : Key.Name Key.Value
local Key.Name        : $string/path
local Key.Value       : $string/path

# --- the mail ---
local EmailRecord   : EmailCount EmailMessage? EmailComments?
local EmailCount    : $integer/count
local EmailMessage  : %MLStringType/log
local EmailComments : %MLStringType/log

# --- where the stolen data goes ---
local DCSite        : ( SiteURL | Domain | EmailSite | DCSite.System | Unknown ) v1:Node* DomainData? v1:Assessment? | DCType!{DCType}/type
local SiteURL       : $string/url | &ml &confidence
local Domain        : $string/domain | &ml &confidence
local EmailSite     : $string/email | &ml &confidence
local DCSite.System : v1:Address | &confidence
local Unknown       : $string/text | &ml &confidence
DomainData          : DomainData.Name DateDomainWasChecked? RegistrationDate? ExpirationDate? Nameservers* ( SameDomainContact | v1:Contact+ )? | SystemStatus{SystemStatus}/type DomainStatus{DomainStatus}/type
local DomainData.Name : %MLStringType/domain
local DateDomainWasChecked : $dateTime/time
local RegistrationDate : $dateTime/time
local ExpirationDate : $dateTime/time
local Nameservers   : Server v1:Address+
local Server        : %MLStringType/hostname
local SameDomainContact : %MLStringType/domain
Confidence          : $Percent/impact

# --- who saw it, what was done ---
local OriginatingSensor : DateFirstSeen v1:System+ | OriginatingSensorType!{OriginatingSensorType}/type
local DateFirstSeen   : $dateTime/time
TakeDownInfo          : TakeDownDate? TakeDownAgency* TakeDownComments*
local TakeDownDate    : $dateTime/time
local TakeDownAgency  : %MLStringType/org
local TakeDownComments : %MLStringType
ArchivedData          : ArchivedData.URL? Comments? ArchivedData.Data? | type!{ArchivedDataType}/type
local ArchivedData.URL : $anyURI/url
local Comments        : %MLStringType
local ArchivedData.Data : $base64Binary/binary

enumstring FraudType.type : phishing recruiting malware_distribution fraudulent_site dnsspoof archive other unknown ext-value
enumstring DCType         : web email keylogger automation unspecified
enumstring SystemStatus   : spoofed fraudulent innocent-hacked innocent-hijacked unknown
enumstring DomainStatus   : reservedDelegation assignedAndActive assignedAndInactive assignedAndOnHold revoked transferPending registryLock registrarLock other unknown
enum OriginatingSensorType : web webgateway mailgateway browser ispsensor human honeypot other
enum ArchivedDataType     : collectionsite basecamp sendersite credentialInfo unspecified
`

// tableSignature is the W3C schema of XML Signature, as far as IODEF refers to
// it. Signatures are evidence here, never a reason to trust (requirements X6).
const tableSignature = `
namespace http://www.w3.org/2000/09/xmldsig#

group id : Id{ID}/id

Signature       : SignedInfo SignatureValue KeyInfo? Object* | &id
SignatureValue  : $base64Binary/binary | &id
SignedInfo      : CanonicalizationMethod SignatureMethod Reference+ | &id
CanonicalizationMethod : mixed any!*/binary | Algorithm!{anyURI}/binary
SignatureMethod : mixed HMACOutputLength? other!*/binary | Algorithm!{anyURI}/binary
local HMACOutputLength : $integer/binary
Reference       : Transforms? DigestMethod DigestValue | &id URI{anyURI}/binary Type{anyURI}/binary
Transforms      : Transform+
Transform       : mixed ( other | XPath )*/binary | Algorithm!{anyURI}/binary
local XPath     : $string/binary
DigestMethod    : mixed other*/hash | Algorithm!{anyURI}/hash
DigestValue     : $base64Binary/hash

KeyInfo         : mixed ( KeyName | KeyValue | RetrievalMethod | X509Data | PGPData | SPKIData | MgmtData | other )+/binary | &id
KeyName         : $string/binary
MgmtData        : $string/binary
KeyValue        : mixed ( DSAKeyValue | RSAKeyValue | other )/binary
RetrievalMethod : Transforms? | URI{anyURI}/binary Type{anyURI}/binary
X509Data        : ( X509IssuerSerial | X509SKI | X509SubjectName | X509Certificate | X509CRL | other )+
local X509IssuerSerial : X509IssuerName X509SerialNumber
local X509IssuerName   : $string/binary
local X509SerialNumber : $integer/binary
local X509SKI          : $base64Binary/binary
local X509SubjectName  : $string/binary
local X509Certificate  : $base64Binary/binary
local X509CRL          : $base64Binary/binary
PGPData         : ( ( PGPKeyID PGPKeyPacket? other* ) | ( PGPKeyPacket other* ) )
local PGPKeyID     : $base64Binary/binary
local PGPKeyPacket : $base64Binary/binary
SPKIData        : ( SPKISexp other? )+
local SPKISexp  : $base64Binary/binary

Object          : mixed any*/binary | &id MimeType/binary Encoding{anyURI}/binary
Manifest        : Reference+ | &id
SignatureProperties : SignatureProperty+ | &id
SignatureProperty : mixed other+/binary | Target!{anyURI}/binary &id

DSAKeyValue     : ( P Q )? G? Y J? ( Seed PgenCounter )?
local P         : $base64Binary/binary
local Q         : $base64Binary/binary
local G         : $base64Binary/binary
local Y         : $base64Binary/binary
local J         : $base64Binary/binary
local Seed      : $base64Binary/binary
local PgenCounter : $base64Binary/binary
RSAKeyValue     : Modulus Exponent
local Modulus   : $base64Binary/binary
local Exponent  : $base64Binary/binary
`
