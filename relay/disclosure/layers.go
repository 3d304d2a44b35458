package disclosure

import "strings"

// subject is one cell with what the layers ask of it.
type subject struct {
	cell    *Cell
	class   classSet
	owner   ownerSet
	grant   *grant
	hard    step
	inText  bool   // stands in a log or text
	box     *Cell  // that log or text
	boxAct  Action // what becomes of it
	boxOver bool   // under an override
	asIs    bool   // in a log that leaves as it is, third-party values and all
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
	if s.class&hardClasses != 0 {
		for i := range hardRules {
			r := &hardRules[i]
			if r.step == "" && s.class&r.classes != 0 && s.owner&r.except == 0 {
				return step{act: Drop, rule: int16(i)}
			}
		}
	}
	if s.inText {
		return box // its path is its log's
	}
	// Cells of one element, and elements of one parent, stand one after another.
	path := s.cell.Path
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
	act, rule, lifted := s.cell.Marking.verdict(&d.in.Recipient, d.roles(&d.in.Reports[s.cell.Report]), s.grant)
	out := step{act: act, rule: int16(rule)}
	if lifted {
		out.flag = byLift
	}
	return out
}
