package disclosure

import (
	"strconv"
	"strings"
)

// The layers, in the order of section 3.
const (
	layerRelay = iota
	layerHard
	layerOperator
	layerStage
	layerRelation
	layerChannel
	layerMarking
	layerConsent
	layerOverride // the only one that raises
	layerCount
)

// What happens to a value after the layers.
const (
	lateValue  = layerCount + iota // another occurrence in the message
	latePrefix                     // the prefix is one party's
	lateSpells                     // spells or derives from a hidden value
	lateNear                       // the report says it resolves to a hidden address
	lateBelow                      // below a hidden name, or at it
	lateInside                     // a longer prefix than is told
	lateLog                        // its log is not told as such
	lateLine                       // its line is not in the extract, or was removed
	lateThird                      // a log falls to sanitize for values of others
)

const ruleNone = -1

// step is one layer's word on one cell: eight bytes, rendered only when asked for.
type step struct {
	act  Action
	rule int16
	flag source
	kind uint8 // late steps: which
}

// then lowers a cell after the layers and notes why.
func (r *Result) then(i int, kind uint8, act Action) {
	d := &r.Decisions[i]
	r.late = append(r.late, lateStep{step{act: act, rule: ruleNone, kind: kind}, d.late})
	d.Action, d.late = act, int32(len(r.late))
}

// Reasons is the chain of a cell: each layer and what it allowed, in order.
// Nothing in it depends on the cell's value.
func (r *Result) Reasons(i int) []string {
	out := make([]string, 0, layerCount+2)
	r.EachReason(i, false, func(reason []byte) { out = append(out, string(reason)) })
	return out
}

// EachReason is Reasons without a list; a reason is overwritten by the next.
// leftOut gives those of a place in a log whose line is left out.
func (r *Result) EachReason(i int, leftOut bool, yield func(reason []byte)) {
	c, d := &r.in.Cells[i], &r.Decisions[i]
	b := make([]byte, 0, 128)
	if r.speaks(c) {
		said := &r.answers[d.answer].said
		for l := layerHard; l < layerOverride; l++ {
			yield(r.layer(b, l, i, said[l]))
		}
		if said[layerOverride].flag == byOverride {
			yield(append(b, r.overrideWords(i, said)...))
		}
	} else {
		why := RefusedClosed
		if c.Report >= 0 && int(c.Report) < len(r.Reports) {
			why = r.Reports[c.Report].Refusal
		}
		yield(append(b, "relay of report "+r.reportName(c.Report)+" refused, "+string(why)+": drop"...))
	}
	r.eachLate(b, d.late, c, yield)
	if leftOut {
		yield(appendLate(b, &step{act: Drop, kind: lateLine}, c))
	}
}

// eachLate gives the late steps up to the k-th, which stand last first.
func (r *Result) eachLate(b []byte, k int32, c *Cell, yield func(reason []byte)) {
	if k == 0 {
		return
	}
	s := &r.late[k-1]
	r.eachLate(b, s.before, c, yield)
	yield(appendLate(b, &s.step, c))
}

func appendLate(b []byte, s *step, c *Cell) []byte {
	return append(append(append(b, lateWords[s.kind-layerCount]...), ": "...), s.act.Detail(c.Class)...)
}

// Alike numbers the cells from 0 on, so that those of one number have the same
// reasons; n is how many numbers there are. Each cell has two numbers: the second
// is for where its line is left out and another one is not.
func (r *Result) Alike() (numbers [][2]int32, n int) {
	numbers = make([][2]int32, len(r.Decisions))
	first := make([]int32, len(r.answers)) // the first why of an answer, index + 1
	whys := make([]why, 0, 32)
	number := func(i int, w why) int32 {
		at := &first[r.Decisions[i].answer]
		for *at > 0 && !whys[*at-1].same(&w) {
			at = &whys[*at-1].next
		}
		if *at == 0 {
			*at = int32(len(whys) + 1)
			whys = append(whys, w)
		}
		return *at - 1
	}
	for i := range numbers {
		numbers[i][0] = number(i, r.why(i, false))
		if c := &r.in.Cells[i]; len(c.Lines) > 1 && r.Decisions[i].Action != Drop && r.Log(int(c.In)-1).hidesOne(c.Lines) {
			numbers[i][1] = number(i, r.why(i, true))
		}
	}
	return numbers, len(whys)
}

// why is what the reasons of a cell depend on beside its answer.
type why struct {
	class      classSet
	owner      ownerSet
	report, of int32
	late       [3]late
	more       int32 // what else happened to it, which it shares with nobody
	next       int32 // the next one of that answer, index + 1
}

type late struct {
	kind uint8
	act  Action
}

func (r *Result) why(i int, leftOut bool) why {
	c, whose, d := &r.in.Cells[i], r.in.Owners[i], &r.Decisions[i]
	w := why{class: c.Class.bit(), owner: whose.Owner.bit(), report: c.Report, of: whose.Of}
	k, n := d.late, 0
	if leftOut {
		w.late[0], n = late{lateLine, Drop}, 1
	}
	for ; n < len(w.late) && k > 0; n++ {
		s := &r.late[k-1]
		w.late[n], k = late{s.kind, s.act}, s.before
	}
	w.more = k
	return w
}

func (w *why) same(o *why) bool {
	return w.class == o.class && w.owner == o.owner && w.report == o.report && w.of == o.of && w.late == o.late && w.more == o.more
}

// Explain is the same as one line, with the meet at its end.
func (r *Result) Explain(i int) string {
	c := &r.in.Cells[i]
	return strings.Join(r.Reasons(i), " · ") + " · meet = " + r.Decisions[i].Action.For(c.Class)
}

var lateWords = [...]string{
	"value, another occurrence",
	"prefix is wholly one party's",
	"spells or derives from a hidden value",
	"the report says it resolves to a hidden address",
	"stands below or at a hidden name",
	"a longer prefix than is told",
	"its log or text is not told word for word",
	"its line is left out",
	"as-is falls to sanitize, values of others withheld",
}

// layer writes what a layer says of cell i.
func (r *Result) layer(b []byte, l, i int, s step) []byte {
	c := &r.in.Cells[i]
	switch l {
	case layerHard:
		b = append(b, "hard"...)
		if s.rule >= 0 {
			b = append(append(b, ' '), hardRules[s.rule].name...)
		}
	case layerOperator:
		b = r.ruleName(append(b, "operator"...), s)
	case layerStage:
		b = r.ruleName(append(append(b, "stage "...), r.in.Stage...), s)
	case layerRelation:
		b = append(append(b, "recipient "...), r.in.Recipient.Relation...)
	case layerChannel:
		b = append(append(b, "channel "...), r.in.Recipient.channel()...)
	case layerMarking:
		b = append(b, "marking"...)
		if s.rule >= 0 {
			b = append(append(b, ' '), markingRules[s.rule].name...)
		}
		if s.flag == byLift {
			b = append(append(b, ", lifted by report "...), r.reportName(c.Report)...)
		}
	case layerConsent:
		b = r.consentWords(append(b, "consent "...), i, s)
	}
	return append(append(b, ": "...), s.act.Detail(c.Class)...)
}

func (r *Result) ruleName(b []byte, s step) []byte {
	p := r.in.Policy
	if s.flag != bySite || p == nil || int(s.rule) >= len(p.rules) {
		return b
	}
	return strconv.AppendQuote(append(b, ' '), p.rules[s.rule].id)
}

func (r *Result) consentWords(b []byte, i int, s step) []byte {
	c, whose := &r.in.Cells[i], r.in.Owners[i]
	switch {
	case whose.Owner == OwnerThird && s.flag != byReport && c.Class.bit()&(containers|(bitTime|bitBinary)) == 0:
		return r.ruleName(append(b, "third, site's setting"...), s)
	case s.flag == bySilence:
		return append(b, "owner tells this recipient nothing"...)
	case s.flag == byClaim:
		return append(b, "my-site claims another party's value"...)
	case s.rule < 0 || s.rule == int16(KeyRelay):
		return append(b, "relay allowed"...)
	}
	k := Key(s.rule)
	owner := c.Report
	if whose.Owner == OwnerMine && c.Class.bit()&(containers|(bitTime|bitBinary)) == 0 {
		owner = whose.Of
	}
	switch s.flag {
	case byReport:
		b = append(append(append(b, "report "...), r.reportName(owner)...), ' ')
	case byProfile:
		b = append(b, "profile "...)
	case byBoth:
		b = append(append(append(b, "profile and report "...), r.reportName(owner)...), ' ')
	case byElement:
		b = append(append(append(b, "report "...), r.reportName(owner)...), ", this element, "...)
		return strconv.AppendQuote(b, keyNames[k].en)
	default:
		b = append(b, "nothing said, "...)
	}
	return strconv.AppendQuote(b, keyNames[k].en+": "+r.grants[owner].says(k))
}

func (r *Result) reportName(k int32) string {
	if k >= 0 && int(k) < len(r.in.Reports) && r.in.Reports[k].Name != "" {
		return r.in.Reports[k].Name
	}
	return strconv.Itoa(int(k) + 1)
}

// speaks reports whether the cell's report may tell this recipient anything.
func (r *Result) speaks(c *Cell) bool {
	return c.Report >= 0 && int(c.Report) < len(r.Reports) && r.Reports[c.Report].Relay
}

// NoteCode names something that a person should be told about a notice.
type NoteCode string

const (
	NoteThirdInLog NoteCode = "third-in-log"     // an as-is log went sanitised: tell the requester
	NoteReduced    NoteCode = "weak-channel"     // the channel carries less than was granted
	NoteConflict   NoteCode = "profile-conflict" // the report grants what a profile forbids
	NoteClaim      NoteCode = "foreign-my-site"  // my-site names a value of another party
	NoteBinary     NoteCode = "binary-withheld"  // N binary items withheld
	NoteContested  NoteCode = "contested"        // another requester's report hides what this one accuses
)

// Note is one of them, with the report it is about and a number where it counts.
type Note struct {
	Code   NoteCode
	Report int
	N      int
}

// note records a note once per report; a further one adds to its number.
func (r *Result) note(code NoteCode, report, n int) {
	for i := range r.Notes {
		if r.Notes[i].Code == code && r.Notes[i].Report == report {
			r.Notes[i].N += n
			return
		}
	}
	r.Notes = append(r.Notes, Note{code, report, n})
}
