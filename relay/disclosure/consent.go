package disclosure

// consent is the owner's word, the only layer that says more than drop by itself.
func (d *decider) consent(s *subject) step {
	switch {
	case s.class == bitTime && s.owner&bitOfGateway == 0:
		// Whosever a moment is, the report's requester says how exactly; the
		// first notice has it, whatever the stage of the other grants.
		if key, ok := consentKey(s.class); ok {
			return d.grants[s.report].word(key, s.element)
		}
		return step{act: Drop, rule: ruleNone}
	case s.class&containers != 0, s.class == bitBinary:
		return d.ofMine(s, s.report)
	case s.owner == bitOfMine:
		return d.ofMine(s, s.of)
	case s.owner == bitOfThird:
		return d.ofThird(s)
	}
	// Neutral, ours, the recipient's own and what is reported: as far as relay is allowed.
	return step{act: Keep, rule: ruleNone}
}

// ofMine is what the requester of report k allows for a value of its own.
func (d *decider) ofMine(s *subject, k int32) step {
	if k < 0 || int(k) >= len(d.grants) {
		return step{act: Drop, rule: ruleNone}
	}
	g := &d.grants[k]
	if !g.relay {
		return step{act: Drop, rule: ruleNone, flag: bySilence}
	}
	key, ok := consentKey(s.class)
	switch {
	case !ok:
		return step{act: Drop, rule: ruleNone}
	case d.in.Stage.Before(g.stage):
		return step{act: Drop, rule: int16(KeyStage), flag: g.src[KeyStage]}
	case key == KeyRelay:
		return step{act: Keep, rule: int16(key)}
	case s.inText && k != s.report && g.act[logKey(s.box)] == Drop:
		// Another requester's value in this one's log, and that requester gave
		// no log: the line is not told.
		return step{act: Drop, rule: int16(logKey(s.box)), flag: g.src[logKey(s.box)]}
	}
	element := s.element
	if k != s.report {
		element = 0 // what report k says of an element, it says of its own
	}
	out := g.word(key, element)
	if s.class&(containers|bitBinary) != 0 && g.act[KeyTime] != Keep {
		// A log spells every second; who grants only the hour grants no log.
		out.act = Meet(out.act, Summary)
	}
	if s.class == bitBinary && out.act != AsIs {
		out.act = Drop // bytes cannot be sanitised
	}
	if s.foreign {
		out.act, out.flag = Meet(out.act, d.ofThird(s).act), byClaim
	}
	return out
}

// consentKey is the key that speaks for a class; without one there is no grant.
func consentKey(class classSet) (Key, bool) {
	for i := range consentKeys {
		if class&consentKeys[i].classes != 0 {
			return consentKeys[i].key, true
		}
	}
	return 0, false
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
				out = step{act: l.at[d.columns.stage], rule: int16(i)}
			}
		}
	}
	out.act = s.floor(out.act)
	return out
}

// foreign reports whether a value that a requester calls its own by my-site
// belongs to another party that we know.
func (d *decider) foreign(v *place, k int32) bool {
	own := &d.in.Reports[k].Party
	if own.holds(v) {
		return false
	}
	for i := range d.in.Parties {
		if p := &d.in.Parties[i]; p.ID != own.ID && p.holds(v) {
			return true
		}
	}
	return false
}
