package disclosure

import "testing"

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
		if owner, _ := o.Of(ClassAddress, value, 0); owner != OwnerThird {
			t.Errorf("%s in the first report: %s, want third", value, owner)
		}
		if owner, of := o.Of(ClassAddress, value, 1); owner != OwnerMine || of != 1 {
			t.Errorf("%s in the claiming report: %s of %d, want its own", value, owner, of)
		}
	}
}
