package store

import (
	"context"
	"strings"
)

// Bounce is what a mail to the envelope sender of one of our messages says of it.
type Bounce struct {
	DeliveryID int64
	Outcome    string // "failed", "delayed", "delivered"
	Status     string // enhanced status code, or empty
	Permanent  bool   // the address will not take the next one either
}

// RecordBounce finishes a mail that is a bounce, notes on its delivery what it says, and marks the address where it is
// permanent, in one step. The delivery stays `sent`: a server did take it.
func (s *Store) RecordBounce(ctx context.Context, mailID int64, v Verdict, b Bounce) error {
	return s.writer.do(ctx, "record bounce", func(t *tx) error {
		if err := t.finishMail(gateway, "record", mailID, MailRecorded, v, nil); err != nil {
			return err
		}
		d, err := t.delivery(b.DeliveryID)
		if err != nil {
			return err
		}
		status := cut(b.Status, 20)
		if b.Outcome != "delivered" && (d.State == Sent || d.State == Maybe) {
			if err := t.change(ErrState, "UPDATE delivery SET reason = ?, updated = ? WHERE id = ?",
				strings.TrimSpace(cut("bounce-"+b.Outcome, 40)+" "+status), micros(t.now), d.ID); err != nil {
				return err
			}
		}
		if b.Permanent {
			if err := t.markAddress(d.To, d.Party, status, d.ID); err != nil {
				return err
			}
		}
		return t.event(gateway, "bounce", subject("delivery", d.ID),
			detail{"mail": mailID, "outcome": b.Outcome, "status": status, "permanent": b.Permanent})
	})
}

// AddressMarked reports whether a contact address answered with a permanent failure and no operator has said otherwise.
func (s *Store) AddressMarked(ctx context.Context, address string) (bool, error) {
	rows, err := list(ctx, s.readers, scanText, "SELECT code FROM bad_address WHERE address = ?", address)
	return len(rows) > 0, err
}

func (t *tx) markAddress(address, party, code string, deliveryID int64) error {
	if _, err := t.exec(`INSERT INTO bad_address (address, party, code, delivery, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (address) DO UPDATE SET code = excluded.code, delivery = excluded.delivery, at = excluded.at`,
		address, party, cut(code, 20), nullable(deliveryID), micros(t.now)); err != nil {
		return err
	}
	return t.event(gateway, "mark-address", "party/"+party, detail{"code": cut(code, 20), "delivery": deliveryID})
}
