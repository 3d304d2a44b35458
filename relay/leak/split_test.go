package leak

import (
	"fmt"
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
