package disclosure

import (
	"testing"
	"time"
)

// TestRelay shows when a report tells a recipient nothing, and why.
func TestRelay(t *testing.T) {
	yes := "conditions: forward-log-as-is"
	for _, c := range []struct {
		what  string
		want  Refusal
		text  string
		to    Party
		roles Roles
		mod   func(in *Input)
	}{
		{"the grant names it", "", yes, ispR(VerifiedTLS), SourceSite, nil},
		{"a CSIRT by its relation", "", yes, csirtN(), 0, nil},
		{"another role", RefusedNotNamed, yes, ispR(VerifiedTLS), TargetSite, nil},
		{"no relay", RefusedNoRelay, "conditions: no-relay", ispR(VerifiedTLS), SourceSite, nil},
		{"ask", RefusedAsk, "条件: 都度確認", ispR(VerifiedTLS), SourceSite, nil},
		{"keys without relay", RefusedNoRelay, block("logs: as-is"), ispR(VerifiedTLS), SourceSite, nil},
		{"relay without to: source-site", "", block("relay: yes"), ispR(VerifiedTLS), SourceSite, nil},
		{"relay without to: others not", RefusedNotNamed, block("relay: yes"), csirtN(), 0, nil},
		{"by id", "", block("relay: yes", "to: party:isp-r"), ispR(VerifiedTLS), 0, nil},
		{"by another id", RefusedNotNamed, block("relay: yes", "to: party:isp"), ispR(VerifiedTLS), 0, nil},
		{"by TI level", "", block("relay: yes", "to: ti:2"), csirtN(), 0, nil},
		{"below the TI level", RefusedNotNamed, block("relay: yes", "to: ti:1"), ispR(VerifiedTLS), 0, nil},
		{"the requester itself", RefusedSelf, yes, certU(), SourceSite, nil},
		{"the last day", "", block("conditions: minimal", "until: 2026-11-20"), ispR(VerifiedTLS), SourceSite, nil},
		{"the day after", RefusedExpired, block("conditions: minimal", "until: 2026-11-19"), ispR(VerifiedTLS), SourceSite, nil},
		{"closed", RefusedClosed, yes, ispR(VerifiedTLS), SourceSite, func(in *Input) { in.Stage = Closed }},
		{"unsigned", RefusedUnsigned, yes, ispR(VerifiedTLS), SourceSite, func(in *Input) { in.Reports[0].Evidence = Unsigned }},
		{"held", RefusedHeld, yes, ispR(VerifiedTLS), SourceSite, func(in *Input) { in.Reports[0].Held = true }},
		{"explicit private, conditions", "", "conditions: minimal", ispR(VerifiedTLS), SourceSite, func(in *Input) { in.Reports[0].Marking = MarkRed }},
		{"explicit private, only an Expectation", RefusedRestricted, "", ispR(VerifiedTLS), SourceSite, func(in *Input) { in.Reports[0].Marking = MarkRed }},
		{"absent, only an Expectation", "", "", ispR(VerifiedTLS), SourceSite, nil},
		{"an Expectation for the other side", RefusedNotNamed, "", ispR(VerifiedTLS), TargetSite, nil},
		{"nothing said", RefusedConsent, "", ispR(VerifiedTLS), SourceSite, func(in *Input) { in.Reports[0].Expects = 0 }},
		{"DKIM, minimal", "", "", ispR(VerifiedTLS), SourceSite, func(in *Input) { in.Reports[0].Evidence = DKIM }},
		{"DKIM, to a CSIRT", RefusedNotNamed, yes, csirtN(), 0, func(in *Input) { in.Reports[0].Evidence = DKIM }},
		{"DKIM lifts nothing explicit", RefusedMarking, yes, ispR(VerifiedTLS), SourceSite, func(in *Input) {
			in.Reports[0].Evidence, in.Reports[0].Marking = DKIM, MarkRed
		}},
	} {
		var cond *Conditions
		if c.text != "" {
			cond = conditions(t, c.text)
		}
		e := newExample(c.to, Acknowledged, c.roles, report(certU(), cond))
		if c.mod != nil {
			c.mod(&e.in)
			for i := range e.in.Cells {
				e.in.Cells[i].Marking = e.in.Reports[0].Marking
			}
		}
		r := Decide(e.in)
		if r.Refusal != c.want || r.Reports[0].Relay != (c.want == "") {
			t.Errorf("%s: refusal %q, want %q", c.what, r.Refusal, c.want)
		}
		if c.want != "" && len(r.Kept()) > 0 {
			t.Errorf("%s: kept %v", c.what, r.Kept())
		}
		if c.want == "" && r.Decisions[e.source].Action != Keep && c.to.Relation == AbuseDesk {
			t.Errorf("%s: the recipient's own address is %s", c.what, r.Explain(e.source))
		}
	}
}

// TestDKIMIsMinimal shows that unsigned mail of a party that opted in relays at
// most what the preset minimal does, whatever it says.
func TestDKIMIsMinimal(t *testing.T) {
	for _, st := range stages {
		rep := report(certU(), conditions(t, block("conditions: forward-log-as-is", "identity: keep", "text: as-is", "stage: first-contact")))
		rep.Evidence = DKIM
		loose := newExample(ispR(OpenPGP), st, SourceSite, rep)
		loose.in.Recipient.HasKey = true
		tight := newExample(ispR(OpenPGP), st, SourceSite, report(certU(), conditions(t, "conditions: minimal")))
		tight.in.Recipient.HasKey = true
		a, b := Decide(loose.in), Decide(tight.in)
		for i := range a.Decisions {
			if !a.Decisions[i].Action.atMost(b.Decisions[i].Action) && a.Decisions[i].Action != Mask {
				t.Errorf("%s: %s, minimal gives %s", st, a.Explain(i), b.Decisions[i].Action)
			}
		}
	}
}

// TestCase_186_ProfileAndReport shows profile and report together: the stricter
// counts, a looser report never silently replaces a profile.
func TestCase_186_ProfileAndReport(t *testing.T) {
	asIs, hide := *conditions(t, "conditions: forward-log-as-is"), *conditions(t, "conditions: hide-my-ip")
	decide := func(own, profile Conditions) (*example, *Result) {
		rep := report(certU(), &own)
		rep.Profiles = []Conditions{profile}
		e := newExample(ispR(VerifiedTLS), Acknowledged, SourceSite, rep)
		return e, Decide(e.in)
	}
	e, r := decide(hide, asIs)
	wants(t, r, map[int]Action{e.target: Mask})
	if hasNote(r, NoteConflict) {
		t.Error("a stricter report is no conflict")
	}
	e, r = decide(asIs, hide)
	wants(t, r, map[int]Action{e.target: Mask})
	if !hasNote(r, NoteConflict) {
		t.Error("the operator is not told that the report asks for more than the profile")
	}
	replace := *conditions(t, block("conditions: forward-log-as-is", "replace-profile: yes"))
	e, r = decide(replace, hide)
	wants(t, r, map[int]Action{e.target: Keep})
	e, _ = decide(replace, *conditions(t, "conditions: no-relay"))
	e.in.Reports[0].Evidence = DKIM // only a signature replaces
	if r = Decide(e.in); r.Refusal != RefusedNoRelay {
		t.Errorf("without a signature a profile was replaced: %q", r.Refusal)
	}

	ended := hide
	ended.Until, ended.said = time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC), ended.said|1<<KeyUntil
	e, r = decide(asIs, ended)
	wants(t, r, map[int]Action{e.target: Keep})

	// A profile that names other recipients than the report: both must name this one.
	_, r = decide(asIs, *conditions(t, block("relay: yes", "to: csirt")))
	if r.Refusal != RefusedNotNamed {
		t.Errorf("refusal %q", r.Refusal)
	}
	// Each of the two can narrow the other: whom, whether, from which stage.
	_, r = decide(*conditions(t, block("relay: yes", "to: csirt")), asIs)
	if r.Refusal != RefusedNotNamed {
		t.Errorf("refusal %q", r.Refusal)
	}
	_, r = decide(*conditions(t, "conditions: no-relay"), asIs)
	if r.Refusal != RefusedNoRelay {
		t.Errorf("refusal %q", r.Refusal)
	}
	e, r = decide(*conditions(t, block("conditions: forward-log-as-is", "stage: acknowledged")), *conditions(t, block("stage: trusted")))
	wants(t, r, map[int]Action{e.target: Drop})
	// A profile alone is a signed grant; an Expectation adds nothing to it.
	rep := report(certU(), nil)
	rep.Profiles = []Conditions{*conditions(t, "conditions: no-relay")}
	if r := Decide(newExample(ispR(VerifiedTLS), Acknowledged, SourceSite, rep).in); r.Refusal != RefusedNoRelay {
		t.Errorf("refusal %q", r.Refusal)
	}
}

// TestStageOfGrants shows the `stage:` line: before it nothing of the requester
// is told, after it what was granted.
func TestStageOfGrants(t *testing.T) {
	for _, grantAt := range stages {
		c := conditions(t, block("conditions: forward-log-as-is", "stage: "+string(grantAt)))
		for _, st := range stages[1:] {
			e := newExample(ispR(VerifiedTLS), st, SourceSite, report(certU(), c))
			count := e.add("Assessment/Counter", ClassCount, "17", 0)
			want := Keep
			if st.Before(grantAt) {
				want = Drop
			}
			r := Decide(e.in)
			if got := r.Decisions[e.target].Action; got != want {
				t.Errorf("granted from %s, at %s: %s, want %s", grantAt, st, got, want)
			}
			wants(t, r, map[int]Action{e.source: Keep, e.at: Keep})
			if got := r.Decisions[count].Action; (got == Drop) != (want == Drop) {
				t.Errorf("granted from %s, at %s: a count is %s", grantAt, st, got)
			}
		}
	}
}
