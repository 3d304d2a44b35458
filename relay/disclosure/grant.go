package disclosure

import "strings"

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
	byOverride
)

// grant is what one requester allows this recipient, everything considered.
type grant struct {
	relay       bool
	over        bool // an override speaks for it too
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
func (d *decider) readGrants(r *Result) {
	gs := make([]grant, len(d.in.Reports))
	r.Reports = emptied(r.Reports, len(gs))
	r.Refusal = RefusedConsent
	for i := range gs {
		rep, g, told := &d.in.Reports[i], &gs[i], &r.Reports[i]
		told.Refusal = d.readGrant(rep, g, r, i)
		if told.Refusal == "" {
			act, _, lifted := rep.Marking.verdict(&d.in.Recipient, d.roles(rep), g)
			told.Lifted = lifted
			if act == Drop {
				told.Refusal = RefusedMarking
				if rep.Conditions == nil && g.liftsAbsent {
					told.Refusal = RefusedRestricted
				}
			}
		}
		g.relay = told.Refusal == ""
		g.over, told.Refusal = d.overrides(rep, g, told.Refusal)
		told.Relay, told.Clock, told.Stage = g.relay || g.over, g.clock, g.stage
		d.rules = d.policy.match(d.rules, d.in, i)
	}
	r.summarise()
	r.granted = len(r.Notes)
	r.grants, r.rules, d.grants = gs, d.rules, gs
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
	case !named, rep.Evidence == DKIM && !d.namedBy(withheld.To, d.roles(rep)): // at most minimal
		return RefusedNotNamed
	}
	if rep.Evidence == DKIM {
		g.atMostMinimal()
	}
	g.lifts = !g.liftsAbsent && rep.Evidence == Signed
	g.liftsAbsent = g.liftsAbsent || rep.Evidence == DKIM
	return ""
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
			named = named && d.namedBy(c.To, d.roles(rep))
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
		return RelayYes, true, named && d.roles(rep)&rep.Expects&(SourceSite|TargetSite) != 0
	}
	if !said && own != nil {
		return RelayNo, true, named // conditions that do not say relay say no
	}
	if !to {
		named = d.namedBy(withheld.To, d.roles(rep))
	}
	return relay, said, named
}

// namedBy reports whether a `to:` list names the recipient or a role it has.
func (d *decider) namedBy(to []string, roles Roles) bool {
	for _, t := range to {
		switch {
		case t == "source-site" && roles&SourceSite != 0,
			t == "target-site" && roles&TargetSite != 0,
			t == "csirt" && roles&RoleCSIRT != 0:
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
func (g *grant) word(k Key, element int32) step {
	if element > 0 && int(element) <= len(g.elements) {
		if e := &g.elements[element-1]; e.Said(k) {
			act := e.action(k)
			if g.evidence != Signed || g.src[k] == byProfile || g.src[k] == byBoth {
				act = Meet(act, g.act[k]) // a standing profile stays a ceiling, and only a signature loosens
			}
			return step{act: act, rule: int16(k), flag: byElement}
		}
	}
	return step{act: g.act[k], rule: int16(k), flag: g.src[k]}
}

func logKey(box classSet) Key {
	if box == bitText {
		return KeyText
	}
	return KeyLogs
}

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
