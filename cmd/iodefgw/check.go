package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strconv"
	"unicode/utf8"

	"iodefgw/iodef"
)

// maxDocument is the cap of iodef.Parse. One octet more is read of each input,
// also out of gzip, so that a bomb of a few kilobytes costs no more than that.
const maxDocument = 4 << 20

// checked is one line of check -json; an interface (cli.md).
type checked struct {
	File     string          `json:"file"`
	Version  string          `json:"version"`
	Verdict  string          `json:"verdict"`
	Findings []iodef.Finding `json:"findings"`
}

// appendJSON writes the line as encoding/json would. A document of all faults
// has thousands of findings: by reflection they took longer than finding them.
func (c *checked) appendJSON(b []byte) []byte {
	member := func(name, value string) {
		b = append(append(b, name...), '"')
		b = appendEscaped(b, value)
		b = append(b, '"')
	}
	member(`{"file":`, c.File)
	member(`,"version":`, c.Version)
	member(`,"verdict":`, c.Verdict)
	b = append(b, `,"findings":[`...)
	for i := range c.Findings {
		f := &c.Findings[i]
		if i > 0 {
			b = append(b, ',')
		}
		member(`{"path":`, f.Path)
		member(`,"rule":`, f.Rule)
		member(`,"severity":`, string(f.Severity))
		b = strconv.AppendInt(append(b, `,"line":`...), int64(f.Line), 10)
		member(`,"text":`, f.Text)
		b = append(b, '}')
	}
	return append(b, "]}\n"...)
}

// jsonPlain are the octets that stand in a JSON string as they are.
var jsonPlain = func() (plain [256]bool) {
	for c := ' '; c < 0x7F; c++ {
		plain[c] = c != '"' && c != '\\'
	}
	return plain
}()

// appendEscaped writes the inside of a JSON string, in runs that need no escape.
func appendEscaped(b []byte, s string) []byte {
	done := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if jsonPlain[c] { // nearly all
			continue
		}
		switch {
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 { // broken, as a file name may be
				b = utf8.AppendRune(append(b, s[done:i]...), r)
				done = i + 1
			}
			i += n - 1
		case c == '"' || c == '\\':
			b = append(append(b, s[done:i]...), '\\', c)
			done = i + 1
		case c < 0x20 || c == 0x7F:
			b = fmt.Appendf(append(b, s[done:i]...), `\u%04x`, c)
			done = i + 1
		}
	}
	return append(b, s[done:]...)
}

// runCheck validates IODEF documents, in XML or JSON.
func runCheck(env *Env, args []string) error {
	flags := flagSet()
	asJSON := flags.Bool("json", false, "one JSON object per document")
	strict := flags.Bool("strict", false, "a document wrapped in RID, Atom or XMPP is invalid")
	rest, err := parse(flags, args)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return Hint{errors.New("no document to check"), "name a file, a folder or -"}
	}
	// Documents come and go by the thousand and nothing stays: collecting
	// garbage an eighth as often saves time and costs some thirty megabytes.
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	// One document after another: a second processor would only look for work.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	paths, err := inputs(rest, []string{".xml", ".xml.gz", ".json"})
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(env.Stdout, 64<<10)
	found, err := env.checkFiles(paths, *strict, func(c *checked, text []byte) error {
		if !*asJSON {
			env.showChecked(c, text)
			return nil
		}
		_, err := out.Write(c.appendJSON(out.AvailableBuffer()))
		return err
	})
	switch flushed := out.Flush(); {
	case err != nil:
		return err
	case flushed != nil:
		return fmt.Errorf("write output: %w", flushed)
	case found:
		return errFindings
	}
	return nil
}

// checkFiles judges document after document and shows each. It tells whether
// there was anything to mend.
func (env *Env) checkFiles(paths []string, strict bool, show func(*checked, []byte) error) (found bool, err error) {
	bar := env.progress("files", int64(len(paths)))
	defer bar.end()
	var reader iodef.Reader
	var input bytes.Buffer
	input.Grow(64 << 10) // takes most documents in one read
	for _, path := range paths {
		if err := env.readInto(&input, path, maxDocument); err != nil {
			return found, err
		}
		c, text := checkDocument(env, &reader, path, input.Bytes(), strict)
		for i := range c.Findings {
			found = found || c.Findings[i].Severity != iodef.Info
		}
		if err := show(&c, text); err != nil {
			return found, fmt.Errorf("write output: %w", err)
		}
		bar.step(1)
	}
	return found, nil
}

// checkDocument judges one document; text is what its lines are counted in.
func checkDocument(env *Env, reader *iodef.Reader, name string, data []byte, strict bool) (c checked, text []byte) {
	c = checked{File: name}
	data, err := gunzip(data)
	if err != nil {
		c.Verdict = iodef.VerdictMalformed
		c.Findings = append(c.Findings, iodef.Finding{Rule: "gzip", Severity: iodef.Error, Line: 1, Text: "broken gzip; compress the file again"})
		return c, nil
	}
	var findings []iodef.Finding
	if isJSON(data) {
		c.Version = string(iodef.V2)
		findings, err = iodef.CheckJSON(data, env.Now())
	} else {
		var doc *iodef.Document
		if doc, err = reader.Parse(data); err == nil {
			c.Version = string(doc.Version())
			findings = doc.Validate(env.Now())
			if strict && doc.Wrapped() {
				judgeWrapper(findings)
			}
		}
	}
	var malformed *iodef.Malformed
	switch {
	case errors.As(err, &malformed):
		c.Version, c.Verdict = "", iodef.VerdictMalformed
		c.Findings = append(c.Findings, malformed.Finding)
	case err != nil:
		c.Version, c.Verdict = "", iodef.VerdictMalformed
		c.Findings = append(c.Findings, iodef.Finding{Rule: "read", Severity: iodef.Error, Line: 1, Text: "the document cannot be read"})
	default:
		c.Verdict, c.Findings = iodef.Verdict(findings), findings
	}
	return c, data
}

// judgeWrapper turns the note about a wrapper into a fault: with a schema's
// eyes a wrapped document is no IODEF.
func judgeWrapper(findings []iodef.Finding) {
	for i := range findings {
		if f := &findings[i]; f.Rule == "wrapped" {
			f.Severity, f.Schema = iodef.Error, true
			f.Text = "the document is wrapped; send the IODEF-Document alone"
		}
	}
}

// isJSON tells JSON from XML, which never begins with a brace.
func isJSON(data []byte) bool {
	data = bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")), " \t\r\n")
	return len(data) > 0 && data[0] == '{'
}

// gunzip undoes gzip where the octets say it is that.
func gunzip(data []byte) ([]byte, error) {
	if !bytes.HasPrefix(data, []byte{0x1F, 0x8B}) {
		return data, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, maxDocument+1))
}
