package iodef

import (
	"fmt"
	"time"

	"github.com/beevik/etree"
)

// Invalid is the error of Encode for a document that breaks the schema.
type Invalid struct{ Findings []Finding }

func (v *Invalid) Error() string {
	for _, f := range v.Findings {
		if f.Schema {
			return fmt.Sprintf("encode document: invalid: %s", f)
		}
	}
	return "encode document: invalid"
}

// Encode writes a document that we built: UTF-8 with an XML declaration, two
// blanks of indent, LF, the same bytes for the same tree. It reads its own
// output again and gives *Invalid unless that is valid by the schema, so
// nothing invalid can leave. doc is changed: it is indented, and its XML
// declaration is set.
func Encode(doc *etree.Document) ([]byte, error) {
	for _, t := range doc.Child {
		if p, ok := t.(*etree.ProcInst); ok && p.Target == "xml" {
			doc.RemoveChild(t)
			break
		}
	}
	doc.InsertChildAt(0, etree.NewProcInst("xml", `version="1.0" encoding="UTF-8"`))
	doc.WriteSettings = etree.WriteSettings{CanonicalEndTags: false, CanonicalText: false, CanonicalAttrVal: false}
	doc.IndentWithSettings(&etree.IndentSettings{Spaces: 2, PreserveLeafWhitespace: true})
	out, err := doc.WriteToBytes()
	if err != nil {
		return nil, fmt.Errorf("encode document: %w", err)
	}
	d, err := Parse(out)
	if err != nil {
		return nil, fmt.Errorf("encode document: %w", err)
	}
	findings := d.Validate(time.Time{})
	if Verdict(findings) != VerdictValid {
		return nil, &Invalid{findings}
	}
	return out, nil
}
