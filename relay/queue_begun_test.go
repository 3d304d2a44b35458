package relay

import (
	"context"
	"errors"
	"testing"
	"time"

	"iodefgw/store"
)

// reserve waits until the queue runs and has a sender to give.
func (r *queueRig) reserve() {
	r.t.Helper()
	for end := time.Now().Add(15 * time.Second); !r.Reserve(9); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatal("no sender")
		}
	}
}

// begin puts a message into the store with its first attempt, as acceptance of a mail does that has a sender.
func (r *queueRig) begin(n int) store.Delivery {
	r.t.Helper()
	id := r.enqueue(n)
	d, err := r.store.Attempt(context.Background(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

func TestBegunIsSentByItsSender(t *testing.T) {
	r := newQueue(t)
	r.Parallel = 2
	if r.Reserve(9) {
		t.Fatal("a sender before Run")
	}
	release := make(chan bool)
	r.Send = func(ctx context.Context, m Mail) error { <-release; r.take(m); return nil }
	r.Terms = func(ctx context.Context, d store.Delivery) (Terms, error) { return Terms{RequireTLS: true}, nil }
	d := r.begin(1)
	stop := r.start()
	r.reserve()
	r.reserve()
	if r.Reserve(9) {
		t.Error("a third sender of two")
	}
	r.SendBegun(d)
	if r.Reserve(9) {
		t.Error("a sender that is at work")
	}
	r.Release(9)
	r.reserve()
	r.Release(9)
	close(release)
	if got := r.next(); got != store.Sent {
		t.Errorf("outcome %s", got)
	}
	if got := r.taken(); len(got) != 1 || !got[0].RequireTLS || string(got[0].Bytes) != string(d.Bytes) {
		t.Errorf("sent %+v", got)
	}
	stop()
	if r.Reserve(9) {
		t.Error("a sender after Run")
	}
	if d := r.delivery(d.ID); d.State != store.Sent || d.Attempts != 1 {
		t.Errorf("delivery %+v", d)
	}
}

// What is not to be sent any more as it was made is put back before anybody dials, and looked at like any other.
func TestBegunUnderOtherTerms(t *testing.T) {
	for name, other := range map[string]struct {
		terms Terms
		err   error
	}{"hold": {terms: Terms{Hold: "basis-changed"}}, "gone": {terms: Terms{Gone: true}}, "error": {err: errors.New("no answer")}} {
		t.Run(name, func(t *testing.T) {
			r := newQueue(t)
			asked := 0
			r.Terms = func(ctx context.Context, d store.Delivery) (Terms, error) {
				if asked++; asked == 1 {
					return other.terms, other.err
				}
				return Terms{Hold: "looked at again"}, nil
			}
			d := r.begin(1)
			r.start()
			r.reserve()
			r.SendBegun(d)
			if got := r.next(); got != store.Deferred {
				t.Errorf("first %s", got)
			}
			if got := r.next(); got != store.HeldBack {
				t.Errorf("then %s", got)
			}
			if d := r.delivery(d.ID); d.State != store.HeldBack || d.Attempts != 1 || len(r.taken()) != 0 {
				t.Errorf("delivery %+v, %d sent", d, len(r.taken()))
			}
		})
	}
}

// The program stops while a message is begun and before its sender has it: the attempt ends on disk, and Run waits for it.
func TestCase_187_StopBeforeASenderHasIt(t *testing.T) {
	r := newQueue(t)
	r.Send = func(ctx context.Context, m Mail) error { return ctx.Err() }
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	d := r.begin(1)
	go func() { ended <- r.Run(ctx) }()
	r.reserve()
	cancel()
	r.SendBegun(d)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if d := r.delivery(d.ID); d.State != store.Deferred || d.NextAt.After(r.clock()) {
		t.Errorf("delivery %+v", d)
	}
}

// The messages in the senders' hands are bounded in bytes too, and one that is larger than the bound goes alone.
func TestSendersAreBoundedInBytes(t *testing.T) {
	r := newQueue(t)
	r.start()
	r.reserve() // it runs
	r.Release(9)
	if !r.Reserve(sendingBytes+1) || r.Reserve(1) {
		t.Error("a message over the bound goes, and alone")
	}
	r.Release(sendingBytes + 1)
	for range 2 {
		if !r.Reserve(sendingBytes / 2) {
			t.Error("two halves fit")
		}
	}
	if r.Reserve(1) {
		t.Error("two halves fill the bound")
	}
	r.Release(sendingBytes / 2)
	r.Release(sendingBytes / 2)
	if r.bytes != 0 || r.Queue.taken != 0 {
		t.Errorf("%d bytes of %d senders are left", r.bytes, r.Queue.taken)
	}
}

// While what is queued waits for a sender, nothing new goes before it.
func TestQueuedGoesBeforeWhatIsNew(t *testing.T) {
	r := newQueue(t)
	r.Parallel = 1
	r.enqueue(1)
	release := make(chan bool)
	r.Send = func(ctx context.Context, m Mail) error { <-release; r.take(m); return nil }
	r.enqueue(2)
	r.start()
	for end := time.Now().Add(15 * time.Second); ; time.Sleep(time.Millisecond) {
		r.Queue.mu.Lock()
		waiting := r.waiting
		r.Queue.mu.Unlock()
		if waiting {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the loop does not wait")
		}
	}
	r.Queue.mu.Lock()
	r.Queue.taken-- // as if a sender had just been given back, and the loop had not seen it yet
	r.Queue.mu.Unlock()
	if r.Reserve(1) {
		t.Error("a sender for what is new")
	}
	r.Queue.mu.Lock()
	r.Queue.taken++
	r.Queue.mu.Unlock()
	close(release)
	for range 2 {
		if got := r.next(); got != store.Sent {
			t.Errorf("outcome %s", got)
		}
	}
}

// Who is about to make messages waits while a third of the senders are taken.
func TestRoom(t *testing.T) {
	r := newQueue(t)
	r.Parallel = 3
	r.Room(t.Context()) // before Run nobody would give a sender back
	r.start()
	r.reserve()
	passed := make(chan bool)
	go func() { r.Room(t.Context()); passed <- true }()
	for end := time.Now().Add(15 * time.Second); ; time.Sleep(time.Millisecond) {
		r.Queue.mu.Lock()
		waits := r.room != nil
		r.Queue.mu.Unlock()
		if waits {
			break
		}
		if time.Now().After(end) {
			t.Fatal("nobody waits")
		}
	}
	r.Release(9)
	<-passed
	if r.room != nil {
		t.Error("it waited for its time to pass")
	}
	r.reserve()
	r.Room(t.Context()) // a server that hangs stops nobody
	r.Release(9)
}
