package relay

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"iodefgw/relay/disclosure"
	"iodefgw/relay/leak"
	"iodefgw/store"
)

// parts are what a test puts into a report, by where it stands in the order
// that the schema demands.
type parts struct {
	ids, facts, contacts  string // of the Incident
	eventHead, node, flow string // of its one event; node: beside the requester's own address
	target                string // attributes of the target System
	tail, record, after   string
}

// reportOf writes the report: isp-r's 198.51.100.77 against the requester's 203.0.113.25.
func reportOf(p parts) string {
	return `<IODEF-Document version="2.00" xml:lang="ja" xmlns="urn:ietf:params:xml:ns:iodef-2.0">
 <Incident purpose="reporting">
  <IncidentID name="cert.example.co.jp">4711</IncidentID>` + p.ids + `
  <GenerationTime>2026-11-20T03:50:00Z</GenerationTime>` + p.facts + `
  <Contact role="creator" type="organization"><ContactName>CERT-U</ContactName><Email><EmailTo>cert@example.co.jp</EmailTo></Email></Contact>` + p.contacts + `
  <EventData>` + p.eventHead + `
   <Flow><System category="source"><Node><Address category="ipv4-addr">198.51.100.77</Address></Node></System>
    <System category="target"` + p.target + `><Node><Address category="ipv4-addr">203.0.113.25</Address>` + p.node + `</Node>` + p.flow + `</System></Flow>
   <Expectation action="contact-source-site"/>` + p.record + `</EventData>` + p.tail + `
 </Incident>` + p.after + `</IODEF-Document>`
}

// all is everything that one message says, as its reader sees it.
func (n *Notice) all() string { return n.Document + string(n.Plain) }

// lacks fails for each string that a message spells, in whatever case.
func lacks(t *testing.T, n *Notice, not ...string) {
	t.Helper()
	said := strings.ToLower(n.all())
	for _, s := range not {
		if strings.Contains(said, strings.ToLower(s)) {
			t.Errorf("the message tells %q", s)
		}
	}
}

func has(t *testing.T, n *Notice, all ...string) {
	t.Helper()
	for _, s := range all {
		if !strings.Contains(n.Document, s) {
			t.Errorf("the document lacks %q:\n%s", s, n.Document)
		}
	}
}

// grants of the tests: everything, to a recipient of any role.
var full = blockOf(everything)

// abuseCase builds a report and tells isp-r, an abuse desk, at a stage under full consent.
func abuseCase(t *testing.T, stage disclosure.Stage, p parts) *Notice {
	t.Helper()
	d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
	return d.told("isp-r", stage, d.report("cert-u", full, reportOf(p)))
}

func TestCase_128_ContactsAreOurs(t *testing.T) {
	people := `
  <Contact role="tech" type="person"><ContactName>Taro Yamada</ContactName><RegistryHandle registry="apnic">TY99-AP</RegistryHandle>
   <Email><EmailTo>taro@example.co.jp</EmailTo></Email><Telephone><TelephoneNumber>+81-3-1234-5678</TelephoneNumber></Telephone><Timezone>+09:00</Timezone>
   <Contact role="cc" type="person"><ContactName>Hanako Sato</ContactName></Contact></Contact>
  <Contact role="irt" type="organization"><ContactName>Inner Team</ContactName></Contact>`
	n := abuseCase(t, disclosure.Acknowledged, parts{contacts: people})
	lacks(t, n, "yamada", "TY99", "taro", "5678", "+09:00", "hanako", "inner team", "CERT-U")
	if got := strings.Count(n.Document, "<Contact "); got != 1 {
		t.Errorf("%d contacts, want ours alone", got)
	}
	has(t, n, "<EmailTo>ir@gw.example.org</EmailTo>")
}

func TestCase_129_OnlyOurNumber(t *testing.T) {
	n := abuseCase(t, disclosure.Authenticated, parts{ids: `<AlternativeID><IncidentID name="other.example">ALT-77</IncidentID></AlternativeID>
  <RelatedActivity><IncidentID name="third.example" instance="inst5">REL-88</IncidentID></RelatedActivity>`})
	lacks(t, n, "4711", "cert.example.co.jp", "ALT-77", "REL-88", "inst5", "third.example", "other.example")
	has(t, n, `<IncidentID name="gw.example.org">GW#00000042</IncidentID>`)
}

func TestCase_130_HistoryStays(t *testing.T) {
	n := abuseCase(t, disclosure.Trusted, parts{tail: `<History><HistoryItem action="investigate"><DateTime>2026-11-19T00:00:00Z</DateTime>
   <Description>secretly watched</Description></HistoryItem></History>`})
	lacks(t, n, "History", "secretly", "2026-11-19")
}

func TestCase_131_ExtensionsStay(t *testing.T) {
	n := abuseCase(t, disclosure.Trusted, parts{
		target: ` observable-id="obs-tokyo-7" ownership="organization"`,
		facts:  `<Assessment><SystemImpact type="ext-value" ext-type="house-word-3"/></Assessment>`,
		tail:   `<AdditionalData dtype="string" meaning="inner meaning" formatid="fmt-9" observable-id="obs-8">loose words</AdditionalData>`,
	})
	lacks(t, n, "obs-tokyo-7", "house-word-3", "inner meaning", "fmt-9", "obs-8", "loose words", "ownership")
}

func TestCase_132_LanguageIsOurs(t *testing.T) {
	n := abuseCase(t, disclosure.Acknowledged, parts{})
	has(t, n, `xml:lang="en"`)
	lacks(t, n, `lang="ja"`)
}

func TestCase_133_ImpactWaits(t *testing.T) {
	money := `<Assessment><SystemImpact severity="high" type="takeover-system"/><BusinessImpact severity="high" type="breach-privacy"/>
  <TimeImpact metric="labor" unit="hour">77</TimeImpact><MonetaryImpact severity="high" currency="JPY">7654321</MonetaryImpact></Assessment>`
	n := abuseCase(t, disclosure.FirstContact, parts{facts: money})
	lacks(t, n, "high", "7654321", "labor", "currency", ">77<", "severity")
	n = abuseCase(t, disclosure.Trusted, parts{facts: money})
	lacks(t, n, "7654321", "labor", "currency", ">77<")
}

func TestCase_134_CountsStay(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
	many := strings.Repeat(`<System category="source"><Node><Address category="ipv4-addr">192.0.2.66</Address></Node><Counter type="event" unit="packet">987654</Counter></System>`, 3)
	text := strings.Replace(reportOf(parts{}), "<Flow>", "<Flow>"+many, 1)
	n := d.told("isp-r", disclosure.FirstContact, d.report("cert-u", full, text))
	lacks(t, n, "987654", "192.0.2.66", "Counter")
	if got := strings.Count(n.Document, "<System "); got != 1 {
		t.Errorf("%d systems, want the recipient's alone:\n%s", got, n.Document)
	}
}

func TestCase_135_NodeGoesWithItsAddress(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
	text := reportOf(parts{node: `<Location>rack 12 Osaka</Location><PostalAddress><PAddress>1-1 Chiyoda</PAddress></PostalAddress>`,
		flow: `<NodeRole category="mail"/>`})
	text = strings.Replace(text, `<Address category="ipv4-addr">203.0.113.25`,
		`<DomainData system-status="unknown" domain-status="unknown"><Name>r-203-0-113-25.example.co.jp</Name></DomainData><Address category="ipv4-addr">203.0.113.25`, 1)
	n := d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", "conditions: hide-my-ip\n", text))
	lacks(t, n, "203-0-113-25", "203.0.113", "osaka", "chiyoda", "NodeRole", "example.co.jp")
	has(t, n, `<Address category="ipv4-net-masked">x.x.x.x/x</Address>`)
}

func TestCase_136_TimesAreUTC(t *testing.T) {
	head := `<ReportTime>2026-11-20T12:20:00+09:00</ReportTime><DetectTime>2026-11-20T12:15:59.123+09:00</DetectTime>
   <StartTime>2026-11-20T12:14:07.987+09:00</StartTime><EndTime>2026-11-20T12:16:01.5+09:00</EndTime>`
	n := abuseCase(t, disclosure.FirstContact, parts{eventHead: head})
	lacks(t, n, "+09:00", ".987", ".123", "12:14:07", "03:20:00", "03:50:00")
	has(t, n, "<StartTime>2026-11-20T03:14:07Z</StartTime>", "<EndTime>2026-11-20T03:16:01Z</EndTime>", "<GenerationTime>2026-11-20T12:00:00Z</GenerationTime>")

	d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
	n = d.told("isp-r", disclosure.FirstContact, d.report("cert-u", blockOf("conditions: minimal\ntime: hour\n"), reportOf(parts{eventHead: head})))
	lacks(t, n, "03:14", "03:16", "03:15")
	has(t, n, "<StartTime>2026-11-20T03:00:00Z</StartTime>")
}

func TestCase_137_SoftwareOfTheTargetStays(t *testing.T) {
	flow := `<Service ip-protocol="6"><Port>22</Port><ServiceName><IANAService>ssh</IANAService></ServiceName><ApplicationHeaderField dtype="string" name="h7">token-9</ApplicationHeaderField></Service>
    <OperatingSystem><Description>OpenBSD 7.77</Description></OperatingSystem>`
	n := abuseCase(t, disclosure.FirstContact, parts{flow: flow})
	lacks(t, n, "openbsd", "7.77", "token-9", "h7", ">22<")
}

func TestCase_138_AssetsStay(t *testing.T) {
	n := abuseCase(t, disclosure.Trusted, parts{target: ` interface="em7"`, node: ``, flow: `<AssetID>asset-5150</AssetID>`})
	lacks(t, n, "asset-5150", "em7")
}

func TestCase_139_MailOfASampleStays(t *testing.T) {
	n := abuseCase(t, disclosure.Acknowledged, parts{record: `<Record><RecordData><EmailData><EmailTo>victim@example.co.jp</EmailTo><EmailFrom>fraud@fraud.example</EmailFrom>
    <EmailSubject>your account</EmailSubject><EmailHeaders>Received: from mx7.example.co.jp</EmailHeaders><EmailBody>Dear Taro</EmailBody></EmailData></RecordData></Record>`})
	lacks(t, n, "victim", "fraud.example", "your account", "mx7", "dear taro")
}

func TestCase_141_FilesAndHashesStay(t *testing.T) {
	n := abuseCase(t, disclosure.Acknowledged, parts{record: `<Record><RecordData><FileData><File><FileName>/home/taro/plan.doc</FileName><FileSize>4242</FileSize></File></FileData>
    <WindowsRegistryKeysModified><Key registryaction="add-key"><KeyName>HKLM\Software\TaroCorp</KeyName></Key></WindowsRegistryKeysModified></RecordData></Record>`})
	lacks(t, n, "taro", "plan.doc", "4242", "HKLM")
}

func TestCase_151_OriginalInAdditionalDataStays(t *testing.T) {
	n := abuseCase(t, disclosure.Trusted, parts{tail: `<AdditionalData dtype="xml"><copy xmlns="urn:x">203.0.113.77 wrapped original</copy></AdditionalData>`})
	lacks(t, n, "wrapped", "203.0.113.77", "urn:x", "AdditionalData")
}

// TestWhatIsNeverToldSilencesNothing: the recipient's own address is told
// although it stands in the history and in a copy of the report too, and what
// stands there alone is looked for in the message.
func TestWhatIsNeverToldSilencesNothing(t *testing.T) {
	n := abuseCase(t, disclosure.FirstContact, parts{tail: `<History><HistoryItem action="investigate"><DateTime>2026-11-19T00:00:00Z</DateTime>
   <Description>198.51.100.77 again, asked 203.0.113.99</Description></HistoryItem></History>
  <AdditionalData dtype="string">198.51.100.77</AdditionalData>`})
	has(t, n, "198.51.100.77")
	withheld, _ := n.values()
	if !slices.ContainsFunc(withheld, func(v leak.Value) bool { return v.Text == "203.0.113.99" }) {
		t.Error("an address of the history alone is not looked for")
	}
	for _, c := range n.Cells() {
		if strings.Contains(c.Path, "History") && c.Action != "drop" {
			t.Errorf("%s: %s", c.Path, c.Action)
		}
	}
}

// TestLettersToOthersLookForOtherThings: what a letter may not name is asked
// once for all letters to one party, and anew for the next.
func TestLettersToOthersLookForOtherThings(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
	text := strings.Replace(exampleReport(t), "</RecordItem>", "from ir@org-v.example and abuse@isp-r.example</RecordItem>", 1)
	ticket := &Ticket{Number: "GW#00000042", Reports: []*Report{d.report("cert-u", "conditions: hide-my-ip\n", text)}}
	for _, id := range []string{"cert-u", "org-v", "isp-r", "cert-u"} {
		n, err := d.plain(store.KindAck, "receipt", ticket, Recipient{Party: d.parties.ByID(id)}, says{}, d.parties, noon)
		d.check(err)
		if n.Refusal != "" {
			t.Errorf("to %s: %s %q", id, n.Refusal, n.Leaks)
		}
	}
	if len(ticket.letters) != 3 {
		t.Errorf("%d scanners for letters to three parties", len(ticket.letters))
	}
}

// TestValueInSeveralLines: a value of a log is one cell, and each place where it
// stands is on record. Where its line is left out it is not told, nor does it
// count for the order of pseudonyms.
func TestValueInSeveralLines(t *testing.T) {
	d := newDesk(t, "[[rule]]\nset = { url = \"drop\" }\n", certU(), ispR(disclosure.CSIRT), orgV())
	log := "http://evil.example/ 203.0.113.9\n203.0.113.26 bob@isp-r.example\n203.0.113.9 203.0.113.26 203.0.113.9\n"
	head, tail, _ := strings.Cut(exampleReport(t), "<RecordItem dtype=\"string\">")
	_, tail, _ = strings.Cut(tail, "</RecordItem>")
	r := d.report("cert-u", blockOf("conditions: hide-my-ip\nlogs: sanitize\nmy-addresses: pseudonym\n"), head+"<RecordItem dtype=\"string\">"+log+"</RecordItem>"+tail)
	n := d.told("isp-r", disclosure.Trusted, r)
	if got, want := n.Draft.Logs[0], "host-b bob@isp-r.example\nhost-c host-b host-c\n[1 third-party value withheld]\n"; got != want {
		t.Errorf("the log is told as\n%s\nwant\n%s", got, want)
	}
	table, err := ReadCells(n.table())
	d.check(err)
	pseudonym := `address pseudonymise consent report 1 "my-addresses: pseudonym": pseudonymise`
	want := []string{
		"1.1 url drop consent third, site's setting: pseudonymise",
		"1.2 address drop its line is left out: drop",
		"2.1 " + pseudonym,
		"2.2 email keep consent relay allowed: keep",
		"3.1 " + pseudonym, "3.2 " + pseudonym, "3.3 " + pseudonym,
	}
	for _, cells := range [][]Cell{n.Cells(), table} {
		var got []string
		for _, c := range cells {
			if _, place, ok := strings.Cut(c.Path, "#"); ok {
				got = append(got, place+" "+c.Class+" "+c.Action+" "+c.Reasons[len(c.Reasons)-1])
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// TestOneCellOfALog: a value that a log repeats is one cell; what is of another
// class is another.
func TestOneCellOfALog(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.CSIRT), orgV())
	text := strings.Replace(exampleReport(t), "</RecordItem>", "198.51.100.9 198.51.100.10 ftp://bob@isp-r.example/\n198.51.100.9 bob@isp-r.example\n198.51.100.10 198.51.100.9\n"+"</RecordItem>", 1)
	m := collect([]*Report{d.report("cert-u", "conditions: hide-my-ip\n", text)}, d.parties.values)
	var got []string
	for i, c := range m.cells {
		if c.In > 0 && (strings.HasPrefix(c.Value, "198.51.100.") && c.Value != "198.51.100.77" || c.Value == "bob@isp-r.example") {
			got = append(got, fmt.Sprint(m.class(i), " ", c.Value, c.Lines, " ", m.path(i)[strings.IndexByte(m.path(i), '#'):]))
		}
	}
	want := []string{"address 198.51.100.9[4 5 6] #4.1", "address 198.51.100.10[4 6] #4.2", "account bob@isp-r.example[4] #4.3", "email bob@isp-r.example[5] #5.2"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
