package leak

import "encoding/binary"

// lexer is the state of the one pass over a view that finds its words and
// hands each to the rules it could concern.
type lexer struct {
	v       *view
	b       []byte // the view up to the end of the range
	num     numbers
	grp     groups
	run     run
	hex     dump
	noBlock int // before it no block of base64 begins
	dull    [64]dull
	b64     builder // texts that base64 runs decode to
	raw     builder // and hex runs
	bit     builder // what may be text by chance
	off     bool    // runs are not decoded: case is lost, or these are scraps
	*templates
}

// run is letters, digits and + / - _ in a row.
type run struct {
	start, end int
	gaps       int  // bytes of line ends and indents within
	quiet      bool // unless it goes on nothing but an image can come of it
}

// dull is a run of which nothing came in this view: most long words of a log,
// and the boundary of a message, stand in it again and again.
type dull struct {
	start, size int32
	hex         bool // read as hex digits, else as base64
}

// maxDull is the longest run that is remembered as dull.
const maxDull = 64

// dullSlot returns where a run of eight bytes or more is remembered, and
// whether it is.
func (lx *lexer) dullSlot(start, end int, hex bool) (slot *dull, known bool) {
	b := lx.b
	k := binary.LittleEndian.Uint64(b[start:]) * 0x9e3779b97f4a7c15 >> 58
	if hex {
		k ^= 1
	}
	slot = &lx.dull[k]
	return slot, int(slot.size) == end-start && slot.hex == hex && string(b[slot.start:slot.start+slot.size]) == string(b[start:end])
}

// yield changes whenever something came of a text, were it an excuse.
func (sc *scan) yield() int {
	lx := &sc.lex
	return sc.hits + sc.excuses + sc.spent + len(lx.b64.b) + len(lx.raw.b) + len(lx.bit.b)
}

// tokens reads the words of [lo,hi) and returns the triggers seen. It ends
// early, at end, before a block of base64, and then next is behind that.
func (sc *scan) tokens(v *view, lo, hi int) (triggers uint32, end, next int) {
	lx := &sc.lex
	lx.v, lx.b = v, v.b[:hi]
	lx.num.reset()
	lx.grp.reset()
	lx.hex.reset()
	lx.noBlock = lo
	lx.dull = [64]dull{}
	lx.run = run{start: lo, end: lo}
	lx.learn, lx.tailEnd = nil, -1
	lx.b64, lx.raw, lx.bit = builder{}, builder{}, builder{leaf: true}
	lx.off = v.leaf || v.folded
	end, next = hi, hi
	b := lx.b
	fresh := !lx.off && (lo == 0 || b[lo-1] == '\n') // no template was looked for in this line
	var seen uint32                                  // triggers before the template that is learned
	for i := lo; i < len(b); {
		if fresh {
			for i < len(b) && (b[i] == ' ' || b[i] == '\t') {
				i++
			}
			fresh = false
			if t := lx.template(i); t != nil {
				triggers |= sc.again(v, t, i)
				i += len(t.text)
			} else {
				seen, triggers = seen|triggers, 0
			}
			continue
		}
		flags := class[b[i]]
		if flags == 0 { // blanks, and marks that mean nothing
			for i++; i < len(b) && b[i] == ' '; i++ {
			}
			continue
		}
		if flags&clsAlnum == 0 {
			if flags&trgAt != 0 {
				if b[i] == '\n' {
					fresh = !lx.off
					sc.endGroups() // no row goes over a line end
					sc.learned(i, triggers)
				}
				if flags&trgAt&^triggers != 0 { // one of its escapes was not seen yet
					flags = triggerAt(b, i, flags)
				}
				if lx.learn != nil {
					lx.learnMark(i)
				}
			}
			triggers |= flags
			i++
			continue
		}
		start := i
		if !lx.off {
			if start == lo || b[start-1] == '\n' {
				if block := sc.base64Block(v, b, start); block > start {
					end, next = start, block
					break
				}
			}
			if !lx.joinsRun(start) {
				sc.breakRun()
				lx.run = run{start: lx.firstSymbol(start)}
			}
		}
		for i++; i < len(b); i++ {
			k := class[b[i]]
			if k&clsAlnum == 0 {
				break
			}
			flags |= k
		}
		if !lx.off {
			lx.run.end = i
		}
		begins := sc.mayBegin(b, start)
		if lx.learn != nil {
			sc.learnWord(start, i, flags, begins)
		}
		if begins {
			sc.textsAt(v, start)
		}
		if flags&(clsDigit|clsLetter) != clsLetter || lx.grp.n > 0 || i < len(b) && b[i] == ':' || b[start]|0x20 == 'x' {
			sc.anyWord(start, i, flags)
		}
	}
	lx.learn = nil
	triggers |= seen
	sc.endRun()
	sc.endGroups()
	sc.endDump()
	sc.add(v, decBase64, &lx.b64)
	sc.add(v, decHex, &lx.raw)
	sc.addScraps(v)
	return triggers, end, next
}

// anyWord hands a word to the rules that it could concern, other than texts.
func (sc *scan) anyWord(start, end int, flags uint32) {
	b := sc.lex.b
	if flags == clsDigit && end-start < 7 {
		sc.decimal(start, end)
	} else if flags&(clsDigit|clsLetter) != clsLetter || b[start]|0x20 == 'x' || sc.lex.grp.n > 0 && start-sc.lex.grp.end <= 2 || end < len(b) && b[end] == ':' {
		sc.word(start, end, flags)
	}
}

// mayBegin says whether a text may begin at a word.
func (sc *scan) mayBegin(b []byte, start int) bool {
	second := uint8(letterNone)
	if start+1 < len(b) {
		second = letterOf[b[start+1]]
	}
	return sc.begins[letterOf[b[start]]]>>second&1 != 0
}

// textsAt looks for the texts that begin at a word where one may.
func (sc *scan) textsAt(v *view, start int) {
	b := sc.lex.b
	first, second := letterOf[b[start]], uint8(letterNone)
	if start+1 < len(b) {
		second = letterOf[b[start+1]]
	}
	if sc.starts[first]>>second&1 != 0 {
		sc.climb(v, b, start, start, 0, -1)
	}
	if sc.filters.loose[first]>>second&1 != 0 {
		sc.looseAt(v, b, start)
	}
}

// addScraps queues what may be text by chance; it is normalised already.
func (sc *scan) addScraps(v *view) {
	if w := sc.add(v, decBits, &sc.lex.bit); w != nil {
		w.folded = true
	}
}

// decimal hands a number of few digits to the rules: most words of a log.
func (sc *scan) decimal(start, end int) {
	if start > 0 && sc.lex.b[start-1] == '(' {
		sc.word(start, end, clsDigit)
		return
	}
	sc.fewDigits(start, end)
	if (end-start)&1 == 0 {
		sc.dumpWord(start, start, end)
	}
	if besideMark(sc.lex.b, start, end) {
		sc.hexRow(start, end)
	}
}

// word hands a word of digits, hex digits or both to the rules, and any word
// beside a row of hex words.
func (sc *scan) word(start, end int, flags uint32) {
	b := sc.lex.b
	if flags&clsDigit != 0 {
		sc.digits(start, end, flags)
	}
	switch {
	case flags&clsLetter == 0:
		sc.hexWord(start, end)
	case flags&clsDigit != 0 && end-start > 2 && b[start] == '0' && b[start+1]|0x20 == 'x':
		sc.hexWord(start, end)
	case end-start == 3 && start > 0 && b[start-1] == '\\' && b[start]|0x20 == 'x' && isHex(b[start+1]) && isHex(b[start+2]):
		sc.dumpWord(start-1, start+1, end)
	case sc.lex.grp.n > 0 || end < len(b) && b[end] == ':':
		sc.rim(start, end)
	}
}

// firstSymbol goes back from a word to the symbols of base64 that stand before
// it.
func (lx *lexer) firstSymbol(start int) int {
	for start > lx.run.end && class[lx.b[start-1]]&clsBase64 != 0 {
		start--
	}
	return start
}

// joinsRun says whether the word at start goes on the run of base64 symbols:
// after + / - _ or a line end with its indent.
func (lx *lexer) joinsRun(start int) bool {
	if class[lx.b[lx.run.end]]&(clsBase64|clsLine) == 0 && start > lx.run.end {
		return false
	}
	if start-lx.run.end == 1 {
		k := class[lx.b[lx.run.end]]
		if k&clsLine != 0 {
			lx.run.gaps++
		}
		lx.run.quiet = false
		return k&(clsBase64|clsLine) != 0
	}
	lines, gaps := 0, 0
	for i := lx.run.end; i < start; i++ {
		switch c := lx.b[i]; {
		case class[c]&clsBase64 != 0:
			continue
		case c == '\r':
		case c == '\n' && lines == 0:
			lines++ // a blank line ends a body
		case (c == ' ' || c == '\t') && i > lx.run.end && (lx.b[i-1] == '\n' || lx.b[i-1] == ' ' || lx.b[i-1] == '\t'):
		default:
			return false
		}
		gaps++
	}
	lx.run.gaps += gaps
	lx.run.quiet = false
	return true
}

// highTexts tries the patterns that begin outside ASCII.
func (sc *scan) highTexts(v *view, lo, hi int) {
	if len(sc.Scanner.high) == 0 {
		return
	}
	b := v.b[:hi]
	for i := lo; i < len(b); i++ {
		if b[i] < 0xc0 {
			continue
		}
		n := 2
		if b[i] >= 0xe0 {
			n = 3
		}
		if i+n <= len(b) && sc.filters.high>>highKey(b[i:i+n])&1 != 0 {
			sc.tryAll(v, b, i, sc.Scanner.high)
		}
	}
}

const (
	accountWords = " user username login account acct uid logname for name userid as "
	asnWords     = " as asn asnum asno origin aut "
	versionWords = " v ver version rev revision release build rfc section oid "
)

// announced says whether one of the words stands shortly before i, with only
// marks between.
func announced(b []byte, i int, words string) bool {
	j := i
	for j > 0 && i-j < 12 && !isAlnum(b[j-1]) && b[j-1] != '\n' && b[j-1] != sep {
		j--
	}
	k := j
	for k > 0 && j-k < 12 && isLetter(b[k-1]) {
		k--
	}
	return k < j && j <= i && inWords(b[k:j], words)
}

func inWords(word []byte, words string) bool {
	n := len(word)
	for at := 0; at+n+1 < len(words); at++ {
		if words[at] == ' ' && words[at+n+1] == ' ' {
			k := 0
			for k < n && lower(word[k]) == words[at+1+k] {
				k++
			}
			if k == n {
				return true
			}
		}
	}
	return false
}
