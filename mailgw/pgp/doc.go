// Package pgp says which bytes of a mail are signed, by which key, and how good
// that signature is; it decrypts what is encrypted to the gateway, and seals
// what the gateway sends (RFC 9580, RFC 3156).
//
// How one mail becomes facts, in [Open]:
//
//  1. The root container is decrypted, once, if it is one: multipart/encrypted,
//     or a text body that is nothing but a PGP message. Everything is
//     authenticated before a byte of it is parsed.
//  2. The content (the mail's root or what was in the container) is walked for
//     signatures. What lies under a good signature is its signer's business
//     and not walked further.
//  3. Every signature met becomes a [Signature] with one tag; every good one
//     also yields a [Covered], the only way to get at verified bytes.
//
// Nothing is judged here. [Opened.Decide] combines the signatures as P3 wants,
// given which key belongs to which party.
//
// It promises: no bytes are called covered unless a signature that our policy
// accepts covers exactly them; a signer is a full fingerprint; the outcome does
// not depend on the order of signatures or keys; every cap has a bound in
// memory; a fault in the OpenPGP library is an answer, not a crash.
//
// Not here: which party a key belongs to, whether From fits, keys from the
// network or from mails (never imported), S/MIME (only recognised).
package pgp

// Tags of signatures and of structure, as in the table of requirements.md 2.
// The first three are those of a signature whose mathematics, key and policy
// hold; see [Signature.Good].
const (
	TagGood      = "good-signature"
	TagStale     = "stale-signature"
	TagForwarded = "forwarded-signature"

	TagBad             = "bad-signature"
	TagUnknownKey      = "unknown-key"
	TagWeakHash        = "weak-hash"
	TagWeakKey         = "weak-key"
	TagExpiredKey      = "expired-key"
	TagRevokedKey      = "revoked-key"
	TagInvalidKey      = "invalid-key"
	TagExpiredSig      = "expired-signature"
	TagFutureSig       = "future-signature"
	TagCriticalUnknown = "critical-unknown"
	TagMalformedSigned = "malformed-signed"
	TagMalformedArmor  = "malformed-armor"

	TagDecryptFailed       = "decrypt-failed"
	TagEncryptedUnsigned   = "encrypted-unsigned"
	TagEncryptedAttachment = "encrypted-attachment"
	TagSMIME               = "smime"
	TagUnsigned            = "unsigned"
	TagPartial             = "partial-coverage"
	TagAmbiguous           = "ambiguous-signature"
	TagLimits              = "limits-exceeded"
)

// NoteSHA1 is of a good signature whose key is certified with SHA-1, from the
// time when that still counted: its owner should renew it.
const NoteSHA1 = "sha1-certificate"

// Limits. Each bounds what an attacker can make us do for one mail.
const (
	// maxPlain caps decrypted and decompressed bytes: 10 MiB of OpenPGP can
	// hold 10 GiB of zeros.
	maxPlain = 25 << 20
	// maxPackets caps the packets of one OpenPGP message: an empty packet is
	// two bytes.
	maxPackets = 64
	// maxSignatures caps the signatures checked in one mail: each costs a
	// public-key operation and a pass over the content.
	maxSignatures = 16
	// maxSessionKeys caps the decryption tries of one message: a list of
	// recipients without key IDs makes us try each.
	maxSessionKeys = 16
	// maxCandidates caps the keys tried for one signature: 64-bit key IDs can
	// be made to collide.
	maxCandidates = 8
	// maxKeyBytes caps a certificate file: certificates can be flooded with
	// third-party signatures.
	maxKeyBytes = 16 << 20
	// maxSelfSigs caps the self-signatures checked in one certificate.
	maxSelfSigs = 500
)
