package leak

import (
	"bytes"
	"sort"
	"strconv"
)

const (
	// maxNesting and maxParts bound the tree of parts: a message of nothing
	// but boundaries is not ours.
	maxNesting = 16
	maxParts   = 1000
)

// part is a header or the body of a leaf of the MIME tree.
type part struct {
	start, end int
	header     bool
	label      string
	encoding   word
	charset    word
}

// word is a name of MIME as it stands in the message, in letters of any case.
type word []byte

func (w word) is(name string) bool {
	return len(w) == len(name) && bytes.EqualFold(w, []byte(name))
}

// begins says whether the word begins with a name in small letters.
func (w word) begins(name string) bool {
	return len(w) >= len(name) && w[:len(name)].is(name)
}

// splitter reads the tree as a tolerant reader would. It knows nothing of what
// built the message.
type splitter struct {
	b     []byte
	parts []part
	err   error
}

// split appends the parts of a message.
func split(parts []part, message []byte) ([]part, error) {
	s := splitter{b: message, parts: parts}
	s.entity(0, len(message), "", 0)
	return s.parts, s.err
}

// entity reads the header and body in [lo,hi).
func (s *splitter) entity(lo, hi int, label string, depth int) {
	if depth > maxNesting || len(s.parts) > maxParts {
		s.err = ErrFormat
		return
	}
	body, ok := headerEnd(s.b[:hi], lo)
	if !ok {
		// Cut off within its header, or no message at all.
		s.err = ErrFormat
	}
	s.parts = append(s.parts, part{start: lo, end: body, header: true, label: label})
	header := s.b[lo:body]
	kind, params := mediaType(field(header, "content-type"))
	leaf := part{start: body, end: hi, label: label, charset: param(params, "charset")}
	leaf.encoding = field(header, "content-transfer-encoding")
	if !leaf.plainCharset() && !readable(string(leaf.charset)) || !readableWords(header) {
		s.err = ErrFormat // a charset we cannot decode
	}
	switch {
	case kind.begins("multipart/"):
		s.multipart(body, hi, param(params, "boundary"), label, depth)
		return
	case kind.is("message/rfc822") && !leaf.encoding.is("base64") && !leaf.encoding.is("quoted-printable"):
		s.entity(body, hi, label, depth+1)
		return
	}
	switch e := leaf.encoding; {
	case len(e) == 0, e.is("7bit"), e.is("8bit"), e.is("binary"), e.is("quoted-printable"), e.is("base64"):
	default:
		s.err = ErrFormat // an encoding we cannot undo
	}
	s.parts = append(s.parts, leaf)
}

func (s *splitter) multipart(lo, hi int, boundary word, label string, depth int) {
	if len(boundary) == 0 {
		s.err = ErrFormat
		s.parts = append(s.parts, part{start: lo, end: hi, label: label})
		return
	}
	delimiter := append([]byte("--"), boundary...)
	start, n := -1, 0
	for i := lo; i < hi; {
		k := bytes.Index(s.b[i:hi], delimiter)
		if k < 0 {
			break
		}
		i += k
		after := i + len(delimiter)
		if i > lo && s.b[i-1] != '\n' {
			i = after
			continue
		}
		end := hi
		if n := bytes.IndexByte(s.b[after:hi], '\n'); n >= 0 {
			end = after + n + 1
		}
		rest := bytes.TrimRight(s.b[after:end], " \t\r\n")
		closing := string(rest) == "--"
		if len(rest) > 0 && !closing {
			i = end
			continue
		}
		if start >= 0 {
			s.entity(start, i, child(label, n), depth+1)
		}
		n++
		start = end
		if closing {
			return
		}
		i = end
	}
	s.err = ErrFormat // cut off before the last boundary
	if start >= 0 {
		s.entity(start, hi, child(label, n), depth+1)
	}
}

func child(label string, n int) string {
	if label == "" {
		return strconv.Itoa(n)
	}
	return label + "." + strconv.Itoa(n)
}

// headerEnd returns where the body begins, and whether the lines before it are
// a header.
func headerEnd(b []byte, lo int) (body int, ok bool) {
	fields := 0
	for i := lo; i < len(b); {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return len(b), false
		}
		switch line := bytes.TrimRight(b[i:i+n], "\r"); {
		case len(line) == 0:
			return i + n + 1, fields > 0 || lo > 0
		case line[0] == ' ' || line[0] == '\t':
		case bytes.IndexByte(line, ':') > 0:
			fields++
		case i == lo && bytes.HasPrefix(line, []byte("From ")): // mbox
		default:
			return i, false
		}
		i += n + 1
	}
	// A part may end after its header, a message may not.
	return len(b), lo > 0
}

// field returns the first header field of the name, unfolded.
func field(header []byte, name string) []byte {
	for i := 0; i < len(header); {
		end := i
		for end < len(header) {
			n := bytes.IndexByte(header[end:], '\n')
			if n < 0 {
				end = len(header)
				break
			}
			end += n + 1
			if end == len(header) || header[end] != ' ' && header[end] != '\t' {
				break
			}
		}
		line := header[i:end]
		if len(line) > len(name) && line[len(name)] == ':' && bytes.EqualFold(line[:len(name)], []byte(name)) {
			return bytes.TrimSpace(line[len(name)+1:])
		}
		i = end
	}
	return nil
}

func mediaType(value []byte) (kind word, params []byte) {
	kind, params, _ = bytes.Cut(value, []byte(";"))
	return bytes.TrimSpace(kind), params
}

// param returns a parameter of a Content-Type field.
func param(params []byte, name string) word {
	for i := 0; i+len(name) <= len(params); i++ {
		if lower(params[i]) != name[0] || !word(params[i:]).begins(name) {
			continue
		}
		i += len(name)
		rest := bytes.TrimLeft(params[i:], " \t\r\n")
		if len(rest) == 0 || rest[0] != '=' {
			i--
			continue
		}
		rest = bytes.TrimLeft(rest[1:], " \t\r\n")
		if len(rest) > 0 && rest[0] == '"' {
			value, _, _ := bytes.Cut(rest[1:], []byte(`"`))
			return value
		}
		if end := bytes.IndexAny(rest, "; \t\r\n"); end >= 0 {
			rest = rest[:end]
		}
		return rest
	}
	return nil
}

// readMessage reads the message itself. Bodies in quoted-printable are read
// decoded only: a value that their raw bytes hold is in the decoded ones too,
// unless it has a = itself, and then the raw bytes are read as well.
func (sc *scan) readMessage(v *view) {
	var qp builder
	from := 0
	for i := range sc.parts {
		p := &sc.parts[i]
		if p.header || !p.encoding.is("quoted-printable") {
			continue
		}
		piecePart(&qp, p, quotedPrintable(v.b[p.start:p.end]))
		if !sc.rawQP {
			sc.read(v, from, p.start)
			from = p.end
		}
	}
	sc.read(v, from, len(v.b))
	if w := sc.add(v, decQP, &qp); w != nil {
		sc.packedBody(w, w.b, 0)
	}
	sc.readBytes(v)
}

// readBytes reads decoded what the search for base64 cannot undo, or not as a
// text in its charset.
func (sc *scan) readBytes(v *view) {
	var o builder
	for i := range sc.parts {
		p := &sc.parts[i]
		if p.header {
			continue
		}
		body := v.b[p.start:p.end]
		if !p.encoding.is("base64") {
			sc.packedBody(v, body, p.start)
		}
		switch {
		case p.encoding.is("base64") && (!p.plainCharset() || !sc.isSolid(p) && hasJunk(body)):
			piecePart(&o, p, tolerant64(body))
		case !p.encoding.is("base64") && !p.encoding.is("quoted-printable") && !p.plainCharset() && !metAsItIs(charsetName(string(p.charset))):
			piecePart(&o, p, body)
		}
	}
	if w := sc.add(v, decJunk, &o); w != nil {
		w.blob = true
	}
}

func (p *part) plainCharset() bool {
	return len(p.charset) == 0 || p.charset.is("utf-8") || p.charset.is("us-ascii")
}

// isSolid says whether a block of base64 fills the part but for blank space.
func (sc *scan) isSolid(p *part) bool {
	k := sort.Search(len(sc.solid), func(k int) bool { return int(sc.solid[k].start) >= p.start })
	if k == len(sc.solid) || int(sc.solid[k].start) > p.start || int(sc.solid[k].end) > p.end {
		return false
	}
	return len(bytes.Trim(sc.message[sc.solid[k].end:p.end], "= \t\r\n")) == 0
}

func piecePart(o *builder, p *part, body []byte) {
	o.begin(p.start)
	o.b = append(o.b, body...) // a charset may be named wrong
	if !p.plainCharset() {
		if text := appendCharset(nil, string(p.charset), body); !bytes.Equal(text, body) {
			o.b = append(append(o.b, sep), text...)
		}
	}
	o.end()
}

// hasJunk says whether a base64 body has what does not belong there, or goes on
// behind padding; the generic search for runs would stop at it.
func hasJunk(body []byte) bool {
	padded := false
	for _, c := range body {
		switch {
		case base64Value[c] < 64:
			if padded {
				return true
			}
		case c == '=':
			padded = true
		case c != '\r' && c != '\n' && c != ' ' && c != '\t':
			return true
		}
	}
	return false
}

// knownFields may be named in a finding; another name could hold a value.
const knownFields = " from to cc subject date message-id in-reply-to references reply-to sender received content-type content-disposition content-id content-description content-transfer-encoding mime-version user-agent auto-submitted "

// where names the place of an offset of the message.
func (sc *scan) where(off int) string {
	at := "message"
	for i := range sc.parts {
		p := &sc.parts[i]
		if off < p.start || off >= p.end {
			continue
		}
		at = "body"
		if p.label != "" {
			at = "part " + p.label
		}
		if p.header {
			at = "header"
			if p.label != "" {
				at = "part " + p.label + " header"
			}
			if name := sc.fieldAt(p, off); name != "" {
				at += " " + name
			}
		}
	}
	return at
}

func (sc *scan) fieldAt(p *part, off int) string {
	b := sc.message
	i := off
	for i > p.start && (b[i-1] != '\n' || b[i] == ' ' || b[i] == '\t') {
		i--
	}
	n := bytes.IndexByte(b[i:p.end], ':')
	if n <= 0 || n > 40 || !inWords(b[i:i+n], knownFields) {
		return ""
	}
	return string(bytes.ToLower(b[i : i+n]))
}
