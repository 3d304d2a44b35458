package iodef

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// A declaration is what the XML declaration says.
type declaration struct {
	present  bool
	encoding string // as written, "" if not given
	length   int    // of the declaration in the text
}

// Parse reads a document through the gate: size, encoding, characters, one
// namespace-well-formed XML document without a DOCTYPE, within the caps. The
// error is always a *Malformed. A wrong root, namespace or version is not an
// error here: Validate finds it.
func Parse(raw []byte) (*Document, error) {
	return new(Reader).parse(raw)
}

// A Reader reads documents one after another into the same memory, for those
// who look at thousands of them one at a time. It is for one goroutine.
type Reader struct {
	s        scanner
	findings []Finding // memory for those of Validate
}

// Parse is the function Parse. The document may be used until the next call, its
// findings until it is validated again.
func (r *Reader) Parse(raw []byte) (*Document, error) {
	d, err := r.parse(raw)
	if err == nil {
		d.reader = r
	}
	return d, err
}

func (r *Reader) parse(raw []byte) (*Document, error) {
	return r.parseText(string(raw[:min(len(raw), maxSize+1)])) // of more it is enough to know that it is
}

func (r *Reader) parseText(raw string) (*Document, error) {
	d := &Document{}
	s := &r.s
	s.reset(d)
	src, err := decode(s, raw)
	if err != nil {
		return nil, err
	}
	d.src, s.src = src, src
	s.pos = d.declaration.length
	if err := s.scan(); err != nil {
		return nil, err
	}
	d.root = findRoot(d.top)
	d.structure(s.faults[:0])
	s.doc, s.faults = nil, d.faults
	return d, nil
}

// decode turns the octets into text. The declared encoding decides; a byte
// order mark or octets that contradict it are refused, since a reader
// downstream might believe the other of the two.
func decode(s *scanner, raw string) (string, error) {
	if len(raw) > maxSize {
		return "", s.fail("cap-size", "over %d octets", maxSize)
	}
	text, utf16, err := decodeUTF16(s, raw)
	if err != nil {
		return "", err
	}
	bom := false
	if !utf16 {
		text, bom = strings.CutPrefix(raw, "\xEF\xBB\xBF")
	}
	s.src, s.doc.utf16 = text, utf16
	if err := s.declaration(); err != nil {
		return "", err
	}
	name := strings.ToUpper(s.doc.declaration.encoding)
	var enc encoding.Encoding
	switch name {
	case "UTF-8", "UTF8", "":
		if utf16 && name != "" {
			return "", s.fail("encoding", "declared as %s, but it is UTF-16", name)
		}
	case "UTF-16", "UTF-16LE", "UTF-16BE":
		if !utf16 {
			return "", s.fail("encoding", "declared as %s, but it is not", name)
		}
		if name == "UTF-16LE" && raw[0] == 0xFE || name == "UTF-16BE" && raw[0] == 0xFF {
			return "", s.fail("encoding", "declared as %s, but the byte order is the other one", name)
		}
	case "US-ASCII", "ASCII":
		if i := strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }); i >= 0 {
			s.pos = i
			return "", s.fail("encoding", "declared as US-ASCII, but it is not")
		}
	case "ISO-8859-1", "LATIN1", "ISO_8859-1":
		enc = charmap.ISO8859_1
	case "ISO-2022-JP":
		enc = japanese.ISO2022JP
	case "SHIFT_JIS":
		enc = japanese.ShiftJIS
	case "EUC-JP":
		enc = japanese.EUCJP
	default:
		return "", s.fail("encoding", "unknown encoding %s; send UTF-8", quote(name))
	}
	if enc != nil {
		if utf16 || bom {
			return "", s.fail("encoding", "declared as %s, but the byte order mark says otherwise", name)
		}
		if text, err = transcode(enc, text); err != nil {
			return "", s.fail("encoding", "octets that are not %s", name)
		}
		s.src = text
	}
	return text, s.checkCharacters(&text)
}

// transcode decodes and refuses what the encoding has no character for: the
// decoders write U+FFFD there, which none of these encodings can write itself.
func transcode(enc encoding.Encoding, raw string) (string, error) {
	b, err := enc.NewDecoder().Bytes([]byte(raw))
	if err != nil {
		return "", err
	}
	if bytes.ContainsRune(b, utf8.RuneError) {
		return "", encoding.ErrInvalidUTF8
	}
	return string(b), nil
}

// decodeUTF16 decodes if a byte order mark or the first two characters say
// that the document is in UTF-16.
func decodeUTF16(s *scanner, text string) (string, bool, error) {
	if len(text) < 4 {
		return "", false, nil
	}
	endian, order, from := unicode.BigEndian, binary.ByteOrder(binary.BigEndian), 0
	switch uint16(text[0])<<8 | uint16(text[1]) {
	case 0xFEFF:
		from = 2
	case 0xFFFE:
		endian, order, from = unicode.LittleEndian, binary.LittleEndian, 2
	case '<':
	case '<' << 8:
		if text[3] != 0 || text[2] == 0 {
			return "", false, nil
		}
		endian, order = unicode.LittleEndian, binary.LittleEndian
	default:
		return "", false, nil
	}
	raw := []byte(text[from:])
	if len(raw)%2 != 0 || !wholeSurrogates(raw, order) {
		return "", false, s.fail("encoding", "broken UTF-16")
	}
	b, err := unicode.UTF16(endian, unicode.IgnoreBOM).NewDecoder().Bytes(raw)
	if err != nil {
		return "", false, s.fail("encoding", "broken UTF-16")
	}
	return string(b), true, nil
}

// wholeSurrogates tells whether each surrogate has its other half.
func wholeSurrogates(raw []byte, order binary.ByteOrder) bool {
	high := false
	for i := 0; i < len(raw); i += 2 {
		u := order.Uint16(raw[i:])
		low := u >= 0xDC00 && u <= 0xDFFF
		if low != high {
			return false
		}
		high = u >= 0xD800 && u <= 0xDBFF
	}
	return !high
}

// A survey is what one look over the octets of a text tells.
type survey struct {
	control int  // where the first control character stands that XML does not allow, or -1
	wide    bool // it holds more than ASCII
	returns bool // it holds carriage returns
}

// Each octet of a word is 1, or has its highest bit set.
const ones, highs = 0x0101010101010101, 0x8080808080808080

// eight are the octets of s from i on, the first one lowest.
func eight(s string, i int) uint64 {
	b := s[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// look takes sixteen octets at a time: most hold nothing of interest.
func look(src string) survey {
	l, i, all := survey{control: -1}, 0, uint64(0)
	for ; i+16 <= len(src); i += 16 {
		w, x := eight(src, i), eight(src, i+8)
		all |= w | x
		// The highest bit of each octet below 0x20 (and of some above).
		if ((w-0x20*ones)&^w|(x-0x20*ones)&^x)&highs != 0 {
			l.controls(src[i:i+16], i)
		}
	}
	l.controls(src[i:], i)
	for ; i < len(src); i++ {
		all |= uint64(src[i])
	}
	l.wide = all&highs != 0
	return l
}

// controls looks at some of the octets, the first of which stands at.
func (l *survey) controls(octets string, at int) {
	for i := range len(octets) {
		switch c := octets[i]; {
		case c >= 0x20 || c == '\n' || c == '\t':
		case c == '\r':
			l.returns = true
		case l.control < 0:
			l.control = at + i
		}
	}
}

// checkCharacters refuses what is no character of XML 1.0 and turns the line
// ends CR LF and CR into LF (XML 1.0, section 2.11).
func (s *scanner) checkCharacters(text *string) error {
	src := *text
	seen := look(src)
	if seen.wide && !utf8.ValidString(src) {
		for i, r := range src {
			if r == utf8.RuneError && !strings.HasPrefix(src[i:], "\uFFFD") {
				s.pos = i
				break
			}
		}
		return s.fail("encoding", "octets that are not UTF-8")
	}
	if seen.control >= 0 {
		s.pos = seen.control
		return s.fail("xml", "a control character that XML does not allow")
	}
	for _, bad := range [...]string{"\uFFFE", "\uFFFF"} {
		if !seen.wide {
			break
		}
		if i := strings.Index(src, bad); i >= 0 {
			s.pos = i
			return s.fail("xml", "a character that XML does not allow")
		}
	}
	if seen.returns {
		src = strings.ReplaceAll(src, "\r\n", "\n")
		*text = strings.ReplaceAll(src, "\r", "\n")
		// The declaration may have held line ends: read it again.
		s.src = *text
		return s.declaration()
	}
	return nil
}
