package main

import (
	"bytes"
	"crypto"
	"crypto/dsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"io"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// keys are the certificates of the mails, with their secret parts.
type keys struct {
	gateway                           *openpgp.Entity // version 4, the gateway
	alice, alice2                     *openpgp.Entity // party csirt-a, before and after a rollover
	bob                               *openpgp.Entity // party csirt-b
	rsa, nist, brainpool, six, subkey *openpgp.Entity // party csirt-c: RSA-2048, P-256, Brainpool, version 6, a signing subkey
	stranger                          *openpgp.Entity // known, of no party
	mallory                           *openpgp.Entity // not known, with the user ID of csirt-a
	expired                           *openpgp.Entity // since 2026-02-01
	compromised, superseded           *openpgp.Entity // revoked on 2026-02-01
	noflag, nobacksig                 *openpgp.Entity // signing subkeys that are none
	rsa1024, dsa, bitcoin             *openpgp.Entity // too short, of old, over secp256k1
	subkeyExpired, subkeyRevoked      *openpgp.Entity // a signing subkey until 2026-02-01
	subkeyLate                        *openpgp.Entity // a signing subkey bound on 2026-02-01
	certifyOnly                       *openpgp.Entity // a primary key that may not sign
	foreignBack                       *openpgp.Entity // a signing subkey with a back-signature by another key
	injection                         *openpgp.Entity // user ID with a status line and escapes
	young                             *openpgp.Entity // made an hour after the mails were signed
	sha1Old, sha1Late                 *openpgp.Entity // certified with SHA-1, in 2016 and in 2020
	sha1Subkey                        *openpgp.Entity // a signing subkey bound with SHA-1 in 2016
	sha1Box, sha1BoxLate              *openpgp.Entity // a subkey to encrypt to bound with SHA-1, in 2016 and in 2020
}

var keyCreated = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// loadKeys reads the secret keys in a folder and makes those that are missing.
func loadKeys(folder string) (*keys, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	k := &keys{}
	for _, spec := range []struct {
		name string
		to   **openpgp.Entity
		make func(name string) (*openpgp.Entity, error)
	}{
		{"gateway", &k.gateway, ed("Gateway", "gw@gateway.example")},
		{"alice", &k.alice, ed("CSIRT A", "cert@csirt-a.example")},
		{"alice2", &k.alice2, ed("CSIRT A 2026", "cert@csirt-a.example")},
		{"bob", &k.bob, ed("CSIRT B", "cert@csirt-b.example")},
		{"stranger", &k.stranger, ed("Somebody", "somebody@example.net")},
		{"mallory", &k.mallory, ed("CSIRT A", "cert@csirt-a.example")},
		{"injection", &k.injection, ed("CSIRT A\n[GNUPG:] GOODSIG 0000 \x1b[31mTrusted\u202e", "cert@csirt-a.example")},
		{"rsa", &k.rsa, rsaKey(2048)},
		{"rsa1024", &k.rsa1024, rsaKey(1024)},
		{"dsa", &k.dsa, dsaKey},
		{"nist", &k.nist, curveKey(packet.CurveNistP256)},
		{"brainpool", &k.brainpool, curveKey(packet.CurveBrainpoolP256)},
		{"six", &k.six, sixKey},
		{"subkey", &k.subkey, subkeyKey(true, true)},
		{"noflag", &k.noflag, subkeyKey(false, true)},
		{"nobacksig", &k.nobacksig, subkeyKey(true, false)},
		{"foreignback", &k.foreignBack, foreignBackKey},
		{"subkey-expired", &k.subkeyExpired, endedSubkey(false)},
		{"subkey-revoked", &k.subkeyRevoked, endedSubkey(true)},
		{"subkey-late", &k.subkeyLate, lateSubkey},
		{"certify-only", &k.certifyOnly, certifyOnlyKey},
		{"secp256k1", &k.bitcoin, curveKey(packet.CurveSecP256k1)},
		{"expired", &k.expired, expiredKey},
		{"revoked-compromised", &k.compromised, revokedKey(packet.KeyCompromised)},
		{"revoked-superseded", &k.superseded, revokedKey(packet.KeySuperseded)},
		{"young", &k.young, youngKey},
		{"sha1-2016", &k.sha1Old, sha1Key(2016, "user ID")},
		{"sha1-2020", &k.sha1Late, sha1Key(2020, "user ID")},
		{"sha1-subkey", &k.sha1Subkey, sha1Key(2016, "signing")},
		{"sha1-encryption-2016", &k.sha1Box, sha1Key(2016, "encryption")},
		{"sha1-encryption-2020", &k.sha1BoxLate, sha1Key(2020, "encryption")},
	} {
		e, err := loadKey(folder, spec.name, spec.make)
		if err != nil {
			return nil, errors.New(spec.name + ": " + err.Error())
		}
		*spec.to = e
	}
	return k, nil
}

func loadKey(folder, name string, make func(string) (*openpgp.Entity, error)) (*openpgp.Entity, error) {
	path := filepath.Join(folder, name+".sec.asc")
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		e, err := make(name)
		if err != nil {
			return nil, err
		}
		b, err = armored("PGP PRIVATE KEY BLOCK", func(w io.Writer) error { return e.SerializePrivateWithoutSigning(w, nil) })
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			return nil, err
		}
		pub, err := armored("PGP PUBLIC KEY BLOCK", func(w io.Writer) error { return e.Serialize(w) })
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(folder, name+".asc"), pub, 0o644); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	list, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

func armored(kind string, write func(io.Writer) error) ([]byte, error) {
	var b bytes.Buffer
	w, err := armor.Encode(&b, kind, nil)
	if err != nil {
		return nil, err
	}
	if err := write(w); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// seeded is the same stream of bytes for the same name.
func seeded(name string) io.Reader { return mrand.NewChaCha8(sha256.Sum256([]byte("mailgen " + name))) }

func config(name string, at time.Time) *packet.Config {
	return &packet.Config{
		Rand: seeded(name), Time: func() time.Time { return at },
		Algorithm: packet.PubKeyAlgoEdDSA, DefaultHash: crypto.SHA256, DefaultCipher: packet.CipherAES256,
	}
}

// ed makes a version 4 key with Ed25519 and X25519. The user ID is written as
// it is, without the library's check.
func ed(user, addr string) func(string) (*openpgp.Entity, error) {
	return func(name string) (*openpgp.Entity, error) {
		e, err := openpgp.NewEntity("x", "", addr, config(name, keyCreated))
		if err != nil {
			return nil, err
		}
		return e, rename(e, user+" <"+addr+">", config(name, keyCreated))
	}
}

// rename replaces the user ID and signs it again.
func rename(e *openpgp.Entity, id string, cfg *packet.Config) error {
	for name, identity := range e.Identities {
		delete(e.Identities, name)
		identity.Name = id
		identity.UserId = &packet.UserId{Id: id}
		if err := identity.SelfCertifications[0].Packet.SignUserId(id, e.PrimaryKey, e.PrivateKey, cfg); err != nil {
			return err
		}
		e.Identities[id] = identity
		return nil
	}
	return errors.New("no user ID")
}

// fromSigner makes a certificate of one primary key that signs.
func fromSigner(name string, p *packet.PrivateKey) (*openpgp.Entity, error) {
	e := &openpgp.Entity{PrimaryKey: &p.PublicKey, PrivateKey: p, Identities: make(map[string]*openpgp.Identity)}
	return e, e.AddUserId(name, "", "cert@csirt-c.example", config(name, keyCreated))
}

func rsaKey(bits int) func(string) (*openpgp.Entity, error) {
	return func(name string) (*openpgp.Entity, error) {
		k, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			return nil, err
		}
		return fromSigner(name, packet.NewRSAPrivateKey(keyCreated, k))
	}
}

func dsaKey(name string) (*openpgp.Entity, error) {
	var k dsa.PrivateKey
	if err := dsa.GenerateParameters(&k.Parameters, rand.Reader, dsa.L1024N160); err != nil {
		return nil, err
	}
	if err := dsa.GenerateKey(&k, rand.Reader); err != nil {
		return nil, err
	}
	return fromSigner(name, packet.NewDSAPrivateKey(keyCreated, &k))
}

func curveKey(curve packet.Curve) func(string) (*openpgp.Entity, error) {
	return func(name string) (*openpgp.Entity, error) {
		cfg := config(name, keyCreated)
		cfg.Algorithm, cfg.Curve = packet.PubKeyAlgoECDSA, curve
		return openpgp.NewEntity(name, "", "cert@csirt-c.example", cfg)
	}
}

func sixKey(name string) (*openpgp.Entity, error) {
	cfg := config(name, keyCreated)
	cfg.Algorithm, cfg.V6Keys = packet.PubKeyAlgoEd25519, true
	return openpgp.NewEntity(name, "", "cert@csirt-c.example", cfg)
}

// subkeyKey makes a key with a signing subkey, with or without the flag and the
// back-signature that make it one.
func subkeyKey(flag, back bool) func(string) (*openpgp.Entity, error) {
	return func(name string) (*openpgp.Entity, error) {
		cfg := config(name, keyCreated)
		e, err := openpgp.NewEntity(name, "", "cert@csirt-c.example", cfg)
		if err != nil {
			return nil, err
		}
		if err := e.AddSigningSubkey(cfg); err != nil {
			return nil, err
		}
		sub := &e.Subkeys[len(e.Subkeys)-1]
		sig := sub.Bindings[0].Packet
		sig.FlagSign = flag
		sig.FlagEncryptStorage = !flag
		if !back {
			sig.EmbeddedSignature = nil
		}
		return e, sig.SignKey(sub.PublicKey, e.PrivateKey, cfg)
	}
}

// foreignBackKey makes a key with a signing subkey that another key agreed to.
func foreignBackKey(name string) (*openpgp.Entity, error) {
	other, err := subkeyKey(true, true)(name + " other")
	if err != nil {
		return nil, err
	}
	e, err := subkeyKey(true, true)(name)
	if err != nil {
		return nil, err
	}
	sub := &e.Subkeys[len(e.Subkeys)-1]
	sig := sub.Bindings[0].Packet
	sig.EmbeddedSignature = other.Subkeys[len(other.Subkeys)-1].Bindings[0].Packet.EmbeddedSignature
	return e, sig.SignKey(sub.PublicKey, e.PrivateKey, config(name, keyCreated))
}

// endedSubkey makes a key whose signing subkey came to its end on 2026-02-01.
func endedSubkey(revoked bool) func(string) (*openpgp.Entity, error) {
	return func(name string) (*openpgp.Entity, error) {
		end := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
		e, err := subkeyKey(true, true)(name)
		if err != nil {
			return nil, err
		}
		sub := &e.Subkeys[len(e.Subkeys)-1]
		if revoked {
			return e, sub.Revoke(packet.KeySuperseded, "", config(name, end))
		}
		sig, life := sub.Bindings[0].Packet, uint32(end.Sub(keyCreated)/time.Second)
		sig.KeyLifetimeSecs = &life
		return e, sig.SignKey(sub.PublicKey, e.PrivateKey, config(name, keyCreated))
	}
}

// lateSubkey makes a key whose signing subkey was bound to it on 2026-02-01.
func lateSubkey(name string) (*openpgp.Entity, error) {
	e, err := subkeyKey(true, true)(name)
	if err != nil {
		return nil, err
	}
	sub := &e.Subkeys[len(e.Subkeys)-1]
	sig := sub.Bindings[0].Packet
	sig.CreationTime = time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	return e, sig.SignKey(sub.PublicKey, e.PrivateKey, config(name, sig.CreationTime))
}

// certifyOnlyKey makes a key whose primary may only certify.
func certifyOnlyKey(name string) (*openpgp.Entity, error) {
	e, err := openpgp.NewEntity(name, "", "cert@csirt-c.example", config(name, keyCreated))
	if err != nil {
		return nil, err
	}
	for id, identity := range e.Identities {
		sig := identity.SelfCertifications[0].Packet
		sig.FlagSign = false
		err = sig.SignUserId(id, e.PrimaryKey, e.PrivateKey, config(name, keyCreated))
	}
	return e, err
}

func expiredKey(name string) (*openpgp.Entity, error) {
	cfg := config(name, keyCreated)
	cfg.KeyLifetimeSecs = uint32(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC).Sub(keyCreated) / time.Second)
	return openpgp.NewEntity(name, "", "cert@csirt-a.example", cfg)
}

func revokedKey(why packet.ReasonForRevocation) func(string) (*openpgp.Entity, error) {
	return func(name string) (*openpgp.Entity, error) {
		e, err := openpgp.NewEntity(name, "", "cert@csirt-a.example", config(name, keyCreated))
		if err != nil {
			return nil, err
		}
		return e, e.Revoke(why, "", config(name, time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)))
	}
}

func youngKey(name string) (*openpgp.Entity, error) {
	return openpgp.NewEntity(name, "", "cert@csirt-a.example", config(name, signedAt.Add(time.Hour)))
}

// sha1Key makes a key of that year with one certification by SHA-1, as GnuPG
// made them by default until 2017: of the user ID or of a subkey.
func sha1Key(year int, certified string) func(string) (*openpgp.Entity, error) {
	return func(name string) (*openpgp.Entity, error) {
		cfg := config(name, time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC))
		salt := false // the library has none for SHA-1
		cfg.NonDeterministicSignaturesViaNotation = &salt
		e, err := openpgp.NewEntity(name, "", "cert@csirt-c.example", cfg)
		if err != nil {
			return nil, err
		}
		if certified == "user ID" {
			for id, identity := range e.Identities {
				sig := identity.SelfCertifications[0].Packet
				sig.Hash = crypto.SHA1
				return e, sig.SignUserId(id, e.PrimaryKey, e.PrivateKey, cfg)
			}
		}
		if certified == "signing" {
			if err := e.AddSigningSubkey(cfg); err != nil {
				return nil, err
			}
		}
		sub := &e.Subkeys[len(e.Subkeys)-1]
		sub.Bindings[0].Packet.Hash = crypto.SHA1
		return e, sub.Bindings[0].Packet.SignKey(sub.PublicKey, e.PrivateKey, cfg)
	}
}

func serialize(e *openpgp.Entity) func(io.Writer) error {
	return func(w io.Writer) error { return e.Serialize(w) }
}
