package store

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// limitFiles makes every write beyond n bytes of a file fail, as a full disk does, until it is lifted.
func limitFiles(t *testing.T, n uint64) (lift func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ) // the write then fails with EFBIG
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: old.Max}); err != nil {
		t.Skipf("cannot limit file sizes: %v", err)
	}
	lift = func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(lift)
	return lift
}

// No space at any point of the work: the verb is refused, nothing that was answered is lost, and with space again the
// same gateway, without a restart, finishes.
func TestCase_96_DiskFull(t *testing.T) {
	for limit := uint64(200 << 10); limit < 500<<10; limit += 17 << 10 {
		w := newWorld(crashMails)
		s, err := Open(t.Context(), filepath.Join(t.TempDir(), "gw.db"), Options{Create: true, Daemon: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
		lift := limitFiles(t, limit-200<<10)
		err = w.work(t, s)
		lift()
		if err != nil && (!errors.Is(err, ErrUnavailable) || s.Healthy() == nil) {
			t.Fatalf("limit %d: %v, health %v", limit, err, s.Healthy())
		}
		if limit == 200<<10 && err == nil {
			t.Fatal("no write failed")
		}
		if err := w.work(t, s); err != nil {
			t.Fatalf("limit %d lifted: %v", limit, err)
		}
		w.settled(t, s, crashMails)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// SQLite's own word for no space.
func TestCase_96_DatabaseFull(t *testing.T) {
	s := openTest(t, Options{})
	receive(t, s, 1)
	pages := 0
	limit := func(n int) {
		t.Helper()
		if err := s.writer.exclusive(t.Context(), "limit", func(c *conn) error {
			if err := c.first("PRAGMA page_count", nil).Scan(&pages); err != nil {
				return err
			}
			_, err := c.run("PRAGMA max_page_count = "+itoa(pages+n), nil)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	limit(2)
	_, err := s.Receive(t.Context(), Incoming{Raw: make([]byte, 1<<20)})
	if !errors.Is(err, ErrUnavailable) || s.Healthy() == nil {
		t.Fatalf("receive with a full database: %v", err)
	}
	receive(t, s, 2) // the new connection has no limit: space again
	if err := s.Healthy(); err != nil {
		t.Error(err)
	}
	clean(t, s)
}

// Another process holds the write lock: a verb waits as long as it is told to, then says so, and goes on later.
func TestCase_98_DatabaseLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gw.db")
	s := openAt(t, path, Options{BusyTimeout: 50 * time.Millisecond})
	other, err := rawConn(newConnector(path, time.Second, false, true))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.Exec("BEGIN IMMEDIATE", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Receive(t.Context(), Incoming{Raw: testMail(1)}); !errors.Is(err, ErrUnavailable) {
		t.Fatalf("receive under a lock: %v", err)
	}
	done := make(chan error, 1)
	go func() {
		for {
			_, err := s.Receive(context.Background(), Incoming{Raw: testMail(1)})
			if !errors.Is(err, ErrUnavailable) {
				done <- err
				return
			}
		}
	}()
	time.Sleep(100 * time.Millisecond)
	if _, err := other.Exec("ROLLBACK", nil); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	clean(t, s)
}

// Two processes write by turns: neither loses an update, and the audit chain is one.
func TestCase_98_OperatorBesideTheDaemon(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gw.db")
	daemon := openAt(t, path, Options{Daemon: true})
	operator := openAt(t, path, Options{})
	done := make(chan error, 2)
	for i, s := range []*Store{daemon, operator} {
		go func() {
			var err error
			for n := 0; n < 50 && err == nil; n++ {
				_, err = s.Receive(context.Background(), Incoming{Raw: testMail(1000*i + n)})
			}
			done <- err
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if c, err := daemon.Counts(t.Context()); err != nil || c.Mails[MailReceived] != 100 {
		t.Fatalf("%v, %v", c.Mails, err)
	}
	clean(t, operator)
}

// One daemon per database; the lease ends with its holder, not with a file.
func TestCase_17_SecondDaemonIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gw.db")
	first, err := Open(t.Context(), path, Options{Create: true, Daemon: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, Options{Daemon: true}); !errors.Is(err, ErrLeased) {
		t.Fatalf("second daemon: %v", err)
	}
	openAt(t, path, Options{}) // an operator's command may
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + ".lease"); err != nil {
		t.Fatal(err)
	}
	openAt(t, path, Options{Daemon: true})
}

// Files that others may read or write are refused before anything is opened.
func TestCase_104_FileModes(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	path := filepath.Join(t.TempDir(), "gw.db")
	s, err := Open(t.Context(), path, Options{Create: true, Daemon: true})
	if err != nil {
		t.Fatal(err)
	}
	receive(t, s, 1)
	for _, suffix := range []string{"", "-wal", "-shm", ".lease"} {
		st, err := os.Stat(path + suffix)
		if err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", suffix, st.Mode(), err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o602} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), path, Options{Daemon: true}); !errors.Is(err, ErrMode) {
			t.Errorf("mode %04o: %v", mode, err)
		}
	}
	if _, err := Open(t.Context(), path+"-none", Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file without Create: %v", err)
	}
}

// A damaged page is found at the start of a daemon, by a backup and by fsck, each before anything is relayed from it.
func TestCase_105_CorruptPage(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "gw.db")
	s, err := Open(t.Context(), path, Options{Create: true, Daemon: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		accept(t, s, i+1, "198.51.100."+itoa(i))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for page := 1; page < len(b)/4096; page += 7 {
		bad := append([]byte(nil), b...)
		for i := page*4096 + 1; i < page*4096+64; i++ {
			bad[i] = 0xff
		}
		damaged := filepath.Join(dir, "bad")
		if err := os.WriteFile(damaged, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(t.Context(), damaged, Options{Daemon: true})
		if errors.Is(err, ErrCorrupt) && errors.Is(err, ErrUnavailable) {
			found++
			operator, err := Open(t.Context(), damaged, Options{ReadOnly: true})
			if err != nil {
				continue // the schema itself is hit
			}
			if err := operator.Backup(t.Context(), "op", filepath.Join(dir, "copy"+itoa(page)), nil); !errors.Is(err, ErrCorrupt) {
				t.Errorf("page %d: backup says %v", page, err)
			}
			if problems, err := operator.Fsck(t.Context(), nil); len(problems) == 0 && !errors.Is(err, ErrCorrupt) {
				t.Errorf("page %d: fsck finds nothing, %v", page, err)
			}
			operator.Close()
		} else {
			t.Errorf("page %d: damage not found: %v", page, err)
		}
		for _, suffix := range []string{"", "-wal", "-shm", ".lease"} {
			os.Remove(damaged + suffix)
		}
	}
	if found == 0 {
		t.Error("no damage found at all")
	}
}
