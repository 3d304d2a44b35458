package relay

import (
	"strings"
	"testing"

	"iodefgw/iodef"
	"iodefgw/relay/disclosure"
)

// TestMarkingAbsent: an Incident without restriction is private by the RFC, but
// nobody said so: a grant lifts silence, and its label is the one that counts.
func TestMarkingAbsent(t *testing.T) {
	text := reportWith(`<EventData><Flow>` + system("source", addr("ipv4-addr", "198.51.100.77")) + `</Flow></EventData>`)
	said := strings.Replace(text, `purpose="reporting"`, `purpose="reporting" restriction="private"`, 1)
	for doc, want := range map[string]disclosure.Marking{text: disclosure.MarkAbsent, said: disclosure.ParseRestriction("2.00", "private")} {
		d, err := iodef.Parse([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		if got := markingOf(d.Version(), d.Incidents()[0].Element); got != want {
			t.Errorf("marking %v, want %v\n%s", got, want, doc)
		}
	}
	d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
	if n := d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", blockOf("conditions: hide-my-ip\ntlp: GREEN\n"), text)); n.Draft.TLP != "GREEN" {
		t.Errorf("the grant's label is GREEN, the notice says %s", n.Draft.TLP)
	}
}
