package pgp

import (
	"crypto"
	"errors"
	"time"

	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// libraryPolicy takes the library's own policy out of self-signatures: ours
// applies, in one place. It is read only.
var libraryPolicy = &packet.Config{
	RejectHashAlgorithms:                map[crypto.Hash]bool{},
	MinRSABits:                          2048,
	DefaultCipher:                       packet.CipherAES256,
	InsecureAllowAllKeyFlagsWhenMissing: false,
}

// keyTag maps the library's errors on key validity.
func keyTag(err error) string {
	switch {
	case errors.Is(err, pgperrors.ErrKeyRevoked):
		return TagRevokedKey
	case errors.Is(err, pgperrors.ErrKeyExpired):
		return TagExpiredKey
	}
	return TagInvalidKey
}

// primaryState says whether the primary key is valid at t, given what its owner
// says of it at latest. An owner who renews a key often hands on only its newest
// self-signature, which then speaks for the time before it too
// (openpgp/gnupg-samplekeys_ed25519-cv25519-sample-1.asc).
func (k *Key) primaryState(t, latest time.Time, pol Policy) (*packet.Signature, string) {
	e := k.verified()
	if _, err := e.PrimarySelfSignature(t, libraryPolicy); err != nil && t.Before(latest) {
		t = latest
	}
	self, err := e.VerifyPrimaryKey(t, libraryPolicy)
	if err != nil {
		return nil, keyTag(err)
	}
	if !pol.strongSelfHash(self, k.fingerprint) && !oldSHA1(self) {
		return nil, TagWeakKey // anybody may forge what it says of itself
	}
	return self, ""
}

// OldSHA1 reports whether what the key says of itself at now rests on SHA-1. It
// may count for its age, but its owner should certify it anew.
func (k *Key) OldSHA1(now time.Time) bool {
	self, err := k.verified().PrimarySelfSignature(now, libraryPolicy)
	return err == nil && self.Hash == crypto.SHA1
}

// signingState says whether a key of the certificate (nil for the primary) may
// sign at t: valid, not expired or revoked, with the flag and, for a subkey,
// the back-signature (P8).
func (k *Key) signingState(sub *openpgp.Subkey, t, latest time.Time, pol Policy) string {
	self, tag := k.primaryState(t, latest, pol)
	if tag != "" {
		return tag
	}
	if sub == nil {
		// RFC 9580 5.2.3.29: old certificates have no flags on the primary.
		if self.FlagsValid && !self.FlagSign {
			return TagInvalidKey
		}
		return ""
	}
	binding, err := sub.Verify(t, libraryPolicy)
	if err != nil {
		return keyTag(err)
	}
	// The library has checked the back-signature of every binding that allows
	// signing; without the flag there is none to check.
	if !binding.FlagsValid || !binding.FlagSign || binding.EmbeddedSignature == nil {
		return TagInvalidKey
	}
	if !pol.strongSelfHash(binding, k.fingerprint) || !pol.strongSelfHash(binding.EmbeddedSignature, k.fingerprint) {
		return TagWeakKey
	}
	return ""
}
