package relay

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"iodefgw/relay/disclosure"
)

// logged is the worked examples' report with another log.
func logged(t *testing.T, log string) string {
	head, tail, _ := strings.Cut(exampleReport(t), "<RecordItem dtype=\"string\">")
	_, tail, ok := strings.Cut(tail, "</RecordItem>")
	if !ok {
		t.Fatal("the report has no log")
	}
	return head + "<RecordItem dtype=\"string\">" + log + "</RecordItem>" + tail
}

// TestNameInTwoLines: a name that goes on in the next line, and line ends of any
// kind, do not make a line pass for another: an extract shows the lines that name
// the recipient, and a dropped value removes its own.
func TestNameInTwoLines(t *testing.T) {
	extract, full := "conditions: forward-log-as-is\nstage: first-contact\n", "conditions: hide-my-ip\nlogs: sanitize\n"
	for _, c := range []struct {
		name, policy, conditions string
		stage                    disclosure.Stage
		log, want                string
	}{
		{"extract", "", extract, disclosure.FirstContact,
			"by Org\nV 198.51.100.77 own\nsecret 203.0.113.9\nlast 198.51.100.77\nsecret\n",
			"[withheld:org] 198.51.100.77 own\nlast 198.51.100.77\n[1 third-party value withheld]\n"},
		{"empty lines within the name", "", extract, disclosure.FirstContact,
			"by Org\n \n\n  V\n198.51.100.77 own\nsecret\n",
			"198.51.100.77 own\n[1 third-party value withheld]\n"},
		{"carriage returns", "", extract, disclosure.FirstContact,
			"198.51.100.77 own&#13;secret 203.0.113.9&#13;&#13;last 198.51.100.77&#13;secret&#13;",
			"198.51.100.77 own\nlast 198.51.100.77\n"},
		{"dropped value", "[[rule]]\nset = { hostname = \"drop\" }\n", full, disclosure.Trusted,
			"one Org\nV two\nsecret bad.elsewhere.example\nfour\n",
			"one org-a\norg-a two\nfour\n[2 third-party values withheld]\n"},
		{"dropped name", "[[rule]]\nset = { org = \"drop\" }\n", full, disclosure.Trusted,
			"one\nsecret Org\n  V secret\nfour\n",
			"one\nfour\n[1 third-party value withheld]\n"},
	} {
		d := newDesk(t, c.policy, certU(), ispR(disclosure.AbuseDesk), orgV())
		n := d.told("isp-r", c.stage, d.report("cert-u", blockOf(c.conditions), logged(t, c.log)))
		if got := n.Draft.Logs; !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: told %q, want %q", c.name, got, c.want)
		}
	}
}

// TestNameInTwoLinesIsAtBoth: each line's part of a name is on record.
func TestNameInTwoLinesIsAtBoth(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.CSIRT), orgV())
	n := d.told("isp-r", disclosure.Trusted, d.report("cert-u", "conditions: hide-my-ip\n", logged(t, "by Org\n  V 198.51.100.77\n198.51.100.77 Org V\n")))
	var got []string
	for _, c := range n.Cells() {
		if _, place, ok := strings.Cut(c.Path, "#"); ok {
			got = append(got, fmt.Sprint(place, " ", c.Class, " ", c.Action))
		}
	}
	want := []string{"1.1 org pseudonymise", "2.1 org pseudonymise", "2.2 address keep", "3.1 address keep", "3.2 org pseudonymise"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
