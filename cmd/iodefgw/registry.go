package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
	"iodefgw/store"
)

// readRegistry makes the parties of a moment from the registry in the database.
// A key that is revoked, or outside of the time its operator gave it, is no
// party's; it stays in the ring, so that its signature is known for what it is.
func readRegistry(ctx context.Context, s *store.Store, now time.Time) (*relay.Parties, error) {
	all, err := registered(ctx, s)
	if err != nil {
		return nil, err
	}
	byID := map[string]*relay.Party{}
	for _, p := range all {
		byID[p.ID] = p
	}
	keys, err := s.Keys(ctx)
	if err != nil {
		return nil, err
	}
	var ring []*pgp.Key
	for _, k := range keys {
		list, err := pgp.ReadKeys([]byte(k.Armored))
		if err != nil {
			return nil, fmt.Errorf("key %s of party %q: %w", k.Fingerprint, k.Party, err)
		}
		ring = append(ring, list...)
		if p := byID[k.Party]; p != nil && usable(k, now) {
			p.Keys = append(p.Keys, list...)
		}
	}
	parties, err := relay.NewParties(all)
	if err != nil {
		return nil, err
	}
	parties.Ring = pgp.NewKeyring(ring)
	return parties, nil
}

// usable says whether a key counts as its party's.
func usable(k store.Key, now time.Time) bool {
	return (k.Revoked.IsZero() || now.Before(k.Revoked)) &&
		(k.ValidFrom.IsZero() || !now.Before(k.ValidFrom)) &&
		(k.ValidTo.IsZero() || now.Before(k.ValidTo))
}

// registered lists the parties of the registry without their keys.
func registered(ctx context.Context, s *store.Store) ([]*relay.Party, error) {
	rows, err := s.Parties(ctx)
	if err != nil {
		return nil, err
	}
	var all []*relay.Party
	for _, row := range rows {
		p := &relay.Party{}
		if err := json.Unmarshal(row.JSON, p); err != nil {
			return nil, fmt.Errorf("read party %q of the registry: %w", row.ID, err)
		}
		if err := p.Normalise(); err != nil {
			return nil, fmt.Errorf("read the registry: %w", err)
		}
		all = append(all, p)
	}
	return all, nil
}

// putParties registers parties with the keys they carry, all of them or none
// of the parties. A key that an operator has revoked stays revoked.
func putParties(ctx context.Context, s *store.Store, operator string, parties []*relay.Party) error {
	var rows []store.Party
	for _, p := range parties {
		text, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("party %q: %w", p.ID, err)
		}
		rows = append(rows, store.Party{ID: p.ID, JSON: text})
	}
	if err := s.PutParties(ctx, operator, rows); err != nil {
		return err
	}
	for _, p := range parties {
		for _, k := range p.Keys {
			if err := putKey(ctx, s, operator, p.ID, k); err != nil {
				return err
			}
		}
	}
	return nil
}

// putKey registers a key for a party.
func putKey(ctx context.Context, s *store.Store, operator, party string, k *pgp.Key) error {
	armored, err := k.Armor()
	if err != nil {
		return fmt.Errorf("key %s: %w", k.Fingerprint(), err)
	}
	row := store.Key{Fingerprint: k.Fingerprint(), Party: party, Armored: string(armored)}
	old, err := keyByFingerprint(ctx, s, row.Fingerprint)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return err
	case old.Party == row.Party && old.Armored == row.Armored:
		return nil
	default:
		row.ValidFrom, row.ValidTo, row.Revoked = old.ValidFrom, old.ValidTo, old.Revoked
	}
	return s.PutKey(ctx, operator, row)
}

func keyByFingerprint(ctx context.Context, s *store.Store, fingerprint string) (store.Key, error) {
	keys, err := s.Keys(ctx)
	if err != nil {
		return store.Key{}, err
	}
	for _, k := range keys {
		if k.Fingerprint == fingerprint {
			return k, nil
		}
	}
	return store.Key{}, fmt.Errorf("key %s: %w", fingerprint, store.ErrNotFound)
}
