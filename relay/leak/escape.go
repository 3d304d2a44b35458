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
	decBits // scraps of text in bytes
)

var decoderName = [...]string{"base64", "hex", "qp", "percent", "entity", "backslash", "rfc2047", "rfc2231", "join",
	"defang", "utf-7", "iso-2022-jp", "utf-16", "unicode", "shift_jis", "euc-jp", "latin-1", "gzip", "base64", "bits"}

// escape is a decoder of something marked by a byte: at says whether b[i:]
// begins one. decode appends b without them and begins a piece at each.
type escape struct {
	trigger uint16
	mark    byte
	id      decoderID
	at      func(b []byte, i int) bool
	decode  func(o *builder, b []byte)
}

// escapes that leave the rest of the text as it is. They are undone one after
// the other, each on what the one before left, and all of them again as long
// as something changes. An order is enough: what one of them undoes is no part
// of what another needs, unless they are nested, and then a later round comes
// to it. Quoted-printable is last, since "=20" stands in many URLs.
var escapes = [...]escape{
	{trgPercent, '%', decPercent, isPercent, percents},
	{trgAmp, '&', decEntity, isEntity, entities},
	{trgBackslash, '\\', decBackslash, isBackslash, backslashes},
	{trgPlus, '+', decUTF7, isUTF7, utf7},
	{trgEqual, '=', decQP, isQP, quotedPrintables},
}

// besides are read beside the text, not in its place: they take it apart.
var besides = [...]escape{
	{trgEqual, '=', decWord, func(b []byte, i int) bool { return i+1 < len(b) && b[i+1] == '?' }, whole(encodedWords)},
	{trgStar, '*', decParam, isParam, whole(params)},
	{trgLine, '\n', decJoin, isJoint, whole(join)},
	{trgLess, '<', decJoin, isTagJoint, whole(join)},
	{trgBracket, ']', decJoin, isDataJoint, whole(join)},
	{trgBracket, '[', decDefang, func(b []byte, i int) bool { return i+2 < len(b) && (b[i+1] == ':' || b[i+1] == '/') }, whole(defang)},
	{trgEscape, 0x1b, decISO2022JP, func(b []byte, i int) bool { return i+2 < len(b) }, whole(iso2022jp)},
}

func whole(decode func(dst, b []byte) []byte) func(*builder, []byte) {
	return func(o *builder, b []byte) { o.b = decode(o.b, b) }
}

// unescape undoes the escapes of [lo,hi) and returns the text without any. Of
// each text on the way only the surroundings of what changed are read.
func (sc *scan) unescape(v *view, lo, hi int, triggers uint16) *view {
	text := v.b[lo:hi]
	base := lo
	for round := v.level; ; round++ {
		changed := false
		for k := range escapes {
			e := &escapes[k]
			if triggers&e.trigger == 0 || !e.found(text) {
				continue
			}
			o := builder{segs: []seg{{}}}
			e.decode(&o, text)
			for k := range o.segs {
				o.segs[k].src += base
			}
			w := &view{b: o.b, parent: v, name: decoderName[e.id], segs: o.segs, used: v.used, level: round, folded: v.folded, exact: true}
			if sc.spent += len(w.b) + viewCost; sc.spent > maxBytes {
				sc.fail(ErrBudget)
				return v
			}
			sc.changes(w)
			v, text, base, changed = w, w.b, 0, true
			triggers = ^uint16(0)
		}
		if !changed {
			return v
		}
		if round == maxLevel {
			sc.fail(ErrDepth)
			return v
		}
	}
}

// found says whether the text holds one of the escapes.
func (e *escape) found(b []byte) bool {
	for i := 0; ; i++ {
		n := bytes.IndexByte(b[i:], e.mark)
		if n < 0 {
			return false
		}
		if i += n; e.at(b, i) {
			return true
		}
	}
}

// changes reads the surroundings of the pieces of a view.
func (sc *scan) changes(v *view) {
	start, end := -1, -1
	for k := 1; ; k++ { // the first piece is the text before any change
		last := k == len(v.segs)
		if start >= 0 && (last || v.segs[k].out-sc.reach > end) {
			sc.changed(v, start, end)
			start = -1
		}
		if last {
			return
		}
		if start < 0 {
			start = max(0, end, v.segs[k].out-sc.reach)
		}
		end = min(len(v.b), v.segs[k].out+sc.reach)
	}
}

func (sc *scan) changed(v *view, lo, hi int) {
	if hasBytes(v.b[lo:hi]) {
		sc.images4(v, v.b[lo:hi], lo, false)
	}
	for lo < hi {
		triggers, end, next := sc.tokens(v, lo, hi)
		if v.folded && triggers&clsHigh != 0 {
			sc.highTexts(v, lo, end)
		}
		lo = next
	}
}

// beside reads what else the text may be.
func (sc *scan) beside(v *view, lo, hi int, triggers uint16) {
	if triggers&clsHigh != 0 && !v.folded {
		sc.charsets(v, lo, hi)
	}
	if triggers&clsCtl != 0 && !v.blob && mayBeUTF16(v.b[lo:hi]) {
		sc.allUTF16(v, lo, hi)
	}
	if sc.lex.hex.lines > 1 {
		// Lines of hex were met; an image may begin in one and end in the next.
		sc.lex.v, sc.lex.b = v, v.b[:hi]
		sc.lex.hex.lines = 0
		sc.lex.raw, sc.lex.bit = builder{}, builder{leaf: true}
		sc.dumpLines(v, v.b[:hi], lo)
		sc.add(v, decHex, &sc.lex.raw)
		sc.addScraps(v)
	}
	for k := range besides {
		if e := &besides[k]; triggers&e.trigger != 0 {
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
		o.leaf = e.id == decJoin
		sc.add(v, e.id, &o)
	}
}

// window decodes [start,end), unless that changes nothing.
func (e *escape) window(o *builder, b []byte, start, end int) {
	mark := len(o.b)
	o.begin(start)
	e.decode(o, b[start:end])
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
		dst = append(dst, percent(value)...)
	}
	return dst
}
