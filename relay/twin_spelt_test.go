package relay

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"iodefgw/relay/disclosure"
	"iodefgw/relay/leak"
)

// named is a Node's name.
func named(name string) string {
	return `<DomainData system-status="unknown" domain-status="unknown"><Name>` + name + `</Name></DomainData>`
}

// past is a History.
func past(text string) string {
	return `<History><HistoryItem action="investigate"><DateTime>2026-11-19T00:00:00Z</DateTime><Description>` + text + `</Description></HistoryItem></History>`
}

// TestHiddenForTheSameReason: what is withheld because it spells a withheld
// address, or stands below or at a withheld name, is withheld in the twin too: an
// honest notice is not stopped for it.
func TestHiddenForTheSameReason(t *testing.T) {
	for _, c := range []struct{ policy, source, log, more string }{
		{log: "query: 25.113.0.203.in-addr.arpa IN PTR"},
		{log: "query: 5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa IN PTR"},
		{log: "query: b._dns.5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa IN PTR"},
		{log: "2001-db8-1--25.ipv6-literal.net"},
		{log: "Message-ID: x.203.0.113.25@w.isp-r.example"},
		{log: "GET http://w.isp-r.example/www.example.co.jp/login", policy: "[[rule]]\nset = { hostname = \"drop\" }\n"},
		{log: "GET http://[2001:db8:1::25]:8080/x"},
		{log: "h203x0x113x25.example.co.jp"},
		{log: "pc203-0-113-25.example.co.jp"},
		{log: "2a203-0-113-25.example.co.jp"},
		{log: "198.18.9.0/24 query: 9.9.18.198.in-addr.arpa IN PTR"},
		{log: "198.18.9.5", source: addr("ipv4-net", "198.18.9.0/28")},
		{log: "query elsewhere.example", source: named("bad.elsewhere.example")},
		{log: "query elsewhere.example", source: addr("e-mail", "joe@elsewhere.example")},
		{log: "query elsewhere.example", source: addr("site-uri", "http://bad.elsewhere.example/p"), more: "http://bad.elsewhere.example/p"},
		{log: "GET http://example.co.jp/", policy: "[[rule]]\nset = { hostname = \"drop\" }\n"},
		{log: "GET http://www.example.co.jp:8080/", policy: "[[rule]]\nset = { hostname = \"drop\" }\n"},
		{log: "www.example.co.jp example.co.jp", policy: "[[rule]]\nset = { \"mine:hostname\" = \"mask\" }\n"},
	} {
		d := newDesk(t, c.policy, certU(), ispR(disclosure.CSIRT), orgV())
		report := reportWith(`<EventData><Flow>` + system("source", addr("ipv4-addr", "198.51.100.77")+c.source) + `</Flow><Record><RecordData><RecordItem dtype="string">` + c.log +
			` x</RecordItem></RecordData></Record></EventData>` + past(c.more))
		for _, stage := range []disclosure.Stage{disclosure.Acknowledged, disclosure.Trusted} {
			n := d.tell("isp-r", stage, d.report("cert-u", "conditions: hide-my-ip\n", report))
			if n.Refusal != "" {
				t.Errorf("%q at %s, source %q: %s, scan %s %q, twin %s", c.log, stage, c.source, n.Refusal, n.Scan, n.Leaks, n.Twin)
			}
		}
	}
}

// TestDomainOfTwoReports: a requester hides its names in one report, and so they
// are hidden in its other one.
func TestDomainOfTwoReports(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.CSIRT), orgV())
	flow := `<Flow>` + system("source", addr("ipv4-addr", "198.51.100.77")) + `</Flow>`
	n := d.told("isp-r", disclosure.Trusted, d.report("cert-u", "conditions: minimal\n", reportWith(`<EventData>`+flow+`</EventData>`)),
		d.report("cert-u", "conditions: forward-log-as-is\n", reportWith(`<EventData>`+flow+`<Record><RecordData><RecordItem dtype="string">query example.co.jp</RecordItem></RecordData></Record></EventData>`)))
	if got := n.Draft.Logs[0]; got != "query [withheld:hostname]" {
		t.Errorf("told %q", got)
	}
}

// TestTwinOfWhatAlsoStandsApart: a value that a log withholds is another one in the
// twin, also where it stands in a History, of which nothing is told anyway.
func TestTwinOfWhatAlsoStandsApart(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.CSIRT), orgV())
	n := d.told("isp-r", disclosure.Trusted, d.report("cert-u", blockOf("conditions: hide-my-ip\nmy-hosts: hide\n"), reportWith(`<EventData><Flow>`+system("source", addr("ipv4-addr", "198.51.100.77"))+
		`</Flow><Record><RecordData><RecordItem dtype="string">203.0.113.9 www.example.co.jp soc@example.co.jp</RecordItem></RecordData></Record></EventData>`+past("203.0.113.9 www.example.co.jp soc@example.co.jp"))))
	twin := new(twinner)
	twin.begin(n, rand.New(rand.NewPCG(1, 2)))
	twin.draw()
	seen := 0
	for i, c := range n.material.cells {
		if c.In == 0 || !strings.Contains(" 203.0.113.9 www.example.co.jp soc@example.co.jp ", " "+c.Value+" ") {
			continue
		}
		seen++
		if twin.twin.cells[i].Value == c.Value {
			t.Errorf("%s at %s is its own twin", c.Value, n.material.path(i))
		}
	}
	if seen != 6 {
		t.Errorf("%d places, want 6", seen)
	}
}

// TestHostThatIsTold: a URL of nothing but a host that the notice tells, in a log
// that it does not carry, is no leak of the URL.
func TestHostThatIsTold(t *testing.T) {
	for _, c := range []struct{ source, log string }{
		{addr("ipv4-addr", "198.18.9.9"), "GET http://198.18.9.9/"},
		{addr("ipv6-addr", "2001:db8:9::9"), "GET http://[2001:db8:9::9]/"},
		{named("bad.elsewhere.example"), "GET http://bad.elsewhere.example/"},
	} {
		d := newDesk(t, "", certU(), ispR(disclosure.CSIRT), orgV())
		report := reportWith(`<EventData><Flow>` + system("source", addr("ipv4-addr", "198.51.100.77")) + system("source", c.source) + `</Flow><Record><RecordData><RecordItem dtype="string">` + c.log +
			` x</RecordItem></RecordData></Record></EventData>`)
		n := d.tell("isp-r", disclosure.FirstContact, d.report("cert-u", "conditions: hide-my-ip\n", report))
		if n.Refusal != "" {
			t.Errorf("%q: %s, scan %s %q, twin %s", c.log, n.Refusal, n.Scan, n.Leaks, n.Twin)
		}
	}
}

// TestHostThatIsNotTold: a URL that is withheld is looked for, also beside a log
// that goes as it is, which has no value.
func TestHostThatIsNotTold(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.CSIRT), orgV())
	report := reportWith(`<EventData><Description>see http://third.example/kit</Description><Flow>` + system("source", addr("ipv4-addr", "198.51.100.77")) +
		`</Flow><Record><RecordData><RecordItem dtype="string">from 198.51.100.77</RecordItem></RecordData></Record></EventData>`)
	n := d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", "conditions: forward-log-as-is\n", report))
	if !slices.Equal(n.Draft.Logs, []string{"from 198.51.100.77"}) {
		t.Fatalf("the logs are told as %q", n.Draft.Logs)
	}
	withheld, _ := n.values()
	if !slices.ContainsFunc(withheld, func(v leak.Value) bool { return v.Text == "http://third.example/kit" }) {
		t.Errorf("the scan looks for %v", withheld)
	}
}
