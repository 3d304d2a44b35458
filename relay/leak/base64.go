package leak

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
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

// What six bits of text can be, at each place of a group of four symbols:
// their first byte printable, their second, their third.
const (
	symFirst = 1 << iota
	symSecond
	symThird
)

var symClass = func() (t [64]byte) {
	for s := range t {
		if s >= 8 && s < 32 {
			t[s] |= symFirst
		}
		if x := s & 15; x >= 2 && x < 8 {
			t[s] |= symSecond
		}
		if s&3 < 2 {
			t[s] |= symThird
		}
	}
	return t
}()

// endRun decodes the run of base64 symbols that just ended, at each of the
// four places in a group of symbols where its first can stand.
func (sc *scan) endRun() {
	lx := &sc.lex
	start, end := lx.run.start, lx.run.end
	b := lx.b
	for end < len(b) && class[b[end]]&clsBase64 != 0 {
		end++
	}
	var known *dull
	if end-start < shortRun {
		known = &lx.dull[binary.LittleEndian.Uint64(b[start:])*0x9e3779b97f4a7c15>>58]
		if known.size == end-start && string(b[known.start:known.start+known.size]) == string(b[start:end]) {
			return
		}
	}
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
	if n := len(sym); n == 22 || n == 27 || n == 43 || n > 22 && end < len(b) && b[end] == '=' {
		sc.digestRun(sym, start, end)
	}
	if len(sym) < minRun || len(sym) < shortRun && !sc.worthDecoding(sym) {
		if known != nil {
			*known = dull{start, end - start}
		}
		return
	}
	for phase := 0; phase < 4; phase++ {
		d := sc.decode64(sym[phase:])
		if isText(d) && len(d) >= shortRun {
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

// wholeText takes what a run decodes to when all of it is text. Kana in UTF-16
// are text too, of another kind.
func (sc *scan) wholeText(d []byte, start int) {
	o := &sc.lex.b64
	o.begin(start)
	o.b = append(o.b, d...)
	o.end()
	if len(sc.Scanner.high) > 0 {
		sc.images4(sc.lex.v, d, start, true)
		if mayBeUTF16(d) {
			sc.utf16(d, start, o)
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
// an image of a value, or UTF-16.
func (sc *scan) worthDecoding(sym []byte) bool {
	var first, second, third uint32
	zeros := 0
	last := uint32(sym[0])
	images := false
	for i, x := range sym {
		k := uint32(symClass[x])
		first |= k & symFirst << i
		second |= k & symSecond >> 1 << i
		third |= k & symThird >> 2 << i
		if x == 0 {
			zeros++
		}
		if i > 0 {
			pair := last<<6&0xfff | uint32(x)
			if sc.pairA[pair>>6]>>(pair&63)&1 != 0 && i+2 < len(sym) {
				next := uint32(sym[i+1])<<6 | uint32(sym[i+2])
				images = images || sc.pairB[next>>6]>>(next&63)&1 != 0
			}
			last = uint32(x)
		}
	}
	if images || zeros > 2 {
		return true
	}
	for phase := 0; phase < 4; phase++ {
		at := uint32(0x11111111) << phase
		r := first&at | second&(at<<1|at>>3) | third&(at<<2|at>>2) | (at<<3 | at>>1)
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

// base64Block takes a block of lines of MIME base64 that begins at start. If
// it decodes to text or to something compressed, that is what it is, and its
// symbols need not be read as words: the end of the block is returned. If not,
// start is.
func (sc *scan) base64Block(v *view, b []byte, start int) int {
	if start+blockLine > len(b) || start < sc.lex.noBlock {
		return start
	}
	for _, i := range [4]int{15, 30, 45, blockLine - 1} {
		if k := class[b[start+i]]; k&clsAlnum == 0 && k&clsBase64 == 0 {
			return start
		}
	}
	for _, c := range b[start : start+blockLine] {
		if base64Value[c] == 0xff {
			return start
		}
	}
	d, end := sc.decodeLines(b, start)
	if len(d) < blockLine/4*3 {
		return start
	}
	switch {
	case isText(d):
		sc.wholeText(d, start)
		return end
	case isPacked(d) && sc.unpack(v, d, start):
		return end
	}
	sc.lex.noBlock = end // its other lines need not be tried
	return start
}

// decodeLines decodes lines of base64 from start on, up to the first that is
// shorter or none at all, and returns where that ends.
func (sc *scan) decodeLines(b []byte, start int) (d []byte, end int) {
	d = grow(&sc.dec, (len(b)-start)/4*3+6)
	k := 0
	for end = start; end < len(b); {
		n := bytes.IndexByte(b[end:], '\n')
		if n < 0 {
			n = len(b) - end
		}
		line := bytes.TrimSuffix(b[end:end+n], []byte("\r"))
		m, err := base64.StdEncoding.Decode(d[k:], line)
		if err != nil || m == 0 || len(line) < blockLine {
			// The last line may be cut short, or go on with a tag.
			p := 0
			for p < len(line) && base64Value[line[p]] < 64 && line[p] != '-' && line[p] != '_' {
				p++
			}
			m, _ = base64.RawStdEncoding.Decode(d[k:], line[:p])
			return d[:k+m], end + p
		}
		k += m
		end = min(len(b), end+n+1)
	}
	return d[:k], end
}

// isText says whether a blob is wholly text in a superset of ASCII.
func isText(d []byte) bool {
	high := false
	for _, c := range d {
		k := class[c]
		if k&clsCtl != 0 {
			return false
		}
		high = high || k&clsHigh != 0
	}
	return len(d) > 0 && (!high || utf8.Valid(d))
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
