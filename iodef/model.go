package iodef

import (
	"fmt"
	"strings"
)

// A model is a content model as an automaton: state 0 is the start, state i
// means that the child of position i was read last. The models of the RFCs
// are deterministic, so one pass over the children decides.
type model struct {
	positions []position // 1-based: positions[0] is unused
	follow    [][]uint16 // positions that may come next in each state
	accept    []bool     // the element may end in this state
}

type positionKind uint8

const (
	oneElement  positionKind = iota
	anyLax                   // any element, checked if the table declares it
	anyStrict                // any element that the table declares
	otherLax                 // any element of another namespace
	otherStrict              // likewise, and declared
)

type position struct {
	kind        positionKind
	name, space string // of decl, close at hand: they are compared most
	decl        *decl
}

// takes tells whether the element space:name may stand at p in an element of
// namespace owner.
func (p *position) takes(space, name, owner string) bool {
	switch p.kind {
	case oneElement:
		return p.name == name && p.space == space
	case anyLax, anyStrict:
		return true
	default:
		return space != owner && space != ""
	}
}

// content compiles the content model of d.
func (c *compiler) content(d *decl, s string) error {
	fields := strings.Fields(s)
	for lenient := range 2 {
		p := &modelParser{c: c, d: d, fields: fields, lenient: lenient == 1, m: &model{positions: make([]position, 1)}}
		n, err := p.sequence()
		if err != nil {
			return err
		}
		if p.at != len(fields) {
			return fmt.Errorf("content: stray %q", fields[p.at])
		}
		p.m.link(n)
		if lenient == 0 {
			d.model = p.m
		} else {
			d.lenient = p.m
		}
		if !strings.Contains(s, "~") {
			return nil
		}
	}
	return nil
}

// A modelNode is what Glushkov's construction needs of a part of the model.
type modelNode struct {
	nullable    bool
	first, last []uint16
}

type modelParser struct {
	c       *compiler
	d       *decl
	fields  []string
	at      int
	lenient bool
	m       *model
}

// sequence reads particles up to a ")" or "|" or the end.
func (p *modelParser) sequence() (modelNode, error) {
	n := modelNode{nullable: true}
	for p.at < len(p.fields) && p.fields[p.at] != "|" && p.fields[p.at][0] != ')' {
		q, err := p.particle()
		if err != nil {
			return n, err
		}
		p.m.connect(n.last, q.first)
		if n.nullable {
			n.first = append(n.first, q.first...)
		}
		if q.nullable {
			n.last = append(n.last, q.last...)
		} else {
			n.last = q.last
		}
		n.nullable = n.nullable && q.nullable
	}
	return n, nil
}

// particle reads one name or group with its ? * +.
func (p *modelParser) particle() (modelNode, error) {
	word := p.fields[p.at]
	p.at++
	if word == "-" {
		return modelNode{nullable: true}, nil
	}
	if word == "(" {
		return p.group()
	}
	word, proseOnly := strings.CutPrefix(word, "~")
	word, relaxed := strings.CutSuffix(word, "~")
	name := strings.TrimRight(word, "?*+")
	many := word[len(name):]
	if relaxed && p.lenient {
		many = "*"
	}
	pos := position{}
	switch name {
	case "any":
		pos.kind = anyLax
	case "any!":
		pos.kind = anyStrict
	case "other":
		pos.kind = otherLax
	case "other!":
		pos.kind = otherStrict
	default:
		space, local := p.d.space, name
		for _, x := range tablePrefixes {
			if l, ok := strings.CutPrefix(name, x[0]+":"); ok {
				space, local = x[1], l
			}
		}
		if pos.decl = p.c.table.decls[space][local]; pos.decl == nil {
			return modelNode{}, fmt.Errorf("content: no element %s", name)
		}
	}
	if pos.kind != oneElement {
		p.d.wild = true
	} else {
		pos.name, pos.space = pos.decl.name, pos.decl.space
	}
	if proseOnly && !p.lenient {
		return modelNode{nullable: false}, nil // matches nothing
	}
	p.m.positions = append(p.m.positions, pos)
	at := []uint16{uint16(len(p.m.positions) - 1)}
	return p.m.repeat(modelNode{first: at, last: at}, many), nil
}

// group reads the alternatives of a group and its closing parenthesis.
func (p *modelParser) group() (modelNode, error) {
	n := modelNode{}
	for {
		q, err := p.sequence()
		if err != nil {
			return n, err
		}
		n.nullable = n.nullable || q.nullable
		n.first = append(n.first, q.first...)
		n.last = append(n.last, q.last...)
		if p.at == len(p.fields) {
			return n, fmt.Errorf("content: missing )")
		}
		word := p.fields[p.at]
		p.at++
		if word != "|" {
			return p.m.repeat(n, word[1:]), nil
		}
	}
}

func (m *model) repeat(n modelNode, many string) modelNode {
	if many == "*" || many == "+" {
		m.connect(n.last, n.first)
	}
	if many == "*" || many == "?" {
		n.nullable = true
	}
	return n
}

// connect lets each of next follow each of last.
func (m *model) connect(last, next []uint16) {
	for _, l := range last {
		for len(m.follow) <= int(l) {
			m.follow = append(m.follow, nil)
		}
	next:
		for _, x := range next {
			for _, have := range m.follow[l] {
				if have == x {
					continue next
				}
			}
			m.follow[l] = append(m.follow[l], x)
		}
	}
}

// link adds the start and the accepting states.
func (m *model) link(n modelNode) {
	for len(m.follow) < len(m.positions) {
		m.follow = append(m.follow, nil)
	}
	m.follow[0] = n.first
	m.accept = make([]bool, len(m.positions))
	m.accept[0] = n.nullable
	for _, l := range n.last {
		m.accept[l] = true
	}
}
