package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"iodefgw/mailgw/pgp"
	"iodefgw/store"
)

// TestCase_1_KilledAtRandomMoments kills the real daemon at random moments,
// between a real Dovecot and a real Postfix that are killed too or refuse, while
// reports come in and site B answers. In the end each report stands in exactly
// one state and was told once to whom it concerns, and once more where it was
// answered; what was told twice says that it may have been.
// IODEFGW_KILLS is how often: 50 in .ci/run; testdata/crash.sh runs it for long.
func TestCase_1_KilledAtRandomMoments(t *testing.T) {
	kills, err := strconv.Atoi(cmp.Or(os.Getenv("IODEFGW_KILLS"), "8"))
	if err != nil {
		t.Fatal(err)
	}
	c := newCrash(t, realServers(t))
	weather, answers := c.weather(), c.answers()
	started := time.Now()
	for n := range kills {
		c.feed(3)
		c.start()
		time.Sleep(time.Duration(20+mathrand.IntN(1000)) * time.Millisecond)
		if n%10 == 9 {
			c.stop() // SIGTERM is one more moment to end at (case 187)
		}
		c.kill()
		if n%100 == 99 {
			t.Logf("%d kills, %d reports, %s", n+1, len(c.fed), time.Since(started).Round(time.Second))
		}
	}
	weather()
	answers()
	c.drain()
	c.judge(kills)
}

// crash is a gateway that has a bad time.
type crash struct {
	*realGateway
	site     *pgp.Secret
	fed      map[store.Digest]bool
	answered map[string]bool // Message-IDs of notices; see answers
	again    int             // answers that came twice
	poison   int             // mails that two runs died over, put back for another try
}

func newCrash(t *testing.T, srv map[string]string) *crash {
	gw := newRealGateway(t, srv, buildProgram(t))
	gw.setUp()
	// Without links each report has a ticket of its own and is told once.
	gw.set("screen", "link_window", "0s")
	key, err := os.ReadFile(filepath.Join(gw.dir, "site", "gateway.key"))
	check(t, err)
	c := &crash{realGateway: gw, fed: map[store.Digest]bool{}}
	c.site, err = pgp.ReadSecret(key, nil)
	check(t, err)
	hello := []byte("From: <" + srv["RS_SITEB_ADDR"] + ">\r\nSubject: hello\r\n\r\nHello.\r\n")
	gw.put("RS_GW_MAILDIR", "1.hello.crash", hello)
	c.fed[store.DigestOf(hello)] = true
	return c
}

// kill ends the daemon as a power cut would, and expects that nothing else has.
func (c *crash) kill() {
	if c.daemon == nil {
		return
	}
	_ = c.daemon.Process.Kill()
	_ = c.daemon.Wait()
	if s, ok := c.daemon.ProcessState.Sys().(syscall.WaitStatus); !ok || !s.Signaled() {
		c.t.Errorf("the daemon ended by itself: %v\n%s", c.daemon.ProcessState, c.tail())
	}
	c.daemon = nil
}

// stop ends it as systemd would, which must not take ten seconds.
func (c *crash) stop() {
	begun := time.Now()
	_ = c.daemon.Process.Signal(syscall.SIGTERM)
	if err := c.daemon.Wait(); err != nil && !isSignalled(c.daemon.ProcessState) {
		c.t.Errorf("serve after SIGTERM: %v\n%s", err, c.tail())
	}
	if took := time.Since(begun); took > 10*time.Second {
		c.t.Errorf("stopping took %s", took)
	}
	c.daemon = nil
}

// isSignalled: SIGTERM came before the program had set itself up for it.
func isSignalled(p *os.ProcessState) bool {
	s, ok := p.Sys().(syscall.WaitStatus)
	return ok && s.Signaled() && s.Signal() == syscall.SIGTERM
}

// feed puts new reports into the mailbox.
func (c *crash) feed(n int) {
	for range n {
		id := len(c.fed)
		raw, err := BuildReport(ReportInput{
			ID: fmt.Sprint(id), Now: time.Now(), Seen: time.Now().Add(-time.Hour),
			Sources: []netip.Addr{netip.MustParseAddr("198.51.100.77")}, Targets: []Target{{Address: netip.MustParseAddr("203.0.113.25")}},
			Port: 22, Log: "Failed password from 198.51.100.77\n", Conditions: "conditions: hide-my-ip", Name: "Site A",
			From: c.srv["RS_SITEA_ADDR"], To: c.srv["RS_GW_ADDR"], Sign: c.site, Random: rand.Reader,
		})
		check(c.t, err)
		c.fed[store.DigestOf(raw)] = true
		c.put("RS_GW_MAILDIR", fmt.Sprintf("%d.report%d.crash", time.Now().Unix(), id), raw)
	}
}

// weather kills one of the servers now and then and starts it again, or makes
// one refuse for a while, until the function that it returns is called; then all
// is well.
func (c *crash) weather() (clear func()) {
	end := make(chan struct{})
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			select {
			case <-end:
				return
			case <-time.After(time.Duration(1+mathrand.IntN(5)) * time.Second):
			}
			pause := time.Duration(mathrand.IntN(2000)) * time.Millisecond
			which := []string{"imap", "smtp", "refuse"}[mathrand.IntN(3)]
			if which == "refuse" {
				c.refuse(true)
				time.Sleep(pause)
				c.refuse(false)
				continue
			}
			c.server(which, "kill")
			time.Sleep(pause)
			c.server(which, "start")
		}
	}()
	return func() { close(end); wg.Wait(); c.server("imap", "start"); c.server("smtp", "start") }
}

func (c *crash) server(which, what string) {
	script := filepath.Join("..", "..", "testdata", "servers.sh")
	for try := 1; ; try++ {
		out, err := exec.Command(script, which, c.srv["RS_DIR"], what).CombinedOutput()
		if err == nil {
			return
		}
		if try == 5 {
			c.t.Errorf("servers.sh %s %s: %v\n%s", which, what, err, out)
			return
		}
		time.Sleep(time.Second)
	}
}

// drain lets the gateway come to an end with everything, with an operator's
// help where one is asked for.
func (c *crash) drain() {
	c.start()
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(c.dir, "gw", "iodefgw.db"), store.Options{})
	check(c.t, err)
	defer s.Close()
	// An answer may still be in Postfix, and what it brings goes there again.
	for last, left := time.Now(), -1; ; time.Sleep(500 * time.Millisecond) {
		n := c.open(ctx, s) + c.queued()
		if n == 0 {
			break
		}
		if n != left {
			left, last = n, time.Now()
		}
		if time.Since(last) > 3*time.Minute {
			c.t.Fatalf("%d things unfinished for three minutes\n%s", n, c.tail())
		}
	}
	c.stop()
}

// queued counts the mails that Postfix has, and makes it try them now.
func (c *crash) queued() int {
	etc := filepath.Join(c.srv["RS_DIR"], "etc")
	_ = exec.Command("postqueue", "-c", etc, "-f").Run()
	out, err := exec.Command("postqueue", "-c", etc, "-j").Output()
	if err != nil {
		return 1
	}
	return bytes.Count(out, []byte("\n"))
}

// open counts what is not finished, and does what operators do: mails that two
// runs died over are looked at again, deliveries are not made to wait.
func (c *crash) open(ctx context.Context, s *store.Store) int {
	inbox, err := filepath.Glob(filepath.Join(c.srv["RS_GW_MAILDIR"], "[cn]*", "*"))
	check(c.t, err)
	n := len(inbox)
	held, err := s.Mails(ctx, store.MailFilter{State: store.MailHeld, Limit: 1000})
	check(c.t, err)
	for _, m := range held {
		if len(m.Reasons) > 0 && m.Reasons[0] == "poison" {
			check(c.t, s.Recheck(ctx, m.ID, "test", "the test killed it"))
			c.poison++
			n++
		}
	}
	counts, err := s.Counts(ctx)
	check(c.t, err)
	n += int(counts.Mails[store.MailReceived])
	for _, state := range []store.DeliveryState{store.Queued, store.Sending, store.Deferred, store.Maybe} {
		due, err := s.Deliveries(ctx, store.DeliveryFilter{State: state, Limit: 100000})
		check(c.t, err)
		for _, d := range due {
			if state == store.Maybe && d.NextAt.IsZero() {
				continue // it waits for a person
			}
			n++
			if state == store.Deferred && time.Until(d.NextAt) > time.Second {
				_ = s.Retry(ctx, d.ID, "test", "the servers are back") // the daemon may have been faster
			}
		}
	}
	return n
}

func (c *crash) tail() string {
	text := c.log()
	return text[max(0, len(text)-4000):]
}
