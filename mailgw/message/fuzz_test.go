package message

import (
	"bytes"
	"encoding/base64"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// FuzzParse: every part lies inside the mail, the caps hold, reading twice
// gives the same, and so does reading a part again by itself.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob(filepath.Join(mails, "*.eml"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		if b := read(f, file); len(b) < 16<<10 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m := Parse(b)
		if again := Parse(b); !reflect.DeepEqual(m.Defects, again.Defects) || outline(m.Root) != outline(again.Root) {
			t.Fatal("two readings of the same bytes")
		}
		n := 0
		m.Root.Walk(func(p *Part) bool {
			n++
			if len(p.Raw) > 0 && !bytes.Contains(b, p.Raw) || !bytes.HasSuffix(p.Raw, p.Body) {
				t.Fatalf("part %s is not in the mail", p.Path)
			}
			if strings.Count(p.Path, ".") > MaxDepth {
				t.Fatalf("part %s is over the depth cap", p.Path)
			}
			if len(p.Header.Fields) > MaxFields {
				t.Fatalf("part %s has %d fields", p.Path, len(p.Header.Fields))
			}
			if Clean(p.Filename) != p.Filename {
				t.Fatalf("file name %q is not clean", p.Filename)
			}
			return true
		})
		if n > MaxParts {
			t.Fatalf("%d parts", n)
		}
		for _, d := range Documents(m.Root) {
			if d.Err == nil && (d.Format == "" || len(d.Bytes) > max(len(b), MaxInflated)) {
				t.Fatalf("document %q of %d bytes", d.Format, len(d.Bytes))
			}
		}
		m.Root.PlainText()
		if from, err := m.Header.From(); err == nil {
			for _, a := range from {
				checkAddress(t, a)
			}
		}
	})
}

// checkAddress: what is accepted reads the same again, by itself and with its
// name, and has one "@" that counts.
func checkAddress(t *testing.T, a Address) {
	again, err := ParseAddresses("<" + a.Addr + ">")
	if err != nil || len(again) != 1 || again[0].Addr != a.Addr {
		t.Fatalf("%q read again: %v, %v", a.Addr, again, err)
	}
	if Clean(a.Name) != a.Name {
		t.Fatalf("name %q is not clean", a.Name)
	}
	if strings.ContainsAny(a.Addr[strings.LastIndexByte(a.Addr, '@'):], " <>()[],;:\\\"\r\n\x00") {
		t.Fatalf("domain of %q", a.Addr)
	}
}

func FuzzParseAddresses(f *testing.F) {
	for _, s := range []string{
		"A <a@example.net>", `"A, B" <a@example.net>, c@example.net`, "g: a@b.example, c@d.example;", "(c) a@example.net (d)",
		"a@example.net <a@example.net>", "=?utf-8?q?J=C3=BCrgen?= <a@example.net>", "\"q\"@example.net", "<@r:a@example.net>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, err := ParseAddresses(s)
		if err != nil {
			return
		}
		for _, a := range list {
			checkAddress(t, a)
			if !strings.Contains(s, a.Addr) {
				t.Fatalf("%q gave %q, which is not in it", s, a.Addr)
			}
		}
	})
}

// FuzzDecode: what base64 accepts is what the standard library decodes, and
// decoding never grows.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("aGVsbG8="), true)
	f.Add([]byte("a=3Db=\r\nc =\n"), false)
	f.Fuzz(func(t *testing.T, b []byte, isBase64 bool) {
		p := &Part{Encoding: "quoted-printable", Body: b}
		if isBase64 {
			p.Encoding = "base64"
		}
		out, err := p.Decode()
		if len(out) > len(b) {
			t.Fatalf("%d bytes became %d", len(b), len(out))
		}
		if err != nil || !isBase64 {
			return
		}
		clean := strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "").Replace(string(b))
		if std, err := base64.StdEncoding.DecodeString(clean); err != nil || !bytes.Equal(std, out) {
			t.Fatalf("%q: %q, standard library %q, %v", b, out, std, err)
		}
	})
}

// FuzzEntity: every text we compose reads back as it was, in 7-bit lines.
func FuzzEntity(f *testing.F) {
	for _, s := range []string{"hello\n", "日本語", "From x\n", "a \n", "\x00", "--\n.\n", "a\tb\n", "a\t\n", "\n\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		e, err := Entity(body, Attachment{Type: "application/octet-stream", Data: body}, Attachment{Type: "application/xml", Data: body})
		if err != nil {
			return
		}
		if err := CheckLines(e); err != nil {
			t.Fatal(err)
		}
		m := Parse(e)
		if len(m.Defects) > 0 || len(m.Root.Children) != 3 {
			t.Fatalf("%d parts, defects %v", len(m.Root.Children), m.Defects)
		}
		text, err := m.Root.Children[0].Decode()
		if want := strings.ReplaceAll(body, "\r\n", "\n"); err != nil || strings.ReplaceAll(string(text), "\r\n", "\n") != want {
			t.Fatalf("%q became %q: %v", body, text, err)
		}
		if data, err := m.Root.Children[1].Decode(); err != nil || string(data) != body {
			t.Fatalf("%q became %q: %v", body, data, err)
		}
		// XML comes as it was, or with other line ends.
		xml := m.Root.Children[2]
		data, err := xml.Decode()
		if want := strings.ReplaceAll(body, "\r\n", "\n"); err != nil || string(data) != body && (xml.Encoding != "7bit" || strings.ReplaceAll(string(data), "\r\n", "\n") != want) {
			t.Fatalf("%s: %q became %q: %v", xml.Encoding, body, data, err)
		}
	})
}

// FuzzReadBounce: any mail has an answer, and its parts are ours to use.
func FuzzReadBounce(f *testing.F) {
	f.Add([]byte("From: MAILER-DAEMON@x.example\nSubject: failure notice\n\n550 5.1.1 no such user\nMessage-ID: <1@x.example>\n"))
	f.Add([]byte("Content-Type: message/delivery-status\n\nAction: delayed\nStatus: 4.4.1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := ReadBounce(Parse(b))
		if r.Outcome == "" || r.Status != "" && !enhanced().MatchString(r.Status) {
			t.Fatalf("%+v", r)
		}
		if _, err := NewToken(r.MessageID); r.MessageID != "" && err != nil {
			t.Fatalf("Message-ID %q", r.MessageID)
		}
	})
}
