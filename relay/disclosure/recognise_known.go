package disclosure

import (
	"net/netip"
	"strings"
)

// known are the domains and networks of known parties.
type known struct {
	domains map[string]bool
	heads   map[string][]string // domains by their first label
	nets    []netip.Prefix
}

func (k *known) addDomain(d string) {
	d, ok := canonicalDomain(d)
	if !ok || k.domains[d] {
		return
	}
	if k.domains == nil {
		k.domains, k.heads = make(map[string]bool), make(map[string][]string)
	}
	k.domains[d] = true
	if head, _, dotted := strings.Cut(d, "."); dotted {
		k.heads[head] = append(k.heads[head], d)
	}
}

// has reports whether the name is in a known domain.
func (k *known) has(v string) bool {
	if len(k.domains) == 0 {
		return false
	}
	for v = strings.ToLower(v); ; {
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
		if i > 0 && alnum(v[i-1]) {
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
		s.emit(w, at+from, at+to, ClassHostname, low[from:to])
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
	for _, n := range k.nets {
		if n.Bits() <= p.Bits() && n.Contains(p.Addr()) || (p.Bits() == 24 || p.Bits() == 48) && p.Contains(n.Addr()) {
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
