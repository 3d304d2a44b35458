package iodef

import "unicode/utf8"

// Character classes of XML 1.0 (fifth edition) and Namespaces in XML.

const (
	nameStart = 1 << iota
	nameRest
	blank
)

// asciiClass classifies the bytes below 0x80; the colon is left out, since
// names are split at it.
var asciiClass = func() (t [128]uint8) {
	for c := range 128 {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
			t[c] = nameStart | nameRest
		case c >= '0' && c <= '9', c == '-', c == '.':
			t[c] = nameRest
		case c == ' ', c == '\t', c == '\n', c == '\r':
			t[c] = blank
		}
	}
	return t
}()

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// allBlank tells whether s is white space as XML has it. U+00A0 is not.
func allBlank(s string) bool {
	for i := range len(s) {
		if !isBlank(s[i]) {
			return false
		}
	}
	return true
}

// trimBlank cuts XML white space at both ends.
func trimBlank(s string) string {
	for len(s) > 0 && isBlank(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && isBlank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// ncName gives the length of the NCName at the start of s, 0 if there is none.
func ncName(s string) int {
	i := 0
	for i < len(s) {
		if c := s[i]; c < utf8.RuneSelf {
			if asciiClass[c]&nameRest == 0 || i == 0 && asciiClass[c]&nameStart == 0 {
				break
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if !wideNameStart(r) && (i == 0 || !wideNameRest(r)) {
			break
		}
		i += n
	}
	return i
}

// wideNameStart and wideNameRest are the productions NameStartChar and
// NameChar above ASCII.
func wideNameStart(r rune) bool {
	switch {
	case r < 0xC0, r == 0xD7, r == 0xF7:
		return false
	case r <= 0x2FF, r >= 0x370 && r <= 0x37D, r >= 0x37F && r <= 0x1FFF,
		r == 0x200C, r == 0x200D, r >= 0x2070 && r <= 0x218F,
		r >= 0x2C00 && r <= 0x2FEF, r >= 0x3001 && r <= 0xD7FF,
		r >= 0xF900 && r <= 0xFDCF, r >= 0xFDF0 && r <= 0xFFFD,
		r >= 0x10000 && r <= 0xEFFFF:
		return true
	}
	return false
}

func wideNameRest(r rune) bool {
	return wideNameStart(r) || r == 0xB7 || r >= 0x300 && r <= 0x36F || r == 0x203F || r == 0x2040
}

// isChar is the production Char: what an XML document may hold at all.
func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF ||
		r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}
