package store

import (
	"errors"
	"testing"
	"time"
)

// correlated says how a report with these keys would come to a ticket.
func correlated(t *testing.T, s *Store, k Keys) Correlation {
	t.Helper()
	c, err := s.Correlate(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The identity of an incident is (signer's party, name, id): another party with the same id gets a ticket of its own.
func TestCase_84_IncidentIDCollision(t *testing.T) {
	s := openTest(t, Options{})
	first := accept(t, s, 1, "198.51.100.77")
	k := Keys{MailID: receive(t, s, 2).ID, Party: "cert-u", IncidentName: "cert-u.example", IncidentID: "1"}
	if c := correlated(t, s, k); c.Kind != CorrelationUpdate || c.TicketID != first.TicketID || c.Number != first.Number {
		t.Errorf("update: %+v", c)
	}
	for _, change := range []func(*Keys){
		func(k *Keys) { k.Party = "mallory" },
		func(k *Keys) { k.IncidentName = "other.example" },
		func(k *Keys) { k.IncidentID = "1 " },
		func(k *Keys) { k.IncidentID = "" },
	} {
		other := k
		change(&other)
		if c := correlated(t, s, other); !c.New() || c.Number == first.Number {
			t.Errorf("%+v: %+v", other, c)
		}
	}
}

// The same address within the window links, whichever report was made first; outside it, or on a closed ticket, not.
func TestCase_86_LinkedBySource(t *testing.T) {
	s := openTest(t, Options{})
	at := time.Date(2026, 11, 20, 3, 14, 7, 0, time.UTC) // of acceptance
	first := accept(t, s, 1, "198.51.100.77")
	k := Keys{MailID: receive(t, s, 2).ID, Party: "org-v", IncidentName: "org-v.example", IncidentID: "9", Window: 24 * time.Hour}
	tests := []struct {
		at      time.Time
		sources []string
		want    CorrelationKind
	}{
		{at, []string{"198.51.100.77"}, CorrelationLinked},
		{at.Add(24 * time.Hour), []string{"203.0.113.1", "198.51.100.77"}, CorrelationLinked},
		{at.Add(-24 * time.Hour), []string{"198.51.100.77"}, CorrelationLinked},
		{at.Add(24*time.Hour + time.Microsecond), []string{"198.51.100.77"}, CorrelationNew},
		{at.Add(-24*time.Hour - time.Microsecond), []string{"198.51.100.77"}, CorrelationNew},
		{at, []string{"198.51.100.7", "198.51.100.770"}, CorrelationNew},
		{at, nil, CorrelationNew},
	}
	for _, test := range tests {
		k.At, k.Sources = test.at, test.sources
		if c := correlated(t, s, k); c.Kind != test.want {
			t.Errorf("%v %v: %+v", test.at, test.sources, c)
		}
	}
	k.At, k.Sources = at, []string{"198.51.100.77"}
	if err := s.SetTicket(t.Context(), first.TicketID, TicketOpen, TicketClosed, "op", "done"); err != nil {
		t.Fatal(err)
	}
	if c := correlated(t, s, k); !c.New() {
		t.Errorf("linked to a closed ticket: %+v", c)
	}
}

// An incident of a mail at work keeps its number: planning again uses up no other.
func TestNumberOfAnIncident(t *testing.T) {
	s := openTest(t, Options{Prefix: "CERT/"})
	a, b := receive(t, s, 1).ID, receive(t, s, 2).ID
	for range 3 {
		if c := correlated(t, s, Keys{MailID: a}); c.Number != "CERT/00000001" {
			t.Errorf("%+v", c)
		}
		if c := correlated(t, s, Keys{MailID: b}); c.Number != "CERT/00000002" {
			t.Errorf("%+v", c)
		}
		if c := correlated(t, s, Keys{MailID: a, Incident: 1}); c.Number != "CERT/00000003" {
			t.Errorf("%+v", c)
		}
	}
}

// Of two that plan on the same past one is accepted; the other learns it and plans again.
func TestAcceptRechecksThePlan(t *testing.T) {
	s := openTest(t, Options{})
	tests := map[string]func(n int) (Acceptance, Acceptance){
		"two new, one source": func(n int) (Acceptance, Acceptance) {
			source := "198.51.100." + itoa(n)
			return acceptance(t, s, n, source), acceptance(t, s, n+1, source)
		},
		"two links to one ticket": func(n int) (Acceptance, Acceptance) {
			source := "198.51.100." + itoa(n)
			accept(t, s, n+2, source)
			return acceptance(t, s, n, source), acceptance(t, s, n+1, source)
		},
		"one mail twice": func(n int) (Acceptance, Acceptance) {
			a := acceptance(t, s, n, "198.51.100."+itoa(n))
			return a, a
		},
		"one signature, two mails": func(n int) (Acceptance, Acceptance) {
			a, b := acceptance(t, s, n, "198.51.100."+itoa(n)), acceptance(t, s, n+1, "203.0.113."+itoa(n))
			a.Verdict.SignatureDigest = DigestOf([]byte(itoa(n)))
			b.Verdict.SignatureDigest = a.Verdict.SignatureDigest
			return a, b
		},
	}
	n := 0
	for name, pair := range tests {
		n += 10
		first, second := pair(n)
		if _, err := s.Accept(t.Context(), first); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		before, err := s.Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := ErrStale
		if first.MailID == second.MailID {
			want = ErrState
		}
		if _, err := s.Accept(t.Context(), second); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
		after, err := s.Counts(t.Context())
		if err != nil || after.Tickets[TicketOpen] != before.Tickets[TicketOpen] || after.Deliveries[Queued] != before.Deliveries[Queued] {
			t.Errorf("%s: the refused plan left %+v, was %+v, %v", name, after, before, err)
		}
	}
	clean(t, s)
}

// Stages move forward with evidence, fall back, close; every other step is refused, and so is one planned on a stage
// that is no longer the recipient's (case 175).
func TestCase_175_StageSteps(t *testing.T) {
	stages := []Stage{FirstContact, Acknowledged, Authenticated, Trusted, Closed}
	for i, from := range stages {
		for j, to := range stages {
			want := j > i || j == 0
			if i == j {
				want = false
			}
			if got := (Step{From: from, To: to, Kind: "reply"}).allowed(); got != want {
				t.Errorf("%s → %s: %t", from, to, got)
			}
			if (Step{From: from, To: to}).allowed() {
				t.Errorf("%s → %s without evidence", from, to)
			}
		}
	}
	s := openTest(t, Options{})
	a := accept(t, s, 1, "198.51.100.77")
	reply := func(n int, from, to Stage) error {
		c, err := s.OnTicket(t.Context(), a.TicketID)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Accept(t.Context(), Acceptance{MailID: receive(t, s, n).ID, State: MailRecorded, Verb: "advance", Verdict: Verdict{Kind: KindReply},
			Tickets: []TicketChange{{Correlation: c, Steps: []Step{{Party: "isp-r", From: from, To: to, Kind: "reply"}}}}})
		return err
	}
	if err := reply(2, FirstContact, Acknowledged); err != nil {
		t.Fatal(err)
	}
	if err := reply(3, FirstContact, Acknowledged); !errors.Is(err, ErrStale) {
		t.Errorf("a replayed acknowledgement: %v", err)
	}
	if err := reply(4, Acknowledged, "emperor"); !errors.Is(err, ErrState) {
		t.Errorf("an unknown stage: %v", err)
	}
	r, err := s.RecipientByToken(t.Context(), "token-00000000000000000000000001")
	if err != nil || r.Stage != Acknowledged || r.Number != a.Number {
		t.Errorf("%+v, %v", r, err)
	}
	e, err := s.Evidence(t.Context(), a.TicketID, "isp-r")
	if err != nil || len(e) != 2 || e[1].From != FirstContact || e[1].To != Acknowledged || e[1].MailID == 0 {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := s.RecipientByToken(t.Context(), "token"); !errors.Is(err, ErrNotFound) {
		t.Errorf("guessed token: %v", err)
	}
	clean(t, s)
}

// A key belongs to one party (case 64); parties and keys come and go with their events.
func TestCase_64_OneKeyOneParty(t *testing.T) {
	s := openTest(t, Options{})
	fingerprint := "ABCDEF0123456789ABCDEF0123456789ABCDEF01"
	if err := s.PutParties(t.Context(), "op", []Party{{ID: "a", JSON: []byte(`{"id":"a"}`)}, {ID: "b", JSON: []byte(`{"id":"b"}`)}}); err != nil {
		t.Fatal(err)
	}
	if err := s.PutKey(t.Context(), "op", Key{Fingerprint: fingerprint, Party: "a", Armored: "x"}); err != nil {
		t.Fatal(err)
	}
	if err := s.PutKey(t.Context(), "op", Key{Fingerprint: "abcdef0123456789abcdef0123456789abcdef01", Party: "b", Armored: "x"}); !errors.Is(err, ErrDuplicate) {
		t.Errorf("one key, two parties: %v", err)
	}
	if err := s.PutKey(t.Context(), "op", Key{Fingerprint: "ABCD", Party: "a"}); err == nil {
		t.Error("a key id passed for a fingerprint")
	}
	if err := s.PutParties(t.Context(), "op", []Party{{ID: "c", JSON: []byte(`{}`)}, {ID: "d", JSON: []byte(`{`)}}); err == nil {
		t.Error("half an import went through")
	}
	if err := s.RemoveParty(t.Context(), "op", "a", "left"); err != nil {
		t.Fatal(err)
	}
	parties, err := s.Parties(t.Context())
	keys, err2 := s.Keys(t.Context())
	if err != nil || err2 != nil || len(parties) != 1 || len(keys) != 1 || keys[0].Party != "" || keys[0].AddedBy != "op" {
		t.Errorf("%+v %+v, %v %v", parties, keys, err, err2)
	}
	clean(t, s)
}
