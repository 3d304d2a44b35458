package iodef

import "sync"

// A decl is what the table says about one element: its content, its
// attributes and the class of its value.
type decl struct {
	name     string
	space    string
	global   bool   // may stand wherever a wildcard admits its namespace
	typeName string // name of its named complex type, if it has one

	text      *simpleType // the type of its text, nil if it has no typed text
	mixed     bool        // text may stand between its children
	wild      bool        // it takes foreign children
	anyAttr   bool        // it takes any attribute
	class     classRule   // class of its text
	attrs     []attrDecl
	attrNames []string  // of attrs, close at hand: they are compared most
	marked    *attrDecl // restriction, nil if it has none; every value is asked for it
	required  uint64    // which of attrs must be there, a bit each; no class has 64
	model     *model
	lenient   *model // as the prose of the RFC has it, where schema and prose are at odds
	check     func(*checker, *Element)
	inSchema1 bool // its namespace is part of the schema of RFC 5070
	inSchema2 bool // of RFC 7970
}

// An attrDecl is one attribute of a class.
type attrDecl struct {
	name     string
	space    string // the XML namespace for xml:lang, else mostly empty
	typ      *simpleType
	required bool
	def      string // default, or the value that is fixed
	fixed    bool
	language bool // its value is a language tag
	class    Class
	ext      *attrDecl // for an extensible enumeration: its ext- attribute
	extends  *attrDecl // for an ext- attribute: the enumeration it extends
}

// A classRule says where the class of an element's text comes from: it is
// fixed, or the enumeration of an attribute (its own or its parent's) gives it.
type classRule struct {
	class  Class
	attr   string
	parent bool
}

// A simpleType is a type of text: an enumeration or a checked form.
type simpleType struct {
	name     string
	collapse bool // blanks around the value do not count
	values   []enumValue
	words    []string          // of values, close at hand
	check    func(string) bool // nil: any text
	want     string            // what to write, for the finding
}

type enumValue struct {
	value    string
	class    Class
	conflict bool // in the prose of the RFC only
}

func (t *simpleType) value(v string) *enumValue {
	for i, word := range t.words {
		if word == v {
			return &t.values[i]
		}
	}
	return nil
}

func (d *decl) attr(space, name string) *attrDecl {
	for i, n := range d.attrNames {
		if n == name && d.attrs[i].space == space {
			return &d.attrs[i]
		}
	}
	return nil
}

// counts tells whether a fault in an element of this declaration breaks the
// RFC's schema for a document of version v. RFC 5070's schema knows only its
// own namespace; RFC 7970's imports version 1, SCI, enum and XML Signature.
func (d *decl) counts(v Version) bool {
	if v == V2 {
		return d.inSchema2
	}
	return d.inSchema1
}

// Namespaces the table knows.
const (
	spaceV1    = "urn:ietf:params:xml:ns:iodef-1.0"
	spaceV2    = "urn:ietf:params:xml:ns:iodef-2.0"
	spaceSCI   = "urn:ietf:params:xml:ns:iodef-sci-1.0"
	spaceEnum  = "urn:ietf:params:xml:ns:iodef-enum-1.0"
	spacePhish = "urn:ietf:params:xml:ns:iodef-phish-1.0"
	spaceDS    = "http://www.w3.org/2000/09/xmldsig#"
	spaceXML   = "http://www.w3.org/XML/1998/namespace"
	spaceXMLNS = "http://www.w3.org/2000/xmlns/"
	spaceXSI   = "http://www.w3.org/2001/XMLSchema-instance"
)

// tablePrefixes are the prefixes that the table itself uses.
var tablePrefixes = [...][2]string{
	{"v1", spaceV1}, {"sci", spaceSCI}, {"enum", spaceEnum}, {"ds", spaceDS},
	{"xml", spaceXML}, {"phish", spacePhish},
}

// A table holds every declaration of every namespace.
type table struct {
	decls map[string]map[string]*decl // namespace, then name
	types map[string]map[string]*simpleType
}

// global finds the declaration that a wildcard would use for an element.
func (t *table) global(space, name string) *decl {
	if d := t.decls[space][name]; d != nil && d.global {
		return d
	}
	return nil
}

// tables compiles the notation once; the result is never changed.
var tables = sync.OnceValue(func() *table {
	t, err := compile(tableV1, tableV2, tableV2Evidence, tableV2Values, tableSCI, tableEnum, tablePhish, tableSignature)
	if err != nil {
		// The notation is part of the program and a test compiles it: an
		// empty table refuses every document.
		return &table{}
	}
	bindRules(t)
	return t
})
