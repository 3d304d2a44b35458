package disclosure

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Caps of a URL. Beyond the first nobody's server has a name and a login, and a
// text of a thousand schemes without a host would be read a thousand times; the
// second is longer than any server accepts.
const (
	maxAuthority = 320
	maxURL       = 64 << 10
)

// url reads a URL whose scheme ends before j, where two slashes stand, and says
// where to go on; 0 if there is none. Its login is an account. Its query and
// fragment, and a path with a mail address in it, may speak of anybody (case
// 140): they are no part of the value, but read on like other text. So is the path
// behind a login, where the whole does not stand in one piece once that is gone.
func (s *scanner) url(i, j int) int {
	path := j + 2
	for path < len(s.text) && path < j+maxAuthority && !endsAuthority(s.text[path]) {
		n := inURL(s.text[path:])
		if r, size := utf8.DecodeRuneInString(s.text[path:]); n == 0 && size > 1 && spaced(r) {
			n = size // müller.example is a host
		}
		if n == 0 {
			break
		}
		path += n
	}
	behind := trailing + ")]}"
	if strings.IndexByte(s.text[j:path], '[') >= 0 {
		behind = trailing + ")}" // an address of IPv6 ends with the bracket
	}
	if head := s.folded(i, path); !hasHost(strings.TrimRight(head.s, behind)) {
		return 0
	}
	end, rest := s.endOfURL(j, path)
	w := s.folded(i, end)
	from := schemeAt(w.s)
	value, ok := canonicalURL(w.s[max(from, 0):])
	if from < 0 || !ok {
		return 0
	}
	s.run(w.sub(0, from))
	if strings.IndexByte(w.s, '@') >= 0 {
		login := from + strings.Index(w.s[from:], "://") + len("://")
		if at := strings.LastIndexByte(w.s[login:login+authority(w.s[login:])], '@'); at >= 0 {
			if at > 0 {
				s.emit(w, login, login+at, ClassAccount, w.s[login:login+at]+"@"+urlHost(value))
			}
			from, value = login+at+1, BareURL(value)
		}
	}
	s.emit(w, from, len(w.s), ClassURL, value)
	if rest.end > 0 {
		rest.url = value
		s.rests = append(s.rests, rest)
	}
	return end
}

// urlRest is what follows a URL and belongs to it: of the values in it each has
// its own say, what is between them shares the URL's.
type urlRest struct {
	start, end int
	url        string
}

// endOfURL is where the value of a URL ends whose path begins there, and what
// follows it. In the rest of another there is neither path nor rest, so that a
// text of nothing but URLs is read once.
func (s *scanner) endOfURL(j, path int) (end int, rest urlRest) {
	if n := len(s.rests); n > 0 && path < s.rests[n-1].end {
		return path, urlRest{}
	}
	text := s.text[:min(len(s.text), j+maxURL)]
	n := 0
	for end = path; end < len(text); end += n {
		if c := text[end]; c == '?' || c == '#' {
			break
		}
		if n = inURL(text[end:]); n == 0 {
			break
		}
	}
	stop := end
	for stop < len(text) {
		if n = inURL(text[stop:]); n == 0 {
			break
		}
		stop += n
	}
	if strings.IndexByte(text[j:end], '@') >= 0 || namesMailbox(text[path:end]) {
		end = path
	}
	// Sentence punctuation is not the URL's; nor is a bracket that it does not open.
	round, square := strings.IndexByte(s.text[j:stop], '(') >= 0, strings.IndexByte(s.text[j:stop], '[') >= 0
	for stop > j {
		c := s.text[stop-1]
		if strings.IndexByte(trailing, c) < 0 && (c != ')' || round) && (c != ']' || square) && c != '}' {
			break
		}
		stop--
	}
	if stop <= end {
		return stop, urlRest{}
	}
	return end, urlRest{start: end, end: stop}
}

// withRests puts what is between the values in the rests of URLs among them: it
// is the URL's with that text behind it, so that it goes where the URL goes, and
// not where it spells what may not be told.
func (s *scanner) withRests(found []Token) []Token {
	out := make([]Token, 0, len(found)+2*len(s.rests))
	for _, r := range s.rests {
		at := r.start
		gap := func(end int) {
			if at < end {
				mark := "?"
				if c := s.text[at]; endsAuthority(c) {
					mark = ""
				}
				out = append(out, Token{at, end, ClassURL, r.url + mark + s.text[at:end]})
			}
		}
		for len(found) > 0 && found[0].Start < r.end {
			t := found[0]
			if t.End > r.start {
				gap(min(t.Start, r.end))
				at = t.End
			}
			out, found = append(out, t), found[1:]
		}
		gap(r.end)
	}
	return append(out, found...)
}

const trailing = ".,;:!?'*"

// schemeAt is where the scheme before the first :// begins, -1 where there is none.
func schemeAt(w string) int {
	k := strings.Index(w, "://")
	from := k
	for from > 0 && (alnum(w[from-1]) || w[from-1] == '+' || w[from-1] == '-') {
		from--
	}
	if k <= 0 || from == k || k-from > 16 {
		return -1
	}
	return from
}

func hasHost(w string) bool {
	from := schemeAt(w)
	if from < 0 {
		return false
	}
	_, ok := canonicalURL(w[from:])
	return ok
}

// inURL is the length of the sign at the start of a text if a URL may go on with
// it, else 0. Outside ASCII those may that mean one of ASCII, or are invisible.
func inURL(text string) int {
	switch c := text[0]; {
	case c < utf8.RuneSelf && !endsURL[c]:
		return 1
	case c == 0xc2, c == 0xe2, c == 0xef:
		_, n := wide(text)
		return n
	}
	return 0
}

// endsURL are the signs of ASCII that no URL has in a text.
var endsURL = func() (t [utf8.RuneSelf]bool) {
	for c := range t {
		t[c] = c <= ' ' || c == 0x7f
	}
	for _, c := range []byte("\"<>`|\\") {
		t[c] = true
	}
	return t
}()

// namesMailbox reports whether a mail address stands in the path of a URL, as it
// is or in the escapes of URLs, in wide signs or as people write it who want
// nobody to click on it. The name of an account (/@name) or of a package with its
// version (/name@1.2.3/) is none.
func namesMailbox(path string) bool {
	if !strings.ContainsAny(path, "@%\\([{") && isASCII(path) {
		return false
	}
	for range 3 { // %25%34%30 too
		path, _ = unescaped(path)
	}
	if !isASCII(path) {
		path = norm.NFKC.String(path)
	}
	for i := range path {
		if path[i] != '@' && refanged(defanged(path[i:])) != "@" || i == 0 || path[i-1] == '/' {
			continue
		}
		behind, _, _ := strings.Cut(path[i+1:], "/")
		if version := strings.Trim(behind, "0123456789.") == "" && behind != "" && strings.Count(behind, ".") < 3; !version {
			return true
		}
	}
	return false
}

func endsAuthority(c byte) bool { return c == '/' || c == '?' || c == '#' }

// authority is the length of the authority at the start of what stands behind a scheme.
func authority(rest string) int {
	for i := range len(rest) {
		if endsAuthority(rest[i]) {
			return i
		}
	}
	return len(rest)
}

// prefixAfter reads "/24" after an address that ends at end, for bits at most max.
func (s *scanner) prefixAfter(end, max int) (bits, next int) {
	if end >= len(s.text) || s.text[end] != '/' {
		return -1, end
	}
	i, n := end+1, 0
	for i < len(s.text) && i < end+4 && isDigit(s.text[i]) {
		n = n*10 + int(s.text[i]-'0')
		i++
	}
	if i == end+1 || n > max || i < len(s.text) && (alnum(s.text[i]) || s.text[i] == '/' || s.text[i] == '.' && i+1 < len(s.text) && isDigit(s.text[i+1])) {
		return -1, end
	}
	return n, i
}

// plainAddress is address for one that may stand as it is written.
func (s *scanner) plainAddress(w run, i, j int, a [4]byte, canonical bool) {
	end := w.pos(j)
	if !canonical || end < len(s.text) && s.text[end] == '/' {
		s.address(w, i, j, netip.AddrFrom4(a))
		return
	}
	s.emit(w, i, j, ClassAddress, w.s[i:j])
}

// address emits an address, or the prefix that it is with the length after it.
func (s *scanner) address(w run, i, j int, a netip.Addr) {
	start, end := w.pos(i), w.pos(j)
	if bits, next := s.prefixAfter(end, a.BitLen()); bits >= 0 && bits < a.BitLen() {
		if p := netip.PrefixFrom(a, bits); p.Masked() == p {
			if n := len(s.out); n == 0 || start >= s.out[n-1].End {
				s.out = append(s.out, Token{start, next, ClassPrefix, p.String()})
			}
			return
		}
	}
	s.emit(w, i, j, ClassAddress, addrText(a, w.s[i:j]))
}
