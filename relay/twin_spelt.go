package relay

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"iodefgw/relay/disclosure"
)

// derived writes a value that holds or spells withheld ones with their twins in
// their place, so that it is withheld in the twin for the same reason. ok is
// false where there is nothing in it.
func (t *twinner) derived(value string) (twin string, ok bool) {
	if twin, ok = t.words(value); ok {
		return twin, true
	}
	if twin, ok = t.six(value); ok {
		return twin, true
	}
	return t.spelled(value)
}

// words exchanges what may be a value itself between the signs of a name, mail
// address or URL.
func (t *twinner) words(value string) (twin string, ok bool) {
	var b strings.Builder
	for rest := value; rest != ""; {
		end := strings.IndexAny(rest, "/?&=#:")
		if end < 0 {
			end = len(rest)
		}
		word := rest[:end]
		for at := word; at != ""; {
			if w, known := t.of(at); known && w != at {
				ok = true
				word = strings.TrimSuffix(word, at) + w
				break
			}
			cut := strings.IndexAny(at, "@.")
			if cut < 0 {
				break
			}
			at = at[cut+1:]
		}
		b.WriteString(word)
		if end < len(rest) {
			b.WriteByte(rest[end])
			end++
		}
		rest = rest[end:]
	}
	return b.String(), ok
}

// spelled exchanges four numbers that spell a withheld IPv4 address, in either
// order, or the one number that it is.
func (t *twinner) spelled(value string) (twin string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(value); {
		end, known, w := quad(value[i:]), false, ""
		if end > 0 {
			w, known = t.octets(value[i : i+end])
		} else if end = len(value[i:]) - len(strings.TrimLeft(value[i:], hexDigits)); end > 0 {
			run := value[i : i+end]
			if w, known = t.number(run); !known {
				end = 1 + strings.LastIndexAny(run, hexDigits[10:]) // four numbers may begin behind a letter: pc203-0-113-77
				if end == 0 {
					end = len(run)
				}
				w = run[:end]
			}
		} else {
			end, w = 1, value[i:i+1]
		}
		ok = ok || known
		b.WriteString(w)
		i += end
	}
	return b.String(), ok
}

const hexDigits = "0123456789abcdefABCDEF"

// six exchanges an IPv6 address that a name spells, in nibbles (RFC 3596 2.5) or
// with dashes, or that stands in the brackets of a URL.
func (t *twinner) six(value string) (twin string, ok bool) {
	if rest, found := strings.CutSuffix(value, ".ip6.arpa"); found && len(rest) >= 63 {
		at := len(rest) - 63
		raw, err := hex.DecodeString(turned(strings.ReplaceAll(rest[at:], ".", "")))
		a, is := netip.AddrFromSlice(raw)
		w, known := t.twinOf(a)
		if err != nil || !is || !known {
			return "", false
		}
		return rest[:at] + strings.Join(strings.Split(turned(hex.EncodeToString(w.AsSlice())), ""), ".") + ".ip6.arpa", true
	}
	if rest, found := strings.CutSuffix(value, ".ipv6-literal.net"); found {
		a, _ := netip.ParseAddr(strings.ReplaceAll(rest, "-", ":"))
		w, known := t.twinOf(a)
		return strings.ReplaceAll(w.String(), ":", "-") + ".ipv6-literal.net", known
	}
	before, rest, found := strings.Cut(value, "[")
	if !found {
		return "", false
	}
	inner, after, _ := strings.Cut(rest, "]")
	a, _ := netip.ParseAddr(inner)
	w, known := t.twinOf(a)
	return before + "[" + w.String() + "]" + after, known
}

func turned(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// number exchanges an address in a row of hexadecimal digits: eight of them, in
// either order, or the last nine, ten or twelve where these are decimal.
func (t *twinner) number(run string) (twin string, ok bool) {
	four := func(n uint64) (w [4]byte, known bool) {
		a, known := t.twinOf(netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, uint32(n)))))
		if !known {
			return w, false
		}
		return a.As4(), true
	}
	for k := 0; k+8 <= len(run) && len(run) <= 11; k++ {
		n, _ := strconv.ParseUint(run[k:k+8], 16, 32)
		if w, known := four(n); known {
			return fmt.Sprintf("%s%x%s", run[:k], w[:], run[k+8:]), true
		}
		if w, known := four(uint64(bits.ReverseBytes32(uint32(n)))); known {
			slices.Reverse(w[:])
			return fmt.Sprintf("%s%x%s", run[:k], w[:], run[k+8:]), true
		}
	}
	head := run[:len(run)-len(strings.TrimLeft(run, hexDigits[10:]))]
	digits := run[len(head):]
	if len(digits) < 9 {
		return run, false
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	switch len(digits) {
	case 9, 10:
		if w, known := four(n); known && err == nil && n <= math.MaxUint32 {
			return fmt.Sprintf("%s%d", head, binary.BigEndian.Uint32(w[:])), true
		}
	case 12:
		var b [4]byte
		for k := 3; k >= 0; k-- {
			b[k] = byte(n % 1000)
			if n%1000 > 255 {
				return run, false
			}
			n /= 1000
		}
		if w, known := t.octets(fmt.Sprintf("%d.%d.%d.%d", b[0], b[1], b[2], b[3])); known && err == nil {
			for _, o := range strings.Split(w, ".") {
				head += strings.Repeat("0", 3-len(o)) + o
			}
			return head, true
		}
	}
	return run, false
}

// octets exchanges four numbers as they stand, or turned round.
func (t *twinner) octets(s string) (twin string, ok bool) {
	sep := s[strings.IndexAny(s, between):][:1]
	octets := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(between, r) })
	for _, turned := range []bool{false, true} {
		list := slices.Clone(octets)
		if turned {
			slices.Reverse(list)
		}
		addr := strings.Join(list, ".")
		w, known := t.of(addr)
		if a, err := netip.ParseAddr(addr); !known && err == nil && t.inNetwork(a) {
			w, known = t.address(a, disclosure.Drop), true
		}
		if !known {
			continue
		}
		other := strings.Split(w, ".")
		if turned {
			slices.Reverse(other)
		}
		return strings.Join(other, sep), true
	}
	return s, false
}

// between are the signs between the numbers of an address.
const between = "-._x"

// quad is the length of four numbers of up to three digits with a sign between
// each two, at the start of s; 0 if there are none.
func quad(s string) int {
	i := 0
	for n := range 4 {
		if n > 0 {
			if i == len(s) || strings.IndexByte(between, s[i]) < 0 {
				return 0
			}
			i++
		}
		from := i
		for i < len(s) && i < from+3 && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		if i == from {
			return 0
		}
	}
	return i
}

// crossing draws an IPv6 address that carries IPv4 addresses over (6to4, Teredo,
// NAT64, ISATAP, compatible), with the twins of those in their place, so that it
// is withheld in the twin for the same reason. ok is false where it carries none
// that has one.
func (t *twinner) crossing(a netip.Addr, act disclosure.Action) (twin string, ok bool) {
	if !a.Is6() {
		return "", false
	}
	b := a.As16()
	form, at := 4, []int{12} // how much of it shows the form, and what is carried where
	var flip byte
	switch {
	case b[0] == 0x20 && b[1] == 0x02:
		form, at = 2, []int{2}
	case b[0] == 0x20 && b[1] == 0x01 && b[2] == 0 && b[3] == 0:
		at, flip = []int{4, 12}, 0xff // the client's, at the end, is inverted
	case b[0] == 0 && b[1] == 0x64 && b[2] == 0xff && b[3] == 0x9b:
	case b[10] == 0x5e && b[11] == 0xfe, [12]byte(b[:12]) == [12]byte{}:
		form = 12
	default:
		return "", false
	}
	drawn, err := netip.ParseAddr(t.within(a, t.network(a, act)))
	if err != nil {
		return "", false
	}
	out := drawn.As16()
	copy(out[:form], b[:form])
	for _, k := range at {
		invert := flip
		if k < 12 {
			invert = 0
		}
		four := [4]byte(b[k : k+4])
		for i := range four {
			four[i] ^= invert
		}
		if w, known := t.twinOf(netip.AddrFrom4(four)); known {
			four, ok = w.As4(), true
		}
		for i, c := range four {
			out[k+i] = c ^ invert
		}
	}
	return netip.AddrFrom16(out).String(), ok
}

// twinOf is the twin of an address within another value.
func (t *twinner) twinOf(a netip.Addr) (twin netip.Addr, known bool) {
	if !a.IsValid() {
		return a, false
	}
	text, known := t.of(a.String())
	if !known && t.inNetwork(a) {
		text, known = t.address(a, disclosure.Drop), true
	}
	twin, err := netip.ParseAddr(text)
	return twin, known && err == nil
}
