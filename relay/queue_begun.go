package relay

import (
	"cmp"
	"context"
	"errors"
	"time"

	"iodefgw/store"
)

// Most messages are sent at once, while a sender is free: their first attempt
// is put on disk together with them, so that they need not be looked for and no
// second transaction is needed. The caller reserves a sender first, and either
// hands it a message with SendBegun or gives it back.

// Reserve takes a sender for a message of size bytes. It never blocks, and takes
// none while all are busy, or what is queued already waits for one of its own, or
// Run does not run.
func (q *Queue) Reserve(size int64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.running && q.ctx.Err() == nil && !q.waiting && q.take(size)
}

// roomWait is the longest that Room waits. A server that hangs delays a mail by
// no more.
const roomWait = 100 * time.Millisecond

// Room waits a little while a third of the senders are taken, for who is about to
// make messages: those that find no sender are queued, looked for and begun one
// by one, which costs more than to make them when there is one. The other two
// thirds are for what is being made meanwhile.
func (q *Queue) Room(ctx context.Context) {
	q.mu.Lock()
	if !q.running || !q.crowded() {
		q.mu.Unlock()
		return
	}
	if q.room == nil {
		q.room = make(chan struct{})
	}
	room := q.room
	q.mu.Unlock()
	t := time.NewTimer(roomWait)
	defer t.Stop()
	select {
	case <-room:
	case <-t.C:
	case <-ctx.Done():
	}
}

// crowded is for who has locked mu.
func (q *Queue) crowded() bool {
	return 3*q.taken >= q.parallel() || 3*q.bytes >= sendingBytes
}

func (q *Queue) parallel() int { return cmp.Or(q.Parallel, 384) }

// take is for who has locked mu.
func (q *Queue) take(size int64) bool {
	if q.taken > 0 && (q.taken >= q.parallel() || q.bytes+size > sendingBytes) {
		return false
	}
	q.taken, q.bytes = q.taken+1, q.bytes+size
	q.senders.Add(1)
	return true
}

// Release gives a sender back.
func (q *Queue) Release(size int64) {
	q.mu.Lock()
	q.taken, q.bytes = q.taken-1, q.bytes-size
	if q.room != nil && !q.crowded() {
		close(q.room)
		q.room = nil
	}
	q.mu.Unlock()
	select {
	case q.left <- struct{}{}:
	default: // one is there, and await looks anew
	}
	q.senders.Done()
}

func (q *Queue) releaseListed(size int64) {
	q.mu.Lock()
	q.listed--
	q.mu.Unlock()
	q.Release(size)
}

// await takes a sender for the loop of Run, and waits for one; false: ctx has ended.
func (q *Queue) await(ctx context.Context, size int64) bool {
	for {
		q.mu.Lock()
		may := q.listed < listedAtOnce
		taken := may && q.take(size)
		if taken {
			q.listed++
		}
		q.waiting = may && !taken // what leaves at once may have those that are not for the list
		q.mu.Unlock()
		if taken {
			return true
		}
		select {
		case <-q.left:
		case <-ctx.Done():
			return false
		}
	}
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
	size := int64(len(d.Bytes))
	d.Plain = nil // large, and for nobody here
	go func() {
		defer q.Release(size)
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
