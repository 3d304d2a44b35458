package store

import (
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// NewToken draws the token of a reply address, 80 bits.
func NewToken(random io.Reader) (string, error) {
	var b [10]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("new token: %w", err)
	}
	return TokenText(b[:]), nil
}

// tokenLetters stand for four bits each. None is a vowel, a digit or a hex
// digit: a token spells nothing, and nothing that a leak scan decodes.
const tokenLetters = "ghjkmnpqrstvwxyz"

// groupLetters are the letters of a group. Of four, one would now and then be a
// withheld account ("smtp"); six behind a + can be UTF-7, eight base64.
const groupLetters = 7

// TokenText writes random bytes as they stand in a Message-ID or a reply address,
// in groups of letters: "kmjqwwt.rhpzxgg". It survives any mail program's folding
// of case, and can be read out on the telephone.
func TokenText(raw []byte) string {
	var b strings.Builder
	for i := range 2 * len(raw) {
		if i > 0 && i%groupLetters == 0 {
			b.WriteByte('.')
		}
		b.WriteByte(tokenLetters[raw[i/2]>>(4*(1-i%2))&15])
	}
	return b.String()
}

// TokenBytes reads a token, also as earlier versions wrote them, in hex. Where the
// full stops stand does not matter.
func TokenBytes(text string) (raw []byte, ok bool) {
	if raw, err := hex.DecodeString(text); err == nil {
		return raw, true
	}
	digits := make([]byte, 0, len(text))
	for _, c := range []byte(strings.ReplaceAll(text, ".", "")) {
		k := strings.IndexByte(tokenLetters, c)
		if k < 0 {
			return nil, false
		}
		digits = append(digits, byte(k))
	}
	if len(digits)%2 != 0 {
		return nil, false
	}
	for i := 0; i < len(digits); i += 2 {
		raw = append(raw, digits[i]<<4|digits[i+1])
	}
	return raw, true
}
