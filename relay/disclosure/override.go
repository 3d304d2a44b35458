package disclosure

import (
	"strconv"
	"strings"
)

// Override is what two operators let a recipient be told in an emergency, over
// what the requester of some reports, or the stage, would keep back (case 185).
// It is a second way to each value, beside the ordinary one: what either way
// tells is told, so that an override never takes anything away.
type Override struct {
	Requester  string     // whose reports it is about, a party; others' stay as they are
	Conditions Conditions // what more may be told: relay, and the keys that are said
}

// overridable are the refusals that an override passes: a word that is missing,
// out of date, unreadable, or says no. It does not pass what makes a report
// doubtful (unsigned: nobody knows whose it is), nor "closed" and "self".
func (w Refusal) overridable() bool {
	switch w {
	case "", RefusedHeld, RefusedInvalid, RefusedExpired, RefusedNoRelay, RefusedAsk, RefusedConsent, RefusedNotNamed, RefusedMarking, RefusedRestricted:
		return true
	}
	return false
}

// overrides reports whether the override speaks for a report. Its marking must
// admit the recipient, or be absent: what somebody marked, only its owner lifts.
// Else it says why it does not, for those who proposed it.
func (d *decider) overrides(rep *Report, g *grant, why Refusal) (bool, Refusal) {
	o := d.in.Override
	if o == nil || o.Requester == "" || o.Requester != rep.Party.ID || rep.Party.ID == d.in.Recipient.ID || o.Conditions.Relay != RelayYes || rep.Evidence != Signed || !why.overridable() {
		return false, why
	}
	if d.marked(rep.Marking, rep, g) == Drop {
		return false, RefusedMarking
	}
	return true, why
}

// marked is the marking's word with the override: it lifts one that is merely
// absent, as a signed Expectation does. The label stays that of the marking.
func (d *decider) marked(m Marking, rep *Report, g *grant) Action {
	lifting := *g
	lifting.lifts, lifting.liftsAbsent = false, true
	act, _, _ := m.verdict(&d.in.Recipient, d.roles(rep), &lifting)
	return act
}

// override is the second way. It leaves out relay, the owner's consent and
// the stage's ceiling, and nothing else: hard rules hide what identifies reports
// and senders; the site's own rules are changed in the policy, where both
// operators can; what others are accused of is not for every relation; the
// channel says who may listen, which no emergency changes.
func (d *decider) override(s *subject, b *chain) Action {
	word, stage := b[layerConsent].act, b[layerStage].act
	if key, ok := d.ofOverride(s); ok {
		word = d.overrideWord(s, key)
		if d.overrideSays(s, key) && b[layerStage].flag != bySite {
			stage = Keep
		}
	}
	over := Meet(word, stage)
	for _, l := range [...]int{layerHard, layerOperator, layerRelation} {
		over = Meet(over, b[l].act)
	}
	return fit(Meet(over, d.marked(s.marking, &d.in.Reports[s.report], &d.grants[s.report])), s.class)
}

// ofOverride is the key that speaks for a value of the override's requester.
// Values of third parties, of the recipient and of other requesters have none:
// nobody who spoke for them is overridden here, and their own rules hold.
func (d *decider) ofOverride(s *subject) (Key, bool) {
	key, ok := consentKey(s.class)
	switch of := s.of; {
	case s.class&(containers|bitBinary) != 0, s.class == bitTime && s.owner&bitOfGateway == 0:
		return key, ok
	case s.owner == bitOfMine && of >= 0 && int(of) < len(d.in.Reports):
		return key, ok && d.in.Reports[of].Party.ID == d.in.Override.Requester
	}
	return key, false
}

// overrideSays reports whether the override names what a key speaks for, and to
// tell it: that it is to be hidden is said of nothing that the stage drops.
// Binary evidence keeps its stage: who approves cannot look into it.
func (d *decider) overrideSays(s *subject, key Key) bool {
	o := &d.in.Override.Conditions
	return key != KeyRelay && s.class != bitBinary && !o.action(key).atMost(withheld.action(key))
}

// raises reports whether the override's way tells more. A longer prefix does
// not: where it is wholly one party's it would be masked.
func (s *subject) raises(over, act Action) bool {
	return act != over && act.atMost(over) && !(act.Kind() == KindGeneralise && over.Kind() == KindGeneralise && s.class != bitTime)
}

// overrideWord is what the override allows of its requester's value. Of what
// it does not name it allows no more than the defaults, nor than the requester.
func (d *decider) overrideWord(s *subject, key Key) Action {
	word := func(k Key) Action {
		if k == KeyRelay {
			return Keep
		}
		if o := &d.in.Override.Conditions; o.Said(k) {
			return o.action(k)
		}
		return Meet(withheld.action(k), d.grants[s.report].word(k, s.element).act)
	}
	out := word(key)
	switch {
	case s.class&(containers|bitBinary) != 0 && word(KeyTime) != Keep:
		out = Meet(out, Summary) // a log spells every second
	case s.foreign:
		out = Meet(out, d.ofThird(s).act)
	}
	if s.class == bitBinary && out != AsIs {
		return Drop
	}
	return out
}

// overrideWords name the layers that an override passed for a cell, and by what.
func (r *Result) overrideWords(i int, b *chain) string {
	c := &r.in.Cells[i]
	var passed []string
	over := b[layerOverride].act
	if !over.atMost(b[layerRelay].act) {
		passed = append(passed, "relay ("+string(r.Reports[c.Report].Refusal)+")")
	}
	for _, l := range [...]struct {
		layer int
		name  string
	}{{layerStage, "stage " + string(r.in.Stage)}, {layerMarking, "absent marking"}, {layerConsent, "consent"}} {
		if !over.atMost(b[l.layer].act) {
			passed = append(passed, l.name)
		}
	}
	o := &r.in.Override.Conditions
	said := "relay: yes"
	if key, ok := consentKey(c.Class.bit()); ok && key != KeyRelay && o.Said(key) && r.in.Owners[i].Owner != OwnerThird {
		said = keyNames[key].en + ": " + o.value(key)
	}
	return OverrideMark + strings.Join(passed, ", ") + ", " + strconv.Quote(said) + ": " + over.Detail(c.Class)
}

// OverrideMark begins the reason that a cell is told under an override.
const OverrideMark = "override of "
