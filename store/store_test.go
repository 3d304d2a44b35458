package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// openTest opens a fresh database that is closed and checked when the test ends.
func openTest(t testing.TB, opt Options) *Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "gw.db"), opt)
}

func openAt(t testing.TB, path string, opt Options) *Store {
	t.Helper()
	opt.Create = true
	s, err := Open(context.Background(), path, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func testMail(n int) []byte {
	return fmt.Appendf(nil, "From: cert@csirt-a.example\r\nMessage-ID: <%d@csirt-a.example>\r\n\r\nreport %d\r\n", n, n)
}

func receive(t testing.TB, s *Store, n int) Receipt {
	t.Helper()
	r, err := s.Receive(t.Context(), Incoming{Raw: testMail(n), ReceivedAt: time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// acceptance is one report of cert-u about one address, with a notice to isp-r.
func acceptance(t testing.TB, s *Store, n int, source string) Acceptance {
	t.Helper()
	a, err := plan(t, s, receive(t, s, n).ID, n, source)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func plan(t testing.TB, s *Store, mailID int64, n int, source string) (Acceptance, error) {
	t.Helper()
	at := time.Date(2026, 11, 20, 3, 14, 7, 0, time.UTC)
	c, err := s.Correlate(t.Context(), Keys{MailID: mailID, Party: "cert-u", IncidentName: "cert-u.example", IncidentID: fmt.Sprint(n),
		Sources: []string{source}, At: at, Window: 24 * time.Hour})
	if err != nil {
		return Acceptance{}, err
	}
	policy, err := s.PutSnapshot(t.Context(), gateway, SnapshotPolicy, "version = 1\n")
	if err != nil {
		return Acceptance{}, err
	}
	parties, err := s.PutSnapshot(t.Context(), gateway, SnapshotParties, "[[party]]\nid = \"isp-r\"\n")
	if err != nil {
		return Acceptance{}, err
	}
	document := fmt.Appendf(nil, "<IODEF-Document id='%d'/>", n)
	change := TicketChange{
		Correlation: c,
		References:  []Reference{{Number: fmt.Sprintf("JPCERT#%08d", n), Party: "cert-u"}},
		Reports: []NewReport{{Party: "cert-u", IncidentName: "cert-u.example", IncidentID: fmt.Sprint(n), GeneratedAt: at, At: at,
			Sources: []string{source}, Version: "2.00", Document: document, Conditions: "conditions: hide-my-ip"}},
		Decisions: []NewDecision{{Party: "isp-r", Kind: KindNotice, Stage: FirstContact, PolicyDigest: policy, PartiesDigest: parties,
			Reports: []Digest{DigestOf(document)}, Scan: "clean", Twin: "equal",
			Delivery: &NewDelivery{From: fmt.Sprintf("b+%d@gw.example", n), To: "abuse@isp-r.example", MessageID: fmt.Sprintf("<%d@gw.example>", n),
				Bytes: fmt.Appendf(nil, "Subject: %s\r\n\r\nnotice\r\n", c.Number)}}},
	}
	if c.New() {
		change.Recipients = []NewRecipient{{Party: "isp-r", Token: fmt.Sprintf("token-%026d", n), Address: "abuse@isp-r.example", Basis: "network"}}
	}
	return Acceptance{MailID: mailID, Tickets: []TicketChange{change},
		Verdict: Verdict{Kind: KindReport, Signature: "trusted", Party: "cert-u", Reasons: []string{"good-signature"}, MessageID: fmt.Sprintf("<%d@csirt-a.example>", n)}}, nil
}

func accept(t testing.TB, s *Store, n int, source string) Accepted {
	t.Helper()
	out, err := s.Accept(t.Context(), acceptance(t, s, n, source))
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

func TestOneReportFromReceiptToDelivery(t *testing.T) {
	s := openTest(t, Options{Daemon: true})
	a := accept(t, s, 1, "198.51.100.77")
	if a.Number != "GW#00000001" || len(a.DeliveryIDs) != 1 {
		t.Fatalf("accepted %+v", a)
	}
	due, err := s.Due(t.Context(), time.Now(), 10)
	if err != nil || len(due) != 1 || due[0].ID != a.DeliveryIDs[0] {
		t.Fatalf("due %+v, %v", due, err)
	}
	d, err := s.Attempt(t.Context(), due[0].ID)
	if err != nil || d.State != Sending || DigestOf(d.Bytes) != d.Digest {
		t.Fatalf("attempt %+v, %v", d, err)
	}
	if err := s.Sent(t.Context(), d.ID, d.Attempts, Reply{Code: 250, Text: "ok"}); err != nil {
		t.Fatal(err)
	}
	d, err = s.DeliveryByID(t.Context(), d.ID)
	if err != nil || d.State != Sent || string(d.Bytes) != "Subject: GW#00000001\r\n\r\nnotice\r\n" {
		t.Fatalf("sent %+v, %v", d, err)
	}
	m, err := s.MailByID(t.Context(), 1)
	if err != nil || m.State != MailAccepted || string(m.Raw) != string(testMail(1)) {
		t.Fatalf("mail %+v, %v", m, err)
	}
	if n, err := s.VerifyChain(t.Context(), nil); err != nil || n < 8 {
		t.Fatalf("chain of %d events: %v", n, err)
	}
}

// A closed store is one file: its log is merged and gone.
func TestCloseLeavesOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gw.db")
	s, err := Open(t.Context(), path, Options{Create: true, Daemon: true})
	if err != nil {
		t.Fatal(err)
	}
	accept(t, s, 1, "198.51.100.77")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if _, err := os.Stat(path + suffix); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", suffix, err)
		}
	}
}

func itoa(n int) string { return fmt.Sprint(n) }
