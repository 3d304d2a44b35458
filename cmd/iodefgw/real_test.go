package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"iodefgw/mailgw/message"
)

// TestRealServers runs the daemon as an operator would, between a real Dovecot
// and a real Postfix with TLS on: a signed report comes in, a redacted notice
// goes out, an acknowledgement brings the second notice, and the daemon is
// killed in between without a loss or a repeat.
func TestRealServers(t *testing.T) {
	srv := realServers(t)
	gw := newRealGateway(t, srv, buildProgram(t))
	gw.setUp()

	gw.start()
	report := gw.must(gw.bin, "report", "-sign", filepath.Join(gw.dir, "site", "gateway.key"),
		"-from", srv["RS_SITEA_ADDR"], "-to", srv["RS_GW_ADDR"], "-name", "Site A", "-id", "sitea.test:1",
		"-source", "198.51.100.77", "-target", "203.0.113.25", "-time", time.Now().Add(-time.Hour).Format(time.RFC3339),
		"-log", gw.file("access.log", "Failed password from 198.51.100.77\nConnection from 198.51.100.77 to 203.0.113.25:22\n"),
		"-conditions", "hide-my-ip")
	gw.post(srv["RS_SITEA_ADDR"], srv["RS_GW_ADDR"], report)

	first := gw.wait("RS_SITEB_MAILDIR", 1)[0]
	if text := readable(first); !strings.Contains(text, "198.51.100.77") || strings.Contains(text, "203.0.113") || strings.Contains(text, "Failed password") {
		t.Errorf("the first notice tells too little or too much:\n%s", text)
	}
	gw.wait("RS_SITEA_MAILDIR", 1) // the receipt

	gw.kill() // as a crash would
	answer := fmt.Sprintf("From: %s\r\nTo: %s\r\nSubject: Re: your notice\r\nMessage-ID: <1@siteb.test>\r\nIn-Reply-To: %s\r\n\r\nWe have it.\r\n",
		srv["RS_SITEB_ADDR"], header(first, "Reply-To"), header(first, "Message-ID"))
	gw.post(srv["RS_SITEB_ADDR"], header(first, "Reply-To"), answer)
	gw.post(srv["RS_SITEA_ADDR"], srv["RS_GW_ADDR"], report) // the same bytes again
	gw.start()

	all := gw.wait("RS_SITEB_MAILDIR", 2)
	second := all[slices.IndexFunc(all, func(m string) bool { return header(m, "Message-ID") != header(first, "Message-ID") })]
	if text := readable(second); !strings.Contains(text, "Failed password from 198.51.100.77") || !strings.Contains(text, "[withheld:ipv4]") || strings.Contains(text, "203.0.113") {
		t.Errorf("the second notice tells too little or too much:\n%s", text)
	}
	gw.keepsSecrets()
	gw.stop()
	if n := len(gw.mails("RS_SITEB_MAILDIR")); n != 2 {
		t.Errorf("site B has %d mails, want 2: one was sent twice", n)
	}
	if n := len(gw.mails("RS_SITEA_MAILDIR")); n != 1 {
		t.Errorf("site A has %d mails, want the one receipt", n)
	}
	gw.must(gw.bin, "fsck", "-config", gw.config())
	gw.must(gw.bin, "audit", "verify", "-config", gw.config())
}

// realServers starts Dovecot and Postfix and returns what servers.sh env says.
func realServers(t *testing.T) map[string]string {
	t.Helper()
	if testing.Short() {
		t.Skip("real servers: not in -short")
	}
	if os.Geteuid() != 0 {
		t.Skip("real servers: Postfix needs root to start")
	}
	for _, name := range []string{"dovecot", "postfix", "openssl", "bash"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("real servers: no %s here; testdata/servers.sh deps lists the Debian packages", name)
		}
	}
	dir, err := os.MkdirTemp("", "iodefgw-real-")
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join("..", "..", "testdata", "servers.sh")
	run := func(args ...string) string {
		out, err := exec.Command(script, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("servers.sh %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // the servers' own users must get in
		t.Fatal(err)
	}
	t.Cleanup(func() { run("down", dir); os.RemoveAll(dir) })
	run("up", dir)
	env := map[string]string{}
	for line := range strings.Lines(run("env", dir)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			env[name] = strings.Trim(value, "'")
		}
	}
	return env
}

type realGateway struct {
	t        *testing.T
	srv      map[string]string
	dir, bin string
	daemon   *exec.Cmd
	logs     *os.File // a file, since the daemon writes while we wait
}

func (g *realGateway) config() string { return filepath.Join(g.dir, "gw", configName) }

func (g *realGateway) file(name, text string) string {
	path := filepath.Join(g.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		g.t.Fatal(err)
	}
	return path
}

func (g *realGateway) must(name string, args ...string) string {
	g.t.Helper()
	cmd := exec.Command(name, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		g.t.Fatalf("%s %v: %v\n%s%s", filepath.Base(name), args, err, out.String(), errs.String())
	}
	return out.String()
}

// buildProgram builds what operators run.
func buildProgram(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "iodefgw")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// newRealGateway is one in a folder of its own; it ends with the test.
func newRealGateway(t *testing.T, srv map[string]string, bin string) *realGateway {
	g := &realGateway{t: t, srv: srv, dir: t.TempDir(), bin: bin}
	var err error
	g.logs, err = os.Create(filepath.Join(g.dir, "daemon.log"))
	check(t, err)
	t.Cleanup(func() { g.kill(); g.logs.Close() })
	return g
}

// setUp is what the README tells an operator to do.
func (g *realGateway) setUp() {
	g.configure()
	g.register(fmt.Sprintf(`
[[party]]
id = "site-a"
name = "Site A"
addresses = [%q]
keys = ["site.asc"]
networks = ["203.0.113.0/24"]

[[party]]
id = "site-b"
name = "Site B"
addresses = [%q]
networks = ["198.51.100.0/24"]
relation = "abuse-desk"
channel = "verified-tls"
`, g.srv["RS_SITEA_ADDR"], g.srv["RS_SITEB_ADDR"]))
}

// configure makes a gateway for the real servers, and a key for site A.
func (g *realGateway) configure() {
	g.must(g.bin, "init", "-name", "GW CSIRT", "-domain", "gw.test", "-address", g.srv["RS_GW_ADDR"], filepath.Join(g.dir, "gw"))
	g.must(g.bin, "init", "-name", "Site A", "-domain", "sitea.test", "-address", g.srv["RS_SITEA_ADDR"], filepath.Join(g.dir, "site"))
	g.file("site.asc", g.must(g.bin, "key", "show", "-armor", "-config", filepath.Join(g.dir, "site", configName)))
	password := g.file("gw.password", g.srv["RS_GW_PASS"]+"\n")
	for section, port := range map[string]string{"imap": "RS_IMAPS_PORT", "smtp": "RS_SUBMISSION_PORT"} {
		g.set(section, "addr", g.srv["RS_HOST"]+":"+g.srv[port])
		g.set(section, "ca_file", g.srv["RS_CA"])
		g.set(section, "username", g.srv["RS_GW_USER"])
		g.set(section, "password_file", password)
	}
	if err := os.WriteFile(filepath.Join(g.dir, "gw", "policy.toml"), []byte("version = 1\napproval = \"auto\"\n"), 0o600); err != nil {
		g.t.Fatal(err)
	}
}

// set edits one setting of the config, as an operator would.
func (g *realGateway) set(section, key, value string) {
	g.t.Helper()
	config, err := os.ReadFile(g.config())
	if err != nil {
		g.t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(config), "\n["+section+"]")
	own, others, more := strings.Cut(rest, "\n[") // the other sections have keys of the same names
	head, tail, ok := strings.Cut(own, "\n"+key+" = ")
	if !ok {
		head, tail, ok = strings.Cut(own, "\n#"+key+" = ")
	}
	if !ok {
		g.t.Fatalf("the sample config has no %s.%s", section, key)
	}
	_, tail, _ = strings.Cut(tail, "\n")
	text := before + "\n[" + section + "]" + head + "\n" + key + " = \"" + value + "\"\n" + tail
	if more {
		text += "\n[" + others
	}
	if err := os.WriteFile(g.config(), []byte(text), 0o600); err != nil {
		g.t.Fatal(err)
	}
}

// register imports a parties file.
func (g *realGateway) register(parties string) {
	g.must(g.bin, "party", "import", "-yes", "-config", g.config(), g.file("parties.toml", parties))
}

func (g *realGateway) start() {
	g.daemon = exec.Command(g.bin, "serve", "-config", g.config())
	g.daemon.Stdout, g.daemon.Stderr = g.logs, g.logs
	if err := g.daemon.Start(); err != nil {
		g.t.Fatal(err)
	}
}

func (g *realGateway) log() string {
	text, err := os.ReadFile(g.logs.Name())
	if err != nil {
		g.t.Fatal(err)
	}
	return string(text)
}

func (g *realGateway) kill() {
	if g.daemon != nil {
		_ = g.daemon.Process.Kill()
		_ = g.daemon.Wait()
		g.daemon = nil
	}
}

func (g *realGateway) stop() {
	_ = g.daemon.Process.Signal(syscall.SIGTERM)
	if err := g.daemon.Wait(); err != nil {
		g.t.Errorf("serve after SIGTERM: %v\n%s", err, g.log())
	}
	g.daemon = nil
}

// post hands a mail to the mail exchanger, as another site's server would.
func (g *realGateway) post(from, to, mail string) {
	g.t.Helper()
	if err := g.tryPost(from, to, mail); err != nil {
		g.t.Fatalf("send to %s: %v", to, err)
	}
}

// keepsSecrets: the password stands neither in the log nor in what other users
// of the computer see of the daemon (case 192).
func (g *realGateway) keepsSecrets() {
	g.t.Helper()
	pid := fmt.Sprint(g.daemon.Process.Pid)
	for _, name := range []string{"cmdline", "environ"} {
		text, err := os.ReadFile(filepath.Join("/proc", pid, name))
		if err != nil || len(text) == 0 || strings.Contains(string(text), g.srv["RS_GW_PASS"]) {
			g.t.Errorf("%s of the daemon tells the password, or nothing: %v", name, err)
		}
	}
	if g.log() == "" || strings.Contains(g.log(), g.srv["RS_GW_PASS"]) {
		g.t.Error("the log tells the password, or nothing")
	}
}

func (g *realGateway) tryPost(from, to, mail string) error {
	c, err := smtp.Dial("127.0.0.1:" + g.srv["RS_SMTP_PORT"])
	if err != nil {
		return err
	}
	defer c.Close()
	return c.SendMail(from, []string{to}, strings.NewReader(mail))
}

// put lays a mail into a Maildir itself: that works while servers are down, and
// what is there is known to the byte.
func (g *realGateway) put(maildir, name string, raw []byte) {
	g.t.Helper()
	box := g.srv[maildir]
	for _, folder := range []string{"tmp", "cur", "new"} {
		if _, err := os.Stat(filepath.Join(box, folder)); err == nil {
			continue
		}
		check(g.t, os.MkdirAll(filepath.Join(box, folder), 0o700))
		check(g.t, os.Chown(box, mailOwner, mailOwner))
		check(g.t, os.Chown(filepath.Join(box, folder), mailOwner, mailOwner))
	}
	tmp := filepath.Join(box, "tmp", name)
	check(g.t, os.WriteFile(tmp, raw, 0o600))
	check(g.t, os.Chown(tmp, mailOwner, mailOwner))
	check(g.t, os.Rename(tmp, filepath.Join(box, "new", name)))
}

// mailOwner is whom Dovecot reads mailboxes as (testdata/servers.sh).
const mailOwner = 20143

func (g *realGateway) mails(maildir string) []string {
	files, err := filepath.Glob(filepath.Join(g.srv[maildir], "new", "*"))
	if err != nil {
		g.t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			g.t.Fatal(err)
		}
		out = append(out, string(raw))
	}
	return out
}

// wait waits until a Maildir has so many mails.
func (g *realGateway) wait(maildir string, n int) []string {
	g.t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if all := g.mails(maildir); len(all) >= n {
			return all
		}
	}
	g.t.Fatalf("%s has %d mails after three minutes, want %d; the daemon's log:\n%s", maildir, len(g.mails(maildir)), n, g.log())
	return nil
}

func header(mail, name string) string { return message.Parse([]byte(mail)).Header.Get(name) }

// readable is a mail with its transfer encodings undone.
func readable(mail string) string {
	text := mail
	message.Parse([]byte(mail)).Root.Walk(func(p *message.Part) bool {
		if b, err := p.Decode(); err == nil && len(p.Children) == 0 {
			text += "\n" + string(b)
		}
		return true
	})
	return text
}
