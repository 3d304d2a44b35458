package disclosure

import "time"

// Cell is one value of a report. Everything the decision needs to know of the
// document is in it; Value is canonical (Canonical).
type Cell struct {
	Path    string // of the element or attribute; inside a log or text "path#line.token"
	Class   Class
	Value   string
	Owner   Owner
	Of      int     // where Owner is mine: index into Input.Reports of whose it is
	Report  int     // index into Input.Reports
	Marking Marking // effective marking of the node
	In      int     // 1 + index of the log or text cell it stands in; 0: in none
	Line    int     // line inside that log or text, from 1
	Near    []int   // indexes of the cells that stand in one Node with it
	Element int     // 1 + index into Report.Elements; 0: none speaks of it alone
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
}

// Decision is the fate of one cell, with the chain that led there.
type Decision struct {
	Action Action
	vote   Action // what the cell says about its value elsewhere in the message
	base   [layerCount]step
	late   [maxLate]step
	nlate  uint8
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
	Refusal   Refusal    // empty where something may be told
	Weak      bool       // the channel carries less than the rest allows
	Hold      bool       // Weak, and the site would rather wait than tell less
	Label     TLP
	Approval  Approval
	Logs      []LogDecision // one per log or text cell
	Notes     []Note

	in     Input
	grants []grant
	values valueTable
}

// Decide says what the recipient may be told. It is pure and total: the same
// input gives the same result, and every input gives one.
func Decide(in Input) *Result {
	d := decider{in: in, policy: in.Policy, channel: in.Recipient.channel()}
	if d.policy == nil {
		d.policy = defaults
	}
	if in.Recipient.Relation == CSIRT || in.Recipient.Relation == Peer {
		d.in.Roles |= RoleCSIRT
	}
	r := &Result{in: d.in, Decisions: make([]Decision, len(in.Cells))}
	r.grants = d.readGrants(r)
	d.cells(r)      // layer by layer, each cell for itself
	d.meetValues(r) // one action per canonical value
	d.coarsen(r)    // generalise only what stays ambiguous
	d.close(r)      // what spells a hidden value is hidden
	d.settle(r)     // values to cells, logs and lines
	d.label(r)
	return r
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
	column  int // of the stage table; -1: nothing is told
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
	d.grants, d.column = r.grants, d.in.Stage.index()
	// Containers first: what a log may be decides how third-party values in it are seen.
	for i := range d.in.Cells {
		if d.in.Cells[i].Class.bit()&containers != 0 {
			r.weaken(d.layers(&d.in.Cells[i], &r.Decisions[i], r))
		}
	}
	for i := range d.in.Cells {
		if d.in.Cells[i].Class.bit()&containers == 0 {
			r.weaken(d.layers(&d.in.Cells[i], &r.Decisions[i], r))
		}
	}
}

func (r *Result) weaken(weak bool) { r.Weak = r.Weak || weak }

// layers is the meet of section 3 for one cell, by itself. It reports whether
// the channel alone takes something away.
func (d *decider) layers(c *Cell, out *Decision, r *Result) (weak bool) {
	rep := c.Report
	if rep < 0 || rep >= len(d.in.Reports) || d.column < 0 {
		out.base[layerRelay] = step{act: Drop, rule: ruleNone}
		out.Action, out.vote = Drop, Keep
		return false
	}
	s := subject{cell: c, class: c.Class.bit(), owner: c.Owner.bit(), grant: &d.grants[rep]}
	s.inText = d.container(c) != nil
	if s.inText && d.policy.allowThird() && s.owner == bitOfThird {
		log := &d.in.Cells[c.In-1]
		s.asIs = log.Class == ClassLog && r.Decisions[c.In-1].Action == AsIs
	}
	b := &out.base
	b[layerRelay] = step{act: Keep, rule: ruleNone}
	if !s.grant.relay {
		b[layerRelay].act = Drop
	}
	var box step
	if s.inText {
		box = r.Decisions[c.In-1].base[layerHard]
	}
	b[layerHard] = d.hard(&s, box)
	b[layerOperator] = d.operator(&s)
	b[layerStage] = d.stage(&s)
	b[layerRelation] = d.relation(&s)
	b[layerChannel] = d.channelStep(&s)
	b[layerMarking] = d.marking(&s)
	b[layerConsent] = d.consent(&s)
	act, vote := Keep, Keep
	for l := range b {
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
	act = fit(act, s.class)
	out.Action, out.vote = fit(Meet(act, b[layerChannel].act), s.class), fit(vote, s.class)
	if s.inText && r.Decisions[c.In-1].Action.atMost(Summary) {
		return false // its log does not leave, over whatever channel
	}
	return out.Action != act
}

// container is the log or text that the cell stands in, or nil.
func (d *decider) container(c *Cell) *Cell {
	if c.In < 1 || c.In > len(d.in.Cells) {
		return nil
	}
	if box := &d.in.Cells[c.In-1]; box != c && box.Class.bit()&containers != 0 {
		return box
	}
	return nil
}

// fit lowers an action that a class cannot have: there is no prefix of a
// person and no pseudonym for a count.
func fit(a Action, class classSet) Action {
	switch k := a.Kind(); {
	case class == 0:
		return Drop
	case k == KindGeneralise && class&coarsenable == 0, k == KindPseudonymise && class&nameable == 0:
		return Mask
	}
	return a
}
