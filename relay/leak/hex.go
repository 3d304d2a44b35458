package leak

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
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
	lines      int // dumps of a line each; more than one may be a hexdump
}

func (h *dump) reset() { h.words, h.lines = 0, 0 }

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
		sc.lex.unlearn(inDump, h.start, h.end, h.words)
		h.words = 0
		return
	}
	h.b = hexWords(h.b[:0], sc.lex.b[h.start:h.end])
	if h.digits > 8 || sc.worth4(first4(h.b)) || sc.worth4(swap2(first4(h.b))) {
		sc.blobRun(sc.lex.v, h.b, h.start, h.end, &sc.lex.raw)
		if n := len(h.b); n == md5.Size || n == sha1.Size || n == sha256.Size {
			sc.digest(h.b, h.start, h.end)
		}
		if len(h.b) >= 8 {
			h.lines++
		}
		if h.digits == 4*h.words {
			swapWords(h.b)
			sc.blobRun(sc.lex.v, h.b, h.start, h.end, &sc.lex.raw)
		}
	}
	h.words = 0
}

// swapWords turns the words of two bytes around, which od -x and hexdump write
// as numbers.
func swapWords(d []byte) {
	for ; len(d) > 1; d = d[2:] {
		d[0], d[1] = d[1], d[0]
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

// dumpLines joins the lines of a hexdump: an offset, up to 16 bytes, and what
// they look like. Only the bytes are taken.
func (sc *scan) dumpLines(v *view, b []byte, lo int) {
	d := []byte(nil)
	start := 0
	flush := func(end int) {
		if len(d) > 16 {
			sc.blobRun(v, d, start, end, &sc.lex.raw)
			swapWords(d)
			sc.blobRun(v, d, start, end, &sc.lex.raw)
		}
		d = d[:0]
	}
	for i := lo; i < len(b); {
		end := i
		for end < len(b) && b[end] != '\n' {
			end++
		}
		if line := dumpLine(b[i:end]); line == nil {
			flush(i)
		} else {
			if len(d) == 0 {
				start = i
			}
			d = append(d, line...)
		}
		i = end + 1
	}
	flush(len(b))
}

// dumpLine returns the bytes of one line of a hexdump, nil if it is none.
func dumpLine(line []byte) []byte {
	i := 0
	for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		i++
	}
	if i+1 < len(line) && line[i] == '0' && line[i+1]|0x20 == 'x' {
		i += 2
	}
	offset := i
	for i < len(line) && isHex(line[i]) {
		i++
	}
	if i-offset < 4 || i-offset > 8 || i == len(line) || line[i] != ':' && line[i] != ' ' && line[i] != '\t' {
		return nil
	}
	var d []byte
	for i < len(line) && len(d) < 16 {
		for i < len(line) && (line[i] == ' ' || line[i] == '\t' || line[i] == ':' || line[i] == '-') {
			i++
		}
		k := i
		for k < len(line) && isHex(line[k]) {
			k++
		}
		if n := k - i; n == 0 || n&1 != 0 || n > 8 || k < len(line) && line[k] != ' ' && line[k] != '\t' && line[k] != '-' && line[k] != '\r' {
			break
		}
		for ; i < k; i += 2 {
			d = append(d, hexValue[line[i]]<<4|hexValue[line[i+1]])
		}
	}
	return d
}
