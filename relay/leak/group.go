package leak

import (
	"net/netip"
	"slices"
)

// groups is a row of hex words with one mark between them: an IPv6 address, a
// MAC, the nibbles of ip6.arpa.
type groups struct {
	start, end int
	n          int
	mark       byte
	double     bool // :: somewhere
	longest    int
	rims       bool // one joined it that is not all hex digits
}

func (g *groups) reset() { *g = groups{} }

// hexWord takes a word of hex digits, 0x before it or not.
func (sc *scan) hexWord(start, end int) {
	lx := &sc.lex
	b := lx.b
	digits := start
	if end-start > 2 && b[start+1]|0x20 == 'x' {
		digits += 2
		for i := digits; i < end; i++ {
			if !isHex(b[i]) {
				return
			}
		}
	}
	if end-digits >= 8 {
		sc.hexRun(digits, end)
	}
	if (end-digits)&1 == 0 {
		sc.dumpWord(start, digits, end)
	}
	if digits == start && end-start <= 6 {
		sc.hexRow(start, end)
	}
}

// hexRow takes a word of hex digits as one of a row.
func (sc *scan) hexRow(start, end int) {
	g := &sc.lex.grp
	b := sc.lex.b
	if g.n > 0 && !g.joins(b, start) {
		sc.endGroups()
	}
	if g.n == 0 {
		double := start > 1 && b[start-1] == ':' && b[start-2] == ':'
		if !double && (end == len(b) || !isMark(b[end])) {
			return // a row of one
		}
		*g = groups{start: start}
		if double {
			g.start, g.mark, g.double = start-2, ':', true
		}
	}
	g.end, g.n = end, g.n+1
	g.longest = max(g.longest, end-start)
}

// isMark says whether a byte may stand between the words of a row.
func isMark(c byte) bool { return c == '.' || c == ':' || c == '-' || c == '_' }

// besideMark says whether a word may be one of a row of several.
func besideMark(b []byte, start, end int) bool {
	return end < len(b) && isMark(b[end]) || start > 0 && isMark(b[start-1])
}

// joins says whether a word at start goes on the row.
func (g *groups) joins(b []byte, start int) bool {
	if g.n == 0 || start <= g.end || start-g.end > 2 {
		return false
	}
	c := b[g.end]
	switch c {
	case ':', '-', '.', '_':
	default:
		return false
	}
	if g.mark != 0 && g.mark != c {
		return false
	}
	if start-g.end == 2 {
		if b[g.end+1] != c || c == '.' {
			return false
		}
		g.double = true
	}
	g.mark = c
	return true
}

// rim takes a word that is not all hex digits, at the end of a row or at its
// beginning: the zone in fe80--1s4.ipv6-literal.net, what is glued to an
// address, as in x2001:db8::1y.
func (sc *scan) rim(start, end int) {
	b := sc.lex.b
	if g := &sc.lex.grp; g.n > 0 {
		i := start
		for i < end && isHex(b[i]) {
			i++
		}
		if i > start && g.joins(b, start) && (g.mark == ':' || b[i]|0x20 == 's') {
			g.rims = true
			sc.hexWord(start, i)
		}
	}
	if end-start > 4 && end < len(b) && b[end] == ':' && isHex(b[end-4]) && isHex(b[end-3]) && isHex(b[end-2]) && isHex(b[end-1]) {
		sc.hexWord(end-4, end)
	}
}

// endGroups reads the row that just ended.
func (sc *scan) endGroups() {
	g := &sc.lex.grp
	b := sc.lex.b
	if g.n == 0 {
		return
	}
	start, end := g.start, g.end
	if end+1 < len(b) && b[end] == b[end+1] && (b[end] == ':' || b[end] == '-') && (g.mark == 0 || g.mark == b[end]) {
		g.mark, g.double, end = b[end], true, end+2
	}
	dull, mac := false, !g.double && (g.n == 6 && g.longest <= 2 || g.n == 3 && g.longest == 4 || g.n == 2 && g.longest == 6)
	others := mac // scans of other values may read it
	switch {
	case g.mark == ':' && g.longest > 2 && g.longest <= 4 && !g.double && (g.n < 7 || g.n > 8):
		sc.ruleGroups(start, end, g.n)
	case g.mark == '.' && g.longest == 1:
		others = mac || g.n > 7
		if dull = g.n < 8 || g.n < minNibbles && len(sc.nets6) == 0; !dull {
			sc.ruleNibble(start, end, g.n)
		}
	case g.longest <= 4 && (g.double && g.mark != '.' || g.n == 8 || g.n == 7 && g.mark == ':' && end < len(b) && b[end] == '.'):
		sc.ruleIPv6(start, end, g.mark)
	default:
		dull = true
	}
	if mac && len(sc.macs) > 0 {
		sc.ruleMAC(start, end)
	} else if dull && !g.rims && sc.lex.learn != nil && !(others && sc.lex.learn.lasts) {
		sc.lex.unlearn(inRow, g.start, g.end, g.n)
	}
	g.reset()
}

// ruleIPv6 reads an address of : or - or _, with a dotted end or not, and the
// prefix length after it. A dot or a colon may also begin a port.
func (sc *scan) ruleIPv6(start, end int, mark byte) {
	b := sc.lex.b
	if mark == ':' && end < len(b) && b[end] == '.' {
		quad, dots := end, 0
		for quad < len(b) && (isDigit(b[quad]) || b[quad] == '.' && dots < 3 && quad+1 < len(b) && isDigit(b[quad+1])) {
			if b[quad] == '.' {
				dots++
			}
			quad++
		}
		if dots == 3 && sc.ipv6At(start, quad, mark) {
			return
		}
	}
	if !sc.ipv6At(start, end, mark) || mark != ':' {
		return
	}
	port := end
	for port > start && isDigit(b[port-1]) {
		port--
	}
	if port > start+2 && port < end && b[port-1] == ':' && b[port-2] != ':' {
		sc.ipv6At(start, port-1, mark)
	}
}

// ipv6At says whether [start,end) is an address that may be told or not.
func (sc *scan) ipv6At(start, end int, mark byte) bool {
	b := sc.lex.b
	text := make([]byte, 0, 48)
	for i := start; i < end && len(text) < 48; i++ {
		c := b[i]
		if c == mark {
			c = ':'
		}
		text = append(text, c)
	}
	a, err := netip.ParseAddr(string(text))
	if err != nil || !a.Is6() || slices.Contains(sc.kept.v6, a) {
		return false
	}
	if end+1 < len(b) && b[end] == '/' && isDigit(b[end+1]) {
		bits := 0
		for i := end + 1; i < len(b) && i < end+4 && isDigit(b[i]); i++ {
			bits = bits*10 + int(b[i]-'0')
		}
		if bits < 128 {
			net := netip.PrefixFrom(a, bits)
			if sc.kept.hasNet(net.Masked()) {
				return false
			}
			sc.prefix6(net, ruleIPv6Prefix, start)
		}
	}
	sc.addr6(a, ruleIPv6, start)
	return true
}

// ruleGroups reads a row of too many groups, an address and a port, or of too
// few: the beginning of a withheld network.
func (sc *scan) ruleGroups(start, end, n int) {
	b := sc.lex.b
	if n > 8 {
		k, colons := start, 0
		for ; k < end; k++ {
			if b[k] == ':' {
				if colons++; colons == 8 {
					break
				}
			}
		}
		sc.ipv6At(start, k, ':')
		return
	}
	a, err := netip.ParseAddr(string(b[start:end]) + "::")
	if err != nil {
		return
	}
	for k := range sc.nets6 {
		w := &sc.nets6[k]
		p := w.prefix
		if p.Bits() == 128 || sc.kept.hasNet(netip.PrefixFrom(a, 16*n)) {
			continue
		}
		if p.Bits() <= 16*n && p.Contains(a) || n == 3 && netip.PrefixFrom(a, 48).Contains(p.Addr()) {
			sc.hit(sc.lex.v, w.value, ruleIPv6Prefix, start)
		}
	}
}

// addr6 reports the withheld address, the networks around it, and what it
// embeds.
func (sc *scan) addr6(a netip.Addr, rule string, off int) {
	for _, k := range sc.kept.v6 {
		if k == a {
			return
		}
	}
	for k := range sc.nets6 {
		if n := &sc.nets6[k]; n.prefix.Contains(a) {
			sc.hit(sc.lex.v, n.value, rule, off)
		}
	}
	sc.embedded(a.As16(), off)
}

// prefix6 reports withheld addresses in a network too long to be told.
func (sc *scan) prefix6(net netip.Prefix, rule string, off int) {
	for k := range sc.nets6 {
		n := &sc.nets6[k]
		if n.prefix.Bits() == 128 && net.Contains(n.prefix.Addr()) && net.Bits() > sc.kept.allowed(n.prefix.Addr(), pinPrefix6) {
			sc.hit(sc.lex.v, n.value, rule, off)
		}
	}
}

// minNibbles of a reverse zone are more than what pinPrefix6 tells.
const minNibbles = pinPrefix6/4 + 1

// ruleNibble reads the nibbles of ip6.arpa, and the same the other way round.
// Fewer than 32 are a zone.
func (sc *scan) ruleNibble(start, end, n int) {
	b := sc.lex.b
	if n > 32 {
		start, n = end-63, 32 // names of hosts may stand before the nibbles
	}
	var back, forth [16]byte
	for k := 0; k < n; k++ {
		x := hexValue[b[start+2*k]]
		forth[k>>1] |= x << (4 - 4*(k&1))
		k := n - 1 - k
		back[k>>1] |= x << (4 - 4*(k&1))
	}
	for _, a := range [2][16]byte{back, forth} {
		if addr := netip.AddrFrom16(a); n == 32 {
			sc.addr6(addr, ruleIPv6Nibble, start)
		} else {
			net := netip.PrefixFrom(addr, 4*n)
			sc.prefix6(net, ruleIPv6Nibble, start)
			sc.zone6(net, start)
		}
	}
}

// zone6 reports the withheld networks that a reverse zone is of.
func (sc *scan) zone6(zone netip.Prefix, off int) {
	for k := range sc.nets6 {
		w := &sc.nets6[k]
		if bits := w.prefix.Bits(); bits >= 32 && bits <= zone.Bits() && bits < 128 && w.prefix.Contains(zone.Addr()) && !sc.kept.hasNet(zone) {
			sc.hit(sc.lex.v, w.value, ruleIPv6Nibble, off)
		}
	}
}

// ruleMAC reads groups whose leading zeros may be missing; full groups are
// met as a binary image too.
func (sc *scan) ruleMAC(start, end int) {
	m, err := parseMAC(string(sc.lex.b[start:end]))
	if err != nil {
		return
	}
	for k := range sc.macs {
		if sc.macs[k].addr == m && !sc.keptSpan(sc.lex.b, start, end) {
			sc.hit(sc.lex.v, sc.macs[k].value, ruleMAC, start)
		}
	}
}
