package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"iodefgw/iodef"
)

// showChecked tells people: the verdict, then the faults, each with what to do,
// and the place that they are about once for all of them. Notes are left to
// -json.
func (env *Env) showChecked(c *checked, text []byte) {
	color, version := red, ""
	if c.Verdict == iodef.VerdictValid {
		color = green
	}
	if c.Version != "" {
		version = ", version " + c.Version
	}
	fmt.Fprintf(env.Stdout, "%s: %s%s\n", printable(c.File), env.paint(env.Stdout, color, c.Verdict), version)
	var faults []iodef.Finding
	for _, f := range c.Findings {
		if f.Severity != iodef.Info {
			faults = append(faults, f)
		}
	}
	if len(faults) == 0 {
		return
	}
	slices.SortStableFunc(faults, func(a, b iodef.Finding) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
	lines, width := sourceLines(text), env.Width(env.Stdout)
	for i := range faults {
		f := &faults[i]
		env.showFault(f, width)
		if i+1 < len(faults) && faults[i+1].Path == f.Path && faults[i+1].Line == f.Line {
			continue
		}
		if f.Line > 0 && f.Line <= len(lines) {
			if line := excerpt(lines[f.Line-1], f.Column, width); line != "" {
				fmt.Fprintf(env.Stdout, "      | %s\n", line)
			}
		}
		if f.Path != "" {
			fmt.Fprintf(env.Stdout, "      %s\n", printable(f.Path))
		}
	}
}

// showFault prints one fault, on a terminal in lines that fit.
func (env *Env) showFault(f *iodef.Finding, width int) {
	color, where := yellow, ""
	if f.Severity == iodef.Error {
		color = red
	}
	if f.Line > 0 {
		where = fmt.Sprintf("line %d: ", f.Line)
	}
	label := where + string(f.Severity) + ": "
	lines := fill(label+printable(f.Text)+" ("+f.Rule+")", width-2, width-6)
	lines[0] = strings.Replace(lines[0], label, where+env.paint(env.Stdout, color, string(f.Severity))+": ", 1)
	fmt.Fprintf(env.Stdout, "  %s\n", strings.Join(lines, "\n      "))
}

// fill breaks text at blanks into lines of at most so many columns, the first
// and the others; text is left whole where there is no room to speak of.
func fill(text string, first, others int) []string {
	if others < 20 {
		return []string{text}
	}
	var lines []string
	line, room := "", first
	for word := range strings.SplitSeq(text, " ") {
		switch {
		case line == "":
			line = word
		case columns(line)+1+columns(word) <= room:
			line += " " + word
		default:
			lines = append(lines, line)
			line, room = word, others
		}
	}
	return append(lines, line)
}

// sourceLines are the lines that findings count, nil for a text that a terminal
// would not show as it was written.
func sourceLines(text []byte) [][]byte {
	text = bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))
	if !utf8.Valid(text) {
		return nil
	}
	if bytes.IndexByte(text, '\r') >= 0 {
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
		text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	}
	return bytes.Split(text, []byte("\n"))
}

// excerpt is the line as far as there is room, from the column of the fault on
// where it is too long: a document may be one line of megabytes.
func excerpt(line []byte, column, width int) string {
	const most = 400 // octets made printable
	room := 100
	if width > 0 {
		room = width - len("      | ")
	}
	before := ""
	if trimmed := bytes.TrimSpace(line); len(trimmed) > room && column > 1 && column <= len(line) {
		if before = "…"; len(bytes.TrimSpace(line[:column-1])) == 0 {
			before = ""
		}
		line = line[column-1:]
	}
	line = bytes.TrimSpace(line)
	return cut(before+printable(string(line[:min(len(line), most)])), max(room, 20))
}
