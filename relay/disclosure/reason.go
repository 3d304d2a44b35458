package disclosure

import (
	"slices"
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
	c, d := &r.in.Cells[i], &r.Decisions[i]
	out := make([]string, 0, layerCount+2)
	if !r.speaks(c) {
		why := RefusedClosed
		if c.Report >= 0 && c.Report < len(r.Reports) {
			why = r.Reports[c.Report].Refusal
		}
		out = append(out, "relay of report "+r.reportName(c.Report)+" refused, "+string(why)+": drop")
	} else {
		for l := layerHard; l < layerCount; l++ {
			out = append(out, r.layer(l, c, r.chains[d.chain][l]))
		}
	}
	layers := len(out)
	for k := d.late; k > 0; k = r.late[k-1].before {
		s := &r.late[k-1]
		out = append(out, lateWords[s.kind-layerCount]+": "+s.act.Detail(c.Class))
	}
	slices.Reverse(out[layers:])
	return out
}

// Why is what the reasons of a cell depend on: cells with the same one have the
// same reasons.
type Why struct {
	chain      int32
	class      classSet
	owner      ownerSet
	report, of int
	late       [3]late
	more       int32 // what else happened to it, which it shares with nobody
}

type late struct {
	kind uint8
	act  Action
}

// Why of cell i.
func (r *Result) Why(i int) Why {
	c, d := &r.in.Cells[i], &r.Decisions[i]
	w := Why{chain: d.chain, class: c.Class.bit(), owner: c.Owner.bit(), report: c.Report, of: c.Of}
	k := d.late
	for n := range w.late {
		if k == 0 {
			break
		}
		s := &r.late[k-1]
		w.late[n], k = late{s.kind, s.act}, s.before
	}
	w.more = k
	return w
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

func (r *Result) layer(l int, c *Cell, s step) string {
	act := s.act.Detail(c.Class)
	switch l {
	case layerHard:
		if s.rule >= 0 {
			return "hard " + hardRules[s.rule].name + ": " + act
		}
		return "hard: " + act
	case layerOperator:
		return "operator" + r.ruleName(s) + ": " + act
	case layerStage:
		return "stage " + string(r.in.Stage) + r.ruleName(s) + ": " + act
	case layerRelation:
		return "recipient " + string(r.in.Recipient.Relation) + ": " + act
	case layerChannel:
		return "channel " + string(r.in.Recipient.channel()) + ": " + act
	case layerMarking:
		name := "marking"
		if s.rule >= 0 {
			name += " " + markingRules[s.rule].name
		}
		if s.flag == byLift {
			return name + ", lifted by report " + r.reportName(c.Report) + ": " + act
		}
		return name + ": " + act
	}
	return "consent " + r.consentWords(c, s) + ": " + act
}

func (r *Result) ruleName(s step) string {
	p := r.in.Policy
	if s.flag != bySite || p == nil || int(s.rule) >= len(p.rules) {
		return ""
	}
	return " " + strconv.Quote(p.rules[s.rule].id)
}

func (r *Result) consentWords(c *Cell, s step) string {
	switch {
	case c.Owner == OwnerThird && s.flag != byReport && c.Class.bit()&(containers|(bitTime|bitBinary)) == 0:
		return "third, site's setting" + r.ruleName(s)
	case s.flag == bySilence:
		return "owner tells this recipient nothing"
	case s.flag == byClaim:
		return "my-site claims another party's value"
	case s.rule < 0 || s.rule == int16(KeyRelay):
		return "relay allowed"
	}
	k := Key(s.rule)
	owner := c.Report
	if c.Owner == OwnerMine && c.Class.bit()&(containers|(bitTime|bitBinary)) == 0 {
		owner = c.Of
	}
	said := strconv.Quote(keyNames[k].en + ": " + r.grants[owner].says(k))
	switch s.flag {
	case byReport:
		return "report " + r.reportName(owner) + " " + said
	case byProfile:
		return "profile " + said
	case byBoth:
		return "profile and report " + r.reportName(owner) + " " + said
	case byElement:
		return "report " + r.reportName(owner) + ", this element, " + strconv.Quote(keyNames[k].en)
	}
	return "nothing said, " + said
}

func (r *Result) reportName(k int) string {
	if k >= 0 && k < len(r.in.Reports) && r.in.Reports[k].Name != "" {
		return r.in.Reports[k].Name
	}
	return strconv.Itoa(k + 1)
}

// speaks reports whether the cell's report may tell this recipient anything.
func (r *Result) speaks(c *Cell) bool {
	return c.Report >= 0 && c.Report < len(r.Reports) && r.Reports[c.Report].Relay
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
