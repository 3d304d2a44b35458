package iodef

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"
)

// Forms of values that the schemas leave open.

// isFQDN tells whether s is a fully qualified domain name: two labels or more.
// Letters beyond ASCII are let through, as in an internationalised name. No
// top-level domain is all digits: that is an address.
func isFQDN(s string) bool {
	s = strings.TrimSuffix(trimBlank(s), ".")
	last := s[strings.LastIndexByte(s, '.')+1:]
	return len(last) < len(s) && digits(last) < len(last) && isHostname(s)
}

func isHostname(s string) bool {
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
				return false
			}
		}
	}
	return true
}

// isEmailAddress is plain sense, not RFC 5322: one part before the last @, no
// blanks, a domain or an address literal after it.
func isEmailAddress(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at > 254 || strings.ContainsAny(s, " \t\n\r<>,;") {
		return false
	}
	domain := s[at+1:]
	if literal, ok := strings.CutPrefix(domain, "["); ok {
		_, err := netip.ParseAddr(strings.TrimPrefix(strings.TrimSuffix(literal, "]"), "IPv6:"))
		return err == nil
	}
	return isHostname(domain)
}

// isAddress tells whether an Address fits its category.
func isAddress(category, s string) bool {
	switch category {
	case "asn":
		s = strings.TrimPrefix(strings.ToUpper(s), "AS")
		high, low, dotted := strings.Cut(s, ".")
		if dotted { // asdot of RFC 5396
			return isUint(high, 16) && isUint(low, 16)
		}
		return isUint(s, 32)
	case "e-mail":
		return isEmailAddress(s)
	case "mac":
		return isMAC(s)
	case "ipv4-addr":
		a, err := netip.ParseAddr(s)
		return err == nil && a.Is4()
	case "ipv6-addr":
		a, err := netip.ParseAddr(s)
		return err == nil && a.Is6()
	case "ipv4-net", "ipv4-net-masked":
		p, err := netip.ParsePrefix(s)
		return err == nil && p.Addr().Is4() || category == "ipv4-net-masked" && isMaskedV4(s)
	case "ipv6-net", "ipv6-net-masked":
		p, err := netip.ParsePrefix(s)
		return err == nil && p.Addr().Is6() || category == "ipv6-net-masked" && isMaskedV6(s)
	case "ipv4-net-mask", "ipv6-net-mask":
		return isNetMask(s, category == "ipv4-net-mask")
	case "site-uri":
		return s != "" && isAnyURI(s)
	case "atm":
		return s != ""
	}
	return true // ext-value and what the schema refuses
}

func isUint(s string, bits int) bool {
	_, err := strconv.ParseUint(s, 10, bits)
	return err == nil && digits(s) == len(s)
}

// isNetMask is network/mask, the mask written as an address.
func isNetMask(s string, v4 bool) bool {
	network, mask, ok := strings.Cut(s, "/")
	a, errA := netip.ParseAddr(network)
	m, errM := netip.ParseAddr(mask)
	if !ok || errA != nil || errM != nil || a.Is4() != v4 || m.Is4() != v4 {
		return false
	}
	ones := true
	for _, b := range m.AsSlice() {
		for bit := 7; bit >= 0; bit-- {
			set := b>>bit&1 == 1
			if set && !ones {
				return false
			}
			ones = set
		}
	}
	return true
}

// isMaskedV4 and isMaskedV6 take addresses whose hidden parts are written as x.
func isMaskedV4(s string) bool {
	parts := strings.Split(s, ".")
	for _, p := range parts {
		if strings.Trim(p, "xX*") != "" && !isUint(p, 8) || p == "" {
			return false
		}
	}
	return len(parts) == 4
}

func isMaskedV6(s string) bool {
	_, err := netip.ParseAddr(strings.NewReplacer("x", "0", "X", "0", "*", "0").Replace(s))
	return err == nil && strings.Contains(s, ":")
}

// isMAC takes six or eight octets: 00:11:22:33:44:55, with - or none at all,
// and the form 0011.2233.4455.
func isMAC(s string) bool {
	hex := strings.NewReplacer(":", "", "-", "", ".", "").Replace(s)
	if !isHex(hex) || len(hex) != 12 && len(hex) != 16 {
		return false
	}
	separators := len(s) - len(hex)
	return separators == 0 || separators == len(hex)/2-1 || separators == len(hex)/4-1
}

// isBulkLine tells whether a line of a BulkObservableList fits its type.
func isBulkLine(kind, line string) bool {
	if trimBlank(line) == "" {
		return false
	}
	switch kind {
	case "asn", "e-mail", "ipv4-addr", "ipv4-net", "ipv4-net-mask", "ipv6-addr", "ipv6-net", "ipv6-net-mask", "mac", "site-uri":
		return isAddress(kind, line)
	case "domain-name":
		return isHostname(line)
	case "domain-to-ipv4", "domain-to-ipv6", "domain-to-ipv4-timestamp", "domain-to-ipv6-timestamp":
		fields := bulkFields(line)
		stamped := strings.HasSuffix(kind, "-timestamp")
		want := 2
		if stamped {
			want = 3
		}
		if len(fields) != want || !isHostname(fields[0]) {
			return false
		}
		a, err := netip.ParseAddr(fields[1])
		return err == nil && a.Is4() == strings.Contains(kind, "ipv4") && (!stamped || isDateTime(fields[2]))
	case "ipv4-port", "ipv6-port":
		a, err := netip.ParseAddrPort(line)
		if err == nil {
			return a.Addr().Is4() == (kind == "ipv4-port")
		}
		fields := bulkFields(line)
		if len(fields) != 2 || !isUint(fields[1], 16) {
			return false
		}
		ip, err := netip.ParseAddr(fields[0])
		return err == nil && ip.Is4() == (kind == "ipv4-port")
	case "file-hash":
		return isHex(line) || isBase64(line)
	}
	return true
}

// bulkFields splits a line at commas, semicolons, bars or blanks: RFC 7970
// section 3.29.3.1 does not name the separator.
func bulkFields(line string) []string {
	return strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(", ;|\t", r) })
}
