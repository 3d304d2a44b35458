package relay

import (
	"strings"
	"testing"

	"iodefgw/relay/disclosure"
	"iodefgw/relay/leak"
)

// inLog is the log of a report, and what isp-r, acknowledged, reads of it.
type inLog struct{ log, want string }

// logsTold fails where a log is told in other words, or stops the notice.
func logsTold(t *testing.T, u *Party, conditions string, p parts, cases []inLog) {
	t.Helper()
	for _, c := range cases {
		p := p
		p.record = `<Record><RecordData><RecordItem dtype="string">` + strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(c.log) + `</RecordItem></RecordData></Record>` + p.record
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
		{"http://anna:pass@[2001:db8:2::77]/x", "http://[withheld:account]@[2001:db8:2::77]/x"},
		{"http://anna:pass@[2a00:1450::200e]/x", "http://[withheld:account]@[withheld:url]"},
		{"http://nas/?id=7", "[withheld:url]"}, // too short to be looked for without its scheme
	})
	logsTold(t, certU(), hideHosts, parts{}, []inLog{
		{"http://www.example.co.jp/in?who=anna", "[withheld:url]"},
		{"http://w.isp-r.example/in?d=www.example.co.jp", "http://w.isp-r.example/in?d=[withheld:hostname]"},
	})
}

// TestEscapesInTheLog: an escape parts words, or joins a name and its domain,
// as what it stands for does.
func TestEscapesInTheLog(t *testing.T) {
	u := certU()
	u.Aliases = []string{"Hanako Mori", "森花子"}
	logsTold(t, u, hideHosts, parts{}, []inLog{
		{"q=x%20192.0.2.9 q=%22192.0.2.9%22", "q=x%20[withheld:ipv4] q=%22[withheld:ipv4]%22"},
		{"q=x%2520192.0.2.9", "q=x%2520[withheld:ipv4]"},
		{`GET /\x20192.0.2.9 \u0022192.0.2.9\u0022`, `GET /\x20[withheld:ipv4] \u0022[withheld:ipv4]\u0022`},
		{"u=anna%40mail.example&v=", "u=[withheld:email]&v="},
		{"h=%22www.example.co.jp%22 h=%22isp-r.example", "h=%[withheld:hostname]%22 h=%22isp-r.example"},
		{"load 50%192.0.2.9", "load 50%[withheld:ipv4]"},
		{"n=%20Hanako%20Mori n=Hanako+Mori n=%E6%A3%AE%E8%8A%B1%E5%AD%90 \\u68ee\\u82b1\\u5b50", "n=%20[withheld:org] n=[withheld:org] n=[withheld:org] [withheld:org]"},
		{"u=http%3A%2F%2Fother.example%2Fx", "u=[withheld:url]"},
		{"http://w.isp-r.example/a%20b?c=%20", "http://w.isp-r.example/a%20b?c=%20"},
	})
}

// TestLettersInTheLog: a name is one value, whatever letters it has.
func TestLettersInTheLog(t *testing.T) {
	u := certU()
	u.Domains = append(u.Domains, "grün-weiß.example", "酒蔵sake.example")
	logsTold(t, u, hideHosts, parts{}, []inLog{
		{"host www.grün-weiß.example, m%C3%B6we.example", "host [withheld:hostname], [withheld:hostname]"},
		{"host 酒蔵sake.example", "host [withheld:hostname]"},
		{"mail søren.å@mail.example 森@mail.example из@пример.рф", "mail [withheld:email] [withheld:email] [withheld:email]"},
		{"host å_b.möwe.example", "host [withheld:hostname]"},
		{"サーバw.isp-r.example", "サーバw.isp-r.example"},
	})
}

// TestPhonesInTheLog: a contact's telephone number is known by its last digits.
func TestPhonesInTheLog(t *testing.T) {
	p := parts{contacts: `
  <Contact role="tech" type="person"><ContactName>Mori</ContactName><Telephone><TelephoneNumber>+81-3-5555-0147</TelephoneNumber></Telephone></Contact>
  <Contact role="tech" type="person"><ContactName>Hayashi</ContactName><Telephone><TelephoneNumber>+49 30 555501 20</TelephoneNumber></Telephone></Contact>`}
	logsTold(t, certU(), "conditions: hide-my-ip\n", p, []inLog{
		{"port 80 03-5555-0147, (03)5555-0147 or 0355550147.", "port 80 [withheld:person], [withheld:person] or [withheld:person]."},
		{"+81-3-5555-0147 +81 (0)3 5555 0147 0081355550147", "[withheld:person] [withheld:person] [withheld:person]"},
		{"０３－５５５５－０１４７ ０３（５５５５）０１４７ t=%2B81+3+5555+0147", "[withheld:person] [withheld:person] t=[withheld:person]"},
		{"(030) 55550120, +49.30.555501.20", "[withheld:person], [withheld:person]"},
		{"2003555501478 03-5556-0147 id=47 0147 5550147", "2003555501478 03-5556-0147 id=47 0147 5550147"},
	})
	if kind, _ := scanKind(disclosure.ClassPerson, "+81-3-5555-0147"); kind != leak.Text {
		t.Errorf("the scan looks for a telephone number as a %s", kind)
	}
}

// TestPhonesOfOneElement: several numbers, with words that say what they are, and
// with extensions, which are the same line.
func TestPhonesOfOneElement(t *testing.T) {
	for _, c := range []struct{ element, log, want string }{
		{"+81-3-5555-0147 ext. 12", "03-5555-0147 ext. 12, 03-5555-0147", "[withheld:person] ext. 12, [withheld:person]"},
		{"03-5555-0147 x12", "+81 3 5555 0147 (x12) 03-5555-0147x12", "+81 [withheld:person] (x12) [withheld:person]x12"},
		{"tel:+81-3-5555-0147;ext=12", "tel:+81-3-5555-0147;ext=12 Tel. 03-5555-0147", "[withheld:org] Tel. [withheld:person]"},
		{"Tel 03-5555-0147, Fax 03-5555-0148", "03-5555-0147 0355550148 03-5555-0149", "[withheld:person] [withheld:person] 03-5555-0149"},
		{"03-5555-0147 03-5555-0148", "03-5555-0147 or 03-5555-0148", "[withheld:person] or [withheld:person]"},
		{"03-5555-0147 (内線 12)", "03-5555-0147", "[withheld:person]"},
		{"03-5555-0147 ext. 1234567", "03-5555-0147 1234567", "[withheld:person] 1234567"},
		{"03-5555-0147/+81 3 5555 0148", "(03)5555-0147 (03)5555-0148", "[withheld:person] [withheld:person]"},
		{"03-5555-0147,03-5555-0148", "03-5555-0147 and 03-5555-0148", "[withheld:person] and [withheld:person]"},
		{"Mori, 03-5555-0147", "03-5555-0147", "03-5555-0147"},
	} {
		p := parts{contacts: `<Contact role="tech" type="person"><ContactName>Mori</ContactName><Telephone><TelephoneNumber>` + c.element + `</TelephoneNumber></Telephone></Contact>`}
		logsTold(t, certU(), "conditions: hide-my-ip\n", p, []inLog{{c.log, c.want}})
	}
}

// TestMACsInTheLog: netfilter logs the whole Ethernet header, a DHCP server the
// type of a client's address before it.
func TestMACsInTheLog(t *testing.T) {
	logsTold(t, certU(), "conditions: hide-my-ip\n", parts{}, []inLog{
		{"IN=eth0 OUT= MAC=00:00:5e:00:53:01:00:00:5e:00:53:02:08:00 SRC=198.51.100.77", "IN=eth0 OUT= MAC=[withheld:mac]:[withheld:mac]:08:00 SRC=198.51.100.77"},
		{"uid 01:00:00:5e:00:53:01", "uid 01:[withheld:mac]"},
	})
}

// TestTheNetworkThatIsTold: the first address of a network is none of a withheld
// one where it is told with its length.
func TestTheNetworkThatIsTold(t *testing.T) {
	u := certU()
	u.Networks = nets("203.0.113.0/25", "2001:db8:1::/49")
	logsTold(t, u, "conditions: hide-my-ip\nmy-addresses: /24\n", parts{}, []inLog{
		{"to 203.0.113.25", "to 203.0.113.0/24"}, {"to 203.0.113.0", "to 203.0.113.0/24"}, {"to 2001:db8:1::25", "to 2001:db8:1::/48"},
	})
}

// TestFilesInTheLog: a file or account that the report names elsewhere is a value
// in its log too.
func TestFilesInTheLog(t *testing.T) {
	p := parts{
		record:   `<Record><RecordData><FileData><File><FileName>Up/drop7.php</FileName></File></FileData></RecordData></Record>`,
		contacts: `<Contact role="tech" type="person"><ContactName>Mori</ContactName><RegistryHandle registry="apnic">HM42-AP</RegistryHandle><RegistryHandle registry="local">admin</RegistryHandle></Contact>`,
	}
	logsTold(t, certU(), "conditions: hide-my-ip\n", p, []inLog{
		{`POST /up/DROP7.php by hm42-ap, C:\up\drop7.php`, `POST /[withheld:path] by [withheld:account], C:\[withheld:path]`},
		{"GET /admin/", "GET /admin/"},
		{"POST /up/drop7.phpx http://w.isp-r.example/up/drop7.php", "POST /up/drop7.phpx http://w.isp-r.example/up/drop7.php"},
	})
}

// TestNeighboursInTheLog: where a network is told in place of an address, no
// other host of it is named behind it.
func TestNeighboursInTheLog(t *testing.T) {
	u := certU()
	u.Networks = nets("203.0.113.0/25")
	logsTold(t, u, "conditions: hide-my-ip\nmy-addresses: /24\n", parts{}, []inLog{
		{"203.0.113.25,26,27; 203.0.113.25-30", "203.0.113.0/24,[withheld:ipv4],[withheld:ipv4]; 203.0.113.0/24-[withheld:ipv4]"},
		{"203.0.113.25,443,2026 203.0.113.25,5x 203.0.113.25,12:14 203.0.113.25,1.5", "203.0.113.0/24,443,2026 203.0.113.0/24,5x 203.0.113.0/24,12:14 203.0.113.0/24,1.5"},
		{"203.0.113.25,30-00-5e-00-53-01", "203.0.113.0/24,[withheld:mac]"},
		{"203.0.113.25,203.0.113.26", "203.0.113.0/24,203.0.113.0/24"},
	})
}

// TestPortsOfTcpdump: behind an address and one more dot stands its port.
func TestPortsOfTcpdump(t *testing.T) {
	logsTold(t, certU(), "conditions: hide-my-ip\n", parts{}, []inLog{
		{"IP 192.0.2.9.40122 > 198.51.100.77.443: Flags [S]", "IP [withheld:ipv4].40122 > 198.51.100.77.443: Flags [S]"},
		{"IP 198.51.100.77.40122 > 203.0.113.25.22: Flags [S]", "IP 198.51.100.77.40122 > [withheld:ipv4].22: Flags [S]"},
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
