package relay

import (
	"testing"

	"iodefgw/relay/disclosure"
)

// TestNothingNewIsNotTold: a report that brings nothing that its recipient was
// not told before makes no notice; one fact more makes one.
func TestNothingNewIsNotTold(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
	r := d.report("cert-u", "conditions: hide-my-ip\n", exampleReport(t))
	all := d.told("isp-r", disclosure.Acknowledged, r).Said()
	for why, c := range map[string]struct {
		told string
		want int
	}{
		"told nothing": {"", 1}, "told all": {all, 0}, "told all but one": {all[13:], 1},
	} {
		s := Situation{Ticket: Ticket{Number: "GW#00000042", Reports: []*Report{r}}, Told: map[string]string{"isp-r": c.told},
			Known: []Recipient{{Party: d.parties.ByID("isp-r"), Stage: disclosure.Acknowledged, Basis: "network", Token: "t"}}}
		p, err := d.Plan(s, d.parties, Digests{}, noon)
		d.check(err)
		if len(p.Notices) != c.want {
			t.Errorf("%s: %d notices, want %d", why, len(p.Notices), c.want)
		}
	}
}
