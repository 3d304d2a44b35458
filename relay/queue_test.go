package relay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"iodefgw/store"
)

func TestQueueSendsEverythingOnce(t *testing.T) {
	r := newQueue(t)
	for n := range 20 {
		r.enqueue(n)
	}
	r.start()
	for range 20 {
		if got := r.next(); got != store.Sent {
			t.Fatalf("outcome %s", got)
		}
	}
	id := r.enqueue(20)
	r.Kick()
	r.next()
	seen := map[string]int{}
	for _, m := range r.taken() {
		seen[string(m.Bytes)]++
	}
	if len(seen) != 21 || len(r.taken()) != 21 {
		t.Errorf("%d messages sent, %d different; want 21", len(r.taken()), len(seen))
	}
	if d := r.delivery(id); d.State != store.Sent || d.Attempts != 1 {
		t.Errorf("delivery %+v", d)
	}
}

// The server refuses for a while: the attempts follow the schedule, and after
// five days the delivery fails.
func TestCase_108_DeferredThenFailed(t *testing.T) {
	r := newQueue(t)
	var sends atomic.Int32
	r.Send = func(ctx context.Context, m Mail) error {
		sends.Add(1)
		return &SendError{Code: 450, Enhanced: "4.2.0", Text: "greylisted", Phase: "rcpt"}
	}
	id := r.enqueue(1)
	r.start()
	began := r.clock()
	for n := 1; ; n++ {
		got := r.next()
		d := r.delivery(id)
		if d.Attempts != n || int(sends.Load()) != n {
			t.Fatalf("attempt %d: %d on disk, %d made", n, d.Attempts, sends.Load())
		}
		if got == store.Failed {
			break
		}
		if wait := d.NextAt.Sub(r.clock()); got != store.Deferred || wait != Backoff(n, 0.5) {
			t.Fatalf("attempt %d: %s, next in %v, want %v", n, got, wait, Backoff(n, 0.5))
		}
		r.pass(d.NextAt.Sub(r.clock()))
	}
	if age := r.clock().Sub(began); age < GiveUpAfter || age > GiveUpAfter+4*time.Hour {
		t.Errorf("given up after %v", age)
	}
	if d := r.delivery(id); d.State != store.Failed || !d.NextAt.IsZero() {
		t.Errorf("delivery %+v", d)
	}
}

func TestCase_109_PermanentFailure(t *testing.T) {
	r := newQueue(t)
	r.Send = func(ctx context.Context, m Mail) error {
		return &SendError{Code: 550, Enhanced: "5.1.1", Text: `"no such user"`, Permanent: true, Phase: "rcpt"}
	}
	id := r.enqueue(1)
	r.start()
	if got := r.next(); got != store.Failed {
		t.Fatalf("outcome %s", got)
	}
	if d := r.delivery(id); d.State != store.Failed || d.Reason != "smtp-550" || d.Attempts != 1 {
		t.Errorf("delivery %+v", d)
	}
	tries, err := r.store.Attempts(context.Background(), id)
	if err != nil || len(tries) != 1 || tries[0].Reply.Code != 550 || !strings.Contains(tries[0].Reply.Text, "no such user") {
		t.Errorf("attempts %+v, %v", tries, err)
	}
}

// The outcome is unknown every time: the same bytes are sent again three times
// and then a person decides.
func TestCase_106_MaybeIsRetriedThreeTimes(t *testing.T) {
	r := newQueue(t)
	r.Send = func(ctx context.Context, m Mail) error {
		r.take(m)
		return &SendError{Text: "connection reset", Maybe: true, Phase: "end"}
	}
	id := r.enqueue(1)
	r.start()
	for n := 1; n <= 4; n++ {
		if got := r.next(); got != store.Maybe {
			t.Fatalf("outcome %s", got)
		}
		r.pass(24 * time.Hour)
	}
	r.pass(10 * 24 * time.Hour)
	if d := r.delivery(id); d.State != store.Maybe || d.Attempts != 4 || !d.NextAt.IsZero() {
		t.Errorf("delivery %+v", d)
	}
	sent := r.taken()
	for _, m := range sent {
		if !bytes.Equal(m.Bytes, sent[0].Bytes) || m.From != sent[0].From || m.To != sent[0].To {
			t.Errorf("%+v differs from %+v", m, sent[0])
		}
	}
	if len(sent) != 4 {
		t.Errorf("%d sent, want the first and three more", len(sent))
	}
}

// The program dies between the server's 250 and the record of it: after the
// restart the delivery is of unknown outcome and is treated so.
func TestCase_107_DeathBetweenReplyAndRecord(t *testing.T) {
	r := newQueue(t)
	faulty := &faultyStore{Store: r.store}
	r.Queue.Store = faulty
	faulty.fail = func(verb string) error {
		if verb == "Sent" {
			return errors.New("the process is gone")
		}
		return nil
	}
	sent := make(chan bool, 10)
	r.Send = func(ctx context.Context, m Mail) error { r.take(m); sent <- true; return nil }
	id := r.enqueue(1)
	stop := r.start()
	<-sent
	stop()
	if d := r.delivery(id); d.State != store.Sending {
		t.Fatalf("state %s", d.State)
	}
	r.store.Close()
	r.open()
	if d := r.delivery(id); d.State != store.Maybe || d.Maybes != 1 {
		t.Fatalf("after the restart: %+v", d)
	}
	r.Queue = &Queue{Store: r.store, Now: r.clock, Outcome: r.Outcome, Poll: time.Hour, Send: r.Send}
	r.start()
	if got := r.next(); got != store.Sent {
		t.Fatalf("outcome %s", got)
	}
	if got := r.taken(); len(got) != 2 || !bytes.Equal(got[0].Bytes, got[1].Bytes) {
		t.Errorf("sent %d times", len(got))
	}
}

// faultyStore is the real store with a fault at a chosen verb.
type faultyStore struct {
	*store.Store
	fail func(verb string) error
}

func (f *faultyStore) Due(ctx context.Context, now time.Time, limit int) ([]store.Delivery, error) {
	if err := f.fail("Due"); err != nil {
		return nil, err
	}
	return f.Store.Due(ctx, now, limit)
}

func (f *faultyStore) Attempt(ctx context.Context, id int64) (store.Delivery, error) {
	if err := f.fail("Attempt"); err != nil {
		return store.Delivery{}, err
	}
	return f.Store.Attempt(ctx, id)
}

func (f *faultyStore) Sent(ctx context.Context, id int64, n int, r store.Reply) error {
	if err := f.fail("Sent"); err != nil {
		return err
	}
	return f.Store.Sent(ctx, id, n, r)
}

// The store is not available at the N-th verb, for every N: everything is sent
// once, since no outcome is forgotten and nothing is sent without its attempt.
func TestStoreUnavailableAtEveryVerb(t *testing.T) {
	for n := 1; ; n++ {
		r := newQueue(t)
		var calls atomic.Int32
		var fired atomic.Bool
		r.Queue.Store = &faultyStore{Store: r.store, fail: func(verb string) error {
			if int(calls.Add(1)) == n {
				fired.Store(true)
				return fmt.Errorf("disk full: %w", store.ErrUnavailable)
			}
			return nil
		}}
		r.Parallel = 1
		r.enqueue(1)
		r.enqueue(2)
		stop := r.start()
		for range 2 {
			if got := r.next(); got != store.Sent {
				t.Fatalf("verb %d fails: outcome %s", n, got)
			}
		}
		stop()
		if got := len(r.taken()); got != 2 {
			t.Fatalf("verb %d fails: %d sent, want 2", n, got)
		}
		r.store.Close()
		if !fired.Load() {
			if n < 6 {
				t.Fatalf("only %d verbs in a run", n)
			}
			return
		}
	}
}

func TestTermsAreAskedBeforeEachAttempt(t *testing.T) {
	r := newQueue(t)
	r.Terms = func(ctx context.Context, d store.Delivery) (Terms, error) {
		if d.From == "b+1@gw.example" {
			return Terms{Hold: "channel-too-weak"}, nil
		}
		if d.From == "b+3@gw.example" {
			return Terms{Gone: true}, r.Store.(*store.Store).Cancel(ctx, d.ID, "gateway", "basis-changed")
		}
		return Terms{RequireTLS: true}, nil
	}
	held, sent, gone := r.enqueue(1), r.enqueue(2), r.enqueue(3)
	r.start()
	r.next()
	r.next()
	r.next()
	if d := r.delivery(gone); d.State != store.Cancelled || d.Attempts != 0 {
		t.Errorf("gone: %+v", d)
	}
	if d := r.delivery(held); d.State != store.HeldBack || d.Reason != "channel-too-weak" || d.Attempts != 0 {
		t.Errorf("held: %+v", d)
	}
	if d := r.delivery(sent); d.State != store.Sent {
		t.Errorf("sent: %+v", d)
	}
	if got := r.taken(); len(got) != 1 || !got[0].RequireTLS {
		t.Errorf("sent %+v", got)
	}
}

// A stop while a server takes its time: the attempt ends on disk, and the
// delivery is due at once after the restart.
func TestCase_187_StopDuringAnAttempt(t *testing.T) {
	r := newQueue(t)
	dialled := make(chan bool)
	r.Send = func(ctx context.Context, m Mail) error {
		close(dialled)
		<-ctx.Done()
		return &SendError{Phase: "body", Text: "stopped"}
	}
	id := r.enqueue(1)
	stop := r.start()
	<-dialled
	stop()
	if d := r.delivery(id); d.State != store.Deferred || d.NextAt.After(r.clock()) {
		t.Errorf("delivery %+v", d)
	}
}

// A queue longer than is listed at a time is sent without a pause, however slow
// its server is; and no more of it is begun than a crash may make uncertain.
func TestLongQueueIsSentWithoutAPause(t *testing.T) {
	r := newQueue(t)
	const n = 2*listLimit + 10
	for i := range n {
		r.enqueue(i)
	}
	var begun atomic.Int32
	slow := make(chan struct{})
	r.Send = func(context.Context, Mail) error { begun.Add(1); <-slow; return nil }
	r.start()
	for begun.Load() < listedAtOnce {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(200 * time.Millisecond) // for whatever else it might begin, or give up
	if got := begun.Load(); got != listedAtOnce {
		t.Errorf("%d are begun", got)
	}
	close(slow)
	for range n {
		if s := r.next(); s != store.Sent { // Poll is an hour
			t.Fatalf("outcome %s", s)
		}
	}
}
