package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

// On a terminal a fault fits the lines, and the element it is about is shown
// once for all its faults, also where the document is one long line.
func TestCheckFitsTheTerminal(t *testing.T) {
	const contact = `<Contact type="organization"/>`
	doc := `<?xml version="1.0" encoding="UTF-8"?><IODEF-Document version="2.00" xml:lang="en" xmlns="urn:ietf:params:xml:ns:iodef-2.0">` +
		`<Incident purpose="wondering"><IncidentID name="csirt.example.com">日本語の番号</IncidentID><GenerationTime>2020-01-01T00:00:00Z</GenerationTime>` + contact + `</Incident></IODEF-Document>`
	for _, width := range []int{0, 60, 80} {
		var out bytes.Buffer
		env := &Env{Stdin: strings.NewReader(doc), Stdout: &out, Stderr: io.Discard, Now: time.Now,
			Getenv: func(string) string { return "" }, Width: func(io.Writer) int { return width }}
		if err := runCheck(env, []string{"-"}); err != errFindings {
			t.Fatal(err)
		}
		text := strings.NewReplacer("\x1b[31m", "", "\x1b[33m", "", "\x1b[0m", "").Replace(out.String())
		for line := range strings.Lines(text) {
			if n := columns(strings.TrimSuffix(line, "\n")); width > 0 && n > width {
				t.Errorf("%d columns on %d: %s", n, width, line)
			}
		}
		if n := strings.Count(text, "| …<Contact type"); n != 1 {
			t.Errorf("width %d: the contact is shown %d times:\n%s", width, n, text)
		}
		if !strings.Contains(text, "line 1: error: attribute role is required") {
			t.Errorf("width %d:\n%s", width, text)
		}
	}
}
