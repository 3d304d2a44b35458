package disclosure

import (
	"strings"
	"unicode/utf8"
)

// defangs are the usual ways to break an address so that nobody clicks on it.
var defangs = [...]struct{ from, to string }{
	{"[.]", "."}, {"(.)", "."}, {"{.}", "."}, {"[dot]", "."}, {"(dot)", "."}, {"{dot}", "."},
	{"[:]", ":"}, {"(:)", ":"}, {"[://]", "://"}, {"[@]", "@"}, {"(@)", "@"}, {"[at]", "@"}, {"(at)", "@"}, {"{at}", "@"},
}

// defanged is the defanged sign at the start of s, as it stands there, or empty.
func defanged(s string) string {
	if len(s) < 3 || s[0] != '[' && s[0] != '(' && s[0] != '{' {
		return ""
	}
	switch lower(s[1]) {
	case '.', ':', '@', 'd', 'a':
	default:
		return ""
	}
	for i := range defangs {
		if f := defangs[i].from; len(s) >= len(f) && strings.EqualFold(s[:len(f)], f) {
			return s[:len(f)]
		}
	}
	return ""
}

func refanged(s string) string {
	for i := range defangs {
		if strings.EqualFold(s, defangs[i].from) {
			return defangs[i].to
		}
	}
	return s
}

// wide reads a full-width form or an ideographic full stop at the start of s as
// the ASCII sign it means, and an invisible sign as 0; n is its length, 0 where
// there is none.
func wide(s string) (c byte, n int) {
	if len(s) < 2 || !beginsWide(s[0], s[1]) {
		return 0, 0
	}
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r >= 0xff01 && r <= 0xff5e:
		if c := byte(r - 0xff01 + '!'); kinds[c] == kindWord || c == '/' {
			return c, n
		}
	case r == '。', r == '｡':
		// A Japanese sentence ends so too; only between digits or letters it is a dot.
		if len(s) > n && (alnum(s[n]) || s[n] == 0xef) {
			return '.', n
		}
	case r >= 0x200b && r <= 0x200d, r == 0x2060, r == 0xfeff, r == 0x00ad:
		return 0, n
	}
	return 0, 0
}

// beginsWide reports whether wide may read what begins with two bytes: kana, of
// which a Japanese text is full, it does not.
func beginsWide(a, b byte) bool {
	switch a {
	case 0xc2:
		return b == 0xad
	case 0xe2:
		return b == 0x80 || b == 0x81
	case 0xe3:
		return b == 0x80
	case 0xef:
		return b >= 0xbb && b <= 0xbd
	}
	return false
}

// folded is the word without defanging, full-width forms and invisible signs.
func (s *scanner) folded(i, j int) run {
	if s.asItStands(i, j) {
		return run{s: s.text[i:j], base: i, folded: true}
	}
	fold, at := make([]byte, 0, j-i), make([]int, 0, j-i+1)
	put := func(c byte, pos int) {
		fold, at = append(fold, c), append(at, pos)
	}
	for k := i; k < j; {
		if d := defanged(s.text[k:j]); d != "" {
			for x := range len(refanged(d)) {
				put(refanged(d)[x], k)
			}
			k += len(d)
			continue
		}
		if s.text[k] >= 0x80 {
			if c, n := wide(s.text[k:j]); n > 0 {
				if c != 0 {
					put(c, k)
				}
				k += n
				continue
			}
		}
		put(s.text[k], k)
		k++
	}
	w := string(fold)
	if len(w) >= 4 && strings.EqualFold(w[:4], "hxxp") {
		w = "http" + w[4:]
	}
	return run{s: w, base: i, at: append(at, j), folded: true}
}

// asItStands reports whether there is nothing to fold.
func (s *scanner) asItStands(i, j int) bool {
	if j-i >= 4 && strings.EqualFold(s.text[i:i+4], "hxxp") {
		return false
	}
	for k := i; k < j; k++ {
		if shapes[s.text[k]] == aSign {
			return false
		}
	}
	return true
}
