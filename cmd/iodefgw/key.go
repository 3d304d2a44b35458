package main

import (
	"fmt"
	"strings"
	"time"

	"iodefgw/mailgw/pgp"
	"iodefgw/store"
)

// expiresSoon is how long before a key's end its operator is told.
const expiresSoon = 30 * 24 * time.Hour

func runKey(env *Env, args []string) error {
	return runVerb(env, args, verb{"show", keyShow}, verb{"import", keyImport}, verb{"list", keyList}, verb{"revoke", keyRevoke},
		verb{"rotate", keyRotate}, verb{"announce", keyAnnounce}, verb{"passphrase", keyPassphrase})
}

// keyShow shows the gateway's own key, or a registered one.
func keyShow(env *Env, args []string) error {
	flags := flagSet()
	config := configFlag(env, flags)
	armor := flags.Bool("armor", false, "print the public key itself, to publish or to send it")
	asJSON := flags.Bool("json", false, "one JSON object")
	rest, err := parse(flags, args)
	if err != nil {
		return err
	}
	if len(rest) > 1 {
		return Hint{fmt.Errorf("%q is one argument too many", cut(rest[1], 40)), "name one FINGERPRINT, or none for the gateway's own key"}
	}
	c, err := ReadConfig(*config)
	if err != nil {
		return err
	}
	var k *pgp.Key
	row := store.Key{}
	if len(rest) == 0 {
		secret, err := c.Secret()
		if err != nil {
			return err
		}
		if k, err = secret.Public(); err != nil {
			return fmt.Errorf("read the gateway's key: %w", err)
		}
	} else {
		s, err := env.session(*config, reads)
		if err != nil {
			return err
		}
		defer s.Close()
		if row, err = keyByFingerprint(s.ctx, s.Store, bareFingerprint(rest[0])); err != nil {
			return storeHint(err)
		}
		list, err := pgp.ReadKeys([]byte(row.Armored))
		if err != nil {
			return err
		}
		k = list[0]
	}
	switch {
	case *armor:
		text, err := k.Armor()
		if err != nil {
			return fmt.Errorf("write key: %w", err)
		}
		_, err = env.Stdout.Write(text)
		return err
	case *asJSON:
		return env.jsonLine(newKeyLine(k, row, env.Now(), c.pgpPolicy()))
	}
	env.printKey(k, row, c.pgpPolicy())
	return nil
}

// keyImport registers keys for a party, after a person has compared their
// fingerprints.
func keyImport(env *Env, args []string) error {
	flags := flagSet()
	config := configFlag(env, flags)
	party := flags.String("party", "", "the `PARTY` that the key belongs to")
	yes := flags.Bool("yes", false, "do not ask, for scripts")
	rest, err := parseN(flags, args, "FILE")
	if err != nil {
		return err
	}
	if *party == "" {
		return Hint{fmt.Errorf("-party is missing"), "party list shows the parties; a key without a party is no use"}
	}
	raw, err := env.readInput(rest[0], maxPrivate)
	if err != nil {
		return err
	}
	keys, err := pgp.ReadKeys(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", rest[0], err)
	}
	s, err := env.session(*config, decides)
	if err != nil {
		return err
	}
	defer s.Close()
	parties, err := readRegistry(s.ctx, s.Store, env.Now())
	if err != nil {
		return err
	}
	if parties.ByID(*party) == nil {
		return Hint{refused("no party %q", cut(*party, 40)), "party list shows the parties"}
	}
	for _, k := range keys {
		if state := k.State(env.Now(), s.config.pgpPolicy()); state != "" && state != pgp.TagExpiredKey {
			return refused("key %s is of no use: %s", k.Fingerprint(), state)
		}
		env.printKey(k, store.Key{Party: *party}, s.config.pgpPolicy())
	}
	if err := env.confirm(*yes, "Has the party confirmed this fingerprint by other means?"); err != nil {
		return err
	}
	for _, k := range keys {
		if err := putKey(s.ctx, s.Store, s.operator, *party, k); err != nil {
			return storeHint(err)
		}
		fmt.Fprintf(env.Stdout, "registered %s for %s\n", k.Fingerprint(), printable(*party))
	}
	return s.recheckWaiting("key imported")
}

func keyList(env *Env, args []string) error {
	flags := flagSet()
	asJSON := flags.Bool("json", false, "one JSON object per key")
	s, _, err := env.open(flags, args, reads)
	if err != nil {
		return err
	}
	defer s.Close()
	rows, err := s.Keys(s.ctx)
	if err != nil {
		return storeHint(err)
	}
	out := env.listing(*asJSON, "PARTY", "ALGORITHM", "CREATED", "EXPIRES", "STATE", "FINGERPRINT")
	for _, row := range rows {
		keys, err := pgp.ReadKeys([]byte(row.Armored))
		if err != nil {
			return fmt.Errorf("key %s: %w", row.Fingerprint, err)
		}
		l := newKeyLine(keys[0], row, env.Now(), s.config.pgpPolicy())
		if err := out.add(l, l.Party, l.Algorithm, day(l.Created), day(l.Expires), l.State, l.Fingerprint); err != nil {
			return err
		}
	}
	out.end()
	return nil
}

// keyRevoke marks a key as not to be trusted from now on.
func keyRevoke(env *Env, args []string) error {
	flags := flagSet()
	why := flags.String("why", "", "the `REASON`, for the audit")
	s, rest, err := env.open(flags, args, decides, "FINGERPRINT")
	if err != nil {
		return err
	}
	defer s.Close()
	fingerprint := bareFingerprint(rest[0])
	back, err := s.RevokeKey(s.ctx, s.operator, fingerprint, env.Now(), *why)
	if err != nil {
		return storeHint(err)
	}
	fmt.Fprintln(env.Stdout, "revoked", fingerprint)
	if back > 0 {
		fmt.Fprintf(env.Stdout, "%d tickets on which its holder had answered under it are back at first-contact with that party\n", back)
	}
	return nil
}

// keyLine is a key as key list and key show print it.
type keyLine struct {
	Fingerprint string     `json:"fingerprint"`
	Party       string     `json:"party"`
	UserIDs     []string   `json:"user_ids"`
	Algorithm   string     `json:"algorithm"`
	Created     *time.Time `json:"created"`
	Expires     *time.Time `json:"expires"`
	State       string     `json:"state"` // ok, expires-soon, sha1-certificate, revoked, or the tag of what is wrong
}

func newKeyLine(k *pgp.Key, row store.Key, now time.Time, policy pgp.Policy) keyLine {
	l := keyLine{Fingerprint: k.Fingerprint(), Party: row.Party, UserIDs: k.UserIDs(), Algorithm: k.Algorithm(),
		Created: timeOrNil(k.Created()), Expires: timeOrNil(k.Expires(now)), State: "ok"}
	switch tag := k.State(now, policy); {
	case tag != "":
		l.State = tag
	case !usable(row, now):
		l.State = "revoked"
	case l.Expires != nil && l.Expires.Sub(now) <= expiresSoon:
		l.State = "expires-soon"
	case k.OldSHA1(now):
		l.State = pgp.NoteSHA1
	}
	return l
}

// printKey shows a key so that its fingerprint can be read out and compared.
func (env *Env) printKey(k *pgp.Key, row store.Key, policy pgp.Policy) {
	l := newKeyLine(k, row, env.Now(), policy)
	if l.Party != "" {
		fmt.Fprintf(env.Stdout, "party        %s\n", printable(l.Party))
	}
	fmt.Fprintf(env.Stdout, "fingerprint  %s\n", env.paint(env.Stdout, bold, groups(l.Fingerprint)))
	for _, id := range l.UserIDs {
		fmt.Fprintf(env.Stdout, "user id      %s\n", printable(id))
	}
	fmt.Fprintf(env.Stdout, "algorithm    %s\ncreated      %s\nexpires      %s\n", l.Algorithm, day(l.Created), day(l.Expires))
	if l.State != "ok" {
		fmt.Fprintf(env.Stdout, "warning      %s\n", env.paint(env.Stdout, yellow, l.State))
	}
}

func bareFingerprint(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r == ' ' || r == ':' {
			return -1
		}
		return r
	}, strings.TrimPrefix(s, "0x")))
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func day(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.Format(time.DateOnly)
}
