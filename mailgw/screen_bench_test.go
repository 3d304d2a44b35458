package mailgw

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"fmt"
	"slices"
	"testing"
	"time"

	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
)

// BenchmarkScreen judges a signed mail of ten kilobytes, turn by turn with the
// floor: hashing its content and one check of an Ed25519 signature. x-floor is
// the ratio of the medians, which other work on the machine does not change.
// It is at most 1.5, and the same with ten parties as with ten thousand. Reading
// and validating the document comes on top of it and is told as x-read.
func BenchmarkScreen(b *testing.B) {
	for _, n := range []int{10, 10000} {
		b.Run(fmt.Sprintf("parties=%d", n), func(b *testing.B) {
			bench := newBench(b, examples+"/parties.toml", auto, "cert-u")
			raw := bench.bytes(letter{from: "cert@example.co.jp", text: string(bytes.Repeat([]byte("A line of text.\r\n"), 500)), document: readFile(b, examples, "report.xml"), signer: bench.keys["cert-u"]})
			all := slices.Clone(bench.gateway.Current().Parties.All)
			for i := range n {
				all = append(all, &relay.Party{ID: fmt.Sprint(i), Addresses: []string{fmt.Sprintf("ir@p%d.example", i)}, Domains: []string{fmt.Sprintf("p%d.example", i)}})
			}
			parties, err := relay.NewParties(all)
			if err != nil {
				b.Fatal(err)
			}
			public, secret, err := ed25519.GenerateKey(nil)
			if err != nil {
				b.Fatal(err)
			}
			digest := sha512.Sum512(raw)
			signature := ed25519.Sign(secret, digest[:])
			floor := func() {
				digest := sha512.Sum512(raw)
				if !ed25519.Verify(public, digest[:], signature) {
					b.Fatal("does not verify")
				}
			}
			open := func() (*message.Message, *pgp.Opened) {
				m := message.Parse(raw)
				return m, pgp.Open(m, parties.Ring, nil, pgp.Policy{}, bench.now)
			}
			m, opened := open()
			facts := Collect(m, opened, bench.now)
			if v := Screen(facts, parties, Policy{}); v.Action != Accept {
				b.Fatalf("%+v", v)
			}
			var floors, opens, verdicts, reads []time.Duration
			spend := func(list *[]time.Duration, f func()) {
				start := time.Now()
				f()
				*list = append(*list, time.Since(start))
			}
			for b.Loop() {
				spend(&floors, floor)
				spend(&opens, func() { open() })
				spend(&verdicts, func() { Screen(facts, parties, Policy{}) })
				spend(&reads, func() { Collect(m, opened, bench.now) })
			}
			least := float64(median(floors))
			b.ReportMetric(float64(len(raw)), "bytes")
			b.ReportMetric(least, "ns/floor")
			b.ReportMetric(float64(median(opens)+median(verdicts))/least, "x-floor")
			b.ReportMetric(float64(median(opens)+median(verdicts)+median(reads))/least, "x-read")
			b.ReportMetric(float64(median(verdicts)), "ns/verdict")
		})
	}
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}
