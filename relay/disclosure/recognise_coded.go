package disclosure

import (
	"errors"
	"io"
	"mime"
	"strings"

	"golang.org/x/text/encoding/ianaindex"
)

// labelLength is the length of the mark before a label, as the DNS server of
// Windows logs a name: (3)www(7)example(3)com(0). The last ends it.
func labelLength(text string, i int) int {
	n, j := 0, i+1
	for ; j < len(text) && j < i+3 && isDigit(text[j]); j++ {
		n = n*10 + int(text[j]-'0')
	}
	if j == i+1 || j == len(text) || text[j] != ')' {
		return 0
	}
	j++
	end := j + n
	if n == 0 || n > maxLabel || end >= len(text) || text[end] != '(' {
		return 0
	}
	for k := j; k < end; k++ {
		if !inLabel(text[k]) {
			return 0
		}
	}
	return j - i
}

// nextDC is the length of the mark between two labels of a name in a directory,
// RFC 4514: dc=example,dc=com.
func nextDC(text string, i int) int {
	k := i
	for k > 0 && i-k <= maxLabel && inLabel(text[k-1]) {
		k--
	}
	if k == i || !isDC(text[max(0, k-len("dc=")):]) {
		return 0
	}
	j := i + 1
	if j < len(text) && text[j] == ' ' {
		j++
	}
	if !isDC(text[j:]) {
		return 0
	}
	return j + len("dc=") - i
}

func isDC(s string) bool {
	return len(s) > 3 && lower(s[0]) == 'd' && lower(s[1]) == 'c' && s[2] == '='
}

func inLabel(c byte) bool { return alnum(c) || c == '-' || c == '_' }

// maxEncoded bounds an encoded word; RFC 2047 has 75, programs write longer ones.
const maxEncoded = 512

// encodedWord reads the encoded word of RFC 2047 at the start of s and, of those
// that follow, what parts them from it.
func encodedWord(s string) (word string, n int) {
	if len(s) < 2 || s[1] != '?' {
		return "", 0
	}
	end := 2
	for range 2 {
		k := strings.IndexByte(s[end:min(len(s), maxEncoded)], '?')
		if k < 0 {
			return "", 0
		}
		end += k + 1
	}
	k := strings.Index(s[end:min(len(s), maxEncoded)], "?=")
	if k < 0 {
		return "", 0
	}
	n = end + k + len("?=")
	word, err := encodedWords.Decode(s[:n])
	if err != nil {
		return "", 0
	}
	if rest := strings.TrimLeft(s[n:], " \t\r\n"); strings.HasPrefix(rest, "=?") {
		n = len(s) - len(rest)
	}
	return word, n
}

var encodedWords = mime.WordDecoder{CharsetReader: func(charset string, r io.Reader) (io.Reader, error) {
	e, err := ianaindex.MIME.Encoding(charset)
	if err != nil || e == nil {
		return nil, errors.New("unknown charset")
	}
	return e.NewDecoder().Reader(r), nil
}}
