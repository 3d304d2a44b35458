package store

import "testing"

// An override needs two approvals by the schema, is taken back by no later decision, and counts for others only once
// somebody may have received it.
func TestCase_185_Override(t *testing.T) {
	s := openTest(t, Options{})
	a := acceptance(t, s, 1, "198.51.100.77")
	m := a.Tickets[0].Decisions[0].Delivery
	m.Override, m.Approvals = true, 1
	if _, err := s.Accept(t.Context(), a); err == nil {
		t.Fatal("an override with one approval")
	}
	m.Approvals = 2
	out, err := s.Accept(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	id := out[0].DeliveryIDs[0]
	told := func(want int) {
		t.Helper()
		list, err := s.Told(t.Context(), out[0].TicketID, "isp-r", 0)
		if err != nil || len(list) != want {
			t.Errorf("told %d messages, want %d: %v", len(list), want, err)
		}
	}
	told(0)
	b := acceptance(t, s, 2, "198.51.100.77")
	b.Tickets[0].Supersede = []Superseded{{Party: "isp-r", Kind: KindNotice}}
	if _, err := s.Accept(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	told(1)
	for _, operator := range []string{"alice", "bob"} {
		d, err := s.DeliveryByID(t.Context(), id)
		if err != nil || d.State != AwaitingApproval || !d.Override {
			t.Fatalf("it is %+v, %v", d, err)
		}
		if _, err := s.Approve(t.Context(), id, operator, d.Digest); err != nil {
			t.Fatal(err)
		}
	}
	attempt(t, s, id)
	told(2)
	clean(t, s)
}
