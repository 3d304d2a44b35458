package store

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The same bytes under another UID, another UIDVALIDITY or from a file are one mail.
func TestCase_14_SameBytesTwice(t *testing.T) {
	s := openTest(t, Options{})
	raw := testMail(1)
	places := []Location{{"a", "INBOX", 7, 1}, {"a", "INBOX", 7, 2}, {"a", "INBOX", 8, 1}, {Account: "file", Mailbox: "/x.eml"}}
	for i, l := range places {
		r, err := s.Receive(t.Context(), Incoming{Raw: raw, Location: l})
		if err != nil || r.ID != 1 || r.Duplicate != (i > 0) || r.Anomaly {
			t.Fatalf("%+v: %+v, %v", l, r, err)
		}
	}
	got, err := s.Locations(t.Context(), 1)
	if err != nil || len(got) != len(places) {
		t.Errorf("locations %+v, %v", got, err)
	}
	if c, err := s.Counts(t.Context()); err != nil || c.Mails[MailReceived] != 1 || c.Copies != 3 {
		t.Errorf("%+v, %v", c, err)
	}
	if v, err := s.UIDValidity(t.Context(), "a", "INBOX"); err != nil || v != 8 {
		t.Errorf("UIDVALIDITY %d, %v", v, err)
	}
}

// A server that gives other bytes under a location it used before: both mails stay, and the anomaly is told.
func TestCase_4_UIDReused(t *testing.T) {
	s := openTest(t, Options{})
	l := Location{"a", "INBOX", 7, 1}
	for i := range 2 {
		r, err := s.Receive(t.Context(), Incoming{Raw: testMail(i), Location: l})
		if err != nil || r.Anomaly != (i == 1) || r.ID != int64(i+1) {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	seen, err := s.SeenUIDs(t.Context(), "a", "INBOX", 7, 0, 10)
	if err != nil || len(seen) != 2 || seen[0].MailID != 1 || seen[1].MailID != 2 {
		t.Errorf("%+v, %v", seen, err)
	}
	clean(t, s)
}

// A mail that was gone before its bytes came leaves a note and no empty report.
func TestCase_5_Vanished(t *testing.T) {
	s := openTest(t, Options{})
	l := Location{"a", "INBOX", 7, 1}
	for range 2 {
		if err := s.Vanished(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	seen, err := s.SeenUIDs(t.Context(), "a", "INBOX", 7, 0, 10)
	if err != nil || len(seen) != 1 || seen[0] != (Seen{UID: 1, Done: true}) {
		t.Errorf("%+v, %v", seen, err)
	}
}

// One Message-ID over different bytes: two mails, the second flagged, none dropped.
func TestCase_15_MessageIDReuse(t *testing.T) {
	s := openTest(t, Options{})
	for i := range 3 {
		r := receive(t, s, i)
		id := "<same@x>"
		if i == 2 {
			id = ""
		}
		if err := s.Hold(t.Context(), r.ID, Verdict{Kind: KindOther, Reasons: []string{"unsigned"}, MessageID: id}); err != nil {
			t.Fatal(err)
		}
		m, err := s.MailByID(t.Context(), r.ID)
		if err != nil || m.MessageIDReuse != (i == 1) || m.State != MailHeld {
			t.Errorf("%+v, %v", m, err)
		}
	}
}

// Two runs that died over a mail make it poison; clean stops and errors that are not its own do not count.
func TestPoisonCountsCrashesOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gw.db")
	begin := func(wantPoison bool, end func(*Store)) {
		t.Helper()
		s, err := Open(t.Context(), path, Options{Create: true, Daemon: true})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Receive(t.Context(), Incoming{Raw: testMail(1)})
		if err != nil || r.Poison != wantPoison {
			t.Fatalf("poison %t after %d attempts, %v", r.Poison, r.Attempts, err)
		}
		end(s)
	}
	stop := func(s *Store) { s.Close() }
	crash := func(s *Store) { s.run = 0; s.Close() } // without the words of a clean stop
	begin(false, stop)
	begin(false, func(s *Store) {
		for range 5 {
			if err := s.Abandon(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Begin(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
		}
		s.Close()
	})
	begin(false, crash)
	begin(false, crash)
	begin(true, func(s *Store) {
		if err := s.Hold(t.Context(), 1, Verdict{Kind: KindOther, Reasons: []string{"poison"}}); err != nil {
			t.Fatal(err)
		}
		if err := s.Release(t.Context(), 1, "op", "mended"); err != nil {
			t.Fatal(err)
		}
		s.Close()
	})
	begin(false, stop)
}

// A finished mail cannot be finished again; a held one comes back by release, and only then.
func TestMailStates(t *testing.T) {
	s := openTest(t, Options{})
	r := receive(t, s, 1)
	if err := s.Release(t.Context(), r.ID, "op", ""); !errors.Is(err, ErrState) {
		t.Errorf("release of a received mail: %v", err)
	}
	if err := s.Hold(t.Context(), r.ID, Verdict{Kind: KindReport, Signature: "invalid", Reasons: []string{"unknown-key"}}); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"hold":   s.Hold(t.Context(), r.ID, Verdict{}),
		"record": s.Record(t.Context(), r.ID, Verdict{}),
		"accept": func() error { _, err := s.Accept(t.Context(), Acceptance{MailID: r.ID}); return err }(),
	} {
		if !errors.Is(err, ErrState) {
			t.Errorf("%s of a held mail: %v", name, err)
		}
	}
	if ids, err := s.Unfinished(t.Context(), 10); err != nil || len(ids) != 0 {
		t.Errorf("unfinished %v, %v", ids, err)
	}
	if err := s.Release(t.Context(), r.ID, "op", "telephoned"); err != nil {
		t.Fatal(err)
	}
	ids, err := s.Unfinished(t.Context(), 10)
	if err != nil || len(ids) != 1 {
		t.Fatalf("unfinished %v, %v", ids, err)
	}
	if r, err = s.Begin(t.Context(), ids[0]); err != nil || !r.Released || string(r.Raw) != string(testMail(1)) {
		t.Errorf("%+v, %v", r, err)
	}
	if ids, err := s.Unfinished(t.Context(), 10); err != nil || len(ids) != 0 {
		t.Errorf("a mail begun is listed again: %v, %v", ids, err)
	}
}

// No field of a report is ever SQL, a pattern or an end of string.
func TestCase_102_HostileText(t *testing.T) {
	s := openTest(t, Options{})
	for i, evil := range []string{"'; DROP TABLE mail; --", "%' OR '1'='1", "a\x00b", "_%\\", "\xff\xfe invalid", "\u202egnp.exe", strings.Repeat("'", 5000), "?1 $1 :x @x"} {
		r := receive(t, s, 100+i)
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		c, err := s.Correlate(t.Context(), Keys{MailID: r.ID, Party: evil, IncidentName: evil, IncidentID: evil, Sources: []string{evil}, At: at, Window: time.Hour})
		if err != nil || !c.New() {
			t.Fatalf("%q: %+v, %v", evil, c, err)
		}
		want := NewReport{Party: evil, IncidentName: evil, IncidentID: evil, IncidentInstance: evil, GeneratedAt: at, At: at, Version: evil,
			Document: []byte(evil), Conditions: evil}
		stored := want
		stored.Sources = []string{evil}
		if _, err := s.Accept(t.Context(), Acceptance{MailID: r.ID, Verdict: Verdict{Kind: KindReport, Signer: evil, Party: evil, Reasons: []string{evil}, MessageID: evil},
			Tickets: []TicketChange{{Correlation: c, Reports: []NewReport{stored}, References: []Reference{{evil[:min(len(evil), 200)], evil}},
				Recipients: []NewRecipient{{Party: evil, Token: evil + strings.Repeat("t", 16), Address: evil, Basis: evil}},
				Pseudonyms: []Pseudonym{{evil, evil, evil, evil}}}}}); err != nil {
			t.Fatalf("%q: %v", evil, err)
		}
		ticket, err := s.TicketByNumber(t.Context(), c.Number)
		if err != nil {
			t.Fatal(err)
		}
		reports, err := s.Reports(t.Context(), ticket.ID)
		if err != nil || len(reports) != 1 {
			t.Fatal(reports, err)
		}
		got := reports[0].NewReport
		if got.Party != want.Party || got.IncidentID != want.IncidentID || string(got.Document) != evil || got.Conditions != evil || got.Version != evil {
			t.Errorf("%q came back as %+v", evil, got)
		}
		if found, err := s.TicketsByReference(t.Context(), evil[:min(len(evil), 200)]); err != nil || len(found) != 1 {
			t.Errorf("%q: %d tickets by reference, %v", evil, len(found), err)
		}
		if p, err := s.Pseudonyms(t.Context(), ticket.ID, evil); err != nil || len(p) != 1 || p[0].Value != evil {
			t.Errorf("%q: pseudonyms %q, %v", evil, p, err)
		}
	}
	clean(t, s)
}

// Whatever order an incident's reports come in, the same one is current (case 89).
func TestCase_89_UpdatesInAnyOrder(t *testing.T) {
	at := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	type version struct {
		generated time.Time
		document  string
	}
	versions := []version{{at, "first"}, {at.Add(time.Hour), "second"}, {at.Add(2 * time.Hour), "conflict-a"}, {at.Add(2 * time.Hour), "conflict-b"}, {at, "first"}}
	want := ""
	for round := range 12 {
		s := openTest(t, Options{})
		for i, n := range rand.New(rand.NewPCG(1, uint64(round))).Perm(len(versions)) {
			r := receive(t, s, i)
			k := Keys{MailID: r.ID, Party: "cert-u", IncidentName: "n", IncidentID: "7"}
			c, err := s.Correlate(t.Context(), k)
			if err != nil || (c.Kind == CorrelationUpdate) != (i > 0) {
				t.Fatalf("%+v, %v", c, err)
			}
			if _, err := s.Accept(t.Context(), Acceptance{MailID: r.ID, Verdict: Verdict{Kind: KindReport}, Tickets: []TicketChange{{Correlation: c,
				Reports: []NewReport{{Party: "cert-u", IncidentName: "n", IncidentID: "7", GeneratedAt: versions[n].generated, Document: []byte(versions[n].document)}}}}}); err != nil {
				t.Fatal(err)
			}
		}
		current, err := s.CurrentReports(t.Context(), 1)
		if err != nil || len(current) != 1 {
			t.Fatalf("%d current reports, %v", len(current), err)
		}
		if want == "" {
			want = string(current[0].Document)
		}
		if got := string(current[0].Document); got != want || !strings.HasPrefix(got, "conflict") {
			t.Errorf("round %d: current is %q, was %q", round, got, want)
		}
		if all, err := s.Reports(t.Context(), 1); err != nil || len(all) != len(versions) {
			t.Errorf("history of %d, %v", len(all), err)
		}
		clean(t, s)
	}
}

// TestTokenText: bytes read back as they were, also those that earlier versions
// wrote in hex; and nothing else is read.
func TestTokenText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "raw")
		for _, text := range []string{TokenText(raw), hex.EncodeToString(raw)} {
			if got, ok := TokenBytes(text); !ok || !bytes.Equal(got, raw) {
				t.Fatalf("%q reads %x, want %x", text, got, raw)
			}
		}
	})
	if got := TokenText([]byte{0x00, 0x12, 0xff, 0x13}); got != "gghjzzh.k" {
		t.Errorf("got %q", got)
	}
	for _, bad := range []string{"a", "gg.g", "ghij", "GGGG", "gg gg", "00gg"} {
		if got, ok := TokenBytes(bad); ok {
			t.Errorf("%q reads %x", bad, got)
		}
	}
}

// Tokens differ, come from the given source of randomness, and fail with it.
func TestNewToken(t *testing.T) {
	random := strings.NewReader(strings.Repeat("r", 10) + strings.Repeat("s", 10))
	a, err := NewToken(random)
	b, err2 := NewToken(random)
	if err != nil || err2 != nil || len(a) != 22 || a == b || a != strings.ToLower(a) {
		t.Errorf("%q %q, %v %v", a, b, err, err2)
	}
	if _, err := NewToken(random); err == nil {
		t.Error("a token without randomness")
	}
}
