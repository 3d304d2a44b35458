package message

import (
	"net/url"
	"sort"
	"strconv"
	"strings"
)

// content reads the fields that say what a part is.
func (p *parser) content(part *Part) {
	part.Encoding = "7bit"
	if v, ok := first(part.Header, "Content-Transfer-Encoding"); ok {
		part.Encoding = strings.ToLower(strings.TrimSpace(stripComments(v)))
		if !identity(part.Encoding) && part.Encoding != "base64" && part.Encoding != "quoted-printable" {
			p.defect(TagAmbiguous, part.Path, "unknown transfer encoding")
		}
	}
	if v, ok := first(part.Header, "Content-Type"); ok {
		typ, params, fault := parseParams(v)
		if fault == "" && !isMediaType(typ) {
			fault = "Content-Type without a media type"
		}
		if fault != "" {
			p.defect(TagAmbiguous, part.Path, fault)
		}
		if isMediaType(typ) {
			part.Type = typ
		}
		part.Params = params
	}
	if v, ok := first(part.Header, "Content-Disposition"); ok {
		typ, params, fault := parseParams(v)
		if fault != "" {
			p.defect(TagAmbiguous, part.Path, fault)
		}
		part.Disposition = typ
		part.Filename = DecodeWords(params["filename"])
	}
	if part.Filename == "" {
		// QUIRK: a name in RFC 2047 form, against RFC 2231 (Outlook).
		part.Filename = DecodeWords(part.Params["name"])
	}
}

// first returns the first field with that name: where there are several the
// mail is ambiguous and held, and one reading is as good as another.
func first(h Header, name string) (string, bool) {
	for _, f := range h.Fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value(), true
		}
	}
	return "", false
}

func identity(encoding string) bool {
	return encoding == "7bit" || encoding == "8bit" || encoding == "binary"
}

func isMediaType(s string) bool {
	a, b, ok := strings.Cut(s, "/")
	return ok && isToken(a) && isToken(b)
}

// isToken checks RFC 2045 5.1.
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 127 || strings.IndexByte(`()<>@,;:\"/[]?=`, s[i]) >= 0 {
			return false
		}
	}
	return s != ""
}

// parseParams reads "value; name=value; ..." (RFC 2045 5.1) with the
// continuations and charsets of RFC 2231. fault is empty or says what makes it
// ambiguous.
func parseParams(v string) (value string, params map[string]string, fault string) {
	rest := ""
	value, rest, _ = strings.Cut(v, ";")
	if strings.ContainsAny(value, "\"(") {
		value = stripComments(value)
	}
	value = strings.ToLower(strings.TrimSpace(value))
	var split []piece
	for {
		rest = strings.TrimLeft(rest, " \t;")
		if strings.HasPrefix(rest, "(") {
			rest = strings.TrimLeft(stripComments(rest), " \t;")
		}
		if rest == "" {
			break
		}
		name, tail, ok := strings.Cut(rest, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if !ok || !isToken(name) {
			return value, join(params, split), "malformed parameter"
		}
		val, tail, ok := paramValue(strings.TrimLeft(tail, " \t"))
		if !ok {
			fault = "malformed parameter value"
		}
		rest = tail
		if strings.IndexByte(name, '*') >= 0 {
			pc, ok := newPiece(name, val)
			if !ok || pc.name == "boundary" {
				fault = "malformed parameter continuation"
				continue
			}
			for _, other := range split {
				if other.name == pc.name && other.index == pc.index {
					fault = "duplicate parameter"
				}
			}
			split = append(split, pc)
			continue
		}
		if old, ok := params[name]; ok {
			if old != val {
				fault = "duplicate parameter"
			}
			// QUIRK: the same name twice with one value has one reading
			// (abusemail/abuseio-abuseio__Netcraft_Example_*.eml).
			continue
		}
		if params == nil {
			params = make(map[string]string, 4)
		}
		params[name] = val
	}
	return value, join(params, split), fault
}

// paramValue reads a token or quoted string and returns what follows it.
func paramValue(s string) (val, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		i := strings.IndexByte(s, ';')
		if i < 0 {
			i = len(s)
		}
		val = s[:i]
		if strings.IndexByte(val, '(') >= 0 {
			val = stripComments(val)
		}
		val = strings.TrimSpace(val)
		// QUIRK: unquoted values with tspecials or blanks (mikel-mail
		// attachment_with_unquoted_name.eml); a quote inside is no value.
		return val, s[i:], strings.IndexByte(val, '"') < 0
	}
	end := 1
	for end < len(s) && s[end] != '"' {
		if s[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(s) {
		return "", "", false
	}
	val, rest = s[1:end], strings.TrimLeft(stripComments(s[end+1:]), " \t")
	if strings.IndexByte(val, '\\') >= 0 {
		val = unquote(val)
	}
	return val, rest, rest == "" || rest[0] == ';'
}

// unquote removes the backslashes of quoted pairs.
func unquote(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// A piece is one "name*1*" of RFC 2231 3 and 4.
type piece struct {
	name    string
	index   int
	encoded bool
	value   string
}

func newPiece(name, value string) (piece, bool) {
	pc := piece{value: value}
	pc.name, name, _ = strings.Cut(name, "*")
	if name == "" { // name*=charset'lang'value
		pc.encoded = true
		return pc, pc.name != ""
	}
	number, star := strings.CutSuffix(name, "*")
	pc.encoded = star
	n, err := strconv.Atoi(number)
	pc.index = n
	return pc, err == nil && n >= 0 && n < MaxFields && pc.name != ""
}

// join puts the pieces of each parameter together. A parameter in the form of
// RFC 2231 wins over the plain one, which is there for old readers.
func join(params map[string]string, split []piece) map[string]string {
	if len(split) == 0 {
		return params
	}
	if params == nil {
		params = make(map[string]string, 4)
	}
	sort.SliceStable(split, func(i, j int) bool {
		return split[i].name < split[j].name || split[i].name == split[j].name && split[i].index < split[j].index
	})
	for i := 0; i < len(split); {
		name := split[i].name
		var b strings.Builder
		charset := ""
		for ; i < len(split) && split[i].name == name; i++ {
			v := split[i].value
			if split[i].encoded {
				if split[i].index == 0 {
					if parts := strings.SplitN(v, "'", 3); len(parts) == 3 {
						charset, v = parts[0], parts[2]
					}
				}
				if u, err := url.PathUnescape(v); err == nil {
					v = u
				}
			}
			b.WriteString(v)
		}
		v := b.String()
		if charset != "" {
			if text, err := toUTF8([]byte(v), charset); err == nil {
				v = text
			}
		}
		params[name] = v
	}
	return params
}

// stripComments removes RFC 5322 comments outside quoted strings.
func stripComments(s string) string {
	if strings.IndexByte(s, '(') < 0 {
		return s
	}
	var b strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s):
			if depth == 0 {
				b.WriteString(s[i : i+2])
			}
			i++
			continue
		case c == '"' && depth == 0:
			quoted = !quoted
		case c == '(' && !quoted:
			depth++
			continue
		case c == ')' && !quoted && depth > 0:
			depth--
			continue
		}
		if depth == 0 {
			b.WriteByte(c)
		}
	}
	return b.String()
}
