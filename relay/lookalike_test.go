package relay

import (
	"fmt"
	"strings"
	"testing"
)

func TestLookalike(t *testing.T) {
	ps, err := NewParties([]*Party{
		{ID: "a", Name: "CERT Example", Aliases: []string{"Ｃ-Example"}, Addresses: []string{"cert@mail-example.org"}, Domains: []string{"example.co.jp"}},
		{ID: "d", Domains: []string{"cert.at"}},
		{ID: "b", Addresses: []string{"ir@xn--bcher-kva.example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for domain, want := range map[string]string{
		"examp1e.co.jp":                   "a",
		"cert.examp1e.co.jp":              "a",
		"exarnple.co.jp":                  "a",
		"еxample.co.jp":                   "a", // Cyrillic е
		"xn--xample-2of.co.jp":            "a", // the same as an A-label
		"ex-ample.co.jp":                  "a",
		"exampIe.co.jp":                   "a",
		"mailexample.org":                 "a",
		"bucher.example":                  "b",
		"example.co.jp":                   "",
		"www.example.co.jp":               "",
		"mail-example.org":                "",
		"bücher.example":                  "",
		"example.com":                     "", // see OtherEnding
		"examp1e.com":                     "a",
		"examp1e.co.jp.evil.net":          "a",
		"example.co.jp.evil.net":          "a",
		"cert.example.co.jp.www.evil.net": "a",
		"co.jp.evil.net":                  "",
		"example.net.au":                  "",
		"www.evil.net":                    "",
		"unrelated.example":               "",
		"co.jp":                           "",
		"":                                "",
		"xn--0000000000.invalid":          "",
	} {
		got := ""
		if p := ps.Lookalike(domain); p != nil {
			got = p.ID
		}
		if got != want {
			t.Errorf("%s looks like %q, want %q", domain, got, want)
		}
	}
	for domain, want := range map[string]string{
		"example.com":       "a",
		"www.example.jp":    "a",
		"example.net.au":    "a",
		"mail-example.com":  "a",
		"xn--bcher-kva.com": "b",
		"bücher.com":        "b",
		"example.co.jp":     "",
		"www.example.co.jp": "",
		"examp1e.com":       "",
		"example.evil.net":  "",
		"cert.pl":           "", // d has cert.at
		"com":               "",
		"":                  "",
	} {
		got := ""
		if p := ps.OtherEnding(domain); p != nil {
			got = p.ID
		}
		if got != want {
			t.Errorf("%s is the other ending of %q, want %q", domain, got, want)
		}
	}
	// A name of many labels costs no more than one of few.
	if p := ps.Lookalike(strings.Repeat("x.", 120) + "examp1e.co.jp"); p == nil {
		t.Error("hidden behind many labels")
	}
	if p := ps.ByName("c-example"); p == nil || p.ID != "a" || ps.ByName("nobody") != nil {
		t.Error("names are not found")
	}
}

// BenchmarkByMail: ten thousand parties cost no more than ten.
func BenchmarkByMail(b *testing.B) {
	for _, n := range []int{10, 10000} {
		var all []*Party
		for i := range n {
			all = append(all, &Party{ID: fmt.Sprint(i), Addresses: []string{fmt.Sprintf("ir@p%d.example", i)}})
		}
		ps, err := NewParties(all)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("parties=%d", n), func(b *testing.B) {
			for b.Loop() {
				if len(ps.ByMail("ir@p7.example")) != 1 {
					b.Fatal("not found")
				}
			}
		})
	}
}
