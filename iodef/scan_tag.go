package iodef

import "strings"

// startTag reads a start or empty-element tag.
func (s *scanner) startTag() error {
	if s.cur == nil && s.doc.top != nil {
		return s.fail("xml", "a second document element")
	}
	if s.elements++; s.elements > maxElements {
		return s.fail("cap-elements", "over %d elements", maxElements)
	}
	if s.depth++; s.depth > maxDepth {
		return s.fail("cap-depth", "over %d elements inside each other", maxDepth)
	}
	s.flush()
	offset := s.pos
	s.pos++
	prefix, local, err := s.qname()
	if err != nil {
		return err
	}
	tag := s.pos - offset - 1
	mark := len(s.ns)
	empty, err := s.attributes()
	if err != nil {
		return err
	}
	e := s.element()
	e.name, e.offset, e.tag, e.bindings = local, int32(offset), int32(tag), int32(mark)
	var ok bool
	if e.space, ok = s.lookup(prefix); !ok {
		return s.fail("xml", "the prefix %s is not declared", quote(prefix))
	}
	if err := s.resolve(e); err != nil {
		return err
	}
	e.parent = s.cur
	switch {
	case s.cur == nil:
		s.doc.top = e
	case s.last == nil:
		s.cur.first = e
	default:
		s.last.next = e
	}
	if empty {
		e.end = int32(s.pos)
		s.leave(e)
		return nil
	}
	s.cur, s.last = e, nil
	return nil
}

// endTag reads an end tag.
func (s *scanner) endTag() error {
	if s.cur == nil {
		return s.fail("xml", "an end tag with no start tag")
	}
	s.flush()
	rest := s.src[s.pos+2:]
	e := s.cur
	// The name must be spelt as in the start tag, prefix included.
	name := s.src[e.offset+1 : e.offset+1+e.tag]
	i := len(name)
	if !strings.HasPrefix(rest, name) {
		return s.fail("xml", "the end tag does not match %s", quote("<"+name+">"))
	}
	for i < len(rest) && isBlank(rest[i]) {
		i++
	}
	if i == len(rest) || rest[i] != '>' {
		return s.fail("xml", "the end tag does not match %s", quote("<"+name+">"))
	}
	s.pos += 2 + i + 1
	e.end = int32(s.pos)
	s.leave(e)
	return nil
}

// leave closes e.
func (s *scanner) leave(e *Element) {
	s.depth--
	s.ns = s.ns[:e.bindings]
	s.cur, s.last = e.parent, e
}

// qname reads a name and splits it at its colon.
func (s *scanner) qname() (prefix, local string, err error) {
	rest := s.src[s.pos:]
	n := ncName(rest)
	if n == 0 {
		return "", "", s.fail("xml", "a name was expected; write &lt; for <")
	}
	if n < len(rest) && rest[n] == ':' {
		m := ncName(rest[n+1:])
		if m == 0 || n+1+m < len(rest) && rest[n+1+m] == ':' {
			return "", "", s.fail("xml", "a name with a bad colon")
		}
		s.pos += n + 1 + m
		return rest[:n], rest[n+1 : n+1+m], nil
	}
	s.pos += n
	return "", rest[:n], nil
}

// attributes reads the rest of a start tag into s.scratch and s.ns.
func (s *scanner) attributes() (empty bool, err error) {
	s.scratch = s.scratch[:0]
	declared := len(s.ns)
	for {
		start := s.pos
		for s.pos < len(s.src) && isBlank(s.src[s.pos]) {
			s.pos++
		}
		if s.pos == len(s.src) {
			return false, s.fail("xml", "a tag is not closed")
		}
		switch c := s.src[s.pos]; {
		case c == '>':
			s.pos++
			return false, nil
		case c == '/':
			if !strings.HasPrefix(s.src[s.pos:], "/>") {
				return false, s.fail("xml", "a stray / in a tag")
			}
			s.pos += 2
			return true, nil
		case start == s.pos:
			return false, s.fail("xml", "a blank is missing before an attribute")
		}
		if len(s.scratch)+len(s.ns)-declared == maxAttributes {
			return false, s.fail("cap-attributes", "over %d attributes in one element", maxAttributes)
		}
		prefix, local, err := s.qname()
		if err != nil {
			return false, err
		}
		value, err := s.attributeValue()
		if err != nil {
			return false, err
		}
		if prefix == "xmlns" || prefix == "" && local == "xmlns" {
			if err := s.declare(prefix, local, value, declared); err != nil {
				return false, err
			}
			continue
		}
		if local == "translation-id" && s.cur != nil {
			s.cur.translated = true
		}
		s.scratch = append(s.scratch, Attr{Name: local, Space: prefix, Value: value})
	}
}

// attributeValue reads = and a quoted value and normalises it as XML 1.0,
// section 3.3.3 has it.
func (s *scanner) attributeValue() (string, error) {
	s.skipBlank()
	if s.pos == len(s.src) || s.src[s.pos] != '=' {
		return "", s.fail("xml", "an attribute without a value")
	}
	s.pos++
	s.skipBlank()
	if s.pos == len(s.src) || s.src[s.pos] != '"' && s.src[s.pos] != '\'' {
		return "", s.fail("xml", "an attribute value without quotes")
	}
	quotation, start, simple := s.src[s.pos], s.pos+1, true
	i := start
	for ; i < len(s.src); i++ {
		c := s.src[i]
		if charClass[c]&inValue == 0 { // nearly all
			continue
		}
		if c == quotation {
			break
		}
		switch c {
		case '<':
			return "", s.fail("xml", "< in an attribute value; write &lt;")
		case '&', '\n', '\t':
			simple = false
		}
	}
	switch {
	case i-start > maxAttribute:
		return "", s.fail("cap-attribute", "an attribute value of over %d octets", maxAttribute)
	case i == len(s.src):
		return "", s.fail("xml", "an attribute value is not closed")
	}
	raw := s.src[start:i]
	s.pos = i + 1
	if simple {
		return raw, nil
	}
	b := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		switch c := raw[i]; c {
		case '\n', '\t':
			b = append(b, ' ')
			i++
		case '&':
			v, n := reference(raw[i:])
			if n == 0 {
				return "", s.fail("xml", "%s", badReference)
			}
			b = append(b, v...)
			i += n
		default:
			b = append(b, c)
			i++
		}
	}
	return string(b), nil
}

func (s *scanner) skipBlank() {
	for s.pos < len(s.src) && isBlank(s.src[s.pos]) {
		s.pos++
	}
}

// declare binds a prefix, under the rules of Namespaces in XML.
func (s *scanner) declare(prefix, local, space string, since int) error {
	name := local
	if prefix == "" {
		name = ""
	}
	switch {
	case name == "xmlns", name == "xml" && space != spaceXML,
		name != "xml" && space == spaceXML, space == spaceXMLNS:
		return s.fail("xml", "the prefixes xml and xmlns cannot be bound anew")
	case prefix != "" && space == "":
		return s.fail("xml", "the prefix %s is bound to nothing", quote(name))
	}
	for _, b := range s.ns[since:] {
		if b.prefix == name {
			return s.fail("xml", "the prefix %s is declared twice", quote(name))
		}
	}
	if len(s.ns) == maxBindings {
		return s.fail("cap-namespaces", "over %d namespace declarations in scope", maxBindings)
	}
	s.ns = append(s.ns, binding{name, knownSpace(space)})
	return nil
}

// knownSpace gives the constant for a namespace that the table knows: strings
// that share their octets are compared at a glance.
func knownSpace(space string) string {
	switch space {
	case spaceV2:
		return spaceV2
	case spaceV1:
		return spaceV1
	case spaceDS:
		return spaceDS
	}
	return space
}

// lookup finds the namespace of a prefix.
func (s *scanner) lookup(prefix string) (string, bool) {
	for i := len(s.ns) - 1; i >= 0; i-- {
		if s.ns[i].prefix == prefix {
			return s.ns[i].space, true
		}
	}
	if prefix == "xml" {
		return spaceXML, true
	}
	return "", prefix == ""
}

// resolve moves the scratch attributes to e, with their namespaces.
func (s *scanner) resolve(e *Element) error {
	n := len(s.scratch)
	if n == 0 {
		return nil
	}
	for i := range s.scratch {
		a := &s.scratch[i]
		if a.Space != "" {
			prefix := a.Space
			var ok bool
			if a.Space, ok = s.lookup(prefix); !ok {
				return s.fail("xml", "the prefix %s is not declared", quote(prefix))
			}
			if a.Name == "type" && a.Space == spaceXSI {
				if s.doc.xsiTypes == nil {
					s.doc.xsiTypes = map[*Element]qname{}
				}
				s.doc.xsiTypes[e] = s.xsiName(a.Value)
			}
		}
		for _, b := range s.scratch[:i] {
			if b.Name == a.Name && b.Space == a.Space {
				return s.fail("xml", "the attribute %s stands twice", quote(a.Name))
			}
		}
	}
	if len(s.attrs)+n > cap(s.attrs) {
		// Each piece is larger than the last, and a Reader keeps the last.
		s.attrs = make([]Attr, 0, max(n, min(len(s.src)/96, 512), min(2*cap(s.attrs), 2048)))
	}
	at := len(s.attrs)
	s.attrs = append(s.attrs, s.scratch...)
	e.attrs = s.attrs[at : at+n : at+n]
	return nil
}

// element takes a free element. Elements live in a few large pieces, so that
// a document costs a handful of allocations.
func (s *scanner) element() *Element {
	if len(s.nodes) == cap(s.nodes) {
		if s.piece == len(s.pieces) {
			s.pieces = append(s.pieces, make([]Element, 0, min(max(64, len(s.src)/48), 2048)))
		}
		s.nodes = s.pieces[s.piece]
		s.piece++
	}
	s.nodes = s.nodes[:len(s.nodes)+1]
	e := &s.nodes[len(s.nodes)-1]
	*e = Element{doc: s.doc}
	return e
}
