package leak

import (
	"hash/maphash"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// A past is what a scan may remember: messages, each scanned for some values.
type past []struct {
	*Scanner
	message []byte
}

// outcome is what a scan comes to. What it met counts too, were it told before.
type outcome struct {
	findings             []Finding
	err                  error
	hits, excuses, spent int
}

// outcomeOf scans with the memory of sc.
func outcomeOf(sc *scan, s *Scanner, message []byte) outcome {
	sc.Scanner, sc.message, sc.seed = s, message, maphash.MakeSeed()
	sc.run(message)
	o := outcome{slices.Clone(sc.findings), sc.err, sc.hits, sc.excuses, sc.spent}
	sc.fresh()
	return o
}

// pair is a scan with a past and one that does not even know a line again.
type pair struct{ old, blind *scan }

func newPair() pair {
	p := pair{scans.New().(*scan), scans.New().(*scan)}
	p.blind.lex.blind = true
	return p
}

func (p pair) scan(before past, s *Scanner, message []byte) (got, want outcome) {
	*p.old.lex.templates = templates{scan: 1, known: p.old.lex.known[:0]}
	for _, b := range before {
		outcomeOf(p.old, b.Scanner, b.message)
	}
	return outcomeOf(p.old, s, message), outcomeOf(p.blind, s, message)
}

// compare tells the shortest message and past of a case in which they differ.
func (p pair) compare(t *testing.T, seed uint64) outcome {
	c := newCase(rand.New(rand.NewPCG(seed, 11)))
	got, want := p.scan(c.before, c.scanner, c.message)
	if !reflect.DeepEqual(got, want) {
		p.shorten(&c)
		got, want = p.scan(c.before, c.scanner, c.message)
		t.Errorf("seed %d: %v in %q", seed, c.scanner.values, c.message)
		for _, b := range c.before {
			t.Errorf("after %v in %q", b.values, b.message)
		}
		t.Errorf("%+v, want\n%+v", got, want)
	}
	return want
}

// shorten leaves out what does not matter.
func (p pair) shorten(c *scanCase) {
	fails := func() bool {
		got, want := p.scan(c.before, c.scanner, c.message)
		return !reflect.DeepEqual(got, want)
	}
	for again := true; again; {
		again = false
		for k := len(c.before) - 1; k >= 0; k-- {
			all := c.before
			if c.before = slices.Delete(slices.Clone(all), k, k+1); fails() {
				again = true
			} else {
				c.before = all
			}
		}
		texts := []*[]byte{&c.message}
		for k := range c.before {
			texts = append(texts, &c.before[k].message)
		}
		for _, text := range texts {
			for n := len(*text) / 2; n > 0; n /= 2 {
				for at := 0; at+n <= len(*text); {
					all := *text
					if *text = slices.Delete(slices.Clone(all), at, at+n); fails() {
						again = true
					} else {
						*text = all
						at += n
					}
				}
			}
		}
	}
}

// What a message comes to is what it comes to for a scan that remembers nothing,
// neither earlier messages nor the lines before.
func TestCase_143_NoPastHidesAValue(t *testing.T) {
	cases := uint64(1000)
	if testing.Short() {
		cases = 200
	}
	p := newPair()
	hits, lasting := 0, 0
	for seed := range cases {
		hits += min(1, p.compare(t, seed).hits)
		lasting += min(1, p.old.lex.lasting)
		if t.Failed() {
			return
		}
	}
	if 3*hits < int(cases) || 3*lasting < int(cases) {
		t.Errorf("values in %d of %d messages, lines remembered in %d: the test is empty", hits, cases, lasting)
	}
}

func FuzzPast(f *testing.F) {
	p := newPair()
	f.Fuzz(func(t *testing.T, seed uint64) { p.compare(t, seed) })
}
