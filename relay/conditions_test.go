package relay

import (
	"fmt"
	"strings"
	"testing"

	"iodefgw/relay/disclosure"
)

// statement is conditions in XML. Each key is "name ref=value" or "name=value".
func statement(attrs string, keys ...string) string {
	var b strings.Builder
	for _, k := range keys {
		name, value, _ := strings.Cut(k, "=")
		if n, ref, ok := strings.Cut(name, " "); ok {
			fmt.Fprintf(&b, `<c:%s ref="%s">%s</c:%s>`, n, ref, value, n)
			continue
		}
		fmt.Fprintf(&b, "<c:%s>%s</c:%s>", name, value, name)
	}
	return `<AdditionalData dtype="xml"><c:conditions xmlns:c="urn:iodefgw:disclosure:1" ` + attrs + `>` + b.String() + `</c:conditions></AdditionalData>`
}

// stated is the examples' report with a second address, which has an
// observable-id, and conditions behind each of these end tags.
func stated(t *testing.T, said map[string]string) string {
	t.Helper()
	text := strings.Replace(exampleReport(t), "203.0.113.25</Address>", `203.0.113.25</Address><Address category="ipv4-addr" observable-id="obs1">203.0.113.26</Address>`, 1)
	for tag, xml := range said {
		if tag == "" {
			text = strings.Replace(text, "</IODEF-Document>", xml+"</IODEF-Document>", 1)
			continue
		}
		end := strings.LastIndex(text, "</"+tag+">")
		if end < 0 {
			t.Fatalf("no %s", tag)
		}
		text = text[:end] + xml + text[end:]
	}
	return text
}

// TestCase_168_ConditionsOfOneElement: what is said of a single element holds
// there and nowhere else.
func TestCase_168_ConditionsOfOneElement(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		said map[string]string
	}{
		"a key":        {"", map[string]string{"Incident": statement("", "conditions=hide-my-ip", "my-addresses obs1=keep")}},
		"a statement":  {"conditions: hide-my-ip\n", map[string]string{"Incident": statement(`ref="obs1"`, "my-addresses=keep")}},
		"a preset":     {"conditions: minimal\n", map[string]string{"": statement(`ref="obs1"`, "conditions=forward-log-as-is")}},
		"beside a key": {"conditions: hide-my-ip\n", map[string]string{"": statement("", "my-addresses obs1=keep")}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
			n := d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", c.text, stated(t, c.said)))
			has(t, n, "203.0.113.26")
			lacks(t, n, "203.0.113.25")
			lacks(t, n, "203-0-113-25")
			if strings.Contains(c.text, "minimal") {
				lacks(t, n, "Failed password")
			}
		})
	}
}

// TestConditionsDeepInTheDocument: what stands within a part of a document
// narrows what is said of the whole, and grants nothing.
func TestConditionsDeepInTheDocument(t *testing.T) {
	for _, tag := range []string{"EventData", "RecordData", "System"} {
		d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
		n := d.tell("isp-r", disclosure.Acknowledged, d.report("cert-u", "conditions: hide-my-ip\n", stated(t, map[string]string{tag: statement("", "conditions=no-relay")})))
		if n.Refusal != string(disclosure.RefusedNoRelay) {
			t.Errorf("no-relay in %s: refusal %q", tag, n.Refusal)
		}
		n = d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", "conditions: forward-log-as-is\n", stated(t, map[string]string{tag: statement("", "conditions=hide-my-ip")})))
		lacks(t, n, "203.0.113.2")
		n = d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", "conditions: hide-my-ip\n", stated(t, map[string]string{tag: statement("", "conditions=forward-log-as-is")})))
		lacks(t, n, "203.0.113.2")
		n = d.tell("isp-r", disclosure.Acknowledged, d.report("cert-u", "", stated(t, map[string]string{tag: statement("", "conditions=forward-log-as-is")})))
		if n.Refusal != string(disclosure.RefusedInvalid) {
			t.Errorf("a grant in %s alone: refusal %q", tag, n.Refusal)
		}
	}
}

// TestConditionsOfAnElementThatCannotBe makes the whole statement unreadable, as
// any key that we do not know does; a part that is not to be relayed stops all.
func TestConditionsOfAnElementThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		said string
		want disclosure.Refusal
	}{
		"no such element":      {statement("", "conditions=forward-log-as-is", "my-addresses obs2=keep"), disclosure.RefusedInvalid},
		"an empty ref":         {statement(`ref=""`, "conditions=forward-log-as-is"), disclosure.RefusedInvalid},
		"another attribute":    {statement(`version="obs1"`, "conditions=forward-log-as-is"), disclosure.RefusedInvalid},
		"whom to tell":         {statement("", "conditions=forward-log-as-is", "to obs1=csirt"), disclosure.RefusedInvalid},
		"until when":           {statement("", "conditions=forward-log-as-is", "until obs1=2027-01-01"), disclosure.RefusedInvalid},
		"an unknown value":     {statement("", "conditions=forward-log-as-is", "my-addresses obs1=kep"), disclosure.RefusedInvalid},
		"twice":                {statement("", "conditions=hide-my-ip", "my-addresses obs1=keep") + statement(`ref="obs1"`, "my-hosts=keep"), disclosure.RefusedInvalid},
		"a key of another's":   {strings.Replace(statement("", "conditions=hide-my-ip"), "</c:conditions></c:conditions>", `</c:conditions><relay>no</relay></c:conditions>`, 1), disclosure.RefusedInvalid},
		"not to be relayed":    {statement("", "conditions=forward-log-as-is", "relay obs1=no"), disclosure.RefusedNoRelay},
		"to be asked about":    {statement("", "conditions=forward-log-as-is", "conditions obs1=ask-me"), disclosure.RefusedAsk},
		"nothing said at all":  {statement(""), disclosure.RefusedNoRelay},
		"a report beside a no": {statement("", "conditions=forward-log-as-is") + statement(`ref="obs1"`, "conditions=no-relay"), disclosure.RefusedNoRelay},
	} {
		d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
		r := d.report("cert-u", "", stated(t, map[string]string{"Incident": c.said}))
		n := d.tell("isp-r", disclosure.Acknowledged, r)
		if n.Refusal != string(c.want) {
			t.Errorf("%s: refusal %q, want %q", name, n.Refusal, c.want)
		}
		if c.want == disclosure.RefusedInvalid && r.BadLine == 0 {
			t.Errorf("%s: no line is named", name)
		}
	}
}

// TestWhatNarrowsIsNotReplaced: a report that puts its conditions in the place
// of its requester's standing profile still hears what its document says.
func TestWhatNarrowsIsNotReplaced(t *testing.T) {
	open := "relay: yes\nlogs: as-is\nmy-addresses: keep\nstage: acknowledged\nreplace-profile: yes\n"
	for name, said := range map[string]map[string]string{
		"an element": {"Incident": statement(`ref="obs1"`, "relay=no")}, "deep": {"EventData": statement("", "relay=no")}, "a contact": {"Contact": statement("", "conditions=no-relay")},
	} {
		d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
		if n := d.tell("isp-r", disclosure.Acknowledged, d.report("cert-u", blockOf(open), stated(t, said))); n.Refusal != string(disclosure.RefusedNoRelay) {
			t.Errorf("%s: refusal %q", name, n.Refusal)
		}
	}
	// Nor is it a standing profile, which would lift a marking.
	d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
	text := strings.Replace(stated(t, map[string]string{"EventData": statement("", "my-addresses=hide")}), "<Incident ", `<Incident restriction="default" `, 1)
	if n := d.tell("isp-r", disclosure.Acknowledged, d.report("cert-u", blockOf("relay: yes\nlogs: as-is\n"), text)); n.Refusal == "" {
		t.Error("a narrowing lifts the marking \"default\"")
	}
}
