package message

import (
	"bytes"
	"strings"
)

// A Header is the header of a mail or of a part, in the order it came.
type Header struct {
	Fields []Field
}

// A Field is one header field as it came.
type Field struct {
	Name string
	Raw  string // value after the colon, still folded, without the last line end
}

// Value is the field's value, unfolded (RFC 5322 2.2.3) and trimmed.
func (f Field) Value() string {
	v := f.Raw
	if strings.IndexByte(v, '\n') >= 0 {
		v = unfold.Replace(v)
	}
	return strings.Trim(v, " \t\r\n")
}

var unfold = strings.NewReplacer("\r\n", "", "\n", "")

// Values returns the unfolded values of every field with that name.
func (h Header) Values(name string) []string {
	var values []string
	for _, f := range h.Fields {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value())
		}
	}
	return values
}

// Get returns the value of the only field with that name, and "" if there is
// none or more than one: a value is never selected by position.
func (h Header) Get(name string) string {
	value, n := "", 0
	for _, f := range h.Fields {
		if strings.EqualFold(f.Name, name) {
			value = f.Value()
			n++
		}
	}
	if n != 1 {
		return ""
	}
	return value
}

// Has reports whether there is a field with that name.
func (h Header) Has(name string) bool {
	for _, f := range h.Fields {
		if strings.EqualFold(f.Name, name) {
			return true
		}
	}
	return false
}

// header reads the header at the start of raw and returns the offset of the
// body.
func (p *parser) header(raw []byte, path string) (Header, int) {
	block, body, complete := headerBlock(raw)
	if !complete {
		p.defect(TagLimits, path, "header block is over the cap")
	}
	// One copy; names and values are slices of it.
	text := string(block)
	h := Header{Fields: make([]Field, 0, min(MaxFields, strings.Count(text, "\n")+1))}
	for pos, line := 0, 0; pos < len(text); line++ {
		end := fieldEnd(text, pos)
		field := strings.TrimRight(text[pos:end], "\r\n")
		pos = end
		name, value, ok := strings.Cut(field, ":")
		switch {
		case line == 0 && strings.HasPrefix(field, "From "):
			// QUIRK: mbox separator kept by the tool that stored the mail
			// (pgp/kde-*.eml).
			continue
		case len(h.Fields) == 0 && strings.TrimSpace(field) == "":
			// QUIRK: a line of blanks before the header, in mails saved from
			// Gmail (xarf/funzoneq-x-arf__*.eml).
			p.defect(TagMalformed, path, "blank line before the header")
			continue
		case field == "" || field[0] == ' ' || field[0] == '\t':
			p.defect(TagAmbiguous, path, "header starts with a folded line")
			continue
		case !ok || name == "":
			// Others end the header here and see the rest as body.
			p.defect(TagAmbiguous, path, "header line without a colon")
			continue
		}
		if trimmed := strings.TrimRight(name, " \t"); trimmed != name {
			p.defect(TagMalformed, path, "blank before a header colon")
			name = trimmed
		}
		if !isFieldName(name) {
			p.defect(TagMalformed, path, "header name with a forbidden character")
		}
		if len(field) > maxLine && longLine(field) {
			p.defect(TagMalformed, path, "header line over 998 characters")
		}
		if hasBlankLine(field) {
			// QUIRK: a subject folded by a program that leaves an empty fold
			// (mime/mikel-mail__example14.eml). Some end the header here.
			p.defect(TagAmbiguous, path, "line of blanks in the header")
		}
		p.checkValue(value, path)
		if len(h.Fields) == MaxFields {
			p.defect(TagLimits, path, "more header fields than the cap")
			break
		}
		h.Fields = append(h.Fields, Field{Name: name, Raw: value})
	}
	p.duplicates(h, path)
	return h, body
}

// hasBlankLine reports whether a folded field has a line of nothing but blanks.
func hasBlankLine(field string) bool {
	_, rest, folded := strings.Cut(field, "\n")
	for folded {
		var line string
		line, rest, folded = strings.Cut(rest, "\n")
		if strings.TrimSpace(line) == "" {
			return true
		}
	}
	return false
}

// headerBlock finds the empty line that ends the header. complete is false
// where the block is over the cap; the block is then cut at a line end.
func headerBlock(raw []byte) (block []byte, body int, complete bool) {
	limit := raw
	if len(limit) > MaxHeader {
		limit = limit[:MaxHeader]
	}
	for pos := 0; pos < len(limit); {
		n := bytes.IndexByte(limit[pos:], '\n')
		if n < 0 {
			if len(limit) == len(raw) {
				return raw, len(raw), true
			}
			break
		}
		if n == 0 || n == 1 && limit[pos] == '\r' {
			return limit[:pos], pos + n + 1, true
		}
		pos += n + 1
	}
	if len(limit) == len(raw) {
		return raw, len(raw), true
	}
	block = limit[:bytes.LastIndexByte(limit, '\n')+1]
	body = len(raw)
	for _, gap := range []string{"\n\r\n", "\n\n"} {
		if i := bytes.Index(raw, []byte(gap)); i >= 0 && i+len(gap) < body {
			body = i + len(gap)
		}
	}
	return block, body, false
}

// fieldEnd is the end of the field that starts at pos, with its folded lines.
func fieldEnd(text string, pos int) int {
	for {
		n := strings.IndexByte(text[pos:], '\n')
		if n < 0 {
			return len(text)
		}
		pos += n + 1
		if pos == len(text) || text[pos] != ' ' && text[pos] != '\t' {
			return pos
		}
	}
}

// maxLine is the longest line that RFC 5322 2.1.1 allows, without its end. A
// longer one that comes is tolerated and noted; we send none.
const maxLine = 998

func longLine(field string) bool {
	for line := range strings.Lines(field) {
		if len(strings.TrimRight(line, "\r\n")) > maxLine {
			return true
		}
	}
	return false
}

// isFieldName checks RFC 5322 ftext.
func isFieldName(name string) bool {
	for i := 0; i < len(name); i++ {
		if name[i] <= ' ' || name[i] >= 127 {
			return false
		}
	}
	return name != ""
}

// checkValue notes what a header value must not hold.
func (p *parser) checkValue(value, path string) {
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '\r' && (i+1 == len(value) || value[i+1] != '\n'):
			// A bare CR is a line end to some readers and text to others.
			p.defect(TagAmbiguous, path, "bare CR in a header")
			return
		case c == 0 || c >= 0x80 && !p.eightBit:
			p.eightBit = p.eightBit || c >= 0x80
			p.defect(TagMalformed, path, "NUL or raw 8-bit character in a header")
			if c == 0 {
				return
			}
		}
	}
}

// duplicates notes fields that RFC 5322 3.6 and RFC 2045 allow once. Only those
// that change how a part is read are ambiguous; several From fields are left to
// [Header.From] and its caller.
func (p *parser) duplicates(h Header, path string) {
	seen := [len(singletons)]bool{}
	for _, f := range h.Fields {
		for i, s := range singletons {
			if len(s.name) != len(f.Name) || !strings.EqualFold(s.name, f.Name) {
				continue
			}
			if seen[i] {
				p.defect(s.tag, path, "duplicate "+s.name+" field")
			}
			seen[i] = true
		}
	}
}

var singletons = [...]struct{ name, tag string }{
	{"Content-Type", TagAmbiguous},
	{"Content-Transfer-Encoding", TagAmbiguous},
	{"Content-Disposition", TagAmbiguous},
	{"MIME-Version", TagAmbiguous},
	{"Sender", TagMalformed},
	{"Reply-To", TagMalformed},
	{"Subject", TagMalformed},
	{"Date", TagMalformed},
	{"Message-ID", TagMalformed},
	{"In-Reply-To", TagMalformed},
	{"References", TagMalformed},
}
