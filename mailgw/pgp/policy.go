package pgp

import (
	"crypto"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// A Policy says which signatures and keys we accept (P6 to P8). The zero value
// is the default policy.
type Policy struct {
	// MaxAge is how old a signature may be at reception; 30 days if zero.
	MaxAge time.Duration
	// MaxAhead is how far in the future it may be; 10 minutes if zero.
	MaxAhead time.Duration
	// MinRSABits is the least length of an RSA key; 2048 if zero.
	MinRSABits int
	// SHA1SelfSignatures names, by full fingerprint in upper-case hex, the keys
	// whose own certifications may use SHA-1 whenever they were made and
	// whatever they bind: an operator's exception, never for a message.
	SHA1SelfSignatures map[string]bool
}

func (p Policy) maxAge() time.Duration {
	if p.MaxAge == 0 {
		return 30 * 24 * time.Hour
	}
	return p.MaxAge
}

func (p Policy) maxAhead() time.Duration {
	if p.MaxAhead == 0 {
		return 10 * time.Minute
	}
	return p.MaxAhead
}

func (p Policy) minRSABits() int {
	if p.MinRSABits == 0 {
		return 2048
	}
	return p.MinRSABits
}

// strongHash lists the hashes we accept for messages (RFC 9580 9.5).
func strongHash(h crypto.Hash) bool {
	switch h {
	case crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA3_256, crypto.SHA3_512:
		return true
	}
	return false
}

// strongSelfHash reports whether a self-signature's hash is acceptable.
func (p Policy) strongSelfHash(s *packet.Signature, fingerprint string) bool {
	return strongHash(s.Hash) || s.Hash == crypto.SHA224 || s.Hash == crypto.SHA1 && p.SHA1SelfSignatures[fingerprint]
}

// sha1Until is when certifications with SHA-1 ceased to count, as in GnuPG.
//
// What an attack on SHA-1 can do to a certification is to move it from what its
// owner signed to something else. For one that exists that takes a second
// preimage, which nobody can find. Otherwise both must be prepared before the
// owner signs (a collision with chosen prefixes); the time of signing is under
// the hash, so such a certification cannot look older than it is, and before
// 2019 the best known attack took 2^77 steps. What it would gain is small: the
// party is bound to the fingerprint by an operator and never to a user ID, so
// that a forged one could only lengthen the life of the key that was pinned.
// The binding of a signing subkey is another matter: it gives away the party's
// voice. It needs a strong hash, or the exception by name.
var sha1Until = time.Date(2019, 1, 19, 0, 0, 0, 0, time.UTC)

// oldSHA1 reports whether a certification is one with SHA-1 that counts for its
// age.
func oldSHA1(s *packet.Signature) bool {
	return s.Hash == crypto.SHA1 && s.CreationTime.Before(sha1Until)
}

// strongKey reports whether a key may sign: RSA of enough bits, EdDSA, ECDSA on
// NIST and Brainpool curves, and the signatures of RFC 9580; not DSA, not
// ElGamal, not secp256k1.
func (p Policy) strongKey(k *packet.PublicKey) bool {
	switch k.PubKeyAlgo {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSASignOnly:
		n, err := k.BitLength()
		// The library's length is of the modulus; one of 2047 bits is weak.
		return err == nil && int(n) >= p.minRSABits()
	case packet.PubKeyAlgoECDSA, packet.PubKeyAlgoEdDSA:
		curve, err := k.Curve()
		legacy := k.Version == 6 && curve == packet.Curve25519 // RFC 9580 9.2
		return err == nil && curve != packet.CurveSecP256k1 && !legacy
	case packet.PubKeyAlgoEd25519, packet.PubKeyAlgoEd448:
		return true
	}
	return k.IsPQ()
}
