package leak

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// isParam finds name*0*= and name*= of RFC 2231.
func isParam(b []byte, i int) bool {
	if i == 0 || !isAlnum(b[i-1]) || i+1 >= len(b) {
		return false
	}
	return isDigit(b[i+1]) || b[i+1] == '='
}

// section is a part of a parameter, name*1=value.
type section struct {
	name   string
	number int
	value  []byte
}

// maxSections bounds how many parts of parameters are put in order.
const maxSections = 64

// params joins the sections of each parameter in the order of their numbers,
// RFC 2231 section 3, and undoes their percent signs and charset, section 4.
func params(dst, b []byte) []byte {
	var field []section
	flush := func() {
		dst = joinSections(dst, field)
		field = field[:0]
	}
	for i := 0; i < len(b); {
		n := bytes.IndexByte(b[i:], '*')
		if n < 0 {
			break
		}
		if endsField(b[i : i+n]) {
			flush()
		}
		from := i + n
		for from > i && (isAlnum(b[from-1]) || b[from-1] == '-' || b[from-1] == '_') {
			from--
		}
		s := section{name: string(bytes.ToLower(b[from : i+n]))}
		i += n + 1
		k := i
		for k < len(b) && (isDigit(b[k]) || b[k] == '*') {
			k++
		}
		if k == len(b) || b[k] != '=' {
			i += bytes.LastIndexByte(b[i:k], '*') + 1 // nor do the others of the row name a section
			continue
		}
		s.number, _ = strconv.Atoi(string(bytes.Trim(b[i:k], "*")))
		s.value = b[k+1:]
		if end := bytes.IndexAny(s.value, ";\r\n"); end >= 0 {
			s.value = s.value[:end]
		}
		i = k + 1 + len(s.value)
		s.value = bytes.Trim(s.value, " \t\"")
		again := func(t section) bool { return t.name == s.name && t.number == s.number }
		if len(field) == maxSections || slices.ContainsFunc(field, again) {
			flush()
		}
		field = append(field, s)
	}
	flush()
	return dst
}

// endsField says whether a line ends that the next does not go on.
func endsField(b []byte) bool {
	for {
		n := bytes.IndexByte(b, '\n')
		if n < 0 || n+1 == len(b) {
			return false
		}
		if b = b[n+1:]; b[0] != ' ' && b[0] != '\t' {
			return true
		}
	}
}

func joinSections(dst []byte, field []section) []byte {
	slices.SortStableFunc(field, func(a, b section) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return a.number - b.number
	})
	for k := 0; k < len(field); {
		name, charset := field[k].name, ""
		var value []byte
		for ; k < len(field) && field[k].name == name; k++ {
			text := field[k].value
			if parts := bytes.SplitN(text, []byte("'"), 3); field[k].number == 0 && len(parts) == 3 {
				charset, text = string(parts[0]), parts[2]
			}
			value = append(value, percent(text)...)
		}
		dst = appendCharset(append(dst, sep), charset, value)
	}
	return dst
}
