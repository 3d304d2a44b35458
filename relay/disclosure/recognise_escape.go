package disclosure

import (
	"strings"
	"unicode/utf8"
)

// plainText is a text without what programs write in place of signs, and where
// each of its bytes stands: the escapes of URLs, %40 and %2540, and of programs,
// \x22, \u0022 and \n; the lengths and marks of the labels of names, as DNS
// servers and directories log them; encoded words of mail. What an escape stands
// for parts or joins words, its digits do not.
type plainText struct {
	text string
	out  []byte
	at   []int // where what each byte comes from begins; nil where there is none of all that
}

// unescaped is a text so; at is nil where it is its own plain text.
func unescaped(text string) (plain string, at []int) {
	p := plainText{text: text}
	marks := p.marks()
	if marks == "" {
		return text, nil
	}
	var undone [256]bool
	for i := range len(marks) {
		undone[marks[i]] = true
	}
	for i := 0; i < len(text); {
		n := 0
		for i+n < len(text) && !undone[text[i+n]] {
			n++
		}
		p.keep(i, n)
		if i += n; i < len(text) {
			if n = p.undo(i); n == 0 {
				p.keep(i, 1)
				n = 1
			}
			i += n
		}
	}
	if p.at == nil {
		return text, nil
	}
	return string(p.out), append(p.at, len(text))
}

// marks are the bytes at which something may be undone in the text.
func (p *plainText) marks() (marks string) {
	has := func(s string) bool { return strings.Contains(p.text, s) }
	if has("%") {
		marks += "%"
	}
	if has(`\`) {
		marks += `\`
	}
	if has("(0)") {
		marks += "("
	}
	if has("=") {
		if has("=?") {
			marks += "="
		}
		if has("dc=") || has("DC=") {
			marks += ","
		}
	}
	return marks
}

// keep takes n bytes as they stand.
func (p *plainText) keep(from, n int) {
	if p.at == nil {
		return // so are all before
	}
	p.out = append(p.out, p.text[from:from+n]...)
	for k := range n {
		p.at = append(p.at, from+k)
	}
}

// put takes a text in place of what begins at from.
func (p *plainText) put(from int, s ...byte) {
	if p.at == nil {
		p.out, p.at = append(make([]byte, 0, len(p.text)), p.text[:from]...), make([]int, from, len(p.text)+1)
		for k := range p.at {
			p.at[k] = k
		}
	}
	p.out = append(p.out, s...)
	for range s {
		p.at = append(p.at, from)
	}
}

// undo undoes what begins at i, n bytes long; nothing where n is 0.
func (p *plainText) undo(i int) (n int) {
	s := p.text[i:]
	switch s[0] {
	case '(':
		if n = labelLength(p.text, i); n > 0 {
			p.put(i, '.')
		}
	case ',':
		if n = nextDC(p.text, i); n > 0 {
			p.put(i, '.')
		}
	case '=':
		var word string
		if word, n = encodedWord(s); n > 0 {
			p.put(i, []byte(word)...)
		}
	default:
		var c rune
		switch c, n = escape(s); {
		case n == 0:
		case s[0] == '%' || c < utf8.RuneSelf:
			p.put(i, byte(c))
		default:
			p.put(i, utf8.AppendRune(nil, c)...)
		}
	}
	return n
}

// escape reads the escape at the start of s; n is its length, 0 if there is none.
func escape(s string) (c rune, n int) {
	hex := func(from, to int) bool {
		c = 0
		for i := from; i < to; i++ {
			if i >= len(s) || !isHex(s[i]) {
				return false
			}
			c = c<<4 | rune(hexValues[s[i]])
		}
		return true
	}
	switch {
	case len(s) < 2:
	case s[0] == '%' && hex(1, 3):
		for n = 3; c == '%' && n+2 <= len(s) && isHex(s[n]) && isHex(s[n+1]); n += 2 {
			hex(n, n+2)
		}
		return c, n
	case s[0] != '\\':
	case s[1] == 'x' && hex(2, 4):
		return c, 4
	case s[1] == 'u' && hex(2, 6):
		return c, 6
	case isBlankEscape(s[1]):
		return ' ', 2
	}
	return 0, 0
}

// isBlankEscape reports whether a backslash and a letter stand for the end of a
// line or another control character.
func isBlankEscape(c byte) bool { return strings.IndexByte("nrtbfvae", c) >= 0 }

// united are the values of a text as it stands and those of it unescaped. Where
// both see one, the second counts, with all that the first covers; but a URL has
// its escapes, and what begins with a letter behind a backslash may well do so.
func united(text string, found, plain []Token, at []int) []Token {
	plain = inText(plain, at)
	out := make([]Token, 0, len(found)+len(plain))
	for _, t := range found {
		for len(plain) > 0 && plain[0].End <= t.Start {
			out, plain = append(out, plain[0]), plain[1:]
		}
		n := 0
		for n < len(plain) && plain[n].Start < t.End {
			n++
		}
		whole := n == 1 && plain[0].Class == t.Class && plain[0].Start == t.Start+1 && plain[0].End == t.End && t.Start > 0 && text[t.Start-1] == '\\'
		if n == 0 || whole || t.Class == ClassURL && plain[n-1].End <= t.End {
			out, plain = append(out, t), plain[n:]
			continue
		}
		plain[0].Start, plain[n-1].End = min(plain[0].Start, t.Start), max(plain[n-1].End, t.End)
	}
	return append(out, plain...)
}

// inText puts the values of a plain text where they stand in the text itself. One
// that takes up a part of an encoded word takes up all of it.
func inText(plain []Token, at []int) []Token {
	out := plain[:0]
	for _, t := range plain {
		end := t.End
		for end < len(at)-1 && at[end] == at[end-1] {
			end++
		}
		t.Start, t.End = at[t.Start], at[end]
		if n := len(out); n == 0 || t.Start >= out[n-1].End {
			out = append(out, t)
		}
	}
	return out
}
