package iodef

import (
	"iter"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Version is the version of an IODEF document.
type Version string

const (
	V1 Version = "1.00" // RFC 5070
	V2 Version = "2.00" // RFC 7970
)

// A Document is one XML document that passed the gate. It is never changed
// and may be used by several goroutines at once.
type Document struct {
	src  string
	top  *Element // the outermost element
	root *Element // the IODEF-Document, nil if there is none

	reader *Reader // whose memory its findings take, nil if they have their own

	declaration declaration
	utf16       bool
	faults      []Finding           // of structure, found while reading
	ids         map[string]*Element // the xs:ID values
	unlisted    []unlistedValue
	xsiTypes    map[*Element]qname // what each xsi:type names

	instructions int // how many processing instructions were dropped
	instruction  int // where the first one stood

	indexOnce sync.Once
	index     []int32 // offsets of line starts, from the second line on
	asked     atomic.Int32
	orderOnce sync.Once
}

// Version tells the version by the namespace of the root, "" if the document
// holds no IODEF-Document.
func (d *Document) Version() Version {
	if d.root == nil {
		return ""
	}
	return d.root.version()
}

// Root is the IODEF-Document element, also where a RID message, an Atom entry
// or an XMPP stanza wraps it; nil if there is none.
func (d *Document) Root() *Element { return d.root }

// Wrapped tells whether something stands around the IODEF-Document.
func (d *Document) Wrapped() bool { return d.root != nil && d.root.parent != nil }

// place turns an offset into a line number and a column, the first being 1. A
// document with few findings is counted through; one with many gets an index.
func (d *Document) place(offset int) (line, column int) {
	if d.asked.Add(1) < 8 {
		read := d.src[:offset]
		n := strings.Count(read, "\n") // many times faster than to look back
		if n == 0 {
			return 1, offset + 1
		}
		return 1 + n, offset - strings.LastIndexByte(read, '\n')
	}
	d.indexOnce.Do(func() {
		d.index = make([]int32, 0, strings.Count(d.src, "\n"))
		for i := 0; ; {
			n := strings.IndexByte(d.src[i:], '\n')
			if n < 0 {
				return
			}
			i += n + 1
			d.index = append(d.index, int32(i))
		}
	})
	n := sort.Search(len(d.index), func(i int) bool { return int(d.index[i]) > offset })
	if n == 0 {
		return 1, offset + 1
	}
	return n + 1, offset - int(d.index[n-1]) + 1
}

// An Attr is one attribute as written in the document.
type Attr struct {
	Name, Space, Value string
}

// An Element is one element of a document, of IODEF or foreign.
type Element struct {
	name, space string
	text        string // before its first child
	tail        string // after its end tag
	attrs       []Attr
	doc         *Document
	parent      *Element
	first, next *Element
	decl        *decl // what the table says, nil if it says nothing
	offset, end int32 // of its tags in the text
	tag         int32 // length of its name in the text, prefix included
	bindings    int32 // while reading: prefixes bound outside it
	order       int32 // its number among its siblings of the same name
	solid       bool  // text that is not blank stands directly in it
	translated  bool  // a child has a translation-id
}

// Name is the local name, Space the namespace.
func (e *Element) Name() string  { return e.name }
func (e *Element) Space() string { return e.space }

// Text is the text directly inside the element, pieces between children
// joined. It is as written: trim it where blanks do not matter.
func (e *Element) Text() string {
	if e.first == nil {
		return e.text
	}
	n, pieces, only := len(e.text), 0, e.text
	if e.text != "" {
		pieces++
	}
	for c := e.first; c != nil; c = c.next {
		if n += len(c.tail); c.tail != "" {
			pieces++
			only = c.tail
		}
	}
	if pieces < 2 {
		return only
	}
	var b strings.Builder
	b.Grow(n)
	b.WriteString(e.text)
	for c := e.first; c != nil; c = c.next {
		b.WriteString(c.tail)
	}
	return b.String()
}

// Attr gives an attribute that is written in the document, in no namespace.
// xml:lang is asked for as "xml:lang".
func (e *Element) Attr(name string) (string, bool) {
	if len(e.attrs) == 0 {
		return "", false
	}
	space := ""
	if n, ok := strings.CutPrefix(name, "xml:"); ok {
		space, name = spaceXML, n
	}
	for i := range e.attrs {
		if a := &e.attrs[i]; a.Name == name && a.Space == space {
			return a.Value, true
		}
	}
	return "", false
}

// Attrs are the attributes as written, foreign ones included, namespace
// declarations not. Do not change them.
func (e *Element) Attrs() []Attr { return e.attrs }

// AttrDefault gives an attribute, or the default that the RFC's schema has for
// it, with blanks trimmed where its type says that they do not count.
func (e *Element) AttrDefault(name string) string {
	v, ok := e.Attr(name)
	if e.decl == nil {
		return v
	}
	space, local := "", name
	if n, isXML := strings.CutPrefix(name, "xml:"); isXML {
		space, local = spaceXML, n
	}
	if a := e.decl.attr(space, local); a != nil {
		return a.or(v, ok)
	}
	return v
}

// or is the value of an attribute, the default where it is not written.
func (a *attrDecl) or(v string, written bool) string {
	switch {
	case !written:
		return a.def
	case a.typ.collapse:
		return trimBlank(v)
	}
	return v
}

// Parent is the element around, nil for the outermost.
func (e *Element) Parent() *Element { return e.parent }

// Children yields the child elements in order.
func (e *Element) Children() iter.Seq[*Element] {
	return func(yield func(*Element) bool) {
		for c := e.first; c != nil; c = c.next {
			if !yield(c) {
				return
			}
		}
	}
}

// Child is the first child of that name in the element's own namespace, nil
// if there is none.
func (e *Element) Child(name string) *Element {
	for c := e.first; c != nil; c = c.next {
		if c.name == name && c.space == e.space {
			return c
		}
	}
	return nil
}

// All yields the element and everything in it, in document order.
func (e *Element) All() iter.Seq[*Element] {
	return func(yield func(*Element) bool) { e.walk(yield) }
}

func (e *Element) walk(yield func(*Element) bool) bool {
	if !yield(e) {
		return false
	}
	for c := e.first; c != nil; c = c.next {
		if !c.walk(yield) {
			return false
		}
	}
	return true
}

// Offset is where its start tag stands in the text: elements are in the order
// of their offsets.
func (e *Element) Offset() int { return int(e.offset) }

// Line is the line of the start tag, the first being 1.
func (e *Element) Line() int {
	line, _ := e.doc.place(int(e.offset))
	return line
}

// Known tells whether the table declares the element at its place.
func (e *Element) Known() bool { return e.decl != nil }

func (e *Element) version() Version {
	switch e.space {
	case spaceV1:
		return V1
	case spaceV2:
		return V2
	}
	return ""
}

// Path names the element: /IODEF-Document/Incident[1]/Contact[2]. Each step
// counts the siblings of the same name; the root has no number.
func (e *Element) Path() string {
	if e != e.doc.root {
		e.doc.orderOnce.Do(e.doc.number)
	}
	return string(e.appendPath(make([]byte, 0, 128)))
}

func (e *Element) appendPath(b []byte) []byte {
	if e.parent == nil || e == e.doc.root {
		return append(append(b, '/'), e.name...)
	}
	return e.appendStep(e.parent.appendPath(b))
}

// appendStep adds the step from the element around to e.
func (e *Element) appendStep(b []byte) []byte {
	b = append(append(b, '/'), e.name...)
	b = strconv.AppendInt(append(b, '['), int64(e.order), 10)
	return append(b, ']')
}

// number counts each element among its siblings of the same name, all at
// once: asking siblings one by one would make a long list quadratic.
func (d *Document) number() {
	var counts map[string]int32
	var seen [8]*Element // the last of each name
	var walk func(e *Element)
	walk = func(e *Element) {
		names := 0
		for c := e.first; c != nil; c = c.next {
			i := 0
			for i < names && seen[i].name != c.name {
				i++
			}
			switch {
			case i < names:
				c.order = seen[i].order + 1
				seen[i] = c
			case names < len(seen):
				c.order = 1
				seen[names] = c
				names++
			default: // many names: from here on by map
				if counts == nil {
					counts = map[string]int32{}
				}
				counts[c.name]++
				c.order = counts[c.name]
			}
		}
		if counts != nil {
			clear(counts)
		}
		for c := e.first; c != nil; c = c.next {
			if c.first != nil {
				walk(c)
			}
		}
	}
	walk(d.top)
	d.top.order = 1
}
