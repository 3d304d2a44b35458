package iodef

import "strings"

// value makes a value that is of the type, or not quite.
func (m *sourceMutator) value(t *simpleType) string {
	v := m.near(t)
	switch m.r.IntN(14) {
	case 0:
		v = m.one(" ", "\n", "\t", "  ", "\u00A0", "\u3000", "\r") + v
	case 1:
		v += m.one(" ", "\n", "\t", " \n ", "\u00A0", "\u2003", "x", "0", ".")
	case 2:
		if v != "" {
			i := m.r.IntN(len(v))
			if v[i] < 0x80 && (i == 0 || v[i-1] < 0x80) {
				v = v[:i] + v[i+1:]
			}
		}
	case 3:
		i := m.r.IntN(len(v) + 1)
		if i == len(v) || v[i] < 0x80 {
			v = v[:i] + m.one(" ", "-", "+", ".", ":", "0", "9", "a", "Z", "/", "%", "#", "_", "é", "=", ",") + v[i:]
		}
	case 4:
		return m.one("", " ", "0", "x", "true")
	}
	return v
}

func (m *sourceMutator) near(t *simpleType) string {
	if t.values != nil {
		v := t.values[m.r.IntN(len(t.values))].value
		switch m.r.IntN(8) {
		case 0:
			return strings.ToUpper(v)
		case 1:
			return strings.ReplaceAll(v, "-", m.one("_", "", " ", "--"))
		}
		return v
	}
	digits := func() string {
		return m.one("0", "1", "00", "09", "12", "255", "65535", "65536", "2147483648", "99999999999999999999", "1234567890123456789012345678901234567890")
	}
	sign := func() string { return m.one("", "", "", "+", "-", "--", "+-") }
	switch t.name {
	case "integer":
		return sign() + digits() + m.one("", "", "", "", ".", ".0", "e1", "L")
	case "float", "double", "PositiveFloatType", "ConfidenceType":
		return m.one(sign()+m.one(digits(), "")+m.one("", ".", "."+digits())+m.one("", "", "e"+sign()+digits(), "E"+sign()+m.one("2", "-400", "400"), "e", "d1", "f"),
			"INF", "-INF", "NaN", "+INF", "inf", "nan", "-NaN", "Infinity", "1e-46", "1e-45", "0.0000000000000000000000000000000000000000000001", "3.5e38", "1e999", "-0", "0e0", "1e-400")
	case "dateTime":
		return m.dateTime()
	case "language":
		return m.one("", "e", "en", "EN", "i", "x", "1") + m.one("", "", "-US", "-u", "-", "--a", "-abcdefgh", "-abcdefghi", "_US", "-1", "-a1-b2-c3", "-é")
	case "anyURI":
		return m.uri()
	case "ID", "IDREF", "NCName":
		return m.one("a", "_", "-", ".", "9", ":", "é", "日", "\u00B7", "\u0300", "\u2040", "A\u0660", "\u00D7", "\uFDD0", "\U00010000", "\U000F0000") + m.one("", "1", "-", ".", "·", "\u0301", "\u203F", ":b", " b", "\u00D7", "\U000EFFFF", "@", "\u037E", "\u2070", "\u218F", "\u2190")
	case "base64Binary":
		return m.one("", "AAAA", "QUJD", "QQ", "A", "QUI", "/+/+", "-_-_", "QUJD\nQUJD", "Q U J D", "Q  U") + m.one("", "=", "==", "===", "Q=", "QQ==", "QR==", "QUI=", "QUJ=", "= =", "=\n", "==A", "A=A=")
	case "hexBinary":
		return m.one("", "0", "00", "0F", "0f", "fFA", "zz", "00 00", "0x00", "DEADBEEF")
	case "Percent":
		return m.one("-1", "0", "+5", "100", "101", "007", "5.0", "1e1")
	case "PortlistType":
		return m.one("80", "0", "１", "٣", "80-90", "90-80", "99999999") + m.one("", "", ",", "-", ",443", ", 443", "-1", "-1-2", ",1-2,3", ",,", ";1", "\n")
	case "TimezoneType":
		return m.one("Z", "z", "+", "-", "", "+0", "−") + m.one("", "09:00", "00:00", "14:00", "14:59", "15:00", "9:00", "0900", "09:60", "09:0", "09:000", "１４:00")
	}
	return m.one("", "x", "a b", "line\nbreak", "tab\there", "  both  ", "日本", "]]>", "&", "<", strings.Repeat("x", 300))
}

func (m *sourceMutator) dateTime() string {
	year := m.one("2026", "2024", "1900", "2000", "0001", "0000", "-0001", "-0000", "12026", "02026", "999", "+2026", "99999999", "-12026", "2023", "2100")
	month := m.one("01", "02", "02", "04", "12", "13", "00", "1", "11")
	day := m.one("01", "28", "29", "30", "31", "32", "00", "1")
	hour := m.one("00", "09", "23", "24", "25", "9")
	minute := m.one("00", "59", "60", "5", "00")
	second := m.one("00", "59", "60", "61", "00.0", "59.999999999999", "00.", "00.5", "5", "00,5", "00.000", "")
	zone := m.one("", "Z", "z", "+09:00", "-00:00", "+14:00", "+14:01", "-14:00", "+15:00", "+9:00", "+0900", "+09", " Z", "+13:59", "+13:60", "UTC", "-12:30")
	if m.r.IntN(3) > 0 { // mostly right, so that one wrong part decides
		parts := []*string{&month, &day, &hour, &minute, &second, &zone, &year}
		right := []string{"02", "28", "09", "30", "00", "Z", "2026"}
		keep := m.r.IntN(len(parts))
		for i := range parts {
			if i != keep {
				*parts[i] = right[i]
			}
		}
	}
	return year + m.one("-", "-", "-", "-", "/") + month + "-" + day + m.one("T", "T", "T", "T", "t", " ") + hour + ":" + minute + ":" + second + zone
}

func (m *sourceMutator) uri() string {
	scheme := m.one("http:", "", "urn:", "a+b-c.d:", "1a:", ":", "a_b:", "mailto:", "é:", "http", "h%74tp:", "a:b:")
	authority := m.one("", "", "//example.com", "//", "///", "//u:p@h", "//u@v@h", "//[::1]", "//[::1", "//[zz]", "//h:80", "//h:", "//h:8x", "//h:99999999999", "//%41", "//%4", "//a b", "//例え", "//h|x", "//192.0.2.1", "//[v1.a]", "//:80", "//@h", "//-h-", "//h_x", "//h!$&'()*+,;=")
	path := m.one("", "/", "/a", "a", "a:b", "./a:b", "../x", "/a//b", "//b", "/%41", "/%", "/%zz", "/a b", "/é", "/<>", "/{x}", "/[x]", "/a|b", "/a\\b", "/a^b", "/`", "/'", "/a@b:c", "/a;b=c,d", "/~", "/\u00A0", "\\", "/\"")
	query := m.one("", "", "", "?", "?a=b", "?a?b/c", "?[x]", "?%", "?a b", "?é", "?a|b", "?'", "?{}")
	fragment := m.one("", "", "", "#", "#f", "#a#b", "#a/b?c", "#[x]", "#%", "#a b", "#é", "##")
	return scheme + authority + path + query + fragment
}
