package relay

import (
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"iodefgw/iodef"
	"iodefgw/relay/disclosure"
)

// noon is when every notice of the tests is made.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// A desk is a gateway that seals nothing, with parties of its own: what the
// tests ask what somebody would be told.
type desk struct {
	testing.TB
	*Relay
	parties *Parties
}

func newDesk(t testing.TB, policy string, parties ...*Party) *desk {
	t.Helper()
	d := &desk{TB: t}
	for _, p := range parties {
		d.check(p.Normalise())
	}
	var err error
	d.parties, err = NewParties(parties)
	d.check(err)
	rules, err := disclosure.ParsePolicy([]byte("version = 1\napproval = \"auto\"\n" + policy))
	d.check(err)
	templates, err := LoadTemplates(nil)
	d.check(err)
	d.Relay = &Relay{
		Us:      Identity{Name: "GW CSIRT", Address: "ir@gw.example.org", Domain: "gw.example.org"},
		Bounces: "bounce@gw.example.org", Policy: rules, Templates: templates, Rand: rand.NewChaCha8([32]byte{5}),
	}
	return d
}

func (d *desk) check(err error) {
	if err != nil {
		d.Helper()
		d.Fatal(err)
	}
}

// certU reports, ispR holds the source of its report, orgV is somebody else.
func certU() *Party {
	return &Party{ID: "cert-u", Name: "CERT-U", Addresses: []string{"cert@example.co.jp"}, Networks: nets("203.0.113.0/24", "2001:db8:1::/48"),
		Domains: []string{"example.co.jp"}, Relation: disclosure.Peer}
}

func ispR(relation disclosure.Relation) *Party {
	return &Party{ID: "isp-r", Name: "ISP R", Addresses: []string{"abuse@isp-r.example"}, Networks: nets("198.51.100.0/24", "2001:db8:2::/48"),
		Domains: []string{"isp-r.example"}, Relation: relation, Channel: disclosure.VerifiedTLS}
}

func orgV() *Party {
	return &Party{ID: "org-v", Name: "Org V", Addresses: []string{"ir@org-v.example"}, Networks: nets("192.0.2.0/24"), Domains: []string{"org-v.example"}}
}

// report is a signed report of a party with these conditions.
func (d *desk) report(from, conditions, document string) *Report {
	d.Helper()
	doc, err := iodef.Parse([]byte(document))
	d.check(err)
	if len(doc.Incidents()) == 0 {
		d.Fatal("the document has no incident")
	}
	return NewReport("1", d.parties.ByID(from), disclosure.Signed, doc, doc.Incidents()[0], "", conditions)
}

// tell is what a party would be told of reports at a stage.
func (d *desk) tell(to string, stage disclosure.Stage, reports ...*Report) *Notice {
	d.Helper()
	n, err := d.Preview(&Ticket{Number: "GW#00000042", Reports: reports}, Recipient{Party: d.parties.ByID(to), Stage: stage}, d.parties, noon)
	d.check(err)
	return n
}

// told is tell for a notice that must come about and be proved.
func (d *desk) told(to string, stage disclosure.Stage, reports ...*Report) *Notice {
	d.Helper()
	n := d.tell(to, stage, reports...)
	if n.Refusal != "" {
		d.Fatalf("nothing is told: %s %q", n.Refusal, n.Leaks)
	}
	return n
}

// exampleReport is the common report of the worked examples.
func exampleReport(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "testdata", "examples", "report.xml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func nets(list ...string) (out []netip.Prefix) {
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}
