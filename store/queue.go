package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Due lists messages that may be sent now, the longest waiting first, without bytes. Empty while the queue is held.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]Delivery, error) {
	if err := s.settleDoubts(ctx); err != nil {
		return nil, err
	}
	return list(ctx, s.readers, scanDelivery, selectDelivery+` WHERE d.next_at > 0 AND d.next_at <= coalesce(?, 0)
		AND NOT EXISTS (SELECT 1 FROM meta WHERE name = 'queue-hold') ORDER BY d.next_at, d.id LIMIT coalesce(?, 0)`, micros(now), limit)
}

// Attempt puts the coming attempt on disk and returns the message with its bytes; only then may anybody dial. A crash
// after it leaves `maybe`.
func (s *Store) Attempt(ctx context.Context, id int64) (Delivery, error) {
	var d Delivery
	err := s.writer.doNear(ctx, s.attempts.add(1), "attempt", func(t *tx) (err error) {
		if err := s.settleDoubt(t, id); err != nil {
			return err
		}
		d, err = t.attempt(id)
		return err
	})
	if err != nil {
		s.attempts.add(-1)
	}
	if errors.Is(err, ErrUnavailable) {
		s.doubts.add(id, "")
	}
	return d, err
}

func (t *tx) attempt(id int64) (Delivery, error) {
	err := t.change(ErrState, `UPDATE delivery SET state = 'sending', attempts = attempts + 1, updated = ?, next_at = 0
		WHERE id = ? AND next_at > 0 AND next_at <= ? AND NOT EXISTS (SELECT 1 FROM meta WHERE name = 'queue-hold')`, micros(t.now), id, micros(t.now))
	if errors.Is(err, ErrState) {
		err = t.heldOr(err)
	}
	if err != nil {
		return Delivery{}, fmt.Errorf("delivery %d: %w", id, err)
	}
	d, err := t.deliveryWithBytes(id)
	if err != nil {
		return Delivery{}, err
	}
	if err := t.beginAttempt(id, d.Attempts); err != nil {
		return Delivery{}, err
	}
	return d, t.event(gateway, "attempt", subject("delivery", id), detail{"attempt": d.Attempts})
}

func (t *tx) beginAttempt(id int64, n int) error {
	_, err := t.exec("INSERT INTO attempt (delivery, n, started) VALUES (?, ?, ?)", id, n, micros(t.now))
	return err
}

// heldOr says why an attempt may not begin: the whole queue is held, or what err says.
func (t *tx) heldOr(err error) error {
	var held int
	if e := t.row("SELECT count(*) FROM meta WHERE name = ?", holdName).Scan(&held); e != nil {
		return e
	}
	if held > 0 {
		return ErrQueueHeld
	}
	return err
}

// Sent ends attempt n: the server took the message. Like Defer, Fail and Maybe it may be said again after
// ErrUnavailable: an attempt that has ended so already is fine.
func (s *Store) Sent(ctx context.Context, id int64, n int, r Reply) error {
	return s.endAttempt(ctx, id, n, Sent, r, time.Time{})
}

// Defer ends attempt n: not taken, to be tried again at next.
func (s *Store) Defer(ctx context.Context, id int64, n int, r Reply, next time.Time) error {
	return s.endAttempt(ctx, id, n, Deferred, r, next)
}

// Fail ends attempt n: never to be taken, or tried for too long.
func (s *Store) Fail(ctx context.Context, id int64, n int, r Reply) error {
	return s.endAttempt(ctx, id, n, Failed, r, time.Time{})
}

// Maybe ends attempt n: nobody knows whether it was taken. It is tried again at next with the same bytes and
// Message-ID; after MaybeLimit of them it waits for an operator whatever next says.
func (s *Store) Maybe(ctx context.Context, id int64, n int, r Reply, next time.Time) error {
	return s.endAttempt(ctx, id, n, Maybe, r, next)
}

func (s *Store) endAttempt(ctx context.Context, id int64, n int, to DeliveryState, r Reply, next time.Time) error {
	defer s.attempts.add(-1)
	return s.writer.doNear(ctx, s.attempts.add(0), string(to), func(t *tx) error {
		err := s.settle(t, id, n, to, r, next, gateway)
		if !errors.Is(err, errEnded) {
			return err
		}
		var outcome DeliveryState
		if err := t.row("SELECT outcome FROM attempt WHERE delivery = ? AND n = ?", id, n).Scan(&outcome); err != nil {
			return notFound(err, "attempt of delivery", id)
		}
		if outcome == to {
			return nil // said before
		}
		return err
	})
}

// errEnded: there is no such attempt, or it is over.
var errEnded = fmt.Errorf("%w: attempt is not under way", ErrState)

// settle ends the attempt under way and moves its delivery on.
func (s *Store) settle(t *tx, id int64, n int, to DeliveryState, r Reply, next time.Time, actor string) error {
	if err := t.change(errEnded, "UPDATE attempt SET ended = ?, outcome = ?, code = ?, text = ? WHERE delivery = ? AND n = ? AND ended = 0",
		micros(t.now), to, r.Code, cut(r.Text, 500), id, n); err != nil {
		return fmt.Errorf("attempt %d of delivery %d: %w", n, id, err)
	}
	maybe := 0
	if to == Maybe {
		maybe = 1
	}
	reason := ""
	if to != Sent && r.Code != 0 {
		reason = fmt.Sprintf("smtp-%d", r.Code)
	}
	if err := t.change(ErrState, `UPDATE delivery SET state = ?, reason = ?, updated = ?, maybes = maybes + ?,
		next_at = CASE WHEN ? = 1 AND maybes >= ? THEN 0 ELSE ? END WHERE id = ? AND state = 'sending' AND attempts = ?`,
		to, reason, micros(t.now), maybe, maybe, s.opt.MaybeLimit, micros(next), id, n); err != nil {
		return fmt.Errorf("delivery %d: %w", id, err)
	}
	return t.event(actor, string(to), subject("delivery", id), detail{"attempt": n, "code": r.Code, "next": micros(next)})
}

// recoverSending settles what a dead run was sending: nobody knows whether it was taken.
func (s *Store) recoverSending(t *tx) error {
	interrupted, err := list(context.Background(), t.conn, scanDelivery, selectDelivery+" WHERE d.state <> 'sent' AND d.state = 'sending' ORDER BY d.id")
	if err != nil {
		return err
	}
	for _, d := range interrupted {
		if err := s.settle(t, d.ID, d.Attempts, Maybe, Reply{Text: "cut off"}, t.now, gateway); err != nil {
			return err
		}
	}
	return nil
}
