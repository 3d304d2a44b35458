package disclosure

import (
	"fmt"
	"strings"
	"testing"
)

// benchInput is a report of about sixty cells for one recipient.
func benchInput(tb testing.TB) Input {
	e := newExample(ispR(VerifiedTLS), Acknowledged, SourceSite, report(certU(), conditions(tb, "conditions: hide-my-ip")))
	for range 12 {
		e.text(ClassLog, exampleLog, 0)
	}
	e.in.Cells, e.in.Owners = e.in.Cells[:60], e.in.Owners[:60]
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

// BenchmarkDecideLog is a log of a megabyte in which every line has a name, an
// address, a URL and a mail address of its own: time per cell must not grow.
func BenchmarkDecideLog(b *testing.B) {
	for _, lines := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprint(lines), func(b *testing.B) {
			e := newScene(csirtN(), Trusted, 0, report(certU(), conditions(b, "conditions: hide-my-ip")))
			var text strings.Builder
			for i := range lines {
				fmt.Fprintf(&text, "10.%d.%d.7 host%d.example%d.com http://h%d.example/?u=203.0.%d.9 u%d@mail%d.example 10.%d.%d.0/24 %032x\n", i/250, i%250, i, i%97, i, i%250, i, i, i/250, i%250, i)
			}
			e.text(ClassLog, text.String(), 0)
			b.ReportAllocs()
			for b.Loop() {
				Decide(e.in)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(e.in.Cells)), "ns/cell")
		})
	}
}

// BenchmarkDecideContested is two requesters' reports of the same machines of the
// recipient, which the second calls its own and hides: time per cell must not grow.
func BenchmarkDecideContested(b *testing.B) {
	for _, machines := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprint(machines), func(b *testing.B) {
			in := Input{Recipient: ispR(VerifiedTLS), Stage: Trusted, Now: now, Reports: []Report{
				report(certU(), conditions(b, "conditions: forward-log-as-is")), report(orgV(), conditions(b, "conditions: no-relay"))}}
			in.Reports[0].Roles = SourceSite
			for i := range machines {
				c := Cell{Path: "/x", Class: ClassAddress, Value: fmt.Sprintf("192.0.%d.%d", i/250, i%250), Accused: true}
				hidden := c
				hidden.Report, hidden.Accused = 1, false
				in.take(c, OwnerRecipient, 0)
				in.take(hidden, OwnerMine, 1)
			}
			if !Decide(in).Contested {
				b.Fatal("nothing is contested")
			}
			for b.Loop() {
				Decide(in)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(in.Cells)), "ns/cell")
		})
	}
}
