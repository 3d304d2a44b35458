package store

import (
	"path/filepath"
	"sync"
	"testing"
)

// What was put aside and not used goes back at the end, unless somebody else has gone on from there; nobody ever gets a
// number that another has.
func TestNumbersPutAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "n.db")
	next := func(s *Store, n int) string {
		return correlated(t, s, Keys{MailID: receive(t, s, n).ID}).Number
	}
	first := openAt(t, path, Options{Create: true})
	if got := next(first, 1); got != "GW#00000001" {
		t.Errorf("first number %s", got)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := openAt(t, path, Options{})
	if got := next(second, 2); got != "GW#00000002" {
		t.Errorf("number after an end in order: %s", got)
	}
	third := openAt(t, path, Options{}) // beside it, as an operator's command
	if got := next(third, 3); got != "GW#00000018" {
		t.Errorf("number of another process: %s", got)
	}
	if got := next(second, 4); got != "GW#00000003" {
		t.Errorf("next number: %s", got)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if got := next(third, 5); got != "GW#00000019" {
		t.Errorf("number after the other has ended: %s", got)
	}
	// third does not end: it is as good as killed, and what it had put aside is lost.
	fourth := openAt(t, path, Options{})
	if got := next(fourth, 6); got != "GW#00000034" {
		t.Errorf("number after a crash: %s", got)
	}
}

// A mail that is finished or given up frees its number's place, not the number.
func TestNumbersOfFinishedMailsAreForgotten(t *testing.T) {
	s := openTest(t, Options{})
	held, left := receive(t, s, 1).ID, receive(t, s, 2).ID
	for _, id := range []int64{held, left} {
		correlated(t, s, Keys{MailID: id})
	}
	if err := s.Hold(t.Context(), held, Verdict{Kind: KindReport, Signature: "trusted", Reasons: []string{"two-documents"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Abandon(t.Context(), left); err != nil {
		t.Fatal(err)
	}
	accept(t, s, 3, "198.51.100.3")
	if n := len(s.numbers.given); n != 0 {
		t.Errorf("%d mails keep numbers", n)
	}
	if c := correlated(t, s, Keys{MailID: left}); c.Number != "GW#00000004" {
		t.Errorf("number of a mail that comes again: %s", c.Number)
	}
}

func TestNumbersOfManyAtOnce(t *testing.T) {
	s := openTest(t, Options{})
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for n := range 100 {
		id := receive(t, s, n).ID
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range 3 {
				c := correlated(t, s, Keys{MailID: id, Incident: i})
				mu.Lock()
				if seen[c.Number] {
					t.Errorf("%s twice", c.Number)
				}
				seen[c.Number] = true
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	if len(seen) != 300 {
		t.Errorf("%d numbers", len(seen))
	}
}
