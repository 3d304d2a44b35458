package pgp

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"sync"
)

// errArmor is every fault of an armored block.
var errArmor = errors.New("malformed armor")

// Kinds of armored blocks (RFC 9580 6.2).
const (
	armorMessage   = "PGP MESSAGE"
	armorSignature = "PGP SIGNATURE"
	armorSigned    = "PGP SIGNED MESSAGE"
	armorPublic    = "PGP PUBLIC KEY BLOCK"
	armorSecret    = "PGP PRIVATE KEY BLOCK"
)

// An armored block: what it holds and what stood around it.
type armored struct {
	kind          string
	data          []byte
	before, after []byte
}

// dearmor reads the first armored block in text. It is stricter than the
// library: header lines need a colon, the base64 is whole and unbroken, the
// END line is there and fits.
func dearmor(text []byte) (armored, error) {
	start, kind := findBegin(text)
	if start < 0 {
		return armored{}, errArmor
	}
	a := armored{kind: kind, before: text[:start]}
	_, rest := cutLine(text[start:])
	for { // armor headers, up to the empty line
		var line []byte
		if len(rest) == 0 {
			return a, errArmor
		}
		line, rest = cutLine(rest)
		line = trimBlanks(line)
		if len(line) == 0 {
			break
		}
		if name, _, ok := bytes.Cut(line, []byte(":")); !ok || len(name) == 0 || bytes.ContainsAny(line, "\v\f\r\x00") {
			return a, errArmor
		}
	}
	data := make([]byte, 0, len(rest))
	for checksum := false; ; {
		if len(rest) == 0 {
			return a, errArmor
		}
		var line []byte
		line, rest = cutLine(rest)
		line = trimBlanks(line)
		if bytes.HasPrefix(line, []byte("-----")) {
			if string(line) != "-----END "+kind+"-----" {
				return a, errArmor
			}
			break
		}
		switch {
		case len(line) == 0:
			// QUIRK: empty lines in base64 (mail relays); they change nothing.
		case checksum:
			return a, errArmor
		case line[0] == '=' && len(line) == 5:
			// RFC 9580 6.1: a wrong or missing CRC24 must not be refused.
			checksum = true
		default:
			data = append(data, line...)
		}
	}
	n, err := base64.StdEncoding.Decode(data, data)
	if err != nil {
		return a, errArmor
	}
	a.data, a.after = data[:n], rest
	return a, nil
}

// armoredSize is about how long a block gets.
func armoredSize(n int) int { return n/48*66 + 256 }

// appendArmor writes an armored block (RFC 9580 6.2), with lines of 64
// characters. The checksum is for peers whose programs are older than RFC 9580
// 6.1, which has none.
func appendArmor(dst []byte, kind string, data []byte, eol string) []byte {
	const line = 48
	sum := crc24(data)
	dst = append(dst, "-----BEGIN "+kind+"-----"+eol+eol...)
	for ; len(data) > line; data = data[line:] {
		dst = base64.StdEncoding.AppendEncode(dst, data[:line])
		dst = append(dst, eol...)
	}
	dst = base64.StdEncoding.AppendEncode(dst, data)
	dst = append(dst, eol+"="...)
	dst = base64.StdEncoding.AppendEncode(dst, []byte{byte(sum >> 16), byte(sum >> 8), byte(sum)})
	return append(dst, eol+"-----END "+kind+"-----"+eol...)
}

// crc24 is the checksum of armor (RFC 4880 6.1), four bytes at a time: bit by
// bit it costs as much as a signature. The register stands in the upper bits.
func crc24(data []byte) uint32 {
	t, crc := crcTables(), uint32(0xB704CE00)
	for ; len(data) >= 4; data = data[4:] {
		x := crc ^ binary.BigEndian.Uint32(data)
		crc = t[3][x>>24] ^ t[2][x>>16&0xFF] ^ t[1][x>>8&0xFF] ^ t[0][x&0xFF]
	}
	for _, b := range data {
		crc = crc<<8 ^ t[0][byte(crc>>24)^b]
	}
	return crc >> 8
}

// crcTables say what a byte becomes of the checksum after it has passed, and
// after one, two and three more.
var crcTables = sync.OnceValue(func() *[4][256]uint32 {
	var t [4][256]uint32
	for b := range t[0] {
		r := uint32(b) << 24
		for range 8 {
			r = r<<1 ^ -(r>>31)&0x864CFB00
		}
		t[0][b] = r
	}
	for i := 1; i < len(t); i++ {
		for b, r := range t[i-1] {
			t[i][b] = r<<8 ^ t[0][r>>24]
		}
	}
	return &t
})

// findBegin finds the first "-----BEGIN …-----" line.
func findBegin(text []byte) (start int, kind string) {
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte("-----BEGIN PGP "))
		if i < 0 {
			return -1, ""
		}
		i += at
		at = i + 1
		if i > 0 && text[i-1] != '\n' {
			continue
		}
		line, _ := cutLine(text[i:])
		line = bytes.TrimRight(line, " \t")
		if k, ok := bytes.CutSuffix(line[len("-----BEGIN "):], []byte("-----")); ok {
			return i, string(k)
		}
	}
}

// trimBlanks removes blanks at the end of an armor line, no-break spaces among
// them.
// QUIRK: composers that turn blanks into no-break spaces, in UTF-8 or Latin-1
// (pgp/tb-bob-enc-inline-nbsp-qp.eml); base64 has no such character.
func trimBlanks(line []byte) []byte {
	for n := len(line); n > 0; n-- {
		if c := line[n-1]; c != ' ' && c != '\t' && c != 0xA0 && c != 0xC2 {
			return line[:n]
		}
	}
	return nil
}

// cutLine returns the first line without its line end, and the rest.
func cutLine(b []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(b, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest
}

// crlf gives every line the CRLF that RFC 3156 5 signs. Bytes that have it
// everywhere are returned as they are.
func crlf(b []byte) []byte {
	lf := bytes.Count(b, []byte("\n"))
	if lf == bytes.Count(b, []byte("\r\n")) {
		return b
	}
	out := make([]byte, 0, len(b)+lf)
	for {
		line, rest, found := bytes.Cut(b, []byte("\n"))
		out = append(out, line...)
		if !found {
			return out
		}
		if !bytes.HasSuffix(line, []byte("\r")) {
			out = append(out, '\r')
		}
		out = append(out, '\n')
		b = rest
	}
}
