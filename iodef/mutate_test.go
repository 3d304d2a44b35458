package iodef

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/beevik/etree"
)

// The mutator makes documents that are nearly right: whole trees with one to
// three changes of structure or value, and texts with a few octets changed.

// values that the schemas judge differently by type.
var mutantValues = []string{
	"", " ", "x", "0", "1", "-1", "+5", " 7 ", "007", "65536", "1.5", ".5", "5.", "1e3", "-INF", "INF", "NaN", "+INF", "0x1p3", "1e-60", "-0",
	"true", "2026-01-31T23:59:59Z", "2026-02-29T00:00:00Z", "2024-02-29T24:00:00Z", "2024-02-29T24:00:01Z", "12020-01-01T00:00:00+14:00",
	"-0044-03-15T12:00:00", "0000-01-01T00:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.123+09:00", "2026-1-1T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00+14:01",
	"en", "en-US", "english-language", "x-y-z-1", "1-en", "e_n", "Z", "+09:00", "+14:59", "+15:00", "09:00",
	"80", "80-90", "80,90-100", "80-", "80--90", ",80", "80, 90", "１２", "ext-value", "other", "default", "public", "private", "Private", " private ", "amber",
	"low", "high", "numeric", "xml", "string", "boolean", "unknown", "phishing", "1.00", "2.00", "2.0",
	"http://example.com/", "http://[::1]/", "::::%%", "a b", "%zz", "urn:x", "mailto:a@b", "#f", "//h:port/", "http://例え/", "a:b:c", "1:b", "?q=[1]",
	"abc", "a:b", "9lives", "id-1", "Beispiel äö", "日本語", "AAAA", "AAA=", "AA==", "AB==", "A===", "0aF", "0aFf", "name\twith\ttab", "line\nbreak",
}

type mutator struct {
	r     *rand.Rand
	docs  []*etree.Document
	names []string // every element name of every namespace
	attrs []string
	pool  []*etree.Element // elements to take copies of
}

func newMutator(t testing.TB, seed uint64) *mutator {
	readShared(t, "NOTES.md")
	m := &mutator{r: rand.New(rand.NewPCG(seed, 1))}
	files, _ := filepath.Glob(shared + "/*/*.xml")
	seen := map[string]bool{}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if verdict, _ := check(raw); verdict != VerdictValid || len(raw) > 40_000 {
			continue
		}
		doc := etree.NewDocument()
		if err := doc.ReadFromBytes(raw); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		m.docs = append(m.docs, doc)
		m.pool = append(m.pool, elementsOf(doc.Root())...)
	}
	for _, names := range tables().decls {
		for _, d := range names {
			if !seen[d.name] {
				seen[d.name] = true
				m.names = append(m.names, d.name)
			}
			for _, a := range d.attrs {
				if !seen["@"+a.name] {
					seen["@"+a.name] = true
					m.attrs = append(m.attrs, a.name)
				}
				for _, v := range a.typ.values {
					if !seen["="+v.value] {
						seen["="+v.value] = true
						mutantValues = append(mutantValues, v.value)
					}
				}
			}
		}
	}
	m.attrs = append(m.attrs, "xml:lang", "xml:space", "xsi:schemaLocation", "x:foreign")
	return m
}

func elementsOf(e *etree.Element) []*etree.Element {
	all := []*etree.Element{e}
	for _, c := range e.ChildElements() {
		all = append(all, elementsOf(c)...)
	}
	return all
}

func pick[T any](m *mutator, from []T) T { return from[m.r.IntN(len(from))] }

// tree gives a document with one to three changes.
func (m *mutator) tree() []byte {
	doc := pick(m, m.docs).Copy()
	root := doc.Root()
	root.CreateAttr("xmlns:xsi", spaceXSI)
	root.CreateAttr("xmlns:x", "urn:x")
	for _, p := range tablePrefixes[:4] {
		root.CreateAttr("xmlns:"+p[0], p[1])
	}
	root.CreateAttr("xmlns:v2", spaceV2)
	for range 1 + m.r.IntN(3) {
		m.change(root)
	}
	out, _ := doc.WriteToBytes()
	return out
}

func (m *mutator) change(root *etree.Element) {
	all := elementsOf(root)
	e := pick(m, all)
	switch m.r.IntN(16) {
	case 0:
		if e.Parent() != nil && e != root {
			e.Parent().RemoveChild(e)
		}
	case 1:
		if e != root {
			e.Parent().InsertChildAt(e.Index(), e.Copy())
		}
	case 2:
		if kids := e.ChildElements(); len(kids) > 1 {
			a, b := pick(m, kids), pick(m, kids)
			i := a.Index()
			e.RemoveChild(b)
			e.InsertChildAt(i, b)
		}
	case 3:
		e.Tag = pick(m, m.names)
	case 4:
		if len(e.Attr) > 0 {
			a := pick(m, e.Attr)
			if a.Space != "xmlns" && a.Key != "xmlns" {
				e.RemoveAttr(a.FullKey())
			}
		}
	case 5:
		e.CreateAttr(pick(m, m.attrs), pick(m, mutantValues))
	case 6, 7, 8:
		if len(e.Attr) > 0 {
			if a := &e.Attr[m.r.IntN(len(e.Attr))]; a.Space != "xmlns" && a.Key != "xmlns" {
				a.Value = pick(m, mutantValues)
			}
		}
	case 9, 10, 11:
		for range 8 { // prefer leaves
			if len(e.ChildElements()) > 0 {
				e = pick(m, all)
			}
		}
		e.SetText(pick(m, mutantValues))
	case 12:
		m.insert(e, pick(m, m.pool).Copy())
	case 13:
		e.Space = pick(m, []string{"", "x", "v1", "v2", "sci", "enum", "ds"})
	case 14:
		m.insert(e, etree.NewElement(pick(m, []string{"x:a", "v1:", "sci:", "ds:", ""})))
		kids := e.ChildElements()
		for _, k := range kids {
			if k.Tag == "" {
				k.Tag = pick(m, m.names)
			}
		}
	case 15:
		switch m.r.IntN(4) {
		case 0:
			m.insert(e, etree.NewComment(" c "))
		case 1:
			m.insert(e, etree.NewCData("data"))
		case 2:
			m.insert(e, etree.NewText(" \n"))
		case 3:
			m.insert(e, etree.NewText(pick(m, mutantValues)))
		}
	}
}

func (m *mutator) insert(e *etree.Element, t etree.Token) {
	e.InsertChildAt(m.r.IntN(len(e.Child)+1), t)
}

var mutantPieces = []string{
	"<", ">", "&", "&amp;", "&lt", "&#0;", "&#x41;", "&#65;", "&#xFFFE;", "&nbsp;", "]]>", "<![CDATA[", "<![CDATA[x]]>", "<!-- c -->", "<!-- -- -->", "<!--",
	"<?pi x?>", "<?pi?>", "<?xml version=\"1.0\"?>", "<?a:b x?>", " xmlns:a=\"\"", " xmlns=\"\"", " xmlns=\"urn:q\"", " xmlns:xml=\"urn:q\"", " a=\"1\" a=\"2\"", " z:a=\"1\"", "<z:a/>", "<:a/>", "<a:/>", "<1/>", "<é/>",
	"\"", "'", "=", "/", "/>", "</", "\x00", "\x01", "\xff", "\xed\xa0\x80", "\xc0\x80", "\uFFFE", "\u00A0", "\r\n", "\r", "\t", " ", "\u3042", "x", "0",
}

// text gives a document with octets changed.
func (m *mutator) text() []byte {
	out, _ := pick(m, m.docs).WriteToBytes()
	for range 1 + m.r.IntN(2) {
		at := m.r.IntN(len(out))
		switch m.r.IntN(4) {
		case 0:
			out = append(out[:at:at], out[min(len(out), at+1+m.r.IntN(4)):]...)
		case 1:
			out = append(out[:at:at], append([]byte(out[at:min(len(out), at+m.r.IntN(30))]), out[at:]...)...)
		default:
			out = append(out[:at:at], append([]byte(pick(m, mutantPieces)), out[at:]...)...)
		}
	}
	return out
}

var rootV2 = regexp.MustCompile(`xmlns(:iodef)?=["']` + spaceV2 + `["']`)

func isV2(raw []byte) bool {
	if d, err := Parse(raw); err == nil {
		return d.Version() == V2
	}
	return rootV2.Match(raw)
}
