package disclosure

import (
	"testing"

	"pgregory.net/rapid"
)

// TestCase_87_RolesAreOfOneReport: a second report on the ticket, in which the
// recipient is a source site, makes it none in the first.
func TestCase_87_RolesAreOfOneReport(t *testing.T) {
	c := conditions(t, "conditions: forward-log-as-is")
	mine, other := report(certU(), c), report(Party{ID: "mallory"}, conditions(t, "conditions: minimal"))
	other.Roles = SourceSite
	in := Input{Reports: []Report{mine, other}, Recipient: Party{ID: "x", Relation: AbuseDesk}, Stage: Acknowledged, Now: now}
	r := Decide(in)
	if r.Reports[0].Relay || r.Reports[0].Refusal != RefusedNotNamed {
		t.Errorf("the first report: relay %v, refusal %q; want not-named", r.Reports[0].Relay, r.Reports[0].Refusal)
	}
	if !r.Reports[1].Relay {
		t.Errorf("the second report: refusal %q", r.Reports[1].Refusal)
	}
}

// TestCase_169_ClaimsCountInTheirReport: what one report calls its own is
// somebody else's in another's log.
func TestCase_169_ClaimsCountInTheirReport(t *testing.T) {
	mine := report(certU(), conditions(t, "conditions: hide-my-ip"))
	claims := report(Party{ID: "mallory"}, conditions(t, block("conditions: forward-log-as-is", "my-site: 192.0.2.0/24")))
	o := NewOwnership([]Report{mine, claims}, Party{ID: "isp-r"}, Party{})
	o.Target("192.0.2.201", 1)
	for _, value := range []string{"192.0.2.200", "192.0.2.201"} {
		if whose := o.Of(ClassAddress, value, 0); whose.Owner != OwnerThird {
			t.Errorf("%s in the first report: %s, want third", value, whose.Owner)
		}
		if whose := o.Of(ClassAddress, value, 1); whose != (Whose{OwnerMine, 1}) {
			t.Errorf("%s in the claiming report: %s of %d, want its own", value, whose.Owner, whose.Of)
		}
	}
}

// TestContested: a value that one requester accuses and another's report hides
// is told to nobody before a person has looked; what hides nothing is no matter.
func TestContested(t *testing.T) {
	mine, other := report(certU(), conditions(t, "conditions: forward-log-as-is")), report(orgV(), conditions(t, "conditions: no-relay"))
	mine.Roles = SourceSite
	type cell struct {
		report int32
		whose  Whose
	}
	for name, c := range map[string]struct {
		to    Party
		cells []cell
		want  bool
	}{
		"alone":                       {csirtN(), []cell{{0, Whose{OwnerReported, 0}}}, false},
		"both accuse it":              {csirtN(), []cell{{0, Whose{OwnerReported, 0}}, {1, Whose{OwnerReported, 1}}}, false},
		"the other claims it":         {csirtN(), []cell{{0, Whose{OwnerReported, 0}}, {1, Whose{OwnerMine, 1}}}, true},
		"it is registered to another": {csirtN(), []cell{{0, Whose{OwnerMine, 1}}}, true},
		"an abuse desk sees none":     {ispR(VerifiedTLS), []cell{{0, Whose{OwnerReported, 0}}, {1, Whose{OwnerMine, 1}}}, false},
		"its own machine":             {ispR(VerifiedTLS), []cell{{0, Whose{OwnerRecipient, 0}}, {1, Whose{OwnerMine, 1}}}, true},
		"one requester's two reports": {csirtN(), []cell{{0, Whose{OwnerReported, 0}}, {2, Whose{OwnerMine, 2}}}, false},
	} {
		in := Input{Reports: []Report{mine, other, report(certU(), conditions(t, "conditions: minimal"))}, Recipient: c.to, Stage: Trusted, Now: now}
		for _, v := range c.cells {
			in.take(Cell{Path: "/x", Class: ClassAddress, Value: "192.0.2.9", Report: v.report, Accused: v.report == 0}, v.whose.Owner, v.whose.Of)
		}
		if got := Decide(in).Contested; got != c.want {
			t.Errorf("%s: contested %v, want %v", name, got, c.want)
		}
	}
}

// TestHidersAreFound: by value it is known of each requester whether another
// hides it, as a search through all cells finds it.
func TestHidersAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, r := genInput(t), new(Result)
		d := new(decider)
		d.decide(&in, r)
		d.values.list = r.values
		d.hiders = d.hiders[:0]
		for i := range in.Cells {
			value, report := r.Decisions[i].value, in.Cells[i].Report
			if value < 0 || report < 0 || int(report) >= len(in.Reports) {
				continue
			}
			want := false
			for j := range in.Cells {
				want = want || r.Decisions[j].value == value && r.vote(j) != Keep && d.another(in.Cells[j].Report, report)
			}
			if got := d.hiddenByOther(r, value, report); got != want {
				t.Fatalf("cell %d: %v, want %v", i, got, want)
			}
		}
	})
}

// TestClaimOnTheRecipient: no report makes the recipient's registered machines
// its own requester's.
func TestClaimOnTheRecipient(t *testing.T) {
	claims := report(Party{ID: "mallory"}, conditions(t, block("conditions: no-relay", "my-site: 198.51.100.0/24")))
	o := NewOwnership([]Report{report(certU(), nil), claims}, ispR(VerifiedTLS), Party{})
	o.Target("198.51.100.9", 0)
	o.Target("198.51.100.9", 1) // the later mark takes nothing from the earlier one
	for value, want := range map[string]Owner{"198.51.100.77": OwnerRecipient, "198.51.100.9": OwnerRecipient} {
		for k := range int32(2) {
			if whose := o.Of(ClassAddress, value, k); whose.Owner != want {
				t.Errorf("%s in report %d: %s, want %s", value, k, whose.Owner, want)
			}
		}
	}
	o = NewOwnership([]Report{report(certU(), nil), claims}, csirtN(), Party{})
	o.Target("10.0.0.9", 0)
	o.Target("10.0.0.9", 1)
	for k := range int32(2) {
		if whose := o.Of(ClassAddress, "10.0.0.9", k); whose != (Whose{OwnerMine, k}) {
			t.Errorf("in report %d: %s of %d, want its own", k, whose.Owner, whose.Of)
		}
	}
}

// TestCase_183_OwnReportHidesNothing: what a recipient's own report marks takes
// nothing from what another's tells it.
func TestCase_183_OwnReportHidesNothing(t *testing.T) {
	mine, own := report(certU(), conditions(t, "conditions: minimal")), report(ispR(VerifiedTLS), conditions(t, "conditions: minimal"))
	mine.Roles = SourceSite
	in := Input{Reports: []Report{mine, own}, Recipient: ispR(VerifiedTLS), Stage: Acknowledged, Now: now, Owners: []Whose{{Owner: OwnerRecipient}, {Owner: OwnerThird}}, Cells: []Cell{
		{Path: "/x", Class: ClassAddress, Value: "198.51.100.77"},
		{Path: "/x", Class: ClassAddress, Value: "198.51.100.77", Report: 1},
	}}
	if r := Decide(in); r.Decisions[0].Action != Keep || r.Contested {
		t.Errorf("its address is told: %s, contested %v", r.Decisions[0].Action, r.Contested)
	}
}
