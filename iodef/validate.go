package iodef

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"
)

// maxFindings bounds the answer to a document that is all faults: 100,000
// elements with 64 bad attributes each would otherwise give millions.
const maxFindings = 10_000

// Validate gives every finding: breaches of the RFC's schema with its errata,
// breaches of the rules that only the prose states, and what is worth knowing.
// now is the time of reception, for the rules about the future and the past.
func (d *Document) Validate(now time.Time) []Finding { return d.ValidateWith(now, nil) }

// ValidateWith is Validate with more values for the enumerations of version 2:
// they are as good as those of the RFC, and noted.
func (d *Document) ValidateWith(now time.Time, registered Registry) []Finding {
	faults := d.faults
	if registered != nil {
		faults = d.without(registered)
	}
	c := &checker{doc: d, version: d.Version(), now: now}
	if d.reader != nil {
		c.findings = d.reader.findings[:0]
	} else {
		c.findings = make([]Finding, 0, len(faults)+16)
	}
	c.findings = append(c.findings, faults...)
	c.document()
	if d.root != nil {
		c.rules(d.root.first) // the root itself has none but those of the document
	}
	if byLine := func(a, b Finding) int { return a.Line - b.Line }; !slices.IsSortedFunc(c.findings, byLine) {
		slices.SortStableFunc(c.findings, byLine)
	}
	if d.reader != nil {
		d.reader.findings = c.findings
	}
	return c.findings
}

// structure checks the tree against the table and tells each element its
// declaration. The findings go to the memory given.
func (d *Document) structure(findings []Finding) {
	c := &checker{doc: d, version: d.Version(), table: tables(), findings: findings}
	if d.root == nil {
		c.noRoot()
	} else {
		if d.Wrapped() && !wraps(d.top) {
			c.add(d.top, "root", Error, true, "the document element is %s, not IODEF-Document; send the IODEF-Document inside it alone", quote(d.top.name))
		}
		c.element(d.root, c.table.decls[d.root.space][d.root.name])
		c.references()
	}
	d.faults, d.ids, d.unlisted = c.findings, c.ids, c.unlisted
}

// A checker collects findings.
type checker struct {
	doc        *Document
	version    Version
	table      *table
	now        time.Time
	findings   []Finding
	at         *Element // of the last finding, with its path and line
	path       string
	line       int
	column     int
	last       struct{ offset, lines, start int } // the furthest place so far, the line ends before it, where its line begins
	around     *Element                           // around the last one, with its path
	aroundPath string
	ids        map[string]*Element // xs:ID values
	idrefs     []idref
	unlisted   []unlistedValue

	state ruleState
}

type idref struct {
	value string
	at    *Element
}

func (c *checker) add(e *Element, rule string, severity Severity, schema bool, format string, args ...any) {
	if c.full() {
		return
	}
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	if e != c.at { // a fault seldom comes alone
		c.at, c.path = e, c.pathOf(e)
		c.line, c.column = c.placeOf(e)
	}
	c.findings = append(c.findings, Finding{
		Path: c.path, Rule: rule, Severity: severity, Line: c.line, Column: c.column, Schema: schema, Text: text,
	})
}

// pathOf is e.Path, with the path of the element around it kept for the next:
// faults stand close together.
func (c *checker) pathOf(e *Element) string {
	if e.parent == nil || e == c.doc.root {
		return e.Path()
	}
	if e.parent != c.around {
		c.around, c.aroundPath = e.parent, e.parent.Path()
	}
	c.doc.orderOnce.Do(c.doc.number)
	return string(e.appendStep(append(make([]byte, 0, 256), c.aroundPath...)))
}

// placeOf is the line and column of e. The faults come nearly in the order of
// the text: the lines from the last one on are counted.
func (c *checker) placeOf(e *Element) (line, column int) {
	offset, last := int(e.offset), &c.last
	if offset < last.offset {
		return c.doc.place(offset)
	}
	passed := c.doc.src[last.offset:offset]
	if n := strings.Count(passed, "\n"); n > 0 { // many documents are one line
		last.start = last.offset + strings.LastIndexByte(passed, '\n') + 1
		last.lines += n
	}
	last.offset = offset
	return last.lines + 1, offset - last.start + 1
}

// full tells whether another finding would be one too many; asked where the
// text of a finding costs something.
func (c *checker) full() bool { return len(c.findings) >= maxFindings }

// breach is a breach of the schema by an element of declaration d.
func (c *checker) breach(e *Element, d *decl, rule, format string, args ...any) {
	c.add(e, rule, Error, d.counts(c.version), format, args...)
}

// ruleConflict marks a fault that the RFC itself is at odds about.
const ruleConflict = "KNOWN-CONFLICT"

// conflict is a form that the schema refuses and the prose, or a later copy of
// the schema, demands: the sender is hardly to blame.
func (c *checker) conflict(e *Element, d *decl, format string, args ...any) {
	c.add(e, ruleConflict, Warning, d.counts(c.version), format+"; the RFC's text and its schema are at odds here", args...)
}

// element checks e as declared by d. nil: e is foreign, nothing is known.
func (c *checker) element(e *Element, d *decl) {
	e.decl = d
	if d == nil {
		c.foreign(e)
		return
	}
	c.attributes(e, d)
	switch {
	case d.text != nil:
		c.simpleContent(e, d)
	default:
		c.children(e, d)
		if !d.mixed {
			c.noText(e, d)
		}
	}
}

// foreign goes through an element that the table does not declare: what it
// declares may stand inside again.
func (c *checker) foreign(e *Element) {
	if c.version == V2 {
		c.foreignAttributes(e)
	}
	if c.doc.xsiTypes != nil {
		c.foreignType(e)
	}
	for child := e.first; child != nil; child = child.next {
		c.element(child, c.lax(child))
	}
}

// lax is the declaration that a wildcard finds for e, if it knows one.
func (c *checker) lax(e *Element) *decl {
	if c.version == V1 && e.space == spaceV2 {
		return nil
	}
	return c.table.global(e.space, e.name)
}

// attributes checks the attributes of e.
func (c *checker) attributes(e *Element, d *decl) {
	var seen uint64
	for i := range e.attrs {
		a := &e.attrs[i]
		at := -1
		for j, name := range d.attrNames {
			if name == a.Name && d.attrs[j].space == a.Space {
				at = j
				break
			}
		}
		if at >= 0 {
			seen |= 1 << at
			c.attributeValue(e, d, &d.attrs[at], a.Value)
			c.attributeRules(e, &d.attrs[at], a.Value)
			continue
		}
		if !d.anyAttr || a.Space == spaceXSI && (a.Name == "type" || a.Name == "nil") {
			c.unknownAttribute(e, d, a)
		}
	}
	if d.anyAttr {
		c.foreignAttributes(e)
	}
	for missing := d.required &^ seen; missing != 0; missing &= missing - 1 {
		a := &d.attrs[bits.TrailingZeros64(missing)]
		c.breach(e, d, "required-attribute", "attribute %s is required", a.label())
	}
}

func (a *attrDecl) label() string {
	if a.space == spaceXML {
		return "xml:" + a.name
	}
	return a.name
}

func (c *checker) unknownAttribute(e *Element, d *decl, a *Attr) {
	if a.Space == spaceXSI {
		switch a.Name {
		case "schemaLocation", "noNamespaceSchemaLocation":
			return
		case "nil":
			c.breach(e, d, "xsi-nil", "xsi:nil is not allowed; leave %s out if it is empty", e.name)
			return
		case "type":
			c.xsiType(e, d, a.Value)
			return
		}
	}
	hint := "remove it"
	switch {
	case a.Space == "" && a.Name == "lang" && d.attr(spaceXML, "lang") != nil:
		hint = "version 2.00 has xml:lang"
	case a.Space == spaceXML && a.Name == "lang" && d.attr("", "lang") != nil:
		hint = "version 1.00 has lang, not xml:lang"
	case a.Space != "":
		hint = "attributes of other namespaces are not allowed here; remove it"
	default:
		if near := nearest(a.Name, d); near != "" {
			hint = "perhaps " + near + " was meant"
		}
	}
	c.breach(e, d, "unknown-attribute", "%s has no attribute %s; %s", e.name, quote(a.Name), hint)
}

// nearest finds an attribute that differs in case or punctuation only.
func nearest(name string, d *decl) string {
	plain := strings.NewReplacer("-", "", "_", "").Replace
	for i := range d.attrs {
		if strings.EqualFold(plain(d.attrs[i].name), plain(name)) {
			return d.attrs[i].name
		}
	}
	return ""
}

// attributeValue checks one value against its declaration.
func (c *checker) attributeValue(e *Element, d *decl, a *attrDecl, raw string) {
	if a.typ.values != nil && !a.fixed {
		c.enumerated(e, d, a, raw)
		return
	}
	v, ok := a.typ.valid(raw)
	switch {
	case a.fixed && v != a.def:
		rule := "fixed-attribute"
		if d.name == "IODEF-Document" {
			rule = "DOC-VERSION"
		}
		c.breach(e, d, rule, "%s is %s; write %q", a.label(), quote(raw), a.def)
	case !ok && a.space == spaceXML && raw == "":
		// XML 1.0 itself allows xml:lang="": no language stated.
	case !ok:
		c.breach(e, d, "attribute-type", "%s is %s; write %s", a.label(), quote(raw), a.typ.want)
	default:
		c.identity(e, d, a.typ, v)
	}
}

// enumerated checks a value that is to be one of a list.
func (c *checker) enumerated(e *Element, d *decl, a *attrDecl, raw string) {
	v := raw
	if a.typ.collapse {
		v = trimBlank(raw)
	}
	switch found := a.typ.value(v); {
	case found == nil:
		c.breach(e, d, "enumeration", "%s is %s; allowed are %s", a.label(), quote(raw), a.typ.list())
		if d.space == spaceV2 && a.typ.value("ext-value") != nil {
			c.unlisted = append(c.unlisted, unlistedValue{len(c.findings) - 1, a.typ.name, v})
			c.should(e, ruleIANA, "%s may be a later entry of IANA's registry iodef2, group %s", quote(raw), a.typ.name)
		}
	case found.conflict:
		c.conflict(e, d, "%s is %s", a.label(), quote(v))
	}
}

// list names the values of an enumeration, for a finding.
func (t *simpleType) list() string {
	var b strings.Builder
	for _, v := range t.values {
		if v.conflict {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(v.value)
	}
	return b.String()
}

// simpleContent checks an element whose content is text of a type.
func (c *checker) simpleContent(e *Element, d *decl) {
	for child := e.first; child != nil; child = child.next {
		c.breach(child, d, "unexpected-element", "%s holds text only; remove the element %s", e.name, quote(child.name))
		if !d.counts(c.version) {
			c.element(child, c.lax(child))
		}
	}
	raw := e.text
	if e.first != nil {
		raw = e.Text()
	}
	v, ok := d.text.valid(raw)
	if !ok {
		c.breach(e, d, "text-type", "%s is %s; write %s", e.name, quote(raw), d.text.want)
		return
	}
	c.identity(e, d, d.text, v)
}

// noText reports text between elements.
func (c *checker) noText(e *Element, d *decl) {
	if e.solid {
		c.breach(e, d, "unexpected-text", "%s holds elements only; remove the text in it", e.name)
	} else if len(d.model.positions) == 1 && e.text != "" {
		c.breach(e, d, "unexpected-text", "%s is empty; write it without a blank inside", e.name)
	}
}
