package message

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/ianaindex"
)

// Errors of decoding. Each says that another reader might see other bytes.
var (
	errBase64   = errors.New("base64 with a foreign character, missing padding or a second block")
	errQuoted   = errors.New("quoted-printable with an invalid escape")
	errEncoding = errors.New("unknown transfer encoding")
	errCharset  = errors.New("unknown character set")
	errBytes    = errors.New("bytes do not fit the character set")
)

// Decode undoes the transfer encoding. It never returns more bytes than the
// part has. An error means that the part is ambiguous: broken base64 or
// quoted-printable, or an unknown encoding.
func (p *Part) Decode() ([]byte, error) {
	switch p.Encoding {
	case "7bit", "8bit", "binary", "":
		return p.Body, nil
	case "base64":
		return decodeBase64(p.Body)
	case "quoted-printable":
		return decodeQuoted(p.Body)
	}
	return nil, fmt.Errorf("decode part %s: %w", p.Path, errEncoding)
}

// Text returns the decoded part as UTF-8. Its character set is never guessed:
// an unknown one, or bytes that do not fit, are an error.
func (p *Part) Text() (string, error) {
	b, err := p.Decode()
	if err != nil {
		return "", err
	}
	text, err := toUTF8(b, p.Params["charset"])
	if err != nil {
		return "", fmt.Errorf("read part %s: %w", p.Path, err)
	}
	return text, nil
}

// decodeBase64 is RFC 2045 6.8 without its leniency: line ends and blanks are
// skipped, every other foreign character, missing padding, and anything behind
// the padding is an error (RFC 4648 12).
func decodeBase64(body []byte) ([]byte, error) {
	clean := make([]byte, 0, len(body))
	for _, c := range body {
		if c != '\r' && c != '\n' && c != ' ' && c != '\t' {
			clean = append(clean, c)
		}
	}
	n, err := base64.StdEncoding.Decode(clean, clean)
	if err != nil {
		return nil, errBase64
	}
	return clean[:n], nil
}

// decodeQuoted is RFC 2045 6.7.
func decodeQuoted(body []byte) ([]byte, error) {
	out := make([]byte, 0, len(body))
	for len(body) > 0 {
		line, end := body, []byte(nil)
		if n := bytes.IndexByte(body, '\n'); n >= 0 {
			line, end = body[:n], body[n:n+1]
			if bytes.HasSuffix(line, []byte("\r")) {
				line, end = body[:n-1], body[n-1:n+1]
			}
		}
		body = body[len(line)+len(end):]
		line = bytes.TrimRight(line, " \t") // rule 3: added in transport
		soft := bytes.HasSuffix(line, []byte("="))
		if soft {
			line = line[:len(line)-1]
		}
		for {
			i := bytes.IndexByte(line, '=')
			if i < 0 {
				out = append(out, line...)
				break
			}
			out = append(out, line[:i]...)
			if i+2 >= len(line) {
				return nil, errQuoted
			}
			hi, lo := unhex(line[i+1]), unhex(line[i+2])
			if hi < 0 || lo < 0 {
				return nil, errQuoted
			}
			out = append(out, byte(hi<<4|lo))
			line = line[i+3:]
		}
		if !soft {
			out = append(out, end...)
		}
	}
	return out, nil
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// toUTF8 converts text from a named character set.
func toUTF8(b []byte, charset string) (string, error) {
	switch strings.ToLower(strings.TrimSpace(charset)) {
	case "", "us-ascii", "ascii", "utf-8", "utf8":
		// QUIRK: UTF-8 text without or with the wrong label (most abuse
		// desks). It has one reading; bytes that are no UTF-8 have none.
		if !utf8.Valid(b) {
			return "", errBytes
		}
		return string(b), nil
	}
	enc, err := ianaindex.MIME.Encoding(charset)
	if err != nil || enc == nil {
		return "", errCharset
	}
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil || bytes.Contains(out, []byte("\uFFFD")) {
		return "", errBytes
	}
	return string(out), nil
}

// DecodeWords decodes the encoded words of RFC 2047 in a header value and
// cleans the result for display. What cannot be decoded stays as it came.
func DecodeWords(s string) string {
	if len(s) > MaxWords || !strings.Contains(s, "=?") {
		return Clean(s)
	}
	dec := mime.WordDecoder{CharsetReader: nil}
	dec.CharsetReader = charsetReader
	text, err := dec.DecodeHeader(s)
	if err != nil {
		text = s
	}
	return Clean(text)
}

// Clean makes text from outside harmless to a terminal, a log and a header:
// control characters, line ends, bidirectional controls and invalid UTF-8
// become visible escapes.
func Clean(s string) string {
	ok := true
	for i := 0; i < len(s) && ok; i++ {
		ok = s[i] >= ' ' && s[i] < 127
	}
	if ok {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError:
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				fmt.Fprintf(&b, `\x%02x`, s[i])
				continue
			}
			b.WriteRune(r)
		case r < ' ' || r >= 127 && r < 0xA0:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r == 0x061C, r == 0x200E, r == 0x200F, r >= 0x2028 && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0xFEFF:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
