package iodef

import (
	"strings"

	"github.com/beevik/etree"
)

// means converts Email, Telephone and Fax, which were text and are classes.
func (c *converter) means(e *Element) *etree.Element {
	name, value := e.name, "TelephoneNumber"
	switch e.name {
	case "Email":
		value = "EmailTo"
	case "Fax":
		name = "Telephone"
	}
	out := etree.NewElement(name)
	if e.name == "Fax" {
		out.CreateAttr("type", "fax")
	}
	out.AddChild(text(value, e.Text()))
	if meaning, ok := e.Attr("meaning"); ok {
		out.AddChild(text("Description", meaning))
	}
	return out
}

func (c *converter) postalAddress(e *Element) *etree.Element {
	out := etree.NewElement("PostalAddress")
	address := text("PAddress", e.Text())
	if lang, ok := e.Attr("lang"); ok {
		address.CreateAttr("xml:lang", lang)
	}
	out.AddChild(address)
	if meaning, ok := e.Attr("meaning"); ok {
		out.AddChild(text("Description", meaning))
	}
	return out
}

// impact splits Impact: how bad it was becomes SystemImpact, what kind of
// incident it was becomes IncidentCategory. RFC 7970 gives no table of the
// types, so guesses are left to others: the old type stays readable.
func (c *converter) impact(e *Element) []*etree.Element {
	kind := e.AttrDefault("type")
	named := kind
	if kind == "ext-value" {
		named, _ = e.Attr("ext-type")
	}
	out := etree.NewElement("SystemImpact")
	for _, name := range [...]string{"severity", "completion"} {
		if v, ok := e.Attr(name); ok {
			out.CreateAttr(name, v)
		}
	}
	switch kind {
	case "policy", "unknown":
		out.CreateAttr("type", kind)
	default:
		out.CreateAttr("type", "ext-value")
		out.CreateAttr("ext-type", named)
	}
	if trimBlank(e.Text()) != "" {
		out.AddChild(c.description(e, e.Text()))
	}
	return []*etree.Element{out, text("IncidentCategory", named)}
}

// confidence keeps a number only where the rating is numeric.
func (c *converter) confidence(e *Element) *etree.Element {
	out := etree.NewElement("Confidence")
	out.CreateAttr("rating", e.AttrDefault("rating"))
	value := trimBlank(e.Text())
	switch {
	case value == "":
	case e.AttrDefault("rating") == "numeric" && isFloat(value):
		out.SetText(value)
	default:
		c.lose(e, "the text of Confidence is dropped: only the rating numeric has one, a number")
	}
	return out
}

// nodeName makes a DomainData of a name; the time of the Node tells when it
// was looked up.
func (c *converter) nodeName(e *Element) *etree.Element {
	out := etree.NewElement("DomainData")
	out.CreateAttr("system-status", "unknown")
	out.CreateAttr("domain-status", "unknown")
	out.AddChild(text("Name", e.Text()))
	if _, ok := e.Attr("lang"); ok {
		c.lose(e, "the language of a host name is dropped")
	}
	if at := e.parent.Child("DateTime"); at != nil {
		out.AddChild(text("DateDomainWasChecked", trimBlank(at.Text())))
	}
	return out
}

// software writes the attributes of version 1 as a Description: the
// SoftwareReference of version 2 cannot hold text.
func (c *converter) software(e *Element) *etree.Element {
	out := etree.NewElement(e.name)
	for x := range e.named("URL") {
		out.AddChild(c.element(x))
	}
	var parts []string
	for _, a := range e.attrs {
		if a.Space == "" {
			parts = append(parts, a.Name+": "+a.Value)
		}
	}
	switch {
	case len(parts) > 0:
		out.AddChild(text("Description", strings.Join(parts, "; ")))
	case e.Child("URL") == nil:
		out.AddChild(text("Description", "unknown"))
	}
	return out
}
