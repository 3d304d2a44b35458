package disclosure

import (
	"strings"
	"testing"
	"time"
)

const wholePolicy = `version = 1
default_tlp = "GREEN"
third_party_in_as_is_logs = "allow"
on_weak_channel = "reduce"
approval = "two"

[[rule]]
id   = "own constituency hears early"
when = { stage = ["first-contact"], relation = ["own-constituency"], severity = ["high"] }
set  = { "mine:address" = "generalise:/24", "log" = "sanitize" }

[[rule]]
id   = "phishing"
when = { type = "phishing", trust_min = 1, ti_min = 1, tlp = "RED", recipient = ["isp-r"], until = 2027-01-31, not_before = 2026-01-01, approval = "two" }
set  = { "path:EventData/Record/RecordData/RecordItem" = "summary", "third:*" = "mask", "url" = "keep", "*" = "keep" }

[[profile]]
party  = "cert-u"
source = "sha256:00"
conditions = "hide-my-ip"
my-site = ["203.0.113.0/24", "example.co.jp"]
replace-profile = false
until  = 2027-03-31
`

// TestPolicyFile shows that everything of section 7 is read, and that the
// shortest file is the defaults.
func TestPolicyFile(t *testing.T) {
	p := policy(t, wholePolicy)
	if p.DefaultTLP != Green || !p.AllowThird || !p.ReduceWeak || p.Approval != ApproveTwo || len(p.rules) != 2 {
		t.Errorf("%+v", p)
	}
	pr := p.ProfilesOf("cert-u")
	if len(pr) != 1 || pr[0].Addresses != Mask || len(pr[0].Networks) != 1 || pr[0].Until.Format("2006-01-02") != "2027-03-31" {
		t.Errorf("%+v", pr)
	}
	short := policy(t, "version = 1\n")
	if short.Digest() != (*Policy)(nil).Digest() || short.Digest() == p.Digest() || (&Policy{}).Digest() != short.Digest() {
		t.Error("digests")
	}
	var page, empty strings.Builder
	if err := p.Table(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"own constituency hears early", "stage=first-contact", "generalise:/24", "third_party_in_as_is_logs  allow", "until=2027-01-31", "path:EventData/Record/RecordData/RecordItem", "my-site=203.0.113.0/24, example.co.jp", "need-to-know (v1)"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the table lacks %q\n%s", want, page.String())
		}
	}
	if (*Policy)(nil).Table(&empty); strings.Count(empty.String(), "\n") > 60 {
		t.Errorf("the defaults take %d lines, more than a page", strings.Count(empty.String(), "\n"))
	}
}

// TestPolicyRefused shows that one wrong word refuses the file and that the
// error names the line (cases 170, 179).
func TestPolicyRefused(t *testing.T) {
	head := "version = 1\n"
	rule := head + "[[rule]]\nid = \"a\"\n"
	for _, c := range []struct{ text, want string }{
		{"", "version"},
		{"version = 2\n", "line 1"},
		{head + "\ndefault_tpl = \"RED\"\n", "line 3"},
		{head + "default_tlp = \"PINK\"\n", "line 2"},
		{head + "on_weak_channel = \"send\"\n", "line 2"},
		{head + "approval = \"three\"\n", "line 2"},
		{head + "third_party_in_as_is_logs = true\n", "line 2"},
		{head + "version = 1\n", "line 2"},
		{head + "a = &x\n", "line 2"},
		{rule, "sets nothing"},
		{rule + "set = { log = \"keep\", adress = \"drop\" }\n", "line 4"},
		{rule + "set = { \"mine:addres\" = \"drop\" }\n", "line 4"},
		{rule + "set = { \"yours:address\" = \"drop\" }\n", "line 4"},
		{rule + "set = { \"log\" = \"mask\" }\n", "line 4"},
		{rule + "set = { \"address\" = \"sanitize\" }\n", "line 4"},
		{rule + "set = { \"person\" = \"generalise\" }\n", "line 4"},
		{rule + "set = { \"address\" = \"generalise:/31\" }\n", "line 4"},
		{rule + "set = { \"address\" = \"kep\" }\n", "line 4"},
		{rule + "set = { \"path:A[1]/B\" = \"drop\" }\n", "line 4"},
		{rule + "when = { stages = [\"trusted\"] }\nset = { log = \"drop\" }\n", "line 4"},
		{rule + "when = { stage = [\"closed\"] }\nset = { log = \"drop\" }\n", "line 4"},
		{rule + "when = { stage = [] }\nset = { log = \"drop\" }\n", "empty list"},
		{rule + "when = { relation = \"friend\" }\nset = { log = \"drop\" }\n", "line 4"},
		{rule + "when = { severity = \"huge\" }\nset = { log = \"drop\" }\n", "line 4"},
		{rule + "when = { trust_min = 9 }\nset = { log = \"drop\" }\n", "line 4"},
		{rule + "when = { approval = \"none\" }\nset = { log = \"drop\" }\n", "line 4"},
		{rule + "set = { log = \"drop\" }\n[[rule]]\nid = \"a\"\nset = { log = \"drop\" }\n", "line 6"},
		{head + "[[profile]]\nparty = \"x\"\nconditions = \"minimal\"\n", "source"},
		{head + "[[profile]]\nsource = \"sha256:1\"\nconditions = \"minimal\"\n", "party"},
		{head + "[[profile]]\nparty = \"x\"\nsource = \"sha256:1\"\nconditions = \"minimum\"\n", "line 5"},
		{head + "[[profile]]\nparty = \"x\"\nsource = \"sha256:1\"\nlog = \"as-is\"\n", "line 5"},
		{head + "[[profile]]\nparty = \"x\"\nsource = \"sha256:1\"\nuntil = 5\n", "line 5"},
	} {
		if p, err := ParsePolicy([]byte(c.text)); err == nil || p != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want an error with %q", c.text, err, c.want)
		}
	}
}

// TestRuleRaises shows that a rule that names a stage stands in the place of
// the stage's line, and that one that names none only lowers.
func TestRuleRaises(t *testing.T) {
	c := conditions(t, block("conditions: forward-log-as-is", "stage: first-contact"))
	to := ispR(VerifiedTLS)
	to.Relation = OwnConstituency
	decide := func(text string, severity string) (*example, *Result) {
		e := newExample(to, FirstContact, SourceSite, report(certU(), c))
		e.in.Reports[0].Severity = severity
		e.in.Parties = nil
		e.in.Reports[0].Party.Networks = nets("203.0.113.0/28", "203.0.113.16/28")
		e.in.Policy = policy(t, text)
		return e, Decide(e.in)
	}
	raise := "version = 1\n[[rule]]\nid = \"early\"\nwhen = { stage = \"first-contact\", relation = \"own-constituency\", severity = \"high\" }\nset = { \"mine:address\" = \"generalise:/24\", log = \"sanitize\" }\n"
	e, r := decide(raise, "high")
	wants(t, r, map[int]Action{e.target: generalise(24, 48, Second), e.log: Sanitize})
	if got := r.Explain(e.target); !strings.Contains(got, `stage first-contact "early": generalise:/24`) {
		t.Error(got)
	}
	e, r = decide(raise, "low")
	wants(t, r, map[int]Action{e.target: Drop})
	e, r = decide(strings.Replace(raise, `stage = "first-contact", `, "", 1), "high")
	wants(t, r, map[int]Action{e.target: Drop})
	// A rule less specific than the line does not raise it.
	e, r = decide("version = 1\n[[rule]]\nwhen = { stage = \"first-contact\" }\nset = { \"*\" = \"keep\" }\n", "high")
	wants(t, r, map[int]Action{e.target: Drop})
}

// TestCase_173_Specificity shows that the most specific rule counts inside a
// layer and that ties meet.
func TestCase_173_Specificity(t *testing.T) {
	c := conditions(t, "conditions: forward-log-as-is")
	decide := func(sets ...string) *Result {
		e := newExample(csirtN(), Trusted, 0, report(certU(), c))
		text := "version = 1\n"
		for _, s := range sets {
			text += "[[rule]]\nset = { " + s + " }\n"
		}
		e.in.Policy = policy(t, text)
		e.in.Cells = e.in.Cells[:3] // without the log: there the address is no such path
		e.in.Cells[2].Node, e.in.Cells[1].Node = 0, 0
		return Decide(e.in)
	}
	for _, s := range []struct {
		want Action
		sets []string
	}{
		{Drop, []string{`"*" = "drop"`}},
		{Mask, []string{`"*" = "drop"`, `"mine:*" = "mask"`}},
		{Keep, []string{`"mine:*" = "mask"`, `"address" = "keep"`}},
		{Drop, []string{`"address" = "keep"`, `"mine:address" = "drop"`}},
		{Pseudonymise, []string{`"mine:address" = "drop"`, `"path:EventData/Flow/System/Node/Address" = "pseudonymise"`}},
		{Mask, []string{`"mine:address" = "keep"`, `"mine:address" = "mask"`}},
		{Mask, []string{`"mine:address" = "pseudonymise"`, `"mine:address" = "generalise:/20"`}},
	} {
		if got := decide(s.sets...).Decisions[2].Action; got != s.want {
			t.Errorf("%v: %s, want %s", s.sets, got, s.want)
		}
	}
}

// TestRuleConditions shows each condition of a rule, holding and not.
func TestRuleConditions(t *testing.T) {
	base := Input{Recipient: Party{ID: "p", Relation: Peer, Trust: 2, TI: 1}, Stage: Trusted, Now: now}
	rep := Report{Types: []string{"phishing"}, Severity: "high", Marking: MarkGreen}
	for when, want := range map[string]bool{
		`stage = "trusted"`: true, `stage = "acknowledged"`: false, `stage = ["acknowledged", "trusted"]`: true,
		`relation = "peer"`: true, `relation = "law"`: false, `trust_min = 2`: true, `trust_min = 3`: false, `ti_min = 1`: true, `ti_min = 2`: false,
		`type = "phishing"`: true, `type = "dos"`: false, `severity = "high"`: true, `severity = "low"`: false, `tlp = "GREEN"`: true, `tlp = "RED"`: false,
		`recipient = "p"`: true, `recipient = "q"`: false, `until = 2026-11-20`: true, `until = 2026-11-19`: false,
		`not_before = 2026-11-20`: true, `not_before = 2026-11-21`: false,
	} {
		p := policy(t, "version = 1\n[[rule]]\nwhen = { "+when+" }\nset = { log = \"drop\" }\n")
		if got := p.rules[0].holds(&base, &rep); got != want {
			t.Errorf("%s holds: %v, want %v", when, got, want)
		}
	}
	// A rule that holds with two approvals makes the notice need them.
	e := newExample(ispR(VerifiedTLS), Acknowledged, SourceSite, report(certU(), conditions(t, "conditions: minimal")))
	if r := Decide(e.in); r.Approval != ApproveOne {
		t.Errorf("approval %s", r.Approval)
	}
	e.in.Policy = policy(t, "version = 1\napproval = \"auto\"\n[[rule]]\nwhen = { approval = \"two\" }\nset = { url = \"keep\" }\n")
	if r := Decide(e.in); r.Approval != ApproveTwo {
		t.Errorf("approval %s", r.Approval)
	}
}

func FuzzPolicy(f *testing.F) {
	f.Add(wholePolicy)
	f.Add("version = 1\n[[rule]]\nset = { \"*\" = \"drop\" }\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePolicy([]byte(text))
		if (err == nil) == (p == nil) {
			t.Fatal("both or neither")
		}
		if err == nil {
			var b strings.Builder
			if p.Table(&b) != nil || p.Digest() == "" || b.Len() == 0 {
				t.Fatal("no table")
			}
		}
	})
}

// TestThirdSetting shows the site's setting for third parties' values: a rule
// that names the owner raises it, one on the class alone speaks of nobody.
func TestThirdSetting(t *testing.T) {
	for set, want := range map[string]Action{
		`"third:*" = "keep"`: Keep, `"third:address" = "pseudonymise"`: Pseudonymise, `"address" = "keep"`: Mask, `"third:url" = "keep"`: Mask, `"*" = "keep"`: Mask,
	} {
		e := newExample(ispR(VerifiedTLS), Acknowledged, SourceSite, report(certU(), conditions(t, "conditions: hide-my-ip")))
		third := e.add("EventData[1]/Flow[1]/System[3]/Node/Address", ClassAddress, "192.0.2.77", 0)
		e.in.Policy = policy(t, "version = 1\n[[rule]]\nwhen = { stage = \"acknowledged\" }\nset = { "+set+" }\n")
		wants(t, Decide(e.in), map[int]Action{third: want})
	}
}

// TestLoosens: more may be told from the day after a rule or a profile ends, and
// from the day on which a rule begins that may raise a stage.
func TestLoosens(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }
	for text, want := range map[string]time.Time{ // when
		"": {},
		"[[rule]]\nwhen = { until = 2026-11-20 }\nset = { time = \"drop\" }\n":                                                                 day(21),
		"[[rule]]\nwhen = { stage = [\"first-contact\"], not_before = 2026-11-20 }\nset = { \"mine:address\" = \"keep\" }\n":                   day(20),
		"[[rule]]\nwhen = { not_before = 2026-11-20 }\nset = { time = \"drop\" }\n":                                                            {},
		"[[profile]]\nparty = \"cert-u\"\nsource = \"sha256:" + strings.Repeat("0", 64) + "\"\nconditions = \"minimal\"\nuntil = 2026-11-20\n": day(21),
		"[[profile]]\nparty = \"cert-u\"\nsource = \"sha256:" + strings.Repeat("0", 64) + "\"\nconditions = \"minimal\"\n":                     {},
	} {
		p := policy(t, "version = 1\n"+text)
		for d := 18; d < 24; d++ {
			if got := p.Loosens(day(d).Add(-time.Second), day(d)); got != day(d).Equal(want) {
				t.Errorf("%s\non day %d: %v", text, d, got)
			}
		}
		if got := p.Loosens(time.Time{}, day(25)); got == want.IsZero() {
			t.Errorf("%s\nwithout a look before: %v", text, got)
		}
	}
}

// TestReadPolicy: a policy that is to be used names places that there are, and
// its profiles end; one that decisions were made from is read as it was.
func TestReadPolicy(t *testing.T) {
	known := func(path string) bool {
		return path == "/IODEF-Document/Incident/EventData/Description" || path == "/IODEF-Document/@version"
	}
	const profile = "[[profile]]\nparty = \"x\"\nsource = \"sha256:1\"\nconditions = \"minimal\"\n"
	for text, want := range map[string]string{
		`[[rule]]` + "\n" + `set = { "path:EventData/Description" = "drop" }`:                            "",
		`[[rule]]` + "\n" + `set = { "path:/IODEF-Document/Incident/EventData/Description" = "drop" }`:   "",
		`[[rule]]` + "\n" + `set = { "path:/IODEF-Document/@version" = "drop" }`:                         "",
		`[[rule]]` + "\n\n" + `set = { "path:EventData/Descriptoin" = "drop", "mine:address" = "drop" }`: "policy line 4: rule 1",
		profile + "until = 2027-01-31\n":         "",
		profile + "[[profile]]\nparty = \"y\"\n": "policy line",
		"# a comment\n" + profile:                "policy line 3: profile 1 has no end",
	} {
		text = "version = 1\n" + text
		_, err := ReadPolicy([]byte(text), known)
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%s\n%v, want %q", text, err, want)
		}
		if _, err := ParsePolicy([]byte(text)); err != nil && !strings.Contains(text, "party = \"y\"") {
			t.Errorf("%s\ncannot be read any more: %v", text, err)
		}
	}
}
