package store

import (
	"encoding/base32"
	"fmt"
	"io"
)

// NewToken makes the token of a recipient's reply address: 128 random bits in 26 characters that survive mail systems
// which fold case.
func (s *Store) NewToken() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(s.opt.Rand, b[:]); err != nil {
		return "", fmt.Errorf("new token: %w", err)
	}
	return base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding).EncodeToString(b[:]), nil
}
