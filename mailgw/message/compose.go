package message

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"strconv"
	"strings"
	"time"
)

// An Addr is an address that may stand in an outgoing header: ASCII, one
// addr-spec, no display name. Only [NewAddr] makes one.
type Addr struct{ s string }

// NewAddr checks an addr-spec (RFC 5322 3.4.1, dot-atom form only).
func NewAddr(s string) (Addr, error) {
	p := addressParser{s: s}
	addr, ok := p.addrSpec()
	if !ok || p.s != "" || s[0] == '"' || !printable(addr) || len(addr) > 254 {
		return Addr{}, fmt.Errorf("address %.40q is no plain addr-spec", s)
	}
	return Addr{addr}, nil
}

func (a Addr) String() string { return a.s }

// IsZero reports whether a was never made.
func (a Addr) IsZero() bool { return a.s == "" }

// Text is unstructured header text, ASCII, encoded where needed (RFC 2047).
// Only [NewText] makes one.
type Text struct{ s string }

// NewText makes header text of s. It refuses control characters, line ends
// among them, and text over 500 bytes.
func NewText(s string) (Text, error) {
	if len(s) > 500 || Clean(s) != s {
		return Text{}, fmt.Errorf("header text %.40q is too long or has a control character", s)
	}
	if printable(s) && !strings.Contains(s, "=?") {
		return Text{s}, nil
	}
	return Text{mime.BEncoding.Encode("utf-8", s)}, nil
}

func (t Text) String() string { return t.s }

// A Token is a structured header value of our own making: printable ASCII
// without white space, such as a Message-ID.
type Token struct{ s string }

// NewToken checks such a value.
func NewToken(s string) (Token, error) {
	if s == "" || len(s) > 900 || !printable(s) || strings.Contains(s, " ") {
		return Token{}, fmt.Errorf("header token %.40q is empty, too long or not printable", s)
	}
	return Token{s}, nil
}

func (t Token) String() string { return t.s }

// An OutHeader is the header of a mail the gateway sends. Empty fields are
// left out; From, To, Date and MessageID are required.
type OutHeader struct {
	From, To, ReplyTo     Addr
	FromName              Text // display name
	Subject               Text
	Date                  time.Time // written in UTC: a zone tells where we are
	MessageID             Token     // with its angle brackets
	InReplyTo, References []Token   // with their angle brackets
	AutoSubmitted         Token     // "auto-generated", "auto-replied" (RFC 3834 5)
	Extra                 []OutField
}

// An OutField is one more header field, such as X-Gateway-Loop.
type OutField struct {
	Name  Token
	Value Text
}

// An Attachment is a file for an outgoing mail.
type Attachment struct {
	Type     string // media type, such as "application/xml"
	Filename string // ASCII; "" for a part without a name
	Inline   bool   // Content-Disposition inline
	Data     []byte
}

// Compose makes a whole mail without OpenPGP.
func Compose(h OutHeader, body string, attachments ...Attachment) ([]byte, error) {
	mail, _, err := Whole(h, body, attachments...)
	return mail, err
}

// Whole is Compose that also gives the mail's [Entity], as a piece of the mail.
func Whole(h OutHeader, body string, attachments ...Attachment) (mail, entity []byte, err error) {
	parts, err := entities(body, attachments)
	if err != nil {
		return nil, nil, err
	}
	var b bytes.Buffer
	size := maxHeader
	for _, p := range parts {
		size += len(p) + 64
	}
	b.Grow(size)
	if err := h.write(&b); err != nil {
		return nil, nil, err
	}
	start := b.Len()
	if len(parts) == 1 {
		b.Write(parts[0])
	} else {
		writeMultipart(&b, "mixed", "", parts)
	}
	end := b.Len()
	mail, err = finish(&b)
	if err != nil {
		return nil, nil, err
	}
	return mail, mail[start:end:end], nil
}

// Entity makes the MIME entity of body and attachments: its Content fields, an
// empty line, and a 7-bit body with CRLF line ends. The same input gives the
// same bytes: boundaries are digests of what they enclose.
func Entity(body string, attachments ...Attachment) ([]byte, error) {
	parts, err := entities(body, attachments)
	if err != nil {
		return nil, err
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return Multipart("mixed", "", parts...), nil
}

func entities(body string, attachments []Attachment) ([][]byte, error) {
	text, err := textEntity(body)
	if err != nil {
		return nil, err
	}
	parts := [][]byte{text}
	for _, a := range attachments {
		part, err := a.entity()
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// Multipart joins entities. params is written behind the type, such as
// `; protocol="application/pgp-encrypted"`.
func Multipart(subtype, params string, parts ...[]byte) []byte {
	var b bytes.Buffer
	writeMultipart(&b, subtype, params, parts)
	return b.Bytes()
}

func writeMultipart(b *bytes.Buffer, subtype, params string, parts [][]byte) {
	h := sha256.New()
	size := 0
	for _, p := range parts {
		h.Write(p)
		size += len(p)
	}
	// Thirty digits: a run of 32 or 40 looks like the hash of a withheld value,
	// and the leak scan would have to make all hashes of all of them to see that
	// it is none.
	boundary := "=-" + hex.EncodeToString(h.Sum(nil)[:15])
	b.Grow(size + 256 + 64*len(parts))
	b.WriteString("Content-Type: multipart/" + subtype + params + ";\r\n boundary=\"" + boundary + "\"\r\n\r\n")
	for _, p := range parts {
		b.WriteString("--" + boundary + "\r\n")
		b.Write(p)
		b.WriteString("\r\n")
	}
	b.WriteString("--" + boundary + "--\r\n")
}

// textEntity writes text as it is where it is plain ASCII with short lines,
// else as base64 of UTF-8.
func textEntity(body string) ([]byte, error) {
	const head = "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
	const head64 = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	wire := make([]byte, 0, len(head)+len(body)+strings.Count(body, "\n"))
	wire = append(wire, head...)
	plain := true
	for rest, more := body, true; more; {
		start := len(wire)
		var line string
		if line, rest, more = strings.Cut(rest, "\n"); more {
			line = strings.TrimSuffix(line, "\r")
		}
		if strings.IndexByte(line, '\r') >= 0 {
			return nil, errors.New("compose mail: bare CR in the body")
		}
		wire = append(wire, line...)
		plain = plain && plainLine(wire[start:])
		if more {
			wire = append(wire, "\r\n"...)
		}
	}
	if plain {
		return wire, nil
	}
	return appendBase64(head64, wire[len(head):]), nil
}

// plainLine reports whether a line may stand in a mail as it is. "From " is
// changed by mbox stores and would break a signature (RFC 3156 5).
func plainLine(line []byte) bool {
	return len(line) <= 998 && forbidden(line) < 0 && !bytes.HasSuffix(line, []byte(" ")) && !bytes.HasPrefix(line, []byte("From "))
}

func (a Attachment) entity() ([]byte, error) {
	if !isMediaType(a.Type) || strings.HasPrefix(a.Type, "multipart/") {
		return nil, fmt.Errorf("compose mail: %.40q is no media type of a file", a.Type)
	}
	disposition := "attachment"
	if a.Inline {
		disposition = "inline"
	}
	head := "Content-Type: " + a.Type
	if a.Filename != "" {
		if !isToken(a.Filename) || len(a.Filename) > 80 {
			return nil, fmt.Errorf("compose mail: file name %.40q is no token", a.Filename)
		}
		head += "; name=\"" + a.Filename + "\""
		disposition += "; filename=\"" + a.Filename + "\""
	}
	head += "\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: " + disposition + "\r\n\r\n"
	return appendBase64(head, a.Data), nil
}

// appendBase64 writes lines of 76 characters (RFC 2045 6.8) behind a head; the
// last one has no line end.
func appendBase64(head string, data []byte) []byte {
	const line = 57
	out := make([]byte, 0, len(head)+base64.StdEncoding.EncodedLen(len(data))+2*(len(data)/line))
	out = append(out, head...)
	for len(data) > line {
		out = base64.StdEncoding.AppendEncode(out, data[:line])
		out = append(out, "\r\n"...)
		data = data[line:]
	}
	return base64.StdEncoding.AppendEncode(out, data)
}

// WithHeader puts the mail's header before an entity and checks every line of
// the result: printable ASCII, CRLF line ends, at most 998 characters.
func WithHeader(h OutHeader, entity []byte) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(len(entity) + maxHeader)
	if err := h.write(&b); err != nil {
		return nil, err
	}
	b.Write(entity)
	return finish(&b)
}

// WithParts is WithHeader of a [Multipart], in one buffer.
func WithParts(h OutHeader, subtype, params string, parts ...[]byte) ([]byte, error) {
	var b bytes.Buffer
	size := maxHeader
	for _, p := range parts {
		size += len(p) + 64
	}
	b.Grow(size)
	if err := h.write(&b); err != nil {
		return nil, err
	}
	writeMultipart(&b, subtype, params, parts)
	return finish(&b)
}

// maxHeader is what most headers take, ours and those of a multipart.
const maxHeader = 1280

func finish(b *bytes.Buffer) ([]byte, error) {
	if !bytes.HasSuffix(b.Bytes(), []byte("\r\n")) {
		b.WriteString("\r\n") // the last line ends too (RFC 5321 2.3.8)
	}
	if err := CheckLines(b.Bytes()); err != nil {
		return nil, fmt.Errorf("compose mail: %w", err)
	}
	return b.Bytes(), nil
}

func (h OutHeader) write(b *bytes.Buffer) error {
	if h.From.IsZero() || h.To.IsZero() || h.Date.IsZero() || h.MessageID.s == "" {
		return errors.New("compose mail: header without From, To, Date or Message-ID")
	}
	field := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + strings.ReplaceAll(value, "?= =?", "?=\r\n =?") + "\r\n")
		}
	}
	from := h.From.s
	if h.FromName.s != "" {
		name := h.FromName.s
		if !strings.HasPrefix(name, "=?") {
			name = strconv.Quote(name)
		}
		from = name + " <" + from + ">"
	}
	field("Date", h.Date.UTC().Format("Mon, 02 Jan 2006 15:04:05 +0000"))
	field("From", from)
	field("To", h.To.s)
	field("Reply-To", h.ReplyTo.s)
	field("Subject", h.Subject.s)
	field("Message-ID", h.MessageID.s)
	field("In-Reply-To", tokens(h.InReplyTo))
	field("References", tokens(h.References))
	field("Auto-Submitted", h.AutoSubmitted.s)
	for _, f := range h.Extra {
		if !isFieldName(f.Name.s) || strings.Contains(f.Name.s, ":") {
			return fmt.Errorf("compose mail: %.40q is no field name", f.Name.s)
		}
		field(f.Name.s, f.Value.s)
	}
	field("MIME-Version", "1.0")
	return nil
}

func tokens(list []Token) string {
	s := make([]string, len(list))
	for i, t := range list {
		s[i] = t.s
	}
	return strings.Join(s, "\r\n ")
}

// CheckLines is the last gate before a mail is queued: lines of at most 998
// printable ASCII characters and tabs, ended by CRLF (requirements.md 1.8).
func CheckLines(mail []byte) error {
	for at := 0; at < len(mail); {
		line, next := mail[at:], len(mail)
		if i := bytes.IndexByte(line, '\r'); i >= 0 && i+1 < len(line) && line[i+1] == '\n' {
			line, next = line[:i], at+i+2
		}
		if len(line) > 998 {
			return errors.New("line over 998 characters")
		}
		if i := forbidden(line); i >= 0 {
			return fmt.Errorf("forbidden byte 0x%02x at %d", line[i], at+i)
		}
		at = next
	}
	return nil
}

// forbidden is the place of the first byte that is neither printable ASCII nor
// a tab, -1 if there is none. Eight bytes are looked at together.
func forbidden(line []byte) int {
	at := 0
	for ; len(line)-at >= 8 && printable8(line[at:]); at += 8 {
	}
	if at > 0 && len(line)-at < 8 && printable8(line[len(line)-8:]) {
		return -1
	}
	for ; at < len(line); at++ {
		if c := line[at]; c < ' ' && c != '\t' || c > '~' {
			return at
		}
	}
	return -1
}

// printable8 reports whether each of the first eight bytes is printable ASCII.
func printable8(b []byte) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	x := binary.LittleEndian.Uint64(b)
	del := x ^ 0x7f*ones
	return (x|(x-0x20*ones)|(del-ones))&high == 0
}

// printable checks for ASCII without control characters.
func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
