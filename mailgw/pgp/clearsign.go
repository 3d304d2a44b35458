package pgp

import (
	"bytes"
)

// A cleartext is a clear-signed text (RFC 9580 7), taken apart.
type cleartext struct {
	plain     []byte // unescaped, with CRLF, without the last line end: what is signed
	signature []byte // signature packets
	outside   bool   // text before or after the block
}

// readCleartext reads a text that holds one clear-signed block. It refuses what
// has been used to show a reader other text than was verified: header lines
// other than Hash, escapes that are none, control characters, a second block.
func readCleartext(text []byte) (cleartext, error) {
	var c cleartext
	start, kind := findBegin(text)
	if start < 0 || kind != armorSigned {
		return c, errArmor
	}
	c.outside = len(bytes.TrimSpace(text[:start])) > 0
	_, rest := cutLine(text[start:])
	for {
		var line []byte
		if len(rest) == 0 {
			return c, errArmor
		}
		line, rest = cutLine(rest)
		if len(bytes.TrimRight(line, " \t")) == 0 {
			break
		}
		if !hashHeader(line) {
			return c, errArmor
		}
	}
	plain := make([]byte, 0, len(rest)+len(rest)/32)
	for first := true; ; first = false {
		if len(rest) == 0 {
			return c, errArmor
		}
		line, tail := cutLine(rest)
		if bytes.HasPrefix(line, []byte("-")) {
			if isBegin(line, armorSignature) {
				break
			}
			if !bytes.HasPrefix(line, []byte("- ")) {
				return c, errArmor // RFC 9580 7.1: such a line must be escaped
			}
			line = line[2:]
		}
		if bytes.ContainsFunc(line, forbiddenInText) {
			return c, errArmor
		}
		if !first {
			plain = append(plain, "\r\n"...)
		}
		plain = append(plain, bytes.TrimRight(line, " \t")...)
		rest = tail
	}
	a, err := dearmor(rest)
	if err != nil || a.kind != armorSignature || len(a.before) > 0 {
		return c, errArmor
	}
	if other, _ := findBegin(a.after); other >= 0 {
		return c, errArmor
	}
	c.outside = c.outside || len(bytes.TrimSpace(a.after)) > 0
	c.plain, c.signature = plain, a.data
	return c, nil
}

// hashHeader accepts "Hash: SHA256, SHA512" only. The header is a hint: the
// signature names its hash itself.
func hashHeader(line []byte) bool {
	value, ok := bytes.CutPrefix(line, []byte("Hash: "))
	if !ok {
		return false
	}
	for _, c := range value {
		if !(c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == ',' || c == ' ' || c >= 'a' && c <= 'z') {
			return false
		}
	}
	return len(value) < 200
}

func isBegin(line []byte, kind string) bool {
	return string(bytes.TrimRight(line, " \t")) == "-----BEGIN "+kind+"-----"
}

// forbiddenInText names the characters that move a reader's eye or end a line
// for some readers only: form feed, a bare CR, NUL and the like.
func forbiddenInText(r rune) bool { return r < ' ' && r != '\t' }
