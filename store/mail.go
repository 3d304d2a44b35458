package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Receive puts the bytes of a mail on disk and begins it. Same bytes, same row: a second copy only adds its location.
func (s *Store) Receive(ctx context.Context, in Incoming) (Receipt, error) {
	digest := DigestOf(in.Raw)
	var r Receipt
	near := s.mails.add(1)
	more, last := s.numbers.short(near), int64(0) // most mails are reports, and each of these takes one
	err := s.writer.doNear(ctx, near, "receive", func(t *tx) (err error) {
		r, last = Receipt{}, 0
		if more {
			if last, err = t.passNumbers(numbersAtOnce); err != nil {
				return err
			}
		}
		known, err := s.insertMail(t, in, digest, &r)
		if err != nil {
			return err
		}
		if known {
			r.Duplicate = true
			if err := t.row("SELECT id FROM mail WHERE digest = ?", digest).Scan(&r.ID); err != nil {
				return err
			}
			if err := t.event(gateway, "receive-again", subject("mail", r.ID), nil); err != nil {
				return err
			}
		}
		if r.Anomaly, err = t.locate(r.ID, in.Location); err != nil || !known {
			return err
		}
		return s.beginMail(t, r.ID, &r)
	})
	if err != nil || r.State != MailReceived {
		s.mails.add(-1)
	}
	if err != nil {
		last = 0
	}
	if more {
		s.numbers.add(last)
	}
	if err != nil {
		return Receipt{}, err
	}
	r.Raw = in.Raw
	return r, nil
}

// Begin takes up a mail that Unfinished found, as Receive does for a new one.
func (s *Store) Begin(ctx context.Context, mailID int64) (Receipt, error) {
	var r Receipt
	err := s.writer.doNear(ctx, s.mails.add(1), "begin mail", func(t *tx) error {
		r = Receipt{}
		if err := s.beginMail(t, mailID, &r); err != nil {
			return err
		}
		if r.State != MailReceived {
			return fmt.Errorf("%w: mail %d is %s", ErrState, mailID, r.State)
		}
		return t.row("SELECT raw FROM mail_raw WHERE mail = ?", mailID).Scan(&r.Raw)
	})
	if err != nil {
		s.mails.add(-1)
	}
	return r, err
}

// beginMail counts this run's attempt, once per run, while there is something to do.
func (s *Store) beginMail(t *tx, id int64, r *Receipt) error {
	if _, err := t.exec("UPDATE mail SET attempts = attempts + 1, run = ? WHERE id = ? AND state = 'received' AND run <> ?",
		s.run, id, s.run); err != nil {
		return err
	}
	m, err := one(context.Background(), t.conn, "mail", id, scanMail, selectMail+" WHERE id = ?", id)
	if err != nil {
		return err
	}
	r.Mail = m
	r.Poison = m.State == MailReceived && m.Attempts > poisonAfter
	return nil
}

// insertMail stores a mail, begun, unless it is known.
func (s *Store) insertMail(t *tx, in Incoming, digest Digest, r *Receipt) (known bool, err error) {
	size := in.Size
	if size == 0 {
		size = int64(len(in.Raw))
	}
	received := in.ReceivedAt
	if received.IsZero() {
		received = t.now
	}
	note := cut(in.Note, 200)
	res, err := t.exec(`INSERT INTO mail (digest, size, received_at, first_seen, state, note, attempts, run) VALUES (?, ?, ?, ?, 'received', ?, 1, ?)
		ON CONFLICT (digest) DO NOTHING`, digest, size, micros(received), micros(t.now), note, s.run)
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return true, err
	}
	r.Mail = Mail{Digest: digest, Size: size, ReceivedAt: fromMicros(micros(received)), FirstSeen: fromMicros(micros(t.now)), State: MailReceived,
		Attempts: 1, Note: note, Verdict: Verdict{Reasons: []string{}}}
	if r.ID, err = res.LastInsertId(); err != nil {
		return false, err
	}
	raw := in.Raw
	if raw == nil {
		raw = []byte{}
	}
	if _, err := t.exec("INSERT INTO mail_raw (mail, raw) VALUES (?, ?)", r.ID, raw); err != nil {
		return false, err
	}
	return false, t.event(gateway, "receive", subject("mail", r.ID), detail{"sha256": digest, "size": size})
}

const insertLocation = `INSERT INTO location (account, mailbox, uidvalidity, uid, mail, state, seen_at)
	VALUES (?, ?, ?, ?, ?, 'stored', ?) ON CONFLICT (account, mailbox, uidvalidity, uid, mail) DO NOTHING`

// locate notes where a mail lies. The same place with other bytes is the server's fault and keeps both rows.
func (t *tx) locate(mailID int64, l Location) (anomaly bool, err error) {
	if l == (Location{}) {
		return false, nil
	}
	if l.UIDValidity == 0 { // a file: its path may be written anew, and its folder is no mailbox
		_, err := t.exec(insertLocation, l.Account, l.Mailbox, l.UIDValidity, l.UID, mailID, micros(t.now))
		return false, err
	}
	if _, err := t.exec(insertLocation, l.Account, l.Mailbox, l.UIDValidity, l.UID, mailID, micros(t.now)); err != nil {
		return false, err
	}
	if at := (Location{Account: l.Account, Mailbox: l.Mailbox, UIDValidity: l.UIDValidity}); at != t.mailbox {
		if _, err := t.exec(`INSERT INTO mailbox (account, mailbox, uidvalidity) VALUES (?, ?, ?)
			ON CONFLICT (account, mailbox) DO UPDATE SET uidvalidity = excluded.uidvalidity WHERE mailbox.uidvalidity <> excluded.uidvalidity`,
			l.Account, l.Mailbox, l.UIDValidity); err != nil {
			return false, err
		}
		t.mailbox = at
	}
	var others int
	if err := t.row(`SELECT count(*) FROM location WHERE account = ? AND mailbox = ? AND uidvalidity = ? AND uid = ? AND mail <> ?`,
		l.Account, l.Mailbox, l.UIDValidity, l.UID, mailID).Scan(&others); err != nil {
		return false, err
	}
	if others == 0 {
		return false, nil
	}
	return true, t.event(gateway, "server-anomaly", subject("mail", mailID), detail{"uidvalidity": l.UIDValidity, "uid": l.UID})
}

// Hold ends a mail for a person to look at; the reason "poison" is one of them.
func (s *Store) Hold(ctx context.Context, mailID int64, v Verdict) error {
	return s.finish(ctx, "hold", mailID, MailHeld, v)
}

// Reject ends a mail as the site's policy wants it. It stays stored and can be released.
func (s *Store) Reject(ctx context.Context, mailID int64, v Verdict) error {
	return s.finish(ctx, "reject", mailID, MailRejected, v)
}

// Record ends a mail that needs no ticket: a bounce, an auto-reply, a reply that changes nothing.
func (s *Store) Record(ctx context.Context, mailID int64, v Verdict) error {
	return s.finish(ctx, "record", mailID, MailRecorded, v)
}

func (s *Store) finish(ctx context.Context, name string, mailID int64, to MailState, v Verdict) error {
	defer s.numbers.forget(mailID)
	defer s.mails.add(-1)
	return s.writer.doNear(ctx, s.mails.add(0), name, func(t *tx) error {
		return t.finishMail(gateway, name, mailID, to, v, nil)
	})
}

// finishMail moves a mail out of `received`, with what was found out about it.
func (t *tx) finishMail(actor, name string, id int64, to MailState, v Verdict, d detail) error {
	reasons, err := appendList(nil, v.Reasons)
	if err != nil {
		return err
	}
	messageID := cut(v.MessageID, 998)
	if err := t.change(ErrState, `UPDATE mail SET state = ?, kind = ?, signature = ?, signer = ?, party = ?, reasons = ?,
		message_id = ?, signature_digest = ?, finished_at = ?, run = 0,
		message_id_reuse = CASE WHEN ? <> '' AND EXISTS (SELECT 1 FROM mail m WHERE m.message_id = ? AND m.message_id <> '' AND m.id <> mail.id) THEN 1 ELSE 0 END
		WHERE id = ? AND state = 'received'`,
		to, v.Kind, v.Signature, v.Signer, v.Party, string(reasons), messageID, v.SignatureDigest, micros(t.now),
		messageID, messageID, id); err != nil {
		return fmt.Errorf("mail %d: %w", id, err)
	}
	if d == nil {
		d = detail{}
	}
	d["reasons"] = append([]string{}, v.Reasons...)
	d["signature"] = v.Signature
	return t.event(actor, name, subject("mail", id), d)
}

// Release lets a held or rejected mail pass screening: it is `received` again, Released, and Unfinished finds it.
func (s *Store) Release(ctx context.Context, mailID int64, operator, why string) error {
	return s.again(ctx, "release", mailID, operator, why, 1)
}

// Recheck has a held mail screened again, as when a key has arrived.
func (s *Store) Recheck(ctx context.Context, mailID int64, operator, why string) error {
	return s.again(ctx, "recheck", mailID, operator, why, 0)
}

func (s *Store) again(ctx context.Context, name string, mailID int64, operator, why string, released int) error {
	return s.writer.do(ctx, name, func(t *tx) error {
		if err := t.change(ErrState, `UPDATE mail SET state = 'received', released = ?, attempts = 0, run = 0, finished_at = 0
			WHERE id = ? AND state IN ('held', 'rejected') AND purged_at = 0`, released, mailID); err != nil {
			return fmt.Errorf("mail %d: %w", mailID, err)
		}
		return t.event(operator, name, subject("mail", mailID), detail{"why": cut(why, 500)})
	})
}

// RejectHeld is an operator's refusal of a held mail.
func (s *Store) RejectHeld(ctx context.Context, mailID int64, operator, why string) error {
	return s.writer.do(ctx, "reject held", func(t *tx) error {
		if err := t.change(ErrState, "UPDATE mail SET state = 'rejected', finished_at = ? WHERE id = ? AND state = 'held'",
			micros(t.now), mailID); err != nil {
			return fmt.Errorf("mail %d: %w", mailID, err)
		}
		return t.event(operator, "reject", subject("mail", mailID), detail{"why": cut(why, 500)})
	})
}

// Abandon gives up a mail for now, for a reason that is not its own, such as ErrUnavailable: the attempt does not
// count, and Unfinished finds it.
func (s *Store) Abandon(ctx context.Context, mailID int64) error {
	defer s.numbers.forget(mailID)
	defer s.mails.add(-1)
	return s.writer.doNear(ctx, s.mails.add(0), "abandon", func(t *tx) error {
		if err := t.change(ErrState, "UPDATE mail SET attempts = attempts - 1, run = 0 WHERE id = ? AND state = 'received' AND run = ?",
			mailID, s.run); err != nil {
			return fmt.Errorf("mail %d: %w", mailID, err)
		}
		return t.event(gateway, "abandon", subject("mail", mailID), nil)
	})
}

// Moved notes that the mail at l was moved or flagged in the mailbox.
func (s *Store) Moved(ctx context.Context, l Location) error {
	return s.writer.do(ctx, "moved", func(t *tx) error {
		res, err := t.exec("UPDATE location SET state = 'done' WHERE account = ? AND mailbox = ? AND uidvalidity = ? AND uid = ? AND state = 'stored'",
			l.Account, l.Mailbox, l.UIDValidity, l.UID)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err // done before: nothing to add
		}
		return t.event(gateway, "moved", locationSubject(l), nil)
	})
}

// Vanished notes a mail that was gone before its bytes came (case 5).
func (s *Store) Vanished(ctx context.Context, l Location) error {
	return s.writer.do(ctx, "vanished", func(t *tx) error {
		var known int
		if err := t.row("SELECT count(*) FROM location WHERE account = ? AND mailbox = ? AND uidvalidity = ? AND uid = ?",
			l.Account, l.Mailbox, l.UIDValidity, l.UID).Scan(&known); err != nil || known > 0 {
			return err
		}
		if _, err := t.exec(`INSERT INTO location (account, mailbox, uidvalidity, uid, mail, state, seen_at) VALUES (?, ?, ?, ?, NULL, 'vanished', ?)`,
			l.Account, l.Mailbox, l.UIDValidity, l.UID, micros(t.now)); err != nil {
			return err
		}
		return t.event(gateway, "vanished", locationSubject(l), nil)
	})
}

func locationSubject(l Location) string { return fmt.Sprintf("uid/%d.%d", l.UIDValidity, l.UID) }

// notFound says which row is missing; other errors pass.
func notFound(err error, kind string, id any) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s %v: %w", kind, id, ErrNotFound)
	}
	return err
}

// cut shortens text from outside to at most n bytes, at a character's start.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}
