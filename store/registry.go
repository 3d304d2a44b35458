package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Party is a row of the parties registry; what its JSON means is the caller's.
type Party struct {
	ID      string
	JSON    json.RawMessage
	Updated time.Time
}

// Key is an OpenPGP certificate.
type Key struct {
	Fingerprint string // full, upper-case hex, 40 or 64 characters
	Party       string // empty: verifies, but is nobody's
	Armored     string
	AddedBy     string // operator
	Added       time.Time
	ValidFrom   time.Time // zero: since ever
	ValidTo     time.Time // zero: for ever
	Revoked     time.Time // zero: not
}

// PutParties adds parties and replaces those with the same id, all or none.
func (s *Store) PutParties(ctx context.Context, operator string, parties []Party) error {
	return s.writer.do(ctx, "put parties", func(t *tx) error {
		for _, p := range parties {
			if !json.Valid(p.JSON) {
				return fmt.Errorf("party %q: not JSON", p.ID)
			}
			if _, err := t.exec("INSERT INTO party (id, json, updated) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET json = excluded.json, updated = excluded.updated",
				p.ID, string(p.JSON), micros(t.now)); err != nil {
				return fmt.Errorf("party %q: %w", p.ID, err)
			}
			if err := t.event(operator, "put-party", "party/"+p.ID, detail{"sha256": DigestOf(p.JSON)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// PutParty adds or replaces one party.
func (s *Store) PutParty(ctx context.Context, operator string, p Party) error {
	return s.PutParties(ctx, operator, []Party{p})
}

// RemoveParty takes a party out of the registry; its keys stay and are nobody's.
func (s *Store) RemoveParty(ctx context.Context, operator, id, why string) error {
	return s.writer.do(ctx, "remove party", func(t *tx) error {
		if _, err := t.exec("UPDATE key SET party = NULL WHERE party = ?", id); err != nil {
			return err
		}
		if err := t.change(ErrNotFound, "DELETE FROM party WHERE id = ?", id); err != nil {
			return fmt.Errorf("party %q: %w", id, err)
		}
		return t.event(operator, "remove-party", "party/"+id, detail{"why": cut(why, 500)})
	})
}

// PutKey adds a certificate or replaces the one with its fingerprint. One that belongs to another party is not moved:
// ErrDuplicate.
func (s *Store) PutKey(ctx context.Context, operator string, k Key) error {
	k.Fingerprint = strings.ToUpper(k.Fingerprint)
	return s.writer.do(ctx, "put key", func(t *tx) error {
		var owner string
		err := t.row("SELECT coalesce(party, '') FROM key WHERE fingerprint = ?", k.Fingerprint).Scan(&owner)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err == nil && owner != "" && owner != k.Party {
			return fmt.Errorf("%w: key %s belongs to party %q", ErrDuplicate, k.Fingerprint, owner)
		}
		var party any
		if k.Party != "" {
			party = k.Party
		}
		if _, err := t.exec(`INSERT INTO key (fingerprint, party, armored, added_by, added, valid_from, valid_to, revoked) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (fingerprint) DO UPDATE SET party = excluded.party, armored = excluded.armored, valid_from = excluded.valid_from,
			valid_to = excluded.valid_to, revoked = excluded.revoked`,
			k.Fingerprint, party, k.Armored, operator, micros(t.now), micros(k.ValidFrom), micros(k.ValidTo), micros(k.Revoked)); err != nil {
			return fmt.Errorf("key %s: %w", k.Fingerprint, err)
		}
		return t.event(operator, "put-key", "key/"+k.Fingerprint, detail{"party": k.Party, "sha256": DigestOf([]byte(k.Armored))})
	})
}

// RevokeKey marks a key as not to be trusted from at on. Recipients that have come as far as they are under its
// signature are back at the start, and may come again under another: whoever answered may not be who holds it. It returns
// how many tickets that touches.
func (s *Store) RevokeKey(ctx context.Context, operator, fingerprint string, at time.Time, why string) (back int, err error) {
	fingerprint = strings.ToUpper(fingerprint)
	err = s.writer.do(ctx, "revoke key", func(t *tx) error {
		if err := t.change(ErrNotFound, "UPDATE key SET revoked = ? WHERE fingerprint = ?", micros(at), fingerprint); err != nil {
			return fmt.Errorf("key %s: %w", fingerprint, err)
		}
		back, err = t.stagesBack(operator, fingerprint)
		if err != nil {
			return err
		}
		return t.event(operator, "revoke-key", "key/"+fingerprint, detail{"at": micros(at), "why": cut(why, 500), "stages": back})
	})
	return back, err
}

// keyRevokedKind is the evidence of a step back to the start.
const keyRevokedKind = "key-revoked"

// stagesBack takes back the steps that a key's signature was the evidence of, since a recipient was last at the start. A
// step that does not say whose signature it was counts as one of this key's.
func (t *tx) stagesBack(operator, fingerprint string) (int, error) {
	reached, err := list(context.Background(), t.conn, scanRecipient, selectRecipient+` WHERE r.stage IN ('authenticated', 'trusted')
		AND EXISTS (SELECT 1 FROM evidence e LEFT JOIN mail m ON m.id = e.mail WHERE e.ticket = r.ticket AND e.party = r.party
		AND e.kind IN ('signed-reply', 'signed-report', 'merge')
		AND (m.signer = ? OR m.id IS NULL AND r.party = (SELECT k.party FROM key k WHERE k.fingerprint = ?))
		AND e.id > coalesce((SELECT max(f.id) FROM evidence f WHERE f.ticket = r.ticket AND f.party = r.party AND f.to_stage = 'first-contact'), 0))
		ORDER BY r.ticket`, fingerprint, fingerprint)
	if err != nil {
		return 0, err
	}
	for _, r := range reached {
		if err := t.step(operator, r.TicketID, Step{Party: r.Party, From: r.Stage, To: FirstContact, Kind: keyRevokedKind, Detail: fingerprint}); err != nil {
			return 0, err
		}
		// What is being planned now was planned for the stage before.
		if err := t.change(ErrStale, "UPDATE ticket SET version = version + 1, updated = ? WHERE id = ?", micros(t.now), r.TicketID); err != nil {
			return 0, err
		}
	}
	return len(reached), nil
}

// Parties lists the registry.
func (s *Store) Parties(ctx context.Context) ([]Party, error) {
	return list(ctx, s.readers, func(row scanner) (p Party, err error) {
		var text string
		var updated int64
		err = row.Scan(&p.ID, &text, &updated)
		p.JSON, p.Updated = json.RawMessage(text), fromMicros(updated)
		return p, err
	}, "SELECT id, json, updated FROM party ORDER BY id")
}

// Keys lists all certificates.
func (s *Store) Keys(ctx context.Context) ([]Key, error) {
	return list(ctx, s.readers, func(row scanner) (k Key, err error) {
		var added, from, to, revoked int64
		err = row.Scan(&k.Fingerprint, &k.Party, &k.Armored, &k.AddedBy, &added, &from, &to, &revoked)
		k.Added, k.ValidFrom, k.ValidTo, k.Revoked = fromMicros(added), fromMicros(from), fromMicros(to), fromMicros(revoked)
		return k, err
	}, "SELECT fingerprint, coalesce(party, ''), armored, added_by, added, valid_from, valid_to, revoked FROM key ORDER BY fingerprint")
}

// SnapshotKind says what a snapshot is the text of.
type SnapshotKind string

const (
	SnapshotPolicy  SnapshotKind = "policy"
	SnapshotParties SnapshotKind = "parties"
)

// PutSnapshot keeps a text that decisions are made from, and returns the digest that they name it by. Putting it again
// changes nothing.
func (s *Store) PutSnapshot(ctx context.Context, actor string, kind SnapshotKind, text string) (Digest, error) {
	digest := DigestOf([]byte(text))
	known, err := s.Snapshot(ctx, digest)
	if err == nil && known == text {
		return digest, nil
	}
	return digest, s.writer.do(ctx, "put "+string(kind), func(t *tx) error {
		res, err := t.exec("INSERT INTO snapshot (digest, kind, text, at) VALUES (?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING", digest, kind, text, micros(t.now))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return t.event(actor, "put-"+string(kind), string(kind), detail{"sha256": digest})
	})
}

// Snapshot is the text with this digest.
func (s *Store) Snapshot(ctx context.Context, digest Digest) (string, error) {
	return one(ctx, s.readers, "snapshot", digest, scanText, "SELECT text FROM snapshot WHERE digest = ?", digest)
}

// MarkAddress notes that a contact address answered with a permanent failure; code is its status class.
func (s *Store) MarkAddress(ctx context.Context, address, party, code string, deliveryID int64) error {
	return s.writer.do(ctx, "mark address", func(t *tx) error {
		return t.markAddress(address, party, code, deliveryID)
	})
}

// ClearAddress takes the mark off, by an operator's word.
func (s *Store) ClearAddress(ctx context.Context, operator, address string) error {
	return s.writer.do(ctx, "clear address", func(t *tx) error {
		var party string
		if err := t.row("DELETE FROM bad_address WHERE address = ? RETURNING party", address).Scan(&party); err != nil {
			return notFound(err, "marked", "address")
		}
		return t.event(operator, "clear-address", "party/"+party, nil)
	})
}

// BadAddress is a contact address that bounced.
type BadAddress struct {
	Address, Party, Code string
	DeliveryID           int64
	At                   time.Time
}

// BadAddresses lists the marked addresses.
func (s *Store) BadAddresses(ctx context.Context) ([]BadAddress, error) {
	return list(ctx, s.readers, func(row scanner) (b BadAddress, err error) {
		var at int64
		err = row.Scan(&b.Address, &b.Party, &b.Code, &b.DeliveryID, &at)
		b.At = fromMicros(at)
		return b, err
	}, "SELECT address, party, code, coalesce(delivery, 0), at FROM bad_address ORDER BY address")
}
