package disclosure

import (
	"net/netip"
	"slices"
)

// value is one canonical value of the message with everything its cells say.
type value struct {
	text    string
	classes classSet
	owners  ownerSet
	all     Action // the meet over all its cells
	inText  Action // the meet over its cells in logs and texts
	own     Action // all, before the closure
	addr    netip.Addr
	prefix  netip.Prefix
	why     uint8 // the late step that hid it, 0: none
}

func (v *value) hidden() bool { return v.all != Keep }

// hide lowers a value to a mask for that reason.
func (v *value) hide(why uint8) bool {
	if v.all.atMost(Mask) && v.inText.atMost(Mask) {
		return false
	}
	v.all, v.inText = Meet(v.all, Mask), Meet(v.inText, Mask)
	v.why = why
	return true
}

// valueTable finds a cell's value. Cells of classes that identify nobody
// (ports, enumerations, containers) stand for themselves alone.
type valueTable struct {
	list     []value
	numbers  Numbers // of their texts: index + 1
	prefixes prefixIndex
}

// at is the value of that text, or nil.
func (t *valueTable) at(text string) *value {
	if k := t.numbers.Of(text); k > 0 {
		return &t.list[k-1]
	}
	return nil
}

// meetValues gives every canonical value one action: the meet over all its cells.
func (d *decider) meetValues(r *Result) {
	cells := d.in.Cells
	t := &d.values
	t.list = slices.Grow(r.values[:0], min(len(cells), 32))
	t.numbers.Empty(min(len(cells), 32))
	t.prefixes.empty()
	d.number = emptied(d.number, len(cells)+1)
	for i := range cells {
		c, dec := &cells[i], &r.Decisions[i]
		a := &r.answers[dec.answer]
		if a.to.class&identifying == 0 {
			dec.value = -1
			continue
		}
		number := &d.number[0]
		if c.Number > 0 && int(c.Number) <= len(cells) {
			number = &d.number[c.Number]
		}
		// A number is a hint: that the text is the same is what counts.
		k := *number - 1
		if k < 0 || t.list[k].text != c.Value {
			k = t.find(c.Value)
			*number = k + 1
		}
		dec.value = k
		v := &t.list[k]
		v.classes |= a.to.class
		v.owners |= a.to.owner
		v.all = Meet(v.all, a.vote)
		if a.to.inText {
			v.inText = Meet(v.inText, a.vote)
		}
	}
	for i := range t.list {
		v := &t.list[i]
		v.own = v.all
		if v.classes&bitAddress != 0 {
			v.addr, _ = netip.ParseAddr(v.text)
		}
		if v.classes&bitPrefix != 0 {
			v.prefix, _ = netip.ParsePrefix(v.text)
			t.prefixes.add(v.prefix, int32(i))
		}
	}
}

// find is the index of a value, which is added where it is new.
func (t *valueTable) find(text string) int32 {
	k := t.numbers.Add(text) - 1
	if int(k) == len(t.list) {
		t.list = append(t.list, value{text: text, all: Keep, inText: Keep})
	}
	return k
}

// prefixIndex finds the prefix values that contain an address or a prefix: one
// look-up per length that occurs, however many prefixes a log may list.
type prefixIndex struct {
	byPrefix map[netip.Prefix]int32
	lengths  []int // in order
}

func (x *prefixIndex) empty() {
	x.byPrefix, x.lengths = emptiedMap(x.byPrefix), x.lengths[:0]
}

func (x *prefixIndex) add(p netip.Prefix, k int32) {
	if !p.IsValid() {
		return
	}
	x.byPrefix[p.Masked()] = k
	if at, known := slices.BinarySearch(x.lengths, p.Bits()); !known {
		x.lengths = slices.Insert(x.lengths, at, p.Bits())
	}
}

// containing calls f with each prefix value of at most that length around a.
func (x *prefixIndex) containing(a netip.Addr, longest int, f func(k int32)) {
	for _, n := range x.lengths {
		if n > min(longest, a.BitLen()) {
			return
		}
		if p, err := a.Prefix(n); err == nil {
			if k, ok := x.byPrefix[p]; ok {
				f(k)
			}
		}
	}
}

// coarsen keeps generalise only where what is left is not one known party's:
// a /24 that is wholly one site's names the site.
func (d *decider) coarsen() {
	known := map[netip.Prefix]bool(nil) // whose a prefix is, worked out once
	for i := range d.values.list {
		v := &d.values.list[i]
		if !v.addr.IsValid() || v.all.Kind() != KindGeneralise && v.inText.Kind() != KindGeneralise {
			continue
		}
		act := v.all
		if act.Kind() != KindGeneralise {
			act = v.inText
		}
		p, ok := act.prefixOf(v.addr)
		whole, seen := known[p]
		if ok && !seen {
			if known == nil {
				known = make(map[netip.Prefix]bool)
			}
			whole = d.wholly(p)
			known[p] = whole
		}
		if !ok || whole || d.values.hiddenPrefix(p) {
			v.hide(latePrefix)
		}
	}
}

// prefixOf is the prefix that a generalisation leaves of an address; false where
// that is the whole address.
func (a Action) prefixOf(addr netip.Addr) (netip.Prefix, bool) {
	bits := a.V6()
	if addr.Is4() {
		bits = a.V4()
	}
	if bits >= addr.BitLen() {
		return netip.Prefix{}, false
	}
	p, err := addr.WithZone("").Prefix(bits)
	return p, err == nil
}

// wholly reports whether one known party holds all of p.
func (d *decider) wholly(p netip.Prefix) bool {
	for i := range d.in.Parties {
		if covered(p, d.in.Parties[i].Networks) {
			return true
		}
	}
	if covered(p, d.in.Recipient.Networks) {
		return true
	}
	for i := range d.in.Reports {
		rep := &d.in.Reports[i]
		if covered(p, rep.Party.Networks) || rep.Conditions != nil && covered(p, rep.Conditions.Networks) {
			return true
		}
		for j := range rep.Profiles {
			if covered(p, rep.Profiles[j].Networks) {
				return true
			}
		}
	}
	return false
}

// hiddenPrefix reports whether p lies inside a prefix that is not told.
func (t *valueTable) hiddenPrefix(p netip.Prefix) (hidden bool) {
	t.prefixes.containing(p.Addr(), p.Bits(), func(k int32) {
		hidden = hidden || t.list[k].own != Keep
	})
	return hidden
}
