package leak

// lexer is the state of the one pass over a view that finds its words and
// hands each to the rules it could concern.
type lexer struct {
	v       *view
	b       []byte // the view up to the end of the range
	num     numbers
	grp     groups
	run     struct{ start, end int } // letters, digits and + / - _ in a row
	hex     dump
	noBlock int // before it no block of base64 begins
	dull    [64]dull
	b64     builder // texts that base64 runs decode to
	raw     builder // and hex runs
	bit     builder // what may be text by chance
	off     bool    // runs are not decoded: case is lost, or these are scraps
}

// dull is a run that was seen in this view and is worth no decoding: most
// long words of a log stand in it again and again.
type dull struct{ start, size int }

// tokens reads the words of [lo,hi) and returns the triggers seen. It ends
// early, at end, before a block of base64, and then next is behind that.
func (sc *scan) tokens(v *view, lo, hi int) (triggers uint16, end, next int) {
	lx := &sc.lex
	lx.v, lx.b = v, v.b[:hi]
	lx.num.reset()
	lx.grp.reset()
	lx.hex.reset()
	lx.noBlock = lo
	lx.dull = [64]dull{}
	lx.run.start, lx.run.end = lo, lo
	lx.b64, lx.raw, lx.bit = builder{}, builder{}, builder{leaf: true}
	lx.off = v.leaf || v.folded
	end, next = hi, hi
	b := lx.b
	for i := lo; i < len(b); {
		flags := class[b[i]]
		if flags&clsAlnum == 0 {
			triggers |= flags
			i++
			continue
		}
		start := i
		if (start == lo || b[start-1] == '\n') && !lx.off {
			if block := sc.base64Block(v, b, start); block > start {
				end, next = start, block
				break
			}
		}
		for i++; i < len(b); i++ {
			k := class[b[i]]
			if k&clsAlnum == 0 {
				break
			}
			flags |= k
		}
		sc.word(start, i, flags)
	}
	if lx.run.end-lx.run.start >= minRun {
		sc.endRun()
	} else if lx.run.end-lx.run.start == 6 {
		sc.paddedRun()
	}
	sc.endGroups()
	sc.endDump()
	sc.add(v, decBase64, &lx.b64)
	sc.add(v, decHex, &lx.raw)
	sc.addScraps(v)
	return triggers, end, next
}

// addScraps queues what may be text by chance; it is normalised already.
func (sc *scan) addScraps(v *view) {
	if w := sc.add(v, decBits, &sc.lex.bit); w != nil {
		w.folded = true
	}
}

// word hands [start,end) to the rules. Nearly all words of a clean message
// end in the first lines.
func (sc *scan) word(start, end int, flags uint16) {
	lx := &sc.lex
	b := lx.b
	c := b[start] & 31
	if sc.first>>c&1 != 0 {
		if end-start < 2 || sc.second[c]>>(b[start+1]&31)&1 != 0 {
			sc.textsAt(lx.v, b, start, sc.bucket[c])
		}
	}
	if flags&clsDigit != 0 {
		sc.digits(start, end, flags)
	}
	if flags&clsLetter == 0 || end-start > 2 && b[start] == '0' && b[start+1]|0x20 == 'x' {
		sc.hexWord(start, end)
	} else if end-start == 3 && start > 0 && b[start-1] == '\\' && b[start]|0x20 == 'x' && isHex(b[start+1]) && isHex(b[start+2]) {
		sc.dumpWord(start-1, start+1, end)
	} else if lx.grp.n > 0 || end < len(b) && b[end] == ':' {
		sc.rim(start, end)
	}
	if lx.off {
		return
	}
	if !lx.joinsRun(start) {
		if lx.run.end-lx.run.start >= minRun {
			sc.endRun()
		} else if lx.run.end-lx.run.start == 6 {
			sc.paddedRun()
		}
		lx.run.start = start
		for lx.run.start > lx.run.end && class[b[lx.run.start-1]]&clsBase64 != 0 {
			lx.run.start--
		}
	}
	lx.run.end = end
}

// joinsRun says whether the word at start goes on the run of base64 symbols:
// after + / - _ or a line end with its indent.
func (lx *lexer) joinsRun(start int) bool {
	if start-lx.run.end == 1 {
		c := lx.b[lx.run.end]
		return class[c]&clsBase64 != 0 || c == '\n'
	}
	lines := 0
	for i := lx.run.end; i < start; i++ {
		switch c := lx.b[i]; {
		case class[c]&clsBase64 != 0, c == '\r':
		case c == '\n' && lines == 0:
			lines++ // a blank line ends a body
		case (c == ' ' || c == '\t') && i > lx.run.end && (lx.b[i-1] == '\n' || lx.b[i-1] == ' ' || lx.b[i-1] == '\t'):
		default:
			return false
		}
	}
	return true
}

// textsAt tries the patterns of a bucket at i.
func (sc *scan) textsAt(v *view, b []byte, i int, bucket []int32) {
	for _, k := range bucket {
		p := &sc.texts[k]
		end := p.match(b, i)
		if end < 0 || !p.bounded(b, i, end) || !p.exact(b, i, end) || p.near && !announced(b, i, accountWords) {
			continue
		}
		if !sc.keptCovers(p, b, i, end) {
			sc.hit(v, p.value, p.rule, i)
		}
	}
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
			sc.textsAt(v, b, i, sc.Scanner.high)
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
