package leak

// ruleBits reads eight binary digits as an octet of four, and thirty-two as an
// address.
func (sc *scan) ruleBits(n *number) {
	l := &sc.lex.num
	b := sc.lex.b
	var addr uint32
	start := n.start
	switch {
	case n.digits == 32:
		v, ok := bitsOf(b[n.start:n.end])
		if !ok {
			return
		}
		addr = v
	case l.n > 3:
		next := n.start
		for k := range 4 {
			from, to := l.last(k)
			v, ok := bitsOf(b[from:to])
			if !ok || to-from != 8 || k > 0 && gapAt(b, to, next) == gapNone {
				return
			}
			addr |= v << (8 * k)
			start, next = from, from
		}
	default:
		return
	}
	if sc.withheld4(addr) && !sc.kept.has4(addr) {
		sc.addr4(addr, ruleIPv4Bits, start)
	}
}

func bitsOf(digits []byte) (v uint32, ok bool) {
	for _, c := range digits {
		if c|1 != '1' {
			return 0, false
		}
		v = v<<1 | uint32(c&1)
	}
	return v, true
}

// spaced is an address of which every digit stands alone, 2 0 3 . 0 . 1 1 3 . 5 7.
type spaced struct {
	octets [4]uint64
	dots   int
	joined int // digits that a blank stands before
	start  int
	last   int // which number was the last
}

// ruleSpaced takes the next number, of one digit.
func (sc *scan) ruleSpaced(start int) {
	l := &sc.lex.num
	x := &l.spaced
	digit := uint64(sc.lex.b[start] - '0')
	before := gapNone
	if x.last == l.n-1 && x.last > 0 {
		_, end := l.last(1)
		before = gapAt(sc.lex.b, end, start)
	}
	switch {
	case before == gapBlank && x.octets[3] < 100:
		x.octets[3] = x.octets[3]*10 + digit
		x.joined++
	case before == gapDot:
		copy(x.octets[:], x.octets[1:])
		x.octets[3] = digit
		x.dots++
	default:
		*x = spaced{octets: [4]uint64{3: digit}, start: start}
	}
	x.last = l.n
	if x.dots < 3 || x.joined < 2 {
		return
	}
	var addr uint32
	for _, o := range x.octets {
		if o > 255 {
			return
		}
		addr = addr<<8 | uint32(o)
	}
	if bigOctet(addr) && sc.withheld4(addr) && !sc.kept.has4(addr) {
		sc.addr4(addr, ruleIPv4Dotted, x.start)
	}
}
