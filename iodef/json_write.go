package iodef

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
)

// ToJSON converts a version 2 document to the JSON form of RFC 8727. That form
// has no Flow and no order among the operands of an IndicatorExpression; what
// it cannot carry is listed. Defaults that it demands are written out. The
// bytes are the same for the same document.
//
// The error is *Invalid unless d is a valid version 2 document, known conflicts
// aside: there RFC 8727 takes the side of the prose.
func ToJSON(d *Document) ([]byte, []Loss, error) {
	if d.root == nil || d.Version() != V2 || !tolerable(d.faults) {
		return nil, nil, &Invalid{d.faults}
	}
	w := &jsonWriter{}
	if d.Wrapped() {
		w.lose(d.top, "the wrapper is dropped")
	}
	root := w.object(d.root)
	if root.at("version") == nil {
		root = append(jsonObject{{"version", string(V2)}}, root...)
	}
	var b bytes.Buffer
	writeJSON(&b, root, "\n")
	b.WriteByte('\n')
	return b.Bytes(), w.losses, nil
}

type jsonWriter struct{ losses []Loss }

func (w *jsonWriter) lose(e *Element, text string) {
	w.losses = append(w.losses, Loss{e.Path(), text})
}

// value is an element as JSON: bare where it has nothing but text.
func (w *jsonWriter) value(e *Element) any {
	d := e.decl
	switch {
	case jsonBinary(d):
		return base64.StdEncoding.EncodeToString([]byte(outerXML(e)))
	case d.name == "RawData":
		for _, a := range e.attrs {
			if a.Name != "dtype" {
				w.lose(e, "the attributes of RawData are dropped")
				break
			}
		}
		return base64.StdEncoding.EncodeToString([]byte(innerXML(e)))
	case d.space == spaceV1 && d.name == "Reference":
		return w.oldReference(e)
	case d.name == "ObservableReference":
		v, _ := e.Attr("uid-ref")
		return trimBlank(v)
	case d.name == "BulkObservableList":
		if len(e.attrs) > 0 || e.first != nil {
			w.lose(e, "attributes and elements in BulkObservableList are dropped")
		}
		return e.Text()
	case d.name == "Description" && e.parent.name == "RelatedActivity":
		if len(e.attrs) > 0 {
			w.lose(e, "JSON has only text here: its language is dropped")
		}
		return e.Text()
	case d.text != nil && (len(d.attrs) == 0 || d.typeName == "MLStringType" && len(e.attrs) == 0):
		return w.scalar(e, d.text, e.Text())
	}
	return w.object(e)
}

// scalar is text of a type: a number where the type is one.
func (w *jsonWriter) scalar(e *Element, t *simpleType, text string) any {
	if jsonNumeric(t) {
		n, ok := jsonNumber(trimBlank(text))
		if !ok {
			w.lose(e, "JSON has no such number; it is written as a string")
			return text
		}
		return n
	}
	if t.collapse {
		return trimBlank(text)
	}
	return text
}

var plainNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// jsonNumber writes a number of XML Schema as one of JSON.
func jsonNumber(s string) (json.Number, bool) {
	sign := ""
	s = strings.TrimPrefix(s, "+")
	if t, ok := strings.CutPrefix(s, "-"); ok {
		sign, s = "-", t
	}
	mantissa, exponent := s, ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent = s[:i], s[i:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if fraction != "" {
		fraction = "." + fraction
	}
	n := sign + whole + fraction + exponent
	return json.Number(n), plainNumber.MatchString(n)
}

// object is an element as a JSON object.
func (w *jsonWriter) object(e *Element) jsonObject {
	o := jsonObject{}
	d := e.decl
	for i := range d.attrs {
		a := &d.attrs[i]
		v, ok := e.Attr(a.label())
		if !ok {
			continue
		}
		if a.name == "ext-scope" {
			w.lose(e, "JSON has no ext-scope: it is dropped")
			continue
		}
		if a.typ.values != nil {
			v = jsonValue(e.name, a.name, trimBlank(v))
		}
		o.add(jsonMember(a.name), w.scalar(e, a.typ, v), false)
	}
	for _, a := range e.attrs {
		if d.attr(a.Space, a.Name) == nil {
			w.lose(e, "the attribute "+quote(a.Name)+" of another namespace is dropped")
		}
	}
	for _, r := range jsonRequired {
		if r.element == e.name && o.at(r.attr) == nil {
			o.add(r.attr, r.value, false)
			if a := d.attr("", r.attr); a.def == "" {
				w.lose(e, r.attr+" is missing, but JSON demands it: "+r.value)
			}
		}
	}
	w.content(&o, e)
	if p := o.at("ext-dtype"); p != nil && p.value == "json" && o.at("dtype").value == "ext-value" {
		o.at("dtype").value = "json" // a dtype that only JSON has
		o = remove(o, "ext-dtype")
	}
	return o
}

func remove(o jsonObject, key string) jsonObject {
	var kept jsonObject
	for _, p := range o {
		if p.key != key {
			kept = append(kept, p)
		}
	}
	return kept
}

// content adds text or children to the object of e.
func (w *jsonWriter) content(o *jsonObject, e *Element) {
	d := e.decl
	switch {
	case e.name == "Confidence":
		text := trimBlank(e.Text())
		if text == "" {
			text = "0" // JSON demands a number
			if e.AttrDefault("rating") == "numeric" {
				w.lose(e, "the number is missing, but JSON demands one: 0")
			}
		}
		o.add("value", w.scalar(e, d.text, text), false)
	case d.text != nil:
		o.add(jsonText(e.name), w.scalar(e, d.text, e.Text()), false)
	case d.wild:
		if e.first == nil && e.text == "" && e.name == "SoftwareReference" {
			return
		}
		if e.first == nil {
			o.add("value", e.text, false)
			return
		}
		if e.AttrDefault("dtype") != "xml" {
			w.lose(e, "the elements inside become text, since dtype is not xml")
		}
		o.add("value", innerXML(e), false)
	default:
		w.children(o, e, e)
	}
}

// children adds the children of e to the object of its class, which is owner's
// where e is a class that JSON does not have.
func (w *jsonWriter) children(o *jsonObject, e, owner *Element) {
	lastFlat, lastKey := "", ""
	for x := e.first; x != nil; x = x.next {
		if x.decl == nil {
			continue // foreign, in a wildcard: there is none in such a class
		}
		if jsonFlat(x.name) {
			if x.name == lastFlat {
				w.lose(x, "JSON knows no "+x.name+": its contents are put together with those of the one before")
			}
			lastFlat = x.name
			if len(x.attrs) > 0 {
				w.lose(x, "JSON knows no "+x.name+": its attributes are dropped")
			}
			w.children(o, x, owner)
			continue
		}
		key, array := jsonMember(x.name), e != owner || childRepeats(e.decl, x.decl)
		value := w.value(x)
		if jsonImpact(x.name) && e.name == "Assessment" {
			key, array, value = "Impact", true, jsonObject{{x.name, value}}
		}
		if key != lastKey && o.at(key) != nil && array {
			w.lose(x, "JSON cannot keep its place among elements of other names")
		}
		if o.add(key, value, array) {
			w.lose(x, "JSON has room for one "+x.name+" only; this one is dropped")
		}
		lastKey = key
	}
}

// childRepeats tells whether several of child may stand in the class d.
func childRepeats(d, child *decl) bool {
	for i := range d.model.positions {
		if d.model.positions[i].decl == child && d.model.repeats(i) {
			return true
		}
	}
	return false
}

// oldReference writes the Reference of version 1, which SCI has, as one of
// version 2: its name becomes the first Description.
func (w *jsonWriter) oldReference(e *Element) jsonObject {
	o := jsonObject{}
	for _, name := range [...]string{"URL", "ReferenceName", "Description"} {
		for x := range e.named(name) {
			if name == "URL" {
				o.add("URL", trimBlank(x.Text()), true)
				continue
			}
			if lang, ok := x.Attr("lang"); ok {
				o.add("Description", jsonObject{{"value", x.Text()}, {"lang", lang}}, true)
				continue
			}
			o.add("Description", x.Text(), true)
		}
	}
	return o
}

// writeJSON writes a value with two blanks of indent.
func writeJSON(b *bytes.Buffer, v any, newline string) {
	inner := newline + "  "
	switch v := v.(type) {
	case jsonObject:
		b.WriteByte('{')
		for i, p := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(inner)
			writeJSON(b, p.key, "")
			b.WriteString(": ")
			writeJSON(b, p.value, inner)
		}
		if len(v) > 0 {
			b.WriteString(newline)
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, x := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(inner)
			writeJSON(b, x, inner)
		}
		b.WriteString(newline + "]")
	case json.Number:
		b.WriteString(string(v))
	default:
		e := json.NewEncoder(b)
		e.SetEscapeHTML(false)
		if e.Encode(v) == nil {
			b.Truncate(b.Len() - 1) // the line end that Encode adds
		}
	}
}
