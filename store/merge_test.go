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
	isp.Token, isp.Basis, isp.Stage = "token-of-isp-s-on-b", "named", Trusted
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
		second.Tickets[0].Recipients[0].Token: {NewRecipient: NewRecipient{Party: "isp-r", Basis: "network", Stage: Acknowledged}},
		"token-of-csirt-n-on-b":               {NewRecipient: NewRecipient{Party: "csirt-n", Basis: "named", Stage: Trusted}, Knows: gone.Number},
		"token-of-isp-s-on-b":                 {NewRecipient: NewRecipient{Party: "isp-s", Basis: "named", Stage: FirstContact}}, // that of the address
	} {
		r, err := s.RecipientByToken(t.Context(), token)
		if err != nil || r.TicketID != into.TicketID || r.Party != want.Party || r.Basis != want.Basis || r.Stage != want.Stage || r.Knows != want.Knows {
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
	old := TicketChange{Correlation: Correlation{Kind: CorrelationTicket, TicketID: gone.TicketID, Version: ticket(t, s, gone.TicketID).Version}}
	if _, err := s.Accept(t.Context(), Acceptance{Tickets: []TicketChange{old}}); !errors.Is(err, ErrStale) {
		t.Errorf("something was put on the old ticket: %v", err)
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

// Whatever state a message is in that was decided before, it does not go out after a merge, by itself or by an operator's
// hand; a receipt does.
func TestCase_92_NothingOldIsSent(t *testing.T) {
	reply := Reply{Code: 451}
	for state, make := range map[DeliveryState]func(s *Store, id int64) error{
		Queued:   func(*Store, int64) error { return nil },
		HeldBack: func(s *Store, id int64) error { return s.HoldDelivery(t.Context(), id, "alice", "wait") },
		Deferred: func(s *Store, id int64) error {
			return s.Defer(t.Context(), attempt(t, s, id).ID, 1, reply, time.Now())
		},
		Failed: func(s *Store, id int64) error { return s.Fail(t.Context(), attempt(t, s, id).ID, 1, reply) },
		Maybe: func(s *Store, id int64) error {
			return s.Maybe(t.Context(), attempt(t, s, id).ID, 1, reply, time.Now())
		},
	} {
		s := openTest(t, Options{Daemon: true})
		a := acceptance(t, s, 1, "198.51.100.1")
		ack := a.Tickets[0].Decisions[0]
		delivery := *ack.Delivery
		delivery.MessageID, delivery.From = "<ack@gw.example>", "b+ack@gw.example"
		ack.Party, ack.Kind, ack.Stage, ack.Twin, ack.Delivery = "cert-u", KindAck, "", "", &delivery
		a.Tickets[0].Decisions = append(a.Tickets[0].Decisions, ack)
		from, into := put(t, s, a), accept(t, s, 2, "198.51.100.2")
		if err := make(s, from.DeliveryIDs[0]); err != nil {
			t.Fatal(err)
		}
		out := merge(t, s, from.TicketID, into.TicketID)
		d, err := s.DeliveryByID(t.Context(), from.DeliveryIDs[0])
		if err != nil || d.State != Cancelled || d.Reason != "merged" || len(out.Withdrawn) != 2 {
			t.Errorf("%s: became %s for %q, withdrawn %v, %v", state, d.State, d.Reason, out.Withdrawn, err)
		}
		if err := s.Retry(t.Context(), d.ID, "alice", "again"); !errors.Is(err, ErrState) {
			t.Errorf("%s: an operator may send it: %v", state, err)
		}
		if due, err := s.Due(t.Context(), time.Now().Add(time.Hour), 10); err != nil || len(due) != 1 || due[0].ID != from.DeliveryIDs[1] {
			t.Errorf("%s: due is %+v, %v", state, due, err)
		}
		if b, err := s.DeliveryByEnvelopeFrom(t.Context(), delivery.From); err != nil || b.ID != from.DeliveryIDs[1] {
			t.Errorf("%s: a bounce is of %+v, %v", state, b, err)
		}
		clean(t, s)
	}
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
