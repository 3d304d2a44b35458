package relay

import (
	"slices"
	"strings"
	"sync"

	"iodefgw/iodef"
	"iodefgw/relay/disclosure"
)

// place is where a value stands: an element's text, or one of its attributes.
type place struct {
	element *iodef.Element
	attr    string
	cell    int // index + 1
}

// extractor takes one report apart after the other, in the same memory.
type extractor struct {
	*material
	report int
	r      *Report
	values *disclosure.Recogniser
	found  []disclosure.Token // in the last text
	places []place            // of the document's own values, in order
	lastOf []int              // by number of a value: the last cell of a text that has it
	often  []int              // by cell of a text

	last    *iodef.Element // of which a value was taken up, and what holds for all of it
	skip    bool           // it is another Incident's
	untold  bool           // nothing of it is ever told
	marking disclosure.Marking
	element int32
}

// extractors keeps their memory.
var extractors = sync.Pool{New: func() any { return &extractor{} }}

func (x *extractor) begin(m *material, report int, r *Report, values *disclosure.Recogniser) {
	*x = extractor{material: m, report: report, r: r, values: values, found: x.found, places: x.places[:0], lastOf: x.lastOf[:0], often: x.often}
}

// end gives the memory back, with nothing of a report in it; that of a large one
// is let go.
func (x *extractor) end() {
	*x = extractor{found: x.found[:cap(x.found)], places: x.places[:cap(x.places)], lastOf: x.lastOf, often: x.often}
	if len(x.found)+len(x.places) <= 1<<10 {
		clear(x.found)
		clear(x.places)
		extractors.Put(x)
	}
}

// cellsOf makes a cell of every value of the document, and of every value that
// is recognised in its texts.
func (x *extractor) cellsOf() {
	names, words := x.r.names()
	x.values = x.values.With(names)
	for _, class := range wordClasses {
		x.values = x.values.WithWords(disclosure.ClassOf(string(class)), words[class])
	}
	several := len(x.r.Document.Incidents()) > 1
	for c := range x.r.Document.Cells() {
		if c.Element != x.last {
			x.last = c.Element
			x.skip = several && inOtherIncident(x.last, x.r.Incident.Element)
			x.marking, x.element = markingOf(x.r.Document.Version(), x.last), int32(x.r.spokenOf(x.last))
			x.untold = isUntold(x.last, x.r.Document.Root())
		}
		if !x.skip {
			x.cell(c)
		}
	}
}

func (x *extractor) cell(c iodef.Cell) {
	class, value := disclosure.ClassOf(string(c.Class)), c.Value
	if canonical, ok := disclosure.Canonical(class, value); ok {
		value = canonical
	} else {
		// What contradicts its class is free text, the most restrictive
		// reading that still lets the values in it be seen.
		class = disclosure.ClassText
	}
	if class == disclosure.ClassURL {
		// Login, query and fragment may name whom it was sent to (case 140):
		// they are never told, so they are not even taken up.
		if bare := disclosure.BareURL(value); bare != "" {
			value = bare
		}
	}
	each := disclosure.ClassText // what a line is
	if kind := disclosure.ClassOf(string(c.Class)); isList(c) && kind != disclosure.ClassLog {
		each, class = kind, disclosure.ClassText
	}
	text := class == disclosure.ClassLog || class == disclosure.ClassText
	if text {
		value = "" // the values in it are cells of their own
	}
	n := x.add(disclosure.Cell{Path: c.Path, Class: class, Value: value, Report: int32(x.report), Marking: x.marking, Element: x.element}, x.untold)
	x.places = append(x.places, place{x.last, c.Attr, n})
	if text {
		x.read(n, c.Value, each)
	}
}

// isList reports whether a cell is a list of values, one a line (RFC 7970 3.29.3.1).
func isList(c iodef.Cell) bool {
	return c.Attr == "" && c.Element.Name() == "BulkObservableList" && strings.ContainsAny(strings.TrimSpace(c.Value), "\r\n")
}

// wordClasses are the classes of the values that are looked for in texts as words.
var wordClasses = [...]iodef.Class{iodef.ClassPath, iodef.ClassAccount, iodef.ClassASN, iodef.ClassMAC}

// names are the persons and organisations that the document names, and its
// values that are looked for as words.
func (r *Report) names() (names []string, words map[iodef.Class][]string) {
	for e := range r.Document.Root().All() {
		switch class := e.Class(); {
		case class == iodef.ClassPerson || class == iodef.ClassOrg:
			names = append(names, e.Text())
		case slices.Contains(wordClasses[:], class):
			if words == nil {
				words = map[iodef.Class][]string{}
			}
			if e.Name() != "BulkObservableList" {
				words[class] = append(words[class], e.Text())
			} else {
				words[class] = append(words[class], strings.Split(lineEnds(e.Text()), "\n")...)
			}
		}
	}
	return names, words
}

// untold are the elements that are never told, whatever they hold: the sender's
// history, its other numbers, extensions, among them the whole report once more.
var untold = [...]string{"History", "AdditionalData", "RelatedActivity", "AlternativeID"}

func isUntold(e, root *iodef.Element) bool {
	for ; e != root && e.Parent() != nil; e = e.Parent() {
		if slices.Contains(untold[:], e.Name()) {
			return true
		}
	}
	return false
}

// read finds the values in a text, in a list of values the lines. One that stands
// there again is no further cell: a log tells the same few values in every line.
func (x *extractor) read(box int, asWritten string, each disclosure.Class) {
	text := lineEnds(asWritten)
	if x.found = slices.Grow(x.found[:0], len(text)/64+1); each == disclosure.ClassText {
		x.found = x.values.FindIn(x.found, text)
	} else {
		x.found = x.listed(x.found, each, text)
	}
	p := passage{cell: box, text: text, altered: text != asWritten, tokens: make([]token, 0, len(x.found))}
	line, counted := int32(1), 0
	for i := range x.found {
		t := &x.found[i]
		line += int32(strings.Count(text[counted:t.Start], "\n"))
		counted = t.End
		line = p.place(t, x.valueIn(box, t), text, line)
	}
	x.passages = append(x.passages, p)
	x.linesOf(box, p.tokens)
}

// place notes where a value stands, and returns the line that it ends in. A name
// may go on in the next line: each line has a part of it, since what is told of a
// log is decided line by line.
func (p *passage) place(t *disclosure.Token, cell int, text string, line int32) int32 {
	for start := t.Start; ; line++ {
		part, _, more := strings.Cut(text[start:t.End], "\n")
		if word := strings.TrimSpace(part); word != "" {
			from := start + strings.Index(part, word)
			p.tokens = append(p.tokens, token{from, from + len(word), cell, line})
		}
		if !more {
			return line
		}
		start += len(part) + 1
	}
}

// listed are the values of a list. A line that is none of its class is a text.
func (x *extractor) listed(out []disclosure.Token, class disclosure.Class, text string) []disclosure.Token {
	at := 0
	for line := range strings.SplitSeq(text, "\n") {
		word := strings.TrimSpace(line)
		from := at + strings.Index(line, word)
		at += len(line) + 1
		value, ok := disclosure.Canonical(class, word)
		if bare := disclosure.BareURL(value); ok && class == disclosure.ClassURL && bare != "" {
			value = bare // as elsewhere, see cell
		}
		if ok {
			out = append(out, disclosure.Token{Start: from, End: from + len(word), Class: class, Value: value})
			continue
		}
		for _, t := range x.values.Find(word) {
			t.Start, t.End = from+t.Start, from+t.End
			out = append(out, t)
		}
	}
	return out
}

// lineEnds makes line feeds of all line ends: a reader of XML reads them so
// (XML 1.0 2.11), and what is told must be what is read.
func lineEnds(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// valueIn is the cell of a value in a text. One that is of two classes by turns
// gets a cell each time, which does no harm.
func (x *extractor) valueIn(box int, t *disclosure.Token) int {
	again := func(cell int) bool {
		c := &x.cells[cell-1]
		return cell > box && c.Value == t.Value && x.class(cell-1) == t.Class
	}
	if last := len(x.cells); again(last) { // as in most lines
		return last
	}
	number := x.numbers.Add(t.Value)
	for int(number) >= len(x.lastOf) {
		x.lastOf = append(x.lastOf, 0)
	}
	last := &x.lastOf[number]
	if *last == 0 || !again(*last) {
		*last = x.add(disclosure.Cell{Class: t.Class, Value: t.Value, Number: number, Report: int32(x.report), Marking: x.marking, Element: x.element, In: int32(box)}, x.untold)
	}
	return *last
}

// linesOf notes for each cell of a text the lines that it stands in.
func (x *extractor) linesOf(box int, tokens []token) {
	values := x.cells[box:]
	x.often = emptied(x.often, len(values))
	for _, t := range tokens {
		x.often[t.cell-1-box]++
	}
	lines := make([]int32, 0, len(tokens)) // of all of them, one's after another's
	for i, n := range x.often {
		values[i].Lines, lines = lines[:0:n], lines[n:n]
	}
	for _, t := range tokens {
		c := &values[t.cell-1-box]
		c.Lines = append(c.Lines, t.line)
	}
}

func inOtherIncident(e, own *iodef.Element) bool {
	for ; e != nil; e = e.Parent() {
		if e == own {
			return false
		}
		if e.Name() == "Incident" && e.Parent() != nil && e.Parent() == own.Parent() {
			return true
		}
	}
	return false
}

func (x *extractor) text(e *iodef.Element) int {
	if e == nil {
		return 0
	}
	return x.attr(e, "")
}

// attr is the cell of an element's attribute, of its text where it is "".
func (x *extractor) attr(e *iodef.Element, name string) (cell int) {
	first, _ := slices.BinarySearchFunc(x.places, e.Offset(), func(p place, at int) int { return p.element.Offset() - at })
	for _, p := range x.places[first:] {
		if p.element != e {
			break
		}
		if p.attr == name {
			cell = p.cell
		}
	}
	return cell
}
