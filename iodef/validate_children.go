package iodef

import "strings"

// children runs the children of e through its content model and checks each.
func (c *checker) children(e *Element, d *decl) {
	if e.first == nil {
		if m := d.model; !m.accept[0] && !c.full() {
			if d.lenient != nil && d.lenient.accept[0] {
				c.conflict(e, d, "%s lacks %s", e.name, m.needed(0))
				return
			}
			c.breach(e, d, "missing-element", "%s is incomplete: it needs %s", e.name, m.needed(0))
		}
		return
	}
	m := d.model
	if d.lenient != nil && !m.matches(e) && d.lenient.matches(e) {
		m = d.lenient
		c.conflict(e, d, "the content of %s", e.name)
	}
	state := 0
	for child := e.first; child != nil; child = child.next {
		next := m.step(state, child, d.space)
		if next < 0 {
			next = c.misplaced(e, d, m, state, child)
			if next < 0 {
				continue
			}
		} else {
			c.placed(child, d, &m.positions[next])
		}
		state = next
	}
	if !m.accept[state] && !c.full() {
		c.breach(e, d, "missing-element", "%s is incomplete: after %s it needs %s", e.name, lastName(e), m.needed(state))
	}
}

func lastName(e *Element) string {
	name := ""
	for c := e.first; c != nil; c = c.next {
		name = c.name
	}
	return quote(name)
}

// placed checks a child that stands at position p.
func (c *checker) placed(child *Element, d *decl, p *position) {
	if p.kind == oneElement {
		c.element(child, p.decl)
		return
	}
	found := c.lax(child)
	if found == nil && (p.kind == anyStrict || p.kind == otherStrict) {
		c.breach(child, d, "unknown-element", "the element %s is not known", quote(child.name))
	}
	c.element(child, found)
}

// misplaced reports a child that may not stand where it stands. It gives the
// state to go on from, so that one fault gives one finding, or -1 to stay.
func (c *checker) misplaced(e *Element, d *decl, m *model, state int, child *Element) int {
	for i := 1; i < len(m.positions); i++ {
		p := &m.positions[i]
		if p.kind != oneElement || !p.takes(child.space, child.name, d.space) {
			continue
		}
		c.element(child, p.decl)
		if c.full() {
			return -1
		}
		if i > state {
			c.breach(child, d, "missing-element", "%s comes too early: %s is missing before it", child.name, m.needed(state))
			return i
		}
		if i == state {
			c.breach(child, d, "unexpected-element", "only one %s may stand here; remove the others", child.name)
		} else {
			c.breach(child, d, "element-order", "%s stands too late in %s; move it before %s", child.name, e.name, m.positions[state].label())
		}
		return -1
	}
	switch {
	case c.full():
	case child.space == d.space:
		c.breach(child, d, "unknown-element", "%s has no child %s; expected is %s", e.name, quote(child.name), m.expected(state))
	case child.space == "":
		c.breach(child, d, "unknown-element", "%s is in no namespace; declare xmlns=%q", quote(child.name), d.space)
	default:
		c.breach(child, d, "unknown-element", "%s of namespace %s may not stand in %s; foreign elements belong in AdditionalData", quote(child.name), quote(child.space), e.name)
	}
	if !d.counts(c.version) {
		// For the RFC's schema this is all foreign, and a wildcard looks on.
		c.element(child, c.lax(child))
	}
	// Else nothing is known about it where it stands: it stays opaque.
	return -1
}

// step gives the position that takes child after state, -1 if none does.
func (m *model) step(state int, child *Element, owner string) int {
	for _, f := range m.follow[state] {
		if m.positions[f].takes(child.space, child.name, owner) {
			return int(f)
		}
	}
	return -1
}

// matches tells whether the children of e are what the model says.
func (m *model) matches(e *Element) bool {
	state := 0
	for child := e.first; child != nil; child = child.next {
		if state = m.step(state, child, e.space); state < 0 {
			return false
		}
	}
	return m.accept[state]
}

// needed names what must come next: of all that may, the elements that lead
// to the end by the shortest way, the optional ones left out.
func (m *model) needed(state int) string {
	best, names := len(m.positions)+1, ""
	for _, f := range m.follow[state] {
		way := len(m.way(int(f), nil, func(s int) bool { return m.accept[s] }))
		switch {
		case way < best:
			best, names = way, m.positions[f].label()
		case way == best:
			names += " or " + m.positions[f].label()
		}
	}
	if names == "" {
		return "nothing more"
	}
	return names
}

// expected names what may come next.
func (m *model) expected(state int) string {
	var names []string
	for _, f := range m.follow[state] {
		names = append(names, m.positions[f].label())
	}
	if len(names) == 0 {
		return "nothing more"
	}
	return strings.Join(names, " or ")
}

func (p *position) label() string {
	switch p.kind {
	case oneElement:
		return p.decl.name
	case anyLax, anyStrict:
		return "any element"
	default:
		return "an element of another namespace"
	}
}
