package disclosure

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// WithheldToken is what stands for a masked value in a text: the class is
// visible, the shape is constant.
func WithheldToken(class Class, value string) string {
	if class == ClassAddress {
		if strings.IndexByte(value, ':') >= 0 {
			return "[withheld:ipv6]"
		}
		return "[withheld:ipv4]"
	}
	return "[withheld:" + class.String() + "]"
}

// Coarse is the value that a generalisation leaves of a canonical one: a
// prefix, a time cut to the minute or hour, the order of magnitude of a count,
// `investigate` for any requested action. ok is false where nothing is left;
// then the value is masked.
func Coarse(a Action, class Class, value string) (coarse string, ok bool) {
	if a.Kind() != KindGeneralise {
		return "", false
	}
	switch class {
	case ClassAddress:
		addr, err := netip.ParseAddr(value)
		if err != nil {
			return "", false
		}
		p, ok := a.prefixOf(addr)
		return p.String(), ok
	case ClassTime:
		t, err := time.Parse(time.RFC3339, value)
		if err != nil {
			return "", false
		}
		return t.UTC().Truncate(a.Step().Duration()).Format(time.RFC3339), true
	case ClassCount:
		n, err := strconv.ParseFloat(value, 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || n < 0 {
			return "", false
		}
		if n < 1 {
			return "0", true
		}
		return strconv.FormatFloat(math.Pow(10, math.Floor(math.Log10(n))), 'f', 0, 64), true
	case ClassAction:
		return "investigate", true
	}
	return "", false
}

// BareURL is a canonical URL without login, query and fragment, and without a
// path that holds a mail address: they may name whom it was sent to
// (http://evil.example/?u=victim@site). A URL that is kept is written so; in a
// log the rest of it has its own say (scanner.url).
func BareURL(value string) string {
	scheme, rest, ok := strings.Cut(value, "://")
	if !ok {
		return ""
	}
	if end := strings.IndexAny(rest, "?#"); end >= 0 {
		rest = rest[:end]
	}
	path := ""
	if slash := strings.IndexAny(rest, `/\`); slash >= 0 { // browsers take both for the end of the host
		rest, path = rest[:slash], rest[slash:]
	}
	if namesMailbox(path) {
		path = ""
	}
	return scheme + "://" + rest[strings.LastIndexByte(rest, '@')+1:] + path
}

// Duration is the length of a step.
func (s Step) Duration() time.Duration {
	return [...]time.Duration{time.Second, time.Minute, time.Hour}[min(s, Hour)]
}

// Value is one canonical value with the class it has in the report.
type Value struct {
	Class Class
	Value string
	Owner Owner
}

// Withheld lists W of section 8: the values that the message may not hold in
// any form. A value is in it unless one of its cells is told as it is; what is
// the recipient's own, ours or nobody's is no secret from the recipient and is
// in it only where a layer withholds the value itself, not merely its log. Nor
// is a granted value whose log stays behind, if a value that is told spells it.
func (r *Result) Withheld() []Value {
	told := make([]bool, len(r.values))
	for i := range r.Decisions {
		if d := &r.Decisions[i]; d.value >= 0 && d.Action == Keep {
			told[d.value] = true
		}
	}
	var out []Value
	listed := make([]bool, len(told))
	implied := sync.OnceValue(func() map[string]bool { return r.implied(told) }) // few messages ask
	for i := range r.Decisions {
		k := r.Decisions[i].value
		if k < 0 || told[k] || listed[k] {
			continue
		}
		v, c := &r.values[k], &r.in.Cells[i]
		if c.Class == ClassTime || v.all == Keep && (v.owners&^(bitOfRecipient|bitOfGateway|bitOfNeutral) == 0 || implied()[v.text]) {
			continue
		}
		listed[k] = true
		out = append(out, Value{c.Class, c.Value, r.in.Owners[i].Owner})
	}
	return out
}

// implied is what the told values spell: addresses, and the names above names.
func (r *Result) implied(told []bool) map[string]bool {
	out := map[string]bool{}
	for k := range told {
		v := &r.values[k]
		if !told[k] || v.classes&(names|bitEmail|bitAddress) == 0 {
			continue
		}
		spelled(v.text, v.addr, func(a netip.Addr) { out[a.String()] = true })
		for _, w := range urlWords(v.text) {
			for w != "" {
				out[w] = true
				if at := strings.IndexByte(w, '@'); at >= 0 {
					w = w[at+1:]
					continue
				}
				_, w, _ = strings.Cut(w, ".")
			}
		}
	}
	return out
}

// Kept lists K: the values that are told as they are.
func (r *Result) Kept() []Value {
	var out []Value
	listed := make([]bool, len(r.values))
	for i := range r.Decisions {
		if k := r.Decisions[i].value; k >= 0 && !listed[k] && r.Decisions[i].Action == Keep {
			listed[k] = true
			c := &r.in.Cells[i]
			out = append(out, Value{c.Class, c.Value, r.in.Owners[i].Owner})
		}
	}
	return out
}
