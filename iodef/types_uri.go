package iodef

import (
	"strconv"
	"strings"
)

// isAnyURI is xs:anyURI: XML Schema 1.0 has characters that a URI may not
// hold escaped first, then asks for a URI reference of RFC 3986.
func isAnyURI(s string) bool {
	for i := range len(s) {
		if escapedInURI(s[i]) {
			b := []byte(s)
			for i := range b {
				if escapedInURI(b[i]) {
					b[i] = '_'
				}
			}
			s = string(b)
			break
		}
	}
	return isURIReference(s)
}

func escapedInURI(c byte) bool {
	switch c {
	case '<', '>', '"', '{', '}', '|', '\\', '^', '`':
		return true
	}
	return c <= ' ' || c >= 0x7F
}

// isURIReference is the production URI-reference of RFC 3986, with square
// brackets admitted in a fragment, where they are common.
func isURIReference(s string) bool {
	rest, fragment, _ := strings.Cut(s, "#")
	if uriRun(fragment, ":@/?[]") != len(fragment) {
		return false
	}
	hier, query, _ := strings.Cut(rest, "?")
	if uriRun(query, ":@/?") != len(query) {
		return false
	}
	if n := uriScheme(hier); n > 0 && uriHier(hier[n+1:]) {
		return true
	}
	// A relative reference has no colon in its first segment.
	if !strings.HasPrefix(hier, "//") {
		first, _, _ := strings.Cut(hier, "/")
		if strings.Contains(first, ":") {
			return false
		}
	}
	return uriHier(hier)
}

func uriScheme(s string) int {
	n := strings.IndexByte(s, ':')
	for i := range max(n, 0) {
		c := s[i] | 0x20
		if !(c >= 'a' && c <= 'z' || i > 0 && (s[i] >= '0' && s[i] <= '9' || s[i] == '+' || s[i] == '-' || s[i] == '.')) {
			return 0
		}
	}
	return max(n, 0)
}

// uriHier is hier-part or relative-part, the colon rule aside.
func uriHier(s string) bool {
	if authority, ok := strings.CutPrefix(s, "//"); ok {
		if i := strings.IndexByte(authority, '/'); i >= 0 {
			authority, s = authority[:i], authority[i:]
		} else {
			s = ""
		}
		if i := strings.LastIndexByte(authority, '@'); i >= 0 {
			if uriRun(authority[:i], ":") != i {
				return false
			}
			authority = authority[i+1:]
		}
		if strings.HasPrefix(authority, "[") {
			end := strings.IndexByte(authority, ']')
			if end < 0 {
				return false
			}
			authority = authority[end+1:]
		} else {
			authority = authority[uriRun(authority, ""):]
		}
		if port, ok := strings.CutPrefix(authority, ":"); ok {
			// RFC 3986 lets a port be empty or of any length, but libxml2 does
			// not: a URI that one of the two refuses is no good between teams.
			n := digits(port)
			if _, err := strconv.ParseInt(port[:n], 10, 32); err != nil {
				return false
			}
			authority = port[n:]
		}
		if authority != "" {
			return false
		}
	}
	return uriRun(s, ":@/") == len(s)
}

// uriMark tells unreserved marks and sub-delims.
func uriMark(c byte) bool {
	switch c {
	case '-', '.', '_', '~', '!', '$', '&', '\'', '(', ')', '*', '+', ',', ';', '=':
		return true
	}
	return false
}

// uriRun gives the length of the run of unreserved characters, sub-delims,
// percent escapes and those of more.
func uriRun(s, more string) int {
	i := 0
	for i < len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			uriMark(c), strings.IndexByte(more, c) >= 0:
			i++
		case c == '%' && i+2 < len(s) && isHex(s[i+1:i+3]):
			i += 3
		default:
			return i
		}
	}
	return i
}
