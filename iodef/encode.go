package iodef

import (
	"bytes"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/beevik/etree"
)

// Invalid is the error of Encode and of the converters for a document that
// breaks the schema.
type Invalid struct{ Findings []Finding }

// Error names the first breach by place and rule. It goes to logs, so the text
// of the finding, which may quote the document, stays out.
func (v *Invalid) Error() string {
	for _, f := range v.Findings {
		if f.Schema {
			return fmt.Sprintf("the document is invalid: line %d: %s (%s)", f.Line, f.Path, f.Rule)
		}
	}
	return "the document is invalid"
}

// Encode writes a document that we built: UTF-8 with an XML declaration, two
// blanks of indent, LF, the same bytes for the same tree. Text that means
// something is left as it is. It reads its own output again and gives *Invalid
// unless that is valid by the schema, so nothing invalid can leave.
func Encode(doc *etree.Document) ([]byte, error) {
	raw, err := write(doc)
	if err != nil {
		return nil, fmt.Errorf("encode document: %w", err)
	}
	if err := mustBeValid(string(raw)); err != nil {
		return nil, err
	}
	return raw, nil
}

// mustBeValid reads again what was written. Reading finds every breach of the
// schema; the rules of the prose, which Validate adds, make no document invalid
// and are not asked.
func mustBeValid(text string) error {
	r := again.Get().(*Reader)
	defer again.Put(r)
	d, err := r.parseText(text)
	if err != nil {
		return fmt.Errorf("encode document: %w", err)
	}
	if Verdict(d.faults) != VerdictValid {
		return &Invalid{slices.Clone(d.Validate(time.Time{}))} // the faults' memory is the reader's
	}
	return nil
}

// EncodeTolerant is Encode for a converted document: it also lets forms pass
// that the prose of RFC 7970 or RFC 8727 wants and the schema refuses, and
// gives the findings about them (rule KNOWN-CONFLICT).
func EncodeTolerant(doc *etree.Document) ([]byte, []Finding, error) {
	raw, err := write(doc)
	if err != nil {
		return nil, nil, fmt.Errorf("encode document: %w", err)
	}
	d, err := Parse(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("encode document: %w", err)
	}
	findings := d.Validate(time.Time{})
	if !tolerable(findings) {
		return nil, nil, &Invalid{findings}
	}
	return raw, conflicts(findings), nil
}

// tolerable tells whether nothing but known conflicts breaks the schema.
func tolerable(findings []Finding) bool {
	for _, f := range findings {
		if f.Schema && f.Rule != ruleConflict {
			return false
		}
	}
	return true
}

func conflicts(findings []Finding) []Finding {
	var all []Finding
	for _, f := range findings {
		if f.Rule == ruleConflict {
			all = append(all, f)
		}
	}
	return all
}

// again keeps the memory of readers that look at what was written.
var again = sync.Pool{New: func() any { return new(Reader) }}

// write gives the bytes of a document, laid out.
func write(doc *etree.Document) ([]byte, error) {
	root := doc.Root()
	if root == nil {
		return nil, errors.New("it has no root")
	}
	w := writer{settings: &doc.WriteSettings}
	w.Grow(roughSize(root) + 64)
	w.WriteString(xmlDeclaration)
	w.element(root, "", 0)
	w.WriteString("\n")
	return w.Bytes(), nil
}

// roughSize is what an element takes, if little of it must be escaped.
func roughSize(e *etree.Element) int {
	n := 2*len(e.Tag) + 32
	for i := range e.Attr {
		n += len(e.Attr[i].Key) + len(e.Attr[i].Value) + 8
	}
	for _, t := range e.Child {
		switch t := t.(type) {
		case *etree.Element:
			n += roughSize(t)
		case *etree.CharData:
			n += len(t.Data) + len(t.Data)/16
		}
	}
	return n
}

// writer writes a tree as XML.
type writer struct {
	bytes.Buffer
	settings *etree.WriteSettings
}

// untouched is the depth of what is written as it stands.
const untouched = -1

// element writes an element within one whose default namespace is space.
// Where only elements stand in it each begins a line, that deep.
func (w *writer) element(e *etree.Element, space string, depth int) {
	w.WriteByte('<')
	w.name(e.Space, e.Tag)
	for i := range e.Attr {
		a := &e.Attr[i]
		if a.Space == "" && a.Key == "xmlns" {
			space = a.Value
		}
		w.WriteByte(' ')
		w.name(a.Space, a.Key)
		w.WriteString(`="`)
		w.Write(appendEscaped(w.AvailableBuffer(), a.Value))
		w.WriteByte('"')
	}
	if len(e.Child) == 0 {
		w.WriteString("/>")
		return
	}
	w.WriteByte('>')
	if depth != untouched && !onlyElements(e, space) {
		depth = untouched
	}
	below := untouched
	if depth != untouched {
		below = depth + 1
	}
	for _, t := range e.Child {
		text, ok := t.(*etree.CharData)
		if ok && depth != untouched {
			continue // blanks
		}
		w.startLine(below)
		switch child, element := t.(*etree.Element); {
		case element:
			w.element(child, space, below)
		case ok && !text.IsCData():
			w.Write(appendEscaped(w.AvailableBuffer(), text.Data))
		default:
			t.WriteTo(w, w.settings)
		}
	}
	w.startLine(depth)
	w.WriteString("</")
	w.name(e.Space, e.Tag)
	w.WriteByte('>')
}

// onlyElements reports whether nothing but elements stands in e. Where text may
// matter, and in anything foreign, nothing is touched.
func onlyElements(e *etree.Element, space string) (elements bool) {
	if e.Space != "" {
		space = e.NamespaceURI()
	}
	d := tables().decls[space][e.Tag]
	if d == nil || d.mixed || d.text != nil || d.wild {
		return false
	}
	for _, t := range e.Child {
		switch t := t.(type) {
		case *etree.Element:
			elements = true
		case *etree.CharData:
			if !allBlank(t.Data) {
				return false
			}
		}
	}
	return elements
}

// startLine begins a line that deep.
func (w *writer) startLine(depth int) {
	if depth != untouched {
		w.Write(appendLine(w.AvailableBuffer(), depth))
	}
}

func (w *writer) name(space, local string) {
	if space != "" {
		w.WriteString(space)
		w.WriteByte(':')
	}
	w.WriteString(local)
}

// appendEscaped writes character data or a value behind b. What XML cannot hold
// becomes U+FFFD.
func appendEscaped(b []byte, s string) []byte {
	from := 0
	for i := toLookAt(s, 0); i < len(s); i = toLookAt(s, i) {
		escaped, size := "", 1
		if c := s[i]; c < utf8.RuneSelf {
			escaped = escapes[c]
		} else if r, n := utf8.DecodeRuneInString(s[i:]); !isChar(r) || r == utf8.RuneError && n == 1 {
			escaped, size = "\uFFFD", n
		} else {
			size = n
		}
		if escaped != "" {
			b = append(append(b, s[from:i]...), escaped...)
			from = i + size
		}
		i += size
	}
	return append(b, s[from:]...)
}

// toLookAt is the place of the first octet from i on that may not stand for
// itself, the length of s if there is none. Eight octets are looked at together.
func toLookAt(s string, i int) int {
	for ; i+8 <= len(s); i += 8 {
		w := eight(s, i)
		quote, less := (w&^(5*ones))^('"'*ones), (w&^(2*ones))^('<'*ones) // 0 for ", &, ' and #, < and >
		found := w | (w - 0x20*ones) | ((quote - ones) &^ quote) | ((less - ones) &^ less)
		if found &= highs; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for ; i < len(s) && asItIs[s[i]]; i++ {
	}
	return i
}

// escapes is what stands for an octet of ASCII that may not stand for itself.
var escapes = func() (t [utf8.RuneSelf]string) {
	for c := range t {
		if !isChar(rune(c)) {
			t[c] = "\uFFFD"
		}
	}
	t['&'], t['<'], t['>'], t['\''], t['"'] = "&amp;", "&lt;", "&gt;", "&apos;", "&quot;"
	return t
}()

// asItIs are the octets of ASCII that stand for themselves: nearly all.
var asItIs = func() (t [256]bool) {
	for c := range escapes {
		t[c] = escapes[c] == ""
	}
	return t
}()
