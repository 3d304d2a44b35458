package message

import (
	"bytes"
	"strconv"
	"strings"
)

// A Message is one mail, read once.
type Message struct {
	Raw     []byte
	Header  Header
	Root    *Part
	Defects []Defect
}

// A Part is one MIME entity. Its slices are slices of the mail.
type Part struct {
	Header      Header
	Type        string            // media type in lower case, "text/plain" by default
	Params      map[string]string // parameters of Content-Type by lower-case name
	Disposition string            // "attachment", "inline" or "", in lower case
	Filename    string            // decoded, cleaned for display; never a path to open
	Encoding    string            // Content-Transfer-Encoding in lower case, "7bit" by default
	Raw         []byte            // the whole entity: what RFC 3156 5 signs, before canonical line ends
	Body        []byte            // not decoded
	Children    []*Part           // of a multipart, or the one message in a message/rfc822
	Path        string            // "0" for the root, "0.2" for its second child
	HasOutside  bool              // multipart with text before the first or after the last boundary
}

// Parse reads a mail. It never fails; what is wrong is in Defects.
func Parse(raw []byte) *Message {
	p := parser{m: &Message{Raw: raw}}
	if len(raw) > MaxSize {
		p.defect(TagLimits, "0", "mail is over the size cap")
		p.opaque = true
	}
	p.m.Root = p.entity(raw, "text/plain", "0", 0)
	p.m.Header = p.m.Root.Header
	return p.m
}

// Decisive returns the defects that a verdict must heed, given the documents of
// the mail: all but malformed ones, and those in attached messages that hold no
// document.
func Decisive(defects []Defect, docs []Document) []Defect {
	var list []Defect
	for _, d := range defects {
		if d.Tag != TagMalformed && (d.Enclosed == "" || holds(d.Enclosed, docs)) {
			list = append(list, d)
		}
	}
	return list
}

func holds(path string, docs []Document) bool {
	for _, d := range docs {
		if strings.HasPrefix(d.Part.Path, path+".") {
			return true
		}
	}
	return false
}

type parser struct {
	m          *Message
	parts      int
	boundaries []string // of the multiparts that are open
	enclosed   string   // path of the outermost attached message we are in
	opaque     bool     // descend no more
	eightBit   bool     // raw 8-bit in a header already noted
}

func (p *parser) defect(tag, path, text string) {
	// A hostile mail could have a defect on each of a million lines.
	if len(p.m.Defects) < 2*MaxParts {
		p.m.Defects = append(p.m.Defects, Defect{Tag: tag, Path: path, Text: text, Enclosed: p.enclosed})
	}
}

// entity reads one entity. typ is its type where it names none.
func (p *parser) entity(raw []byte, typ, path string, depth int) *Part {
	p.parts++
	part := &Part{Raw: raw, Path: path, Type: typ}
	var n int
	part.Header, n = p.header(raw, path)
	part.Body = raw[n:]
	p.content(part)
	if p.opaque {
		return part
	}
	multipart := strings.HasPrefix(part.Type, "multipart/")
	enclosed := part.Type == "message/rfc822" || part.Type == "message/global"
	if !multipart && !enclosed {
		return part
	}
	if !identity(part.Encoding) {
		// RFC 2045 6.4, RFC 2046 5.2.1: only 7bit, 8bit and binary.
		p.defect(TagAmbiguous, path, "transfer encoding on a composite type")
		return part
	}
	if depth+1 > MaxDepth {
		p.defect(TagTooDeep, path, "nested deeper than the cap")
		return part
	}
	if enclosed {
		if p.enclosed == "" {
			p.enclosed = path
			defer func() { p.enclosed = "" }()
		}
		part.Children = []*Part{p.entity(part.Body, "text/plain", path+".1", depth+1)}
		return part
	}
	p.multipart(part, depth)
	return part
}

func (p *parser) multipart(part *Part, depth int) {
	boundary, ok := part.Params["boundary"]
	if !ok || !validBoundary(boundary) {
		p.defect(TagAmbiguous, part.Path, "multipart with a missing or invalid boundary")
		return
	}
	for _, open := range p.boundaries {
		if strings.HasPrefix(open, boundary) || strings.HasPrefix(boundary, open) {
			p.defect(TagAmbiguous, part.Path, "boundary is a prefix of one around it")
			break
		}
	}
	typ := "text/plain"
	if part.Type == "multipart/digest" {
		typ = "message/rfc822" // RFC 2046 5.1.5
	}
	p.boundaries = append(p.boundaries, boundary)
	defer func() { p.boundaries = p.boundaries[:len(p.boundaries)-1] }()

	s := splitter{body: part.Body, delimiter: []byte("--" + boundary)}
	for raw, ok := s.next(); ok; raw, ok = s.next() {
		if p.parts >= MaxParts {
			p.defect(TagLimits, part.Path, "more parts than the cap")
			p.opaque = true
			break
		}
		path := part.Path + "." + strconv.Itoa(len(part.Children)+1)
		part.Children = append(part.Children, p.entity(raw, typ, path, depth+1))
	}
	part.HasOutside = s.outside
	switch {
	case p.opaque:
	case s.fault != "":
		p.defect(TagAmbiguous, part.Path, s.fault)
	case !s.closed:
		p.defect(TagAmbiguous, part.Path, "multipart is not closed")
	case len(part.Children) == 0:
		p.defect(TagAmbiguous, part.Path, "multipart without a part")
	}
}

// validBoundary checks RFC 2046 5.1.1, but allows all printable ASCII: real
// senders use it, and no reader reads it differently.
func validBoundary(b string) bool {
	if b == "" || len(b) > 70 || b[len(b)-1] == ' ' {
		return false
	}
	for i := 0; i < len(b); i++ {
		if b[i] < ' ' || b[i] > '~' {
			return false
		}
	}
	return true
}

// A splitter walks the parts of a multipart body without copying (RFC 2046
// 5.1.1).
type splitter struct {
	body      []byte
	delimiter []byte // "--" and the boundary
	pos       int    // start of the part's text, after its delimiter line
	started   bool
	closed    bool
	outside   bool   // text in preamble or epilogue
	fault     string // why another reader might split elsewhere
}

// next returns the next part's bytes: those between two delimiter lines, less
// the line end before the second, which belongs to the delimiter.
func (s *splitter) next() ([]byte, bool) {
	if s.closed {
		return nil, false
	}
	if !s.started {
		s.started = true
		start, _ := s.find()
		if start < 0 {
			return nil, false
		}
		s.outside = len(bytes.TrimSpace(s.body[:start])) > 0
		if s.closed {
			return nil, false
		}
	}
	from := s.pos
	start, end := s.find()
	if start < 0 {
		if from >= len(s.body) {
			return nil, false
		}
		s.pos = len(s.body)
		return s.body[from:], true
	}
	part := s.body[from:max(from, start)]
	if s.closed {
		s.outside = s.outside || len(bytes.TrimSpace(s.body[end:])) > 0
		s.checkEpilogue(s.body[end:])
	}
	return trimLineEnd(part), true
}

// find moves to behind the next delimiter line and returns the line's start
// and end; start is -1 where there is none.
func (s *splitter) find() (start, end int) {
	for at := s.pos; ; {
		i := bytes.Index(s.body[at:], s.delimiter)
		if i < 0 {
			return -1, len(s.body)
		}
		i += at
		at = i + len(s.delimiter)
		if i > 0 && s.body[i-1] != '\n' {
			if s.body[i-1] == '\r' {
				s.fault = "boundary after a bare CR"
			}
			continue
		}
		rest, n := s.body[at:], 0
		if n = bytes.IndexByte(rest, '\n'); n >= 0 {
			rest = rest[:n]
			n = at + n + 1
		} else {
			n = len(s.body)
		}
		closing := bytes.HasPrefix(rest, []byte("--"))
		if closing {
			rest = rest[2:]
		}
		if len(bytes.Trim(rest, " \t\r")) > 0 {
			// RFC 2046 compares the start of the line, many readers all of it.
			s.fault = "line starts like a boundary"
			continue
		}
		s.pos, s.closed = n, closing
		return i, n
	}
}

// checkEpilogue notes a delimiter line after the close delimiter.
func (s *splitter) checkEpilogue(epilogue []byte) {
	for at := 0; ; {
		i := bytes.Index(epilogue[at:], s.delimiter)
		if i < 0 {
			return
		}
		i += at
		if i == 0 || epilogue[i-1] == '\n' {
			s.fault = "boundary after the closing one"
			return
		}
		at = i + len(s.delimiter)
	}
}

func trimLineEnd(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte("\n"))
	return bytes.TrimSuffix(b, []byte("\r"))
}
