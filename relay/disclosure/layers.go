package disclosure

import "strings"

// subject is one cell with what the layers ask of it.
type subject struct {
	cell   *Cell
	class  classSet
	owner  ownerSet
	grant  *grant
	inText bool // stands in a log or text
	asIs   bool // in a log that leaves as it is, third-party values and all
}

// floor is the least a stage or a channel makes of a value inside a log: the
// log's own line of the table rules whether the log leaves at all, and where it
// does a value too early to be told is masked; its line stays.
func (s *subject) floor(a Action) Action {
	if s.inText && a == Drop {
		return Mask
	}
	return a
}

// suit turns an action into one for this class of cell.
func (s *subject) suit(a Action) Action {
	if s.class&containers != 0 {
		return a.asContainer()
	}
	return a.asValue()
}

func (d *decider) hard(s *subject, box step) step {
	for i := range hardRules {
		r := &hardRules[i]
		if r.step == "" && s.class&r.classes != 0 && s.owner&r.except == 0 {
			return step{act: Drop, rule: int16(i)}
		}
	}
	if s.inText {
		return box // its path is its log's
	}
	path := s.cell.Path
	for k := range max(0, len(path)-1) {
		if path[k] != '/' && path[k] != '@' || !hardInitials[path[k+1]] {
			continue
		}
		for i := range hardRules {
			if r := &hardRules[i]; r.step != "" && strings.HasPrefix(path[k:], r.step) {
				return step{act: Drop, rule: int16(i)}
			}
		}
	}
	return step{act: Keep, rule: ruleNone}
}

// hardInitials are the letters with which the steps of hardRules begin.
var hardInitials = func() (t [256]bool) {
	for i := range hardRules {
		if s := hardRules[i].step; s != "" {
			t[s[1]] = true
		}
	}
	return t
}()

// operator is the meet of the most specific of the site's ceilings that name no stage.
func (d *decider) operator(s *subject) step {
	best, out := -1, step{act: Keep, rule: ruleNone}
	d.mostSpecific(s, false, &best, &out)
	return out
}

// stage is table 4 with the site's rules that name a stage laid over it: a
// more specific rule counts before a less specific line, and at the same
// specificity the site's rule stands in the line's place.
func (d *decider) stage(s *subject) step {
	if s.asIs {
		return step{act: Keep, rule: ruleNone}
	}
	best, out := -1, step{act: Keep, rule: ruleNone}
	d.mostSpecific(s, true, &best, &out)
	for i := range stageCeilings {
		line := &stageCeilings[i]
		if s.class&line.classes == 0 || s.owner&line.owners == 0 {
			continue
		}
		spec := specificity(line.owners, line.classes)
		if spec < best || spec == best && out.flag == bySite {
			continue
		}
		act := line.at[d.column]
		if s.cell.Class == ClassLog && act == Drop && s.grant.extract(d.in.Stage) {
			act = Sanitize
		}
		if spec == best {
			act = Meet(act, out.act)
		}
		best, out = spec, step{act: act, rule: int16(i)}
	}
	out.act = s.floor(out.act)
	return out
}

// mostSpecific looks through the settings of the site's rules that hold for
// the cell's report, those that name a stage or the others.
func (d *decider) mostSpecific(s *subject, staged bool, best *int, out *step) {
	for i := range d.rules {
		m := &d.rules[i]
		if m.report != s.cell.Report || m.rule.staged() != staged {
			continue
		}
		for j := range m.rule.set {
			sel := &m.rule.set[j]
			if sel.spec < *best || !sel.matches(s) {
				continue
			}
			act := s.suit(sel.act)
			if sel.spec == *best {
				act = Meet(act, out.act)
			}
			*best, *out = sel.spec, step{act: act, rule: int16(m.index), flag: bySite}
		}
	}
}

// specificity orders selectors: exact path 4, class and owner 3, class 2, owner 1, all 0.
func specificity(o ownerSet, c classSet) int {
	n := 0
	if c != anyClass {
		n = 2
	}
	if o != anyOwner {
		n++
	}
	return n
}

func (d *decider) relation(s *subject) step {
	out := step{act: Keep, rule: ruleNone}
	col := len(relations) - 1 // whatever we do not know is "unknown"
	for i, r := range relations {
		if r == d.in.Recipient.Relation {
			col = i
		}
	}
	for i := range relationCeilings {
		if l := &relationCeilings[i]; s.class&l.classes != 0 && s.owner&l.owners != 0 {
			if act := l.at[col]; !out.act.atMost(act) {
				out = step{act: Meet(out.act, act), rule: int16(i)}
			}
		}
	}
	return out
}

func (d *decider) channelStep(s *subject) step {
	out := step{act: Keep, rule: ruleNone}
	col := 0
	for i, c := range channels {
		if c == d.channel {
			col = i
		}
	}
	for i := range channelCeilings {
		if l := &channelCeilings[i]; s.class&l.classes != 0 && s.owner&l.owners != 0 {
			if act := s.floor(l.at[col]); !out.act.atMost(act) {
				out = step{act: Meet(out.act, act), rule: int16(i)}
			}
		}
	}
	return out
}

func (d *decider) marking(s *subject) step {
	act, rule, lifted := s.cell.Marking.verdict(&d.in.Recipient, d.in.Roles, s.grant)
	out := step{act: act, rule: int16(rule)}
	if lifted {
		out.flag = byLift
	}
	return out
}

// consent is the owner's word, the only layer that says more than drop by itself.
func (d *decider) consent(s *subject) step {
	c := s.cell
	switch {
	case s.class == bitTime && s.owner&bitOfGateway == 0:
		return d.grants[c.Report].word(KeyTime, c)
	case s.class&containers != 0, s.class == bitBinary:
		return d.ofMine(s, c.Report)
	case s.owner == bitOfMine:
		return d.ofMine(s, c.Of)
	case s.owner == bitOfThird:
		return d.ofThird(s)
	}
	// Neutral, ours, the recipient's own and what is reported: as far as relay is allowed.
	return step{act: Keep, rule: ruleNone}
}

// ofMine is what the requester of report k allows for a value of its own.
func (d *decider) ofMine(s *subject, k int) step {
	if k < 0 || k >= len(d.grants) {
		return step{act: Drop, rule: ruleNone}
	}
	g := &d.grants[k]
	if !g.relay {
		return step{act: Drop, rule: ruleNone, flag: bySilence}
	}
	for i := range consentKeys {
		if s.class&consentKeys[i].classes == 0 {
			continue
		}
		key := consentKeys[i].key
		if key == KeyRelay {
			return step{act: Keep, rule: int16(key)}
		}
		if d.in.Stage.Before(g.stage) {
			return step{act: Drop, rule: int16(KeyStage), flag: g.src[KeyStage]}
		}
		if box := d.container(s.cell); box != nil && k != s.cell.Report && g.evidenceKey(box) == Drop {
			// Another requester's value in this one's log, and that requester
			// gave no log: the line is not told.
			return step{act: Drop, rule: int16(logKey(box)), flag: g.src[logKey(box)]}
		}
		out := g.word(key, s.cell)
		if s.class&containers|s.class&bitBinary != 0 && g.act[KeyTime] != Keep {
			// A log spells every second; who grants only the hour grants no log.
			out.act = Meet(out.act, Summary)
		}
		if s.class == bitBinary && out.act != AsIs {
			out.act = Drop // bytes cannot be sanitised
		}
		if g.claims && d.foreign(s.cell, k) {
			out.act, out.flag = Meet(out.act, d.ofThird(s).act), byClaim
		}
		return out
	}
	return step{act: Drop, rule: ruleNone}
}

// ofThird is the site's setting for everybody else's values: its rules on
// third-party values where there are any, else the line of table 4.
func (d *decider) ofThird(s *subject) step {
	if s.asIs {
		return step{act: Keep, rule: ruleNone}
	}
	best, out := 0, step{act: Keep, rule: ruleNone}
	third := *s
	third.owner = bitOfThird
	d.mostSpecific(&third, true, &best, &out)
	if out.flag != bySite || best == 2 { // a rule on the class alone does not speak of owners
		out = step{act: Drop, rule: ruleNone}
		for i := range stageCeilings {
			if l := &stageCeilings[i]; l.owners == bitOfThird && l.classes == anyClass {
				out = step{act: l.at[d.column], rule: int16(i)}
			}
		}
	}
	out.act = s.floor(out.act)
	return out
}

// foreign reports whether a value that a requester calls its own by my-site
// belongs to another party that we know.
func (d *decider) foreign(c *Cell, k int) bool {
	own := &d.in.Reports[k].Party
	if own.Holds(c.Class, c.Value) {
		return false
	}
	for i := range d.in.Parties {
		if p := &d.in.Parties[i]; p.ID != own.ID && p.Holds(c.Class, c.Value) {
			return true
		}
	}
	return false
}
