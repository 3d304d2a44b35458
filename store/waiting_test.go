package store

import "testing"

// A decision without a message that a person must see to is listed and counted until something later is decided for
// that party, or the ticket is closed. Refusals that say all there is to say are not.
func TestWaiting(t *testing.T) {
	s := openTest(t, Options{})
	n := 0
	decide := func(refusal string) Accepted {
		t.Helper()
		n++
		a := acceptance(t, s, n, "198.51.100.77")
		if refusal != "" {
			d := &a.Tickets[0].Decisions[0]
			d.Refusal, d.Delivery, d.Scan, d.Twin = refusal, nil, "", ""
		}
		out, err := s.Accept(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		return out[0]
	}
	waiting := func(want ...string) {
		t.Helper()
		list, err := s.Waiting(t.Context(), "isp-r", 0)
		if err != nil || len(list) != len(want) {
			t.Fatalf("%d wait, want %v: %v", len(list), want, err)
		}
		c, err := s.Counts(t.Context())
		if err != nil || len(c.Waiting) != len(want) {
			t.Fatalf("counted %v, want %v: %v", c.Waiting, want, err)
		}
		for i, d := range list {
			if d.Refusal != want[i] || c.Waiting[want[i]] != 1 {
				t.Errorf("%s waits, counted %v, want %s", d.Refusal, c.Waiting, want[i])
			}
		}
	}
	waiting()
	decide("no-relay")
	waiting()
	for _, refusal := range []string{"contested", "not-proved", "no-usable-key"} {
		decide(refusal)
		waiting(refusal)
	}
	if list, err := s.Waiting(t.Context(), "csirt-n", 0); err != nil || len(list) != 0 {
		t.Errorf("another party waits for %d: %v", len(list), err)
	}
	decide("")
	waiting()
	a := decide("contested")
	waiting("contested")
	if err := s.SetTicket(t.Context(), a.TicketID, TicketOpen, TicketClosed, "alice", "done"); err != nil {
		t.Fatal(err)
	}
	waiting()
	clean(t, s)
}
