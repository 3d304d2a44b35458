package disclosure

// sources are the statements that hold: the report's own and the standing
// profiles that have not ended.
func (d *decider) sources(rep *Report, g *grant) (own *Conditions, profiles []*Conditions) {
	own = rep.Conditions
	if rep.Invalid || own != nil && own.Expired(d.in.Now) {
		own = nil
	}
	add := func(c *Conditions) {
		if !c.Expired(d.in.Now) {
			profiles = append(profiles, c)
		}
	}
	for i := range rep.Profiles {
		add(&rep.Profiles[i])
	}
	for i := range d.policy.Profiles {
		if p := &d.policy.Profiles[i]; p.Party == rep.Party.ID && p.Party != "" {
			add(&p.Conditions)
			g.profile = g.profile || !p.Conditions.Expired(d.in.Now)
		}
	}
	if own != nil && own.Said(KeyReplace) && own.Replace && rep.Evidence == Signed {
		profiles = nil
	}
	return own, profiles
}

// merge lays report and profiles over the defaults, meet where both speak.
func (g *grant) merge(own *Conditions, profiles []*Conditions) {
	take := func(c *Conditions, src source) {
		for _, k := range actionKeys {
			if !c.Said(k) {
				continue
			}
			if g.src[k] == byDefault {
				g.act[k], g.src[k] = c.action(k), src
				continue
			}
			g.act[k] = Meet(g.act[k], c.action(k))
			if g.src[k] != src {
				g.src[k] = byBoth
			}
		}
		if c.Said(KeyStage) && (g.src[KeyStage] == byDefault || g.stage.Before(c.Stage)) {
			g.stage, g.src[KeyStage] = c.Stage, src
		}
		if c.Said(KeyTLP) {
			if g.src[KeyTLP] == byDefault {
				g.tlp = c.TLP
			}
			g.tlp, g.src[KeyTLP] = stricter(g.tlp, c.TLP), src
		}
		if c.Said(KeyClock) {
			if g.src[KeyClock] != byDefault && g.clock != c.Clock {
				g.clock = "unknown"
			} else {
				g.clock = c.Clock
			}
			g.src[KeyClock] = src
		}
		g.claims = g.claims || c.Said(KeyMySite)
	}
	if own != nil {
		take(own, byReport)
	}
	for _, p := range profiles {
		take(p, byProfile)
	}
}

// conflict reports whether a profile forbids something that the report grants:
// never silently.
func (g *grant) conflict(own *Conditions, profiles []*Conditions) bool {
	if own == nil || len(profiles) == 0 {
		return false
	}
	for _, k := range actionKeys {
		if own.Said(k) && !own.action(k).atMost(g.act[k]) {
			return true
		}
	}
	return false
}
