package disclosure

import "slices"

// subject is what the layers see of a cell: all that they ask, and no value. So
// nothing that they say depends on a value but by foreign. Cells of which the
// subject is the same share an answer, which most values of a log do, and the
// cells of a twin keep theirs (Result.Twin).
type subject struct {
	class, box          classSet // box: of the log or text around
	owner               ownerSet
	marking             Marking
	inText              bool   // stands in a log or text
	asIs                bool   // in a log that leaves as it is, third-party values and all
	foreign             bool   // a requester calls it its own, and it is another party's
	boxAct              Action // what becomes of the log or text around
	hard                step
	report, of, element int32
	path                string // only where a rule of the site's names one
}

// answer is what the layers say of a subject.
type answer struct {
	to   subject
	said chain
	act  Action // their meet
	vote Action // what the cell says about its value elsewhere in the message
	weak bool   // the channel alone takes something away
}

// subject is what the layers were asked about a cell.
func (r *Result) subject(i int) *subject { return &r.answers[r.Decisions[i].answer].to }

// vote is what a cell says about its value elsewhere in the message.
func (r *Result) vote(i int) Action { return r.answers[r.Decisions[i].answer].vote }

// chain is what each layer says.
type chain [layerCount]step

// look reads off the rules what cells are told apart by.
func (d *decider) look() {
	d.last.hard = step{act: Keep, rule: ruleNone}
	for i := range d.rules {
		for j := range d.rules[i].rule.set {
			d.byPath = d.byPath || d.rules[i].rule.set[j].path != ""
		}
	}
}

// inText reports whether a cell stands in a log or text.
func (d *decider) inText(i int) bool {
	in := int(d.in.Cells[i].In)
	return in > 0 && in <= len(d.in.Cells) && in-1 != i && d.in.Cells[in-1].Class.bit()&containers != 0
}

// cells runs the layers for each cell.
func (d *decider) cells(r *Result) {
	d.look()
	d.asked = emptied(d.asked, len(classes)*len(owners))
	r.answers = append(slices.Grow(r.answers, 24), answer{}) // of what is not decided about yet
	// Containers first: what a log may be decides how third-party values in it are seen.
	for i := range d.in.Cells {
		if d.in.Cells[i].Class.bit()&containers != 0 {
			d.cell(i, r)
		}
	}
	for i := range d.in.Cells {
		if d.in.Cells[i].Class.bit()&containers == 0 {
			d.cell(i, r)
		}
	}
}

// cell decides about one cell by itself.
func (d *decider) cell(i int, r *Result) {
	last := &d.asked[int(d.in.Cells[i].Class.known())*len(owners)+int(d.in.Owners[i].Owner.known())]
	if s := d.subject(i, r); *last == 0 || r.answers[*last].to != s {
		*last = int32(len(r.answers))
		r.answers = append(r.answers, answer{to: s})
		d.ask(&r.answers[*last])
	}
	a := &r.answers[*last]
	r.Decisions[i] = Decision{Action: a.act, answer: *last}
	r.Weak = r.Weak || a.weak
}

// subject is a cell as the layers see it.
func (d *decider) subject(i int, r *Result) subject {
	c, whose := &d.in.Cells[i], d.in.Owners[i]
	s := subject{class: c.Class.bit(), owner: whose.Owner.bit(), marking: c.Marking, inText: d.inText(i), report: c.Report, of: whose.Of, element: c.Element}
	if d.byPath {
		s.path = c.Path
	}
	if s.inText {
		box := &r.answers[r.Decisions[c.In-1].answer]
		s.box, s.boxAct, s.hard = d.in.Cells[c.In-1].Class.bit(), box.act, box.said[layerHard] // its path is its log's
		s.asIs = d.policy.allowThird() && s.owner == bitOfThird && s.box == bitLog && s.boxAct == AsIs && box.said[layerOverride].flag != byOverride
	} else {
		s.hard = d.hardAt(c.Path)
	}
	if hard := hardOf(s.class, s.owner); hard.act == Drop {
		s.hard = hard
	}
	if d.claimed(&s) {
		v := placed(c.Class, c.Value)
		s.foreign = d.foreign(&v, s.of)
	}
	return s
}

// claimed reports whether a value's requester says what its site is: then whose
// a value is that it calls its own depends on the value.
func (d *decider) claimed(s *subject) bool {
	return s.owner == bitOfMine && s.of >= 0 && int(s.of) < len(d.grants) && d.grants[s.of].claims && s.class&containers == 0
}

// cellsOfTwin gives the cells of a twin the answers of the cells that it was
// drawn from, where its values are nobody else's.
func (d *decider) cellsOfTwin(of, r *Result) {
	r.answers = append(r.answers, of.answers...)
	for i := range r.Decisions {
		k := of.Decisions[i].answer
		if s := &of.answers[k].to; d.claimed(s) {
			v := placed(d.in.Cells[i].Class, d.in.Cells[i].Value)
			if foreign := d.foreign(&v, s.of); foreign != s.foreign {
				k = int32(len(r.answers))
				r.answers = append(r.answers, answer{to: *s})
				r.answers[k].to.foreign = foreign
				d.ask(&r.answers[k])
			}
		}
		a := &r.answers[k]
		r.Decisions[i] = Decision{Action: a.act, answer: k}
		r.Weak = r.Weak || a.weak
	}
}
