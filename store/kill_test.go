package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const killEnv = "IODEFGW_STORE_KILL"

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv(killEnv); path != "" {
		os.Exit(runUntilKilled(path))
	}
	os.Exit(m.Run())
}

// runUntilKilled tells each answer on standard output after it got it: what is told must be on disk.
func runUntilKilled(path string) int {
	s, err := Open(context.Background(), path, Options{Create: true, Daemon: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	var group sync.WaitGroup
	for w := range 6 {
		group.Go(func() {
			for n := 0; ; n++ {
				r, err := s.Receive(context.Background(), Incoming{Raw: fmt.Appendf(nil, "%d %d %d", os.Getpid(), w, n)})
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					return
				}
				fmt.Printf("received %s\n", r.Digest)
				due, err := s.Due(context.Background(), time.Now(), 3)
				if err != nil {
					return
				}
				for _, d := range due {
					if d, err = s.Attempt(context.Background(), d.ID); err != nil {
						continue
					}
					if s.Sent(context.Background(), d.ID, d.Attempts, Reply{Code: 250}) == nil {
						fmt.Printf("sent %d\n", d.ID)
					}
				}
			}
		})
	}
	group.Wait()
	return 1
}

// kill -9 at random moments, again and again on one database: every answer given is on disk, every promise holds.
func TestCase_94_KillNine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gw.db")
	rounds := 8
	if testing.Short() {
		rounds = 2
	}
	told := map[string]bool{}
	for round := range rounds {
		s, err := Open(t.Context(), path, Options{Create: true})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			accept(t, s, 100*round+i, "198.51.100."+itoa(i))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for _, line := range killed(t, path) {
			told[line] = true
		}
		s, err = Open(t.Context(), path, Options{Daemon: true})
		if err != nil {
			t.Fatal(err)
		}
		clean(t, s)
		verifyTold(t, s, told)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d answers in %d runs", len(told), rounds)
}

// killed runs the child for a while, kills it, and returns the answers it told.
func killed(t *testing.T, path string) []string {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), killEnv+"="+path)
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(time.Duration(50+rand.IntN(150))*time.Millisecond, func() { child.Process.Kill() })
	var told []string
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil { // a line without its end was cut off by the kill
			break
		}
		told = append(told, strings.TrimSpace(line))
	}
	var exit *exec.ExitError
	if err := child.Wait(); !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Fatalf("child ended by itself: %v", err)
	}
	return told
}

func verifyTold(t *testing.T, s *Store, told map[string]bool) {
	t.Helper()
	for line := range told {
		verb, what, _ := strings.Cut(line, " ")
		query := "SELECT count(*) FROM mail WHERE digest = ?"
		if verb == "sent" {
			query = "SELECT count(*) FROM delivery WHERE id = ? AND state = 'sent'"
		}
		if n, err := one(t.Context(), s.readers, "count", "", scanID, query, what); err != nil || n != 1 {
			t.Errorf("%q is not on disk: %d, %v", line, n, err)
		}
	}
}
