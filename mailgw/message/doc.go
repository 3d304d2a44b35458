// Package message reads and writes Internet mail: RFC 5322 headers, RFC 2045
// to 2049 and 2231 MIME, the incident documents a mail carries, and the few
// 7-bit mails the gateway itself sends.
//
// Reading. [Parse] never fails: it turns stored bytes into a tree of [Part]
// whose slices point into those bytes, and lists what was wrong with them as
// [Defect]s. There is one reading of every mail. Where two readers could
// disagree (duplicate fields or parameters, unclosed or nested boundaries,
// broken base64) this one takes the strict reading and says so; the caller
// holds such a mail. Everything is bounded by the Max constants.
//
// Writing. A header value is made only by a typed constructor ([NewAddr],
// [NewText]), a body is 7-bit with CRLF line ends, and [WithHeader] checks each
// line of the finished mail once more. Text and XML stand in the mail as they are
// where their lines may, for people to read; all else is base64.
//
// Not here: OpenPGP (package pgp), the meaning of a document (package iodef),
// and any judgement about a mail.
package message

// Limits on what is read. Each stops growth of time or memory that an attacker
// chooses.
const (
	// MaxSize is the largest mail that is taken apart, in bytes. A larger one
	// keeps its header and is opaque.
	MaxSize = 25 << 20
	// MaxDepth is the deepest nesting of multiparts and attached messages. A
	// mail of ten thousand nested multiparts would cost quadratic time.
	MaxDepth = 8
	// MaxParts is the largest number of parts in a mail. A boundary line costs
	// an attacker four bytes and us an allocation.
	MaxParts = 100
	// MaxFields is the largest number of fields in one header.
	MaxFields = 1000
	// MaxHeader is the largest header block in bytes: a header is copied once.
	MaxHeader = 64 << 10
	// MaxWords is the longest run of encoded words that is decoded, in bytes.
	MaxWords = 16 << 10
	// MaxInflated is the largest document that a gzip member may hold, in
	// bytes: gzip packs a thousand to one.
	MaxInflated = 4 << 20
)

// Tags of defects that a verdict can rest on (requirements.md 2). Malformed is
// no verdict: it marks what RFC 5322 forbids and every reader reads alike.
const (
	TagAmbiguous = "ambiguous-mime"
	TagLimits    = "limits-exceeded"
	TagTooDeep   = "too-deep"
	TagMalformed = "malformed"
)

// A Defect is something wrong with a mail's form.
type Defect struct {
	Tag  string // one of the Tag constants
	Path string // the part: "0" is the root, "0.2" its second child
	// Enclosed is the path of the outermost attached message around the part,
	// or "". What is wrong inside an attached message that holds no document
	// changes nothing: it is evidence, often cut short.
	Enclosed string
	Text     string // what is wrong, without any text from the mail
}
