package leak

import (
	"bytes"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
)

// appendCharset appends text in a named charset as UTF-8. What charsets tries
// anyway stands for itself; so does, beside it, what has the wrong name.
func appendCharset(dst []byte, charset string, b []byte) []byte {
	switch charset = charsetName(charset); {
	case len(b) == 0:
		return dst
	case charset == "utf-7":
		var o builder
		utf7(&o, b)
		return append(dst, o.b...)
	case charset == "utf-16" && len(b) > 1 && b[0] == 0xff && b[1] == 0xfe, charset == "utf-16le":
		return append(dst, decode16(b, 0, 0)...)
	case charset == "utf-16", charset == "utf-16be":
		return append(dst, decode16(b, 1, 0)...)
	case charset == "iso-2022-jp":
		return iso2022jp(dst, b)
	}
	dst = append(dst, b...)
	if e := table(charset); e != nil && !metAsItIs(charset) {
		if text := decodeWith(e, b); !bytes.Equal(text, b) {
			dst = append(append(dst, sep), text...)
		}
	}
	return dst
}

// charsetName is the name in lower case, and of a few the usual one.
func charsetName(name string) string {
	switch name = strings.ToLower(strings.TrimSpace(name)); name {
	case "utf8":
		return "utf-8"
	case "ascii":
		return "us-ascii"
	case "cp932", "windows-31j", "x-sjis":
		return "shift_jis"
	case "gb2312":
		return "gbk"
	case "unicode-1-1-utf-7":
		return "utf-7"
	}
	return name
}

// metAsItIs says whether text in the charset is met where it stands: what is not
// ASCII is tried as each of these, or shows itself.
func metAsItIs(charset string) bool {
	switch charset {
	case "", "us-ascii", "utf-8", "iso-8859-1", "windows-1252", "shift_jis", "euc-jp", "iso-2022-jp", "utf-7":
		return true
	}
	return false
}

// table returns the decoder of a charset, nil if there is none.
func table(charset string) encoding.Encoding {
	e, err := ianaindex.MIME.Encoding(charset)
	if err != nil {
		return nil
	}
	return e
}

// readable says whether text in the charset can be decoded.
func readable(charset string) bool {
	charset = charsetName(charset)
	return metAsItIs(charset) || table(charset) != nil
}

// maxCharset bounds what is looked at for a charset and a language, so that a
// field of nothing but * and = is read once.
const maxCharset = 128

// readableWords says whether the charsets that a header names in encoded words,
// RFC 2047, and in parameters, RFC 2231, can be decoded.
func readableWords(header []byte) bool {
	for i := 0; ; {
		n := bytes.Index(header[i:], []byte("=?"))
		if n < 0 {
			break
		}
		i += n + 2
		name, rest, _ := bytes.Cut(header[i:], []byte("?"))
		if len(rest) > 1 && rest[1] == '?' && (lower(rest[0]) == 'b' || lower(rest[0]) == 'q') {
			if charset, _, _ := strings.Cut(string(name), "*"); !readable(charset) {
				return false
			}
		}
	}
	for i := 0; ; i++ {
		n := bytes.IndexByte(header[i:], '*')
		if n < 0 {
			return true
		}
		i += n
		if i >= len("charset") && word(header[i-len("charset"):i]).is("charset") {
			return false // itself in sections or escaped: nobody's honest mail
		}
		value, ok := bytes.CutPrefix(header[i:], []byte("*="))
		if !ok {
			continue
		}
		value = value[:min(len(value), maxCharset)]
		if end := bytes.IndexAny(value, ";\r\n"); end >= 0 {
			value = value[:end]
		}
		if parts := bytes.SplitN(value, []byte("'"), 3); len(parts) == 3 && !readable(string(parts[0])) {
			return false
		}
	}
}
