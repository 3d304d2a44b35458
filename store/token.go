package store

import (
	"encoding/hex"
	"fmt"
	"io"
)

// newToken makes the token of a reply address for a recipient that a merge puts on another ticket: 80 random bits, in
// the form that all such tokens have.
func (s *Store) newToken() (string, error) {
	var b [10]byte
	if _, err := io.ReadFull(s.opt.Rand, b[:]); err != nil {
		return "", fmt.Errorf("new token: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}
