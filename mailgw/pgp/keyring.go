package pgp

import (
	"bytes"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// A Keyring finds keys by the IDs in signatures. It never changes after it was
// made and is safe for concurrent use; a lookup costs the same with ten keys
// and with ten thousand.
type Keyring struct {
	byID map[uint64][]component
	keys map[string]*Key
}

// A component is a primary key or a subkey.
type component struct {
	key *Key
	sub *openpgp.Subkey // nil for the primary key
}

func (c component) public() *packet.PublicKey {
	if c.sub == nil {
		return c.key.entity.PrimaryKey
	}
	return c.sub.PublicKey
}

// NewKeyring makes a keyring. Two versions of one certificate may both be in
// it: a signature must then hold with each.
func NewKeyring(keys []*Key) *Keyring {
	r := &Keyring{byID: make(map[uint64][]component, 2*len(keys)), keys: make(map[string]*Key, len(keys))}
	for _, k := range keys {
		r.keys[k.fingerprint] = k
		r.add(component{key: k})
		for i := range k.entity.Subkeys {
			r.add(component{key: k, sub: &k.entity.Subkeys[i]})
		}
	}
	return r
}

func (r *Keyring) add(c component) {
	id := c.public().KeyId
	r.byID[id] = append(r.byID[id], c)
}

// Key returns the certificate with that full fingerprint, or nil.
func (r *Keyring) Key(fingerprint string) *Key {
	if r == nil {
		return nil
	}
	return r.keys[fingerprint]
}

// issuer returns the components that a signature names. A full fingerprint in
// the signature must be the component's; the 64-bit ID alone only finds
// candidates, the mathematics tell which.
func (r *Keyring) issuer(sig *packet.Signature) []component {
	if r == nil || sig.IssuerKeyId == nil {
		return nil
	}
	var found []component
	for _, c := range r.byID[*sig.IssuerKeyId] {
		if len(sig.IssuerFingerprint) > 0 && !bytes.Equal(sig.IssuerFingerprint, c.public().Fingerprint) {
			continue
		}
		if len(found) < maxCandidates {
			found = append(found, c)
		}
	}
	return found
}
