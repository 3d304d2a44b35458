package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// demoEnv is the process of a test, with a terminal of so many columns, 0 for
// none.
func demoEnv(width int) (env *Env, out, errs *bytes.Buffer) {
	out, errs = &bytes.Buffer{}, &bytes.Buffer{}
	env = processEnv()
	env.Stdin, env.Stdout, env.Stderr = strings.NewReader(""), out, errs
	env.User = func() (string, error) { return "alice", nil }
	env.Width = func(io.Writer) int { return width }
	env.Getenv = func(string) string { return "" }
	return env, out, errs
}

// section is the part of an output under a heading, without empty lines.
func section(t *testing.T, out, heading string) []string {
	t.Helper()
	_, rest, ok := strings.Cut(out, "\n"+heading+"\n\n")
	if !ok {
		t.Fatalf("there is no part %q in:\n%s", heading, out)
	}
	part, _, _ := strings.Cut(rest, "\n\n")
	return strings.Split(strings.TrimSpace(part), "\n")
}

// lastPart is where a demo says what was not as it should be.
func lastPart(out *bytes.Buffer) string {
	b := out.Bytes()
	return string(b[max(0, len(b)-3000):])
}

func TestDemoOnceTellsWhatCameInAndWentOut(t *testing.T) {
	env, out, errs := demoEnv(0)
	if got := run([]string{"demo", "-once", "-dir", t.TempDir()}, env); got != exitFine {
		t.Fatalf("exit status %d\n%s%s", got, lastPart(out), errs)
	}
	var in []string
	for _, line := range section(t, out.String(), "What came in") {
		in = append(in, strings.Join(strings.Fields(line)[1:], " ")) // two answers may come in either order
	}
	slices.Sort(in)
	if diff := cmp.Diff([]string{
		"MAIL FROM STATE DECISIVE REASON TICKET",
		"answer csirt-n recorded good-signature GW#00000002",
		"answer isp-j recorded acknowledgement GW#00000002",
		"answer isp-j recorded acknowledgement GW#00000004",
		"answer isp-r recorded acknowledgement GW#00000001",
		"as-is cert-u accepted good-signature GW#00000001",
		"broken org-v held malformed-document",
		"forged cert-u held unknown-key",
		"hide-my-ip cert-u accepted good-signature GW#00000002",
		"silent org-v accepted good-signature GW#00000003",
		"tampered org-v held bad-signature",
		"update cert-u accepted good-signature GW#00000001",
		"v1-gzip org-v accepted good-signature GW#00000004",
	}, in); diff != "" {
		t.Errorf("what came in (-want +got):\n%s", diff)
	}
	var sent []string
	for _, line := range section(t, out.String(), "What went out to whom") {
		sent = append(sent, strings.Join(strings.Fields(line), " "))
	}
	slices.Sort(sent)
	if diff := cmp.Diff([]string{
		"GW#00000001 cert-u ack clean equal sent",
		"GW#00000001 cert-u ack clean equal sent",
		"GW#00000001 cert-u outcome clean equal sent",
		"GW#00000001 cert-u outcome clean equal sent",
		"GW#00000001 isp-r notice acknowledged clean equal sent",
		"GW#00000001 isp-r notice acknowledged clean equal sent",
		"GW#00000001 isp-r notice first-contact clean equal sent",
		"GW#00000002 cert-u ack clean equal sent",
		"GW#00000002 cert-u outcome clean equal sent",
		"GW#00000002 csirt-n notice first-contact clean equal sent",
		"GW#00000002 csirt-n notice trusted clean equal sent",
		"GW#00000002 isp-j notice acknowledged clean equal sent",
		"GW#00000002 isp-j notice first-contact clean equal sent",
		"GW#00000003 org-v ack clean equal sent",
		"GW#00000003 org-v question clean equal sent",
		"GW#00000004 isp-j notice acknowledged clean equal sent",
		"GW#00000004 isp-j notice first-contact clean equal sent",
		"GW#00000004 org-v ack clean equal sent",
		"TICKET TO KIND STAGE LEAK SCAN TWIN RUN STATE",
	}, sent); diff != "" {
		t.Errorf("what went out (-want +got):\n%s", diff)
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("there are colours on a pipe")
	}
}

// Two conditions for the same kind of log: the difference is what the demo is
// there to show.
func TestDemoShowsTheDifferenceBetweenConditions(t *testing.T) {
	env, out, errs := demoEnv(140)
	env.Getenv = func(name string) string { return map[string]string{"NO_COLOR": "1"}[name] }
	if got := run([]string{"demo", "-once", "-dir", t.TempDir()}, env); got != exitFine {
		t.Fatalf("exit status %d\n%s%s", got, lastPart(out), errs)
	}
	row := func(heading, label string) string {
		for _, line := range section(t, out.String(), heading) {
			if strings.HasPrefix(line, label+" ") {
				return strings.Join(strings.Fields(line), " ")
			}
		}
		t.Fatalf("no row %q under %q", label, heading)
		return ""
	}
	asIs := "GW#00000001, as-is: what cert-u reported, and what isp-r was told"
	hidden := "GW#00000002, hide-my-ip: what cert-u reported, and what isp-j was told"
	for _, c := range []struct{ heading, label, want string }{
		{asIs, "target", "target 203.0.113.25 www.example.co.jp port 22 not told 203.0.113.25 www.example.co.jp port 22"},
		{hidden, "target", "target 203.0.113.25 www.example.co.jp port 22 not told x.x.x.x/x port 22"},
		{asIs, "source", "source 198.51.100.77 198.51.100.77 198.51.100.77"},
		{hidden, "source", "source 2001:db8:5::77, 192.0.2.150 2001:db8:5::77 2001:db8:5::77"},
	} {
		if got := row(c.heading, c.label); got != c.want {
			t.Errorf("%s: %q, want %q", c.heading, got, c.want)
		}
	}
}

func TestDemoFitsTheTerminal(t *testing.T) {
	for _, width := range []int{80, 100, 140} {
		env, out, errs := demoEnv(width)
		dir := t.TempDir()
		if got := run([]string{"demo", "-once", "-dir", dir}, env); got != exitFine {
			t.Fatalf("exit status %d\n%s%s", got, lastPart(out), errs)
		}
		if !strings.Contains(out.String(), "\x1b[") {
			t.Error("there are no colours on a terminal")
		}
		for line := range strings.SplitSeq(out.String(), "\n") {
			plain := colours.Replace(line)
			if columns(plain) > width && !strings.Contains(plain, dir) {
				t.Errorf("%d columns: %q takes %d", width, plain, columns(plain))
			}
		}
	}
}

var colours = strings.NewReplacer("\x1b[0m", "", "\x1b[1m", "", "\x1b[31m", "", "\x1b[32m", "", "\x1b[33m", "")

// A demo that cannot fail would show nothing: each kind of expectation must be
// able to be disappointed.
func TestDemoSaysWhatIsNotAsExpected(t *testing.T) {
	env, out, _ := demoEnv(0)
	ctx := context.Background()
	d, err := startDemo(ctx, env, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.close(); err != nil {
			t.Error(err)
		}
	}()
	if err := d.play(ctx); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		spoil func(r *demoResult)
		says  string
	}{
		{"all is well", func(*demoResult) {}, ""},
		{"a verdict", func(r *demoResult) { r.mails[6].State = "accepted" }, `mail "forged" is accepted and not held`},
		{"a reason", func(r *demoResult) { r.mails[6].Reasons = []string{"good-signature"} }, `mail "forged": the reasons are ["good-signature"]`},
		{"a ticket", func(r *demoResult) { r.reports[0].MailID = 7 }, `mail "forged": its ticket is "GW#00000001"`},
		{"a mail too few", func(r *demoResult) { r.decisions = r.decisions[1:] }, `GW#00000001: sent were`},
		{"not in the Maildir", func(r *demoResult) { r.letters = r.letters[1:] }, `lies 0 times in its Maildir`},
		{"unknown to the database", func(r *demoResult) { delete(r.deliveries, 1) }, `1 mails lie in Maildirs that the database does not know`},
		{"a secret", func(r *demoResult) {
			for _, l := range r.letters { // what isp-r may know, under the ticket that hides it
				if l.party.ID == "isp-r" && len(logLines(l.incidents[0])) > 0 {
					for _, v := range r.deliveries {
						if v.Party == "isp-j" && v.Stage == "acknowledged" && v.Number == "GW#00000002" {
							l.messageID = v.MessageID
						}
					}
				}
			}
		}, `on GW#00000002 names the address that cert-u hides`},
	} {
		r, err := d.result(ctx)
		if err != nil {
			t.Fatal(err)
		}
		c.spoil(r)
		out.Reset()
		err = d.verdict(ctx, r)
		said := strings.Join(strings.Fields(out.String()), " ")
		if want := c.says != ""; errors.Is(err, errFindings) != want || want && !strings.Contains(said, c.says) {
			t.Errorf("%s: error %v, said %s", c.name, err, said)
		}
	}
}

// Without -once the servers stay up until a signal comes.
func TestDemoStaysUpUntilItIsStopped(t *testing.T) {
	env, _, errs := demoEnv(0)
	up := &signalled{mark: "until Ctrl-C", seen: make(chan struct{})}
	env.Stdout = up
	dir := t.TempDir()
	ended := make(chan int, 1)
	go func() { ended <- run([]string{"demo", "-dir", dir}, env) }()
	select {
	case <-up.seen:
	case got := <-ended:
		t.Fatalf("ended with status %d: %s", got, errs)
	}
	c, err := ReadConfig(filepath.Join(dir, configName))
	if err != nil {
		t.Fatal(err)
	}
	for _, addr := range []string{c.IMAP.Addr, c.SMTP.Addr} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Errorf("the servers are not up: %v", err)
			continue
		}
		conn.Close()
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil { // runDemo takes it
		t.Fatal(err)
	}
	if got := <-ended; got != exitFine {
		t.Errorf("exit status %d: %s", got, errs)
	}
	for _, addr := range []string{c.IMAP.Addr, c.SMTP.Addr} {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			t.Errorf("a server is still up on %s", addr)
		}
	}
}

// signalled is an output that says when a text was written.
type signalled struct {
	mark string
	seen chan struct{}
	once sync.Once
}

func (s *signalled) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(s.mark)) {
		s.once.Do(func() { close(s.seen) })
	}
	return len(p), nil
}

func TestDemoKeepsOutOfAFolderInUse(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	env, out, errs := demoEnv(0)
	if got := run([]string{"demo", "-once", "-dir", dir}, env); got != exitError {
		t.Errorf("exit status %d", got)
	}
	if out.Len() > 0 || !strings.Contains(errs.String(), "is not empty\nhint: ") {
		t.Errorf("said %q, %q", out, errs)
	}
	if there, _ := os.ReadDir(dir); len(there) != 1 {
		t.Errorf("the folder now holds %v", there)
	}
}

func TestFoldCountsColumns(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 5, []string{""}},
		{"one two", 7, []string{"one two"}},
		{"one two", 6, []string{"one", "two"}},
		{"abcdefgh ij", 5, []string{"abcde", "fgh", "ij"}},
		{"ご連絡です", 4, []string{"ご連", "絡で", "す"}}, // two columns each
	} {
		if diff := cmp.Diff(c.want, fold(c.text, c.width)); diff != "" {
			t.Errorf("fold(%q, %d) (-want +got):\n%s", c.text, c.width, diff)
		}
	}
}
