package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/BurntSushi/toml"

	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
	"iodefgw/store"
)

func runParty(env *Env, args []string) error {
	return runVerb(env, args, verb{"import", partyImport}, verb{"export", partyExport}, verb{"list", partyList}, verb{"remove", partyRemove})
}

// partyImport registers the parties of a file. Keys that are new are shown and
// asked about, since whoever has a party's key speaks for it.
func partyImport(env *Env, args []string) error {
	flags := flagSet()
	config := configFlag(env, flags)
	yes := flags.Bool("yes", false, "take new keys without asking, for scripts")
	rest, err := parseN(flags, args, "FILE")
	if err != nil {
		return err
	}
	parties, err := relay.ReadParties(rest[0])
	if err != nil {
		return err
	}
	s, err := env.session(*config, decides)
	if err != nil {
		return err
	}
	defer s.Close()
	before, err := registered(s.ctx, s.Store)
	if err != nil {
		return err
	}
	if err := s.fits(before, parties); err != nil {
		return err
	}
	unknown := 0
	for _, p := range parties {
		for _, k := range p.Keys {
			switch old, err := keyByFingerprint(s.ctx, s.Store, k.Fingerprint()); {
			case errors.Is(err, store.ErrNotFound):
				unknown++
				env.printKey(k, store.Key{Party: p.ID}, s.config.pgpPolicy())
			case err != nil:
				return err
			case old.Party != p.ID && old.Party != "":
				return refused("key %s belongs to party %q", k.Fingerprint(), old.Party)
			}
		}
	}
	if unknown > 0 {
		if err := env.confirm(*yes, "Have the parties confirmed these fingerprints by other means?"); err != nil {
			return err
		}
	}
	if err := putParties(s.ctx, s.Store, s.operator, parties); err != nil {
		return storeHint(err)
	}
	for _, p := range parties {
		word := "new"
		if slices.ContainsFunc(before, func(q *relay.Party) bool { return q.ID == p.ID }) {
			word = "replaced"
		}
		fmt.Fprintf(env.Stdout, "%-8s %s, %d keys\n", word, printable(p.ID), len(p.Keys))
	}
	return s.recheckWaiting("parties imported")
}

// fits checks that the registry with the new parties in it is still one that
// the daemon can load: no network, domain or key under two parties, and no
// party beyond first contact without a key.
func (s *session) fits(before, coming []*relay.Party) error {
	now, err := readRegistry(s.ctx, s.Store, s.env.Now())
	if err != nil {
		return fmt.Errorf("read the registry: %w", err)
	}
	merged := slices.Clone(coming)
	for _, p := range before {
		if !slices.ContainsFunc(coming, func(q *relay.Party) bool { return q.ID == p.ID }) {
			merged = append(merged, now.ByID(p.ID))
			continue
		}
		// A party that comes again without its keys keeps those it has.
		i := slices.IndexFunc(merged, func(q *relay.Party) bool { return q.ID == p.ID })
		c := *merged[i]
		c.Keys = slices.Clone(c.Keys)
		for _, k := range now.ByID(p.ID).Keys {
			if !slices.ContainsFunc(c.Keys, func(q *pgp.Key) bool { return q.Fingerprint() == k.Fingerprint() }) {
				c.Keys = append(c.Keys, k)
			}
		}
		merged[i] = &c
	}
	if _, err := relay.NewParties(merged); err != nil {
		return Hint{refused("these parties do not fit the registry: %w", err), "party list shows who is registered"}
	}
	return nil
}

// partyExport writes the registry in the form that import reads.
func partyExport(env *Env, args []string) error {
	flags := flagSet()
	folder := flags.String("keys", "", "write the parties' keys into this `FOLDER`; without it the export is without keys")
	s, _, err := env.open(flags, args, reads)
	if err != nil {
		return err
	}
	defer s.Close()
	parties, err := registered(s.ctx, s.Store)
	if err != nil {
		return err
	}
	keys, err := s.Keys(s.ctx)
	if err != nil {
		return storeHint(err)
	}
	left := 0
	for _, p := range parties {
		for _, k := range keys {
			if k.Party != p.ID || !k.Revoked.IsZero() {
				continue
			}
			if *folder == "" {
				left++
				continue
			}
			name := filepath.Join(*folder, k.Fingerprint+".asc")
			if err := os.MkdirAll(*folder, 0o755); err != nil {
				return fmt.Errorf("make folder: %w", err)
			}
			if err := os.WriteFile(name, []byte(k.Armored), 0o644); err != nil {
				return fmt.Errorf("write key: %w", err)
			}
			if name, err = filepath.Abs(name); err != nil {
				return fmt.Errorf("write key: %w", err)
			}
			p.KeyFiles = append(p.KeyFiles, name)
		}
	}
	if left > 0 {
		fmt.Fprintf(env.Stderr, "%d keys are left out; -keys FOLDER writes them\n", left)
	}
	enc := toml.NewEncoder(env.Stdout)
	enc.Indent = ""
	if err := enc.Encode(map[string]any{"party": parties}); err != nil {
		return fmt.Errorf("write parties: %w", err)
	}
	return nil
}

func partyList(env *Env, args []string) error {
	flags := flagSet()
	asJSON := flags.Bool("json", false, "one JSON object per party")
	s, _, err := env.open(flags, args, reads)
	if err != nil {
		return err
	}
	defer s.Close()
	parties, err := readRegistry(s.ctx, s.Store, env.Now())
	if err != nil {
		return err
	}
	out := env.listing(*asJSON, "PARTY", "NAME", "RELATION", "TI", "TRUST", "CHANNEL", "STAGE", "KEYS", "NETWORKS", "CONTACT")
	for _, p := range parties.All {
		line := struct {
			*relay.Party
			Keys []string `json:"keys"`
		}{p, []string{}}
		for _, k := range p.Keys {
			line.Keys = append(line.Keys, k.Fingerprint())
		}
		if err := out.add(line, p.ID, p.Name, string(p.Relation), strconv.Itoa(p.TI), strconv.Itoa(p.Trust),
			string(p.Channel), string(p.Stage), strconv.Itoa(len(p.Keys)), strconv.Itoa(len(p.Networks)), p.Contact()); err != nil {
			return err
		}
	}
	out.end()
	return nil
}

// partyRemove takes a party out of the registry. Its keys then verify, but are
// nobody's.
func partyRemove(env *Env, args []string) error {
	flags := flagSet()
	why := flags.String("why", "", "the `REASON`, for the audit")
	s, rest, err := env.open(flags, args, decides, "PARTY")
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.RemoveParty(s.ctx, s.operator, rest[0], *why); err != nil {
		return storeHint(err)
	}
	fmt.Fprintln(env.Stdout, "removed", printable(rest[0]))
	return nil
}
