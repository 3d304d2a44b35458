package message

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// An Attachment is a file for an outgoing mail.
type Attachment struct {
	Type     string // media type, such as "application/xml"
	Filename string // ASCII; "" for a part without a name
	Inline   bool   // Content-Disposition inline
	Data     string
}

// Entity makes the MIME entity of body and attachments: its Content fields, an
// empty line, and a 7-bit body with CRLF line ends. The same input gives the
// same bytes.
func Entity(body string, attachments ...Attachment) ([]byte, error) {
	seed := sha256.New()
	io.WriteString(seed, body)
	for i := range attachments {
		io.WriteString(seed, attachments[i].Data)
	}
	text := []byte(body)
	return appendEntity(make([]byte, 0, entitySize(text, attachments)), string(seed.Sum(nil)), text, attachments)
}

// entitySize is what an entity takes at most whose texts may stand as they are, or
// whose body is Japanese, and hardly more than it takes.
func entitySize(body []byte, attachments []Attachment) int {
	size := 96 + len(body) + bytes.Count(body, []byte("\n"))
	if bytes.IndexByte(body, 0xE3) >= 0 { // the first octet of kana
		size = base64Size(size)
	}
	if len(attachments) > 0 {
		size += 160 // of a multipart
	}
	for i := range attachments {
		a := &attachments[i]
		size += 176 + len(a.Type) + 2*len(a.Filename)
		if mayChangeLineEnds(a.Type) {
			size += len(a.Data) + strings.Count(a.Data, "\n")
		} else {
			size += base64Size(len(a.Data))
		}
	}
	return size
}

func appendEntity(b []byte, seed string, body []byte, attachments []Attachment) ([]byte, error) {
	if len(attachments) == 0 {
		return appendText(b, body)
	}
	m := openMultipart(b, "mixed", "", boundary(seed, func(boundary string) bool {
		return bytes.Contains(body, []byte(boundary)) || slices.ContainsFunc(attachments, func(a Attachment) bool {
			return strings.Contains(a.Data, boundary)
		})
	}))
	var err error
	m.part()
	if m.b, err = appendText(m.b, body); err != nil {
		return nil, err
	}
	for i := range attachments {
		m.part()
		if m.b, err = attachments[i].append(m.b); err != nil {
			return nil, err
		}
	}
	return m.close(), nil
}

// Multipart joins entities. params is written behind the type, such as
// `; protocol="application/pgp-encrypted"`.
func Multipart(subtype, params string, parts ...[]byte) []byte {
	seed := sha256.New()
	for _, p := range parts {
		seed.Write(p)
	}
	return appendParts(make([]byte, 0, partsSize(parts)), string(seed.Sum(nil)), subtype, params, parts)
}

func partsSize(parts [][]byte) int {
	size := 256
	for _, p := range parts {
		size += 64 + len(p)
	}
	return size
}

func appendParts(b []byte, seed, subtype, params string, parts [][]byte) []byte {
	m := openMultipart(b, subtype, params, boundary(seed, func(boundary string) bool {
		return slices.ContainsFunc(parts, func(p []byte) bool { return bytes.Contains(p, []byte(boundary)) })
	}))
	for _, p := range parts {
		m.part()
		m.b = append(m.b, p...)
	}
	return m.close()
}

// usualBoundary is that of nearly all mails: the same lines in each of them are
// what the leak scan knows best.
const usualBoundary = "=-part"

// 28 digits: a run of 32 or 40 looks like the hash of a withheld value, and so do
// 31 symbols before the name of a field; the leak scan would have to make all
// hashes of all values to see that it is none.
const boundaryDigits = 28

// boundary makes one that stands in none of the parts. Where the usual one does,
// as that of an entity inside or because somebody wrote it into what we pass on,
// it is made of the seed, which nobody outside knows before: the mail's
// Message-ID, else a digest of the parts. None of them is the beginning of
// another (RFC 2046 5.1.1).
func boundary(seed string, stands func(boundary string) bool) string {
	b := usualBoundary
	for n := 0; stands(b); n++ {
		sum := sha256.Sum256([]byte(strconv.Itoa(n) + "\n" + seed))
		b = "=-" + hex.EncodeToString(sum[:boundaryDigits/2])
	}
	return b
}

// partWriter writes a multipart part by part.
type partWriter struct {
	b        []byte
	boundary string
	begun    bool // a part is being written
}

func openMultipart(b []byte, subtype, params, boundary string) *partWriter {
	b = append(append(append(b, "Content-Type: multipart/"...), subtype...), params...)
	b = append(append(append(b, ";\r\n boundary=\""...), boundary...), "\"\r\n\r\n"...)
	return &partWriter{b: b, boundary: boundary}
}

// part begins a part, which is written behind b.
func (m *partWriter) part() {
	m.delimiter()
	m.b = append(m.b, "\r\n"...)
	m.begun = true
}

// delimiter stands before each part and, on a line of its own, behind the last.
func (m *partWriter) delimiter() {
	if m.begun {
		m.b = append(m.b, "\r\n"...)
	}
	m.b = append(append(m.b, "--"...), m.boundary...)
}

func (m *partWriter) close() []byte {
	m.delimiter()
	return append(m.b, "--\r\n"...)
}

// appendText writes text as it is where it is plain ASCII with short lines,
// else as base64 of UTF-8.
func appendText(b, body []byte) ([]byte, error) {
	start := len(b)
	b = append(b, "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"...)
	text := len(b)
	b, plain := appendLines(b, body)
	if plain {
		return b, nil
	}
	wire := bytes.Clone(b[text:])
	if bytes.Count(wire, []byte("\r")) > bytes.Count(wire, []byte("\r\n")) {
		return nil, errors.New("compose mail: bare CR in the body")
	}
	b = append(b[:start], "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"...)
	return appendBase64(b, wire), nil
}

// appendLines writes text behind b with the line ends of mail, CRLF, and reports
// whether each of its lines may stand in a mail as it is.
func appendLines[T string | []byte](b []byte, text T) (lines []byte, plain bool) {
	plain = true
	start := 0 // of the line
	for at := unprintable(text, 0); at < len(text); at = unprintable(text, at+1) {
		switch c := text[at]; {
		case c == '\n':
			end := at
			if end > start && text[end-1] == '\r' {
				end--
			}
			plain = plain && plainLine(text[start:end])
			b = append(append(b, text[start:end]...), "\r\n"...)
			start = at + 1
		case c != '\t' && !(c == '\r' && at+1 < len(text) && text[at+1] == '\n'):
			plain = false
		}
	}
	return append(b, text[start:]...), plain && plainLine(text[start:])
}

// plainLine reports whether a line of printable ASCII and tabs may stand in a
// mail as it is. Blanks at its end are lost on some ways, and "From " is changed
// by mbox stores: either would break a signature (RFC 3156 3 and 5).
func plainLine[T string | []byte](line T) bool {
	if len(line) > maxLine {
		return false
	}
	if n := len(line); n > 0 && (line[n-1] == ' ' || line[n-1] == '\t') {
		return false
	}
	return len(line) < len("From ") || string(line[:len("From ")]) != "From "
}

// mayChangeLineEnds reports whether CRLF for LF changes nothing for who reads a
// file of that type: text by RFC 2046 4.1.1, XML by its section 2.11.
func mayChangeLineEnds(typ string) bool {
	typ = strings.ToLower(typ)
	return strings.HasPrefix(typ, "text/") || typ == "application/xml" || strings.HasSuffix(typ, "+xml")
}

// append writes the attachment's entity behind b: a text or an XML document as
// it is where its lines allow that, so that a person can read it, all else as
// base64.
func (a *Attachment) append(b []byte) ([]byte, error) {
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
	fields := len(b)
	if mayChangeLineEnds(a.Type) {
		b = append(append(b, head...), "\r\nContent-Transfer-Encoding: 7bit\r\nContent-Disposition: "...)
		lines, plain := appendLines(append(append(b, disposition...), "\r\n\r\n"...), a.Data)
		if plain {
			return lines, nil
		}
		b = lines[:fields]
	}
	b = append(append(b, head...), "\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: "...)
	return appendBase64(append(append(b, disposition...), "\r\n\r\n"...), []byte(a.Data)), nil
}

// lineData is what a line of base64 holds, of 76 characters (RFC 2045 6.8).
const lineData = 57

// base64Size is what appendBase64 takes of so many bytes.
func base64Size(n int) int { return base64.StdEncoding.EncodedLen(n) + 2*(n/lineData) }

// appendBase64 writes lines of base64; the last one has no line end.
func appendBase64(b, data []byte) []byte {
	for len(data) > lineData {
		b = append(base64.StdEncoding.AppendEncode(b, data[:lineData]), "\r\n"...)
		data = data[lineData:]
	}
	return base64.StdEncoding.AppendEncode(b, data)
}
