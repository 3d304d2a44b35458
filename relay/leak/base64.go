package leak

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

const (
	minRun = 8 // shortest run of base64 symbols that is decoded
	// shortRun: up to here a run is decoded only if filters over its symbols
	// say that something could come of it. Most are words.
	shortRun = 24
	// blockLine is the least length of the lines of a block of MIME base64.
	blockLine = 60
	// minText is the shortest text that is looked at in a blob.
	minText = 6
	// solidText is a text too long to be in random bytes: it may itself be
	// encoded.
	solidText = 20
	// minLetters is how many letters and digits the shortest value has.
	minLetters = 3
)

// symbol is what a byte is in base64 of either alphabet.
type symbol struct {
	places uint64 // at which of three places six bits of text can be these: bits 0, 21, 42
	bits   byte
	zero   byte
	ok     bool
}

const placeBits = 1<<21 - 1

var symbols = func() (t [256]symbol) {
	for c := range t {
		x := base64Value[c]
		if x > 63 {
			continue
		}
		k := &t[c]
		k.ok, k.bits = true, x
		if x == 0 {
			k.zero = 1
		}
		if x >= 8 && x < 32 {
			k.places |= 1
		}
		if y := x & 15; y >= 2 && y < 8 {
			k.places |= 1 << 21
		}
		if x&3 < 2 {
			k.places |= 1 << 42
		}
	}
	return t
}()

// wholeRun is the run with the symbols behind its last word.
func (lx *lexer) wholeRun() (start, end int) {
	for end = lx.run.end; end < len(lx.b) && class[lx.b[end]]&clsBase64 != 0; end++ {
	}
	return lx.run.start, end
}

// endRun decodes the run of base64 symbols that just ended, at each of the
// four places in a group of symbols where its first can stand.
func (sc *scan) endRun() {
	lx := &sc.lex
	start, end := lx.wholeRun()
	b := lx.b
	if end-start-lx.run.gaps < minRun {
		if end-start == 6 {
			sc.paddedRun()
		}
		return
	}
	slot, known := lx.dullSlot(start, end, false)
	if known && (end == len(b) || b[end] != '=') { // padding shows a digest
		return
	}
	before := sc.yield()
	if end-start >= shortRun || sc.worthDecoding(b[start:end]) {
		sc.decodeRun(start, end)
	}
	if end-start <= maxDull && sc.yield() == before {
		*slot = dull{int32(start), int32(end - start), false}
	}
}

// decodeRun decodes a run at each of the four places in a group of symbols
// where its first can stand.
func (sc *scan) decodeRun(start, end int) {
	lx := &sc.lex
	b := lx.b
	sym := grow(&sc.sym, end-start)
	k := 0
	for _, c := range b[start:end] {
		x := base64Value[c]
		sym[k] = x
		if x < 64 {
			k++
		}
	}
	sym = sym[:k]
	if n := len(sym); (n == 22 || n == 27 || n == 43) && !endsInField(b, start, end) || n > 22 && end < len(b) && b[end] == '=' {
		sc.digestRun(sym, start, end)
	}
	if lx.run.gaps > 0 {
		sc.digestLines(start, end)
	}
	if len(sym) < minRun || end-start >= shortRun && len(sym) < shortRun && !sc.worthDecoding(b[start:end]) {
		return
	}
	for phase := 0; phase < 4; phase++ {
		d := sc.decode64(sym[phase:])
		if len(d) >= shortRun && isText(d) {
			// The bits are a text at this place, so they are none at another.
			sc.wholeText(d, start)
			return
		}
		sc.blobRun(lx.v, d, start, end, &lx.b64)
	}
}

// paddedRun decodes six symbols that are padded, the base64 of four bytes alone.
func (sc *scan) paddedRun() {
	lx := &sc.lex
	b, start, end := lx.b, lx.run.start, lx.run.end
	if end+1 >= len(b) || b[end] != '=' || b[end+1] != '=' {
		return
	}
	var sym [6]byte
	for k := range sym {
		if sym[k] = base64Value[b[start+k]]; sym[k] > 63 {
			return
		}
	}
	sc.blobRun(lx.v, sc.decode64(sym[:]), start, end, &lx.b64)
}

// wholeText takes what a run decodes to when all of it is text.
func (sc *scan) wholeText(d []byte, start int) {
	o := &sc.lex.b64
	o.begin(start)
	o.b = append(o.b, d...)
	o.end()
	sc.kanaText(d, start)
}

// kanaText reads a text as kana in UTF-16, which look like text of another kind.
func (sc *scan) kanaText(d []byte, start int) {
	if len(sc.Scanner.high) > 0 {
		sc.images4(sc.lex.v, d, start, true)
		if mayBeUTF16(d) {
			sc.utf16(d, start, &sc.lex.b64)
		}
	}
}

// grow returns n bytes of a scratch buffer.
func grow(buf *[]byte, n int) []byte {
	if cap(*buf) < n {
		*buf = make([]byte, n+n/2)
	}
	return (*buf)[:n]
}

// worthDecoding says whether a short run can hold a text of minText letters,
// an image of a value, UTF-16, or a digest alone.
func (sc *scan) worthDecoding(run []byte) bool {
	if len(run) >= 22 {
		return true
	}
	// Three rows of bits in one word, one for each place in a group of symbols.
	var places uint64
	var zeros, n int
	var pairs, last uint32
	for _, c := range run {
		k := &symbols[c]
		if !k.ok {
			continue // a line end within the run
		}
		places = places<<1 | k.places
		last = last<<6 | uint32(k.bits)
		pairs = pairs<<1 | uint32(sc.pairA[last>>6&63]>>(last&63))&1
		zeros += int(k.zero)
		n++
		if pairs&4 != 0 && n > 3 && sc.pairB[last>>6&63]>>(last&63)&1 != 0 {
			return true
		}
	}
	if zeros > 2 {
		return true
	}
	first, second, third := places&placeBits, places>>21&placeBits, places>>42&placeBits
	if first&(first>>4) == 0 {
		return false // in six bytes of text there are two that begin a group
	}
	for phase := range 4 {
		// The last symbol is the lowest bit, so the next in a group is one lower.
		at := bits.RotateLeft64(0x1111111111111111, phase)
		r := first&at | second&bits.RotateLeft64(at, -1) | third&bits.RotateLeft64(at, -2) | bits.RotateLeft64(at, -3)
		r &= 1<<n - 1
		// A text of six bytes covers seven symbols or more.
		r &= r >> 1
		r &= r >> 2
		r &= r >> 3
		if r != 0 {
			return true
		}
	}
	return false
}

// decode64 decodes whole bytes into the scratch buffer.
func (sc *scan) decode64(sym []byte) []byte {
	d := grow(&sc.dec, len(sym)/4*3+2)
	k := 0
	for ; len(sym) >= 4; sym = sym[4:] {
		w := uint32(sym[0])<<18 | uint32(sym[1])<<12 | uint32(sym[2])<<6 | uint32(sym[3])
		o := d[k : k+3 : len(d)]
		o[0], o[1], o[2] = byte(w>>16), byte(w>>8), byte(w)
		k += 3
	}
	if len(sym) >= 2 {
		d[k] = sym[0]<<2 | sym[1]>>4
		k++
	}
	if len(sym) == 3 {
		d[k] = sym[1]<<4 | sym[2]>>2
		k++
	}
	return d[:k]
}

// isText says whether a blob is wholly text in a superset of ASCII.
func isText(d []byte) bool {
	high := false
	for i := 0; i < len(d); i++ {
		for i+8 <= len(d) {
			odd := notPlain8(binary.LittleEndian.Uint64(d[i:]))
			if odd != 0 {
				i += bits.TrailingZeros64(odd) / 8
				break
			}
			i += 8
		}
		if i == len(d) {
			break
		}
		k := class[d[i]]
		if k&clsCtl != 0 {
			return false
		}
		high = high || k&clsHigh != 0
	}
	return len(d) > 0 && (!high || utf8.Valid(d))
}

// notPlain8 has a top bit at the first of eight bytes that is not from blank to
// tilde, and maybe at some behind it.
func notPlain8(x uint64) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	return ((x - 0x20*ones) | (x + ones) | x) & tops
}

// isPacked says whether a blob begins as gzip, zlib or zip.
func isPacked(d []byte) bool {
	return len(d) > 10 && (d[0] == 0x1f && d[1] == 0x8b || isZlib(d) || bytes.HasPrefix(d, zipMagic))
}

var (
	zipMagic  = []byte("PK\x03\x04")
	gzipMagic = []byte{0x1f, 0x8b, 8}
)

func isZlib(d []byte) bool { return d[0]&0x8f == 8 && (uint(d[0])<<8|uint(d[1]))%31 == 0 }
