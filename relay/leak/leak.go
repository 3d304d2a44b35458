package leak

// Kind says how a value may be spelled.
type Kind string

const (
	IPv4    Kind = "ipv4"
	IPv6    Kind = "ipv6"
	Prefix  Kind = "prefix"  // CIDR of either family; withheld, every address inside counts
	MAC     Kind = "mac"     // 48 bits, any separators
	Domain  Kind = "domain"  // hostname or domain; names below it count too
	Email   Kind = "email"   // addr-spec
	Name    Kind = "name"    // person or organisation, or one alias of it, in any script
	ASN     Kind = "asn"     // AS64500 or 64500
	Account Kind = "account" // login name
	Path    Kind = "path"    // file path
	URL     Kind = "url"
	Hash    Kind = "hash" // hex digits
	Text    Kind = "text" // literal string, phone numbers included
)

// Value is one value of a report. ID is the caller's; findings name it and
// never the text.
type Value struct {
	Kind Kind
	Text string
	ID   int
}

// Finding says that a withheld value is in the message: which, by what
// decoders and rule ("base64>utf-16>ipv4-dotted"), and where ("header",
// "body", "part 1.2"). It holds neither the value nor text of the message.
type Finding struct {
	ID    int
	Rule  string
	Where string
}

// Result is the outcome for exactly the bytes of Message, which are those that
// Scan was given. Clean is true only if the whole message was read, within
// budget, and nothing was found.
type Result struct {
	Message  []byte
	Clean    bool
	Findings []Finding
	Err      error
}
