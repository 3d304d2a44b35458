package leak

import (
	"bytes"
	"html"
	"unicode/utf16"
	"unicode/utf8"
)

func hex2(b []byte, i int) (byte, bool) {
	if i+1 >= len(b) {
		return 0, false
	}
	x, y := hexValue[b[i]], hexValue[b[i+1]]
	return x<<4 | y, x|y < 16
}

func isQP(b []byte, i int) bool {
	if _, ok := hex2(b, i+1); ok {
		return true
	}
	end := softBreak(b, i+1)
	// At the end of base64 an = stands before a blank line or a boundary.
	return end > 0 && end+1 < len(b) && b[end] != '\r' && b[end] != '\n' && !(b[end] == '-' && b[end+1] == '-')
}

// softBreak returns the end of blanks and a line end at i, or 0.
func softBreak(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	if i < len(b) && b[i] == '\n' {
		return i + 1
	}
	return 0
}

// each appends b, with what decode makes of b at every mark; decode returns
// where it goes on, or 0 if nothing stands there.
func each(o *builder, b []byte, mark byte, decode func(dst, b []byte, i int) ([]byte, int)) {
	if o.b == nil {
		o.b = make([]byte, 0, len(b))
	}
	for i := 0; i < len(b); {
		n := bytes.IndexByte(b[i:], mark)
		if n < 0 {
			o.b = append(o.b, b[i:]...)
			return
		}
		o.b = append(o.b, b[i:i+n]...)
		i += n
		at := len(o.b)
		if dst, end := decode(o.b, b, i); end > 0 {
			o.segs = append(o.segs, seg{at, i})
			o.b, i = dst, end
		} else {
			o.b = append(o.b, mark)
			i++
		}
	}
}

func quotedPrintables(o *builder, b []byte) { each(o, b, '=', quoted1) }

// quotedPrintable undoes RFC 2045 6.7; what is none stays.
func quotedPrintable(b []byte) []byte {
	var o builder
	quotedPrintables(&o, b)
	return o.b
}

func quoted1(dst, b []byte, i int) ([]byte, int) {
	if c, ok := hex2(b, i+1); ok {
		return append(dst, c), i + 3
	}
	return dst, softBreak(b, i+1)
}

func isPercent(b []byte, i int) bool {
	if i+1 < len(b) && b[i+1]|0x20 == 'u' {
		i++
	}
	_, ok := hex2(b, i+1)
	return ok
}

func percents(o *builder, b []byte) { each(o, b, '%', percent1) }

func percent(b []byte) []byte {
	var o builder
	percents(&o, b)
	return o.b
}

// percent1 undoes %41 and the %u0041 of old scripts.
func percent1(dst, b []byte, i int) ([]byte, int) {
	if c, ok := hex2(b, i+1); ok {
		return append(dst, c), i + 3
	}
	if i+1 < len(b) && b[i+1]|0x20 == 'u' {
		if r, end := hexRune(b, i+2, 4, 4); end > 0 {
			return utf8.AppendRune(dst, r), end
		}
	}
	return dst, 0
}

// hexRune reads min to max hex digits at i as a code point; end is 0 if there
// are fewer.
func hexRune(b []byte, i, least, most int) (r rune, end int) {
	k := i
	for k < len(b) && k < i+most && isHex(b[k]) {
		r = r<<4 | rune(hexValue[b[k]])
		k++
	}
	if k-i < least {
		return 0, 0
	}
	return r, k
}

// maxEntity is the longest name of an entity that is looked for.
const maxEntity = 32

func isEntity(b []byte, i int) bool {
	_, end := entity1(nil, b, i)
	return end > 0
}

func entities(o *builder, b []byte) { each(o, b, '&', entity1) }

// entity1 undoes &#50; &#x32; and the names of HTML, without ; too.
func entity1(dst, b []byte, i int) ([]byte, int) {
	if i+2 >= len(b) || b[i+1] != '#' && !isLetter(b[i+1]) {
		return dst, 0
	}
	end := i + 2
	for end < len(b) && end < i+maxEntity && isAlnum(b[end]) {
		end++
	}
	if end < len(b) && b[end] == ';' {
		end++
	}
	text := string(b[i:end])
	if out := html.UnescapeString(text); out != text {
		return append(dst, out...), end
	}
	return dst, 0
}

func isBackslash(b []byte, i int) bool {
	_, end := backslash1(nil, b, i)
	return end > 0
}

func backslashes(o *builder, b []byte) { each(o, b, '\\', backslash1) }

// backslash1 undoes an escape of C, JSON, Python or regular expressions.
func backslash1(dst, b []byte, i int) ([]byte, int) {
	if i+1 >= len(b) {
		return dst, 0
	}
	switch c := b[i+1]; {
	case c == 'x' || c == 'u' || c == 'U':
		if i+2 < len(b) && b[i+2] == '{' {
			r, end := hexRune(b, i+3, 1, 8)
			if end > 0 && end < len(b) && b[end] == '}' {
				return utf8.AppendRune(dst, r), end + 1
			}
			return dst, 0
		}
		if c == 'x' {
			x, ok := hex2(b, i+2)
			if !ok {
				return dst, 0
			}
			return append(dst, x), i + 4
		}
		n := 4
		if c == 'U' {
			n = 8
		}
		r, end := hexRune(b, i+2, n, n)
		if end == 0 {
			return dst, 0
		}
		if low, next := hexRune(b, end+2, 4, 4); utf16.IsSurrogate(r) && next > 0 && b[end] == '\\' {
			r, end = utf16.DecodeRune(r, low), next
		}
		return utf8.AppendRune(dst, r), end
	case c >= '0' && c <= '7':
		x, k := 0, i+1
		for ; k < len(b) && k < i+4 && b[k] >= '0' && b[k] <= '7'; k++ {
			x = x<<3 | int(b[k]-'0')
		}
		return append(dst, byte(x)), k
	case bytes.IndexByte([]byte("nrtbfvae"), c) >= 0:
		return append(dst, ' '), i + 2
	case c > ' ' && !isAlnum(c) && c < utf8.RuneSelf:
		return append(dst, c), i + 2 // \. of a regular expression, \\, \/
	}
	return dst, 0
}
