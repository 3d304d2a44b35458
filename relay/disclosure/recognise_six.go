package disclosure

import (
	"net/netip"
	"strings"
)

// six is what stands in a row of groups with colons: a MAC, an address, or the
// beginning of a known network.
type six struct {
	end  int // 0: nothing
	mac  string
	addr netip.Addr
	net  netip.Prefix
}

// sixAt reads a row of groups at from, whose first group ends at the colon. An
// address may go on with what is no part of it, as 2001:db8::1.443 of tcpdump
// does; then it must begin as addresses in use do.
func (s *scanner) sixAt(v string, from, colon int) (x six) {
	if colon-from > 4 || from == colon && !strings.HasPrefix(v[from:], "::") {
		return x
	}
	pair := pairBefore(v, from)
	if end := from + lenMAC; end <= len(v) && isMAC(v[from:end], ':') && macAlone(v, from, pair) {
		x.mac, _ = parseMAC(v[from:end])
		x.end = end
		return x
	}
	end, groups, double := groupsAt(v, from)
	switch {
	case double && groups < 8 || groups == 8:
	case groups > 1 && s.r.known.firstGroup(v[from:colon]):
		a, err := netip.ParseAddr(v[from:end] + "::")
		if err == nil {
			if p := netip.PrefixFrom(a, 16*groups).Masked(); s.r.known.network(p) {
				return six{end: end, net: p}
			}
		}
		return x
	default:
		return x
	}
	if q := quadAt(v, from, end); q > end {
		end = q
	} else if !double && end-from == 23 && (pair || goesOn(v, end)) {
		return x // pairs in a longer row, a fingerprint
	} else if goesOn(v, end) || from > 0 && alnum(v[from-1]) {
		if colon-from != 4 || !strings.ContainsAny(v[from:colon], "0123456789") {
			return x
		}
	}
	if !looks6(v[from:end]) {
		return x
	}
	a, err := netip.ParseAddr(v[from:end])
	if err != nil {
		return x
	}
	return six{end: end, addr: a.Unmap()}
}

const lenMAC = len("00:00:5e:00:53:01")

// macAlone reports whether the six pairs at from are a MAC: as a row of their
// own, behind the 01 of a DHCP client identifier (RFC 2132 9.14), or as one of
// the two of an Ethernet header, which netfilter logs with the type behind them.
func macAlone(v string, from int, pair bool) bool {
	const second = lenMAC + 1
	switch {
	case !pair:
		return !goesOn(v, from+lenMAC) || isEthernet(v, from)
	case from == 3 || !pairBefore(v, from-3):
		return v[from-3:from] == "01:" && !goesOn(v, from+lenMAC)
	}
	return from >= second && !pairBefore(v, from-second) && isEthernet(v, from-second)
}

// isEthernet reports whether a row of fourteen pairs begins there.
func isEthernet(v string, from int) bool {
	end := from + 2*(lenMAC+1) + len("08:00")
	return end <= len(v) && isMAC(v[from:end], ':') && !goesOn(v, end)
}

// pairBefore reports whether two hexadecimal digits and a colon stand before from.
func pairBefore(v string, from int) bool {
	return from > 2 && v[from-1] == ':' && isHex(v[from-2]) && isHex(v[from-3])
}

// inColons reports whether the colons of a word may be those of an address or a
// MAC: it has enough of them, or a known network begins in it. Else it is a time
// of day, or has a name before its colon or a port behind it.
func (k *known) inColons(w string) bool {
	colons, group, digits := 0, 0, 0 // of the group: its last four digits, and how many there are
	from := 0
	for i := range len(w) {
		if v := hexValues[w[i]]; v != noHex {
			group, digits = group<<4&0xffff|int(v), digits+1
			continue
		}
		if w[i] != ':' {
			digits = 0
			continue
		}
		if colons++; colons > 4 || i > 0 && w[i-1] == ':' || digits >= min(4, i-from) && k.begins(group) {
			return true
		}
		from, group, digits = i+1, 0, 0
	}
	return false
}

// firstGroup reports whether a known network begins with that group, of up to
// four hexadecimal digits.
func (k *known) firstGroup(group string) bool {
	g := 0
	for i := range len(group) {
		if !isHex(group[i]) {
			return false
		}
		g = g<<4 | int(hexValues[group[i]])
	}
	return g < 1<<16 && k.begins(g)
}

// begins reports whether a known network begins with that group.
func (k *known) begins(group int) bool {
	return k.six && k.groups[group>>6]>>(group&63)&1 != 0
}

// groupsAt reads the groups of one address and no more.
func groupsAt(v string, i int) (end, groups int, double bool) {
	if strings.HasPrefix(v[i:], "::") {
		i, double = i+2, true
	}
	for {
		k := i
		for k < len(v) && k < i+5 && isHex(v[k]) {
			k++
		}
		if k == i || k == i+5 {
			return i, groups, double
		}
		i, groups = k, groups+1
		switch {
		case groups == 8 || i+1 >= len(v) || v[i] != ':':
			return i, groups, double
		case v[i+1] == ':' && !double:
			i, double = i+2, true
		case isHex(v[i+1]):
			i++
		default:
			return i, groups, double
		}
	}
}

// quadAt is the end of the dotted address in which an address ends whose last
// group ends at end, RFC 4291 2.2; 0 if there is none.
func quadAt(v string, from, end int) int {
	dots := 0
	for end < len(v) && (isDigit(v[end]) || v[end] == '.' && dots < 3 && end+1 < len(v) && isDigit(v[end+1])) {
		if v[end] == '.' {
			dots++
		}
		end++
	}
	if dots < 3 {
		return 0
	}
	if _, err := netip.ParseAddr(v[from:end]); err != nil {
		return 0
	}
	return end
}

// goesOn reports whether a word does not end there.
func goesOn(v string, i int) bool {
	return i < len(v) && (alnum(v[i]) || i+1 < len(v) && alnum(v[i+1]))
}
