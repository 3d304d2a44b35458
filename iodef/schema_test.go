package iodef

import (
	"slices"
	"strings"
	"testing"

	"github.com/beevik/etree"
)

// TestEveryNameOfTheSchemasHasAClass walks the RFCs' schemas: each element, child
// and attribute stands in the table, each that holds text with a value class.
func TestEveryNameOfTheSchemasHasAClass(t *testing.T) {
	for file, space := range map[string]string{
		"iodef-1.0.xsd": spaceV1, "iodef-2.0-errata.xsd": spaceV2, "iodef-enum-1.0.xsd": spaceEnum,
		"iodef-sci-1.0.xsd": spaceSCI, "iodef-phish-1.0.xsd": spacePhish, "xmldsig-core-schema.xsd": spaceDS,
	} {
		doc := etree.NewDocument()
		if err := doc.ReadFromBytes(readShared(t, "schema/"+file)); err != nil {
			t.Fatal(err)
		}
		s := &schemaWalk{root: doc.Root()}
		elements, attributes := 0, 0
		for _, e := range s.root.FindElements("//element[@name]") {
			name := e.SelectAttrValue("name", "")
			var c schemaClass
			s.describe(e, &c)
			elements++
			found := declared(space, name)
			if len(found) == 0 {
				t.Errorf("%s: the table has no %s", file, name)
				continue
			}
			if c.text && !slices.ContainsFunc(found, (*decl).hasText) {
				t.Errorf("%s: the table gives the text of %s no class", file, name)
			}
			for _, child := range c.children {
				if !slices.ContainsFunc(found, func(d *decl) bool { return d.hasChild(child) }) {
					t.Errorf("%s: the table has no %s in %s", file, child, name)
				}
			}
			for _, a := range c.attrs {
				attributes++
				if !slices.ContainsFunc(found, func(d *decl) bool { return d.hasAttribute(a) }) {
					t.Errorf("%s: the table gives %s/@%s no class", file, name, a)
				}
			}
		}
		t.Logf("%s: %d elements, %d attributes", file, elements, attributes)
		if elements < 2 {
			t.Errorf("%s: nothing was read", file)
		}
	}
}

// declared are the declarations of that name: local ones may share it.
func declared(space, name string) (all []*decl) {
	for _, d := range tables().decls[space] {
		if d.name == name {
			all = append(all, d)
		}
	}
	return all
}

func (d *decl) hasText() bool {
	return (d.text != nil || d.mixed) && (d.class.attr != "" || d.class.class != "")
}

func (d *decl) hasAttribute(label string) bool {
	return slices.ContainsFunc(d.attrs, func(a attrDecl) bool {
		return (a.label() == label || a.name == label) && a.class != ""
	})
}

func (d *decl) hasChild(name string) bool {
	return d.model != nil && slices.ContainsFunc(d.model.positions, func(p position) bool { return p.name == name })
}

// A schemaClass is what a schema says of an element.
type schemaClass struct {
	attrs, children []string
	text            bool
}

type schemaWalk struct{ root *etree.Element }

// describe collects what e holds: its own type and those that this extends, not
// what stands in the elements inside.
func (s *schemaWalk) describe(e *etree.Element, to *schemaClass) {
	if name := e.SelectAttrValue("type", ""); e.Tag == "element" && name != "" {
		s.named(name, to)
		return
	}
	to.text = to.text || e.SelectAttrValue("mixed", "") == "true" || e.Tag == "simpleType"
	for _, c := range e.ChildElements() {
		ref := c.SelectAttrValue("ref", "")
		local := ref[strings.IndexByte(ref, ':')+1:]
		switch c.Tag {
		case "element":
			to.children = append(to.children, c.SelectAttrValue("name", local))
		case "attribute":
			if c.SelectAttrValue("use", "") != "prohibited" {
				to.attrs = append(to.attrs, c.SelectAttrValue("name", strings.TrimPrefix(ref, "phish:")))
			}
		case "attributeGroup", "group":
			if g := s.root.FindElement("./" + c.Tag + "[@name='" + local + "']"); g != nil {
				s.describe(g, to)
			}
		case "extension", "restriction":
			s.named(c.SelectAttrValue("base", ""), to)
			s.describe(c, to)
		case "complexType", "complexContent", "simpleContent", "simpleType", "sequence", "choice":
			s.describe(c, to)
		}
	}
}

// named describes a named type; what the schema does not define itself is a
// type of XML Schema, which is text, or one of another schema here.
func (s *schemaWalk) named(name string, to *schemaClass) {
	prefix, local, prefixed := strings.Cut(name, ":")
	if !prefixed { // as the schema of XML Signature writes the types of XML Schema
		prefix, local = "xs", name
	}
	for _, kind := range []string{"complexType", "simpleType"} {
		if t := s.root.FindElement("./" + kind + "[@name='" + local + "']"); t != nil {
			s.describe(t, to)
			return
		}
	}
	to.text = to.text || (prefix == "xs" || prefix == "xsd") && local != "anyType"
}
