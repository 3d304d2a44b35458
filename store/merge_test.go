package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// from is acceptance with another requester.
func from(t testing.TB, s *Store, n int, party, source string) Acceptance {
	t.Helper()
	a := acceptance(t, s, n, source)
	a.Tickets[0].Reports[0].Party = party
	a.Tickets[0].References[0].Party = party
	a.Tickets[0].Correlation.Keys.Party = party
	return a
}

func put(t testing.TB, s *Store, a Acceptance) Accepted {
	t.Helper()
	out, err := s.Accept(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

func ticket(t testing.TB, s *Store, id int64) Ticket {
	t.Helper()
	k, err := s.TicketByID(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// on plans something more on a ticket.
func on(t testing.TB, s *Store, id int64, c TicketChange) {
	t.Helper()
	var err error
	if c.Correlation, err = s.OnTicket(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	n := 1000 + 100*int(c.Correlation.TicketID) + int(c.Correlation.Version) // a mail of its own
	put(t, s, Acceptance{MailID: receive(t, s, n).ID, State: MailRecorded, Tickets: []TicketChange{c}})
}

func merge(t testing.TB, s *Store, from, into int64) Moved {
	t.Helper()
	out, err := s.Merge(t.Context(), ticket(t, s, from), ticket(t, s, into), "alice", "one incident")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// All that belongs to the reports of a ticket belongs to the other after a merge, all that led to it leads there, and
// nothing is sent by it.
func TestCase_92_Merge(t *testing.T) {
	s := openTest(t, Options{Daemon: true})
	second := from(t, s, 2, "org-v", "198.51.100.2")
	second.Tickets[0].Reports[0].Number = "GW#00000077"
	second.Tickets[0].Consents = []Consent{{Party: "org-v", Conditions: "conditions: minimal"}}
	second.Tickets[0].Recipients = append(second.Tickets[0].Recipients, NewRecipient{Party: "csirt-n", Token: "token-of-csirt-n-on-b", Address: "n@csirt-n.example", Basis: "named", Stage: Trusted})
	isp := NewRecipient{Party: "isp-s", Token: "token-of-isp-s-on-a", Address: "s@isp-s.example", Basis: "network"}
	first := acceptance(t, s, 1, "198.51.100.1")
	first.Tickets[0].Recipients = append(first.Tickets[0].Recipients, isp)
	isp.Token, isp.Stage = "token-of-isp-s-on-b", Trusted
	second.Tickets[0].Recipients = append(second.Tickets[0].Recipients, isp)
	into, gone := put(t, s, first), put(t, s, second)
	on(t, s, into.TicketID, TicketChange{Steps: []Step{{Party: "isp-r", From: FirstContact, To: Authenticated, Kind: "signed-reply"}}})
	on(t, s, gone.TicketID, TicketChange{Steps: []Step{{Party: "isp-r", From: FirstContact, To: Acknowledged, Kind: "reply"}}})

	out := merge(t, s, gone.TicketID, into.TicketID)
	if out.Number != into.Number || !slices.Equal(out.Reports, gone.ReportIDs) || !slices.Equal(out.Withdrawn, []int64{gone.DeliveryIDs[0], into.DeliveryIDs[0]}) {
		t.Errorf("merged %+v", out)
	}
	if k := ticket(t, s, gone.TicketID); k.State != TicketClosed || k.MergedInto != into.TicketID {
		t.Errorf("the merged ticket is %+v", k)
	}
	if due, err := s.Due(t.Context(), time.Now(), 10); err != nil || len(due) != 0 {
		t.Errorf("due after a merge: %+v, %v", due, err)
	}
	if reports, err := s.Reports(t.Context(), into.TicketID); err != nil || len(reports) != 2 || reports[1].Party != "org-v" || reports[1].Number != "GW#00000077" {
		t.Errorf("reports %+v, %v", reports, err)
	}
	if said, err := s.Consents(t.Context(), into.TicketID); err != nil || len(said) != 1 || said[0].ReportID != 0 {
		t.Errorf("consents %+v, %v", said, err)
	}
	for _, number := range []string{"GW#00000077", into.Number} {
		if k, err := s.TicketByNumber(t.Context(), number); err != nil || k.ID != into.TicketID {
			t.Errorf("%s leads to %+v, %v", number, k, err)
		}
	}
	if found, err := s.TicketsByReference(t.Context(), "JPCERT#00000002"); err != nil || len(found) != 1 || found[0].ID != into.TicketID {
		t.Errorf("the reference leads to %+v, %v", found, err)
	}
	for token, want := range map[string]Recipient{
		second.Tickets[0].Recipients[0].Token: {NewRecipient: NewRecipient{Party: "isp-r", Stage: Acknowledged}},
		"token-of-csirt-n-on-b":               {NewRecipient: NewRecipient{Party: "csirt-n", Stage: Trusted}, Knows: gone.Number},
		"token-of-isp-s-on-b":                 {NewRecipient: NewRecipient{Party: "isp-s", Stage: FirstContact}},
	} {
		r, err := s.RecipientByToken(t.Context(), token)
		if err != nil || r.TicketID != into.TicketID || r.Party != want.Party || r.Stage != want.Stage || r.Knows != want.Knows {
			t.Errorf("%s leads to %+v, %v", token, r, err)
		}
	}
	now, err := s.Recipients(t.Context(), into.TicketID)
	if err != nil || len(now) != 3 {
		t.Errorf("recipients %+v, %v", now, err)
	}
	for _, r := range now {
		if own, err := s.RecipientByToken(t.Context(), r.Token); err != nil || own.TicketID != into.TicketID || own.Party != r.Party {
			t.Errorf("the token of %s leads to %+v, %v", r.Party, own, err)
		}
	}
	if steps, err := s.Evidence(t.Context(), into.TicketID, "isp-r"); err != nil || steps[len(steps)-1].Step != (Step{Party: "isp-r", From: Authenticated, To: Acknowledged, Kind: "merge", Detail: gone.Number + " acknowledged"}) {
		t.Errorf("evidence %+v, %v", steps, err)
	}
	// What comes for the old ticket is correlated with the other: an update, the same source, a plan for the old one.
	later := Keys{MailID: receive(t, s, 3).ID, Party: "org-v", IncidentName: "cert-u.example", IncidentID: "2"}
	if c := correlated(t, s, later); c.Kind != CorrelationUpdate || c.TicketID != into.TicketID || c.Own != "GW#00000077" {
		t.Errorf("an update comes to %+v", c)
	}
	later = Keys{MailID: receive(t, s, 4).ID, Party: "org-w", IncidentID: "9", Sources: []string{"198.51.100.2"}, At: time.Date(2026, 11, 20, 3, 14, 7, 0, time.UTC), Window: time.Hour}
	if c := correlated(t, s, later); c.Kind != CorrelationLinked || c.TicketID != into.TicketID {
		t.Errorf("a report of the same source comes to %+v", c)
	}
	if c, err := s.OnTicket(t.Context(), gone.TicketID); err != nil || c.TicketID != into.TicketID {
		t.Errorf("work on the old ticket is %+v, %v", c, err)
	}
	for _, id := range []int64{into.TicketID, gone.TicketID} {
		events, err := s.Events(t.Context(), EventFilter{Subject: subject("ticket", id)})
		if err != nil || !slices.ContainsFunc(events, func(e Event) bool {
			return e.Verb == "merge" && e.Actor == "alice" && strings.Contains(e.Detail, `"why":"one incident"`) &&
				strings.Contains(e.Detail, `"from":"`+gone.Number+`"`) && strings.Contains(e.Detail, `"into":"`+into.Number+`"`)
		}) {
			t.Errorf("events of ticket %d: %+v, %v", id, events, err)
		}
	}
	clean(t, s)
}

// What a party said of its reports on one ticket says nothing of its reports on the other, though they are together now;
// what it says from then on is said of all.
func TestCase_92_ConsentsStayWithTheirReports(t *testing.T) {
	s := openTest(t, Options{})
	a, b := accept(t, s, 1, "198.51.100.1"), accept(t, s, 2, "198.51.100.2")
	on(t, s, a.TicketID, TicketChange{Consents: []Consent{{Party: "cert-u", Conditions: "on a"}}})
	on(t, s, b.TicketID, TicketChange{Consents: []Consent{{Party: "cert-u", Conditions: "on b"}}})
	merge(t, s, a.TicketID, b.TicketID)
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

// A stop on either ticket stops the merged one, whichever of them goes on.
func TestCase_92_HeldStaysHeld(t *testing.T) {
	for _, held := range []int{0, 1} {
		s := openTest(t, Options{})
		ids := []int64{accept(t, s, 1, "198.51.100.1").TicketID, accept(t, s, 2, "198.51.100.2").TicketID}
		if err := s.SetTicket(t.Context(), ids[held], TicketOpen, TicketHeld, "alice", "stop"); err != nil {
			t.Fatal(err)
		}
		merge(t, s, ids[0], ids[1])
		if k := ticket(t, s, ids[1]); k.State != TicketHeld {
			t.Errorf("merged: %+v", k)
		}
		reports, _ := s.Reports(t.Context(), ids[1])
		out, err := s.Split(t.Context(), ticket(t, s, ids[1]), []int64{reports[0].ID}, nil, "alice", "apart")
		if err != nil || ticket(t, s, out.TicketID).State != TicketHeld || ticket(t, s, ids[1]).State != TicketHeld {
			t.Errorf("split: %+v, %v", out, err)
		}
		clean(t, s)
	}
	for _, c := range [][3]TicketState{
		{TicketNoContact, TicketOpen, TicketOpen}, {TicketOpen, TicketNeedsConsent, TicketOpen},
		{TicketNeedsConsent, TicketNoContact, TicketNeedsConsent}, {TicketNoContact, TicketNoContact, TicketNoContact},
	} {
		if got := c[0].merged(c[1]); got != c[2] {
			t.Errorf("%s and %s make %s, want %s", c[0], c[1], got, c[2])
		}
	}
	for _, c := range [][3]Stage{{Trusted, Acknowledged, Acknowledged}, {Acknowledged, Trusted, Acknowledged}, {Closed, Trusted, Closed}, {FirstContact, Closed, Closed}, {Trusted, "", Trusted}} {
		if got := c[0].lower(c[1]); got != c[2] {
			t.Errorf("the lower of %q and %q is %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

// One value keeps its name for a recipient, that of the ticket that stays where it has two; no name stands for two.
func TestCase_92_Pseudonyms(t *testing.T) {
	s := openTest(t, Options{})
	a, b := accept(t, s, 1, "198.51.100.1").TicketID, accept(t, s, 2, "198.51.100.2").TicketID
	on(t, s, a, TicketChange{Pseudonyms: []Pseudonym{{"isp-r", "address", "192.0.2.1", "host-a"}, {"isp-r", "address", "192.0.2.2", "host-b"}, {"isp-r", "address", "192.0.2.3", "host-c"}}})
	on(t, s, b, TicketChange{Pseudonyms: []Pseudonym{{"isp-r", "address", "192.0.2.9", "host-a"}, {"isp-r", "address", "192.0.2.2", "host-x"}}})
	merge(t, s, a, b)
	want := []Pseudonym{{"isp-r", "address", "192.0.2.2", "host-x"}, {"isp-r", "address", "192.0.2.3", "host-c"}, {"isp-r", "address", "192.0.2.9", "host-a"}}
	if got, err := s.Pseudonyms(t.Context(), b, "isp-r"); err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := s.Pseudonyms(t.Context(), a, "isp-r"); err != nil || len(got) != 3 {
		t.Errorf("a decision of the old ticket can no longer be made again: %+v, %v", got, err)
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
	parts := func(want ...int64) {
		t.Helper()
		if got, err := s.Offshoots(t.Context(), ids[2], "cert-u"); err != nil || !slices.Equal(got, want) {
			t.Errorf("cert-u's reports that were on ticket %d are on %v too, want %v; %v", ids[2], got, want, err)
		}
	}
	parts(out.TicketID)
	merge(t, s, out.TicketID, ids[2]) // together again
	parts()
	merge(t, s, ids[2], accept(t, s, 9, "198.51.100.9").TicketID)
	clean(t, s)
}

// What cannot be done is refused with a reason, and nothing has changed.
func TestCase_92_Refused(t *testing.T) {
	s := openTest(t, Options{Daemon: true})
	a, b := accept(t, s, 1, "198.51.100.1"), accept(t, s, 2, "198.51.100.2")
	old := accept(t, s, 3, "198.51.100.3")
	merge(t, s, old.TicketID, accept(t, s, 4, "198.51.100.4").TicketID)
	closed := accept(t, s, 5, "198.51.100.5")
	if err := s.SetTicket(t.Context(), closed.TicketID, TicketOpen, TicketClosed, "alice", "done"); err != nil {
		t.Fatal(err)
	}
	busy := accept(t, s, 6, "198.51.100.6")
	attempt(t, s, busy.DeliveryIDs[0])
	stale := ticket(t, s, b.TicketID)
	stale.Version--
	get := func(a Accepted) Ticket { return ticket(t, s, a.TicketID) }
	before := dump(t, s.path)
	for what, c := range map[string]struct {
		from, into Ticket
		want       error
		says       string
	}{
		"itself":          {get(a), get(a), ErrState, "cannot be merged into itself"},
		"a merged one":    {get(old), get(a), ErrState, "ticket GW#00000003 is merged into GW#00000004"},
		"into a merged":   {get(a), get(old), ErrState, "is merged into GW#00000004"},
		"a closed one":    {get(closed), get(a), ErrState, "is closed"},
		"into a closed":   {get(a), get(closed), ErrState, "is closed"},
		"sending":         {get(busy), get(a), ErrState, "is being sent"},
		"into sending":    {get(a), get(busy), ErrState, "is being sent"},
		"changed":         {stale, get(a), ErrStale, "has version 1"},
		"into changed":    {get(a), stale, ErrStale, "has version 1"},
		"unknown":         {Ticket{ID: 99}, get(a), ErrNotFound, "ticket 99"},
		"into an unknown": {get(a), Ticket{ID: 99}, ErrNotFound, "ticket 99"},
	} {
		if _, err := s.Merge(t.Context(), c.from, c.into, "alice", "why"); !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), c.says) {
			t.Errorf("%s: %v", what, err)
		}
	}
	answered := get(a)
	for what, c := range map[string]struct {
		from    Ticket
		reports []int64
		want    error
		says    string
	}{
		"its only report": {answered, a.ReportIDs, ErrState, "no report would stay"},
		"of another":      {answered, b.ReportIDs, ErrNotFound, "report 2 of ticket GW#00000001"},
		"none":            {answered, nil, ErrState, "answers alone"},
		"merged":          {get(old), old.ReportIDs, ErrState, "is merged"},
		"changed":         {stale, b.ReportIDs, ErrStale, "has version 1"},
	} {
		if _, err := s.Split(t.Context(), c.from, c.reports, nil, "alice", "why"); !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), c.says) {
			t.Errorf("split %s: %v", what, err)
		}
	}
	if dump(t, s.path) != before {
		t.Error("a refused merge or split has changed something")
	}
	if err := s.SetTicket(t.Context(), old.TicketID, TicketClosed, TicketOpen, "alice", "open"); !errors.Is(err, ErrState) {
		t.Errorf("a merged ticket was opened: %v", err)
	}
}

// Of two operators that merge at once one is first; the other is told so, and no plan that was made before goes through.
func TestCase_92_TwoAtOnce(t *testing.T) {
	s := openTest(t, Options{})
	a, b := ticket(t, s, accept(t, s, 1, "198.51.100.1").TicketID), ticket(t, s, accept(t, s, 2, "198.51.100.2").TicketID)
	planned := acceptance(t, s, 3, "198.51.100.1")
	corr, err := s.OnTicket(t.Context(), b.ID)
	if err != nil {
		t.Fatal(err)
	}
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for i, pair := range [][2]Ticket{{a, b}, {b, a}} {
		wg.Go(func() { _, errs[i] = s.Merge(context.Background(), pair[0], pair[1], "op", "one incident") })
	}
	wg.Wait()
	lost := errors.Join(errs...)
	if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(lost, ErrState) && !errors.Is(lost, ErrStale) {
		t.Errorf("%v and %v", errs[0], errs[1])
	}
	if _, err := s.Accept(t.Context(), planned); !errors.Is(err, ErrStale) {
		t.Errorf("a report planned before: %v", err)
	}
	if _, err := s.Accept(t.Context(), Acceptance{MailID: receive(t, s, 9).ID, State: MailRecorded, Tickets: []TicketChange{{Correlation: corr}}}); !errors.Is(err, ErrStale) {
		t.Errorf("a reply planned before: %v", err)
	}
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
