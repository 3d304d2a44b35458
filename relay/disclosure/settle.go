package disclosure

import (
	"maps"
	"slices"
)

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

// settle brings the values' actions back to the cells, lets logs fall where a
// value in them may not be told, and drops what stands in a log that is not told.
func (d *decider) settle(r *Result) {
	cells := d.in.Cells
	for i := range cells {
		dec := &r.Decisions[i]
		if k := r.values.cell[i]; k >= 0 && r.speaks(&cells[i]) {
			v := &r.values.list[k]
			final := v.all
			if d.container(&cells[i]) != nil {
				// A drop outside the log removes an element, not a line.
				final = Meet(v.inText, Meet(dec.Action, atLeastMask(v.all)))
			}
			if final != dec.Action {
				late := uint8(lateValue)
				if v.why != 0 {
					late = v.why
				}
				dec.then(late, final)
				dec.Action = final
			}
		}
		if cells[i].Class == ClassBinary && dec.Action != Keep && r.speaks(&cells[i]) {
			r.note(NoteBinary, cells[i].Report, 1)
		}
		if dec.base[layerConsent].flag == byClaim {
			r.note(NoteClaim, cells[i].Report, 1)
		}
	}
	// The cells of each log, one after another in one slice.
	from := make([]int32, len(cells)+2)
	for i := range cells {
		if d.container(&cells[i]) != nil {
			from[cells[i].In+1]++
		}
	}
	for i := 1; i < len(from); i++ {
		from[i] += from[i-1]
	}
	list := make([]int32, from[len(from)-1])
	for i := range cells {
		if d.container(&cells[i]) != nil {
			in := cells[i].In
			list[from[in]] = int32(i)
			from[in]++
		}
	}
	for i := range cells {
		if cells[i].Class.bit()&containers != 0 {
			d.settleLog(r, i, list[from[i]:from[i+1]])
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
			r.Decisions[box].then(lateThird, Sanitize)
			r.Decisions[box].Action = Sanitize
		}
	case Summary, Drop:
		for _, i := range inside {
			if r.Decisions[i].Action != Drop {
				r.Decisions[i].then(lateLog, Drop)
				r.Decisions[i].Action = Drop
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
	cells := d.in.Cells
	removed, shown := map[int]bool{}, map[int]bool{}
	for _, i := range inside {
		if r.Decisions[i].Action == Drop {
			removed[cells[i].Line] = true
		}
	}
	l.Removed = sortedKeys(removed)
	g := &d.grants[cells[l.Cell].Report]
	st := r.Decisions[l.Cell].base[layerStage]
	if l.Extract = st.flag != bySite && cells[l.Cell].Class == ClassLog && g.extract(d.in.Stage); l.Extract {
		// The first twenty that name the recipient, then those of them that may
		// be shown: hiding one line never lets another in.
		for _, i := range inside {
			if cells[i].Owner == OwnerRecipient && cells[i].Class == ClassAddress {
				shown[cells[i].Line] = shown[cells[i].Line] || r.Decisions[i].Action == Keep
			}
		}
		first := sortedKeys(shown)
		for k, n := range first {
			shown[n] = shown[n] && k < extractLines && !removed[n]
		}
		l.Lines = slices.DeleteFunc(first, func(n int) bool { return !shown[n] })
	}
	third := map[string]bool{}
	for _, i := range inside {
		dec := &r.Decisions[i]
		if removed[cells[i].Line] || l.Extract && !shown[cells[i].Line] {
			if dec.Action != Drop {
				dec.then(lateLine, Drop)
				dec.Action = Drop
			}
		}
		if cells[i].Owner == OwnerThird && dec.Action != Keep {
			third[cells[i].Value] = true
		}
	}
	l.Third = len(third)
	if l.Third > 0 && cells[l.Cell].Class == ClassLog && g.act[KeyLogs] == AsIs {
		r.note(NoteThirdInLog, cells[l.Cell].Report, l.Third)
	}
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
		if r.Decisions[i].base[layerMarking].flag == byLift {
			mark = d.grants[c.Report].tlp
		}
		r.Reports[c.Report].Label = stricter(r.Reports[c.Report].Label, mark)
	}
	r.Approval = d.policy.approval()
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

func sortedKeys(m map[int]bool) []int {
	if len(m) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(m))
}
