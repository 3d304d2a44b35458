package leak

import (
	"bytes"
	"html"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// decoderID names a decoder; the bits of view.used are these.
type decoderID uint8

const (
	decBase64 decoderID = iota
	decHex
	decQP
	decPercent
	decEntity
	decBackslash
	decWord   // RFC 2047
	decParam  // RFC 2231
	decJoin   // line ends and tags within a number
	decDefang // [:]
	decUTF7
	decISO2022JP
	decUTF16
	decUnicode // UTF-8, normalised
	decShiftJIS
	decEUCJP
	decLatin1
	decPacked
	decJunk // base64 with what does not belong there
	decQuote
)

var decoderName = [...]string{"base64", "hex", "qp", "percent", "entity", "backslash", "rfc2047", "rfc2231", "join",
	"defang", "utf-7", "iso-2022-jp", "utf-16", "unicode", "shift_jis", "euc-jp", "latin-1", "gzip", "base64", "quote"}

// escape is a decoder of something marked by a byte: at says whether b[i:]
// begins one, decode appends b without them.
type escape struct {
	trigger uint16
	mark    byte
	id      decoderID
	at      func(b []byte, i int) bool
	decode  func(dst, b []byte) []byte
}

var escapes = [...]escape{
	{trgEqual, '=', decQP, isQP, quotedPrintable},
	{trgEqual, '=', decWord, func(b []byte, i int) bool { return i+1 < len(b) && b[i+1] == '?' }, encodedWords},
	{trgPercent, '%', decPercent, isPercent, percent},
	{trgAmp, '&', decEntity, func(b []byte, i int) bool { return i+2 < len(b) && (b[i+1] == '#' || isLetter(b[i+1])) }, entities},
	{trgBackslash, '\\', decBackslash, func(b []byte, i int) bool { return i+1 < len(b) && b[i+1] > ' ' }, backslash},
	{trgPlus, '+', decUTF7, isUTF7, utf7},
	{trgStar, '*', decParam, isParam, params},
	{trgLine, '\n', decJoin, isJoint, join},
	{trgLess, '<', decJoin, isTagJoint, join},
	{trgBracket, ']', decJoin, isDataJoint, join},
	{trgBracket, '[', decDefang, func(b []byte, i int) bool { return i+2 < len(b) && (b[i+1] == ':' || b[i+1] == '/') }, defang},
	{trgEscape, 0x1b, decISO2022JP, func(b []byte, i int) bool { return i+2 < len(b) }, iso2022jp},
}

// unescape undoes each kind of escape of which the view has a trigger, only in
// the surroundings of the escapes: nothing else changes.
func (sc *scan) unescape(v *view, lo, hi int, triggers uint16) {
	if triggers&clsHigh != 0 && !v.folded {
		sc.charsets(v, lo, hi)
	}
	if triggers&clsCtl != 0 && !v.blob && mayBeUTF16(v.b[lo:hi]) {
		var o builder
		sc.utf16(v.b[lo:hi], lo, &o)
		sc.add(v, decUTF16, &o)
	}
	if sc.lex.hex.lines > 1 {
		// Lines of hex were met; an image may begin in one and end in the next.
		sc.lex.raw = builder{}
		sc.dumpLines(v.b[:hi], lo)
		sc.add(v, decHex, &sc.lex.raw)
	}
	for k := range escapes {
		if e := &escapes[k]; triggers&e.trigger != 0 {
			sc.windows(v, lo, hi, e)
		}
	}
}

// windows decodes the surroundings of the escapes of one kind.
func (sc *scan) windows(v *view, lo, hi int, e *escape) {
	reach := sc.reach
	if e.id == decJoin {
		reach = joinReach
	}
	var o builder
	b := v.b[:hi]
	start, end := -1, -1 // the window that grows
	for i := lo; i < hi; i++ {
		n := bytes.IndexByte(b[i:], e.mark)
		if n < 0 {
			break
		}
		i += n
		if !e.at(b, i) {
			continue
		}
		if i-reach > end && start >= 0 {
			e.window(&o, b, start, end)
			start = -1
		}
		if start < 0 {
			start = max(lo, i-reach, end)
		}
		end = min(hi, i+reach)
	}
	if start >= 0 {
		e.window(&o, b, start, end)
		if w := sc.add(v, e.id, &o); w != nil {
			w.blob = !v.folded && hasBytes(w.b)
		}
	}
}

// window decodes [start,end), unless that changes nothing.
func (e *escape) window(o *builder, b []byte, start, end int) {
	mark := len(o.b)
	o.begin(start)
	o.b = e.decode(o.b, b[start:end])
	if bytes.Equal(o.b[mark:], b[start:end]) {
		o.drop(mark)
		return
	}
	o.end()
}

// hasBytes says whether escapes hid bytes that are no text.
func hasBytes(b []byte) bool {
	for _, c := range b {
		if class[c]&(clsCtl|clsHigh) != 0 && c != sep {
			return true
		}
	}
	return false
}

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
	return softBreak(b, i+1) > 0
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

// quotedPrintable undoes RFC 2045 6.7; what is none stays.
func quotedPrintable(dst, b []byte) []byte {
	for i := 0; i < len(b); {
		n := bytes.IndexByte(b[i:], '=')
		if n < 0 {
			return append(dst, b[i:]...)
		}
		dst = append(dst, b[i:i+n]...)
		i += n
		if c, ok := hex2(b, i+1); ok {
			dst = append(dst, c)
			i += 3
		} else if end := softBreak(b, i+1); end > 0 {
			i = end
		} else {
			dst = append(dst, '=')
			i++
		}
	}
	return dst
}

func isPercent(b []byte, i int) bool {
	if i+1 < len(b) && b[i+1]|0x20 == 'u' {
		i++
	}
	_, ok := hex2(b, i+1)
	return ok
}

// percent undoes %41 and the %u0041 of old scripts.
func percent(dst, b []byte) []byte {
	for i := 0; i < len(b); {
		n := bytes.IndexByte(b[i:], '%')
		if n < 0 {
			return append(dst, b[i:]...)
		}
		dst = append(dst, b[i:i+n]...)
		i += n
		if c, ok := hex2(b, i+1); ok {
			dst = append(dst, c)
			i += 3
		} else if r, end := hexRune(b, i+2, 4, 4); end > 0 && b[i+1]|0x20 == 'u' {
			dst = utf8.AppendRune(dst, r)
			i = end
		} else {
			dst = append(dst, '%')
			i++
		}
	}
	return dst
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

func entities(dst, b []byte) []byte { return append(dst, html.UnescapeString(string(b))...) }

// backslash undoes the escapes of C, JSON, Python and regular expressions.
func backslash(dst, b []byte) []byte {
	for i := 0; i < len(b); {
		n := bytes.IndexByte(b[i:], '\\')
		if n < 0 || i+n+1 >= len(b) {
			return append(dst, b[i:]...)
		}
		dst = append(dst, b[i:i+n]...)
		i += n
		var r rune
		end := 0
		switch c := b[i+1]; {
		case c == 'x' || c == 'u' || c == 'U':
			if i+2 < len(b) && b[i+2] == '{' {
				if r, end = hexRune(b, i+3, 1, 8); end > 0 && end < len(b) && b[end] == '}' {
					end++
				}
			} else if c == 'x' {
				if r, end = hexRune(b, i+2, 2, 2); end > 0 {
					dst = append(dst, byte(r))
					i = end
					continue
				}
			} else if r, end = hexRune(b, i+2, 4, 4); c == 'U' {
				r, end = hexRune(b, i+2, 8, 8)
			} else if low, next := hexRune(b, end+2, 4, 4); end > 0 && utf16.IsSurrogate(r) && next > 0 && b[end] == '\\' {
				r, end = utf16.DecodeRune(r, low), next
			}
		case c >= '0' && c <= '7':
			k := i + 1
			for k < len(b) && k < i+4 && b[k] >= '0' && b[k] <= '7' {
				r = r<<3 | rune(b[k]-'0')
				k++
			}
			dst = append(dst, byte(r))
			i = k
			continue
		case c == 'n' || c == 'r' || c == 't' || c == 'b' || c == 'f' || c == 'v' || c == 'a' || c == 'e':
			dst = append(dst, ' ')
			i += 2
			continue
		}
		if end > 0 {
			dst = utf8.AppendRune(dst, r)
			i = end
			continue
		}
		dst = append(dst, b[i+1]) // \. of a regular expression, \\, \/
		i += 2
	}
	return dst
}

// joinReach is how far the notation of a number, address or MAC may go on
// around a line end or a tag.
const joinReach = 64

// joint says whether [i,j) stands in the middle of a number.
func joint(b []byte, i, j int) bool {
	if i == 0 || j >= len(b) || i == j {
		return false
	}
	l, r := i-1, j
	if !isNumeral(b[l]) || !isNumeral(b[r]) || !isDigit(b[l]) && !isDigit(b[r]) {
		return false
	}
	for ; l >= 0 && isAlnum(b[l]); l-- {
		if !isHex(b[l]) && i-l < 8 {
			return false
		}
	}
	for ; r < len(b) && isAlnum(b[r]); r++ {
		if !isHex(b[r]) {
			return false
		}
	}
	return true
}

func isNumeral(c byte) bool { return isHex(c) || c == '.' || c == ':' || c == '-' }

func isJoint(b []byte, i int) bool {
	if i > 0 && b[i-1] == '\r' {
		i--
	}
	return i > 0 && isNumeral(b[i-1]) && joint(b, i, skipSofts(b, i))
}

func isTagJoint(b []byte, i int) bool {
	return i > 0 && isNumeral(b[i-1]) && joint(b, i, skipSofts(b, i))
}

func isDataJoint(b []byte, i int) bool {
	return i+1 < len(b) && b[i+1] == ']' && joint(b, i, skipSofts(b, i))
}

func skipSofts(b []byte, i int) int {
	for n := 0; n < maxJunk; n++ {
		j := skipSoft(b, i)
		if j == i {
			break
		}
		i = j
	}
	return i
}

// join takes out line ends and tags, then leaves a blank for each.
func join(dst, b []byte) []byte {
	for _, blank := range []bool{false, true} {
		for i := 0; i < len(b); {
			if j := skipSofts(b, i); j > i && joint(b, i, j) {
				if blank {
					dst = append(dst, ' ')
				}
				i = j
				continue
			}
			dst = append(dst, b[i])
			i++
		}
		dst = append(dst, sep)
	}
	return dst
}

func defang(dst, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		if b[i] == '[' && i+2 < len(b) && b[i+2] == ']' || b[i] == ']' && i > 1 && b[i-2] == '[' {
			continue
		}
		dst = append(dst, b[i])
	}
	return dst
}

// isParam finds name*0*= and name*= of RFC 2231.
func isParam(b []byte, i int) bool {
	if i == 0 || !isAlnum(b[i-1]) || i+1 >= len(b) {
		return false
	}
	return isDigit(b[i+1]) || b[i+1] == '='
}

// params joins the continuations of each parameter, RFC 2231 section 3, and
// undoes their percent signs, section 4. The charset shows in the bytes.
func params(dst, b []byte) []byte {
	for i := 0; i < len(b); {
		n := bytes.IndexByte(b[i:], '*')
		if n < 0 {
			break
		}
		i += n + 1
		k := i
		for k < len(b) && (isDigit(b[k]) || b[k] == '*') {
			k++
		}
		if k == len(b) || b[k] != '=' {
			continue
		}
		section, _ := strconv.Atoi(string(bytes.Trim(b[i:k], "*")))
		if section == 0 {
			dst = append(dst, sep)
		}
		value := b[k+1:]
		if end := bytes.IndexAny(value, ";\r\n"); end >= 0 {
			value = value[:end]
		}
		i = k + 1 + len(value)
		value = bytes.Trim(value, " \t\"")
		if parts := bytes.SplitN(value, []byte("'"), 3); section == 0 && len(parts) == 3 {
			value = parts[2]
		}
		dst = percent(dst, value)
	}
	return dst
}
