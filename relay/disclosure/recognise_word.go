package disclosure

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// run looks for values in one word: mail addresses first, then what stands
// between the signs that join no other value.
func (s *scanner) run(w run) {
	for {
		at := strings.IndexByte(w.s, '@')
		if at < 0 {
			break
		}
		end := at + 1
		for end < len(w.s) && (alnum(w.s[end]) || w.s[end] == '.' || w.s[end] == '-') {
			end++
		}
		domain := mailDomainIn(w.s[at+1 : end])
		from := strings.LastIndexByte(w.s[:at], ':') + 1
		for from < at && (w.s[from] == '.' || w.s[from] == '-') {
			from++
		}
		stop := at + 1 + len(domain)
		if from < at && at-from <= 64 && (s.rewritten(w, from, at) || s.login(w, from, at)) {
			w = w.sub(at+1, len(w.s))
			continue
		}
		if from < at && at-from <= 64 && mailDomain(domain) {
			if mail, ok := Canonical(ClassEmail, w.s[from:stop]); ok {
				s.segments(w.sub(0, from))
				s.emit(w, from, stop, ClassEmail, mail)
				w = w.sub(stop, len(w.s))
				continue
			}
		}
		s.segments(w.sub(0, at))
		w = w.sub(at+1, len(w.s))
	}
	s.segments(w)
}

// mailDomainIn is as much of a word as may be the domain of a mail address: in
// Japanese a number may follow it with but a full stop between.
func mailDomainIn(word string) string {
	d := strings.TrimRight(word, ".-")
	if len(d) > 253 {
		return d
	}
	for rest := d; rest != ""; {
		if mailDomain(rest) {
			return rest
		}
		rest = strings.TrimRight(rest[:max(0, strings.LastIndexByte(rest, '.'))], ".-")
	}
	return d
}

// mailDomain asks less than a name in prose: an @ before it is a sign by itself.
func mailDomain(d string) bool {
	dot := strings.LastIndexByte(d, '.')
	return dot > 0 && len(d)-dot > 2 && len(d) <= 253 && !strings.Contains(d, "..") && !isDigit(d[len(d)-1])
}

// segments splits at signs that end a value, but for the zone of an address. A
// slash within a word was a wide one.
func (s *scanner) segments(w run) {
	from := 0
	for i := 0; i <= len(w.s); i++ {
		if i < len(w.s) && w.s[i] != '%' && w.s[i] != '+' && w.s[i] != '/' {
			continue
		}
		s.colons(w.sub(from, i))
		from = i + 1
	}
}

// colons tries MAC and IPv6 on a segment with colons, then its pieces.
func (s *scanner) colons(w run) {
	if !s.r.known.inColons(w.s) {
		s.pieces(w)
		return
	}
	done := 0 // what is before was emitted
	for at := 0; at < len(w.s); at++ {
		n := strings.IndexByte(w.s[at:], ':')
		if n < 0 {
			break
		}
		// The address may follow a word and a colon, as in src:2001:db8::1.
		from, colon := at, at+n
		at = colon
		x := s.sixAt(w.s, from, colon)
		if x.end == 0 && colon-from > 4 && isHex(w.s[colon-4]) {
			from = colon - 4 // or a word without one: x2001:db8::1
			x = s.sixAt(w.s, from, colon)
		}
		if x.end == 0 {
			continue
		}
		s.pieces(w.sub(done, from))
		switch {
		case x.mac != "":
			s.emit(w, from, x.end, ClassMAC, x.mac)
		case x.net.IsValid():
			s.prefix(w, from, x.end, x.net)
		default:
			s.address(w, from, x.end, x.addr)
		}
		done, at = x.end, x.end-1
	}
	s.pieces(w.sub(done, len(w.s)))
}

// looks6 asks for more than colons: a digit, or enough groups that no program's
// name::of::a::thing has.
func looks6(v string) bool {
	return strings.ContainsAny(v, "0123456789") && len(v) > 2 || strings.Count(v, ":") >= 4
}

func (s *scanner) pieces(w run) {
	from := 0
	for i := 0; i <= len(w.s); i++ {
		if i < len(w.s) && w.s[i] != ':' {
			continue
		}
		if i > from {
			s.piece(w.sub(from, i))
		}
		from = i + 1
	}
}

// piece reads one run of letters, digits, dots, dashes and underscores.
func (s *scanner) piece(w run) {
	i, j := 0, len(w.s)
	for i < j && (w.s[i] == '.' || w.s[i] == '-' || w.s[i] == '_') {
		i++
	}
	for j > i && (w.s[j-1] == '.' || w.s[j-1] == '-' || w.s[j-1] == '_') {
		j--
	}
	if i == j {
		return
	}
	v := w.s[i:j]
	if isDigit(v[0]) && isDigit(v[len(v)-1]) && !s.r.known.numbers {
		if a, n, plain := quad(v); n == len(v) {
			s.plainAddress(w, i, j, a, plain)
			return
		}
	}
	dot := strings.IndexByte(v, '.') >= 0
	if !dot && i == 0 && len(v) < 7 {
		return
	}
	switch {
	case isHash(v):
		s.emit(w, i, j, ClassHash, strings.ToLower(v))
		return
	case len(v) == 17 && isMAC(v, '-'), len(v) == 14 && isMAC(v, '.'):
		m, _ := parseMAC(v)
		s.emit(w, i, j, ClassMAC, m)
		return
	case dot && s.isName(v, w.pos(i)) && (strings.IndexByte(v, '_') < 0 || s.r.known.has(v) || !s.glued(w, v, i)):
		s.emit(w, i, j, ClassHostname, strings.ToLower(v))
		return
	case dot && s.glued(w, v, i):
		return
	}
	if i > 0 && w.s[0] == '.' && s.idn(w, i, j) {
		return
	}
	if !isDigit(v[0]) && !isDigit(v[len(v)-1]) && !strings.ContainsAny(v, "0123456789") || len(v) < 7 {
		return
	}
	s.dotted(w, v, i)
}

// quad reads four decimal groups at the start of v, as most addresses are; n is
// their length, 0 where there are none. plain says that no group has a leading zero.
func quad(v string) (a [4]byte, n int, plain bool) {
	plain = true
	for k := range a {
		from, cur := n, uint(0)
		for ; n < len(v) && isDigit(v[n]); n++ {
			cur = cur*10 + uint(v[n]-'0')
			if n-from == 3 {
				return a, 0, false
			}
		}
		if n == from || cur > 255 || k < 3 && (n == len(v) || v[n] != '.') {
			return a, 0, false
		}
		plain = plain && (v[from] != '0' || n-from == 1)
		a[k] = byte(cur)
		if k < 3 {
			n++
		}
	}
	return a, n, plain
}

// dotted reads addresses and networks of IPv4.
func (s *scanner) dotted(w run, v string, at int) {
	if len(v) < 7 {
		return
	}
	quads(v, true, func(from, to int, a netip.Addr) {
		if from == 1 && lower(v[0]) == 'v' {
			return // v1.2.3.4 is a version
		}
		s.address(w, at+from, at+to, a)
	})
	s.triples(w, v, at)
}

func isHash(v string) bool {
	switch len(v) {
	case 32, 40, 56, 64, 96, 128:
		for i := 0; i < len(v); i++ {
			if !isHex(v[i]) {
				return false
			}
		}
		return true
	}
	return false
}

// isMAC checks six pairs, or three groups of four, with that separator.
func isMAC(v string, sep byte) bool {
	group := 2
	if sep == '.' {
		group = 4
	}
	for i := 0; i < len(v); i++ {
		if i%(group+1) == group {
			if v[i] != sep {
				return false
			}
		} else if !isHex(v[i]) {
			return false
		}
	}
	return true
}

// fileLike are top-level domains that are far more often the end of a file name.
const fileLike = " ac ai am app bz cab cc do fm in la md mk mm mo mov nfo pl pm ps py rs sh so st tf vi zip "

// special are top-level domains that no registry sells and logs hold all the
// same (RFC 2606, 6761, 6762, 9476 and usage).
const special = " example test invalid localhost local lan home corp internal intranet private onion arpa localdomain "

// isName reports whether a dotted word is a host name rather than a file, a
// version or a sentence without a blank.
func (s *scanner) isName(v string, at int) bool {
	if len(v) > 253 || strings.Contains(v, "..") {
		return false
	}
	last := v[strings.LastIndexByte(v, '.')+1:]
	if len(last) < 2 || !alpha(last) && !strings.HasPrefix(strings.ToLower(last), "xn--") {
		return s.r.known.has(v)
	}
	kind := s.top(last)
	switch {
	case kind == topSpecial:
		return true
	case kind == topNone:
		return s.r.known.has(v)
	case suffix(v):
		return false // co.jp names nobody
	case kind == topFile:
		inPath := at > 0 && (s.text[at-1] == '/' || s.text[at-1] == '\\')
		if inPath || strings.Count(v, ".") == 1 {
			return s.r.known.has(v)
		}
	}
	return true
}

// top is what a top-level domain is; the same one comes again and again.
type top uint8

const (
	topNone top = iota // none
	topSpecial
	topFile // one that is more often the end of a file name
	topSold
)

func (s *scanner) top(last string) top {
	seen := &s.tops[(len(last)*7+int(last[0])+3*int(last[len(last)-1]))%len(s.tops)]
	if last == seen.label {
		return seen.kind
	}
	tld := strings.ToLower(last)
	kind := topSold
	if _, icann := publicsuffix.PublicSuffix(tld); strings.Contains(special, " "+tld+" ") {
		kind = topSpecial
	} else if !icann {
		kind = topNone
	} else if strings.Contains(fileLike, " "+tld+" ") {
		kind = topFile
	}
	seen.label, seen.kind = last, kind
	return kind
}

// suffix reports whether a name is one under which registries sell names.
func suffix(v string) bool {
	if strings.Count(v, ".") > 2 {
		return false
	}
	v = strings.ToLower(v)
	ps, icann := publicsuffix.PublicSuffix(v)
	return icann && ps == v
}

func alpha(v string) bool {
	for i := 0; i < len(v); i++ {
		if !alnum(v[i]) || isDigit(v[i]) {
			return false
		}
	}
	return true
}

// idn reads an internationalised name of which the ASCII end was found, as in
// 日本語.jp. Prose without blanks may stand before it; then more is withheld
// than the name, which is the safe side.
func (s *scanner) idn(w run, i, j int) bool {
	tld := w.s[strings.LastIndexByte(w.s[i:j], '.')+1+i : j] // not empty: a piece ends in no dot
	if w.folded || s.top(tld) == topNone && !s.r.known.lasts[strings.ToLower(tld)] {
		return false
	}
	end, start := w.base+j, w.base
	limit := max(0, start-253)
	if n := len(s.out); n > 0 {
		limit = max(limit, s.out[n-1].End)
	}
	for start > limit {
		r, n := utf8.DecodeLastRuneInString(s.text[limit:start])
		if r < 0x80 && !alnum(byte(r)) && r != '-' && r != '.' || r == utf8.RuneError || r >= 0x3000 && r <= 0x3020 || r >= 0xff00 {
			break
		}
		start -= n
	}
	for start < w.base && s.text[start] == '.' {
		start++ // no name begins so
	}
	if start == w.base {
		return false
	}
	// A log names the same hosts again and again.
	last := &s.lastIDN
	if text := s.text[start:end]; text != last.text {
		name, err := idna.Lookup.ToASCII(text)
		last.text, last.name, last.ok = text, strings.TrimLeft(name, "."), err == nil // a label of signs that count for nothing is empty
	}
	name := last.name
	if !last.ok || !s.isName(name, start) {
		return false
	}
	s.out = append(s.out, Token{start, end, ClassHostname, name})
	return true
}
