package disclosure

import (
	"net/netip"
	"strings"
)

// Ownership says whose a value is. It is filled from all reports of a ticket
// before the cells are made, so that a value has one owner wherever it stands.
type Ownership struct {
	reports   []Report
	recipient Party
	gateway   Party
	accused   map[string]bool
	nets      []netip.Prefix // accused prefixes
	found     map[string]bool
	targets   map[target]bool
}

// NewOwnership starts with the scopes alone.
func NewOwnership(reports []Report, recipient, gateway Party) *Ownership {
	return &Ownership{reports: reports, recipient: recipient, gateway: gateway,
		accused: map[string]bool{}, found: map[string]bool{}, targets: map[target]bool{}}
}

// Accuse notes what the reports accuse: values of source, intermediate and
// infected Systems, Indicators, Observables, phishing URLs, malware hashes. The
// host of a URL is accused with it.
func (o *Ownership) Accuse(class Class, value string) {
	o.accused[value] = true
	switch class {
	case ClassURL:
		if h := urlHost(value); h != "" {
			o.accused[h] = true
		}
	case ClassPrefix:
		if p, err := netip.ParsePrefix(value); err == nil {
			o.nets = append(o.nets, p)
		}
	}
}

// Found notes a value by whose contact look-up the recipient was found.
func (o *Ownership) Found(value string) { o.found[value] = true }

// target is a value that a report marks as its requester's.
type target struct {
	value  string
	report int32
}

// Target notes a value of a target System that the signed report k marks with
// ownership="organization".
func (o *Ownership) Target(value string, k int32) {
	if k >= 0 && int(k) < len(o.reports) && o.reports[k].Evidence == Signed {
		o.targets[target{value, k}] = true
	}
}

// Of returns the owner of a canonical value that stands in report k, and whose
// it is where that is a requester: the first that fits of section 1. What a
// report says in general (its time, its log, its counts) is its requester's.
func (o *Ownership) Of(class Class, value string, k int32) Whose {
	switch class {
	case ClassPort, ClassType, ClassAction:
		return Whose{OwnerNeutral, k}
	case ClassTime, ClassLog, ClassText, ClassBinary, ClassImpact, ClassCount, ClassSoftware:
		return Whose{OwnerMine, k}
	}
	v := placed(class, value)
	if o.gateway.holds(&v) {
		return Whose{OwnerGateway, k}
	}
	if k >= 0 && int(k) < len(o.reports) && o.mine(value, &v, k) {
		if o.recipients(k) || o.recipient.holds(&v) && !o.reports[k].registered(&v) {
			// A requester that calls the recipient's own machines its site could
			// silence what others tell the recipient of them.
			return Whose{OwnerRecipient, k}
		}
		return Whose{OwnerMine, k}
	}
	for i := range o.reports {
		if o.recipients(int32(i)) {
			continue // it has reported itself: what is its own is the recipient's
		}
		// What another report claims (my-site, ownership) counts in that report
		// alone: here it could unmask what this one names (case 169).
		if i != int(k) && o.reports[i].registered(&v) {
			return Whose{OwnerMine, int32(i)}
		}
	}
	switch {
	case o.found[value], o.recipient.holds(&v):
		return Whose{OwnerRecipient, k}
	case o.accuses(class, value, v.addr):
		return Whose{OwnerReported, k}
	}
	return Whose{OwnerThird, k}
}

// recipients reports whether a report is the recipient's own: another accuses it
// on the same ticket, and nothing that is its own is a secret from it (case 183).
func (o *Ownership) recipients(k int32) bool {
	return o.recipient.ID != "" && o.reports[k].Party.ID == o.recipient.ID
}

func (o *Ownership) mine(value string, v *place, k int32) bool {
	return o.targets[target{value, k}] || o.reports[k].holds(v)
}

// holds reports whether a value lies in the requester's scope or in what its
// conditions call its site.
func (r *Report) holds(v *place) bool {
	return r.registered(v) || r.Conditions != nil && r.Conditions.site(v)
}

// registered reports whether a value lies in what the operator has on record
// of the requester: its party, or my-site of a standing profile.
func (r *Report) registered(v *place) bool {
	if r.Party.holds(v) {
		return true
	}
	for i := range r.Profiles {
		if r.Profiles[i].site(v) {
			return true
		}
	}
	return false
}

// site reports whether a value lies in my-site.
func (c *Conditions) site(v *place) bool {
	if !c.Said(KeyMySite) {
		return false
	}
	p := Party{Networks: c.Networks, Domains: c.Domains}
	return p.holds(v)
}

func (o *Ownership) accuses(class Class, value string, addr netip.Addr) bool {
	if o.accused[value] {
		return true
	}
	switch class {
	case ClassAddress:
		for _, p := range o.nets {
			if p.Contains(addr) { // never, where it is none
				return true
			}
		}
	case ClassURL:
		return o.accused[urlHost(value)]
	case ClassEmail:
		return o.accused[value[strings.LastIndexByte(value, '@')+1:]]
	}
	return false
}
