package iodef

import "strings"

// The rules that only the prose of the RFCs states (NOTES part 5 gives their
// ids). A breach is a finding; it never changes the verdict.

// ruleState is what the rules remember between elements.
type ruleState struct {
	incidents map[IncidentID]*Element // for ID-UNIQUE
}

// bindRules ties each class of the table to its rules.
func bindRules(t *table) {
	both := map[string]func(*checker, *Element){
		"Incident": checkIncident, "IncidentID": checkIncidentID, "AlternativeID": checkAlternativeID,
		"Contact": checkContact, "Email": checkEmail, "EventData": checkEvent, "Expectation": checkExpectation,
		"Flow": checkFlow, "Node": checkNode, "Address": checkAddress, "Service": checkService,
		"MonetaryImpact": checkMonetary, "Confidence": checkConfidence, "RecordPattern": checkPattern,
		"AdditionalData": checkExtension, "RecordItem": checkExtension,
		"DateTime": checkTime, "ReportTime": checkTime, "DetectTime": checkTime, "StartTime": checkTime, "EndTime": checkTime,
	}
	v2 := map[string]func(*checker, *Element){
		"GenerationTime": checkTime, "RecoveryTime": checkTime,
		"DateDomainWasChecked": checkTime, "RegistrationDate": checkTime, "ExpirationDate": checkTime,
		"Email": nil, "EmailTo": checkEmail, "EmailFrom": checkEmail,
		"RelatedActivity": checkRelated, "ThreatActor": needsChild("ACTOR-EMPTY"), "Campaign": needsChild("CAMPAIGN-EMPTY"),
		"AttackPhase": needsChild("PHASE-EMPTY"), "Method": needsChild("METHOD-EMPTY"), "Reference": needsChild("REF-EMPTY"),
		"DetectionPattern": checkDetection, "HistoryItem": checkAction,
		"ServiceName": needsChild("SVCNAME-EMPTY"), "OperatingSystem": needsChild("SOFT-EMPTY"),
		"Application": needsChild("SOFT-EMPTY"), "AssociatedSoftware": needsChild("SOFT-EMPTY"),
		"SoftwareReference": checkSoftwareReference, "DomainData": checkDomain,
		"ApplicationHeaderField": checkHeaderField, "EmailHeaderField": checkHeaderField,
		"RelatedDNS": checkExtension, "FileProperties": checkExtension, "FuzzyHashValue": checkExtension,
		"RecordData": checkRecordData, "File": checkFile, "HashData": checkHashData,
		"BulkObservable": checkBulk, "BulkObservableFormat": checkBulkFormat,
		"Observable": checkObservable, "Indicator": checkIndicator, "IndicatorID": checkIndicatorID,
		"IndicatorExpression": checkExpression, "ObservableReference": checkObservableReference,
		"IndicatorReference": checkIndicatorReference, "RegistryHandle": checkRegistry,
	}
	for name, f := range both {
		t.decls[spaceV1][name].check = f
		t.decls[spaceV2][name].check = f
	}
	for name, f := range v2 {
		t.decls[spaceV2][name].check = f
	}
	for _, name := range [...]string{"Scoring", "Platform", "EventReport", "Verification", "Remediation", "AttackPattern", "Vulnerability", "Weakness"} {
		t.decls[spaceSCI][name].check = checkSCI
	}
	t.decls[spacePhish]["PhraudReport"].check = checkPhraud
}

// rules applies the rules to e, to the siblings after it and to all inside.
func (c *checker) rules(e *Element) {
	for ; e != nil; e = e.next {
		if e.decl != nil && e.decl.check != nil {
			e.decl.check(c, e)
		}
		if e.first != nil {
			if e.translated && e.decl != nil && e.space == spaceV2 {
				c.translations(e)
			}
			c.rules(e.first)
		}
	}
}

// must and should are breaches of a MUST and a SHOULD of the prose.
func (c *checker) must(e *Element, rule, format string, args ...any) {
	c.add(e, rule, Error, false, format, args...)
}

func (c *checker) should(e *Element, rule, format string, args ...any) {
	c.add(e, rule, Warning, false, format, args...)
}

// attributeRules are those of extensible enumerations and of language tags.
// They are applied while the structure is checked.
func (c *checker) attributeRules(e *Element, a *attrDecl, value string) {
	switch {
	case a.extends != nil:
		base := a.extends
		if e.AttrDefault(base.name) != "ext-value" {
			c.must(e, "EXT-STRAY", "%s is given, but %s is not ext-value; remove it or write %s=\"ext-value\"", a.name, base.name, base.name)
		}
	case a.ext != nil && len(value) >= len("ext-value") && trimBlank(value) == "ext-value":
		if v, _ := e.Attr(a.ext.name); trimBlank(v) == "" {
			c.must(e, "EXT-MISSING", "%s is ext-value; say in %s which one", a.name, a.ext.name)
		}
	case a.language:
		if tag := trimBlank(value); isLanguage(tag) && !isLanguageTag(tag) {
			c.should(e, "LANG-TAG", "%s is %s; write a tag of RFC 5646 such as en, ja or zh-Hant", a.label(), quote(value))
		}
	}
}

// document checks the XML declaration, the root and what stands around it.
func (c *checker) document() {
	d, root := c.doc, c.doc.root
	at := root
	if at == nil {
		at = d.top
	}
	declared := d.declaration
	switch {
	case !declared.present:
		c.must(at, "DOC-DECL", "the document does not begin with an XML declaration; write <?xml version=\"1.0\" encoding=\"UTF-8\"?>")
	case declared.encoding == "" && (c.version == V2 || d.utf16):
		c.must(at, "DOC-DECL", "the XML declaration names no encoding; write encoding=\"UTF-8\"")
	}
	if name := strings.ToUpper(declared.encoding); c.version == V2 && name != "" && name != "UTF-8" && !strings.HasPrefix(name, "UTF-16") {
		c.should(at, "DOC-ENC", "the encoding is %s; use UTF-8", quote(declared.encoding))
	}
	if d.instructions > 0 {
		line, column := d.place(d.instruction)
		c.findings = append(c.findings, Finding{Path: at.Path(), Rule: "processing-instruction", Severity: Info,
			Line: line, Column: column, Text: "processing instructions are ignored"})
	}
	if root == nil {
		return
	}
	if d.Wrapped() {
		c.wrapper()
	}
	if _, ok := root.Attr("version"); !ok {
		c.must(root, "DOC-VERSION", "version is missing; write version=%q", c.version)
	}
	if _, ok := root.Attr("lang"); !ok && c.version == V1 {
		c.must(root, "DOC-LANG", "the document has no language; write lang=\"en\" or what it is")
	}
	if c.version == V2 {
		if lang, _ := root.Attr("xml:lang"); trimBlank(lang) == "" {
			c.must(root, "DOC-LANG", "the document has no language; write xml:lang=\"en\" or what it is")
		}
		name, hasName := root.Attr("private-enum-name")
		if _, ok := root.Attr("private-enum-id"); ok && !hasName {
			c.must(root, "PRIV-ID", "private-enum-id is given without private-enum-name")
		}
		if hasName && !isFQDN(name) {
			c.must(root, "PRIV-NAME", "private-enum-name is %s; write a fully qualified domain name", quote(name))
		}
	}
	for i := range root.attrs {
		if a := &root.attrs[i]; a.Space == spaceXSI && a.Name == "schemaLocation" {
			return
		}
	}
	c.add(root, "DOC-LOC", Info, false, "the document names no schema location; nothing is loaded from one anyway")
}

// needsChild demands a child: the schema of version 2 lets many classes be
// empty that mean nothing then.
func needsChild(rule string) func(*checker, *Element) {
	return func(c *checker, e *Element) {
		if e.first == nil {
			c.must(e, rule, "%s is empty; fill it in or leave it out", e.name)
		}
	}
}

// translations checks translation-id: it ties siblings of one name together,
// each in a language of its own (RFC 7970 section 2.4).
func (c *checker) translations(e *Element) {
	type text struct{ id, name, lang string }
	var seen []text
	for x := e.first; x != nil; x = x.next {
		id, ok := x.Attr("translation-id")
		if !ok {
			continue
		}
		lang, _ := x.Attr("xml:lang")
		t := text{id, x.name, strings.ToLower(lang)}
		for _, s := range seen {
			switch {
			case s.id == t.id && s.name != t.name:
				c.should(x, "TRANS-ID", "translation-id %s ties %s to %s; it is for translations of one text", quote(id), x.name, s.name)
			case s == t:
				c.should(x, "TRANS-ID", "two translations with translation-id %s have the same xml:lang", quote(id))
			default:
				continue
			}
			break
		}
		// More translations than this are an attack on the comparison above.
		if len(seen) < 64 {
			seen = append(seen, t)
		}
	}
}
