package iodef

import (
	"fmt"
	"strings"
)

// compile reads the notation of the tables.
//
//	NAME : CONTENT | ATTRIBUTES      a class; "local NAME" if it is no global element
//	type NAME : CONTENT | ATTRIBUTES a named type, used as %NAME
//	group NAME : ATTRIBUTES          attributes used as &NAME
//	enum NAME : VALUES               an enumeration; value/class where the value decides a class
//
// CONTENT is a list of children, each with ? * + as in a DTD, groups in
// ( a | b ) or ( a b ); "-" is empty, $type/class is text, "mixed" admits text
// between children, "any" and "other" are lax wildcards (with ! strict ones).
// A + followed by ~ is * in the prose of the RFC, a name after ~ stands in the
// prose only. An ATTRIBUTE is name, ! if required, {type} if not string,
// =default or ==fixed, and /class; ext-* attributes are always meta; * admits
// any attribute.
// A class "@a" is given by the value of attribute a, "../@a" by the parent's.
func compile(sources ...string) (*table, error) {
	c := &compiler{
		table:  &table{decls: map[string]map[string]*decl{}, types: map[string]map[string]*simpleType{}},
		groups: map[string]string{}, named: map[string]string{},
	}
	for _, s := range sources {
		if err := c.collect(s); err != nil {
			return nil, err
		}
	}
	for _, l := range c.lines {
		if err := c.class(l); err != nil {
			return nil, fmt.Errorf("table: %s %s: %w", l.space, l.name, err)
		}
	}
	return c.table, nil
}

type compiler struct {
	table  *table
	groups map[string]string // "namespace name" → attributes
	named  map[string]string // "namespace name" → content and attributes
	lines  []tableLine
}

type tableLine struct {
	space, name, body string
	decl              *decl
}

// collect reads the lines, defines the enumerations and declares the names,
// so that the order of lines does not matter.
func (c *compiler) collect(source string) error {
	space := ""
	for line := range strings.SplitSeq(source, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if s, ok := strings.CutPrefix(line, "namespace "); ok {
			space = s
			if c.table.decls[space] == nil {
				c.table.decls[space] = map[string]*decl{}
				c.table.types[space] = map[string]*simpleType{}
			}
			continue
		}
		head, body, ok := strings.Cut(line, " : ")
		if !ok {
			// "NAME  : body" with padding: the head keeps it.
			return fmt.Errorf("table: no colon in %q", line)
		}
		head = strings.TrimSpace(head)
		kind, name, ok := strings.Cut(head, " ")
		if !ok {
			kind, name = "", head
		}
		name = strings.TrimSpace(name)
		switch kind {
		case "group":
			c.groups[space+" "+name] = body
		case "type":
			c.named[space+" "+name] = body
		case "enum", "enumstring":
			c.table.types[space][name] = enumeration(name, kind == "enum", body)
		case "", "local":
			local := name[strings.LastIndexByte(name, '.')+1:]
			d := &decl{name: local, space: space, global: kind == ""}
			d.inSchema1 = space == spaceV1
			d.inSchema2 = space != spacePhish
			if c.table.decls[space][name] != nil {
				return fmt.Errorf("table: %s twice", name)
			}
			c.table.decls[space][name] = d
			c.lines = append(c.lines, tableLine{space, name, body, d})
		default:
			return fmt.Errorf("table: unknown word %q", kind)
		}
	}
	return nil
}

func enumeration(name string, collapse bool, body string) *simpleType {
	t := &simpleType{name: name, collapse: collapse, want: "one of the listed values"}
	for v := range strings.FieldsSeq(body) {
		v, conflict := strings.CutPrefix(v, "~")
		v, class, _ := strings.Cut(v, "/")
		v = strings.ReplaceAll(v, "_", " ")
		t.values = append(t.values, enumValue{v, Class(class), conflict})
		t.words = append(t.words, v)
	}
	return t
}

// class fills in one declaration.
func (c *compiler) class(l tableLine) error {
	content, attrs := cutTop(l.body)
	d := l.decl
	if name, ok := strings.CutPrefix(content, "%"); ok {
		name, class, _ := strings.Cut(name, "/")
		body, ok := c.named[l.space+" "+name]
		if !ok {
			return fmt.Errorf("no type %s", name)
		}
		d.typeName = name
		typeContent, typeAttrs := cutTop(body)
		if class != "" {
			typeContent, _, _ = strings.Cut(typeContent, "/")
			typeContent += "/" + class
		}
		content, attrs = typeContent, typeAttrs+" "+attrs
	}
	if err := c.attributes(d, attrs); err != nil {
		return err
	}
	d.tieExtensions()
	d.marked = d.attr("", "restriction")
	content, class, _ := strings.Cut(content, "/")
	switch {
	case strings.HasPrefix(class, "../@"):
		d.class = classRule{attr: class[len("../@"):], parent: true}
	case strings.HasPrefix(class, "@"):
		d.class = classRule{attr: class[1:]}
	default:
		d.class.class = Class(class)
	}
	content, d.mixed = strings.CutPrefix(content, "mixed ")
	if name, ok := strings.CutPrefix(content, "$"); ok {
		d.text = c.simple(l.space, name)
		if d.text == nil {
			return fmt.Errorf("no simple type %s", name)
		}
		return nil
	}
	return c.content(d, content)
}

// tieExtensions ties each ext- attribute to the enumeration that it extends.
func (d *decl) tieExtensions() {
	for i := range d.attrs {
		x := &d.attrs[i]
		name, ok := strings.CutPrefix(x.name, "ext-")
		if a := d.attr("", name); ok && a != nil && a.typ.values != nil {
			x.extends = a
			if a.typ.value("ext-value") != nil {
				a.ext = x
			}
		}
	}
}

// attributes reads an attribute list.
func (c *compiler) attributes(d *decl, list string) error {
	for word := range strings.FieldsSeq(list) {
		if word == "*" {
			d.anyAttr = true
			continue
		}
		if name, ok := strings.CutPrefix(word, "&"); ok {
			body, ok := c.groups[d.space+" "+name]
			if !ok {
				return fmt.Errorf("no group %s", name)
			}
			if err := c.attributes(d, body); err != nil {
				return err
			}
			continue
		}
		a, err := c.attribute(d.space, word)
		if err != nil {
			return err
		}
		if a.required {
			d.required |= 1 << len(d.attrs)
		}
		d.attrs = append(d.attrs, a)
		d.attrNames = append(d.attrNames, a.name)
	}
	return nil
}

func (c *compiler) attribute(space, word string) (attrDecl, error) {
	end := strings.IndexAny(word, "!{=/")
	if strings.HasPrefix(word, "xml:") || strings.HasPrefix(word, "phish:") || end < 0 {
		if end < 0 {
			end = len(word)
		}
	}
	a := attrDecl{name: word[:end]}
	rest := word[end:]
	for _, p := range tablePrefixes {
		if n, ok := strings.CutPrefix(a.name, p[0]+":"); ok {
			a.name, a.space = n, p[1]
		}
	}
	rest, a.required = strings.CutPrefix(rest, "!")
	typeName := "string"
	if strings.HasPrefix(rest, "{") {
		// The name of an inline enumeration holds a slash: Incident/@purpose.
		typeName, rest, _ = strings.Cut(rest[1:], "}")
	}
	if a.typ = c.simple(space, typeName); a.typ == nil {
		return a, fmt.Errorf("attribute %s: no type %s", a.name, typeName)
	}
	a.language = typeName == "language"
	if v, ok := strings.CutPrefix(rest, "=="); ok {
		a.fixed, rest = true, v
	} else if v, ok := strings.CutPrefix(rest, "="); ok {
		rest = v
	}
	def, class, _ := strings.Cut(rest, "/")
	a.def, a.class = def, Class(class)
	if strings.HasPrefix(a.name, "ext-") {
		a.class = ClassMeta
	}
	if a.class == "" {
		return a, fmt.Errorf("attribute %s has no class", a.name)
	}
	return a, nil
}

// simple finds a simple type: of the namespace, with a v1: prefix of version
// 1, or built in.
func (c *compiler) simple(space, name string) *simpleType {
	if n, ok := strings.CutPrefix(name, "v1:"); ok {
		space, name = spaceV1, n
	}
	if t := c.table.types[space][name]; t != nil {
		return t
	}
	t := builtin(name)
	if t != nil {
		c.table.types[space][name] = t
	}
	return t
}

// cutTop cuts at the first " | " outside parentheses.
func cutTop(s string) (content, attrs string) {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '|':
			if depth == 0 {
				return strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+1:])
			}
		}
	}
	return strings.TrimSpace(s), ""
}
