package mailgw

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/emersion/go-imap/v2"
)

const (
	// windowMails bounds how many mails' sizes are held at a time, and with it
	// memory, whatever the mailbox holds.
	windowMails = 1000
	// batchBytes and batchMails bound one FETCH. Two batches exist at a time:
	// one is fetched while the other is handled.
	batchBytes = 8 << 20
	batchMails = 200
	// firstMails is the first batch of a full mailbox, and each after it is twice
	// as large: nobody handles anything before it has come.
	firstMails = 25
)

// drain takes mails until none is left to take.
func (s *session) drain() (taken int, err error) {
	for s.ctx.Err() == nil {
		todo, err := s.list()
		if err != nil || len(todo) == 0 {
			return taken, err
		}
		n, err := s.take(todo)
		taken += n
		if err != nil {
			return taken, err
		}
	}
	return taken, nil
}

// list asks which mails are there and returns those to be taken.
func (s *session) list() (imap.UIDSet, error) {
	if err := s.open(); err != nil {
		return nil, err
	}
	if err := s.place(); err != nil { // what a lost connection left undone
		return nil, err
	}
	select {
	case <-s.wake: // what it told of is found below
	default:
	}
	if s.mark == "" { // nothing can be flagged here, so nothing moved either
		if err := s.p.recall(s.ctx); err != nil {
			return nil, err
		}
	}
	criteria := &imap.SearchCriteria{}
	if s.mark == flagProcessed {
		criteria.NotFlag = []imap.Flag{flagProcessed}
	}
	var opts *imap.SearchOptions
	if s.client.Caps().Has(imap.CapESearch) {
		opts = &imap.SearchOptions{ReturnAll: true} // ranges instead of numbers
	}
	defer s.command()()
	found, err := s.client.UIDSearch(criteria, opts).Wait()
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	uids, _ := found.All.(imap.UIDSet)
	return s.p.todo(s.ctx, uids), nil
}

// take fetches todo batch by batch, has the mails handled meanwhile and moves
// those that were.
func (s *session) take(todo imap.UIDSet) (taken int, err error) {
	w := s.m.startWorkers(s.ctx)
	err = s.feed(w, todo)
	w.finish(s.p.settle)
	if s.p.paused != nil && err == nil {
		err = s.p.paused
	}
	s.p.paused = nil
	if err == nil || errors.Is(err, ErrPause) {
		// Time has passed: look again that the UIDs mean the same mails.
		perr := s.open()
		if perr == nil {
			perr = s.place()
		}
		if err == nil {
			err = perr
		}
	}
	return w.taken, err
}

func (s *session) feed(w *workers, todo imap.UIDSet) error {
	for n := firstMails; len(todo) > 0; {
		var window imap.UIDSet
		window, todo = cutUIDs(todo, windowMails)
		mails, err := s.sizes(window)
		if err != nil {
			return err
		}
		for _, b := range s.plan(mails, &n) {
			w.await(batchBytes, s.p.settle)
			if s.ctx.Err() != nil || s.p.paused != nil {
				return nil
			}
			got, err := s.fetch(b)
			if err != nil {
				return err
			}
			validity := s.p.validity
			if err := s.open(); err != nil {
				return err
			}
			if s.p.validity != validity {
				return nil // got was fetched from another mailbox: dropped
			}
			w.hand(got)
			if err := s.place(); err != nil {
				return err
			}
		}
	}
	return nil
}

// workers run Handle. The goroutines end with finish.
type workers struct {
	jobs    chan Incoming
	results chan result
	wg      sync.WaitGroup
	inside  int   // mails handed out and not yet settled
	bytes   int64 // of those
	taken   int
}

// errStopped is the error of a mail that was not handled because the program
// stops: nothing is wrong with it.
var errStopped = errors.New("stopped")

type result struct {
	validity    uint32
	uid         imap.UID
	size        int64
	disposition Disposition
	err         error
}

func (m *IMAP) startWorkers(ctx context.Context) *workers {
	// Room for all that await lets in, so that neither hand nor a worker blocks.
	w := &workers{jobs: make(chan Incoming, 2*batchMails), results: make(chan result, 2*batchMails)}
	for range m.workers() {
		w.wg.Add(1)
		go func() {
			defer w.wg.Done()
			for in := range w.jobs {
				r := result{validity: in.UIDValidity, uid: imap.UID(in.UID), size: int64(len(in.Raw))}
				if r.err = ctx.Err(); r.err == nil {
					r.disposition, r.err = m.Handle(ctx, in)
				}
				if r.err != nil && ctx.Err() != nil {
					r.err = errStopped
				}
				w.results <- r
			}
		}()
	}
	return w
}

func (w *workers) hand(mails []Incoming) {
	for _, in := range mails {
		w.inside++
		w.taken++
		w.bytes += int64(len(in.Raw))
		w.jobs <- in
	}
}

// await settles what is done, and waits until at most limit bytes and one batch
// of mails are in the workers' hands.
func (w *workers) await(limit int64, settle func(result)) {
	for w.inside > 0 {
		select {
		case r := <-w.results:
			w.settled(r, settle)
			continue
		default:
		}
		if w.bytes <= limit && w.inside <= batchMails {
			return
		}
		w.settled(<-w.results, settle)
	}
}

func (w *workers) settled(r result, settle func(result)) {
	w.inside--
	w.bytes -= r.size
	settle(r)
}

// finish waits for the workers and settles the rest.
func (w *workers) finish(settle func(result)) {
	close(w.jobs)
	w.wg.Wait()
	close(w.results)
	for r := range w.results {
		w.settled(r, settle)
	}
}
