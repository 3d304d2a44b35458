package leak

import (
	"crypto/md5"
	"crypto/sha512"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Scanner looks for one set of withheld values. It is safe for concurrent use.
type Scanner struct {
	values []Value // withheld
	filters
	v4      index32 // withheld IPv4 addresses; the entry is the value
	v4next  []int32
	addrs4  []uint32
	nets4   []net4
	nets6   []net6
	macs    []mac
	asns    []asn
	texts   []pattern
	tree    tree
	high    []int32 // texts that begin outside ASCII
	images  []image
	byFirst index32
	weak    []int
	arena   []byte // the steps of texts
	rawQP   bool   // a value has a = that quoted-printable could eat
	reach   int    // how far from an escape a value may begin

	kept    kept
	derived derived
}

type mac struct {
	addr  [6]byte
	value int32
}

type asn struct {
	number uint32
	value  int32
}

// Compile prepares a scanner for the withheld values, W of disclosure.md 8,
// and the kept ones, K. A value that its kind cannot read is an error, and so
// is one that is both: a scan without it would prove nothing. Errors name the
// value by its ID.
func Compile(withheld, kept []Value) (*Scanner, error) {
	s := &Scanner{values: withheld, v4next: make([]int32, len(withheld)), reach: 128}
	s.v4 = newIndex32(len(withheld))
	s.texts = make([]pattern, 0, 2*len(withheld))
	s.images = make([]image, 0, len(withheld))
	for i := range withheld {
		if err := s.add(int32(i)); err != nil {
			return nil, fmt.Errorf("compile withheld value %d: %w", withheld[i].ID, err)
		}
	}
	s.indexImages()
	s.indexTexts()
	if err := s.kept.compile(kept, s); err != nil {
		return nil, err
	}
	return s, nil
}

// Weak returns the IDs of the values that are too short or too common to be
// looked for as text (`jp`, `10`, `root` alone): a scan says nothing of them,
// the twin run must.
func (s *Scanner) Weak() []int { return s.weak }

var (
	errEmpty   = errors.New("empty value")
	errUnknown = errors.New("unknown kind")
)

func (s *Scanner) add(i int32) error {
	v := &s.values[i]
	text := strings.TrimSpace(v.Text)
	if text == "" {
		return errEmpty
	}
	if n := 2*len(text) + 64; n > s.reach {
		s.reach = n
	}
	switch v.Kind {
	case IPv4, IPv6:
		return s.addAddr(i, text)
	case Prefix:
		return s.addPrefix(i, text)
	case MAC:
		return s.addMAC(i, text)
	case ASN:
		return s.addASN(i, text)
	case Hash:
		return s.addHash(i, text)
	case Domain:
		return s.addDomain(i, text)
	case Email:
		return s.addEmail(i, text)
	case Name:
		return s.addName(i, text)
	case Account:
		return s.addAccount(i, text)
	case Path:
		return s.addPath(i, text)
	case URL:
		return s.addURL(i, text)
	case Text:
		return s.addLiteral(i, text)
	}
	return errUnknown
}

// parseAddr reads an address of either family; IPv4 in its IPv6 forms of
// mapping is IPv4.
func parseAddr(kind Kind, text string) (netip.Addr, error) {
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return a, errors.New("not an address") // the error of netip holds the value
	}
	a = a.WithZone("").Unmap()
	if kind == IPv4 && !a.Is4() {
		return a, errors.New("not an IPv4 address")
	}
	return a, nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, errors.New("not a prefix")
	}
	return p.Masked(), nil
}

func (s *Scanner) addAddr(i int32, text string) error {
	a, err := parseAddr(s.values[i].Kind, text)
	if err != nil {
		return err
	}
	if a.Is4() {
		b := a.As4()
		key := first4(b[:])
		s.v4next[i] = s.v4.add(key, i)
		s.addrs4 = append(s.addrs4, key)
		s.addOctet(b[0])
		s.addImage(key)
		s.addImage(swap4(key))
		return nil
	}
	b := a.As16()
	s.nets6 = append(s.nets6, net6{netip.PrefixFrom(a, 128), i})
	s.addImages6(i, b, 128)
	return nil
}

// addImages6 adds the network order and, for whole addresses, the two
// little-endian orders: all bytes, and each 32-bit word as in /proc/net/tcp6.
func (s *Scanner) addImages6(i int32, b [16]byte, bits int) {
	s.images = append(s.images, image{bytes: b[:], value: i, rule: ruleIPv6Binary, bits: bits})
	if bits < 128 {
		return
	}
	var back, words [16]byte
	for k := range b {
		back[15-k] = b[k]
		words[k&^3|3-k&3] = b[k]
	}
	s.images = append(s.images,
		image{bytes: back[:], value: i, rule: ruleIPv6BinaryLE, bits: 128},
		image{bytes: words[:], value: i, rule: ruleIPv6BinaryLE, bits: 128})
}

// minBinaryPrefix6 is the shortest IPv6 network looked for in binary views:
// fewer bits would be met by chance.
const minBinaryPrefix6 = 40

func (s *Scanner) addPrefix(i int32, text string) error {
	p, err := parsePrefix(text)
	if err != nil {
		return err
	}
	if !p.Addr().Is4() {
		s.nets6 = append(s.nets6, net6{p, i})
		if p.Bits() >= minBinaryPrefix6 {
			s.addImages6(i, p.Addr().As16(), p.Bits())
		}
		return nil
	}
	b := p.Addr().As4()
	lo := first4(b[:])
	hi := lo | uint32(uint64(1)<<(32-p.Bits())-1)
	s.nets4 = append(s.nets4, net4{lo, hi, i, p.Bits()})
	for o := lo >> 24; o <= hi>>24; o++ {
		s.addOctet(byte(o))
	}
	for t := lo >> 16; t <= hi>>16; t++ {
		s.addTop(t)
	}
	return nil
}

func (s *Scanner) addMAC(i int32, text string) error {
	m, err := parseMAC(text)
	if err != nil {
		return err
	}
	s.macs = append(s.macs, mac{m, i})
	back := make([]byte, 6)
	for k := range m {
		back[5-k] = m[k]
	}
	s.images = append(s.images,
		image{bytes: m[:], value: i, rule: ruleMACBinary, bits: 48},
		image{bytes: back, value: i, rule: ruleMACBinary, bits: 48})
	for _, flip := range [2]byte{0, 2} { // as EUI-64, RFC 4291 appendix A
		wide := []byte{m[0] ^ flip, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]}
		s.images = append(s.images, image{bytes: wide, value: i, rule: ruleMACEUI64, bits: 64})
	}
	return nil
}

// parseMAC reads twelve hex digits in any grouping; groups split by a mark may
// lack leading zeros.
func parseMAC(text string) (m [6]byte, err error) {
	groups := strings.FieldsFunc(text, func(r rune) bool { return r == ':' || r == '-' || r == '.' || r == ' ' || r == '_' })
	width := 0
	if len(groups) > 0 {
		width = 12 / len(groups)
	}
	var digits strings.Builder
	for _, g := range groups {
		if len(g) > width || len(g) < width && width != 2 {
			return m, errors.New("not a MAC address")
		}
		digits.WriteString("000000000000"[:width-len(g)])
		digits.WriteString(g)
	}
	n, err := strconv.ParseUint(digits.String(), 16, 64)
	if err != nil || digits.Len() != 12 {
		return m, errors.New("not a MAC address")
	}
	for k := 5; k >= 0; k-- {
		m[k] = byte(n)
		n >>= 8
	}
	return m, nil
}

func (s *Scanner) addASN(i int32, text string) error {
	n, err := parseASN(text)
	if err != nil {
		return err
	}
	s.asns = append(s.asns, asn{n, i})
	for _, tail := range [2]uint32{n % 100, n & 0xffff % 100} {
		s.tails[tail>>6] |= 1 << (tail & 63)
	}
	return nil
}

// parseASN reads AS64500, 64500 and the asdot form 1.10 of RFC 5396.
func parseASN(text string) (uint32, error) {
	text = strings.ToLower(text)
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(text, "as"), "n"))
	high, low, dotted := strings.Cut(text, ".")
	if !dotted {
		high, low = "0", text
	}
	h, err1 := strconv.ParseUint(high, 10, 16)
	l, err2 := strconv.ParseUint(low, 10, 32)
	if err1 != nil || err2 != nil || dotted && l > 0xffff {
		return 0, errors.New("not an AS number")
	}
	return uint32(h<<16 | l), nil
}

// addHash takes hex digits or base64; a digest in another notation is a
// literal. Its beginning is looked for, and its end.
func (s *Scanner) addHash(i int32, text string) error {
	b := hexBytes(text)
	if len(b) < 4 {
		if b = tolerant64([]byte(text)); len(b) < md5.Size || len(b) > sha512.Size || strings.ContainsAny(text, " .:") {
			return s.addLiteral(i, text)
		}
		b = b[:len(b)&^3]
	}
	s.images = append(s.images, image{bytes: b, value: i, rule: ruleHash, bits: 8 * min(len(b), minDigest)})
	if len(b) >= 2*minDigest {
		s.images = append(s.images, image{bytes: b[len(b)-minDigest:], value: i, rule: ruleHash, bits: 8 * minDigest})
	}
	return nil
}

// hexBytes decodes hex digits with : - or blanks between; nil if it is not.
func hexBytes(text string) []byte {
	out := make([]byte, 0, len(text)/2)
	half, have := byte(0), false
	for i := 0; i < len(text); i++ {
		switch x := hexValue[text[i]]; {
		case x == 0xff && (text[i] == ':' || text[i] == '-' || text[i] == ' '):
		case x == 0xff:
			return nil
		case have:
			out = append(out, half<<4|x)
			have = false
		default:
			half, have = x, true
		}
	}
	if have {
		return nil
	}
	return out
}

func (s *Scanner) indexImages() {
	s.byFirst = newIndex32(len(s.images))
	for k := range s.images {
		key := first4(s.images[k].bytes)
		s.addImage(key)
		s.images[k].next = s.byFirst.add(key, int32(k))
	}
}

func swap4(a uint32) uint32 {
	return a<<24 | a<<8&0xff0000 | a>>8&0xff00 | a>>24
}
