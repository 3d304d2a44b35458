package message

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// mails are our own, written by testdata/mailgen.
const mails = "../../testdata/mails"

const sharedMail = "../../../shared/mail"

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sharedFiles are the mails beside the repository.
func sharedFiles(t testing.TB, pattern string) []string {
	t.Helper()
	if _, err := os.Stat(sharedMail); err != nil {
		t.Skipf("no ../shared beside the repository: %v", err)
	}
	files, err := filepath.Glob(filepath.Join(sharedMail, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	return files
}

func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

// tags are the tags of the defects, each once.
func tags(m *Message) string {
	var list []string
	for _, d := range m.Defects {
		if len(list) == 0 || list[len(list)-1] != d.Tag {
			list = append(list, d.Tag)
		}
	}
	return strings.Join(list, " ")
}

// outline is the tree of a mail in one line.
func outline(p *Part) string {
	s := p.Type
	if len(p.Children) > 0 {
		var c []string
		for _, child := range p.Children {
			c = append(c, outline(child))
		}
		s += "(" + strings.Join(c, " ") + ")"
	}
	return s
}

func TestParseTree(t *testing.T) {
	for _, c := range []struct{ name, mail, outline, tags string }{
		{"a text", "Subject: x\n\nhello\n", "text/plain", ""},
		{"no body", "Subject: x\n", "text/plain", ""},
		{"nothing", "", "text/plain", ""},
		{"a multipart", "Content-Type: multipart/mixed; boundary=q\n\npreamble\n--q\n\none\n--q\nContent-Type: TEXT/HTML\n\ntwo\n--q--\nepilogue\n",
			"multipart/mixed(text/plain text/html)", ""},
		{"transport padding", "Content-Type: multipart/mixed; boundary=q\n\n--q \t\n\none\n--q-- \n", "multipart/mixed(text/plain)", ""},
		{"a digest", "Content-Type: multipart/digest; boundary=q\n\n--q\n\nSubject: a\n\none\n--q--\n", "multipart/digest(message/rfc822(text/plain))", ""},
		{"a forwarded mail", "Content-Type: message/rfc822\n\nSubject: a\nContent-Type: text/html\n\none\n", "message/rfc822(text/html)", ""},
		{"a boundary in quotes", "Content-Type: multipart/mixed; boundary=\"a b'()+_,-./:=?\"\n\n--a b'()+_,-./:=?\n\none\n--a b'()+_,-./:=?--\n", "multipart/mixed(text/plain)", ""},
		{"an mbox line", "From x@example.net Mon Mar  2 09:00:00 2026\nSubject: x\n\nhello\n", "text/plain", ""},
		{"encoded multipart", "Content-Type: multipart/mixed; boundary=q\nContent-Transfer-Encoding: base64\n\n--q\n\none\n--q--\n", "multipart/mixed", TagAmbiguous},
		{"encoded message", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoK\n", "message/rfc822", TagAmbiguous},
		{"no colon", "Subject: x\nfoo bar\n\nhello\n", "text/plain", TagAmbiguous},
		{"folded first", " x\nSubject: x\n\nhello\n", "text/plain", TagAmbiguous},
		{"blank before colon", "Subject : x\n\nhello\n", "text/plain", TagMalformed},
		{"two subjects", "Subject: x\nSubject: y\n\nhello\n", "text/plain", TagMalformed},
		{"a long line", "X-A: " + strings.Repeat("x", 1000) + "\n\nhello\n", "text/plain", TagMalformed},
		{"long, but folded", "X-A: " + strings.Repeat(strings.Repeat("x", 90)+"\n ", 20) + "x\n\nhello\n", "text/plain", ""},
		{"no media type", "Content-Type: text\n\nhello\n", "text/plain", TagAmbiguous},
		{"same parameter twice", "Content-Type: text/plain; charset=utf-8; charset=utf-8\n\nhello\n", "text/plain", ""},
		{"boundary in RFC 2231 form", "Content-Type: multipart/mixed; boundary*0=a; boundary*1=b\n\n--ab\n\none\n--ab--\n", "multipart/mixed", TagAmbiguous},
	} {
		for _, form := range [][]byte{[]byte(c.mail), crlf(c.mail)} {
			m := Parse(form)
			if got := outline(m.Root); got != c.outline || tags(m) != c.tags {
				t.Errorf("%s: %s with defects %q, want %s with %q", c.name, got, tags(m), c.outline, c.tags)
			}
		}
	}
}

// A part is exactly the bytes between the delimiters, less the last line end.
func TestPartBytes(t *testing.T) {
	m := Parse([]byte("Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\nA: b\r\n\r\none\r\n\r\n--q\r\n\r\n\r\n--q\r\n\r\n--q--\r\n"))
	var got []string
	for _, p := range m.Root.Children {
		got = append(got, string(p.Raw))
	}
	want := []string{"A: b\r\n\r\none\r\n", "\r\n", ""}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("parts %q, want %q", got, want)
	}
}

func TestHeaderIsNotSelectedByPosition(t *testing.T) {
	m := Parse([]byte("Subject: a\r\n b\r\nX-A: 1\r\nx-a: 2\r\n\r\n"))
	if got := m.Header.Get("Subject"); got != "a b" {
		t.Errorf("subject %q", got)
	}
	if got := m.Header.Values("X-A"); !reflect.DeepEqual(got, []string{"1", "2"}) {
		t.Errorf("values %q", got)
	}
	if got := m.Header.Get("X-A"); got != "" {
		t.Errorf("one of two fields selected: %q", got)
	}
}

func TestCase_26_DepthAndMemory(t *testing.T) {
	for _, n := range []int{7, 8, 9, 100, 10000} {
		for _, kind := range []string{"multipart", "message"} {
			var b strings.Builder
			for i := range n {
				if kind == "message" {
					b.WriteString("Content-Type: message/rfc822\r\n\r\n")
					continue
				}
				fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=\"b%dx\"\r\n\r\n--b%dx\r\n", i, i)
			}
			b.WriteString("\r\nbottom\r\n")
			if kind == "multipart" {
				for i := n - 1; i >= 0; i-- {
					fmt.Fprintf(&b, "\r\n--b%dx--\r\n", i)
				}
			}
			mail := []byte(b.String())
			var m *Message
			allocated := testing.AllocsPerRun(1, func() { m = Parse(mail) })
			depth := 0
			for p := m.Root; len(p.Children) > 0; p = p.Children[0] {
				depth++
			}
			if want := min(n, MaxDepth); depth != want || (n > MaxDepth) != strings.Contains(tags(m), TagTooDeep) {
				t.Errorf("%d nested %s: depth %d, defects %q", n, kind, depth, tags(m))
			}
			if allocated > 500 {
				t.Errorf("%d nested %s: %.0f allocations", n, kind, allocated)
			}
		}
	}
}

func TestCase_27_Limits(t *testing.T) {
	parts := func(n int) string {
		return "Content-Type: multipart/mixed; boundary=q\r\n\r\n" + strings.Repeat("--q\r\n\r\nx\r\n", n) + "--q--\r\n"
	}
	for _, c := range []struct {
		name, mail string
		over       bool
	}{
		{"99 parts", parts(MaxParts - 1), false},
		{"101 parts", parts(MaxParts + 1), true},
		{"1000 fields", strings.Repeat("A: b\r\n", MaxFields) + "\r\n", false},
		{"1001 fields", strings.Repeat("A: b\r\n", MaxFields+1) + "\r\n", true},
		{"a header line of 10 MiB", "A: " + strings.Repeat("x", 10<<20) + "\r\nFrom: a@example.net\r\n\r\nbody", true},
		{"a header that never ends", strings.Repeat("A: "+strings.Repeat("x", 500)+"\r\n", 1000), true},
		{"26 MiB", "A: b\r\n\r\n" + strings.Repeat("x", 26<<20), true},
		{"a million boundaries", "Content-Type: multipart/mixed; boundary=q\r\n\r\n" + strings.Repeat("--q\r\n", 1<<20), true},
	} {
		m := Parse([]byte(c.mail))
		if got := strings.Contains(tags(m), TagLimits); got != c.over {
			t.Errorf("%s: defects %q", c.name, tags(m))
		}
		n := 0
		m.Root.Walk(func(p *Part) bool { n++; return true })
		if n > MaxParts+1 || len(m.Header.Fields) > MaxFields {
			t.Errorf("%s: %d parts, %d fields", c.name, n, len(m.Header.Fields))
		}
	}
}

// A mail of the largest size costs little more than itself.
func TestLargeMailMemory(t *testing.T) {
	mail := append([]byte("Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\n"), bytes.Repeat([]byte("0123456789abcdef0123456789abcdef\r\n"), MaxSize/35)...)
	mail = append(mail, "\r\n--q--\r\n"...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	m := Parse(mail)
	runtime.ReadMemStats(&after)
	if len(m.Defects) > 0 || after.TotalAlloc-before.TotalAlloc > 1<<20 {
		t.Errorf("allocated %d KiB, defects %v", (after.TotalAlloc-before.TotalAlloc)>>10, m.Defects)
	}
}

// Mutations of real mails: no panic, no limit breached, and the same outcome
// twice.
func TestCase_38_MutatedMails(t *testing.T) {
	files := sharedFiles(t, "*/*.eml")
	for i := range 200 {
		b := read(t, files[i*len(files)/200])
		for round := range 5 {
			c := bytes.Clone(b)
			mutate(c, uint64(i*5+round))
			one, two := Parse(c), Parse(c)
			if outline(one.Root) != outline(two.Root) || !reflect.DeepEqual(one.Defects, two.Defects) {
				t.Fatalf("%s: two readings of the same bytes", files[i])
			}
			Documents(one.Root)
			one.Root.PlainText()
			Classify(one, one.Root, nil)
			if _, err := one.Header.From(); err == nil && !one.Header.Has("From") {
				t.Fatalf("%s: From without a field", files[i])
			}
		}
	}
}

// mutate changes a few bytes, most of them to something that means something.
func mutate(b []byte, seed uint64) {
	const special = "\r\n\x00-=;:\"<>()@ \t\x80/"
	for range 8 {
		seed = seed*6364136223846793005 + 1442695040888963407
		if len(b) > 0 {
			b[(seed>>33)%uint64(len(b))] = special[(seed>>20)%uint64(len(special))]
		}
	}
}
