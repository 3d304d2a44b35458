package iodef

import (
	"encoding/xml"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// builtin gives the simple types of XML Schema that the tables use, and the
// three patterns of IODEF. nil if the name is unknown.
func builtin(name string) *simpleType {
	t := &simpleType{name: name, collapse: true}
	switch name {
	case "string":
		t.collapse = false
	case "ConfidenceType":
		// RFC 7970's schema has Confidence empty always, erratum 5543 as
		// printed a number always, against the prose that it is to mend. So
		// either is in order here; rule CONF-CONTENT says which it must be.
		t.collapse = false
		t.check, t.want = isConfidence, "a number, or nothing"
	case "dateTime":
		t.check, t.want = isDateTime, "a date and time such as 2026-01-31T23:59:59+09:00"
	case "float", "double":
		t.check, t.want = isFloat, "a number"
	case "PositiveFloatType":
		t.check, t.want = isPositiveFloat, "a number above 0"
	case "integer":
		t.check, t.want = isInteger, "a whole number"
	case "language":
		t.check, t.want = isLanguage, "a language tag such as en or ja"
	case "anyURI":
		t.check, t.want = isAnyURI, "a URI"
	case "ID", "IDREF", "NCName":
		t.check, t.want = isNCName, "a name without blanks or colons that begins with a letter or _"
	case "hexBinary":
		t.check, t.want = isHex, "hexadecimal digits, two per octet"
	case "base64Binary":
		t.check, t.want = isBase64, "base64"
	case "Percent":
		t.check, t.want = isPercent, "a whole number from 0 to 100"
	case "PortlistType":
		t.collapse = false
		t.check, t.want = isPortlist, "ports such as 80,443,8000-8080"
	case "TimezoneType":
		t.collapse = false
		t.check, t.want = isTimezone, "Z or an offset such as +09:00"
	default:
		return nil
	}
	return t
}

// valid tells whether v is of the type, and its normalised form. A value that
// only the prose of the RFC knows is valid here: see enumValue.conflict.
func (t *simpleType) valid(v string) (string, bool) {
	if t.collapse {
		v = trimBlank(v)
	}
	if t.values != nil {
		return v, t.value(v) != nil
	}
	return v, t.check == nil || t.check(v)
}

func digits(s string) int {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}

func isInteger(s string) bool {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	return s != "" && digits(s) == len(s)
}

func isPercent(s string) bool {
	if !isInteger(s) {
		return false
	}
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0 && n <= 100
}

// isFloat is the lexical form of xs:float and xs:double: no "+INF", no
// hexadecimal, no "infinity".
func isFloat(s string) bool {
	if s == "INF" || s == "-INF" || s == "NaN" {
		return true
	}
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	whole := digits(s)
	s = s[whole:]
	fraction := 0
	if strings.HasPrefix(s, ".") {
		fraction = digits(s[1:])
		s = s[1+fraction:]
	}
	if whole+fraction == 0 {
		return false
	}
	if s == "" {
		return true
	}
	return (s[0] == 'e' || s[0] == 'E') && isInteger(s[1:])
}

func isConfidence(s string) bool { return s == "" || isFloat(trimBlank(s)) }

func isPositiveFloat(s string) bool {
	if !isFloat(s) || s == "-INF" || s == "NaN" {
		return false
	}
	if s == "INF" {
		return true
	}
	f, _ := strconv.ParseFloat(s, 32) // out of range gives infinity, rightly
	return f > 0
}

// isLanguage is xs:language, the form of RFC 3066.
func isLanguage(s string) bool {
	for n := 0; ; n++ {
		part, rest, more := strings.Cut(s, "-")
		if len(part) < 1 || len(part) > 8 {
			return false
		}
		for i := range len(part) {
			c := part[i]
			if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || n > 0 && c >= '0' && c <= '9') {
				return false
			}
		}
		if !more {
			return true
		}
		s = rest
	}
}

// isNCName is xs:NCName. XML Schema 1.0 stands on the names of XML's second
// edition, which are fewer than those that elements may have today; encoding/xml
// keeps the table of their letters.
func isNCName(s string) bool {
	if s == "" || ncName(s) != len(s) {
		return false
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			token, err := xml.NewDecoder(strings.NewReader("<" + s + "/>")).Token()
			start, ok := token.(xml.StartElement)
			return err == nil && ok && start.Name.Local == s
		}
	}
	return true
}

func isHex(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
			return false
		}
	}
	return len(s)%2 == 0
}

// isBase64 is xs:base64Binary: blanks anywhere, whole groups of four, and no
// stray bits before the padding.
func isBase64(s string) bool {
	n, pad := 0, 0
	var last byte
	for i := range len(s) {
		c := s[i]
		switch {
		case isBlank(c):
			continue
		case c == '=':
			pad++
		case pad > 0, base64Value(c) < 0:
			return false
		default:
			last = c
		}
		n++
	}
	switch pad {
	case 0:
	case 1:
		if base64Value(last)&3 != 0 {
			return false
		}
	case 2:
		if base64Value(last)&15 != 0 {
			return false
		}
	default:
		return false
	}
	return n%4 == 0
}

func base64Value(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}

// isPortlist is \d+(\-\d+)?(,\d+(\-\d+)?)*; \d in XML Schema is any decimal
// digit of Unicode.
func isPortlist(s string) bool {
	const wantDigit, inNumber = 0, 1
	state, ranged := wantDigit, false
	for _, r := range s {
		switch {
		case unicode.IsDigit(r):
			state = inNumber
		case state != inNumber:
			return false
		case r == '-' && !ranged:
			state, ranged = wantDigit, true
		case r == ',':
			state, ranged = wantDigit, false
		default:
			return false
		}
	}
	return state == inNumber
}

// isTimezone is Z|[\+\-](0[0-9]|1[0-4]):[0-5][0-9].
func isTimezone(s string) bool {
	if s == "Z" {
		return true
	}
	return len(s) == 6 && (s[0] == '+' || s[0] == '-') && s[3] == ':' &&
		(s[1] == '0' && digits(s[2:3]) == 1 || s[1] == '1' && s[2] >= '0' && s[2] <= '4') &&
		s[4] >= '0' && s[4] <= '5' && digits(s[5:]) == 1
}
