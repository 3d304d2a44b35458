package mailgw

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
)

// TestSigns shows each sign by one honest, signed report with one defect, and
// nothing but that sign.
func TestSigns(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u", "org-v")
	report := string(readFile(t, examples, "report.xml"))
	networks := []netip.Prefix{netip.MustParsePrefix("198.51.100.200/32")}
	shown := map[string]bool{}
	for _, c := range []struct {
		name, header string // a header field before the mail
		old, new     string // in the document
		from         string // party, cert-u by default
		want         string
		history      History
		notes        []string // of the signature
	}{
		{name: "honest"},
		{name: "Sender of the party", header: "Sender: list@example.co.jp"},
		{name: "Reply-To of the party", header: "Reply-To: desk@www.example.co.jp"},
		{name: "Sender of a list", header: "Sender: list@lists.elsewhere.net", want: "sender-elsewhere"},
		{name: "Reply-To elsewhere", header: "Reply-To: cert@mail.elsewhere.net", want: "reply-to-elsewhere"},
		{name: "Reply-To that looks alike", header: "Reply-To: cert@examp1e.co.jp", want: "lookalike-domain reply-to-elsewhere"},
		{name: "Reply-To under another ending", header: "Reply-To: cert@example.com", want: "domain-other-ending reply-to-elsewhere"},
		{name: "Reply-To that starts alike", header: "Reply-To: cert@example.co.jp.evil.net", want: "lookalike-domain reply-to-elsewhere"},
		{name: "contact under another ending", old: "<EmailTo>cert@example.co.jp", new: "<EmailTo>cert@example.jp", want: "domain-other-ending made-elsewhere"},
		{name: "Cyrillic Reply-To", header: "Reply-To: cert@\u0435xample.co.jp", want: "lookalike-domain reply-to-elsewhere"},
		{name: "contact that looks alike", old: "<EmailTo>cert@example.co.jp", new: "<EmailTo>cert@exarnple.co.jp", want: "lookalike-domain made-elsewhere"},
		{name: "number of another party", old: "<IncidentID name=\"cert.example.co.jp", new: "<IncidentID name=\"org-v.example", want: "speaks-as-other"},
		{name: "made by another party", old: "<EmailTo>cert@example.co.jp", new: "<EmailTo>ir@org-v.example", want: "speaks-as-other"},
		{name: "number of somebody", old: "<IncidentID name=\"cert.example.co.jp", new: "<IncidentID name=\"cert.elsewhere.net", want: "made-elsewhere"},
		{name: "made by somebody", old: "<EmailTo>cert@example.co.jp", new: "<EmailTo>cert@elsewhere.net", want: "made-elsewhere"},
		{name: "a team's name, no domain", old: "<IncidentID name=\"cert.example.co.jp", new: "<IncidentID name=\"CERT-U"},
		{name: "another party's name", header: "Sender: Org V <cert@example.co.jp>", want: "name-of-other"},
		{name: "an address as name", header: `Sender: "ir@org-v.example" <cert@example.co.jp>`, want: "name-of-other"},
		{name: "in the future", old: "<StartTime>2026-11-20T03:14:07Z", new: "<StartTime>2026-11-21T03:14:07Z", want: "time-in-future times-contradict"},
		{name: "an hour's clock", old: "<StartTime>2026-11-20T03:14:07Z", new: "<StartTime>2026-11-20T04:30:00Z"},
		{name: "ends before it starts", old: "</StartTime>", new: "</StartTime><EndTime>2026-11-19T00:00:00Z</EndTime>", want: "times-contradict"},
		{name: "long ago", old: "<StartTime>2026-11-20T03:14:07Z", new: "<StartTime>2025-11-20T03:14:07Z", want: "time-long-ago"},
		{name: "private source", old: ">198.51.100.77<", new: ">10.0.0.5<", want: "source-bogon log-contradicts"},
		{name: "mapped private source", old: ">198.51.100.77<", new: ">::ffff:10.0.0.5<", want: "source-bogon log-contradicts"},
		{name: "the gateway's own", old: "198.51.100.77", new: "198.51.100.200", want: "source-of-gateway"},
		{name: "the reporter's own", old: "198.51.100.77", new: "203.0.113.99", want: "source-of-reporter"},
		{name: "another's report", from: "org-v", want: "speaks-as-other target-elsewhere"},
		{name: "log of others", old: ">198.51.100.77<", new: ">198.51.100.78<", want: "log-contradicts"},
		{name: "log of another day", old: "Nov 20 12:1", new: "Nov 12 12:1", want: "log-other-time"},
		{name: "log of another month", old: "Nov 20 12:1", new: "2026-05-20 12:1", want: "log-other-time"},
		{name: "log in another zone", old: "Nov 20 12:1", new: "[19/Nov/2026:14:1"},
		{name: "log without addresses", old: "198.51.100.77", new: "the-attacker", want: ""},
		{name: "copied", history: History{SameDocument: true}, want: "same-document"},
		{name: "certified long ago", notes: []string{pgp.NoteSHA1}, want: "sha1-certificate"},
		{name: "same number", history: History{SameID: true}, want: "same-id-other-content"},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc := report
			if c.old != "" && c.name != "log without addresses" {
				// A whole address changes everywhere, an element only once.
				doc = strings.ReplaceAll(report, c.old, c.new)
			} else if c.old != "" {
				head, log, _ := strings.Cut(report, "<RecordItem")
				for _, a := range []string{"198.51.100.77", "203.0.113.25", "192.0.2.200"} {
					log = strings.ReplaceAll(log, a, c.new)
				}
				doc = head + "<RecordItem" + log
			}
			l := letter{from: "cert@example.co.jp", text: "x\n", document: []byte(doc), signer: b.keys["cert-u"]}
			if c.from == "org-v" {
				l.from, l.signer = "ir@org-v.example", b.keys["org-v"]
			}
			raw := b.bytes(l)
			if c.header != "" {
				raw = append([]byte(c.header+"\r\n"), raw...)
			}
			f := b.facts(raw)
			f.History = c.history
			f.Opened.Signatures[0].Notes = c.notes
			v := Screen(f, b.gateway.Current().Parties, Policy{Networks: networks})
			var got []string
			for _, r := range v.Reasons {
				if IsSign(r) {
					got = append(got, r)
					shown[r] = true
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%v, want %q", v.Reasons, c.want)
			}
			weight := 0
			for _, s := range got {
				weight += signs[signOf(s)].weight
			}
			if held := v.Reasons[0] == TagSuspicious; held != (weight >= DefaultSuspicious) || held != (v.Action == Hold) || v.Class != ClassTrusted {
				t.Errorf("%s, %s for %v with weight %d", v.Action, v.Class, v.Reasons, weight)
			}
		})
	}
	for _, s := range signs {
		if !shown[s.name] {
			t.Errorf("no report shows %s", s.name)
		}
		if s.clears == "" || s.weight <= 0 {
			t.Errorf("%s: weight %d, clears %q", s.name, s.weight, s.clears)
		}
	}
}

// facts collects those of a mail received now, with the parties in use.
func (b *bench) facts(raw []byte) Facts {
	m := message.Parse(raw)
	return Collect(m, pgp.Open(m, b.gateway.Current().Parties.Ring, b.gateway.Secret, pgp.Policy{}, b.now), b.now)
}

// TestWeights: the policy sets weights and threshold, and a second, independent
// report of the same source takes weight off.
func TestWeights(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	raw := append([]byte("Reply-To: cert@examp1e.co.jp\r\n"), b.bytes(letter{from: "cert@example.co.jp", text: "x\n",
		document: readFile(t, examples, "report.xml"), signer: b.keys["cert-u"]})...)
	for _, c := range []struct {
		name   string
		policy Policy
		second bool
		want   Action
	}{
		{"as it is", Policy{}, false, Hold}, // 60 + 20
		{"higher threshold", Policy{Suspicious: 81}, false, Accept},
		{"just reached", Policy{Suspicious: 80}, false, Hold},
		{"lighter", Policy{Weights: map[string]int{"lookalike-domain": 29}}, false, Accept},
		{"switched off", Policy{Weights: map[string]int{"lookalike-domain": 0}}, false, Accept},
		{"second report", Policy{}, true, Hold}, // 80 - 30
		{"second report and a lighter sign", Policy{Weights: map[string]int{"reply-to-elsewhere": 10}}, true, Accept},
	} {
		f := b.facts(raw)
		f.History.Second = c.second
		if v := Screen(f, b.gateway.Current().Parties, c.policy); v.Action != c.want {
			t.Errorf("%s: %s for %v, want %s", c.name, v.Action, v.Reasons, c.want)
		}
	}
}

// TestCase_87_CopiedReportIsHeld: who sends another party's report again, or
// takes its number for other content, moves nothing; who reports the same
// source in its own words does.
func TestCase_87_CopiedReportIsHeld(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u", "org-v")
	b.report("conditions: minimal\n")
	before := len(b.deliveries(""))
	report := string(readFile(t, examples, "report.xml"))
	own := strings.NewReplacer("203.0.113.25", "192.0.2.7", "203-0-113-25.example.co.jp", "7.org-v.example", "www.example.co.jp", "www.org-v.example",
		"cert@example.co.jp", "ir@org-v.example", "cert.example.co.jp", "org-v.example", ">4711<", ">17<").Replace(report)
	send := func(doc string) []string {
		b.send(letter{from: "ir@org-v.example", text: "conditions: forward-log-as-is\n", document: []byte(doc), signer: b.keys["org-v"]})
		return b.last().Reasons
	}
	if got := send(report); got[0] != TagSuspicious || !slices.Contains(got, "same-document") || b.last().State != "held" {
		t.Errorf("copy: %s for %v", b.last().State, got)
	}
	if got := send(strings.Replace(report, "198.51.100.77 port", "198.51.100.77 Port", 1)); got[0] != TagSuspicious || !slices.Contains(got, "same-id-other-content") {
		t.Errorf("same number: %v", got)
	}
	if after := len(b.deliveries("")); after != before {
		t.Errorf("%d deliveries, were %d", after, before)
	}
	if got := send(own); b.last().State != "accepted" {
		t.Errorf("own report: %s for %v", b.last().State, got)
	}
	b.fsck()
}
