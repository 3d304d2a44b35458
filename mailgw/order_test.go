package mailgw

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iodefgw/store"
)

// TestCase_93_AnyOrder: in whatever order reports come in, updates and those of
// other requesters among them, the ticket ends in one state and the recipients
// are told the same.
func TestCase_93_AnyOrder(t *testing.T) {
	const name = "4-two-reporters"
	conditions := string(readFile(t, examples, name, "cert-u-conditions.txt"))
	mails := []letter{
		{from: "cert@example.co.jp", text: conditions, document: document(t)},
		{from: "cert@example.co.jp", text: conditions, document: document(t, generatedAt, generatedLater, "port 40122", "port 40999")},
		{from: "cert@example.co.jp", text: "conditions: minimal\n", document: document(t, "4711", "4712", "2026-11-20T03:14:07Z", "2026-11-20T03:10:00Z")},
		{from: "ir@org-v.example", text: string(readFile(t, examples, name, "org-v-conditions.txt")), document: readFile(t, examples, name, "org-v-report.xml")},
	}
	want := ""
	for _, order := range permutations(len(mails)) {
		b := newBench(t, examples+"/"+name+"/parties.toml", auto, "cert-u", "org-v", "csirt-n")
		for _, i := range order {
			m := mails[i]
			m.signer = b.keys[map[string]string{"cert@example.co.jp": "cert-u", "ir@org-v.example": "org-v"}[m.from]]
			if d := b.send(m); d != Processed {
				t.Fatalf("order %v: mail %d became %q for %v", order, i, d, b.last().Reasons)
			}
		}
		got := b.outcome()
		live := b.deliveries("isp-r")
		b.acknowledge(live[slices.IndexFunc(live, func(d store.Delivery) bool { return d.State == store.Queued })])
		got += b.outcome()
		if want == "" {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("order %v gives something else than %v:\n%s", order, permutations(len(mails))[0], diff)
		}
	}
	for _, must := range []string{"port 40999", "2026-11-20 03:10:00", "isp-r acknowledged"} {
		if !strings.Contains(want, must) {
			t.Errorf("the outcome lacks %q:\n%s", must, want)
		}
	}
}

// outcome is the state of the tickets and what is or was told, but for random
// tokens and the numbers of rows.
func (b *bench) outcome() string {
	b.t.Helper()
	var out strings.Builder
	tickets, err := b.store.Tickets(b.t.Context(), store.TicketFilter{})
	b.check(err)
	for _, t := range tickets {
		fmt.Fprintln(&out, t.Number, t.State)
		reports, err := b.store.CurrentReports(b.t.Context(), t.ID)
		b.check(err)
		var lines []string
		for _, r := range reports {
			lines = append(lines, fmt.Sprintln("report", r.Party, r.IncidentID, r.GeneratedAt, r.Digest))
		}
		recipients, err := b.store.Recipients(b.t.Context(), t.ID)
		b.check(err)
		for _, r := range recipients {
			lines = append(lines, fmt.Sprintln("recipient", r.Party, r.Stage, r.Basis))
		}
		slices.Sort(lines)
		out.WriteString(strings.Join(lines, ""))
	}
	random := regexp.MustCompile(`(?m)^(Message-ID|Reply-To|X-Iodefgw-Loop| boundary|--=-).*$|ir\+[a-z.]+@`)
	var told []string
	for _, d := range b.deliveries("") {
		if d.Kind == store.KindNotice && d.State != store.Cancelled {
			told = append(told, fmt.Sprintln(d.Party, d.Stage)+random.ReplaceAllString(plain(d), "…"))
		}
	}
	slices.Sort(told)
	return out.String() + strings.Join(told, "")
}

// permutations of 0 to n-1.
func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{{}}
	}
	var all [][]int
	for _, p := range permutations(n - 1) {
		for i := 0; i <= len(p); i++ {
			all = append(all, slices.Insert(slices.Clone(p), i, n-1))
		}
	}
	return all
}
