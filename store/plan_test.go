package store

import (
	"database/sql/driver"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// For IN with three or more values SQLite builds a table, in a CHECK or in the condition of an index each time that a row
// is written.
func TestNoCheckBuildsATable(t *testing.T) {
	files, err := migrations.ReadDir("schema")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := migrations.ReadFile("schema/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(text), "\n") {
			_, list, found := strings.Cut(line, " IN (")
			if list, _, _ = strings.Cut(list, ")"); found && strings.Count(list, ",") > 1 {
				t.Errorf("%s:%d: %s", f.Name(), n+1, strings.TrimSpace(line))
			}
		}
	}
}

// The cost of a report must not grow with the tickets: every statement of the verbs on its way, and of the reads beside
// them, goes through an index.
func TestEveryStatementUsesAnIndex(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]bool{}
	f := &faults{hook: func(query string, before bool) error {
		mu.Lock()
		defer mu.Unlock()
		seen[query] = true
		return nil
	}}
	path := filepath.Join(t.TempDir(), "gw.db")
	s := openAt(t, path, Options{Daemon: true, Wrap: func(c driver.Connector, reader bool) driver.Connector { return faultyConnector{c, f} }})
	useEverything(t, s)
	f.hook = nil
	db := writerDB(t, path)
	checked := 0
	for query := range seen {
		verb, _, _ := strings.Cut(strings.TrimSpace(query), " ")
		if !slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE"}, verb) {
			continue
		}
		if strings.Contains(query, "LIMIT ?") {
			t.Errorf("prepared anew for each LIMIT: %s", query)
		}
		args := make([]any, strings.Count(query, "?"))
		rows, err := db.Query("EXPLAIN QUERY PLAN "+query, args...)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(step, "SCAN ") && !strings.HasPrefix(step, "SCAN CONSTANT") || strings.Contains(step, "TEMP B-TREE FOR ORDER BY") && !fewRows(query) {
				t.Errorf("%s\n\t%s", step, query)
			}
		}
		if err := rows.Err(); err != nil {
			t.Error(err)
		}
		rows.Close()
		checked++
	}
	if checked < 60 {
		t.Errorf("only %d statements seen", checked)
	}
	t.Logf("%d statements", checked)
}

// fewRows are queries that sort what one ticket, or a few tied to it, or a delivery has.
func fewRows(query string) bool {
	for _, of := range []string{"WHERE ticket = ?", "d.ticket = ?", "d.ticket IN (", "r.ticket = ?", "WHERE delivery = ?"} {
		if strings.Contains(query, of) {
			return true
		}
	}
	return false
}

// useEverything calls what the daemon calls for reports, replies and deliveries.
func useEverything(t *testing.T, s *Store) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	w := newWorld(3)
	must(w.work(t, s))
	a := accept(t, s, 10, "198.51.100.77")
	d := attempt(t, s, a.DeliveryIDs[0])
	must(s.Defer(t.Context(), d.ID, 1, Reply{Code: 451}, time.Now()))
	d = attempt(t, s, a.DeliveryIDs[0])
	must(s.Maybe(t.Context(), d.ID, 2, Reply{}, time.Now()))
	b := acceptance(t, s, 11, "198.51.100.77")
	b.Verdict.SignatureDigest = DigestOf(nil)
	b.Tickets[0].Decisions[0].Delivery.Approvals = 1
	b.Tickets[0].Consents = []Consent{{Party: "cert-u", Conditions: "conditions: no-relay"}}
	b.Tickets[0].Pseudonyms = []Pseudonym{{"isp-r", "address", "192.0.2.1", "host-a"}}
	b.Tickets[0].Steps = []Step{{Party: "isp-r", From: FirstContact, To: Acknowledged, Kind: "reply"}}
	out, err := s.Accept(t.Context(), b)
	must(err)
	id := out[0].DeliveryIDs[0]
	_, err = s.Approve(t.Context(), id, "alice", DigestOf(b.Tickets[0].Decisions[0].Delivery.Bytes))
	must(err)
	must(s.HoldDelivery(t.Context(), id, "alice", "wait"))
	must(s.Retry(t.Context(), id, "alice", "go"))
	must(s.Cancel(t.Context(), id, "alice", "no"))
	must(s.Hold(t.Context(), receive(t, s, 20).ID, Verdict{Reasons: []string{"unsigned"}}))
	must(s.Vanished(t.Context(), Location{"a", "b", 1, 2}))
	must(s.MarkAddress(t.Context(), "a@b", "isp-r", "5.1.1", id))
	ctx := t.Context()
	for _, read := range []func() error{
		func() error { _, err := s.OnTicket(ctx, a.TicketID); return err },
		func() error { _, err := s.TicketByNumber(ctx, a.Number); return err },
		func() error { _, err := s.TicketsByReference(ctx, "JPCERT#00000001"); return err },
		func() error { _, err := s.Namesakes(ctx, "JPCERT#00000001"); return err },
		func() error { _, err := s.Accusers(ctx, "198.51.100.77", time.Time{}, time.Now()); return err },
		func() error { _, err := s.RecipientByToken(ctx, "x"); return err },
		func() error { _, err := s.Recipients(ctx, a.TicketID); return err },
		func() error { _, err := s.Evidence(ctx, a.TicketID, "isp-r"); return err },
		func() error { _, err := s.CurrentReports(ctx, a.TicketID); return err },
		func() error { _, err := s.Reports(ctx, a.TicketID); return err },
		func() error { _, err := s.Consents(ctx, a.TicketID); return err },
		func() error { _, err := s.Pseudonyms(ctx, a.TicketID, "isp-r"); return err },
		func() error { _, err := s.Told(ctx, a.TicketID, "isp-r", 0); return err },
		func() error { _, err := s.Decisions(ctx, a.TicketID, "isp-r"); return err },
		func() error { _, err := s.Waiting(ctx, "", 0); return err },
		func() error { _, err := s.References(ctx, a.TicketID); return err },
		func() error { _, err := s.MailByID(ctx, 1); return err },
		func() error { _, err := s.SignatureSeen(ctx, DigestOf(nil), 1); return err },
		func() error { _, err := s.DeliveryByEnvelopeFrom(ctx, "x"); return err },
		func() error { _, err := s.DeliveryByID(ctx, id); return err },
		func() error {
			_, err := s.Deliveries(ctx, DeliveryFilter{TicketID: a.TicketID, Party: "isp-r"})
			return err
		},
		func() error { _, err := s.Deliveries(ctx, DeliveryFilter{State: Failed}); return err },
		func() error { _, err := s.SeenUIDs(ctx, "a", "INBOX", 7, 1, 10); return err },
		func() error { _, err := s.UIDValidity(ctx, "a", "INBOX"); return err },
		func() error { _, err := s.Locations(ctx, 1); return err },
		func() error { _, err := s.Mails(ctx, MailFilter{State: MailHeld}); return err },
		func() error { _, err := s.Tickets(ctx, TicketFilter{State: TicketNoContact}); return err },
		func() error { _, err := s.Events(ctx, EventFilter{Subject: "mail/1"}); return err },
		func() error { _, err := s.LastEvent(ctx, "mail/1"); return err },
		func() error { _, err := s.Attempts(ctx, id); return err },
		func() error { _, err := s.Approvals(ctx, id); return err },
	} {
		if err := read(); err != nil && !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
	}
}
