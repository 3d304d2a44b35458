package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"iodefgw/store"
)

// startOps runs a daemon between servers in memory.
func startOps(t *testing.T) (d *daemon, inbox *demoMailbox, log *bytes.Buffer) {
	t.Helper()
	site, inbox := startSite(t, func() smtp.Session { return dropSession{} })
	site.config.SMTP.TLS = "insecure-loopback"
	log = &bytes.Buffer{}
	d, err := newDaemon(context.Background(), site.env, site.config, slog.New(slog.NewTextHandler(log, nil)), true)
	check(t, err)
	t.Cleanup(func() { check(t, d.close()) })
	return d, inbox, log
}

// dropSession takes every mail and keeps none.
type dropSession struct{}

func (dropSession) Mail(string, *smtp.MailOptions) error { return nil }
func (dropSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (dropSession) Data(r io.Reader) error               { _, err := io.Copy(io.Discard, r); return err }
func (dropSession) Reset()                               {}
func (dropSession) Logout() error                        { return nil }

func get(d *daemon, path string) (status int, body string) {
	w := httptest.NewRecorder()
	d.handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w.Code, w.Body.String()
}

// until waits for something that other goroutines bring about.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after a minute not: %s", what)
		}
	}
}

// figure is one sample of the exposition.
func figure(t *testing.T, text, name string) float64 {
	t.Helper()
	m := regexp.MustCompile(`(?m)^iodefgw_` + regexp.QuoteMeta(name) + ` (\S+)$`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no %s in\n%s", name, text)
	}
	v, err := strconv.ParseFloat(m[1], 64)
	check(t, err)
	return v
}

// TestMetrics: the sum of received mails holds whenever it is looked at, and
// what the daemon did can be read.
func TestMetrics(t *testing.T) {
	d, inbox, _ := startOps(t)
	if status, text := get(d, "/readyz"); status != 503 || !strings.Contains(text, "imap: not connected yet") {
		t.Errorf("ready before the start: %d %s", status, text)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.run(ctx) }()
	const mails = 20
	for i := range mails {
		raw := fmt.Sprintf("From: a@x.example\r\nTo: %s\r\nSubject: %d\r\n\r\nHello.\r\n", demoAddress, i%15) // five are copies
		check(t, inbox.take([]byte(raw)))
	}
	risen := map[string]float64{}
	holds := func() float64 {
		_, text := get(d, "/metrics")
		sum := 0.0
		for _, o := range []string{"accepted", "held", "rejected", "duplicate"} {
			now := figure(t, text, `mails_total{outcome="`+o+`"}`)
			if now < risen[o] {
				t.Errorf("%s fell from %v to %v", o, risen[o], now)
			}
			risen[o] = now
			sum += now
		}
		if got := figure(t, text, "mails_received_total"); got != sum {
			t.Errorf("received %v, but decided %v", got, sum)
		}
		return sum
	}
	until(t, "all mails are counted", func() bool { return holds() == mails })
	var text string
	until(t, "the mailbox is done with them", func() bool { // a moment after the store is
		_, text = get(d, "/metrics")
		return strings.Contains(text, fmt.Sprintf("iodefgw_stage_seconds_count{stage=\"take\"} %d\n", mails)) && strings.Contains(text, "iodefgw_up{part=\"imap\"} 1\n")
	})
	for name, want := range map[string]float64{
		`mails_total{outcome="held"}`: 15, `mails_total{outcome="duplicate"}`: 5, `mails{state="held"}`: 15, `mails{state="copies"}`: 5, "mails_pending": 0, "oldest_mail_seconds": 0,
		`deliveries{state="queued"}`: 0, `stage_seconds_count{stage="take"}`: mails, `up{part="imap"}`: 1, `up{part="store"}`: 1,
	} {
		if got := figure(t, text, name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	// A copy that comes while the first is at work is opened too, by a clock of its own.
	opened, acted := figure(t, text, `stage_seconds_count{stage="open"}`), figure(t, text, `stage_seconds_bucket{stage="act",le="+Inf"}`)
	if opened < 15 || opened > mails || acted != opened {
		t.Errorf("%v mails were opened, %v acted on", opened, acted)
	}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if !regexp.MustCompile(`^(# (HELP|TYPE) iodefgw_[a-z_]+ .+|iodefgw_[a-z_]+(\{([a-z]+="[^"]*",?)+\})? [0-9.e+-]+)$`).MatchString(line) {
			t.Errorf("no line of the exposition format: %q", line)
		}
	}
	until(t, "ready", func() bool { status, _ := get(d, "/readyz"); return status == 200 })
	if status, text := get(d, "/healthz"); status != 200 {
		t.Errorf("health %d: %s", status, text)
	}
	// Judged again, they are where they were for a while; what has come has come.
	for id := range int64(15) {
		check(t, d.store.Recheck(ctx, id+1, "alice", ""))
	}
	if sum := holds(); sum != mails {
		t.Errorf("a recheck has made %v of %d mails", sum, mails)
	}
	check(t, d.gateway.Sweep(ctx))
	until(t, "all are held again", func() bool { _, text = get(d, "/metrics"); return figure(t, text, `mails{state="held"}`) == 15 })
	// An auto-reply is recorded: a mail that was taken.
	check(t, inbox.take([]byte("From: b@x.example\r\nTo: "+demoAddress+"\r\nAuto-Submitted: auto-replied\r\nSubject: away\r\n\r\nAway.\r\n")))
	until(t, "the auto-reply is counted", func() bool { return holds() == mails+1 })
	if risen["accepted"] != 1 || risen["held"] != 15 {
		t.Errorf("counted %v", risen)
	}
	stop()
	check(t, <-done)
}

// TestCase_191_HealthSaysWhatIsDown: with the mail server gone the daemon lives
// on, is not ready, and says which part it lacks.
func TestCase_191_HealthSaysWhatIsDown(t *testing.T) {
	d, inbox, _ := startOps(t)
	check(t, inbox.close())
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.run(ctx) }()
	until(t, "imap is down", func() bool {
		status, text := get(d, "/readyz")
		return status == 503 && strings.Contains(text, "imap: not connected\n") && strings.Contains(text, "smtp: ok") && strings.Contains(text, "store: ok")
	})
	if status, text := get(d, "/healthz"); status != 200 {
		t.Errorf("a restart would not help, but healthz is %d: %s", status, text)
	}
	stop()
	check(t, <-done)
}

// TestCase_179_WrongPolicyKeepsTheOld: a policy that cannot be read while the
// daemon runs changes nothing, is said once, and a good one is taken up.
func TestCase_179_WrongPolicyKeepsTheOld(t *testing.T) {
	d, _, log := startOps(t)
	ctx := context.Background()
	before := d.gateway.Current()
	policy := d.config.Gateway.Policy
	good, err := os.ReadFile(policy)
	check(t, err)
	for _, wrong := range []string{"version = 1\nno-such = true\n", "", "version = 1\n[[", "version = 99\n",
		"version = 1\n[[rule]]\nset = { \"path:Incidentt\" = \"drop\" }\n"} {
		log.Reset()
		check(t, os.WriteFile(policy, []byte(wrong), 0o600))
		d.takeUp(ctx, false)
		d.takeUp(ctx, false)
		if d.gateway.Current() != before {
			t.Fatalf("policy %q was taken up", wrong)
		}
		if n := strings.Count(log.String(), "reload refused"); n != 1 {
			t.Errorf("policy %q: the log says so %d times:\n%s", wrong, n, log)
		}
		if _, text := get(d, "/healthz"); !strings.Contains(text, "config: a changed file is refused") {
			t.Errorf("health: %s", text)
		}
		if _, text := get(d, "/metrics"); figure(t, text, `up{part="config"}`) != 0 {
			t.Error("the metrics do not say so")
		}
	}
	d.takeUp(ctx, true) // whoever asks by SIGHUP is answered
	if n := strings.Count(log.String(), "reload refused"); n != 2 {
		t.Errorf("the log says so %d times", n)
	}
	check(t, os.WriteFile(policy, append(good, "# changed\n"...), 0o600))
	d.takeUp(ctx, false)
	if now := d.gateway.Current(); now.Digests.Policy == before.Digests.Policy || !strings.Contains(log.String(), "reloaded") {
		t.Errorf("the mended policy was not taken up:\n%s", log)
	}
	if _, text := get(d, "/healthz"); !strings.Contains(text, "config: ok\n") {
		t.Errorf("mended: %s", text)
	}
}

// TestDaily: the head of the chain is signed once a day by the gateway's key,
// and what is too old is purged.
func TestDaily(t *testing.T) {
	d, _, log := startOps(t)
	ctx := context.Background()
	d.config.Retention.Mails = Duration(24 * time.Hour)
	r, err := d.store.Receive(ctx, store.Incoming{Raw: []byte("From: a@x.example\r\n\r\nx\r\n"), ReceivedAt: time.Now()})
	check(t, err)
	check(t, d.store.Record(ctx, r.ID, store.Verdict{Kind: store.KindOther, Signature: "unsigned"}))
	check(t, d.signHead(ctx))
	check(t, d.signHead(ctx))
	heads, err := d.store.Heads(ctx)
	check(t, err)
	if len(heads) != 1 {
		t.Fatalf("%d heads were signed", len(heads))
	}
	verify := func(h store.Head) error { return d.gateway.Secret.VerifyText([]byte(h.Text()), h.Signature, h.At) }
	if _, err := d.store.VerifyChain(ctx, verify); err != nil {
		t.Error(err)
	}
	forged := heads[0]
	forged.Seq++
	if verify(forged) == nil {
		t.Error("a head that was changed verifies")
	}
	check(t, d.purge(ctx))
	if m, err := d.store.MailByID(ctx, r.ID); err != nil || m.Raw == nil {
		t.Errorf("a mail of today was purged: %v", err)
	}
	now := time.Now().Add(48 * time.Hour)
	d.env.Now = func() time.Time { return now }
	check(t, d.purge(ctx))
	if m, err := d.store.MailByID(ctx, r.ID); err != nil || m.Raw != nil {
		t.Errorf("a mail of the day before yesterday is still there: %v", err)
	}
	if !strings.Contains(log.String(), "purged mails=1") {
		t.Errorf("the log does not say so:\n%s", log)
	}
}

// TestNotify: systemd is told what it waits for; without systemd nothing happens.
func TestNotify(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	check(t, err)
	defer l.Close()
	env := &Env{Getenv: func(name string) string { return map[string]string{"NOTIFY_SOCKET": path}[name] }}
	env.notify("READY=1")
	check(t, l.SetReadDeadline(time.Now().Add(time.Minute)))
	buf := make([]byte, 100)
	n, err := l.Read(buf)
	if err != nil || string(buf[:n]) != "READY=1" {
		t.Errorf("told %q, %v", buf[:n], err)
	}
	(&Env{Getenv: func(string) string { return "" }}).notify("READY=1")
	(&Env{Getenv: func(string) string { return path + "-gone" }}).notify("READY=1")
}

// TestUnit: what init writes names this gateway, and nothing is left to fill in.
func TestUnit(t *testing.T) {
	text, err := unit("/srv/100% gw", "alice")
	check(t, err)
	for _, want := range []string{"User=alice\n", `ReadWritePaths="/srv/100%% gw"`, "NoNewPrivileges=yes", "Type=notify", "WatchdogSec=60"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if regexp.MustCompile(`@[A-Z]+@`).MatchString(text) {
		t.Error("something is left to fill in")
	}
}

// TestMetricsCountWhatWaits: what was not made and waits for a person is a figure.
func TestMetricsCountWhatWaits(t *testing.T) {
	var text bytes.Buffer
	exposition{&text}.counts(store.Counts{Waiting: map[string]int64{"contested": 2}}, time.Time{})
	for refusal, want := range map[string]float64{"contested": 2, "not-proved": 0, "no-usable-key": 0} {
		if got := figure(t, text.String(), `refused_waiting{refusal="`+refusal+`"}`); got != want {
			t.Errorf("%s: %v, want %v", refusal, got, want)
		}
	}
}
