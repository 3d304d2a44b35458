package pgp

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// A Key is one certificate: a primary key with its user IDs and subkeys. It is
// safe for concurrent use.
type Key struct {
	entity      *openpgp.Entity
	fingerprint string
	check       sync.Once
}

// ReadKeys reads every certificate in an armored or binary file. Secret parts
// are dropped. Certificates that cannot be read, or are of a version we do not
// know, are left out; a file without any is an error.
func ReadKeys(file []byte) ([]*Key, error) {
	entities, err := readEntities(file)
	if err != nil {
		return nil, err
	}
	var keys []*Key
	for _, e := range entities {
		k, err := publicKey(e)
		if err != nil {
			return nil, err
		}
		if k != nil {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("read keys: no OpenPGP certificate in the file")
	}
	return keys, nil
}

// readEntities parses the certificates of a file, armored or binary.
func readEntities(file []byte) (list openpgp.EntityList, err error) {
	if len(file) > maxKeyBytes {
		return nil, errors.New("read keys: file is over the size cap")
	}
	defer recovered(&err)
	rest := file
	for start, kind := findBegin(rest); start >= 0; start, kind = findBegin(rest) {
		if kind != armorPublic && kind != armorSecret {
			_, rest = cutLine(rest[start:])
			continue
		}
		a, err := dearmor(rest[start:])
		if err != nil {
			return nil, fmt.Errorf("read keys: %w", err)
		}
		l, err := openpgp.ReadKeyRing(bytes.NewReader(a.data))
		if err != nil {
			return nil, fmt.Errorf("read keys: %w", err)
		}
		list, rest = append(list, l...), a.after
	}
	if list == nil {
		list, err = openpgp.ReadKeyRing(bytes.NewReader(file))
		if err != nil {
			return nil, fmt.Errorf("read keys: %w", err)
		}
	}
	return list, nil
}

// publicKey makes a Key without secret parts, or nil for a version that RFC
// 9580 does not know.
func publicKey(e *openpgp.Entity) (*Key, error) {
	if v := e.PrimaryKey.Version; v != 4 && v != 6 {
		return nil, nil
	}
	if e.PrivateKey != nil {
		var b bytes.Buffer
		if err := e.Serialize(&b); err != nil {
			return nil, fmt.Errorf("read keys: %w", err)
		}
		var err error
		if e, err = openpgp.ReadEntity(packet.NewReader(&b)); err != nil {
			return nil, fmt.Errorf("read keys: %w", err)
		}
	}
	return &Key{entity: e, fingerprint: hexUpper(e.PrimaryKey.Fingerprint)}, nil
}

// recovered turns a panic of the OpenPGP library into an error: a peer's key
// upload must not stop the gateway.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = errors.New("openpgp library failed on this input")
	}
}

func hexUpper(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

// verified returns the entity with every self-signature checked. The library
// checks lazily and writes the result into the entity, so goroutines sharing
// one race, and its cache keeps the time of the first check. All of them are
// checked here, once, without a time; after that the entity is only read.
func (k *Key) verified() *openpgp.Entity {
	k.check.Do(func() { verifyEntity(k.entity) })
	return k.entity
}

func verifyEntity(e *openpgp.Entity) {
	pub, budget := e.PrimaryKey, maxSelfSigs
	mark := func(list []*packet.VerifiableSignature, verify func(*packet.Signature) error) {
		for _, s := range list {
			budget--
			ok := budget >= 0 && knownNotations(s.Packet) && verify(s.Packet) == nil
			s.Valid = &ok
		}
	}
	mark(e.Revocations, pub.VerifyRevocationSignature)
	mark(e.DirectSignatures, pub.VerifyDirectKeySignature)
	for i := range e.Subkeys {
		sub := &e.Subkeys[i]
		mark(sub.Revocations, func(s *packet.Signature) error {
			return pub.VerifySubkeyRevocationSignature(s, sub.PublicKey)
		})
		mark(sub.Bindings, func(s *packet.Signature) error {
			return pub.VerifyKeySignature(sub.PublicKey, s)
		})
	}
	for _, name := range identityNames(e) {
		id := e.Identities[name]
		verify := func(s *packet.Signature) error { return pub.VerifyUserIdSignature(id.Name, pub, s) }
		mark(id.Revocations, verify)
		mark(id.SelfCertifications, verify)
	}
}

func identityNames(e *openpgp.Entity) []string {
	names := make([]string, 0, len(e.Identities))
	for name := range e.Identities {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// knownNotations reports whether a signature has no critical notation (RFC
// 9580 5.2.3.24): we know none.
func knownNotations(s *packet.Signature) bool {
	for _, n := range s.Notations {
		if n.IsCritical {
			return false
		}
	}
	return true
}

// Fingerprint is the full fingerprint of the primary key in upper-case hex, 40
// characters for version 4 and 64 for version 6.
func (k *Key) Fingerprint() string { return k.fingerprint }

// Version is 4 or 6.
func (k *Key) Version() int { return k.entity.PrimaryKey.Version }

// Created is when the primary key was made.
func (k *Key) Created() time.Time { return k.entity.PrimaryKey.CreationTime.UTC() }

// Algorithm names the primary key's algorithm, such as "RSA-4096" or "Ed25519".
func (k *Key) Algorithm() string { return algorithm(k.entity.PrimaryKey) }

func algorithm(p *packet.PublicKey) string {
	switch p.PubKeyAlgo {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSAEncryptOnly, packet.PubKeyAlgoRSASignOnly:
		n, _ := p.BitLength()
		return fmt.Sprintf("RSA-%d", n)
	case packet.PubKeyAlgoDSA:
		return "DSA"
	case packet.PubKeyAlgoElGamal:
		return "ElGamal"
	case packet.PubKeyAlgoECDSA, packet.PubKeyAlgoEdDSA, packet.PubKeyAlgoECDH:
		curve, _ := p.Curve()
		return string(curve)
	case packet.PubKeyAlgoEd25519:
		return "Ed25519"
	case packet.PubKeyAlgoEd448:
		return "Ed448"
	}
	return fmt.Sprintf("algorithm %d", p.PubKeyAlgo)
}

// UserIDs returns the user IDs with a valid self-signature, escaped for
// display. They are what the key says of itself and name nobody.
func (k *Key) UserIDs() []string {
	e := k.verified()
	var ids []string
	for _, name := range identityNames(e) {
		if _, err := e.Identities[name].Verify(time.Time{}, libraryPolicy); err == nil {
			ids = append(ids, clean(name))
		}
	}
	return ids
}

// Expires is when the primary key expires, by its self-signature that is valid
// at now; zero for never.
func (k *Key) Expires(now time.Time) time.Time {
	self, err := k.verified().PrimarySelfSignature(now, libraryPolicy)
	if err != nil || self.KeyLifetimeSecs == nil || *self.KeyLifetimeSecs == 0 {
		return time.Time{}
	}
	return k.Created().Add(time.Duration(*self.KeyLifetimeSecs) * time.Second)
}

// State is "" for a key that may be used at now, else [TagExpiredKey],
// [TagRevokedKey], [TagInvalidKey] or [TagWeakKey].
func (k *Key) State(now time.Time, pol Policy) string {
	if !pol.strongKey(k.entity.PrimaryKey) {
		return TagWeakKey
	}
	_, tag := k.primaryState(now, now, pol)
	return tag
}

// CanEncrypt reports whether there is a key to encrypt to at now, bound to the
// certificate with a hash that nobody can forge.
func (k *Key) CanEncrypt(now time.Time) bool {
	to, ok := k.verified().EncryptionKey(now, libraryPolicy)
	return ok && (Policy{}.strongSelfHash(to.SelfSignature, k.fingerprint) || oldSHA1(to.SelfSignature))
}

// Armor returns the certificate as an armored block.
func (k *Key) Armor() ([]byte, error) {
	var b bytes.Buffer
	if err := k.entity.Serialize(&b); err != nil {
		return nil, err
	}
	return appendArmor(nil, armorPublic, b.Bytes(), "\n"), nil
}
