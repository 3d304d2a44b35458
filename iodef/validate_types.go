package iodef

// identity keeps the xs:ID and xs:IDREF values of the document.
func (c *checker) identity(e *Element, d *decl, t *simpleType, v string) {
	switch t.name {
	case "ID":
		if c.ids == nil {
			c.ids = map[string]*Element{}
		}
		if c.ids[v] != nil {
			c.breach(e, d, "XML-ID", "the identifier %s stands twice in the document", quote(v))
			return
		}
		c.ids[v] = e
	case "IDREF":
		c.idrefs = append(c.idrefs, idref{v, e})
	}
}

// references checks that every xs:IDREF names an xs:ID.
func (c *checker) references() {
	for _, r := range c.idrefs {
		if c.ids[r.value] == nil {
			c.breach(r.at, r.at.decl, "XML-IDREF", "uid-ref %s names nothing in this document", quote(r.value))
		}
	}
}

// foreignAttributes checks the attributes of the namespace xml on a foreign
// element: the schema of version 2 imports their declarations.
func (c *checker) foreignAttributes(e *Element) {
	for i := range e.attrs {
		a := &e.attrs[i]
		if a.Space != spaceXML {
			continue
		}
		v, bad := trimBlank(a.Value), false
		switch a.Name {
		case "lang":
			bad = v != "" && !isLanguage(v)
		case "space":
			bad = v != "default" && v != "preserve"
		case "base":
			bad = !isAnyURI(v)
		}
		if bad {
			c.add(e, "attribute-type", Error, true, "xml:%s is %s", a.Name, quote(a.Value))
		}
	}
}
