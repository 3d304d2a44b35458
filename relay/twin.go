package relay

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"iodefgw/relay/disclosure"
)

// A twinner draws twins: the same material with every value that a message
// withholds replaced by a random one of the same type, owner and containing
// network, and every text that it withholds by other text. Whoever reads the
// message must not be able to tell from which of the two it was made. One twin
// is drawn after the other in the same memory, and decided about in the same.
type twinner struct {
	*Notice
	random   *rand.Rand
	deciding []netip.Prefix // networks that decide about addresses: those of the notice, and withheld ones that its reports name
	twin     material
	names    *pseudonyms
	decided  disclosure.Result
	drafter  drafter
	draft    Draft
	hidden   []int                       // cells that get a twin, see order
	text     []byte                      // of the twin's passages
	tokens   []token                     // of the twin's passages
	drawnOf  disclosure.Numbers          // values that have a twin
	twins    []string                    // by their number, from 1 on
	taken    disclosure.Numbers          // the twins
	drawn    strings.Builder             // what was drawn, one after the other
	full     map[netip.Prefix]netip.Addr // networks with no address to draw: the next that is handed out
}

// twinners keeps their memory.
var twinners = sync.Pool{New: func() any { return new(twinner) }}

// begin takes up a notice.
func (t *twinner) begin(n *Notice, random *rand.Rand) {
	cells, passages := t.twin.cells[:0], t.twin.passages[:0]
	t.Notice, t.random, t.twin = n, random, *n.material
	t.twin.cells, t.twin.passages = append(cells, n.material.cells...), passages
	t.hidden = t.order(t.hidden[:0])
	t.deciding = append(t.deciding[:0], n.networks...)
	for _, i := range t.hidden {
		c := &n.material.cells[i]
		if c.Class != disclosure.ClassPrefix || len(t.deciding) >= len(n.networks)+maxNetworks {
			continue
		}
		if p, err := netip.ParsePrefix(c.Value); err == nil {
			t.deciding = append(t.deciding, p)
		}
	}
}

// maxNetworks bounds how often each address is compared: a log may name thousands.
const maxNetworks = 64

// draw makes another twin.
func (t *twinner) draw() {
	t.drawnOf.Empty(len(t.hidden))
	t.twins = t.twins[:0]
	t.taken.Empty(len(t.hidden))
	t.full = nil
	t.drawn.Reset()
	t.drawn.Grow(16 * len(t.hidden))
	for _, i := range t.hidden {
		t.twin.cells[i].Value = t.value(i, &t.material.cells[i])
	}
	t.text, t.tokens, t.twin.passages = t.text[:0], t.tokens[:0], t.twin.passages[:0]
	for i := range t.material.passages {
		t.twin.passages = append(t.twin.passages, t.passage(&t.material.passages[i]))
	}
	t.names = t.Notice.names.renamed(t.Recipient.Pseudonyms, func(v string) string {
		if w, ok := t.of(v); ok {
			return w
		}
		return v
	})
}

// order puts addresses of IPv4 first, then those of IPv6, names, those above
// others before these, mail addresses, then URLs, since the later may spell the
// earlier or be at them, and last what stands where nothing is told: it has
// the twin that the same value has elsewhere. It leaves out what may stand in
// the message, and what we know of a requester beside its reports: no draft can
// name it.
func (t *twinner) order(list []int) []int {
	for turn := range 6 {
		from := len(list)
		for i := range t.material.input {
			if !t.kept(i) && turnOf(&t.material.cells[i]) == turn {
				list = append(list, i)
			}
		}
		if turn == turnOfNames {
			slices.SortStableFunc(list[from:], func(a, b int) int { return len(t.material.cells[a].Value) - len(t.material.cells[b].Value) })
		}
	}
	return list
}

const turnOfNames = 2

func turnOf(c *disclosure.Cell) int {
	switch c.Class {
	case disclosure.ClassAddress:
		if family(c.Value) == "ipv4" {
			return 0
		}
	case disclosure.ClassHostname, disclosure.ClassDomain:
		return turnOfNames
	case disclosure.ClassEmail:
		return 3
	case disclosure.ClassURL:
		return 4
	case disclosure.ClassMeta:
		return 5
	}
	return 1
}

// value gives a withheld value its twin, the same one wherever it stands.
func (t *twinner) value(i int, c *disclosure.Cell) string {
	if v, ok := t.of(c.Value); ok {
		return v
	}
	v := c.Value
	if closed(c.Class) || slices.Contains(t.domains, v) {
		t.give(v, v)
		return v
	}
	if c.Class == disclosure.ClassAddress {
		act := t.res.Decisions[i].Action
		if a, err := netip.ParseAddr(v); err == nil {
			if _, ok := t.crossing(a, act); !ok {
				return t.address(a, act)
			}
		}
	}
	for range 100 {
		last := v
		v = t.random1(i, c)
		if v == last || t.free(v) {
			break
		}
	}
	t.give(c.Value, v)
	t.taken.Add(v)
	return v
}

// of is the twin of a value that has one.
func (t *twinner) of(value string) (twin string, ok bool) {
	if k := t.drawnOf.Of(value); k > 0 {
		return t.twins[k-1], true
	}
	return "", false
}

// give gives a value its twin.
func (t *twinner) give(value, twin string) {
	k := int(t.drawnOf.Add(value))
	if k > len(t.twins) {
		t.twins = append(t.twins, twin)
	}
	t.twins[k-1] = twin
}

// free reports whether a twin stands for nothing else.
func (t *twinner) free(twin string) bool {
	return t.taken.Of(twin) == 0 && t.material.numbers.Of(twin) == 0
}

// mayStand reports whether a text is a value that may stand in the message.
func (t *twinner) mayStand(v string) bool {
	number := t.material.numbers.Of(v)
	return number > 0 && t.keptValues[number]
}

// closed are the classes with values of a closed set, or that decide about
// others, as a party's domain does: another value there would be another report.
func closed(class disclosure.Class) bool {
	switch class {
	case disclosure.ClassPrefix, disclosure.ClassType, disclosure.ClassAction, disclosure.ClassImpact, disclosure.ClassMeta, disclosure.ClassASN:
		return true
	}
	return false
}

func (t *twinner) random1(i int, c *disclosure.Cell) string {
	switch c.Class {
	case disclosure.ClassAddress:
		if a, err := netip.ParseAddr(c.Value); err == nil {
			if w, ok := t.crossing(a, t.res.Decisions[i].Action); ok {
				return w
			}
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
			local, spells := t.derived(c.Value[:at])
			if !spells {
				local = t.word(8)
			}
			if w, ok := t.derived(c.Value[at+1:]); ok {
				return local + "@" + w
			}
			return local + c.Value[at:]
		}
	case disclosure.ClassTime:
		return t.time(c.Value, t.res.Decisions[i].Action)
	case disclosure.ClassPort, disclosure.ClassCount:
		return strconv.Itoa(1 + t.random.IntN(65000))
	case disclosure.ClassHash:
		return fmt.Sprintf("%016x%016x", t.random.Uint64(), t.random.Uint64())
	case disclosure.ClassMAC:
		b := t.random.Uint64()
		return fmt.Sprintf("02:%02x:%02x:%02x:%02x:%02x", byte(b), byte(b>>8), byte(b>>16), byte(b>>24), byte(b>>32))
	}
	return t.word(4 + t.random.IntN(12))
}

// address gives an address its twin, the same one wherever it stands; one that
// may stand in the message, as in a name that may not, is its own. A log may
// name so much of a network that no other address of it is left to draw: then
// its hidden addresses stand for each other.
func (t *twinner) address(a netip.Addr, act disclosure.Action) string {
	value := a.String()
	if v, ok := t.of(value); ok {
		return v
	}
	if t.mayStand(value) {
		return value
	}
	p := t.network(a, act)
	v := ""
	for try := 0; ; try++ {
		if v = t.within(a, p); t.free(v) {
			break
		}
		if next, full := t.full[p]; try == 100 || full && try > 3 {
			if !full {
				next = p.Addr()
			}
			if t.full == nil {
				t.full = make(map[netip.Prefix]netip.Addr)
			}
			v, t.full[p] = t.another(value, p, next)
			break
		}
	}
	t.give(value, v)
	t.taken.Add(v)
	return v
}

// another is the first hidden address of a network, from next on, that is no
// twin yet and not the value itself; after is where the search goes on.
func (t *twinner) another(value string, p netip.Prefix, next netip.Addr) (twin string, after netip.Addr) {
	for a := next; p.Contains(a); a = a.Next() {
		switch v := a.String(); {
		case t.taken.Of(v) > 0 || t.mayStand(v):
			if next == a {
				next = a.Next()
			}
		case v != value && next == a:
			return v, a.Next()
		case v != value:
			return v, next
		}
	}
	return value, next
}

// network is the smallest network of an address that the decision can know of.
func (t *twinner) network(a netip.Addr, act disclosure.Action) netip.Prefix {
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
	for _, n := range t.deciding {
		if n.Contains(a) {
			bits = max(bits, n.Bits())
		}
	}
	return netip.PrefixFrom(a, min(bits, a.BitLen())).Masked()
}

// within draws an address of a network.
func (t *twinner) within(a netip.Addr, p netip.Prefix) string {
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
		if below, ok := strings.CutSuffix(name, d); ok && strings.HasSuffix(below, ".") && len(d) > len(suffix) {
			suffix = d
		}
	}
	if suffix == "" {
		suffix = "example"
	}
	return t.word(6) + "." + suffix
}

func (t *twinner) inNetwork(a netip.Addr) bool {
	return slices.ContainsFunc(t.deciding, func(n netip.Prefix) bool { return n.Contains(a) })
}

// url keeps the form, and whose host it is.
func (t *twinner) url(value string) string {
	scheme, rest, ok := strings.Cut(value, "://")
	if !ok {
		return t.word(12)
	}
	host, path := rest, "/"+t.word(8)
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		host = rest[:end]
		for _, word := range strings.FieldsFunc(rest[end:], func(r rune) bool { return strings.ContainsRune("/?&=#:", r) }) {
			if slices.ContainsFunc(t.domains, func(d string) bool { return word == d || strings.HasSuffix(word, "."+d) }) {
				path += "/" + t.host("www."+word) // for whose name it is withheld
			}
		}
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return scheme + "://" + t.within(a, t.network(a, disclosure.Drop)) + path
	}
	name, _, _ := strings.Cut(host, ":")
	if slices.Contains(t.domains, name) {
		name = "www." + name // what stands at a domain itself stays in it
	}
	return scheme + "://" + t.host(name) + path
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
		span = act.Step().Duration()
	}
	at = at.Truncate(span).Add(time.Duration(t.random.Int64N(int64(span))))
	return at.Truncate(time.Second).Format(time.RFC3339)
}
