package leak

// A byte has one class of text and may have one trigger: the byte whose
// absence from a view means that a decoder has nothing to do there.
const (
	clsDigit  = 1 << iota
	clsHex    // a-f
	clsLetter // g-z
	clsHigh   // 0x80 and above
	clsCtl    // C0 other than tab, line end and escape
	clsBase64 // + / - _, between letters and digits
	trgEqual
	trgWord
	trgPercent
	trgAmp
	trgBackslash
	trgEscape
	trgPlus
	trgStar
	trgBracket
	trgData
	trgLess
	trgLine
	trgColon
	clsLine // line ends

	clsAlnum = clsDigit | clsHex | clsLetter
	trgAt    = trgEqual | trgWord | trgPercent | trgAmp | trgBackslash | trgPlus | trgStar | trgBracket | trgData | trgLess | trgLine | trgColon
)

var class = func() (t [256]uint32) {
	for c := range t {
		switch {
		case c >= '0' && c <= '9':
			t[c] = clsDigit
		case c|0x20 >= 'a' && c|0x20 <= 'f' && c < 0x80:
			t[c] = clsHex
		case c|0x20 >= 'g' && c|0x20 <= 'z' && c < 0x80:
			t[c] = clsLetter
		case c >= 0x80:
			t[c] = clsHigh
		case c < 0x20 && c != '\t' && c != '\r' && c != '\n' && c != 0x1b || c == 0x7f:
			t[c] = clsCtl
		}
	}
	for c, trigger := range map[byte]uint32{
		'=': trgEqual | trgWord, '%': trgPercent, '&': trgAmp, '\\': trgBackslash, 0x1b: trgEscape,
		'+': trgPlus | clsBase64, '/': clsBase64, '-': clsBase64, '_': clsBase64,
		'*': trgStar, '[': trgBracket, ']': trgData, '<': trgLess, '\n': trgLine | clsLine, ':': trgColon, '\r': clsLine,
	} {
		t[c] |= trigger
	}
	return t
}()

// base64Value is the six bits of a symbol of either alphabet, 0xff for others.
var base64Value = func() (t [256]byte) {
	for c := range t {
		t[c] = 0xff
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = byte(i)
	}
	t['-'], t['_'] = 62, 63
	return t
}()

// stdValue is the six bits of a symbol of the alphabet of MIME.
var stdValue = func() (t [256]byte) {
	t = base64Value
	t['-'], t['_'] = 0xff, 0xff
	return t
}()

// What letterOf says of bytes that are neither letters nor digits.
const (
	letterSoft = 36 + iota // may split a word without being seen
	letterNone
)

// letterOf is the number of a letter of either case or of a digit.
var letterOf = func() (t [256]uint8) {
	for c := range t {
		switch b := lower(byte(c)); {
		case b >= 'a' && b <= 'z':
			t[c] = b - 'a'
		case b >= '0' && b <= '9':
			t[c] = b - '0' + 26
		case isSoft(b):
			t[c] = letterSoft
		default:
			t[c] = letterNone
		}
	}
	return t
}()

var hexValue = func() (t [256]byte) {
	for c := range t {
		switch {
		case c >= '0' && c <= '9':
			t[c] = byte(c - '0')
		case c >= 'a' && c <= 'f':
			t[c] = byte(c-'a') + 10
		case c >= 'A' && c <= 'F':
			t[c] = byte(c-'A') + 10
		default:
			t[c] = 0xff
		}
	}
	return t
}()

func isAlnum(c byte) bool { return class[c]&clsAlnum != 0 }
func isDigit(c byte) bool { return class[c]&clsDigit != 0 }
func isHex(c byte) bool   { return class[c]&(clsDigit|clsHex) != 0 }
func isLetter(c byte) bool {
	return class[c]&(clsHex|clsLetter) != 0
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 0x20
	}
	return c
}
