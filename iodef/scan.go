package iodef

import (
	"fmt"
	"strings"
)

// Caps of the reader. A document over one of them is malformed.
const (
	// maxSize stops mailbombs before a byte is looked at.
	maxSize = 4 << 20
	// maxDepth stops stack exhaustion in everything that walks the tree.
	maxDepth = 64
	// maxElements bounds memory: an element of 4 bytes costs us forty times that.
	maxElements = 100_000
	// maxAttributes bounds the comparison of each attribute with each other.
	maxAttributes = 64
	// maxAttribute and maxText stop values made to hurt whoever copies them on.
	maxAttribute = 64 << 10
	maxText      = 1 << 20
	// maxBindings bounds the search for a prefix: without it, depth times
	// attributes declarations would be searched for every name.
	maxBindings = 128
)

// A scanner reads a document in one pass over its text.
type scanner struct {
	src  string
	pos  int
	doc  *Document
	cur  *Element // the open element
	last *Element // its last child so far
	ns   []binding

	depth    int
	elements int
	nodes    []Element // the piece that elements are taken from
	pieces   [][]Element
	piece    int    // how many pieces are in use
	attrs    []Attr // the piece that attributes are taken from
	scratch  []Attr
	faults   []Finding // memory for those of structure

	solid  bool   // the text since the last tag is not all blank
	text   string // that text, if it is in one piece
	joined []byte // else
	runs   int

	hasRef bool // the document holds & at all
}

type binding struct{ prefix, space string }

// reset makes the scanner ready for another document. The memory of the last
// one is used again.
func (s *scanner) reset(d *Document) {
	*s = scanner{
		doc: d, ns: s.ns[:0], scratch: s.scratch[:0], joined: s.joined[:0],
		pieces: s.pieces, attrs: s.attrs[:0], faults: s.faults,
	}
}

// fail is the refusal, at the scanner's position.
func (s *scanner) fail(rule, format string, args ...any) error {
	f := Finding{Rule: rule, Severity: Error, Schema: true, Text: fmt.Sprintf(format, args...)}
	read := s.src[:min(s.pos, len(s.src))]
	f.Line, f.Column = 1+strings.Count(read, "\n"), len(read)-strings.LastIndexByte(read, '\n')
	if s.cur != nil {
		f.Path = s.cur.Path()
	}
	return &Malformed{f}
}

// scan reads the whole document after its XML declaration.
func (s *scanner) scan() error {
	s.hasRef = strings.IndexByte(s.src, '&') >= 0
	for s.pos < len(s.src) {
		if s.src[s.pos] != '<' {
			if err := s.characters(); err != nil {
				return err
			}
			continue
		}
		if err := s.markup(); err != nil {
			return err
		}
	}
	switch {
	case s.cur != nil:
		return s.fail("xml", "the element %s is not closed", quote(s.cur.name))
	case s.doc.top == nil:
		return s.fail("xml", "there is no element")
	}
	return nil
}

// markup reads whatever begins with <.
func (s *scanner) markup() error {
	if s.pos+1 == len(s.src) {
		return s.fail("xml", "a lone < at the end; write &lt;")
	}
	switch s.src[s.pos+1] {
	case '/':
		return s.endTag()
	case '?':
		return s.instruction()
	case '!':
		rest := s.src[s.pos:]
		switch {
		case strings.HasPrefix(rest, "<!--"):
			return s.comment()
		case strings.HasPrefix(rest, "<![CDATA["):
			return s.cdata()
		case strings.HasPrefix(rest, "<!DOCTYPE"):
			// Entities, external subsets, billion laughs: all begin here.
			return s.fail("DOC-DTD", "a DOCTYPE is not accepted; remove it")
		}
		return s.fail("xml", "unknown markup after <!")
	}
	return s.startTag()
}

// characters reads text up to the next tag.
func (s *scanner) characters() error {
	// Most text is the indent between two tags.
	end := 0
	for s.pos+end < len(s.src) && isBlank(s.src[s.pos+end]) {
		end++
	}
	if s.pos+end < len(s.src) && s.src[s.pos+end] == '<' {
		if s.cur == nil {
			s.pos += end
			return nil
		}
		run := s.src[s.pos : s.pos+end]
		s.pos += end
		return s.add(run)
	}
	s.solid = true
	if n := strings.IndexByte(s.src[s.pos+end:], '<'); n >= 0 {
		end += n
	} else {
		end = len(s.src) - s.pos
	}
	run := s.src[s.pos : s.pos+end]
	if s.cur == nil {
		if !allBlank(run) {
			return s.fail("xml", "text outside the document element")
		}
		s.pos += end
		return nil
	}
	if strings.IndexByte(run, '>') >= 0 { // seldom: most write &gt;
		if i := strings.Index(run, "]]>"); i >= 0 {
			s.pos += i
			return s.fail("xml", "]]> in text; write ]]&gt;")
		}
	}
	if s.hasRef && strings.IndexByte(run, '&') >= 0 {
		return s.references(run)
	}
	s.pos += end
	return s.add(run)
}

// add appends to the pending text, without a copy if it stays in one piece.
func (s *scanner) add(run string) error {
	if len(s.text)+len(s.joined)+len(run) > maxText {
		return s.fail("cap-text", "a text of over %d octets", maxText)
	}
	switch {
	case s.runs == 0:
		s.text = run
	case s.runs == 1:
		s.joined = append(append(s.joined[:0], s.text...), run...)
		s.text = ""
	default:
		s.joined = append(s.joined, run...)
	}
	s.runs++
	return nil
}

// flush hands the pending text to the tree: before a tag.
func (s *scanner) flush() {
	if s.runs == 0 {
		return
	}
	text := s.text
	if s.runs > 1 {
		text = string(s.joined)
	}
	if s.last != nil {
		s.last.tail = text
	} else if s.cur != nil {
		s.cur.text = text
	}
	if s.solid && s.cur != nil {
		s.cur.solid = s.cur.solid || !allBlank(text)
	}
	s.text, s.joined, s.runs, s.solid = "", s.joined[:0], 0, false
}

// references adds a run of text in which & occurs.
func (s *scanner) references(run string) error {
	for run != "" {
		i := strings.IndexByte(run, '&')
		if i < 0 {
			i = len(run)
		}
		if i > 0 {
			if err := s.add(run[:i]); err != nil {
				return err
			}
			s.pos += i
			run = run[i:]
			continue
		}
		value, n := reference(run)
		if n == 0 {
			return s.fail("xml", "%s", badReference)
		}
		if err := s.add(value); err != nil {
			return err
		}
		s.pos += n
		run = run[n:]
	}
	return nil
}

const badReference = "unknown or broken reference; write &amp; for an ampersand"

// reference reads an entity or character reference and gives its value and
// length, 0 if it is none of the five entities nor a legal character.
func reference(s string) (string, int) {
	// No legal reference is longer than this, leading zeros aside.
	end := strings.IndexByte(s[:min(len(s), 64)], ';')
	if end < 0 {
		return "", 0
	}
	switch name := s[1:end]; name {
	case "lt":
		return "<", end + 1
	case "gt":
		return ">", end + 1
	case "amp":
		return "&", end + 1
	case "apos":
		return "'", end + 1
	case "quot":
		return `"`, end + 1
	default:
		if r := characterReference(name); isChar(r) {
			return string(r), end + 1
		}
	}
	return "", 0
}

// characterReference reads #N or #xH; 0, no character of XML, if it is none.
func characterReference(name string) rune {
	base, s := rune(10), ""
	if t, ok := strings.CutPrefix(name, "#x"); ok {
		base, s = 16, t
	} else if t, ok := strings.CutPrefix(name, "#"); ok {
		s = t
	}
	r := rune(0)
	for i := range len(s) {
		d := rune(-1)
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			d = rune(c - '0')
		case base == 16 && c >= 'a' && c <= 'f':
			d = rune(c-'a') + 10
		case base == 16 && c >= 'A' && c <= 'F':
			d = rune(c-'A') + 10
		}
		if d < 0 {
			return 0
		}
		if r = r*base + d; r > 0x10FFFF {
			return 0
		}
	}
	return r
}

// comment skips a comment: it is no part of the document.
func (s *scanner) comment() error {
	end := strings.Index(s.src[s.pos+4:], "--")
	if end < 0 {
		return s.fail("xml", "a comment is not closed")
	}
	end += s.pos + 4
	if !strings.HasPrefix(s.src[end:], "-->") {
		return s.fail("xml", "-- inside a comment")
	}
	s.pos = end + 3
	return nil
}

// cdata adds a CDATA section to the text.
func (s *scanner) cdata() error {
	if s.cur == nil {
		return s.fail("xml", "a CDATA section outside the document element")
	}
	start := s.pos + len("<![CDATA[")
	end := strings.Index(s.src[start:], "]]>")
	if end < 0 {
		return s.fail("xml", "a CDATA section is not closed")
	}
	s.pos = start + end + 3
	s.solid = true
	return s.add(s.src[start : start+end])
}

// instruction skips a processing instruction: we obey none.
func (s *scanner) instruction() error {
	start := s.pos + 2
	n := ncName(s.src[start:])
	target := s.src[start : start+n]
	switch {
	case n == 0:
		return s.fail("xml", "a processing instruction without a name")
	case strings.EqualFold(target, "xml"):
		return s.fail("xml", "an XML declaration that is not at the start")
	}
	end := strings.Index(s.src[start:], "?>")
	if end < 0 {
		return s.fail("xml", "a processing instruction is not closed")
	}
	if n != end && !isBlank(s.src[start+n]) {
		return s.fail("xml", "a processing instruction with a bad name")
	}
	if s.doc.instructions++; s.doc.instructions == 1 {
		s.doc.instruction = s.pos
	}
	s.pos = start + end + 2
	return nil
}
