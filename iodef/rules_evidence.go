package iodef

import (
	"regexp"
	"strings"
)

// checkExtension: the content of AdditionalData, RecordItem and their like is
// what dtype says (RFC 5070 section 2.8, RFC 7970 section 2.16).
func checkExtension(c *checker, e *Element) {
	dtype := e.AttrDefault("dtype")
	if dtype == "ext-value" || dtype == "" || e.decl.attr("", "dtype").typ.value(dtype) == nil {
		return
	}
	if dtype == "xml" {
		c.xmlContent(e)
		return
	}
	if e.first != nil {
		c.must(e, "DTYPE-CONTENT", "dtype is %s, but there are elements inside; write dtype=\"xml\"", dtype)
		return
	}
	text := e.text
	fits := true
	switch dtype {
	case "boolean":
		t := trimBlank(text)
		fits = t == "true" || t == "false" || t == "1" || t == "0"
	case "integer":
		fits = isInteger(trimBlank(text))
	case "real":
		fits = isFloat(trimBlank(text))
	case "date-time", "ntpstamp":
		fits = isDateTime(trimBlank(text))
	case "portlist":
		fits = isPortlist(trimBlank(text))
	case "byte", "file":
		fits = isBase64(text)
	case "bytes", "frame", "packet", "ipv4-packet", "ipv6-packet":
		fits = isHex(strings.Join(strings.Fields(text), ""))
	case "url":
		fits = isAnyURI(trimBlank(text))
	case "character":
		fits = len([]rune(text[:min(len(text), 8)])) == 1
	}
	if !fits {
		c.must(e, "DTYPE-CONTENT", "the content is no %s, though dtype says so", dtype)
	}
}

// xmlContent: exactly elements, in a namespace of their own.
func (c *checker) xmlContent(e *Element) {
	if e.first == nil || e.solid {
		c.must(e, "DTYPE-CONTENT", "dtype is xml; put an element inside and no text around it")
	}
	for x := e.first; x != nil; x = x.next {
		if x.space == spaceV1 || x.space == spaceV2 || x.space == "" {
			c.must(x, "DTYPE-NS", "%s in %s is in IODEF's namespace or in none; an extension has a namespace of its own", quote(x.name), e.name)
			return
		}
	}
}

func checkHeaderField(c *checker, e *Element) {
	if name, _ := e.Attr("name"); trimBlank(name) == "" {
		c.must(e, "HDR-NAME", "%s needs the attribute name: which header field it is", e.name)
	}
	if e.name == "EmailHeaderField" && e.AttrDefault("dtype") != "string" {
		c.must(e, "HDR-NAME", "EmailHeaderField has dtype=\"string\"")
	}
	checkExtension(c, e)
}

func checkRecordData(c *checker, e *Element) {
	for x := e.first; x != nil; x = x.next {
		switch x.name {
		case "RecordItem", "URL", "FileData", "WindowsRegistryKeysModified", "CertificateData", "AdditionalData":
			return
		}
	}
	c.must(e, "RECORD-EMPTY", "RecordData holds no record; give a RecordItem, URL, FileData, WindowsRegistryKeysModified, CertificateData or AdditionalData")
}

// maxPattern keeps the compilation of a sender's expression cheap.
const maxPattern = 4 << 10

// checkPattern compiles, and never runs, what a sender wants searched.
func checkPattern(c *checker, e *Element) {
	for _, name := range [...]string{"offset", "instance"} {
		if v, ok := e.Attr(name); ok && strings.HasPrefix(trimBlank(v), "-") {
			c.should(e, "PORT-RANGE", "%s is negative", name)
		}
	}
	text := e.Text()
	fits := len(text) <= maxPattern
	switch kind := e.AttrDefault("type"); {
	case !fits:
	case kind == "regex":
		_, err := regexp.CompilePOSIX(text)
		fits = err == nil
	case kind == "binary":
		t := strings.Join(strings.Fields(text), "")
		fits = t != "" && isHex(t)
	case kind == "xpath":
		fits = isXPath(text)
	}
	if !fits {
		c.should(e, "PATTERN", "the pattern is no %s, though type says so", quote(e.AttrDefault("type")))
	}
}

func checkFile(c *checker, e *Element) {
	if size := e.Child("FileSize"); size != nil && strings.HasPrefix(trimBlank(size.Text()), "-") {
		c.should(size, "PORT-RANGE", "FileSize is negative")
	}
}

func checkHashData(c *checker, e *Element) {
	if e.Child("Hash") == nil && e.Child("FuzzyHash") == nil {
		c.must(e, "HASH-EMPTY", "HashData has neither Hash nor FuzzyHash")
	}
	switch e.AttrDefault("scope") {
	case "file-pe-section", "file-pe-resource", "file-pdf-object":
		if e.Child("HashTargetID") == nil {
			c.must(e, "HASH-TARGET", "this scope needs HashTargetID: which part was hashed")
		}
	case "file-pe-iat":
		for x := e.first; x != nil; x = x.next {
			if (x.name == "Hash" || x.name == "FuzzyHash") && x.Child("Application") != nil {
				return
			}
		}
		c.must(e, "HASH-TARGET", "scope file-pe-iat needs Application in Hash or FuzzyHash: what made the hash")
	}
}

func checkSCI(c *checker, e *Element) {
	spec := trimBlank(e.AttrDefault("SpecID"))
	ext, has := e.Attr("ext-SpecID")
	switch {
	case spec == "private" && trimBlank(ext) == "":
		c.must(e, "SCI-SPEC", "SpecID is private; say in ext-SpecID which one")
	case spec != "private" && has:
		c.must(e, "SCI-SPEC", "ext-SpecID is given, but SpecID is not private")
	}
	if _, ok := e.Attr("ContentID"); ok {
		return
	}
	for x := e.first; x != nil; x = x.next {
		if x.name == "RawData" || x.name == "Reference" {
			return
		}
	}
	c.must(e, "SCI-SPEC", "%s has no content; give RawData, Reference or ContentID", e.name)
}

// checkPhraud: RFC 5901 section 4 says what must stand around its report.
func checkPhraud(c *checker, e *Element) {
	data := e.parent
	if data == nil || data.name != "AdditionalData" || data.parent == nil || data.parent.name != "EventData" {
		c.must(e, "PHISH-MIN", "a PhraudReport stands in AdditionalData of EventData")
		return
	}
	event := data.parent
	if event.Child("DetectTime") == nil {
		c.must(e, "PHISH-MIN", "with a PhraudReport, EventData needs DetectTime")
	}
	incident := event
	for incident != nil && incident.name != "Incident" {
		incident = incident.parent
	}
	if incident != nil && !incident.has("Impact") && incident.space == spaceV1 {
		c.must(e, "PHISH-MIN", "with a PhraudReport, the incident needs an Impact")
	}
}
