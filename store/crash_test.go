package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mattn/go-sqlite3"
)

const crashMails = 2

// copyFiles copies the database and its WAL as a crash would leave them; without the -shm, which holds nothing.
func copyFiles(t testing.TB, from, to string) {
	t.Helper()
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(from + suffix)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(to+suffix, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// fileState is a digest of what a crash would leave.
func fileState(t testing.TB, path string) string {
	t.Helper()
	var all []byte
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return string(DigestOf(all))
}

// A gateway that dies at any statement, before or after it took effect, carries on from its files: nothing is lost and
// nothing that was confirmed goes out twice.
func TestCase_94_KilledAtEveryStatement(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "gw.db")
	type moment struct {
		path  string
		world *world
	}
	var moments []moment
	w := newWorld(crashMails)
	f := &faults{}
	s := openAt(t, path, Options{Daemon: true, Wrap: f.wrap})
	boundaries, last := 0, ""
	f.hook = func(string, bool) error {
		boundaries++
		state := fileState(t, path) + fmt.Sprint(w.moved, w.received)
		if state == last {
			return nil // a crash here leaves what one at the boundary before left
		}
		last = state
		m := moment{filepath.Join(dir, "crash", itoa(len(moments))), w.clone()}
		if err := os.MkdirAll(filepath.Dir(m.path), 0o700); err != nil {
			t.Fatal(err)
		}
		copyFiles(t, path, m.path)
		moments = append(moments, m)
		return nil
	}
	if err := w.work(t, s); err != nil {
		t.Fatal(err)
	}
	f.hook = nil
	w.settled(t, s, crashMails)
	if len(moments) < 15 {
		t.Fatalf("only %d moments at %d boundaries", len(moments), boundaries)
	}
	for _, m := range moments {
		again := openAt(t, m.path, Options{Daemon: true})
		clean(t, again)
		if err := m.world.work(t, again); err != nil {
			t.Fatal(err)
		}
		m.world.settled(t, again, crashMails)
		if t.Failed() {
			t.Fatalf("after the crash at moment %s", m.path)
		}
	}
	t.Logf("%d different moments at %d statement boundaries", len(moments), boundaries)
}

// ioError is what SQLite answers when the disk does not.
func ioError() error { return sqlite3.Error{Code: sqlite3.ErrIoErr} }

// Whatever statement meets an I/O error, its verb says ErrUnavailable, nothing half done stays, and work resumes on a
// new connection. An error told after COMMIT took effect leaves the verb done, and saying it again does no harm.
func TestCase_95_IOErrorAtEveryStatement(t *testing.T) {
	for _, before := range []bool{true, false} {
		for n := 1; ; n++ {
			w := newWorld(crashMails)
			f := &faults{}
			s, err := Open(t.Context(), filepath.Join(t.TempDir(), "gw.db"), Options{Create: true, Daemon: true, Wrap: f.wrap})
			if err != nil {
				t.Fatal(err)
			}
			count, fired := 0, false
			f.hook = func(query string, b bool) error {
				// After a statement other than COMMIT is as good as before the next.
				if fired || b != before || !before && query != "COMMIT" {
					return nil
				}
				if count++; count < n {
					return nil
				}
				fired = true
				return ioError()
			}
			for tries := 0; ; tries++ {
				err := w.work(t, s)
				if err == nil {
					break
				}
				if !errors.Is(err, ErrUnavailable) || tries > 2 {
					t.Fatalf("statement %d: %v", n, err)
				}
			}
			if err := s.Healthy(); err != nil {
				t.Errorf("statement %d: still unhealthy: %v", n, err)
			}
			w.settled(t, s, crashMails)
			f.hook = nil
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if t.Failed() {
				t.Fatalf("after the fault at statement %d, before %t", n, before)
			}
			if !fired {
				if n < 10 {
					t.Fatalf("only %d statements", n)
				}
				break
			}
		}
	}
}

// While the disk stays bad every verb is refused and says so; reading goes on; when it is well again work resumes.
func TestCase_95_PersistentIOError(t *testing.T) {
	f := &faults{}
	s := openTest(t, Options{Wrap: f.wrap})
	receive(t, s, 1)
	f.hook = func(query string, before bool) error {
		if query == "COMMIT" && before {
			return ioError()
		}
		return nil
	}
	for range 3 {
		if _, err := s.Receive(t.Context(), Incoming{Raw: testMail(2)}); !errors.Is(err, ErrUnavailable) {
			t.Fatalf("receive on a bad disk: %v", err)
		}
		if s.Healthy() == nil {
			t.Fatal("healthy on a bad disk")
		}
		if mails, err := s.Mails(t.Context(), MailFilter{}); err != nil || len(mails) != 1 {
			t.Fatalf("reading: %d mails, %v", len(mails), err)
		}
	}
	f.hook = nil
	if r := receive(t, s, 2); r.Duplicate {
		t.Error("a refused mail was stored")
	}
	if err := s.Healthy(); err != nil {
		t.Error(err)
	}
}

// Damage that a verb meets stops all of them, also when the next page would read well.
func TestCase_105_DamageFoundAtWork(t *testing.T) {
	f := &faults{}
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "gw.db"), Options{Create: true, Wrap: f.wrap})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d := accept(t, s, 1, "198.51.100.77").DeliveryIDs[0]
	f.hook = func(query string, before bool) error {
		if strings.Contains(query, "INTO mail ") {
			return sqlite3.Error{Code: sqlite3.ErrCorrupt}
		}
		return nil
	}
	if _, err := s.Receive(t.Context(), Incoming{Raw: testMail(2)}); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("receive: %v", err)
	}
	f.hook = nil
	if _, err := s.Attempt(t.Context(), d); !errors.Is(err, ErrCorrupt) || !errors.Is(err, ErrUnavailable) {
		t.Errorf("attempt on a damaged database: %v", err)
	}
	if err := s.Healthy(); !errors.Is(err, ErrCorrupt) {
		t.Errorf("health: %v", err)
	}
}

// A WAL whose tail was torn or garbled by the crash loses at most what was not committed to it before the damage.
func TestCase_97_TornWAL(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "gw.db")
	s := openAt(t, path, Options{})
	for i := range 20 {
		accept(t, s, i+1, "198.51.100.77")
	}
	wal, err := os.ReadFile(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	last := -1
	for _, part := range []int{100, 97, 75, 50, 25, 3, 0} {
		for _, garble := range []bool{false, true} {
			torn := filepath.Join(dir, "torn")
			copyFiles(t, path, torn)
			n := len(wal) * part / 100
			b := append([]byte(nil), wal[:n]...)
			if garble {
				b = append(b, wal[n:]...)
				for i := n; i < len(b); i++ {
					b[i] ^= 0x5a
				}
			}
			if err := os.WriteFile(torn+"-wal", b, 0o600); err != nil {
				t.Fatal(err)
			}
			mails := reopened(t, torn)
			if last >= 0 && mails > last {
				t.Errorf("%d%% of the WAL hold %d mails, more of it %d", part, mails, last)
			}
			if part == 100 && mails != 20 {
				t.Errorf("whole WAL: %d mails, want 20", mails)
			}
			last = mails
			for _, suffix := range []string{"", "-wal", "-shm", ".lease"} {
				os.Remove(torn + suffix)
			}
		}
	}
}

// reopened opens and checks a database, and counts its mails; -1 when not even the schema was in it.
func reopened(t *testing.T, path string) int {
	t.Helper()
	s, err := Open(context.Background(), path, Options{Daemon: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	clean(t, s)
	mails, err := s.Mails(context.Background(), MailFilter{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return len(mails)
}
