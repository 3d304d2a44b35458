package disclosure

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Canonical returns the one spelling under which a value is compared: addresses
// as netip prints them, IPv4 also where it was written inside IPv6, without
// zone; prefixes masked; names as lower-case A-labels without the last dot;
// times in UTC to the second. ok is false where the value is none of its class;
// the value then comes back only trimmed.
func Canonical(class Class, value string) (canonical string, ok bool) {
	v := strings.TrimSpace(value)
	switch class {
	case ClassAddress:
		if a, ok := parseAddr(v); ok {
			return a.String(), true
		}
	case ClassPrefix:
		if p, ok := parsePrefix(v); ok {
			return p.String(), true
		}
	case ClassHostname, ClassDomain:
		if a, ok := parseAddr(v); ok {
			return a.String(), true
		}
		return canonicalDomain(v)
	case ClassURL:
		return canonicalURL(v)
	case ClassEmail:
		at := strings.LastIndexByte(v, '@')
		if at <= 0 {
			break
		}
		if domain, ok := canonicalDomain(v[at+1:]); ok {
			return strings.ToLower(v[:at]) + "@" + domain, true
		}
	case ClassPerson, ClassOrg:
		n := foldName(v)
		return n, n != ""
	case ClassMAC:
		if m, ok := parseMAC(v); ok {
			return m, true
		}
	case ClassASN:
		n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(v), "AS"), 10, 32)
		if err == nil {
			return strconv.FormatUint(n, 10), true
		}
	case ClassHash:
		h := strings.ToLower(v)
		return h, h != "" && strings.Trim(h, "0123456789abcdef") == ""
	case ClassTime:
		for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700"} {
			if t, err := time.Parse(layout, v); err == nil {
				return t.UTC().Truncate(time.Second).Format(time.RFC3339), true
			}
		}
	default:
		return v, v != ""
	}
	return v, false
}

// parseAddr reads an address, IPv4 also with padded groups, which netip refuses.
func parseAddr(v string) (netip.Addr, bool) {
	v = strings.TrimSuffix(strings.TrimPrefix(v, "["), "]")
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

// canonicalDomain is the lower-case A-label form without the last dot.
func canonicalDomain(v string) (string, bool) {
	v = strings.TrimSuffix(v, ".")
	plain, upper := true, false
	for i := 0; i < len(v); i++ {
		c := v[i]
		switch {
		case c >= 'A' && c <= 'Z':
			upper = true
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '.', c == '_', c == '*':
		default:
			plain = false
		}
	}
	if !plain {
		a, err := idna.Lookup.ToASCII(v)
		if err != nil {
			return v, false
		}
		v = a
	} else if upper {
		v = strings.ToLower(v)
	}
	if v == "" || len(v) > 253 || v[0] == '.' || strings.Contains(v, "..") {
		return v, false
	}
	return v, true
}

// canonicalURL lowers scheme and host, undoes defanging there, and leaves the rest.
func canonicalURL(v string) (string, bool) {
	scheme, rest, ok := strings.Cut(v, "://")
	if !ok || scheme == "" {
		return v, false
	}
	scheme = strings.ToLower(scheme)
	if s, ok := strings.CutPrefix(scheme, "hxxp"); ok {
		scheme = "http" + s
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	auth, tail := rest[:end], rest[end:]
	user := ""
	if at := strings.LastIndexByte(auth, '@'); at >= 0 {
		user, auth = auth[:at+1], auth[at+1:]
	}
	host, port := auth, ""
	if i := strings.LastIndexByte(auth, ':'); i >= 0 && i > strings.LastIndexByte(auth, ']') {
		host, port = auth[:i], auth[i:]
	}
	if a, ok := parseAddr(host); ok {
		if host = a.String(); a.Is6() {
			host = "[" + host + "]"
		}
	} else if host, ok = canonicalDomain(host); !ok {
		return v, false
	}
	return scheme + "://" + user + host + port + tail, true
}

// urlHost is the host of a canonical URL, without brackets.
func urlHost(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return ""
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if strings.HasPrefix(rest, "[") {
		host, _, _ := strings.Cut(rest[1:], "]")
		return host
	}
	host, _, _ := strings.Cut(rest, ":")
	return host
}

// foldName is the one spelling of the name of a person or organisation: NFKC,
// lower case, katakana for hiragana, single blanks.
func foldName(v string) string {
	v = strings.ToLower(norm.NFKC.String(v))
	v = strings.Map(func(r rune) rune {
		if r >= 0x3041 && r <= 0x3096 {
			return r + 0x60
		}
		return r
	}, v)
	return strings.Join(strings.Fields(v), " ")
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isHex(c byte) bool   { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }
func alnum(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
