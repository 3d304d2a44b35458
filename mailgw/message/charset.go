package message

import (
	"io"
	"strings"
)

// charsetReader lets mime.WordDecoder read every character set that toUTF8
// knows.
func charsetReader(charset string, input io.Reader) (io.Reader, error) {
	b, err := io.ReadAll(io.LimitReader(input, MaxWords))
	if err != nil {
		return nil, err
	}
	text, err := toUTF8(b, charset)
	if err != nil {
		return nil, err
	}
	return strings.NewReader(text), nil
}
