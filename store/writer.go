package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

const (
	// maxBatch verbs share a transaction at most, so that one fault costs few of them a retry.
	maxBatch = 256
	// No verb waits more than 5 ms for others: half of it at most for those that are on their way, and the other half while
	// those run that have come. Each of these would wait for this transaction in any case, and the ends of most indexes are
	// written once by it, however many they are.
	gatherFor = 2500 * time.Microsecond
	runFor    = 2500 * time.Microsecond
	// carefulFor transactions are run with savepoints after a verb had to be taken back: such verbs come in swarms.
	carefulFor = 16
)

// verb is one caller's work, waiting for its turn in a transaction.
type verb struct {
	ctx  context.Context
	name string
	run  func(*tx) error
	// alone is work outside a transaction, with the connection to itself; run is nil then.
	alone func(*conn) error
	// near is how many verbs, this one among them, are worth waiting for; 0 when the caller does not know.
	near int
	err  error
	// wake carries false when the verb is answered and true when its caller must lead the next transaction.
	wake chan bool
}

// writer puts verbs into transactions. There is no goroutine: the first caller that finds nobody writing leads, runs
// what has queued up in one transaction, commits, answers, and hands the lead to the first that came meanwhile. An idle
// store therefore commits at once, and a busy one gathers verbs for as long as the last fsync takes.
type writer struct {
	connector driver.Connector
	now       func() time.Time
	readOnly  bool

	mu      sync.Mutex
	idle    *sync.Cond // leading became false
	queue   []*verb
	leading bool
	closed  bool
	failure error // of the last transaction; nil once one went through
	enough  int   // verbs that the leader waits for; 0 when it does not
	come    chan struct{}

	// Owned by the leader.
	conn    *conn
	last    int // verbs in the transaction before
	careful int // transactions to come whose verbs get savepoints
}

func newWriter(c driver.Connector, opt Options) *writer {
	w := &writer{connector: c, now: opt.Now, readOnly: opt.ReadOnly, come: make(chan struct{}, 1)}
	w.idle = sync.NewCond(&w.mu)
	return w
}

// do runs one verb and returns after it is durable. A context that ends before its turn takes it out; afterwards the
// verb is carried through, so that no answer is in doubt.
func (w *writer) do(ctx context.Context, name string, run func(*tx) error) error {
	return w.doNear(ctx, 0, name, run)
}

// doNear is do for a verb that knows how many others are likely to come soon.
func (w *writer) doNear(ctx context.Context, near int, name string, run func(*tx) error) error {
	if w.readOnly {
		return fmt.Errorf("%s: %w: store is open for reading only", name, ErrState)
	}
	return w.wait(&verb{ctx: ctx, name: name, run: run, near: near, wake: make(chan bool, 1)})
}

// exclusive runs work that must not stand in a transaction, such as a checkpoint, between two of them.
func (w *writer) exclusive(ctx context.Context, name string, alone func(*conn) error) error {
	return w.wait(&verb{ctx: ctx, name: name, alone: alone, wake: make(chan bool, 1)})
}

func (w *writer) wait(v *verb) error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return fmt.Errorf("%s: %w", v.name, ErrClosed)
	}
	if errors.Is(w.failure, ErrCorrupt) { // nothing is relayed from a damaged file, whatever other pages say
		defer w.mu.Unlock()
		return fmt.Errorf("%s: %w", v.name, w.failure)
	}
	w.queue = append(w.queue, v)
	if w.enough > 0 && len(w.queue) >= w.enough {
		w.enough = 0
		w.come <- struct{}{}
	}
	lead := !w.leading
	w.leading = true
	w.mu.Unlock()
	if lead || <-v.wake {
		w.lead()
	}
	if v.err != nil {
		return fmt.Errorf("%s: %w", v.name, v.err)
	}
	return nil
}

// lead runs one transaction, its caller's own verb in it, and passes the lead on.
func (w *writer) lead() {
	w.gather()
	w.mu.Lock()
	n := min(len(w.queue), maxBatch)
	batch := append([]*verb(nil), w.queue[:n]...)
	w.queue = append(w.queue[:0], w.queue[n:]...)
	w.mu.Unlock()

	done, err := len(batch), fmt.Errorf("%w: a verb did not return", ErrUnavailable)
	finished := false
	defer func() {
		if !finished { // a panic passes by: nobody else may wait for ever because of it
			w.lost(batch, err)
		}
		w.pass(batch, done, err)
	}()
	done, err = w.transact(batch)
	w.last, finished = done, true
}

// gather waits for the callers that the last transaction woke: they are likely to come back with another verb. It waits
// for as many as there were, however fast the disk: a transaction writes some eight pages of its own, whether it holds
// one attempt or ten. Where a verb had a transaction to itself the next does not wait at all, unless it knows of others.
func (w *writer) gather() {
	w.mu.Lock()
	enough := w.last
	for _, v := range w.queue {
		enough = max(enough, min(v.near, maxBatch))
	}
	if enough < 2 || len(w.queue) >= enough {
		w.mu.Unlock()
		return
	}
	w.enough = enough
	w.mu.Unlock()
	end := time.NewTimer(gatherFor)
	defer end.Stop()
	select {
	case <-w.come:
	case <-end.C:
		w.mu.Lock()
		if w.enough == 0 { // they came just now
			<-w.come
		}
		w.enough = 0
		w.mu.Unlock()
	}
}

// pass answers the verbs that are done, puts the others back, and wakes the next leader.
func (w *writer) pass(batch []*verb, done int, err error) {
	w.mu.Lock()
	if !errors.Is(w.failure, ErrCorrupt) {
		w.failure = err
	}
	w.queue = append(append([]*verb(nil), batch[done:]...), w.queue...)
	var next *verb
	if len(w.queue) > 0 {
		next = w.queue[0]
	} else {
		w.leading = false
		w.idle.Broadcast()
	}
	w.mu.Unlock()
	for _, v := range batch[1:done] { // batch[0] is the leader itself
		v.wake <- false
	}
	if next != nil {
		next.wake <- true
		runtime.Gosched() // it goes first: all wait for it
	}
}

// transact runs verbs in one transaction and says how many have their answer. When it is lost, each of them gets the
// reason.
//
// A savepoint copies every page that is touched in it, which costs more than most verbs; so verbs get none while all
// goes well, and one that fails before it has written, as most that come too late do, needs none. Where one fails after
// that, everything is rolled back and run again, each verb in a savepoint of its own, and so are the next transactions.
func (w *writer) transact(batch []*verb) (int, error) {
	if batch[0].alone != nil {
		return w.runAlone(batch[0])
	}
	done, err := w.run(batch, w.careful > 0)
	if errors.Is(err, errTakeBack) {
		w.careful = carefulFor
		done, err = w.run(batch, true)
	}
	w.careful = max(0, w.careful-1)
	if err != nil {
		return w.lost(batch[:done], err)
	}
	return done, nil
}

// run runs verbs in one transaction until all have run or runFor is over, and commits it.
func (w *writer) run(batch []*verb, careful bool) (done int, err error) {
	t, err := w.begin(careful)
	if err != nil {
		return len(batch), err
	}
	defer func() {
		if err != nil {
			t.putBack(0)
		}
	}()
	start := time.Now()
	for _, v := range batch {
		if v.alone != nil || done > 0 && time.Since(start) > runFor {
			break
		}
		done++
		if v.err = v.ctx.Err(); v.err != nil {
			continue
		}
		v.err, err = t.verb(v.run)
		if errors.Is(err, errTakeBack) {
			if _, lost := t.exec("ROLLBACK"); lost != nil {
				return done, lost
			}
		}
		if err != nil {
			return done, err
		}
	}
	err = t.commit()
	return done, err
}

func (w *writer) runAlone(v *verb) (int, error) {
	if v.err = v.ctx.Err(); v.err != nil {
		return 1, nil
	}
	if err := w.connect(); err != nil {
		return w.lost([]*verb{v}, err)
	}
	if err := v.alone(w.conn); err != nil {
		mapped, fatal := classify(err)
		if fatal {
			return w.lost([]*verb{v}, err)
		}
		v.err = mapped
	}
	return 1, nil
}

// lost answers every verb of a lost transaction and throws the connection away: after a failed fsync the kernel may
// have dropped the pages, so COMMIT is never tried again and the next transaction reads the file anew.
func (w *writer) lost(batch []*verb, err error) (int, error) {
	if mapped, _ := classify(err); !errors.Is(mapped, ErrUnavailable) {
		err = fmt.Errorf("%w: %w", ErrUnavailable, err)
	} else {
		err = mapped
	}
	for _, v := range batch {
		v.err = err
	}
	w.discard()
	return len(batch), err
}

// begin opens a connection where there is none and starts a transaction that holds the write lock.
func (w *writer) begin(careful bool) (*tx, error) {
	if err := w.connect(); err != nil {
		return nil, err
	}
	t := &tx{conn: w.conn, careful: careful, now: w.now().UTC().Truncate(time.Microsecond)}
	if _, err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	// Operator commands write from other processes, so the chain's end is read anew under the lock.
	err := t.row("SELECT seq, hash FROM event_tip WHERE id = 1").Scan(&t.tip.seq, &t.tip.hash)
	t.begun = t.tip
	return t, err
}

func (w *writer) connect() (err error) {
	if w.conn == nil {
		w.conn, err = dial(w.connector)
	}
	return err
}

// discard closes the connection for good.
func (w *writer) discard() {
	if w.conn == nil {
		return
	}
	_, _ = w.conn.run("ROLLBACK", nil) // may fail: SQLite rolls back by itself on some errors
	_ = w.conn.close()
	w.conn = nil
}

// close waits for the verbs under way and refuses what comes after.
func (w *writer) close() error {
	w.mu.Lock()
	w.closed = true
	for w.leading {
		w.idle.Wait()
	}
	w.mu.Unlock()
	if w.conn == nil {
		return nil
	}
	err := w.conn.close()
	w.conn = nil
	return err
}

// health is the reason why the last transaction was lost, nil when it was not.
func (w *writer) health() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failure
}
