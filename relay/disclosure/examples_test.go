package disclosure

import (
	"strings"
	"testing"
)

const (
	lineOne        = "Nov 20 12:14:07 www sshd[812]: Failed password for root from 198.51.100.77 port 40122 ssh2"
	lineTwo        = "Nov 20 12:14:09 www sshd[812]: Connection from 198.51.100.77 to 203.0.113.25:22 (r-203-0-113-25.example.co.jp)"
	lineTwoMasked  = "Nov 20 12:14:09 www sshd[812]: Connection from 198.51.100.77 to [withheld:ipv4]:22 ([withheld:hostname])"
	lineThree      = "Nov 20 12:15:31 www proxy: 192.0.2.200 CONNECT 198.51.100.77:443"
	lineThreeThird = "Nov 20 12:15:31 www proxy: [withheld:ipv4] CONNECT 198.51.100.77:443"
)

func wantLog(t *testing.T, e *example, r *Result, lines ...string) {
	t.Helper()
	if got := e.render(r, e.log); got != strings.Join(lines, "\n") {
		t.Errorf("log\n%s\nwant\n%s", got, strings.Join(lines, "\n"))
	}
}

func hasNote(r *Result, code NoteCode) bool {
	for _, n := range r.Notes {
		if n.Code == code {
			return true
		}
	}
	return false
}

// TestCase_165_ForwardAsIs is worked example 1: "forward my logs as they are".
func TestCase_165_ForwardAsIs(t *testing.T) {
	c := conditions(t, "conditions: forward-log-as-is")

	// First contact: the set that makes the notice useful, and nothing of the requester.
	e := newExample(ispR(VerifiedTLS), FirstContact, SourceSite, report(certU(), c))
	r := Decide(e.in)
	wants(t, r, map[int]Action{e.source: Keep, e.at: Keep, e.kind: Keep, e.action: Generalise, e.name: Drop, e.target: Drop, e.log: Drop})
	if r.Refusal != "" || r.Hold || r.Label != Amber || r.Label.Restriction("2.00") != "need-to-know" {
		t.Errorf("refusal %q, hold %v, label %s", r.Refusal, r.Hold, r.Label)
	}
	for _, v := range r.Kept() {
		if v.Owner == OwnerMine && v.Class != ClassTime {
			t.Errorf("kept of the requester: %v", v)
		}
	}

	// Acknowledged, verified TLS: L3 names a third party, so the log is sanitised.
	e = newExample(ispR(VerifiedTLS), Acknowledged, SourceSite, report(certU(), c))
	r = Decide(e.in)
	wants(t, r, map[int]Action{e.log: Sanitize, e.name: Keep, e.target: Keep, e.action: Keep})
	wantLog(t, e, r, lineOne, lineTwo, lineThreeThird)
	if !hasNote(r, NoteThirdInLog) || r.Logs[0].Third != 1 || r.Hold {
		t.Errorf("notes %v, third %d, hold %v", r.Notes, r.Logs[0].Third, r.Hold)
	}

	// The site allows third parties in as-is logs: everything is unchanged.
	e.in.Policy = policy(t, "version = 1\nthird_party_in_as_is_logs = \"allow\"\n")
	r = Decide(e.in)
	wants(t, r, map[int]Action{e.log: AsIs})
	wantLog(t, e, r, lineOne, lineTwo, lineThree)

	// The requester's people and name are absent at every stage.
	for _, st := range stages {
		e = newExample(ispR(VerifiedTLS), st, SourceSite, report(certU(), c))
		r = Decide(e.in)
		for i, cell := range e.in.Cells {
			if cell.Class.bit()&identity != 0 && !r.Decisions[i].Action.atMost(Mask) {
				t.Errorf("%s: %s is %s", st, cell.Class, r.Decisions[i].Action)
			}
		}
	}

	// Opportunistic TLS carries less: held, or reduced where the site says so.
	e = newExample(ispR(Opportunistic), Acknowledged, SourceSite, report(certU(), c))
	r = Decide(e.in)
	wantLog(t, e, r, lineOne, lineTwoMasked, lineThreeThird)
	if !r.Hold {
		t.Error("a weak channel did not hold the notice")
	}
	e.in.Policy = policy(t, "version = 1\non_weak_channel = \"reduce\"\n")
	if r = Decide(e.in); r.Hold || !hasNote(r, NoteReduced) {
		t.Errorf("reduce: hold %v, notes %v", r.Hold, r.Notes)
	}
}

// TestCase_166_HideMyIP is worked example 2: "hide only my site's IP address".
func TestCase_166_HideMyIP(t *testing.T) {
	c := conditions(t, "条件： 自サイトのＩＰアドレスを伏せる")
	e := newExample(ispR(VerifiedTLS), FirstContact, SourceSite, report(certU(), c))
	wants(t, Decide(e.in), map[int]Action{e.source: Keep, e.name: Drop, e.target: Drop, e.log: Drop})

	e = newExample(ispR(VerifiedTLS), Acknowledged, SourceSite, report(certU(), c))
	r := Decide(e.in)
	// The name spells the address, or stands beside it in one Node: hidden although hosts are kept.
	wants(t, r, map[int]Action{e.name: Mask, e.target: Mask, e.log: Sanitize})
	wantLog(t, e, r, lineOne, lineTwoMasked, lineThreeThird)
	if got := r.Explain(e.name); !strings.Contains(got, `report 12 "my-hosts: keep": keep`) || !strings.Contains(got, "resolves to a hidden address: mask") {
		t.Errorf("the requester cannot see why: %s", got)
	}
	for _, v := range r.Kept() {
		if strings.Contains(v.Value, "203") && v.Class != ClassTime {
			t.Errorf("kept: %v", v)
		}
	}

	// The twin of the report gets the same decisions.
	twin := newExample(ispR(VerifiedTLS), Acknowledged, SourceSite, report(certU(), c))
	for i := range twin.in.Cells {
		twin.in.Cells[i].Value = strings.NewReplacer("203.0.113.25", "203.0.113.191", "203-0-113-25", "203-0-113-191").Replace(twin.in.Cells[i].Value)
	}
	q := Decide(twin.in)
	for i := range r.Decisions {
		if r.Decisions[i].Action != q.Decisions[i].Action {
			t.Errorf("twin differs at %d", i)
		}
	}
}

// TestCase_164_NeedsConsent is worked example 3: no conditions, no Expectation.
func TestCase_164_NeedsConsent(t *testing.T) {
	rep := report(certU(), nil)
	rep.Expects = 0
	rep.Evidence = Unsigned // unknown key: held, nothing to anybody
	e := newExample(ispR(VerifiedTLS), FirstContact, SourceSite, rep)
	if r := Decide(e.in); r.Refusal != RefusedUnsigned || len(r.Kept()) != 0 {
		t.Errorf("refusal %q, kept %v", r.Refusal, r.Kept())
	}
	rep.Evidence = Signed // the same from a registered key: the requester is asked
	e = newExample(ispR(VerifiedTLS), FirstContact, SourceSite, rep)
	if r := Decide(e.in); r.Refusal != RefusedConsent || !r.Refusal.AsksRequester() || len(r.Kept()) != 0 {
		t.Errorf("refusal %q, kept %v", r.Refusal, r.Kept())
	}
}

// TestExampleTwoReporters is worked example 4: one ticket, two requesters, two recipients.
func TestExampleTwoReporters(t *testing.T) {
	u := report(certU(), conditions(t, "conditions: hide-my-ip"))
	v := report(orgV(), conditions(t, "conditions: minimal"))
	v.Name, v.Marking = "13", ParseTLP("TLP:AMBER+STRICT")
	build := func(to Party, st Stage, roles Roles) (*example, int, int) {
		e := newExample(to, st, roles, u, v)
		s := e.add("EventData[1]/Flow[1]/System[source]/Node/Address[1]", ClassAddress, "198.51.100.77", 1)
		a := e.add("EventData[1]/Flow[1]/System[target]/Node/Address[1]", ClassAddress, "192.0.2.200", 1)
		return e, s, a
	}
	e, src, client := build(ispR(VerifiedTLS), Acknowledged, SourceSite)
	r := Decide(e.in)
	wants(t, r, map[int]Action{e.source: Keep, src: Keep})
	wantLog(t, e, r, lineOne, lineTwoMasked) // L3 names org-v's own, and org-v granted no log
	if !r.Decisions[client].Action.atMost(Mask) || !r.Reports[1].Relay || r.Label != Amber {
		t.Errorf("client %s, org-v %+v, label %s", r.Decisions[client].Action, r.Reports[1], r.Label)
	}

	e, src, client = build(csirtN(), Trusted, 0)
	r = Decide(e.in)
	wants(t, r, map[int]Action{e.source: Keep, src: Drop, client: Drop, e.log: Sanitize})
	wantLog(t, e, r, lineOne, lineTwoMasked)
	if r.Reports[1].Relay || r.Reports[1].Refusal != RefusedNotNamed {
		t.Errorf("org-v is told to csirt-n: %+v", r.Reports[1])
	}
}

// TestExampleProfile is worked example 6: generalise, pseudonymise, binary.
func TestExampleProfile(t *testing.T) {
	p := policy(t, "version = 1\n[[profile]]\nparty = \"cert-u\"\nsource = \"sha256:00\"\nconditions = \"hide-my-ip\"\nmy-addresses = \"/24\"\nlogs = \"sanitize\"\nuntil = 2027-03-31\n")
	rep := report(certU(), nil)
	rep.Profiles = p.ProfilesOf("cert-u")
	e := newExample(csirtN(), Trusted, 0, rep)
	pcap := e.add("EventData[1]/Record/RecordData/RecordItem[2]", ClassBinary, "", 0)
	packet := e.add("EventData[1]/Record/RecordData/RecordItem[3]", ClassBinary, "cb007119", 0)
	orig := e.add("AdditionalData[1]", ClassMeta, "<IODEF-Document/>", 0)
	r := Decide(e.in)
	wants(t, r, map[int]Action{e.source: Keep, e.target: Mask, pcap: Drop, packet: Drop, orig: Drop, e.log: Sanitize})
	if got := r.Explain(e.target); !strings.Contains(got, "generalise:/24") || !strings.Contains(got, "wholly one party's: mask") {
		t.Errorf("explain: %s", got)
	}
	wantLog(t, e, r, lineOne, lineTwoMasked, "Nov 20 12:15:31 www proxy: host-a CONNECT 198.51.100.77:443")
	for _, n := range r.Notes {
		if n.Code == NoteBinary && n.N != 2 {
			t.Errorf("%d binary items withheld, want 2", n.N)
		}
	}
	if !hasNote(r, NoteBinary) {
		t.Error("no note on the binary items")
	}
}

// TestSilentOwner shows that what a requester grants to others it does not
// grant to this recipient, in another requester's log neither.
func TestSilentOwner(t *testing.T) {
	u := report(certU(), conditions(t, "conditions: forward-log-as-is"))
	v := report(orgV(), conditions(t, block("conditions: forward-log-as-is", "to: source-site")))
	e := newExample(csirtN(), Trusted, 0, u, v)
	r := Decide(e.in)
	wantLog(t, e, r, lineOne, lineTwo)
	if r.Reports[1].Relay {
		t.Error("org-v named the source site alone")
	}
}
