package iodef

import (
	"strings"
	"testing"
)

// flow puts one System into an event.
func flow(system string) string {
	return "<EventData><Flow>" + system + "</Flow></EventData>"
}

const node4 = `<Node><Address category="ipv4-addr">192.0.2.1</Address></Node>`

func service(inside string) string { return flow("<System>" + node4 + inside + "</System>") }

func record(inside string) string {
	return "<EventData><Record><RecordData>" + inside + "</RecordData></Record></EventData>"
}

func indicator(inside string) string {
	return `<IndicatorData><Indicator><IndicatorID name="csirt.example.com" version="1">i1</IndicatorID>` + inside + `</Indicator></IndicatorData>`
}

func observable(inside string) string { return indicator("<Observable>" + inside + "</Observable>") }

func reportV2(attrs string) string {
	return strings.Replace(minimalV2, `purpose="reporting"`, attrs, 1)
}

// before puts more into the version 2 incident, before GenerationTime.
func before(inside string) string {
	return strings.Replace(minimalV2, "<GenerationTime", inside+"<GenerationTime", 1)
}

func afterTimes(inside string) string {
	return strings.Replace(minimalV2, "<Contact", inside+"<Contact", 1)
}

const (
	e = Error
	w = Warning
)

// Each document breaks one rule of the prose and nothing of the schema.
var ruleProbes = []struct {
	rule     string
	severity Severity
	doc      string
}{
	{"DOC-DECL", e, minimalV2[strings.Index(minimalV2, "\n")+1:]},
	{"DOC-DECL", e, strings.Replace(minimalV2, ` encoding="UTF-8"`, "", 1)},
	{"DOC-ENC", w, strings.Replace(minimalV2, `"UTF-8"`, `"ISO-8859-1"`, 1)},
	{"DOC-VERSION", e, strings.Replace(minimalV1, ` version="1.00"`, "", 1)},
	{"DOC-VERSION", e, strings.Replace(minimalV2, ` version="2.00"`, "", 1)},
	{"DOC-LANG", e, strings.Replace(minimalV2, ` xml:lang="en"`, "", 1)},
	{"PRIV-ID", e, strings.Replace(minimalV2, ` xml:lang`, ` private-enum-id="x" xml:lang`, 1)},
	{"PRIV-NAME", e, strings.Replace(minimalV2, ` xml:lang`, ` private-enum-name="our team" xml:lang`, 1)},
	{"EXT-MISSING", e, reportV2(`purpose="ext-value"`)},
	{"EXT-MISSING", e, reportV2(`purpose="ext-value" ext-purpose=" "`)},
	{"EXT-STRAY", e, reportV2(`purpose="reporting" ext-purpose="x"`)},
	{"EXT-STRAY", e, withV2(indicator(`<IndicatorExpression ext-operator="nand"><Observable><Address>2001:db8::1</Address></Observable></IndicatorExpression>`))},
	{"ID-NAME", e, strings.Replace(minimalV2, "csirt.example.com", "our team", 1)},
	{"ID-NAME", e, strings.Replace(minimalV1, ">1<", "><", 1)},
	{"ID-TRIM", w, strings.Replace(minimalV2, ">1<", "> 1<", 1)},
	{"ID-UNIQUE", w, strings.Replace(minimalV1, "</IODEF-Document>", minimalV1[strings.Index(minimalV1, "<Incident "):strings.Index(minimalV1, "</IODEF")]+"</IODEF-Document>", 1)},
	{"ALT-SELF", e, before(`<AlternativeID><IncidentID name="CSIRT.example.com">2</IncidentID></AlternativeID>`)},
	{"INDREF-ONE", e, withV2(indicator(`<IndicatorReference/>`))},
	{"XML-IDREF", e, withV2(indicator(`<ObservableReference uid-ref="i1"/>`))},
	{"TIME-ZONE", w, before(`<StartTime>2019-12-31T00:00:00</StartTime>`)},
	{"TIME-ORDER", w, before(`<StartTime>2019-12-31T00:00:00Z</StartTime><EndTime>2019-12-30T00:00:00Z</EndTime>`)},
	{"TIME-ORDER", w, before(`<EndTime>2019-12-31T00:00:00Z</EndTime><RecoveryTime>2019-12-30T00:00:00Z</RecoveryTime>`)},
	{"TIME-ORDER", w, strings.Replace(minimalV2, "2020-01-01", "2120-01-01", 1)},
	{"EXPECT-PAST", w, withV2(`<EventData><Expectation><EndTime>2020-01-01T00:00:00Z</EndTime></Expectation></EventData>`)},
	{"CONTACT-EMPTY", e, withV1(`<EventData><Contact role="tech" type="person"/></EventData>`)},
	{"CONTACT-CREATOR", w, strings.Replace(minimalV2, `"creator"`, `"tech"`, 1)},
	{"EVENT-EMPTY", e, withV1(`<EventData/>`)},
	{"REL-EMPTY", e, before(`<RelatedActivity><Confidence rating="low"/></RelatedActivity>`)},
	{"CAMPAIGN-EMPTY", e, before(`<RelatedActivity><Campaign/></RelatedActivity>`)},
	{"METHOD-EMPTY", e, afterTimes(`<Method/>`)},
	{"REF-EMPTY", e, afterTimes(`<Method><Reference/></Method>`)},
	{"DETPAT", e, afterTimes(`<Discovery><DetectionPattern><Application><URL>http://a.example/</URL></Application></DetectionPattern></Discovery>`)},
	{"NODE-EMPTY", e, withV1(flow(`<System><Node/></System>`))},
	{"SERVICE-EMPTY", e, withV2(service(`<Service ip-protocol="6"/>`))},
	{"SERVICE-PROTO", e, withV2(service(`<Service><Port>80</Port></Service>`))},
	{"SERVICE-PORT", e, withV1(service(`<Service ip_protocol="6"/>`))},
	{"PORT-RANGE", w, withV2(service(`<Service ip-protocol="6"><Port>65536</Port></Service>`))},
	{"PORT-RANGE", w, withV2(service(`<Service ip-protocol="256"><Port>1</Port></Service>`))},
	{"PORT-RANGE", w, withV1(service(`<Service ip_protocol="6"><Portlist>90-80</Portlist></Service>`))},
	{"PORT-RANGE", w, withV2(record(`<FileData><File><FileSize>-1</FileSize></File></FileData>`))},
	{"PORT-PAIR", e, withV1(flow(`<System category="source">` + node4 + `<Service ip_protocol="6"><Portlist>1-3</Portlist></Service></System><System category="target">` + node4 + `<Service ip_protocol="6"><Portlist>1,2</Portlist></Service></System>`))},
	{"PORT-PAIR", e, withV2(flow(`<System category="source">` + node4 + `<Service ip-protocol="6"><Portlist>1-3</Portlist></Service></System><System category="source">` + node4 + `</System>`))},
	{"SVCNAME-EMPTY", e, withV2(service(`<Service><ServiceName/></Service>`))},
	{"SOFT-EMPTY", e, withV2(service(`<OperatingSystem/>`))},
	{"SOFT-DTYPE", e, withV2(service(`<OperatingSystem><SoftwareReference spec-name="custom"/></OperatingSystem>`))},
	{"NS-ADDR", e, withV2(observable(`<DomainData system-status="unknown" domain-status="unknown"><Name>a.example</Name><Nameservers><Server>ns.a.example</Server><Address category="asn">64500</Address></Nameservers></DomainData>`))},
	{"ADDR-FORM", w, withV2(observable(`<Address category="ipv4-addr">300.1.2.3</Address>`))},
	{"ADDR-FORM", w, withV1(flow(`<System><Node><Address>host.example</Address></Node></System>`))},
	{"DOMAIN-STATUS", e, withV2(observable(`<DomainData system-status="unknown"><Name>a.example</Name></DomainData>`))},
	{"COA", e, withV2(`<EventData><Expectation action="defined-coa"/></EventData>`)},
	{"CONF-CONTENT", e, strings.Replace(minimalV1, "</Assessment>", `<Confidence rating="numeric">much</Confidence></Assessment>`, 1)},
	{"CONF-CONTENT", e, before(`<RelatedActivity><URL>http://a.example/</URL><Confidence rating="low">5</Confidence></RelatedActivity>`)},
	{"CONF-AMBIG", e, withV2(indicator(`<IndicatorExpression><Observable><Address>2001:db8::1</Address></Observable><Confidence rating="low"/><Observable><Address>2001:db8::2</Address></Observable></IndicatorExpression>`))},
	{"CURRENCY", w, strings.Replace(minimalV1, `<Impact type="dos"/>`, `<MonetaryImpact currency="YEN">5</MonetaryImpact>`, 1)},
	{"EMAIL-FORM", w, strings.Replace(minimalV1, "</Contact>", `<Email>nobody</Email></Contact>`, 1)},
	{"LANG-TAG", w, strings.Replace(minimalV1, `lang="en"`, `lang="en-x"`, 1)},
	{"TRANS-ID", w, afterTimes(`<Description translation-id="1" xml:lang="en">a</Description><Description translation-id="1" xml:lang="en">b</Description>`)},
	{"DTYPE-CONTENT", e, withV1(`<AdditionalData dtype="boolean">maybe</AdditionalData>`)},
	{"DTYPE-CONTENT", e, withV1(`<AdditionalData dtype="xml">text</AdditionalData>`)},
	{"DTYPE-CONTENT", e, withV2(`<AdditionalData dtype="integer">1.5</AdditionalData>`)},
	{"DTYPE-CONTENT", e, withV2(`<AdditionalData dtype="ntpstamp">now</AdditionalData>`)},
	{"DTYPE-CONTENT", e, withV2(`<AdditionalData dtype="frame">0g</AdditionalData>`)},
	{"DTYPE-NS", e, withV1(`<AdditionalData dtype="xml"><URL>http://a.example/</URL></AdditionalData>`)},
	{"HDR-NAME", e, withV2(observable(`<EmailData><EmailHeaderField dtype="string">x</EmailHeaderField></EmailData>`))},
	{"HDR-NAME", e, withV2(observable(`<EmailData><EmailHeaderField name="X" dtype="integer">1</EmailHeaderField></EmailData>`))},
	{"RECORD-EMPTY", e, withV2(record(`<Description>a</Description>`))},
	{"PATTERN", w, withV2(record(`<RecordPattern type="regex">(</RecordPattern><RecordItem dtype="string">a</RecordItem>`))},
	{"PATTERN", w, withV2(record(`<RecordPattern type="binary">xyz</RecordPattern><RecordItem dtype="string">a</RecordItem>`))},
	{"PATTERN", w, withV2(record(`<RecordPattern type="xpath">//a[</RecordPattern><RecordItem dtype="string">a</RecordItem>`))},
	{"HASH-EMPTY", e, withV2(observable(`<EmailData><HashData scope="email-hash"/></EmailData>`))},
	{"HASH-TARGET", e, withV2(observable(`<EmailData><HashData scope="file-pe-section"/></EmailData>`))},
	{"BULK-HASH", e, withV2(observable(`<BulkObservable type="file-hash"><BulkObservableList>00ff</BulkObservableList></BulkObservable>`))},
	{"BULKFMT-EMPTY", e, withV2(observable(`<BulkObservable type="asn"><BulkObservableFormat/><BulkObservableList>1</BulkObservableList></BulkObservable>`))},
	{"BULK-LINES", w, withV2(observable("<BulkObservable type=\"ipv4-addr\"><BulkObservableList>192.0.2.1\nx</BulkObservableList></BulkObservable>"))},
	{"OBS-ONE", e, withV2(observable(``))},
	{"EXPR-NOT", e, withV2(indicator(`<IndicatorExpression operator="not"><Observable><Address>2001:db8::1</Address></Observable><Observable><Address>2001:db8::2</Address></Observable></IndicatorExpression>`))},
	{"SCI-SPEC", e, afterTimes(`<Method><sci:Weakness xmlns:sci="urn:ietf:params:xml:ns:iodef-sci-1.0" SpecID="private" ContentID="y"/></Method>`)},
	{"SCI-SPEC", e, afterTimes(`<Method><sci:Weakness xmlns:sci="urn:ietf:params:xml:ns:iodef-sci-1.0" SpecID="urn:x"/></Method>`)},
	{"PHISH-MIN", e, withV1(`<EventData><Description>a</Description><AdditionalData dtype="xml"><p:PhraudReport xmlns:p="urn:ietf:params:xml:ns:iodef-phish-1.0"/></AdditionalData></EventData>`)},
	{"DOC-LANG", e, strings.Replace(minimalV2, `xml:lang="en"`, `xml:lang=""`, 1)},
	{"ID-NAME", e, strings.Replace(minimalV2, `name="csirt.example.com"`, `name="192.0.2.1"`, 1)},
	{"TIME-ORDER", w, withV2(`<EventData><StartTime>2099-01-01T00:00:00Z</StartTime></EventData>`)},
	{"TIME-ORDER", w, withV2(record(`<DateTime>2027-01-01T00:00:00Z</DateTime><URL>urn:x</URL>`))},
	{"CONF-CONTENT", e, afterTimes(`<Assessment><SystemImpact/><Confidence rating="numeric">NaN</Confidence></Assessment>`)},
	{"EMAIL-FORM", w, withV2(service(`<Service><EmailData><EmailFrom>Eve &lt;eve</EmailFrom></EmailData></Service>`))},
	{"TRANS-ID", w, afterTimes(`<Discovery><Description translation-id="1" xml:lang="en">a</Description><Description translation-id="1" xml:lang="en">b</Description></Discovery>`)},
	{"TRANS-ID", w, withV2(service(`<Description translation-id="1" xml:lang="en">a</Description><Description translation-id="1" xml:lang="en">b</Description>`))},
	{"wrapped", w, `<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><entry>` + bare(minimalV2) + `</entry><entry>` + bare(minimalV2) + `</entry></feed>`},
	{"REGISTRY", e, strings.Replace(minimalV2, "</Contact>", "<RegistryHandle>x</RegistryHandle></Contact>", 1)},
}

// bare is a document without its XML declaration.
func bare(doc string) string { return doc[strings.Index(doc, "?>")+2:] }

func TestRulesOfTheProseLetBe(t *testing.T) {
	for rule, doc := range map[string]string{
		"EMAIL-FORM": withV2(service(`<Service><EmailData><EmailTo>Alice &lt;alice@example.com&gt;, bob@example.org</EmailTo></EmailData></Service>`)),
		"TIME-ORDER": withV2(`<EventData><Expectation><EndTime>2028-01-01T00:00:00Z</EndTime></Expectation></EventData>`),
		"ID-NAME":    strings.Replace(minimalV2, `name="csirt.example.com"`, `name="csirt.例え."`, 1),
		"wrapped":    withV2(`<AdditionalData dtype="xml">` + bare(minimalV2) + `</AdditionalData>`),
		"TRANS-ID":   withV2(service(`<Description translation-id="1" xml:lang="en">a</Description><Description translation-id="1" xml:lang="ja">b</Description>`)),
	} {
		if findings := mustParse(t, []byte(doc)).Validate(testNow); hasRule(findings, rule) {
			t.Errorf("%s: %v", rule, findings)
		}
	}
}

func TestOnlyKnownWrappersAreTakenOff(t *testing.T) {
	for open, want := range map[string]string{
		`<RID xmlns="urn:ietf:params:xml:ns:iodef-rid-2.0">`:   VerdictValid,
		`<entry xmlns="http://www.w3.org/2005/Atom">`:          VerdictValid,
		`<iq xmlns="jabber:client">`:                           VerdictValid,
		`<iq>`:                                                 VerdictValid,
		`<RID>`:                                                VerdictInvalid,
		`<html xmlns="http://www.w3.org/1999/xhtml">`:          VerdictInvalid,
		`<Incident xmlns="urn:ietf:params:xml:ns:iodef-2.0">`:  VerdictInvalid,
		`<entry xmlns="urn:ietf:params:xml:ns:iodef-rid-2.0">`: VerdictInvalid,
	} {
		name, _, _ := strings.Cut(strings.Trim(open, "<>"), " ")
		d := mustParse(t, []byte(`<?xml version="1.0" encoding="UTF-8"?>`+open+bare(minimalV2)+"</"+name+">"))
		if findings := d.Validate(testNow); Verdict(findings) != want || d.Root() == nil || want == VerdictInvalid && !hasRule(findings, "root") {
			t.Errorf("%s: %v", open, findings)
		}
	}
}

func TestEachRuleOfTheProseIsFoundAndNeverChangesTheVerdict(t *testing.T) {
	for _, p := range ruleProbes {
		d, err := Parse([]byte(p.doc))
		if err != nil {
			t.Errorf("%s: %v\n%s", p.rule, err, p.doc)
			continue
		}
		findings := d.Validate(testNow)
		found := false
		for _, f := range findings {
			found = found || f.Rule == p.rule && f.Severity == p.severity
		}
		if !found {
			t.Errorf("%s %s is not among %v\n%s", p.rule, p.severity, findings, p.doc)
		}
		if got := Verdict(findings); got != VerdictValid {
			t.Errorf("%s: verdict %s: %v", p.rule, got, findings)
		}
	}
}

func TestKnownConflictsAreWarningsThatInvalidate(t *testing.T) {
	for name, doc := range map[string]string{
		"ThreatActor without URL": before(`<RelatedActivity><ThreatActor><ThreatActorID>x</ThreatActorID></ThreatActor></RelatedActivity>`),
		"AttackPhase without URL": withV2(indicator(`<ObservableReference uid-ref="i1"/><AttackPhase><AttackPhaseID>x</AttackPhaseID></AttackPhase>`)),
		"vendor-support":          strings.Replace(minimalV2, `"creator"`, `"vendor-support"`, 1),
		"Counter count":           withV2(service(`<Counter type="count" unit="packet">5</Counter>`)),
		"KeyValue":                withV2(observable(`<WindowsRegistryKeysModified><Key><KeyName>a</KeyName><KeyValue>b</KeyValue></Key></WindowsRegistryKeysModified>`)),
		"BulkObservable ext":      withV2(observable(`<BulkObservable type="ext-value" ext-type="x"><BulkObservableList>a</BulkObservableList></BulkObservable>`)),
	} {
		findings := mustParse(t, []byte(doc)).Validate(testNow)
		if !hasRule(findings, ruleConflict) || Verdict(findings) != VerdictInvalid {
			t.Errorf("%s: %v", name, findings)
		}
		for _, f := range findings {
			if f.Schema && f.Severity != Warning {
				t.Errorf("%s: %v", name, f)
			}
		}
	}
}

func TestRegisteredValuesAreNoted(t *testing.T) {
	doc := withV2(`<EventData><Expectation action="sing"/><Expectation action="dance"/></EventData>`)
	d := mustParse(t, []byte(doc))
	if got := Verdict(d.Validate(testNow)); got != VerdictInvalid {
		t.Errorf("without the registry: %s", got)
	}
	if got := Verdict(d.ValidateWith(testNow, Registry{"action-type": {"sing"}})); got != VerdictInvalid {
		t.Errorf("with one of two values: %s", got)
	}
	findings := d.ValidateWith(testNow, Registry{"action-type": {"sing", "dance"}})
	if Verdict(findings) != VerdictValid || !hasRule(findings, ruleIANA) || hasRule(findings, "enumeration") {
		t.Errorf("with both: %v", findings)
	}
}
