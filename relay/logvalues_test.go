package relay

import (
	"strings"
	"testing"

	"iodefgw/relay/disclosure"
)

// inLog is the log of a report, and what isp-r, acknowledged, reads of it.
type inLog struct{ log, want string }

// logsTold fails where a log is told in other words, or stops the notice.
func logsTold(t *testing.T, u *Party, conditions string, p parts, cases []inLog) {
	t.Helper()
	for _, c := range cases {
		p.record = `<Record><RecordData><RecordItem dtype="string">` + strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(c.log) + `</RecordItem></RecordData></Record>`
		d := newDesk(t, "", u, ispR(disclosure.AbuseDesk), orgV())
		n := d.tell("isp-r", disclosure.Acknowledged, d.report("cert-u", blockOf(conditions), reportOf(p)))
		if n.Refusal != "" {
			t.Errorf("%s: %s %q, twin %s", c.log, n.Refusal, n.Leaks, n.Twin)
			continue
		}
		got, _, _ := strings.Cut(strings.Join(n.Draft.Logs, ""), "\n[")
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.log, got, c.want)
		}
	}
}

const hideHosts = "conditions: hide-my-ip\nmy-hosts: hide\n"

// TestCase_140_URLsInALog: of a URL that may be told the login is not, and what
// stands in its query has its own say; one that is not told takes its query with it.
func TestCase_140_URLsInALog(t *testing.T) {
	logsTold(t, certU(), "conditions: hide-my-ip\n", parts{}, []inLog{
		{"http://w.isp-r.example/in?id=7#top", "http://w.isp-r.example/in?id=7#top"},
		{"http://w.isp-r.example/in?to=anna@mail.example&from=192.0.2.9#top", "http://w.isp-r.example/in?to=[withheld:email]&from=[withheld:ipv4]#top"},
		{"http://w.isp-r.example/out/anna@mail.example/go.", "http://w.isp-r.example/out/[withheld:email]/go."},
		{"http://anna:pass@w.isp-r.example/in", "http://[withheld:account]@w.isp-r.example/in"},
		{"http://anna%40mail.example:pass@w.isp-r.example/?203.0.113.25=1", "http://[withheld:account]@w.isp-r.example/?[withheld:ipv4]=1"},
		{"http://w.isp-r.example/in?by=CERT-U&host=203-0-113-25.isp.example", "http://w.isp-r.example/in?by=[withheld:org]&host=[withheld:hostname]"},
		{"http://w.isp-r.example/in?n=3405803801&x=1", "http://w.isp-r.example/in[withheld:url]"},
		{"http://w.isp-r.example/in?n=cb007119", "http://w.isp-r.example/in[withheld:url]"},
		{"http://w.isp-r.example/in?n=203000113025", "http://w.isp-r.example/in[withheld:url]"},
		{"http://w.isp-r.example/in?h=6f0bb9ba6bfb2a1bf2ff1d9bdd0b4a1e", "http://w.isp-r.example/in?h=[withheld:hash]"},
		{"http://other.example/in?who=anna&of=198.51.100.77", "[withheld:url]198.51.100.77"},
		{"http://w.isp-r.example/in?u=http://other.example/x?y=anna;198.51.100.77", "http://w.isp-r.example/in?u=[withheld:url]198.51.100.77"},
		{"(http://w.isp-r.example/in?)", "(http://w.isp-r.example/in?)"},
	})
	logsTold(t, certU(), hideHosts, parts{}, []inLog{
		{"http://www.example.co.jp/in?who=anna", "[withheld:url]"},
		{"http://w.isp-r.example/in?d=www.example.co.jp", "http://w.isp-r.example/in?d=[withheld:hostname]"},
	})
}

// TestAQueryExcusesNothing: what a URL that is told has in its query is looked
// for like any other text.
func TestAQueryExcusesNothing(t *testing.T) {
	u := certU()
	u.Domains = append(u.Domains, "mori.example.net")
	d := newDesk(t, "", u, ispR(disclosure.AbuseDesk), orgV())
	text := strings.Replace(exampleReport(t), "Failed password", "http://w.isp-r.example/in?d=net.example.mori", 1)
	if n := d.tell("isp-r", disclosure.Acknowledged, d.report("cert-u", blockOf(hideHosts), text)); n.Scan != ScanLeak {
		t.Errorf("scan %s", n.Scan)
	}
}
