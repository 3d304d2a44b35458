package message

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestParseAddresses(t *testing.T) {
	for _, c := range []struct{ in, want string }{ // want: name|addr, by comma; "-" for refused
		{"a@example.net", "|a@example.net"},
		{"<a@example.net>", "|a@example.net"},
		{"A B <a@example.net>", "A B|a@example.net"},
		{`"A, B" <a@example.net>, c@example.net`, "A, B|a@example.net,|c@example.net"},
		{"J. Doe <a@example.net>", "J. Doe|a@example.net"},
		{"=?utf-8?q?J=C3=BCrgen?= <a@example.net>", "Jürgen|a@example.net"},
		{"=?utf-8?b?44Kt44Oj?= =?utf-8?b?44OD44OI?= <a@example.net>", "キャット|a@example.net"},
		{"a@example.net (comment (nested) \\) )", "|a@example.net"},
		{"(comment) A (another) <a@example.net>", "A|a@example.net"},
		{"a@example.net <a@example.net>", "a@example.net|a@example.net"},
		{"undisclosed-recipients:;", ""},
		{"group: a@example.net, B <b@example.net>;", "|a@example.net,B|b@example.net"},
		{"\"quoted local\"@example.net", "|\"quoted local\"@example.net"},
		{"jürgen@bücher.example", "|jürgen@bücher.example"},
		{", a@example.net,", "|a@example.net"},

		// Refused: no reader may see another sender than we do.
		{"b@example.net <a@example.net>", "-"},
		{"a@example.net b@example.net", "-"},
		{"<a@example.net> b@example.net", "-"},
		{"<@route.example:a@example.net>", "-"},
		{"a@[192.0.2.1]", "-"},
		{"a@example.net)", "-"},
		{"(open a@example.net", "-"},
		{"\"open <a@example.net>", "-"},
		{"<a@example.net", "-"},
		{"A <>", "-"},
		{"a @example.net", "-"},
		{"a@example..net", "-"},
		{".a@example.net", "-"},
		{"a@example.net.", "-"},
		{"a@b@example.net", "-"},
		{"a@exam_ple.net", "-"},
		{"MAILER-DAEMON", "-"},
		{"a@example.net\x00", "-"},
		{"A\x00 <a@example.net>", "-"},
		{"g: h: a@example.net;;", "-"},
		{"a@\xff.example", "-"},
	} {
		list, err := ParseAddresses(c.in)
		var parts []string
		for _, a := range list {
			parts = append(parts, a.Name+"|"+a.Addr)
		}
		got := strings.Join(parts, ",")
		if err != nil {
			got = "-"
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

// trulyFromA are the mails whose only From address is that of csirt-a.
var trulyFromA = map[string]bool{"24-signed-by-other.eml": true, "23-blank-line.eml": true, "23-folded.eml": true, "23-encoded-list.eml": true}

// Every other mail of the case has other addresses than the one of csirt-a, or
// none.
func TestCase_23_FromFields(t *testing.T) { checkFrom(t, "23") }
func TestCase_24_FromNames(t *testing.T)  { checkFrom(t, "24") }

func checkFrom(t *testing.T, number string) {
	files, err := filepath.Glob(filepath.Join(mails, number+"-*.eml"))
	if err != nil || len(files) == 0 {
		t.Fatal("no mails", err)
	}
	for _, f := range files {
		from, err := Parse(read(t, f)).Header.From()
		ofA := err == nil && len(from) == 1 && strings.EqualFold(from[0].Addr, "cert@csirt-a.example")
		if ofA != trulyFromA[filepath.Base(f)] {
			t.Errorf("%s: from %v, %v", filepath.Base(f), from, err)
		}
	}
}

// What encoded words decode to never holds a control character.
func TestCase_25_DecodedTextIsHarmless(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"=?utf-8?q?a=0D=0ABcc:_x@y?=", `a\x0d\x0aBcc: x@y`},
		{"=?utf-8?q?=00=1B[31m?=", `\x00\x1b[31m`},
		{"=?utf-8?q?=E2=80=AEgnp?=", `\u202egnp`},
		{"=?iso-8859-1?q?=9B31m?=", `\x9b31m`},
		{"=?utf-7?q?+AA0-?=", "=?utf-7?q?+AA0-?="},
		{"=?utf-8?q?=FF?=", `\xff`},
		{"raw \xff \x1b", `raw \xff \x1b`},
		{"Jürgen", "Jürgen"},
	} {
		if got := DecodeWords(c.in); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
	m := Parse(read(t, filepath.Join(mails, "25-encoded-name.eml")))
	from, err := m.Header.From()
	if err != nil || len(from) != 1 || strings.ContainsAny(from[0].Name, "\x1b\x07\u202e") {
		t.Errorf("from %q, %v", from, err)
	}
	if _, err := NewText(DecodeWords(m.Header.Get("Subject"))); err != nil {
		t.Errorf("cleaned text is refused by the writer: %v", err)
	}
}
