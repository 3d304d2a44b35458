package iodef

import (
	"fmt"
	"slices"
	"sort"

	"github.com/beevik/etree"
)

// A Loss is something that a conversion could not carry over as it was. What
// is not listed as lost arrived.
type Loss struct {
	Path string // where it stood
	Text string // what became of it; never its content
}

func (l Loss) String() string { return l.Path + ": " + l.Text }

// copyElement copies a whole subtree, foreign or not, into a new tree whose
// default namespace at that place is space.
func copyElement(e *Element, space string) *etree.Element {
	out := etree.NewElement(e.name)
	if e.space != space {
		out.CreateAttr("xmlns", e.space)
	}
	for i := range e.attrs {
		a := &e.attrs[i]
		switch a.Space {
		case "":
			out.CreateAttr(a.Name, a.Value)
		case spaceXML:
			out.CreateAttr("xml:"+a.Name, a.Value)
		default:
			prefix := fmt.Sprintf("a%d", i)
			out.CreateAttr("xmlns:"+prefix, a.Space)
			out.CreateAttr(prefix+":"+a.Name, a.Value)
		}
	}
	copyContent(out, e, e.space)
	return out
}

// copyContent copies text and children of e, in their order, into an element
// where space is the default namespace.
func copyContent(out *etree.Element, e *Element, space string) {
	if e.text != "" {
		out.CreateText(e.text)
	}
	for c := e.first; c != nil; c = c.next {
		out.AddChild(copyElement(c, space))
		if c.tail != "" {
			out.CreateText(c.tail)
		}
	}
}

// innerXML writes the content of e as XML that stands by itself.
func innerXML(e *Element) string {
	holder := etree.NewElement("x")
	copyContent(holder, e, "")
	return writeContent(holder)
}

// outerXML writes e itself as XML that stands by itself.
func outerXML(e *Element) string {
	holder := etree.NewElement("x")
	holder.AddChild(copyElement(e, ""))
	return writeContent(holder)
}

func writeContent(holder *etree.Element) string {
	doc := etree.NewDocument()
	for _, t := range append([]etree.Token(nil), holder.Child...) {
		doc.AddChild(t)
	}
	s, err := doc.WriteToString()
	if err != nil {
		return ""
	}
	return s
}

// inModelOrder sorts the children of a class as its content model wants them.
// Children of one repeated group keep their order among each other.
func inModelOrder(d *decl, children []*etree.Element) {
	if d == nil || d.model == nil {
		return
	}
	ranks := d.model.ranks()
	rank := func(e *etree.Element) int {
		for i := 1; i < len(d.model.positions); i++ {
			if p := d.model.positions[i].decl; p != nil && p.name == e.Tag {
				return ranks[i]
			}
		}
		return len(ranks)
	}
	sort.SliceStable(children, func(i, j int) bool { return rank(children[i]) < rank(children[j]) })
}

// ranks numbers the positions; the alternatives of a repeated choice, after
// which the same may follow, themselves among it, share a number.
func (m *model) ranks() []int {
	ranks := make([]int, len(m.positions))
	for i := range ranks {
		ranks[i] = i
		for j := 1; j < i; j++ {
			if slices.Contains(m.follow[i], uint16(j)) && sameSet(m.follow[i], m.follow[j]) {
				ranks[i] = ranks[j]
				break
			}
		}
	}
	return ranks
}

func sameSet(a, b []uint16) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// repeats tells whether several of the position may stand in a row.
func (m *model) repeats(position int) bool {
	for _, f := range m.follow[position] {
		if int(f) == position {
			return true
		}
	}
	return false
}
