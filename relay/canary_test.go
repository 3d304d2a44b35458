package relay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/beevik/etree"

	"iodefgw/iodef"
	"iodefgw/relay/disclosure"
)

// A canary is a value that nothing else in any message spells, of the right
// kind for the place it is put at, and whose it is.
type canary struct {
	mine  bool // the requester's; else a third party's
	value func(disclosure.Class) string
}

const (
	canaryWord  = "cnr7qvx"
	canaryHash  = "c4a7b2d19e5f60718293a4b5c6d7e8f9"
	canaryMAC   = "02:c4:a7:19:e5:f6"
	canaryMine  = "203.0.113.97"
	canaryThird = "192.0.2.197"
)

var canaries = []canary{
	{true, func(c disclosure.Class) string { return planted(c, canaryMine, ".example.co.jp") }},
	{false, func(c disclosure.Class) string { return planted(c, canaryThird, ".org-v.example") }},
}

func planted(c disclosure.Class, addr, site string) string {
	switch c {
	case disclosure.ClassAddress, 0: // of an address or a RecordItem another attribute decides
		return addr
	case disclosure.ClassHostname, disclosure.ClassDomain:
		return canaryWord + site
	case disclosure.ClassURL:
		return "http://" + canaryWord + site + "/" + canaryWord
	case disclosure.ClassEmail:
		return canaryWord + "@" + site[1:]
	case disclosure.ClassHash:
		return canaryHash
	case disclosure.ClassMAC:
		return canaryMAC
	case disclosure.ClassLog, disclosure.ClassText:
		return "access by " + canaryWord + " at " + addr + " of " + canaryWord + site + " and 198.51.100.77"
	}
	return canaryWord
}

// seen lists the canaries that a text spells.
func seen(text []byte) (out []string) {
	text = bytes.ToLower(text)
	for _, needle := range []string{canaryWord, canaryHash, canaryMAC, canaryMine, canaryThird} {
		if bytes.Contains(text, []byte(needle)) {
			out = append(out, needle)
		}
	}
	return out
}

// plantAt builds the smallest document with a value at a place, in which
// every event names a machine of the recipient, so that all of them concern it.
func plantAt(p iodef.PathInfo, value string) ([]byte, error) {
	doc := iodef.Skeleton(p, value)
	for _, inc := range doc.Root().ChildElements() {
		if inc.Tag != "Incident" {
			continue
		}
		if inc.SelectElement("EventData") == nil {
			after := inc.SelectElement("Contact")
			inc.InsertChildAt(after.Index()+1, etree.NewElement("EventData"))
		}
		for _, event := range inc.FindElements(".//EventData") {
			flow := etree.NewElement("Flow")
			sys := flow.CreateElement("System")
			sys.CreateAttr("category", "source")
			sys.CreateElement("Node").CreateElement("Address").SetText("198.51.100.77")
			sys.SelectElement("Node").SelectElement("Address").CreateAttr("category", "ipv4-addr")
			at := len(event.Child)
			for _, c := range event.ChildElements() {
				if slices.Contains([]string{"Expectation", "Record", "EventData", "AdditionalData"}, c.Tag) {
					at = min(at, c.Index())
				}
			}
			event.InsertChildAt(at, flow)
		}
	}
	return doc.WriteToBytes()
}

// canaryConditions are the presets, nothing, and everything.
var canaryConditions = []string{
	"conditions: forward-log-as-is\nto: source-site, csirt, party:isp-r\n",
	"conditions: hide-my-ip\nto: source-site, csirt, party:isp-r\n",
	"conditions: minimal\nto: source-site, csirt, party:isp-r\n",
	"conditions: no-relay\n",
	"conditions: ask-me\n",
	"",
	everything,
}

const everything = `relay: yes
to: source-site, csirt, party:isp-r
stage: first-contact
logs: as-is
my-addresses: keep
my-hosts: keep
identity: keep
text: as-is
`

func blockOf(lines string) string {
	return "-----BEGIN DISCLOSURE CONDITIONS-----\nversion: 1\n" + lines + "-----END DISCLOSURE CONDITIONS-----\n"
}

// canaryCase is one recipient at one stage under one set of conditions.
type canaryCase struct {
	relation   disclosure.Relation
	stage      disclosure.Stage
	conditions string
}

func canaryCases() (all []canaryCase) {
	for _, r := range disclosure.Relations() {
		for _, s := range []disclosure.Stage{disclosure.FirstContact, disclosure.Acknowledged, disclosure.Authenticated, disclosure.Trusted} {
			for _, c := range canaryConditions {
				all = append(all, canaryCase{r, s, c})
			}
		}
	}
	return all
}

// mayTell is the policy in the test's own words, told independently of the
// rules that decide: what a place may ever tell, from which stage, and by which
// line of the conditions. What is not listed never comes out.
func (c canaryCase) mayTell(p iodef.PathInfo, mine bool) bool {
	granted := func(line, preset string) bool {
		return strings.Contains(c.conditions, line) || preset != "" && strings.Contains(c.conditions, preset)
	}
	reached := func(s disclosure.Stage) bool { return !c.stage.Before(s) }
	in := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(s string) bool { return strings.Contains(p.Path+"|", s+"|") })
	}
	switch {
	case strings.Contains(p.Path, "History"), strings.Contains(p.Path, "AdditionalData"), strings.Contains(p.Path, "RelatedActivity"):
		return false
	case strings.Contains(p.Path, "/IndicatorData/") && in("/Address", "/DomainData/Name") && !mine:
		// What a report gives as an indicator is reported: for those who work with CSIRTs.
		return slices.Contains([]disclosure.Relation{disclosure.CSIRT, disclosure.Peer, disclosure.Law, disclosure.OwnConstituency}, c.relation)
	case !reached(disclosure.Acknowledged):
		// At first contact a canary may stand nowhere but in an extract of the log.
		return in("/RecordItem") && granted("stage: first-contact", "")
	case in("/System/Node/Address", "/Observable/Address"):
		return mine && granted("my-addresses: keep", "forward-log-as-is")
	case in("/System/Node/NodeName", "/System/Node/DomainData/Name", "/Observable/DomainData/Name"):
		return mine && (granted("my-hosts: keep", "forward-log-as-is") || granted("", "hide-my-ip"))
	case in("/Service/@ip-protocol", "/Service/@ip_protocol", "/Service/Port", "/Service/Portlist"):
		return true
	case in("/RecordItem"):
		return granted("logs: as-is", "forward-log-as-is") || granted("", "hide-my-ip")
	case in("/EventData/Description", "/Incident/Description"):
		return reached(disclosure.Authenticated) && granted("text: as-is", "")
	case in("/Incident/Contact/ContactName", "/Incident/Contact/Email", "/Incident/Contact/Email/EmailTo"):
		return mine && reached(disclosure.Authenticated) && granted("identity: keep", "")
	}
	return false
}

// TestCase_127_CanaryOnEveryPath plants a value on every path of both schemas
// and looks for it in all that leaves and in all that is kept beside. Each
// path meets a few recipients, the next path the next ones, and every path the
// one that may be told most; IODEFGW_CANARY=all takes all of them.
func TestCase_127_CanaryOnEveryPath(t *testing.T) {
	desks := map[disclosure.Relation]*desk{}
	for _, r := range disclosure.Relations() {
		to := ispR(r)
		desks[r] = newDesk(t, "", certU(), to, orgV())
	}
	cases := canaryCases()
	most := []canaryCase{{disclosure.CSIRT, disclosure.Trusted, everything}}
	whole := os.Getenv("IODEFGW_CANARY") == "all"
	next, notices := 0, 0
	came := map[string]bool{}
	for _, v := range []iodef.Version{iodef.V1, iodef.V2} {
		typed := 0
		for i, p := range iodef.Paths(v) {
			if p.Class != "" && disclosure.ClassOf(string(p.Class)) == 0 {
				t.Errorf("%s: class %q has no rule", p.Path, p.Class)
			}
			if !p.Free() {
				typed++ // an enumeration, a number or a time: an allowed value stands there
			}
			if testing.Short() && i%7 != 0 {
				continue
			}
			for k, bird := range canaries {
				if k > 0 && !p.Free() {
					break
				}
				raw, err := plantAt(p, bird.value(disclosure.ClassOf(string(p.Class))))
				if err != nil {
					t.Fatal(err)
				}
				doc, err := iodef.Parse(raw)
				if err != nil {
					t.Fatalf("%s: %v\n%s", p.Path, err, raw)
				}
				these := cases
				if !whole {
					these = append([]canaryCase{cases[next%len(cases)]}, most...)
					next++
				}
				if !p.Free() {
					these = most
				}
				for _, c := range these {
					d := desks[c.relation]
					conditions := ""
					if c.conditions != "" {
						conditions = blockOf(c.conditions)
					}
					r := NewReport("1", d.parties.ByID("cert-u"), disclosure.Signed, doc, doc.Incidents()[0], "", conditions)
					if r.BadLine > 0 {
						t.Fatalf("conditions %q: line %d", c.conditions, r.BadLine)
					}
					n := d.tell("isp-r", c.stage, r)
					notices++
					if out := seen(append([]byte(n.Document), n.Plain...)); len(out) > 0 {
						came[p.Path] = true
						if !c.mayTell(p, bird.mine) {
							t.Errorf("%s (mine %v) tells %q to a %s at %s under %q", p.Path, bird.mine, out, c.relation, c.stage, c.conditions)
						}
					}
					for _, found := range besides(t, n) {
						t.Errorf("%s: %s", p.Path, found)
					}
					if n.Refusal == NotProved {
						t.Errorf("%s (mine %v) to a %s at %s under %q: not proved: scan %s %q, twin %s", p.Path, bird.mine, c.relation, c.stage, c.conditions, n.Scan, n.Leaks, n.Twin)
					}
				}
			}
		}
		t.Logf("version %s: %d paths, %d of them hold a type's own value", v, len(iodef.Paths(v)), typed)
	}
	t.Logf("%d notices; canaries came out, allowed, from %d paths", notices, len(came))
	if len(came) == 0 {
		t.Error("no canary ever came out: the test sees nothing")
	}
}

// besides looks at what is kept or shown beside the message: the table of the
// decision, its inputs, where leaks were found, the refusal.
func besides(t *testing.T, n *Notice) (out []string) {
	t.Helper()
	cells, err := json.Marshal(n.Cells())
	if err != nil {
		t.Fatal(err)
	}
	p := Plan{}
	if err := p.add(n, &Ticket{Number: n.Number}, Digests{}, 0); err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{
		"cells": string(cells), "table": string(p.Decisions[0].Cells), "inputs": string(p.Decisions[0].Inputs), "leaks": fmt.Sprint(n.Leaks),
		"refusal": n.Refusal, "envelope": n.From + n.To + n.MessageID,
	} {
		if s := seen([]byte(text)); len(s) > 0 {
			out = append(out, what+" spells "+strings.Join(s, ", "))
		}
	}
	return out
}
