package leak

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"io"
)

// maxTries bounds how many places of one blob are tried as the start of
// something compressed: each try costs the tables of an inflater.
const maxTries = 256

// leastPacked is how short something compressed may be.
const leastPacked = 10

// magics begin gzip, zip and zlib.
var magics = [...][]byte{gzipMagic, zipMagic, {0x78}}

// mayBePacked says whether something compressed may begin in the blob.
func mayBePacked(d []byte) bool {
	for len(d) >= leastPacked {
		switch {
		case d[0] == 0x1f && bytes.HasPrefix(d, gzipMagic), d[0] == 'P' && bytes.HasPrefix(d, zipMagic), d[0] == 0x78 && isZlib(d):
			return true
		}
		d = d[1:]
	}
	return false
}

// packed inflates whatever in the blob begins like gzip, zlib or zip.
func (sc *scan) packed(v *view, d []byte, src int) { sc.inflate(v, d, src, magics[:]) }

// packedBody does so in a body that may be text: zlib begins with letters.
func (sc *scan) packedBody(v *view, d []byte, src int) { sc.inflate(v, d, src, magics[:2]) }

func (sc *scan) inflate(v *view, d []byte, src int, magics [][]byte) {
	tries := 0
	for _, magic := range magics {
		for i := 0; ; i++ {
			n := bytes.Index(d[i:], magic)
			if n < 0 || i+n+leastPacked > len(d) {
				break
			}
			i += n
			if len(magic) == 1 && !isZlib(d[i:]) {
				continue
			}
			if tries++; tries > maxTries {
				sc.fail(ErrBudget)
				return
			}
			sc.unpack(v, d[i:], src)
		}
	}
}

// unpack inflates what begins at d and says whether there was anything.
func (sc *scan) unpack(v *view, d []byte, src int) bool {
	in := bytes.NewReader(d)
	var r io.Reader
	var err error
	switch {
	case d[0] == 0x1f:
		r, err = gzip.NewReader(in)
	case bytes.HasPrefix(d, zipMagic):
		// PKWARE APPNOTE 4.3.7: 30 bytes, then name and extra field.
		if len(d) < 30 || binary.LittleEndian.Uint16(d[8:]) != 8 {
			return false
		}
		skip := 30 + int(binary.LittleEndian.Uint16(d[26:])) + int(binary.LittleEndian.Uint16(d[28:]))
		r = flate.NewReader(bytes.NewReader(d[min(skip, len(d)):]))
	default:
		r, err = zlib.NewReader(in)
	}
	if err != nil {
		return false
	}
	// A stream that breaks off has still told what came before.
	out, _ := io.ReadAll(io.LimitReader(r, int64(max(0, maxBytes-sc.spent))+1))
	if len(out) < 4 {
		return false
	}
	w := sc.add(v, decPacked, &builder{b: out, segs: []seg{{0, src}}})
	if w != nil {
		w.blob = !isText(out) || len(sc.Scanner.high) > 0 // kana in UTF-16 look like text
	}
	return true
}
