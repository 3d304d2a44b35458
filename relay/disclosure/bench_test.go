package disclosure

import "testing"

// benchInput is a report of about sixty cells for one recipient.
func benchInput(tb testing.TB) Input {
	e := newExample(ispR(VerifiedTLS), Acknowledged, SourceSite, report(certU(), conditions(tb, "conditions: hide-my-ip")))
	for range 12 {
		e.text(ClassLog, exampleLog, 0)
	}
	e.in.Cells = e.in.Cells[:60]
	return e.in
}

func BenchmarkDecide(b *testing.B) {
	in := benchInput(b)
	b.ReportAllocs()
	for b.Loop() {
		Decide(in)
	}
}

func BenchmarkExplain(b *testing.B) {
	in := benchInput(b)
	r := Decide(in)
	b.ReportAllocs()
	for b.Loop() {
		for i := range in.Cells {
			r.Reasons(i)
		}
	}
}
