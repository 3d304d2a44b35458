package iodef

import (
	"strconv"
	"strings"
)

// Attributes of the namespace XMLSchema-instance. xsi:type may name the type
// that the element has anyway, as SOAP toolkits write it, or one derived from
// it; the classes of IODEF have none derived from them.

const spaceXS = "http://www.w3.org/2001/XMLSchema"

// A qname is a name as the prefixes in scope have it.
type qname struct{ space, local string }

// xsiName resolves the value of xsi:type, which is possible while the prefixes
// are in scope only. The zero qname if it is no name or its prefix is unknown.
func (s *scanner) xsiName(value string) qname {
	prefix, local, ok := strings.Cut(trimBlank(value), ":")
	if !ok {
		prefix, local = "", prefix
	} else if !isNCName(prefix) {
		return qname{}
	}
	space, known := s.lookup(prefix)
	if !known || !isNCName(local) {
		return qname{}
	}
	return qname{space, local}
}

// xsiType checks the type that e, declared as d, claims to be of.
func (c *checker) xsiType(e *Element, d *decl, value string) {
	name := c.doc.xsiTypes[e]
	anyType := d.text == nil && d.anyAttr
	if d.typeName != "" && name == (qname{d.space, d.typeName}) {
		return
	}
	// Types of text with attributes are derived from xs:string, too.
	if d.text != nil && d.text.name == "string" && len(d.attrs) == 0 && (name.local == "MLStringType" || name.local == "ContactMeansType") && name.space == d.space {
		return
	}
	// An element of a simple type has no attributes: with some its type is a
	// complex one that has no name.
	if d.text != nil && d.typeName == "" && len(d.attrs) == 0 || anyType {
		t, base := c.simpleType(name)
		if t != nil && (anyType || t.name == d.text.name || base == d.text.name) {
			c.claimed(e, t, d.counts(c.version))
			return
		}
	}
	c.breach(e, d, "xsi-type", "xsi:type is %s, which %s is not; remove it", quote(value), e.name)
}

// foreignType checks a foreign element that claims to be of a simple type: a
// wildcard takes the claim at its word.
func (c *checker) foreignType(e *Element) {
	if name, ok := c.doc.xsiTypes[e]; ok {
		if t, _ := c.simpleType(name); t != nil {
			c.claimed(e, t, true)
		}
	}
}

// claimed checks the text of e, and that it has no children, by the type that
// it claims to be of.
func (c *checker) claimed(e *Element, t *simpleType, counts bool) {
	if _, ok := t.valid(e.Text()); !ok || e.first != nil {
		c.add(e, "text-type", Error, counts, "%s is not of the type %s that its xsi:type names", e.name, t.name)
	}
}

// simpleType finds a simple type that a document may name, and that of the
// types of our elements from which it is derived.
func (c *checker) simpleType(name qname) (t *simpleType, base string) {
	if name.space == spaceXS {
		return xsType(name.local)
	}
	t = c.table.types[name.space][name.local]
	if t == nil || t.values == nil && t.name != "PortlistType" && t.name != "TimezoneType" {
		return nil, ""
	}
	return t, "string"
}

// xsType gives the types of XML Schema itself that are, or are derived from,
// those of our elements.
func xsType(name string) (*simpleType, string) {
	switch name {
	case "string", "dateTime", "float", "double", "integer", "anyURI", "hexBinary", "base64Binary":
		return builtin(name), name
	case "language", "NCName", "ID", "IDREF":
		return builtin(name), "string"
	case "normalizedString", "token":
		return &simpleType{name: name}, "string"
	case "NMTOKEN", "Name":
		return &simpleType{name: name, collapse: true, check: func(s string) bool {
			s = strings.ReplaceAll(s, ":", "_")
			return isNCName(s) || name == "NMTOKEN" && s != "" && isNCName("_"+s)
		}}, "string"
	}
	if check := integerCheck(name); check != nil {
		return &simpleType{name: name, collapse: true, check: func(s string) bool { return isInteger(s) && check(s) }}, "integer"
	}
	return nil, ""
}

// integerCheck tells what a type derived from xs:integer asks of a number, nil
// if the name is none of them.
func integerCheck(name string) func(string) bool {
	signed := func(bits int) func(string) bool {
		return func(s string) bool {
			_, err := strconv.ParseInt(s, 10, bits)
			return err == nil
		}
	}
	unsigned := func(bits int) func(string) bool {
		return func(s string) bool {
			_, err := strconv.ParseUint(strings.TrimPrefix(s, "+"), 10, bits)
			return err == nil
		}
	}
	zero := func(s string) bool { return strings.Trim(s, "+-0") == "" }
	switch name {
	case "byte":
		return signed(8)
	case "short":
		return signed(16)
	case "int":
		return signed(32)
	case "long":
		return signed(64)
	case "unsignedByte":
		return unsigned(8)
	case "unsignedShort":
		return unsigned(16)
	case "unsignedInt":
		return unsigned(32)
	case "unsignedLong":
		return unsigned(64)
	case "nonNegativeInteger":
		return func(s string) bool { return s[0] != '-' || zero(s) }
	case "positiveInteger":
		return func(s string) bool { return s[0] != '-' && !zero(s) }
	case "nonPositiveInteger":
		return func(s string) bool { return s[0] == '-' || zero(s) }
	case "negativeInteger":
		return func(s string) bool { return s[0] == '-' && !zero(s) }
	}
	return nil
}
