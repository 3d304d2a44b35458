package leak

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
}

type quad struct {
	addr       uint32
	start, end int
	ok         bool
}

func (l *numbers) reset() { l.n, l.chain, l.dots, l.quad = 0, 0, 0, quad{} }

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
	':': gapColon, ',': gapComma, '/': gapSlash, '~': gapRange, '|': gapBlank,
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
	kind := gapBlank
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
		case isHard(c) && c != ',' || c == '+':
			i++
			continue
		case isLetter(c):
			switch w := b[i:j]; {
			case c|0x20 != 'd' && c|0x20 != 't' && c|0x20 != 'a' && c|0x20 != 'x':
			case len(w) >= 3 && inWords(w[:3], " dot ") && !isAlnum(b[i+3]):
				next, width = gapDot, 3
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
		n := sc.lex.num.slot()
		n.start = i
		for ; i < end && isDigit(b[i]); i++ {
			d := uint64(b[i] - '0')
			n.value, n.octal = n.value*10+d, n.octal<<3|d
			if d > 7 {
				n.octal |= 1 << 62 // no octal number; stays too large
			}
		}
		n.end, n.digits = i, i-n.start
		n.zero = n.digits > 1 && b[n.start] == '0'
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
	if l.chain > 1 {
		if n.gap == gapDot {
			sc.ruleShort()
		}
		if l.quad.ok {
			sc.afterQuad(n)
		}
	}
	if l.chain > 2 && l.dots > 1 && len(sc.nets4) > 0 {
		sc.ruleWildcard()
	}
	if l.chain > 3 {
		sc.quads()
	}
}

// quads looks at the last four numbers.
func (sc *scan) quads() {
	l := &sc.lex.num
	w, x, y, z := l.back(3), l.back(2), l.back(1), l.back(0)
	decimal := w.value|x.value|y.value|z.value <= 255
	if decimal {
		addr := uint32(w.value<<24 | x.value<<16 | y.value<<8 | z.value)
		if sc.hasOctet(byte(w.value)) || sc.hasOctet(byte(z.value)) {
			sc.ruleDotted(addr, w.start, z.end)
			sc.ruleReversed(addr, w.start, z.end)
		}
		if l.dots >= 3 {
			sc.quad(addr, w.start, z.end)
		}
	}
	if w.zero || x.zero || y.zero || z.zero {
		sc.ruleOctal(w, x, y, z)
	}
}

func (sc *scan) ruleDotted(addr uint32, start, end int) {
	if sc.readsAsAddr(addr, start, end) && !sc.kept.has4(addr) && !sc.startsKeptNet(addr, end) {
		sc.addr4(addr, ruleIPv4Dotted, start)
	}
}

func (sc *scan) ruleReversed(addr uint32, start, end int) {
	if back := swap4(addr); back != addr && sc.readsAsAddr(back, start, end) && !sc.kept.has4(addr) && !sc.kept.has4(back) {
		sc.addr4(back, ruleIPv4Reversed, start)
	}
}

// ruleOctal reads the numbers that begin with 0 as octal, the others as they
// are: what inet_aton does.
func (sc *scan) ruleOctal(w, x, y, z *number) {
	var addr, decimal uint64
	for _, n := range [4]*number{w, x, y, z} {
		v := n.value
		if n.zero {
			v = n.octal
		}
		if v > 255 {
			return
		}
		addr, decimal = addr<<8|v, decimal<<8|n.value&255
	}
	if sc.readsAsAddr(uint32(addr), w.start, z.end) && !sc.kept.has4(uint32(decimal)) && !sc.kept.has4(uint32(addr)) {
		sc.addr4(uint32(addr), ruleIPv4Octal, w.start)
	}
}

// addr4 reports the withheld address, or the networks around it.
func (sc *scan) addr4(addr uint32, rule string, off int) {
	for i := sc.v4.find(addr); i >= 0; i = sc.v4next[i] {
		sc.hit(sc.lex.v, i, rule, off)
	}
	for k := range sc.nets4 {
		if n := &sc.nets4[k]; addr >= n.lo && addr <= n.hi {
			sc.hit(sc.lex.v, n.value, rule, off)
		}
	}
}

// withheld4 says whether addr4 would report something.
func (sc *scan) withheld4(addr uint32) bool {
	if sc.v4.find(addr) >= 0 {
		return true
	}
	for k := range sc.nets4 {
		if n := &sc.nets4[k]; addr >= n.lo && addr <= n.hi {
			return true
		}
	}
	return false
}

// readsAsAddr keeps version numbers, dates and times from being addresses: an
// address of small octets only must be written with full stops, stand alone
// and not be announced as a version; other marks than full stops, hyphens,
// underscores and x must be accompanied by an octet no clock shows.
func (sc *scan) readsAsAddr(addr uint32, start, end int) bool {
	if !sc.withheld4(addr) {
		return false
	}
	l := &sc.lex.num
	b := sc.lex.b
	if lowEntropy(addr) {
		return l.dots == 3 && !isVersion(b, start, end)
	}
	g := l.back(0).gap
	same := g == l.back(1).gap && g == l.back(2).gap
	switch {
	case l.dots >= 3:
		return true
	case same && (g == gapDash || g == gapUnder || g == gapX):
		return true
	}
	return bigOctet(addr)
}

func isVersion(b []byte, start, end int) bool {
	if end < len(b) && isLetter(b[end]) {
		return true
	}
	if end+1 < len(b) && (b[end] == '.' || b[end] == '-' || b[end] == '_') && isAlnum(b[end+1]) && b[end+1] != '{' {
		return true
	}
	if start == 0 {
		return false
	}
	switch c := b[start-1]; {
	case isLetter(c), c == '-' && start > 1 && isLetter(b[start-2]), c == '_':
		return true
	case c == '/':
		return start > 1 && isAlnum(b[start-2])
	}
	return announced(b, start, versionWords)
}

// ruleShort reads 203.0.29005 and 203.29005: the last number fills the rest.
// With a last number below 256 only a URL makes it an address.
func (sc *scan) ruleShort() {
	l := &sc.lex.num
	z := l.back(0)
	if z.value > 0xffffff {
		return
	}
	y := l.back(1)
	y1, z1 := y.inet(), z.inet()
	inURL := func(start int) bool { return start > 2 && sc.lex.b[start-1] == '/' && sc.lex.b[start-2] == '/' }
	if y1 < 256 && (z1 > 255 || inURL(y.start)) && z1 <= 0xffffff {
		sc.short(uint32(y1<<24|z1), y.start)
	}
	if l.dots < 2 {
		return
	}
	x := l.back(2)
	if x1 := x.inet(); x1 < 256 && y1 < 256 && z1 <= 0xffff && (z1 > 255 || inURL(x.start)) {
		sc.short(uint32(x1<<24|y1<<16|z1), x.start)
	}
}

func (n *number) inet() uint64 {
	if n.zero {
		return n.octal
	}
	return n.value
}

func (sc *scan) short(addr uint32, off int) {
	if sc.withheld4(addr) && !sc.kept.has4(addr) {
		sc.addr4(addr, ruleIPv4Short, off)
	}
}

// minNumberPrefix is the shortest withheld network in which a bare number is
// looked for: a wider one would hold serial numbers and times of day.
const minNumberPrefix = 22

// ruleDword reads one number as an address: decimal, octal, 0x, as a signed
// 32-bit number, in either byte order.
func (sc *scan) ruleDword(n *number) {
	if n.digits <= 10 || n.hex {
		sc.dword(n.value, n)
	}
	if n.zero && n.digits <= 13 {
		sc.dword(n.octal, n)
	}
	if n.start > 0 && sc.lex.b[n.start-1] == '-' && n.value <= 1<<31 {
		sc.dword(1<<32-n.value, n)
	}
}

func (sc *scan) dword(value uint64, n *number) {
	if value > 0xffffffff || value < 1<<16 {
		return
	}
	for _, addr := range [2]uint32{uint32(value), swap4(uint32(value))} {
		if sc.numberHolds(addr) && !sc.kept.has4(addr) && !sc.keptSpan(sc.lex.b, n.start, n.end) {
			sc.addr4(addr, ruleIPv4Dword, n.start)
		}
	}
}

func (sc *scan) numberHolds(addr uint32) bool {
	if sc.v4.find(addr) >= 0 {
		return true
	}
	for k := range sc.nets4 {
		if n := &sc.nets4[k]; n.bits >= minNumberPrefix && addr >= n.lo && addr <= n.hi {
			return true
		}
	}
	return false
}

// rulePadded reads twelve digits, 203000113077, alone or among more.
func (sc *scan) rulePadded(n *number) {
	if n.hex {
		return
	}
	b := sc.lex.b
	for i := n.start; i+12 <= n.end; i++ {
		var addr uint32
		ok := true
		for k := i; k < i+12 && ok; k += 3 {
			o := uint32(b[k]-'0')*100 + uint32(b[k+1]-'0')*10 + uint32(b[k+2]-'0')
			ok = o <= 255
			addr = addr<<8 | o
		}
		for _, a := range [2]uint32{addr, swap4(addr)} {
			if ok && sc.numberHolds(a) && !sc.kept.has4(addr) && !sc.keptSpan(b, n.start, n.end) {
				sc.addr4(a, ruleIPv4Padded, i)
			}
		}
	}
}

func (sc *scan) ruleASN(n *number) {
	b := sc.lex.b
	for _, a := range sc.asns {
		same := n.value == uint64(a.number) && !n.hex
		start := n.start
		if l := &sc.lex.num; n.gap == gapDot && l.dots == 1 && a.number > 0xffff {
			same = same || l.back(1).value == uint64(a.number>>16) && n.value == uint64(a.number&0xffff)
			start = l.back(1).start
		}
		if same && isASN(b, start, a.number) && !sc.keptSpan(b, start, n.end) {
			sc.hit(sc.lex.v, a.value, ruleASN, start)
		}
	}
}

// isASN wants AS or ASN before the number, glued or as a word.
func isASN(b []byte, start int, number uint32) bool {
	if start > 1 && lower(b[start-1]) == 's' && lower(b[start-2]) == 'a' && (start < 3 || !isLetter(b[start-3])) {
		return true
	}
	return announced(b, start, asnWords) || start > 2 && inWords(b[start-3:start], " asn ")
}
