package message

import (
	"bytes"
	"errors"
	"fmt"
	"math/bits"
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

// Compose makes a whole mail without OpenPGP.
func Compose(h OutHeader, body string, attachments ...Attachment) ([]byte, error) {
	mail, _, err := Whole(h, []byte(body), attachments...)
	if err != nil {
		return nil, err
	}
	return finish(mail)
}

// Whole is Compose that also gives the mail's [Entity], as a piece of the mail. It
// leaves the last look over every line to what seals the entity.
func Whole(h OutHeader, body []byte, attachments ...Attachment) (mail, entity []byte, err error) {
	var memory [maxHeader]byte // what is kept is no larger than it must be
	header, err := h.append(memory[:0])
	if err != nil {
		return nil, nil, err
	}
	b := append(make([]byte, 0, len(header)+entitySize(body, attachments)), header...)
	if b, err = appendEntity(b, h.MessageID.s, body, attachments); err != nil {
		return nil, nil, err
	}
	end := len(b)
	return endLine(b), b[len(header):end:end], nil
}

// WithHeader puts the mail's header before an entity and checks every line of
// the result: printable ASCII, CRLF line ends, at most 998 characters.
func WithHeader(h OutHeader, entity []byte) ([]byte, error) {
	b, err := h.append(make([]byte, 0, maxHeader+len(entity)))
	if err != nil {
		return nil, err
	}
	return finish(append(b, entity...))
}

// WithParts is WithHeader of a [Multipart], in one buffer.
func WithParts(h OutHeader, subtype, params string, parts ...[]byte) ([]byte, error) {
	b, err := h.append(make([]byte, 0, maxHeader+partsSize(parts)))
	if err != nil {
		return nil, err
	}
	return finish(appendParts(b, h.MessageID.s, subtype, params, parts))
}

// maxHeader is what most headers take.
const maxHeader = 1024

func finish(mail []byte) ([]byte, error) {
	mail = endLine(mail)
	if err := CheckLines(mail); err != nil {
		return nil, fmt.Errorf("compose mail: %w", err)
	}
	return mail, nil
}

// endLine ends the last line too (RFC 5321 2.3.8).
func endLine(mail []byte) []byte {
	if !bytes.HasSuffix(mail, []byte("\r\n")) {
		mail = append(mail, "\r\n"...)
	}
	return mail
}

// append writes the header behind b.
func (h *OutHeader) append(b []byte) ([]byte, error) {
	if h.From.IsZero() || h.To.IsZero() || h.Date.IsZero() || h.MessageID.s == "" {
		return nil, errors.New("compose mail: header without From, To, Date or Message-ID")
	}
	field := func(name, value string) {
		if value != "" {
			b = append(append(b, name...), ": "...)
			b = append(append(b, strings.ReplaceAll(value, "?= =?", "?=\r\n =?")...), "\r\n"...)
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
	b = append(h.Date.UTC().AppendFormat(append(b, "Date: "...), "Mon, 02 Jan 2006 15:04:05 +0000"), "\r\n"...)
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
			return nil, fmt.Errorf("compose mail: %.40q is no field name", f.Name.s)
		}
		field(f.Name.s, f.Value.s)
	}
	field("MIME-Version", "1.0")
	return b, nil
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
	start := 0 // of the line
	for at := 0; ; at++ {
		at = unprintable(mail, at)
		if at-start > maxLine {
			return errors.New("line over 998 characters")
		}
		switch {
		case at == len(mail):
			return nil
		case mail[at] == '\r' && at+1 < len(mail) && mail[at+1] == '\n':
			at++
			start = at + 1
		case mail[at] != '\t':
			return fmt.Errorf("forbidden byte 0x%02x at %d", mail[at], at)
		}
	}
}

// unprintable is the place of the first byte from at on that is no printable
// ASCII, the length of text if there is none. Sixteen bytes are looked at together.
func unprintable[T string | []byte](text T, at int) int {
	for ; len(text)-at >= 16; at += 16 {
		first, second := strange(eight(text, at)), strange(eight(text, at+8))
		switch {
		case first != 0:
			return at + bits.TrailingZeros64(first)/8
		case second != 0:
			return at + 8 + bits.TrailingZeros64(second)/8
		}
	}
	for ; at < len(text) && text[at] >= ' ' && text[at] <= '~'; at++ {
	}
	return at
}

// eight are the bytes of text from at on, the first one lowest.
func eight[T string | []byte](text T, at int) uint64 {
	b := text[at : at+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// strange is not 0 where a byte of x is no printable ASCII: its lowest bit stands
// in the first such byte.
func strange(x uint64) uint64 {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	return (x | (x + ones) | (x - 0x20*ones)) & high
}

// printable checks for ASCII without control characters.
func printable(s string) bool { return unprintable(s, 0) == len(s) }
