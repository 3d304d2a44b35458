package leak

import "bytes"

// number is one run of digits, or of hex digits after 0x.
type number struct {
	start, end int
	value      uint64
	octal      uint64 // read as octal, when it begins with 0
	digits     int
	zero       bool // begins with 0 and has more digits
	hex        bool
	gap        gap // what stands before it, after the number before
}

// numbers are the last four, and the last dotted address.
type numbers struct {
	ring  [4]number
	n     int // all so far
	chain int // how many of the last stand together
	dots  int // how many of the last gaps are full stops
	quad  quad
	spaced
}

type quad struct {
	addr       uint32
	start, end int
	ok         bool
}

func (l *numbers) reset() { l.n, l.chain, l.dots, l.quad, l.spaced = 0, 0, 0, quad{}, spaced{} }

// back returns the k-th last number.
func (l *numbers) back(k int) *number { return &l.ring[(l.n-1-k)&3] }

// slot returns an empty number in the place of the next.
func (l *numbers) slot() *number {
	n := &l.ring[l.n&3]
	*n = number{}
	return n
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
		n := sc.lex.num.slot()
		n.start, n.hex = start, true
		i := start + 2
		for ; i < end && isHex(b[i]); i++ {
			n.value = n.value<<4 | uint64(hexValue[b[i]])
		}
		n.end, n.digits = i, i-start-2
		if n.digits <= 8 {
			sc.number(n)
			start = i
		}
	}
	for i := start; i < end; {
		if !isDigit(b[i]) {
			i++
			continue
		}
		if i == start && i > 0 && b[i-1] == '(' && skipLength(b, i-1) > i {
			return // the length of a label
		}
		n := sc.lex.num.slot()
		n.start = i
		value := uint64(0)
		for ; i < end && isDigit(b[i]); i++ {
			value = value*10 + uint64(b[i]-'0')
		}
		n.value, n.end, n.digits = value, i, i-n.start
		if n.zero = n.digits > 1 && b[n.start] == '0'; n.zero {
			n.octal = octal(b[n.start:i])
		}
		sc.number(n)
	}
	if flags&(clsHex|clsLetter) != 0 && end-start > 8 {
		sc.hexInside(start, end)
	}
}

// number takes the next number of the view and looks for every address that
// it completes.
func (sc *scan) number(n *number) {
	l := &sc.lex.num
	n.gap = gapNone
	if l.n > 0 {
		n.gap = gapAt(sc.lex.b, l.back(0).end, n.start)
	}
	if n.gap == gapNone {
		l.chain = 0
	}
	if n.gap == gapDot {
		l.dots++
	} else {
		l.dots = 0
	}
	l.chain++
	l.n++
	if n.digits >= 7 {
		sc.ruleDword(n)
		sc.ruleDigest32(n)
		sc.rulePadded(n)
	}
	if len(sc.asns) > 0 {
		sc.ruleASN(n)
	}
	if n.digits == 8 || n.digits == 32 {
		sc.ruleBits(n)
	}
	sc.ruleSpaced(n)
	if l.chain > 1 {
		if n.gap == gapDot {
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
func octal(digits []byte) (n uint64) {
	for _, c := range digits {
		if c > '7' {
			return 1 << 62
		}
		n = n<<3 | uint64(c-'0')
	}
	return n
}
