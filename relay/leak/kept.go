package leak

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// kept are the values that may stand in the message. They never make an
// address, a mail address or a MAC that is written out pass; they excuse what
// only looks like a withheld value: a name within a longer kept one, a number
// read backwards, a digest.
type kept struct {
	v4    []uint32 // sorted
	v6    []netip.Addr
	nets  []netip.Prefix
	texts []keptText
}

type keptText struct {
	text string
	left bound // as of the same text, withheld
}

func (k *kept) compile(values []Value, s *Scanner) error {
	withheld := newIndex32(len(s.values))
	next := make([]int32, len(s.values))
	for i := range s.values {
		next[i] = withheld.add(textKey(&s.values[i]), int32(i))
	}
	k.texts = make([]keptText, 0, len(values))
	for i := range values {
		v := &values[i]
		for j := withheld.find(textKey(v)); j >= 0; j = next[j] {
			if w := &s.values[j]; w.Kind == v.Kind && strings.EqualFold(w.Text, v.Text) {
				return fmt.Errorf("compile kept value %d: withheld value %d is the same", v.ID, w.ID)
			}
		}
		if err := k.add(v); err != nil {
			return fmt.Errorf("compile kept value %d: %w", v.ID, err)
		}
	}
	slices.Sort(k.v4)
	k.v4 = slices.Compact(k.v4)
	for _, a := range k.v4 {
		if i := s.v4.find(a); i >= 0 {
			return fmt.Errorf("compile kept values: withheld value %d is among them", s.values[i].ID)
		}
	}
	return nil
}

func (k *kept) add(v *Value) error {
	text := strings.TrimSpace(v.Text)
	if text == "" {
		return errEmpty
	}
	switch v.Kind {
	case IPv4, IPv6:
		a, err := parseAddr(v.Kind, text)
		if err != nil {
			return err
		}
		if !a.Is4() {
			k.v6 = append(k.v6, a)
			return nil
		}
		b := a.As4()
		k.v4 = append(k.v4, first4(b[:]))
	case Prefix:
		p, err := parsePrefix(text)
		if err != nil {
			return err
		}
		k.nets = append(k.nets, p)
	case Domain:
		k.texts = append(k.texts, keptText{text, boundName})
	case Email:
		k.texts = append(k.texts, keptText{text, boundMailbox})
	default:
		k.texts = append(k.texts, keptText{text, boundWord})
	}
	return nil
}

func textKey(v *Value) uint32 {
	h := uint32(2166136261)
	for i := 0; i < len(v.Text); i++ {
		h = (h ^ uint32(lower(v.Text[i]))) * 16777619
	}
	return h
}

func (k *kept) has4(a uint32) bool {
	_, ok := slices.BinarySearch(k.v4, a)
	return ok
}

// count4 is how many addresses of [lo,hi] are kept.
func (k *kept) count4(lo, hi uint32) int {
	first, _ := slices.BinarySearch(k.v4, lo)
	last, ok := slices.BinarySearch(k.v4, hi)
	if ok {
		last++
	}
	return last - first
}

func (k *kept) hasNet(p netip.Prefix) bool { return slices.Contains(k.nets, p) }

// allowed is the length of the longest kept network around the address, or
// the given one.
func (k *kept) allowed(a netip.Addr, bits int) int {
	longest := -1
	for _, p := range k.nets {
		if p.Contains(a) && p.Bits() > longest {
			longest = p.Bits()
		}
	}
	if longest < 0 {
		return bits
	}
	return longest
}

// keptCovers says whether the match of a pattern is part of a kept value.
func (sc *scan) keptCovers(p *pattern, b []byte, i, j int) bool {
	return p.rule != ruleEmail && sc.keptSpan(b, i, j)
}

// keptSpan says whether [i,j) lies within a kept text that stands on its own:
// mail.a.example is no part of xmail.a.example.
func (sc *scan) keptSpan(b []byte, i, j int) bool {
	for k := range sc.kept.texts {
		t := &sc.kept.texts[k]
		text := foldString(t.text)
		n := len(text)
		if n < j-i {
			continue
		}
		from := max(0, j-n)
		around := append([]byte(nil), b[from:min(len(b), i+n)]...)
		for k := range around {
			around[k] = lower(around[k])
		}
		for at := 0; ; at++ {
			next := bytes.Index(around[at:], []byte(text))
			if next < 0 {
				break
			}
			at += next
			if t.bounded(b, from+at, from+at+n) {
				sc.excuses++
				return true
			}
		}
	}
	return false
}

// bounded says whether the text at [i,j) is no part of a longer word. What an
// escape in front of it stands for is seen when that is undone.
func (t *keptText) bounded(b []byte, i, j int) bool {
	p := pattern{left: t.left, right: boundWord}
	if !isAlnum(b[i]) || endsEscape(b, i) {
		p.left = boundNone
	}
	if !isAlnum(b[j-1]) {
		p.right = boundNone
	}
	return p.bounded(b, i, j)
}

// endsEscape says whether one of \n, \u000a, %0a and =0a ends at i.
func endsEscape(b []byte, i int) bool {
	for k := max(0, i-6); k < i-1; k++ {
		end := 0
		switch {
		case b[k] == '%':
			_, end = percent1(nil, b, k)
		case b[k] == '=':
			_, end = quoted1(nil, b, k)
		case b[k] == '\\' && (k == 0 || b[k-1] != '\\'):
			_, end = backslash1(nil, b, k)
		}
		if end == i {
			return true
		}
	}
	return false
}
