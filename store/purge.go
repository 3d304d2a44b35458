package store

import (
	"context"
	"errors"
	"time"
)

// Retention says what is too old to keep. A zero time keeps everything of its kind.
type Retention struct {
	// Mails finished before this time lose their bytes; held ones stay. A mail whose report stands in a ticket that is
	// not closed stays too.
	Mails time.Time
	// Tickets closed and unchanged since before this time lose documents, messages, conditions, pseudonyms and keys: when
	// all that merges and splits tie to them are, since what was told on one counts on all.
	Tickets time.Time
}

// Purged counts what a purge took out.
type Purged struct{ Mails, Tickets int }

// purgeBatch rows go per verb, so that other verbs get their turn.
const purgeBatch = 100

// Purge takes out what is too old, overwrites it in the file (secure_delete) and empties the WAL, so that no byte of it
// is left in the database's files. Rows, digests and the audit chain stay: the same mail again is still a duplicate.
func (s *Store) Purge(ctx context.Context, actor string, r Retention) (Purged, error) {
	var total Purged
	for _, kind := range []struct {
		before time.Time
		count  *int
		step   func(t *tx, actor string, before time.Time) (int, error)
	}{{r.Mails, &total.Mails, (*tx).purgeMails}, {r.Tickets, &total.Tickets, (*tx).purgeTickets}} {
		if kind.before.IsZero() {
			continue
		}
		for more := true; more; {
			n := 0
			err := s.writer.do(ctx, "purge", func(t *tx) (err error) {
				n, err = kind.step(t, actor, kind.before)
				return err
			})
			if err != nil {
				return total, err
			}
			*kind.count += n
			more = n == purgeBatch
		}
	}
	return total, s.Checkpoint(ctx)
}

func (t *tx) purgeMails(actor string, before time.Time) (int, error) {
	ids, err := list(context.Background(), t.conn, scanID, `SELECT id FROM mail WHERE state IN ('accepted', 'rejected', 'recorded') AND purged_at = 0
		AND finished_at < ? AND NOT EXISTS (SELECT 1 FROM report r JOIN ticket k ON k.id = r.ticket WHERE r.mail = mail.id AND k.state <> 'closed')
		ORDER BY id LIMIT coalesce(?, 0)`, micros(before), purgeBatch)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := t.run(id,
			"DELETE FROM mail_raw WHERE mail = ?",
			"UPDATE mail SET message_id = '', note = '' WHERE id = ?"); err != nil {
			return 0, err
		}
		if err := t.change(ErrStale, "UPDATE mail SET purged_at = ? WHERE id = ?", micros(t.now), id); err != nil {
			return 0, err
		}
		if err := t.event(actor, "purge", subject("mail", id), nil); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

func (t *tx) purgeTickets(actor string, before time.Time) (int, error) {
	ids, err := list(context.Background(), t.conn, scanID, `SELECT id FROM ticket WHERE state = 'closed' AND purged_at = 0 AND updated < ?
		AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.ticket = ticket.id AND d.state IN ('queued', 'sending', 'deferred', 'awaiting-approval'))
		AND NOT EXISTS (SELECT 1 FROM ticket o WHERE o.family = ticket.family AND o.purged_at = 0 AND (o.state <> 'closed' OR o.updated >= ?))
		ORDER BY id LIMIT coalesce(?, 0)`, micros(before), micros(before), purgeBatch)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := t.change(ErrStale, "UPDATE ticket SET purged_at = ?, version = version + 1 WHERE id = ?", micros(t.now), id); err != nil {
			return 0, err
		}
		if err := t.run(id,
			"UPDATE report SET document = NULL, conditions = '', incident_name = '', incident_id = '', instance = '' WHERE ticket = ?",
			"UPDATE consent SET conditions = '' WHERE ticket = ?",
			"UPDATE decision SET inputs = '{}' WHERE ticket = ?",
			`DELETE FROM cells WHERE id IN (SELECT d.cells FROM decision d WHERE d.ticket = ?) AND NOT EXISTS
				(SELECT 1 FROM decision o WHERE o.cells = cells.id AND (SELECT t.purged_at FROM ticket t WHERE t.id = o.ticket) = 0)`,
			"DELETE FROM delivery_bytes WHERE delivery IN (SELECT d.id FROM delivery d WHERE d.ticket = ?)",
			"UPDATE attempt SET text = '' WHERE delivery IN (SELECT d.id FROM delivery d WHERE d.ticket = ?)",
			"DELETE FROM pseudonym WHERE ticket = ?",
			"DELETE FROM ticket_key WHERE ticket = ?",
			"DELETE FROM ticket_reference WHERE ticket = ?"); err != nil {
			return 0, err
		}
		if err := t.event(actor, "purge", subject("ticket", id), nil); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

// run executes statements that each take one id.
func (t *tx) run(id int64, statements ...string) error {
	for _, statement := range statements {
		if _, err := t.exec(statement, id); err != nil {
			return err
		}
	}
	return nil
}

// errCheckpoint: readers stood in the way of emptying the WAL.
var errCheckpoint = errors.New("readers keep the write-ahead log")

// Checkpoint brings the WAL into the main file and empties it. It waits for readers as long as the busy timeout.
func (s *Store) Checkpoint(ctx context.Context) error {
	return s.writer.exclusive(ctx, "checkpoint", func(c *conn) error {
		var busy, frames, moved int
		err := c.first("PRAGMA wal_checkpoint(TRUNCATE)", nil).Scan(&busy, &frames, &moved)
		if err == nil && busy != 0 {
			err = errCheckpoint
		}
		return err
	})
}
