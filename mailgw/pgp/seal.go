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
	var sealed []byte
	if to == nil {
		sealed, err = signEntity(entity, own, cfg)
	} else {
		sealed, err = encryptEntity(entity, own, to, now, cfg)
	}
	if err != nil {
		return nil, err
	}
	return message.WithHeader(h, sealed)
}

// signEntity makes multipart/signed (RFC 3156 5).
func signEntity(entity []byte, own *Secret, cfg *packet.Config) ([]byte, error) {
	if _, ok := own.signer().SigningKey(cfg.Now(), cfg); !ok {
		return nil, errors.New("seal mail: own key cannot sign now")
	}
	var sig bytes.Buffer
	err := armorTo(&sig, armorSignature, func(w io.Writer) error {
		return openpgp.DetachSign(w, []*openpgp.Entity{own.signer()}, bytes.NewReader(entity), cfg)
	})
	if err != nil {
		return nil, fmt.Errorf("seal mail: sign: %w", err)
	}
	micalg, err := hashOf(sig.Bytes())
	if err != nil {
		return nil, err
	}
	part := append([]byte("Content-Type: application/pgp-signature; name=\"signature.asc\"\r\n\r\n"), crlf(sig.Bytes())...)
	return message.Multipart("signed", "; micalg="+micalg+";\r\n protocol=\"application/pgp-signature\"", entity, part), nil
}

// hashOf names the hash of an armored signature as RFC 3156 5 wants it: the
// library takes the one that our certificate prefers.
func hashOf(armored []byte) (string, error) {
	a, err := dearmor(armored)
	if err != nil {
		return "", fmt.Errorf("seal mail: sign: %w", err)
	}
	p, err := packet.Read(bytes.NewReader(a.data))
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
func encryptEntity(entity []byte, own *Secret, to *Key, now time.Time, cfg *packet.Config) ([]byte, error) {
	if tag := to.State(now, Policy{}); tag != "" {
		return nil, fmt.Errorf("seal mail: key %s: %s", to.fingerprint, tag)
	}
	if !to.CanEncrypt(now) {
		return nil, fmt.Errorf("seal mail: key %s cannot encrypt now", to.fingerprint)
	}
	var cipher bytes.Buffer
	err := armorTo(&cipher, armorMessage, func(w io.Writer) error {
		p, err := openpgp.Encrypt(w, []*openpgp.Entity{to.verified()}, nil, []*openpgp.Entity{own.signer()},
			&openpgp.FileHints{IsUTF8: false}, cfg)
		if err != nil {
			return err
		}
		if _, err := p.Write(entity); err != nil {
			return err
		}
		return p.Close()
	})
	if err != nil {
		return nil, fmt.Errorf("seal mail: encrypt: %w", err)
	}
	version := []byte("Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1")
	data := append([]byte("Content-Type: application/octet-stream; name=\"encrypted.asc\"\r\n\r\n"), crlf(cipher.Bytes())...)
	return message.Multipart("encrypted", ";\r\n protocol=\"application/pgp-encrypted\"", version, data), nil
}
