package iodef

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// FromJSON converts the JSON form of RFC 8727 to a version 2 document. The
// result is not encoded yet: Encode checks it against the schema. The error is
// *Malformed if raw is no JSON, *Invalid if it holds members that RFC 8727
// does not know where they stand or values of the wrong kind.
func FromJSON(raw []byte) (*etree.Document, []Loss, error) {
	v, err := parseJSON(raw)
	if err != nil {
		return nil, nil, err
	}
	r := &jsonReader{}
	doc := etree.NewDocument()
	d := tables().decls[spaceV2]["IODEF-Document"]
	if d == nil {
		return nil, nil, &Invalid{}
	}
	doc.AddChild(r.element(d, v, "/IODEF-Document", ""))
	if len(r.findings) > 0 {
		return nil, nil, &Invalid{r.findings}
	}
	return doc, r.losses, nil
}

type jsonReader struct {
	findings []Finding
	losses   []Loss
}

func (r *jsonReader) refuse(path, rule, format string, args ...any) {
	r.findings = append(r.findings, Finding{Path: path, Rule: rule, Severity: Error, Schema: true, Text: fmt.Sprintf(format, args...)})
}

func (r *jsonReader) lose(path, text string) { r.losses = append(r.losses, Loss{path, text}) }

// element builds an element of declaration d. space is the default namespace
// around it.
func (r *jsonReader) element(d *decl, v any, path, space string) *etree.Element {
	e := etree.NewElement(d.name)
	if d.space != space {
		e.CreateAttr("xmlns", d.space)
	}
	o, isObject := v.(jsonObject)
	switch {
	case jsonBinary(d), d.name == "RawData":
		return r.fromXML(d, v, path, space)
	case d.space == spaceV1 && d.name == "Reference":
		r.oldReference(e, o, path)
		return e
	case d.name == "ObservableReference":
		e.CreateAttr("uid-ref", r.text(v, path))
		return e
	case d.name == "BulkObservableList":
		e.SetText(r.text(v, path))
		return e
	case !isObject && (d.text == nil || d.typeName != "MLStringType" && len(d.attrs) > 0):
		r.refuse(path, "json-type", "%s is an object", d.name)
		return e
	case !isObject:
		e.SetText(r.text(v, path))
		return e
	}
	r.members(e, d, o, path)
	return e
}

// text is a bare value.
func (r *jsonReader) text(v any, path string) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	r.refuse(path, "json-type", "a string or a number is expected")
	return ""
}

// members turns the members of an object into attributes, text and children.
func (r *jsonReader) members(e *etree.Element, d *decl, o jsonObject, path string) {
	var children []*etree.Element
	for _, p := range o {
		at := path + "/" + p.key
		if a := jsonAttribute(d, p.key); a != nil {
			r.attribute(e, a, d, p.value, path)
			continue
		}
		if p.key == jsonText(d.name) && (d.text != nil || d.wild) {
			r.content(e, d, o, p.value, at)
			continue
		}
		found, ok := r.child(d, p, at)
		if !ok {
			r.refuse(path, "json-member", "%s has no member %s", d.name, quote(p.key))
		}
		children = append(children, found...)
	}
	inModelOrder(d, children)
	for _, c := range children {
		e.AddChild(c)
	}
}

func jsonAttribute(d *decl, key string) *attrDecl {
	for i := range d.attrs {
		if jsonMember(d.attrs[i].name) == key {
			return &d.attrs[i]
		}
	}
	return nil
}

func (r *jsonReader) attribute(e *etree.Element, a *attrDecl, d *decl, v any, path string) {
	value := xmlValue(d.name, a.name, r.text(v, path+"/@"+a.name))
	switch {
	case d.name == "IODEF-Document" && a.name == "version" && (value == "2.0" || value == "2.00"):
		value = string(V2)
	case a.name == "dtype" && value == "json":
		value = "ext-value"
		e.CreateAttr("ext-dtype", "json")
	}
	e.CreateAttr(a.label(), value)
}

// content sets the text of a class.
func (r *jsonReader) content(e *etree.Element, d *decl, o jsonObject, v any, path string) {
	value := r.text(v, path)
	switch {
	case d.name == "Confidence":
		rating := o.at("rating")
		if numeric := rating != nil && rating.value == "numeric"; numeric || value != "0" {
			e.SetText(value)
		}
	case d.wild && o.at("dtype") != nil && o.at("dtype").value == "xml", d.wild && !d.mixed:
		inside, err := Parse([]byte("<x>" + value + "</x>"))
		if err != nil {
			r.lose(path, "dtype is xml, but the value is no XML: it is kept as text")
			e.SetText(value)
			return
		}
		holder := etree.NewElement("x")
		copyContent(holder, inside.top, spaceV2)
		for _, t := range slices.Clone(holder.Child) {
			e.AddChild(t)
		}
	default:
		e.SetText(value)
	}
}

// child builds the elements that a member stands for.
func (r *jsonReader) child(d *decl, p jsonPair, path string) ([]*etree.Element, bool) {
	if d.model == nil {
		return nil, false
	}
	if d.name == "Assessment" && p.key == "Impact" {
		return r.impacts(d, p.value, path), true
	}
	for i, pos := range d.model.positions {
		if pos.decl == nil {
			continue
		}
		if jsonMember(pos.decl.name) == p.key && !jsonFlat(pos.decl.name) && !(d.name == "Assessment" && jsonImpact(p.key)) {
			all := r.several(pos.decl, p.value, d.model.repeats(i), path, d.space)
			if pos.decl.name == "SoftwareReference" {
				all = append(all, r.softwareText(p.value, all, path)...)
			}
			return all, true
		}
		if !jsonFlat(pos.decl.name) {
			continue
		}
		for _, inner := range pos.decl.model.positions {
			if inner.decl != nil && inner.decl.name == p.key {
				wrapper := etree.NewElement(pos.decl.name)
				for _, e := range r.several(inner.decl, p.value, true, path, pos.decl.space) {
					wrapper.AddChild(e)
				}
				return list(wrapper), true
			}
		}
	}
	return nil, false
}

// several builds one element, or one for each value of an array.
func (r *jsonReader) several(d *decl, v any, array bool, path, space string) []*etree.Element {
	a, isArray := v.([]any)
	switch {
	case array && !isArray:
		r.refuse(path, "json-type", "%s is an array", jsonMember(d.name))
		return nil
	case !array && isArray:
		r.refuse(path, "json-type", "%s is no array", jsonMember(d.name))
		return nil
	case !array:
		return list(r.element(d, v, path, space))
	case len(a) == 0:
		r.refuse(path, "json-type", "the array %s is empty; leave it out", jsonMember(d.name))
	}
	var all []*etree.Element
	for i, x := range a {
		all = append(all, r.element(d, x, fmt.Sprintf("%s[%d]", path, i+1), space))
	}
	return all
}

// impacts reads the array Impact: objects of one member, its kind.
func (r *jsonReader) impacts(d *decl, v any, path string) []*etree.Element {
	a, _ := v.([]any)
	if len(a) == 0 {
		r.refuse(path, "json-type", "Impact is an array of objects")
	}
	var all []*etree.Element
	for i, x := range a {
		o, _ := x.(jsonObject)
		at := fmt.Sprintf("%s[%d]", path, i+1)
		if len(o) != 1 || !jsonImpact(o[0].key) {
			r.refuse(at, "json-type", "an Impact has one member: SystemImpact, BusinessImpact, TimeImpact, MonetaryImpact or IntendedImpact")
			continue
		}
		all = append(all, r.element(tables().decls[spaceV2][o[0].key], o[0].value, at+"/"+o[0].key, d.space))
	}
	return all
}

// softwareText moves the text of a SoftwareReference, which the XML schema
// forbids, into a Description beside it.
func (r *jsonReader) softwareText(v any, built []*etree.Element, path string) []*etree.Element {
	o, _ := v.(jsonObject)
	p := o.at("value")
	if p == nil || len(built) != 1 || len(built[0].ChildElements()) > 0 {
		return nil
	}
	value := r.text(p.value, path)
	for len(built[0].Child) > 0 {
		built[0].RemoveChildAt(0)
	}
	if value == "" {
		return nil
	}
	r.lose(path, "the text of SoftwareReference, which the XML schema forbids, becomes a Description beside it")
	return list(text("Description", value))
}

// fromXML rebuilds an element that JSON carries as XML in base64.
func (r *jsonReader) fromXML(d *decl, v any, path, space string) *etree.Element {
	e := etree.NewElement(d.name)
	if d.space != space {
		e.CreateAttr("xmlns", d.space)
	}
	raw, err := base64.StdEncoding.DecodeString(r.text(v, path))
	var inside *Document
	if err == nil {
		inside, err = Parse([]byte("<x>" + string(raw) + "</x>"))
	}
	if err != nil {
		r.refuse(path, "json-type", "%s is XML in base64", d.name)
		return e
	}
	if d.name == "RawData" {
		e.CreateAttr("dtype", "xml")
		copyContent(e, inside.top, d.space)
		return e
	}
	x := inside.top.first
	if x == nil || x.next != nil || x.name != d.name || x.space != d.space {
		r.refuse(path, "json-type", "%s is an element of that name as XML in base64", d.name)
		return e
	}
	return copyElement(x, space)
}

// oldReference is the reverse of jsonWriter.oldReference.
func (r *jsonReader) oldReference(e *etree.Element, o jsonObject, path string) {
	var urls, texts []*etree.Element
	for _, p := range o {
		a, _ := p.value.([]any)
		switch p.key {
		case "URL":
			for _, v := range a {
				urls = append(urls, text("URL", r.text(v, path)))
			}
		case "Description":
			for _, v := range a {
				texts = append(texts, r.oldText(v, path))
			}
		case "ReferenceName":
			name, _ := p.value.(jsonObject)
			if id := name.at("ID"); id != nil {
				texts = slices.Insert(texts, 0, text("Description", r.text(id.value, path)))
				r.lose(path, "the specIndex of a reference inside SCI is dropped")
			}
		default:
			r.refuse(path, "json-member", "Reference has no member %s here", quote(p.key))
		}
	}
	if len(texts) == 0 {
		texts = list(text("Description", ""))
	}
	texts[0].Tag = "ReferenceName"
	for _, x := range slices.Concat(texts[:1], urls, texts[1:]) {
		e.AddChild(x)
	}
}

func (r *jsonReader) oldText(v any, path string) *etree.Element {
	o, ok := v.(jsonObject)
	if !ok {
		return text("Description", r.text(v, path))
	}
	d := text("Description", "")
	if p := o.at("value"); p != nil {
		d.SetText(r.text(p.value, path))
	}
	if p := o.at("lang"); p != nil {
		d.CreateAttr("lang", strings.TrimSpace(r.text(p.value, path)))
	}
	return d
}
