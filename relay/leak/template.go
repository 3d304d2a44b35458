package leak

import (
	"bytes"
	"encoding/binary"
)

// template is a line of a log, or what follows its first words, with any digits
// in the place of its digits: a log is a few sentences with other numbers. A
// line of a template that was read is not read as a whole again, but only what
// of it can now come to something else:
//
//   - Words with a digit, words of hex digits alone, those beside a mark that
//     joins hex words and those with which a text may begin are handed to the
//     rules as ever. So is the first, for it goes on what stands before it. All
//     others are the same letters again, and come to nothing again.
//   - Runs of base64 symbols with a digit are decoded as ever, and one of which
//     something came. Marks before the first word belong to a run; a line that
//     begins with them is read as a whole.
//   - Rows of hex words and dumps that are nothing by their form, such as a time
//     of day, are nothing whatever their digits.
//   - Whether a mark begins an escape does not hang on digits, nor on the next
//     line, but for the marks of learnMark.
//
// What reaches over line ends, as texts and numbers do, looks at the message
// itself and at all numbers, of which none is left out.
//
// A letter and the document attached to it tell the same log, so a line of a log
// is learned when it is met for the first time: the second copy is then read by
// templates even if no two lines are alike.
type template struct {
	text     []byte
	triggers uint32
	first, n int32 // its ops
	last     op    // the run of symbols that may go on in the next line
}

// op is something that must be read again.
type op struct {
	what       uint8
	flags      uint32 // of a word or run
	start, end uint16 // from the start of the template
}

const (
	opWord   = 1 << iota // for all rules
	opNumber             // of few digits, for the rules of numbers
	opDump               // as a word of a dump too
	opRow                // and as one of a row of hex words
	opRun
	opMark
)

const (
	minTemplate  = 32
	maxTemplate  = 1 << 10
	maxTemplates = 128
	// Lines that may be of a log, with digits in some of their words of eight
	// bytes, are learned at once, up to so many ops: as many as a letter has.
	// Others, and those behind them, are learned when they come again.
	logDigits = 2
	maxFresh  = 1 << 10
	maxOps    = 1 << 12 // of all lines together
)

// templates are those of one scan.
type templates struct {
	known  []template
	slots  [256]uint8 // by the hash of a line: which of the known, from 1
	likely *template  // the last one met
	ops    []op
	learn  *template // being made of the line at at
	at     int

	sparing bool        // lines are learned when they are met for the second time
	met     [256]uint16 // hashes of those
}

// template returns the template of the line that goes on at start. If there is
// none, it may be one that is to be learned.
func (lx *lexer) template(start int) *template {
	b := lx.b[start:]
	n := bytes.IndexByte(b[:min(len(b), maxTemplate)], '\n')
	if n <= minTemplate {
		return nil
	}
	if b[n-1] == '\r' {
		n--
	}
	b = b[:n]
	if lx.likely != nil && lx.likely.matches(b) {
		return lx.likely
	}
	h, factor, digits := uint64(n), uint64(0x9e3779b97f4a7c15), 0
	for k := 0; k < n; k += 8 {
		x := binary.LittleEndian.Uint64(b[min(k, n-8):])
		y := noDigits(x)
		h += y * factor
		factor += 0x85ebca6b61c88646
		if x != y {
			digits++
		}
	}
	h = (h ^ h>>32) * 0x9e3779b97f4a7c15
	slot := &lx.slots[h>>56]
	if *slot > 0 && lx.known[*slot-1].matches(b) {
		lx.likely = &lx.known[*slot-1]
		return lx.likely
	}
	full := len(lx.known) == maxTemplates
	if lx.sparing = lx.sparing || full || len(lx.ops) > maxFresh; lx.sparing || digits < logDigits {
		if met := &lx.met[h>>56]; *met != uint16(h>>32) {
			*met = uint16(h >> 32)
			return nil
		}
		if full || len(lx.ops) > maxOps {
			lx.known, lx.ops, lx.slots, lx.likely = lx.known[:0], lx.ops[:0], [256]uint8{}, nil
		}
	}
	if lx.known == nil {
		lx.known = make([]template, 0, maxTemplates)
	}
	lx.known = append(lx.known, template{first: int32(len(lx.ops))})
	*slot = uint8(len(lx.known))
	lx.learn, lx.at = &lx.known[*slot-1], start
	return nil
}

// matches says whether a line differs in nothing but digits. A hash would do
// for honest mail.
func (t *template) matches(line []byte) bool {
	if len(t.text) != len(line) {
		return false
	}
	for k := 0; k < len(line); k += 8 {
		at := min(k, len(line)-8)
		x, y := binary.LittleEndian.Uint64(t.text[at:]), binary.LittleEndian.Uint64(line[at:])
		if x != y && noDigits(x) != noDigits(y) {
			return false
		}
	}
	return true
}

// noDigits makes every digit of eight bytes a 0.
func noDigits(x uint64) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	y := x ^ '0'*ones
	other := (y&^tops + (0x80-10)*ones) | y // the top bit: no digit
	return x &^ (^other & tops >> 7 * 15)
}

// learnWord, learnMark and breakRun note what must be read again.
func (sc *scan) learnWord(start, end int, flags uint32, begins bool) {
	lx := &sc.lex
	b := lx.b
	beside := isMark(b[end]) || start > lx.at && isMark(b[start-1])
	switch {
	case start > lx.at && flags == clsDigit && end-start < 7 && b[start-1] != '(':
		what := uint8(opNumber)
		if (end-start)&1 == 0 {
			what |= opDump
		}
		if beside {
			what |= opRow
		}
		lx.learnOp(what, flags, start, end)
	case start == lx.at, flags&(clsDigit|clsLetter) != clsLetter, beside, begins, b[start]|0x20 == 'x':
		lx.learnOp(opWord, flags, start, end)
	}
}

func (lx *lexer) learnMark(i int) {
	if c := lx.b[i]; c != ':' && c != '[' && (c != ']' || lx.b[i+1] == ']') {
		lx.learnOp(opMark, 0, i, i+1)
	}
}

// breakRun decodes the run that ended.
func (sc *scan) breakRun() {
	lx := &sc.lex
	before := sc.yield()
	sc.endRun()
	if lx.learn != nil && (lx.run.flags&clsDigit != 0 || sc.yield() != before) {
		lx.learnOp(opRun, lx.run.flags, lx.run.start, lx.run.end)
	}
}

func (lx *lexer) learnOp(what uint8, flags uint32, start, end int) {
	lx.ops = append(lx.ops, op{what, flags, uint16(start - lx.at), uint16(end - lx.at)})
}

// unlearn takes a row of hex words or a dump off, if each of its n words is a
// number in the template. Those of which the first is not may have begun before.
func (lx *lexer) unlearn(what uint8, start, end, n int) {
	if lx.learn == nil {
		return
	}
	ops := lx.ops[lx.learn.first:]
	from := len(ops)
	for ; from > 0 && int(ops[from-1].start)+lx.at >= start; from-- {
		if o := &ops[from-1]; o.what&what != 0 && int(o.end)+lx.at <= end {
			n--
		}
	}
	if n != 0 {
		return
	}
	for k := range ops[from:] {
		if o := &ops[from+k]; int(o.end)+lx.at <= end {
			o.what &^= what
		}
	}
}

// learned ends the template that is learned, at the line end at i.
func (sc *scan) learned(i int, triggers uint32) {
	lx := &sc.lex
	t := lx.learn
	if t == nil {
		return
	}
	sc.endGroups() // no row goes over a line end
	lx.learn = nil
	if lx.b[i-1] == '\r' {
		i--
	}
	t.text, t.triggers, t.n = lx.b[lx.at:i], triggers, int32(len(lx.ops))-t.first
	t.last = op{opRun, lx.run.flags, uint16(lx.run.start - lx.at), uint16(lx.run.end - lx.at)}
}

// again reads a line of the template that begins at at, and returns the
// triggers in it.
func (sc *scan) again(v *view, t *template, at int) (triggers uint32) {
	lx := &sc.lex
	triggers = t.triggers
	ops := lx.ops[t.first : t.first+t.n]
	for k := range ops {
		o := &ops[k]
		start, end := at+int(o.start), at+int(o.end)
		switch {
		case o.what&opNumber != 0:
			if sc.filters.digit && sc.mayBegin(lx.b, start) {
				sc.textsAt(v, start)
			}
			sc.fewDigits(start, end)
			if o.what&opDump != 0 {
				sc.dumpWord(start, start, end)
			}
			if o.what&opRow != 0 {
				sc.hexRow(start, end)
			}
		case o.what == opWord:
			if sc.mayBegin(lx.b, start) {
				sc.textsAt(v, start)
			}
			sc.anyWord(start, end, o.flags)
		case o.what == opRun:
			lx.run = run{start: start, end: end, flags: o.flags}
			sc.endRun()
		case o.what == opMark:
			triggers |= triggerAt(lx.b, start, class[lx.b[start]])
		}
	}
	lx.run = run{start: at + int(t.last.start), end: at + int(t.last.end), flags: t.last.flags}
	return triggers
}
