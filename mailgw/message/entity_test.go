package message

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os/exec"
	"strings"
	"testing"
)

// A document whose lines may stand in a mail travels as it is, every other as
// base64; it is the same document either way, for us and for another reader.
func TestPlainAttachment(t *testing.T) {
	const head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<IODEF-Document xmlns=\"urn:ietf:params:xml:ns:iodef-2.0\">"
	var mails [][]byte
	var want []string
	for _, c := range []struct{ name, typ, text, want string }{
		{"a document", "application/xml", "<Incident/>\n<!-- . -->\n.\n", "7bit"},
		{"its type in capitals", "Application/XML", "", "7bit"},
		{"another XML type", "application/soap+xml", "", "7bit"},
		{"text", "text/csv", "a,b\n", "7bit"},
		{"a tab", "text/xml", "a\tb\n", "7bit"},
		{"CRLF", "text/xml", "a\r\nb\r\n", "7bit"},
		{"998 octets", "text/xml", "\n" + strings.Repeat("x", 998) + "\n", "7bit"},
		{"999 octets", "text/xml", "\n" + strings.Repeat("x", 999) + "\n", "base64"},
		{"999 octets at the end", "text/xml", "\n" + strings.Repeat("x", 999), "base64"},
		{"999 octets with a tab", "text/xml", "\n" + strings.Repeat("x", 998) + "\t.\n", "base64"},
		{"From", "text/xml", "a\nFrom here\n", "base64"},
		{"From at the end", "text/xml", "a\nFrom ", "base64"},
		{"a blank at the end of a line", "text/xml", "a \nb\n", "base64"},
		{"a tab at the end of a line", "text/xml", "a\t\nb\n", "base64"},
		{"a blank before CRLF", "text/xml", "a \r\nb\n", "base64"},
		{"a blank at the end", "text/xml", "a ", "base64"},
		{"more than ASCII", "text/xml", "caf\u00e9\n", "base64"},
		{"a control character", "text/xml", "a\x7fb\n", "base64"},
		{"a bare CR", "text/xml", "a\rb\n", "base64"},
		{"a CR at the end", "text/xml", "a\r", "base64"},
		{"two CR", "text/xml", "a\r\r\nb", "base64"},
		{"a file", "application/octet-stream", "", "base64"},
		{"a key", "application/pgp-keys", "", "base64"},
	} {
		data := head + c.text
		if !strings.HasSuffix(c.name, "at the end") {
			data += "</IODEF-Document>\n"
		}
		mail, err := Compose(header(t), "A letter.\n", Attachment{Type: c.typ, Filename: "a.xml", Data: data})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		m := Parse(mail)
		part := m.Root.Children[1]
		got, err := part.Decode()
		if part.Encoding != c.want || err != nil || len(m.Defects) > 0 {
			t.Errorf("%s: encoding %s, want %s; %v %v", c.name, part.Encoding, c.want, err, m.Defects)
		}
		if c.want == "7bit" {
			data = strings.ReplaceAll(strings.ReplaceAll(data, "\r\n", "\n"), "\n", "\r\n")
		}
		if string(got) != data {
			t.Errorf("%s: %q became %q", c.name, data, got)
		}
		mails, want = append(mails, mail), append(want, strings.ReplaceAll(data, "\r\n", "\n"))
	}
	for i, got := range readByPython(t, mails) {
		if got != want[i] {
			t.Errorf("Python reads %q, want %q", got, want[i])
		}
	}
}

// readByPython gives the last part of each mail as Python's email package reads
// it, CRLF as LF; nothing where there is no Python.
func readByPython(t *testing.T, mails [][]byte) (parts []string) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Log("without python3 no other reader reads them")
		return nil
	}
	cmd := exec.Command(python, "-c", `import sys, email, email.policy
for line in sys.stdin:
	m = email.message_from_bytes(bytes.fromhex(line), policy=email.policy.SMTP)
	assert not any(p.defects for p in m.walk())
	print(list(m.walk())[-1].get_payload(decode=True).hex())`)
	var in bytes.Buffer
	for _, m := range mails {
		in.WriteString(hex.EncodeToString(m) + "\n")
	}
	cmd.Stdin = &in
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		part, err := hex.DecodeString(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, strings.ReplaceAll(string(part), "\r\n", "\n"))
	}
	return parts
}

// Whoever writes the boundary into a text gets another one, even who knows the
// Message-ID before; and that of an entity inside is not taken again.
func TestBoundaryStandsInNoPart(t *testing.T) {
	h := header(t)
	body, data := "A letter.\n", "<a/>\n"
	seen := map[string]bool{}
	for i := range 5 {
		mail, err := Compose(h, body, Attachment{Type: "application/xml", Data: data})
		if err != nil {
			t.Fatal(err)
		}
		m := Parse(mail)
		boundary := m.Root.Params["boundary"]
		if len(m.Root.Children) != 2 || len(m.Defects) > 0 || seen[boundary] || (boundary == usualBoundary) != (i == 0) {
			t.Fatalf("%d parts, defects %v, boundary %s", len(m.Root.Children), m.Defects, boundary)
		}
		seen[boundary] = true
		body += "\n--" + boundary + "\n\nforged\n"
		data += "<!--" + boundary + "--\n" + base64.StdEncoding.EncodeToString([]byte(boundary)) + ">\n"
	}
	_, entity, err := Whole(h, []byte(body), Attachment{Type: "application/xml", Data: data})
	if err != nil {
		t.Fatal(err)
	}
	mail, err := WithParts(h, "signed", "", entity, []byte("Content-Type: text/plain\r\n\r\nx"))
	if err != nil {
		t.Fatal(err)
	}
	m := Parse(mail)
	if len(m.Defects) > 0 || len(m.Root.Children) != 2 || len(m.Root.Children[0].Children) != 2 || !bytes.Equal(m.Root.Children[0].Raw, entity) {
		t.Errorf("nested: %d parts, defects %v", len(m.Root.Children), m.Defects)
	}
}
