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
			return addrText(a, v), true
		}
	case ClassPrefix:
		if p, ok := parsePrefix(v); ok {
			return prefixText(p, v), true
		}
	case ClassHostname, ClassDomain:
		if a, ok := parseAddr(v); ok {
			return addrText(a, v), true
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
			local := strings.ToLower(v[:at])
			if local == v[:at] && domain == v[at+1:] {
				return v, true
			}
			return local + "@" + domain, true
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
				var buf [len(time.RFC3339)]byte
				if text := t.UTC().Truncate(time.Second).AppendFormat(buf[:0], time.RFC3339); string(text) != v {
					return string(text), true
				}
				return v, true
			}
		}
	default:
		return v, v != ""
	}
	return v, false
}

// addrText is how an address is written; v, where it is written so.
func addrText(a netip.Addr, v string) string {
	var buf [48]byte
	if text := a.AppendTo(buf[:0]); string(text) != v {
		return string(text)
	}
	return v
}

// prefixText is how a network is written; v, where it is written so.
func prefixText(p netip.Prefix, v string) string {
	var buf [48]byte
	if text := p.AppendTo(buf[:0]); string(text) != v {
		return string(text)
	}
	return v
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
	end := authority(rest)
	auth, tail := rest[:end], rest[end:]
	user := ""
	if at := strings.LastIndexByte(auth, '@'); at >= 0 {
		user, auth = auth[:at+1], auth[at+1:]
	}
	host, port := auth, ""
	if i := strings.LastIndexByte(auth, ':'); i >= 0 && i > strings.LastIndexByte(auth, ']') {
		host, port = auth[:i], auth[i:]
	}
	written := host
	host = strings.TrimRight(host, ".")
	if a, ok := parseAddr(host); ok {
		if host = a.String(); a.Is6() {
			host = "[" + host + "]"
		}
	} else if host, ok = canonicalDomain(host); !ok {
		return v, false
	}
	if host == written && strings.HasPrefix(v, scheme) && v[len(scheme)] == ':' {
		return v, true
	}
	return scheme + "://" + user + host + port + tail, true
}

// urlHost is the host of a canonical URL, without brackets.
func urlHost(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return ""
	}
	rest = rest[:authority(rest)]
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
	if folded(v) {
		return v
	}
	if ascii(v) {
		if v = strings.ToLower(v); folded(v) {
			return v
		}
		return strings.Join(strings.Fields(v), " ")
	}
	v = strings.ToLower(norm.NFKC.String(v))
	v = strings.Map(func(r rune) rune {
		if r >= 0x3041 && r <= 0x3096 {
			return r + 0x60
		}
		return r
	}, v)
	return strings.Join(strings.Fields(v), " ")
}

func ascii(v string) bool {
	for i := range len(v) {
		if v[i] >= 0x80 {
			return false
		}
	}
	return true
}

// folded reports whether a name is plain ASCII and as foldName leaves it.
func folded(v string) bool {
	blank := true // before it
	for i := 0; i < len(v); i++ {
		c := v[i]
		if c >= 0x80 || c >= 'A' && c <= 'Z' || c < ' ' || c == ' ' && blank {
			return false
		}
		blank = c == ' '
	}
	return v == "" || !blank
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isHex(c byte) bool   { return hexValues[c] != noHex }
func alnum(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// hexValues are the values of the hexadecimal digits.
var hexValues = func() (t [256]uint8) {
	for c := range t {
		t[c] = noHex
	}
	for i := range byte(16) {
		t["0123456789abcdef"[i]], t["0123456789ABCDEF"[i]] = i, i
	}
	return t
}()

const noHex = 0xff // in hexValues
