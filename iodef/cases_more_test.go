package iodef

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/beevik/etree"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
)

func TestCase_75_RoundTripMutationsDoNotGetThrough(t *testing.T) {
	// The shapes of CVE-2020-29509, -29510 and -29511: names and directives
	// that change their meaning when a lenient reader writes them again.
	for _, doc := range []string{
		`<x:="urn:a" xmlns:x="urn:b"/>`, `<a xmlns:="urn:b"/>`, `<a :b="c"/>`, `<a x:="1" xmlns:x="urn:x"/>`,
		`<!ELEMENT a (b)><a/>`, `<!x<!-- "--> <a/>`, `<a></ a>`, `<a><::b/></a>`, `<a/ ><b/>`,
	} {
		wantMalformed(t, doc, doc)
	}
}

func TestCase_75_WritingWhatWasReadChangesNothing(t *testing.T) {
	for _, v := range []Version{V1, V2} {
		for name, d := range validDocuments(t, v) {
			doc := etree.NewDocument()
			doc.AddChild(copyElement(d.root, ""))
			raw, err := Encode(doc)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			again := mustParse(t, raw)
			if a, b := facts(d.root), facts(again.root); strings.Join(a, "\n") != strings.Join(b, "\n") {
				t.Errorf("%s: not the same after writing", name)
			}
			doc = etree.NewDocument()
			doc.AddChild(copyElement(again.root, ""))
			twice, err := Encode(doc)
			if err != nil || !bytes.Equal(raw, twice) {
				t.Errorf("%s: writing again gives other bytes (%v)", name, err)
			}
		}
	}
}

func encode16(s string, order func(hi, lo byte) []byte) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, order(byte(u>>8), byte(u))...)
	}
	return b
}

func bigEndian(hi, lo byte) []byte    { return []byte{hi, lo} }
func littleEndian(hi, lo byte) []byte { return []byte{lo, hi} }

func TestCase_76_DeclaredEncodingsAreTranscoded(t *testing.T) {
	with := func(name, value string) string {
		doc := strings.Replace(minimalV1, `encoding="UTF-8"`, `encoding="`+name+`"`, 1)
		return strings.Replace(doc, ">CSIRT<", ">"+value+"<", 1)
	}
	as := func(e encoding.Encoding, s string) []byte {
		b, err := e.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, c := range map[string]struct {
		raw  []byte
		want string
	}{
		"ISO-8859-1":     {as(charmap.ISO8859_1, with("ISO-8859-1", "Größe")), "Größe"},
		"ISO-2022-JP":    {as(japanese.ISO2022JP, with("ISO-2022-JP", "報告者")), "報告者"},
		"Shift_JIS":      {as(japanese.ShiftJIS, with("Shift_JIS", "報告者ソ")), "報告者ソ"},
		"EUC-JP":         {as(japanese.EUCJP, with("EUC-JP", "報告者")), "報告者"},
		"UTF-16, BOM BE": {append([]byte{0xFE, 0xFF}, encode16(with("UTF-16", "報告者😀"), bigEndian)...), "報告者😀"},
		"UTF-16, BOM LE": {append([]byte{0xFF, 0xFE}, encode16(with("utf-16", "報告者"), littleEndian)...), "報告者"},
		"UTF-16BE":       {encode16(with("UTF-16BE", "報告者"), bigEndian), "報告者"},
		"UTF-16LE":       {encode16(with("UTF-16LE", "報告者"), littleEndian), "報告者"},
		"US-ASCII":       {[]byte(with("US-ASCII", "CSIRT")), "CSIRT"},
	} {
		d, err := Parse(c.raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := d.Incidents()[0].Contacts()[0].Names()[0].Text(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if got := Verdict(d.Validate(testNow)); got != VerdictValid {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestCase_76_EncodingLiesAreRefused(t *testing.T) {
	declared := func(name string) string {
		return strings.Replace(minimalV2, `encoding="UTF-8"`, `encoding="`+name+`"`, 1)
	}
	for name, doc := range map[string]string{
		"UTF-16 declared, UTF-8 sent":  declared("UTF-16"),
		"UTF-7":                        declared("UTF-7"),
		"unknown":                      declared("EBCDIC-XX"),
		"not a name":                   declared("1 2"),
		"UTF-8 declared, UTF-16 sent":  "\xFE\xFF" + string(encode16(minimalV2, bigEndian)),
		"wrong byte order":             "\xFE\xFF" + string(encode16(declared("UTF-16LE"), bigEndian)),
		"odd UTF-16":                   "\xFE\xFF" + string(encode16(declared("UTF-16"), bigEndian)) + "\x00",
		"lone surrogate in UTF-16":     "\xFE\xFF" + string(encode16(declared("UTF-16"), bigEndian)) + "\xD8\x00\x00 ",
		"BOM of UTF-8 and ISO-8859-1":  "\uFEFF" + declared("ISO-8859-1"),
		"octets above 127 in US-ASCII": strings.Replace(declared("US-ASCII"), "CSIRT", "é", 1),
		"latin 1 in UTF-8":             strings.Replace(minimalV2, "CSIRT", "\xE9", 1),
		"overlong":                     strings.Replace(minimalV2, "CSIRT", "\xC0\xAF", 1),
		"surrogate in UTF-8":           strings.Replace(minimalV2, "CSIRT", "\xED\xA0\x80", 1),
		"broken Shift_JIS":             strings.Replace(declared("Shift_JIS"), "CSIRT", "\x81", 1),
		"broken EUC-JP":                strings.Replace(declared("EUC-JP"), "CSIRT", "\xFF\xFF", 1),
		"U+FFFE":                       strings.Replace(minimalV2, "CSIRT", "\uFFFE", 1),
		"NUL":                          strings.Replace(minimalV2, "CSIRT", "\x00", 1),
		"control":                      strings.Replace(minimalV2, "CSIRT", "\x1B", 1),
		"reference to NUL":             strings.Replace(minimalV2, "CSIRT", "&#0;", 1),
		"reference to a surrogate":     strings.Replace(minimalV2, "CSIRT", "&#xD800;", 1),
		"reference to U+FFFF":          strings.Replace(minimalV2, "CSIRT", "&#xFFFF;", 1),
		"reference beyond Unicode":     strings.Replace(minimalV2, "CSIRT", "&#x110000;", 1),
		"reference of many digits":     strings.Replace(minimalV2, "CSIRT", "&#99999999999999999999;", 1),
		"XML 1.1":                      strings.Replace(minimalV2, `version="1.0"`, `version="1.1"`, 1),
		"no version":                   strings.Replace(minimalV2, ` version="1.0"`, ``, 1),
		"declaration out of order":     strings.Replace(minimalV2, `version="1.0" encoding="UTF-8"`, `encoding="UTF-8" version="1.0"`, 1),
		"standalone maybe":             strings.Replace(minimalV2, `encoding="UTF-8"`, `encoding="UTF-8" standalone="maybe"`, 1),
	} {
		wantMalformed(t, name, doc)
	}
}

func TestCase_78_EnumerationsNeverWiden(t *testing.T) {
	for doc, rule := range map[string]string{
		strings.Replace(minimalV2, `"reporting"`, `"ext-value"`, 1): "EXT-MISSING",
		strings.Replace(minimalV2, `"reporting"`, `"Reporting"`, 1): "enumeration",
		strings.Replace(minimalV2, `"reporting"`, `"gossip"`, 1):    "ENUM-IANA",
	} {
		if f := mustParse(t, []byte(doc)).Validate(testNow); !hasRule(f, rule) {
			t.Errorf("no %s in %v", rule, f)
		}
	}
	// An unknown restriction is as narrow as private.
	for _, v := range []string{"Public", "PUBLIC", "tlp:clear", "ext-value", ""} {
		if openness(v) != 0 {
			t.Errorf("restriction %q is taken for an open one", v)
		}
	}
}

func TestCase_80_IdentifiersTwiceOrDangling(t *testing.T) {
	indicator := `<IndicatorData><Indicator><IndicatorID name="csirt.example.com" version="1">i1</IndicatorID>%s</Indicator></IndicatorData>`
	address := `<Observable><Address category="ipv4-addr" observable-id="i1">192.0.2.1</Address></Observable>`
	for doc, rule := range map[string]string{
		withV2(strings.Replace(indicator, "%s", address, 1)):                               "XML-ID",
		withV2(strings.Replace(indicator, "%s", `<ObservableReference uid-ref="o9"/>`, 1)): "XML-IDREF",
	} {
		d := mustParse(t, []byte(doc))
		if f := d.Validate(testNow); !hasRule(f, rule) || Verdict(f) != VerdictInvalid {
			t.Errorf("%s: got %v", rule, f)
		}
	}
}

func TestCase_81_Dates(t *testing.T) {
	for value, valid := range map[string]bool{
		"2026-01-31T23:59:59": true, "2026-01-31T23:59:59.123456789+14:00": true, "2026-01-31T24:00:00Z": true,
		"2024-02-29T00:00:00-12:00": true, "12020-01-01T00:00:00Z": true, "-0044-03-15T12:00:00Z": true, " 2026-01-31T23:59:59Z ": true,
		"2026-01-31T23:59:60Z": false, "0000-01-01T00:00:00Z": false, "02026-01-01T00:00:00Z": false, "2026-02-29T00:00:00Z": false,
		"2026-01-31T24:00:01Z": false, "2026-01-31T23:59:59+14:01": false, "2026-01-31T23:59:59+9:00": false, "2026-01-31": false,
		"2026-01-31 23:59:59": false, "2026-01-31T23:59:59.": false, "+2026-01-31T23:59:59Z": false, "": false,
	} {
		if got := isDateTime(trimBlank(value)); got != valid {
			t.Errorf("%q: %v", value, got)
		}
	}
	doc := strings.Replace(minimalV2, "2020-01-01T00:00:00Z", "2020-01-01T09:00:00+09:00", 1)
	at := mustParse(t, []byte(doc)).Incidents()[0].Times().Generation
	if got := at.At.UTC().Format("2006-01-02T15:04:05Z07:00"); got != "2020-01-01T00:00:00Z" || !at.Zoned {
		t.Errorf("got %s, zoned %v", got, at.Zoned)
	}
}

func TestCase_83_IncidentsKeepTheirOwnMarking(t *testing.T) {
	one := minimalV2[strings.Index(minimalV2, "<Incident "):strings.Index(minimalV2, "</IODEF-Document>")]
	two := strings.Replace(strings.Replace(one, `"reporting"`, `"reporting" restriction="public"`, 1), ">1<", ">2<", 1)
	d := mustParse(t, []byte(strings.Replace(minimalV2, one, one+two, 1)))
	all := d.Incidents()
	if len(all) != 2 || all[0].Restriction().Value != "private" || all[1].Restriction().Value != "public" {
		t.Errorf("got %d incidents", len(all))
	}
}

// xsi:type is a QName: it must resolve, and to the type that the element has
// or one derived from it.
func TestXsiTypeNamesTheTypeOfItsElement(t *testing.T) {
	const xsi = ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:i="urn:ietf:params:xml:ns:iodef-2.0" `
	for attr, want := range map[string]string{
		`<Description` + xsi + `xsi:type="MLStringType">a</Description>`:   VerdictValid,
		`<Description` + xsi + `xsi:type="i:MLStringType">a</Description>`: VerdictValid,
		`<Description` + xsi + `xsi:type="x:MLStringType">a</Description>`: VerdictInvalid,
		`<Description` + xsi + `xsi:type="xs:string">a</Description>`:      VerdictInvalid,
		`<Description` + xsi + `xsi:type="">a</Description>`:               VerdictInvalid,
		`<Discovery` + xsi + `xsi:type="i:"/>`:                             VerdictInvalid,
	} {
		after := strings.Replace(minimalV2, "</GenerationTime>", "</GenerationTime>"+attr, 1)
		if got, findings := check([]byte(after)); got != want {
			t.Errorf("%s: %s %v", attr, got, findings)
		}
	}
	for port, want := range map[string]string{
		`xs:int">80`: VerdictValid, `xs:integer">80`: VerdictValid, `xs:unsignedByte">256`: VerdictInvalid, `xs:unsignedInt">+80`: VerdictValid,
		`xs:byte">-128`: VerdictValid, `xs:short">32768`: VerdictInvalid, `xs:long">1`: VerdictValid, `xs:unsignedShort">-1`: VerdictInvalid, `xs:unsignedLong">1`: VerdictValid,
		`xs:positiveInteger">0`: VerdictInvalid, `xs:nonNegativeInteger">-0`: VerdictValid, `xs:nonPositiveInteger">1`: VerdictInvalid, `xs:negativeInteger">-7`: VerdictValid,
		`xs:string">80`: VerdictInvalid, `int">80`: VerdictInvalid,
	} {
		doc := withV2(service(`<Service ip-protocol="6"><Port` + xsi + `xsi:type="` + port + `</Port></Service>`))
		if got, findings := check([]byte(doc)); got != want {
			t.Errorf("%s: %s %v", port, got, findings)
		}
	}
	for text, want := range map[string]string{
		`xs:token"> a `: VerdictValid, `xs:NMTOKEN">1a:b`: VerdictValid, `xs:Name">1a`: VerdictInvalid, `i:TimezoneType">Z`: VerdictValid,
		`i:action-type">sing`: VerdictInvalid, `i:action-type">other`: VerdictValid, `i:MLStringType">a`: VerdictValid, `xs:language">en`: VerdictValid, `xs:anyURI">a`: VerdictInvalid,
	} {
		doc := withV2(`<EventData><Expectation action="defined-coa"><DefinedCOA` + xsi + `xsi:type="` + text + `</DefinedCOA></Expectation></EventData>`)
		if got, findings := check([]byte(doc)); got != want {
			t.Errorf("%s: %s %v", text, got, findings)
		}
	}
	for text, want := range map[string]string{`xs:int">1`: VerdictValid, `xs:int">x`: VerdictInvalid, `y:int">x`: VerdictValid} {
		doc := withV2(`<EventData><AdditionalData dtype="xml"><a xmlns="urn:a"` + xsi + `xsi:type="` + text + `</a></AdditionalData></EventData>`)
		if got, findings := check([]byte(doc)); got != want {
			t.Errorf("%s: %s %v", text, got, findings)
		}
	}
}

// XML Schema 1.0 has the names of XML's second edition, for values alone.
func TestIdentifiersAreNamesOfTheSecondEdition(t *testing.T) {
	for id, want := range map[string]bool{"a": true, "_1": true, "é": true, "日本": true, "a·": true, "1": false, "a⁰": false, "↏": false, "\U00010000": false, "a\u203F": false, "a:b": false, "": false} {
		if got := isNCName(id); got != want {
			t.Errorf("%q: %t", id, got)
		}
	}
}
