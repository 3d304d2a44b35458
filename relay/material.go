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
	claimed  []bool             // per cell: the report says that it is the requester's own
	owners   []disclosure.Whose // per cell, as one recipient is to see it
	passages []passage
	events   []event
	people   [][]int            // per report: names and addresses of its own contacts
	input    int                // the first so many cells are the documents' own
	numbers  disclosure.Numbers // of the cells' values: cells with one value have one number
	answers  bool               // the reports are answers: all in them concerns the requester

	// Cells at places of which nothing is ever told (see untold), by their
	// index: the class that their value has. They are decided about as meta, so
	// that a value is not lost to everybody because it stands there too.
	apart map[int]disclosure.Class
}

// passage is the text of a log or description, with the values in it.
type passage struct {
	cell    int // of the whole text
	text    string
	altered bool    // its line ends are not those of the report
	twin    []byte  // of a twin whose text is another: in place of text, in memory that the next twin takes
	tokens  []token // each in one line
}

// token is a value where it stands in a text, with the cell that all tokens of
// that text with that value share.
type token struct {
	start, end int
	cell       int
	line       int32 // of the text, from 1
}

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
	m := &material{cells: make([]disclosure.Cell, 0, 40)}
	m.numbers.Empty(48)
	x := extractors.Get().(*extractor)
	for i, r := range reports {
		x.begin(m, i, r, values)
		x.cellsOf()
		x.grow()
		x.eventsOf()
	}
	x.end()
	m.input = len(m.cells)
	for i, r := range reports {
		m.requester(i, r.Party)
	}
	return m
}

// grow makes room for what is said of each cell.
func (m *material) grow() {
	more := len(m.cells) - len(m.claimed)
	if cap(m.claimed) < len(m.cells) {
		m.claimed = slices.Grow(m.claimed, more+16) // the requester's own follow
	}
	m.claimed = append(m.claimed, make([]bool, more)...)
}

// add takes up a cell; one that is apart is one of which nothing is told.
func (m *material) add(cell disclosure.Cell, apart bool) int {
	m.cells = append(m.cells, cell)
	if c := &m.cells[len(m.cells)-1]; apart {
		if m.apart == nil {
			m.apart = map[int]disclosure.Class{}
		}
		m.apart[len(m.cells)-1] = c.Class
		c.Class = disclosure.ClassMeta
	}
	m.number(len(m.cells) - 1)
	return len(m.cells)
}

// number gives a cell the number of its value.
func (m *material) number(i int) {
	c := &m.cells[i]
	if c.Value == "" || c.Number > 0 {
		return
	}
	if i > 0 && m.cells[i-1].Value == c.Value {
		c.Number = m.cells[i-1].Number
		return
	}
	c.Number = m.numbers.Add(c.Value)
}

// path is where a cell stands; of a value in a text also which it is: its first
// line, and which value of that line.
func (m *material) path(i int) string {
	c := &m.cells[i]
	if c.In == 0 {
		return c.Path
	}
	nth := int32(0)
	for _, t := range m.passages[m.passageOf(int(c.In))-1].tokens {
		if t.line != c.Lines[0] {
			continue
		}
		if nth++; t.cell == i+1 {
			break
		}
	}
	return m.placeIn(c, c.Lines[0], nth)
}

// placeIn is where the nth value of a line of a text stands.
func (m *material) placeIn(c *disclosure.Cell, line, nth int32) string {
	return fmt.Sprintf("%s#%d.%d", m.cells[c.In-1].Path, line, nth)
}

// passageOf finds the passage of a cell, index + 1.
func (m *material) passageOf(cell int) int {
	if k, found := slices.BinarySearchFunc(m.passages, cell, func(p passage, cell int) int { return p.cell - cell }); found {
		return k + 1
	}
	return 0
}

// eventsOf notes which values belong together.
func (x *extractor) eventsOf() {
	inc := x.r.Incident
	top := x.event(inc.Times(), inc.Descriptions(), nil, nil)
	for _, a := range inc.Assessments() {
		x.assessment(&top, a)
	}
	events := inc.Events()
	x.events = slices.Grow(x.events, 2+len(events))
	x.events = append(x.events, top)
	for _, v := range events {
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
			m.add(disclosure.Cell{Path: "party", Class: class, Value: v, Report: int32(report)}, false)
		}
	}
	from := len(m.cells)
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
	m.grow()
	for i := from; i < len(m.cells); i++ {
		m.claimed[i] = true
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
		c := &m.cells[i]
		if c.Accused {
			o.Accuse(c.Class, c.Value)
		}
		if m.claimed[i] {
			o.Target(c.Value, c.Report)
		}
	}
	for _, v := range found {
		o.Found(v)
	}
	m.owners = make([]disclosure.Whose, len(m.cells))
	known := make([]int, m.numbers.Len()+1) // by number: the last cell whose owner was found, index + 1
	for i := range m.cells {
		c := &m.cells[i]
		if k := known[c.Number] - 1; k >= 0 && m.cells[k].Value == c.Value && m.cells[k].Report == c.Report && m.class(k) == m.class(i) {
			m.owners[i] = m.owners[k]
			continue
		}
		m.owners[i] = o.Of(m.class(i), c.Value, c.Report)
		known[c.Number] = i + 1
	}
}
