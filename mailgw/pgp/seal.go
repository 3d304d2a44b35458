package pgp

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"iodefgw/mailgw/message"
)

// ErrOwnKey: the fault is with our key, or with our clock.
var ErrOwnKey = errors.New("own key cannot sign now")

// Seal makes the final mail of an entity that we composed: PGP/MIME signed by
// own, and encrypted where to is not nil. One mail has one recipient (P15), and
// the gateway cannot read its own mail again. An error says that nothing may be
// sent: a key that is expired, revoked or cannot encrypt at now, or an entity
// that is not 7-bit with CRLF.
func Seal(h message.OutHeader, entity []byte, own *Secret, to *Key, now time.Time, random io.Reader) (mail []byte, err error) {
	defer recovered(&err)
	if err := message.CheckLines(entity); err != nil {
		return nil, fmt.Errorf("seal mail: %w", err)
	}
	cfg := &packet.Config{
		Rand:                 random,
		Time:                 func() time.Time { return now },
		DefaultHash:          crypto.SHA512,
		DefaultCipher:        packet.CipherAES256,
		RejectHashAlgorithms: map[crypto.Hash]bool{},
		MinRSABits:           2048,
	}
	if to == nil {
		return signEntity(h, entity, own, cfg)
	}
	return encryptEntity(h, entity, own, to, now, cfg)
}

// signEntity makes multipart/signed (RFC 3156 5).
func signEntity(h message.OutHeader, entity []byte, own *Secret, cfg *packet.Config) ([]byte, error) {
	if _, ok := own.signer().SigningKey(cfg.Now(), cfg); !ok {
		return nil, fmt.Errorf("seal mail: %w", ErrOwnKey)
	}
	var sig bytes.Buffer
	if err := openpgp.DetachSign(&sig, []*openpgp.Entity{own.signer()}, bytes.NewReader(entity), cfg); err != nil {
		return nil, fmt.Errorf("seal mail: sign: %w", err)
	}
	micalg, err := hashOf(sig.Bytes())
	if err != nil {
		return nil, err
	}
	part := []byte("Content-Type: application/pgp-signature; name=\"signature.asc\"\r\n\r\n")
	part = appendArmor(part, armorSignature, sig.Bytes(), "\r\n")
	return message.WithParts(h, "signed", "; micalg="+micalg+";\r\n protocol=\"application/pgp-signature\"", entity, part)
}

// hashOf names the hash of a signature packet as RFC 3156 5 wants it: the
// library takes the one that our certificate prefers.
func hashOf(block []byte) (string, error) {
	p, err := packet.Read(bytes.NewReader(block))
	if err != nil {
		return "", fmt.Errorf("seal mail: sign: %w", err)
	}
	sig, ok := p.(*packet.Signature)
	if !ok || !strongHash(sig.Hash) {
		return "", errors.New("seal mail: sign: no signature with a strong hash")
	}
	return "pgp-" + strings.ToLower(strings.ReplaceAll(sig.Hash.String(), "-", "")), nil
}

// encryptEntity makes multipart/encrypted with the signature inside (RFC 3156
// 6.2).
func encryptEntity(h message.OutHeader, entity []byte, own *Secret, to *Key, now time.Time, cfg *packet.Config) ([]byte, error) {
	if tag := to.State(now, Policy{}); tag != "" {
		return nil, fmt.Errorf("seal mail: key %s: %s", to.fingerprint, tag)
	}
	if !to.CanEncrypt(now) {
		return nil, fmt.Errorf("seal mail: key %s cannot encrypt now", to.fingerprint)
	}
	var cipher bytes.Buffer
	cipher.Grow(len(entity) + maxOverhead)
	p, err := openpgp.Encrypt(&cipher, []*openpgp.Entity{to.verified()}, nil, []*openpgp.Entity{own.signer()}, nil, cfg)
	if err != nil {
		return nil, fmt.Errorf("seal mail: encrypt: %w", err)
	}
	if _, err := p.Write(entity); err != nil {
		return nil, fmt.Errorf("seal mail: encrypt: %w", err)
	}
	if err := p.Close(); err != nil {
		return nil, fmt.Errorf("seal mail: encrypt: %w", err)
	}
	version := []byte("Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1")
	data := make([]byte, 0, armoredSize(cipher.Len())+100)
	data = append(data, "Content-Type: application/octet-stream; name=\"encrypted.asc\"\r\n\r\n"...)
	data = appendArmor(data, armorMessage, cipher.Bytes(), "\r\n")
	return message.WithParts(h, "encrypted", ";\r\n protocol=\"application/pgp-encrypted\"", version, data)
}

// maxOverhead is what session key, signature and packet headers add to most
// messages: the buffer is then right at once.
const maxOverhead = 2048
