package relay

import (
	"strings"
	"testing"

	"iodefgw/relay/disclosure"
)

// TestNameInAHiddenNetwork: cert-u lets its addresses and names go, org-v has
// one of the addresses in a log that it does not let go, so that cert-u's
// network is hidden. No name that spells an address of it is told then, and the
// notice is made without it.
func TestNameInAHiddenNetwork(t *testing.T) {
	const name = "r-203-0-113-25.example.co.jp"
	events := func(more string) string {
		flow := system("source", addr("ipv4-addr", "198.51.100.77")) + system("source", addr("ipv4-addr", "203.0.113.26")) +
			system("source", `<DomainData system-status="unknown" domain-status="unknown"><Name>`+name+`</Name></DomainData>`)
		return reportWith(`<EventData><Flow>` + flow + `</Flow></EventData>` + more)
	}
	other := reportWith(`<EventData><Flow>` + system("source", addr("ipv4-addr", "198.51.100.77")) +
		`</Flow><Record><RecordData><RecordItem dtype="string">203.0.113.26</RecordItem></RecordData></Record></EventData>`)
	for why, more := range map[string]string{
		"the address is in a report": `<EventData><Flow>` + system("source", addr("ipv4-addr", "203.0.113.25")) + `</Flow></EventData>`,
		"it is in none":              "",
	} {
		d := newDesk(t, "", certU(), ispR(disclosure.OwnConstituency), orgV())
		n := d.told("isp-r", disclosure.Acknowledged,
			d.report("cert-u", blockOf("to: source-site, party:isp-r\nrelay: yes\nmy-addresses: keep\nmy-hosts: keep\n"), events(more)),
			d.report("org-v", blockOf("to: source-site, party:isp-r\nrelay: yes\n"), other))
		if strings.Contains(n.Document, name) {
			t.Errorf("%s: the name is told\n%s", why, n.Document)
		}
	}
}
