package disclosure

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Names shorter than this are too common to look for: two letters of ASCII
// stand in every log.
const (
	minNameASCII = 3
	minNameWide  = 2 // characters of another script
)

// nameIndex finds names in text. They are sorted, so that each byte of the text
// narrows the range that can still match: the time per place is bounded by the
// longest name, whatever the text.
type nameIndex struct {
	class Class
	names []string          // folded, with their other spellings
	main  map[string]string // a name folded, a blank for its marks: the name
	of    map[string]string // another spelling: the name
	words *wordRules        // nil for names of persons and organisations
	first [256]bool         // folded first bytes
	bytes [256]uint32       // by byte of the text, a bit for each group of names: those that may begin with it, above go on with it, above not begin behind it
}

// add takes up a name and the other ways in which it is written.
func (x *nameIndex) add(name string) {
	n := foldName(name)
	loose := marksFolded(n)
	if !long(loose) {
		return
	}
	if x.main == nil {
		x.main = map[string]string{}
	}
	if _, ok := x.main[loose]; !ok {
		x.main[loose] = n
	}
	x.also(n, spellings(loose)...)
	for _, short := range [...]string{marksFolded(untitled(n)), withoutForm(loose)} {
		if short != loose && utf8.RuneCountInString(short) > minNameWide {
			x.also(n, short)
			x.also(n, spellings(short)...)
		}
	}
	x.also(n, companies(n)...)
}

// also takes up other spellings of a name.
func (x *nameIndex) also(name string, others ...string) {
	for _, other := range others {
		if !long(other) {
			continue
		}
		if x.of == nil {
			x.of = map[string]string{}
		}
		if _, ok := x.of[other]; !ok {
			x.of[other] = name
		}
	}
}

// long reports whether a name is not too common to look for.
func long(n string) bool {
	if characters := utf8.RuneCountInString(n); len(n) != characters {
		return characters >= minNameWide
	}
	return len(n) >= minNameASCII
}

// ready ends the adding. What is a name of somebody is nobody else's spelling.
func (x *nameIndex) ready() {
	if x.of == nil {
		x.of = map[string]string{}
	}
	for loose, n := range x.main {
		x.of[loose] = n
	}
	for spelled := range x.of {
		x.names = append(x.names, spelled)
	}
	slices.Sort(x.names)
	for _, n := range x.names {
		x.first[n[0]] = true
		x.group(n)
	}
	// What is not ASCII may fold to anything; but Han characters stand for
	// themselves, as does a stray byte.
	stray := slices.Contains(x.first[0x80:0xc0], true) // then one is looked for in no character
	for c := range x.bytes {
		switch han := c >= 0xe4 && c <= 0xe9; {
		case alnum(byte(c)):
			x.bytes[c] |= 0x7f<<16 | otherGroup<<8
		case c < 0x80:
			x.bytes[c] |= otherGroup << 8
		case (han && !stray || c < 0xc2) && !x.first[c]:
			x.bytes[c] = 0xff << 8
		default:
			x.bytes[c] = otherGroup | 0xff<<8
		}
	}
}

// knows reports whether a name is looked for.
func (x *nameIndex) knows(folded string) bool {
	_, ok := x.of[marksFolded(folded)]
	return ok
}

// group notes the first two bytes of a name, in either case; after the first any
// wide form may follow, and for a blank any.
func (x *nameIndex) group(n string) {
	bit := uint32(1) << (n[0] % 7)
	if !alnum(n[0]) {
		bit = otherGroup
	}
	x.bytes[n[0]] |= bit
	x.bytes[upper(n[0])] |= bit
	if len(n) == 1 {
		for c := range x.bytes {
			x.bytes[c] |= bit << 8
		}
		return
	}
	x.bytes[n[1]] |= bit << 8
	x.bytes[upper(n[1])] |= bit << 8
	if x.words != nil && (n[0] == '/' || n[1] == '/') {
		x.slashGroup(n, bit)
	}
	if n[1] == ' ' {
		for c := range byte(utf8.RuneSelf) {
			if !alnum(c) {
				x.bytes[c] |= bit << 8
			}
		}
	}
}

// otherGroup are the names that do not begin with a letter or digit of ASCII, and
// so may begin within a word.
const otherGroup = 0x80

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// find returns the names in text, the longest at each place.
func (x *nameIndex) find(text string) (out []Token) {
	if len(x.names) == 0 {
		return nil
	}
	var buf [16]byte
	kana := x.first[0xe3]
	for i := x.next(text, 0); i < len(text); i = x.next(text, i) {
		if !kana && text[i] == 0xe3 && i+2 < len(text) && text[i+1] >= 0x81 && text[i+1] <= 0x83 && !utf8.RuneStart(text[i+2]) {
			i += 3 // kana folds to kana
			continue
		}
		folded, n := x.fold(text, i, buf[:0])
		if len(folded) == 0 || !x.first[folded[0]] || alnum(folded[0]) && i > 0 && alnum(text[i-1]) {
			i += n
			continue
		}
		end, name := x.match(text, i)
		if end == 0 {
			i += n
			continue
		}
		out = append(out, Token{i, end, x.class, x.of[name]})
		i = end
	}
	return out
}

// next is the next place from i on at which a name may begin.
func (x *nameIndex) next(text string, i int) int {
	before, c := uint32(0), uint32(0)
	if i > 0 {
		before = x.bytes[text[i-1]]
	}
	if i < len(text) {
		c = x.bytes[text[i]]
	}
	rest := text[min(i+1, len(text)):]
	for k := range len(rest) {
		after := x.bytes[rest[k]]
		if c&(after>>8)&^(before>>16)&0xff != 0 {
			return i + k
		}
		before, c = c, after
	}
	if last := len(text) - 1; last >= i && (text[last] >= 0x80 || x.words != nil) && c&0xff != 0 {
		return last // the name of somebody in ASCII is longer
	}
	return len(text)
}

// maxApart bounds the signs that are skipped between two letters of a name.
const maxApart = 16

// match finds the longest name that begins at i. Between the letters of a name in
// another script blanks and marks may stand, as in formal letters; between two
// letters alone they would by chance.
func (x *nameIndex) match(text string, i int) (end int, name string) {
	var buf [16]byte
	lo, hi, depth := 0, len(x.names), 0
	apart, skipped := false, 0
	for i < len(text) && lo < hi {
		folded, n := x.fold(text, i, buf[:0])
		i += n
		from, to := lo, hi
		for k, c := range folded {
			from, to = narrow(x.names, from, to, depth+k, c)
		}
		if from == to && depth > 0 && x.names[lo][depth-1] >= utf8.RuneSelf && isMark(folded) && skipped < maxApart {
			apart, skipped = true, skipped+1
			continue
		}
		lo, hi, depth, skipped = from, to, depth+len(folded), 0
		if lo < hi && len(x.names[lo]) == depth && boundary(text, i, x.names[lo]) && !(apart && utf8.RuneCountInString(x.names[lo]) <= minNameWide) {
			end, name = i, x.names[lo]
		}
	}
	return end, name
}

// isMark reports whether a folded character is neither letter nor digit.
func isMark(folded []byte) bool {
	return len(folded) == 1 && folded[0] < utf8.RuneSelf && !alnum(folded[0]) || string(folded) == "・"
}

// narrow keeps the names that have c at that depth.
func narrow(names []string, lo, hi, depth int, c byte) (int, int) {
	from, _ := slices.BinarySearchFunc(names[lo:hi], c, func(n string, c byte) int {
		if depth >= len(n) || n[depth] < c {
			return -1
		}
		return 1
	})
	to, _ := slices.BinarySearchFunc(names[lo:hi], c, func(n string, c byte) int {
		if depth >= len(n) || n[depth] <= c {
			return -1
		}
		return 1
	})
	return lo + from, lo + to
}

// boundary asks for the end of a word after a name that ends in a letter or
// digit of ASCII; scripts without blanks have none.
func boundary(text string, i int, name string) bool {
	return i >= len(text) || !alnum(name[len(name)-1]) || !alnum(text[i])
}

// foldAt is what the character at i folds to, appended to buf, and how many
// bytes of text it takes. A run of blanks and line ends is one blank.
func foldAt(text string, i int, buf []byte) ([]byte, int) {
	c := text[i]
	if c < 0x80 {
		if c > ' ' {
			return append(buf, lower(c)), 1
		}
		return append(buf, ' '), blanks(text, i)
	}
	r, n := utf8.DecodeRuneInString(text[i:])
	switch {
	case r == utf8.RuneError && n <= 1:
		return append(buf, c), 1
	case r == 0x3000 || r == 0xa0:
		return append(buf, ' '), blanks(text, i)
	case r >= 0xff01 && r <= 0xff5e:
		return append(buf, lower(byte(r-0xff01+'!'))), n
	case r >= 0x4e00 && r <= 0x9fff:
		return append(buf, text[i:i+n]...), n
	case r >= 0xff66 && r <= 0xff9d:
		r = halfKana[r-0xff66]
		fallthrough
	case r >= 0x3041 && r <= 0x30fe && r != 0x3099 && r != 0x309a && r != 0x309b && r != 0x309c && r != 0x309f:
		r = katakana(r)
		m, k := utf8.DecodeRuneInString(text[i+n:])
		if v, ok := voiced(r, m); ok {
			r, n = v, n+k
		}
		return utf8.AppendRune(buf, r), n
	case r >= 0x200b && r <= 0x200d, r == 0x2060, r == 0xfeff, r == 0x00ad:
		return buf, n
	}
	folded := strings.ToLower(norm.NFKC.String(text[i : i+n]))
	return append(buf, strings.Map(katakana, folded)...), n
}

// halfKana are the full-width kana of U+FF66 to U+FF9D.
var halfKana = [...]rune{'ヲ', 'ァ', 'ィ', 'ゥ', 'ェ', 'ォ', 'ャ', 'ュ', 'ョ', 'ッ', 'ー',
	'ア', 'イ', 'ウ', 'エ', 'オ', 'カ', 'キ', 'ク', 'ケ', 'コ', 'サ', 'シ', 'ス', 'セ', 'ソ',
	'タ', 'チ', 'ツ', 'テ', 'ト', 'ナ', 'ニ', 'ヌ', 'ネ', 'ノ', 'ハ', 'ヒ', 'フ', 'ヘ', 'ホ',
	'マ', 'ミ', 'ム', 'メ', 'モ', 'ヤ', 'ユ', 'ヨ', 'ラ', 'リ', 'ル', 'レ', 'ロ', 'ワ', 'ン'}

// voiced joins a katakana and the mark of voicing after it, in either width.
func voiced(r, mark rune) (rune, bool) {
	half := mark == 0xff9f || mark == 0x309a
	if !half && mark != 0xff9e && mark != 0x3099 {
		return r, false
	}
	switch {
	case r >= 'ハ' && r <= 'ホ' && (r-'ハ')%3 == 0:
		if half {
			return r + 2, true
		}
		return r + 1, true
	case half:
		return r, false
	case r == 'ウ':
		return 'ヴ', true
	case r >= 'ワ' && r <= 'ヲ':
		return r + 8, true
	case r >= 'カ' && r <= 'ヂ' && (r-'カ')%2 == 0, r == 'ツ', r == 'テ', r == 'ト':
		return r + 1, true
	}
	return r, false
}

func katakana(r rune) rune {
	if r >= 0x3041 && r <= 0x3096 {
		return r + 0x60
	}
	return r
}

// blanks is the length of the run of blanks at i.
func blanks(text string, i int) int {
	from := i
	for i < len(text) {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r > ' ' && !unicode.IsSpace(r) {
			break
		}
		i += n
	}
	return max(1, i-from)
}
