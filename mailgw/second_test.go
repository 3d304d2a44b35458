package mailgw

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"iodefgw/relay"
	"iodefgw/store"
)

// TestCase_87_NumbersTellNoSecondReporter: what a requester sees of our numbers
// is the same whether or not somebody else has reported the same source.
func TestCase_87_NumbersTellNoSecondReporter(t *testing.T) {
	const name = "4-two-reporters"
	orgV := func(b *bench, id, source string) string {
		t.Helper()
		doc := strings.Replace(string(readFile(t, examples, name, "org-v-report.xml")), "<IncidentID", "<!-- "+id+" --><IncidentID", 1)
		doc = regexp.MustCompile(`(<IncidentID[^>]*>)[^<]*`).ReplaceAllString(doc, "${1}"+id)
		doc = strings.ReplaceAll(doc, "198.51.100.77", source)
		before := len(b.deliveries("org-v"))
		if d := b.send(letter{from: "ir@org-v.example", text: "conditions: minimal\n", document: []byte(doc), signer: b.keys["org-v"]}); d != Processed {
			t.Fatalf("became %q for %v", d, b.last().Reasons)
		}
		receipt := b.deliveries("org-v")[before]
		return regexp.MustCompile(`GW#[0-9]+`).FindString(plain(receipt))
	}
	seen := func(alone bool) (numbers []string) {
		b := newBench(t, examples+"/"+name+"/parties.toml", auto, "cert-u", "org-v", "csirt-n")
		other := "198.51.100.200"
		if !alone {
			// cert-u accuses both addresses: with its report all are one ticket.
			other = "198.51.100.77"
		}
		b.send(letter{from: "cert@example.co.jp", text: "conditions: minimal\n", signer: b.keys["cert-u"],
			document: document(t, "198.51.100.77</Address>", other+`</Address><Address category="ipv4-addr">198.51.100.78</Address>`)})
		for _, r := range [][2]string{{"a", "198.51.100.77"}, {"b", "198.51.100.77"}, {"c", "198.51.100.78"}, {"a", "198.51.100.77"}} {
			b.now = b.now.Add(time.Minute)
			numbers = append(numbers, orgV(b, r[0], r[1]))
		}
		for _, n := range numbers {
			if _, err := b.store.TicketByNumber(t.Context(), n); err != nil {
				t.Errorf("%s: %v", n, err)
			}
		}
		tickets, err := b.store.Tickets(t.Context(), store.TicketFilter{})
		b.check(err)
		if !alone && len(tickets) != 1 {
			t.Errorf("%d tickets; the reports are no longer linked", len(tickets))
		}
		// Nothing that org-v gets names the ticket by cert-u's number.
		for _, d := range b.deliveries("org-v") {
			if strings.Contains(plain(d), tickets[0].Number) {
				t.Errorf("org-v is told %s:\n%s", tickets[0].Number, plain(d))
			}
		}
		b.fsck()
		return numbers
	}
	with, without := seen(false), seen(true)
	if !slices.Equal(with, without) || with[0] != with[3] {
		t.Errorf("numbers with another reporter %q, without %q", with, without)
	}
}

// TestCase_169_NobodySilencesAnother: a requester that calls the accused machine
// its own takes nothing from what another tells its owner; where the owner
// itself, or a marking, takes it from a third, a person sees that first.
func TestCase_169_NobodySilencesAnother(t *testing.T) {
	const name = "4-two-reporters"
	second := func(t *testing.T, from, conditions string, change ...string) *bench {
		t.Helper()
		b := newBench(t, examples+"/"+name+"/parties.toml", auto, "cert-u", "org-v", "csirt-n", "isp-r")
		b.send(letter{from: "cert@example.co.jp", text: string(readFile(t, examples, name, "cert-u-conditions.txt")), document: document(t), signer: b.keys["cert-u"]})
		mail := map[string]string{"org-v": "ir@org-v.example", "isp-r": "abuse@isp-r.example"}[from]
		doc := document(t, append([]string{"cert.example.co.jp", from + ".example", "CERT-U", "Zyxoqu", "cert@example.co.jp", mail}, change...)...)
		if d := b.send(letter{from: mail, text: conditions, document: doc, signer: b.keys[from]}); d != Processed {
			t.Fatalf("the second report became %q for %v", d, b.last().Reasons)
		}
		return b
	}
	contested := func(b *bench, party string) {
		t.Helper()
		all, err := b.store.Decisions(t.Context(), 1, party)
		b.check(err)
		if last := all[len(all)-1]; last.Refusal != relay.Contested {
			t.Errorf("the last decision for %s: %+v", party, last)
		}
	}
	live := func(b *bench, party string) (out []store.Delivery) {
		for _, d := range b.deliveries(party) {
			if d.State != store.Cancelled && d.Kind == store.KindNotice {
				out = append(out, d)
			}
		}
		return out
	}
	for what, conditions := range map[string]string{
		"claimed":           "-----BEGIN DISCLOSURE CONDITIONS-----\nconditions: no-relay\nmy-site: 198.51.100.0/24\n-----END DISCLOSURE CONDITIONS-----\n",
		"claimed and given": "-----BEGIN DISCLOSURE CONDITIONS-----\nconditions: hide-my-ip\nmy-site: 198.51.100.0/24\n-----END DISCLOSURE CONDITIONS-----\n",
	} {
		t.Run(what, func(t *testing.T) {
			b := second(t, "org-v", conditions)
			got := live(b, "isp-r")
			if len(got) != 1 || got[0].State != store.Queued || !strings.Contains(plain(got[0]), "198.51.100.77") {
				t.Errorf("isp-r's notice: %v", kinds(got))
			}
			b.fsck()
		})
	}
	t.Run("by its owner", func(t *testing.T) {
		b := second(t, "isp-r", "conditions: no-relay\n")
		contested(b, "csirt-n")
		if got := live(b, "isp-r"); len(got) != 1 || got[0].State != store.Queued || !strings.Contains(plain(got[0]), "198.51.100.77") {
			t.Errorf("isp-r's own notice: %v", kinds(got))
		}
		b.fsck()
	})
	t.Run("by a claim, from a third", func(t *testing.T) {
		b := second(t, "org-v", "-----BEGIN DISCLOSURE CONDITIONS-----\nconditions: no-relay\nmy-site: 198.51.100.0/24\n-----END DISCLOSURE CONDITIONS-----\n")
		contested(b, "csirt-n")
		b.fsck()
	})
}

// TestSecondIsNotAsked: a requester that lets nothing go to a recipient hears
// neither that it asks for more nor what it answers: it would learn that
// somebody else has reported.
func TestSecondIsNotAsked(t *testing.T) {
	const name = "4-two-reporters"
	b := newBench(t, examples+"/"+name+"/parties.toml", auto, "cert-u", "org-v", "csirt-n", "isp-r")
	b.send(letter{from: "cert@example.co.jp", text: "conditions: minimal\n", document: document(t), signer: b.keys["cert-u"]})
	b.send(letter{from: "ir@org-v.example", text: "conditions: no-relay\n", document: readFile(t, examples, name, "org-v-report.xml"), signer: b.keys["org-v"]})
	b.answers("Please send logs.\n", true)
	b.sendAnswer("conditions: forward-log-as-is\n", ispAnswer(t), "isp-r")
	wantKinds(t, b.deliveries("org-v"), "org-v ack  sent")
	decisions, err := b.store.Decisions(t.Context(), 1, "org-v")
	b.check(err)
	if len(decisions) != 1 {
		t.Errorf("%d decisions about org-v, want that of its receipt", len(decisions))
	}
	if got := kinds(b.deliveries("cert-u")); !slices.Contains(got, "cert-u question  sent") || !strings.Contains(strings.Join(got, ","), "cert-u answer") {
		t.Errorf("cert-u got %v", got)
	}
	b.fsck()
}
