package disclosure

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strings"
)

// close hides what would tell a hidden value by another name: the spellings
// that contain a hidden address, the names that the report says resolve to it,
// longer prefixes of it, what stands below or at a hidden name, and hashes.
// Each step only lowers, and none raises what an earlier one read, but for
// names below names, which repeat until nothing changes.
func (d *decider) close(r *Result) {
	t := &r.values
	t.closePrefixes()
	d.closeNear(r)
	d.closeSpellings(r)
	for t.closeBelow() {
	}
	t.closeHashes()
}

// shortest prefix that a masked address hides: /16 and /32 name no site.
const shortV4, shortV6 = 16, 32

// closePrefixes: a hidden prefix hides longer ones of the same owner inside it,
// and a hidden address the prefixes of it that are longer than is told.
func (t *valueTable) closePrefixes() {
	for i := range t.list {
		p := &t.list[i]
		if !p.prefix.IsValid() || p.own == Keep {
			continue
		}
		for j := range t.list {
			if v := &t.list[j]; v.owners&p.owners != 0 && v.prefix.IsValid() && v.prefix.Bits() > p.prefix.Bits() && p.prefix.Contains(v.prefix.Addr()) {
				v.hide(lateInside)
			}
		}
	}
	for i := range t.list {
		a := &t.list[i]
		if !a.addr.IsValid() || !a.hidden() {
			continue
		}
		longest := shortV6
		if a.addr.Is4() {
			longest = shortV4
		}
		if p, ok := a.all.prefixOf(a.addr); ok && a.all.Kind() == KindGeneralise {
			longest = p.Bits()
		}
		for j := range t.list {
			p := &t.list[j]
			if p.prefix.IsValid() && p.prefix.Bits() > longest && p.prefix.Contains(a.addr) && p.owners&bitOfRecipient == 0 {
				p.hide(lateInside)
			}
		}
	}
}

// closeNear: the report puts name and address into one Node, that is, it says
// that the one resolves to the other.
func (d *decider) closeNear(r *Result) {
	t := &r.values
	for i := range d.in.Cells {
		c := &d.in.Cells[i]
		if len(c.Near) == 0 || t.cell[i] < 0 {
			continue
		}
		here := &t.list[t.cell[i]]
		for _, n := range c.Near {
			if n < 0 || n >= len(t.cell) || t.cell[n] < 0 {
				continue
			}
			there := &t.list[t.cell[n]]
			pairNear(here, there)
			pairNear(there, here)
		}
	}
}

func pairNear(address, name *value) {
	if address.addr.IsValid() && address.hidden() && name.classes&names != 0 {
		name.hide(lateNear)
	}
}

// closeSpellings: a name, URL or mail address that spells an address which is
// not told, also one that is no cell of its own but lies in a requester's network.
func (d *decider) closeSpellings(r *Result) {
	t := &r.values
	var known map[netip.Addr]bool // worked out once per address
	for i := range t.list {
		v := &t.list[i]
		if v.classes&(names|(bitEmail|bitAddress)) == 0 || v.all.atMost(Mask) {
			continue
		}
		spelled(v.text, v.addr, func(a netip.Addr) {
			hide, seen := known[a]
			if !seen {
				if known == nil {
					known = make(map[netip.Addr]bool)
				}
				hide = d.hides(r, a)
				known[a] = hide
			}
			if hide {
				v.hide(lateSpells)
			}
		})
	}
}

// hides reports whether an address may not be told, be it a cell or not.
func (d *decider) hides(r *Result, a netip.Addr) bool {
	for i := range r.values.list {
		if v := &r.values.list[i]; v.addr == a {
			return v.hidden()
		}
	}
	for k := range d.in.Reports {
		rep := &d.in.Reports[k]
		if !rep.Party.holdsAddr(a) && !rep.claims(a) {
			continue
		}
		c := Cell{Class: ClassAddress, Value: a.String(), Owner: OwnerMine, Of: k, Report: k, Marking: rep.Marking}
		var dec Decision
		d.layers(&c, &dec, r)
		if dec.Action != Keep {
			return true
		}
	}
	return false
}

// closeBelow: a hidden name hides what stands below it, mail addresses and URLs
// at it. It reports whether anything changed.
func (t *valueTable) closeBelow() (changed bool) {
	for i := range t.list {
		n := &t.list[i]
		if n.classes&(bitHostname|bitDomain) == 0 || !n.hidden() || strings.IndexByte(n.text, '.') < 0 || suffix(n.text) {
			continue
		}
		for j := range t.list {
			v := &t.list[j]
			if i == j || v.all.atMost(Mask) {
				continue
			}
			switch {
			case v.classes&(bitHostname|bitDomain) != 0 && under(v.text, n.text),
				v.classes&bitEmail != 0 && under(v.text[strings.LastIndexByte(v.text, '@')+1:], n.text),
				v.classes&bitURL != 0 && (under(urlHost(v.text), n.text) || mentions(v.text, n.text)):
				changed = v.hide(lateBelow) || changed
			}
		}
	}
	for i := range t.list {
		e := &t.list[i]
		if e.classes&(bitEmail|identity) == 0 || !e.hidden() {
			continue
		}
		for j := range t.list {
			if v := &t.list[j]; v.classes&bitURL != 0 && !v.all.atMost(Mask) && mentions(v.text, e.text) {
				changed = v.hide(lateBelow) || changed
			}
		}
	}
	return changed
}

// mentions reports whether a URL holds a value in its path or query, whole.
func mentions(url, value string) bool {
	url = unescape(strings.ToLower(url))
	for from := 0; len(value) >= 4; {
		i := strings.Index(url[from:], value)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(value)
		if (i == 0 || !alnum(url[i-1])) && (end == len(url) || !alnum(url[end])) {
			return true
		}
		from = i + 1
	}
	return false
}

// closeHashes: an unkeyed hash of a value is the value to who can guess it.
func (t *valueTable) closeHashes() {
	var hashes []*value
	for i := range t.list {
		if v := &t.list[i]; v.classes&bitHash != 0 && !v.all.atMost(Mask) {
			hashes = append(hashes, v)
		}
	}
	if len(hashes) == 0 {
		return
	}
	for i := range t.list {
		v := &t.list[i]
		if v.classes&(bitHash|bitTime) != 0 || !v.hidden() {
			continue
		}
		hashOut(hashes, []byte(v.text))
		if v.addr.IsValid() {
			hashOut(hashes, v.addr.AsSlice())
		}
	}
}

func hashOut(hashes []*value, b []byte) {
	m, s1, s2 := md5.Sum(b), sha1.Sum(b), sha256.Sum256(b)
	for _, h := range hashes {
		switch len(h.text) {
		case 2 * len(m), 2 * len(s1), 2 * len(s2):
			if h.text == hex.EncodeToString(m[:]) || h.text == hex.EncodeToString(s1[:]) || h.text == hex.EncodeToString(s2[:]) {
				h.hide(lateSpells)
			}
		}
	}
}
