package mailgw

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"iodefgw/relay"
)

// realServers starts a Dovecot and a Postfix for this test and returns what
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
	dir, err := os.MkdirTemp("", "iodefgw-imap-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
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
	for _, line := range strings.Split(string(out), "\n") {
		if k, v, ok := strings.Cut(line, "="); ok {
			env[k] = strings.Trim(v, "'")
		}
	}
	return env, script
}

// drop puts mails into the Maildir, as an LMTP delivery would.
func drop(t *testing.T, maildir string, raws ...string) {
	t.Helper()
	for _, sub := range []string{"", "tmp", "new", "cur"} {
		if err := os.MkdirAll(filepath.Join(maildir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(filepath.Join(maildir, sub), 20143, 20143); err != nil {
			t.Fatal(err)
		}
	}
	for _, raw := range raws {
		name := fmt.Sprintf("%d.%d.test", time.Now().UnixNano(), len(raw))
		tmp := filepath.Join(maildir, "tmp", name)
		if err := os.WriteFile(tmp, []byte(raw), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(tmp, 20143, 20143); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(tmp, filepath.Join(maildir, "new", name)); err != nil {
			t.Fatal(err)
		}
	}
}

func files(t *testing.T, maildir string) (n int) {
	for _, sub := range []string{"new", "cur"} {
		list, _ := os.ReadDir(filepath.Join(maildir, sub))
		n += len(list)
	}
	return n
}

func (r *rig) real(env map[string]string, mode relay.TLSMode) {
	r.Username, r.CAFile, r.TLS = env["RS_GW_USER"], env["RS_CA"], mode
	r.PasswordFile = filepath.Join(r.t.TempDir(), "password")
	if err := os.WriteFile(r.PasswordFile, []byte(env["RS_GW_PASS"]+"\n"), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func TestRealDovecot(t *testing.T) {
	env, script := realServers(t)
	maildir := env["RS_GW_MAILDIR"]
	archive := filepath.Join(maildir, ".Processed")
	implicit, starttls := "localhost:"+env["RS_IMAPS_PORT"], env["RS_IMAP_STRICT_HOST"]+":"+env["RS_IMAP_PORT"]

	t.Run("TestCase_18_WrongAuthority", func(t *testing.T) {
		r := newRig(t, implicit)
		r.real(env, relay.TLSImplicit)
		r.CAFile = env["RS_OTHER_CA"]
		r.start()
		eventually(t, "two refusals", func() bool { return r.logged("certificate signed by unknown authority") >= 2 })
	})
	t.Run("TestCase_19_WrongPassword", func(t *testing.T) {
		r := newRig(t, implicit)
		r.real(env, relay.TLSImplicit)
		r.PasswordFile = password(t)
		r.start()
		eventually(t, "a refusal", func() bool { return r.logged("msg=auth-failed") >= 1 })
	})

	t.Run("ThousandMailsOverTLS", func(t *testing.T) {
		const n = 1000
		body := strings.Repeat("0123456789abcdef\r\n", 10_000/18)
		var want []string
		for i := range n {
			want = append(want, mail(i)+body)
		}
		drop(t, maildir, want...)
		r := newRig(t, implicit)
		r.real(env, relay.TLSImplicit)
		begun := time.Now()
		stop := r.start()
		eventually(t, "all mails moved", func() bool { return files(t, archive) == n })
		t.Logf("%d mails of %d bytes in %v", n, len(want[0]), time.Since(begun).Round(time.Millisecond))
		drop(t, maildir, mail(n))
		eventually(t, "the mail that came while idling", func() bool { return files(t, archive) == n+1 })
		stop()
		slices.Sort(want)
		if got := r.bodies(); len(got) != n+1 || !slices.Equal(slices.DeleteFunc(got, func(s string) bool { return s == mail(n) }), want) {
			t.Errorf("%d mails handed over, not those that were dropped", len(got))
		}
		if left := files(t, maildir); left != 0 {
			t.Errorf("%d mails are left", left)
		}
		list, err := os.ReadDir(filepath.Join(archive, "cur"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			if _, flags, _ := strings.Cut(f.Name(), ":2,"); strings.Contains(flags, "S") {
				t.Fatalf("\\Seen was set: %s", f.Name())
			}
		}
	})

	// Dovecot is killed while it sends, and started again, several times.
	t.Run("TestCase_6_ServerKilledWhileDraining", func(t *testing.T) {
		const n = 300
		before := files(t, archive)
		var want []string
		for i := range n {
			want = append(want, mail(i)+strings.Repeat("x\r\n", 3000))
		}
		drop(t, maildir, want...)
		slices.Sort(want)
		r := newRig(t, starttls)
		r.real(env, relay.TLSStart)
		r.ServerName = "imap.test"
		r.Sleep = func(ctx context.Context, d time.Duration) { time.Sleep(50 * time.Millisecond) }
		r.Handle = func(ctx context.Context, in Incoming) (Disposition, error) {
			time.Sleep(2 * time.Millisecond)
			return r.take(in), nil
		}
		r.start()
		// A Dovecot that is killed can leave a lock, which the next one breaks
		// only after a minute or two.
		const broken = 3 * time.Minute
		for i := range 2 {
			within(t, broken, "some mails", func() bool { return len(r.bodies()) >= 20+100*i })
			script("imap", env["DIR"], "kill")
			script("imap", env["DIR"], "start")
		}
		t.Cleanup(func() {
			t.Logf("%d mails left, %d moved, %d handed over", files(t, maildir), files(t, archive)-before, len(r.bodies()))
		})
		within(t, broken, "all mails moved", func() bool { return files(t, maildir) == 0 && files(t, archive)-before >= n })
		if got := slices.Compact(r.bodies()); !slices.Equal(got, want) {
			t.Errorf("%d different mails handed over, want %d", len(got), n)
		}
	})
}
