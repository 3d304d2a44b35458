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

// Class says what kind of value a cell holds. The zero Class is one that nobody
// knows: nothing of it is told.
type Class uint8

const (
	ClassAddress  Class = iota + 1 // one IPv4 or IPv6 address
	ClassPrefix                    // a network in CIDR form
	ClassHostname                  // the name of one host
	ClassDomain                    // a domain name
	ClassURL
	ClassEmail
	ClassPerson
	ClassOrg
	ClassMAC
	ClassASN
	ClassAccount // a user name
	ClassPath    // a file path or registry key
	ClassHash
	ClassTime
	ClassPort // ports and protocol numbers
	ClassType // kind of incident, categories
	ClassAction
	ClassImpact
	ClassCount
	ClassSoftware
	ClassLog    // a container: values in it are cells too
	ClassBinary // opaque evidence
	ClassText   // free text, a container like a log
	ClassID     // identifiers given by somebody
	ClassMeta   // anything about the document itself
)

// classes are the words for them.
var classes = [...]string{
	"unknown", "address", "prefix", "hostname", "domain", "url", "email", "person", "org",
	"mac", "asn", "account", "path", "hash", "time", "port", "type",
	"action", "impact", "count", "software", "log", "binary", "text", "id", "meta",
}

var classOf = func() map[string]Class {
	known := make(map[string]Class, len(classes))
	for c, word := range classes[1:] {
		known[word] = Class(c + 1)
	}
	return known
}()

// ClassOf is the class of that word, zero where it is none.
func ClassOf(word string) Class { return classOf[word] }

// known is the class, zero where it is none.
func (c Class) known() Class {
	if int(c) < len(classes) {
		return c
	}
	return 0
}

// String is the word, as the policy has it.
func (c Class) String() string { return classes[c.known()] }

// classSet is a set of classes, one bit each.
type classSet uint32

const anyClass = classSet(1<<(len(classes)-1) - 1)

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

// bit of a class; one that nobody knows has none.
func (c Class) bit() classSet { return 1 << c.known() >> 1 }

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
