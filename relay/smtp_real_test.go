package relay

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// realServers starts a Postfix and a Dovecot for this test and returns what
// servers.sh env prints.
func realServers(t *testing.T) (env map[string]string, script func(args ...string)) {
	t.Helper()
	if testing.Short() {
		t.Skip("real servers: not in -short")
	}
	if os.Getuid() != 0 {
		t.Skip("real servers: Postfix needs root to start")
	}
	for _, name := range []string{"dovecot", "postfix", "openssl"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("real servers: no %s here; testdata/servers.sh deps lists the Debian packages", name)
		}
	}
	dir, err := os.MkdirTemp("", "iodefgw-smtp-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // the servers' own users must get in
		t.Fatal(err)
	}
	script = func(args ...string) {
		t.Helper()
		if out, err := exec.Command("../testdata/servers.sh", args...).CombinedOutput(); err != nil {
			t.Fatalf("servers.sh %v: %v\n%s", args, err, out)
		}
	}
	t.Cleanup(func() { script("down", dir); os.RemoveAll(dir) })
	script("up", dir)
	out, err := exec.Command("../testdata/servers.sh", "env", dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	env = map[string]string{"DIR": dir}
	for line := range strings.Lines(string(out)) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			env[k] = strings.Trim(v, "'")
		}
	}
	return env, script
}

func TestRealPostfix(t *testing.T) {
	env, script := realServers(t)
	pw := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(pw, []byte(env["RS_GW_PASS"]+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// submission is a client of the submission port, or of the one named.
	submission := func(mode TLSMode, port string) *Submission {
		s := &Submission{Addr: "127.0.0.1:" + env[port], TLS: mode, ServerName: "mail.test", CAFile: env["RS_CA"],
			Username: env["RS_GW_USER"], PasswordFile: pw, LocalName: "gw.test"}
		t.Cleanup(func() { s.Close() })
		return s
	}
	to := func(address string, n int) Mail {
		return Mail{From: env["RS_GW_ADDR"], To: address, RequireTLS: true,
			Bytes: fmt.Appendf(nil, "From: %s\r\nTo: %s\r\nSubject: notice %d\r\nMessage-ID: <%d@gw.test>\r\n\r\n.dot\r\n", env["RS_GW_ADDR"], address, n, n)}
	}
	inbox := func() (n int) {
		for _, sub := range []string{"new", "cur"} {
			list, _ := os.ReadDir(filepath.Join(env["RS_SITEA_MAILDIR"], sub))
			n += len(list)
		}
		return n
	}

	for name, c := range map[string]struct {
		mode TLSMode
		port string
	}{"STARTTLS": {TLSStart, "RS_SUBMISSION_PORT"}, "TLS from the start": {TLSImplicit, "RS_SUBMISSIONS_PORT"}} {
		t.Run(name, func(t *testing.T) {
			s := submission(c.mode, c.port)
			before := inbox()
			var wg sync.WaitGroup
			begun := time.Now()
			for n := range 40 {
				wg.Add(1)
				go func() {
					defer wg.Done()
					if err := s.Send(context.Background(), to(env["RS_SITEA_ADDR"], n)); err != nil {
						t.Error(err)
					}
				}()
			}
			wg.Wait()
			t.Logf("40 mails in %v", time.Since(begun).Round(time.Millisecond))
			for end := time.Now().Add(15 * time.Second); inbox() != before+40; time.Sleep(10 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("%d mails arrived", inbox()-before)
				}
			}
		})
	}

	t.Run("TestCase_109_Refusals", func(t *testing.T) {
		s := submission(TLSStart, "RS_SUBMISSION_PORT")
		for address, want := range map[string]SendError{
			"x@bounce.test":     {Code: 550, Enhanced: "5.1.1", Permanent: true, Phase: "rcpt"},
			"x@slow.test":       {Code: 450, Enhanced: "4.2.0", Phase: "rcpt"},
			"x@huge.test":       {Code: 552, Enhanced: "5.3.4", Permanent: true, Phase: "end"},
			"x@tempdata.test":   {Code: 451, Enhanced: "4.3.0", Phase: "end"},
			"nobody@sitea.test": {Code: 550, Enhanced: "5.1.1", Permanent: true, Phase: "rcpt"},
		} {
			var se *SendError
			err := s.Send(context.Background(), to(address, 0))
			if !errors.As(err, &se) || se.Code != want.Code || se.Enhanced != want.Enhanced || se.Permanent != want.Permanent || se.Phase != want.Phase || se.Maybe {
				t.Errorf("%s: %v, want %d %s at %s", address, err, want.Code, want.Enhanced, want.Phase)
			}
		}
		big := to(env["RS_SITEA_ADDR"], 1)
		big.Bytes = append(big.Bytes, strings.Repeat(strings.Repeat("x", 70)+"\r\n", 1_000_000)...)
		var se *SendError
		if err := s.Send(context.Background(), big); !errors.As(err, &se) || !se.Permanent || se.Phase != "check" {
			t.Errorf("72 MB: %v", err)
		}
	})

	t.Run("TestCase_113_TLSAndPassword", func(t *testing.T) {
		for name, change := range map[string]func(*Submission){
			"other authority": func(s *Submission) { s.CAFile = env["RS_OTHER_CA"] },
			"other name":      func(s *Submission) { s.ServerName = "mail.example" },
			"wrong password":  func(s *Submission) { s.PasswordFile = passwordFile(t) },
		} {
			s := submission(TLSStart, "RS_SUBMISSION_PORT")
			change(s)
			var se *SendError
			if err := s.Send(context.Background(), to(env["RS_SITEA_ADDR"], 0)); !errors.As(err, &se) || se.Permanent || se.Maybe {
				t.Errorf("%s: %v, want a temporary error", name, err)
			}
		}
	})

	t.Run("TestCase_108_ServerDownAndUp", func(t *testing.T) {
		s := submission(TLSStart, "RS_SUBMISSION_PORT")
		if err := s.Send(context.Background(), to(env["RS_SITEA_ADDR"], 1)); err != nil {
			t.Fatal(err)
		}
		script("smtp", env["DIR"], "kill") // a kept connection breaks
		var se *SendError
		if err := s.Send(context.Background(), to(env["RS_SITEA_ADDR"], 2)); !errors.As(err, &se) || se.Permanent || se.Maybe {
			t.Errorf("server is down: %v", err)
		}
		script("smtp", env["DIR"], "start")
		if err := s.Send(context.Background(), to(env["RS_SITEA_ADDR"], 2)); err != nil {
			t.Errorf("server is up again: %v", err)
		}
	})
}

func BenchmarkSend(b *testing.B) {
	for _, parallel := range []int{1, 4} {
		b.Run(fmt.Sprintf("connections=%d", parallel), func(b *testing.B) {
			s := sink(b).submission(b)
			s.Parallel = parallel
			m := testMail(strings.Repeat("0123456789abcdef\r\n", 10_000/18))
			b.ReportAllocs()
			b.SetParallelism(parallel)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := s.Send(context.Background(), m); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
