package main

import (
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
)

// keyRotate makes a new key for the gateway. It signs from the next start on;
// the former ones stay in the file, since peers go on encrypting to them and
// the audit chain was signed with them.
func keyRotate(env *Env, args []string) error {
	flags := flagSet()
	yes := flags.Bool("yes", false, "do not ask, for scripts")
	s, _, err := env.open(flags, args, decides)
	if err != nil {
		return err
	}
	defer s.Close()
	c := s.config
	old, err := c.Secret()
	if err != nil {
		return err
	}
	if err := env.confirm(*yes, "Make a new key, which signs from the next start on?"); err != nil {
		return err
	}
	next, err := pgp.GenerateSecret(c.Gateway.Name, c.Gateway.Address, env.Now(), env.Rand)
	if err != nil {
		return fmt.Errorf("make the new key: %w", err)
	}
	passphrase, err := c.passphrase()
	if err != nil {
		return err
	}
	// On record first: a key that nobody made is worse than one that was not made.
	if err := s.Note(s.ctx, s.operator, "rotate-key", "key/"+next.Fingerprint(), nil); err != nil {
		return storeHint(err)
	}
	if err := c.replaceKey(env, next.Succeed(old), passphrase); err != nil {
		return err
	}
	fmt.Fprintf(env.Stdout, `new     %s
former  %s

Next:
  1. Save %s, and its passphrase elsewhere.
  2. Send the new key to your parties, under the former one:
     iodefgw key announce -to PARTY, and publish it: iodefgw key show -armor
  3. Restart the daemon. Mail to the former key is read as before.
`, groups(next.Fingerprint()), groups(old.Fingerprint()), c.Gateway.Key)
	return nil
}

// keyPassphrase locks the gateway's key with another passphrase.
func keyPassphrase(env *Env, args []string) error {
	flags := flagSet()
	s, rest, err := env.open(flags, args, decides, "FILE")
	if err != nil {
		return err
	}
	defer s.Close()
	secret, err := s.config.Secret()
	if err != nil {
		return err
	}
	passphrase, err := readPassword(rest[0], "passphrase")
	if err != nil {
		return err
	}
	if err := s.Note(s.ctx, s.operator, "lock-key", "key/"+secret.Fingerprint(), nil); err != nil {
		return storeHint(err)
	}
	if err := s.config.replaceKey(env, secret, passphrase); err != nil {
		return err
	}
	file, err := filepath.Abs(rest[0])
	if err != nil {
		return fmt.Errorf("name of the passphrase file: %w", err)
	}
	fmt.Fprintf(env.Stdout, "locked %s\nIn section [gateway] of %s: passphrase_file = %q\n", s.config.Gateway.Key, s.config.File, file)
	return nil
}

// keyAnnounce makes the mail that tells a party of the new key. The party knows
// the former one, which signs it.
func keyAnnounce(env *Env, args []string) error {
	flags := flagSet()
	config := configFlag(env, flags)
	to := flags.String("to", "", "the `PARTY` to write to")
	if _, err := parseN(flags, args); err != nil {
		return err
	}
	if *to == "" {
		return Hint{errors.New("-to is missing"), "party list shows the parties"}
	}
	s, err := env.session(*config, reads)
	if err != nil {
		return err
	}
	defer s.Close()
	secret, err := s.config.Secret()
	if err != nil {
		return err
	}
	keys := secret.Each()
	if len(keys) < 2 {
		return Hint{refused("the gateway has one key, and no former one to sign with"), "key rotate makes a new one"}
	}
	parties, err := readRegistry(s.ctx, s.Store, env.Now())
	if err != nil {
		return err
	}
	party := parties.ByID(*to)
	if party == nil || party.Contact() == "" {
		return Hint{refused("no party %q with an address", cut(*to, 40)), "party list shows the parties"}
	}
	mail, err := announcement(env, s.config, keys[0], keys[1], party.Contact(), party.Language)
	if err != nil {
		return fmt.Errorf("write announcement: %w", err)
	}
	_, err = env.Stdout.Write(mail)
	return err
}

// announcements are the words of the mail, by language.
var announcements = map[string]struct{ subject, text string }{
	"en": {"Our new OpenPGP key", `We have a new OpenPGP key. From now on we sign with

  %s

It is attached. This mail is signed with our former key,

  %s

which we still read mail with. Please compare the new fingerprint by another
way, such as the telephone, before you use it.
`},
	"ja": {"新しい OpenPGP 鍵のお知らせ", `OpenPGP 鍵を更新しました。今後は次の鍵で署名します。

  %s

この鍵を添付します。このメールはこれまでの鍵で署名しています。

  %s

これまでの鍵で暗号化されたメールも引き続き読めます。新しい鍵をお使いになる前に、
電話など別の手段で指紋を確認してください。
`},
}

func announcement(env *Env, c *Config, next, former *pgp.Secret, to, language string) ([]byte, error) {
	public, err := next.Public()
	if err != nil {
		return nil, err
	}
	armored, err := public.Armor()
	if err != nil {
		return nil, err
	}
	id := make([]byte, 10)
	if _, err := io.ReadFull(env.Rand, id); err != nil {
		return nil, fmt.Errorf("read random bytes: %w", err)
	}
	words := announcements[language]
	var h message.OutHeader
	var errs [5]error
	h.Date = env.Now()
	h.From, errs[0] = message.NewAddr(c.Gateway.Address)
	h.To, errs[1] = message.NewAddr(to)
	h.FromName, errs[2] = message.NewText(c.Gateway.Name)
	h.Subject, errs[3] = message.NewText(words.subject)
	h.MessageID, errs[4] = message.NewToken("<" + strings.ToLower(base32.StdEncoding.EncodeToString(id)) + "@" + c.Gateway.Domain + ">")
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	entity, err := message.Entity(fmt.Sprintf(words.text, groups(next.Fingerprint()), groups(former.Fingerprint())),
		message.Attachment{Type: "application/pgp-keys", Filename: next.Fingerprint() + ".asc", Data: string(armored)})
	if err != nil {
		return nil, err
	}
	return pgp.Seal(h, entity, former, nil, env.Now(), env.Rand)
}

// replaceKey writes the key file anew. Whatever happens meanwhile, the file
// holds the old keys or all of the new ones.
func (c *Config) replaceKey(env *Env, secret *pgp.Secret, passphrase []byte) error {
	text, err := secret.File(passphrase, env.Rand)
	if err != nil {
		return fmt.Errorf("write gateway key: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(c.Gateway.Key), ".gateway.key-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write gateway key: %w", err)
	}
	_, err = f.Write(text)
	err = errors.Join(err, sameOwner(f, c.Gateway.Key), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), c.Gateway.Key)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write gateway key: %w", err), os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(c.Gateway.Key))
}

// sameOwner gives a new file to the owner of an old one, for root who works on
// what a service user must read.
func sameOwner(f *os.File, old string) error {
	st, err := os.Stat(old)
	if err != nil {
		return err
	}
	if u, ok := st.Sys().(*syscall.Stat_t); ok {
		return f.Chown(int(u.Uid), int(u.Gid))
	}
	return nil
}

// syncDir makes a rename in the folder last through a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}
