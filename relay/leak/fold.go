package leak

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold appends the normal form of UTF-8 text: NFKC, lower case, hiragana as
// katakana, digits of every script as ASCII, every full stop as a full stop,
// letters that look like Latin ones as those; what shows nothing is dropped.
// Values and messages go through the same fold, so it may be coarse.
func fold(dst, src []byte) []byte {
	for _, r := range string(norm.NFKC.Bytes(src)) {
		switch {
		case r < utf8.RuneSelf:
			dst = append(dst, lower(byte(r)))
		case r == 0x85 || r == 0x2028 || r == 0x2029:
			dst = append(dst, '\n')
		case ignorable(r):
		case r == 'ß' || r == 'ẞ':
			dst = append(dst, "ss"...)
		case r == 'ー' && len(dst) > 0 && isDigit(dst[len(dst)-1]):
			dst = append(dst, '-') // in telephone numbers
		default:
			dst = utf8.AppendRune(dst, foldRune(r))
		}
	}
	return dst
}

func foldString(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf || s[i] >= 'A' && s[i] <= 'Z' {
			return string(fold(make([]byte, 0, len(s)), []byte(s)))
		}
	}
	return s
}

func foldRune(r rune) rune {
	switch {
	case r >= 0x3041 && r <= 0x3096, r == 0x309d, r == 0x309e:
		return r + 0x60
	case r >= 0x30a1 && r <= 0x30fa, r >= 0x4e00 && r <= 0x9fff && r != '点' && r != '會':
		return r
	}
	if r >= 0xc0 && r < 0x250 || r >= 0x1e00 && r < 0x1f00 {
		if base := norm.NFD.PropertiesString(string(r)).Decomposition(); len(base) > 0 && base[0] < utf8.RuneSelf {
			return rune(lower(base[0])) // without its accent
		}
	}
	for _, one := range circledOnes {
		if r >= one && r < one+9 {
			return '1' + r - one
		}
	}
	if unicode.Is(unicode.Nd, r) {
		return '0' + digitOf(r)
	}
	if to, ok := lookalike[unicode.ToLower(r)]; ok {
		return to
	}
	return unicode.ToLower(r)
}

// circledOnes begin the rows of circled digits that NFKC leaves as they are.
var circledOnes = [...]rune{'⓵', '❶', '➀', '➊'}

// digitOf relies on the decimal digits of a script standing in one row,
// which Unicode promises of Nd.
func digitOf(r rune) rune {
	for _, row := range unicode.Nd.R16 {
		if r >= rune(row.Lo) && r <= rune(row.Hi) {
			return (r - rune(row.Lo)) % 10
		}
	}
	for _, row := range unicode.Nd.R32 {
		if r >= rune(row.Lo) && r <= rune(row.Hi) {
			return (r - rune(row.Lo)) % 10
		}
	}
	return 0
}

// ignorable runes show nothing: the default-ignorables of Unicode and the
// marks that NFKC could not join to a letter.
func ignorable(r rune) bool {
	switch {
	case r == 0xad, r == 0x34f, r == 0x61c, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5,
		r >= 0x180b && r <= 0x180f, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e,
		r >= 0x2060 && r <= 0x206f, r == 0x3164, r >= 0xfe00 && r <= 0xfe0f, r == 0xfeff,
		r == 0xffa0, r >= 0xfff0 && r <= 0xfff8, r >= 0xe0000 && r <= 0xe0fff:
		return true
	}
	return r >= 0x300 && r <= 0x36f || r >= 0x20d0 && r <= 0x20ff
}

// lookalike has what is read as a full stop, hyphen, colon or Latin letter.
var lookalike = map[rune]rune{
	'。': '.', '．': '.', '｡': '.', '·': '.', '•': '.', '∙': '.', '⋅': '.', '・': '.', '‧': '.', '․': '.',
	'۔': '.', '܁': '.', '܂': '.', '।': '.', 'ꓸ': '.', '꘎': '.', '𐩐': '.', '˙': '.', '⸱': '.', '⸳': '.',
	'٫': '.', '点': '.', '、': ',', '‐': '-', '‑': '-', '‒': '-', '–': '-', '—': '-', '―': '-', '−': '-', '﹣': '-', '⁃': '-',
	'〜': '~', '’': '\'', '‘': '\'', 'ʼ': '\'', '“': '"', '”': '"', '☆': '@', '★': '@', '◎': '@', '⓿': '0', '會': '会',
	'∶': ':', '꞉': ':', '︓': ':', '։': ':', '∕': '/', '⁄': '/', '⧸': '/',
	'а': 'a', 'в': 'b', 'с': 'c', 'ԁ': 'd', 'е': 'e', 'һ': 'h', 'і': 'i', 'ј': 'j', 'к': 'k', 'ӏ': 'l',
	'м': 'm', 'н': 'h', 'о': 'o', 'р': 'p', 'ԛ': 'q', 'ѕ': 's', 'т': 't', 'у': 'y', 'ѵ': 'v', 'ԝ': 'w', 'х': 'x',
	'α': 'a', 'ε': 'e', 'ι': 'i', 'κ': 'k', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'τ': 't', 'υ': 'u', 'χ': 'x', 'ı': 'i',
}

// kanjiDigits writes the digits of kanji as ASCII where several stand together
// or one beside a number; nil where there are none. It is read beside the text:
// they are parts of names too.
func kanjiDigits(text []byte) []byte {
	var out []byte
	from, last := 0, false
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		digit := strings.IndexRune(kanjiRow, r)
		if digit >= 0 && r != utf8.RuneError {
			next, _ := utf8.DecodeRune(text[i+n:])
			if last || numeric(next) {
				out = append(append(out, text[from:i]...), byte('0'+digit/len("〇")))
				from = i + n
			}
		}
		last = numeric(r)
		i += n
	}
	if from == 0 {
		return nil
	}
	return append(out, text[from:]...)
}

const kanjiRow = "〇一二三四五六七八九"

func numeric(r rune) bool {
	return r == '.' || r >= '0' && r <= '9' || r != utf8.RuneError && strings.ContainsRune(kanjiRow, r)
}
