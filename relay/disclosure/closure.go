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
// Each step only lowers and reads only what earlier ones lowered. All of it is
// look-ups: a log of ten thousand names costs ten thousand, not their square.
func (d *decider) close(r *Result) {
	t := &d.values
	t.closePrefixes()
	d.closeNear(r)
	d.closeSpellings(r)
	d.closeBelow(r)
	t.closeHashes()
}

// shortest prefix that a masked address hides: /16 and /32 name no site.
const shortV4, shortV6 = 16, 32

// closePrefixes: a hidden prefix hides longer ones of the same owner inside it,
// and a hidden address the prefixes of it that are longer than is told.
func (t *valueTable) closePrefixes() {
	if len(t.prefixes.byPrefix) == 0 {
		return
	}
	for i := range t.list {
		v := &t.list[i]
		if v.prefix.IsValid() {
			t.prefixes.containing(v.prefix.Addr(), v.prefix.Bits()-1, func(k int32) {
				if p := &t.list[k]; p.own != Keep && p.owners&v.owners != 0 {
					v.hide(lateInside)
				}
			})
		}
		if !v.addr.IsValid() || !v.hidden() {
			continue
		}
		longest := shortV6
		if v.addr.Is4() {
			longest = shortV4
		}
		if p, ok := v.all.prefixOf(v.addr); ok && v.all.Kind() == KindGeneralise {
			longest = p.Bits()
		}
		t.prefixes.containing(v.addr, v.addr.BitLen(), func(k int32) {
			if p := &t.list[k]; p.prefix.Bits() > longest && p.owners&bitOfRecipient == 0 {
				p.hide(lateInside)
			}
		})
	}
}

// closeNear: the report puts name and address into one Node, that is, it says
// that the one resolves to the other.
func (d *decider) closeNear(r *Result) {
	d.near = d.near[:0]
	for i := range d.in.Cells {
		if d.in.Cells[i].Node > 0 && r.Decisions[i].value >= 0 {
			d.near = append(d.near, int32(i))
		}
	}
	if len(d.near) == 0 {
		return
	}
	d.next = emptied(d.next, len(d.near)) // the next of the same Node, index + 1
	d.nodes = emptiedMap(d.nodes)         // the first of each, index + 1
	for k := len(d.near) - 1; k >= 0; k-- {
		node := d.in.Cells[d.near[k]].Node
		d.next[k] = d.nodes[node]
		d.nodes[node] = int32(k + 1)
	}
	for k, i := range d.near {
		if first := int32(k + 1); d.nodes[d.in.Cells[i].Node] == first {
			d.closeNode(r, first)
			d.closeNode(r, first) // a name that was hidden may be an address
		}
	}
}

// closeNode hides the names of a Node of which another value is a hidden address.
func (d *decider) closeNode(r *Result, first int32) {
	at := func(k int32) *value { return &d.values.list[r.Decisions[d.near[k-1]].value] }
	var address int32 // that is hidden
	several := false
	for k := first; k > 0; k = d.next[k-1] {
		if v := at(k); v.addr.IsValid() && v.hidden() {
			if address > 0 {
				several = true
				break
			}
			address = k
		}
	}
	if address == 0 {
		return
	}
	for k := first; k > 0; k = d.next[k-1] {
		if v := at(k); v.classes&names != 0 && (several || k != address) {
			v.hide(lateNear)
		}
	}
}

// closeSpellings: a name, URL or mail address that spells an address which is
// not told, also one that is no cell of its own but lies in a requester's network.
func (d *decider) closeSpellings(r *Result) {
	t := &d.values
	d.spelled = emptiedMap(d.spelled) // worked out once per address
	for i := range t.list {
		v := &t.list[i]
		if v.classes&(names|(bitEmail|bitAddress)) == 0 || v.addr.Is4() || v.all.atMost(Mask) {
			continue
		}
		spelled(v.text, v.addr, func(a netip.Addr) {
			hide, seen := d.spelled[a]
			if !seen {
				hide = d.hides(a)
				d.spelled[a] = hide
			}
			if hide {
				v.hide(lateSpells)
			}
		})
	}
}

// hides reports whether an address may not be spelled, be it a cell or not. In a
// network that is hidden none may, also one that may be told itself: the notice
// need not name it, and whoever reads the name would know the network by it.
func (d *decider) hides(a netip.Addr) (hidden bool) {
	t := &d.values
	t.prefixes.containing(a, a.BitLen(), func(k int32) { hidden = hidden || t.list[k].hidden() })
	var text [48]byte
	if v := t.at(string(a.AppendTo(text[:0]))); hidden || v != nil && v.addr == a {
		return hidden || v.hidden()
	}
	return d.hidesOwn(&place{kind: inNetwork, class: ClassAddress, addr: a})
}

// closeBelow: a hidden name hides what stands below it, and mail addresses and
// URLs at it or with it inside. A name below a name below a hidden one is below
// the hidden one too, so that one pass is enough.
func (d *decider) closeBelow(r *Result) {
	t := &d.values
	for i := range t.list {
		v := &t.list[i]
		if v.classes&(bitHostname|bitDomain|bitEmail) == 0 || v.all.atMost(Mask) {
			continue
		}
		switch {
		case v.classes&(bitHostname|bitDomain) != 0:
			if dot := strings.IndexByte(v.text, '.'); dot >= 0 && t.belowHidden(v.text[dot+1:]) {
				v.hide(lateBelow)
			}
		case v.classes&bitEmail != 0:
			if t.belowHidden(v.text[strings.LastIndexByte(v.text, '@')+1:]) {
				v.hide(lateBelow)
			}
		}
	}
	for i := range t.list {
		v := &t.list[i]
		if v.classes&bitURL != 0 && !v.all.atMost(Mask) && d.mentionsHidden(v.text) {
			v.hide(lateBelow)
		}
	}
}

// belowHidden reports whether a name or one above it is hidden. A name under
// which registries sell names hides nothing: it is nobody's.
func (t *valueTable) belowHidden(name string) bool {
	for strings.IndexByte(name, '.') >= 0 {
		if v := t.at(name); v != nil && v.classes&(bitHostname|bitDomain) != 0 && v.hidden() && !suffix(name) {
			return true
		}
		_, name, _ = strings.Cut(name, ".")
	}
	return false
}

// mentionsHidden reports whether a word of a URL is a hidden value, stands below
// a hidden name, or is a requester's own that would be hidden if it were a cell.
func (d *decider) mentionsHidden(url string) bool {
	t := &d.values
	for _, w := range urlWords(url) {
		if v := t.at(w); v != nil && v.classes&(bitTime|bitHash) == 0 && len(w) >= 4 && v.hidden() && !suffix(w) {
			return true
		}
		at := strings.LastIndexByte(w, '@')
		if strings.IndexByte(w, '.') < 0 {
			continue
		}
		if t.belowHidden(w[at+1:]) {
			return true
		}
		class := ClassHostname
		if at > 0 {
			class = ClassEmail
		}
		if v := placed(class, w); at != 0 && d.hidesOwn(&v) {
			return true
		}
	}
	return false
}

// urlWords are the words of a URL or name that may be values by themselves.
func urlWords(url string) []string {
	words := strings.FieldsFunc(unescape(strings.ToLower(url)), func(r rune) bool {
		return r < 0x80 && !alnum(byte(r)) && r != '.' && r != '-' && r != '_' && r != '@' && r != '+'
	})
	for i, w := range words {
		words[i] = strings.Trim(w, ".-_+@")
	}
	return words
}

// hidesOwn decides about a requester's value that is no cell of the report. The
// recipient's own is none, whoever calls it so (Ownership.Of).
func (d *decider) hidesOwn(v *place) bool {
	for k := range d.in.Reports {
		rep := &d.in.Reports[k]
		if !rep.holds(v) || d.in.Recipient.ID != "" && rep.Party.ID == d.in.Recipient.ID || d.in.Recipient.holds(v) && !rep.registered(v) {
			continue
		}
		a := answer{to: subject{class: v.class.bit(), owner: bitOfMine, of: int32(k), report: int32(k), marking: rep.Marking, hard: hardOf(v.class.bit(), bitOfMine)}}
		a.to.foreign = d.grants[k].claims && d.foreign(v, int32(k))
		if d.ask(&a); a.act != Keep {
			return true
		}
	}
	return false
}

// closeHashes: an unkeyed hash of a value is the value to who can guess it.
func (t *valueTable) closeHashes() {
	hashes := map[string]*value(nil)
	for i := range t.list {
		if v := &t.list[i]; v.classes&bitHash != 0 && !v.all.atMost(Mask) {
			if hashes == nil {
				hashes = make(map[string]*value)
			}
			hashes[v.text] = v
		}
	}
	if hashes == nil {
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

func hashOut(hashes map[string]*value, b []byte) {
	m, s1, s2 := md5.Sum(b), sha1.Sum(b), sha256.Sum256(b)
	for _, sum := range [...][]byte{m[:], s1[:], s2[:]} {
		if h := hashes[hex.EncodeToString(sum)]; h != nil {
			h.hide(lateSpells)
		}
	}
}
