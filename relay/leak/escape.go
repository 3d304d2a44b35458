package leak

import (
	"bytes"
	"slices"
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
	trigger uint32
	mark    byte
	id      decoderID
	at      func(b []byte, i int) bool
	decode  func(o *builder, b []byte)
}

// escapes that leave the rest of the text as it is. They are undone one after
// the other, each on what the one before left, and all of them again as long
// as something changes. An order is enough: what one of them undoes is no part
// of what another needs, unless they are nested, and then a later round comes
// to it. But what only looks like one would eat the digits of a nested value, as
// quoted-printable does with the =20 of "=203%252E0": before it is undone, what
// is left of those before it is undone beside. Quoted-printable is last, since
// "=20" stands in many URLs.
var escapes = [...]escape{
	{trgPercent, '%', decPercent, isPercent, percents},
	{trgAmp, '&', decEntity, isEntity, entities},
	{trgBackslash, '\\', decBackslash, isBackslash, backslashes},
	{trgPlus, '+', decUTF7, isUTF7, utf7},
	{trgEqual, '=', decQP, isQP, quotedPrintables},
}

// besides are read beside the text, not in its place: they take it apart.
var besides = [...]escape{
	{trgWord, '=', decWord, isWord, whole(encodedWords)},
	{trgStar, '*', decParam, isParam, whole(params)},
	{trgLine, '\n', decJoin, isJoint, whole(join)},
	{trgLine, '\n', decJoin, isFlowed, whole(unflow)},
	{trgLess, '<', decJoin, isTagJoint, whole(join)},
	{trgData, ']', decJoin, isDataJoint, whole(join)},
	{trgBracket, '[', decDefang, isDefanged, whole(defang)},
	{trgColon, ':', decDefang, isColonJoint, whole(colonJoin)},
	{trgEscape, 0x1b, decISO2022JP, func(b []byte, i int) bool { return i+2 < len(b) }, whole(iso2022jp)},
}

func whole(decode func(dst, b []byte) []byte) func(*builder, []byte) {
	return func(o *builder, b []byte) { o.b = decode(o.b, b) }
}

// triggerAt says which escapes really begin at a byte that may begin some:
// where none does, nothing need be looked for again.
func triggerAt(b []byte, i int, flags uint32) uint32 {
	keep := func(trigger uint32, at func([]byte, int) bool) {
		if !at(b, i) {
			flags &^= trigger
		}
	}
	switch b[i] {
	case '\n':
		keep(trgLine, func(b []byte, i int) bool { return isJoint(b, i) || isFlowed(b, i) })
	case '<':
		keep(trgLess, isTagJoint)
	case ':':
		keep(trgColon, isColonJoint)
	case '[':
		keep(trgBracket, isDefanged)
	case ']':
		keep(trgData, isDataJoint)
	case '=':
		keep(trgEqual, isQP)
		keep(trgWord, isWord)
	case '%':
		keep(trgPercent, isPercent)
	case '&':
		keep(trgAmp, isEntity)
	case '\\':
		keep(trgBackslash, isBackslash)
	case '+':
		keep(trgPlus, isUTF7)
	case '*':
		keep(trgStar, isParam)
	}
	return flags
}

func isWord(b []byte, i int) bool { return i+1 < len(b) && b[i+1] == '?' }

func isDefanged(b []byte, i int) bool { return i+2 < len(b) && (b[i+1] == ':' || b[i+1] == '/') }

// unescape undoes the escapes of [lo,hi) and returns the text without any. Of
// each text on the way only the surroundings of what changed are read.
func (sc *scan) unescape(v *view, lo, hi int, triggers uint32) *view {
	text := v.b[lo:hi]
	base := lo
	for round := v.level; ; round++ {
		changed := false
		for k := range escapes {
			e := &escapes[k]
			if triggers&e.trigger == 0 || !e.found(text) {
				continue
			}
			if changed {
				sc.nested(v, escapes[:k])
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
			triggers = ^uint32(0)
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

// nested reads beside a text, of which some were undone, what is left of them.
func (sc *scan) nested(v *view, escapes []escape) {
	for k := range escapes {
		if e := &escapes[k]; e.found(v.b) {
			sc.windows(v, 0, len(v.b), e)
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
		sc.images4(v, latin1(v.b[lo:hi]), lo, true)
		sc.quoted4(v, lo, hi)
	}
	for lo < hi {
		triggers, end, next := sc.tokens(v, lo, hi)
		if v.folded && triggers&clsHigh != 0 {
			sc.highTexts(v, lo, end)
		}
		lo = next
	}
}

// latin1 writes the letters below U+0100 as bytes, which is what \u00cb may be.
func latin1(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r >= utf8.RuneSelf && r < 0x100 {
			out = append(out, byte(r))
		} else {
			out = append(out, b[:n]...)
		}
		b = b[n:]
	}
	return out
}

// quoted4 reads four bytes in quotes as the address that they are.
func (sc *scan) quoted4(v *view, lo, hi int) {
	for i := lo; i+5 < hi; i++ {
		if c := v.b[i]; (c == '\'' || c == '"') && v.b[i+5] == c && hasBytes(v.b[i+1:i+5]) {
			sc.images4(v, v.b[i+1:i+5], i+1, true)
		}
	}
}

// beside reads what else the text may be.
func (sc *scan) beside(v *view, lo, hi int, triggers uint32) {
	if triggers&clsHigh != 0 && !v.folded {
		sc.charsets(v, lo, hi)
	}
	if triggers&clsCtl != 0 && !v.blob && mayBeUTF16(v.b[lo:hi]) {
		sc.allUTF16(v, lo, hi)
	}
	if sc.lex.hex.long {
		// A row of hex was met; an image may begin in it and end in the next.
		sc.lex.v, sc.lex.b = v, v.b[:hi]
		sc.lex.hex.long = false
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
	o.b = slices.Grow(o.b, 2*(end-start)+2)
	first := len(o.segs)
	e.decode(o, b[start:end])
	for k := range o.segs[first:] {
		o.segs[first+k].src += start
	}
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
