package disclosure

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func genOverride(t *rapid.T) *Override {
	o := &Override{Requester: rapid.SampledFrom([]string{"cert-u", "cert-u", "org-v"}).Draw(t, "of")}
	o.Conditions.set(KeyRelay, "yes")
	o.Conditions.say(KeyRelay)
	for _, k := range [...]struct {
		key    Key
		values []string
	}{
		{KeyLogs, []string{"as-is", "sanitize", "summary", "no"}}, {KeyAddresses, []string{"keep", "/20", "/24", "pseudonym", "hide"}}, {KeyHosts, []string{"keep", "pseudonym", "hide"}},
		{KeyIdentity, []string{"keep", "hide"}}, {KeyText, []string{"as-is", "sanitize", "no"}}, {KeyTime, []string{"second", "minute", "hour"}},
	} {
		if v := rapid.SampledFrom(append(k.values, "", k.values[0])).Draw(t, keyNames[k.key].en); v != "" {
			o.Conditions.set(k.key, v)
			o.Conditions.say(k.key)
		}
	}
	return o
}

// TestCase_185_OverrideProperties: an override never tells less of anything than
// the rules do, never lifts a marking that somebody gave or makes a label less
// strict, needs two operators, and is monotone; one that grants nothing is none.
func TestCase_185_OverrideProperties(t *testing.T) {
	raised := 0
	rapid.Check(t, func(t *rapid.T) {
		in := genInput(t)
		ordinary := Decide(in)
		in.Override = genOverride(t)
		over := Decide(in)
		noMore(t, "the rules alone", in, ordinary, over)
		if over.Approval != ApproveTwo {
			t.Fatalf("approval %s", over.Approval)
		}
		if ordinary.Refusal == "" && ordinary.Label.rank() > over.Label.rank() {
			t.Fatalf("the label became %s, was %s", over.Label, ordinary.Label)
		}
		for i := range in.Reports {
			if told := &over.Reports[i]; told.Relay && !ordinary.Reports[i].Relay && told.Label.rank() < in.Reports[i].Marking.label().rank() {
				t.Fatalf("report %d is labelled %s", i, told.Label)
			}
		}
		for i := range in.Cells {
			c, was := &in.Cells[i], ordinary.answers[ordinary.Decisions[i].answer].said
			grew := !over.Decisions[i].Action.atMost(ordinary.Decisions[i].Action)
			if grew {
				raised++
			}
			other := in.Reports[c.Report].Party.ID != in.Override.Requester
			switch {
			case grew && other && over.answers[over.Decisions[i].answer].said[layerOverride].flag == byOverride:
				t.Fatalf("cell %d of another requester grew: %s", i, over.Explain(i))
			case over.Decisions[i].Action != Drop && c.Marking != MarkAbsent && was[layerMarking].act == Drop && ordinary.speaks(c):
				t.Fatalf("cell %d is marked and told: %s", i, over.Explain(i))
			case grew && c.Class.bit()&hardClasses != 0 && in.Owners[i].Owner != OwnerGateway:
				t.Fatalf("cell %d is hard and told: %s", i, over.Explain(i))
			}
		}

		none := in
		none.Override = &Override{Requester: in.Override.Requester}
		if same := Decide(none); !reflect.DeepEqual(same.Decisions, ordinary.Decisions) || same.Refusal != ordinary.Refusal || same.Label != ordinary.Label {
			t.Fatal("an override that grants nothing changed something")
		}

		key := rapid.SampledFrom(actionKeys[:]).Draw(t, "key lowered")
		lower := *in.Override
		lower.Conditions.set(key, map[Key]string{KeyLogs: "no", KeyAddresses: "hide", KeyHosts: "hide", KeyIdentity: "hide", KeyText: "no", KeyTime: "hour"}[key])
		lower.Conditions.say(key)
		harder := in
		harder.Override = &lower
		noMore(t, "less of an override", in, Decide(harder), over)
	})
	if raised == 0 && !testing.Short() { // of 20 draws now and then none does
		t.Error("no override told anything more")
	}
}

// TestCase_185_WhatAnOverridePasses: an override passes a word that is missing or
// says no, and the stage; nothing else.
func TestCase_185_WhatAnOverridePasses(t *testing.T) {
	lines := func(text ...string) *Override {
		return &Override{Requester: "cert-u", Conditions: *conditions(t, block(append([]string{"relay: yes"}, text...)...))}
	}
	all := lines("logs: as-is", "my-addresses: keep", "my-hosts: keep", "identity: keep", "text: as-is")
	trusted := func(p Party) Party { p.Channel, p.HasKey = OpenPGP, true; return p }
	type made struct {
		*example
		binary int
	}
	for name, c := range map[string]struct {
		to         Party
		stage      Stage
		conditions string
		over       *Override
		change     func(e made)
		want       func(e made) map[int]Action
	}{
		"a word that is missing": {trusted(ispR(OpenPGP)), FirstContact, "", all, nil,
			func(e made) map[int]Action {
				return map[int]Action{e.source: Keep, e.target: Keep, e.name: Keep, e.log: Sanitize}
			}},
		"a word that says no": {trusted(ispR(OpenPGP)), FirstContact, "conditions: no-relay\n", all, nil,
			func(e made) map[int]Action { return map[int]Action{e.source: Keep, e.target: Keep, e.log: Sanitize} }},
		"the stage": {trusted(ispR(OpenPGP)), FirstContact, "conditions: forward-log-as-is\n", lines("my-addresses: keep"), nil,
			func(e made) map[int]Action {
				return map[int]Action{e.target: Keep, e.name: Drop, e.log: Drop, e.action: Generalise}
			}},
		"what it does not name": {trusted(ispR(OpenPGP)), Acknowledged, "", lines("my-hosts: keep", "logs: sanitize"), nil,
			func(e made) map[int]Action { return map[int]Action{e.target: Mask, e.log: Sanitize} }},
		"the word of who asked to stop": {trusted(ispR(OpenPGP)), FirstContact, "conditions: minimal\n", all, func(e made) { e.in.Reports[0].Held = true },
			func(e made) map[int]Action { return map[int]Action{e.target: Keep} }},
		"a grant that has ended": {trusted(ispR(OpenPGP)), FirstContact, block("conditions: minimal", "until: 2026-11-19"), all, nil,
			func(e made) map[int]Action { return map[int]Action{e.target: Keep} }},
		"conditions that cannot be read": {trusted(ispR(OpenPGP)), FirstContact, "", all, func(e made) { e.in.Reports[0].Invalid = true },
			func(e made) map[int]Action { return map[int]Action{e.target: Keep} }},
		"what its owner would tell if anything were": {trusted(ispR(OpenPGP)), Acknowledged, block("relay: no", "my-hosts: keep"), lines("my-addresses: keep"), nil,
			func(e made) map[int]Action { return map[int]Action{e.target: Keep, e.name: Mask} }},
		"what it says to hide": {trusted(ispR(OpenPGP)), FirstContact, "", lines("my-addresses: hide"), nil,
			func(e made) map[int]Action { return map[int]Action{e.target: Drop} }},
		"bytes that nobody can look into, early": {trusted(ispR(OpenPGP)), FirstContact, "", all, nil,
			func(e made) map[int]Action { return map[int]Action{e.binary: Drop} }},
		"bytes, where the log goes sanitised": {trusted(csirtN()), Trusted, "", lines("logs: sanitize"), nil,
			func(e made) map[int]Action { return map[int]Action{e.binary: Drop} }},
		"bytes, where the log goes as it is": {trusted(csirtN()), Trusted, "", all, nil,
			func(e made) map[int]Action { return map[int]Action{e.binary: Keep} }},
		"another's value that its report calls its own": {trusted(ispR(OpenPGP)), Acknowledged, block("conditions: no-relay", "my-site: 192.0.2.0/24"), all, nil,
			func(e made) map[int]Action { return map[int]Action{e.at192(): Mask} }},
		"another requester's value in its log": {trusted(ispR(OpenPGP)), Acknowledged, "", all,
			func(e made) {
				e.in.Reports = append(e.in.Reports, report(orgV(), conditions(t, "conditions: no-relay\n")))
				e.in.Owners[e.at192()] = Whose{OwnerMine, 1}
			},
			func(e made) map[int]Action { return map[int]Action{e.at192(): Drop} }},
		"time: hour stays, and no log tells the second": {trusted(ispR(OpenPGP)), FirstContact, block("conditions: minimal", "time: hour"), all, nil,
			func(e made) map[int]Action { return map[int]Action{e.at: GeneraliseTime(Hour), e.log: Summary} }},
		"not a report that nobody signed": {trusted(ispR(OpenPGP)), FirstContact, "", all, func(e made) { e.in.Reports[0].Evidence = Unsigned },
			func(e made) map[int]Action { return map[int]Action{e.source: Drop, e.target: Drop, e.log: Drop} }},
		"not one that only DKIM vouches for": {trusted(ispR(OpenPGP)), FirstContact, "", all, func(e made) { e.in.Reports[0].Evidence = DKIM },
			func(e made) map[int]Action { return map[int]Action{e.source: Drop, e.target: Drop, e.log: Drop} }},
		"not for a recipient that is done": {trusted(ispR(OpenPGP)), Closed, "", all, nil,
			func(e made) map[int]Action { return map[int]Action{e.source: Drop, e.target: Drop} }},
		"not a marking": {trusted(ispR(OpenPGP)), FirstContact, "", all, func(e made) { e.mark(MarkRed) },
			func(e made) map[int]Action { return map[int]Action{e.source: Drop, e.target: Drop, e.log: Drop} }},
		"not a marking of one value": {trusted(ispR(OpenPGP)), FirstContact, "", all, func(e made) { e.in.Cells[e.target].Marking = MarkStrict },
			func(e made) map[int]Action { return map[int]Action{e.source: Keep, e.target: Drop} }},
		"not a rule of the site": {trusted(ispR(OpenPGP)), FirstContact, "", all,
			func(e made) {
				e.in.Policy = policy(t, "version = 1\n[[rule]]\nset = { \"mine:address\" = \"mask\" }\n")
			},
			func(e made) map[int]Action { return map[int]Action{e.target: Mask} }},
		"not a rule of the site on the stage": {trusted(ispR(OpenPGP)), FirstContact, "", all,
			func(e made) {
				e.in.Policy = policy(t, "version = 1\n[[rule]]\nwhen = { stage = [\"first-contact\"] }\nset = { \"mine:address\" = \"drop\" }\n")
			},
			func(e made) map[int]Action { return map[int]Action{e.target: Drop} }},
		"not the embargo of the site": {trusted(ispR(OpenPGP)), FirstContact, "", all,
			func(e made) {
				e.in.Policy = policy(t, "version = 1\n[[rule]]\nwhen = { until = 2026-11-30 }\nset = { \"*\" = \"drop\" }\n")
			},
			func(e made) map[int]Action { return map[int]Action{e.source: Drop, e.target: Drop} }},
		"not the channel": {ispR(Opportunistic), FirstContact, "", all, nil,
			func(e made) map[int]Action { return map[int]Action{e.source: Keep, e.target: Drop} }},
		"not what others are accused of": {trusted(ispR(OpenPGP)), FirstContact, "", all, func(e made) { e.in.Owners[e.source].Owner = OwnerReported },
			func(e made) map[int]Action { return map[int]Action{e.source: Drop} }},
		"not another's value": {trusted(ispR(OpenPGP)), Acknowledged, "", all, func(e made) { e.in.Owners[e.target].Owner = OwnerThird },
			func(e made) map[int]Action { return map[int]Action{e.target: Mask} }},
		"not another's value in a log that goes as it is": {trusted(ispR(OpenPGP)), Acknowledged, "", all,
			func(e made) { e.in.Policy = policy(t, "version = 1\nthird_party_in_as_is_logs = \"allow\"\n") },
			func(e made) map[int]Action { return map[int]Action{e.log: Sanitize} }},
		"not another requester's report": {trusted(ispR(OpenPGP)), FirstContact, "", &Override{"org-v", all.Conditions}, nil,
			func(e made) map[int]Action { return map[int]Action{e.source: Drop, e.target: Drop} }},
		"what the rules tell already": {trusted(ispR(OpenPGP)), Acknowledged, "conditions: forward-log-as-is\n", lines("logs: summary", "my-addresses: hide"), nil,
			func(e made) map[int]Action { return map[int]Action{e.target: Keep, e.log: Sanitize} }},
		"no longer prefix, which would be masked": {trusted(ispR(OpenPGP)), Acknowledged, block("conditions: forward-log-as-is", "my-addresses: /20"), all,
			func(e made) {
				e.in.Policy = policy(t, "version = 1\n[[rule]]\nset = { \"mine:address\" = \"generalise:/24\" }\n")
			},
			func(e made) map[int]Action {
				want, _ := GeneraliseTo(20)
				return map[int]Action{e.target: want}
			}},
		"not what stands where the model forbids it": {trusted(ispR(OpenPGP)), FirstContact, "", all,
			func(e made) { e.in.Cells[e.source].Path = "/IODEF-Document/Incident[1]/AdditionalData[1]/Address" },
			func(e made) map[int]Action { return map[int]Action{e.source: Drop} }},
		"not what identifies a report": {trusted(ispR(OpenPGP)), FirstContact, "", all, nil,
			func(e made) map[int]Action { return map[int]Action{e.action + 3: Drop} }},
		"nothing where it says no relay": {trusted(ispR(OpenPGP)), FirstContact, "", &Override{"cert-u", *conditions(t, "conditions: no-relay\n")}, nil,
			func(e made) map[int]Action { return map[int]Action{e.source: Drop, e.target: Drop} }},
	} {
		t.Run(name, func(t *testing.T) {
			var own *Conditions
			if c.conditions != "" {
				own = conditions(t, c.conditions)
			}
			rep := report(certU(), own)
			rep.Expects = 0
			e := made{example: newExample(c.to, c.stage, SourceSite, rep)}
			e.binary = e.add("EventData[1]/Record/RecordData/RecordItem[2]", ClassBinary, "", 0)
			if c.change != nil {
				c.change(e)
			}
			e.in.Override = c.over
			r := Decide(e.in)
			want := c.want(e)
			wants(t, r, want)
			for i, a := range want {
				before := e.in
				before.Override = nil
				grew := !a.atMost(Decide(before).Decisions[i].Action)
				if said := strings.HasPrefix(r.Reasons(i)[len(r.Reasons(i))-1], OverrideMark) || slices.ContainsFunc(r.Reasons(i), func(s string) bool { return strings.HasPrefix(s, OverrideMark) }); grew && !said {
					t.Errorf("cell %d grew to %s and does not say why: %s", i, a, r.Explain(i))
				}
			}
		})
	}
}

// at192 is the address 192.0.2.200 in the log.
func (e *example) at192() int {
	return slices.IndexFunc(e.in.Cells, func(c Cell) bool { return c.Value == "192.0.2.200" })
}

// mark gives the report and all of it a marking.
func (e *example) mark(m Marking) {
	e.in.Reports[0].Marking = m
	for i := range e.in.Cells {
		e.in.Cells[i].Marking = m
	}
}

// TestOverrideTellsNobodyHisOwn: no override has a report told to its requester,
// whatever else keeps it back.
func TestOverrideTellsNobodyHisOwn(t *testing.T) {
	for _, why := range []Refusal{RefusedHeld, RefusedInvalid, RefusedSelf} {
		rep := report(certU(), nil)
		rep.Held, rep.Invalid = why == RefusedHeld, why == RefusedInvalid
		e := newExample(certU(), Acknowledged, SourceSite, rep)
		e.in.Override = &Override{"cert-u", *conditions(t, block("relay: yes", "my-addresses: keep"))}
		r := Decide(e.in)
		if want := "relay of report 12 refused, " + string(why) + ": drop"; r.Reports[0].Relay || r.Reasons(e.target)[0] != want {
			t.Errorf("relay %v, %q; want %q", r.Reports[0].Relay, r.Reasons(e.target), want)
		}
	}
}

// TestOverrideReason: the chain names what was passed, and by which word.
func TestOverrideReason(t *testing.T) {
	rep := report(certU(), conditions(t, "conditions: no-relay\n"))
	e := newExample(csirtN(), FirstContact, SourceSite, rep)
	e.in.Override = &Override{"cert-u", *conditions(t, block("relay: yes", "my-addresses: keep"))}
	r := Decide(e.in)
	const want = `override of relay (no-relay), stage first-contact, absent marking, consent, "my-addresses: keep": keep`
	if got := r.Reasons(e.target); !slices.Contains(got, want) {
		t.Errorf("the reasons are %q", got)
	}
	if r.Label != Red {
		t.Errorf("labelled %s; what nobody marked is as private", r.Label)
	}
	rep.Conditions = conditions(t, block("conditions: forward-log-as-is", "stage: first-contact"))
	e = newExample(ispR(VerifiedTLS), FirstContact, SourceSite, rep)
	if l := Decide(e.in).Log(e.log); !l.Extract {
		t.Errorf("the log by the rules is %+v", l)
	}
	e.in.Override = &Override{"cert-u", *conditions(t, block("relay: yes", "logs: as-is"))}
	r = Decide(e.in)
	if l := r.Log(e.log); l.Extract || l.Action != Sanitize {
		t.Errorf("the log is %+v", l)
	}
	if r.Label != Amber {
		t.Errorf("labelled %s; its owner says AMBER", r.Label)
	}
}
