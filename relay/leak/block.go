package leak

import (
	"encoding/binary"
	"slices"
)

// base64Block takes a block of lines of MIME base64 that begins at start. If
// it decodes to text or to something compressed, that is what it is, and its
// symbols need not be read as words: the end of the block is returned. If not,
// start is.
func (sc *scan) base64Block(v *view, b []byte, start int) int {
	if start+blockLine > len(b) || start < sc.lex.noBlock {
		return start
	}
	if !mayBeBlock(b[start:]) {
		return start
	}
	o := &sc.lex.b64
	mark := len(o.b)
	var end int
	o.b, end = decodeLines(o.b, b, start)
	d := o.b[mark:]
	if len(d) >= blockLine/4*3 && isText(d) {
		o.begin(start)
		o.segs[len(o.segs)-1].out = mark
		o.end()
		sc.kanaText(d, start)
		sc.solid = append(sc.solid, span{int32(start), int32(end)})
		return end
	}
	o.b = o.b[:mark]
	if len(d) < blockLine/4*3 {
		return start
	}
	if isPacked(d) && sc.unpack(v, d, start) {
		return end
	}
	sc.lex.noBlock = end // its other lines need not be tried
	return start
}

// mayBeBlock says whether a line that is long enough begins as one of a block.
func mayBeBlock(line []byte) bool {
	for _, i := range [4]int{15, 30, 45, blockLine - 1} {
		if stdValue[line[i]] > 63 {
			return false
		}
	}
	for _, c := range line[:blockLine] {
		if stdValue[c] > 63 {
			return false
		}
	}
	return true
}

// decodeLines appends what the lines of base64 from start on decode to, up to
// the first that is shorter or none at all, and returns where that ends.
func decodeLines(d, b []byte, start int) (out []byte, end int) {
	d = slices.Grow(d, (len(b)-start)/4*3+8)
	for end = start; end < len(b); {
		n := 0
		d, n = decodeSymbols(d, b[end:])
		whole := n
		for whole&3 > 1 && end+whole < len(b) && b[end+whole] == '=' {
			whole++ // what is padded may go on: one body may be two, joined
		}
		next := lineEnd(b, end+whole)
		if whole < blockLine || whole&3 != 0 || next < 0 {
			return d, end + n // a line may be cut short, or go on with a tag
		}
		end = next
	}
	return d, end
}

// lineEnd returns where the line behind a line end at i begins, -1 if none
// is there.
func lineEnd(b []byte, i int) int {
	if i < len(b) && b[i] == '\r' {
		i++
	}
	if i >= len(b) {
		return len(b)
	}
	if b[i] == '\n' {
		return i + 1
	}
	return -1
}

// decodeSymbols appends what the symbols at the start of b decode to, whole
// bytes of the last group too, and returns how many symbols those are.
func decodeSymbols(d, b []byte) (out []byte, n int) {
	k := len(d)
	d = d[:cap(d)]
	for n+8 <= len(b) && k+8 <= len(d) {
		s := b[n : n+8 : n+8]
		x0, x1, x2, x3 := stdValue[s[0]], stdValue[s[1]], stdValue[s[2]], stdValue[s[3]]
		x4, x5, x6, x7 := stdValue[s[4]], stdValue[s[5]], stdValue[s[6]], stdValue[s[7]]
		if (x0|x1|x2|x3|x4|x5|x6|x7)&0xc0 != 0 {
			break
		}
		hi := uint64(x0)<<58 | uint64(x1)<<52 | uint64(x2)<<46 | uint64(x3)<<40
		lo := uint64(x4)<<34 | uint64(x5)<<28 | uint64(x6)<<22 | uint64(x7)<<16
		binary.BigEndian.PutUint64(d[k:], hi|lo)
		n, k = n+8, k+6
	}
	for n+4 <= len(b) && k+4 <= len(d) {
		x, y, z, w := stdValue[b[n]], stdValue[b[n+1]], stdValue[b[n+2]], stdValue[b[n+3]]
		if (x|y|z|w)&0xc0 != 0 {
			break
		}
		binary.BigEndian.PutUint32(d[k:], uint32(x)<<26|uint32(y)<<20|uint32(z)<<14|uint32(w)<<8)
		n, k = n+4, k+3
	}
	var last uint32
	m := 0
	for ; m < 3 && n+m < len(b) && stdValue[b[n+m]] < 64; m++ {
		last |= uint32(stdValue[b[n+m]]) << (26 - 6*m)
	}
	if m > 1 {
		d[k] = byte(last >> 24)
		k++
	}
	if m > 2 {
		d[k] = byte(last >> 16)
		k++
	}
	return d[:k], n + m
}
