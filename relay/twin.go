package relay

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"iodefgw/relay/disclosure"
)

// twin is the same material with every value that this message withholds
// replaced by a random one of the same type, owner and containing network, and
// every text that it withholds by other text. Whoever reads the message must
// not be able to tell from which of the two it was made.
func (n *Notice) twin(random *rand.Rand) (*material, *pseudonyms) {
	t := twinner{Notice: n, random: random, of: map[string]string{}, taken: map[string]bool{}}
	for i := range n.material.cells {
		t.taken[n.material.cells[i].Value] = true
	}
	m := *n.material
	m.cells = slices.Clone(m.cells)
	for _, i := range t.order() {
		if c := &m.cells[i]; !n.kept(c.Value) {
			c.Value = t.value(i, c)
		}
	}
	m.passages = slices.Clone(m.passages)
	for i := range m.passages {
		m.passages[i] = t.passage(&m, m.passages[i])
	}
	return &m, n.names.renamed(n.Recipient.Pseudonyms, func(v string) string {
		if w, ok := t.of[v]; ok {
			return w
		}
		return v
	})
}

type twinner struct {
	*Notice
	random *rand.Rand
	of     map[string]string // value: its twin
	taken  map[string]bool
}

// order puts addresses first, then mail addresses and names, then URLs, since
// the later may spell the earlier, and leaves out what we know of a requester
// beside its reports: no draft can name it.
func (t *twinner) order() []int {
	var turns [4][]int
	for i := range t.material.input {
		turn := 1
		switch t.material.cells[i].Class {
		case disclosure.ClassAddress:
			turn = 0
		case disclosure.ClassHostname:
			turn = 2
		case disclosure.ClassURL:
			turn = 3
		}
		turns[turn] = append(turns[turn], i)
	}
	return slices.Concat(turns[:]...)
}

// kept reports whether a value may stand in the message somewhere.
func (n *Notice) kept(value string) bool { return n.keptValues[value] }

// value gives a withheld value its twin, the same one wherever it stands.
func (t *twinner) value(i int, c *disclosure.Cell) string {
	if v, ok := t.of[c.Value]; ok {
		return v
	}
	v := c.Value
	for range 100 { // a network may be too small for another address
		if v = t.random1(i, c); !t.taken[v] {
			break
		}
	}
	t.of[c.Value], t.taken[v] = v, true
	return v
}

func (t *twinner) random1(i int, c *disclosure.Cell) string {
	switch c.Class {
	case disclosure.ClassAddress:
		if a, err := netip.ParseAddr(c.Value); err == nil {
			return t.address(a, t.res.Decisions[i].Action)
		}
	case disclosure.ClassHostname, disclosure.ClassDomain:
		if w, ok := t.derived(c.Value); ok {
			return w
		}
		return t.host(c.Value)
	case disclosure.ClassURL:
		if w, ok := t.derived(c.Value); ok {
			return w
		}
		return t.url(c.Value)
	case disclosure.ClassEmail:
		if at := strings.LastIndexByte(c.Value, '@'); at > 0 {
			return t.word(8) + c.Value[at:]
		}
	case disclosure.ClassTime:
		return t.time(c.Value, t.res.Decisions[i].Action)
	case disclosure.ClassPort, disclosure.ClassCount:
		return fmt.Sprint(1 + t.random.IntN(65000))
	case disclosure.ClassHash:
		return fmt.Sprintf("%016x%016x", t.random.Uint64(), t.random.Uint64())
	case disclosure.ClassMAC:
		b := t.random.Uint64()
		return fmt.Sprintf("02:%02x:%02x:%02x:%02x:%02x", byte(b), byte(b>>8), byte(b>>16), byte(b>>24), byte(b>>32))
	case disclosure.ClassPrefix, disclosure.ClassType, disclosure.ClassAction, disclosure.ClassImpact, disclosure.ClassMeta, disclosure.ClassASN:
		// Of a closed set, or what decides about others: another value here
		// would be another report.
		return c.Value
	}
	return t.word(4 + t.random.IntN(12))
}

// address draws from the smallest network that the decision can know of.
func (t *twinner) address(a netip.Addr, act disclosure.Action) string {
	bits := 24
	if a.Is6() {
		bits = 48
	}
	if act.Kind() == disclosure.KindGeneralise {
		bits = max(bits, act.V4())
		if a.Is6() {
			bits = act.V6()
		}
	}
	for _, n := range t.networks {
		if n.Contains(a) {
			bits = max(bits, n.Bits())
		}
	}
	p, err := a.Prefix(min(bits, a.BitLen()))
	if err != nil {
		return a.String()
	}
	raw := a.AsSlice()
	for i := range raw {
		mask := byte(0xff) >> max(0, min(8, p.Bits()-8*i))
		raw[i] = raw[i]&^mask | byte(t.random.Uint32())&mask
	}
	out, _ := netip.AddrFromSlice(raw)
	return out.String()
}

// host keeps the domain that says whose the name is.
func (t *twinner) host(name string) string {
	suffix := ""
	for _, d := range t.domains {
		if strings.HasSuffix(name, "."+d) && len(d) > len(suffix) {
			suffix = d
		}
	}
	if suffix == "" {
		suffix = "example"
	}
	return t.word(6) + "." + suffix
}

func (t *twinner) inNetwork(a netip.Addr) bool {
	return slices.ContainsFunc(t.networks, func(n netip.Prefix) bool { return n.Contains(a) })
}

// url keeps the form, and whose host it is.
func (t *twinner) url(value string) string {
	scheme, rest, ok := strings.Cut(value, "://")
	if !ok {
		return t.word(12)
	}
	host := rest[:len(rest)-len(strings.TrimLeftFunc(rest, func(r rune) bool { return !strings.ContainsRune("/?#", r) }))]
	if a, err := netip.ParseAddr(host); err == nil {
		return scheme + "://" + t.address(a, disclosure.Drop) + "/" + t.word(8)
	}
	return scheme + "://" + t.host(host) + "/" + t.word(8)
}

// wordsInside are the parts of a name, mail address or URL that may be values
// themselves, and the runs of numbers that may spell an IPv4 address.
var (
	wordsInside  = regexp.MustCompile(`[^/?&=#:]+`)
	spelledInIPs = regexp.MustCompile(`\d{1,3}(?:[-._]\d{1,3}){3}`)
)

// derived writes a value that holds or spells withheld ones with their twins in
// their place, so that it is withheld in the twin for the same reason. ok is
// false where there is nothing in it.
func (t *twinner) derived(value string) (twin string, ok bool) {
	swap := func(s string) string {
		for at := s; at != ""; {
			if w, known := t.of[at]; known && w != at {
				ok = true
				return strings.TrimSuffix(s, at) + w
			}
			cut := strings.IndexAny(at, "@.")
			if cut < 0 {
				break
			}
			at = at[cut+1:]
		}
		return s
	}
	twin = wordsInside.ReplaceAllStringFunc(value, swap)
	if ok {
		return twin, true
	}
	twin = spelledInIPs.ReplaceAllStringFunc(value, func(s string) string {
		sep := s[strings.IndexAny(s, "-._")]
		octets := strings.Split(strings.Map(func(r rune) rune {
			if strings.ContainsRune("-._", r) {
				return '.'
			}
			return r
		}, s), ".")
		for _, turned := range []bool{false, true} {
			list := slices.Clone(octets)
			if turned {
				slices.Reverse(list)
			}
			addr := strings.Join(list, ".")
			w, known := t.of[addr]
			if a, err := netip.ParseAddr(addr); !known && !turned && err == nil && t.inNetwork(a) {
				w, known = t.address(a, disclosure.Drop), true
			}
			if !known {
				continue
			}
			other := strings.Split(w, ".")
			if turned {
				slices.Reverse(other)
			}
			ok = true
			return strings.Join(other, string(sep))
		}
		return s
	})
	return twin, ok
}

// time moves a time within the step that the message tells, or anywhere if it
// tells none.
func (t *twinner) time(value string, act disclosure.Action) string {
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return value
	}
	span := 24 * time.Hour
	if act.Kind() == disclosure.KindGeneralise {
		span = []time.Duration{time.Second, time.Minute, time.Hour}[act.Step()]
	}
	at = at.Truncate(span).Add(time.Duration(t.random.Int64N(int64(span))))
	return at.Truncate(time.Second).Format(time.RFC3339)
}

// passage writes a text anew with the twins of its values; one that is not
// told at all becomes another text altogether, around the same values.
func (t *twinner) passage(m *material, p passage) passage {
	whole := t.res.Decisions[p.cell-1].Action.Kind() <= disclosure.KindSummary || !t.carried[p.cell-1]
	gone := map[int]bool{}
	for _, l := range t.res.Logs {
		if l.Cell == p.cell-1 {
			for _, n := range l.Removed {
				gone[n] = true
			}
		}
	}
	var b strings.Builder
	b.Grow(len(p.text) + 64)
	out := passage{cell: p.cell, tokens: make([]token, 0, len(p.tokens))}
	line, at := 1, 0
	plain := func(s string) {
		if !whole && len(gone) == 0 {
			b.WriteString(s)
			return
		}
		for i, part := range strings.SplitAfter(s, "\n") {
			if i > 0 {
				line++
			}
			if strings.Trim(part, "\n") != "" && (whole || gone[line]) {
				end := part[len(strings.TrimRight(part, "\n")):]
				part = t.word(1+t.random.IntN(20)) + end
			}
			b.WriteString(part)
		}
	}
	for _, k := range p.tokens {
		plain(p.text[at:k.start])
		start := b.Len()
		if c := &m.cells[k.cell-1]; c.Value != t.material.cells[k.cell-1].Value {
			b.WriteString(c.Value)
		} else {
			b.WriteString(p.text[k.start:k.end])
		}
		out.tokens = append(out.tokens, token{start, b.Len(), k.cell})
		at = k.end
	}
	plain(p.text[at:])
	out.text = b.String()
	return out
}

func (t *twinner) word(n int) string {
	b := make([]byte, n)
	for i := 0; i < n; {
		for bits := t.random.Uint64(); bits != 0 && i < n; bits >>= 5 {
			b[i] = "abcdefghijkmnpqrstuvwxyzabcdefgh"[bits&31]
			i++
		}
	}
	return string(b)
}
