package iodef

import (
	"slices"

	"github.com/beevik/etree"
)

// Skeleton builds the smallest document, valid by the schema, that has value
// at the place p. Where the place takes no free text (see PathInfo.Free) a
// value of its type stands there instead. Tests plant canaries with it.
func Skeleton(p PathInfo, value string) *etree.Document {
	doc := etree.NewDocument()
	doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8"`)
	b := &skeleton{path: p, value: value}
	doc.AddChild(b.element(p.steps[0], p.steps[1:], ""))
	return doc
}

type skeleton struct {
	path  PathInfo
	value string
	ids   int
	open  []*decl // elements being built: not to be put into themselves
}

// element builds an element of declaration d that holds the rest of the path.
func (b *skeleton) element(d *decl, rest []*decl, space string) *etree.Element {
	e := etree.NewElement(d.name)
	if d.space != space {
		e.CreateAttr("xmlns", d.space)
	}
	here := rest != nil && len(rest) == 0
	for i := range d.attrs {
		a := &d.attrs[i]
		wanted := here && b.path.Attr == a.label()
		if !wanted && !a.required {
			continue
		}
		name := a.label()
		if a.space == spacePhish {
			e.CreateAttr("xmlns:phish", spacePhish)
			name = "phish:" + name
		}
		v := b.sample(a.typ, a.def)
		if wanted && b.path.Free() && !a.fixed {
			v = b.value
		}
		e.CreateAttr(name, v)
	}
	switch {
	case d.text != nil && here && b.path.Attr == "" && b.path.Free(), d.mixed && here && b.path.Attr == "":
		e.SetText(b.value)
	case d.text != nil:
		e.SetText(b.sample(d.text, ""))
	}
	if d.model != nil {
		b.open = append(b.open, d)
		b.children(e, d, rest)
		b.open = b.open[:len(b.open)-1]
	}
	return e
}

// children adds what the content model demands, by the shortest way, through
// the next element of the path.
func (b *skeleton) children(e *etree.Element, d *decl, rest []*decl) {
	m := d.model
	state := 0
	if len(rest) > 0 {
		way := m.way(0, nil, func(s int) bool { return m.positions[s].decl == rest[0] })
		for i, s := range way {
			var below []*decl
			if i == len(way)-1 {
				below = rest[1:] // empty, not nil, at the end of the path
			}
			e.AddChild(b.element(m.positions[s].decl, below, d.space))
			state = s
		}
	}
	for _, s := range m.way(state, b.open, func(s int) bool { return m.accept[s] }) {
		if child := m.positions[s].decl; child != nil {
			e.AddChild(b.element(child, nil, d.space))
		}
	}
}

// way finds the shortest way from a state to one that is wanted, past none of
// the elements to avoid.
func (m *model) way(from int, avoid []*decl, wanted func(int) bool) []int {
	if wanted(from) {
		return nil
	}
	before := make([]int, len(m.positions))
	for i := range before {
		before[i] = -1
	}
	queue := []int{from}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		for _, f := range m.follow[s] {
			next := int(f)
			if before[next] >= 0 || next == from || slices.Contains(avoid, m.positions[next].decl) {
				continue
			}
			before[next] = s
			if wanted(next) {
				var way []int
				for x := next; x != from; x = before[x] {
					way = append([]int{x}, way...)
				}
				return way
			}
			queue = append(queue, next)
		}
	}
	return nil
}

// sample is a value of a type: the default, or the first that fits.
func (b *skeleton) sample(t *simpleType, def string) string {
	if def != "" {
		return def
	}
	if t.values != nil {
		return t.values[0].value
	}
	switch t.name {
	case "ID", "IDREF":
		// One identifier may stand once; a reference names the indicator
		// that its own document holds.
		if t.name == "IDREF" {
			return "id1"
		}
		b.ids++
		return "id" + string(rune('0'+b.ids))
	case "ConfidenceType":
		return ""
	}
	for _, v := range [...]string{"1", "2026-01-31T23:59:59Z", "en", "a", "AA==", "00", "+09:00"} {
		if _, ok := t.valid(v); ok {
			return v
		}
	}
	return ""
}
