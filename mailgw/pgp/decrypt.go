package pgp

import (
	"bytes"
	"io"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"iodefgw/mailgw/message"
)

// container decrypts the root container, if the mail is one, and puts what is
// in it in place of the root. Every failure is one tag: who sends ciphertexts
// to learn from our answers learns nothing (P10).
func (o *opener) container(root *message.Part) {
	cipher, inline, ok := rootContainer(root)
	if !ok {
		return
	}
	o.out.Encrypted = true
	if o.own == nil || cipher == nil {
		o.tag(TagDecryptFailed)
		return
	}
	plain, err := o.own.decrypt(cipher)
	if err != nil {
		o.tag(TagDecryptFailed)
		return
	}
	m, err := readSigned(plain, false)
	if err != nil {
		o.tag(TagDecryptFailed)
		return
	}
	o.out.Decrypted = true
	content := &message.Part{Type: "text/plain", Params: root.Params, Encoding: "8bit", Raw: m.data, Body: m.data, Path: "0"}
	if !inline {
		inner := message.Parse(m.data)
		content = inner.Root
		o.out.Defects = inner.Defects
	}
	o.out.Content = content
	var sigs []Signature
	for _, s := range m.signatures {
		sigs = append(sigs, o.v.signature(s, m.data, true))
	}
	o.record(sigs, content, ScopeWhole, m.data, content, content)
}

// rootContainer finds the ciphertext of a mail that is encrypted as a whole.
// ok with a nil ciphertext means a container that is broken.
func rootContainer(root *message.Part) (cipher []byte, inline, ok bool) {
	switch {
	case root.Type == "multipart/encrypted":
		if len(root.Children) != 2 || root.Children[0].Type != "application/pgp-encrypted" {
			return nil, false, true
		}
		return armoredMessage(root.Children[1]), false, true
	case isExchange(root):
		return armoredMessage(root.Children[2]), false, true
	case root.Type == "text/plain":
		text, err := root.Decode()
		if err != nil || !bytes.HasPrefix(bytes.TrimSpace(text), []byte("-----BEGIN "+armorMessage)) {
			return nil, false, false
		}
		// P1: only where it is the whole text body.
		a, err := dearmor(text)
		if err != nil || len(bytes.TrimSpace(a.after)) > 0 || !isEncrypted(a.data) {
			return nil, false, false // the walk says why
		}
		return a.data, true, true
	}
	return nil, false, false
}

// isExchange recognises what Exchange makes of multipart/encrypted: a
// multipart/mixed of an empty text and the two parts.
// QUIRK: Microsoft Exchange 2007 to 2013.
func isExchange(root *message.Part) bool {
	if root.Type != "multipart/mixed" || len(root.Children) != 3 {
		return false
	}
	c := root.Children
	return c[0].Type == "text/plain" && len(bytes.TrimSpace(c[0].Body)) == 0 &&
		c[1].Type == "application/pgp-encrypted" && c[2].Type == "application/octet-stream"
}

// armoredMessage is the OpenPGP message in a part, or nil.
func armoredMessage(p *message.Part) []byte {
	b, err := p.Decode()
	if err != nil {
		return nil
	}
	a, err := dearmor(b)
	if err != nil || a.kind != armorMessage || len(bytes.TrimSpace(a.before)) > 0 || len(bytes.TrimSpace(a.after)) > 0 {
		return nil
	}
	return a.data
}

// isEncrypted reports whether the first packet is one that starts an encrypted
// message (RFC 9580 10.3, 4.2). It reads one byte: ciphertexts can be large.
func isEncrypted(b []byte) bool {
	if len(b) == 0 || b[0]&0x80 == 0 {
		return false
	}
	tag := b[0] & 0x3F
	if b[0]&0x40 == 0 { // old format
		tag = b[0] >> 2 & 0x0F
	}
	switch tag {
	case tagPKESK, tagSKESK, tagSED, tagSEIPD, tagAEAD:
		return true
	}
	return false
}

// decrypt returns the authenticated packets in an encrypted message. Nothing of
// them is looked at before the last byte is authenticated.
func (s *Secret) decrypt(b []byte) (plain []byte, err error) {
	defer recovered(&err)
	packets, ok := readPackets(b)
	if !ok {
		return nil, errMessage
	}
	var keys []*packet.EncryptedKey
	var data packet.EncryptedDataPacket
	for _, p := range packets {
		switch {
		case ignorable(p.Tag), p.Tag == tagSKESK:
			continue
		case p.Tag != tagPKESK && p.Tag != tagSEIPD && p.Tag != tagAEAD || data != nil:
			return nil, errMessage // tag 9 has no authentication
		}
		parsed, err := p.Parse()
		if err != nil {
			if p.Tag == tagPKESK {
				continue // for another recipient, in an unknown algorithm
			}
			return nil, errMessage
		}
		switch x := parsed.(type) {
		case *packet.EncryptedKey:
			keys = append(keys, x)
		case *packet.SymmetricallyEncrypted:
			if !x.IntegrityProtected && x.Version != 2 {
				return nil, errMessage
			}
			data = x
		case *packet.AEADEncrypted:
			data = x
		}
	}
	if data == nil {
		return nil, errMessage
	}
	return s.tryKeys(keys, data, packets)
}

// tryKeys decrypts with the first session key that works.
func (s *Secret) tryKeys(keys []*packet.EncryptedKey, data packet.EncryptedDataPacket, packets []*packet.OpaquePacket) ([]byte, error) {
	tries := 0
	for _, ek := range keys {
		for _, priv := range s.decryptionKeys(ek.KeyId) {
			if tries++; tries > maxSessionKeys {
				return nil, errMessage
			}
			if err := ek.Decrypt(priv, libraryPolicy); err != nil {
				continue
			}
			r, err := data.Decrypt(ek.CipherFunc, ek.Key)
			if err != nil {
				return nil, errMessage // the reader is spent
			}
			plain, err := io.ReadAll(io.LimitReader(r, maxPlain+1))
			if err != nil || len(plain) > maxPlain || r.Close() != nil {
				return nil, errMessage
			}
			return plain, nil
		}
	}
	return nil, errMessage
}

// decryptionKeys returns the secret keys for a key ID, all of them for a hidden
// one (RFC 9580 5.1.8).
func (s *Secret) decryptionKeys(id uint64) []*packet.PrivateKey {
	var keys []*packet.PrivateKey
	for _, e := range s.entities {
		// Without a time: an expired key still reads what was sent to it.
		for _, k := range e.DecryptionKeys(id, zeroTime, libraryPolicy) {
			if k.PrivateKey != nil && !k.PrivateKey.Encrypted && !k.PrivateKey.Dummy() {
				keys = append(keys, k.PrivateKey)
			}
		}
	}
	return keys
}

// clean escapes text from keys for display.
func clean(s string) string { return message.Clean(strings.ToValidUTF8(s, "?")) }
