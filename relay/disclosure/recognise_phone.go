package disclosure

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// phone is a telephone number that is looked for by its last digits: in front of
// them a country, a trunk prefix and the way abroad are written or not.
type phone struct {
	name string // the canonical value
	area string // the digits before its last, without zeros
	last string
	wide string // the last two of them, in full width

	alone bool // there are no words in the name
}

// Digits of a telephone number: fewer name no line, and by so many it is known;
// behind so many a blank and a zero begin the next.
const minPhone, phoneTail, longPhone = 7, 8, 10

// maxPhones bounds how often a text is read for them; more a report may name to
// keep us busy.
const maxPhones = 16

// phonesOf reads a folded name that is nothing but telephone numbers, with words
// that say so and with extensions; none where it is anything else.
func phonesOf(name string) (list []phone) {
	var digits []byte
	number := func() {
		if len(digits) >= minPhone {
			list = append(list, newPhone(name, digits))
		}
		digits = digits[:0]
	}
	extension := false
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRuneInString(name[i:])
		d, isDigit := digitOf(r)
		switch {
		case isDigit && !extension:
			digits = append(digits, d)
		case isDigit:
		case unicode.IsLetter(r):
			n = strings.IndexFunc(name[i:]+" ", func(r rune) bool { return !unicode.IsLetter(r) })
			word := name[i : i+n]
			if !phoneWords[word] && !extensionWords[word] {
				return nil
			}
			number()
			extension = extensionWords[word]
		case strings.ContainsRune(",;/|、", r), r == '+', r == ' ' && len(digits) >= longPhone && strings.ContainsAny(name[i+1:i+2], "0("):
			if len(digits) >= minPhone || extension {
				number()
				extension = false
			}
		}
		i += n
	}
	number()
	return list
}

// phoneWords stand before a telephone number, extensionWords before what is
// dialled behind one.
var (
	phoneWords     = setOf("tel", "telephone", "phone", "fax", "mobile", "mob", "cell", "office", "home", "work", "direct", "main", "hotline", "or", "and", "電話", "携帯", "代表", "代", "直通")
	extensionWords = setOf("ext", "extn", "extension", "x", "内線")
)

func newPhone(name string, digits []byte) phone {
	n := len(digits)
	tail := max(0, n-phoneTail)
	p := phone{name: name, alone: strings.IndexFunc(name, unicode.IsLetter) < 0, area: strings.ReplaceAll(string(digits[:tail]), "0", ""), last: string(digits[tail:])}
	for _, d := range digits[n-2:] {
		p.wide += string('０' + rune(d-'0'))
	}
	return p
}

// digitOf is the digit that a character is, also in full width.
func digitOf(r rune) (byte, bool) {
	if r >= '０' && r <= '９' {
		r -= '０' - '0'
	}
	return byte(r), r >= '0' && r <= '9'
}

// find returns where the number stands in a text.
func (p *phone) find(text string) (out []Token) {
	for _, end := range [...]string{p.last[len(p.last)-2:], p.wide} {
		for at := 0; ; {
			n := strings.Index(text[at:], end)
			if n < 0 {
				break
			}
			at += n + len(end)
			if r, _ := utf8.DecodeRuneInString(text[at:]); isDigitRune(r) {
				at -= len(end) - len(end)/2 // 477: of 47 7 is the next
				continue
			}
			if start := p.start(text, at); start >= 0 {
				out = append(out, Token{start, at, ClassPerson, p.name})
			}
		}
	}
	slices.SortFunc(out, func(a, b Token) int { return a.Start - b.Start })
	return out
}

func isDigitRune(r rune) bool { _, ok := digitOf(r); return ok }

// maxDigits: 15 of the number (E.164), with what is written in front of it.
const maxDigits = 24

// start is where the number begins that ends at end, -1 where another does.
func (p *phone) start(text string, end int) int {
	i, ok := end, true
	for k := len(p.last) - 1; k >= 0; k-- {
		if i, ok = digitBefore(text, i, p.last[k]); !ok {
			return -1
		}
	}
	found := -1
	for k, left := len(p.area)-1, maxDigits; left > 0; left-- { // a line of zeros goes on without end
		if r, _ := utf8.DecodeLastRuneInString(text[:i]); !isDigitRune(r) {
			found = i // no digit goes on in front
		}
		before, ok := digitBefore(text, i, '0')
		if !ok && k >= 0 {
			before, ok = digitBefore(text, i, p.area[k])
			k--
		}
		if !ok {
			break
		}
		i = before
	}
	if found > 0 && (text[found-1] == '+' || text[found-1] == '(') {
		found--
	}
	return found
}

// digitBefore is where a digit stands that is the next before i, with no more
// than three of the signs of telephone numbers between.
func digitBefore(text string, i int, digit byte) (at int, ok bool) {
	for range 4 {
		r, n := utf8.DecodeLastRuneInString(text[:i])
		i -= n
		if d, ok := digitOf(r); ok {
			return i, d == digit
		}
		if n == 0 || !strings.ContainsRune(" \t-./()+_\u00a0\u2010\u2011\u2012\u2013\u2014\u2212\u3000ー・－（）．／＋", r) {
			break
		}
	}
	return i, false
}
