package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
	"iodefgw/store"
)

// demoParties is the parties file of the demo.
//
//go:embed demo.parties.toml
var demoParties string

const demoPolicy = `# The defaults, and nobody has to look at a message before it leaves: a real
# gateway keeps approval = "one".
version = 1
approval = "auto"
`

const (
	demoName    = "GW CSIRT"
	demoDomain  = "gw.example.org"
	demoAddress = "ir@gw.example.org"
)

// demoSite is the folder of a demo: what an operator of a gateway has at hand,
// and beside it the mailboxes and keys of the organisations that it talks to.
type demoSite struct {
	env      *Env
	dir      string
	cert     tls.Certificate
	password string
	config   *Config
	secret   *pgp.Secret // the gateway's
	parties  []*relay.Party
	secrets  map[string]*pgp.Secret // of those parties that have a key
	stranger *pgp.Secret            // a key that nobody registered
}

// newDemoSite makes the folder, a new one where dir is empty, with certificate
// and keys.
func newDemoSite(env *Env, dir string) (*demoSite, error) {
	s := &demoSite{env: env, dir: dir, secrets: map[string]*pgp.Secret{}}
	for _, step := range []func() error{s.folder, s.certificate, s.passwords, s.keys} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *demoSite) path(name ...string) string {
	return filepath.Join(append([]string{s.dir}, name...)...)
}

func (s *demoSite) write(name string, data []byte) error {
	if err := os.WriteFile(s.path(name), data, 0o600); err != nil {
		return fmt.Errorf("make demo file: %w", err)
	}
	return nil
}

func (s *demoSite) folder() (err error) {
	if s.dir == "" {
		if s.dir, err = os.MkdirTemp("", "iodefgw-demo-"); err != nil {
			return fmt.Errorf("make a folder for the demo: %w", err)
		}
	}
	if s.dir, err = filepath.Abs(s.dir); err != nil {
		return fmt.Errorf("make a folder for the demo: %w", err)
	}
	if there, err := os.ReadDir(s.dir); err == nil && len(there) > 0 {
		return Hint{fmt.Errorf("folder %q is not empty", s.dir), "-dir names a new or an empty folder; without it the demo makes one"}
	}
	for _, sub := range []string{"", "keys", "reports", "mail"} {
		if err := os.MkdirAll(s.path(sub), 0o700); err != nil {
			return fmt.Errorf("make a folder for the demo: %w", err)
		}
	}
	return nil
}

// certificate makes an authority and a certificate of it for this computer.
func (s *demoSite) certificate() error {
	now := s.env.Now()
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "iodefgw demo authority"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(30 * 24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), s.env.Rand)
	if err != nil {
		return fmt.Errorf("make the demo's certificate: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), s.env.Rand)
	if err != nil {
		return fmt.Errorf("make the demo's certificate: %w", err)
	}
	root, err := x509.CreateCertificate(s.env.Rand, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return fmt.Errorf("make the demo's certificate: %w", err)
	}
	leaf, err := x509.CreateCertificate(s.env.Rand, server, ca, key.Public(), caKey)
	if err != nil {
		return fmt.Errorf("make the demo's certificate: %w", err)
	}
	s.cert = tls.Certificate{Certificate: [][]byte{leaf}, PrivateKey: key}
	return s.write("ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root}))
}

func (s *demoSite) passwords() error {
	raw := make([]byte, 8) // for servers that this computer alone can reach
	if _, err := io.ReadFull(s.env.Rand, raw); err != nil {
		return fmt.Errorf("make the demo's password: %w", err)
	}
	s.password = hex.EncodeToString(raw)
	return s.write("mail.password", []byte(s.password+"\n"))
}

// keys makes a key for everybody who has one, and one for somebody who only
// says that he is cert-u. They are a day old.
func (s *demoSite) keys() error {
	yesterday := s.env.Now().Add(-24 * time.Hour)
	if err := s.write("parties.toml", []byte(demoParties)); err != nil {
		return err
	}
	all, err := relay.ParseParties([]byte(demoParties))
	if err != nil {
		return fmt.Errorf("read the demo's parties: %w", err)
	}
	generate := func(file, name, address string) (*pgp.Secret, error) {
		k, err := pgp.GenerateSecret(name, address, yesterday, s.env.Rand)
		if err != nil {
			return nil, err
		}
		armored, err := k.Armor()
		if err != nil {
			return nil, err
		}
		return k, s.write(file, armored)
	}
	if s.secret, err = generate("gateway.key", demoName, demoAddress); err != nil {
		return err
	}
	if s.stranger, err = generate(filepath.Join("keys", "stranger.key"), "CERT-U", "cert@example.co.jp"); err != nil {
		return err
	}
	for _, p := range all {
		for _, file := range p.KeyFiles {
			k, err := generate(filepath.Join("keys", p.ID+".key"), p.Name, p.Contact())
			if err != nil {
				return err
			}
			public, err := k.Public()
			if err != nil {
				return err
			}
			armored, err := public.Armor()
			if err != nil {
				return err
			}
			if err := s.write(file, armored); err != nil {
				return err
			}
			s.secrets[p.ID] = k
		}
	}
	s.parties, err = relay.ReadParties(s.path("parties.toml"))
	return err
}

// configure writes the config for servers that have started, and the database
// with the parties registered.
func (s *demoSite) configure(ctx context.Context, imap, smtp string) error {
	user, err := s.env.User()
	if err != nil {
		return err
	}
	text := fmt.Sprintf(`# The gateway of the demo; "iodefgw init" writes a sample with every setting.
[gateway]
name      = %q
domain    = %q
address   = %q
operators = [%q]

[imap]
addr          = %q
ca_file       = "ca.pem"
username      = %q
password_file = "mail.password"

[smtp]
addr          = %q
ca_file       = "ca.pem"
username      = %q
password_file = "mail.password"
`, demoName, demoDomain, demoAddress, user, imap, demoUser, smtp, demoUser)
	if err := errors.Join(s.write(configName, []byte(text)), s.write("policy.toml", []byte(demoPolicy))); err != nil {
		return err
	}
	if s.config, err = ReadConfig(s.path(configName)); err != nil {
		return err
	}
	options := s.config.StoreOptions(s.env)
	options.Create = true
	db, err := store.Open(ctx, s.config.Gateway.Database, options)
	if err != nil {
		return storeHint(err)
	}
	return errors.Join(putParties(ctx, db, user, s.parties), db.Close())
}

// party finds a party of the demo by an address of it.
func (s *demoSite) party(address string) *relay.Party {
	for _, p := range s.parties {
		if p.Owns(address) {
			return p
		}
	}
	return nil
}
