package iodef

import "strings"

// findRoot finds the IODEF-Document: the outermost element, or the first one
// inside another.
func findRoot(top *Element) *Element {
	for e := range top.All() {
		if e.name == "IODEF-Document" && e.version() != "" {
			return e
		}
	}
	return nil
}

// wraps tells whether an IODEF-Document may travel inside this element: a
// message of RID (RFC 6545), an entry or feed of Atom (RFC 8322), a stanza of
// XMPP (XEP-0268). Anything else is a wrong root.
func wraps(top *Element) bool {
	switch top.space {
	case "urn:ietf:params:xml:ns:iodef-rid-1.0", "urn:ietf:params:xml:ns:iodef-rid-2.0":
		return top.name == "RID"
	case "http://www.w3.org/2005/Atom":
		return top.name == "entry" || top.name == "feed"
	case "jabber:client", "jabber:server", "jabber:component:accept", "":
		return top.name == "iq" || top.name == "message" || top.name == "presence"
	}
	return strings.HasPrefix(top.space, "urn:xmpp:incident:")
}

// wrapper notes what stands around the IODEF-Document, and what stands beside
// it that nobody judges.
func (c *checker) wrapper() {
	d := c.doc
	if wraps(d.top) {
		c.add(d.root, "wrapped", Info, false, "the document is wrapped in %s of namespace %s; only what is inside is judged", quote(d.top.name), quote(d.top.space))
	}
	for e := range d.top.All() {
		if e.name == "IODEF-Document" && e.version() != "" && !e.within(d.root) {
			c.should(e, "wrapped", "another IODEF-Document stands beside the first and is not judged; send each alone")
			return
		}
	}
}

// within tells whether e is outer or stands in it.
func (e *Element) within(outer *Element) bool {
	for ; e != nil && e != outer; e = e.parent {
	}
	return e == outer
}

// noRoot says what stands where the IODEF-Document should.
func (c *checker) noRoot() {
	top := c.doc.top
	switch {
	case top.name == "IODEF-Document" && top.space == "":
		c.add(top, "namespace", Error, true, "IODEF-Document is in no namespace; write xmlns=%q", spaceV2)
		return
	case top.name == "IODEF-Document":
		c.add(top, "namespace", Error, true, "unknown namespace %s; write xmlns=%q", quote(top.space), spaceV2)
		return
	}
	c.add(top, "root", Error, true, "the document element is %s, not IODEF-Document", quote(top.name))
	for e := range top.All() {
		switch {
		case e.name == "IODEF-Document": // as in the first example of RFC 6545
			c.add(e, "namespace", Error, true, "the IODEF-Document inside is in namespace %s; write xmlns=%q", quote(e.space), spaceV2)
			return
		case e.name == "Incident" && e.version() != "": // as in XEP-0268
			c.add(e, "root", Error, true, "an Incident stands alone; put an IODEF-Document of its namespace around it")
			return
		}
	}
}
