package mailgw

import (
	"slices"
	"strings"

	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
)

// elsewhere reports whether an address is neither the party's nor at a domain
// that is From's or the party's.
func (s *suspect) elsewhere(a message.Address) bool {
	if s.party != nil && s.party.Owns(a.Addr) {
		return false
	}
	host, err := domainOf(afterAt(a.Addr))
	return err != nil || s.domainElsewhere(host)
}

// domainElsewhere: a domain is neither the party's nor From's, and not below it.
func (s *suspect) domainElsewhere(host string) bool {
	if s.party != nil && s.parties.ByDomain(host) == s.party {
		return false
	}
	return !slices.ContainsFunc(s.From, func(f message.Address) bool {
		from, err := domainOf(afterAt(f.Addr))
		return err == nil && (from == host || strings.HasSuffix(host, "."+from))
	})
}

// ofOther reports whether a domain, or an address at it if there is one, is
// that of another party.
func (s *suspect) ofOther(host, addr string) bool {
	if s.party != nil && s.party.Owns(addr) {
		return false
	}
	if p := s.parties.ByDomain(host); p != nil {
		return p != s.party
	}
	return addr != "" && len(s.parties.ByMail(addr)) > 0
}

// speaksAs looks at whom the reports say they are from: the names of their
// IncidentIDs that are domains, and the addresses of who made them.
func (s *suspect) speaksAs(shows func(host, addr string) bool) bool {
	for _, r := range s.reports {
		if host, err := domainOf(r.ID().Name); err == nil && strings.Contains(host, ".") && shows(host, "") {
			return true
		}
		for _, c := range r.Contacts() {
			if c.Role() != "creator" {
				continue
			}
			for _, e := range c.Emails() {
				addr := strings.TrimSpace(e.Text())
				if host, err := domainOf(afterAt(addr)); err == nil && shows(host, addr) {
					return true
				}
			}
		}
	}
	return false
}

// speaksAsOther: the report says that it is from another party.
func (s *suspect) speaksAsOther() bool { return s.speaksAs(s.ofOther) }

// madeElsewhere: it says that it is from somebody who is no party we know and
// not the sender.
func (s *suspect) madeElsewhere() bool {
	return s.speaksAs(func(host, addr string) bool {
		return !s.ofOther(host, addr) && s.domainElsewhere(host) && (s.party == nil || !s.party.Owns(addr))
	})
}

func (s *suspect) sentElsewhere() bool    { return slices.ContainsFunc(s.Sender, s.elsewhere) }
func (s *suspect) repliesElsewhere() bool { return slices.ContainsFunc(s.ReplyTo, s.elsewhere) }

// maxContacts caps the addresses of contacts that are compared: a document can
// hold tens of thousands.
const maxContacts = 100

// lookalike: an address of the mail or of its contacts is at a domain that
// looks like that of a party and is nobody's.
func (s *suspect) lookalike() bool {
	return slices.ContainsFunc(s.hosts, func(d string) bool { return s.parties.Lookalike(d) != nil })
}

// otherEnding: one is at a party's name under another top-level domain.
func (s *suspect) otherEnding() bool {
	return slices.ContainsFunc(s.hosts, func(d string) bool { return s.parties.OtherEnding(d) != nil })
}

// domains are those of the mail's senders and of the reports' contacts.
func (s *suspect) domains() []string {
	var all []string
	for _, a := range slices.Concat(s.From, s.Sender, s.ReplyTo) {
		all = append(all, afterAt(a.Addr))
	}
	for _, r := range s.reports {
		for _, c := range r.Contacts() {
			for _, e := range c.Emails() {
				if len(all) == maxContacts {
					return all
				}
				if d := afterAt(strings.TrimSpace(e.Text())); !slices.Contains(all, d) {
					all = append(all, d)
				}
			}
		}
	}
	return all
}

// namedAsOther: a display name is that of another party, or an address that is
// not the one beside it.
func (s *suspect) namedAsOther() bool {
	return slices.ContainsFunc(slices.Concat(s.From, s.Sender), func(a message.Address) bool {
		if p := s.parties.ByName(a.Name); p != nil && p != s.party && !p.Owns(a.Addr) {
			return true
		}
		for word := range strings.FieldsFuncSeq(a.Name, func(r rune) bool { return strings.ContainsRune(" <>()[]\"',;:", r) }) {
			if at := strings.LastIndexByte(word, '@'); at > 0 && strings.Contains(word[at:], ".") && !strings.EqualFold(word, a.Addr) &&
				(s.party == nil || !s.party.Owns(word)) {
				return true
			}
		}
		return false
	})
}

// oldCertificate: the signer's key is certified with SHA-1, long ago.
func (s *suspect) oldCertificate() bool {
	return slices.ContainsFunc(s.Opened.Signatures, func(g pgp.Signature) bool { return slices.Contains(g.Notes, pgp.NoteSHA1) })
}

func afterAt(addr string) string { return addr[strings.LastIndexByte(addr, '@')+1:] }
