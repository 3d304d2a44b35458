package relay

import (
	"bytes"
	"reflect"
	"strconv"
	"text/template/parse"
)

// A page is a template made ready: text/template looks for each field by its
// name each time it writes, which takes most of its time. It knows the few words
// that letters are made of; a letter with another word is left to text/template.
type page []step

// A step writes one thing, the parts of a page that a condition chooses, or a
// page for each of a list.
type step struct {
	do          act
	text        string // as it stands
	field       []int  // of what the step is about; nil: that itself
	gt          bool   // the condition is that a number is more than that
	than        int64
	then, other page
}

type act uint8

const (
	writeText act = iota
	writeField
	writeIndented
	writeJoined
	choose
	forEach
)

// newPage makes a template ready that is about a value of type about; false if
// it cannot.
func newPage(list *parse.ListNode, about reflect.Type) (p page, ok bool) {
	if list == nil {
		return nil, true
	}
	for _, n := range list.Nodes {
		s, ok := newStep(n, about)
		if !ok {
			return nil, false
		}
		p = append(p, s)
	}
	return p, true
}

func newStep(n parse.Node, about reflect.Type) (s step, ok bool) {
	var kind reflect.Type
	switch n := n.(type) {
	case *parse.TextNode:
		return step{text: string(n.Text)}, true
	case *parse.ActionNode:
		s, kind, ok = newAct(n.Pipe, about)
		if s.do == writeField && ok { // a type with methods may print itself
			ok = (kind.Kind() == reflect.String || kind.Kind() == reflect.Int) && reflect.PointerTo(kind).NumMethod() == 0
		}
		return s, ok && s.do != choose
	case *parse.IfNode:
		s, kind, ok = newAct(n.Pipe, about)
		if !ok || s.do != writeField && s.do != choose {
			return s, false
		}
		switch kind.Kind() {
		case reflect.String, reflect.Int, reflect.Bool, reflect.Slice:
		default:
			return s, false
		}
		s.do = choose
		return s.with(n.List, n.ElseList, about, about)
	case *parse.RangeNode:
		s, kind, ok = newAct(n.Pipe, about)
		if !ok || s.do != writeField || kind.Kind() != reflect.Slice {
			return s, false
		}
		s.do = forEach
		return s.with(n.List, n.ElseList, kind.Elem(), about)
	}
	return s, false
}

func (s step) with(then, other *parse.ListNode, about, otherAbout reflect.Type) (step, bool) {
	var ok1, ok2 bool
	s.then, ok1 = newPage(then, about)
	s.other, ok2 = newPage(other, otherAbout)
	return s, ok1 && ok2
}

// newAct reads what stands in the braces: a field, with indent or join before
// it, or gt and a number around it. It also gives the type of the field.
func newAct(pipe *parse.PipeNode, about reflect.Type) (s step, kind reflect.Type, ok bool) {
	if len(pipe.Decl) > 0 || len(pipe.Cmds) != 1 {
		return s, nil, false
	}
	s.do = writeField
	args := pipe.Cmds[0].Args
	name := ""
	var want reflect.Type // nil: any
	if word, ok := args[0].(*parse.IdentifierNode); ok {
		name, args = word.Ident, args[1:]
	}
	switch name {
	case "":
	case "indent":
		s.do, want = writeIndented, reflect.TypeFor[string]()
	case "join":
		s.do, want = writeJoined, reflect.TypeFor[[]string]()
	case "gt":
		s.do, want = choose, reflect.TypeFor[int]()
		if len(args) != 2 {
			return s, nil, false
		}
		number, ok := args[1].(*parse.NumberNode)
		if !ok || !number.IsInt {
			return s, nil, false
		}
		s.gt, s.than, args = true, number.Int64, args[:1]
	default:
		return s, nil, false
	}
	if len(args) != 1 {
		return s, nil, false
	}
	switch at := args[0].(type) {
	case *parse.DotNode:
		kind = about
	case *parse.FieldNode:
		if about.Kind() != reflect.Struct || len(at.Ident) != 1 {
			return s, nil, false
		}
		f, found := about.FieldByName(at.Ident[0])
		if !found || !f.IsExported() {
			return s, nil, false
		}
		s.field, kind = f.Index, f.Type
	default:
		return s, nil, false
	}
	return s, kind, want == nil || want == kind
}

// write writes the page about v.
func (p page) write(b *bytes.Buffer, v reflect.Value) {
	for i := range p {
		s := &p[i]
		if s.do == writeText {
			b.WriteString(s.text)
			continue
		}
		at := v
		if s.field != nil {
			at = v.FieldByIndex(s.field)
		}
		switch s.do {
		case writeField:
			if at.Kind() == reflect.String {
				b.WriteString(at.String())
			} else {
				b.Write(strconv.AppendInt(b.AvailableBuffer(), at.Int(), 10))
			}
		case writeIndented:
			writeIndent(b, at.String())
		case writeJoined:
			for k := range at.Len() {
				if k > 0 {
					b.WriteString(", ")
				}
				b.WriteString(at.Index(k).String())
			}
		case choose:
			if s.holds(at) {
				s.then.write(b, v)
			} else {
				s.other.write(b, v)
			}
		case forEach:
			for k := range at.Len() {
				s.then.write(b, at.Index(k))
			}
			if at.Len() == 0 {
				s.other.write(b, v)
			}
		}
	}
}

// holds reports whether a condition holds.
func (s *step) holds(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Int:
		return s.gt && v.Int() > s.than || !s.gt && v.Int() != 0
	case reflect.Bool:
		return v.Bool()
	}
	return v.Len() > 0
}
