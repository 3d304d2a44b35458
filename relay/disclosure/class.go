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

// Bits of the classes, in the order of the list above.
const (
	bitAddress classSet = 1 << iota
	bitPrefix
	bitHostname
	bitDomain
	bitURL
	bitEmail
	bitPerson
	bitOrg
	bitMAC
	bitASN
	bitAccount
	bitPath
	bitHash
	bitTime
	bitPort
	bitType
	bitAction
	bitImpact
	bitCount
	bitSoftware
	bitLog
	bitBinary
	bitText
	bitID
	bitMeta
)

// bit of a class; a class that nobody knows has none, and nothing of it is told.
func (c Class) bit() classSet {
	switch c {
	case ClassAddress:
		return bitAddress
	case ClassPrefix:
		return bitPrefix
	case ClassHostname:
		return bitHostname
	case ClassDomain:
		return bitDomain
	case ClassURL:
		return bitURL
	case ClassEmail:
		return bitEmail
	case ClassPerson:
		return bitPerson
	case ClassOrg:
		return bitOrg
	case ClassMAC:
		return bitMAC
	case ClassASN:
		return bitASN
	case ClassAccount:
		return bitAccount
	case ClassPath:
		return bitPath
	case ClassHash:
		return bitHash
	case ClassTime:
		return bitTime
	case ClassPort:
		return bitPort
	case ClassType:
		return bitType
	case ClassAction:
		return bitAction
	case ClassImpact:
		return bitImpact
	case ClassCount:
		return bitCount
	case ClassSoftware:
		return bitSoftware
	case ClassLog:
		return bitLog
	case ClassBinary:
		return bitBinary
	case ClassText:
		return bitText
	case ClassID:
		return bitID
	case ClassMeta:
		return bitMeta
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

// Sets that the layers and the closure speak of.
const (
	containers  = bitLog | bitText
	numbers     = bitAddress | bitPrefix | bitMAC | bitASN
	names       = bitHostname | bitDomain | bitURL
	identity    = bitPerson | bitOrg | bitEmail
	facts       = bitImpact | bitCount | bitSoftware
	coarsenable = bitAddress | bitTime | bitCount | bitImpact | bitSoftware | bitAction
	nameable    = bitAddress | bitHostname | bitDomain | bitEmail | bitPerson | bitOrg | bitMAC | bitAccount
	identifying = numbers | names | identity | bitAccount | bitPath | bitHash | bitTime
)

// Owner says whose value it is; section 1 of the model.
// The zero Owner is third, so that what nobody claimed is somebody else's.
type Owner uint8

// Owners, but for the first in the order in which the first that fits counts.
const (
	OwnerThird     Owner = iota // everybody else's
	OwnerNeutral                // enumerations, ports, our marking
	OwnerGateway                // our numbers, our contact
	OwnerMine                   // a requester's
	OwnerRecipient              // the recipient's own
	OwnerReported               // what the report accuses
)

var owners = [...]string{"third", "neutral", "gateway", "mine", "recipient", "reported"}

// known is the owner; one that nobody knows is somebody else.
func (o Owner) known() Owner {
	if int(o) < len(owners) {
		return o
	}
	return OwnerThird
}

// String is the word, as the policy has it.
func (o Owner) String() string { return owners[o.known()] }

type ownerSet uint8

const (
	bitOfThird ownerSet = 1 << iota
	bitOfNeutral
	bitOfGateway
	bitOfMine
	bitOfRecipient
	bitOfReported
	anyOwner = ownerSet(1<<len(owners) - 1)
)

func (o Owner) bit() ownerSet { return 1 << o.known() }

func by(list ...Owner) ownerSet {
	var s ownerSet
	for _, o := range list {
		s |= o.bit()
	}
	return s
}
