package store

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clock is a hand-set clock.
type clock struct{ now time.Time }

func newClock() *clock                { return &clock{time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)} }
func (c *clock) Now() time.Time       { return c.now }
func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }

func attempt(t *testing.T, s *Store, id int64) Delivery {
	t.Helper()
	d, err := s.Attempt(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A delivery cut off between 250 and its commit is `maybe` after the restart, goes out again with the same bytes and
// Message-ID, and after three unknown outcomes waits for a person.
func TestCase_107_CrashBetween250AndCommit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gw.db")
	c := newClock()
	s, err := Open(t.Context(), path, Options{Create: true, Daemon: true, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	id := accept(t, s, 1, "198.51.100.77").DeliveryIDs[0]
	first, err := s.DeliveryByID(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 4; n++ {
		c.pass(time.Minute)
		d := attempt(t, s, id)
		if string(d.Bytes) != string(first.Bytes) || d.MessageID != first.MessageID || d.Attempts != n {
			t.Fatalf("attempt %d: %+v", n, d)
		}
		if _, err := s.Attempt(t.Context(), id); !errors.Is(err, ErrState) {
			t.Fatalf("two attempts at once: %v", err)
		}
		if err := s.Close(); err != nil { // the crash: no Sent
			t.Fatal(err)
		}
		if s, err = Open(t.Context(), path, Options{Daemon: true, Now: c.Now}); err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		clean(t, s)
		if d, err = s.DeliveryByID(t.Context(), id); err != nil || d.State != Maybe || d.Maybes != n {
			t.Fatalf("after crash %d: %+v, %v", n, d, err)
		}
		due, err := s.Due(t.Context(), c.now.Add(time.Hour), 10)
		if err != nil || (len(due) == 1) != (n <= 3) {
			t.Fatalf("after crash %d: due %+v, %v", n, due, err)
		}
	}
	if err := s.Retry(t.Context(), id, "op", "peer has not got it"); err != nil {
		t.Fatal(err)
	}
	d := attempt(t, s, id)
	if err := s.Sent(t.Context(), id, d.Attempts, Reply{Code: 250}); err != nil {
		t.Fatal(err)
	}
	if err := s.Sent(t.Context(), id, d.Attempts, Reply{Code: 250}); err != nil {
		t.Errorf("said again: %v", err)
	}
	if err := s.Fail(t.Context(), id, d.Attempts, Reply{Code: 550}); !errors.Is(err, ErrState) {
		t.Errorf("failed after sent: %v", err)
	}
	if err := s.Retry(t.Context(), id, "op", "again"); !errors.Is(err, ErrState) {
		t.Errorf("retry of what was confirmed: %v", err)
	}
	tries, err := s.Attempts(t.Context(), id)
	if err != nil || len(tries) != 5 || tries[0].Outcome != Maybe || tries[4].Outcome != Sent || tries[4].Ended.IsZero() {
		t.Errorf("%+v, %v", tries, err)
	}
}

// Deferred messages come back at their time, the longest waiting first; failed ones do not.
func TestDeferAndFail(t *testing.T) {
	c := newClock()
	s := openTest(t, Options{Now: c.Now})
	var ids []int64
	for i := range 3 {
		ids = append(ids, accept(t, s, i, "198.51.100.77").DeliveryIDs[0])
		c.pass(time.Second)
	}
	for i, id := range ids[:2] {
		attempt(t, s, id)
		if err := s.Defer(t.Context(), id, 1, Reply{451, strings.Repeat("é", 1000)}, c.now.Add(time.Duration(2-i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	attempt(t, s, ids[2])
	if err := s.Fail(t.Context(), ids[2], 1, Reply{550, "no such user"}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		pass time.Duration
		want []int64
	}{{0, nil}, {time.Hour, ids[1:2]}, {time.Hour, []int64{ids[1], ids[0]}}} {
		c.pass(step.pass)
		due, err := s.Due(t.Context(), c.now, 10)
		if err != nil || len(due) != len(step.want) {
			t.Fatalf("due %+v, %v; want %v", due, err, step.want)
		}
		for i := range due {
			if due[i].ID != step.want[i] || due[i].Reason != "smtp-451" {
				t.Errorf("due %+v, want %v", due[i], step.want)
			}
		}
	}
	tries, err := s.Attempts(t.Context(), ids[0])
	if err != nil || len(tries[0].Reply.Text) > 500 {
		t.Errorf("reply of %d bytes, %v", len(tries[0].Reply.Text), err)
	}
	clean(t, s)
}

// Two different operators, looking at exactly these bytes; no way around them.
func TestApprovals(t *testing.T) {
	s := openTest(t, Options{})
	a := acceptance(t, s, 1, "198.51.100.77")
	a.Tickets[0].Decisions[0].Delivery.Approvals = 2
	out, err := s.Accept(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	id := out[0].DeliveryIDs[0]
	digest := DigestOf(a.Tickets[0].Decisions[0].Delivery.Bytes)
	due := func() int {
		t.Helper()
		d, err := s.Due(t.Context(), time.Now(), 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(d)
	}
	if _, err := s.Approve(t.Context(), id, "alice", DigestOf(nil)); !errors.Is(err, ErrStale) {
		t.Errorf("approval of other bytes: %v", err)
	}
	if _, err := s.Approve(t.Context(), id, "", digest); !errors.Is(err, ErrState) {
		t.Errorf("approval by nobody: %v", err)
	}
	if d, err := s.Approve(t.Context(), id, "alice", digest); err != nil || d.State != AwaitingApproval || d.Approved != 1 {
		t.Errorf("first approval: %+v, %v", d, err)
	}
	if _, err := s.Approve(t.Context(), id, "alice", digest); !errors.Is(err, ErrDuplicate) {
		t.Errorf("the same operator twice: %v", err)
	}
	if err := s.Retry(t.Context(), id, "alice", "now"); !errors.Is(err, ErrState) {
		t.Errorf("retry past the approval: %v", err)
	}
	if err := s.HoldDelivery(t.Context(), id, "alice", "wait"); err != nil {
		t.Fatal(err)
	}
	if err := s.Retry(t.Context(), id, "alice", "go"); err != nil || due() != 0 {
		t.Errorf("held and retried with one approval: %v, %d due", err, due())
	}
	if _, err := s.Attempt(t.Context(), id); !errors.Is(err, ErrState) {
		t.Errorf("attempt before approval: %v", err)
	}
	clean(t, s)
	if d, err := s.Approve(t.Context(), id, "bob", digest); err != nil || d.State != Queued || due() != 1 {
		t.Errorf("second approval: %+v, %v, %d due", d, err, due())
	}
	clean(t, s)
}

// No message without its proofs gets into the queue, and nothing else of that report then either.
func TestUnprovedMessagesAreRefused(t *testing.T) {
	tests := map[string]func(*NewDecision){
		"no scan":       func(d *NewDecision) { d.Scan = "" },
		"leak":          func(d *NewDecision) { d.Scan = "leak" },
		"twin differs":  func(d *NewDecision) { d.Twin = "differs" },
		"no twin":       func(d *NewDecision) { d.Twin = "" },
		"refused":       func(d *NewDecision) { d.Refusal = "no-grant" },
		"ack with twin": func(d *NewDecision) { d.Kind = KindAck; d.Twin = "differs" },
		"bare LF":       func(d *NewDecision) { d.Delivery.Bytes = []byte("a: b\n.\r\n") },
		"bare CR":       func(d *NewDecision) { d.Delivery.Bytes = []byte("a: b\r.\r\n") },
		"CR CR LF":      func(d *NewDecision) { d.Delivery.Bytes = []byte("a: b\r\r\n") },
		"empty":         func(d *NewDecision) { d.Delivery.Bytes = nil },
		"no recipient":  func(d *NewDecision) { d.Delivery.To = "" },
		"no policy":     func(d *NewDecision) { d.PolicyDigest = DigestOf(nil) },
		"nothing":       func(d *NewDecision) { d.Delivery = nil },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			s := openTest(t, Options{})
			a := acceptance(t, s, 1, "198.51.100.77")
			spoil(&a.Tickets[0].Decisions[0])
			_, err := s.Accept(t.Context(), a)
			if err == nil || errors.Is(err, ErrUnavailable) || (name == "no policy") != errors.Is(err, ErrNotFound) {
				t.Fatalf("accepted: %v", err)
			}
			c, err := s.Counts(t.Context())
			if err != nil || len(c.Tickets) != 0 || len(c.Deliveries) != 0 || c.Mails[MailReceived] != 1 {
				t.Errorf("something stayed: %+v, %v", c, err)
			}
			clean(t, s)
		})
	}
}

// After a tightening nothing queued goes out; what is out, or may be, is told.
func TestCase_90_StopQueued(t *testing.T) {
	s := openTest(t, Options{})
	var ids []int64
	for i := range 4 {
		ids = append(ids, accept(t, s, i, "198.51.100.77").DeliveryIDs[0])
	}
	sent := attempt(t, s, ids[0])
	if err := s.Sent(t.Context(), sent.ID, 1, Reply{Code: 250}); err != nil {
		t.Fatal(err)
	}
	attempt(t, s, ids[1])
	unknown := attempt(t, s, ids[2])
	if err := s.Maybe(t.Context(), unknown.ID, 1, Reply{}, time.Now()); err != nil {
		t.Fatal(err)
	}
	stopped, gone, err := s.StopQueued(t.Context(), sent.TicketID, "isp-r", "gateway", "tightened")
	if err != nil || len(stopped) != 1 || stopped[0].ID != ids[3] || len(gone) != 3 {
		t.Fatalf("stopped %+v, gone %+v, %v", stopped, gone, err)
	}
	if due, err := s.Due(t.Context(), time.Now().Add(time.Hour), 10); err != nil || len(due) != 0 {
		t.Errorf("due %+v, %v", due, err)
	}
	told, err := s.Told(t.Context(), sent.TicketID, "isp-r", 0)
	if err != nil || len(told) != 3 {
		t.Errorf("%d messages count as told, want 3, %v", len(told), err)
	}
	clean(t, s)
}
