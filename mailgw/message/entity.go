package message

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// An Attachment is a file for an outgoing mail.
type Attachment struct {
	Type     string // media type, such as "application/xml"
	Filename string // ASCII; "" for a part without a name
	Inline   bool   // Content-Disposition inline
	Data     []byte
}

// Entity makes the MIME entity of body and attachments: its Content fields, an
// empty line, and a 7-bit body with CRLF line ends. The same input gives the
// same bytes: boundaries are digests of what they enclose.
func Entity(body string, attachments ...Attachment) ([]byte, error) {
	return appendEntity(make([]byte, 0, entitySize(body, attachments)), body, attachments)
}

// entitySize is about what an entity takes whose text may stand as it is.
func entitySize(body string, attachments []Attachment) int {
	size := 512 + len(body) + strings.Count(body, "\n")
	for i := range attachments {
		size += 512 + base64Size(len(attachments[i].Data))
	}
	return size
}

func appendEntity(b []byte, body string, attachments []Attachment) ([]byte, error) {
	if len(attachments) == 0 {
		return appendText(b, body)
	}
	m := openMultipart(b, "mixed", "")
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
	return appendParts(make([]byte, 0, partsSize(parts)), subtype, params, parts)
}

func partsSize(parts [][]byte) int {
	size := 256
	for _, p := range parts {
		size += 64 + len(p)
	}
	return size
}

func appendParts(b []byte, subtype, params string, parts [][]byte) []byte {
	m := openMultipart(b, subtype, params)
	for _, p := range parts {
		m.part()
		m.b = append(m.b, p...)
	}
	return m.close()
}

// partWriter writes a multipart part by part. Its boundary is a digest of the
// parts: it is put into its places when all stand.
type partWriter struct {
	b      []byte
	places []int // of the boundary
	start  int   // of the part that is being written; 0: none is
	sum    hash.Hash
}

// 28 digits: a run of 32 or 40 looks like the hash of a withheld value, and so do
// 31 symbols before the name of a field; the leak scan would have to make all
// hashes of all values to see that it is none.
const boundaryDigits = 28

func openMultipart(b []byte, subtype, params string) *partWriter {
	m := &partWriter{b: b, places: make([]int, 0, 8), sum: sha256.New()}
	m.b = append(append(append(m.b, "Content-Type: multipart/"...), subtype...), params...)
	m.boundary(";\r\n boundary=\"", "\"\r\n\r\n")
	return m
}

// boundary keeps a place for it.
func (m *partWriter) boundary(before, behind string) {
	m.b = append(m.b, before...)
	m.places = append(m.places, len(m.b))
	m.b = append(append(m.b, "=-000000000000000000000000000000"...), behind...)
}

// part begins a part, which is written behind b.
func (m *partWriter) part() {
	m.end()
	m.boundary("--", "\r\n")
	m.start = len(m.b)
}

func (m *partWriter) end() {
	if m.start > 0 {
		m.sum.Write(m.b[m.start:])
		m.b = append(m.b, "\r\n"...)
	}
}

func (m *partWriter) close() []byte {
	m.end()
	m.boundary("--", "--\r\n")
	var sum [sha256.Size]byte
	m.sum.Sum(sum[:0])
	for _, at := range m.places {
		hex.Encode(m.b[at+len("=-"):], sum[:boundaryDigits/2])
	}
	return m.b
}

// appendText writes text as it is where it is plain ASCII with short lines,
// else as base64 of UTF-8.
func appendText(b []byte, body string) ([]byte, error) {
	start := len(b)
	b = append(b, "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"...)
	text, plain := len(b), true
	for rest, more := body, true; more; {
		var line string
		if line, rest, more = strings.Cut(rest, "\n"); more {
			line = strings.TrimSuffix(line, "\r")
		}
		if strings.IndexByte(line, '\r') >= 0 {
			return nil, errors.New("compose mail: bare CR in the body")
		}
		at := len(b)
		b = append(b, line...)
		plain = plain && plainLine(b[at:])
		if more {
			b = append(b, "\r\n"...)
		}
	}
	if plain {
		return b, nil
	}
	wire := bytes.Clone(b[text:])
	b = append(b[:start], "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"...)
	return appendBase64(b, wire), nil
}

// plainLine reports whether a line may stand in a mail as it is. "From " is
// changed by mbox stores and would break a signature (RFC 3156 5).
func plainLine(line []byte) bool {
	return len(line) <= 998 && forbidden(line) < 0 && !bytes.HasSuffix(line, []byte(" ")) && !bytes.HasPrefix(line, []byte("From "))
}

// append writes the attachment's entity behind b.
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
	b = append(append(b, head...), "\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: "...)
	return appendBase64(append(append(b, disposition...), "\r\n\r\n"...), a.Data), nil
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
