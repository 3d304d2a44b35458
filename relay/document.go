package relay

import (
	"strings"
	"time"

	"github.com/beevik/etree"

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
// iodef.Encode refuses what the standard would.
func document(d *Draft, us Identity) ([]byte, error) {
	doc := etree.NewDocument()
	if d.To.IODEF == string(iodef.V1) {
		documentV1(doc, d, us)
	} else {
		documentV2(doc, d, us)
	}
	return iodef.Encode(doc)
}

func documentV2(doc *etree.Document, d *Draft, us Identity) {
	root := doc.CreateElement("IODEF-Document")
	root.CreateAttr("version", "2.00")
	root.CreateAttr("xml:lang", "en")
	root.CreateAttr("xmlns", "urn:ietf:params:xml:ns:iodef-2.0")
	inc := root.CreateElement("Incident")
	inc.CreateAttr("purpose", "mitigation")
	inc.CreateAttr("restriction", d.Restrict)
	id := leaf(inc, "IncidentID", d.Number)
	id.CreateAttr("name", us.Domain)
	leaf(inc, "GenerationTime", stamp(d.Now))
	assessmentV2(inc, d)
	contact := creator(inc, us)
	leaf(contact.CreateElement("Email"), "EmailTo", us.Address)

	event := inc.CreateElement("EventData")
	eventText(event, d)
	if len(d.Systems) > 0 {
		flow := event.CreateElement("Flow")
		for _, s := range d.Systems {
			systemV2(flow, s)
		}
	}
	event.CreateElement("Expectation").CreateAttr("action", d.Action)
	record(event, d)
}

func assessmentV2(inc *etree.Element, d *Draft) {
	if len(d.Types) == 0 && d.Severity == "" {
		return
	}
	a := inc.CreateElement("Assessment")
	var known []string
	for _, t := range d.Types {
		if iodef.Enumerated(iodef.V2, "SystemImpact", "type", t) {
			known = append(known, t)
		} else {
			leaf(a, "IncidentCategory", t)
		}
	}
	if len(known) == 0 {
		known = []string{"unknown"}
	}
	for _, t := range known {
		impact := a.CreateElement("SystemImpact")
		if d.Severity != "" {
			impact.CreateAttr("severity", d.Severity)
		}
		impact.CreateAttr("type", t)
	}
}

func systemV2(flow *etree.Element, s System) {
	sys := flow.CreateElement("System")
	category(sys, s)
	node := sys.CreateElement("Node")
	for _, n := range s.Names {
		data := node.CreateElement("DomainData")
		data.CreateAttr("system-status", "unknown")
		data.CreateAttr("domain-status", "unknown")
		leaf(data, "Name", n)
	}
	for _, a := range s.Addresses {
		leaf(node, "Address", a.Value).CreateAttr("category", a.Category)
	}
	for _, v := range s.Services {
		service(sys, v, "ip-protocol")
	}
}

func documentV1(doc *etree.Document, d *Draft, us Identity) {
	root := doc.CreateElement("IODEF-Document")
	root.CreateAttr("version", "1.00")
	root.CreateAttr("lang", "en")
	root.CreateAttr("xmlns", "urn:ietf:params:xml:ns:iodef-1.0")
	inc := root.CreateElement("Incident")
	inc.CreateAttr("purpose", "mitigation")
	inc.CreateAttr("restriction", d.Restrict)
	id := leaf(inc, "IncidentID", d.Number)
	id.CreateAttr("name", us.Domain)
	leaf(inc, "ReportTime", stamp(d.Now))
	// Assessment and its Impact are required in version 1 (RFC 5070 3.2).
	a := inc.CreateElement("Assessment")
	types := d.Types
	if len(types) == 0 {
		types = []string{"unknown"}
	}
	for _, t := range types {
		impact := a.CreateElement("Impact")
		if d.Severity != "" {
			impact.CreateAttr("severity", d.Severity)
		}
		if iodef.Enumerated(iodef.V1, "Impact", "type", t) {
			impact.CreateAttr("type", t)
		} else {
			impact.CreateAttr("type", "ext-value")
			impact.CreateAttr("ext-type", t)
		}
	}
	leaf(creator(inc, us), "Email", us.Address)

	event := inc.CreateElement("EventData")
	eventText(event, d)
	if len(d.Systems) > 0 {
		flow := event.CreateElement("Flow")
		for _, s := range d.Systems {
			systemV1(flow, s)
		}
	}
	action := d.Action
	if !iodef.Enumerated(iodef.V1, "Expectation", "action", action) {
		action = "investigate"
	}
	event.CreateElement("Expectation").CreateAttr("action", action)
	record(event, d)
}

func systemV1(flow *etree.Element, s System) {
	sys := flow.CreateElement("System")
	category(sys, s)
	node := sys.CreateElement("Node")
	for _, n := range s.Names {
		leaf(node, "NodeName", n)
	}
	for _, a := range s.Addresses {
		e := leaf(node, "Address", a.Value)
		if iodef.Enumerated(iodef.V1, "Address", "category", a.Category) {
			e.CreateAttr("category", a.Category)
		} else {
			e.CreateAttr("category", "ext-value")
			e.CreateAttr("ext-category", a.Category)
		}
	}
	for _, v := range s.Services {
		// Version 1 demands a protocol and one of Port and Portlist.
		if v.Protocol != "" && v.Port+v.Portlist != "" {
			service(sys, v, "ip_protocol")
		}
	}
}

// creator is the gateway as the only contact that a recipient sees.
func creator(inc *etree.Element, us Identity) *etree.Element {
	c := inc.CreateElement("Contact")
	c.CreateAttr("role", "creator")
	c.CreateAttr("type", "organization")
	leaf(c, "ContactName", us.Name)
	return c
}

func eventText(event *etree.Element, d *Draft) {
	for _, t := range d.Texts {
		leaf(event, "Description", t)
	}
	for _, m := range []struct {
		name string
		Moment
	}{{"DetectTime", d.Detect}, {"StartTime", d.Start}, {"EndTime", d.End}} {
		if !m.IsZero() {
			leaf(event, m.name, stamp(m.Time))
		}
	}
}

func record(event *etree.Element, d *Draft) {
	if len(d.Logs) == 0 {
		return
	}
	data := event.CreateElement("Record").CreateElement("RecordData")
	for _, l := range d.Logs {
		item := data.CreateElement("RecordItem") // untrimmed: as-is means as it was
		item.CreateAttr("dtype", "string")
		item.SetText(l)
	}
}

func category(sys *etree.Element, s System) {
	if s.Category != "" {
		sys.CreateAttr("category", s.Category)
	}
}

func service(sys *etree.Element, v Service, protocol string) {
	if v.Protocol == "" && v.Port+v.Portlist != "" {
		return // a port without its protocol says nothing (RFC 7970 3.20)
	}
	e := sys.CreateElement("Service")
	e.CreateAttr(protocol, v.Protocol)
	switch {
	case v.Port != "":
		leaf(e, "Port", v.Port)
	case v.Portlist != "":
		leaf(e, "Portlist", v.Portlist)
	}
}

func leaf(parent *etree.Element, name, text string) *etree.Element {
	e := parent.CreateElement(name)
	e.SetText(strings.TrimSpace(text))
	return e
}

// stamp is an xs:dateTime in UTC, to the second.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
