package store

import (
	"crypto/sha256"
	"encoding/hex"
)

// Digest is a SHA-256 in lower-case hex, 64 characters; empty where there is none.
type Digest string

// DigestOf hashes b.
func DigestOf(b []byte) Digest {
	sum := sha256.Sum256(b)
	return Digest(hex.EncodeToString(sum[:]))
}
