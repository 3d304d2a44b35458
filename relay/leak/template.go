package leak

import (
	"bytes"
	"encoding/binary"
)

// template is a line of a log or of a letter, without its indent, with any
// digits in the place of its digits. A line of a template that was read is not
// read as a whole again, but only what of it can now come to something else:
//
//   - Words with a digit, words of hex digits alone, those beside a mark that
//     joins hex words and those with which a text may begin are handed to the
//     rules as ever. All others are the same letters again, and come to nothing
//     again.
//   - Runs of base64 symbols with a digit are decoded as ever, and one of which
//     something came. So is the first where it goes on that of the line before,
//     but for two such lines that are known together.
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
// templates even if no two lines are alike. What every message has, our own
// letters and the tags of a document, is learned for later scans, of other
// values too: there every word may begin a text and every run hold an image.
// Which of them do is asked once in a scan (bind). Nothing else of such a
// template may hang on the values under which it was learned.
type template struct {
	text     []byte // with zeros for digits
	hash     uint32
	triggers uint32
	word     uint16 // where its first word begins
	head     op     // the run of that, which may go on that of the line before
	last     op     // the one that may go on in the next line
	first, n int32  // the ops of this scan; none yet if first is negative
	scan     uint32
	lasts    bool   // it is for later scans too
	lasting  []op   // and these are its ops under any values
	chained  uint16 // the next of its slot, from 1
	serial   uint32
	before   uint32 // the one whose last run its first goes on,
	joins    bool   // and whether both together are quiet
	after    uint16 // the one that came after it, from 1
}

// op is something that must be read again.
type op struct {
	what       uint8
	flags      uint8  // classes of a word; of a number, which rows it is in
	start, end uint16 // from the start of the template; end of opText is a pair
}

const (
	opWord   = iota // for all rules
	opNumber        // of few digits, for the rules of numbers
	opText          // a text may begin there
	opRun
	opQuiet // a run in which there may be an image, but nothing else
	opMark
	opBreak // the run of the first word ends
	opNone
)

// Flags of a number.
const (
	inDump   = 1 << iota // a word of a dump too
	endsDump             // the dump before it ends
	inRow                // and one of a row of hex words
	endsRow
)

// template returns the template of the line that goes on at start. If there is
// none, it may be one that is to be learned.
func (lx *lexer) template(start int) *template {
	b := lx.b[start:]
	if lx.last > 0 {
		if k := lx.known[lx.last-1].after; k > 0 && int(k) <= len(lx.known) && lx.known[k-1].isLine(b) {
			lx.last = k
			return &lx.known[k-1]
		}
	}
	n := bytes.IndexByte(b[:min(len(b), maxTemplate)], '\n')
	if n > 0 && b[n-1] == '\r' {
		n--
	}
	if n < minTemplate || n >= blockLine && mayBeBlock(b) {
		return nil
	}
	b = b[:n]
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
	hash := uint32(h >> 32)
	k := lx.slots[hash>>23]
	for left := maxChain; k > 0 && left > 0; left-- {
		t := &lx.known[k-1]
		if t.hash == hash && t.matches(b) {
			lx.follow(k)
			return t
		}
		k = t.chained
	}
	if lasts, ok := lx.learns(hash, n, digits); ok {
		lx.put(template{hash: hash, first: int32(len(lx.ops)), lasts: lasts})
		lx.follow(uint16(len(lx.known)))
		lx.learn, lx.at, lx.word = &lx.known[len(lx.known)-1], start, -1
		lx.inHead, lx.keeps = true, false
	}
	return nil
}

// isLine says whether b begins with a line of the template.
func (t *template) isLine(b []byte) bool {
	n := len(t.text)
	return n < len(b) && (b[n] == '\n' || b[n] == '\r' && n+1 < len(b) && b[n+1] == '\n') && t.matches(b[:n])
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
		if x != y && x != noDigits(y) {
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

// bind takes of the ops of a template those that the values of this scan need.
func (sc *scan) bind(t *template) {
	lx := &sc.lex
	t.first = int32(len(lx.ops))
	for _, o := range t.lasting {
		switch o.what {
		case opText:
			if sc.begins[o.end>>6]>>(o.end&63)&1 == 0 {
				continue
			}
		case opQuiet:
			if !sc.mayHoldImage(t.text[o.start:o.end]) {
				continue
			}
			o.what = opRun
		}
		lx.ops = append(lx.ops, o)
	}
	t.n = int32(len(lx.ops)) - t.first
}

// readHead goes on the run before a line with its first, or begins one.
func (sc *scan) readHead(t *template, at int) {
	lx := &sc.lex
	tail, word := lx.run.end, at+int(t.word)
	if h := &t.head; h.what == opNone {
		return
	} else if !lx.joinsRun(word) {
		sc.breakRun()
		lx.run = run{start: at + int(h.start), end: at + int(h.end), quiet: h.what == opQuiet}
		return
	}
	lx.run.end = at + int(t.head.end)
	if t.lasts && tail == lx.tailEnd && lx.run.gaps == word-tail { // nothing but a line end between
		if t.before != lx.tail {
			t.before, t.joins = lx.tail, sc.isQuiet(lx.wholeRun())
		}
		lx.run.quiet = t.joins
	}
}

// again reads a line of the template that begins at at, and returns the
// triggers in it.
func (sc *scan) again(v *view, t *template, at int) (triggers uint32) {
	lx := &sc.lex
	sc.readHead(t, at)
	triggers = t.triggers
	ops := t.lasting
	switch {
	case t.lasts && t.scan != lx.scan: // most are met once
		t.scan, t.first = lx.scan, -1
	case t.first < 0:
		sc.bind(t)
		fallthrough
	default:
		ops = lx.ops[t.first : t.first+t.n]
	}
	for k := range ops {
		o := &ops[k]
		start, end := at+int(o.start), at+int(o.end)
		switch o.what {
		case opNumber:
			if sc.filters.digit && sc.mayBegin(lx.b, start) {
				sc.textsAt(v, start)
			}
			sc.fewDigits(start, end)
			if o.flags&inDump != 0 {
				sc.dumpWord(start, start, end)
			} else if o.flags&endsDump != 0 {
				sc.endDump()
			}
			if o.flags&inRow != 0 {
				sc.hexRow(start, end)
			} else if o.flags&endsRow != 0 {
				sc.endGroups()
			}
		case opText:
			if sc.begins[o.end>>6]>>(o.end&63)&1 != 0 {
				sc.textsAt(v, start)
			}
		case opWord:
			if sc.mayBegin(lx.b, start) {
				sc.textsAt(v, start)
			}
			sc.anyWord(start, end, uint32(o.flags))
		case opRun, opQuiet:
			if o.what == opRun || sc.mayHoldImage(lx.b[start:end]) {
				lx.run = run{start: start, end: end}
				sc.endRun()
			}
		case opBreak:
			sc.breakRun()
		case opMark:
			triggers |= triggerAt(lx.b, start, class[lx.b[start]])
		}
	}
	if l := &t.last; l.what != opNone {
		lx.run = run{start: at + int(l.start), end: at + int(l.end), quiet: l.what == opQuiet}
	}
	if lx.run.start >= at {
		lx.tail, lx.tailEnd = t.serial, lx.run.end
	}
	return triggers
}

// mayHoldImage says whether an image may be in a quiet run, or four bytes of a
// network alone.
func (sc *scan) mayHoldImage(run []byte) bool {
	var last uint64
	var pairs uint32
	n := 0
	for _, c := range run {
		x := base64Value[c]
		if x > 63 {
			continue // a line end within the run
		}
		n++
		last = last<<6 | uint64(x)
		if pairs = pairs<<1 | uint32(sc.pairA[last>>6&63]>>(last&63))&1; pairs&4 != 0 && sc.pairB[last>>6&63]>>(last&63)&1 != 0 {
			return true
		}
	}
	return n < 10 && len(sc.nets4) > 0 && sc.worth4(uint32(last>>4))
}
