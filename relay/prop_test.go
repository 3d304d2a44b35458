package relay

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"iodefgw/relay/disclosure"
)

// pool are values of the requester, the recipient, somebody registered and
// somebody unknown, some of which spell or contain one another.
var pool = []string{
	"203.0.113.25", "203.0.113.26", "2001:db8:1::25", "www.example.co.jp", "r-203-0-113-25.example.co.jp", "soc@example.co.jp", "http://www.example.co.jp/a?b=c",
	"198.51.100.77", "198.51.100.78", "host77.isp-r.example", "abuse@isp-r.example", "http://198.51.100.77/x?u=soc@example.co.jp",
	"192.0.2.200", "v.org-v.example", "198.18.9.9", "bad.elsewhere.example", "02:00:5e:10:00:01", "5f4dcc3b5aa765d61d8327deb882cf99", "Org V", "CERT-U",
}

func randomText(t *rapid.T, name string) string {
	var b strings.Builder
	for range rapid.IntRange(1, 6).Draw(t, name+" lines") {
		for range rapid.IntRange(0, 4).Draw(t, name+" words") {
			b.WriteString(rapid.SampledFrom(append([]string{"sshd[812]:", "port 40122", "(", ")", "from"}, pool...)).Draw(t, "word") + " ")
		}
		b.WriteString(rapid.SampledFrom([]string{"\n", "\n", "&#13;\n", ""}).Draw(t, "end"))
	}
	return b.String()
}

func randomReport(t *rapid.T) string {
	var b strings.Builder
	for range rapid.IntRange(1, 3).Draw(t, "events") {
		b.WriteString("<EventData>")
		if rapid.Bool().Draw(t, "described") {
			b.WriteString("<Description>" + randomText(t, "description") + "</Description>")
		}
		if rapid.Bool().Draw(t, "timed") {
			fmt.Fprintf(&b, "<StartTime>2026-11-20T03:%02d:%02d+09:00</StartTime>", rapid.IntRange(0, 59).Draw(t, "minute"), rapid.IntRange(0, 59).Draw(t, "second"))
		}
		b.WriteString("<Flow>")
		for range rapid.IntRange(1, 4).Draw(t, "systems") {
			inner := ""
			for range rapid.IntRange(1, 3).Draw(t, "values") {
				v := rapid.SampledFrom(pool[:16]).Draw(t, "value")
				switch {
				case strings.Contains(v, "://"):
					inner += addr("site-uri", v)
				case strings.Contains(v, "@"):
					inner += addr("e-mail", v)
				case strings.Contains(v, ":"):
					inner += addr("ipv6-addr", v)
				case strings.Trim(v, "0123456789.") == "":
					inner += addr("ipv4-addr", v)
				default:
					inner = `<DomainData system-status="unknown" domain-status="unknown"><Name>` + v + `</Name></DomainData>` + inner
				}
			}
			b.WriteString(system(rapid.SampledFrom([]string{"source", "target", "intermediate"}).Draw(t, "category"), inner))
		}
		b.WriteString("</Flow>")
		if rapid.Bool().Draw(t, "logged") {
			b.WriteString(`<Record><RecordData><RecordItem dtype="string">` + randomText(t, "log") + `</RecordItem></RecordData></Record>`)
		}
		b.WriteString("</EventData>")
	}
	return reportWith(b.String())
}

func randomConditions(t *rapid.T) string {
	var b strings.Builder
	b.WriteString("to: source-site, target-site, csirt, party:isp-r\nrelay: yes\n")
	for _, k := range [][]string{
		{"stage", "first-contact", "acknowledged"}, {"logs", "as-is", "sanitize", "summary"}, {"my-addresses", "keep", "/24", "/20", "pseudonym", "hide"},
		{"my-hosts", "keep", "pseudonym", "hide"}, {"identity", "keep", "hide"}, {"text", "as-is", "sanitize"}, {"time", "minute", "hour"},
	} {
		if v := rapid.SampledFrom(k).Draw(t, k[0]); v != k[0] {
			b.WriteString(k[0] + ": " + v + "\n")
		}
	}
	return blockOf(b.String())
}

// TestWhatIsBuiltIsProved: whatever two requesters report and allow, the
// builder makes nothing that a proof stops; decision and builder agree.
func TestWhatIsBuiltIsProved(t *testing.T) {
	desks := map[disclosure.Relation]*desk{}
	for _, r := range disclosure.Relations() {
		desks[r] = newDesk(t, "third_party_in_as_is_logs = \"allow\"\n", certU(), ispR(r), orgV())
	}
	made := 0
	rapid.Check(t, func(t *rapid.T) {
		d := desks[rapid.SampledFrom(disclosure.Relations()).Draw(t, "relation")]
		stage := rapid.SampledFrom([]disclosure.Stage{disclosure.FirstContact, disclosure.Acknowledged, disclosure.Authenticated, disclosure.Trusted}).Draw(t, "stage")
		reports := []*Report{d.report("cert-u", randomConditions(t), randomReport(t))}
		if rapid.Bool().Draw(t, "a second reporter") {
			reports = append(reports, d.report("org-v", randomConditions(t), randomReport(t)))
		}
		n := d.tell("isp-r", stage, reports...)
		if n.Refusal == NotProved {
			t.Fatalf("scan %s %q, twin %s\n%s", n.Scan, n.Leaks, n.Twin, n.Document)
		}
		if n.Refusal == "" {
			made++
		}
	})
	if made == 0 {
		t.Error("nothing was ever told")
	}
}

// TestCase_92_TogetherNoMoreIsTold: whatever two requesters report and allow, a
// report that comes to the other's ticket tells the recipient nothing there that
// it would not tell it alone. They have but the recipient's own values in common:
// one that the other owns or accuses is decided about once for the whole message.
func TestCase_92_TogetherNoMoreIsTold(t *testing.T) {
	desks := map[disclosure.Relation]*desk{}
	for _, r := range disclosure.Relations() {
		desks[r] = newDesk(t, "", certU(), ispR(r), orgV())
	}
	ofCertU := strings.NewReplacer("192.0.2.", "198.18.7.", "org-v.example", "elsewhere.example", "Org V", "CERT-U")
	ofOrgV := strings.NewReplacer("203.0.113.", "192.0.2.", "203-0-113-", "192-0-2-", "2001:db8:1::", "2001:db8:9::", "example.co.jp", "org-v.example", "CERT-U", "Org V",
		"198.18.9.9", "198.18.5.5", "elsewhere", "otherwhere", "02:00:5e:10:00:01", "02:00:5e:10:00:02", "5f4dcc3b5aa765d61d8327deb882cf99", "6f4dcc3b5aa765d61d8327deb882cf99")
	told, kept := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		d := desks[rapid.SampledFrom(disclosure.Relations()).Draw(t, "relation")]
		stage := rapid.SampledFrom([]disclosure.Stage{disclosure.FirstContact, disclosure.Acknowledged, disclosure.Authenticated, disclosure.Trusted}).Draw(t, "stage")
		reports := []*Report{d.report("cert-u", randomConditions(t), ofCertU.Replace(randomReport(t))), d.report("org-v", randomConditions(t), ofOrgV.Replace(randomReport(t)))}
		together := d.tell("isp-r", stage, reports...)
		i := 0
		for _, r := range reports {
			alone := d.tell("isp-r", stage, r)
			for j := range alone.material.input {
				switch allowed := alone.res.Decisions[j].Action == disclosure.Keep; {
				case !allowed:
					kept++
					if together.Refusal == "" && together.told(i) {
						t.Fatalf("%s of %s is told together, alone it is %s", together.material.path(i), r.Party.ID, alone.res.Decisions[j].Action)
					}
				case together.Refusal == "" && together.told(i):
					told++
				}
				i++
			}
		}
		if i != together.material.input {
			t.Fatalf("%d cells together, %d alone", together.material.input, i)
		}
	})
	if told == 0 || kept == 0 {
		t.Errorf("%d values told and %d withheld: nothing was tried", told, kept)
	}
}
