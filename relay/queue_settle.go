package relay

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"iodefgw/store"
)

// verdict is what became of an attempt.
type verdict struct {
	state store.DeliveryState
	reply store.Reply
	next  time.Time // zero: not again by itself
}

// judge is what err, the outcome of sending d, means for the delivery.
func (q *Queue) judge(ctx context.Context, d store.Delivery, err error) verdict {
	if err == nil {
		return verdict{state: store.Sent, reply: store.Reply{Code: 250}}
	}
	if errors.Is(err, errOtherTerms) {
		return verdict{state: store.Deferred, reply: store.Reply{Text: err.Error()}, next: q.now()}
	}
	var se *SendError
	if !errors.As(err, &se) {
		se = &SendError{Phase: "dial", Text: Printable(err.Error())} // ctx ended before anything was sent
	}
	v := verdict{state: store.Deferred, reply: store.Reply{Code: se.Code, Text: se.Error()}}
	switch {
	case se.Maybe:
		v.state = store.Maybe
	case se.Permanent, q.tooOld(ctx, d):
		v.state = store.Failed
		return v
	}
	v.next = q.now()
	if ctx.Err() == nil || se.Code != 0 || se.Maybe { // else the stop was ours: again at the next start
		v.next = v.next.Add(Backoff(d.Attempts, q.jitter()))
	}
	return v
}

// tooOld reports whether d has been tried for GiveUpAfter. The first attempt
// counts, not the time it was queued: approval may have taken a week.
func (q *Queue) tooOld(ctx context.Context, d store.Delivery) bool {
	tries, err := q.Store.Attempts(context.WithoutCancel(ctx), d.ID)
	return err == nil && len(tries) > 0 && q.now().Sub(tries[0].Started) >= GiveUpAfter
}

// settle puts the outcome of an attempt on disk, however long that takes: a
// message that was taken and is not known to be would be sent twice.
func (q *Queue) settle(ctx context.Context, d store.Delivery, sendErr error) (again bool) {
	v := q.judge(ctx, d, sendErr)
	for n := 1; ; n++ {
		err := q.record(context.WithoutCancel(ctx), d, v)
		if err == nil {
			break
		}
		if !errors.Is(err, store.ErrUnavailable) || ctx.Err() != nil {
			// At the next start the store makes `maybe` of it.
			q.log().Error("unrecorded", "delivery", d.ID, "attempt", d.Attempts, "state", string(v.state), "error", Printable(err.Error()))
			return false
		}
		q.log().Warn("paused", "delivery", d.ID, "error", Printable(err.Error()))
		q.pause(ctx, n)
	}
	args := []any{"delivery", d.ID, "party", d.Party, "attempt", d.Attempts}
	if sendErr != nil {
		args = append(args, "reply", v.reply.Text)
	}
	if !v.next.IsZero() {
		args = append(args, "next", v.next.Sub(q.now()).Round(time.Second))
	}
	q.log().Info(string(v.state), args...)
	q.outcome(d, v.state, sendErr)
	return !v.next.IsZero()
}

func (q *Queue) record(ctx context.Context, d store.Delivery, v verdict) error {
	switch v.state {
	case store.Sent:
		return q.Store.Sent(ctx, d.ID, d.Attempts, v.reply)
	case store.Failed:
		return q.Store.Fail(ctx, d.ID, d.Attempts, v.reply)
	case store.Maybe:
		return q.Store.Maybe(ctx, d.ID, d.Attempts, v.reply, v.next)
	}
	return q.Store.Defer(ctx, d.ID, d.Attempts, v.reply, v.next)
}

// inFlight is the set of deliveries that a sender has, or had when the last
// list was made: such a list may still name them.
type inFlight struct {
	mu  sync.Mutex
	ids map[int64]bool // false: the sender is done with it
}

func (f *inFlight) add(id int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, known := f.ids[id]; known {
		return false
	}
	if f.ids == nil {
		f.ids = map[int64]bool{}
	}
	f.ids[id] = true
	return true
}

func (f *inFlight) has(id int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, known := f.ids[id]
	return known
}

func (f *inFlight) done(id int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ids[id] = false
}

// clear forgets what is done, before a new list is made.
func (f *inFlight) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.DeleteFunc(f.ids, func(_ int64, busy bool) bool { return !busy })
}
