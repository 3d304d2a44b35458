package leak

import "math/bits"

// maxPlainBlob is the longest blob that is first asked if it is worth reading:
// one bit for each byte.
const maxPlainBlob = 48

// What a byte of a blob can be part of.
const (
	bytASCII  = 1 << iota
	bytText   // no control character
	bytWide   // shows UTF-16
	bytPacked // begins something compressed
)

var byteKind = func() (t [256]uint8) {
	for c := range t {
		k := class[c]
		switch {
		case k&clsCtl != 0:
		case k&clsHigh != 0:
			t[c] = bytText
		default:
			t[c] = bytText | bytASCII
		}
	}
	for _, c := range []byte{0, 0x30, 0xff} {
		t[c] |= bytWide
	}
	for _, c := range []byte{0x1f, 0x78, 'P'} {
		t[c] |= bytPacked
	}
	return t
}()

// worthReading says whether a short blob can hold an image, a text, UTF-16 or
// something compressed.
func (sc *scan) worthReading(d []byte) bool {
	if len(d) == 4 {
		return sc.worth4(first4(d))
	}
	var ascii, text, odd uint64
	last := uint32(d[0])
	for i, c := range d {
		k := uint64(byteKind[c])
		ascii = ascii<<1 | k&bytASCII
		text = text<<1 | k/bytText&1
		odd |= k
		if last = last<<8 | uint32(c); sc.hasTop(last&0xffff) && i > 0 {
			return true
		}
	}
	high := text &^ ascii
	ascii &= ascii >> 1
	ascii &= ascii >> 2
	if ascii&(ascii>>2) != 0 {
		return true // minText in a row
	}
	if odd&bytWide != 0 && mayBeUTF16(d) || odd&bytPacked != 0 && mayBePacked(d) {
		return true
	}
	return bits.OnesCount64(high) > 3 && hasText8(d, text, high)
}

// hasText8 says whether a row of text in d may be in a charset of eight bits;
// the last byte is the lowest bit of text and high.
func hasText8(d []byte, text, high uint64) bool {
	for i := 0; i < len(d); {
		text, high := text<<(64-len(d)+i), high<<(64-len(d)+i)
		n := bits.LeadingZeros64(^text)
		if n > 3 && bits.OnesCount64(high>>(64-n)) > 3 && isText8(d[i:i+n]) {
			return true
		}
		i += n + 1
	}
	return false
}

// worth4 says whether four bytes alone can be an image, in either order.
func (sc *scan) worth4(w uint32) bool { return sc.hasTop(w>>16) || sc.hasTop(swap4(w)>>16) }
