package message

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const iodef2 = `<IODEF-Document version="2.00" xmlns="urn:ietf:params:xml:ns:iodef-2.0"><Incident/></IODEF-Document>`

func part(head, body string) *Part {
	return Parse([]byte(strings.ReplaceAll(head+"\n\n"+body, "\n", "\r\n"))).Root
}

func TestCase_30_TransferEncodings(t *testing.T) {
	for _, c := range []struct{ encoding, body, want string }{ // want "-": refused
		{"7bit", "a=3D", "a=3D"},
		{"BASE64", "aGVs\nbG8=", "hello"},
		{"base64 ", " aGVs bG8=\t\n\n", "hello"},
		{"base64", "", ""},
		{"base64", "aGVsbG8", "-"},            // padding missing
		{"base64", "aGVs*bG8=", "-"},          // foreign character
		{"base64", "aGVsbG8=\naGVsbG8=", "-"}, // a second block
		{"base64", "aGVsbG8==", "-"},
		{"base64", "aGVsbG8=\n-- \nfooter", "-"},
		{"quoted-printable", "a=3Db=\nc  \nd=C3=bc", "a=bc\r\ndü"},
		{"quoted-printable", "a=", "a"},
		{"quoted-printable", "a= \nb", "ab"},
		{"quoted-printable", "a=ZZ", "-"},
		{"quoted-printable", "a=3", "-"},
		{"quoted-printable", "a==3D", "-"},
		{"x-uuencode", "a", "-"},
		{"8bit; x=y", "a", "-"},
	} {
		b, err := part("Content-Transfer-Encoding: "+c.encoding, c.body).Decode()
		got := string(b)
		if err != nil {
			got = "-"
		}
		if got != c.want {
			t.Errorf("%s %q: %q, want %q", c.encoding, c.body, got, c.want)
		}
	}
}

func TestCase_31_Charsets(t *testing.T) {
	for _, c := range []struct{ charset, body, want string }{
		{"utf-8", "caf\xc3\xa9", "café"},
		{"", "caf\xc3\xa9", "café"},
		{"us-ascii", "caf\xe9", "-"},
		{"utf-8", "caf\xe9", "-"},
		{"iso-8859-1", "caf\xe9", "café"},
		{"ISO-2022-JP", "\x1b$B%\"\x1b(B", "ア"},
		{"utf-8", "\x1b$B%\"\x1b(B\xff", "-"},
		{"shift_jis", "\x83A", "ア"},
		{"utf-7", "+AGY-", "-"},
		{"x-unknown", "a", "-"},
		{"utf-16le", "a\x00b\x00", "ab"},
	} {
		got, err := part("Content-Type: text/plain; charset=\""+c.charset+"\"", c.body).Text()
		if err != nil {
			got = "-"
		}
		if got != c.want {
			t.Errorf("%s %q: %q, want %q", c.charset, c.body, got, c.want)
		}
	}
}

func TestCase_32_DocumentForms(t *testing.T) {
	b64 := "Content-Transfer-Encoding: base64\n"
	enc := func(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
	decl := "<?xml version=\"1.0\"?>\n"
	for _, c := range []struct{ name, head, body, want string }{ // want: formats, "!" for an error
		{"text/xml", "Content-Type: text/xml", iodef2, "iodef-2.00"},
		{"application/xml", "Content-Type: application/xml", decl + iodef2, "iodef-2.00"},
		{"version 1", "Content-Type: application/xml", `<IODEF-Document version="1.00" xmlns="urn:ietf:params:xml:ns:iodef-1.0"/>`, "iodef-1.00"},
		{"version 1 without namespace", "Content-Type: application/xml", `<IODEF-Document version="1.00"/>`, "iodef-1.00"},
		{"with a prefix", "Content-Type: application/xml", `<i:IODEF-Document xmlns:i="urn:ietf:params:xml:ns:iodef-2.0"/>`, "iodef-2.00"},
		{"other XML", "Content-Type: application/xml", "<feedback/>", ""},
		{"plus xml", "Content-Type: application/iodef+xml", iodef2, "iodef-2.00"},
		{"octets by name", "Content-Type: application/octet-stream; name=a.XML", iodef2, "iodef-2.00"},
		{"octets without a name", "Content-Type: application/octet-stream", iodef2, ""},
		{"text by name", "Content-Type: text/plain; name=a.iodef", iodef2, "iodef-2.00"},
		{"gzip", "Content-Type: application/gzip; name=a.xml.gz\n" + b64, enc(zip(t, iodef2)), "iodef-2.00"},
		{"gzip without .xml", "Content-Type: application/gzip; name=a.gz\n" + b64, enc(zip(t, iodef2)), ""},
		{"no gzip", "Content-Type: application/gzip; name=a.xml.gz\n" + b64, enc([]byte(iodef2)), "!"},
		{"two members", "Content-Type: application/gzip; name=a.xml.gz\n" + b64, enc(append(zip(t, iodef2), zip(t, iodef2)...)), "!"},
		{"broken base64", "Content-Type: text/xml\n" + b64, "*", "!"},
		{"inline", "Content-Type: text/plain", "Hello\n" + decl + iodef2 + "\nbye", "iodef-2.00"},
		{"inline twice", "Content-Type: text/plain", iodef2 + "\n" + iodef2, "iodef-2.00 iodef-2.00"},
		{"inline in HTML", "Content-Type: text/html", iodef2, ""},
		{"quoted in a reply", "Content-Type: text/plain", "> " + strings.ReplaceAll(iodef2, "\n", "\n> "), ""},
		{"mentioned", "Content-Type: text/plain", "The <IODEF-Document> element\nis closed by </IODEF-Document>.", ""},
		{"inline, not closed", "Content-Type: text/plain", "<IODEF-Document version=\"2.00\">", ""},
		{"UTF-16", "Content-Type: text/xml\n" + b64, enc(utf16Of(iodef2)), "iodef-2.00"},
		{"wrapped", "Content-Type: text/xml", `<iodef-rid:RID xmlns:iodef-rid="urn:ietf:params:xml:ns:iodef-rid-2.0">` + iodef2 + `</iodef-rid:RID>`, "iodef-2.00"},
		{"XARF 4", "Content-Type: application/json", `{"xarf_version":"4.0.0"}`, "xarf"},
		{"other JSON", "Content-Type: application/json", `{"a":1}`, ""},
		{"ARF", "Content-Type: message/feedback-report", "Feedback-Type: abuse\nVersion: 1\n", "arf"},
		{"announces XARF", "Content-Type: message/feedback-report", "Feedback-Type: xarf\nVersion: 1\n", ""},
		{"X-ARF", "Content-Type: text/plain; name=report.txt", "---\nReported-From: a@example.net\nCategory: abuse\nReport-Type: login-attack\n", "x-arf"},
	} {
		var got []string
		for _, d := range Documents(part(c.head, c.body)) {
			if d.Err != nil {
				got = append(got, "!")
				continue
			}
			got = append(got, d.Format)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %q, want %q", c.name, s, c.want)
		}
	}
}

func TestInlineBounds(t *testing.T) {
	const doc = "<?xml version=\"1.0\"?>\r\n<!-- c -->\r\n" + iodef2 + "\r\n"
	docs := Documents(Parse([]byte("Subject: x\r\n\r\nHello\r\n" + doc + "Regards\r\n")).Root)
	if len(docs) != 1 || string(docs[0].Bytes) != doc || !docs[0].Inline {
		t.Fatalf("%d documents, %q", len(docs), docs[0].Bytes)
	}
	// CR LF counts as LF.
	lf := Document{Bytes: []byte(strings.ReplaceAll(doc, "\r\n", "\n"))}
	if docs[0].SHA256() != lf.SHA256() || docs[0].SHA256() == (Document{Bytes: []byte("x")}).SHA256() {
		t.Error("digest depends on line ends")
	}
}

// Only one gzip member is opened, and only up to the cap.
func TestCase_34_Bombs(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		err  error
	}{
		"at the cap":   {zip(t, iodef2+strings.Repeat(" ", MaxInflated-len(iodef2))), nil},
		"over the cap": {zip(t, iodef2+strings.Repeat(" ", MaxInflated)), errCap},
		"64 MiB":       {zip(t, strings.Repeat(" ", 1<<26)), errCap},
	} {
		p := &Part{Type: "application/gzip", Filename: "a.xml.gz", Encoding: "binary", Body: c.data}
		docs := Documents(p)
		if len(docs) != 1 || (docs[0].Err == nil) != (c.err == nil) || c.err != nil && !strings.Contains(docs[0].Err.Error(), c.err.Error()) {
			t.Errorf("%s: %d documents", name, len(docs))
		}
	}
}

// Conditions are looked for in text bodies only: not in preamble, epilogue,
// attachments, attached mails or the document itself.
func TestCase_35_PlainText(t *testing.T) {
	m := Parse(crlf("Content-Type: multipart/mixed; boundary=q\n\nconditions: a\n--q\n\nconditions: b\n" + iodef2 + "\nbye\n--q\n" +
		"Content-Type: text/plain\nContent-Disposition: attachment; filename=x.txt\n\nconditions: c\n--q\nContent-Type: text/plain; name=y.txt\nContent-Disposition: inline\n\nconditions: g\n--q\nContent-Type: message/rfc822\n\n\nconditions: d\n" +
		"--q\nContent-Type: text/html\n\nconditions: e\n--q--\nconditions: f\n"))
	if got, want := m.Root.PlainText(), "conditions: b\r\nbye"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

func TestCase_36_ParametersOfRFC2231(t *testing.T) {
	for _, c := range []struct{ value, name, want string }{
		{`text/plain; name*0="198.51"; name*1=".100.23"`, "name", "198.51.100.23"},
		{`text/plain; name*1=b; name*0=a`, "name", "ab"},
		{`text/plain; name*=utf-8''%e2%82%ac%20rates`, "name", "€ rates"},
		{`text/plain; name*0*=iso-8859-1'de'%fc; name*1=x`, "name", "üx"},
		{`text/plain; name="a\"b"`, "name", `a"b`},
		{`text/plain; (comment) name=a (comment)`, "name", "a"},
		{`text/plain; name=a b.xml`, "name", "a b.xml"},
		{`text/plain; NAME=a;`, "name", "a"},
	} {
		_, params, fault := parseParams(c.value)
		if params[c.name] != c.want || fault != "" {
			t.Errorf("%s: %q, fault %q", c.value, params[c.name], fault)
		}
	}
	for _, bad := range []string{`text/plain; name=a; name=b`, `text/plain; name*0=a; name*0=b`, `text/plain; name="a`, `text/plain; =a`, `text/plain; name="a" b`, `a/b; n*x=1`} {
		if _, _, fault := parseParams(bad); fault == "" {
			t.Errorf("%s: accepted", bad)
		}
	}
}

// The standard library sees the same documents as we do, or the mail is
// ambiguous.
func TestCase_39_StandardLibrarySeesTheSame(t *testing.T) {
	own, err := filepath.Glob(filepath.Join(mails, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, f := range append(own, sharedFiles(t, "*/*.eml")...) {
		b := read(t, f)
		m := Parse(b)
		var ours []string
		for _, d := range Documents(m.Root) {
			if d.Err == nil && !d.Inline && strings.HasPrefix(d.Format, "iodef") && !strings.HasSuffix(strings.ToLower(d.Part.Filename), ".gz") && !d.enclosed(m.Root) {
				ours = append(ours, string(d.Bytes))
			}
		}
		theirs, ok := standardDocuments(b)
		if !ok || strings.Contains(tags(m), TagAmbiguous) || strings.Contains(tags(m), TagTooDeep) || strings.Contains(tags(m), TagLimits) {
			continue
		}
		compared++
		if strings.Join(ours, "|") != strings.Join(theirs, "|") {
			t.Errorf("%s: %d documents, the standard library sees %d", f, len(ours), len(theirs))
		}
	}
	if compared < 500 {
		t.Errorf("compared only %d mails", compared)
	}
}

// Python's email package sees the same documents as we do, or the mail is
// ambiguous.
func TestCase_39_PythonSeesTheSame(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skipf("no python3: %v", err)
	}
	own, err := filepath.Glob(filepath.Join(mails, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	files := append(own, sharedFiles(t, "*/*.eml")...)
	cmd := exec.Command("python3", "-c", pythonDocuments)
	cmd.Stdin = strings.NewReader(strings.Join(files, "\n"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(files) {
		t.Fatalf("%d answers for %d files", len(lines), len(files))
	}
	for i, f := range files {
		m := Parse(read(t, f))
		if strings.Contains(tags(m), TagAmbiguous) || strings.Contains(tags(m), TagTooDeep) || strings.Contains(tags(m), TagLimits) {
			continue
		}
		var ours []string
		broken := false // an error is a document's way of being ambiguous
		for _, d := range Documents(m.Root) {
			broken = broken || d.Err != nil
			if !d.Inline && strings.HasPrefix(d.Format, "iodef") && !strings.HasSuffix(strings.ToLower(d.Part.Filename), ".gz") && !utf16(d.Bytes) {
				ours = append(ours, d.SHA256())
			}
		}
		if broken {
			continue
		}
		if got := strings.Join(ours, " "); got != lines[i] {
			t.Errorf("%s: %q, Python sees %q", f, got, lines[i])
		}
	}
}

// pythonDocuments prints a line of digests for each file named on its input.
const pythonDocuments = `
import sys, email, hashlib
for line in sys.stdin.read().split("\n"):
    found = []
    for p in email.message_from_bytes(open(line, "rb").read()).walk():
        name = (p.get_filename() or "").lower()
        t = p.get_content_type()
        if t in ("text/xml", "application/xml") or t.endswith("+xml") or \
           t in ("application/octet-stream", "text/plain") and name.endswith((".xml", ".iodef")):
            b = p.get_payload(decode=True) or b""
            if b"<IODEF-Document" in b:
                found.append(hashlib.sha256(b.replace(b"\r\n", b"\n")).hexdigest())
    print(" ".join(found))
`

// enclosed reports whether the document is in an attached mail, where the
// simple reader below does not look.
func (d Document) enclosed(root *Part) bool {
	inside := false
	root.Walk(func(p *Part) bool {
		inside = inside || p.Type == "message/rfc822" && strings.HasPrefix(d.Part.Path, p.Path+".")
		return true
	})
	return inside
}

// standardDocuments reads a mail with net/mail and mime/multipart. ok is false
// where they give up.
func standardDocuments(b []byte) (docs []string, ok bool) {
	m, err := mail.ReadMessage(bytes.NewReader(b))
	if err != nil {
		return nil, false
	}
	var walk func(h func(string) string, body io.Reader) bool
	walk = func(h func(string) string, body io.Reader) bool {
		typ, params, err := mime.ParseMediaType(h("Content-Type"))
		if err != nil {
			return h("Content-Type") == ""
		}
		if strings.HasPrefix(typ, "multipart/") {
			r := multipart.NewReader(body, params["boundary"])
			for {
				p, err := r.NextRawPart()
				if err == io.EOF {
					return true
				}
				if err != nil || !walk(p.Header.Get, p) {
					return false
				}
			}
		}
		switch strings.ToLower(strings.TrimSpace(h("Content-Transfer-Encoding"))) {
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, body)
		case "quoted-printable":
			body = quotedprintable.NewReader(body)
		}
		data, err := io.ReadAll(body)
		if err != nil {
			return true // not a document for anybody
		}
		name := params["name"]
		if _, p, err := mime.ParseMediaType(h("Content-Disposition")); err == nil && p["filename"] != "" {
			name = p["filename"]
		}
		d := Document{Bytes: data}
		if mayBeXML(typ, strings.ToLower(name)) && isIODEF(&d) {
			docs = append(docs, string(data))
		}
		return true
	}
	ok = walk(m.Header.Get, m.Body)
	return docs, ok
}

func zip(t testing.TB, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func utf16Of(s string) []byte {
	out := []byte{0xFF, 0xFE}
	for i := 0; i < len(s); i++ {
		out = append(out, s[i], 0)
	}
	return out
}
