// Command mailgen writes the mails of testdata/mails: one file for each variant
// of the cases of MIME and OpenPGP, with keys of our own making.
//
//	go run ./testdata/mailgen
//
// run at the top of the repository. Secret keys are read from
// testdata/mails/keys and made where they are missing; they are for tests and
// protect nothing. Mails signed with DSA or ECDSA
// differ on every run, all others come out the same.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const dir = "testdata/mails"

// signedAt is when the mails were signed, now when they were received.
var (
	signedAt = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	now      = signedAt.Add(5 * time.Minute)
)

// A sample is one mail and what the gateway must make of it.
type sample struct {
	name   string // file name without ".eml", starts with the case number
	decide string // tag of pgp.Opened.Decide
	tags   string // tags that defects and structure must show, by comma
	screen string // decisive tag of the verdict with parties.toml
	what   string // one sentence
	mail   []byte
}

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal("mailgen: ", err)
	}
}

func run() error {
	k, err := loadKeys(filepath.Join(dir, "keys"))
	if err != nil {
		return err
	}
	var all []sample
	for _, group := range []func(*keys) []sample{
		honest, addressCases, mimeCases, documentCases, spoofCases, signerCases, keyCases, cleartextCases, structureCases, encryptedCases, armorCases,
		senderVariants, signerVariants, structureVariants,
	} {
		all = append(all, group(k)...)
	}
	var manifest strings.Builder
	manifest.WriteString("file\tdecide\ttags\tscreen\twhat\n")
	for _, s := range all {
		file := s.name + ".eml"
		if err := os.WriteFile(filepath.Join(dir, file), s.mail, 0o644); err != nil {
			return err
		}
		if s.screen == "" {
			s.screen = s.decide
		}
		fmt.Fprintf(&manifest, "%s\t%s\t%s\t%s\t%s\n", file, s.decide, s.tags, s.screen, s.what)
	}
	if err := os.WriteFile(filepath.Join(dir, "MANIFEST.tsv"), []byte(manifest.String()), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "parties.toml"), []byte(parties), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "README.md"), []byte(readme), 0o644)
}

const readme = `# Mails of our own making

Written by ` + "`go run ./testdata/mailgen`" + `; nothing here comes from anywhere else.
The number at the start of a name is the case it belongs to, 00 is an honest mail.
All were signed on 2026-03-02 at 09:00 UTC or as the name says; the reception
time for every check is 2026-03-02T09:05:00Z. Keys are in keys/, ` + "`NAME.asc`" + ` the
certificate and ` + "`NAME.sec.asc`" + ` the secret key, without a passphrase; gateway is the
gateway's own. parties.toml registers all but stranger, mallory and
the gateway's.

MANIFEST.tsv: file, the tag that the signatures of the mail combine to, further
tags that must show, the decisive tag of the verdict with parties.toml, and what
the mail is.
`

const parties = `# Parties of the mails in this folder; see README.md.
[[party]]
id        = "csirt-a"
name      = "CSIRT A"
addresses = ["cert@csirt-a.example"]
keys      = ["keys/alice.asc", "keys/alice2.asc", "keys/expired.asc", "keys/revoked-compromised.asc", "keys/revoked-superseded.asc", "keys/noflag.asc", "keys/nobacksig.asc", "keys/rsa1024.asc", "keys/dsa.asc", "keys/injection.asc", "keys/young.asc"]
networks  = ["203.0.113.0/24"]
domains   = ["csirt-a.example"]
relation  = "peer"
trust     = 2

[[party]]
id        = "csirt-b"
name      = "CSIRT B"
addresses = ["cert@csirt-b.example"]
keys      = ["keys/bob.asc"]
relation  = "peer"
trust     = 2

[[party]]
id        = "csirt-c"
name      = "CSIRT C"
addresses = ["cert@csirt-c.example"]
keys      = ["keys/rsa.asc", "keys/nist.asc", "keys/brainpool.asc", "keys/six.asc", "keys/subkey.asc", "keys/sha1-2016.asc", "keys/sha1-2020.asc", "keys/sha1-subkey.asc", "keys/secp256k1.asc", "keys/subkey-expired.asc", "keys/subkey-revoked.asc", "keys/foreignback.asc", "keys/subkey-late.asc", "keys/certify-only.asc"]
relation  = "peer"
`
