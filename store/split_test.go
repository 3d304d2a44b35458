package store

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// What a party said of its reports on one ticket says nothing of its reports on the other, though they are together now;
// what it says from then on is said of all.
func TestCase_92_ConsentsStayWithTheirReports(t *testing.T) {
	s := openTest(t, Options{})
	a, b := accept(t, s, 1, "198.51.100.1"), accept(t, s, 2, "198.51.100.2")
	on(t, s, a.TicketID, TicketChange{Consents: []Consent{{Party: "cert-u", Conditions: "on a"}}})
	on(t, s, b.TicketID, TicketChange{Consents: []Consent{{Party: "cert-u", Conditions: "on b"}}})
	merge(t, s, a.TicketID, b.TicketID)
	if r, err := s.ReportByID(t.Context(), a.ReportIDs[0]); err != nil || r.Number != a.Number {
		t.Errorf("the requester was told %s and would be told %q, %v", a.Number, r.Number, err)
	}
	on(t, s, b.TicketID, TicketChange{Consents: []Consent{{Party: "cert-u", Conditions: "on both"}}})
	said := func(ticket int64) (list []string) {
		t.Helper()
		all, err := s.Consents(t.Context(), ticket)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			list = append(list, fmt.Sprint(c.Conditions, " of ", c.ReportID))
		}
		slices.Sort(list)
		return list
	}
	of := func(text string, report int64) string { return fmt.Sprint(text, " of ", report) }
	if got := said(b.TicketID); !slices.Equal(got, []string{of("on a", a.ReportIDs[0]), of("on b", b.ReportIDs[0]), of("on both", 0)}) {
		t.Errorf("after the merge: %q", got)
	}
	out, err := s.Split(t.Context(), ticket(t, s, b.TicketID), a.ReportIDs, nil, "alice", "two incidents")
	if err != nil {
		t.Fatal(err)
	}
	if got := said(out.TicketID); !slices.Equal(got, []string{of("on a", a.ReportIDs[0]), of("on both", 0)}) {
		t.Errorf("on the new ticket: %q", got)
	}
	if got := said(b.TicketID); !slices.Equal(got, []string{of("on b", b.ReportIDs[0]), of("on both", 0)}) {
		t.Errorf("left on the old one: %q", got)
	}
	clean(t, s)
}

// A recipient that was told on a ticket was told so on all that it was merged with and split into.
func TestCase_92_ToldCountsEverywhere(t *testing.T) {
	s := openTest(t, Options{Daemon: true})
	var ids []int64
	for n := 1; n <= 3; n++ {
		out := accept(t, s, n, "198.51.100."+itoa(n))
		d := attempt(t, s, out.DeliveryIDs[0])
		if err := s.Sent(t.Context(), d.ID, 1, Reply{Code: 250}); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, out.TicketID)
	}
	told := func(id int64) int {
		t.Helper()
		all, err := s.Told(t.Context(), id, "isp-r", 0)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	merge(t, s, ids[0], ids[1])
	if told(ids[1]) != 2 || told(ids[2]) != 1 {
		t.Errorf("after the first merge: %d and %d messages", told(ids[1]), told(ids[2]))
	}
	merge(t, s, ids[1], ids[2])
	reports, _ := s.Reports(t.Context(), ids[2])
	out, err := s.Split(t.Context(), ticket(t, s, ids[2]), []int64{reports[0].ID}, nil, "alice", "apart")
	if err != nil || told(ids[2]) != 3 || told(out.TicketID) != 3 {
		t.Errorf("after a chain: %d, on the new one %d messages, %v", told(ids[2]), told(out.TicketID), err)
	}
	if r, err := s.RecipientByToken(t.Context(), fmt.Sprintf("token-%026d", 1)); err != nil || r.TicketID != ids[2] {
		t.Errorf("the first token leads to %+v, %v", r, err)
	}
	for _, id := range ids[:2] {
		if k := ticket(t, s, id); k.MergedInto != ids[2] {
			t.Errorf("ticket %d points to %d", id, k.MergedInto)
		}
	}
	merged, err := s.Merged(t.Context(), ticket(t, s, ids[2]))
	if err != nil || len(merged) != 3 {
		t.Errorf("merged: %+v, %v", merged, err)
	}
	parts := func(of int64, want ...int64) {
		t.Helper()
		if got, err := s.Offshoots(t.Context(), of, "cert-u"); err != nil || !slices.Equal(got, want) {
			t.Errorf("cert-u's reports that were on ticket %d are on %v too, want %v; %v", of, got, want, err)
		}
	}
	parts(ids[2], out.TicketID)
	merge(t, s, out.TicketID, ids[2]) // together again
	parts(ids[2])
	out, err = s.Split(t.Context(), ticket(t, s, ids[2]), []int64{reports[1].ID}, nil, "alice", "apart again")
	if err != nil {
		t.Fatal(err)
	}
	last := accept(t, s, 9, "198.51.100.9").TicketID
	merge(t, s, ids[2], last)
	parts(last, out.TicketID)
	parts(out.TicketID)
	clean(t, s)
}

// A split gives reports a ticket of their own: with all versions of the incident, what was said of them, their numbers
// and references, and found by their own sources.
func TestCase_92_Split(t *testing.T) {
	s := openTest(t, Options{Daemon: true})
	first := from(t, s, 1, "cert-u", "198.51.100.1")
	first.Tickets[0].Reports[0].Number = "GW#00000001"
	a := put(t, s, first)
	second := from(t, s, 2, "org-v", "198.51.100.1")
	second.Tickets[0].Correlation.Keys.Party = "cert-u" // as it was correlated
	second.Tickets[0].Reports[0].Number, second.Tickets[0].Reports[0].Sources = "GW#00000002", []string{"198.51.100.1", "198.51.100.2"}
	second.Tickets[0].Consents = []Consent{{Party: "org-v", Conditions: AskedToStop}, {Party: "org-v", Conditions: "conditions: minimal"}}
	second.Tickets[0].Pseudonyms = []Pseudonym{{"isp-r", "address", "192.0.2.1", "host-a"}}
	b := put(t, s, second)
	if a.TicketID != b.TicketID {
		t.Fatalf("two tickets: %+v %+v", a, b)
	}
	sources := map[int64][]string{a.ReportIDs[0]: {"198.51.100.1"}, b.ReportIDs[0]: {"198.51.100.1", "198.51.100.2"}}
	out, err := s.Split(t.Context(), ticket(t, s, a.TicketID), b.ReportIDs, sources, "alice", "two incidents")
	if err != nil {
		t.Fatal(err)
	}
	if out.Number != "GW#00000003" || !slices.Equal(out.Reports, b.ReportIDs) || len(out.Withdrawn) != 2 {
		t.Errorf("split %+v", out)
	}
	if k := ticket(t, s, out.TicketID); k.SplitFrom != a.TicketID || k.State != TicketOpen || k.Family != ticket(t, s, a.TicketID).Family {
		t.Errorf("the new ticket is %+v", k)
	}
	for number, want := range map[string]int64{"GW#00000001": a.TicketID, "GW#00000002": out.TicketID, "GW#00000003": out.TicketID} {
		if k, err := s.TicketByNumber(t.Context(), number); err != nil || k.ID != want {
			t.Errorf("%s leads to %+v, %v", number, k, err)
		}
	}
	for reference, want := range map[string]int64{"JPCERT#00000001": a.TicketID, "JPCERT#00000002": out.TicketID} {
		if k, err := s.TicketsByReference(t.Context(), reference); err != nil || len(k) != 1 || k[0].ID != want {
			t.Errorf("%s leads to %+v, %v", reference, k, err)
		}
	}
	if said, err := s.Consents(t.Context(), out.TicketID); err != nil || len(said) != 2 {
		t.Errorf("consents %+v, %v", said, err)
	}
	if said, err := s.Consents(t.Context(), a.TicketID); err != nil || len(said) != 0 {
		t.Errorf("what org-v said stayed behind: %+v, %v", said, err)
	}
	if told, err := s.Recipients(t.Context(), out.TicketID); err != nil || len(told) != 0 {
		t.Errorf("recipients of the new ticket: %+v, %v", told, err)
	}
	if names, err := s.Pseudonyms(t.Context(), out.TicketID, "isp-r"); err != nil || len(names) != 1 {
		t.Errorf("names %+v, %v", names, err)
	}
	k := Keys{MailID: receive(t, s, 7).ID, Party: "org-w", IncidentID: "9", At: time.Date(2026, 11, 20, 3, 14, 7, 0, time.UTC), Window: time.Hour}
	for source, want := range map[string]int64{"198.51.100.1": a.TicketID, "198.51.100.2": out.TicketID} {
		k.Sources = []string{source}
		if c := correlated(t, s, k); c.TicketID != want {
			t.Errorf("a report of %s comes to %+v", source, c)
		}
	}
	// A ticket's own number stays with its recipients; the report that it was given for keeps it all the same.
	later := acceptance(t, s, 8, "198.51.100.1")
	later.Tickets[0].Reports[0].IncidentID = "1"
	later.Tickets[0].Reports[0].GeneratedAt = later.Tickets[0].Reports[0].GeneratedAt.Add(time.Hour)
	update := put(t, s, later)
	third := put(t, s, acceptance(t, s, 10, "198.51.100.1"))
	out, err = s.Split(t.Context(), ticket(t, s, a.TicketID), update.ReportIDs, nil, "alice", "another")
	if err != nil || !slices.Equal(out.Reports, []int64{a.ReportIDs[0], update.ReportIDs[0]}) {
		t.Errorf("split %+v of %+v, %v", out, third, err)
	}
	if reports, err := s.CurrentReports(t.Context(), out.TicketID); err != nil || len(reports) != 1 || reports[0].Number != a.Number || reports[0].ID != update.ReportIDs[0] {
		t.Errorf("reports %+v, %v", reports, err)
	}
	if k, err := s.TicketByNumber(t.Context(), a.Number); err != nil || k.ID != a.TicketID {
		t.Errorf("%s leads to %+v, %v", a.Number, k, err)
	}
	// cert-u has reports on both: of which it gave this number is not known.
	if k, err := s.TicketsByReference(t.Context(), "JPCERT#00000010"); err != nil || len(k) != 2 {
		t.Errorf("the reference leads to %+v, %v", k, err)
	}
	clean(t, s)
}

// Tickets that are tied are purged together: what was told on one counts on the others.
func TestCase_92_PurgedTogether(t *testing.T) {
	clock := newClock()
	s := openTest(t, Options{Now: clock.Now})
	a, b := accept(t, s, 1, "198.51.100.1").TicketID, accept(t, s, 2, "198.51.100.2").TicketID
	merge(t, s, a, b)
	clock.pass(time.Hour)
	purged := func() int {
		t.Helper()
		p, err := s.Purge(t.Context(), "op", Retention{Tickets: clock.now})
		if err != nil {
			t.Fatal(err)
		}
		return p.Tickets
	}
	if n := purged(); n != 0 {
		t.Errorf("%d tickets were purged while the reports stand on an open one", n)
	}
	if err := s.SetTicket(t.Context(), b, TicketOpen, TicketClosed, "op", "done"); err != nil {
		t.Fatal(err)
	}
	if n := purged(); n != 0 {
		t.Errorf("%d tickets were purged too early", n)
	}
	clock.pass(time.Hour)
	if n := purged(); n != 2 {
		t.Errorf("%d tickets were purged, want both", n)
	}
	clean(t, s)
}

// A database where a merge was tampered with, or half done, does not pass.
func TestCase_92_Fsck(t *testing.T) {
	for rule, change := range map[string]string{
		"ticket-report":    "UPDATE report SET ticket = 1 WHERE id = 1",
		"merged-ticket":    "UPDATE ticket SET state = 'closed', merged_into = 3 WHERE id = 2",
		"merged-leftover":  "INSERT INTO ticket_number (number, ticket) VALUES ('GW#00000050', 1)",
		"merged-recipient": "DELETE FROM evidence WHERE ticket = 2; DELETE FROM recipient WHERE ticket = 2",
		"ticket-family":    "UPDATE ticket SET family = 3 WHERE id = 1",
		"consent-report":   "INSERT INTO consent (ticket, party, report, conditions, actor, at) VALUES (2, 'org-v', 1, '', 'x', 1)",
	} {
		s := openTest(t, Options{})
		a, b := accept(t, s, 1, "198.51.100.1"), accept(t, s, 2, "198.51.100.2")
		accept(t, s, 3, "198.51.100.3")
		merge(t, s, a.TicketID, b.TicketID)
		clean(t, s)
		if _, err := writerDB(t, s.path).Exec(change); err != nil {
			t.Fatalf("%s: %v", rule, err)
		}
		problems, err := s.Fsck(t.Context(), nil)
		if err != nil || !slices.ContainsFunc(problems, func(p Problem) bool { return p.Rule == rule }) {
			t.Errorf("%s is not found: %+v, %v", rule, problems, err)
		}
	}
}

// Of two versions of one incident that a merge brings together one is current: the later, and before any answer a report.
func TestCase_92_OneVersionIsCurrent(t *testing.T) {
	for _, c := range []struct {
		answer  bool
		later   time.Duration
		current int // of the report that comes with the merge, and of the one that is there
	}{{false, time.Hour, 0}, {false, -time.Hour, 1}, {true, time.Hour, 0}, {true, -time.Hour, 0}} {
		s := openTest(t, Options{})
		a := acceptance(t, s, 1, "198.51.100.1")
		same := a.Tickets[0].Reports[0]
		from, into := put(t, s, a), accept(t, s, 2, "198.51.100.2")
		same.Answer, same.Document = c.answer, []byte("another version")
		same.GeneratedAt = same.GeneratedAt.Add(-c.later)
		on(t, s, into.TicketID, TicketChange{Reports: []NewReport{same}})
		merge(t, s, from.TicketID, into.TicketID)
		reports, err := s.Reports(t.Context(), into.TicketID)
		if err != nil || len(reports) != 3 {
			t.Fatalf("%+v, %v", reports, err)
		}
		if versions := []Report{reports[0], reports[2]}; !versions[c.current].Current || versions[1-c.current].Current {
			t.Errorf("%+v: current are %v and %v", c, versions[0].Current, versions[1].Current)
		}
		clean(t, s)
	}
}
