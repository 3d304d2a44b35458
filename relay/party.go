package relay

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"iodefgw/mailgw/pgp"
	"iodefgw/relay/disclosure"
)

// Party is an organisation we know. The toml names are the parties file's.
type Party struct {
	ID        string              `toml:"id" json:"id"`
	Name      string              `toml:"name,omitempty" json:"name,omitempty"`
	Aliases   []string            `toml:"aliases,omitempty" json:"aliases,omitempty"`
	Addresses []string            `toml:"addresses,omitempty" json:"addresses,omitempty"` // also "@domain" and "user+*@domain"
	KeyFiles  []string            `toml:"keys,omitempty" json:"-"`                        // relative to the parties file
	Networks  []netip.Prefix      `toml:"networks,omitempty" json:"networks,omitempty"`
	Domains   []string            `toml:"domains,omitempty" json:"domains,omitempty"`
	ASNs      []uint32            `toml:"asns,omitempty" json:"asns,omitempty"`
	Relation  disclosure.Relation `toml:"relation,omitempty" json:"relation,omitempty"`
	TI        int                 `toml:"ti,omitempty" json:"ti,omitempty"`       // Trusted Introducer level 0..2
	Trust     int                 `toml:"trust,omitempty" json:"trust,omitempty"` // the operator's own, 0..3
	Channel   disclosure.Channel  `toml:"channel,omitempty" json:"channel,omitempty"`
	IODEF     string              `toml:"iodef,omitempty" json:"iodef,omitempty"` // version it reads: "1.00" or "2.00"
	Language  string              `toml:"language,omitempty" json:"language,omitempty"`
	Stage     disclosure.Stage    `toml:"stage,omitempty" json:"stage,omitempty"`
	Accept    string              `toml:"accept,omitempty" json:"accept,omitempty"` // "openpgp" or "dkim"
	Receipts  *bool               `toml:"receipts,omitempty" json:"receipts,omitempty"`

	Keys []*pgp.Key `toml:"-" json:"-"`
}

// Normalise fills in the defaults of the parties file and checks every field.
func (p *Party) Normalise() error {
	if p.ID == "" {
		return fmt.Errorf("party without id")
	}
	fill(&p.Relation, disclosure.Unknown)
	fill(&p.Channel, disclosure.Opportunistic)
	fill(&p.IODEF, "2.00")
	fill(&p.Language, "en")
	fill(&p.Stage, disclosure.FirstContact)
	fill(&p.Accept, "openpgp")
	if !slices.Contains(disclosure.Relations(), p.Relation) {
		return fmt.Errorf("party %q: relation %q is not known", p.ID, p.Relation)
	}
	if !slices.Contains(disclosure.Channels(), p.Channel) {
		return fmt.Errorf("party %q: channel %q is not known", p.ID, p.Channel)
	}
	if p.IODEF != "1.00" && p.IODEF != "2.00" {
		return fmt.Errorf("party %q: iodef %q is neither 1.00 nor 2.00", p.ID, p.IODEF)
	}
	if p.Language != "en" && p.Language != "ja" {
		return fmt.Errorf("party %q: language %q is neither en nor ja", p.ID, p.Language)
	}
	if p.Accept != "openpgp" && p.Accept != "dkim" {
		return fmt.Errorf("party %q: accept %q is neither openpgp nor dkim", p.ID, p.Accept)
	}
	if p.TI < 0 || p.TI > 2 || p.Trust < 0 || p.Trust > 3 {
		return fmt.Errorf("party %q: ti is 0..2 and trust 0..3", p.ID)
	}
	if _, err := disclosure.ParseStage(string(p.Stage)); err != nil {
		return fmt.Errorf("party %q: %w", p.ID, err)
	}
	for i, n := range p.Networks {
		p.Networks[i] = n.Masked()
	}
	for i, d := range p.Domains {
		a, err := asciiDomain(d)
		if err != nil {
			return fmt.Errorf("party %q: domain %q: %w", p.ID, d, err)
		}
		p.Domains[i] = a
	}
	for i, a := range p.Addresses {
		a, err := plainAddress(a)
		if err != nil {
			return fmt.Errorf("party %q: %w", p.ID, err)
		}
		p.Addresses[i] = a
	}
	return nil
}

// plainAddress is an address, or a pattern of addresses, with the domain's
// A-labels. It refuses one that nothing could be sent to (case 112): quoted,
// routed, with an address literal.
func plainAddress(a string) (string, error) {
	at := strings.LastIndexByte(a, '@')
	if at < 0 || at == len(a)-1 {
		return "", fmt.Errorf("%q is not a mail address", a)
	}
	local, domain := a[:at], a[at+1:]
	if strings.ContainsFunc(domain, func(r rune) bool { return r >= 0x80 }) {
		var err error
		if domain, err = asciiDomain(domain); err != nil {
			return "", fmt.Errorf("address %q: %w", a, err)
		}
	}
	whole := strings.TrimSuffix(local, "+*")
	if local == "" { // "@domain"
		whole = "x"
	}
	if strings.Contains(whole, "*") {
		return "", fmt.Errorf("address %q: only +* stands for anything", a)
	}
	return local + "@" + domain, CheckAddress(whole + "@" + domain)
}

// checkStage refuses a start beyond first contact without the means it stands on.
func (p *Party) checkStage() error {
	if p.Stage == disclosure.Trusted && (p.Channel != disclosure.OpenPGP || len(p.Keys) == 0) {
		return fmt.Errorf(`party %q: stage "trusted" needs a key and channel "openpgp"`, p.ID)
	}
	return nil
}

// Owns reports whether a mail address belongs to the party (requirement P5):
// domains compare as A-labels, local parts without case.
func (p *Party) Owns(addr string) bool {
	local, domain, ok := splitAddress(addr)
	if !ok {
		return false
	}
	for _, pattern := range p.Addresses {
		pl, pd, ok := splitAddress(pattern)
		if !ok || pd != domain {
			continue
		}
		switch prefix, wild := strings.CutSuffix(pl, "+*"); {
		case pl == "", pl == local:
			return true
		case wild && strings.HasPrefix(local, prefix+"+"):
			return true
		}
	}
	return false
}

// Contact is the address mail to the party goes to: its first full address.
func (p *Party) Contact() string {
	for _, a := range p.Addresses {
		if !strings.HasPrefix(a, "@") && !strings.Contains(a, "*") {
			return a
		}
	}
	return ""
}

// WantsReceipts reports whether the party is sent an acknowledgement of each of
// its reports; a machine's feed may do without.
func (p *Party) WantsReceipts() bool { return p.Receipts == nil || *p.Receipts }

// Has reports whether an address stands in the party's list as it is.
func (p *Party) Has(addr string) bool { return slices.Contains(p.Addresses, addr) }

// Signed is the stage to which a signature of the party brings it (disclosure.md 1).
func (p *Party) Signed() disclosure.Stage {
	if (p.Trust >= 2 || p.TI == 2) && p.Channel == disclosure.OpenPGP {
		return disclosure.Trusted
	}
	return disclosure.Authenticated
}

// key is the first of the party's keys that we can encrypt to, or nil.
func (p *Party) key(now time.Time) *pgp.Key {
	for _, k := range p.Keys {
		if k.CanEncrypt(now) {
			return k
		}
	}
	return nil
}

// DisplayName is the party's name, or its id.
func (p *Party) DisplayName() string {
	if p.Name != "" {
		return p.Name
	}
	return p.ID
}

func splitAddress(a string) (local, domain string, ok bool) {
	at := strings.LastIndexByte(a, '@')
	if at < 0 {
		return "", "", false
	}
	domain, err := asciiDomain(a[at+1:])
	if err != nil {
		return "", "", false
	}
	return strings.ToLower(a[:at]), domain, true
}

func asciiDomain(d string) (string, error) {
	d = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(d), "."))
	if d == "" {
		return "", fmt.Errorf("empty domain")
	}
	for i := 0; i < len(d); i++ {
		if d[i] >= 0x80 {
			return idna.Lookup.ToASCII(d)
		}
	}
	return d, nil
}

func fill[T ~string](field *T, value T) {
	if *field == "" {
		*field = value
	}
}
