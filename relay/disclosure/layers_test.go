package disclosure

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func allOwners(to Party, st Stage, c *Conditions) Input {
	in := Input{Reports: []Report{report(certU(), c)}, Recipient: to, Roles: SourceSite | RoleCSIRT, Stage: st, Now: now}
	for o := range Owner(len(owners)) {
		for i := range len(classes) - 1 {
			class := Class(i + 1)
			in.take(Cell{Class: class, Value: fmt.Sprintf("%s-%d", o, i)}, o, 0)
		}
	}
	return in
}

// TestStageTable is table 4, cell by cell, for a requester that grants all.
func TestStageTable(t *testing.T) {
	c := conditions(t, block("conditions: forward-log-as-is", "identity: keep", "text: as-is", "stage: acknowledged"))
	for _, row := range []struct {
		owner Owner
		class Class
		want  string
	}{
		{OwnerRecipient, ClassAddress, "keep keep keep keep"},
		{OwnerRecipient, ClassURL, "keep keep keep keep"},
		{OwnerNeutral, ClassPort, "keep keep keep keep"},
		{OwnerNeutral, ClassType, "keep keep keep keep"},
		{OwnerMine, ClassTime, "keep keep keep keep"},
		{OwnerGateway, ClassID, "keep keep keep keep"},
		{OwnerThird, ClassID, "drop drop drop drop"},
		{OwnerNeutral, ClassMeta, "drop drop drop drop"},
		{OwnerNeutral, ClassAction, "generalise keep keep keep"},
		{OwnerReported, ClassAddress, "keep keep keep keep"},
		{OwnerReported, ClassHash, "keep keep keep keep"},
		{OwnerMine, ClassAddress, "drop keep keep keep"},
		{OwnerMine, ClassPrefix, "drop keep keep keep"},
		{OwnerMine, ClassHostname, "drop keep keep keep"},
		{OwnerMine, ClassDomain, "drop keep keep keep"},
		{OwnerMine, ClassURL, "drop keep keep keep"},
		{OwnerMine, ClassMAC, "drop keep keep keep"},
		{OwnerMine, ClassAccount, "drop keep keep keep"},
		{OwnerMine, ClassPath, "drop keep keep keep"},
		{OwnerMine, ClassPerson, "drop drop keep keep"},
		{OwnerMine, ClassOrg, "drop drop keep keep"},
		{OwnerMine, ClassEmail, "drop drop keep keep"},
		{OwnerThird, ClassAddress, "drop mask pseudonymise pseudonymise"},
		{OwnerThird, ClassURL, "drop mask mask mask"},
		{OwnerMine, ClassLog, "drop as-is as-is as-is"},
		{OwnerMine, ClassText, "drop drop sanitize as-is"},
		{OwnerMine, ClassImpact, "drop generalise keep keep"},
		{OwnerMine, ClassCount, "drop generalise keep keep"},
		{OwnerMine, ClassSoftware, "drop generalise keep keep"},
		{OwnerMine, ClassBinary, "drop drop drop keep"},
	} {
		var got []string
		for _, st := range stages {
			in := allOwners(csirtN(), st, c)
			r := Decide(in)
			for i := range in.Cells {
				if in.Owners[i].Owner == row.owner && in.Cells[i].Class == row.class {
					got = append(got, r.Decisions[i].Action.For(row.class))
				}
			}
		}
		if s := strings.Join(got, " "); s != row.want {
			t.Errorf("%s:%s\n got %s\nwant %s", row.owner, row.class, s, row.want)
		}
	}
}

// TestRelationSeesReported shows who sees what others are accused of.
func TestRelationSeesReported(t *testing.T) {
	c := conditions(t, block("relay: yes", "to: source-site"))
	for _, rel := range relations {
		to := csirtN()
		to.Relation = rel
		in := allOwners(to, FirstContact, c)
		r := Decide(in)
		want := Keep
		if rel == AbuseDesk || rel == Unknown {
			want = Drop
		}
		for i := range in.Cells {
			if in.Owners[i].Owner == OwnerReported && in.Cells[i].Class == ClassAddress && r.Decisions[i].Action != want {
				t.Errorf("%s sees reported addresses: %s, want %s", rel, r.Decisions[i].Action, want)
			}
		}
	}
}

// TestChannels is section 5: what each channel carries of what else is allowed.
func TestChannels(t *testing.T) {
	c := conditions(t, block("conditions: forward-log-as-is", "identity: keep", "text: as-is"))
	for _, row := range []struct {
		owner Owner
		class Class
		want  string // opportunistic, verified-tls, openpgp without a key, openpgp
	}{
		{OwnerRecipient, ClassAddress, "keep keep keep keep"},
		{OwnerReported, ClassAddress, "keep keep keep keep"},
		{OwnerMine, ClassAddress, "drop keep drop keep"},
		{OwnerMine, ClassHostname, "drop keep drop keep"},
		{OwnerMine, ClassPerson, "drop drop drop keep"},
		{OwnerMine, ClassEmail, "drop drop drop keep"},
		{OwnerThird, ClassAddress, "drop pseudonymise drop pseudonymise"},
		{OwnerMine, ClassLog, "sanitize as-is sanitize as-is"},
		{OwnerMine, ClassText, "drop sanitize drop as-is"},
		{OwnerMine, ClassBinary, "drop drop drop keep"},
		{OwnerMine, ClassImpact, "drop keep drop keep"},
		{OwnerMine, ClassTime, "keep keep keep keep"},
		{OwnerNeutral, ClassAction, "generalise keep generalise keep"},
	} {
		var got []string
		for _, to := range []Party{{Channel: Opportunistic}, {Channel: VerifiedTLS}, {Channel: OpenPGP}, {Channel: OpenPGP, HasKey: true}} {
			to.Relation = CSIRT
			in := allOwners(to, Trusted, c)
			r := Decide(in)
			if !r.Hold != (to.HasKey) {
				t.Errorf("%s, key %v: hold %v", to.Channel, to.HasKey, r.Hold)
			}
			for i := range in.Cells {
				if in.Owners[i].Owner == row.owner && in.Cells[i].Class == row.class {
					got = append(got, r.Decisions[i].Action.For(row.class))
				}
			}
		}
		if s := strings.Join(got, " "); s != row.want {
			t.Errorf("%s:%s\n got %s\nwant %s", row.owner, row.class, s, row.want)
		}
	}
}

// TestFirstContactFitsEveryChannel shows that no channel holds the first notice.
func TestFirstContactFitsEveryChannel(t *testing.T) {
	c := conditions(t, block("conditions: forward-log-as-is", "identity: keep", "text: as-is", "stage: first-contact"))
	for _, ch := range channels {
		in := allOwners(Party{Relation: CSIRT, Channel: ch}, FirstContact, c)
		if r := Decide(in); r.Weak || r.Hold {
			t.Errorf("%s holds the first notice", ch)
		}
		e := newExample(ispR(ch), FirstContact, SourceSite, report(certU(), c))
		if r := Decide(e.in); r.Weak || r.Hold {
			t.Errorf("%s holds the first notice with an extract", ch)
		}
	}
}

// TestLogThatStaysHoldsNothing shows that a weak channel holds no notice for
// the sake of values in a log that does not leave anyway.
func TestLogThatStaysHoldsNothing(t *testing.T) {
	e := newExample(ispR(Opportunistic), Acknowledged, SourceSite, report(certU(), conditions(t, block("conditions: hide-my-ip", "logs: no"))))
	e.in.Cells, e.in.Owners = slices.Delete(e.in.Cells, e.name, e.log), slices.Delete(e.in.Owners, e.name, e.log) // the log alone
	for i := range e.in.Cells {
		if e.in.Cells[i].In > 0 {
			e.in.Cells[i].In = int32(e.name + 1)
		}
	}
	if r := Decide(e.in); r.Weak || r.Hold {
		t.Error("held")
	}
}

// TestExtract shows the extract of the first notice: only lines that name the
// recipient's own address, at most twenty, others' values masked.
func TestExtract(t *testing.T) {
	text := exampleLog + "Nov 20 12:16:00 www sshd[812]: from 203.0.113.9\n" +
		strings.Repeat("Nov 20 12:17:00 www sshd[812]: from 198.51.100.77\n", 30)
	for _, logs := range []string{"as-is", "sanitize"} {
		c := conditions(t, block("conditions: hide-my-ip", "logs: "+logs, "stage: first-contact"))
		e := &example{scene: newScene(ispR(VerifiedTLS), FirstContact, SourceSite, report(certU(), c))}
		e.source = e.accuse(ClassAddress, "198.51.100.77", 0)
		e.name, e.target = e.node("www.example.co.jp", "203.0.113.25", 0)
		e.log = e.text(ClassLog, text, 0)
		r := Decide(e.in)
		lines := strings.Split(e.render(r, e.log), "\n")
		if !r.Logs[0].Extract || len(lines) != 20 || lines[0] != lineOne || lines[1] != lineTwoMasked || lines[2] != lineThreeThird || strings.Contains(strings.Join(lines, ""), "12:16") {
			t.Errorf("%d lines\n%s", len(lines), strings.Join(lines, "\n"))
		}
		wants(t, r, map[int]Action{e.target: Drop, e.name: Drop, e.log: Sanitize})
		for i, c := range e.in.Cells {
			if c.In > 0 && !contains(r.Logs[0].Lines, int(c.Lines[0])) && r.Decisions[i].Action != Drop {
				t.Errorf("line %d is not shown, its value counts as %s", c.Lines[0], r.Decisions[i].Action)
			}
		}
	}
	for _, no := range []string{"logs: summary", "logs: no", "stage: acknowledged"} {
		lines := []string{"conditions: forward-log-as-is", "logs: as-is", "stage: first-contact"}
		key, _, _ := strings.Cut(no, ":")
		for i := range lines {
			if strings.HasPrefix(lines[i], key) {
				lines[i] = no
			}
		}
		e := newExample(ispR(VerifiedTLS), FirstContact, SourceSite, report(certU(), conditions(t, block(lines...))))
		if r := Decide(e.in); r.Decisions[e.log].Action != Drop {
			t.Errorf("%s: the first notice carries a log: %s", no, r.Explain(e.log))
		}
	}
}

// TestCase_136_Time shows that a log tells no more of the time than is granted.
func TestCase_136_Time(t *testing.T) {
	c := conditions(t, block("conditions: forward-log-as-is", "time: hour", "text: as-is"))
	e := newExample(csirtN(), Trusted, 0, report(certU(), c))
	desc := e.text(ClassText, "at 12:14:07 we saw 198.51.100.77", 0)
	r := Decide(e.in)
	wants(t, r, map[int]Action{e.at: generalise(32, 128, Hour), e.log: Summary, desc: Summary})
	if v, ok := Coarse(r.Decisions[e.at].Action, ClassTime, e.in.Cells[e.at].Value); !ok || v != "2026-11-20T03:00:00Z" {
		t.Errorf("coarse time %q", v)
	}
}

// TestCase_169_ForeignClaim shows that a requester cannot grant another party's
// values by calling them its own.
func TestCase_169_ForeignClaim(t *testing.T) {
	c := conditions(t, block("conditions: forward-log-as-is", "my-site: 192.0.2.0/24, 100.64.0.0/16"))
	e := newExample(ispR(VerifiedTLS), Acknowledged, SourceSite, report(certU(), c))
	claimed := e.add("EventData[1]/Flow[1]/System[target]/Node/Address[2]", ClassAddress, "192.0.2.9", 0)
	nobodys := e.add("EventData[1]/Flow[1]/System[target]/Node/Address[3]", ClassAddress, "100.64.1.1", 0)
	r := Decide(e.in) // org-v is registered with 192.0.2.0/24
	wants(t, r, map[int]Action{claimed: Mask, nobodys: Keep})
	if !hasNote(r, NoteClaim) || e.in.Owners[claimed].Owner != OwnerMine {
		t.Errorf("notes %v, owner %s", r.Notes, e.in.Owners[claimed].Owner)
	}
}

// TestElementConditions shows a statement about a single element (ref= of the
// XML form): it counts there instead of the report's, under a standing profile.
func TestElementConditions(t *testing.T) {
	e := newExample(ispR(VerifiedTLS), Acknowledged, SourceSite, report(certU(), conditions(t, "conditions: hide-my-ip")))
	keep, err := ParsePairs([]Pair{{"my-addresses", "keep"}})
	if err != nil {
		t.Fatal(err)
	}
	e.in.Reports[0].Elements = []Conditions{keep}
	free := e.add("EventData[1]/Flow[1]/System[target]/Node/Address[9]", ClassAddress, "203.0.113.200", 0)
	e.in.Cells[free].Element = 1
	wants(t, Decide(e.in), map[int]Action{free: Keep, e.target: Mask})
	e.in.Reports[0].Evidence = DKIM // no signature of the owner: it may only take away
	wants(t, Decide(e.in), map[int]Action{free: Mask, e.target: Mask})
	e.in.Reports[0].Evidence = Signed
	e.in.Reports[0].Profiles = []Conditions{*conditions(t, "conditions: hide-my-ip")}
	wants(t, Decide(e.in), map[int]Action{free: Mask})
}

// TestElementsOfAnotherReport: what a requester says of an element of its report
// is no word on one of another's, though it stands as far from the first.
func TestElementsOfAnotherReport(t *testing.T) {
	e := newExample(csirtN(), Authenticated, SourceSite, report(certU(), conditions(t, "conditions: hide-my-ip")), report(orgV(), conditions(t, "conditions: hide-my-ip")))
	keep, err := ParsePairs([]Pair{{"my-addresses", "keep"}})
	if err != nil {
		t.Fatal(err)
	}
	e.in.Reports[1].Elements = []Conditions{keep}
	here := e.add("EventData[1]/Flow[1]/System[target]/Node/Address[9]", ClassAddress, "192.0.2.9", 0)
	there := e.add("EventData[1]/Flow[1]/System[target]/Node/Address[1]", ClassAddress, "192.0.2.10", 1)
	e.in.Cells[here].Element, e.in.Cells[there].Element = 1, 1
	wants(t, Decide(e.in), map[int]Action{here: Mask, there: Keep})
}

// TestCase_130_Hard shows what never leaves, whatever is granted: at these
// places even the recipient's own address is dropped.
func TestCase_130_Hard(t *testing.T) {
	c := conditions(t, block("conditions: forward-log-as-is", "identity: keep", "text: as-is"))
	for path, want := range map[string]Action{
		"/IODEF-Document/Incident[1]/EventData[1]/Flow[1]/System[1]/Node/Address[1]":  Keep,
		"/IODEF-Document/Incident[1]/History/HistoryItem[1]/Description":              Drop,
		"/IODEF-Document/Incident[1]/EventData[1]/AdditionalData[2]":                  Drop,
		"/IODEF-Document/Incident[1]/RelatedActivity/IncidentID":                      Drop,
		"/IODEF-Document/Incident[1]/AlternativeID/IncidentID":                        Drop,
		"/IODEF-Document/Incident[1]/EventData[1]/Flow[1]/System[1]/@ext-category":    Drop,
		"/IODEF-Document/@private-enum-name":                                          Drop,
		"/IODEF-Document/@private-enum-id":                                            Drop,
		"/IODEF-Document/@formatid":                                                   Drop,
		"/IODEF-Document/@format-id":                                                  Drop,
		"/IODEF-Document/Incident[1]/Description/@translation-id":                     Drop,
		"/IODEF-Document/Incident[1]/EventData[1]/@observable-id":                     Drop,
		"/IODEF-Document/Incident[1]/EventData[1]/Flow[1]/System[1]/Counter/@meaning": Drop,
	} {
		e := newScene(ispR(OpenPGP), Trusted, SourceSite, report(certU(), c))
		e.in.Recipient.HasKey = true
		k := e.add(path, ClassAddress, "198.51.100.77", 0)
		box := e.add(path, ClassLog, "", 0)
		in := e.add(path+"#1.1", ClassAddress, "198.51.100.78", 0)
		e.in.Cells[in].In, e.in.Cells[in].Lines = int32(box+1), []int32{1}
		wants(t, Decide(e.in), map[int]Action{k: want, box: want, in: want})
	}
}

// TestWhatNoLineSpeaksOf is not told, whoever's it is and however far the
// recipient has come.
func TestWhatNoLineSpeaksOf(t *testing.T) {
	c := conditions(t, block("conditions: forward-log-as-is", "identity: keep", "text: as-is"))
	in := allOwners(csirtN(), Trusted, c)
	for i := range in.Cells {
		in.Cells[i].Class = 0
	}
	for i, dec := range Decide(in).Decisions {
		if dec.Action != Drop {
			t.Errorf("of %s: %s", in.Owners[i].Owner, dec.Action.For(0))
		}
	}
}
