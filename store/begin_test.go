package store

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// A message that is to be sent at once has its first attempt on disk with it; what would stop an attempt has it queued.
func TestAcceptBeginsTheFirstAttempt(t *testing.T) {
	for name, c := range map[string]struct {
		before func(t *testing.T, s *Store) error
		edit   func(m *NewDelivery)
		want   DeliveryState
	}{
		"at once":        {want: Sending},
		"not asked for":  {edit: func(m *NewDelivery) { m.Begin = false }, want: Queued},
		"needs approval": {edit: func(m *NewDelivery) { m.Approvals = 1 }, want: AwaitingApproval},
		"held by a rule": {edit: func(m *NewDelivery) { m.HoldFor = "weak-channel" }, want: HeldBack},
		"queue held":     {before: func(t *testing.T, s *Store) error { return s.HoldQueue(t.Context(), "alice", "wait") }, want: Queued},
		"address marked": {before: func(t *testing.T, s *Store) error {
			return s.MarkAddress(t.Context(), "abuse@isp-r.example", "isp-r", "5.1.1", 0)
		}, want: Queued},
	} {
		t.Run(name, func(t *testing.T) {
			s := openTest(t, Options{Daemon: true})
			if c.before != nil {
				if err := c.before(t, s); err != nil {
					t.Fatal(err)
				}
			}
			a := acceptance(t, s, 1, "198.51.100.77")
			m := a.Tickets[0].Decisions[0].Delivery
			m.Begin = true
			if c.edit != nil {
				c.edit(m)
			}
			out, err := s.Accept(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			d, err := s.DeliveryByID(t.Context(), out[0].DeliveryIDs[0])
			if err != nil || d.State != c.want {
				t.Fatalf("delivery %+v, %v", d, err)
			}
			clean(t, s)
			if c.want != Sending {
				if len(out[0].Begun) != 0 || d.Attempts != 0 {
					t.Errorf("begun %+v, delivery %+v", out[0].Begun, d)
				}
				return
			}
			begun := out[0].Begun[0]
			if begun.Number != d.Number || string(begun.Bytes) != string(d.Bytes) || begun.ID != d.ID || begun.From != d.From || begun.To != d.To ||
				begun.Attempts != 1 || begun.State != Sending || begun.Digest != d.Digest || begun.PolicyDigest != d.PolicyDigest {
				t.Errorf("begun %+v, stored %+v", begun, d)
			}
			if _, err := s.Attempt(t.Context(), d.ID); !errors.Is(err, ErrState) {
				t.Errorf("a second attempt beside it: %v", err)
			}
			if events, err := s.Events(t.Context(), EventFilter{Subject: "ticket/1"}); err != nil || !strings.Contains(events[len(events)-1].Detail, `"attempt":1`) {
				t.Errorf("the audit does not tell of the attempt: %+v, %v", events, err)
			}
			if err := s.Sent(t.Context(), d.ID, 1, Reply{Code: 250}); err != nil {
				t.Error(err)
			}
			clean(t, s)
		})
	}
}

// A crash after it leaves a message of unknown outcome, as one after Attempt does.
func TestCase_107_CrashAfterTheFirstAttemptBegan(t *testing.T) {
	path := t.TempDir() + "/gw.db"
	s, err := Open(t.Context(), path, Options{Create: true, Daemon: true})
	if err != nil {
		t.Fatal(err)
	}
	a := acceptance(t, s, 1, "198.51.100.77")
	a.Tickets[0].Decisions[0].Delivery.Begin = true
	out, err := s.Accept(t.Context(), a)
	if err != nil || len(out[0].Begun) != 1 {
		t.Fatalf("accepted %+v, %v", out, err)
	}
	s.Close()
	s = openAt(t, path, Options{Daemon: true})
	due, err := s.Due(t.Context(), time.Now(), 10)
	if err != nil || len(due) != 1 || due[0].State != Maybe || due[0].Maybes != 1 {
		t.Fatalf("due after a restart %+v, %v", due, err)
	}
	clean(t, s)
}

// Accept was answered with ErrUnavailable and has not happened: the id it had given is another delivery's by now, whose
// attempt is not ended for it.
func TestDoubtIsOfOneMessage(t *testing.T) {
	s := openTest(t, Options{Daemon: true})
	a := acceptance(t, s, 1, "198.51.100.77")
	a.Tickets[0].Decisions[0].Delivery.Begin = true
	out, err := s.Accept(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	id := out[0].Begun[0].ID
	s.doubts.add(id, "<another@gw.example>")
	s.doubts.add(id+1, "<never@gw.example>")
	if _, err := s.Due(t.Context(), time.Now(), 10); err != nil {
		t.Fatal(err)
	}
	if d, err := s.DeliveryByID(t.Context(), id); err != nil || d.State != Sending {
		t.Errorf("delivery %+v, %v", d, err)
	}
	s.doubts.add(id, out[0].Begun[0].MessageID)
	if _, err := s.Due(t.Context(), time.Now(), 10); err != nil {
		t.Fatal(err)
	}
	if d, err := s.DeliveryByID(t.Context(), id); err != nil || d.State != Deferred {
		t.Errorf("delivery %+v, %v", d, err)
	}
}
