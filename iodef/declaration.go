package iodef

import "strings"

// declaration reads the XML declaration at the start of the text, if there is
// one: <?xml version="1.0" encoding="…" standalone="…"?>, in this order.
func (s *scanner) declaration() error {
	d := &s.doc.declaration
	*d = declaration{}
	if strings.HasPrefix(s.src, xmlDeclaration) { // as nearly all begin
		*d = declaration{present: true, encoding: "UTF-8", length: len(xmlDeclaration) - len("\n")}
		return nil
	}
	if !strings.HasPrefix(s.src, "<?xml") || len(s.src) < 6 || !isBlank(s.src[5]) {
		return nil
	}
	end := strings.Index(s.src, "?>")
	if end < 0 {
		return s.fail("xml", "the XML declaration is not closed")
	}
	d.present, d.length = true, end+2
	rest := s.src[5:end]
	version, rest, ok := pseudoAttribute(rest, "version")
	if !ok || version != "1.0" {
		return s.fail("xml", "only XML 1.0 is accepted")
	}
	if name, after, ok := pseudoAttribute(rest, "encoding"); ok {
		if !isEncodingName(name) {
			return s.fail("encoding", "the encoding is not a name")
		}
		d.encoding, rest = name, after
	}
	if value, after, ok := pseudoAttribute(rest, "standalone"); ok {
		if value != "yes" && value != "no" {
			return s.fail("xml", "standalone is yes or no")
		}
		rest = after
	}
	if !allBlank(rest) {
		return s.fail("xml", "the XML declaration holds something unknown")
	}
	return nil
}

// pseudoAttribute reads blank name = "value".
func pseudoAttribute(s, name string) (value, rest string, ok bool) {
	t := skipBlank(s)
	if len(t) == len(s) {
		return "", s, false
	}
	t, ok = strings.CutPrefix(t, name)
	if !ok {
		return "", s, false
	}
	t, ok = strings.CutPrefix(skipBlank(t), "=")
	if !ok {
		return "", s, false
	}
	t = skipBlank(t)
	if t == "" || t[0] != '"' && t[0] != '\'' {
		return "", s, false
	}
	value, rest, ok = strings.Cut(t[1:], t[:1])
	return value, rest, ok
}

func isEncodingName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-')) {
			return false
		}
	}
	return s != ""
}
