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
