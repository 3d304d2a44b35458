package disclosure

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Stage says how far a recipient has come on a ticket. Stages are ordered.
type Stage string

const (
	FirstContact  Stage = "first-contact" // nothing heard yet
	Acknowledged  Stage = "acknowledged"  // answered with our token from a registered address
	Authenticated Stage = "authenticated" // answered under a registered key
	Trusted       Stage = "trusted"       // authenticated, trust or TI level 2, OpenPGP channel
	Closed        Stage = "closed"        // nothing more is told
)

var stages = [...]Stage{FirstContact, Acknowledged, Authenticated, Trusted}

// ParseStage reads one of the four stages at which something can be told, or "closed".
func ParseStage(s string) (Stage, error) {
	if st := Stage(s); st == Closed || st.index() >= 0 {
		return st, nil
	}
	return "", fmt.Errorf("unknown stage %.40q", s)
}

// index is the column of the stage table, -1 for closed and anything unknown.
func (s Stage) index() int {
	for i := range stages {
		if stages[i] == s {
			return i
		}
	}
	return -1
}

// Before reports whether s comes earlier than t; an unknown stage comes before all.
func (s Stage) Before(t Stage) bool {
	if t == Closed {
		return s != Closed
	}
	return s != Closed && s.index() < t.index()
}

// Relation says what a party is to the gateway's site.
type Relation string

const (
	OwnConstituency Relation = "own-constituency"
	Peer            Relation = "peer"
	CSIRT           Relation = "csirt"
	AbuseDesk       Relation = "abuse-desk"
	Law             Relation = "law"
	Unknown         Relation = "unknown"
)

var relations = [...]Relation{OwnConstituency, Peer, CSIRT, AbuseDesk, Law, Unknown}

// Channel says how well the way to a party protects what is sent.
type Channel string

const (
	OpenPGP       Channel = "openpgp"       // encrypted to a registered key
	VerifiedTLS   Channel = "verified-tls"  // TLS to a host whose certificate is checked
	Opportunistic Channel = "opportunistic" // TLS if the other side offers it
)

var channels = [...]Channel{Opportunistic, VerifiedTLS, OpenPGP}

// Roles is the set of parts a party plays in an incident.
type Roles uint8

const (
	SourceSite Roles = 1 << iota // the access came from there
	TargetSite                   // it went there
	RoleCSIRT                    // a CSIRT or peer, whatever the incident
)

// Party is one organisation of the parties file, as far as disclosure needs it.
// Values are canonical: masked prefixes, lower-case A-labels.
type Party struct {
	ID        string
	Names     []string // name and aliases
	Addresses []string // e-mail addresses, also "@domain" and "user+*@domain"
	Networks  []netip.Prefix
	Domains   []string
	ASNs      []uint32
	Relation  Relation
	Trust     int // the operator's own, 0..3
	TI        int // Trusted Introducer level, 0..2
	Channel   Channel
	HasKey    bool // a usable registered key; without one the channel is no OpenPGP
}

// place is a value read once, for asking many parties whether it is theirs.
type place struct {
	kind  placeKind
	class Class
	text  string // the value, or the host of a URL
	addr  netip.Addr
	net   netip.Prefix
}

type placeKind uint8

const (
	nowhere placeKind = iota
	inNetwork
	aNetwork
	inDomain
	aMail
	aNumber
	aName
)

func placed(class Class, value string) place {
	v := place{class: class, text: value}
	switch class {
	case ClassAddress:
		if a, err := netip.ParseAddr(value); err == nil {
			v.kind, v.addr = inNetwork, a
		}
	case ClassPrefix:
		if n, err := netip.ParsePrefix(value); err == nil {
			v.kind, v.net = aNetwork, n
		}
	case ClassHostname, ClassDomain, ClassURL:
		if class == ClassURL {
			v.text = urlHost(value)
		}
		v.kind = inDomain
		if looksLikeAddr(v.text) {
			if a, err := netip.ParseAddr(v.text); err == nil {
				v.kind, v.addr = inNetwork, a
			}
		}
	case ClassEmail:
		v.kind = aMail
	case ClassASN:
		v.kind = aNumber
	case ClassPerson, ClassOrg:
		v.kind = aName
	}
	return v
}

// looksLikeAddr spares the error that ParseAddr makes of every name.
func looksLikeAddr(s string) bool {
	return s != "" && (isDigit(s[len(s)-1]) || strings.IndexByte(s, ':') >= 0)
}

// holds reports whether the party's networks, domains, addresses or names hold
// the canonical value.
func (p *Party) holds(v *place) bool {
	switch v.kind {
	case inNetwork:
		return p.holdsAddr(v.addr)
	case aNetwork:
		return covered(v.net, p.Networks)
	case inDomain:
		return p.holdsDomain(v.text)
	case aMail:
		return p.holdsEmail(v.text)
	case aNumber:
		n, err := strconv.ParseUint(v.text, 10, 32)
		return err == nil && slices.Contains(p.ASNs, uint32(n))
	case aName:
		for _, n := range p.Names {
			if n == v.text || foldName(n) == v.text {
				return true
			}
		}
	}
	return false
}

func (p *Party) holdsAddr(a netip.Addr) bool {
	for _, n := range p.Networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

func (p *Party) holdsDomain(name string) bool {
	for _, d := range p.Domains {
		if under(name, d) {
			return true
		}
	}
	return false
}

func (p *Party) holdsEmail(mail string) bool {
	at := strings.LastIndexByte(mail, '@')
	if at < 0 {
		return false
	}
	for _, a := range p.Addresses {
		pat, domain, ok := strings.Cut(a, "@")
		if !ok || !strings.EqualFold(domain, mail[at+1:]) {
			continue
		}
		stem, star := strings.CutSuffix(pat, "*")
		if pat == "" || strings.EqualFold(pat, mail[:at]) || star && len(mail[:at]) >= len(stem) && strings.EqualFold(stem, mail[:at][:len(stem)]) {
			return true
		}
	}
	return p.holdsDomain(mail[at+1:])
}

// under reports whether name is domain or stands below it.
func under(name, domain string) bool {
	if domain == "" || !strings.HasSuffix(name, domain) {
		return false
	}
	rest := len(name) - len(domain)
	return rest == 0 || name[rest-1] == '.'
}

// covered reports whether the networks together hold every address of p.
func covered(p netip.Prefix, nets []netip.Prefix) bool {
	touched := false
	for _, n := range nets {
		if n.Bits() <= p.Bits() && n.Contains(p.Addr()) {
			return true
		}
		touched = touched || p.Contains(n.Addr())
	}
	// Two /25 of one party are one /24 of it: look at the halves, only where a
	// longer network stands inside, so that the depth is that network's length.
	if !touched || p.Bits() >= p.Addr().BitLen() {
		return false
	}
	low := netip.PrefixFrom(p.Addr(), p.Bits()+1)
	return covered(low, nets) && covered(upperHalf(low), nets)
}

// upperHalf is the sibling of a prefix whose last bit is zero.
func upperHalf(low netip.Prefix) netip.Prefix {
	bit := low.Bits() - 1
	if low.Addr().Is4() {
		b := low.Addr().As4()
		b[bit/8] |= 0x80 >> (bit % 8)
		return netip.PrefixFrom(netip.AddrFrom4(b), low.Bits())
	}
	b := low.Addr().As16()
	b[bit/8] |= 0x80 >> (bit % 8)
	return netip.PrefixFrom(netip.AddrFrom16(b), low.Bits())
}

// Relations and Channels list the known words, in the order of the page.
func Relations() []Relation { return append([]Relation(nil), relations[:]...) }
func Channels() []Channel   { return append([]Channel(nil), channels[:]...) }
