package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Many callers, many kinds of verbs, some of which must fail: each gets its own answer, the failing ones take back only
// themselves, and the chain is whole.
func TestManyVerbsAtOnce(t *testing.T) {
	s := openTest(t, Options{Daemon: true})
	const workers, each = 16, 12
	var group sync.WaitGroup
	var stale, refused atomic.Int64
	for w := range workers {
		group.Go(func() {
			for i := range each {
				n := 100*w + i
				r, err := s.Receive(t.Context(), Incoming{Raw: testMail(n)})
				if err != nil {
					t.Error(err)
					return
				}
				for {
					a, err := plan(t, s, r.ID, n, "198.51.100."+itoa(i))
					if err == nil {
						_, err = s.Accept(t.Context(), a)
					}
					if err == nil {
						break
					}
					if !errors.Is(err, ErrStale) {
						t.Error(err)
						return
					}
					stale.Add(1)
				}
				if err := s.Hold(t.Context(), r.ID, Verdict{}); errors.Is(err, ErrState) {
					refused.Add(1)
				}
				due, err := s.Due(t.Context(), time.Now(), 3)
				if err != nil {
					t.Error(err)
				}
				for _, d := range due {
					if d, err = s.Attempt(t.Context(), d.ID); err == nil {
						err = s.Sent(t.Context(), d.ID, d.Attempts, Reply{Code: 250})
					}
					if err != nil && !errors.Is(err, ErrState) {
						t.Error(err)
					}
				}
			}
		})
	}
	group.Wait()
	c, err := s.Counts(t.Context())
	if err != nil || c.Mails[MailAccepted] != workers*each || c.Tickets[TicketOpen] != each {
		t.Errorf("%+v, %v", c, err)
	}
	if refused.Load() != workers*each {
		t.Errorf("%d holds refused, want %d", refused.Load(), workers*each)
	}
	clean(t, s)
	t.Logf("%d plans were stale", stale.Load())
}

// Verbs that come while a commit is under way share the next one, in the order they came.
func TestGroupCommit(t *testing.T) {
	commits, release := 0, make(chan struct{})
	f := &faults{}
	s := openTest(t, Options{Wrap: f.wrap})
	f.hook = func(query string, before bool) error {
		if query == "COMMIT" && before {
			if commits++; commits == 1 {
				<-release
			}
		}
		return nil
	}
	var group sync.WaitGroup
	for i := range 101 {
		group.Go(func() {
			if err := s.Note(t.Context(), "op", "note", "n", map[string]any{"i": i}); err != nil {
				t.Error(err)
			}
		})
	}
	for {
		s.writer.mu.Lock()
		waiting := len(s.writer.queue)
		s.writer.mu.Unlock()
		if waiting == 100 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	close(release)
	group.Wait()
	f.hook = nil
	// The first alone, the others together unless they take longer than runFor.
	if commits < 2 || commits > 20 {
		t.Errorf("%d commits for 101 verbs", commits)
	}
	clean(t, s)
}

// together has verbs run in one transaction.
func together(s *Store, runs ...func(*tx) error) []error {
	verbs := make([]*verb, len(runs))
	for i, run := range runs {
		verbs[i] = &verb{ctx: context.Background(), name: itoa(i), wake: make(chan bool, 1), run: run}
	}
	s.writer.mu.Lock()
	s.writer.queue, s.writer.leading = append([]*verb(nil), verbs...), true
	s.writer.mu.Unlock()
	s.writer.lead()
	answers := make([]error, len(runs))
	for i, v := range verbs {
		answers[i] = v.err
	}
	return answers
}

// A failing verb in the middle of a transaction takes back its rows and its links of the chain, and no other's: where it
// is the first that fails, and where verbs have savepoints since one has failed.
func TestFailingVerbTakesBackOnlyItself(t *testing.T) {
	s := openTest(t, Options{})
	broken := errors.New("broken")
	for round, careful := range []int{0, carefulFor - 1} {
		if s.writer.careful != careful {
			t.Errorf("%d transactions get savepoints, want %d", s.writer.careful, careful)
		}
		runs := make([]func(*tx) error, 5)
		for i := range runs {
			runs[i] = func(t *tx) error {
				if err := t.event("op", "verb", itoa(i), nil); err != nil || i%2 == 0 {
					return err
				}
				return broken
			}
		}
		for i, err := range together(s, runs...) {
			if errors.Is(err, broken) != (i%2 == 1) {
				t.Errorf("verb %d: %v", i, err)
			}
		}
		events, err := s.Events(t.Context(), EventFilter{})
		if err != nil || len(events) != 3*(round+1) || events[1].Subject != "2" {
			t.Errorf("%+v, %v", events, err)
		}
	}
	clean(t, s)
}

// What comes too late has written nothing, so nothing is run again because of it.
func TestLateVerbCostsNobodyElse(t *testing.T) {
	s := openTest(t, Options{})
	accept(t, s, 1, "198.51.100.77")
	stale, done := acceptance(t, s, 2, "198.51.100.77"), receive(t, s, 3).ID
	accept(t, s, 4, "198.51.100.77") // of the same ticket
	if _, err := s.Accept(t.Context(), stale); !errors.Is(err, ErrStale) {
		t.Errorf("accept on an old version: %v", err)
	}
	for i, want := range []error{nil, ErrState} {
		if err := s.Hold(t.Context(), done, Verdict{}); !errors.Is(err, want) {
			t.Errorf("hold %d: %v", i, err)
		}
	}
	stale.MailID = done
	if _, err := s.Accept(t.Context(), stale); !errors.Is(err, ErrState) {
		t.Errorf("accept of a mail that is held: %v", err)
	}
	if s.writer.careful != 0 {
		t.Error("a verb that came too late had the transaction run again")
	}
	clean(t, s)
}

// What a verb changed in memory is put back with its rows.
func TestTakenBackInMemory(t *testing.T) {
	s := openTest(t, Options{})
	undone, broken := 0, errors.New("broken")
	together(s, func(t *tx) error {
		t.undo = append(t.undo, func() { undone++ })
		return nil
	}, func(t *tx) error {
		if err := t.event("op", "verb", "x", nil); err != nil {
			return err
		}
		t.undo = append(t.undo, func() { undone += 10 })
		return broken
	})
	if undone != 1+10+10 { // both when all is rolled back, the second again when its savepoint is
		t.Errorf("undone %d", undone)
	}
}

// A verb whose caller has gone is not run; one whose verb panics does not stop the others.
func TestGoneAndPanickingCallers(t *testing.T) {
	s := openTest(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Receive(ctx, Incoming{Raw: testMail(1)}); !errors.Is(err, context.Canceled) {
		t.Errorf("receive for nobody: %v", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		s.writer.do(t.Context(), "boom", func(*tx) error { panic("boom") })
	}()
	if r := receive(t, s, 1); r.Duplicate {
		t.Error("a cancelled receive was carried out")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Receive(t.Context(), Incoming{Raw: testMail(2)}); !errors.Is(err, ErrClosed) {
		t.Errorf("receive after close: %v", err)
	}
}

// Readers whose context ends at any moment get their own rows or an error, never another query's (GO-2025-3849).
func TestCase_103_CancelledReaders(t *testing.T) {
	s := openTest(t, Options{})
	for i := range 20 {
		accept(t, s, i, "198.51.100."+itoa(i))
	}
	var group sync.WaitGroup
	for w := range 8 {
		group.Go(func() {
			for i := range 200 {
				ctx, cancel := context.WithCancel(t.Context())
				go func() {
					time.Sleep(time.Duration(i%20) * 10 * time.Microsecond)
					cancel()
				}()
				want := int64(1 + (w+i)%20)
				reports, err := s.Reports(ctx, want)
				if err == nil && (len(reports) != 1 || reports[0].TicketID != want || DigestOf(reports[0].Document) != reports[0].Digest) {
					t.Errorf("ticket %d: %+v", want, reports)
				}
				m, err := s.MailByID(ctx, want)
				if err == nil && (m.ID != want || DigestOf(m.Raw) != m.Digest) {
					t.Errorf("mail %d: %+v", want, m)
				}
				cancel()
			}
		})
	}
	group.Wait()
}

// Attempts, and mails, that are under way together end in one transaction, though the first end finds nobody writing.
func TestEndsTogetherShareATransaction(t *testing.T) {
	for _, c := range []struct {
		verb  string
		begin func(t *testing.T, s *Store, n int) (end func() error)
	}{
		{"sent", func(t *testing.T, s *Store, n int) func() error {
			d := attempt(t, s, accept(t, s, n, "198.51.100."+itoa(n)).DeliveryIDs[0])
			return func() error { return s.Sent(context.Background(), d.ID, d.Attempts, Reply{Code: 250}) }
		}},
		{"record", func(t *testing.T, s *Store, n int) func() error {
			r := receive(t, s, n)
			return func() error { return s.Record(context.Background(), r.ID, Verdict{}) }
		}},
	} {
		t.Run(c.verb, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var clock atomic.Int64
				s := openTest(t, Options{Daemon: true, Now: func() time.Time { return time.Now().Add(time.Duration(clock.Add(1)) * time.Millisecond) }})
				var ends []func() error
				for n := range 3 {
					ends = append(ends, c.begin(t, s, n))
				}
				for _, end := range ends {
					go func() {
						if err := end(); err != nil {
							t.Error(err)
						}
					}()
					synctest.Wait()
				}
				if got := transactions(t, s, c.verb); got != 1 {
					t.Errorf("three ends in %d transactions, want one", got)
				}
			})
		})
	}
}

// transactions counts those that events of a verb were written in: each has a time of its own.
func transactions(t *testing.T, s *Store, verb string) int {
	t.Helper()
	events, err := s.Events(t.Context(), EventFilter{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	times := map[time.Time]bool{}
	for _, e := range events {
		if e.Verb == verb {
			times[e.At] = true
		}
	}
	return len(times)
}
