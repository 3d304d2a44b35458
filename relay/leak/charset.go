package leak

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
)

// charsets normalises the surroundings of bytes outside ASCII: as UTF-8 and,
// where it is none, as each of the charsets that it may be.
func (sc *scan) charsets(v *view, lo, hi int) {
	var utf, sjis, euc, latin builder
	b := v.b[:hi]
	for i := lo; i < hi; {
		for i < hi && b[i] < utf8.RuneSelf {
			i++
		}
		if i == hi {
			break
		}
		start := max(lo, i-sc.reach)
		last := i
		for ; i < hi && i-last <= 2*sc.reach; i++ {
			if b[i] >= utf8.RuneSelf {
				last = i
			}
		}
		end := min(hi, last+1+sc.reach)
		i = end
		window := b[start:end]
		piece(&utf, start, window)
		if digits := kanjiDigits(window); digits != nil {
			piece(&utf, start, digits)
		}
		if !utf8.Valid(window) {
			piece(&sjis, start, decodeWith(japanese.ShiftJIS, window))
			piece(&euc, start, decodeWith(japanese.EUCJP, window))
			piece(&latin, start, decodeWith(charmap.Windows1252, window))
		}
	}
	for _, c := range []struct {
		id decoderID
		o  *builder
	}{{decUnicode, &utf}, {decShiftJIS, &sjis}, {decEUCJP, &euc}, {decLatin1, &latin}} {
		if w := sc.add(v, c.id, c.o); w != nil {
			w.folded = true
		}
	}
}

func piece(o *builder, src int, text []byte) {
	o.begin(src)
	o.b = fold(o.b, text)
	o.end()
}

func decodeWith(e encoding.Encoding, b []byte) []byte {
	out, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return nil
	}
	return out
}

// iso2022jp decodes line by line: RFC 1468 wants each to end in ASCII.
func iso2022jp(dst, b []byte) []byte {
	kana := []byte("\x1b(I")
	for _, line := range bytes.SplitAfter(b, []byte("\n")) {
		for {
			before, rest, ok := bytes.Cut(line, kana)
			dst = append(dst, decodeWith(japanese.ISO2022JP, before)...)
			if !ok {
				break
			}
			// Half-width kana, with what else stands there: the decoder wants
			// them without a blank.
			k := 0
			for ; k < len(rest) && rest[k] != 0x1b; k++ {
				if c := rest[k]; c > 0x20 && c < 0x60 {
					dst = utf8.AppendRune(dst, 0xff61+rune(c-0x21))
				} else {
					dst = append(dst, c)
				}
			}
			line = rest[k:]
		}
	}
	return dst
}

// isUTF7 finds +, three or more symbols, and text in them.
func isUTF7(b []byte, i int) bool {
	_, end := utf7Run(b, i)
	return end > 0
}

// utf7Run finds the first shifted run of RFC 2152 in a row of symbols of which
// b[i] is the first +; end is 0 if there is none, or if b[i] is another. A row
// is read as often as it has places for its last unit, not once for each +.
func utf7Run(b []byte, i int) (start, end int) {
	for k := i - 1; k >= 0 && isShifted(b[k]); k-- {
		if b[k] == '+' {
			return 0, 0
		}
	}
	for end = i + 1; end < len(b) && isShifted(b[end]); end++ {
	}
	start = end
	for _, n := range [3]int{0, 3, 6} { // symbols of the last of the groups of three units
		low, ok := false, true
		for p, q := end-n, end; p > i; p, q = p-8, p {
			if low, ok = shiftedUnits(b[p:q], low); !ok {
				break
			}
			if b[p-1] == '+' && !low && p <= end-3 {
				start = min(start, p-1)
			}
		}
	}
	if start == end {
		return 0, 0
	}
	return start, end
}

// shiftedUnits reads up to eight symbols from the last to the first; low says
// whether what follows them, and then what they are, begins with a low surrogate.
func shiftedUnits(symbols []byte, low bool) (bool, bool) {
	var w uint64
	for _, c := range symbols {
		w = w<<6 | uint64(stdValue[c])
	}
	n := 6 * len(symbols)
	for w >>= n % 16; n >= 16; n, w = n-16, w>>16 {
		unit := w & 0xffff
		if high := unit>>10 == 0xd800>>10; high != low || unit == utf8.RuneError {
			return false, false
		}
		low = unit>>10 == 0xdc00>>10
	}
	return low, true
}

func isShifted(c byte) bool { return stdValue[c] < 64 }

func utf7(o *builder, b []byte) {
	for i := 0; i < len(b); {
		n := bytes.IndexByte(b[i:], '+')
		if n < 0 {
			o.b = append(o.b, b[i:]...)
			return
		}
		start, end := utf7Run(b, i+n)
		if end == 0 {
			o.b = append(o.b, b[i:i+n+1]...)
			i += n + 1
			continue
		}
		o.b = append(o.b, b[i:start]...)
		o.segs = append(o.segs, seg{len(o.b), start})
		raw, _ := base64.RawStdEncoding.DecodeString(string(b[start+1 : end]))
		o.b = append(o.b, decode16(raw[:len(raw)&^1], 1, 0)...)
		if i = end; i < len(b) && b[i] == '-' {
			i++
		}
	}
}

// decode16 decodes UTF-16; low is which byte of two has the low bits.
func decode16(b []byte, low, from int) string {
	units := make([]uint16, 0, len(b)/2)
	for i := from; i+1 < len(b); i += 2 {
		units = append(units, uint16(b[i+low])|uint16(b[i+1-low])<<8)
	}
	return string(utf16.Decode(units))
}

// mayBeUTF16 looks for what UTF-16 of Latin or Japanese text shows: zeros, the
// high byte of kana, or a mark of byte order.
func mayBeUTF16(d []byte) bool {
	if len(d) < 8 {
		return false
	}
	if d[0] == 0xff && d[1] == 0xfe || d[0] == 0xfe && d[1] == 0xff {
		return true
	}
	zeros, kana := bytes.Count(d, []byte{0}), bytes.Count(d, []byte{0x30})
	return zeros >= 4 || kana >= 3 && kana*6 >= len(d)
}

// minUTF16 is the shortest row of letters taken for UTF-16 in a blob.
const minUTF16 = 5

// utf16 appends the texts of a blob in either byte order, from the first byte
// or the second.
func (sc *scan) utf16(d []byte, src int, o *builder) {
	for from := 0; from < 2; from++ {
		for low := 0; low < 2; low++ {
			start := from
			for i := from; ; i += 2 {
				if i+1 < len(d) && isUnit(d[i+low], d[i+1-low]) {
					continue
				}
				if n := i - start; n >= 2*solidText || n >= 2*minUTF16 && (n+1 >= len(d) || zeros16(d[start:i], low)) {
					o.begin(src)
					o.b = append(o.b, decode16(d[start:i], low, 0)...)
					o.end()
				} else if n >= 2*minUTF16 {
					piece(&sc.lex.bit, src, []byte(decode16(d[start:i], low, 0)))
				}
				start = i + 2
				if i+1 >= len(d) {
					break
				}
			}
		}
	}
}

// allUTF16 reads the UTF-16 in [lo,hi).
func (sc *scan) allUTF16(v *view, lo, hi int) {
	var o builder
	sc.lex.bit = builder{leaf: true}
	sc.utf16(v.b[lo:hi], lo, &o)
	sc.add(v, decUTF16, &o)
	sc.addScraps(v)
}

// zeros16 says whether the high bytes are all zero.
func zeros16(d []byte, low int) bool {
	for i := 1 - low; i < len(d); i += 2 {
		if d[i] != 0 {
			return false
		}
	}
	return true
}

// isUnit says whether a unit is of Latin, Arabic or Japanese text.
func isUnit(low, high byte) bool {
	switch {
	case high == 0:
		return low >= 0x20 && low != 0x7f || low == '\t' || low == '\r' || low == '\n'
	case high == 0x20:
		return low < 0x70 // marks; the digits behind them would change a number
	case high == 0x06, high == 0x30, high == 0xff, high >= 0x4e && high <= 0x9f:
		return true
	}
	return false
}

// encodedWords undoes RFC 2047. The bytes of neighbours are joined, since a
// letter may be split between them.
func encodedWords(dst, b []byte) []byte {
	var joined []byte
	charset := ""
	flush := func() {
		dst = appendCharset(dst, charset, joined)
		joined = joined[:0]
	}
	for i := 0; i < len(b); {
		n := bytes.Index(b[i:], []byte("=?"))
		if n < 0 {
			n = len(b) - i
		}
		if between := b[i : i+n]; len(bytes.TrimSpace(between)) > 0 || len(joined) == 0 {
			flush()
			dst = append(dst, between...)
		}
		i += n
		if i == len(b) {
			break
		}
		name, text, end := encodedWord(b, i)
		if end == 0 {
			flush()
			dst = append(dst, '=')
			i++
			continue
		}
		if name != charset {
			flush()
		}
		charset, joined = name, append(joined, text...)
		i = end
	}
	flush()
	return dst
}

// encodedWord reads =?charset?B?text?= at i; end is 0 if it is none.
func encodedWord(b []byte, i int) (charset string, text []byte, end int) {
	fields := bytes.SplitN(b[i+2:], []byte("?"), 4)
	if len(fields) < 4 || len(fields[1]) != 1 || len(fields[0]) > 64 || len(fields[3]) == 0 || fields[3][0] != '=' {
		return "", nil, 0
	}
	charset, _, _ = strings.Cut(strings.ToLower(string(fields[0])), "*")
	switch lower(fields[1][0]) {
	case 'q':
		text = quotedPrintable(bytes.ReplaceAll(fields[2], []byte("_"), []byte(" ")))
	case 'b':
		text = tolerant64(fields[2])
	default:
		return "", nil, 0
	}
	return charset, text, i + 2 + len(fields[0]) + 1 + len(fields[1]) + 1 + len(fields[2]) + 2
}

// tolerant64 decodes base64 and skips what does not belong there, as RFC 2045
// 6.8 wants of a reader. Padding ends a body; behind it another may be joined.
func tolerant64(b []byte) []byte {
	var sc scan
	var out []byte
	for _, c := range b {
		if x := base64Value[c]; x < 64 {
			sc.sym = append(sc.sym, x)
		} else if c == '=' {
			out = append(out, sc.decode64(sc.sym)...)
			sc.sym = sc.sym[:0]
		}
	}
	return append(out, sc.decode64(sc.sym)...)
}
