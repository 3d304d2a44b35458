package main

import (
	"bytes"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

// TestLatencyOfAnIdleGateway gives an idle daemon one report at a time and
// measures from the line with which a real Dovecot tells of it, * n EXISTS,
// until the sink has the notice. That Dovecot waits half a second before it
// tells is not in it. It runs where IODEFGW_WAITS says how often;
// testdata/compare.sh does. The target for p99 is 100 ms; on a busy machine only
// a median above that is a failure.
func TestLatencyOfAnIdleGateway(t *testing.T) {
	waits, err := strconv.Atoi(os.Getenv("IODEFGW_WAITS"))
	if err != nil || waits < 1 {
		t.Skip("testdata/compare.sh runs it: it measures, and takes a minute or two")
	}
	c := newContest(t)
	g, site := c.desk(variant{account: "RS_GW"})
	between := startBetween(t, "127.0.0.1:"+c.srv["RS_IMAP_PORT"])
	g.set("imap", "addr", between.addr)
	g.set("imap", "tls", "insecure-loopback") // or the line could not be seen
	g.start()
	g.connected()
	var took, told []time.Duration
	for i := range waits {
		time.Sleep(time.Duration(200+mathrand.IntN(300)) * time.Millisecond) // it comes to rest
		raw := compareReport(t, c.srv, site, "wait", i)
		between.forget()
		laid := time.Now()
		g.put("RS_GW_MAILDIR", fmt.Sprintf("%d.report%d.latency", laid.Unix(), i), raw)
		sent := c.sink.wait(t, 1)
		exists := <-between.exists
		took, told = append(took, sent.Sub(exists)), append(told, exists.Sub(laid))
	}
	slices.Sort(took)
	slices.Sort(told)
	at := func(all []time.Duration, p int) time.Duration {
		return all[(len(all)-1)*p/100].Round(100 * time.Microsecond)
	}
	t.Logf("%d reports, from EXISTS until the sink has the notice: p50 %s, p90 %s, p99 %s, longest %s; Dovecot told after %s (p50), %s (p99)",
		waits, at(took, 50), at(took, 90), at(took, 99), at(took, 100), at(told, 50), at(told, 99))
	if at(took, 50) > 100*time.Millisecond {
		t.Errorf("the median is %s", at(took, 50))
	}
}

// between stands between the daemon and its IMAP server and sees when the
// server tells of mail.
type between struct {
	addr   string
	exists chan time.Time // the first since forget
}

func startBetween(t *testing.T, server string) *between {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { l.Close() })
	b := &between{addr: l.Addr().String(), exists: make(chan time.Time, 1)}
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", server)
			if err != nil {
				near.Close()
				continue
			}
			go func() { _, _ = io.Copy(far, near); far.Close() }()
			go func() { _, _ = io.Copy(near, io.TeeReader(far, b)); near.Close() }()
		}
	}()
	return b
}

// forget makes the next line count.
func (b *between) forget() {
	select {
	case <-b.exists:
	default:
	}
}

// Write looks at what the server says. A short line comes in one piece.
func (b *between) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(" EXISTS\r\n")) {
		select {
		case b.exists <- time.Now():
		default:
		}
	}
	return len(p), nil
}
