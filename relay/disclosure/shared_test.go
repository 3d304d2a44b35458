package disclosure

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestSharedAnswers: what cells share with others is what the layers say to
// each of them alone.
func TestSharedAnswers(t *testing.T) {
	alone := func(t interface{ Fatalf(string, ...any) }, in Input) {
		d, r := &decider{}, &Result{}
		d.begin(&in, r)
		d.readGrants(r)
		d.cells(r)
		for i, dec := range r.Decisions {
			own := answer{to: d.subject(i, r)}
			d.ask(&own)
			if own != r.answers[dec.answer] || own.act != dec.Action {
				t.Fatalf("cell %d %+v: %+v, alone %+v", i, d.in.Cells[i], r.answers[dec.answer], own)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) { alone(t, genInput(t)) })
	// Two values that the requester calls its own, one of them another party's.
	e := newScene(csirtN(), Trusted, SourceSite, report(certU(), conditions(t, block("version: 1", "conditions: forward-log-as-is", "my-site: 10.0.0.0/8, 192.0.2.0/24"))))
	e.text(ClassLog, "10.1.2.3 192.0.2.200", 0)
	alone(t, e.in)
	// Two values of one kind at two places, one of which a rule names.
	e = newScene(csirtN(), Trusted, SourceSite, report(certU(), conditions(t, "conditions: forward-log-as-is")))
	e.in.Policy = policy(t, "version = 1\n[[rule]]\nset = { \"path:EventData/Port\" = \"drop\" }\n")
	e.add("EventData[1]/Count", ClassPort, "22", 0)
	e.add("EventData[1]/Port", ClassPort, "22", 0)
	alone(t, e.in)
	// A log in which each value differs from the one before in one thing.
	e = newScene(csirtN(), Trusted, SourceSite, report(certU(), conditions(t, "conditions: forward-log-as-is")), report(orgV(), nil))
	e.in.Reports[0].Elements = []Conditions{*conditions(t, "conditions: minimal")}
	e.text(ClassLog, strings.Repeat("203.0.113.25\n", 10), 0)
	values, owners := e.in.Cells[1:], e.in.Owners[1:]
	owners[0].Owner, values[0].Class = OwnerNeutral, 0
	owners[1].Owner = OwnerNeutral
	values[3].Marking, values[5].Report, owners[7].Of, values[9].Element = MarkRed, 1, 1, 1
	alone(t, e.in)
}

// TestNumbersAreHints: a number that two values share makes them no one value.
func TestNumbersAreHints(t *testing.T) {
	hidden := Input{Recipient: csirtN(), Stage: Trusted, Now: now, Reports: []Report{report(certU(), conditions(t, "conditions: hide-my-ip"))}}
	hidden.Owners = []Whose{{Owner: OwnerMine}, {Owner: OwnerMine}}
	hidden.Cells = []Cell{
		{Path: "/a", Class: ClassHostname, Value: "mail.example.co.jp", Number: 1},
		{Path: "/b", Class: ClassAddress, Value: "203.0.113.25", Number: 1},
	}
	if r := Decide(hidden); r.Decisions[0].Action != Keep || r.Decisions[1].Action == Keep {
		t.Errorf("two values of one number: %s, %s", r.Decisions[0].Action, r.Decisions[1].Action)
	}
	rapid.Check(t, func(t *rapid.T) {
		in := genInput(t)
		want := Decide(in)
		in.Cells = slices.Clone(in.Cells)
		for i := range in.Cells {
			in.Cells[i].Number = rapid.Int32Range(-1, int32(len(in.Cells)+1)).Draw(t, "number")
		}
		got := Decide(in)
		for i := range in.Cells {
			if got.Explain(i) != want.Explain(i) {
				t.Fatalf("cell %d: %s, without numbers %s", i, got.Explain(i), want.Explain(i))
			}
		}
	})
}

// TestTwinIsDecided: a twin is decided about as if it were the report.
func TestTwinIsDecided(t *testing.T) {
	of, twin := &Result{}, &Result{}
	decided := func(t interface{ Fatalf(string, ...any) }, in Input, value func(class Class) string) {
		of.Again(in)
		was := of.all()
		in.Cells = slices.Clone(in.Cells)
		for i := range in.Cells {
			in.Cells[i].Value = value(in.Cells[i].Class)
		}
		if got, want := twin.Twin(of, in.Cells).all(), new(decider).decide(&in, &Result{}).all(); !reflect.DeepEqual(got, want) {
			t.Fatalf("twin\n%s\nby itself\n%s", got, want)
		}
		twin.Again(Input{Cells: in.Cells[1:], Owners: in.Owners[1:], Reports: in.Reports, Recipient: in.Recipient, Stage: FirstContact})
		if now := of.all(); !reflect.DeepEqual(now, was) {
			t.Fatalf("a twin changed what it is of\n%s\nwas\n%s", now, was)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		decided(t, genInput(t), func(class Class) string {
			if poolByClass[class] == nil {
				class = ClassDomain
			}
			return genValue(t, class)
		})
	})
	// A value that the requester calls its own becomes one that is another's too,
	// and back; and there are notes.
	e := newScene(csirtN(), Trusted, SourceSite, report(certU(), conditions(t, block("version: 1", "conditions: forward-log-as-is", "my-site: 10.0.0.0/8, 192.0.2.0/24"))))
	e.in.Reports[0].Profiles = []Conditions{*conditions(t, "conditions: minimal")}
	e.text(ClassLog, "10.1.2.3 198.51.100.1", 0)
	for _, other := range []string{"192.0.2.200", "10.1.2.3"} {
		decided(t, e.in, func(class Class) string { return other })
		for i := range e.in.Cells {
			e.in.Cells[i].Value = other
		}
	}
}

// all is everything that a result says.
func (r *Result) all() (list []string) {
	add := func(v ...any) { list = append(list, fmt.Sprintf("%+v", v)) }
	for i := range r.Decisions {
		add(r.Explain(i), r.vote(i))
	}
	for i := range r.Logs {
		add(r.Logs[i])
	}
	add(r.Reports, r.Contested, r.Refusal, r.Weak, r.Hold, r.Label, r.Approval, r.Notes, r.Withheld(), r.Kept())
	return list
}

// TestAgainForgets: what was decided before leaves nothing behind.
func TestAgainForgets(t *testing.T) {
	again := func(t interface{ Fatalf(string, ...any) }, r *Result, in Input) {
		if got, want := r.Again(in).all(), new(decider).decide(&in, &Result{}).all(); !reflect.DeepEqual(got, want) {
			t.Fatalf("again\n%s\nby itself\n%s", got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		var r Result
		for range 3 {
			again(t, &r, genInput(t))
		}
	})
	var r Result
	for _, preset := range []string{"forward-log-as-is", "hide-my-ip", "forward-log-as-is"} {
		again(t, &r, newExample(csirtN(), Trusted, SourceSite, report(certU(), conditions(t, "conditions: "+preset))).in)
	}
}

// TestOneCellForAllItsLines: a value that stands in several lines of a log is
// decided about as if each of them had a cell of its own.
func TestOneCellForAllItsLines(t *testing.T) {
	leftOut := 0
	check := func(t interface{ Fatalf(string, ...any) }, in Input) {
		apart, of := in, []int{}
		apart.Cells, apart.Owners = nil, nil
		first := make([]int32, len(in.Cells)) // of each cell, in apart
		for i, c := range in.Cells {
			first[i] = int32(len(apart.Cells))
			for n := range c.times() {
				if c.In > 0 {
					c.In = first[in.Cells[i].In-1] + 1
				}
				if in.Cells[i].Lines != nil {
					c.Lines = in.Cells[i].Lines[n : n+1]
				}
				apart.take(c, in.Owners[i].Owner, in.Owners[i].Of)
				of = append(of, i)
			}
		}
		r, alone := Decide(in), Decide(apart)
		numbers, _ := r.Alike()
		says := map[int32]string{}
		for k := range apart.Cells {
			i := of[k]
			var out bool
			if lines := apart.Cells[k].Lines; lines != nil && r.Decisions[i].Action != Drop {
				out = r.Log(int(in.Cells[i].In) - 1).Hides(int(lines[0]))
			}
			act, number := r.Decisions[i].Action, numbers[i][0]
			if out {
				leftOut++
				act, number = Drop, numbers[i][1]
			}
			var reasons []string
			r.EachReason(i, out, func(b []byte) { reasons = append(reasons, string(b)) })
			if own := alone.Decisions[k].Action; own != act || !slices.Equal(alone.Reasons(k), reasons) {
				t.Fatalf("cell %d at lines %v: %s by %q, alone %s by %q", i, apart.Cells[k].Lines, act, reasons, own, alone.Reasons(k))
			}
			if said := strings.Join(reasons, "|"); says[number] == "" {
				says[number] = said
			} else if says[number] != said {
				t.Fatalf("number %d says %q and %q", number, says[number], said)
			}
		}
		if r.Label != alone.Label || r.Refusal != alone.Refusal || r.Contested != alone.Contested || !reflect.DeepEqual(r.Withheld(), alone.Withheld()) {
			t.Fatalf("%+v\nalone\n%+v", r, alone)
		}
	}
	rapid.Check(t, func(t *rapid.T) { check(t, genInput(t)) })
	// Logs of which lines fall, for a value that is dropped or as an extract.
	drop := policy(t, "version = 1\n[[rule]]\nset = { hostname = \"drop\" }\n")
	said := []*Conditions{conditions(t, block("conditions: hide-my-ip", "logs: sanitize", "stage: first-contact")), conditions(t, "conditions: forward-log-as-is")}
	for i, p := range []*Policy{drop, nil} { // a dropped name, and the recipient's address in an extract, each in two lines
		e := newScene(ispR(VerifiedTLS), []Stage{Trusted, FirstContact}[i], SourceSite, report(certU(), said[i^1]))
		e.in.Policy = p
		box := e.add("EventData[1]/Record/RecordData/RecordItem[1]", ClassLog, "", 0)
		for _, c := range []struct {
			class Class
			value string
			lines []int32
		}{{ClassHostname, "host.isp.example", []int32{1, 3}}, {ClassAddress, "198.51.100.77", []int32{2, 3}}, {ClassAddress, "203.0.113.25", []int32{1, 3, 4}}} {
			k := e.add("", c.class, c.value, 0)
			e.in.Cells[k].In, e.in.Cells[k].Lines = int32(box+1), c.lines
		}
		check(t, e.in)
	}
	rapid.Check(t, func(t *rapid.T) {
		e := newScene(rapid.SampledFrom([]Party{csirtN(), ispR(VerifiedTLS)}).Draw(t, "to"), rapid.SampledFrom([]Stage{FirstContact, Trusted}).Draw(t, "stage"), SourceSite,
			report(certU(), rapid.SampledFrom(said).Draw(t, "conditions")))
		e.in.Policy = rapid.SampledFrom([]*Policy{nil, drop}).Draw(t, "policy")
		box := e.add("EventData[1]/Record/RecordData/RecordItem[1]", ClassLog, "", 0)
		for range rapid.IntRange(1, 8).Draw(t, "values") {
			class := rapid.SampledFrom([]Class{ClassAddress, ClassAddress, ClassHostname, ClassEmail}).Draw(t, "class")
			k := e.add("", class, genValue(t, class), 0)
			e.in.Cells[k].In = int32(box + 1)
			for line := range int32(4) {
				if len(e.in.Cells[k].Lines) == 0 && line == 3 || rapid.Bool().Draw(t, "stands there") {
					e.in.Cells[k].Lines = append(e.in.Cells[k].Lines, line+1)
				}
			}
		}
		check(t, e.in)
	})
	if leftOut == 0 {
		t.Error("no line was ever left out")
	}
}
