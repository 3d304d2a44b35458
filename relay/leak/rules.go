package leak

// The rules, each a unit of its own in the file named; a finding carries the
// decoders and then the rule.
const (
	// ipv4.go
	ruleIPv4Dotted   = "ipv4-dotted"   // four numbers, any notation, any separator
	ruleIPv4Octal    = "ipv4-octal"    // the same, leading zeros read as octal
	ruleIPv4Reversed = "ipv4-reversed" // in-addr.arpa and names made of it
	ruleIPv4Short    = "ipv4-short"    // three or two parts
	ruleIPv4Dword    = "ipv4-dword"    // one number: decimal, octal, hex, signed, either order
	ruleIPv4Padded   = "ipv4-padded"   // twelve digits
	ruleIPv4Glued    = "ipv4-glued"    // other digits before or behind
	ruleIPv4Bits     = "ipv4-bits"     // binary digits, bits.go
	// range.go
	ruleIPv4Range    = "ipv4-range"
	ruleIPv4List     = "ipv4-list"
	ruleIPv4Prefix   = "ipv4-prefix"   // a prefix longer than allowed around the value
	ruleIPv4Wildcard = "ipv4-wildcard" // 203.0.113.x of a withheld network
	// group.go
	ruleIPv6       = "ipv6"
	ruleIPv6Prefix = "ipv6-prefix"
	ruleIPv6Nibble = "ipv6-nibble" // ip6.arpa
	ruleIPv6Number = "ipv6-number" // one decimal number, number128.go
	ruleMAC        = "mac"
	ruleMACNumber  = "mac-number"
	// embed.go
	ruleIPv4Mapped = "ipv4-mapped"
	ruleIPv4Compat = "ipv4-compatible"
	ruleIPv4NAT64  = "ipv4-nat64"
	ruleIPv46to4   = "ipv4-6to4"
	ruleIPv4Teredo = "ipv4-teredo"
	ruleIPv4ISATAP = "ipv4-isatap"
	ruleIPv4Low    = "ipv4-in-ipv6" // the last 32 bits of any other
	ruleIPv4Spelt  = "ipv4-spelt-in-ipv6"
	ruleMACEUI64   = "mac-eui64"
	// binary.go
	ruleIPv4Binary   = "ipv4-binary"
	ruleIPv4BinaryLE = "ipv4-binary-le"
	ruleIPv4Packet   = "ipv4-packet" // a withheld network, in a packet's header
	ruleIPv6Binary   = "ipv6-binary"
	ruleIPv6BinaryLE = "ipv6-binary-le"
	ruleMACBinary    = "mac-binary"
	ruleNameBinary   = "name-binary"
	ruleHash         = "hash"
	// digest.go
	ruleMD5     = "md5"
	ruleSHA1    = "sha1"
	ruleSHA256  = "sha256"
	ruleCRC32   = "crc32"
	ruleMurmur3 = "murmur3"
	// texts.go
	ruleDomain         = "domain"
	ruleDomainReversed = "domain-reversed"
	ruleEmail          = "email"
	ruleName           = "name"
	ruleAccount        = "account"
	rulePath           = "path"
	ruleURL            = "url"
	ruleText           = "text"
	rulePhone          = "phone"
	ruleASN            = "asn"
)
