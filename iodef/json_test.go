package iodef

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// facts lists what a document says: elements with their attributes, the
// schema's defaults included, and texts, without blanks between elements.
func facts(e *Element) []string {
	var all []string
	for x := range e.All() {
		line := strings.Repeat(" ", strings.Count(x.Path(), "/")) + x.space + " " + x.name
		for i := range x.attrs {
			if x.decl == nil {
				line += fmt.Sprintf(" %s=%q", x.attrs[i].Name, x.attrs[i].Value)
			}
		}
		if x.decl != nil {
			for _, a := range x.decl.attrs {
				if v := x.AttrDefault(a.label()); v != "" {
					line += fmt.Sprintf(" %s=%q", a.label(), v)
				}
			}
		}
		if t := x.Text(); !allBlank(t) || x.decl != nil && x.decl.text != nil && !x.decl.text.collapse {
			if x.decl != nil && x.decl.text != nil && x.decl.text.collapse {
				t = trimBlank(t)
				if n, ok := jsonNumber(t); ok && jsonNumeric(x.decl.text) {
					t = n.String()
				}
			}
			line += fmt.Sprintf(" text %q", t)
		}
		all = append(all, line)
	}
	return all
}

func TestXMLThroughJSONComesBackEqual(t *testing.T) {
	whole := 0
	docs := validDocuments(t, V2)
	for name, d := range docs {
		raw, losses, err := ToJSON(d)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		doc, lossesBack, err := FromJSON(raw)
		if err != nil {
			t.Errorf("%s: %v %v\n%s", name, err, err.(*Invalid).Findings, raw)
			continue
		}
		back, err := Encode(doc)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(losses)+len(lossesBack) > 0 {
			continue // listed: the next test looks at these
		}
		whole++
		if diff := cmp.Diff(facts(d.root), facts(mustParse(t, back).root)); diff != "" {
			t.Errorf("%s (- before, + after):\n%s", name, diff)
		}
	}
	t.Logf("%d of %d documents without a loss", whole, len(docs))
	if whole < len(docs)/3 {
		t.Errorf("only %d of %d documents come back without a loss", whole, len(docs))
	}
}

func TestJSONSamplesConvertToValidXML(t *testing.T) {
	for _, name := range []string{
		"draft-ietf-mile-jsoniodef-example_Section7_1.json", "iodef-converter-infiles-ExampleRecursive.json",
		"iodef-converter-outfiles-malware2.json", "iodef-converter-infiles-iodef-2.0.json",
	} {
		doc, _, err := FromJSON(readShared(t, "samples/"+name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		raw, _, err := EncodeTolerant(doc)
		var v *Invalid
		if errors.As(err, &v) {
			t.Errorf("%s: %v", name, v.Findings)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		again, losses, err := ToJSON(mustParse(t, raw))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(losses) > 0 {
			t.Logf("%s: %v\n%.300s", name, losses, again)
		}
	}
}

func TestJSONThatRFC8727DoesNotKnowIsRefused(t *testing.T) {
	// The draft's long example is of an older form.
	_, _, err := FromJSON(readShared(t, "samples/draft-ietf-mile-jsoniodef-LongExample_forVerification.json"))
	var v *Invalid
	if !errors.As(err, &v) {
		t.Fatalf("got %v, want *Invalid", err)
	}
	rules := map[string]bool{}
	for _, f := range v.Findings {
		rules[f.Rule] = true
	}
	if !rules["json-member"] {
		t.Errorf("no finding json-member in %v", v.Findings)
	}
}

func TestHostileJSONIsMalformed(t *testing.T) {
	for name, raw := range map[string]string{
		"twice":     `{"version":"2.0","version":"2.0"}`,
		"trailing":  `{} {}`,
		"deep":      strings.Repeat(`{"a":`, 100),
		"control":   `{"version":"\u0000"}`,
		"no UTF-8":  "{\"version\":\"\xff\"}",
		"not JSON":  `<IODEF-Document/>`,
		"truncated": `{"version":`,
		"nothing":   ``,
	} {
		_, _, err := FromJSON([]byte(raw))
		var m *Malformed
		if !errors.As(err, &m) {
			t.Errorf("%s: got %v, want *Malformed", name, err)
		}
	}
}

// Raw data of RFC 7203 in no namespace must not slip into SCI's on the way
// back, and a reference inside it is the one of version 1.
func TestSCIThroughJSONKeepsItsNamespaces(t *testing.T) {
	doc := afterTimes(`<Method><sci:Weakness xmlns:sci="urn:ietf:params:xml:ns:iodef-sci-1.0" SpecID="private" ext-SpecID="x"><sci:RawData dtype="xml"><a xmlns=""><b xmlns="urn:b" c="d"/>text</a></sci:RawData></sci:Weakness><sci:Weakness xmlns:sci="urn:ietf:params:xml:ns:iodef-sci-1.0" SpecID="private" ext-SpecID="x"><Reference xmlns="urn:ietf:params:xml:ns:iodef-1.0"><ReferenceName lang="en">CWE-79</ReferenceName><URL>http://a.example/</URL></Reference></sci:Weakness></Method>`)
	d := mustParse(t, []byte(doc))
	raw, losses, err := ToJSON(d)
	if err != nil || len(losses) > 0 {
		t.Fatal(err, losses)
	}
	tree, losses, err := FromJSON(raw)
	if err != nil || len(losses) > 0 {
		t.Fatal(err, losses)
	}
	back, err := Encode(tree)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(facts(d.root), facts(mustParse(t, back).root)); diff != "" {
		t.Error(diff)
	}
}
