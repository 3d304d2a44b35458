package leak

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"slices"
)

// minDigest is how many bytes of a withheld digest must be there.
const minDigest = 8

// hexRun decodes eight hex digits or more, from the first and the second.
func (sc *scan) hexRun(start, end int) {
	b := sc.lex.b
	slot, known := sc.lex.dullSlot(start, end, true)
	if known {
		return
	}
	before := sc.yield()
	if n := end - start; n == 8 {
		if b[start] != '0' || b[start+1] != '0' {
			sc.ruleHex32(start, end)
		}
	} else if n == 32 || n == 40 || n == 64 {
		sc.digestHex(start, end)
	}
	for odd := 0; odd < 2 && end-start-odd >= 8; odd++ {
		d := grow(&sc.dec, (end-start-odd)/2)
		for i := range d {
			d[i] = hexValue[b[start+odd+2*i]]<<4 | hexValue[b[start+odd+2*i+1]]
		}
		sc.blobRun(sc.lex.v, d, start, end, &sc.lex.raw)
		if isText(d) {
			return
		}
	}
	if end-start <= maxDull && sc.yield() == before {
		*slot = dull{int32(start), int32(end - start), true}
	}
}

// hexInside finds runs of hex digits within a word of more letters.
func (sc *scan) hexInside(start, end int) {
	b := sc.lex.b
	for i := start; i < end; {
		k, digits := i, 0
		for ; k < end && isHex(b[k]); k++ {
			if isDigit(b[k]) {
				digits++
			}
		}
		if k-i >= 8 && digits > 0 && k-i < end-start {
			sc.hexRun(i, k)
		}
		i = k + 1
	}
}

// dump is a row of hex words of whole bytes with little between them:
// "cb 00 71", "cb:00", "0xcb, 0x00", and lines of hex.
type dump struct {
	start, end int
	words      int
	digits     int
	b          []byte
	long       bool // one was met that may be of a hexdump of lines
}

func (h *dump) reset() { h.words, h.long = 0, false }

// dumpWord takes a word whose hex digits begin at digits.
func (sc *scan) dumpWord(start, digits, end int) {
	h := &sc.lex.hex
	if h.words == 0 || start-h.end > 4 || !dumpGap(sc.lex.b, h.end, start) {
		sc.endDump()
		h.start, h.digits, h.words = start, 0, 0
	}
	h.words++
	h.digits += end - digits
	h.end = end
}

// dumpGap says whether a dump goes on after [i,j).
func dumpGap(b []byte, i, j int) bool {
	for ; i < j; i++ {
		switch b[i] {
		case ' ', '\t', '\r', '\n', ':', ',', '-', '.', ';', '|', '_', '\\':
		default:
			return false
		}
	}
	return true
}

func (sc *scan) endDump() {
	h := &sc.lex.hex
	if h.words == 0 {
		return
	}
	if h.words == 1 || h.digits < 8 {
		if lx := &sc.lex; h.start-lx.at > 4 || !dumpGap(lx.b, lx.at, h.start) { // else it may go on one of the line before
			lx.unlearn(inDump, h.start, h.end, h.words)
		}
		h.words = 0
		return
	}
	h.b = hexWords(h.b[:0], sc.lex.b[h.start:h.end])
	if h.digits > 8 || sc.worth4(first4(h.b)) || sc.worth4(swap2(first4(h.b))) {
		sc.blobRun(sc.lex.v, h.b, h.start, h.end, &sc.lex.raw)
		if n := len(h.b); n == md5.Size || n == sha1.Size || n == sha256.Size {
			sc.digest(h.b, h.start, h.end)
		}
		h.long = h.long || len(h.b) >= minDumpRow && h.digits <= 8*h.words
		if n := h.digits / h.words; (n == 4 || n == 8) && h.digits == n*h.words {
			swapWords(h.b, n/2)
			sc.blobRun(sc.lex.v, h.b, h.start, h.end, &sc.lex.raw)
		}
	}
	h.words = 0
}

// swapWords turns around the words of n bytes, which od -x, hexdump and gdb
// write as numbers.
func swapWords(d []byte, n int) {
	for ; len(d) >= n; d = d[n:] {
		slices.Reverse(d[:n])
	}
}

func swap2(a uint32) uint32 { return a<<8&0xff00ff00 | a>>8&0xff00ff }

// hexWords appends the bytes of a dump: of its words, without 0x and \x.
func hexWords(d, b []byte) []byte {
	for i := 0; i < len(b); {
		if !isHex(b[i]) || i+1 < len(b) && b[i+1]|0x20 == 'x' {
			i++
			continue
		}
		for ; i+1 < len(b) && isHex(b[i]); i += 2 {
			d = append(d, hexValue[b[i]]<<4|hexValue[b[i+1]])
		}
	}
	return d
}
