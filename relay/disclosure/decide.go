package disclosure

import (
	"math/bits"
	"slices"
	"sync"
	"time"
)

// Cell is one value of a report. Everything the decision needs to know of the
// document is in it; Value is canonical (Canonical).
type Cell struct {
	Path    string // of the element or attribute; not needed inside a log or text
	Class   Class
	Value   string
	Owner   Owner
	Of      int     // where Owner is mine: index into Input.Reports of whose it is
	Report  int     // index into Input.Reports
	Marking Marking // effective marking of the node
	Accused bool    // its report accuses it
	In      int     // 1 + index of the log or text cell it stands in; 0: in none
	Line    int     // line inside that log or text, from 1
	Nth     int     // which value of that line it is, from 1
	Node    int     // > 0: cells of one number stand in one Node
	Element int     // 1 + index into Report.Elements; 0: none speaks of it alone
	Number  int     // > 0: cells of one value may share a number, at most the number of cells; it spares looking the value up
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
// which the layers say the same share a chain.
type Decision struct {
	Action Action
	vote   Action // what the cell says about its value elsewhere in the message
	chain  int32  // index into Result.chains
	late   int32  // 1 + index into Result.late of its last late step, 0: none
}

// chain is what each layer says.
type chain [layerCount]step

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

	in     Input
	grants []grant
	values valueTable
	chains []chain
	late   []lateStep
}

// Decide says what the recipient may be told. It is pure and total: the same
// input gives the same result, and every input gives one.
func Decide(in Input) *Result { return decideIn(in, &Result{}) }

// Again is Decide in the memory of a result that is not needed any more: nothing
// of what it was is left.
func (r *Result) Again(in Input) *Result { return decideIn(in, r) }

func decideIn(in Input, r *Result) *Result {
	d := deciders.Get().(*decider)
	defer deciders.Put(d)
	return d.decide(in, r)
}

// deciders keeps the memory of what is worked out on the way.
var deciders = sync.Pool{New: func() any { return new(decider) }}

func (d *decider) decide(in Input, r *Result) *Result {
	d.begin(in, r)
	d.cells(r)      // layer by layer, each cell for itself
	d.meetValues(r) // one action per canonical value
	d.contest(r)    // what one requester's report takes from another's
	d.coarsen(r)    // generalise only what stays ambiguous
	d.close(r)      // what spells a hidden value is hidden
	d.settle(r)     // values to cells, logs and lines
	d.label(r)
	return r
}

// begin empties decider and result, but for their memory, and reads the grants.
func (d *decider) begin(in Input, r *Result) {
	*d = decider{in: in, policy: in.Policy, channel: in.Recipient.channel(),
		rules: d.rules[:0], answers: d.answers[:0], seen: emptied(d.seen, len(in.Cells)), number: d.number, ends: d.ends, nodes: d.nodes, next: d.next}
	if d.policy == nil {
		d.policy = defaults
	}
	if in.Recipient.Relation == CSIRT || in.Recipient.Relation == Peer {
		d.in.Roles |= RoleCSIRT
	}
	*r = Result{in: d.in, Decisions: emptied(r.Decisions, len(in.Cells)), Logs: r.Logs[:0],
		values: r.values, chains: r.chains[:0], late: r.late[:0]}
	d.grants = d.readGrants(r)
	r.grants = d.grants
	d.look()
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

// roles are the recipient's parts in a report.
func (d *decider) roles(rep *Report) Roles { return d.in.Roles | rep.Roles }

// decider holds what is worked out once per decision.
type decider struct {
	in      Input
	policy  *Policy
	channel Channel
	grants  []grant
	rules   []matched
	byPath  bool                                   // one of the rules names a path
	columns struct{ stage, relation, channel int } // of the tables; stage -1: nothing is told
	seen    []sight
	seenIn  []int32       // by value: the last log in which it was counted
	number  []int32       // by Cell.Number: the value, index + 1
	ends    []int32       // see settle
	nodes   map[int]int32 // see closeNear
	next    []int32
	answers []answer
	asked   [len(classes) * len(owners)]uint8 // by class and owner: the last answer, index + 1
	last    struct {                          // what hard said of the last path, and of the one above
		path, parent string
		hard, above  step
		known        bool
	}
}

// sight is what most steps want to know of a cell.
type sight struct {
	class  classSet
	owner  ownerSet
	inText bool // it stands in a log or text
}

// look goes over the cells once.
func (d *decider) look() {
	d.last.hard = step{act: Keep, rule: ruleNone}
	d.columns.stage = d.in.Stage.index()
	d.columns.relation = len(relations) - 1 // whatever we do not know is "unknown"
	for i, r := range relations {
		if r == d.in.Recipient.Relation {
			d.columns.relation = i
		}
	}
	for i, c := range channels {
		if c == d.channel {
			d.columns.channel = i
		}
	}
	for i := range d.rules {
		for j := range d.rules[i].rule.set {
			d.byPath = d.byPath || d.rules[i].rule.set[j].path != ""
		}
	}
	for i := range d.in.Cells {
		c := &d.in.Cells[i]
		d.seen[i] = sight{class: c.Class.bit(), owner: c.Owner.bit()}
	}
	for i := range d.in.Cells {
		c := &d.in.Cells[i]
		d.seen[i].inText = c.In > 0 && c.In <= len(d.seen) && c.In-1 != i && d.seen[c.In-1].class&containers != 0
	}
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

// cells runs the layers for each cell.
func (d *decider) cells(r *Result) {
	r.chains = append(slices.Grow(r.chains, 16), chain{}) // of what is not decided about yet
	d.answers = slices.Grow(d.answers, 24)
	// Containers first: what a log may be decides how third-party values in it are seen.
	for i := range d.seen {
		if d.seen[i].class&containers != 0 {
			d.cell(i, r)
		}
	}
	for i := range d.seen {
		if d.seen[i].class&containers == 0 {
			d.cell(i, r)
		}
	}
}

// question is all that the layers ask of a cell, but for its value: cells of
// which it is the same get the same answer, which most values of a log do.
type question struct {
	class, box      classSet // box: of the log or text around
	owner           ownerSet
	marking         Marking
	report, of, elt int
	hard            step
	boxAct          Action
	boxOver         bool
}

// answer is what the layers said to a question.
type answer struct {
	to        question
	act, vote Action
	chain     int32
	weak      bool
}

// subject is a cell as the layers see it.
func (d *decider) subject(i int, r *Result) subject {
	c, seen := &d.in.Cells[i], &d.seen[i]
	s := subject{cell: c, class: seen.class, owner: seen.owner, inText: seen.inText}
	var hard step
	if seen.inText {
		box := &r.Decisions[c.In-1]
		b := &r.chains[box.chain]
		s.box, s.boxAct, s.boxOver, hard = &d.in.Cells[c.In-1], box.Action, b[layerOverride].flag == byOverride, b[layerHard]
	}
	s.hard = d.hard(&s, hard)
	return s
}

// cell decides about one cell by itself.
func (d *decider) cell(i int, r *Result) {
	s := d.subject(i, r)
	c := s.cell
	q := question{class: s.class, owner: s.owner, marking: c.Marking, report: c.Report, of: c.Of, elt: c.Element, hard: s.hard}
	if s.inText {
		q.box, q.boxAct, q.boxOver = d.seen[c.In-1].class, s.boxAct, s.boxOver
	}
	place := 0
	if s.class != 0 {
		place = bits.TrailingZeros32(uint32(s.class))*len(owners) + bits.TrailingZeros8(uint8(s.owner))
	}
	known := d.asked[place] > 0
	if !known {
		d.answers = append(d.answers, answer{})
		d.asked[place] = uint8(len(d.answers))
	}
	slot := &d.answers[d.asked[place]-1]
	if !known || slot.to != q || d.byValue(&s) || d.byPath && !s.inText {
		*slot = answer{to: q, chain: int32(len(r.chains))}
		var base chain
		slot.act, slot.vote, slot.weak = d.layers(&s, &base)
		r.chains = append(r.chains, base)
	}
	r.Decisions[i] = Decision{Action: slot.act, vote: slot.vote, chain: slot.chain}
	r.Weak = r.Weak || slot.weak
}

// byValue reports whether the layers look at the value itself: where a
// requester calls values its own (foreign).
func (d *decider) byValue(s *subject) bool {
	of := s.cell.Of
	return s.owner == bitOfMine && of >= 0 && of < len(d.grants) && d.grants[of].claims
}

// layers is the meet of section 3 for one cell, by itself. weak says that the
// channel alone takes something away.
func (d *decider) layers(s *subject, b *chain) (act, vote Action, weak bool) {
	c := s.cell
	rep := c.Report
	if rep < 0 || rep >= len(d.in.Reports) || d.columns.stage < 0 {
		b[layerRelay] = step{act: Drop, rule: ruleNone}
		return Drop, Keep, false
	}
	if id := d.in.Recipient.ID; id != "" && d.in.Reports[rep].Party.ID == id {
		// Its own report: nothing of it is told back, and what it says for
		// itself keeps nothing from it that another report tells it (case 183).
		b[layerRelay] = step{act: Drop, rule: ruleNone}
		return Drop, Keep, false
	}
	s.grant = &d.grants[rep]
	if s.inText && d.policy.allowThird() && s.owner == bitOfThird {
		s.asIs = s.box.Class == ClassLog && s.boxAct == AsIs && !s.boxOver
	}
	b[layerRelay] = step{act: Keep, rule: ruleNone}
	if !s.grant.relay {
		b[layerRelay].act = Drop
	}
	b[layerHard] = s.hard
	b[layerOperator] = d.operator(s)
	b[layerStage] = d.stage(s)
	b[layerRelation] = d.relation(s)
	b[layerChannel] = d.channelStep(s)
	b[layerMarking] = d.marking(s)
	b[layerConsent] = d.consent(s)
	act, vote = Keep, Keep
	for l := range layerOverride {
		if l != layerChannel {
			act = Meet(act, b[l].act)
		}
		// A report that tells this recipient nothing still says what is hidden,
		// but its own silence, and the marking that silences it, are no word on
		// what another report says by itself.
		if l != layerRelay && (l != layerMarking || s.grant.relay || c.Marking != d.in.Reports[rep].Marking) {
			vote = Meet(vote, b[l].act)
		}
	}
	if s.grant.over {
		if over := d.override(s, b); s.raises(over, act) {
			b[layerOverride] = step{act: over, rule: ruleNone, flag: byOverride}
			act = over
			if heard := Meet(over, b[layerChannel].act); s.raises(heard, vote) {
				vote = heard
			}
		}
	}
	full := fit(act, s.class)
	act, vote = fit(Meet(full, b[layerChannel].act), s.class), fit(vote, s.class)
	if s.inText && s.boxAct.atMost(Summary) {
		return act, vote, false // its log does not leave, over whatever channel
	}
	return act, vote, act != full && full.Kind() != KindMask // a mask that falls away tells no less
}
