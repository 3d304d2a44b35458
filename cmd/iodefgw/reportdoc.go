package main

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"

	"iodefgw/iodef"
)

// reportDocument writes the incident of a report as IODEF. The few differences
// between the versions stand side by side in it. iodef.Encode refuses what the
// standard would.
func reportDocument(in *ReportInput) ([]byte, error) {
	v1 := in.Version == iodef.V1
	doc := etree.NewDocument()
	root := doc.CreateElement("IODEF-Document")
	root.CreateAttr("version", string(in.Version))
	if v1 {
		root.CreateAttr("lang", in.Language)
		root.CreateAttr("xmlns", "urn:ietf:params:xml:ns:iodef-1.0")
	} else {
		root.CreateAttr("xml:lang", in.Language)
		root.CreateAttr("xmlns", "urn:ietf:params:xml:ns:iodef-2.0")
	}
	incident := root.CreateElement("Incident")
	incident.CreateAttr("purpose", "reporting")
	if in.Restriction != "" {
		incident.CreateAttr("restriction", in.Restriction)
	}
	textElement(incident, "IncidentID", in.ID).CreateAttr("name", in.IDName)
	if len(in.References) > 0 {
		others := incident.CreateElement("AlternativeID")
		for _, r := range in.References {
			name, _, _ := strings.Cut(r, "#")
			textElement(others, "IncidentID", r).CreateAttr("name", name)
		}
	}
	textElement(incident, "DetectTime", reportTime(in.Seen))
	if v1 {
		textElement(incident, "ReportTime", reportTime(in.Now))
	} else {
		textElement(incident, "GenerationTime", reportTime(in.Now))
	}
	if in.Text != "" {
		textElement(incident, "Description", in.Text)
	}
	assessment(incident, in)
	contact := incident.CreateElement("Contact")
	contact.CreateAttr("role", "creator")
	contact.CreateAttr("type", "organization")
	textElement(contact, "ContactName", in.Name)
	if v1 {
		textElement(contact, "Email", in.From)
	} else {
		textElement(contact.CreateElement("Email"), "EmailTo", in.From)
	}

	event := incident.CreateElement("EventData")
	textElement(event, "StartTime", reportTime(in.Seen))
	flow := event.CreateElement("Flow")
	for _, a := range in.Sources {
		reportSystem(flow, in, "source", Target{Address: a})
	}
	for _, t := range in.Targets {
		reportSystem(flow, in, "target", t)
	}
	for _, action := range in.Expect {
		event.CreateElement("Expectation").CreateAttr("action", action)
	}
	if in.Log != "" {
		item := event.CreateElement("Record").CreateElement("RecordData").CreateElement("RecordItem")
		item.CreateAttr("dtype", "string")
		item.SetText(in.Log)
	}
	out, err := iodef.Encode(doc)
	if err != nil {
		return nil, fmt.Errorf("write the report's document: %w", err)
	}
	return out, nil
}

// assessment says what kind of incident it is: version 1 demands it.
func assessment(incident *etree.Element, in *ReportInput) {
	element := "SystemImpact"
	if in.Version == iodef.V1 {
		element = "Impact"
	}
	kind := in.Type
	if kind == "" {
		if in.Version != iodef.V1 && in.Severity == "" {
			return
		}
		kind = "unknown"
	}
	a := incident.CreateElement("Assessment")
	impact := a.CreateElement(element)
	if in.Severity != "" {
		impact.CreateAttr("severity", in.Severity)
	}
	if iodef.Enumerated(in.Version, element, "type", kind) {
		impact.CreateAttr("type", kind)
		return
	}
	impact.CreateAttr("type", "ext-value")
	impact.CreateAttr("ext-type", kind)
}

// reportSystem writes a source or target. The service is that of the target,
// where there is one: it is the port that was reached.
func reportSystem(flow *etree.Element, in *ReportInput, category string, t Target) {
	v1 := in.Version == iodef.V1
	system := flow.CreateElement("System")
	system.CreateAttr("category", category)
	node := system.CreateElement("Node")
	if t.Name != "" {
		if v1 {
			textElement(node, "NodeName", t.Name)
		} else {
			data := node.CreateElement("DomainData")
			data.CreateAttr("system-status", "unknown")
			data.CreateAttr("domain-status", "unknown")
			textElement(data, "Name", t.Name)
		}
	}
	if t.Address.IsValid() {
		family := "ipv4-addr"
		if t.Address.Is6() {
			family = "ipv6-addr"
		}
		textElement(node, "Address", t.Address.String()).CreateAttr("category", family)
	}
	if in.Port == 0 || (category == "source") != (len(in.Targets) == 0) {
		return
	}
	service, attr := system.CreateElement("Service"), "ip-protocol"
	if v1 {
		attr = "ip_protocol"
	}
	service.CreateAttr(attr, strconv.Itoa(in.Protocol))
	textElement(service, "Port", strconv.Itoa(int(in.Port)))
}

// Target is a host of the reporter that was reached.
type Target struct {
	Address netip.Addr // may be the zero one
	Name    string     // may be empty
}

func textElement(parent *etree.Element, name, text string) *etree.Element {
	e := parent.CreateElement(name)
	e.SetText(text)
	return e
}

// reportTime keeps the zone that a time was given in.
func reportTime(t time.Time) string { return t.Format("2006-01-02T15:04:05Z07:00") }
