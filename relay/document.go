package relay

import (
	"strings"
	"time"

	"iodefgw/iodef"
)

// Identity is who we are in what we send.
type Identity struct {
	Name    string // "GW CSIRT"
	Address string // "ir@gw.example.org"
	Domain  string // IncidentID@name and the domain of our Message-IDs
}

// document writes a draft as IODEF in the version that the recipient reads.
// It is built from nothing: an element stands here only if this file names it.
// Its Encode refuses what the standard would.
func document(d *Draft, us Identity) (string, error) {
	doc := iodef.NewBuilder()
	if d.To.IODEF == string(iodef.V1) {
		documentV1(doc, d, us)
	} else {
		documentV2(doc, d, us)
	}
	return doc.Encode()
}

func documentV2(doc *iodef.Builder, d *Draft, us Identity) {
	doc.Open("IODEF-Document").Attr("version", "2.00").Attr("xml:lang", "en").Attr("xmlns", "urn:ietf:params:xml:ns:iodef-2.0")
	doc.Open("Incident").Attr("purpose", "mitigation").Attr("restriction", d.Restrict)
	doc.Open("IncidentID").Attr("name", us.Domain).Text(strings.TrimSpace(d.Number)).Close()
	leaf(doc, "GenerationTime", stamp(d.Now))
	assessmentV2(doc, d)
	creator(doc, us)
	doc.Open("Email")
	leaf(doc, "EmailTo", us.Address)
	doc.Close().Close()

	doc.Open("EventData")
	eventText(doc, d)
	if len(d.Systems) > 0 {
		doc.Open("Flow")
		for i := range d.Systems {
			systemV2(doc, &d.Systems[i])
		}
		doc.Close()
	}
	doc.Open("Expectation").Attr("action", d.Action).Close()
	record(doc, d)
	doc.Close().Close().Close()
}

func assessmentV2(doc *iodef.Builder, d *Draft) {
	if len(d.Types) == 0 && d.Severity == "" {
		return
	}
	doc.Open("Assessment")
	var known []string
	for _, t := range d.Types {
		if iodef.Enumerated(iodef.V2, "SystemImpact", "type", t) {
			known = append(known, t)
		} else {
			leaf(doc, "IncidentCategory", t)
		}
	}
	if len(known) == 0 {
		known = []string{"unknown"}
	}
	for _, t := range known {
		doc.Open("SystemImpact")
		if d.Severity != "" {
			doc.Attr("severity", d.Severity)
		}
		doc.Attr("type", t).Close()
	}
	doc.Close()
}

func systemV2(doc *iodef.Builder, s *System) {
	openSystem(doc, s)
	doc.Open("Node")
	for _, n := range s.Names {
		doc.Open("DomainData").Attr("system-status", "unknown").Attr("domain-status", "unknown")
		leaf(doc, "Name", n)
		doc.Close()
	}
	for _, a := range s.Addresses {
		doc.Open("Address").Attr("category", a.Category).Text(strings.TrimSpace(a.Value)).Close()
	}
	doc.Close()
	for _, v := range s.Services {
		service(doc, v, "ip-protocol")
	}
	doc.Close()
}

func documentV1(doc *iodef.Builder, d *Draft, us Identity) {
	doc.Open("IODEF-Document").Attr("version", "1.00").Attr("lang", "en").Attr("xmlns", "urn:ietf:params:xml:ns:iodef-1.0")
	doc.Open("Incident").Attr("purpose", "mitigation").Attr("restriction", d.Restrict)
	doc.Open("IncidentID").Attr("name", us.Domain).Text(strings.TrimSpace(d.Number)).Close()
	leaf(doc, "ReportTime", stamp(d.Now))
	// Assessment and its Impact are required in version 1 (RFC 5070 3.2).
	doc.Open("Assessment")
	types := d.Types
	if len(types) == 0 {
		types = []string{"unknown"}
	}
	for _, t := range types {
		doc.Open("Impact")
		if d.Severity != "" {
			doc.Attr("severity", d.Severity)
		}
		enumeratedV1(doc, "Impact", "type", t)
		doc.Close()
	}
	doc.Close()
	creator(doc, us)
	leaf(doc, "Email", us.Address)
	doc.Close()

	doc.Open("EventData")
	eventText(doc, d)
	if len(d.Systems) > 0 {
		doc.Open("Flow")
		for i := range d.Systems {
			systemV1(doc, &d.Systems[i])
		}
		doc.Close()
	}
	action := d.Action
	if !iodef.Enumerated(iodef.V1, "Expectation", "action", action) {
		action = "investigate"
	}
	doc.Open("Expectation").Attr("action", action).Close()
	record(doc, d)
	doc.Close().Close().Close()
}

func systemV1(doc *iodef.Builder, s *System) {
	openSystem(doc, s)
	doc.Open("Node")
	for _, n := range s.Names {
		leaf(doc, "NodeName", n)
	}
	for _, a := range s.Addresses {
		doc.Open("Address")
		enumeratedV1(doc, "Address", "category", a.Category)
		doc.Text(strings.TrimSpace(a.Value)).Close()
	}
	doc.Close()
	for _, v := range s.Services {
		// Version 1 demands a protocol and one of Port and Portlist.
		if v.Protocol != "" && v.Port+v.Portlist != "" {
			service(doc, v, "ip_protocol")
		}
	}
	doc.Close()
}

// enumeratedV1 writes an attribute of an element in version 1, as an extension
// where that version lacks the word.
func enumeratedV1(doc *iodef.Builder, element, attr, value string) {
	if iodef.Enumerated(iodef.V1, element, attr, value) {
		doc.Attr(attr, value)
	} else {
		doc.Attr(attr, "ext-value").Attr("ext-"+attr, value)
	}
}

// creator opens the gateway as the only contact that a recipient sees.
func creator(doc *iodef.Builder, us Identity) {
	doc.Open("Contact").Attr("role", "creator").Attr("type", "organization")
	leaf(doc, "ContactName", us.Name)
}

func eventText(doc *iodef.Builder, d *Draft) {
	for _, t := range d.Texts {
		leaf(doc, "Description", t)
	}
	for _, m := range [...]struct {
		name string
		at   *Moment
	}{{"DetectTime", &d.Detect}, {"StartTime", &d.Start}, {"EndTime", &d.End}} {
		if !m.at.IsZero() {
			leaf(doc, m.name, stamp(m.at.Time))
		}
	}
}

func record(doc *iodef.Builder, d *Draft) {
	if len(d.Logs) == 0 {
		return
	}
	doc.Open("Record").Open("RecordData")
	for _, l := range d.Logs {
		doc.Open("RecordItem").Attr("dtype", "string").Text(l).Close() // untrimmed: as-is means as it was
	}
	doc.Close().Close()
}

func openSystem(doc *iodef.Builder, s *System) {
	doc.Open("System")
	if s.Category != "" {
		doc.Attr("category", s.Category)
	}
}

func service(doc *iodef.Builder, v Service, protocol string) {
	if v.Protocol == "" && v.Port+v.Portlist != "" {
		return // a port without its protocol says nothing (RFC 7970 3.20)
	}
	doc.Open("Service").Attr(protocol, v.Protocol)
	switch {
	case v.Port != "":
		leaf(doc, "Port", v.Port)
	case v.Portlist != "":
		leaf(doc, "Portlist", v.Portlist)
	}
	doc.Close()
}

func leaf(doc *iodef.Builder, name, text string) {
	doc.Open(name).Text(strings.TrimSpace(text)).Close()
}

// stamp is an xs:dateTime in UTC, to the second.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
