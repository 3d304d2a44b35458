package iodef

import "unicode/utf8"

// Character classes of XML 1.0 (fifth edition) and Namespaces in XML.

const (
	nameStart = 1 << iota
	nameRest
	inValue // looked at in an attribute value: quotes, and what is not taken as it is
)

// charClass classifies octets. The colon is left out, since names are split at
// it, and so are those from 0x80 on, which are parts of wide characters.
var charClass = [256]uint8{
	'\t': inValue, '\n': inValue, '"': inValue, '\'': inValue, '&': inValue, '<': inValue,
	'-': nameRest, '.': nameRest, '_': nameStart | nameRest,
	'0': nameRest, '1': nameRest, '2': nameRest, '3': nameRest, '4': nameRest,
	'5': nameRest, '6': nameRest, '7': nameRest, '8': nameRest, '9': nameRest,
	'A': nameStart | nameRest, 'B': nameStart | nameRest, 'C': nameStart | nameRest, 'D': nameStart | nameRest, 'E': nameStart | nameRest,
	'F': nameStart | nameRest, 'G': nameStart | nameRest, 'H': nameStart | nameRest, 'I': nameStart | nameRest, 'J': nameStart | nameRest,
	'K': nameStart | nameRest, 'L': nameStart | nameRest, 'M': nameStart | nameRest, 'N': nameStart | nameRest, 'O': nameStart | nameRest,
	'P': nameStart | nameRest, 'Q': nameStart | nameRest, 'R': nameStart | nameRest, 'S': nameStart | nameRest, 'T': nameStart | nameRest,
	'U': nameStart | nameRest, 'V': nameStart | nameRest, 'W': nameStart | nameRest, 'X': nameStart | nameRest, 'Y': nameStart | nameRest,
	'Z': nameStart | nameRest, 'a': nameStart | nameRest, 'b': nameStart | nameRest, 'c': nameStart | nameRest, 'd': nameStart | nameRest,
	'e': nameStart | nameRest, 'f': nameStart | nameRest, 'g': nameStart | nameRest, 'h': nameStart | nameRest, 'i': nameStart | nameRest,
	'j': nameStart | nameRest, 'k': nameStart | nameRest, 'l': nameStart | nameRest, 'm': nameStart | nameRest, 'n': nameStart | nameRest,
	'o': nameStart | nameRest, 'p': nameStart | nameRest, 'q': nameStart | nameRest, 'r': nameStart | nameRest, 's': nameStart | nameRest,
	't': nameStart | nameRest, 'u': nameStart | nameRest, 'v': nameStart | nameRest, 'w': nameStart | nameRest, 'x': nameStart | nameRest,
	'y': nameStart | nameRest, 'z': nameStart | nameRest,
}

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

// skipBlank cuts XML white space at the start.
func skipBlank(s string) string {
	for len(s) > 0 && isBlank(s[0]) {
		s = s[1:]
	}
	return s
}

// trimBlank cuts XML white space at both ends.
func trimBlank(s string) string {
	s = skipBlank(s)
	for len(s) > 0 && isBlank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// ncName gives the length of the NCName at the start of s, 0 if there is none.
func ncName(s string) int {
	if s == "" || s[0] < utf8.RuneSelf && charClass[s[0]]&nameStart == 0 {
		return 0
	}
	i := 0
	for i < len(s) && charClass[s[i]]&nameRest != 0 {
		i++
	}
	for i < len(s) && s[i] >= utf8.RuneSelf {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !wideNameStart(r) && (i == 0 || !wideNameRest(r)) {
			break
		}
		i += n
		for i < len(s) && charClass[s[i]]&nameRest != 0 {
			i++
		}
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
