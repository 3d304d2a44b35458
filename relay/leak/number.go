package leak

import "bytes"

// number is one run of digits, or of hex digits after 0x.
type number struct {
	start, end int
	value      uint64
	digits     int
	zero       bool // begins with 0 and has more digits
	hex        bool
}

// history is how many numbers are remembered: two addresses, the ends of a range.
const history = 8

// numbers are the last numbers of the view. Nearly none of them is the first
// octet of a withheld address; until one is, they are only noted down.
type numbers struct {
	ring   [history]number
	n      int // all so far
	awake  int // up to this one each number goes through the rules of addresses
	read   int // the last that went through them
	chain  int // how many of those stand together
	dots   int // how many of the last gaps are full stops
	gap    gap // what stands before the last, after the one before
	quad   quad
	spaced spaced
}

type quad struct {
	addr       uint32
	start, end int
	ok         bool
}

func (l *numbers) reset() {
	l.n, l.awake, l.read, l.chain, l.dots, l.gap, l.quad, l.spaced = 0, 0, 0, 0, 0, gapNone, quad{}, spaced{}
}

// noted returns the k-th last number.
func (l *numbers) noted(k int) *number { return &l.ring[(l.n-1-k)&(history-1)] }

// back returns the k-th last number of those that were read.
func (l *numbers) back(k int) *number { return &l.ring[(l.read-1-k)&(history-1)] }

// gapBefore is what stands before the k-th last number that was read.
func (sc *scan) gapBefore(k int) gap {
	l := &sc.lex.num
	return gapAt(sc.lex.b, l.back(k+1).end, l.back(k).start)
}

// gap is what stands between two numbers, without blanks, brackets and tags.
type gap uint8

const (
	gapNone gap = iota
	gapBlank
	gapDot
	gapDash
	gapUnder
	gapX
	gapColon
	gapComma
	gapSlash
	gapRange // .. to ~
)

var gapOf = [256]gap{
	' ': gapBlank, '\t': gapBlank, '.': gapDot, '-': gapDash, '_': gapUnder, 'x': gapX, 'X': gapX,
	':': gapColon, ',': gapComma, '/': gapSlash, '~': gapRange, '|': gapBlank, ';': gapBlank, '+': gapBlank, '*': gapBlank, '[': gapBlank, ']': gapBlank,
}

// maxGap bounds the steps over one gap.
const maxGap = 24

func gapAt(b []byte, i, j int) gap {
	if j == i+1 {
		return gapOf[b[i]]
	}
	if i == j {
		return gapNone
	}
	kind, word := gapBlank, false
	for n := 0; i < j; n++ {
		if n == maxGap {
			return gapNone
		}
		c := b[i]
		if c == '\n' || c == '\r' || c == '<' || c == ']' {
			if k := skipSoft(b, i); k > i {
				i = k
				continue
			}
		}
		next, width := gapNone, 1
		switch {
		case c == '(' && skipLength(b, i) > i:
			next, width = gapDot, skipLength(b, i)-i
		case isHard(c) && c != ',' || c == '+' || word && (c == '-' || c == '_'):
			i++
			continue
		case dotWord(b[i:j]) > 0:
			if kind != gapBlank && kind != gapDash && kind != gapUnder {
				return gapNone
			}
			kind, word = gapDot, true
			i += dotWord(b[i:j])
			continue
		case isLetter(c):
			switch w := b[i:j]; {
			case c|0x20 != 'd' && c|0x20 != 't' && c|0x20 != 'a' && c|0x20 != 'x':
			case len(w) >= 2 && inWords(w[:2], " to ") && !isAlnum(b[i+2]):
				next, width = gapRange, 2
			case len(w) >= 3 && inWords(w[:3], " and ") && !isAlnum(b[i+3]):
				next, width = gapComma, 3
			case c|0x20 == 'x':
				next = gapX
			}
		default:
			next = gapOf[c]
		}
		switch {
		case next == gapNone:
			return gapNone
		case kind == gapBlank:
			kind = next
		case kind == gapDot && next == gapDot || kind == gapRange && next == gapDot:
			kind = gapRange
		case kind == gapComma && (next == gapDot || next == gapComma):
		default:
			return gapNone
		}
		i += width
	}
	return kind
}

// dotWord is the length of a word for the full stop at the start of a gap.
func dotWord(w []byte) int {
	switch {
	case len(w) >= 3 && inWords(w[:3], " dot ") && (len(w) == 3 || !isLetter(w[3])):
		return 3
	case len(w) >= 5 && inWords(w[:5], " punkt point punto ponto ") && (len(w) == 5 || !isLetter(w[5])):
		return 5
	case bytes.HasPrefix(w, []byte("ドット")):
		return len("ドット")
	}
	return 0
}

// digits reads the numbers of the word [start,end).
func (sc *scan) digits(start, end int, flags uint16) {
	b := sc.lex.b
	if end-start > 2 && b[start] == '0' && b[start+1]|0x20 == 'x' && isHex(b[start+2]) {
		n := number{start: start, hex: true}
		i := start + 2
		for ; i < end && isHex(b[i]); i++ {
			n.value = n.value<<4 | uint64(hexValue[b[i]])
		}
		n.end, n.digits = i, i-start-2
		if n.digits <= 8 {
			sc.number(&n)
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
		n := number{start: i}
		for ; i < end && isDigit(b[i]); i++ {
			n.value = n.value*10 + uint64(b[i]-'0')
		}
		n.end, n.digits = i, i-n.start
		n.zero = n.digits > 1 && b[n.start] == '0'
		sc.number(&n)
	}
	if flags&(clsHex|clsLetter) != 0 && end-start > 8 {
		sc.hexInside(start, end)
	}
}

// number takes the next number of the view and looks for every address that
// it completes.
func (sc *scan) number(n *number) {
	l := &sc.lex.num
	l.ring[l.n&(history-1)] = *n
	l.n++
	if n.digits >= 7 {
		sc.ruleDword(n)
		sc.ruleDigest32(n)
		sc.rulePadded(n)
		if n.digits == 8 || n.digits == 32 {
			sc.ruleBits(n)
		}
	} else if n.digits == 1 {
		sc.ruleSpaced(n)
	}
	if len(sc.asns) > 0 {
		sc.ruleASN(n)
	}
	if sc.mayBeOctet(n) {
		l.awake = max(l.awake, l.n+history-1)
	}
	if l.n <= l.awake {
		sc.readNumbers()
	}
}

// mayBeOctet says whether a number is, however written, the first octet of a
// withheld address.
func (sc *scan) mayBeOctet(n *number) bool {
	if n.value <= 255 && sc.hasOctet(byte(n.value)) {
		return true
	}
	if !n.zero {
		return false
	}
	o := n.octal(sc.lex.b)
	return o <= 255 && sc.hasOctet(byte(o))
}

// readNumbers looks for addresses in the numbers that were not read yet, the
// remembered ones first: the octet that woke us may be the last of them.
func (sc *scan) readNumbers() {
	l := &sc.lex.num
	if l.n-l.read > history/2 {
		l.read, l.chain, l.dots, l.quad = max(0, l.n-history), 0, 0, quad{}
	}
	for l.read < l.n {
		l.read++
		sc.readNumber(l.back(0))
	}
}

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
