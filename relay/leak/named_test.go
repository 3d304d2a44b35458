package leak

import (
	"fmt"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// Text in a charset that is not Japanese is decoded by its name.
func TestCase_146_NamedCharsets(t *testing.T) {
	s := compile(t, Value{IPv4, "203.0.113.77", 1}, Value{Name, "田中太郎", 1}, Value{Name, "Łukasz Ćwik", 1})
	for _, c := range []struct {
		name  string
		table encoding.Encoding
		text  string
	}{
		{"gb18030", simplifiedchinese.GB18030, "田中太郎"}, {"GB2312", simplifiedchinese.GBK, "田中太郎"}, {"big5", traditionalchinese.Big5, "田中太郎"},
		{"iso-8859-2", charmap.ISO8859_2, "Łukasz Ćwik"}, {"ibm037", charmap.CodePage037, "203.0.113.77"},
	} {
		b, err := c.table.NewEncoder().Bytes([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		field := "Content-Type: text/plain; charset=" + c.name + "\r\nContent-Transfer-Encoding: "
		found(t, s, 1, with(field+"base64\r\n\r\n"+b64(b)))
		found(t, s, 1, with(field+"quoted-printable\r\n\r\n"+qpAll(b)))
		found(t, s, 1, with(field+"8bit\r\n\r\n"+string(b)))
		found(t, s, 1, with(fmt.Sprintf("Subject: =?%s?B?%s?=", c.name, b64(b))))
	}
	for _, charset := range []string{"utf-16le", "iso-2022-jp", "gb18030", "iso-8859-2"} { // named wrong
		found(t, s, 1, with("Content-Type: text/plain; charset="+charset+"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"+qpAll([]byte("田中太郎"))))
	}
}

// What is in a charset that cannot be decoded proves nothing.
func TestCase_158_UnknownCharsets(t *testing.T) {
	s := compile(t, Value{IPv4, "203.0.113.77", 1})
	for _, charset := range []string{"utf-32le", "x-none", "scsu"} {
		for _, fields := range []string{"Content-Type: text/plain; charset=%s", "Subject: =?%s?B?AAAA?=", "Subject: =?%s*ja?q?x?=", "Content-Disposition: attachment; filename*=%s''x",
			"Content-Disposition: attachment; a=b; filename*0*=%s'ja'x", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=\"%s\"\r\n\r\nx\r\n--b--"} {
			if r := s.Scan(with(fmt.Sprintf(fields, charset))); r.Clean || r.Err != ErrFormat {
				t.Errorf("%s in %q: clean %v, %v", charset, fields, r.Clean, r.Err)
			}
			clean(t, s, with(fmt.Sprintf(fields, "UTF8")))
			clean(t, s, with(fmt.Sprintf(fields, "ASCII")))
		}
	}
	for _, param := range []string{"charset*=us-ascii''utf-32le", "charset*0=utf-32; charset*1=le", "charset*0*=''utf-32le"} {
		if r := s.Scan(with("Content-Type: text/plain; " + param)); r.Err != ErrFormat {
			t.Errorf("%s: %v", param, r.Err)
		}
	}
	clean(t, s, with("X-Log: a*=it's; 5=?x?y"))
	clean(t, s, mail("Subject: =?x-none?B?AAAA?="))
}
