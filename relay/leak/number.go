package leak

// number is one run of digits, or of hex digits after 0x.
type number struct {
	start, end int
	value      uint64
	digits     int
	zero       bool // begins with 0 and has more digits
	hex        bool
}

// span is where a number stands.
type span struct{ start, end int32 }

// history is how many numbers are remembered: two addresses, the ends of a range.
const history = 8

// numbers are the last numbers of the view. Nearly none of them is the first
// octet of a withheld address; until one is, it is only noted where they stand.
type numbers struct {
	noted  [history]span
	n      int       // all so far
	awake  int       // up to this one each number goes through the rules of addresses
	ring   [4]number // the last that went through them
	read   int       // and how many of all that is
	chain  int       // how many of those stand together
	dots   int       // how many of the last gaps are full stops
	gap    gap       // what stands before the last, after the one before
	quad   quad
	spaced spaced
}

type quad struct {
	addr       uint32
	start, end int
	ok         bool
}

func (l *numbers) reset() {
	l.n, l.awake, l.read, l.chain, l.dots, l.quad, l.spaced.last = 0, 0, 0, 0, 0, quad{}, 0
}

// last returns where the k-th last number stands.
func (l *numbers) last(k int) (start, end int) {
	s := l.noted[(l.n-1-k)&(history-1)]
	return int(s.start), int(s.end)
}

// note remembers where a number stands.
func (l *numbers) note(start, end int) {
	l.noted[l.n&(history-1)] = span{int32(start), int32(end)}
	l.n++
}

// back returns the k-th last number of those that were read.
func (l *numbers) back(k int) *number { return &l.ring[(l.read-1-k)&3] }

// gapBefore is what stands before the k-th last number that was read.
func (sc *scan) gapBefore(k int) gap {
	l := &sc.lex.num
	return gapAt(sc.lex.b, l.back(k+1).end, l.back(k).start)
}

// digits reads the numbers of the word [start,end).
func (sc *scan) digits(start, end int, flags uint32) {
	b := sc.lex.b
	if end-start > 2 && b[start] == '0' && b[start+1]|0x20 == 'x' && isHex(b[start+2]) {
		i := start + 2
		for i < end && isHex(b[i]) {
			i++
		}
		if i-start <= 10 {
			sc.number(start, i)
			start = i
		}
	}
	if start > 0 && start < end && isDigit(b[start]) && b[start-1] == '(' && skipLength(b, start-1) > start {
		return // the length of a label
	}
	for i := start; i < end; {
		if !isDigit(b[i]) {
			i++
			continue
		}
		k := i
		for i < end && isDigit(b[i]) {
			i++
		}
		sc.number(k, i)
	}
	if flags&(clsHex|clsLetter) != 0 && end-start > 8 {
		sc.hexInside(start, end)
	}
}

// number takes the next number of the view, [start,end).
func (sc *scan) number(start, end int) {
	l := &sc.lex.num
	l.note(start, end)
	if end-start >= 7 {
		sc.longNumber(start, end)
	} else if end-start == 1 {
		sc.ruleSpaced(start)
	}
	if len(sc.asns) > 0 && sc.mayBeASN(start, end) {
		sc.ruleASN(start, end)
	}
	if sc.mayBeOctet(start, end) {
		l.awake = l.n + history - 1
	}
	if l.n > l.awake {
		return
	}
	if l.quad.ok && start > l.quad.end && gapAt(sc.lex.b, l.quad.end, start) != gapNone {
		l.awake = max(l.awake, l.n+3) // the numbers of a tag do not part an address and its mask
	}
	sc.readNumbers()
}

// fewDigits takes the next number, of six digits at most. With most of them no
// rule does anything but note where they stand, while none is awake.
func (sc *scan) fewDigits(start, end int) {
	if l := &sc.lex.num; l.n >= l.awake && sc.dullNumber(sc.lex.b, start, end) {
		l.note(start, end)
	} else {
		sc.number(start, end)
	}
}

// dullNumber says of most numbers of two to six digits that they are neither an
// AS number nor the first octet of an address that is withheld.
func (sc *scan) dullNumber(b []byte, start, end int) bool {
	asn := len(sc.asns) > 0 && sc.mayBeASN(start, end)
	if asn {
		return false
	}
	switch end - start {
	case 1:
		return false
	case 2:
		return !sc.hasOctet(b[start]*10 + b[start+1] - ('0'*11)&0xff)
	case 3:
		v := uint(b[start])*100 + uint(b[start+1])*10 + uint(b[start+2]) - '0'*111
		if v < 256 {
			return v > 99 && !sc.hasOctet(byte(v)) // with a zero before it, it may be octal
		}
	}
	return b[start] != '0' && (end == len(b) || b[end] != '.')
}

func (sc *scan) longNumber(start, end int) {
	n := parseNumber(sc.lex.b, start, end)
	if n.digits < 7 {
		return
	}
	if !n.hex {
		sc.ruleNumber128(start, end)
	}
	sc.ruleDword(&n)
	sc.ruleDigest32(&n)
	sc.rulePadded(&n)
	if n.digits == 8 || n.digits == 32 {
		sc.ruleBits(&n)
	}
}

// mayBeOctet says whether a number is, however written, the first octet of a
// withheld address.
func (sc *scan) mayBeOctet(start, end int) bool {
	b := sc.lex.b[start:end]
	if b[0] != '0' || len(b) == 2 && b[1] != 'x' {
		switch len(b) {
		case 1:
			return sc.hasOctet(b[0] - '0')
		case 2:
			return sc.hasOctet(b[0]*10 + b[1] - ('0'*11)&0xff)
		case 3:
			v := uint(b[0])*100 + uint(b[1])*10 + uint(b[2]) - '0'*111
			if v <= 255 {
				return sc.hasOctet(byte(v))
			}
		}
		return end+1 < len(sc.lex.b) && sc.lex.b[end] == '.' && isDigit(sc.lex.b[end+1]) && sc.mayEndInOctet(b)
	}
	n := parseNumber(sc.lex.b, start, end)
	if n.value <= 255 && sc.hasOctet(byte(n.value)) {
		return true
	}
	o := n.inet(sc.lex.b)
	return o <= 255 && sc.hasOctet(byte(o))
}

// mayEndInOctet says whether the last digits of a number are such an octet:
// others may be glued to them.
func (sc *scan) mayEndInOctet(digits []byte) bool {
	n, unit := uint(0), uint(1)
	for k := len(digits) - 1; k >= 0 && unit < 1000; k-- {
		n += uint(digits[k]-'0') * unit
		unit *= 10
		if n <= 255 && sc.hasOctet(byte(n)) {
			return true
		}
	}
	return false
}

// readNumbers looks for addresses in the numbers that were not read yet, the
// remembered ones first: the octet that woke us may be the last of them.
func (sc *scan) readNumbers() {
	l := &sc.lex.num
	if l.n-l.read > history/2 {
		l.read, l.chain, l.dots, l.quad = max(0, l.n-history), 0, 0, quad{}
	}
	for l.read < l.n {
		s := l.noted[l.read&(history-1)]
		l.ring[l.read&3] = parseNumber(sc.lex.b, int(s.start), int(s.end))
		l.read++
		sc.readNumber(l.back(0))
	}
}

// parseNumber reads the digits of [start,end).
func parseNumber(b []byte, start, end int) number {
	n := number{start: start, end: end, digits: end - start}
	if n.digits > 2 && b[start+1]|0x20 == 'x' {
		n.hex = true
		n.digits -= 2
		for _, c := range b[start+2 : end] {
			n.value = n.value<<4 | uint64(hexValue[c])
		}
		return n
	}
	for _, c := range b[start:end] {
		n.value = n.value*10 + uint64(c-'0')
	}
	n.zero = n.digits > 1 && b[start] == '0'
	return n
}

// readNumber looks for every address that the number completes.
func (sc *scan) readNumber(n *number) {
	l := &sc.lex.num
	l.gap = gapNone
	if l.chain > 0 {
		l.gap = gapAt(sc.lex.b, l.back(1).end, n.start)
	}
	if l.gap == gapNone {
		l.chain = 0
	}
	if l.gap == gapDot {
		l.dots++
	} else {
		l.dots = 0
	}
	l.chain++
	if l.chain > 1 {
		if l.gap == gapDot {
			sc.ruleShort()
		}
		if l.quad.ok {
			sc.afterQuad(n)
		}
	}
	if l.chain > 2 && len(sc.nets4) > 0 {
		sc.ruleWildcard()
	}
	if l.chain > 3 {
		sc.quads()
	}
}

// octal reads digits as an octal number; one with an 8 or 9 is too large for
// any address.
func (n *number) octal(b []byte) (o uint64) {
	for _, c := range b[n.start:n.end] {
		if c > '7' {
			return 1 << 62
		}
		o = o<<3 | uint64(c-'0')
	}
	return o
}
