package relay

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"iodefgw/store"
)

// QueueStore is what the queue needs of *store.Store.
type QueueStore interface {
	Due(ctx context.Context, now time.Time, limit int) ([]store.Delivery, error)
	Attempt(ctx context.Context, id int64) (store.Delivery, error)
	Attempts(ctx context.Context, id int64) ([]store.Attempt, error)
	Sent(ctx context.Context, id int64, n int, r store.Reply) error
	Defer(ctx context.Context, id int64, n int, r store.Reply, next time.Time) error
	Fail(ctx context.Context, id int64, n int, r store.Reply) error
	Maybe(ctx context.Context, id int64, n int, r store.Reply, next time.Time) error
	HoldDelivery(ctx context.Context, id int64, actor, why string) error
}

// Terms are what a delivery must keep to at the moment it is sent.
type Terms struct {
	RequireTLS bool
	Hold       string // not empty: do not send, hold it for a person, with this reason
	Gone       bool   // do not send: another message or none has taken its place
}

// Queue sends what the store has queued.
//
// It promises: an attempt is on disk before a connection is used, so that a
// crash costs no more messages of unknown outcome than are sent at a time; every
// attempt sends the same bytes; a message whose outcome is unknown is sent again only as often
// as the store allows, and then waits for a person; nothing is tried for
// longer than GiveUpAfter. Several messages are sent at a time, in no
// promised order. It never sees more than final bytes.
type Queue struct {
	Store    QueueStore
	Send     func(ctx context.Context, m Mail) error                      // Submission.Send
	Terms    func(ctx context.Context, d store.Delivery) (Terms, error)   // asked before each attempt; may be nil
	Outcome  func(d store.Delivery, state store.DeliveryState, err error) // told of each ended attempt, by several goroutines; may be nil
	Parallel int                                                          // messages at a time; 384 unless set: more than connections, since most wait for those and for the disk
	Poll     time.Duration                                                // 30 s unless set: how soon another process's approval is noticed
	Log      *slog.Logger
	Now      func() time.Time // time.Now unless set
	Jitter   func() float64   // in [0,1); rand.Float64 unless set

	once     sync.Once
	wake     chan struct{}
	troubles atomic.Int32 // attempts in a row that could not be begun

	mu      sync.Mutex
	running bool
	ctx     context.Context // Run's, for messages that are handed to it
	taken   int             // senders
	listed  int             // of them, those of the loop of Run
	bytes   int64           // of the messages that they have
	waiting bool            // the loop of Run waits for one
	left    chan struct{}   // a token when a sender was given back
	room    chan struct{}   // closed once there is room again; nil while nobody waits for it
	senders sync.WaitGroup
}

// sendingBytes bounds the messages in the senders' hands; one that is larger goes alone.
const sendingBytes = 16 << 20

// listLimit bounds how much of a long queue is held in memory.
const listLimit = 256

// listedAtOnce is how many of those are begun at a time. More would only wait for
// a connection, each with an attempt on disk of which nobody could say after a
// crash that it was never dialled. It is less than listLimit: a list never holds
// only what is begun already.
const listedAtOnce = 64

// Kick tells the queue that something new is due. It never blocks and may be
// called before Run.
func (q *Queue) Kick() {
	select {
	case q.kicked() <- struct{}{}:
	default:
	}
}

func (q *Queue) kicked() chan struct{} {
	q.once.Do(func() { q.wake = make(chan struct{}, 1) })
	return q.wake
}

// Run sends until ctx ends and all attempts have ended. Its error is always
// nil; a store that is not available is logged and tried again.
func (q *Queue) Run(ctx context.Context) error {
	q.mu.Lock()
	q.running, q.ctx, q.left = true, ctx, make(chan struct{}, 1)
	q.mu.Unlock()
	defer q.senders.Wait()
	defer func() {
		q.mu.Lock()
		q.running = false
		q.mu.Unlock()
	}()
	var busy inFlight
	for troubles := 0; ; {
		next, err := q.feed(ctx, &busy)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			troubles++
			next = retryIn(troubles)
			q.log().Warn("paused", "next", next, "error", Printable(err.Error()))
		default:
			troubles = 0
		}
		t := time.NewTimer(next)
		select {
		case <-q.kicked():
		case <-t.C:
		case <-ctx.Done():
		}
		t.Stop()
	}
}

// retryIn is the wait after the n-th failure of the store in a row.
func retryIn(n int) time.Duration {
	return min(time.Minute, 100*time.Millisecond<<min(n, 10))
}

// feed hands what is due to the senders, and returns how long to wait for what
// is due later. What is queued meanwhile comes with a Kick.
func (q *Queue) feed(ctx context.Context, busy *inFlight) (time.Duration, error) {
	poll := cmp.Or(q.Poll, 30*time.Second)
	for {
		busy.clear()
		now := q.now()
		list, err := q.Store.Due(ctx, now.Add(poll), listLimit)
		if err != nil {
			return 0, err
		}
		handed := 0
		for _, d := range list { // in the order of NextAt
			if d.NextAt.After(now) && !busy.has(d.ID) {
				return max(10*time.Millisecond, d.NextAt.Sub(q.now())), nil
			}
			if !busy.add(d.ID) {
				continue // a sender has it, or could not say so to the store
			}
			if !q.await(ctx, d.Size) {
				return 0, nil
			}
			handed++
			go func() {
				defer q.releaseListed(d.Size)
				again := q.deliver(ctx, d)
				busy.done(d.ID)
				if again {
					q.Kick()
				}
			}()
		}
		if handed == 0 || len(list) < listLimit {
			return poll, nil
		}
	}
}

// deliver makes one attempt. It returns true when there is to be another: the
// loop must then look when that is.
func (q *Queue) deliver(ctx context.Context, d store.Delivery) (again bool) {
	// What is begun is ended on disk even while the program stops.
	keep := context.WithoutCancel(ctx)
	var terms Terms
	if q.Terms != nil {
		var err error
		if terms, err = q.Terms(ctx, d); err != nil {
			return q.stuck(ctx, d.ID, err)
		}
		if terms.Hold != "" {
			if err := q.Store.HoldDelivery(keep, d.ID, "gateway", terms.Hold); err != nil {
				return q.stuck(ctx, d.ID, err)
			}
			q.log().Info("held", "delivery", d.ID, "reason", terms.Hold)
			q.outcome(d, store.HeldBack, nil)
			return false
		}
	}
	if terms.Gone {
		q.log().Info("replaced", "delivery", d.ID)
		q.outcome(d, store.Cancelled, nil)
		return true // what has taken its place may be due
	}
	if ctx.Err() != nil {
		return false
	}
	begun, err := q.Store.Attempt(keep, d.ID)
	if err != nil {
		return q.stuck(ctx, d.ID, err)
	}
	q.troubles.Store(0)
	return q.send(ctx, begun, terms)
}

func (q *Queue) send(ctx context.Context, d store.Delivery, terms Terms) (again bool) {
	return q.settle(ctx, d, q.Send(ctx, Mail{From: d.From, To: d.To, Bytes: d.Bytes, RequireTLS: terms.RequireTLS}))
}

// stuck deals with an error before anything was sent: the delivery is no
// longer for us, or the store needs a moment.
func (q *Queue) stuck(ctx context.Context, id int64, err error) (again bool) {
	if errors.Is(err, store.ErrState) || errors.Is(err, store.ErrQueueHeld) || errors.Is(err, store.ErrNotFound) {
		// Cancelled, held or taken meanwhile. But if the clock was set back,
		// Due goes on listing what Attempt takes for not yet due.
		q.pause(ctx, 0)
		return false
	}
	q.log().Warn("paused", "delivery", id, "error", Printable(err.Error()))
	q.pause(ctx, int(q.troubles.Add(1)))
	return true
}

// pause keeps a sender from hammering a store that does not answer.
func (q *Queue) pause(ctx context.Context, n int) {
	t := time.NewTimer(retryIn(n))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (q *Queue) outcome(d store.Delivery, state store.DeliveryState, err error) {
	if q.Outcome != nil {
		q.Outcome(d, state, err)
	}
}

func (q *Queue) now() time.Time {
	if q.Now == nil {
		return time.Now()
	}
	return q.Now()
}

func (q *Queue) jitter() float64 {
	if q.Jitter == nil {
		return rand.Float64()
	}
	return q.Jitter()
}

func (q *Queue) log() *slog.Logger {
	if q.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return q.Log
}
