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
	texts []string // folded
}

func (k *kept) compile(values []Value, s *Scanner) error {
	withheld := newIndex32(len(s.values))
	next := make([]int32, len(s.values))
	for i := range s.values {
		next[i] = withheld.add(textKey(&s.values[i]), int32(i))
	}
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
	default:
		k.texts = append(k.texts, text)
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

// keptSpan says whether [i,j) lies within a kept text.
func (sc *scan) keptSpan(b []byte, i, j int) bool {
	for _, text := range sc.kept.texts {
		n := len(text)
		if n < j-i {
			continue
		}
		around := bytes.ToLower(b[max(0, j-n):min(len(b), i+n)])
		if bytes.Contains(around, []byte(foldString(text))) {
			sc.excuses++
			return true
		}
	}
	return false
}
