package relay

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
)

// Whatever line ends and dots are in a message, a server that ends messages at
// every form of end-of-data finds one message; what cannot be sent so is
// refused before a connection is made.
func TestCase_110_OneMessageForEveryReader(t *testing.T) {
	end := regexp.MustCompile(`(\r\n|\r|\n)\.(\r\n|\r|\n)`)
	for _, body := range []string{
		"a\r\n.\r\nb\r\n", "a\n.\nb\r\n", "a\r.\rb\r\n", "a\n.\r\nb\r\n", "a\r\n.\rb\r\n", "a\r\n.\nb\r\n", "a\r.\r\nb\r\n",
		".\r\n", "..\r\n", "\r\n.\r\n\r\n", "a\r\n.\r\n", "a", "a\n", "a\r", "\r\r\n", "\n", "\x00\r\n", "\xc3\xa9\r\n",
		strings.Repeat("x", 998) + "\r\n", strings.Repeat("x", 999) + "\r\n", "a\r\n.\r\nMAIL FROM:<evil@test>\r\n",
	} {
		f := startSMTP(t)
		err := f.submission(t).Send(context.Background(), testMail(body))
		if err != nil {
			var se *SendError
			if !errors.As(err, &se) || !se.Permanent || se.Phase != "check" || f.connections() != 0 {
				t.Errorf("%q: %v, %d connections", body, err, f.connections())
			}
			if CheckBytes([]byte("Subject: x\r\n\r\n"+body)) == nil {
				t.Errorf("%q: refused, but CheckBytes finds nothing", body)
			}
			continue
		}
		if got := f.accepted(); len(got) != 1 || got[0] != string(testMail(body).Bytes) {
			t.Errorf("%q: accepted %q", body, got)
		}
		if n := len(end.FindAll(f.wire, -1)); n != 1 {
			t.Errorf("%q: %d ends of data on the wire", body, n)
		}
		if strings.ContainsAny(strings.ReplaceAll(body, "\r\n", ""), "\r\n") {
			t.Errorf("%q was sent", body)
		}
	}
}

func TestCase_111_112_Addresses(t *testing.T) {
	for a, ok := range map[string]bool{
		"abuse@site.test": true, "a.b+c=d@x-y.test": true, "o'neil@site.test": true, "abuse@xn--fsq.test": true, "x@localhost": true,
		"": false, "abuse": false, "@site.test": false, "abuse@": false, "a@b@c": false, "a b@site.test": false, `"a b"@site.test`: false,
		"a@[192.0.2.1]": false, "@a.test,@b.test:c@d.test": false, "a%b@site.test": false, "a!b@site.test": false,
		"a@b>\r\nRCPT TO:<x@y.test": false, "a@site.test> SIZE=1": false, "<a@site.test>": false, "a@site..test": false, ".a@site.test": false,
		"ä@site.test": false, "a@例え.test": false, "a@-site.test": false, "a@site.test\x00": false, "a..b@site.test": false,
		strings.Repeat("a", 65) + "@site.test": false, "a@" + strings.Repeat("b.", 130) + "test": false,
	} {
		if err := CheckAddress(a); (err == nil) != ok {
			t.Errorf("%q: %v", a, err)
		}
		if ok {
			continue
		}
		f := startSMTP(t)
		m := testMail("x\r\n")
		m.To = a
		if se := sendError(t, f.submission(t), m); !se.Permanent || f.connections() != 0 {
			t.Errorf("%q: %+v, %d connections", a, se, f.connections())
		}
	}
	f := startSMTP(t)
	m := testMail("x\r\n")
	m.From = ""
	if err := f.submission(t).Send(context.Background(), m); err != nil || !f.said("MAIL FROM:<>") {
		t.Errorf("null sender: %v, %q", err, f.commands)
	}
}
