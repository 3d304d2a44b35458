package disclosure

import (
	"net/netip"
	"strconv"
	"strings"
)

// parseAddr reads an address, IPv4 also with padded groups, which netip refuses.
func parseAddr(v string) (netip.Addr, bool) {
	v = strings.TrimSuffix(strings.TrimPrefix(v, "["), "]")
	if !looksLikeAddr(v) {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(v)
	if err != nil {
		if a, ok := paddedV4(v); ok {
			return a, true
		}
		return a, false
	}
	return a.Unmap().WithZone(""), true
}

// paddedV4 reads four decimal groups of one to three digits.
func paddedV4(v string) (netip.Addr, bool) {
	var b [4]byte
	n, digits, cur := 0, 0, 0
	for i := 0; i <= len(v); i++ {
		if i == len(v) || v[i] == '.' {
			if digits == 0 || digits > 3 || cur > 255 || n == 4 {
				return netip.Addr{}, false
			}
			b[n] = byte(cur)
			n, digits, cur = n+1, 0, 0
			continue
		}
		if v[i] < '0' || v[i] > '9' {
			return netip.Addr{}, false
		}
		digits++
		if cur = cur*10 + int(v[i]-'0'); digits > 3 {
			return netip.Addr{}, false
		}
	}
	return netip.AddrFrom4(b), n == 4
}

// parsePrefix reads a network in CIDR form or with an IPv4 netmask.
func parsePrefix(v string) (netip.Prefix, bool) {
	left, right, ok := strings.Cut(v, "/")
	if !ok {
		return netip.Prefix{}, false
	}
	a, ok := parseAddr(left)
	if !ok {
		return netip.Prefix{}, false
	}
	bits, err := strconv.Atoi(right)
	if err != nil {
		m, ok := paddedV4(right)
		if !ok || !a.Is4() {
			return netip.Prefix{}, false
		}
		b := m.As4()
		mask := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
		for bits = 0; mask&(1<<31) != 0; bits++ {
			mask <<= 1
		}
		if mask != 0 {
			return netip.Prefix{}, false
		}
	} else if strings.Contains(left, ":") && a.Is4() {
		bits -= 96 // ::ffff:203.0.113.0/120
	}
	p, err := a.Prefix(bits)
	return p, err == nil
}

func parseMAC(v string) (string, bool) {
	var hexes []byte
	for i := 0; i < len(v); i++ {
		switch c := lower(v[i]); {
		case isHex(c):
			hexes = append(hexes, c)
		case c != ':' && c != '-' && c != '.':
			return "", false
		}
	}
	if len(hexes) != 12 {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < 12; i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.Write(hexes[i : i+2])
	}
	return b.String(), true
}
