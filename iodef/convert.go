package iodef

import (
	"regexp"
	"strings"

	"github.com/beevik/etree"
)

// ToV2 converts a version 1 document to version 2, by the differences that
// NOTES part 7 lists. What version 2 has no place for is put into text where
// that keeps it, and is listed. The result is not encoded yet: Encode checks
// it.
//
// Two choices: GenerationTime, which version 1 lacks, is the ReportTime, so
// that the same document always gives the same bytes. A restriction that
// RFC 5070's schema would add as "default" is written out as the value that
// holds (see Element.Restriction); its "public" for a silent IncidentID is not
// a statement of anyone and is left to inheritance.
//
// The error is *Invalid unless d is a valid version 1 document.
func ToV2(d *Document) (*etree.Document, []Loss, error) {
	if d.root == nil || d.Version() != V1 || Verdict(d.faults) != VerdictValid {
		return nil, nil, &Invalid{d.faults}
	}
	c := &converter{}
	if d.Wrapped() {
		c.lose(d.top, "the wrapper is dropped")
	}
	doc := etree.NewDocument()
	doc.AddChild(c.element(d.root))
	return doc, c.losses, nil
}

type converter struct{ losses []Loss }

func (c *converter) lose(e *Element, text string) {
	c.losses = append(c.losses, Loss{e.Path(), text})
}

// element converts an element of version 1 with all it holds.
func (c *converter) element(e *Element) *etree.Element {
	switch e.name {
	case "AdditionalData", "RecordItem":
		return c.extension(e)
	}
	out := etree.NewElement(e.name)
	if e.name == "IODEF-Document" {
		out.CreateAttr("xmlns", spaceV2)
		out.CreateAttr("version", string(V2))
	}
	c.attributes(out, e)
	if e.decl.text != nil {
		out.SetText(c.value(e))
		return out
	}
	var children []*etree.Element
	for x := e.first; x != nil; x = x.next {
		children = append(children, c.child(e, x, out)...)
	}
	children = append(children, c.additions(e)...)
	inModelOrder(tables().decls[spaceV2][e.name], children)
	for _, x := range children {
		out.AddChild(x)
	}
	return out
}

// value is the text of a simple element: times lose the blanks around them,
// which version 2 readers may refuse.
func (c *converter) value(e *Element) string {
	if e.decl.text.collapse {
		return trimBlank(e.Text())
	}
	return e.Text()
}

// attributes copies the attributes under their new names.
func (c *converter) attributes(out *etree.Element, e *Element) {
	for i := range e.attrs {
		a := &e.attrs[i]
		name := a.Name
		switch {
		case a.Space != "", name == "version" && e.name == "IODEF-Document":
			continue // schema locations name a schema of version 1
		case name == "lang":
			name = "xml:lang"
		case name == "formatid" && e.name == "IODEF-Document":
			name = "format-id"
		case name == "ip_protocol":
			name = "ip-protocol"
		}
		if name == "restriction" && trimBlank(a.Value) == "need-to-know" {
			c.lose(e, "need-to-know is kept, but is narrower in version 2: it stays in the recipient's organisation")
		}
		out.CreateAttr(name, a.Value)
	}
	if _, ok := e.Attr("restriction"); !ok && e.defaultsToPolicy() {
		out.CreateAttr("restriction", e.Restriction().Value)
	}
	switch e.name {
	case "Address":
		c.addressCategory(out, e)
	case "TimeImpact":
		if _, ok := e.Attr("duration"); !ok {
			out.CreateAttr("duration", "hour") // the default of RFC 5070 section 3.10.2
		}
	case "RegistryHandle":
		if _, ok := e.Attr("registry"); !ok {
			out.CreateAttr("registry", "local") // the default of RFC 5070 section 3.7.1
		}
	case "Counter":
		c.counter(out, e)
	}
}

// addressCategory: the default changed from ipv4-addr to ipv6-addr.
func (c *converter) addressCategory(out *etree.Element, e *Element) {
	category := e.AttrDefault("category")
	if category == "ipv6-net-mask" {
		out.CreateAttr("ext-category", category)
		category = "ext-value"
	}
	out.CreateAttr("category", category)
}

// counter: the type of version 1 is the unit of version 2.
func (c *converter) counter(out *etree.Element, e *Element) {
	out.CreateAttr("unit", e.AttrDefault("type"))
	out.RemoveAttr("type")
	if ext, ok := e.Attr("ext-type"); ok {
		out.RemoveAttr("ext-type")
		out.CreateAttr("ext-unit", ext)
	}
	kind := "counter"
	if _, ok := e.Attr("duration"); ok {
		kind = "rate"
	}
	out.CreateAttr("type", kind)
}

// child converts a child x of e; what belongs to e itself is set on out.
func (c *converter) child(e, x *Element, out *etree.Element) []*etree.Element {
	switch x.name {
	case "Email", "Telephone", "Fax":
		return list(c.means(x))
	case "PostalAddress":
		return list(c.postalAddress(x))
	case "Reference":
		return list(c.reference(x))
	case "Impact":
		return c.impact(x)
	case "Confidence":
		return list(c.confidence(x))
	case "NodeName":
		return list(c.nodeName(x))
	case "NodeRole":
		return nil // see additions of System
	case "DateTime":
		if e.name == "Node" {
			return nil // likewise
		}
	case "Application", "OperatingSystem":
		return list(c.software(x))
	case "AdditionalData":
		if e.name == "Method" {
			if moved := c.structured(x); moved != nil {
				return moved
			}
		}
	}
	return list(c.element(x))
}

func list(e *etree.Element) []*etree.Element { return []*etree.Element{e} }

// additions are children that version 2 wants in another place.
func (c *converter) additions(e *Element) []*etree.Element {
	switch e.name {
	case "Incident":
		return list(text("GenerationTime", trimBlank(e.Child("ReportTime").Text())))
	case "System":
		return c.fromNode(e.Child("Node"))
	case "Node":
		if e.Child("NodeName") == nil && e.Child("Address") == nil {
			c.lose(e, "a Node of version 2 needs a name or an address: an empty Address of category ext-value stands in")
			a := text("Address", "")
			a.CreateAttr("category", "ext-value")
			a.CreateAttr("ext-category", "none")
			return list(a)
		}
	}
	return nil
}

// fromNode gives what moved from Node to System: NodeRole, and the time of a
// Node that has no name to tie it to.
func (c *converter) fromNode(node *Element) []*etree.Element {
	var all []*etree.Element
	for x := range node.named("NodeRole") {
		role := etree.NewElement("NodeRole")
		for _, a := range x.attrs {
			if a.Space == "" && a.Name != "lang" {
				role.CreateAttr(a.Name, a.Value)
			}
		}
		if trimBlank(x.Text()) != "" {
			role.AddChild(c.description(x, x.Text()))
		} else if x.Text() != "" {
			c.lose(x, "blanks in NodeRole are dropped")
		}
		all = append(all, role)
	}
	if at := node.Child("DateTime"); at != nil && node.Child("NodeName") == nil {
		data := text("AdditionalData", trimBlank(at.Text()))
		data.CreateAttr("dtype", "date-time")
		data.CreateAttr("meaning", "Node/DateTime")
		all = append(all, data)
	}
	return all
}

func text(name, value string) *etree.Element {
	e := etree.NewElement(name)
	e.SetText(value)
	return e
}

// description makes a Description in the language of x.
func (c *converter) description(x *Element, value string) *etree.Element {
	d := text("Description", value)
	if lang, ok := x.Attr("lang"); ok {
		d.CreateAttr("xml:lang", lang)
	}
	return d
}

var cveName = regexp.MustCompile(`^\s*(CVE-[0-9]{4}-[0-9]{4,19})\s*$`)

// reference: only names of a registered enumeration fit the new ReferenceName
// (RFC 7495); CVE is its first entry. Other names become a Description.
func (c *converter) reference(e *Element) *etree.Element {
	out := etree.NewElement("Reference")
	name := e.Child("ReferenceName")
	cve := cveName.FindStringSubmatch(name.Text())
	if cve != nil {
		r := out.CreateElement("ReferenceName")
		r.CreateAttr("xmlns", spaceEnum)
		r.CreateAttr("specIndex", "1")
		r.CreateElement("ID").SetText(cve[1])
		if _, ok := name.Attr("lang"); ok {
			c.lose(name, "the language of a CVE name is dropped")
		}
	}
	for x := range e.named("URL") {
		out.AddChild(c.element(x))
	}
	if cve == nil {
		out.AddChild(c.description(name, name.Text()))
	}
	for x := range e.named("Description") {
		out.AddChild(c.element(x))
	}
	return out
}

// structured takes attack patterns and the like of RFC 7203 out of an
// AdditionalData that holds nothing else: version 2 has a place for them.
func (c *converter) structured(e *Element) []*etree.Element {
	if len(e.attrs) != 1 || e.AttrDefault("dtype") != "xml" || e.first == nil || !allBlank(e.Text()) {
		return nil
	}
	var all []*etree.Element
	for x := e.first; x != nil; x = x.next {
		if x.space != spaceSCI || !strings.Contains(" AttackPattern Vulnerability Weakness ", " "+x.name+" ") {
			return nil
		}
		all = append(all, copyElement(x, spaceV2))
	}
	return all
}

// extension copies an AdditionalData or RecordItem with its foreign content.
func (c *converter) extension(e *Element) *etree.Element {
	out := etree.NewElement(e.name)
	c.attributes(out, e)
	copyContent(out, e, spaceV2)
	return out
}
