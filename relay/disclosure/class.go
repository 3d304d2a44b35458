// Package disclosure decides what a recipient may be told: which values of
// which reports stay as they are, are made coarser, get a pseudonym, are masked
// or are dropped.
//
// It covers the decision itself (Decide, a pure and total function over cells),
// who owns a value (Ownership), what a requester allows (ParseConditions), what
// the site allows (ParsePolicy), and which words of a text are values at all
// (Recognise). It promises that layers and rules only ever restrict one
// another, that their order cannot matter, that a value has one fate in a
// message wherever it stands, and that no reason ever spells a withheld value.
//
// It does not read IODEF, build documents, keep state or ask the network; the
// caller turns reports into cells and decisions into a document. The proof that
// nothing leaked is made elsewhere, by code that knows nothing of this package.
package disclosure

// Class says what kind of value a cell holds.
type Class string

const (
	ClassAddress  Class = "address"  // one IPv4 or IPv6 address
	ClassPrefix   Class = "prefix"   // a network in CIDR form
	ClassHostname Class = "hostname" // the name of one host
	ClassDomain   Class = "domain"   // a domain name
	ClassURL      Class = "url"
	ClassEmail    Class = "email"
	ClassPerson   Class = "person"
	ClassOrg      Class = "org"
	ClassMAC      Class = "mac"
	ClassASN      Class = "asn"
	ClassAccount  Class = "account" // a user name
	ClassPath     Class = "path"    // a file path or registry key
	ClassHash     Class = "hash"
	ClassTime     Class = "time"
	ClassPort     Class = "port" // ports and protocol numbers
	ClassType     Class = "type" // kind of incident, categories
	ClassAction   Class = "action"
	ClassImpact   Class = "impact"
	ClassCount    Class = "count"
	ClassSoftware Class = "software"
	ClassLog      Class = "log"    // a container: values in it are cells too
	ClassBinary   Class = "binary" // opaque evidence
	ClassText     Class = "text"   // free text, a container like a log
	ClassID       Class = "id"     // identifiers given by somebody
	ClassMeta     Class = "meta"   // anything about the document itself
)

// classes lists every class; the index is the bit in a classSet.
var classes = [...]Class{
	ClassAddress, ClassPrefix, ClassHostname, ClassDomain, ClassURL, ClassEmail,
	ClassPerson, ClassOrg, ClassMAC, ClassASN, ClassAccount, ClassPath, ClassHash,
	ClassTime, ClassPort, ClassType, ClassAction, ClassImpact, ClassCount,
	ClassSoftware, ClassLog, ClassBinary, ClassText, ClassID, ClassMeta,
}

// Classes lists every value class, in the order of the page.
func Classes() []Class { return append([]Class(nil), classes[:]...) }

// classSet is a set of classes, one bit each.
type classSet uint32

const anyClass = classSet(1<<len(classes) - 1)

func (c Class) bit() classSet {
	for i := range classes {
		if classes[i] == c {
			return 1 << i
		}
	}
	return 0
}

func of(list ...Class) classSet {
	var s classSet
	for _, c := range list {
		s |= c.bit()
	}
	return s
}

// Sets that the tables and the closure speak of.
var (
	containers   = of(ClassLog, ClassText)
	numbers      = of(ClassAddress, ClassPrefix, ClassMAC, ClassASN)
	names        = of(ClassHostname, ClassDomain, ClassURL)
	identity     = of(ClassPerson, ClassOrg, ClassEmail)
	facts        = of(ClassImpact, ClassCount, ClassSoftware)
	coarsenable  = of(ClassAddress, ClassTime, ClassCount, ClassImpact, ClassSoftware, ClassAction)
	nameable     = of(ClassAddress, ClassHostname, ClassDomain, ClassEmail, ClassPerson, ClassOrg, ClassMAC, ClassAccount)
	identifying  = numbers | names | identity | of(ClassAccount, ClassPath, ClassHash, ClassTime)
	neverWritten = of(ClassMeta, ClassID)
)

// Owner says whose value it is; section 1 of the model.
type Owner string

const (
	OwnerNeutral   Owner = "neutral"   // enumerations, ports, our marking
	OwnerGateway   Owner = "gateway"   // our numbers, our contact
	OwnerMine      Owner = "mine"      // a requester's
	OwnerRecipient Owner = "recipient" // the recipient's own
	OwnerReported  Owner = "reported"  // what the report accuses
	OwnerThird     Owner = "third"     // everybody else's
)

var owners = [...]Owner{OwnerNeutral, OwnerGateway, OwnerMine, OwnerRecipient, OwnerReported, OwnerThird}

// Owners lists every owner, in the order in which the first that fits counts.
func Owners() []Owner { return append([]Owner(nil), owners[:]...) }

type ownerSet uint8

const anyOwner = ownerSet(1<<len(owners) - 1)

// bit of an owner; an unknown owner is somebody else.
func (o Owner) bit() ownerSet {
	for i := range owners {
		if owners[i] == o {
			return 1 << i
		}
	}
	return OwnerThird.bit()
}

func by(list ...Owner) ownerSet {
	var s ownerSet
	for _, o := range list {
		s |= o.bit()
	}
	return s
}
