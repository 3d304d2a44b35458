package pgp

import (
	"bytes"
	"crypto"
	"fmt"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// SignText makes an armored detached signature over text that is no mail, such
// as the head of an audit chain.
func (s *Secret) SignText(text []byte, now time.Time, random io.Reader) (armored string, err error) {
	defer recovered(&err)
	cfg := &packet.Config{Rand: random, Time: func() time.Time { return now }, DefaultHash: crypto.SHA512}
	if _, ok := s.signer().SigningKey(now, cfg); !ok {
		return "", fmt.Errorf("sign text: %w", ErrOwnKey)
	}
	var sig bytes.Buffer
	if err := openpgp.DetachSign(&sig, []*openpgp.Entity{s.signer()}, bytes.NewReader(text), cfg); err != nil {
		return "", fmt.Errorf("sign text: %w", err)
	}
	return string(appendArmor(nil, armorSignature, sig.Bytes(), "\n")), nil
}

// VerifyText checks what SignText made, with any key of this secret, as it was
// at the time.
func (s *Secret) VerifyText(text []byte, armored string, at time.Time) (err error) {
	defer recovered(&err)
	cfg := &packet.Config{Time: func() time.Time { return at }}
	_, _, err = openpgp.VerifyArmoredDetachedSignature(openpgp.EntityList(s.entities), bytes.NewReader(text), bytes.NewReader([]byte(armored)), cfg)
	if err != nil {
		return fmt.Errorf("verify text: %w", err)
	}
	return nil
}
