package relay

import (
	"net/netip"
	"strings"

	"iodefgw/relay/disclosure"
)

// Contact is a party to tell, and by which rule it was found.
type Contact struct {
	Party *Party
	Basis string   // "network", "domain", "named": how its address was found
	Found []string // values of the report by which it was found
}

// contacts finds whom a ticket's reports want told: the parties that hold the
// source or target machines, and parties that the conditions name. A
// requester of the ticket is never told its own report back.
func contacts(reports []*Report, parties *Parties, policy *disclosure.Policy) []Contact {
	var list []Contact
	add := func(p *Party, basis, value string) {
		if p == nil {
			return
		}
		for i := range list {
			if list[i].Party == p {
				list[i].Found = append(list[i].Found, value)
				return
			}
		}
		list = append(list, Contact{p, basis, []string{value}})
	}
	for _, r := range reports {
		wants, named := r.wants(policy)
		for _, s := range r.Incident.Systems() {
			if wants&siteRole(s.Category()) == 0 {
				continue
			}
			for _, a := range s.Addresses() {
				if addr, err := netip.ParseAddr(a.Value()); err == nil {
					if p := parties.ByAddress(addr); p != r.Party {
						add(p, "network", addr.Unmap().String())
					}
				}
			}
			for _, n := range s.Names() {
				name := strings.TrimSpace(n.Text())
				if p := parties.ByDomain(name); p != r.Party {
					v, _ := disclosure.Canonical(disclosure.ClassHostname, name)
					add(p, "domain", v)
				}
			}
		}
		for _, id := range named {
			if p := parties.ByID(id); p != r.Party {
				add(p, "named", "")
			}
		}
	}
	return list
}

// foundBy are the values of the reports by which a party is found.
func foundBy(p *Party, reports []*Report, parties *Parties, policy *disclosure.Policy) []string {
	for _, c := range contacts(reports, parties, policy) {
		if c.Party == p {
			return c.Found
		}
	}
	return nil
}

// rolesOf says which parts a party plays in what a report says. Each report
// speaks for itself: another one on the ticket cannot make somebody a source
// site of this one's grant (case 87).
func rolesOf(p *Party, r *Report, parties *Parties) disclosure.Roles {
	var roles disclosure.Roles
	for _, s := range r.Incident.Systems() {
		role := siteRole(s.Category())
		for _, a := range s.Addresses() {
			if addr, err := netip.ParseAddr(a.Value()); err == nil && parties.ByAddress(addr) == p {
				roles |= role
			}
		}
		for _, n := range s.Names() {
			if parties.ByDomain(strings.TrimSpace(n.Text())) == p {
				roles |= role
			}
		}
	}
	return roles
}

// siteRole is the role of the site that a System of this category stands at.
func siteRole(category string) disclosure.Roles {
	switch category {
	case "source", "intermediate":
		return disclosure.SourceSite
	case "target":
		return disclosure.TargetSite
	}
	return 0
}
