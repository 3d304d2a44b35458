package message

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A Document is an incident document that a mail carries.
type Document struct {
	Format  string // "iodef-1.00", "iodef-2.00", "arf", "x-arf" or "xarf"
	Part    *Part
	Bytes   []byte // after transfer decoding and gunzip, before charset conversion
	Charset string // the charset parameter of the part, or ""
	Inline  bool   // stands in a text body
	Err     error  // the part is ambiguous or over a cap; Bytes is nil
}

// SHA256 is the digest of the document as cli.md defines it: CR LF counts as
// LF. In lower-case hex.
func (d Document) SHA256() string {
	h := sha256.New()
	for b := d.Bytes; len(b) > 0; {
		n := bytes.Index(b, []byte("\r\n"))
		if n < 0 {
			h.Write(b)
			break
		}
		h.Write(b[:n])
		b = b[n+1:]
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Tag is the tag of a document that could not be read: [TagLimits] or
// [TagAmbiguous]; "" for one that could.
func (d Document) Tag() string {
	switch {
	case d.Err == nil:
		return ""
	case errors.Is(d.Err, errCap), errors.Is(d.Err, errTags):
		return TagLimits
	}
	return TagAmbiguous
}

// Errors of documents.
var (
	errInflate = errors.New("gzip is broken, has a second member or trailing bytes")
	errTags    = errors.New("more document tags in one text than the cap")
	errCap     = errors.New("inflated document is over the cap")
)

// Documents finds every incident document in p and below, in order. Preamble,
// epilogue and archives are not searched.
func Documents(p *Part) []Document {
	var docs []Document
	p.Walk(func(part *Part) bool {
		docs = append(docs, documents(part)...)
		return true
	})
	return docs
}

// Walk calls f for p and everything below it, in order, and goes below a part
// only where f says so.
func (p *Part) Walk(f func(*Part) bool) {
	if !f(p) {
		return
	}
	for _, c := range p.Children {
		c.Walk(f)
	}
}

// documents finds the documents in one leaf.
func documents(p *Part) []Document {
	if len(p.Children) > 0 || strings.HasPrefix(p.Type, "multipart/") {
		return nil
	}
	name := strings.ToLower(p.Filename)
	switch {
	case p.Type == "message/feedback-report": // RFC 5965
		return only(whole(p, "arf"), isARF)
	case p.Type == "application/json" || strings.HasSuffix(name, ".json") && p.Type != "text/plain":
		return only(whole(p, "xarf"), isXARF)
	case strings.HasSuffix(name, ".xml.gz"):
		return only(inflate(p), isIODEF)
	case mayBeXML(p.Type, name):
		return only(whole(p, ""), isIODEF)
	case p.Type == "text/plain" && p.Disposition != "attachment" && name == "":
		return inline(p)
	case p.Type == "text/plain":
		if docs := only(whole(p, "x-arf"), isXARFv0); docs != nil {
			return docs
		}
		if docs := only(whole(p, "xarf"), isXARF); docs != nil {
			return docs
		}
		return inline(p)
	}
	return nil
}

// mayBeXML follows M5 and NOTES part 9.
func mayBeXML(typ, name string) bool {
	switch {
	case typ == "text/xml", typ == "application/xml", strings.HasSuffix(typ, "+xml"):
		return true
	case typ == "application/octet-stream", typ == "text/plain", typ == "application/x-xml":
		return strings.HasSuffix(name, ".xml") || strings.HasSuffix(name, ".iodef")
	}
	return false
}

// only keeps a document that check recognises, or one that could not be read:
// what might be the document and is ambiguous must be seen.
func only(d Document, check func(*Document) bool) []Document {
	if d.Err != nil || check(&d) {
		return []Document{d}
	}
	return nil
}

func whole(p *Part, format string) Document {
	b, err := p.Decode()
	return Document{Format: format, Part: p, Bytes: b, Charset: p.Params["charset"], Err: err}
}

// inflate opens the one gzip member that M3 allows.
func inflate(p *Part) Document {
	d := whole(p, "")
	if d.Err != nil {
		return d
	}
	src := bytes.NewReader(d.Bytes)
	d.Bytes = nil
	z, err := gzip.NewReader(src)
	if err != nil {
		d.Err = fmt.Errorf("inflate part %s: %w", p.Path, errInflate)
		return d
	}
	z.Multistream(false)
	b, err := io.ReadAll(io.LimitReader(z, MaxInflated+1))
	switch {
	case len(b) > MaxInflated:
		d.Err = fmt.Errorf("inflate part %s: %w", p.Path, errCap)
	case err != nil || src.Len() > 0:
		d.Err = fmt.Errorf("inflate part %s: %w", p.Path, errInflate)
	default:
		d.Bytes = b
	}
	return d
}

// inline finds the documents in a text body: from the XML declaration, else the
// root tag, at the start of a line, through the line end after the root's end
// tag.
func inline(p *Part) []Document {
	b, err := p.Decode()
	if err != nil {
		if !bytes.Contains(p.Body, []byte("IODEF-Document")) {
			return nil
		}
		return []Document{{Part: p, Inline: true, Charset: p.Params["charset"], Err: err}}
	}
	var docs []Document
	for tags := 0; ; {
		start, end, ok := findInline(b, &tags)
		if tags > maxInline {
			return append(docs, Document{Part: p, Inline: true, Err: fmt.Errorf("read part %s: %w", p.Path, errTags)})
		}
		if !ok {
			return docs
		}
		d := Document{Part: p, Bytes: b[start:end], Inline: true, Charset: p.Params["charset"]}
		if isIODEF(&d) {
			docs = append(docs, d)
		}
		b = b[end:]
	}
}

// maxInline is the number of root tags that are looked at in one text. Each may
// cost a search to the end of the text: a body of nothing but tags would cost
// the square of its size.
const maxInline = 16

// findInline finds the next root tag of a document and its bounds. It counts
// the tags it looks at and gives up above maxInline.
func findInline(b []byte, tags *int) (start, end int, ok bool) {
	for at, last := 0, 0; ; {
		i := bytes.Index(b[at:], []byte("IODEF-Document"))
		if i < 0 {
			return 0, 0, false
		}
		i += at
		at = i + len("IODEF-Document")
		tag := bytes.LastIndexByte(b[:i], '<')
		if tag < 0 || !isPrefix(b[tag+1:i]) {
			continue
		}
		if *tags++; *tags > maxInline {
			return 0, 0, false
		}
		start = tag
		if decl := bytes.LastIndex(b[last:tag], []byte("<?xml")); decl >= 0 && onlyMisc(b[last+decl:tag]) {
			start = last + decl
		}
		last = at
		if !startsLine(b, start) {
			continue
		}
		close := []byte("</" + string(b[tag+1:i]) + "IODEF-Document")
		c := bytes.Index(b[at:], close)
		if c < 0 {
			continue
		}
		end = at + c + len(close)
		gt := bytes.IndexByte(b[end:], '>')
		if gt < 0 || len(bytes.TrimSpace(b[end:end+gt])) > 0 {
			continue
		}
		end += gt + 1
		if bytes.HasPrefix(b[end:], []byte("\r\n")) {
			end += 2
		} else if bytes.HasPrefix(b[end:], []byte("\n")) {
			end++
		}
		return start, end, true
	}
}

// isPrefix checks that b is empty or a namespace prefix with its colon.
func isPrefix(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	return b[len(b)-1] == ':' && isToken(string(b[:len(b)-1]))
}

// onlyMisc checks that an XML declaration is followed by nothing but comments,
// processing instructions, a DOCTYPE and white space.
func onlyMisc(b []byte) bool {
	for {
		b = bytes.TrimSpace(b)
		var end string
		switch {
		case len(b) == 0:
			return true
		case bytes.HasPrefix(b, []byte("<?")):
			end = "?>"
		case bytes.HasPrefix(b, []byte("<!--")):
			end = "-->"
		case bytes.HasPrefix(b, []byte("<!")):
			end = ">"
		default:
			return false
		}
		n := bytes.Index(b, []byte(end))
		if n < 0 {
			return false
		}
		b = b[n+len(end):]
	}
}

func startsLine(b []byte, i int) bool {
	line := b[bytes.LastIndexByte(b[:i], '\n')+1 : i]
	return len(bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\xEF\xBB\xBF")))) == 0
}
