package disclosure

import "strings"

// Refusal says why a report, or the whole ticket, tells this recipient nothing.
type Refusal string

const (
	RefusedClosed     Refusal = "closed"             // the recipient is done with the ticket
	RefusedHeld       Refusal = "held"               // somebody asked to stop; the requester is asked
	RefusedUnsigned   Refusal = "unsigned"           // nothing in it loosens
	RefusedInvalid    Refusal = "invalid-conditions" // the block is answered with the line that is wrong
	RefusedExpired    Refusal = "expired"            // the grant's last day is over
	RefusedSelf       Refusal = "self"               // the recipient is the requester
	RefusedNoRelay    Refusal = "no-relay"           // the requester said no
	RefusedAsk        Refusal = "ask"                // the requester wants to be asked each time
	RefusedConsent    Refusal = "needs-consent"      // nobody said anything; the requester is asked
	RefusedNotNamed   Refusal = "not-named"          // the grant names others
	RefusedMarking    Refusal = "marking"            // TLP or restriction, and no grant lifts it
	RefusedRestricted Refusal = "needs-conditions"   // an explicit private or red needs conditions
)

// AsksRequester reports whether the requester's answer would clear it.
func (r Refusal) AsksRequester() bool {
	switch r {
	case RefusedHeld, RefusedInvalid, RefusedAsk, RefusedConsent, RefusedRestricted, RefusedExpired:
		return true
	}
	return false
}

// source says where a key's value came from.
type source uint8

const (
	byDefault source = iota
	byReport
	byProfile
	byBoth
	byElement
	bySite    // a rule of the operator's policy
	byLift    // of a marking: lifted
	bySilence // of a requester who tells this recipient nothing
	byClaim   // of a value claimed by my-site that is another party's
)

// grant is what one requester allows this recipient, everything considered.
type grant struct {
	relay       bool
	evidence    Evidence
	stage       Stage
	act         [keyCount]Action
	src         [keyCount]source
	elements    []Conditions
	tlp         TLP
	clock       string
	lifts       bool // names the recipient, signed: lifts a marking
	liftsAbsent bool // lifts only a marking that is not there
	profile     bool // a standing profile exists
	claims      bool // my-site was said
}

var actionKeys = [...]Key{KeyLogs, KeyAddresses, KeyHosts, KeyIdentity, KeyText, KeyTime}

// readGrants works out what each report may tell, before any cell is looked at.
func (d *decider) readGrants(r *Result) []grant {
	gs := make([]grant, len(d.in.Reports))
	r.Reports = make([]Told, len(gs))
	r.Refusal = RefusedConsent
	for i := range gs {
		rep, g, told := &d.in.Reports[i], &gs[i], &r.Reports[i]
		told.Refusal = d.readGrant(rep, g, r, i)
		if told.Refusal == "" {
			act, _, lifted := rep.Marking.verdict(&d.in.Recipient, d.in.Roles, g)
			told.Lifted = lifted
			if act == Drop {
				told.Refusal = RefusedMarking
				if rep.Conditions == nil && g.liftsAbsent {
					told.Refusal = RefusedRestricted
				}
			}
		}
		g.relay = told.Refusal == ""
		told.Relay, told.Clock, told.Stage = g.relay, g.clock, g.stage
		d.rules = d.policy.match(d.rules, &d.in, i)
	}
	r.summarise()
	return gs
}

// summarise takes the reports' refusals together: one that speaks is enough,
// else the first that the requester's answer would clear.
func (r *Result) summarise() {
	for i := range r.Reports {
		why := r.Reports[i].Refusal
		if why == "" {
			r.Refusal = ""
			return
		}
		if i == 0 || why.AsksRequester() && !r.Refusal.AsksRequester() {
			r.Refusal = why
		}
	}
}

// readGrant fills g and says why it is no grant for this recipient.
func (d *decider) readGrant(rep *Report, g *grant, r *Result, i int) Refusal {
	*g = grant{evidence: rep.Evidence, stage: Acknowledged, tlp: Amber, clock: "unknown", elements: rep.Elements}
	for _, k := range actionKeys {
		g.act[k] = withheld.action(k)
	}
	own, profiles := d.sources(rep, g)
	g.merge(own, profiles)
	if g.conflict(own, profiles) {
		r.note(NoteConflict, i, 0)
	}
	relay, said, named := d.relayOf(rep, own, profiles, g)
	switch {
	case d.in.Stage.index() < 0:
		return RefusedClosed
	case rep.Held:
		return RefusedHeld
	case rep.Evidence == Unsigned:
		return RefusedUnsigned
	case rep.Invalid:
		return RefusedInvalid
	case rep.Party.ID != "" && rep.Party.ID == d.in.Recipient.ID:
		return RefusedSelf
	case rep.Conditions != nil && rep.Conditions.Expired(d.in.Now):
		return RefusedExpired
	case !said:
		return RefusedConsent
	case relay == RelayAsk:
		return RefusedAsk
	case relay == RelayNo:
		return RefusedNoRelay
	case !named, rep.Evidence == DKIM && !d.namedBy(withheld.To): // at most minimal
		return RefusedNotNamed
	}
	if rep.Evidence == DKIM {
		g.atMostMinimal()
	}
	g.lifts = !g.liftsAbsent && rep.Evidence == Signed
	g.liftsAbsent = g.liftsAbsent || rep.Evidence == DKIM
	return ""
}

// sources are the statements that hold: the report's own and the standing
// profiles that have not ended.
func (d *decider) sources(rep *Report, g *grant) (own *Conditions, profiles []*Conditions) {
	own = rep.Conditions
	if rep.Invalid || own != nil && own.Expired(d.in.Now) {
		own = nil
	}
	add := func(c *Conditions) {
		if !c.Expired(d.in.Now) {
			g.profile = true
			profiles = append(profiles, c)
		}
	}
	for i := range rep.Profiles {
		add(&rep.Profiles[i])
	}
	for i := range d.policy.Profiles {
		if p := &d.policy.Profiles[i]; p.Party == rep.Party.ID && p.Party != "" {
			add(&p.Conditions)
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

// relayOf says whether relay was said, what, and whether this recipient is
// named. A signed report without conditions that asks to contact a site grants
// the preset minimal to that role.
func (d *decider) relayOf(rep *Report, own *Conditions, profiles []*Conditions, g *grant) (relay Relay, said, named bool) {
	relay, named = RelayYes, true
	ask := func(c *Conditions) {
		if c.Said(KeyRelay) {
			said = true
			relay = min(relay, c.Relay)
		}
		if c.Said(KeyTo) {
			named = named && d.namedBy(c.To)
		}
	}
	to := false
	if own != nil {
		ask(own)
		to = own.Said(KeyTo)
	}
	for _, p := range profiles {
		ask(p)
		to = to || p.Said(KeyTo)
	}
	if !said && rep.Conditions == nil && !rep.Invalid && rep.Expects&(SourceSite|TargetSite) != 0 {
		g.liftsAbsent = true
		return RelayYes, true, named && d.in.Roles&rep.Expects&(SourceSite|TargetSite) != 0
	}
	if !said && own != nil {
		return RelayNo, true, named // conditions that do not say relay say no
	}
	if !to {
		named = d.namedBy(withheld.To)
	}
	return relay, said, named
}

// namedBy reports whether a `to:` list names the recipient or a role it has.
func (d *decider) namedBy(to []string) bool {
	for _, t := range to {
		switch {
		case t == "source-site" && d.in.Roles&SourceSite != 0,
			t == "target-site" && d.in.Roles&TargetSite != 0,
			t == "csirt" && d.in.Roles&RoleCSIRT != 0:
			return true
		case len(t) == 4 && strings.HasPrefix(t, "ti:"):
			if d.in.Recipient.ID != "" && d.in.Recipient.TI >= int(t[3]-'0') {
				return true
			}
		}
		if id, ok := strings.CutPrefix(t, "party:"); ok && d.in.Recipient.ID != "" && strings.EqualFold(id, d.in.Recipient.ID) {
			return true
		}
	}
	return false
}

func (g *grant) atMostMinimal() {
	for _, k := range actionKeys {
		if k != KeyTime {
			g.act[k] = Meet(g.act[k], withheld.action(k))
		}
	}
}

// word is what a key says for a cell. A statement about that single element is
// more specific than the report's own and stands in its place.
func (g *grant) word(k Key, c *Cell) step {
	if c.Element > 0 && c.Element <= len(g.elements) && g.evidence == Signed {
		if e := &g.elements[c.Element-1]; e.Said(k) {
			act := e.action(k)
			if g.src[k] == byProfile || g.src[k] == byBoth {
				act = Meet(act, g.act[k]) // a standing profile stays a ceiling
			}
			return step{act: act, rule: int16(k), flag: byElement}
		}
	}
	return step{act: g.act[k], rule: int16(k), flag: g.src[k]}
}

func logKey(box *Cell) Key {
	if box.Class == ClassText {
		return KeyText
	}
	return KeyLogs
}

func (g *grant) evidenceKey(box *Cell) Action { return g.act[logKey(box)] }

// extract reports whether the first notice may carry an extract of the log.
func (g *grant) extract(s Stage) bool {
	return s == FirstContact && g.stage == FirstContact && g.evidence == Signed &&
		(g.act[KeyLogs] == AsIs || g.act[KeyLogs] == Sanitize)
}

// says is the effective word of a key, profile and report together.
func (g *grant) says(k Key) string {
	c := Conditions{said: 1<<keyCount - 1, Stage: g.stage, Logs: g.act[KeyLogs], Addresses: g.act[KeyAddresses],
		Hosts: g.act[KeyHosts], Identity: g.act[KeyIdentity], Text: g.act[KeyText], Time: g.act[KeyTime]}
	return c.value(k)
}
