package leak

import (
	"bytes"
	"unicode/utf8"
)

// joinReach is how far the notation of a number, address or MAC may go on
// around a line end or a tag.
const joinReach = 64

// joint says whether [i,j) stands in the middle of a number.
func joint(b []byte, i, j int) bool {
	if i == 0 || j >= len(b) || i == j {
		return false
	}
	l, r := i-1, j
	if !isNumeral(b[l]) || !isNumeral(b[r]) || !isDigit(b[l]) && !isDigit(b[r]) {
		return false
	}
	for ; l >= 0 && isAlnum(b[l]); l-- {
		if !isHex(b[l]) && i-l < 8 {
			return false
		}
	}
	for ; r < len(b) && isAlnum(b[r]); r++ {
		if !isHex(b[r]) {
			return false
		}
	}
	return true
}

func isNumeral(c byte) bool { return isHex(c) || c == '.' || c == ':' || c == '-' }

func isJoint(b []byte, i int) bool {
	if i > 0 && b[i-1] == '\r' {
		i--
	}
	if k := i; i > 0 && isNumeral(b[i-1]) {
		for k < len(b) && class[b[k]]&clsLine != 0 || k < len(b) && b[k] == ' ' {
			k++
		}
		if k < len(b) && isLetter(b[k]) && !isHex(b[k]) {
			return false // most lines begin with a word
		}
	}
	return i > 0 && isNumeral(b[i-1]) && joint(b, i, skipSofts(b, i))
}

func isTagJoint(b []byte, i int) bool {
	return i > 0 && isNumeral(b[i-1]) && joint(b, i, skipSofts(b, i))
}

func isDataJoint(b []byte, i int) bool {
	return i+1 < len(b) && b[i+1] == ']' && joint(b, i, skipSofts(b, i))
}

func skipSofts(b []byte, i int) int {
	for n := 0; n < maxJunk; n++ {
		j := skipSoft(b, i)
		if j == i {
			break
		}
		i = j
	}
	return i
}

// join takes out line ends and tags, then leaves a blank for each.
func join(dst, b []byte) []byte {
	for _, blank := range []bool{false, true} {
		for i := 0; i < len(b); {
			if isSoft(b[i]) {
				if j := skipSofts(b, i); j > i && joint(b, i, j) {
					if blank {
						dst = append(dst, ' ')
					}
					i = j
					continue
				}
			}
			dst = append(dst, b[i])
			i++
		}
		dst = append(dst, sep)
	}
	return dst
}

// isFlowed finds a line end with a blank before it, which RFC 3676 lets stand
// within a word.
func isFlowed(b []byte, i int) bool {
	if i > 0 && b[i-1] == '\r' {
		i--
	}
	if i < 2 || b[i-1] != ' ' || !inWord(b[i-2]) {
		return false
	}
	j := skipSoft(b, i)
	return j < len(b) && inWord(b[j])
}

func inWord(c byte) bool {
	return isAlnum(c) || c >= utf8.RuneSelf || c == '.' || c == ':' || c == '-' || c == '_' || c == '@' || c == '/'
}

// unflow takes out the blanks before such line ends, then joins numbers.
func unflow(dst, b []byte) []byte {
	var text []byte
	from := 0
	for i := range b {
		if b[i] == '\n' && isFlowed(b, i) {
			text = append(text, bytes.TrimRight(b[from:i], " \r")...)
			from = i
		}
	}
	return join(dst, append(text, b[from:]...))
}

func defang(dst, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		if b[i] == '[' && i+2 < len(b) && b[i+2] == ']' || b[i] == ']' && i > 1 && b[i-2] == '[' {
			continue
		}
		dst = append(dst, b[i])
	}
	return dst
}

// maxColonJunk is how many blanks and brackets stand on a side of a colon.
const maxColonJunk = 3

func isColonJunk(c byte) bool {
	switch c {
	case ' ', '\t', '[', ']', '(', ')', '{', '}':
		return true
	}
	return false
}

// isColonJoint finds a colon of an IPv6 address with blanks or brackets around
// it: between two words of at most four hex digits, or beside another colon.
func isColonJoint(b []byte, i int) bool {
	l, r := i, i+1
	for l > 0 && i-l < maxColonJunk && isColonJunk(b[l-1]) {
		l--
	}
	for r < len(b) && r-i <= maxColonJunk && isColonJunk(b[r]) {
		r++
	}
	if l == i && r == i+1 || l == 0 || r == len(b) {
		return false
	}
	from, to := l, r
	for from > 0 && l-from < 5 && isHex(b[from-1]) {
		from--
	}
	for to < len(b) && to-r < 5 && isHex(b[to]) {
		to++
	}
	if b[l-1] != ':' && (l-from < 1 || l-from > 4 || from > 0 && isAlnum(b[from-1])) {
		return false
	}
	return b[r] == ':' || to-r > 0 && to-r < 5 && (to == len(b) || !isAlnum(b[to]))
}

// colonJoin takes out what stands around such colons.
func colonJoin(dst, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		if b[i] != ':' || !isColonJoint(b, i) {
			dst = append(dst, b[i])
			continue
		}
		for n := 0; n < maxColonJunk && len(dst) > 0 && isColonJunk(dst[len(dst)-1]); n++ {
			dst = dst[:len(dst)-1]
		}
		dst = append(dst, ':')
		for n := 0; n < maxColonJunk && i+1 < len(b) && isColonJunk(b[i+1]); n++ {
			i++
		}
	}
	return dst
}
