package iodef

import (
	"net/mail"
	"strings"
	"time"
)

func checkIncident(c *checker, e *Element) {
	if e.parent == c.doc.root {
		creators := 0
		for x := e.first; x != nil; x = x.next {
			if x.name == "Contact" && x.decl != nil && x.AttrDefault("role") == "creator" {
				creators++
			}
		}
		if creators == 0 {
			c.should(e, "CONTACT-CREATOR", "no Contact has the role creator; say who made the document")
		}
		if e.parent.first != e || e.next != nil {
			c.uniqueID(e)
		}
	}
	c.timeOrder(e)
}

// uniqueID warns of two incidents with one number.
func (c *checker) uniqueID(e *Element) {
	id := (Incident{e}).ID()
	if id.ID == "" {
		return
	}
	id.Name = strings.ToLower(id.Name)
	if c.state.incidents == nil {
		c.state.incidents = map[IncidentID]*Element{}
	}
	if c.state.incidents[id] != nil {
		c.should(e, "ID-UNIQUE", "two incidents of the document have the same IncidentID")
		return
	}
	c.state.incidents[id] = e
}

func checkIncidentID(c *checker, e *Element) {
	if name, ok := e.Attr("name"); ok && !isFQDN(name) {
		c.must(e, "ID-NAME", "name is %s; write the CSIRT's fully qualified domain name", quote(name))
	}
	c.numberText(e)
}

func checkIndicatorID(c *checker, e *Element) {
	if name, ok := e.Attr("name"); ok && !isFQDN(name) {
		c.must(e, "ID-NAME", "name is %s; write the CSIRT's fully qualified domain name", quote(name))
	}
}

func (c *checker) numberText(e *Element) {
	text := e.Text()
	trimmed := trimBlank(text)
	switch {
	case trimmed == "":
		c.must(e, "ID-NAME", "%s is empty; write the number of the incident", e.name)
	case trimmed != text:
		c.should(e, "ID-TRIM", "%s has blanks around its value; remove them", e.name)
	}
}

func checkAlternativeID(c *checker, e *Element) {
	if e.parent == nil || e.parent.name != "Incident" {
		return
	}
	own := (Incident{e.parent}).ID().Name
	for x := e.first; x != nil; x = x.next {
		if name, _ := x.Attr("name"); own != "" && strings.EqualFold(trimBlank(name), own) {
			c.must(x, "ALT-SELF", "AlternativeID names the document's own CSIRT; it is for the numbers of others")
		}
	}
}

func checkRelated(c *checker, e *Element) {
	for x := e.first; x != nil; x = x.next {
		if x.name != "IndicatorID" && x.name != "Confidence" {
			return
		}
	}
	c.must(e, "REL-EMPTY", "RelatedActivity says nothing; give an IncidentID, URL, ThreatActor, Campaign, Description or AdditionalData")
}

func checkContact(c *checker, e *Element) {
	if e.first == nil {
		c.must(e, "CONTACT-EMPTY", "Contact is empty; give a name or an address")
	}
}

func checkRegistry(c *checker, e *Element) {
	if _, ok := e.Attr("registry"); !ok {
		c.must(e, "REGISTRY", "attribute registry is missing; say which registry the handle is of")
	}
}

// maxAddressList keeps the parsing of a sender's header field cheap.
const maxAddressList = 4 << 10

// checkEmail looks at the text of Email (version 1), EmailTo and EmailFrom. In
// EmailData they are those of a header field, which may hold names and several.
func checkEmail(c *checker, e *Element) {
	text := trimBlank(e.Text())
	if isEmailAddress(text) {
		return
	}
	if e.parent.name == "EmailData" && strings.ContainsAny(text, "<,") && len(text) <= maxAddressList {
		if list, err := mail.ParseAddressList(text); err == nil && len(list) > 0 {
			return
		}
	}
	c.should(e, "EMAIL-FORM", "%s is not of the form name@domain", e.name)
}

func checkEvent(c *checker, e *Element) {
	if e.first == nil {
		c.must(e, "EVENT-EMPTY", "EventData is empty; describe the event or leave it out")
	}
	c.timeOrder(e)
}

func checkExpectation(c *checker, e *Element) {
	if end := timeOf(e.Child("EndTime")); !end.IsZero() && !c.now.IsZero() && end.At.Before(c.now) {
		c.should(e, "EXPECT-PAST", "the time for this expectation is over; nothing is to be done")
	}
	c.timeOrder(e)
	checkAction(c, e)
}

// checkAction demands the course of action where the action is one.
func checkAction(c *checker, e *Element) {
	if e.AttrDefault("action") == "defined-coa" && e.Child("DefinedCOA") == nil {
		c.must(e, "COA", "action is defined-coa; name it in DefinedCOA")
	}
}

func checkDetection(c *checker, e *Element) {
	if e.Child("Description") == nil && e.Child("DetectionConfiguration") == nil {
		c.must(e, "DETPAT", "DetectionPattern needs a Description or a DetectionConfiguration")
	}
}

func checkMonetary(c *checker, e *Element) {
	if currency, ok := e.Attr("currency"); ok && !isCurrency(currency) {
		c.should(e, "CURRENCY", "currency is %s; write a code of ISO 4217 such as JPY", quote(currency))
	}
}

// checkConfidence: the number belongs to the rating numeric. No schema can tie
// content to an attribute, so this stays a rule of the prose.
func checkConfidence(c *checker, e *Element) {
	text := trimBlank(e.Text())
	number := isFloat(text) && strings.ContainsAny(text, "0123456789") // not NaN
	if numeric := e.AttrDefault("rating") == "numeric"; numeric && !number || !numeric && text != "" {
		c.must(e, "CONF-CONTENT", "Confidence holds a number if rating is numeric, and nothing otherwise")
	}
}

// checkTime warns of a local time: between teams it says nothing.
func checkTime(c *checker, e *Element) {
	d, ok := parseDateTime(trimBlank(e.Text()))
	if !ok {
		return
	}
	if !d.zoned {
		c.should(e, "TIME-ZONE", "%s has no time zone; add Z or an offset such as +09:00", e.name)
	}
	if !c.now.IsZero() && d.time().After(c.now.Add(ahead(e))) {
		c.should(e, "TIME-ORDER", "%s lies in the future", e.name)
	}
}

// ahead is how far after its reception a time may lie before we wonder: what
// says when something happened, no further than clocks differ; what may be
// planned, some years.
func ahead(e *Element) time.Duration {
	const clocks, plans = 24 * time.Hour, 20 * 365 * 24 * time.Hour
	switch e.name {
	case "DetectTime", "ReportTime", "GenerationTime", "DateTime", "DateDomainWasChecked", "RegistrationDate":
		return clocks
	}
	return plans
}

// timeOrder warns where one time of e comes before another that it should
// follow. The RFCs state no order; clocks differ.
func (c *checker) timeOrder(e *Element) {
	times := 0
	for x := e.first; x != nil; x = x.next {
		if strings.HasSuffix(x.name, "Time") {
			times++
		}
	}
	if times < 2 { // as in most: nothing to compare
		return
	}
	t := timesOf(e)
	c.inOrder(&t.Start, &t.End)
	c.inOrder(&t.End, &t.Recovery)
	c.inOrder(&t.Start, &t.Detect)
	c.inOrder(&t.Detect, &t.Report)
	c.inOrder(&t.Report, &t.Generation)
}

func (c *checker) inOrder(first, then *Time) {
	if !first.IsZero() && !then.IsZero() && first.Zoned == then.Zoned && then.At.Before(first.At) {
		c.should(then.Element, "TIME-ORDER", "%s is before %s", then.Element.name, first.Element.name)
	}
}
