package disclosure

import "testing"

// TestCase_177_Labels shows how labels are read, in bad spellings too; what
// nobody knows is as strict as RED.
func TestCase_177_Labels(t *testing.T) {
	for text, want := range map[string]Marking{
		"TLP:CLEAR": MarkClear, "white": MarkClear, "TLP: AMBER": MarkAmber, "tlp:amber": MarkAmber, "AMBER": MarkAmber,
		"TLP:AMBER+STRICT": MarkStrict, "amber + strict": MarkStrict, "TLP:GREEN": MarkGreen, "TLP-RED": MarkRed,
		"TLP:CHR": MarkRed, "PINK": MarkRed, "": MarkAbsent,
	} {
		if got := ParseTLP(text); got != want {
			t.Errorf("%q is %b, want %b", text, got, want)
		}
	}
	for _, c := range []struct {
		version, word string
		want          Marking
	}{
		{"1.00", "", MarkAbsent}, {"1.00", "public", MarkClear}, {"1.00", "need-to-know", MarkNeedToKnow1}, {"1.00", "private", MarkRed},
		{"1.00", "default", MarkDefault}, {"1.00", "green", MarkRed}, {"1.00", "white", MarkRed},
		{"2.00", "public", MarkClear}, {"2.00", "white", MarkClear}, {"2.00", "partner", MarkGreen}, {"2.00", "green", MarkGreen},
		{"2.00", "need-to-know", MarkStrict}, {"2.00", "amber", MarkStrict}, {"2.00", "red", MarkRed}, {"2.00", "private", MarkRed},
		{"2.00", "default", MarkDefault}, {"2.00", "ext-value", MarkRed}, {"2.00", "Public", MarkRed},
	} {
		if got := ParseRestriction(c.version, c.word); got != c.want {
			t.Errorf("%s %q is %b, want %b", c.version, c.word, got, c.want)
		}
	}
}

// TestMarkings is the table of section 6: who may be told without and with a
// grant that names the recipient.
func TestMarkings(t *testing.T) {
	named, unnamed := grant{lifts: true}, grant{}
	implied, profiled := grant{liftsAbsent: true}, grant{profile: true}
	own, peer := Party{ID: "o", Relation: OwnConstituency}, Party{ID: "p", Relation: Peer}
	desk, stranger := Party{ID: "d", Relation: AbuseDesk}, Party{Relation: Peer}
	for _, c := range []struct {
		mark  Marking
		to    Party
		roles Roles
		g     *grant
		told  bool
	}{
		{MarkClear, desk, 0, &unnamed, true},
		{MarkGreen, peer, 0, &unnamed, true}, {MarkGreen, own, 0, &unnamed, true}, {MarkGreen, desk, SourceSite, &unnamed, true},
		{MarkGreen, desk, 0, &named, false}, {MarkGreen, stranger, 0, &named, false},
		{MarkAmber, own, 0, &unnamed, true}, {MarkAmber, peer, 0, &unnamed, false}, {MarkAmber, peer, 0, &named, true},
		{MarkStrict, own, 0, &unnamed, false}, {MarkStrict, desk, 0, &named, true}, {MarkStrict, desk, 0, &implied, false},
		{MarkRed, own, SourceSite, &unnamed, false}, {MarkRed, desk, 0, &named, true}, {MarkRed, desk, 0, &implied, false},
		{MarkNeedToKnow1, desk, SourceSite, &unnamed, true}, {MarkNeedToKnow1, desk, TargetSite, &unnamed, true}, {MarkNeedToKnow1, own, 0, &named, false},
		{MarkAbsent, desk, SourceSite, &unnamed, false}, {MarkAbsent, desk, 0, &implied, true}, {MarkAbsent, desk, 0, &named, true},
		{MarkDefault, desk, 0, &profiled, true}, {MarkDefault, desk, 0, &named, false},
		{MarkClear | MarkRed, desk, 0, &unnamed, false}, {MarkGreen | MarkAmber, peer, 0, &unnamed, false}, {MarkGreen | MarkAmber, peer, 0, &named, true},
	} {
		act, _, lifted := c.mark.verdict(&c.to, c.roles, c.g)
		if (act == Keep) != c.told || act != Keep && act != Drop {
			t.Errorf("marking %07b to %s (roles %b): %s, want told %v", c.mark, c.to.Relation, c.roles, act, c.told)
		}
		if lifted && !c.g.lifts && !c.g.liftsAbsent {
			t.Errorf("marking %07b lifted without a grant", c.mark)
		}
	}
}

// TestOutgoingLabel shows the label of the notice: the grant's tlp where it
// lifted the marking, else the stricter of the incoming one and the site's.
func TestOutgoingLabel(t *testing.T) {
	for _, c := range []struct {
		mark       Marking
		conditions string
		site       string
		want       TLP
	}{
		{MarkAbsent, "conditions: minimal", "", Amber},
		{MarkAbsent, block("conditions: minimal", "tlp: GREEN"), "", Green},
		{MarkRed, block("conditions: minimal", "tlp: RED"), "", Red},
		{MarkClear, "conditions: minimal", "", Amber},
		{MarkClear, "conditions: minimal", "CLEAR", Clear},
		{MarkGreen, "conditions: minimal", "CLEAR", Green},
		{MarkGreen, "conditions: minimal", "RED", Red},
	} {
		rep := report(certU(), conditions(t, c.conditions))
		rep.Marking = c.mark
		e := newExample(ispR(VerifiedTLS), FirstContact, SourceSite, rep)
		if c.site != "" {
			e.in.Policy = policy(t, "version = 1\ndefault_tlp = \""+c.site+"\"\n")
		}
		if r := Decide(e.in); r.Refusal != "" || r.Label != c.want {
			t.Errorf("marking %b, %q, site %q: label %s (%s), want %s", c.mark, c.conditions, c.site, r.Label, r.Refusal, c.want)
		}
	}
	for _, c := range []struct {
		label  TLP
		v1, v2 string
	}{{Clear, "public", "public"}, {Green, "need-to-know", "green"}, {Amber, "need-to-know", "need-to-know"}, {AmberStrict, "private", "amber"}, {Red, "private", "red"}, {"", "private", "private"}} {
		if a, b := c.label.Restriction("1.00"), c.label.Restriction("2.00"); a != c.v1 || b != c.v2 {
			t.Errorf("%s: %s and %s, want %s and %s", c.label, a, b, c.v1, c.v2)
		}
	}
}

// TestChildMarking shows that a stricter marking of a node counts there, and
// that the value is hidden wherever else it stands.
func TestChildMarking(t *testing.T) {
	rep := report(certU(), nil) // the Expectation grants minimal and lifts only what is absent
	e := newExample(csirtN(), Trusted, SourceSite, rep)
	e.accuse(ClassAddress, "198.51.100.99", 0)
	other := e.accuse(ClassAddress, "198.51.100.99", 0)
	free := e.accuse(ClassAddress, "198.51.100.98", 0)
	e.in.Cells[other].Marking = MarkRed
	r := Decide(e.in)
	wants(t, r, map[int]Action{other - 1: Drop, other: Drop, free: Keep})
}

// TestChildLabel shows that a stricter child raises the label of the notice
// that tells it, by its own colour or by that of the grant that lifted it.
func TestChildLabel(t *testing.T) {
	for mark, want := range map[Marking]TLP{MarkGreen: Green, MarkRed: Amber, MarkClear: Clear} {
		rep := report(certU(), conditions(t, "conditions: minimal"))
		rep.Marking = MarkClear
		e := newExample(ispR(VerifiedTLS), FirstContact, SourceSite, rep)
		e.in.Policy = policy(t, "version = 1\ndefault_tlp = \"CLEAR\"\n")
		for i := range e.in.Cells {
			if e.in.Cells[i].Value == e.in.Cells[e.source].Value {
				e.in.Cells[i].Marking = mark
			}
		}
		if r := Decide(e.in); r.Label != want || r.Decisions[e.source].Action != Keep {
			t.Errorf("child marking %b: label %s, want %s", mark, r.Label, want)
		}
	}
}
