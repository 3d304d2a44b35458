package disclosure

import (
	"net/netip"
	"slices"
	"strings"
)

// known are the domains and networks of known parties.
type known struct {
	domains map[string]bool
	heads   map[string][]string // domains by their first label
	lasts   map[string]bool     // last labels of domains
	initial [256]bool           // first letters of domains
	numbers bool                // one is written in digits alone
	wide    bool                // one has letters outside ASCII
	nets    map[netip.Prefix]bool
	lengths []int                 // of the networks, IPv4 counted as /96 and more
	whole   map[netip.Prefix]bool // the /24 and /48 that hold one
	six     bool                  // one is of IPv6
	groups  [1 << 10]uint64       // the first groups of those, one bit each

	twoDigits bool // one of those groups has no more than two
}

func (k *known) addDomain(d string) {
	d, ok := canonicalDomain(d)
	if !ok || k.domains[d] {
		return
	}
	if k.domains == nil {
		k.domains, k.heads, k.lasts = make(map[string]bool), make(map[string][]string), make(map[string]bool)
	}
	k.domains[d] = true
	k.lasts[d[strings.LastIndexByte(d, '.')+1:]] = true
	k.initial[d[0]] = true
	k.wide = k.wide || strings.Contains(d, "xn--")
	k.numbers = k.numbers || strings.Trim(d, "0123456789.") == ""
	if head, _, dotted := strings.Cut(d, "."); dotted {
		k.heads[head] = append(k.heads[head], d)
	}
}

func (k *known) addNetwork(n netip.Prefix) {
	n = n.Masked()
	if !n.IsValid() || k.nets[n] {
		return
	}
	if k.nets == nil {
		k.nets, k.whole = make(map[netip.Prefix]bool), make(map[netip.Prefix]bool)
	}
	k.nets[n] = true
	if b := bitsOf(n); !slices.Contains(k.lengths, b) {
		k.lengths = append(k.lengths, b)
	}
	for _, bits := range [...]int{24, 48} {
		if p, err := n.Addr().Prefix(bits); err == nil && p.Contains(n.Addr()) {
			k.whole[p] = true
		}
	}
	if a := n.Addr(); a.Is6() {
		k.six = true
		b := a.As16()
		first := int(b[0])<<8 | int(b[1])
		k.twoDigits = k.twoDigits || first < 0x100
		for g := first; g <= first|0xffff>>min(n.Bits(), 16); g++ {
			k.groups[g>>6] |= 1 << (g & 63)
		}
	}
}

// bitsOf tells networks of both families apart by their length.
func bitsOf(n netip.Prefix) int {
	if n.Addr().Is4() {
		return n.Bits() + 96
	}
	return n.Bits()
}

// has reports whether the name is in a known domain.
func (k *known) has(v string) bool {
	if len(k.domains) == 0 {
		return false
	}
	if v = strings.ToLower(v); !k.lasts[v[strings.LastIndexByte(v, '.')+1:]] {
		return false
	}
	for {
		if k.domains[v] {
			return true
		}
		dot := strings.IndexByte(v, '.')
		if dot < 0 {
			return false
		}
		v = v[dot+1:]
	}
}

// maxLabel is the length of the longest label, RFC 1035 2.3.4.
const maxLabel = 63

// inside finds a known domain in a lower-case word that is none itself, as file names have
// it: access_www.example.co.jp_log, backup-example.co.jp-2026. A name that only
// ends so after a hyphen, my-example.co.jp, is another domain.
func (k *known) inside(v string) (from, to int) {
	if len(k.heads) == 0 {
		return 0, 0
	}
	dot := -1
	for i := 0; i < len(v); i++ {
		if i > 0 && alnum(v[i-1]) || !k.initial[v[i]] {
			continue
		}
		if dot < i {
			n := strings.IndexByte(v[i:], '.')
			if n < 0 {
				return 0, 0
			}
			dot = i + n
		}
		if dot-i > maxLabel {
			continue
		}
		for _, d := range k.heads[v[i:dot]] {
			end := i + len(d)
			other := end == len(v) && i > 0 && v[i-1] == '-'
			if strings.HasPrefix(v[i:], d) && (end == len(v) || !alnum(v[end])) && !other {
				return i, end
			}
		}
	}
	return 0, 0
}

// glued emits the known domains within a word, and what is around them. A name
// goes on to the left as far as there are labels.
func (s *scanner) glued(w run, v string, at int) bool {
	low, done := strings.ToLower(v), 0
	for {
		from, to := s.r.known.inside(low[done:])
		if to == 0 {
			break
		}
		from, to = done+from, done+to
		if from > done && v[from-1] == '.' {
			for from > done && (alnum(v[from-1]) || v[from-1] == '.' || v[from-1] == '-') {
				from--
			}
			for !alnum(v[from]) {
				from++
			}
		}
		s.piece(w.sub(at+done, at+from))
		name := from
		if dots := strings.LastIndex(low[from:to], ".."); dots >= 0 {
			// What is before two dots is no part of the name: it is withheld with it,
			// but a value there has its own say, which the name's must not cover.
			name += dots + len("..")
			found := len(s.out)
			if s.piece(w.sub(at+from, at+name)); len(s.out) > found {
				from = name
			}
		}
		s.emit(w, at+from, at+to, ClassHostname, low[name:to])
		done = to
	}
	if done > 0 {
		s.piece(w.sub(at+done, len(w.s)))
	}
	return done > 0
}

// network reports whether a prefix is, or holds, or is a part of a network of a
// known party. One that it holds counts only for what people write out, a /24
// or a /48.
func (k *known) network(p netip.Prefix) bool {
	if (p.Bits() == 24 || p.Bits() == 48) && k.whole[p] {
		return true
	}
	length := bitsOf(p)
	for _, b := range k.lengths {
		if b > length {
			continue
		}
		bits := p.Bits() - (length - b)
		if bits < 0 {
			continue // of the other family
		}
		if n, err := p.Addr().Prefix(bits); err == nil && k.nets[n] {
			return true
		}
	}
	return false
}

// triples emits the networks of known parties that stand without their last
// number: 203.0.113, 203.0.113.x.
func (s *scanner) triples(w run, v string, at int) {
	if len(s.r.known.nets) == 0 {
		return
	}
	var group [3]byte
	var start [3]int
	n, end := 0, -1
	for i := 0; i < len(v); i++ {
		if !isDigit(v[i]) {
			continue
		}
		from, cur := i, 0
		for ; i < len(v) && isDigit(v[i]); i++ {
			cur = min(cur*10+int(v[i]-'0'), 1000)
		}
		if n == 0 || end != from-1 || v[end] != '.' {
			n = 0
		}
		n++
		copy(group[:], group[1:])
		copy(start[:], start[1:])
		group[2], start[2], end = byte(cur), from, i
		if cur > 255 {
			n = -1 << 30 // what has such a number is no address
		}
		if n != 3 || i+1 < len(v) && v[i] == '.' && isDigit(v[i+1]) {
			continue
		}
		p := netip.PrefixFrom(netip.AddrFrom4([4]byte{group[0], group[1], group[2]}), 24)
		if s.r.known.network(p) {
			s.prefix(w, at+start[0], at+i, p)
		}
	}
}

// prefix emits a network written short, with the length after it.
func (s *scanner) prefix(w run, i, j int, p netip.Prefix) {
	start, end := w.pos(i), w.pos(j)
	if bits, next := s.prefixAfter(end, p.Addr().BitLen()); bits == p.Bits() {
		end = next
	}
	if n := len(s.out); n == 0 || start >= s.out[n-1].End {
		s.out = append(s.out, Token{start, end, ClassPrefix, p.String()})
	}
}
