package disclosure

import "slices"

// extractLines is how many lines of a log the first notice may show: enough to
// recognise the access, too few to read the reporter's day in.
const extractLines = 20

// LogDecision is what becomes of one log or text.
type LogDecision struct {
	Cell    int    // its index
	Action  Action // AsIs, Sanitize, Summary or Drop
	Extract bool   // only the lines of Lines, at first contact
	Lines   []int  // of an extract: the lines that are shown, in order
	Removed []int  // of a sanitised log: the lines that a dropped value removes, in order
	Third   int    // distinct third-party values withheld in it
}

// Hides reports whether a line of a sanitised log is left out.
func (l *LogDecision) Hides(line int) bool {
	return l != nil && (isIn(l.Removed, line) || l.Extract && !isIn(l.Lines, line))
}

// hidesAll reports whether all lines of a value are left out.
func (l *LogDecision) hidesAll(lines []int32) bool {
	return (len(l.Removed) > 0 || l.Extract) && !slices.ContainsFunc(lines, func(n int32) bool { return !l.Hides(int(n)) })
}

// hidesOne reports whether a line of a value is left out.
func (l *LogDecision) hidesOne(lines []int32) bool {
	return slices.ContainsFunc(lines, func(n int32) bool { return l.Hides(int(n)) })
}

// Log is the decision about a log or text cell, nil if it is none.
func (r *Result) Log(cell int) *LogDecision {
	i, ok := slices.BinarySearchFunc(r.Logs, cell, func(l LogDecision, cell int) int { return l.Cell - cell })
	if !ok {
		return nil
	}
	return &r.Logs[i]
}

// settle brings the values' actions back to the cells, lets logs fall where a
// value in them may not be told, and drops what stands in a log that is not told.
func (d *decider) settle(r *Result) {
	cells := d.in.Cells
	d.ends = emptied(d.ends, 2*len(cells)+2)
	ends, list := d.ends[:len(cells)+2], d.ends[len(cells)+2:] // the cells of each log, one after another in one slice
	for i := range cells {
		dec := &r.Decisions[i]
		a := &r.answers[dec.answer]
		if a.to.inText {
			ends[cells[i].In+1]++
		}
		if a.said[layerConsent].flag == byClaim {
			r.note(NoteClaim, int(cells[i].Report), cells[i].times())
		}
		if !r.speaks(&cells[i]) {
			continue
		}
		if dec.value >= 0 {
			v := &d.values.list[dec.value]
			final := v.all
			if a.to.inText {
				// A drop outside the log removes an element, not a line.
				final = Meet(v.inText, Meet(dec.Action, atLeastMask(v.all)))
			}
			if final != dec.Action {
				late := uint8(lateValue)
				if v.why != 0 {
					late = v.why
				}
				r.then(i, late, final)
			}
		}
		if a.to.class == bitBinary && dec.Action != Keep {
			r.note(NoteBinary, int(cells[i].Report), 1)
		}
	}
	for i := 1; i < len(ends); i++ {
		ends[i] += ends[i-1]
	}
	for i := range cells {
		if r.subject(i).inText {
			in := cells[i].In
			list[ends[in]] = int32(i)
			ends[in]++
		}
	}
	for i := range cells {
		if r.subject(i).class&containers != 0 {
			d.settleLog(r, i, list[ends[i]:ends[i+1]])
		}
	}
	r.Hold = r.Weak && !d.policy.ReduceWeak
	if r.Weak && !r.Hold {
		r.note(NoteReduced, -1, 0)
	}
}

func atLeastMask(a Action) Action {
	if a == Drop {
		return Mask
	}
	return a
}

// settleLog works out one log or text: whether it falls, which lines go.
func (d *decider) settleLog(r *Result, box int, inside []int32) {
	l := LogDecision{Cell: box, Action: r.Decisions[box].Action}
	switch l.Action {
	case AsIs:
		for _, i := range inside {
			if r.Decisions[i].Action != Keep {
				l.Action = Sanitize
			}
		}
		if l.Action == Sanitize {
			r.then(box, lateThird, Sanitize)
		}
	case Summary, Drop:
		for _, i := range inside {
			if r.Decisions[i].Action != Drop {
				r.then(int(i), lateLog, Drop)
			}
		}
	}
	if l.Action == Sanitize {
		d.settleLines(r, &l, inside)
	}
	r.Logs = append(r.Logs, l)
}

// settleLines removes the lines of dropped values, cuts an extract and counts
// what others own.
func (d *decider) settleLines(r *Result, l *LogDecision, inside []int32) {
	cells, owners := d.in.Cells, d.in.Owners
	removed, named, shown := d.lines[0][:0], d.lines[1][:0], d.lines[2][:0]
	for _, i := range inside {
		if r.Decisions[i].Action == Drop {
			removed = appendLines(removed, cells[i].Lines)
		}
	}
	l.Removed = append([]int(nil), inOrder(removed)...)
	g := &d.grants[cells[l.Cell].Report]
	said := &r.answers[r.Decisions[l.Cell].answer].said
	raised := said[layerOverride].flag == byOverride
	if l.Extract = !raised && said[layerStage].flag != bySite && cells[l.Cell].Class == ClassLog && g.extract(d.in.Stage); l.Extract {
		// The first twenty that name the recipient, then those of them that may
		// be shown: hiding one line never lets another in.
		for _, i := range inside {
			if owners[i].Owner == OwnerRecipient && cells[i].Class == ClassAddress {
				named = appendLines(named, cells[i].Lines)
				if r.Decisions[i].Action == Keep {
					shown = appendLines(shown, cells[i].Lines)
				}
			}
		}
		named, shown = inOrder(named), inOrder(shown)
		for _, n := range named[:min(len(named), extractLines)] {
			if isIn(shown, n) && !isIn(l.Removed, n) {
				l.Lines = append(l.Lines, n)
			}
		}
	}
	d.lines = [...][]int{removed, named, shown}
	third := distinct{values: &d.values, seen: d.seenIn, log: int32(l.Cell) + 1}
	for _, i := range inside {
		if r.Decisions[i].Action != Drop && l.hidesAll(cells[i].Lines) {
			r.then(int(i), lateLine, Drop)
		}
		if owners[i].Owner == OwnerThird && r.Decisions[i].Action != Keep {
			third.add(r.Decisions[i].value, cells[i].Value)
		}
	}
	l.Third, d.seenIn = third.n, third.seen
	if l.Third > 0 && cells[l.Cell].Class == ClassLog && g.act[KeyLogs] == AsIs {
		r.note(NoteThirdInLog, int(cells[l.Cell].Report), l.Third)
	}
}

// distinct counts the values of a log, each once.
type distinct struct {
	values *valueTable
	log    int32
	seen   []int32         // by value: the last log that it was seen in
	others map[string]bool // what is none
	n      int
}

func (t *distinct) add(k int32, text string) {
	if len(t.seen) == 0 {
		t.seen = emptied(t.seen, len(t.values.list))
	}
	if k < 0 {
		k = t.values.numbers.Of(text) - 1
	}
	if k < 0 {
		if t.others == nil {
			t.others = map[string]bool{}
		}
		if !t.others[text] {
			t.others[text] = true
			t.n++
		}
	} else if t.seen[k] != t.log {
		t.seen[k] = t.log
		t.n++
	}
}

// appendLines adds lines to a list; most come in order and several times each.
func appendLines(list []int, lines []int32) []int {
	for _, n := range lines {
		if len(list) == 0 || list[len(list)-1] != int(n) {
			list = append(list, int(n))
		}
	}
	return list
}

// inOrder sorts lines, each once.
func inOrder(list []int) []int {
	if !slices.IsSorted(list) {
		slices.Sort(list)
	}
	return slices.Compact(list)
}

// isIn reports whether a line is in an ordered list.
func isIn(list []int, n int) bool {
	if len(list) == 0 {
		return false
	}
	_, in := slices.BinarySearch(list, n)
	return in
}

// label works out the outgoing marking: of a grant that lifted the incoming one
// its own tlp, else the stricter of the incoming one and the site's default; of
// several reports the strictest.
func (d *decider) label(r *Result) {
	site := d.policy.defaultTLP()
	for i := range r.Reports {
		told := &r.Reports[i]
		if !told.Relay {
			continue
		}
		told.Label = stricter(d.in.Reports[i].Marking.label(), site)
		if told.Lifted {
			told.Label = d.grants[i].tlp
		}
	}
	for i := range d.in.Cells {
		c := &d.in.Cells[i]
		if !r.speaks(c) || c.Marking == d.in.Reports[c.Report].Marking || r.Decisions[i].Action.atMost(Mask) || c.Marking == MarkAbsent {
			continue
		}
		mark := c.Marking.label()
		if r.answers[r.Decisions[i].answer].said[layerMarking].flag == byLift {
			mark = d.grants[c.Report].tlp
		}
		r.Reports[c.Report].Label = stricter(r.Reports[c.Report].Label, mark)
	}
	r.Approval = d.policy.approval()
	if d.in.Override != nil {
		r.Approval = ApproveTwo
	}
	for i := range r.Reports {
		if r.Reports[i].Relay {
			r.Label = stricter(r.Label, r.Reports[i].Label)
		}
	}
	if r.Label == "" {
		r.Label = site
	}
	for i := range d.rules {
		if m := &d.rules[i]; r.Reports[m.report].Relay {
			r.Approval = strictest(r.Approval, m.rule.approval)
		}
	}
}
