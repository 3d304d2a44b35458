package iodef

import (
	"iter"
	"strings"
)

// Class is the kind of a value: what disclosure decides by.
type Class string

const (
	ClassAddress  Class = "address"
	ClassPrefix   Class = "prefix"
	ClassHostname Class = "hostname"
	ClassDomain   Class = "domain"
	ClassURL      Class = "url"
	ClassEmail    Class = "email"
	ClassPerson   Class = "person"
	ClassOrg      Class = "org"
	ClassMAC      Class = "mac"
	ClassASN      Class = "asn"
	ClassAccount  Class = "account"
	ClassPath     Class = "path"
	ClassHash     Class = "hash"
	ClassTime     Class = "time"
	ClassPort     Class = "port"
	ClassType     Class = "type"   // enumerations of kinds; a value outside its enumeration is meta
	ClassAction   Class = "action" // what is asked or was done
	ClassImpact   Class = "impact"
	ClassCount    Class = "count"
	ClassSoftware Class = "software"
	ClassLog      Class = "log"
	ClassBinary   Class = "binary"
	ClassText     Class = "text" // free text
	ClassID       Class = "id"
	ClassMeta     Class = "meta" // about the document, ext-*, foreign: never disclosed
)

// A Cell is one value of a document.
type Cell struct {
	Path    string // of the element, for an attribute followed by /@name
	Element *Element
	Attr    string // the attribute's name, "" for text
	Value   string // as written
	Class   Class
}

// Cells yields every value of the document once, in document order: of each
// element its attributes, then its text. Foreign content gives meta cells.
// White space between elements is no value. Namespace declarations are none.
func (d *Document) Cells() iter.Seq[Cell] {
	return func(yield func(Cell) bool) {
		d.orderOnce.Do(d.number)
		w := cellWalk{yield: yield}
		w.element(d.top, make([]byte, 0, 256))
	}
}

// cellWalk goes through a document. The paths of its cells share memory.
type cellWalk struct {
	yield func(Cell) bool
	paths strings.Builder
}

// element yields the cells of an element and of what is in it. around is the
// path of the element around; what is behind it in its memory may be written to.
func (w *cellWalk) element(e *Element, around []byte) bool {
	path := around
	if e.parent == nil || e == e.doc.root {
		path = append(append(path[len(path):], '/'), e.name...) // where a path begins
	} else {
		path = e.appendStep(path)
	}
	if !w.cells(e, path) {
		return false
	}
	for c := e.first; c != nil; c = c.next {
		if !w.element(c, path) {
			return false
		}
	}
	return true
}

// path keeps the path of an element, or of an attribute.
func (w *cellWalk) path(path []byte, attr string) string {
	if need := len(path) + len("/@xml:") + len(attr); w.paths.Cap()-w.paths.Len() < need {
		w.paths.Reset()
		w.paths.Grow(max(need, 2048))
	}
	from := w.paths.Len()
	w.paths.Write(path)
	if attr != "" {
		w.paths.WriteString("/@")
		w.paths.WriteString(attr)
	}
	return w.paths.String()[from:]
}

func (w *cellWalk) cells(e *Element, at []byte) bool {
	path := ""
	for i := range e.attrs {
		a := &e.attrs[i]
		name := a.Name
		if a.Space == spaceXML {
			name = "xml:" + name
		}
		full := w.path(at, name)
		path = full[:len(at)]
		if !w.yield(Cell{full, e, name, a.Value, e.attrClass(a)}) {
			return false
		}
	}
	if !e.solid && (e.decl == nil || e.decl.text == nil) {
		return true
	}
	text := e.Text()
	if text == "" {
		return true
	}
	if path == "" {
		path = w.path(at, "")
	}
	return w.yield(Cell{path, e, "", text, e.Class()})
}

// attrClass is the class of an attribute's value. A value outside its
// enumeration is no enumeration value, whatever its sender calls it.
func (e *Element) attrClass(a *Attr) Class {
	if e.decl == nil {
		return ClassMeta
	}
	d := e.decl.attr(a.Space, a.Name)
	if d == nil {
		return ClassMeta
	}
	if _, ok := d.typ.valid(a.Value); !ok {
		return ClassMeta
	}
	return d.class
}

// Class is the class of the element's text. For an Address it depends on the
// category, for a ContactName on the kind of contact, for a RecordItem on
// dtype. Text where the table has none, and anything foreign, is meta; a
// value that is not of its type is text.
func (e *Element) Class() Class {
	d := e.decl
	switch {
	case d == nil:
		return ClassMeta
	case d.text == nil && !d.mixed:
		return ClassMeta
	case d.text != nil:
		if _, ok := d.text.valid(e.Text()); !ok {
			return ClassText
		}
	}
	return e.ruleClass(d.class)
}

func (e *Element) ruleClass(r classRule) Class {
	if r.attr == "" {
		return r.class
	}
	holder := e
	if r.parent {
		holder = e.parent
	}
	if holder == nil || holder.decl == nil {
		return ClassText
	}
	a := holder.decl.attr("", r.attr)
	if a == nil {
		return ClassText
	}
	if v := a.typ.value(a.or(holder.Attr(r.attr))); v != nil && v.class != "" {
		return v.class
	}
	return ClassText
}
