package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// dump spells every row of every table that a backup must carry over.
func dump(t *testing.T, path string) string {
	t.Helper()
	db, err := dial(newConnector(path, time.Second, true, false))
	if err != nil {
		t.Fatal(err)
	}
	defer db.close()
	names, err := list(context.Background(), db, scanText, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
	if err != nil || len(names) < 20 {
		t.Fatal(names, err)
	}
	var out strings.Builder
	for _, name := range names {
		if err := db.query("SELECT * FROM "+name+" ORDER BY 1, 2", nil, func(row scanner) error {
			fmt.Fprintf(&out, "%s %q\n", name, row.values)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// A backup taken under load is one moment of the database, opens elsewhere, and sends nothing before an operator says
// go: what it has as queued was sent by the original meanwhile.
func TestCase_99_BackupUnderLoadAndRestore(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, filepath.Join(dir, "gw.db"), Options{Daemon: true})
	accept(t, s, 1, "198.51.100.77")
	ctx, stop := context.WithCancel(t.Context())
	var load sync.WaitGroup
	for worker := range 4 {
		load.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				s.Receive(ctx, Incoming{Raw: testMail(1000*(worker+1) + n)})
			}
		})
	}
	copied := filepath.Join(dir, "backup.db")
	steps := 0
	if err := s.Backup(t.Context(), "op", copied, func(done, total int) { steps++ }); err != nil {
		t.Fatal(err)
	}
	stop()
	load.Wait()
	if steps == 0 {
		t.Error("no progress told")
	}
	if err := s.Backup(t.Context(), "op", copied, nil); !errors.Is(err, ErrDuplicate) {
		t.Errorf("a backup over another: %v", err)
	}
	files, err := filepath.Glob(copied + "*")
	if err != nil || len(files) != 1 {
		t.Errorf("files of the backup: %q, %v", files, err)
	}
	if st, err := os.Stat(copied); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}

	restored := openAt(t, copied, Options{Daemon: true})
	clean(t, restored)
	why, err := restored.QueueHeld(t.Context())
	if err != nil || why == "" {
		t.Fatalf("restored queue runs: %q, %v", why, err)
	}
	if due, err := restored.Due(t.Context(), time.Now(), 10); err != nil || len(due) != 0 {
		t.Fatalf("due on a held queue: %v, %v", due, err)
	}
	if _, err := restored.Attempt(t.Context(), 1); !errors.Is(err, ErrQueueHeld) {
		t.Fatalf("attempt on a held queue: %v", err)
	}
	if a := accept(t, restored, 2, "203.0.113.1"); a.Number != "GW#00001017" { // the backup had 16 put aside
		t.Errorf("number after a restore: %s", a.Number)
	}
	if err := restored.ReleaseQueue(t.Context(), "op", "checked against the peer"); err != nil {
		t.Fatal(err)
	}
	if due, err := restored.Due(t.Context(), time.Now(), 10); err != nil || len(due) != 2 {
		t.Fatalf("due after the go: %v, %v", due, err)
	}
}

// With nobody writing, the backup is the database, row for row.
func TestCase_99_BackupIsBitEqual(t *testing.T) {
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "gw.db"), filepath.Join(dir, "backup.db")
	s := openAt(t, path, Options{})
	for i := range 5 {
		accept(t, s, i+1, "198.51.100."+itoa(i))
	}
	if err := s.Backup(t.Context(), "op", copied, nil); err != nil {
		t.Fatal(err)
	}
	if a, b := dump(t, path), dump(t, copied); a != b {
		t.Errorf("database and backup differ: %d and %d bytes", len(a), len(b))
	}
}

// What a purge took out is in none of the database's files: neither in free pages nor in the log.
func TestCase_101_PurgedDataIsGone(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "gw.db")
	now := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	s := openAt(t, path, Options{Now: func() time.Time { now = now.Add(time.Second); return now }})
	const canary = "c4n4ry-7f3d"
	var tickets []Accepted
	for i := range 40 {
		r, err := s.Receive(t.Context(), Incoming{Raw: append(testMail(i), strings.Repeat(canary+" mail\r\n", 1+i*i)...)})
		if err != nil {
			t.Fatal(err)
		}
		a, err := plan(t, s, r.ID, i, "198.51.100."+itoa(i))
		if err != nil {
			t.Fatal(err)
		}
		c := &a.Tickets[0]
		c.Reports[0].Document = []byte(strings.Repeat(canary+" document ", 1+i*7))
		c.Reports[0].Conditions = canary + " conditions"
		c.Decisions[0].Delivery.Bytes = []byte(strings.Repeat(canary+" message\r\n", 1+i*11))
		c.Decisions[0].Delivery.Plain = []byte(canary + " plain\r\n")
		c.Pseudonyms = []Pseudonym{{Party: "isp-r", Class: "address", Value: canary + " value", Token: "host-a"}}
		c.Consents = []Consent{{Party: "cert-u", Conditions: canary + " consent"}}
		out, err := s.Accept(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		d, err := s.Attempt(t.Context(), out[0].DeliveryIDs[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Sent(t.Context(), d.ID, 1, Reply{250, canary + " reply"}); err != nil {
			t.Fatal(err)
		}
		tickets = append(tickets, out[0])
	}
	before := grep(t, dir, canary)
	if before == 0 {
		t.Fatal("the canary was never written")
	}
	kept, err := s.Purge(t.Context(), "op", Retention{Mails: now, Tickets: now})
	if err != nil || kept != (Purged{}) {
		t.Fatalf("open tickets were purged: %+v, %v", kept, err)
	}
	for _, a := range tickets {
		if err := s.SetTicket(t.Context(), a.TicketID, TicketOpen, TicketClosed, "op", "done"); err != nil {
			t.Fatal(err)
		}
	}
	gone, err := s.Purge(t.Context(), "op", Retention{Mails: now.Add(time.Hour), Tickets: now.Add(time.Hour)})
	if err != nil || gone != (Purged{Mails: 40, Tickets: 40}) {
		t.Fatalf("purged %+v, %v", gone, err)
	}
	if n := grep(t, dir, canary); n != 0 {
		t.Errorf("%d of %d canaries are still in the files", n, before)
	}
	clean(t, s)
	again, err := s.Receive(t.Context(), Incoming{Raw: append(testMail(3), strings.Repeat(canary+" mail\r\n", 10)...)})
	if err != nil || !again.Duplicate || again.State != MailAccepted {
		t.Errorf("a purged mail again: %+v, %v", again, err)
	}
}

// grep counts a string in all files of a folder.
func grep(t *testing.T, dir, what string) int {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		n += strings.Count(string(b), what)
	}
	return n
}
