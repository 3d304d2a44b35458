package leak

import "net/netip"

const (
	// pinPrefix4 is the longest network that may stand around a withheld
	// address when the kept values name none: what generalise makes of it.
	pinPrefix4 = 24
	pinPrefix6 = 48
	// pinRange is the widest range that says where an address is.
	pinRange = 250
)

// quad takes a complete dotted address: it may end a range that another
// began, or be the netmask of that.
func (sc *scan) quad(addr uint32, start, end int) {
	l := &sc.lex.num
	last := l.quad
	l.quad = quad{addr, start, end, true}
	sc.ruleTens(addr, end)
	if !last.ok || last.end > start {
		return
	}
	switch gapAt(sc.lex.b, last.end, start) {
	case gapDash, gapRange:
		if addr > last.addr && addr-last.addr < pinRange {
			sc.ruleRange(last.addr, addr, last.start)
		}
	case gapSlash, gapBlank, gapComma:
		if inverse := ^addr; inverse&(inverse+1) == 0 {
			sc.rulePrefix(last.addr, onesIn(addr), last.start)
		} else if addr&(addr+1) == 0 {
			sc.rulePrefix(last.addr, 32-onesIn(addr), last.start)
		}
	}
}

// ruleTens reads a last octet of which the last digit is left open, 203.0.113.7x
// or 203.0.113.7[0-9].
func (sc *scan) ruleTens(addr uint32, end int) {
	b := sc.lex.b
	if end == len(b) || addr&0xff > 25 {
		return
	}
	switch b[end] {
	case 'x', 'X', '?', '*':
		if end+1 < len(b) && isAlnum(b[end+1]) {
			return
		}
	case '[', '\\':
		if end+1 == len(b) || !isDigit(b[end+1]) && b[end+1] != 'd' {
			return
		}
	default:
		return
	}
	lo := addr&^0xff | addr&0xff*10
	sc.ruleRange(lo, min(lo+9, lo|0xff), sc.lex.num.quad.start)
	sc.ruleNetRange(lo, min(lo+9, lo|0xff), sc.lex.num.quad.start)
}

func onesIn(a uint32) (n int) {
	for ; a != 0; a &= a - 1 {
		n++
	}
	return n
}

// afterQuad takes the number that follows an address: -80 ends a range, /29 is
// a prefix, ,80 another last octet.
func (sc *scan) afterQuad(n *number) {
	q := &sc.lex.num.quad
	if !q.ok || sc.lex.num.back(1).end != q.end {
		return
	}
	if n.hex {
		if inverse := ^uint32(n.value); sc.lex.num.gap == gapSlash && n.digits == 8 && inverse&(inverse+1) == 0 {
			sc.rulePrefix(q.addr, onesIn(uint32(n.value)), q.start)
		}
		return
	}
	dotted := n.end+1 < len(sc.lex.b) && sc.lex.b[n.end] == '.' && isDigit(sc.lex.b[n.end+1]) // an address of its own, or a mask
	switch l := &sc.lex.num; l.gap {
	case gapDash, gapRange:
		if last := uint64(q.addr & 0xff); n.value > last && n.value <= 255 && n.value-last < pinRange {
			sc.ruleRange(q.addr, q.addr&^0xff|uint32(n.value), q.start)
			sc.ruleNetRange(q.addr, q.addr&^0xff|uint32(n.value), q.start)
		}
	case gapSlash:
		if n.value <= 32 {
			sc.rulePrefix(q.addr, int(n.value), q.start)
			return
		}
		fallthrough
	case gapComma:
		if n.value <= 255 && !dotted {
			sc.ruleList(q.addr&^0xff|uint32(n.value), q.start)
			q.end = n.end
			l.awake = max(l.awake, l.read+history-1)
		}
	}
}

// ruleRange looks for withheld addresses between two that are close together.
func (sc *scan) ruleRange(lo, hi uint32, off int) {
	for a := lo; a <= hi && a >= lo; a++ {
		if a == lo && lowEntropy(a) {
			continue // 1.2.3.4-5 is a version
		}
		if i := sc.v4.find(a); i >= 0 && !sc.kept.has4(a) {
			sc.addr4(a, ruleIPv4Range, off)
		}
	}
}

// ruleNetRange looks for withheld networks of which a range tells more than the
// kept address that it begins with.
func (sc *scan) ruleNetRange(lo, hi uint32, off int) {
	for k := range sc.nets4 {
		n := &sc.nets4[k]
		from, to := max(lo, n.lo), min(hi, n.hi)
		if from <= to && !lowEntropy(lo) && sc.kept.count4(from, to) <= int(to-from) {
			sc.hit(sc.lex.v, n.value, ruleIPv4Range, off)
		}
	}
}

func (sc *scan) ruleList(addr uint32, off int) {
	if sc.withheld4(addr) && !lowEntropy(addr) && !sc.kept.has4(addr) {
		sc.addr4(addr, ruleIPv4List, off)
	}
}

// rulePrefix looks for withheld addresses in a network that is longer than the
// kept network around them, or than pinPrefix4.
func (sc *scan) rulePrefix(addr uint32, bits int, off int) {
	mask := ^uint32(0)
	if bits < 32 {
		mask = ^(mask >> bits)
	}
	lo, hi := addr&mask, addr|^mask
	if bits <= pinPrefix4 && len(sc.kept.nets) == 0 || sc.kept.hasNet(netip.PrefixFrom(toAddr(lo), bits)) {
		return
	}
	if bits > pinPrefix4 {
		for a := lo; a <= hi && a >= lo; a++ {
			sc.pinned(a, bits, off)
		}
		return
	}
	for _, a := range sc.addrs4 {
		if a >= lo && a <= hi {
			sc.pinned(a, bits, off)
		}
	}
}

func (sc *scan) pinned(addr uint32, bits, off int) {
	i := sc.v4.find(addr)
	if i < 0 || bits <= sc.kept.allowed(toAddr(addr), pinPrefix4) {
		return
	}
	for ; i >= 0; i = sc.v4next[i] {
		sc.hit(sc.lex.v, i, ruleIPv4Prefix, off)
	}
}

func toAddr(a uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)})
}

// ruleWildcard finds a withheld network written with a placeholder,
// 203.0.113.x, or as its reverse zone.
func (sc *scan) ruleWildcard() {
	l := &sc.lex.num
	x, y, z := l.back(2), l.back(1), l.back(0)
	if x.value|y.value|z.value > 255 {
		return
	}
	b, end := sc.lex.b, z.end
	if l.dots < 2 {
		if b[x.end] == '[' && b[y.end] == ']' && sc.cutShort(uint32(x.value<<24|y.value<<16|z.value<<8), x.start, end) {
			sc.wildcard(uint32(x.value<<24|y.value<<16|z.value<<8), x.start)
		}
		return
	}
	switch {
	case end+1 < len(b) && b[end] == '.' && (b[end+1] == '*' || b[end+1] == '?' || b[end+1] == '%' ||
		(b[end+1]|0x20 == 'x' || b[end+1]|0x20 == 'n') && (end+2 == len(b) || !isLetter(b[end+2]))):
		sc.wildcard(uint32(x.value<<24|y.value<<16|z.value<<8), x.start)
	case end+1 < len(b) && b[end] == '/' && isDigit(b[end+1]) && l.dots == 2:
		sc.wildcard(uint32(x.value<<24|y.value<<16|z.value<<8), x.start)
	case l.dots == 2 && sc.cutShort(uint32(x.value<<24|y.value<<16|z.value<<8), x.start, end):
		sc.wildcard(uint32(x.value<<24|y.value<<16|z.value<<8), x.start)
	case end+8 <= len(b) && inWords(b[end+1:end+8], " in-addr ") && l.dots == 2:
		sc.wildcard(uint32(z.value<<24|y.value<<16|x.value<<8), x.start)
	}
}

// cutShort says whether three numbers stand for a network: nothing goes on as
// an address would, and nothing says that they are a version.
func (sc *scan) cutShort(lo uint32, start, end int) bool {
	b := sc.lex.b
	switch {
	case !bigOctet(lo), end < len(b) && isAlnum(b[end]), end+1 < len(b) && b[end] == '.' && isDigit(b[end+1]):
		return false
	case end+8 <= len(b) && inWords(b[end+1:end+8], " in-addr "):
		return false
	case start > 0 && (isLetter(b[start-1]) || b[start-1] == '/' && start > 1 && isAlnum(b[start-2])):
		return false
	}
	return !announced(b, start, versionWords)
}

func (sc *scan) wildcard(lo uint32, off int) {
	for k := range sc.nets4 {
		n := &sc.nets4[k]
		inside := lo >= n.lo && lo|0xff <= n.hi
		around := n.bits > 24 && n.lo >= lo && n.hi <= lo|0xff
		if (inside || around) && !sc.kept.hasNet(netip.PrefixFrom(toAddr(lo), 24)) {
			sc.hit(sc.lex.v, n.value, ruleIPv4Wildcard, off)
		}
	}
}

// startsKeptNet says whether the address and the /n at end are a kept network.
func (sc *scan) startsKeptNet(addr uint32, end int) bool {
	b := sc.lex.b
	bits, i := 0, end+1
	for ; i < len(b) && i < end+4 && isDigit(b[i]); i++ {
		bits = bits*10 + int(b[i]-'0')
	}
	return i > end+1 && b[end] == '/' && bits <= 32 && sc.kept.hasNet(netip.PrefixFrom(toAddr(addr), bits))
}
