package disclosure

import (
	"net/netip"
	"strings"
)

// spelled calls f for every address that a text may spell; placeholder body below.
func spelled(text string, self netip.Addr, f func(a netip.Addr, sure bool)) {}

// unescape undoes percent signs once; what is no escape stays.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			b.WriteByte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func unhex(c byte) byte {
	switch {
	case isDigit(c):
		return c - '0'
	default:
		return lower(c) - 'a' + 10
	}
}
