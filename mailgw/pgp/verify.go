package pgp

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// A Scope says how much of what a reader sees a signature speaks for (P1).
type Scope string

const (
	// ScopeWhole is everything: the root is signed.
	ScopeWhole Scope = "whole"
	// ScopeDocument is one file: a detached signature beside it, or an armored
	// signed file. The text of the mail is not covered.
	ScopeDocument Scope = "document"
	// ScopePart is some part of the mail, with other content beside it.
	ScopePart Scope = "part"
)

// A Signature is what there is to know about one signature in a mail.
type Signature struct {
	Fingerprint string    // of the signer's primary key, where the mathematics hold; else ""
	Issuer      string    // what the signature says of its issuer: for display, never for trust
	Tag         string    // one of the tags of a signature
	Notes       []string  // what is not decisive: "intended-recipient-absent", [NoteSHA1], …
	Created     time.Time // by the signer's clock
	Path        string    // of the part it stands in
	Scope       Scope
	Digest      string // of content and signature together, in hex: the same again is a replay; "" if not good
}

// Good reports whether mathematics, key and policy hold. A stale or forwarded
// signature is good in this sense: it covers its bytes, but moves nothing.
func (s Signature) Good() bool {
	return s.Tag == TagGood || s.Tag == TagStale || s.Tag == TagForwarded
}

// A verifier checks signatures for one mail.
type verifier struct {
	ring  *Keyring
	own   *Secret
	pol   Policy
	at    time.Time
	count int
}

// signatures checks every signature in a block of signature packets against
// data. A block without one, or with anything else in it, is malformed.
func (v *verifier) signatures(block, data []byte, encrypted bool) (sigs []Signature) {
	packets, ok := readPackets(block)
	if ok && len(packets) == 1 && packets[0].Tag == tagCompressed {
		// QUIRK: the signature packets compressed, in a PGP MESSAGE
		// (pgpreal/…torrent_markmonitor.*.eml).
		inner, err := inflate(packets[0])
		packets, ok = readPackets(inner)
		ok = ok && err == nil
	}
	for _, p := range packets {
		ok = ok && (p.Tag == tagSignature || ignorable(p.Tag))
	}
	for _, p := range packets {
		if ok && p.Tag == tagSignature {
			sigs = append(sigs, v.signature(p, data, encrypted))
		}
	}
	if len(sigs) == 0 {
		return []Signature{{Tag: TagMalformedSigned}}
	}
	return sigs
}

// signature checks one signature packet against data.
func (v *verifier) signature(p *packet.OpaquePacket, data []byte, encrypted bool) (s Signature) {
	if v.count++; v.count > maxSignatures {
		return Signature{Tag: TagLimits}
	}
	defer func() {
		if recover() != nil { // a fault of the library, never a good signature
			s = Signature{Tag: TagMalformedSigned}
		}
	}()
	sig, tag := parseSignature(p)
	if tag != "" {
		return Signature{Tag: tag}
	}
	s = Signature{Issuer: issuerName(sig), Created: sig.CreationTime.UTC()}
	candidates := v.ring.issuer(sig)
	if len(candidates) == 0 {
		s.Tag = TagUnknownKey
		return s
	}
	if !sig.Hash.Available() {
		s.Tag = TagWeakHash
		return s
	}
	// Of keys with one ID the mathematics choose; of two versions of one
	// certificate the worse one counts, so that order says nothing.
	s.Tag = TagBad
	for _, c := range candidates {
		sum, ok := check(sig, data, c.public())
		if !ok {
			continue
		}
		tag := v.judge(c, sig)
		if s.Fingerprint == "" || rank(tag) > rank(s.Tag) {
			s.Fingerprint, s.Tag = c.key.fingerprint, tag
			s.Digest = replayDigest(c.key.fingerprint, sum)
		}
	}
	if !s.Good() {
		s.Digest = ""
	}
	if s.Good() && encrypted && len(sig.IntendedRecipients) == 0 {
		s.Notes = append(s.Notes, "intended-recipient-absent")
	}
	if s.Good() && v.ring.Key(s.Fingerprint).OldSHA1(v.at) {
		s.Notes = append(s.Notes, NoteSHA1)
	}
	return s
}

// parseSignature reads a signature packet; tag says why it cannot count.
func parseSignature(p *packet.OpaquePacket) (sig *packet.Signature, tag string) {
	parsed, err := p.Parse()
	if err != nil {
		if isElGamal(p.Contents) {
			return nil, TagWeakKey
		}
		// The library has one error type for all it does not know.
		switch text := err.Error(); {
		case strings.Contains(text, "hash function"):
			return nil, TagWeakHash
		case strings.Contains(text, "critical"), strings.Contains(text, "unsupported"):
			return nil, TagCriticalUnknown
		}
		return nil, TagMalformedSigned
	}
	sig, ok := parsed.(*packet.Signature)
	if !ok || sig.Version != 4 && sig.Version != 6 {
		return nil, TagCriticalUnknown
	}
	if sig.SigType != packet.SigTypeBinary && sig.SigType != packet.SigTypeText {
		return nil, TagMalformedSigned // a certification is no signature on a mail
	}
	if sig.IssuerKeyId == nil {
		return nil, TagUnknownKey
	}
	return sig, ""
}

// isElGamal reports a signature by ElGamal, which RFC 9580 9.1 has struck off.
func isElGamal(sig []byte) bool {
	return len(sig) > 3 && (sig[0] == 4 || sig[0] == 6) && (sig[2] == 16 || sig[2] == 20)
}

// judge applies policy to a signature whose mathematics hold.
func (v *verifier) judge(c component, sig *packet.Signature) string {
	switch {
	case !strongHash(sig.Hash):
		return TagWeakHash
	case !v.pol.strongKey(c.public()) || !v.pol.strongKey(c.key.entity.PrimaryKey):
		return TagWeakKey
	case !knownNotations(sig):
		return TagCriticalUnknown
	}
	made := sig.CreationTime
	if made.Before(c.public().CreationTime) {
		return TagInvalidKey
	}
	if made.After(v.at.Add(v.pol.maxAhead())) {
		return TagFutureSig
	}
	// Valid now, at our reception time, and valid when it was made.
	if tag := c.key.signingState(c.sub, v.at, v.at, v.pol); tag != "" {
		return tag
	}
	if made.Before(v.at) {
		if tag := c.key.signingState(c.sub, made, v.at, v.pol); tag != "" {
			return tag
		}
	}
	switch {
	case sig.SigLifetimeSecs != nil && *sig.SigLifetimeSecs != 0 &&
		v.at.After(made.Add(time.Duration(*sig.SigLifetimeSecs)*time.Second)):
		return TagExpiredSig
	case !v.intended(sig):
		return TagForwarded
	case made.Before(v.at.Add(-v.pol.maxAge())):
		return TagStale
	}
	return TagGood
}

// intended checks Intended Recipient subpackets (RFC 9580 5.2.3.36, P13): if
// there are any, one must name us. Else somebody hands on what was signed for
// another's eyes.
func (v *verifier) intended(sig *packet.Signature) bool {
	for _, r := range sig.IntendedRecipients {
		if v.own.has(r.Fingerprint) {
			return true
		}
	}
	return len(sig.IntendedRecipients) == 0
}

// rank orders tags from good to worst.
func rank(tag string) int {
	for i, t := range []string{
		TagGood, TagStale, TagForwarded, TagExpiredSig, TagFutureSig, TagInvalidKey, TagExpiredKey,
		TagRevokedKey, TagCriticalUnknown, TagWeakKey, TagWeakHash, TagUnknownKey, TagBad, TagMalformedSigned,
	} {
		if t == tag {
			return i
		}
	}
	return 99
}

// check does the mathematics with one key and returns the signed digest.
func check(sig *packet.Signature, data []byte, pub *packet.PublicKey) (sum []byte, ok bool) {
	h, err := sig.PrepareVerify()
	if err != nil {
		return nil, false
	}
	w := io.Writer(h)
	if sig.SigType == packet.SigTypeText {
		w = openpgp.NewCanonicalTextHash(h)
	}
	w.Write(data)
	if pub.VerifySignature(h, sig) != nil {
		return nil, false
	}
	return h.Sum(nil), true // with the trailer, which VerifySignature has added
}

// replayDigest names a signature on its content: the digest covers both, and
// nothing in it can be changed by a third person.
func replayDigest(fingerprint string, sum []byte) string {
	d := sha256.Sum256(append([]byte(fingerprint), sum...))
	return hex.EncodeToString(d[:])
}

// issuerName is the fingerprint or key ID that a signature claims.
func issuerName(sig *packet.Signature) string {
	if len(sig.IssuerFingerprint) > 0 {
		return hexUpper(sig.IssuerFingerprint)
	}
	return fmt.Sprintf("%016X", *sig.IssuerKeyId)
}
