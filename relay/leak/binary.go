package leak

import (
	"encoding/binary"
	"unicode/utf8"
)

// blobRun looks at the bytes that a run [start,end) of the view decodes to:
// images of values, texts, what is compressed. Texts go to the view that
// collects them.
func (sc *scan) blobRun(v *view, d []byte, start, end int, o *builder) {
	if len(d) < 4 || len(d) <= maxPlainBlob && !sc.worthReading(d) {
		return
	}
	found := len(sc.findings)
	sc.images4(v, d, start, true)
	if len(sc.findings) > found && sc.keptSpan(sc.lex.b, start, end) {
		sc.findings = sc.findings[:found] // a kept digest holds an image by chance
	}
	sc.textsOf(d, start, o)
	if len(d) < 10 {
		return
	}
	if mayBeUTF16(d) {
		sc.utf16(d, start, o)
	}
	sc.packed(v, d, start)
}

// isText8 says whether a row of bytes is text in a charset of eight bits.
func isText8(d []byte) bool { return isUTF8(d) || isDoubleByte(d) }

// blob looks at a view of bytes; its words were read already.
func (sc *scan) blob(v *view, d []byte, off int) {
	sc.images4(v, d, off, false)
	if mayBeUTF16(d) {
		sc.allUTF16(v, off, off+len(d))
	}
	sc.packed(v, d, off)
}

// images4 looks for the image of a value at every byte. The bytes come from
// offset off of the view, all of them if they were decoded, else in step.
func (sc *scan) images4(v *view, d []byte, off int, decoded bool) {
	var w uint32
	for i, c := range d {
		w = w<<8 | uint32(c)
		if i < 3 || !sc.hasTop(w>>16) && len(d) > 4 {
			continue
		}
		at := off
		if !decoded {
			at += i - 3
		}
		sc.ruleBinary4(v, d, i-3, w, at)
		sc.ruleImages(v, d[i-3:], w, at)
	}
}

// ruleBinary4 takes the four bytes w at d[i:] as an IPv4 address.
func (sc *scan) ruleBinary4(v *view, d []byte, i int, w uint32, off int) {
	if sc.isImage4(d, i, w) {
		for k := sc.v4.find(w); k >= 0; k = sc.v4next[k] {
			sc.hit(v, k, ruleIPv4Binary, off)
		}
		for k := sc.v4.find(swap4(w)); k >= 0; k = sc.v4next[k] {
			sc.hit(v, k, ruleIPv4BinaryLE, off)
		}
	}
	for k := range sc.nets4 {
		n := &sc.nets4[k]
		if back := swap4(w); len(d) == 4 && n.bits >= minNumberPrefix && back >= n.lo && back <= n.hi && !sc.kept.has4(back) {
			sc.hit(v, n.value, ruleIPv4BinaryLE, off)
		}
		if w >= n.lo && w <= n.hi && (len(d) == 4 && n.bits >= minNumberPrefix || inPacket(d, i)) && !sc.kept.has4(w) {
			sc.hit(v, n.value, ruleIPv4Packet, off)
		}
	}
}

// isImage4 keeps four bytes of zeros and ones, and of text, from being an
// address by chance: those count alone or in a packet.
func (sc *scan) isImage4(d []byte, i int, w uint32) bool {
	if len(d) == 4 {
		return true
	}
	edge, printable := 0, true
	for _, c := range d[i : i+4] {
		if c == 0 || c == 0xff {
			edge++
		}
		printable = printable && c >= 0x20 && c < 0x7f
	}
	if edge > 1 || lowEntropy(w) {
		return inPacket(d, i)
	}
	inText := func(k int) bool { return k >= 0 && k < len(d) && d[k] >= 0x20 && d[k] < 0x7f }
	return !printable || !inText(i-1) && !inText(i+4)
}

// inPacket says whether d[i:] is an address of an IPv4 header, RFC 791.
func inPacket(d []byte, i int) bool {
	for _, h := range [2]int{i - 12, i - 16} {
		if h < 0 || d[h]>>4 != 4 || d[h]&15 < 5 {
			continue
		}
		n := int(d[h]&15) * 4
		if h+n > len(d) || d[h+8] == 0 {
			continue
		}
		if total := int(binary.BigEndian.Uint16(d[h+2:])); total >= n && (total == len(d)-h || checksum(d[h:h+n]) == 0xffff) {
			return true
		}
	}
	return false
}

func checksum(header []byte) uint32 {
	var sum uint32
	for ; len(header) > 1; header = header[2:] {
		sum += uint32(header[0])<<8 | uint32(header[1])
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return sum
}

// ruleImages compares the longer images that begin with w.
func (sc *scan) ruleImages(v *view, d []byte, w uint32, off int) {
	for k := sc.byFirst.find(w); k >= 0; k = sc.images[k].next {
		if m := &sc.images[k]; m.at(d) {
			sc.hit(v, m.value, m.rule, off)
		}
	}
}

// at compares the leading bits of the image; of a longer one all that is there.
func (m *image) at(d []byte) bool {
	n := m.bits / 8
	if len(d) < (m.bits+7)/8 || string(d[:n]) != string(m.bytes[:n]) {
		return false
	}
	if rest := m.bits & 7; rest != 0 {
		return (d[n]^m.bytes[n])>>(8-rest) == 0
	}
	return true
}

// textsOf appends the texts of a blob, as strings(1) would. What is whole or
// long goes to o; scraps, of which random bytes have many, are kept apart.
func (sc *scan) textsOf(d []byte, src int, o *builder) {
	for i := 0; i < len(d); {
		if class[d[i]]&clsCtl != 0 {
			i++
			continue
		}
		start, ascii, longest, high := i, 0, 0, 0
		for ; i < len(d) && (class[d[i]]&clsCtl == 0 || skipLength(d, i) > i); i++ {
			if d[i] >= utf8.RuneSelf {
				ascii = 0
				high++
			} else if ascii++; ascii > longest {
				longest = ascii
			}
		}
		run := d[start:i]
		switch {
		case longest >= solidText, high == 0 && len(run) == len(d) && longest >= minText, high > 3 && isText8(run):
			o.begin(src)
			o.b = append(o.b, run...)
			o.end()
		case longest >= minText:
			scraps(run, src, &sc.lex.bit)
		}
	}
}

// scraps appends what is Latin of a run, if there are letters enough for a
// value.
func scraps(run []byte, src int, o *builder) {
	for i := 0; i < len(run); i++ {
		start, letters, accents := i, 0, false
		for ; i < len(run); i++ {
			if isAccented(run[i:]) {
				accents = true
				i++
			} else if run[i] >= utf8.RuneSelf {
				break
			} else if isAlnum(run[i]) {
				letters++
			}
		}
		switch {
		case i-start < minText || letters < minLetters:
		case accents:
			piece(o, src, run[start:i])
		default:
			o.begin(src)
			o.b = append(o.b, run[start:i]...)
			o.end()
		}
	}
}

// isAccented says whether b begins with a letter from U+00C0 to U+017F.
func isAccented(b []byte) bool {
	return b[0] >= 0xc3 && b[0] <= 0xc5 && len(b) > 1 && b[1]&0xc0 == 0x80
}

// isUTF8 says whether a run is UTF-8 throughout, or holds two letters of
// Japanese: fewer stand in any random bytes.
func isUTF8(d []byte) bool {
	letters := 0
	for i := 0; i+2 < len(d); i++ {
		if d[i] >= 0xe3 && d[i] <= 0xe9 && d[i+1]&0xc0 == 0x80 && d[i+2]&0xc0 == 0x80 {
			letters++
			i += 2
		}
	}
	return letters > 1 || len(d) >= minText && utf8.Valid(d)
}

// minDoubleByte is the shortest blob that is taken for Shift_JIS or EUC-JP;
// names in shorter ones are met as images.
const minDoubleByte = 24

func isDoubleByte(d []byte) bool {
	return len(d) >= minDoubleByte && (doubleBytes(d, 0x81, 0xfc, 0x40, 0x82, 0x83) || doubleBytes(d, 0xa1, 0xfe, 0xa1, 0xa3, 0xa5))
}

// doubleBytes says whether high bytes come in pairs and a fifth of the pairs
// are kana or full-width letters, whose first byte is from kana to last.
func doubleBytes(d []byte, lo, hi, trail, kana, last byte) bool {
	pairs, common := 0, 0
	for i := 0; i < len(d); i++ {
		if d[i] < utf8.RuneSelf {
			continue
		}
		if d[i] < lo || d[i] > hi || i+1 == len(d) || d[i+1] < trail {
			return false
		}
		pairs++
		if d[i] >= kana && d[i] <= last {
			common++
		}
		i++
	}
	return pairs*4 >= len(d) && common*5 >= pairs
}
