package disclosure

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Generators over small pools, so that values meet, contain and spell one another.

var poolByClass = map[Class][]string{
	ClassAddress:  {"203.0.113.25", "203.0.113.26", "198.51.100.77", "192.0.2.200", "2001:db8::1", "2002:cb00:7119::1"},
	ClassPrefix:   {"203.0.113.0/24", "203.0.113.0/28", "198.51.0.0/16", "192.0.2.128/25"},
	ClassHostname: {"www.example.co.jp", "r-203-0-113-25.example.co.jp", "host.isp.example", "203-0-113-26.isp.example"},
	ClassDomain:   {"example.co.jp", "isp.example", "third.example"},
	ClassURL:      {"http://www.example.co.jp/x", "http://203.0.113.25/", "http://evil.example/?u=soc@example.co.jp"},
	ClassEmail:    {"soc@example.co.jp", "x@third.example"},
	ClassOrg:      {"cert-u", "third party"},
	ClassHash:     {"5f4dcc3b5aa765d61d8327deb882cf99", "e5b0d4a9fb9d3c5c2b4ba8c1c7f0d6cf"},
	ClassTime:     {"2026-11-20T03:14:07Z"},
	ClassMAC:      {"00:11:22:33:44:55"},
}

func genValue(t *rapid.T, c Class) string {
	if p := poolByClass[c]; p != nil {
		return rapid.SampledFrom(p).Draw(t, "value")
	}
	return "v"
}

func genConditions(t *rapid.T) *Conditions {
	if rapid.IntRange(0, 3).Draw(t, "has conditions") == 0 {
		return nil
	}
	p, _ := Preset(rapid.SampledFrom([]string{"forward-log-as-is", "forward-log-as-is", "forward-log-as-is", "hide-my-ip", "hide-my-ip", "minimal", "no-relay", "ask-me"}).Draw(t, "preset"))
	c := &Conditions{}
	pick := func(k Key, choices ...string) {
		if v := rapid.SampledFrom(append(choices, "", "", "", "")).Draw(t, keyNames[k].en); v != "" {
			c.set(k, v)
			c.say(k)
		}
	}
	pick(KeyStage, "first-contact", "acknowledged", "authenticated", "trusted")
	pick(KeyLogs, "as-is", "sanitize", "summary", "no")
	pick(KeyAddresses, "keep", "/20", "/24", "/56", "pseudonym", "hide")
	pick(KeyHosts, "keep", "pseudonym", "hide")
	pick(KeyIdentity, "keep", "hide")
	pick(KeyText, "as-is", "sanitize", "no")
	pick(KeyTime, "second", "minute", "hour")
	pick(KeyTo, "source-site, csirt, target-site", "party:isp-r, csirt", "ti:1")
	pick(KeyMySite, "203.0.113.0/24", "192.0.2.0/24, third.example")
	pick(KeyTLP, "RED", "GREEN")
	pick(KeyReplace, "yes")
	if rapid.IntRange(0, 9).Draw(t, "ends") == 0 {
		pick(KeyUntil, "2026-11-19", "2026-11-20")
	}
	c.apply(&p)
	return c
}

func genMarking(t *rapid.T) Marking {
	return rapid.SampledFrom([]Marking{MarkAbsent, MarkAbsent, MarkClear, MarkGreen, MarkAmber, MarkStrict, MarkRed, MarkNeedToKnow1, MarkDefault, MarkGreen | MarkAmber}).Draw(t, "marking")
}

func genPolicy(t *rapid.T) *Policy {
	p := &Policy{AllowThird: rapid.Bool().Draw(t, "allow"), ReduceWeak: rapid.Bool().Draw(t, "reduce")}
	for range rapid.IntRange(0, 3).Draw(t, "rules") {
		p.rules = append(p.rules, genRule(t))
	}
	return p
}

func genRule(t *rapid.T) rule {
	r := rule{id: "r"}
	if rapid.Bool().Draw(t, "staged") {
		r.stages = []Stage{rapid.SampledFrom(stages[:]).Draw(t, "stage")}
	}
	if rapid.Bool().Draw(t, "by type") {
		r.types = []string{"phishing"}
	}
	sel := rapid.SampledFrom([]string{"*", "mine:*", "mine:hostname", "count", "third:*", "address", "mine:address", "third:address", "log", "hostname", "path:EventData/Record", "recipient:address", "reported:*"}).Draw(t, "selector")
	act := rapid.SampledFrom([]string{"keep", "mask", "drop", "generalise", "generalise:/20", "pseudonymise", "sanitize", "summary"}).Draw(t, "action")
	s, _ := readSelector(sel, act)
	r.set = []selector{s}
	return r
}

func genInput(t *rapid.T) Input {
	in := Input{Now: now, Roles: rapid.SampledFrom([]Roles{SourceSite, SourceSite, SourceSite | TargetSite, RoleCSIRT, 0}).Draw(t, "roles")}
	in.Recipient = rapid.SampledFrom([]Party{ispR(Opportunistic), ispR(VerifiedTLS), ispR(VerifiedTLS), csirtN(), csirtN(), certU(), {}}).Draw(t, "recipient")
	in.Recipient.Relation = rapid.SampledFrom(relations[:]).Draw(t, "relation")
	in.Stage = rapid.SampledFrom(slices.Concat(stages[:], stages[:], stages[:], []Stage{Closed})).Draw(t, "stage")
	in.Policy = genPolicy(t)
	in.Parties = []Party{certU(), orgV(), ispR(VerifiedTLS), csirtN()}
	for k := range rapid.IntRange(1, 2).Draw(t, "reports") {
		rep := report([]Party{certU(), orgV()}[k], genConditions(t))
		rep.Name = fmt.Sprint(k)
		rep.Evidence = rapid.SampledFrom([]Evidence{Signed, Signed, Signed, Signed, Signed, Signed, DKIM, Unsigned}).Draw(t, "evidence")
		rep.Marking = genMarking(t)
		rep.Types = rapid.SampledFrom([][]string{nil, {"phishing"}}).Draw(t, "types")
		if p := genConditions(t); p != nil {
			rep.Profiles = []Conditions{*p}
		}
		in.Reports = append(in.Reports, rep)
	}
	owners := NewOwnership(in.Reports, in.Recipient, Party{})
	owners.Accuse(ClassDomain, "evil.example")
	owners.Accuse(ClassHostname, "203-0-113-26.isp.example")
	n := rapid.SampledFrom([]int{1, 2, 4, 8, 16}).Draw(t, "cells")
	mostly := []Class{ClassAddress, ClassAddress, ClassAddress, ClassHostname, ClassHostname, ClassDomain, ClassURL, ClassPrefix, ClassLog, ClassLog, ClassText}
	for c := range Class(len(classes)) {
		mostly = append(mostly, c)
	}
	for range n {
		c := Cell{Path: "/IODEF-Document/Incident[1]/EventData[1]/Record", Class: rapid.SampledFrom(mostly).Draw(t, "class"),
			Report: rapid.Int32Range(0, int32(len(in.Reports)-1)).Draw(t, "report")}
		c.Value = genValue(t, c.Class)
		whose := owners.Of(c.Class, c.Value, c.Report)
		c.Marking = in.Reports[c.Report].Marking
		if rapid.IntRange(0, 4).Draw(t, "own marking") == 0 {
			c.Marking = genMarking(t)
		}
		c.Node = rapid.Int32Range(0, 4).Draw(t, "node")
		for j := range in.Cells { // stand in the first container of the same report
			if b := &in.Cells[j]; b.Class.bit()&containers != 0 && b.Report == c.Report && c.Class.bit()&containers == 0 && rapid.Bool().Draw(t, "inside") {
				c.In, c.Lines = int32(j+1), rapid.SampledFrom([][]int32{{1}, {2}, {3}, {1, 2}, {2, 3}, {1, 3}, {1, 2, 3}}).Draw(t, "lines")
				break
			}
		}
		in.take(c, whose.Owner, whose.Of)
	}
	return in
}

func noMore(t *rapid.T, what string, in Input, less, more *Result) {
	t.Helper()
	for i := range in.Cells {
		if !less.Decisions[i].Action.atMost(more.Decisions[i].Action) {
			t.Fatalf("%s: cell %d %s %s %q grew from %s to %s\nbefore %s\nafter  %s", what, i, in.Cells[i].Class, in.Owners[i].Owner, in.Cells[i].Value,
				more.Decisions[i].Action.Detail(in.Cells[i].Class), less.Decisions[i].Action.Detail(in.Cells[i].Class), more.Explain(i), less.Explain(i))
		}
	}
	for i := range less.Logs {
		for _, n := range less.Logs[i].Lines {
			if more.Logs[i].Extract && !slices.Contains(more.Logs[i].Lines, n) {
				t.Fatalf("%s: extract line %d appeared", what, n)
			}
		}
	}
}

// TestCase_171_Monotone shows that a restricting rule, a lowered condition, a
// worse channel or a further marking never tells more of anything.
func TestCase_171_Monotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := genInput(t)
		before := Decide(in)

		p := *in.Policy
		r := genRule(t)
		r.set[0].act = Drop
		p.rules = append(slices.Clone(p.rules), r)
		harder := in
		harder.Policy = &p
		noMore(t, "a rule that drops", in, Decide(harder), before)

		harder = in
		harder.Recipient.Channel = Opportunistic
		noMore(t, "a worse channel", in, Decide(harder), before)

		harder = in
		harder.Recipient.Relation = Unknown
		if in.Recipient.Relation == AbuseDesk {
			noMore(t, "an unknown recipient", in, Decide(harder), before)
		}

		k := rapid.IntRange(0, len(in.Cells)-1).Draw(t, "marked cell")
		if in.Cells[k].Marking != MarkAbsent {
			harder = in
			harder.Cells = slices.Clone(in.Cells)
			harder.Cells[k].Marking |= MarkRed
			noMore(t, "a further marking", in, Decide(harder), before)
		}

		rep := rapid.IntRange(0, len(in.Reports)-1).Draw(t, "report lowered")
		if c := in.Reports[rep].Conditions; c != nil {
			lower := *c
			key := rapid.SampledFrom(append(actionKeys[:], KeyRelay, KeyStage)).Draw(t, "key lowered")
			if key == KeyStage {
				lower.Stage = Trusted
			} else if key == KeyRelay {
				lower.Relay = RelayNo
			} else {
				down := map[Key]string{KeyLogs: "no", KeyAddresses: "hide", KeyHosts: "hide", KeyIdentity: "hide", KeyText: "no", KeyTime: "hour"}
				lower.set(key, down[key])
			}
			lower.say(key)
			harder = in
			harder.Reports = slices.Clone(in.Reports)
			harder.Reports[rep].Conditions = &lower
			noMore(t, "a lowered "+keyNames[key].en, in, Decide(harder), before)
		}
	})
}

// TestCase_172_OrderIndependent shows that the order of rules, profiles, cells
// and reports does not matter.
func TestCase_172_OrderIndependent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := genInput(t)
		before := Decide(in)

		n := len(in.Cells)
		to := rapid.Permutation(iota0(n)).Draw(t, "cells")
		reports := rapid.Permutation(iota0(len(in.Reports))).Draw(t, "reports")
		mixed := in
		mixed.Reports, mixed.Cells, mixed.Owners = make([]Report, len(in.Reports)), make([]Cell, n), make([]Whose, n)
		for i, k := range reports {
			mixed.Reports[k] = in.Reports[i]
		}
		for i, k := range to {
			c, whose := in.Cells[i], in.Owners[i]
			c.Report, whose.Of = int32(reports[c.Report]), int32(reports[whose.Of])
			if c.In > 0 {
				c.In = int32(to[c.In-1] + 1)
			}
			mixed.Cells[k], mixed.Owners[k] = c, whose
		}
		p := *in.Policy
		p.rules = slices.Clone(p.rules)
		slices.Reverse(p.rules)
		mixed.Policy = &p
		after := Decide(mixed)
		for i, k := range to {
			if a, b := before.Decisions[i].Action, after.Decisions[k].Action; a != b {
				t.Fatalf("cell %d: %s in one order, %s in another\n%s\n%s", i, a, b, before.Explain(i), after.Explain(k))
			}
		}
		if before.Label != after.Label || before.Hold != after.Hold || (before.Refusal == "") != (after.Refusal == "") {
			t.Fatalf("label %s/%s, hold %v/%v, refusal %s/%s", before.Label, after.Label, before.Hold, after.Hold, before.Refusal, after.Refusal)
		}
	})
}

func iota0(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// its reports whether a report is the recipient's own.
func its(in *Input, report int32) bool {
	return report >= 0 && int(report) < len(in.Reports) && in.Recipient.ID != "" && in.Reports[report].Party.ID == in.Recipient.ID
}

// TestCase_174_Idempotent shows that what was kept is kept again when the
// reports hold nothing else. What the recipient has reported itself stays: it
// keeps nothing from it (case 183).
func TestCase_174_Idempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := genInput(t)
		first := Decide(in)
		rest, at := in, make([]int, len(in.Cells))
		rest.Cells, rest.Owners = nil, nil
		for i, c := range in.Cells {
			at[i] = -1
			if its(&in, c.Report) || first.Decisions[i].Action == Keep || c.Class.bit()&containers != 0 && first.Decisions[i].Action != Drop {
				at[i] = len(rest.Cells)
				rest.take(c, in.Owners[i].Owner, in.Owners[i].Of)
			}
		}
		for i := range rest.Cells {
			c := &rest.Cells[i]
			if c.In > 0 {
				c.In = int32(at[c.In-1] + 1)
			}
		}
		again := Decide(rest)
		for i := range rest.Cells {
			if a := again.Decisions[i].Action; a != Keep && !its(&rest, rest.Cells[i].Report) && rest.Cells[i].Class.bit()&containers == 0 {
				t.Fatalf("%s %q was kept, is now %s: %s", rest.Cells[i].Class, rest.Cells[i].Value, a, again.Explain(i))
			}
		}
		if twice := Decide(in); !reflect.DeepEqual(first.Decisions, twice.Decisions) {
			t.Fatal("the same input gave another result")
		}
	})
}

// TestTotal shows that every class, owner, stage, relation, channel and
// evidence has a decision that its class can have, also words nobody knows.
func TestTotal(t *testing.T) {
	c := conditions(t, block("conditions: forward-log-as-is", "stage: first-contact", "text: as-is", "identity: keep"))
	for _, st := range append(stages[:], Closed, "x") {
		for _, rel := range append(relations[:], "x") {
			for _, ch := range append(channels[:], "x") {
				for _, ev := range []Evidence{Unsigned, DKIM, Signed} {
					for o := range Owner(len(owners) + 1) {
						rep := report(certU(), c)
						rep.Evidence = ev
						in := Input{Reports: []Report{rep}, Recipient: Party{ID: "r", Relation: rel, Channel: ch, HasKey: true}, Roles: SourceSite, Stage: st, Now: now}
						for class := range Class(len(classes) + 1) {
							in.take(Cell{Class: class, Value: "v"}, o, 0)
						}
						r := Decide(in)
						for i, d := range r.Decisions {
							class := in.Cells[i].Class.bit()
							if d.Action != fit(d.Action, class) || class&containers == 0 && (d.Action == Sanitize || d.Action == Summary) {
								t.Errorf("%s of %s at %s: %s", in.Cells[i].Class, o, st, d.Action)
							}
							if class == 0 && d.Action != Drop || class&(bitMeta|bitID) != 0 && o != OwnerGateway && d.Action != Drop {
								t.Errorf("%s of %s is %s", in.Cells[i].Class, o, d.Action)
							}
							r.Explain(i)
						}
						if (ev == Unsigned || st.index() < 0) && r.Refusal == "" {
							t.Errorf("evidence %d, stage %s: nothing refused", ev, st)
						}
					}
				}
			}
		}
	}
	r := Decide(Input{Cells: []Cell{{Class: ClassAddress, Report: 7, In: 9, Node: -5, Element: 3}}, Owners: []Whose{{Of: -2}}, Reports: []Report{{}}, Stage: Trusted, Now: time.Time{}})
	if r.Decisions[0].Action != Drop {
		t.Error("a cell of no report was told")
	}
	r.Explain(0)
	Decide(Input{})
}

// TestLattice shows that the meet is associative, commutative, idempotent, that
// Keep is its top and Drop its bottom.
func TestLattice(t *testing.T) {
	all := []Action{Drop, Mask, Pseudonymise, Generalise, Summary, Sanitize, Keep, generalise(32, 128, Hour), generalise(32, 128, Minute), generalise(20, 40, Second), generalise(24, 64, Second)}
	for _, a := range all {
		if Meet(a, a) != a || Meet(a, Keep) != a || Meet(a, Drop) != Drop {
			t.Errorf("%v: not idempotent, or top and bottom are wrong", a)
		}
		for _, b := range all {
			if Meet(a, b) != Meet(b, a) || !Meet(a, b).atMost(a) {
				t.Errorf("%v ∧ %v", a, b)
			}
			for _, c := range all {
				if Meet(Meet(a, b), c) != Meet(a, Meet(b, c)) {
					t.Errorf("%v ∧ %v ∧ %v depends on the brackets", a, b, c)
				}
			}
		}
	}
}
