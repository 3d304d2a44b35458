package disclosure

import "net/netip"

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
	t := valueTable{list: make([]value, 0, len(cells)), cell: make([]int32, len(cells))}
	index := make(map[string]int32, len(cells))
	for i := range cells {
		c := &cells[i]
		class := c.Class.bit()
		if class&identifying == 0 {
			t.cell[i] = -1
			continue
		}
		k, ok := index[c.Value]
		if !ok {
			k = int32(len(t.list))
			index[c.Value] = k
			t.list = append(t.list, value{text: c.Value, all: Keep, inText: Keep})
		}
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
		if v.classes&of(ClassAddress) != 0 {
			v.addr, _ = netip.ParseAddr(v.text)
		}
		if v.classes&of(ClassPrefix) != 0 {
			v.prefix, _ = netip.ParsePrefix(v.text)
		}
	}
	r.values = t
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
