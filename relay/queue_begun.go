package relay

import (
	"context"
	"errors"

	"iodefgw/store"
)

// Most messages are sent at once, while a sender is free: their first attempt
// is put on disk together with them, so that they need not be looked for and no
// second transaction is needed. The caller reserves a sender first, and either
// hands it a message with SendBegun or gives it back.

// Reserve takes a sender. It never blocks, and takes none while all are busy,
// when what is queued already goes first, or while Run does not run.
func (q *Queue) Reserve() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.running || q.ctx.Err() != nil {
		return false
	}
	select {
	case q.slots <- struct{}{}:
		q.senders.Add(1)
		return true
	default:
		return false
	}
}

// Release gives a sender back.
func (q *Queue) Release() {
	<-q.slots
	q.senders.Done()
}

// errOtherTerms ends an attempt before anybody dialled: the message is no longer
// to be sent as it was when it was made. The next look at it says why.
var errOtherTerms = errors.New("not dialled: its terms have changed")

// SendBegun has a reserved sender send a message whose attempt is on disk, and
// does not wait for it.
func (q *Queue) SendBegun(d store.Delivery) {
	q.mu.Lock()
	ctx := q.ctx
	q.mu.Unlock()
	go func() {
		defer q.Release()
		if q.begun(ctx, d) {
			q.Kick()
		}
	}()
}

func (q *Queue) begun(ctx context.Context, d store.Delivery) (again bool) {
	var terms Terms
	if q.Terms != nil {
		var err error
		if terms, err = q.Terms(ctx, d); err != nil || terms.Hold != "" || terms.Gone {
			return q.settle(ctx, d, errOtherTerms)
		}
	}
	return q.send(ctx, d, terms)
}
