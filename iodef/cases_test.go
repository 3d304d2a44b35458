package iodef

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// minimal documents that give nothing above info.
const (
	minimalV1 = `<?xml version="1.0" encoding="UTF-8"?>
<IODEF-Document version="1.00" lang="en" xmlns="urn:ietf:params:xml:ns:iodef-1.0"><Incident purpose="reporting"><IncidentID name="csirt.example.com">1</IncidentID><ReportTime>2020-01-01T00:00:00Z</ReportTime><Assessment><Impact type="dos"/></Assessment><Contact role="creator" type="organization"><ContactName>CSIRT</ContactName></Contact></Incident></IODEF-Document>
`
	minimalV2 = `<?xml version="1.0" encoding="UTF-8"?>
<IODEF-Document version="2.00" xml:lang="en" xmlns="urn:ietf:params:xml:ns:iodef-2.0"><Incident purpose="reporting"><IncidentID name="csirt.example.com">1</IncidentID><GenerationTime>2020-01-01T00:00:00Z</GenerationTime><Contact role="creator" type="organization"><ContactName>CSIRT</ContactName></Contact></Incident></IODEF-Document>
`
)

// withV2 puts more into the minimal version 2 incident: after the contact.
func withV2(inside string) string {
	return strings.Replace(minimalV2, "</Incident>", inside+"</Incident>", 1)
}

func withV1(inside string) string {
	return strings.Replace(minimalV1, "</Incident>", inside+"</Incident>", 1)
}

func wantMalformed(t *testing.T, name, doc string) {
	t.Helper()
	_, err := Parse([]byte(doc))
	var m *Malformed
	if !errors.As(err, &m) {
		t.Errorf("%s: got %v, want *Malformed", name, err)
	}
}

func TestMinimalDocumentsAreClean(t *testing.T) {
	for _, doc := range []string{minimalV1, minimalV2} {
		for _, f := range mustParse(t, []byte(doc)).Validate(testNow) {
			if f.Severity != Info {
				t.Error(f)
			}
		}
	}
}

func TestCase_66_EntitiesAndFetchesAreRefusedOrIgnored(t *testing.T) {
	body := strings.TrimPrefix(minimalV2, `<?xml version="1.0" encoding="UTF-8"?>`)
	for name, dtd := range map[string]string{
		"billion laughs":   `<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>`,
		"quadratic":        `<!DOCTYPE a [<!ENTITY a "` + strings.Repeat("a", 50_000) + `">]>`,
		"external file":    `<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>`,
		"external http":    `<!DOCTYPE a SYSTEM "http://192.0.2.1/x.dtd">`,
		"parameter entity": `<!DOCTYPE a [<!ENTITY % p SYSTEM "http://192.0.2.1/">%p;]>`,
	} {
		wantMalformed(t, name, `<?xml version="1.0" encoding="UTF-8"?>`+dtd+body)
	}
	wantMalformed(t, "unknown entity", strings.Replace(minimalV2, "CSIRT<", "&xxe;<", 1))
	// XInclude is a foreign element, a style sheet is dropped, a schema location
	// is never opened: the package has no code that could open anything.
	include := withV2(`<AdditionalData dtype="xml"><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/></AdditionalData>`)
	d := mustParse(t, []byte(strings.Replace(include, "<IODEF-Document", `<?xml-stylesheet href="http://192.0.2.1/"?><IODEF-Document xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:ietf:params:xml:ns:iodef-2.0 http://192.0.2.1/x.xsd"`, 1)))
	findings := d.Validate(testNow)
	if Verdict(findings) != VerdictValid {
		t.Errorf("got %v", findings)
	}
	if !hasRule(findings, "processing-instruction") {
		t.Errorf("the dropped processing instruction is not told: %v", findings)
	}
}

func hasRule(findings []Finding, rule string) bool {
	for _, f := range findings {
		if f.Rule == rule {
			return true
		}
	}
	return false
}

func TestCase_67_AnyDoctypeIsMalformed(t *testing.T) {
	for _, dtd := range []string{"<!DOCTYPE IODEF-Document>", "<!DOCTYPE x []>", "<!DOCTYPE"} {
		doc := strings.Replace(minimalV2, "<IODEF-Document", dtd+"<IODEF-Document", 1)
		_, err := Parse([]byte(doc))
		var m *Malformed
		if !errors.As(err, &m) || m.Rule != "DOC-DTD" {
			t.Errorf("%s: got %v, want DOC-DTD", dtd, err)
		}
	}
}

func TestCase_68_DuplicateAttributes(t *testing.T) {
	wantMalformed(t, "plain", strings.Replace(minimalV2, `purpose="reporting"`, `purpose="reporting" purpose="other"`, 1))
	wantMalformed(t, "by expanded name", strings.Replace(minimalV2, `purpose="reporting"`, `purpose="reporting" xmlns:a="urn:a" xmlns:b="urn:a" a:x="1" b:x="2"`, 1))
}

func TestCase_69_Namespaces(t *testing.T) {
	for name, attr := range map[string]string{
		"undeclared prefix":  `q:a="1"`,
		"xml bound anew":     `xmlns:xml="urn:a"`,
		"xmlns bound":        `xmlns:xmlns="urn:a"`,
		"xml's namespace":    `xmlns:p="http://www.w3.org/XML/1998/namespace"`,
		"xmlns's namespace":  `xmlns:p="http://www.w3.org/2000/xmlns/"`,
		"xmlns's as default": `xmlns="http://www.w3.org/2000/xmlns/"`,
		"prefix to nothing":  `xmlns:p=""`,
		"colon first":        `:a="1"`,
		"colon last":         `a:="1"`,
		"two colons":         `a:b:c="1"`,
		"declared twice":     `xmlns:p="urn:a" xmlns:p="urn:b"`,
	} {
		wantMalformed(t, name, strings.Replace(minimalV2, `purpose="reporting"`, `purpose="reporting" `+attr, 1))
	}
	for _, element := range []string{"<q:a/>", "<:a/>", "<a:/>", "<a:b:c/>", "</>", "< a/>", "<1/>"} {
		wantMalformed(t, element, withV2(element))
	}
}

func TestCase_70_OneDocumentAndNothingAround(t *testing.T) {
	for name, doc := range map[string]string{
		"two roots":        minimalV2 + "<a/>",
		"text after":       minimalV2 + "x",
		"text before":      "x" + minimalV2,
		"cdata before":     "<![CDATA[]]><a/>",
		"cdata after":      minimalV2 + "<![CDATA[ ]]>",
		"reference after":  minimalV2 + "&#32;",
		"two declarations": `<?xml version="1.0"?>` + minimalV2,
		"blank before":     " " + minimalV2,
		"nothing":          "",
		"only blank":       " \n",
		"only comment":     "<!-- c -->",
		"not closed":       "<a><b></b>",
		"crossed":          "<a><b></a></b>",
		"two BOMs":         "\uFEFF\uFEFF" + minimalV2,
	} {
		wantMalformed(t, name, doc)
	}
	for name, doc := range map[string]string{
		"BOM":           "\uFEFF" + minimalV2,
		"comment after": minimalV2 + "<!-- c -->\n<?pi?>",
	} {
		if _, err := Parse([]byte(doc)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCase_71_NamespaceConfusionIsNeverTakenForIODEF(t *testing.T) {
	flow := `<EventData><Flow><System><Node><%s category="ipv4-addr">192.0.2.1</%s></Node></System></Flow></EventData>`
	for name, doc := range map[string]string{
		"evil prefix":      withV2(strings.Replace(fmt.Sprintf(flow, "evil:Address", "evil:Address"), "<Node>", `<Node xmlns:evil="urn:evil">`, 1)),
		"no namespace":     withV2(strings.Replace(fmt.Sprintf(flow, "Address", "Address"), "<Address", `<Address xmlns=""`, 1)),
		"v1 address in v2": withV2(strings.Replace(fmt.Sprintf(flow, "Address", "Address"), "<Address", `<Address xmlns="urn:ietf:params:xml:ns:iodef-1.0"`, 1)),
		"v1 ns, version 2": strings.Replace(minimalV1, `"1.00"`, `"2.00"`, 1),
		"v2 ns, version 1": strings.Replace(minimalV2, `"2.00"`, `"1.00"`, 1),
		"all in no ns":     strings.Replace(minimalV2, ` xmlns="urn:ietf:params:xml:ns:iodef-2.0"`, "", 1),
	} {
		d := mustParse(t, []byte(doc))
		if got := Verdict(d.Validate(testNow)); got != VerdictInvalid {
			t.Errorf("%s: %s", name, got)
		}
		for _, i := range d.Incidents() {
			for _, s := range i.Systems() {
				if len(s.Addresses()) != 0 {
					t.Errorf("%s: taken for an address", name)
				}
			}
		}
	}
}

func TestCase_72_ForeignAttributesShadowNothing(t *testing.T) {
	d := mustParse(t, []byte(strings.Replace(minimalV2, `purpose="reporting"`, `purpose="reporting" restriction="red" xmlns:evil="urn:evil" evil:restriction="public" evil:purpose="other"`, 1)))
	i := d.Incidents()[0]
	if got := i.Restriction().Value; got != "red" {
		t.Errorf("restriction %q", got)
	}
	if got := i.Purpose(); got != "reporting" {
		t.Errorf("purpose %q", got)
	}
}

func TestCase_73_SplitValuesAreReadWhole(t *testing.T) {
	for _, split := range []string{"192.0<!-- -->.2.1", "192.0<?pi?>.2.1", "192.0<![CDATA[.2.]]>1", "192.0&#46;2.1", "192&#x2E;0.2<!--a-->.<![CDATA[1]]>"} {
		d := mustParse(t, []byte(withV2(`<EventData><Flow><System><Node><Address category="ipv4-addr">`+split+`</Address></Node></System></Flow></EventData>`)))
		if got := d.Incidents()[0].Systems()[0].Addresses()[0].Value(); got != "192.0.2.1" {
			t.Errorf("%s: %q", split, got)
		}
	}
}

func TestCase_74_CapsHoldInBoundedTime(t *testing.T) {
	many := func(n int, one string) string { return strings.Repeat(one, n) }
	attrs := ""
	for i := range 65 {
		attrs += fmt.Sprintf(" a%d=''", i)
	}
	for rule, docs := range map[string][]string{
		"cap-depth":      {many(65, "<a>") + many(65, "</a>"), many(10_001, "<a>"), many(200_000, "<a>")},
		"cap-elements":   {"<a>" + many(1_000_000, "<b/>") + "</a>"},
		"cap-attributes": {"<a" + attrs + "/>"},
		"cap-attribute":  {"<a b='" + many(64<<10+1, "x") + "'/>"},
		"cap-text":       {"<a>" + many(1<<20+1, "x") + "</a>", "<a>" + many(1<<20, "x") + "<![CDATA[y]]></a>"},
		"cap-size":       {many(4<<20+1, " "), "<a b='" + many(64<<20, "x") + "'/>"},
	} {
		for _, doc := range docs {
			_, err := Parse([]byte(doc))
			var m *Malformed
			if !errors.As(err, &m) || m.Rule != rule {
				t.Errorf("%s: got %v", rule, err)
			}
		}
	}
	for name, doc := range map[string]string{
		"depth 64":      many(64, "<a>") + many(64, "</a>"),
		"64 attributes": "<a" + strings.TrimSuffix(attrs, " a64=''") + "/>",
		"text of 1 MiB": "<a>" + many(1<<20, "x") + "</a>",
	} {
		if _, err := Parse([]byte(doc)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
