package leak

import "bytes"

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
			sc.ruleDelegated(addr, w.start, z.end)
		}
		if l.gap == gapDash && sc.hasOctet(byte(x.value)) {
			sc.ruleLastFirst(addr, w.start, z.end)
		}
	}
	if w.zero || x.zero || y.zero || z.zero {
		sc.ruleOctal(w, x, y, z)
	}
	if !decimal && l.dots >= 3 && x.value|y.value <= 255 && !w.hex && !z.hex {
		sc.ruleGlued(w, uint32(x.value<<16|y.value<<8), z)
	}
}

// ruleGlued reads an address to which digits are glued, 1203.0.113.77 or
// 203.0.113.7700: of numbers that are none it takes the last digits of the
// first, the first digits of the last.
func (sc *scan) ruleGlued(w *number, middle uint32, z *number) {
	first, last := []uint64{w.value}, []uint64{z.value}
	if w.value > 255 {
		first = []uint64{w.value % 1000, w.value % 100, w.value % 10}
	}
	if z.value > 255 {
		last = last[:0]
		n := uint64(0)
		for _, c := range sc.lex.b[z.start:min(z.end, z.start+3)] {
			n = n*10 + uint64(c-'0')
			last = append(last, n)
		}
	}
	for _, f := range first {
		for _, l := range last {
			addr := uint32(f<<24|l) | middle
			if f|l <= 255 && !lowEntropy(addr) && sc.withheld4(addr) {
				sc.addr4(addr, ruleIPv4Glued, w.start)
			}
		}
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

// ruleDelegated reads 77.64/26.113.0.203.in-addr.arpa, RFC 2317: before the three
// octets of a zone stands the label of a part of it, before that the last octet.
func (sc *scan) ruleDelegated(addr uint32, start, end int) {
	b := sc.lex.b
	if end+8 > len(b) || !inWords(b[end+1:end+8], " in-addr ") {
		return
	}
	i := start
	for i > 0 && start-i < 8 && b[i-1] != '.' && (isAlnum(b[i-1]) || b[i-1] == '/' || b[i-1] == '-') {
		i--
	}
	if i == 0 || b[i-1] != '.' {
		return
	}
	i--
	k, last := i, uint32(0)
	for k > 0 && i-k < 4 && isDigit(b[k-1]) {
		k--
	}
	for _, c := range b[k:i] {
		last = last*10 + uint32(c-'0')
	}
	if whole := swap4(addr)&^0xff | last; k < i && last < 256 && sc.withheld4(whole) && !sc.kept.has4(whole) {
		sc.addr4(whole, ruleIPv4Reversed, k)
	}
}

// ruleLastFirst reads names of hosts that begin with the last octet:
// 77-203-0-113.isp.example, 77.203-0-113.isp.example.
func (sc *scan) ruleLastFirst(addr uint32, start, end int) {
	b := sc.lex.b
	g := sc.gapBefore(2)
	if sc.gapBefore(1) != gapDash || g != gapDash && g != gapDot || end+1 >= len(b) || b[end] != '.' || !isLetter(b[end+1]) {
		return
	}
	if whole := addr<<8 | addr>>24; !lowEntropy(whole) && sc.withheld4(whole) && !sc.kept.has4(whole) && !sc.kept.has4(addr) {
		sc.addr4(whole, ruleIPv4Dotted, start)
	}
}

// ruleOctal reads the numbers that begin with 0 as octal, the others as they
// are: what inet_aton does.
func (sc *scan) ruleOctal(w, x, y, z *number) {
	var addr, decimal uint64
	for _, n := range [4]*number{w, x, y, z} {
		v := n.value
		if n.zero {
			v = n.octal(sc.lex.b)
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
	g := l.gap
	same := g == sc.gapBefore(1) && g == sc.gapBefore(2)
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
	y1, z1 := y.inet(sc.lex.b), z.inet(sc.lex.b)
	inURL := func(start int) bool { return start > 2 && sc.lex.b[start-1] == '/' && sc.lex.b[start-2] == '/' }
	if y1 < 256 && (z1 > 255 || inURL(y.start)) && z1 <= 0xffffff {
		sc.short(uint32(y1<<24|z1), y.start)
	}
	if l.dots < 2 {
		return
	}
	x := l.back(2)
	if x1 := x.inet(sc.lex.b); x1 < 256 && y1 < 256 && z1 <= 0xffff && (z1 > 255 || inURL(x.start)) {
		sc.short(uint32(x1<<24|y1<<16|z1), x.start)
	}
}

func (n *number) inet(b []byte) uint64 {
	if n.zero {
		return n.octal(b)
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
		sc.dword(n.octal(sc.lex.b), n)
	}
	if b := sc.lex.b; n.start > 1 && b[n.start-1]|0x20 == 'o' && b[n.start-2] == '0' && n.digits <= 13 {
		sc.dword(n.octal(b), n)
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

// mayBeASN says whether a number ends as an AS number of ours does.
func (sc *scan) mayBeASN(start, end int) bool {
	b := sc.lex.b
	tail := uint(b[end-1] - '0')
	if end-start > 1 {
		tail += uint(b[end-2]-'0') * 10
	}
	return tail < 100 && sc.tails[tail>>6]>>(tail&63)&1 != 0
}

func (sc *scan) ruleASN(start, end int) {
	b := sc.lex.b
	n := parseNumber(b, start, end)
	for _, a := range sc.asns {
		from := start
		same := n.value == uint64(a.number) && !n.hex
		if a.number > 0xffff && n.value == uint64(a.number&0xffff) {
			if high, ok := sc.asdot(start); ok && high.value == uint64(a.number>>16) {
				same, from = true, high.start
			}
		}
		if same && isASN(b, from, a.number) && !sc.keptSpan(b, from, end) {
			sc.hit(sc.lex.v, a.value, ruleASN, from)
		}
	}
}

// asdot returns the number that a single full stop joins to the last.
func (sc *scan) asdot(start int) (high number, ok bool) {
	l := &sc.lex.num
	if l.n < 2 {
		return high, false
	}
	from, to := l.last(1)
	high = parseNumber(sc.lex.b, from, to)
	if gapAt(sc.lex.b, high.end, start) != gapDot {
		return high, false
	}
	if l.n < 3 {
		return high, true
	}
	_, end := l.last(2)
	return high, gapAt(sc.lex.b, end, high.start) != gapDot
}

// asnReach is how far before a number a path of AS numbers may be announced.
const asnReach = 48

// isASN wants AS or ASN before the number, glued or as a word.
func isASN(b []byte, start int, number uint32) bool {
	if start > 1 && lower(b[start-1]) == 's' && lower(b[start-2]) == 'a' && (start < 3 || !isLetter(b[start-3])) {
		return true
	}
	before := bytes.ToLower(b[max(0, start-asnReach):start])
	for _, words := range [...]string{"autonomous", "as path", "as_path", "as-path", "aspath"} {
		if bytes.Contains(before, []byte(words)) {
			return true
		}
	}
	return announced(b, start, asnWords) || start > 2 && inWords(b[start-3:start], " asn ")
}
