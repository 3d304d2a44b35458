package iodef

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

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
// unless that is valid by the schema, so nothing invalid can leave. doc is
// changed: it is indented.
func Encode(doc *etree.Document) ([]byte, error) {
	raw, findings, err := encode(doc)
	if err == nil && Verdict(findings) != VerdictValid {
		return nil, &Invalid{findings}
	}
	return raw, err
}

// EncodeTolerant is Encode for a converted document: it also lets forms pass
// that the prose of RFC 7970 or RFC 8727 wants and the schema refuses, and
// gives the findings about them (rule KNOWN-CONFLICT).
func EncodeTolerant(doc *etree.Document) ([]byte, []Finding, error) {
	raw, findings, err := encode(doc)
	if err == nil && !tolerable(findings) {
		return nil, nil, &Invalid{findings}
	}
	return raw, conflicts(findings), err
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

func encode(doc *etree.Document) ([]byte, []Finding, error) {
	raw, err := write(doc)
	if err != nil {
		return nil, nil, fmt.Errorf("encode document: %w", err)
	}
	r := again.Get().(*Reader)
	defer again.Put(r)
	d, err := r.Parse(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("encode document: %w", err)
	}
	return raw, slices.Clone(d.Validate(time.Time{})), nil // their memory is the reader's
}

// again keeps the memory of readers that look at what was written.
var again = sync.Pool{New: func() any { return new(Reader) }}

// write gives the bytes of a document, laid out.
func write(doc *etree.Document) ([]byte, error) {
	root := doc.Root()
	if root == nil {
		return nil, errors.New("it has no root")
	}
	indent(root, 0)
	var out bytes.Buffer
	out.Grow(roughSize(root) + 64)
	out.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
	root.WriteTo(&out, &doc.WriteSettings)
	out.WriteString("\n")
	return out.Bytes(), nil
}

// roughSize is what an element takes, if little of it must be escaped.
func roughSize(e *etree.Element) int {
	n := 2*len(e.Tag) + 8
	for i := range e.Attr {
		n += len(e.Attr[i].Key) + len(e.Attr[i].Value) + 8
	}
	for _, t := range e.Child {
		switch t := t.(type) {
		case *etree.Element:
			n += roughSize(t)
		case *etree.CharData:
			n += len(t.Data)
		}
	}
	return n
}

// indent lays out elements that hold only elements. Where text may matter,
// and in anything foreign, nothing is touched.
func indent(e *etree.Element, depth int) {
	d := tables().decls[e.NamespaceURI()][e.Tag]
	if d == nil || d.mixed || d.text != nil || d.wild {
		return
	}
	kept := make([]etree.Token, 0, len(e.Child))
	elements := false
	for _, t := range e.Child {
		if text, ok := t.(*etree.CharData); ok {
			if !allBlank(text.Data) {
				return
			}
			continue
		}
		_, element := t.(*etree.Element)
		elements = elements || element
		kept = append(kept, t)
	}
	if !elements {
		return
	}
	for len(e.Child) > 0 {
		e.RemoveChildAt(len(e.Child) - 1)
	}
	for _, t := range kept {
		e.CreateText(lineStart(depth + 1))
		e.AddChild(t)
		if child, ok := t.(*etree.Element); ok {
			indent(child, depth+1)
		}
	}
	e.CreateText(lineStart(depth))
}

// lineStart is a line end and the blanks before what stands that deep.
func lineStart(depth int) string {
	const usual = "\n                                "
	if n := 1 + 2*depth; n <= len(usual) {
		return usual[:n]
	}
	return "\n" + strings.Repeat("  ", depth)
}
