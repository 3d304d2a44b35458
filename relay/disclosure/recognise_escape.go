package disclosure

import (
	"strings"
	"unicode/utf8"
)

// unescaped is a text without the escapes of URLs, %40 and %2540, and of
// programs, \x22 and \u0022, and where each of its bytes stands; at is nil where
// there are none. What they stand for parts or joins words, their digits do not.
func unescaped(text string) (plain string, at []int) {
	if strings.IndexByte(text, '%') < 0 && strings.IndexByte(text, '\\') < 0 {
		return text, nil
	}
	var out []byte
	for i, n := 0, 0; i < len(text); i += n {
		var c rune
		if c, n = escape(text[i:]); n > 0 && at == nil {
			out, at = append(make([]byte, 0, len(text)), text[:i]...), make([]int, i, len(text)+1)
			for k := range at {
				at[k] = k
			}
		}
		switch from := len(out); {
		case n == 0:
			if n = 1; at != nil {
				out, at = append(out, text[i]), append(at, i)
			}
		case text[i] == '%' || c < utf8.RuneSelf:
			out, at = append(out, byte(c)), append(at, i)
		default:
			out = utf8.AppendRune(out, c)
			for range len(out) - from {
				at = append(at, i)
			}
		}
	}
	if at == nil {
		return text, nil
	}
	return string(out), append(at, len(text))
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
	case len(s) < 3:
	case s[0] == '%' && hex(1, 3):
		for n = 3; c == '%' && n+2 <= len(s) && isHex(s[n]) && isHex(s[n+1]); n += 2 {
			hex(n, n+2)
		}
		return c, n
	case s[0] == '\\' && s[1] == 'x' && hex(2, 4):
		return c, 4
	case s[0] == '\\' && s[1] == 'u' && hex(2, 6):
		return c, 6
	}
	return 0, 0
}

// united are the values of a text as it stands and those of it unescaped. Where
// both see one, the second counts, with all that the first covers; but a URL has
// its escapes.
func united(found, plain []Token, at []int) []Token {
	for i := range plain {
		plain[i].Start, plain[i].End = at[plain[i].Start], at[plain[i].End]
	}
	out := make([]Token, 0, len(found)+len(plain))
	for _, t := range found {
		for len(plain) > 0 && plain[0].End <= t.Start {
			out, plain = append(out, plain[0]), plain[1:]
		}
		n := 0
		for n < len(plain) && plain[n].Start < t.End {
			n++
		}
		if n == 0 || t.Class == ClassURL && plain[n-1].End <= t.End {
			out, plain = append(out, t), plain[n:]
			continue
		}
		plain[0].Start, plain[n-1].End = min(plain[0].Start, t.Start), max(plain[n-1].End, t.End)
	}
	return append(out, plain...)
}
