package mailgw

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

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
