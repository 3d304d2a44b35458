package iodef

import (
	"bytes"
	"strings"
	"testing"

	"github.com/beevik/etree"
)

// What is written is what the tree's own package writes of it, laid out.
func TestWrittenAsByEtree(t *testing.T) {
	const v2 = `<IODEF-Document version="2.00" xml:lang="en" xmlns="urn:ietf:params:xml:ns:iodef-2.0">`
	for _, text := range []string{
		minimalV2,
		v2 + `<Incident purpose="other"><!-- a word --><IncidentID name="a&amp;&lt;&quot;&apos;&#9;&#10;&gt;">1</IncidentID></Incident></IODEF-Document>`,
		v2 + `<Incident>  <Description> a <![CDATA[<b>]]> &#13;&amp;ü日 </Description><Contact/>` + "\n\t" + `</Incident></IODEF-Document>`,
		v2 + `<Incident>a word<Contact><Email><EmailTo>x</EmailTo></Email></Contact></Incident></IODEF-Document>`,
		v2 + `<Incident><AdditionalData dtype="xml"><x xmlns="urn:x"> <y/> </x><z:a xmlns:z="urn:ietf:params:xml:ns:iodef-2.0"><z:b/></z:a></AdditionalData></Incident></IODEF-Document>`,
		`<i:IODEF-Document xmlns:i="urn:ietf:params:xml:ns:iodef-2.0"><i:Incident><i:Contact></i:Contact></i:Incident></i:IODEF-Document>`,
		`<a xmlns="urn:a"><b><c/></b><IODEF-Document xmlns="urn:ietf:params:xml:ns:iodef-1.0"><Incident><Contact> </Contact></Incident></IODEF-Document></a>`,
	} {
		doc := etree.NewDocument()
		if err := doc.ReadFromString(text); err != nil {
			t.Fatal(err)
		}
		// What no parser lets through, but a program may put into a tree.
		doc.Root().CreateElement("Incident").CreateAttr("x", "a\x01\r\x7fb\xff\ufffe\U0001f600")
		got, err := write(doc)
		if err != nil {
			t.Fatal(err)
		}
		layOut(doc.Root(), 0)
		want := bytes.NewBufferString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
		doc.Root().WriteTo(want, &doc.WriteSettings)
		want.WriteString("\n")
		if !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s\nis written\n%s\nand not\n%s", text, got, want)
		}
	}
}

// Every octet at every place of a run of eight is escaped as it is alone.
func TestEscapedEveryOctet(t *testing.T) {
	alone := func(s string) string {
		var b []byte
		for _, r := range s { // an octet that is no UTF-8 is U+FFFD
			b = appendEscaped(b, string(r))
		}
		return string(b)
	}
	for at := range 17 {
		for c := range 256 {
			text := []byte("abcdefgh~ !#$%(0z")
			text[at] = byte(c)
			if got, want := string(appendEscaped(nil, string(text))), alone(string(text)); got != want {
				t.Errorf("octet 0x%02x at %d: %q, want %q", c, at, got, want)
			}
		}
	}
}

// layOut lays out elements that hold only elements. Where text may matter,
// and in anything foreign, nothing is touched.
func layOut(e *etree.Element, depth int) {
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
		e.CreateText("\n" + strings.Repeat("  ", depth+1))
		e.AddChild(t)
		if child, ok := t.(*etree.Element); ok {
			layOut(child, depth+1)
		}
	}
	e.CreateText("\n" + strings.Repeat("  ", depth))
}
