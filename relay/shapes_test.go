package relay

import (
	"strings"
	"testing"

	"iodefgw/iodef"
	"iodefgw/relay/disclosure"
)

// shapeCase is a report whose one event holds this, told to a CSIRT or an abuse desk.
func shapeCase(t *testing.T, relation disclosure.Relation, stage disclosure.Stage, conditions, event string) *Notice {
	t.Helper()
	d := newDesk(t, "", certU(), ispR(relation), orgV())
	return d.tell("isp-r", stage, d.report("cert-u", conditions, reportWith(event)))
}

// reportWith is a report of cert-u with these events.
func reportWith(events string) string {
	return `<IODEF-Document version="2.00" xml:lang="en" xmlns="urn:ietf:params:xml:ns:iodef-2.0">
 <Incident purpose="reporting"><IncidentID name="cert.example.co.jp">4711</IncidentID><GenerationTime>2026-11-20T03:50:00Z</GenerationTime>
  <Contact role="creator" type="organization"><ContactName>CERT-U</ContactName><Email><EmailTo>cert@example.co.jp</EmailTo></Email></Contact>
  ` + events + `</Incident></IODEF-Document>`
}

func expectTold(t *testing.T, n *Notice) {
	t.Helper()
	if n.Refusal != "" {
		t.Fatalf("nothing is told: %s, scan %s %q, twin %s", n.Refusal, n.Scan, n.Leaks, n.Twin)
	}
}

func system(category, inner string) string {
	return `<System category="` + category + `"><Node>` + inner + `</Node></System>`
}

func addr(category, value string) string {
	return `<Address category="` + category + `">` + value + `</Address>`
}

// TestNestedEventsInherit: an event inside an event has the times of the one
// around it where it has none of its own.
func TestNestedEventsInherit(t *testing.T) {
	n := shapeCase(t, disclosure.AbuseDesk, disclosure.FirstContact, full,
		`<EventData><StartTime>2026-11-20T03:14:07Z</StartTime><EventData><Flow>`+system("source", addr("ipv4-addr", "198.51.100.77"))+`</Flow></EventData></EventData>`)
	expectTold(t, n)
	has(t, n, "198.51.100.77", "<StartTime>2026-11-20T03:14:07Z</StartTime>")
}

// TestAnEventOfOthersLendsNothing: what concerns other machines only gives
// this recipient neither its times nor its logs.
func TestAnEventOfOthersLendsNothing(t *testing.T) {
	n := shapeCase(t, disclosure.AbuseDesk, disclosure.Acknowledged, full,
		`<EventData><StartTime>2026-11-20T03:14:07Z</StartTime><Flow>`+system("source", addr("ipv4-addr", "198.51.100.77"))+`</Flow></EventData>
		<EventData><StartTime>2026-11-19T01:01:01Z</StartTime><Flow>`+system("source", addr("ipv4-addr", "192.0.2.66"))+`</Flow>
		<Record><RecordData><RecordItem dtype="string">other log line</RecordItem></RecordData></Record></EventData>`)
	expectTold(t, n)
	lacks(t, n, "01:01:01", "other log", "192.0.2")
}

func TestSeveralLogsAreAllCarried(t *testing.T) {
	n := shapeCase(t, disclosure.AbuseDesk, disclosure.Acknowledged, "conditions: forward-log-as-is\n",
		`<EventData><Flow>`+system("source", addr("ipv4-addr", "198.51.100.77"))+`</Flow>
		<Record><RecordData><RecordItem dtype="string">first log</RecordItem><RecordItem dtype="string">second log</RecordItem></RecordData>
		<RecordData><RecordItem dtype="string">third log</RecordItem></RecordData></Record></EventData>`)
	expectTold(t, n)
	has(t, n, "first log", "second log", "third log")
}

// TestSourcesOfEveryKind: the recipient's own machine, however the report names it.
func TestSourcesOfEveryKind(t *testing.T) {
	for _, node := range []string{
		addr("ipv4-addr", "198.51.100.77"), addr("ipv6-addr", "2001:db8:2::77"), addr("ipv4-net", "198.51.100.64/28"), addr("ipv6-net", "2001:db8:2:1::/64"),
		`<DomainData system-status="unknown" domain-status="unknown"><Name>www.isp-r.example</Name></DomainData>`,
		addr("e-mail", "fraud@isp-r.example"), addr("site-uri", "http://www.isp-r.example/login"),
	} {
		n := shapeCase(t, disclosure.AbuseDesk, disclosure.FirstContact, full, `<EventData><Flow>`+system("source", node)+`</Flow></EventData>`)
		if n.Refusal != "" {
			t.Errorf("%s: nothing is told: %s %s %q %s", node, n.Refusal, n.Scan, n.Leaks, n.Twin)
			continue
		}
		value := node[strings.IndexByte(node, '>')+1:]
		value = strings.TrimPrefix(value, "<Name>")
		has(t, n, value[:strings.IndexByte(value, '<')])
	}
}

// TestReportedMachinesGoToCSIRTs: machines that the report accuses, by MAC, AS
// number, prefix and name, to a CSIRT; an abuse desk sees but its own.
func TestReportedMachinesGoToCSIRTs(t *testing.T) {
	event := `<EventData><Flow>` + system("source", addr("ipv4-addr", "198.51.100.77")) +
		system("source", addr("mac", "02:00:5e:10:00:01")) + system("source", addr("asn", "64511")) + system("source", addr("ipv4-net", "198.18.4.0/24")) +
		system("source", `<DomainData system-status="unknown" domain-status="unknown"><Name>bad.elsewhere.example</Name></DomainData>`) + `</Flow></EventData>`
	n := shapeCase(t, disclosure.CSIRT, disclosure.Acknowledged, full, event)
	expectTold(t, n)
	has(t, n, "02:00:5e:10:00:01", "64511", "198.18.4.0/24", "bad.elsewhere.example")
	n = shapeCase(t, disclosure.AbuseDesk, disclosure.Acknowledged, full, event)
	expectTold(t, n)
	lacks(t, n, "02:00:5e", "64511", "198.18.4", "elsewhere.example")
}

// TestVersion1Reports are read as they are, for readers of both versions.
func TestVersion1Reports(t *testing.T) {
	text := `<IODEF-Document version="1.00" lang="en" xmlns="urn:ietf:params:xml:ns:iodef-1.0"><Incident purpose="reporting">
  <IncidentID name="cert.example.co.jp">4711</IncidentID><ReportTime>2026-11-20T03:50:00Z</ReportTime>
  <Assessment><Impact type="admin" severity="high"/></Assessment>
  <Contact role="creator" type="organization"><ContactName>CERT-U</ContactName><Email>cert@example.co.jp</Email></Contact>
  <EventData><StartTime>2026-11-20T03:14:07Z</StartTime><Flow><System category="source"><Node><Address category="ipv4-addr">198.51.100.77</Address></Node></System>
   <System category="target"><Node><NodeName>www.example.co.jp</NodeName><Address category="ipv4-addr">203.0.113.25</Address></Node>
    <Service ip_protocol="6"><Port>22</Port></Service></System></Flow>
   <Record><RecordData><RecordItem dtype="string">refused 198.51.100.77 at 203.0.113.25</RecordItem></RecordData></Record></EventData></Incident></IODEF-Document>`
	for _, version := range []string{"1.00", "2.00"} {
		to := ispR(disclosure.AbuseDesk)
		to.IODEF = version
		d := newDesk(t, "", certU(), to, orgV())
		n := d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", "conditions: hide-my-ip\n", text))
		has(t, n, "198.51.100.77", "03:14:07Z", "<Port>22</Port>", "[withheld:ipv4]", `version="`+version+`"`)
		lacks(t, n, "203.0.113", "www.example", "4711", "cert@")
	}
}

// TestIndicatorsGoToCSIRTs: what the report knows of the attackers beside its
// events goes to those that may see reported values.
func TestIndicatorsGoToCSIRTs(t *testing.T) {
	event := `<EventData><Flow>` + system("source", addr("ipv4-addr", "198.51.100.77")) + `</Flow></EventData>
  <IndicatorData><Indicator><IndicatorID name="cert.example.co.jp" version="1">IND-9</IndicatorID><Observable>` +
		system("source", addr("ipv4-addr", "198.18.9.9")) + `</Observable></Indicator></IndicatorData>`
	n := shapeCase(t, disclosure.CSIRT, disclosure.Acknowledged, full, event)
	expectTold(t, n)
	has(t, n, "198.18.9.9")
	lacks(t, n, "IND-9")
	n = shapeCase(t, disclosure.AbuseDesk, disclosure.Acknowledged, full, event)
	expectTold(t, n)
	lacks(t, n, "198.18.9.9")
}

// TestAsIsThatXMLCannotCarry goes with line feeds, which is what a reader of
// XML makes of all line ends, and the requester is told.
func TestAsIsThatXMLCannotCarry(t *testing.T) {
	n := shapeCase(t, disclosure.AbuseDesk, disclosure.Acknowledged, "conditions: forward-log-as-is\n",
		`<EventData><Flow>`+system("source", addr("ipv4-addr", "198.51.100.77"))+`</Flow>
		<Record><RecordData><RecordItem dtype="string">one&#13;
two 198.51.100.77&#9;tab</RecordItem></RecordData></Record></EventData>`)
	expectTold(t, n)
	doc, err := iodef.Parse([]byte(n.Document))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := doc.Incidents()[0].Records()[0].Items()[0].Text(), "one\ntwo 198.51.100.77\ttab"; got != want {
		t.Errorf("the log reads %q, want %q", got, want)
	}
	if !n.altered[0] {
		t.Error("the requester would not hear of it")
	}
}

// TestSummaryOfALog tells that there is one and what it is about, no line of it.
func TestSummaryOfALog(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
	n := d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", blockOf("conditions: minimal\nlogs: summary\n"), exampleReport(t)))
	lacks(t, n, "sshd", "Failed", "40122")
	if !strings.Contains(string(n.Plain), "3 lines") {
		t.Errorf("no word of the log in\n%s", n.Plain)
	}
}

// TestCategoryIsACell: what a notice tells of a System is told as carried.
func TestCategoryIsACell(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
	n := d.told("isp-r", disclosure.FirstContact, d.report("cert-u", full, exampleReport(t)))
	for _, c := range n.Cells() {
		if strings.HasSuffix(c.Path, "System[1]/@category") && c.Action != "keep" {
			t.Errorf("%s: %s %q", c.Path, c.Action, c.Reasons)
		}
	}
}

// TestTimesThatNobodyMayKnow: where the site's policy hides times, none is told.
func TestTimesThatNobodyMayKnow(t *testing.T) {
	event := `<EventData><StartTime>2026-11-20T03:14:07Z</StartTime><Flow>` + system("source", addr("ipv4-addr", "198.51.100.77")) + `</Flow></EventData>`
	for policy, told := range map[string]bool{"": true, "[[rule]]\nid = \"no times\"\nset = { time = \"drop\" }\n": false} {
		d := newDesk(t, policy, certU(), ispR(disclosure.AbuseDesk), orgV())
		n := d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", full, reportWith(event)))
		if got := strings.Contains(n.Document, "03:14:07"); got != told {
			t.Errorf("policy %q: time told %v, want %v\n%s", policy, got, told, n.Document)
		}
	}
}

// TestActionsThatNobodyMayKnow: what is asked is what may be told of what was asked.
func TestActionsThatNobodyMayKnow(t *testing.T) {
	text := strings.Replace(reportOf(parts{}), `action="contact-source-site"/>`, `action="contact-source-site"/><Expectation action="block-host"/>`, 1)
	for policy, asked := range map[string]string{"": "block-host", "[[rule]]\nid = \"no asking\"\nset = { action = \"drop\" }\n": "investigate"} {
		d := newDesk(t, policy, certU(), ispR(disclosure.AbuseDesk), orgV())
		has(t, d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", full, text)), `<Expectation action="`+asked+`"/>`)
	}
}

// TestANodeNamesItsAddress: a name that stands in one Node with an address that
// is not told is not told either: the report says that it resolves to it.
func TestANodeNamesItsAddress(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.CSIRT), orgV())
	told := func(text string) *Notice {
		return d.told("isp-r", disclosure.Trusted, d.report("cert-u", blockOf("conditions: forward-log-as-is\nmy-addresses: hide\nmy-hosts: keep\n"), text))
	}
	lacks(t, told(exampleReport(t)), "www.example.co.jp")
	apart := strings.Replace(exampleReport(t), `</DomainData><Address`, `</DomainData></Node></System><System category="target"><Node><Address`, 1)
	has(t, told(apart), "www.example.co.jp")
}
