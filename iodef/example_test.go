package iodef_test

import (
	"fmt"
	"time"

	"github.com/beevik/etree"

	"iodefgw/iodef"
)

const report = `<?xml version="1.0" encoding="UTF-8"?>
<IODEF-Document version="1.00" lang="en" xmlns="urn:ietf:params:xml:ns:iodef-1.0">
 <Incident purpose="reporting">
  <IncidentID name="csirt.example.com">2026-17</IncidentID>
  <ReportTime>2026-01-31T09:00:00+09:00</ReportTime>
  <Assessment><Impact type="recon"/></Assessment>
  <Contact role="creator" type="organization">
   <ContactName>Example CSIRT</ContactName>
   <Email>cert@csirt.example.com</Email>
  </Contact>
  <EventData>
   <Flow>
    <System category="source"><Node><Address>192.0.2.7</Address></Node></System>
    <System category="target"><Node><Address>198.51.100.25</Address></Node>
     <Service ip_protocol="6"><Port>22</Port></Service></System>
   </Flow>
  </EventData>
 </Incident>
</IODEF-Document>`

func ExampleParse() {
	d, err := iodef.Parse([]byte(report))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("version", d.Version())
	for _, incident := range d.Incidents() {
		fmt.Println(incident.ID().Name, incident.ID().ID, incident.Purpose())
		for _, system := range incident.Systems() {
			for _, address := range system.Addresses() {
				fmt.Println(system.Category(), address.Category(), address.Value())
			}
		}
	}
	// Output:
	// version 1.00
	// csirt.example.com 2026-17 reporting
	// source ipv4-addr 192.0.2.7
	// target ipv4-addr 198.51.100.25
}

func ExampleParse_malformed() {
	_, err := iodef.Parse([]byte(`<!DOCTYPE IODEF-Document><IODEF-Document/>`))
	fmt.Println(err)
	// Output:
	// malformed at line 1: a DOCTYPE is not accepted; remove it (DOC-DTD)
}

func ExampleDocument_Validate() {
	d, err := iodef.Parse([]byte(`<?xml version="1.0" encoding="UTF-8"?>
<IODEF-Document version="2.00" xml:lang="en" xmlns="urn:ietf:params:xml:ns:iodef-2.0">
 <Incident purpose="reporting">
  <IncidentID name="csirt.example.com">2026-17</IncidentID>
  <GenerationTime>2026-01-31T09:00:00</GenerationTime>
  <Contact type="organization"/>
 </Incident>
</IODEF-Document>`))
	if err != nil {
		fmt.Println(err)
		return
	}
	findings := d.Validate(time.Now())
	fmt.Println(iodef.Verdict(findings))
	for _, f := range findings {
		if f.Severity != iodef.Info {
			fmt.Println(f)
		}
	}
	// Output:
	// invalid
	// line 3: warning: /IODEF-Document/Incident[1]: no Contact has the role creator; say who made the document (CONTACT-CREATOR)
	// line 5: warning: /IODEF-Document/Incident[1]/GenerationTime[1]: GenerationTime has no time zone; add Z or an offset such as +09:00 (TIME-ZONE)
	// line 6: error: /IODEF-Document/Incident[1]/Contact[1]: attribute role is required (required-attribute)
	// line 6: error: /IODEF-Document/Incident[1]/Contact[1]: Contact is empty; give a name or an address (CONTACT-EMPTY)
}

func ExampleDocument_Cells() {
	d, err := iodef.Parse([]byte(report))
	if err != nil {
		fmt.Println(err)
		return
	}
	for c := range d.Cells() {
		switch c.Class {
		case iodef.ClassAddress, iodef.ClassEmail, iodef.ClassOrg:
			fmt.Println(c.Class, c.Path)
		}
	}
	// Output:
	// org /IODEF-Document/Incident[1]/Contact[1]/ContactName[1]
	// email /IODEF-Document/Incident[1]/Contact[1]/Email[1]
	// address /IODEF-Document/Incident[1]/EventData[1]/Flow[1]/System[1]/Node[1]/Address[1]
	// address /IODEF-Document/Incident[1]/EventData[1]/Flow[1]/System[2]/Node[1]/Address[1]
}

func ExampleElement_Restriction() {
	d, err := iodef.Parse([]byte(report))
	if err != nil {
		fmt.Println(err)
		return
	}
	r := d.Incidents()[0].Restriction()
	fmt.Println(r.Value, r.Explicit)
	// Output:
	// private false
}

func ExampleEncode() {
	doc := etree.NewDocument()
	root := doc.CreateElement("IODEF-Document")
	root.CreateAttr("xmlns", "urn:ietf:params:xml:ns:iodef-2.0")
	root.CreateAttr("version", "2.00")
	root.CreateAttr("xml:lang", "en")
	incident := root.CreateElement("Incident")
	incident.CreateAttr("purpose", "reporting")
	id := incident.CreateElement("IncidentID")
	id.CreateAttr("name", "gateway.example")
	id.SetText("GW#00000042")

	_, err := iodef.Encode(doc) // it lacks GenerationTime and Contact
	fmt.Println(err)

	incident.CreateElement("GenerationTime").SetText("2026-01-31T00:00:00Z")
	contact := incident.CreateElement("Contact")
	contact.CreateAttr("role", "creator")
	contact.CreateAttr("type", "organization")
	contact.CreateElement("ContactName").SetText("Gateway")
	out, err := iodef.Encode(doc)
	fmt.Print(string(out), err)
	// Output:
	// the document is invalid: line 3: /IODEF-Document/Incident[1] (missing-element)
	// <?xml version="1.0" encoding="UTF-8"?>
	// <IODEF-Document xmlns="urn:ietf:params:xml:ns:iodef-2.0" version="2.00" xml:lang="en">
	//   <Incident purpose="reporting">
	//     <IncidentID name="gateway.example">GW#00000042</IncidentID>
	//     <GenerationTime>2026-01-31T00:00:00Z</GenerationTime>
	//     <Contact role="creator" type="organization">
	//       <ContactName>Gateway</ContactName>
	//     </Contact>
	//   </Incident>
	// </IODEF-Document>
	// <nil>
}

func ExampleToV2() {
	d, err := iodef.Parse([]byte(report))
	if err != nil {
		fmt.Println(err)
		return
	}
	doc, losses, err := iodef.ToV2(d)
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := iodef.Encode(doc)
	if err != nil {
		fmt.Println(err)
		return
	}
	d2, err := iodef.Parse(out)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d2.Version(), len(losses), d2.Incidents()[0].Systems()[0].Addresses()[0].Category())
	// Output:
	// 2.00 0 ipv4-addr
}
