package message

import (
	"bytes"
	"strings"
)

// sniffLen is how far into a document its format is looked for: a document
// that hides its root behind more than this is none.
const sniffLen = 64 << 10

// isIODEF recognises an IODEF document, also within another (RID, Atom, XMPP),
// and sets its format. The namespace decides, else the version attribute; what
// has neither is taken as version 2, for validation to refuse.
func isIODEF(d *Document) bool {
	b := d.Bytes[:min(len(d.Bytes), sniffLen)]
	if utf16(b) {
		b = bytes.ReplaceAll(b, []byte{0}, nil)
	}
	i := rootTag(b)
	if i < 0 {
		return false
	}
	tag := b[i:]
	if n := bytes.IndexByte(tag, '>'); n >= 0 {
		tag = tag[:n]
	}
	one := bytes.Contains(tag, []byte("iodef-1.0")) || bytes.Contains(tag, []byte(`"1.0`)) || bytes.Contains(tag, []byte(`'1.0`))
	two := bytes.Contains(tag, []byte("iodef-2.0"))
	if !one && !two {
		one = bytes.Contains(b[:i], []byte("iodef-1.0"))
	}
	d.Format = "iodef-2.00"
	if one && !two {
		d.Format = "iodef-1.00"
	}
	return true
}

// rootTag finds the name in the first start tag of an IODEF document.
func rootTag(b []byte) int {
	const name = "IODEF-Document"
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte(name))
		if i < 0 {
			return -1
		}
		i += at
		if lt := bytes.LastIndexByte(b[:i], '<'); lt >= 0 && isPrefix(b[lt+1:i]) {
			return i
		}
		at = i + len(name)
	}
}

// utf16 reports whether b looks like UTF-16 of mostly ASCII (XML 1.0 F).
func utf16(b []byte) bool {
	return bytes.HasPrefix(b, []byte("\xFE\xFF")) || bytes.HasPrefix(b, []byte("\xFF\xFE")) ||
		bytes.HasPrefix(b, []byte("\x00<\x00")) || bytes.HasPrefix(b, []byte("<\x00?\x00"))
}

// isARF recognises a feedback report that says something itself. One of type
// "xarf" only announces the JSON part beside it.
func isARF(d *Document) bool {
	for _, line := range bytes.Split(d.Bytes[:min(len(d.Bytes), 4<<10)], []byte("\n")) {
		key, value, _ := bytes.Cut(line, []byte(":"))
		if bytes.EqualFold(bytes.TrimSpace(key), []byte("Feedback-Type")) {
			return !bytes.EqualFold(bytes.TrimSpace(value), []byte("xarf"))
		}
	}
	// QUIRK: the fields in the part's own header (xarf/…fbi_ipv6home.0.eml).
	return !strings.EqualFold(d.Part.Header.Get("Feedback-Type"), "xarf")
}

// isXARF recognises the JSON of XARF 1 to 4.
func isXARF(d *Document) bool {
	b := bytes.TrimSpace(d.Bytes[:min(len(d.Bytes), sniffLen)])
	if !bytes.HasPrefix(b, []byte("{")) {
		return false
	}
	return bytes.Contains(b, []byte(`"xarf_version"`)) ||
		bytes.Contains(b, []byte(`"ReporterInfo"`)) && bytes.Contains(b, []byte(`"Report"`))
}

// isXARFv0 recognises the YAML of X-ARF 0.1 and 0.2, in a part named
// report.txt or with its three keys.
func isXARFv0(d *Document) bool {
	head := string(d.Bytes[:min(len(d.Bytes), 4<<10)])
	keys := 0
	for _, line := range strings.Split(head, "\n") {
		key, _, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "reported-from", "report-type", "report-id", "schema-url", "category":
			keys++
		}
	}
	return keys >= 3
}

// PlainText is the text of every text/plain body that is no attachment, no
// document and no file, joined by a line end: where a reporter may write
// conditions. A part with a file name is shown in place by some mail programs,
// and holds what somebody else wrote all the same. Text that cannot be decoded
// is left out.
func (p *Part) PlainText() string {
	var b strings.Builder
	p.Walk(func(part *Part) bool {
		if part.Type == "message/rfc822" || part.Type == "message/global" {
			return false // somebody else's words
		}
		if part.Type != "text/plain" || part.Disposition == "attachment" || part.Filename != "" || len(part.Children) > 0 {
			return true
		}
		text, err := part.Text()
		if err != nil {
			return true
		}
		for _, d := range documents(part) {
			if d.Err != nil || !d.Inline {
				return true
			}
			text = strings.Replace(text, string(d.Bytes), "", 1)
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(text)
		return true
	})
	return b.String()
}
