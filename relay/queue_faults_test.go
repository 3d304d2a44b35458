package relay

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"iodefgw/store"
)

// The connection breaks at the N-th thing the server sees, for every N, before
// and after it has acted on it: each message is sent in the end, and arrives
// more than once only where its outcome was unknown.
func TestConnectionLostAtEveryStep(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			f := startSMTP(t)
			var seen atomic.Int32
			var fired atomic.Bool
			f.hook = func(c *fakeSMTPConn, verb, args string) bool {
				if int(seen.Add(1)) != n {
					return false
				}
				fired.Store(true)
				if after && verb == "BODY" {
					c.accept("taken without a reply")
				}
				c.Close()
				return true
			}
			r := newQueue(t)
			s := f.submission(t)
			r.Send = s.Send
			r.Parallel = 1
			ids := []int64{r.enqueue(1), r.enqueue(2)}
			stop := r.start()
			for sent := 0; sent < 2; {
				if r.next() == store.Sent {
					sent++
				} else {
					r.pass(time.Hour)
				}
			}
			stop()
			maybes := 0
			for _, id := range ids {
				maybes += r.delivery(id).Maybes
			}
			if got := len(f.accepted()); got < 2 || got > 2+maybes || maybes > 1 {
				t.Fatalf("broken at %d: %d messages taken, %d unknown outcomes", n, got, maybes)
			}
			r.store.Close()
			if !fired.Load() {
				if n < 10 {
					t.Fatalf("only %d steps in a run", n-1)
				}
				break
			}
		}
	}
}

// A resend after an unknown outcome is the same message to the last byte, so
// a recipient can tell the copy by its Message-ID.
func TestCase_106_RecipientCanTellTheCopy(t *testing.T) {
	f := startSMTP(t)
	var n atomic.Int32
	var first string
	f.hook = func(c *fakeSMTPConn, verb, args string) bool {
		if verb == "BODY" && n.Add(1) == 1 {
			c.mu.Lock()
			first = string(slices.Clone(c.wire))
			c.wire = nil
			c.mu.Unlock()
			c.Close()
			return true
		}
		return false
	}
	r := newQueue(t)
	s := f.submission(t)
	r.Send = s.Send
	r.enqueue(1)
	stop := r.start()
	if got := r.next(); got != store.Maybe {
		t.Fatalf("outcome %s", got)
	}
	r.pass(time.Hour)
	if got := r.next(); got != store.Sent {
		t.Fatalf("outcome %s", got)
	}
	stop()
	f.mu.Lock()
	defer f.mu.Unlock()
	if string(f.wire) != first || first == "" {
		t.Errorf("sent again:\n%q\nfirst:\n%q", f.wire, first)
	}
}

func TestCase_122_OneRecipientPerTransaction(t *testing.T) {
	f := startSMTP(t)
	s := f.submission(t)
	for _, to := range []string{"a@one.test", "b@two.test", "a@one.test"} {
		m := testMail("x\r\n")
		m.To = to
		if err := s.Send(context.Background(), m); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, c := range f.commands {
		verb, _, _ := strings.Cut(c, ":")
		got = append(got, verb)
	}
	want := []string{"EHLO gw.test"}
	for range 3 {
		want = append(want, "MAIL FROM", "RCPT TO", "DATA")
	}
	if !slices.Equal(got, want) {
		t.Errorf("commands %q", f.commands)
	}
}

// BenchmarkQueue is the whole of delivery: the record of the attempt, one SMTP
// transaction and the record of its outcome, on a real database. senders is
// Queue.Parallel; the connections are four.
func BenchmarkQueue(b *testing.B) {
	for _, senders := range []int{4, 16, 64} {
		b.Run(fmt.Sprintf("senders=%d", senders), func(b *testing.B) { benchmarkQueue(b, senders) })
	}
}

func benchmarkQueue(b *testing.B, senders int) {
	const n = 1000
	for b.Loop() {
		b.StopTimer()
		db, err := store.Open(context.Background(), filepath.Join(b.TempDir(), "gw.db"), store.Options{Create: true, Daemon: true})
		if err != nil {
			b.Fatal(err)
		}
		var wg sync.WaitGroup
		for i := range n {
			wg.Add(1)
			go func() { defer wg.Done(); enqueueIn(b, db, i, time.Now()) }()
		}
		wg.Wait()
		s := sink(b).submission(b)
		ctx, cancel := context.WithCancel(context.Background())
		var sent atomic.Int64
		q := &Queue{Store: db, Send: s.Send, Parallel: senders}
		q.Outcome = func(d store.Delivery, state store.DeliveryState, err error) {
			if sent.Add(1) == n {
				cancel()
			}
		}
		b.StartTimer()
		if err := q.Run(ctx); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := db.Close(); err != nil || sent.Load() != n {
			b.Fatal(err, sent.Load())
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/n, "µs/mail")
}
