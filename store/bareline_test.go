package store

import (
	"bytes"
	"testing"
)

// Every text of up to six characters of CR, LF and a letter: a bare line end is one
// that is left when all CRLF are taken out.
func TestHasBareLine(t *testing.T) {
	const letters = "\r\na"
	var try func(text []byte)
	try = func(text []byte) {
		if want := bytes.ContainsAny(bytes.ReplaceAll(text, []byte("\r\n"), []byte("x")), "\r\n"); hasBareLine(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
		if len(text) < 6 {
			for i := range len(letters) {
				try(append(text[:len(text):len(text)], letters[i]))
			}
		}
	}
	try(nil)
}
