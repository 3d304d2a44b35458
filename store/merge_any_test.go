package store

import (
	"errors"
	"math/rand/v2"
	"testing"
)

// However tickets are merged and split, the database keeps its promises: each report stands on one living ticket, each
// token and number leads to one, and what a party was told on any of them is never forgotten.
func TestCase_92_AnySequence(t *testing.T) {
	for seed := range uint64(8) {
		random := rand.New(rand.NewPCG(seed, 92))
		s := openTest(t, Options{Daemon: true})
		var all, numbers []string
		pick := func() Ticket {
			tickets, err := s.Tickets(t.Context(), TicketFilter{})
			if err != nil {
				t.Fatal(err)
			}
			return tickets[random.IntN(len(tickets))]
		}
		told := map[int64]int{} // by report: messages of its ticket
		for n := 1; n <= 40; n++ {
			var err error
			switch k := random.IntN(6); {
			case n <= 4 || k == 0:
				a := acceptance(t, s, n, "198.51.100."+itoa(random.IntN(9)))
				a.Tickets[0].Consents = []Consent{{Party: "cert-u", Conditions: itoa(n)}}
				a.Tickets[0].Reports[0].Number = a.Tickets[0].Correlation.Own
				out := put(t, s, a)
				numbers = append(numbers, out.Number, a.Tickets[0].Correlation.Own)
				if a.Tickets[0].Recipients != nil {
					all = append(all, a.Tickets[0].Recipients[0].Token)
				}
				if d, err := s.Attempt(t.Context(), out.DeliveryIDs[0]); err != nil {
					t.Fatal(err)
				} else if err := s.Sent(t.Context(), d.ID, 1, Reply{Code: 250}); err != nil {
					t.Fatal(err)
				}
			case k <= 3:
				_, err = s.Merge(t.Context(), pick(), pick(), "alice", "one")
			default:
				from := pick()
				reports, _ := s.Reports(t.Context(), from.ID)
				if len(reports) == 0 {
					continue
				}
				_, err = s.Split(t.Context(), from, []int64{reports[random.IntN(len(reports))].ID}, nil, "alice", "two")
			}
			if err != nil && !errors.Is(err, ErrState) {
				t.Fatalf("seed %d, step %d: %v", seed, n, err)
			}
			for id := int64(1); ; id++ {
				r, err := s.ReportByID(t.Context(), id)
				if errors.Is(err, ErrNotFound) {
					break
				}
				messages, err2 := s.Told(t.Context(), r.TicketID, "isp-r", 0)
				if err != nil || err2 != nil || len(messages) < told[id] || len(messages) == 0 {
					t.Fatalf("seed %d, step %d: isp-r was told %d messages about report %d, now %d; %v %v", seed, n, told[id], id, len(messages), err, err2)
				}
				told[id] = len(messages)
			}
		}
		merged := 0
		for _, token := range all {
			if r, err := s.RecipientByToken(t.Context(), token); err != nil || ticket(t, s, r.TicketID).MergedInto != 0 {
				t.Errorf("seed %d: %s leads to %+v, %v", seed, token, r, err)
			}
		}
		for _, number := range numbers {
			k, err := s.TicketByNumber(t.Context(), number)
			if err == nil && k.MergedInto != 0 {
				merged++
				k = ticket(t, s, k.MergedInto)
			}
			if err != nil || k.MergedInto != 0 {
				t.Errorf("seed %d: %s leads to %+v, %v", seed, number, k, err)
			}
		}
		if merged == 0 {
			t.Errorf("seed %d: nothing was merged", seed)
		}
		clean(t, s)
	}
}

// A fault at any statement of a merge or a split leaves both tickets as they were.
func TestCase_92_AllOrNothing(t *testing.T) {
	for _, what := range []string{"merge", "split"} {
		f := &faults{}
		s := openTest(t, Options{Wrap: f.wrap})
		a := acceptance(t, s, 1, "198.51.100.1")
		a.Tickets[0].Consents = []Consent{{Party: "cert-u", Conditions: "minimal"}}
		a.Tickets[0].Pseudonyms = []Pseudonym{{"isp-r", "address", "192.0.2.1", "host-a"}}
		from := put(t, s, a)
		other := map[string]string{"merge": "198.51.100.2", "split": "198.51.100.1"}[what]
		into := accept(t, s, 2, other)
		act := func() (err error) {
			if what == "merge" {
				_, err = s.Merge(t.Context(), ticket(t, s, from.TicketID), ticket(t, s, into.TicketID), "alice", "one")
			} else {
				_, err = s.Split(t.Context(), ticket(t, s, from.TicketID), from.ReportIDs, nil, "alice", "two")
			}
			return err
		}
		before, n := dump(t, s.path), 0
		for ; ; n++ {
			count := 0
			f.hook = func(_ string, first bool) error {
				if first {
					count++
				}
				if first && count == n+1 {
					return ioError()
				}
				return nil
			}
			err := act()
			f.hook = nil
			if err == nil {
				break
			}
			if !errors.Is(err, ErrUnavailable) {
				t.Fatalf("%s, statement %d: %v", what, n, err)
			}
			if dump(t, s.path) != before {
				t.Fatalf("%s has changed something by its first %d statements", what, n)
			}
		}
		if n < 25 || dump(t, s.path) == before {
			t.Errorf("%s was done after %d faults", what, n)
		}
		clean(t, s)
	}
}
