package iodef

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The second mutator works on the source itself, by the offsets that the
// reader keeps: subtrees are moved as they are written, between documents too,
// and values are made for the type that the table gives them. The first one
// (mutate_test.go) works on trees that etree writes anew.

type sourceMutator struct {
	r    *rand.Rand
	docs []*Document
}

func newSourceMutator(t testing.TB, seed uint64) *sourceMutator {
	readShared(t, "NOTES.md")
	m := &sourceMutator{r: rand.New(rand.NewPCG(seed, 2))}
	files, _ := filepath.Glob(shared + "/*/*.xml")
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if d, err := Parse(raw); err == nil && len(raw) <= 40_000 && Verdict(d.Validate(testNow)) == VerdictValid && !d.Wrapped() && !d.utf16 {
			m.docs = append(m.docs, d)
		}
	}
	return m
}

func (m *sourceMutator) one(from ...string) string { return from[m.r.IntN(len(from))] }

// An edit replaces src[from:to].
type edit struct {
	from, to int
	with     string
}

func (d *Document) elements() []*Element {
	var all []*Element
	for e := range d.top.All() {
		all = append(all, e)
	}
	return all
}

// mutant is a document with one edit.
func (m *sourceMutator) mutant() []byte {
	d := m.docs[m.r.IntN(len(m.docs))]
	all := d.elements()
	e := all[m.r.IntN(len(all))]
	var x edit
	switch m.r.IntN(10) {
	case 0, 1, 2:
		x = m.attributeValue(d, all)
	case 3, 4:
		x = m.textValue(d, all)
	case 5, 6:
		x = m.structure(d, all, e)
	case 7:
		x = m.namespace(d, e)
	case 8:
		x = m.standardAttribute(d, e)
	default:
		x = m.character(d)
	}
	return []byte(d.src[:x.from] + x.with + d.src[x.to:])
}

// startTag gives the bounds of the start tag of e, without its < and > or />.
func (d *Document) startTag(e *Element) (from, to int) {
	quote := byte(0)
	for i := int(e.offset) + 1; ; i++ {
		c := d.src[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			if d.src[i-1] == '/' {
				i--
			}
			return int(e.offset) + 1, i
		}
	}
}

// attributeValue changes the value of an attribute to another of, or nearly of,
// its type, or adds an attribute that the class has.
func (m *sourceMutator) attributeValue(d *Document, all []*Element) edit {
	for range 50 {
		e := all[m.r.IntN(len(all))]
		if e.decl == nil || len(e.decl.attrs) == 0 {
			continue
		}
		a := &e.decl.attrs[m.r.IntN(len(e.decl.attrs))]
		from, to := d.startTag(e)
		value := attributeEscape(m.value(a.typ))
		if old, ok := e.Attr(a.label()); ok {
			tag := d.src[from:to]
			for _, q := range []string{`"`, `'`} {
				was := a.label() + "=" + q + old + q
				if i := strings.Index(tag, " "+was); i >= 0 {
					if m.r.IntN(12) == 0 {
						return edit{from + i, from + i + 1 + len(was), ""}
					}
					return edit{from + i + 1, from + i + 1 + len(was), a.label() + `="` + value + `"`}
				}
			}
			continue
		}
		if a.space != "" && a.space != spaceXML {
			continue
		}
		return edit{to, to, " " + a.label() + `="` + value + `"`}
	}
	return edit{}
}

func attributeEscape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\n", "&#10;", "\t", "&#9;").Replace(s)
}

// textValue changes the text of an element that has a type.
func (m *sourceMutator) textValue(d *Document, all []*Element) edit {
	for range 80 {
		e := all[m.r.IntN(len(all))]
		if e.decl == nil || e.decl.text == nil || e.first != nil || e.decl.text.name == "string" && m.r.IntN(20) > 0 {
			continue
		}
		_, to := d.startTag(e)
		value := strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(m.value(e.decl.text))
		if m.r.IntN(6) == 0 { // in pieces
			i := m.r.IntN(len(value) + 1)
			for i > 0 && i < len(value) && (value[i]&0xC0 == 0x80 || strings.Contains(value, "&")) {
				i--
			}
			value = value[:i] + m.one("<!-- c -->", "<?p i?>", "<![CDATA[]]>") + value[i:]
		}
		name := d.src[e.offset+1 : e.offset+1+e.tag]
		return edit{to, int(e.end), ">" + value + "</" + name + ">"}
	}
	return edit{}
}

// structure moves, doubles, swaps, drops and wraps subtrees.
func (m *sourceMutator) structure(d *Document, all []*Element, e *Element) edit {
	if e == d.top {
		e = all[len(all)-1]
	}
	whole := func(e *Element) string { return e.doc.src[e.offset:e.end] }
	switch m.r.IntN(8) {
	case 0:
		return edit{int(e.offset), int(e.end), ""}
	case 1:
		return edit{int(e.end), int(e.end), whole(e)}
	case 2: // swap with the next
		if e.next == nil {
			return edit{int(e.offset), int(e.end), ""}
		}
		between := d.src[e.end:e.next.offset]
		return edit{int(e.offset), int(e.next.end), whole(e.next) + between + whole(e)}
	case 3: // another element of the document in its place
		return edit{int(e.offset), int(e.end), whole(all[m.r.IntN(len(all))])}
	case 4: // one of another document
		o := m.docs[m.r.IntN(len(m.docs))].elements()
		return edit{int(e.offset), int(e.end), whole(o[m.r.IntN(len(o))])}
	case 5: // beside it, one of the same parent's kind
		o := m.docs[m.r.IntN(len(m.docs))].elements()
		x := o[m.r.IntN(len(o))]
		for range 40 {
			if x.parent != nil && e.parent != nil && x.parent.name == e.parent.name {
				break
			}
			x = o[m.r.IntN(len(o))]
		}
		at := int(e.offset)
		if m.r.IntN(2) == 0 {
			at = int(e.end)
		}
		return edit{at, at, whole(x)}
	case 6: // without its tag: the children stand in the parent
		_, to := d.startTag(e)
		if d.src[to] == '/' {
			return edit{int(e.offset), int(e.end), ""}
		}
		inner := d.src[to+1 : e.end]
		return edit{int(e.offset), int(e.end), inner[:strings.LastIndex(inner, "</")]}
	default: // all content gone, or blank
		_, to := d.startTag(e)
		name := d.src[e.offset+1 : e.offset+1+e.tag]
		return edit{to, int(e.end), m.one("/>", "></"+name+">", "> </"+name+">", "><!-- --></"+name+">", "><?p?></"+name+">", "> \n<!-- --></"+name+">", ">x</"+name+">", ">&#32;</"+name+">", "><![CDATA[x]]></"+name+">")}
	}
}

var gameSpaces = []string{spaceV1, spaceV2, spaceSCI, spaceEnum, spacePhish, spaceDS, "urn:x", "", spaceXSI}

// namespace declares, undeclares and renames.
func (m *sourceMutator) namespace(d *Document, e *Element) edit {
	from, to := d.startTag(e)
	name := d.src[from : from+int(e.tag)]
	space := m.one(gameSpaces...)
	local := e.name
	end := d.src[to:e.end]
	inner, hasEnd := "", false
	if i := strings.LastIndex(end, "</"); i >= 0 && end[0] == '>' {
		inner, hasEnd = end[1:i], true
	}
	rest := d.src[from+int(e.tag) : to]
	build := func(name, attrs string) edit {
		s := "<" + name + attrs + rest
		if hasEnd {
			s += ">" + inner + "</" + name + ">"
		} else {
			s += "/>"
		}
		return edit{int(e.offset), int(e.end), s}
	}
	switch m.r.IntN(9) {
	case 0:
		return edit{to, to, ` xmlns="` + space + `"`}
	case 1:
		return build("g:"+local, ` xmlns:g="`+space+`"`)
	case 2:
		return build("g:"+local, ` xmlns:g="`+e.space+`"`)
	case 3:
		return build(name, ` xmlns:iodef="`+space+`" xmlns:ds="`+m.one(gameSpaces...)+`"`)
	case 4:
		return edit{to, to, ` xmlns:g="` + space + `" g:` + m.one("restriction", "lang", "type", "nil", "id") + `="` + m.one("public", "en", "true", "x") + `"`}
	case 5:
		return build(m.one("g:", "xml:", "xmlns:", ":", "G-", "g.1")+local, "")
	case 6: // the same name, another case
		return build(strings.ToLower(name), "")
	case 7:
		return edit{to, to, ` xmlns:g="urn:g" xmlns:h="urn:g" g:a="1" ` + m.one("h", "g", "i") + `:` + m.one("a", "b") + `="2"`}
	default:
		return build("v:"+local, ` xmlns:v="`+m.one(spaceV1, spaceV2)+`"`)
	}
}

// standardAttribute adds one of the attributes of XML and of XML Schema.
func (m *sourceMutator) standardAttribute(d *Document, e *Element) edit {
	_, to := d.startTag(e)
	typeName := "string"
	if e.decl != nil {
		typeName = e.decl.typeName
	}
	add := m.one(
		`xml:lang="`+m.value(builtin("language"))+`"`, `xml:lang=""`, `xml:space="`+m.one("default", "preserve", " default ", "", "x")+`"`,
		`xml:base="`+attributeEscape(m.value(builtin("anyURI")))+`"`, `xml:id="`+m.value(builtin("NCName"))+`"`, `xml:foo="x"`,
		`xsi:nil="`+m.one("true", "false", "1", "0", "x", "")+`"`, `xsi:schemaLocation="`+m.one("a b", "a", "", "urn:x y.xsd", spaceV2+" none.xsd")+`"`,
		`xsi:noNamespaceSchemaLocation="`+m.one("a", "", "a b")+`"`, `xsi:foo="x"`,
		`xmlns:i="`+e.space+`" xsi:type="`+m.one("i:", "", "x:")+m.one(typeName, "MLStringType", "ExtensionType", "nothing")+`"`,
		`xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:`+m.one("string", "integer", "int", "dateTime", "anyURI", "token", "float", "anyType")+`"`)
	return edit{to, to, ` xmlns:xsi="` + spaceXSI + `" ` + strings.ReplaceAll(add, "<", "&lt;")}
}

// character changes one character anywhere.
func (m *sourceMutator) character(d *Document) edit {
	at := m.r.IntN(len(d.src))
	for d.src[at]&0xC0 == 0x80 {
		at--
	}
	end := at + 1
	for end < len(d.src) && d.src[end]&0xC0 == 0x80 {
		end++
	}
	switch m.r.IntN(4) {
	case 0:
		return edit{at, end, ""}
	case 1:
		return edit{at, end, string(rune(0x20 + m.r.IntN(0x5F)))}
	case 2:
		return edit{at, at, string(rune(0x20 + m.r.IntN(0x5F)))}
	default:
		return edit{at, at, m.one("\u00A0", "\u0085", "\u2028", "\u0301", "\u00B7", "é", "日", "\U0001F600", "\uFFFD", "\uFFFE", "\x7F", "\x1B", "\t", "\r", "\n", "&#xD;", "&#10;", "&#9;", "&#xD800;", "&#x110000;", "&apos;", "&quot;", "&gt;", "&#x0041;", "&#00065;", "&#X41;", "&# 65;", "&lt;!--")}
	}
}

func TestSourceMutantsAgreeWithLibxml2(t *testing.T) {
	seed, n := uint64(20261128), 3000
	if testing.Short() {
		n = 500
	}
	if s := os.Getenv("IODEF_MUTANTS"); s != "" {
		fmt.Sscanf(s, "%d,%d", &seed, &n)
	}
	m := newSourceMutator(t, seed)
	var docs [][]byte
	for range n {
		docs = append(docs, m.mutant())
	}
	compareWithOracle(t, docs)
}
