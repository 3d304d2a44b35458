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
