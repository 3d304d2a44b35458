package disclosure

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSharedAnswers: what cells share with others is what the layers say to
// each of them alone.
func TestSharedAnswers(t *testing.T) {
	alone := func(t interface{ Fatalf(string, ...any) }, in Input) {
		d, r := &decider{}, &Result{}
		d.begin(in, r)
		d.cells(r)
		for i, dec := range r.Decisions {
			s := d.subject(i, r)
			var base chain
			act, vote, _ := d.layers(&s, &base)
			if act != dec.Action || vote != dec.vote || base != r.chains[dec.chain] {
				t.Fatalf("cell %d %+v: %s, alone %s", i, d.in.Cells[i], dec.Action, act)
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
}

// TestNumbersAreHints: a number that two values share makes them no one value.
func TestNumbersAreHints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := genInput(t)
		want := Decide(in)
		in.Cells = slices.Clone(in.Cells)
		for i := range in.Cells {
			in.Cells[i].Number = rapid.IntRange(-1, len(in.Cells)+1).Draw(t, "number")
		}
		got := Decide(in)
		for i := range in.Cells {
			if got.Explain(i) != want.Explain(i) {
				t.Fatalf("cell %d: %s, without numbers %s", i, got.Explain(i), want.Explain(i))
			}
		}
	})
}

// TestAgainForgets: what was decided before leaves nothing behind.
func TestAgainForgets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r Result
		for range 3 {
			in := genInput(t)
			got, want := r.Again(in), Decide(in)
			for i := range in.Cells {
				if got.Explain(i) != want.Explain(i) || got.Decisions[i].vote != want.Decisions[i].vote {
					t.Fatalf("cell %d: %s, by itself %s", i, got.Explain(i), want.Explain(i))
				}
			}
			rest := func(r *Result) []any {
				return []any{r.Reports, r.Contested, r.Refusal, r.Weak, r.Hold, r.Label, r.Approval, slices.Clip(r.Notes), r.Withheld(), r.Kept(), len(r.Logs)}
			}
			if !reflect.DeepEqual(rest(got), rest(want)) {
				t.Fatalf("%+v, by itself %+v", rest(got), rest(want))
			}
			for i := range want.Logs {
				if !reflect.DeepEqual(got.Logs[i], want.Logs[i]) {
					t.Fatalf("log %d: %+v, by itself %+v", i, got.Logs[i], want.Logs[i])
				}
			}
		}
	})
}
