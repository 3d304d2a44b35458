package leak

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// learnWord, learnMark and breakRun note what must be read again.
func (sc *scan) learnWord(start, end int, flags uint32, begins bool) {
	lx := &sc.lex
	b := lx.b
	if lx.word < 0 {
		lx.word = start
	}
	if isDigit(b[start]) && b[start+1]|0x20 == 'x' {
		lx.keeps = true // 0x is another word than 1x
	}
	switch {
	case flags == clsDigit && end-start < 7 && (start == lx.at || b[start-1] != '('):
		var rows uint8
		if (end-start)&1 == 0 {
			rows |= inDump
		}
		if besideMark(b, start, end) {
			rows |= inRow
		}
		lx.learnOp(opNumber, rows, start, end)
	case flags&(clsDigit|clsLetter) != clsLetter, lx.mayRim(start, end), b[start]|0x20 == 'x':
		lx.learnOp(opWord, uint8(flags), start, end)
	case begins || lx.learn.lasts:
		lx.learnOp(opText, 0, start, lx.at+(int(letterOf[b[start]])<<6|int(letterOf[b[start+1]])))
	}
}

// mayRim says whether a word of letters may be at the rim of a row.
func (lx *lexer) mayRim(start, end int) bool {
	b := lx.b
	if b[end] == ':' && end-start > 4 && isHex(b[end-4]) && isHex(b[end-3]) && isHex(b[end-2]) && isHex(b[end-1]) {
		return true
	}
	return start > lx.at && isMark(b[start-1]) && (start-2 < lx.at || isHex(b[start-2]) || isMark(b[start-2]))
}

// learnMark passes over the marks of which the line itself says what they are.
func (lx *lexer) learnMark(i int) {
	b := lx.b
	switch c := b[i]; {
	case c == ':', c == '[', c == ']' && b[i+1] != ']':
	case c == '<' && (i == lx.at || !isNumeral(b[i-1])):
	case c == '=' && !isHex(b[i+1]) && b[i+1] > ' ':
	default:
		lx.learnOp(opMark, 0, i, i+1)
	}
}

func (lx *lexer) learnOp(what, flags uint8, start, end int) {
	lx.ops = append(lx.ops, op{what, flags, uint16(start - lx.at), uint16(end - lx.at)})
}

// unlearn takes the numbers of a row of hex words or a dump off: it is nothing
// by its form. What would be left of a row with other words in it might be
// something, or be one with the row behind it.
func (lx *lexer) unlearn(in uint8, start, end, words int) {
	if lx.learn == nil || lx.keeps {
		return
	}
	ops := lx.ops[lx.learn.first:]
	from, numbers := len(ops), 0
	for from > 0 && (ops[from-1].what > opText || int(ops[from-1].start)+lx.at >= start) {
		from--
		if o := &ops[from]; o.isNumber(in) && int(o.end)+lx.at <= end {
			numbers++
		}
	}
	if numbers < words {
		return
	}
	ends := in << 1
	for k := range ops[from:] {
		if o := &ops[from+k]; o.isNumber(in) && int(o.end)+lx.at <= end {
			o.flags = o.flags&^in | ends
			ends = 0
		}
	}
}

// isNumber says whether an op is a number of a row.
func (o *op) isNumber(in uint8) bool { return o.what == opNumber && o.flags&in != 0 }

// breakRun decodes the run that ended.
func (sc *scan) breakRun() {
	lx := &sc.lex
	learns := lx.learn != nil && lx.word >= 0 // else it is of the line before
	if learns && lx.inHead {
		lx.inHead, learns = false, false
		lx.learn.head = sc.learnRun(max(lx.run.start, lx.at))
		lx.learnOp(opBreak, 0, lx.at, lx.at)
	}
	if n := lx.run.end - lx.run.start; n < minRun && (n < 6 || class[lx.b[lx.run.end]]&clsBase64 == 0 && lx.b[lx.run.end] != '=') {
		return
	}
	start, end := lx.wholeRun()
	if lx.run.quiet && !sc.mayHoldImage(lx.b[start:end]) {
		return
	}
	before := sc.yield()
	sc.endRun()
	switch {
	case !learns:
	case lx.learn.lasts && sc.isQuiet(start, end):
		lx.learnOp(opQuiet, 0, start, end)
	case lx.learn.lasts || sc.yield() != before || bytes.ContainsAny(lx.b[start:end], "0123456789"):
		lx.learnOp(opRun, 0, lx.run.start, lx.run.end)
	}
}

// learnRun is the run from start on as the first or last of a template.
func (sc *scan) learnRun(start int) op {
	lx := &sc.lex
	o := op{opRun, 0, uint16(start - lx.at), uint16(lx.run.end - lx.at)}
	if _, end := lx.wholeRun(); lx.learn.lasts && sc.isQuiet(start, end) {
		o.what = opQuiet
	}
	return o
}

// isQuiet says whether nothing but an image can come of a run, whatever the
// values are.
func (sc *scan) isQuiet(start, end int) bool {
	lx := &sc.lex
	var sym [maxDull]byte
	n, line := 0, 0
	for _, c := range lx.b[start:min(end, start+2*maxDull)] {
		switch x := base64Value[c]; {
		case x < 64 && n < maxDull && !isDigit(c):
			sym[n] = x
			n, line = n+1, line+1
		case x < 64, isDigest(line):
			return false
		default:
			line = 0
		}
	}
	if n < minRun || end-start > 2*maxDull || isDigest(n) || isDigest(line) || n > 22 && lx.b[end] == '=' {
		return false
	}
	scraps := lx.bit
	defer func() { lx.bit = scraps }()
	for phase := range 4 {
		d := sc.decode64(sym[phase:n])
		var texts builder
		lx.bit = builder{}
		sc.textsOf(d, 0, &texts)
		if len(texts.b)+len(lx.bit.b) > 0 || isText(d) && len(d) >= shortRun || mayBeUTF16(d) || mayBePacked(d) {
			return false
		}
		for i := range d {
			if inPacket(d, i) {
				return false
			}
		}
	}
	return true
}

// isDigest says whether so many symbols of base64 may be a digest.
func isDigest(n int) bool { return n == 22 || n == 27 || n == 43 }

// learned ends the template that is learned, at the line end at i.
func (sc *scan) learned(i int, triggers uint32) {
	lx := &sc.lex
	t := lx.learn
	if t == nil {
		return
	}
	if lx.b[i-1] == '\r' {
		i--
	}
	from := len(lx.texts)
	lx.texts = append(lx.texts, lx.b[lx.at:i]...)
	t.text, t.triggers, t.scan = lx.texts[from:], triggers, lx.scan
	for k := 0; k < len(t.text); k += 8 {
		word := t.text[min(k, len(t.text)-8):]
		binary.LittleEndian.PutUint64(word, noDigits(binary.LittleEndian.Uint64(word)))
	}
	t.word, t.last = uint16(lx.word-lx.at), op{what: opNone}
	switch {
	case lx.word < 0:
		t.head.what = opNone
	case lx.inHead:
		t.head = sc.learnRun(max(lx.run.start, lx.at))
	default:
		t.last = sc.learnRun(lx.run.start)
	}
	t.n = int32(len(lx.ops)) - t.first
	if t.lasts {
		t.text = bytes.Clone(t.text)
		t.lasting = slices.Clone(lx.ops[t.first:])
		lx.ops, t.first = lx.ops[:t.first], -1
	}
	lx.learn = nil
}
