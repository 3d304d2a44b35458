package disclosure

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Cell is one value of a report; one that stands in a log or text several times
// need be there once. Everything the decision needs to know of the document is
// in it, and nothing of the recipient: all share the same cells. Value is
// canonical (Canonical).
type Cell struct {
	Path    string // of the element or attribute; not needed inside a log or text
	Value   string
	Report  int32   // index into Input.Reports
	In      int32   // 1 + index of the log or text cell it stands in; 0: in none
	Node    int32   // > 0: cells of one number stand in one Node
	Element int32   // 1 + index into Report.Elements; 0: none speaks of it alone
	Number  int32   // > 0: cells of one value may share a number, at most the number of cells; it spares looking the value up
	Marking Marking // effective marking of the node
	Class   Class
	Accused bool    // its report accuses it
	Lines   []int32 // where it stands in that log or text: line by line, from 1
}

// times is how often a cell stands in its report.
func (c *Cell) times() int { return max(1, len(c.Lines)) }

// Whose says whose a value is, as one recipient is to see it.
type Whose struct {
	Owner Owner
	Of    int32 // where Owner is mine: index into Input.Reports of whose it is
}

// Evidence says how a report came to be accepted.
type Evidence uint8

const (
	Unsigned Evidence = iota // nothing loosens
	DKIM                     // the party opted in: at most the preset minimal
	Signed                   // under the requester's registered key
)

// Report is one accepted incident with what its requester allows.
type Report struct {
	Name       string // how explain calls it, such as its number
	Party      Party  // the requester
	Evidence   Evidence
	Conditions *Conditions // of this report; nil: none
	Invalid    bool        // there were conditions and they were invalid: default deny
	Profiles   []Conditions
	Elements   []Conditions // of single elements (ref= of the XML form)
	Expects    Roles        // Expectation: contact-source-site, contact-target-site
	Roles      Roles        // the recipient's parts in what this report says; no other report can give it one here
	Marking    Marking      // of the Incident
	Types      []string     // kinds of incident, for the operator's rules
	Severity   string       // low, medium, high
	Held       bool         // an unsigned word asked to stop; only a signed one lifts it
}

// Input is everything a decision depends on.
type Input struct {
	Cells     []Cell
	Owners    []Whose  // by cell; of what has none it is third
	Reports   []Report // of the ticket, also those that may tell this recipient nothing
	Recipient Party
	Roles     Roles // the recipient's parts whatever the report
	Stage     Stage
	Policy    *Policy // nil: the defaults
	Parties   []Party // all that are registered, for the prefix rule
	Now       time.Time
	Override  *Override // by two operators; nil: none
}

// Decision is the fate of one cell, with the chain that led there. Cells of
// which the layers are asked the same share an answer.
type Decision struct {
	Action Action
	answer int32 // index into Result.answers
	value  int32 // index into Result.values, -1: it stands for itself alone
	late   int32 // 1 + index into Result.late of its last late step, 0: none
}

// lateStep is what happened to a cell after the layers, and what before that.
type lateStep struct {
	step
	before int32
}

// Told says whether a report may tell this recipient anything.
type Told struct {
	Relay   bool
	Refusal Refusal // why not
	Lifted  bool    // a grant lifted its marking
	Label   TLP     // the label it asks for
	Clock   string  // the reporter's clock: ntp, unknown, or an offset
	Stage   Stage   // from here on its grants apply
}

// Result is what may leave and why.
type Result struct {
	Decisions []Decision // one per cell
	Reports   []Told     // one per report
	Contested bool       // another requester's report takes from it what one tells: a person looks
	Refusal   Refusal    // empty where something may be told
	Weak      bool       // the channel carries less than the rest allows
	Hold      bool       // Weak, and the site would rather wait than tell less
	Label     TLP
	Approval  Approval
	Logs      []LogDecision // one per log or text cell, in their order
	Notes     []Note

	in      Input
	granted int // so many of the notes are of grants
	grants  []grant
	rules   []matched
	answers []answer
	values  []value
	late    []lateStep
}

// Decide says what the recipient may be told. It is pure and total: the same
// input gives the same result, and every input gives one.
func Decide(in Input) *Result {
	made := results.Get().(*Result)
	defer results.Put(made)
	made.Again(in)
	r := *made // what it needs, and no more: it is kept with its notice
	r.Decisions, r.Reports, r.Logs, r.Notes = slices.Clone(r.Decisions), slices.Clone(r.Reports), slices.Clone(r.Logs), slices.Clone(r.Notes)
	r.answers, r.values, r.late = slices.Clone(r.answers), slices.Clone(r.values), slices.Clone(r.late)
	return &r
}

// results keeps the memory in which results are made.
var results = sync.Pool{New: func() any { return new(Result) }}

// Again is Decide in the memory of a result that is not needed any more: nothing
// of what it was is left.
func (r *Result) Again(in Input) *Result {
	d := deciders.Get().(*decider)
	defer deciders.Put(d)
	return d.decide(&in, r)
}

func (d *decider) decide(in *Input, r *Result) *Result {
	d.begin(in, r)
	d.readGrants(r)
	d.cells(r)
	return d.meet(r)
}

// Twin is Again for the input of another result with other values: cells that
// differ from its cells in nothing but Value. What the layers say is not worked
// out anew, since they are asked of subjects, which hold no value, and grants
// and rules are read before there are cells. The one thing that a subject holds
// of a value, whether it is foreign, is asked again here.
func (r *Result) Twin(of *Result, cells []Cell) *Result {
	d := deciders.Get().(*decider)
	defer deciders.Put(d)
	in := of.in
	in.Cells = cells
	d.begin(&in, r)
	r.Reports, r.Notes = append(r.Reports, of.Reports...), append(r.Notes, of.Notes[:of.granted]...)
	r.Refusal, r.granted, r.grants, r.rules = of.Refusal, of.granted, of.grants, of.rules
	d.grants, d.rules = r.grants, r.rules
	d.cellsOfTwin(of, r)
	return d.meet(r)
}

// deciders keeps the memory of what is worked out on the way.
var deciders = sync.Pool{New: func() any { return new(decider) }}

// begin empties decider and result, but for their memory.
func (d *decider) begin(in *Input, r *Result) {
	if missing := len(in.Cells) - len(in.Owners); missing > 0 {
		in.Owners = append(slices.Clip(in.Owners), make([]Whose, missing)...)
	}
	*r = Result{in: *in, Decisions: emptied(r.Decisions, len(in.Cells)), Reports: r.Reports[:0], Logs: r.Logs[:0], Notes: r.Notes[:0],
		answers: r.answers[:0], values: r.values, late: r.late[:0]}
	*d = decider{in: &r.in, policy: in.Policy, channel: in.Recipient.channel(), asked: d.asked, values: d.values,
		seenIn: d.seenIn[:0], number: d.number, ends: d.ends, lines: d.lines, near: d.near, nodes: d.nodes, next: d.next, spelled: d.spelled}
	if d.policy == nil {
		d.policy = defaults
	}
	if in.Recipient.Relation == CSIRT || in.Recipient.Relation == Peer {
		d.in.Roles |= RoleCSIRT
	}
	d.columns.stage = in.Stage.index()
	d.columns.relation = len(relations) - 1 // whatever we do not know is "unknown"
	for i, r := range relations {
		if r == in.Recipient.Relation {
			d.columns.relation = i
		}
	}
	for i, c := range channels {
		if c == d.channel {
			d.columns.channel = i
		}
	}
}

// meet gives every value one action, whichever the layers gave its cells.
func (d *decider) meet(r *Result) *Result {
	d.meetValues(r) // one action per canonical value
	d.contest(r)    // what one requester's report takes from another's
	d.coarsen()     // generalise only what stays ambiguous
	d.close(r)      // what spells a hidden value is hidden
	d.settle(r)     // values to cells, logs and lines
	d.label(r)
	r.values, d.values.list = d.values.list, nil
	return r
}

// emptied is a list of n zeros, in the memory of an old one where that is enough.
func emptied[T any](list []T, n int) []T {
	if n > cap(list) {
		return make([]T, n)
	}
	list = list[:n]
	clear(list)
	return list
}

// emptiedMap is an empty map, in the memory of an old one unless that is so large
// that to empty it would cost more than a small report.
func emptiedMap[K comparable, V any](m map[K]V) map[K]V {
	if m == nil || len(m) > 256 {
		return make(map[K]V)
	}
	clear(m)
	return m
}

// roles are the recipient's parts in a report.
func (d *decider) roles(rep *Report) Roles { return d.in.Roles | rep.Roles }

// decider holds what is worked out once per decision.
type decider struct {
	in      *Input
	policy  *Policy
	channel Channel
	grants  []grant
	rules   []matched
	columns struct{ stage, relation, channel int } // of the tables; stage -1: nothing is told
	byPath  bool                                   // one of the rules names a path
	asked   []int32                                // by class and owner: the last answer, 0 for none
	last    struct {                               // what hard said of the last path, and of the one above
		path, parent string
		hard, above  step
		known        bool
	}
	values  valueTable
	seenIn  []int32  // by value: the last log in which it was counted
	number  []int32  // by Cell.Number: the value, index + 1
	ends    []int32  // see settle
	lines   [3][]int // see settleLines
	near    []int32  // see closeNear, as the next two
	nodes   map[int32]int32
	next    []int32
	spelled map[netip.Addr]bool // see closeSpellings
	hiders  [][2]int32          // see findHiders: reports, index + 1
}

// channel is what the way to the party is really worth: OpenPGP without a key
// is a word in a file.
func (p *Party) channel() Channel {
	switch {
	case p.Channel == OpenPGP && p.HasKey, p.Channel == VerifiedTLS:
		return p.Channel
	}
	return Opportunistic
}
