package leak

import (
	"fmt"
	"strings"
	"testing"
)

// with is a message of no text that has these fields.
func with(fields string) []byte {
	return []byte("From: ir@gw.example.org\r\nTo: abuse@isp-r.example\r\nMIME-Version: 1.0\r\n" + fields + "\r\n\r\nx\r\n")
}

// A value may be parted anywhere into two encoded words, each padded or not.
func TestCase_147_SplitIntoEncodedWords(t *testing.T) {
	for _, v := range []Value{{IPv4, "203.0.113.77", 1}, {Domain, "example.co.jp", 1}, {Email, "sato@kita.test", 1}, {Name, "Tanaka Taro", 1}, {Name, "田中太郎", 1}} {
		s := compile(t, v)
		for k := 1; k < len(v.Text); k++ {
			first, second := []byte(v.Text[:k]), []byte(v.Text[k:])
			for _, gap := range []string{" ", "\r\n "} {
				found(t, s, 1, with(fmt.Sprintf("Subject: =?UTF-8?B?%s?=%s=?UTF-8?B?%s?=", b64(first), gap, b64(second))))
				found(t, s, 1, with(fmt.Sprintf("Subject: =?UTF-8?B?%s?=%s=?UTF-8?Q?%s?=", b64(first), gap, qpAll(second))))
			}
			found(t, s, 1, with(fmt.Sprintf("Content-Transfer-Encoding: base64\r\n\r\n%s%s", b64(first), b64(second))))
			found(t, s, 1, with(fmt.Sprintf("Content-Transfer-Encoding: base64\r\n\r\n%s\r\n%s", b64(first), b64(second))))
		}
	}
}

func qpAll(b []byte) (out string) {
	for _, c := range b {
		out += fmt.Sprintf("=%02X", c)
	}
	return out
}

// The sections of a parameter count in the order of their numbers.
func TestCase_147_SectionsOutOfOrder(t *testing.T) {
	s := compile(t, Value{IPv4, "203.0.113.77", 1}, Value{Name, "田中太郎", 2})
	for _, param := range []string{`filename*1=".113.77"; filename*0="203.0"`, `filename*1=".113.77";` + "\r\n " + `filename*0="203.0"`, `filename*2="77"; name*0=x; filename*0="203.0."; name*1=y; filename*1="113."`,
		`filename*1=".113.77"; filename*0*=utf-8''203%2e0`} {
		found(t, s, 1, with("Content-Disposition: attachment; "+param))
	}
	found(t, s, 2, with("Content-Disposition: attachment; filename*1*=%91%BE%98%59; filename*0*=shift_jis''%93%63%92%86"))
	found(t, s, 2, with("Content-Disposition: attachment; filename*=gb18030''%CC%EF%D6%D0%CC%AB%C0%C9"))
	clean(t, s, with("X-A: a*0=203.0\r\nX-B: a*1=.113.77"))
	clean(t, s, with(`X-A: a*0=203.0; b*1=.113.77`))
	var many strings.Builder
	for k := range 200 {
		fmt.Fprintf(&many, "a*%d=x; ", k)
	}
	found(t, s, 1, with("X-A: "+many.String()+"b*1=.113.77; b*0=203.0"))
}

// Lines may be broken within a value: behind a blank, as format=flowed does, or
// by the line ends of Unicode.
func TestCase_147_OtherLineEnds(t *testing.T) {
	for _, v := range []Value{{IPv4, "203.0.113.77", 1}, {Domain, "example.co.jp", 1}, {Email, "sato@kita.test", 1}, {Name, "Tanaka Taro", 1}, {Name, "田中太郎", 1}} {
		s := compile(t, v)
		for k := range v.Text {
			for _, end := range []string{" \r\n", " \n", " \r\n> ", "\u2028", "\u2029", "\u0085"} {
				if k > 0 && !strings.Contains(v.Text[:k+1], " ") {
					found(t, s, 1, mail("seen "+v.Text[:k]+end+v.Text[k:]+" there"))
				}
			}
		}
	}
	clean(t, compile(t, Value{Name, "Tanaka Taro", 1}), mail("Tanaka \r\nTarou and -- \r\nTanaka"))
}

// od -x and hexdump write words of two bytes as numbers.
func TestCase_145_WordsOfTwoBytes(t *testing.T) {
	foundAll(t, Value{IPv4, "203.0.113.77", 0}, "00cb 4d71", "0000000 00cb 4d71 0000", "0000000 3032 2e33 2e30 3131 2e33 3737",
		"\r\n0000000 0001 0203 0405 0607 0809 0a0b 0c0d 00cb\r\n0000010 4d71 0001 0203 0405 0607 0809 0a0b 0c0d\r\n")
	foundAll(t, Value{IPv6, "2001:db8:77::25", 0}, "0120 b80d 7700 0000 0000 0000 0000 2500")
	foundAll(t, Value{MAC, "00:1b:21:3c:0d:f8", 0}, "1b00 3c21 f80d")
	cleanAll(t, Value{IPv4, "203.0.113.77", 0}, "00cb 4e71", "00 cb 4d 71 00")
}
