package store

import (
	"context"
	"fmt"
)

// Approve is an operator's yes to the bytes with this digest. When as many different operators as needed have said so,
// the message is queued.
func (s *Store) Approve(ctx context.Context, id int64, operator string, digest Digest) (Delivery, error) {
	var d Delivery
	err := s.writer.do(ctx, "approve", func(t *tx) error {
		var err error
		if d, err = t.delivery(id); err != nil {
			return err
		}
		if d.State != AwaitingApproval {
			return fmt.Errorf("%w: delivery %d is %s", ErrState, id, d.State)
		}
		if d.Digest != digest {
			return fmt.Errorf("%w: delivery %d has other bytes than those looked at", ErrStale, id)
		}
		if operator == "" {
			return fmt.Errorf("%w: no operator named", ErrState)
		}
		if _, err := t.exec("INSERT INTO approval (delivery, operator, digest, at) VALUES (?, ?, ?, ?)", id, operator, digest, micros(t.now)); err != nil {
			return fmt.Errorf("delivery %d, operator %q: %w", id, operator, err)
		}
		if err := t.event(operator, "approve", subject("delivery", id), detail{"digest": digest}); err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE delivery SET state = 'queued', next_at = ?, updated = ? WHERE id = ? AND state = 'awaiting-approval'
			AND approvals <= (SELECT count(*) FROM approval a WHERE a.delivery = delivery.id AND a.digest = delivery.digest)`,
			micros(t.now), micros(t.now), id); err != nil {
			return err
		}
		d, err = t.delivery(id)
		return err
	})
	return d, err
}

// Retry queues a message again that failed, waits or is held. One that lacks an approval waits for it instead. Where its
// address was marked as failing, the operator's word takes the mark off.
func (s *Store) Retry(ctx context.Context, id int64, operator, why string) error {
	return s.writer.do(ctx, "retry", func(t *tx) error {
		d, err := t.delivery(id)
		if err != nil {
			return err
		}
		to, next := Queued, micros(t.now)
		if d.Approved < d.Approvals {
			to, next = AwaitingApproval, 0
		}
		if _, err := t.exec("DELETE FROM bad_address WHERE address = ?", d.To); err != nil {
			return err
		}
		return t.moveDelivery("retry", id, operator, why, to, next, "state IN ('failed', 'deferred', 'maybe', 'held', 'queued')")
	})
}

// Cancel ends a message for good. One that is being sent cannot be called back.
func (s *Store) Cancel(ctx context.Context, id int64, operator, why string) error {
	return s.writer.do(ctx, "cancel", func(t *tx) error {
		return t.moveDelivery("cancel", id, operator, why, Cancelled, 0,
			"state IN ('awaiting-approval', 'queued', 'deferred', 'failed', 'maybe', 'held')")
	})
}

// HoldDelivery stops a message that a rule forbids just now: trust lost, grant run out, channel too weak.
func (s *Store) HoldDelivery(ctx context.Context, id int64, actor, why string) error {
	return s.writer.do(ctx, "hold delivery", func(t *tx) error {
		return t.moveDelivery("hold-delivery", id, actor, why, HeldBack, 0, "state IN ('awaiting-approval', 'queued', 'deferred', 'maybe')")
	})
}

// moveDelivery moves one message that is in a state of from, a condition of ours.
func (t *tx) moveDelivery(name string, id int64, actor, why string, to DeliveryState, next int64, from string) error {
	if err := t.change(ErrState, "UPDATE delivery SET state = ?, reason = ?, next_at = ?, updated = ? WHERE id = ? AND "+from,
		to, cut(why, 200), next, micros(t.now), id); err != nil {
		return fmt.Errorf("delivery %d: %w", id, err)
	}
	return t.event(actor, name, subject("delivery", id), detail{"why": cut(why, 200), "state": to})
}

// StopQueued cancels everything unsent to a party on a ticket, to every party when it is empty, and returns what it
// could not stop: sent, being sent, or of unknown outcome. It is what a tightening of conditions does.
func (s *Store) StopQueued(ctx context.Context, ticketID int64, party, actor, why string) (stopped, gone []Delivery, err error) {
	err = s.writer.do(ctx, "stop queued", func(t *tx) error {
		stopped, gone = nil, nil
		all, err := list(context.Background(), t.conn, scanDelivery, selectDelivery+" WHERE d.ticket = ? AND (? = '' OR d.party = ?) ORDER BY d.id", ticketID, party, party)
		if err != nil {
			return err
		}
		for _, d := range all {
			switch d.State {
			case AwaitingApproval, Queued, Deferred, HeldBack:
				if err := t.moveDelivery("cancel", d.ID, actor, why, Cancelled, 0, "true"); err != nil {
					return err
				}
				stopped = append(stopped, d)
			case Maybe: // never again, but it may have arrived
				if err := t.change(ErrState, "UPDATE delivery SET next_at = 0, updated = ? WHERE id = ?", micros(t.now), d.ID); err != nil {
					return err
				}
				gone = append(gone, d)
			case Sending, Sent:
				gone = append(gone, d)
			}
		}
		return t.event(actor, "stop-queued", subject("ticket", ticketID), detail{"party": party, "why": cut(why, 200), "stopped": len(stopped), "gone": len(gone)})
	})
	return stopped, gone, err
}

// holdName is the meta row that stops the whole queue.
const holdName = "queue-hold"

// HoldQueue stops all sending until ReleaseQueue.
func (s *Store) HoldQueue(ctx context.Context, operator, why string) error {
	return s.writer.do(ctx, "hold queue", func(t *tx) error { return t.holdQueue(operator, why) })
}

func (t *tx) holdQueue(actor, why string) error {
	if _, err := t.exec("INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", holdName, cut(why, 500)); err != nil {
		return err
	}
	return t.event(actor, "hold-queue", "queue", detail{"why": cut(why, 500)})
}

// ReleaseQueue lets sending go on, after a restore or a HoldQueue. ErrState when it is not held.
func (s *Store) ReleaseQueue(ctx context.Context, operator, why string) error {
	return s.writer.do(ctx, "release queue", func(t *tx) error {
		if err := t.change(ErrState, "DELETE FROM meta WHERE name = ?", holdName); err != nil {
			return err
		}
		return t.event(operator, "release-queue", "queue", detail{"why": cut(why, 500)})
	})
}

// Note writes an event that changes nothing else: an alert, a reload of the config.
func (s *Store) Note(ctx context.Context, actor, verb, subject string, d map[string]any) error {
	return s.writer.do(ctx, verb, func(t *tx) error { return t.event(actor, verb, subject, d) })
}
