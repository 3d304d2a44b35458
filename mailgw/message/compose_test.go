package message

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func header(t testing.TB) OutHeader {
	t.Helper()
	h := OutHeader{Date: time.Date(2026, 3, 2, 18, 0, 0, 0, time.FixedZone("JST", 9*3600))}
	var errs [5]error
	h.From, errs[0] = NewAddr("gw@gateway.example")
	h.To, errs[1] = NewAddr("abuse@site.example")
	h.FromName, errs[2] = NewText("報告 \"Gateway\"")
	h.Subject, errs[3] = NewText("[GW#00000042] " + strings.Repeat("インシデント", 20))
	h.MessageID, errs[4] = NewToken("<42.1@gateway.example>")
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// What we compose, we read back: the same text and files, without a defect, in
// 7-bit lines, and the same bytes every time.
func TestComposeAndParse(t *testing.T) {
	for _, body := range []string{
		"Plain text.\n", "", "no line end", "日本語の本文\n", "From the start\n", "trailing \n", "tab\t\n", ".\n..\n",
		strings.Repeat("x", 5000), "-- \nsignature\n", "a\r\nb\r\n",
	} {
		file := Attachment{Type: "application/xml", Filename: "incident-42.xml", Data: iodef2 + "\xff\x00\r\n"}
		mail, err := Compose(header(t), body, file)
		if err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		if whole, tail, err := Whole(header(t), []byte(body), file); err != nil || !bytes.Equal(whole, mail) || !bytes.HasSuffix(mail, tail) {
			t.Errorf("%q: the mail's entity is %q, %v", body, tail, err)
		} else if entity, err := Entity(body, file); err != nil || otherBoundary(entity, tail) != string(tail) {
			t.Errorf("%q: the entity alone is %q, %v", body, entity, err)
		}
		again, err := Compose(header(t), body, file)
		if err != nil || !bytes.Equal(mail, again) {
			t.Errorf("%q: other bytes on a second call", body)
		}
		if err := CheckLines(mail); err != nil {
			t.Errorf("%q: %v", body, err)
		}
		m := Parse(mail)
		if len(m.Defects) > 0 || len(m.Root.Children) != 2 {
			t.Fatalf("%q: %d parts, defects %v", body, len(m.Root.Children), m.Defects)
		}
		text, err := m.Root.Children[0].Text()
		if want := strings.ReplaceAll(body, "\r\n", "\n"); err != nil || strings.ReplaceAll(text, "\r\n", "\n") != want {
			t.Errorf("text %q, want %q: %v", text, want, err)
		}
		data, err := m.Root.Children[1].Decode()
		if err != nil || string(data) != file.Data {
			t.Errorf("file %q: %v", data, err)
		}
		if got := m.Header.Get("Date"); got != "Mon, 02 Mar 2026 09:00:00 +0000" {
			t.Errorf("date %q tells our zone", got)
		}
		from, err := m.Header.From()
		if err != nil || len(from) != 1 || from[0].Addr != "gw@gateway.example" || from[0].Name != "報告 \"Gateway\"" {
			t.Errorf("from %v, %v", from, err)
		}
		if got := DecodeWords(m.Header.Get("Subject")); !strings.HasSuffix(got, "インシデント") || !strings.HasPrefix(got, "[GW#00000042]") {
			t.Errorf("subject %q", got)
		}
	}
}

// otherBoundary is an entity with the boundary of another.
func otherBoundary(entity, other []byte) string {
	of := func(e []byte) string { return Parse(e).Root.Params["boundary"] }
	return strings.ReplaceAll(string(entity), of(entity), of(other))
}

// Nothing from outside gets into a header by way of a constructor.
func TestConstructorsRefuse(t *testing.T) {
	for _, s := range []string{
		"", "a", "a@", "@b.example", "a@b.example\r\nBcc: c@d.example", "A <a@b.example>", "a@b.example, c@d.example",
		"\"a b\"@c.example", "ü@b.example", "a@b.example\x00", "a b@c.example", "a@b.example ", strings.Repeat("a", 300) + "@b.example",
	} {
		if a, err := NewAddr(s); err == nil {
			t.Errorf("address %q became %q", s, a)
		}
	}
	for _, s := range []string{"a\r\nBcc: x", "a\nb", "a\x00", "a\x1b[31m", "a\u202eb", "a\u2028b", "\xff", strings.Repeat("a", 501)} {
		if x, err := NewText(s); err == nil {
			t.Errorf("text %q became %q", s, x)
		}
	}
	for _, s := range []string{"", "a b", "a\r\nb", "ü", strings.Repeat("a", 901)} {
		if x, err := NewToken(s); err == nil {
			t.Errorf("token %q became %q", s, x)
		}
	}
	for _, a := range []Attachment{
		{Type: "text"}, {Type: "multipart/mixed"}, {Type: "text/plain\r\nX: y"}, {Type: "text/plain", Filename: "a b"},
		{Type: "text/plain", Filename: "a\"b"}, {Type: "text/plain", Filename: "../../x"}, {Type: "text/plain", Filename: "ü"},
	} {
		if e, err := Entity("x\n", a); err == nil {
			t.Errorf("attachment %+v became %q", a, e)
		}
	}
	if _, err := Entity("a\rb"); err == nil {
		t.Error("a bare CR in the body was accepted")
	}
	if _, err := WithHeader(header(t), []byte("Content-Type: text/plain\r\n\r\n"+strings.Repeat("x", 999)+"\r\n")); err == nil {
		t.Error("a line of 999 characters was accepted")
	}
	if _, err := WithHeader(header(t), []byte("Content-Type: text/plain\r\n\r\ncaf\xe9\r\n")); err == nil {
		t.Error("an 8-bit entity was accepted")
	}
	if _, err := WithHeader(OutHeader{}, []byte("\r\n")); err == nil {
		t.Error("a header without From was accepted")
	}
}

func TestCheckLines(t *testing.T) {
	for s, ok := range map[string]bool{
		"a\r\nb\r\n": true, "": true, "a": true, "a\tb\r\n": true, strings.Repeat("x", 998) + "\r\n": true,
		"a\nb": false, "a\rb": false, "a\r": false, "\x00": false, "\x7f": false, "\x80": false, strings.Repeat("x", 999): false, "\r\r\n": false,
	} {
		if err := CheckLines([]byte(s)); (err == nil) != ok {
			t.Errorf("%.20q: %v", s, err)
		}
	}
}

// Every byte at every place of a run of sixteen is judged as one by one.
func TestCheckLinesEveryByte(t *testing.T) {
	for at := range 33 {
		for c := range 256 {
			line := []byte("abcdefgh~ !#$%&'0abcdefgh~ !#$%&'\r\n")
			line[at] = byte(c)
			ok := c == '\t' || c >= ' ' && c <= '~'
			if err := CheckLines(line); (err == nil) != ok {
				t.Errorf("byte 0x%02x at %d: %v", c, at, err)
			}
		}
	}
}
