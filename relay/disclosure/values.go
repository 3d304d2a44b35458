package disclosure

import (
	"hash/maphash"
	"math/bits"
	"net/netip"
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
	list []value
	cell []int32 // per cell, -1: none
}

// meetValues gives every canonical value one action: the meet over all its cells.
func (d *decider) meetValues(r *Result) {
	cells := d.in.Cells
	t := valueTable{list: make([]value, 0, min(len(cells), 32)), cell: make([]int32, len(cells))}
	index := newIndex(len(cells))
	for i := range cells {
		c := &cells[i]
		class := c.Class.bit()
		if class&identifying == 0 {
			t.cell[i] = -1
			continue
		}
		k := index.find(&t, c.Value)
		t.cell[i] = k
		v := &t.list[k]
		v.classes |= class
		v.owners |= c.Owner.bit()
		v.all = Meet(v.all, r.Decisions[i].vote)
		if d.container(c) != nil {
			v.inText = Meet(v.inText, r.Decisions[i].vote)
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
		}
	}
	r.values = t
}

// index finds a value by its text: a small open table, several times cheaper
// than a map for the few dozen values of a report. The seed is new each time,
// so that nobody can choose values that collide.
type index struct {
	seed  maphash.Seed
	slots []int32 // value, index + 1
}

func newIndex(n int) index {
	return index{maphash.MakeSeed(), make([]int32, 1<<bits.Len(uint(2*n)))}
}

func (x *index) find(t *valueTable, text string) int32 {
	mask := uint64(len(x.slots) - 1)
	for h := maphash.String(x.seed, text) & mask; ; h = (h + 1) & mask {
		k := x.slots[h]
		if k == 0 {
			t.list = append(t.list, value{text: text, all: Keep, inText: Keep})
			x.slots[h] = int32(len(t.list))
			return x.slots[h] - 1
		}
		if t.list[k-1].text == text {
			return k - 1
		}
	}
}

// coarsen keeps generalise only where what is left is not one known party's:
// a /24 that is wholly one site's names the site.
func (d *decider) coarsen(r *Result) {
	for i := range r.values.list {
		v := &r.values.list[i]
		if !v.addr.IsValid() || v.all.Kind() != KindGeneralise && v.inText.Kind() != KindGeneralise {
			continue
		}
		act := v.all
		if act.Kind() != KindGeneralise {
			act = v.inText
		}
		p, ok := act.prefixOf(v.addr)
		if !ok || d.wholly(p) || r.values.hiddenPrefix(p) {
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
func (t *valueTable) hiddenPrefix(p netip.Prefix) bool {
	for i := range t.list {
		v := &t.list[i]
		if v.prefix.IsValid() && v.own != Keep && v.prefix.Bits() <= p.Bits() && v.prefix.Contains(p.Addr()) {
			return true
		}
	}
	return false
}
