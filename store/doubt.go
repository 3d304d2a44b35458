package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
)

// doubts are deliveries whose attempt was begun by a verb that was answered with ErrUnavailable. Its COMMIT may have
// reached the file all the same; then they are `sending` and nobody is dialling. A restart would call that `maybe`, but we
// know better.
type doubts struct {
	mu  sync.Mutex
	ids map[int64]string // Message-ID; empty where the delivery was there before
}

// add notes a doubt. messageID tells a delivery that Accept made from another that was given its id when it had not.
func (d *doubts) add(id int64, messageID string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ids == nil {
		d.ids = map[int64]string{}
	}
	d.ids[id] = messageID
}

// take ends a doubt; only one caller gets it.
func (d *doubts) take(id int64) (messageID string, had bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	messageID, had = d.ids[id]
	delete(d.ids, id)
	return messageID, had
}

func (d *doubts) list() []int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.ids))
}

// settleDoubts puts back what an Attempt left behind that failed.
func (s *Store) settleDoubts(ctx context.Context) error {
	for _, id := range s.doubts.list() {
		if err := s.writer.do(ctx, "settle attempt", func(t *tx) error { return s.settleDoubt(t, id) }); err != nil {
			return err
		}
	}
	return nil
}

// settleDoubt runs before anything else may begin an attempt of id, so that the one it ends is the one in doubt.
func (s *Store) settleDoubt(t *tx, id int64) error {
	messageID, had := s.doubts.take(id)
	if !had {
		return nil
	}
	t.undo = append(t.undo, func() { s.doubts.add(id, messageID) })
	d, err := t.delivery(id)
	if errors.Is(err, ErrNotFound) || messageID != "" && d.MessageID != messageID {
		return nil // Accept has not happened
	}
	if err != nil || d.State != Sending {
		return err
	}
	return s.settle(t, id, d.Attempts, Deferred, Reply{Text: "not dialled"}, d.Updated, gateway)
}
