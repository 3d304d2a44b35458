package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"iodefgw/mailgw/pgp"
	"iodefgw/store"
)

//go:embed policy.sample.toml
var samplePolicy string

//go:embed parties.sample.toml
var sampleParties string

const configName = "iodefgw.toml"

// runInit makes what a gateway needs in a folder. What exists stays as it is, so
// that a second run only adds what is missing.
func runInit(env *Env, args []string) error {
	flags := flagSet()
	name := flags.String("name", "", "your team's `NAME`, as peers read it")
	domain := flags.String("domain", "", "the gateway's `DOMAIN`, which names incidents and Message-IDs")
	address := flags.String("address", "", "the `ADDRESS` that reports come to")
	passphrase := flags.String("passphrase-file", "", "lock the gateway's key with the passphrase in the first line of this `FILE`")
	rest, err := parseN(flags, args, "DIR")
	if err != nil {
		return err
	}
	dir := rest[0]
	user, err := env.User()
	if err != nil {
		return err
	}
	text := sampleConfig
	for _, r := range []struct{ key, value string }{
		{"name", *name}, {"domain", *domain}, {"address", *address},
	} {
		if r.value != "" {
			text = setSample(text, r.key, strconv.Quote(r.value))
		}
	}
	if *passphrase != "" {
		file, err := filepath.Abs(*passphrase)
		if err != nil {
			return fmt.Errorf("name of the passphrase file: %w", err)
		}
		if _, err := readPassword(file, "-passphrase-file"); err != nil {
			return err
		}
		text = strings.Replace(text, "\n#passphrase_file = \"\"", "\npassphrase_file = "+strconv.Quote(file), 1)
	}
	text = setSample(text, "operators", "["+strconv.Quote(user)+"]")

	// Judge what was typed before anything is made.
	path := filepath.Join(dir, configName)
	c, err := parseConfig(path, text)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	in := &initialiser{env: env, user: user}
	in.file(path, text)
	if in.err == nil { // an older config may name other files
		if c, err = readParsed(path); err != nil {
			return err
		}
	}
	in.file(filepath.Join(dir, "policy.toml"), samplePolicy)
	in.file(filepath.Join(dir, "parties.toml"), sampleParties)
	in.unit(dir)
	in.key(c)
	in.database(c)
	if in.err != nil {
		return in.err
	}
	fmt.Fprintf(env.Stdout, `
Next:
  1. Edit %s: the mailbox, the server to send through, the operators.
     Put the passwords into the files it names (chmod 600).
  2. Check the key's fingerprint, publish the key: iodefgw key show -armor
  3. Edit parties.toml, then: iodefgw party import parties.toml
  4. Start it: iodefgw serve -config %s
     or as a service: %s
`, path, path, filepath.Join(dir, unitName))
	return nil
}

// readParsed reads a config without a look at the files it names.
func readParsed(file string) (*Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read config: %w", err)
	}
	return parseConfig(file, string(text))
}

// setSample replaces the value of a key that the sample sets.
func setSample(text, key, value string) string {
	before, rest, _ := strings.Cut(text, "\n"+key+" = ")
	_, after, _ := strings.Cut(rest, "\n")
	return before + "\n" + key + " = " + value + "\n" + after
}

// initialiser makes one thing after the other and stops at the first error.
type initialiser struct {
	env  *Env
	user string
	err  error
}

func (in *initialiser) say(what, path string) {
	fmt.Fprintf(in.env.Stdout, "%-6s %s\n", what, path)
}

// file writes a new file that only its owner reads; one that exists stays.
func (in *initialiser) file(path, text string) (made bool) {
	if in.err != nil {
		return false
	}
	// O_EXCL: whoever made the file in between keeps it.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		in.say("kept", path)
		return false
	}
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err != nil {
		in.err = fmt.Errorf("make file: %w", err)
		return false
	}
	in.say("made", path)
	return true
}

// key makes the gateway's OpenPGP key where there is none, and shows its
// fingerprint.
func (in *initialiser) key(c *Config) {
	if in.err != nil {
		return
	}
	var secret *pgp.Secret
	if _, err := os.Lstat(c.Gateway.Key); errors.Is(err, fs.ErrNotExist) {
		s, err := pgp.GenerateSecret(c.Gateway.Name, c.Gateway.Address, in.env.Now(), in.env.Rand)
		var passphrase, text []byte
		if err == nil {
			passphrase, err = c.passphrase()
		}
		if err == nil {
			text, err = s.File(passphrase, in.env.Rand)
		}
		if err == nil {
			in.file(c.Gateway.Key, string(text))
		}
		if err != nil {
			in.err = fmt.Errorf("make the gateway's key: %w", err)
			return
		}
	} else {
		in.say("kept", c.Gateway.Key)
	}
	if in.err != nil {
		return
	}
	// What is shown is what the file holds.
	if secret, in.err = c.Secret(); in.err == nil {
		fmt.Fprintf(in.env.Stdout, "       fingerprint %s\n", groups(secret.Fingerprint()))
	}
}

// unit writes the systemd unit, for the administrator to install.
func (in *initialiser) unit(dir string) {
	if in.err != nil {
		return
	}
	text, err := unit(dir, in.user)
	if err != nil {
		in.err = fmt.Errorf("make systemd unit: %w", err)
		return
	}
	in.file(filepath.Join(dir, unitName), text)
}

func (in *initialiser) database(c *Config) {
	if in.err != nil {
		return
	}
	if _, err := os.Lstat(c.Gateway.Database); err == nil {
		in.say("kept", c.Gateway.Database)
		return
	}
	options := c.StoreOptions(in.env)
	options.Create = true
	var s *store.Store
	if s, in.err = store.Open(context.Background(), c.Gateway.Database, options); in.err != nil {
		return
	}
	// The first link of the audit chain says who began it.
	in.err = s.Note(context.Background(), in.user, "init", "database", nil)
	if in.err = errors.Join(in.err, s.Close()); in.err == nil {
		in.say("made", c.Gateway.Database)
	}
}
