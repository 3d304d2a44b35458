package pgp

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/ProtonMail/go-crypto/openpgp/s2k"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

var zeroTime time.Time

// A Secret is the gateway's own key, and after a rollover its former ones: the
// first signs, every one decrypts. It is safe for concurrent use.
type Secret struct {
	entities []*openpgp.Entity // at least one
}

// ReadSecret reads armored or binary secret keys and unlocks them with the
// passphrase (nil for none). Each must open.
func ReadSecret(file, passphrase []byte) (s *Secret, err error) {
	defer recovered(&err)
	list, err := readEntities(file)
	if err != nil {
		return nil, err
	}
	s = &Secret{}
	for _, e := range list {
		if e.PrivateKey == nil {
			continue
		}
		if len(passphrase) > 0 {
			if err := e.DecryptPrivateKeys(passphrase); err != nil {
				return nil, fmt.Errorf("unlock secret key: %w", err)
			}
		}
		if locked(e) {
			return nil, errors.New("unlock secret key: it needs a passphrase")
		}
		verifyEntity(e) // once; see Key.verified
		s.entities = append(s.entities, e)
	}
	if len(s.entities) == 0 {
		return nil, errors.New("read secret key: no secret key in the file")
	}
	return s, nil
}

func locked(e *openpgp.Entity) bool {
	if e.PrivateKey.Encrypted {
		return true
	}
	for _, sub := range e.Subkeys {
		if sub.PrivateKey != nil && sub.PrivateKey.Encrypted {
			return true
		}
	}
	return false
}

// GenerateSecret makes a version 4 key with Ed25519 and X25519, which every
// peer's software can read. It does not expire.
func GenerateSecret(name, addr string, now time.Time, random io.Reader) (*Secret, error) {
	e, err := openpgp.NewEntity(name, "", addr, &packet.Config{
		Rand:          random,
		Time:          func() time.Time { return now },
		Algorithm:     packet.PubKeyAlgoEdDSA,
		Curve:         packet.Curve25519,
		DefaultCipher: packet.CipherAES256,
	})
	if err != nil {
		return nil, fmt.Errorf("generate key: %w", err)
	}
	verifyEntity(e)
	return &Secret{entities: []*openpgp.Entity{e}}, nil
}

// signer is the key that signs.
func (s *Secret) signer() *openpgp.Entity { return s.entities[0] }

// Fingerprint is the full fingerprint of the signing certificate, upper-case
// hex.
func (s *Secret) Fingerprint() string { return hexUpper(s.signer().PrimaryKey.Fingerprint) }

// has reports whether a fingerprint is that of one of our certificates.
func (s *Secret) has(fingerprint []byte) bool {
	if s == nil {
		return false
	}
	for _, e := range s.entities {
		if bytes.Equal(e.PrimaryKey.Fingerprint, fingerprint) {
			return true
		}
	}
	return false
}

// Public returns the signing certificate.
func (s *Secret) Public() (*Key, error) {
	k, err := publicKey(s.signer())
	if err == nil && k == nil {
		err = errors.New("secret key is of an unknown version")
	}
	return k, err
}

// Each returns a Secret for each key, the one that signs first.
func (s *Secret) Each() []*Secret {
	all := make([]*Secret, len(s.entities))
	for i, e := range s.entities {
		all[i] = &Secret{entities: []*openpgp.Entity{e}}
	}
	return all
}

// Succeed returns a Secret that signs with s and opens what s or old opens.
func (s *Secret) Succeed(old *Secret) *Secret {
	return &Secret{entities: slices.Concat(s.entities, old.entities)}
}

// File returns all keys as armored blocks, locked with the passphrase unless it
// is empty: what ReadSecret reads again.
func (s *Secret) File(passphrase []byte, random io.Reader) ([]byte, error) {
	var file []byte
	for _, one := range s.Each() {
		armored, err := one.Armor()
		if err != nil {
			return nil, err
		}
		if len(passphrase) > 0 {
			if armored, err = lock(armored, passphrase, random); err != nil {
				return nil, fmt.Errorf("lock secret key: %w", err)
			}
		}
		file = append(append(file, armored...), '\n')
	}
	return file, nil
}

// lock works on a copy: the library locks keys in place.
func lock(armored, passphrase []byte, random io.Reader) ([]byte, error) {
	list, err := readEntities(armored)
	if err != nil {
		return nil, err
	}
	// The count is GnuPG's: about a tenth of a second for each guess.
	cfg := &packet.Config{Rand: random, DefaultCipher: packet.CipherAES256, S2KConfig: &s2k.Config{
		S2KMode: s2k.IteratedSaltedS2K, Hash: crypto.SHA256, S2KCount: 65011712,
	}}
	if err := list[0].EncryptPrivateKeys(passphrase, cfg); err != nil {
		return nil, err
	}
	return (&Secret{entities: list}).Armor()
}

// Armor returns the signing secret key, unlocked, as an armored block: for a file that
// only the gateway can read.
func (s *Secret) Armor() ([]byte, error) {
	var b bytes.Buffer
	if err := s.signer().SerializePrivateWithoutSigning(&b, libraryPolicy); err != nil {
		return nil, err
	}
	return appendArmor(nil, armorSecret, b.Bytes(), "\n"), nil
}
