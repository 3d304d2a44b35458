package relay

import (
	"fmt"
	"slices"
	"strings"

	"iodefgw/iodef"
	"iodefgw/relay/disclosure"
)

// material is what the reports of a ticket say, taken out of their documents:
// values (cells), and which of them belong together. A draft is made from it
// and from nothing else, so that what is not in it cannot be told.
//
// Fields that name a cell hold its index + 1; 0 is none.
type material struct {
	cells    []disclosure.Cell
	accused  []bool // per cell: the report accuses it
	claimed  []bool // per cell: the report says that it is the requester's own
	passages []passage
	events   []event
	people   [][]int        // per report: names and addresses of its own contacts
	input    int            // the first so many cells are the documents' own
	numbers  map[string]int // of the cells' values: cells with one value have one number

	// Cells at places of which nothing is ever told (see untold), by their
	// index: the class that their value has. They are decided about as meta, so
	// that a value is not lost to everybody because it stands there too.
	apart map[int]disclosure.Class
}

// passage is the text of a log or description, with the values in it.
type passage struct {
	cell   int // of the whole text
	text   string
	tokens []token
}

type token struct{ start, end, cell int }

// event is one EventData, or the Incident itself as far as it says the same.
type event struct {
	report             int
	start, end, detect int
	systems            []machine
	texts, logs        []int // passages, index + 1
	types, severities  []int
	actions            []int
	binaries           []int
}

// collect takes a ticket's reports apart.
func collect(reports []*Report, values *disclosure.Recogniser) *material {
	m := &material{apart: map[int]disclosure.Class{}, numbers: make(map[string]int, 64), cells: make([]disclosure.Cell, 0, 64)}
	for i, r := range reports {
		x := extractor{material: m, report: i, r: r, values: values, at: make(map[*iodef.Element]int, 64)}
		x.cellsOf()
		x.grow()
		x.eventsOf()
	}
	m.input = len(m.cells)
	for i, r := range reports {
		m.requester(i, r.Party)
	}
	return m
}

// grow makes room for what is said of each cell.
func (m *material) grow() {
	m.accused = append(m.accused, make([]bool, len(m.cells)-len(m.accused))...)
	m.claimed = append(m.claimed, make([]bool, len(m.cells)-len(m.claimed))...)
}

// place is where a value stands: an element's text, or one of its attributes.
type place struct {
	element *iodef.Element
	attr    string
	cell    int // index + 1
}

// extractor takes one report apart.
type extractor struct {
	*material
	report  int
	r       *Report
	values  *disclosure.Recogniser
	at      map[*iodef.Element]int // its first place, index + 1
	places  []place                // of the document's own values, in order
	passage map[int]int            // per cell, index + 1: its passage, index + 1
}

// cellsOf makes a cell of every value of the document, and of every value that
// is recognised in its texts.
func (x *extractor) cellsOf() {
	version := x.r.Document.Version()
	several := len(x.r.Document.Incidents()) > 1
	var last *iodef.Element
	var marking disclosure.Marking
	skip, apart := false, false
	for c := range x.r.Document.Cells() {
		if c.Element != last {
			last = c.Element
			skip = several && inOtherIncident(last, x.r.Incident.Element)
			marking = markingOf(version, last)
			apart = isUntold(c.Path)
		}
		if skip {
			continue
		}
		class, value := disclosure.Class(c.Class), c.Value
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
		text := class == disclosure.ClassLog || class == disclosure.ClassText
		if text {
			value = "" // the values in it are cells of their own
		}
		n := x.add(&disclosure.Cell{Path: c.Path, Class: class, Value: value, Report: x.report, Marking: marking}, apart)
		x.places = append(x.places, place{last, c.Attr, n})
		if k := len(x.places); k < 2 || x.places[k-2].element != last {
			x.at[last] = k
		}
		if text {
			x.read(n, c.Value)
		}
	}
}

// untold are the elements that are never told, whatever they hold: the sender's
// history, its other numbers, extensions, among them the whole report once more.
var untold = [...]string{"History", "AdditionalData", "RelatedActivity", "AlternativeID"}

func isUntold(path string) bool {
	for i := strings.IndexByte(path, '/'); i >= 0; {
		path = path[i+1:]
		for _, name := range untold {
			if rest, ok := strings.CutPrefix(path, name); ok && strings.HasPrefix(rest, "[") {
				return true
			}
		}
		i = strings.IndexByte(path, '/')
	}
	return false
}

// add takes up a cell; one that is apart is one of which nothing is told.
func (m *material) add(c *disclosure.Cell, apart bool) int {
	if apart {
		m.apart[len(m.cells)] = c.Class
		c.Class = disclosure.ClassMeta
	}
	m.cells = append(m.cells, *c)
	m.number(len(m.cells) - 1)
	return len(m.cells)
}

// number gives a cell the number of its value.
func (m *material) number(i int) {
	c := &m.cells[i]
	if c.Value == "" {
		return
	}
	if i > 0 && m.cells[i-1].Value == c.Value {
		c.Number = m.cells[i-1].Number
		return
	}
	n, known := m.numbers[c.Value]
	if !known {
		n = len(m.numbers) + 1
		m.numbers[c.Value] = n
	}
	c.Number = n
}

// read finds the values in a text.
func (x *extractor) read(box int, text string) {
	outer := x.cells[box-1]
	found := x.values.Find(text)
	p := passage{cell: box, text: text, tokens: make([]token, 0, len(found))}
	x.cells = slices.Grow(x.cells, len(found)+32)
	_, apart := x.apart[box-1]
	line, counted, nth := 1, 0, 0
	for i := range found {
		t := &found[i]
		if n := strings.Count(text[counted:t.Start], "\n"); n > 0 {
			line, nth = line+n, 0
		}
		counted, nth = t.Start, nth+1
		c := disclosure.Cell{
			Class: t.Class, Value: t.Value, Report: x.report, Marking: outer.Marking, In: box, Line: line, Nth: nth,
		}
		p.tokens = append(p.tokens, token{t.Start, t.End, x.add(&c, apart)})
	}
	x.passages = append(x.passages, p)
	if x.passage == nil {
		x.passage = map[int]int{}
	}
	x.passage[box] = len(x.passages)
}

// path is where a cell stands; of a value in a text also which it is.
func (m *material) path(i int) string {
	c := &m.cells[i]
	if c.In == 0 {
		return c.Path
	}
	return fmt.Sprintf("%s#%d.%d", m.cells[c.In-1].Path, c.Line, c.Nth)
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
	n := x.at[e]
	if n == 0 {
		return 0
	}
	for _, p := range x.places[n-1:] {
		if p.element != e {
			break
		}
		if p.attr == name {
			cell = p.cell
		}
	}
	return cell
}

// passageOf finds the passage of a cell, index + 1.
func (x *extractor) passageOf(cell int) int { return x.passage[cell] }

// eventsOf notes which values belong together.
func (x *extractor) eventsOf() {
	inc := x.r.Incident
	top := x.event(inc.Times(), inc.Descriptions(), nil, nil)
	for _, a := range inc.Assessments() {
		x.assessment(&top, a)
	}
	x.events = append(x.events, top)
	for _, v := range inc.Events() {
		e := x.event(v.Times(), v.Descriptions(), v.Systems(), v.Records())
		for c := range v.Children() {
			if c.Name() == "Assessment" {
				x.assessment(&e, c)
			}
		}
		for _, q := range v.Expectations() {
			e.actions = appendCell(e.actions, x.attr(q.Element, "action"))
		}
		x.events = append(x.events, e)
	}
	x.indicators(inc)
	x.people = append(x.people, x.contacts(inc))
}

func (x *extractor) event(t iodef.Times, texts []*iodef.Element, systems []iodef.System, records []iodef.Record) event {
	e := event{
		report: x.report,
		start:  x.text(t.Start.Element), end: x.text(t.End.Element), detect: x.text(t.Detect.Element),
	}
	for _, d := range texts {
		e.texts = appendCell(e.texts, x.passageOf(x.text(d)))
	}
	for _, s := range systems {
		e.systems = append(e.systems, x.system(s))
	}
	for _, r := range records {
		for _, item := range r.Items() {
			cell := x.text(item.Element)
			if p := x.passageOf(cell); p > 0 {
				e.logs = append(e.logs, p)
			} else {
				e.binaries = appendCell(e.binaries, cell)
			}
		}
	}
	return e
}

func appendCell(list []int, cell int) []int {
	if cell == 0 {
		return list
	}
	return append(list, cell)
}

func (x *extractor) assessment(e *event, a *iodef.Element) {
	for c := range a.Children() {
		switch c.Name() {
		case "IncidentCategory":
			e.types = appendCell(e.types, x.text(c))
		case "Impact", "SystemImpact", "BusinessImpact", "IntendedImpact":
			e.types = appendCell(e.types, x.attr(c, "type"))
			e.severities = appendCell(e.severities, x.attr(c, "severity"))
		}
	}
}

// contacts are the names and addresses by which the reporter may be known.
func (x *extractor) contacts(inc iodef.Incident) []int {
	var people []int
	for _, c := range inc.Contacts() {
		if c.Role() != "creator" && c.Role() != "reporter" {
			continue
		}
		for _, e := range append(c.Names(), c.Emails()...) {
			people = appendCell(people, x.text(e))
		}
	}
	return people
}

// requester adds what we know of a requester beside its report, so that it is
// decided about and looked for like everything else.
func (m *material) requester(report int, p *Party) {
	add := func(class disclosure.Class, value string) {
		if v, ok := disclosure.Canonical(class, value); ok {
			n := m.add(&disclosure.Cell{Path: "party", Class: class, Value: v, Report: report}, false)
			m.grow()
			m.claimed[n-1] = true
		}
	}
	for _, name := range append([]string{p.Name}, p.Aliases...) {
		add(disclosure.ClassOrg, name)
	}
	for _, a := range p.Addresses {
		if !strings.HasPrefix(a, "@") && !strings.Contains(a, "*") {
			add(disclosure.ClassEmail, a)
		}
	}
	for _, n := range p.Networks {
		add(disclosure.ClassPrefix, n.String())
	}
	for _, d := range p.Domains {
		add(disclosure.ClassDomain, d)
	}
}

// class is the class of a cell's value, wherever it stands.
func (m *material) class(i int) disclosure.Class {
	if m.cells[i].Class == disclosure.ClassMeta {
		if c, ok := m.apart[i]; ok {
			return c
		}
	}
	return m.cells[i].Class
}

// own gives every cell its owner, as this recipient is to see it.
func (m *material) own(reports []disclosure.Report, recipient, gateway disclosure.Party, found []string) {
	o := disclosure.NewOwnership(reports, recipient, gateway)
	for i := range m.cells {
		if m.accused[i] {
			o.Accuse(m.cells[i].Class, m.cells[i].Value)
		}
		if m.claimed[i] {
			o.Target(m.cells[i].Value, m.cells[i].Report)
		}
	}
	for _, v := range found {
		o.Found(v)
	}
	known := make([]int, len(m.numbers)+1) // by number: the last cell whose owner was found, index + 1
	for i := range m.cells {
		c := &m.cells[i]
		if k := known[c.Number] - 1; k >= 0 && m.cells[k].Value == c.Value && m.cells[k].Report == c.Report && m.class(k) == m.class(i) {
			c.Owner, c.Of = m.cells[k].Owner, m.cells[k].Of
			continue
		}
		c.Owner, c.Of = o.Of(m.class(i), c.Value, c.Report)
		known[c.Number] = i + 1
	}
}
