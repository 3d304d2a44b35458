package disclosure

import (
	"encoding/binary"
	"net/netip"
	"strings"
)

// spelled calls f for every address that a name, a URL, a mail address or an
// IPv6 address may spell: host77-113-0-203.dyn, 77.113.0.203.in-addr.arpa,
// ip203000113077, cb00714d, 2002:cb00:714d::1 and the like, read both ways
// where both are in use. It may call f for an address that is not meant; who
// asks is whether that address may be told.
func spelled(text string, self netip.Addr, f func(netip.Addr)) {
	if self.IsValid() {
		inside6(self, f)
		return
	}
	if strings.Contains(text, "://") {
		text = unescape(text)
		bracketed(text, f)
	}
	digits := 0
	for i := 0; i < len(text); i++ {
		if isDigit(text[i]) {
			digits++
		}
	}
	if digits >= 4 {
		quads(text, false, func(_, _ int, a netip.Addr) {
			f(a)
			f(reversed(a))
		})
	}
	runs(text, f)
	if rest, ok := strings.CutSuffix(text, ".ip6.arpa"); ok {
		nibbles(rest, f)
	}
	if rest, ok := strings.CutSuffix(text, ".ipv6-literal.net"); ok {
		if a, ok := parseAddr(strings.ReplaceAll(rest, "-", ":")); ok {
			f(a)
		}
	}
}

// quads finds four decimal groups up to 255 with one kind of separator between
// them. exact wants them to be all there is: no fifth group on either side, as
// an OID or a date has, but for the port that tcpdump and netstat put there.
func quads(s string, exact bool, f func(start, end int, a netip.Addr)) {
	var start [4]int // of the last four groups
	var group [4]byte
	n, end, sep := 0, -1, byte(0) // groups in the chain, end of the last, what joins them
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			continue
		}
		from, cur := i, 0
		for ; i < len(s) && isDigit(s[i]); i++ {
			cur = min(cur*10+int(s[i]-'0'), 1000)
		}
		joined := n > 0 && end == from-1 && separates(s[end])
		switch {
		case cur > 255 || i-from > 3:
			n = 0
			continue
		case !joined:
			n = 1
		case n == 1 || s[end] == sep:
			n, sep = n+1, s[end]
		default:
			n, sep = 2, s[end]
		}
		copy(start[:], start[1:])
		copy(group[:], group[1:])
		start[3], group[3], end = from, byte(cur), i
		if n < 4 || exact && (n > 4 || digitBeyond(s, start[0], i, sep) && !portBehind(s, start[0], i)) {
			continue
		}
		f(start[0], i, netip.AddrFrom4(group))
	}
}

// digitBeyond reports whether the same separator and a digit stand on either side.
func digitBeyond(s string, start, end int, sep byte) bool {
	return end+1 < len(s) && s[end] == sep && isDigit(s[end+1]) ||
		start > 1 && s[start-1] == sep && isDigit(s[start-2])
}

// portBehind reports whether a dot and a port stand behind an address, and no
// other number beside the two.
func portBehind(s string, start, end int) bool {
	if end == len(s) || s[end] != '.' || start > 1 && s[start-1] == '.' && isDigit(s[start-2]) {
		return false
	}
	port, i := 0, end+1
	for ; i < len(s) && i < end+6 && isDigit(s[i]); i++ {
		port = port*10 + int(s[i]-'0')
	}
	return i > end+1 && port < 1<<16 && (i == len(s) || !alnum(s[i]) && s[i] != '.')
}

func separates(c byte) bool { return c == '.' || c == '-' || c == '_' || c == 'x' }

func reversed(a netip.Addr) netip.Addr {
	b := a.As4()
	return netip.AddrFrom4([4]byte{b[3], b[2], b[1], b[0]})
}

// runs reads eight hexadecimal digits and twelve or ten decimal ones that stand alone.
func runs(s string, f func(netip.Addr)) {
	for i := 0; i < len(s); {
		if !isHex(s[i]) {
			i++
			continue
		}
		from := i
		for i < len(s) && isHex(s[i]) {
			i++
		}
		run := s[from:i]
		// A run may begin inside a word: "ip" and "host" end where hex begins.
		if len(run) >= 8 && len(run) <= 11 {
			for k := 0; k+8 <= len(run); k++ {
				hex4(run[k:k+8], f)
			}
		}
		if len(run) < 9 {
			continue
		}
		dec := strings.TrimLeft(run, "abcdefABCDEF")
		if len(dec) == 12 {
			if a, ok := paddedV4(dec[:3] + "." + dec[3:6] + "." + dec[6:9] + "." + dec[9:]); ok {
				f(a)
				f(reversed(a))
			}
		}
		if len(dec) == 9 || len(dec) == 10 {
			n := uint64(0)
			for k := 0; k < len(dec) && isDigit(dec[k]); k++ {
				n = n*10 + uint64(dec[k]-'0')
			}
			if n <= 1<<32-1 {
				f(addr4(uint32(n)))
			}
		}
	}
}

func hex4(s string, f func(netip.Addr)) {
	var b [4]byte
	for k := range b {
		b[k] = hexValues[s[2*k]]<<4 | hexValues[s[2*k+1]]
	}
	a := netip.AddrFrom4(b)
	f(a)
	f(reversed(a))
}

func addr4(n uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}

// nibbles reads the labels before ip6.arpa.
func nibbles(s string, f func(netip.Addr)) {
	var b [16]byte
	n := 0
	for i := len(s) - 1; i >= 0 && n < 32; i -= 2 {
		if !isHex(s[i]) || i > 0 && s[i-1] != '.' {
			return
		}
		b[n/2] |= hexValues[s[i]] << (4 * (1 - n%2))
		n++
	}
	if n == 32 {
		f(netip.AddrFrom16(b).Unmap())
	}
}

// bracketed reads the IPv6 addresses in brackets of a URL.
func bracketed(s string, f func(netip.Addr)) {
	for {
		_, rest, ok := strings.Cut(s, "[")
		if !ok {
			return
		}
		inner, after, ok := strings.Cut(rest, "]")
		if !ok {
			return
		}
		if a, ok := parseAddr(inner); ok {
			f(a)
			inside6(a, f)
		}
		s = after
	}
}

// inside6 reads the IPv4 addresses that the ways of crossing over put into an
// IPv6 address: NAT64 (RFC 6052), 6to4 (RFC 3056), Teredo (RFC 4380), ISATAP
// (RFC 5214) and the old compatible form.
func inside6(a netip.Addr, f func(netip.Addr)) {
	if !a.Is6() {
		return
	}
	b := a.As16()
	tail := binary.BigEndian.Uint32(b[12:])
	switch {
	case b[0] == 0x20 && b[1] == 0x02:
		f(addr4(binary.BigEndian.Uint32(b[2:])))
	case b[0] == 0x20 && b[1] == 0x01 && b[2] == 0 && b[3] == 0:
		f(addr4(^tail))
		f(addr4(binary.BigEndian.Uint32(b[4:])))
	case b[0] == 0 && b[1] == 0x64 && b[2] == 0xff && b[3] == 0x9b:
		f(addr4(tail))
	case b[10] == 0x5e && b[11] == 0xfe:
		f(addr4(tail))
	case binary.BigEndian.Uint64(b[:]) == 0 && binary.BigEndian.Uint32(b[8:]) == 0 && tail > 0xffff:
		f(addr4(tail))
	}
}

// unescape undoes percent signs once; what is no escape stays.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			b.WriteByte(hexValues[s[i+1]]<<4 | hexValues[s[i+2]])
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
