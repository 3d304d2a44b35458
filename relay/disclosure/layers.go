package disclosure

import "strings"

// ask is the meet of section 3 for one cell, by itself.
func (d *decider) ask(a *answer) {
	a.act, a.vote, a.weak = d.layers(&a.to, &a.said)
}

func (d *decider) layers(s *subject, b *chain) (act, vote Action, weak bool) {
	rep := s.report
	if rep < 0 || int(rep) >= len(d.in.Reports) || d.columns.stage < 0 {
		b[layerRelay] = step{act: Drop, rule: ruleNone}
		return Drop, Keep, false
	}
	if id := d.in.Recipient.ID; id != "" && d.in.Reports[rep].Party.ID == id {
		// Its own report: nothing of it is told back, and what it says for
		// itself keeps nothing from it that another report tells it (case 183).
		b[layerRelay] = step{act: Drop, rule: ruleNone}
		return Drop, Keep, false
	}
	g := &d.grants[rep]
	b[layerRelay] = step{act: Keep, rule: ruleNone}
	if !g.relay {
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
		if l != layerRelay && (l != layerMarking || g.relay || s.marking != d.in.Reports[rep].Marking) {
			vote = Meet(vote, b[l].act)
		}
	}
	if g.over {
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

// hardOf is the hard rule that forbids a class wherever it stands.
func hardOf(class classSet, owner ownerSet) step {
	if class&hardClasses != 0 {
		for i := range hardRules {
			r := &hardRules[i]
			if r.step == "" && class&r.classes != 0 && owner&r.except == 0 {
				return step{act: Drop, rule: int16(i)}
			}
		}
	}
	return step{act: Keep, rule: ruleNone}
}

// hardAt is the hard rule that forbids a path. Cells of one element, and
// elements of one parent, stand one after another.
func (d *decider) hardAt(path string) step {
	end := len(path)
	if at := strings.IndexByte(path, '@'); at >= 0 {
		if end = at; end > 0 && path[end-1] == '/' {
			end--
		}
	}
	last := &d.last
	if path[:end] != last.path {
		up := max(0, strings.LastIndexByte(path[:end], '/'))
		if path[:up] != last.parent || !last.known {
			last.parent, last.above = path[:up], hardPath(path[:up])
		}
		last.path, last.hard, last.known = path[:end], last.above, true
		if last.hard.act == Keep {
			last.hard = hardPath(path[up:end])
		}
	}
	if last.hard.act == Keep && end < len(path) {
		return hardPath(path[end:])
	}
	return last.hard
}

// hardPath is the first hard rule that forbids a step of a path.
func hardPath(path string) step {
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

// hardClasses are those that a hard rule forbids wherever they stand.
var hardClasses = func() (all classSet) {
	for i := range hardRules {
		if hardRules[i].step == "" {
			all |= hardRules[i].classes
		}
	}
	return all
}()

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
// specificity the site's rule stands in the line's place. What no line speaks
// of is not told.
func (d *decider) stage(s *subject) step {
	if s.asIs {
		return step{act: Keep, rule: ruleNone}
	}
	best, out := -1, step{act: Drop, rule: ruleNone}
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
		act := line.at[d.columns.stage]
		if s.class == bitLog && act == Drop && d.grants[s.report].extract(d.in.Stage) {
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
		if m.report != int(s.report) || m.rule.staged() != staged {
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
	for i := range relationCeilings {
		if l := &relationCeilings[i]; s.class&l.classes != 0 && s.owner&l.owners != 0 {
			if act := l.at[d.columns.relation]; !out.act.atMost(act) {
				out = step{act: Meet(out.act, act), rule: int16(i)}
			}
		}
	}
	return out
}

func (d *decider) channelStep(s *subject) step {
	out := step{act: Keep, rule: ruleNone}
	for i := range channelCeilings {
		if l := &channelCeilings[i]; s.class&l.classes != 0 && s.owner&l.owners != 0 {
			if act := s.floor(l.at[d.columns.channel]); !out.act.atMost(act) {
				out = step{act: Meet(out.act, act), rule: int16(i)}
			}
		}
	}
	return out
}

func (d *decider) marking(s *subject) step {
	act, rule, lifted := s.marking.verdict(&d.in.Recipient, d.roles(&d.in.Reports[s.report]), &d.grants[s.report])
	out := step{act: act, rule: int16(rule)}
	if lifted {
		out.flag = byLift
	}
	return out
}
