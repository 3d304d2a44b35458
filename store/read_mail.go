package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// queryer is who can be asked: the readers' pool, or a connection with a transaction.
type queryer interface {
	query(query string, args []any, each func(scanner) error) error
}

// list runs a query and copies every row out before it returns. The context is looked at before the query and not
// during it: a context cancelled in the middle of a row can hand out another query's data (GO-2025-3849).
func list[T any](ctx context.Context, db queryer, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var out []T
	err := db.query(query, args, func(row scanner) error {
		v, err := scan(row)
		out = append(out, v)
		return err
	})
	if err != nil {
		mapped, _ := classify(err)
		return nil, mapped
	}
	return out, nil
}

// one runs a query for a single row; ErrNotFound names what was sought.
func one[T any](ctx context.Context, db queryer, kind string, id any, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	rows, err := list(ctx, db, scan, query, args...)
	if err == nil && len(rows) == 0 {
		err = fmt.Errorf("%s %v: %w", kind, id, ErrNotFound)
	}
	if err != nil {
		var zero T
		return zero, err
	}
	return rows[0], nil
}

const selectMail = `SELECT id, digest, size, received_at, first_seen, finished_at, state, kind, signature, signer, party, reasons,
	message_id, message_id_reuse, signature_digest, attempts, released, purged_at, note FROM mail`

func scanMail(row scanner) (Mail, error) {
	var m Mail
	var received, seen, finished, purged int64
	var reasons string
	err := row.Scan(&m.ID, &m.Digest, &m.Size, &received, &seen, &finished, &m.State, &m.Kind, &m.Signature, &m.Signer, &m.Party,
		&reasons, &m.MessageID, &m.MessageIDReuse, &m.SignatureDigest, &m.Attempts, &m.Released, &purged, &m.Note)
	if err != nil {
		return Mail{}, err
	}
	m.ReceivedAt, m.FirstSeen, m.FinishedAt, m.PurgedAt = fromMicros(received), fromMicros(seen), fromMicros(finished), fromMicros(purged)
	return m, json.Unmarshal([]byte(reasons), &m.Reasons)
}

// MailFilter picks mails for Mails; zero fields do not restrict.
type MailFilter struct {
	State MailState
	After int64 // ids above this one, for paging
	Limit int   // 100 when 0
}

// Mails lists mails by id, without their bytes.
func (s *Store) Mails(ctx context.Context, f MailFilter) ([]Mail, error) {
	limit := f.Limit
	if limit == 0 {
		limit = 100
	}
	if f.State == "" {
		return list(ctx, s.readers, scanMail, selectMail+" WHERE id > ? ORDER BY id LIMIT coalesce(?, 0)", f.After, limit)
	}
	return list(ctx, s.readers, scanMail, selectMail+" WHERE state = ? AND id > ? ORDER BY id LIMIT coalesce(?, 0)", f.State, f.After, limit)
}

// Unfinished lists ids of mails in `received` that this run has not begun: left by a crash, released or abandoned.
func (s *Store) Unfinished(ctx context.Context, limit int) ([]int64, error) {
	return list(ctx, s.readers, scanID, "SELECT id FROM mail WHERE state = 'received' AND run <> ? ORDER BY id LIMIT coalesce(?, 0)", s.run, limit)
}

func scanID(row scanner) (id int64, err error) { err = row.Scan(&id); return id, err }

// MailByID is one mail with its bytes, nil after a purge.
func (s *Store) MailByID(ctx context.Context, id int64) (Mail, error) {
	m, err := one(ctx, s.readers, "mail", id, scanMail, selectMail+" WHERE id = ?", id)
	if err != nil {
		return Mail{}, err
	}
	m.Raw, err = one(ctx, s.readers, "bytes of mail", id, scanBytes, "SELECT raw FROM mail_raw WHERE mail = ?", id)
	if errors.Is(err, ErrNotFound) && !m.PurgedAt.IsZero() {
		err = nil
	}
	return m, err
}

func scanText(row scanner) (v string, err error) { err = row.Scan(&v); return v, err }

func scanBytes(row scanner) (b []byte, err error) { err = row.Scan(&b); return b, err }

// SignatureSeen reports whether another mail than this one has the same signature over the same bytes: one of the two is
// a replay.
func (s *Store) SignatureSeen(ctx context.Context, digest Digest, mailID int64) (bool, error) {
	others, err := list(ctx, s.readers, scanID, "SELECT id FROM mail WHERE "+bySignature+" AND id <> ? LIMIT 1", digest, digest, mailID)
	return len(others) > 0, err
}

// bySignature takes the digest twice: the index has its first digits alone.
const bySignature = "substr(signature_digest, 1, 16) = substr(coalesce(?, ''), 1, 16) AND signature_digest = ? AND signature_digest <> ''"

// Locations lists where a mail was seen.
func (s *Store) Locations(ctx context.Context, mailID int64) ([]Location, error) {
	return list(ctx, s.readers, scanLocation, "SELECT account, mailbox, uidvalidity, uid FROM location WHERE mail = ? ORDER BY id", mailID)
}

func scanLocation(row scanner) (l Location, err error) {
	err = row.Scan(&l.Account, &l.Mailbox, &l.UIDValidity, &l.UID)
	return l, err
}

// Seen is a UID of a mailbox that needs no fetch any more.
type Seen struct {
	UID    uint32
	MailID int64 // 0 when it vanished
	State  MailState
	Done   bool // moved or flagged too
}

// SeenUIDs lists what is known of a mailbox under a UIDVALIDITY, from a UID on. A mail still `received` is listed as
// well: its bytes are here.
func (s *Store) SeenUIDs(ctx context.Context, account, mailbox string, uidValidity, from uint32, limit int) ([]Seen, error) {
	return list(ctx, s.readers, func(row scanner) (v Seen, err error) {
		var state string
		err = row.Scan(&v.UID, &v.MailID, &v.State, &state)
		v.Done = state != "stored"
		return v, err
	}, `SELECT l.uid, coalesce(l.mail, 0), coalesce(m.state, ''), l.state FROM location l LEFT JOIN mail m ON m.id = l.mail
		WHERE l.account = ? AND l.mailbox = ? AND l.uidvalidity = ? AND l.uid >= ? ORDER BY l.uid, l.id LIMIT coalesce(?, 0)`,
		account, mailbox, uidValidity, from, limit)
}

// UIDValidity is the last UIDVALIDITY a mailbox was read under; ErrNotFound for one never read.
func (s *Store) UIDValidity(ctx context.Context, account, mailbox string) (uint32, error) {
	return one(ctx, s.readers, "mailbox", account+"/"+mailbox, func(row scanner) (v uint32, err error) { err = row.Scan(&v); return v, err },
		"SELECT uidvalidity FROM mailbox WHERE account = ? AND mailbox = ?", account, mailbox)
}
