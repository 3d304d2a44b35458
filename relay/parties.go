package relay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"iodefgw/mailgw/pgp"
	"iodefgw/relay/disclosure"
)

// Parties is a snapshot of everybody we know. It does not change; a new one
// takes its place, so that a verdict or a decision names the one it saw.
type Parties struct {
	All  []*Party // ordered by id
	Ring *pgp.Keyring

	byID  map[string]*Party
	byKey map[string]*Party
	nets  map[netip.Prefix]*Party
	bits  []int // prefix lengths in use, longest first (IPv4 counted as /96 and more)
	sites map[string]*Party

	byHost map[string][]*Party // by the domain of a mail address
	looks  map[string]*Party   // by the skeleton of a domain
	stems  map[string]*Party   // by the skeleton of the label that a domain's owner chose
	roots  map[string]bool     // these labels as they are written
	names  map[string]*Party   // by name and alias

	scopes []disclosure.Party     // the same as package disclosure sees them
	values *disclosure.Recogniser // knows their names
}

// NewParties indexes parties whose keys are loaded. One id, one fingerprint,
// one network and one domain belong to one party each.
func NewParties(all []*Party) (*Parties, error) {
	ps := &Parties{
		All:   slices.Clone(all),
		byID:  map[string]*Party{},
		byKey: map[string]*Party{},
		nets:  map[netip.Prefix]*Party{},
		sites: map[string]*Party{},

		byHost: map[string][]*Party{},
		looks:  map[string]*Party{},
		stems:  map[string]*Party{},
		roots:  map[string]bool{},
		names:  map[string]*Party{},
	}
	slices.SortFunc(ps.All, func(a, b *Party) int { return strings.Compare(a.ID, b.ID) })
	var ring []*pgp.Key
	lengths := map[int]bool{}
	for _, p := range ps.All {
		if err := p.checkStage(); err != nil {
			return nil, err
		}
		if err := claim(ps.byID, p.ID, p, "id"); err != nil {
			return nil, err
		}
		for _, k := range p.Keys {
			if err := claim(ps.byKey, k.Fingerprint(), p, "key"); err != nil {
				return nil, err
			}
			ring = append(ring, k)
		}
		for _, n := range p.Networks {
			key := mapped(n)
			if q, taken := ps.nets[key]; taken {
				return nil, fmt.Errorf("network %v belongs to %q and to %q", n, q.ID, p.ID)
			}
			ps.nets[key] = p
			lengths[key.Bits()] = true
		}
		for _, d := range p.Domains {
			if err := claim(ps.sites, d, p, "domain"); err != nil {
				return nil, err
			}
		}
		ps.index(p)
	}
	for b := range lengths {
		ps.bits = append(ps.bits, b)
	}
	slices.SortFunc(ps.bits, func(a, b int) int { return b - a })
	ps.Ring = pgp.NewKeyring(ring)
	var names []disclosure.NamedParty
	for _, p := range ps.All {
		scope := p.scope()
		ps.scopes = append(ps.scopes, scope)
		names = append(names, disclosure.NamedParty{Names: scope.Names, Domains: scope.Domains, Networks: p.Networks})
	}
	ps.values = disclosure.NewRecogniser(names)
	return ps, nil
}

// index notes the domains and names by which a party can be found.
func (ps *Parties) index(p *Party) {
	domains := slices.Clone(p.Domains)
	for _, a := range p.Addresses {
		if _, d, ok := splitAddress(a); ok {
			domains = append(domains, d)
			if !slices.Contains(ps.byHost[d], p) {
				ps.byHost[d] = append(ps.byHost[d], p)
			}
		}
	}
	for _, d := range domains {
		ps.looks[skeleton(d)] = p
		if l := ownLabel(d); l != "" {
			ps.stems[skeleton(l)], ps.roots[l] = p, true
		}
	}
	for _, n := range append([]string{p.Name}, p.Aliases...) {
		if n != "" {
			ps.names[foldName(n)] = p
		}
	}
}

func claim[K comparable](index map[K]*Party, key K, p *Party, what string) error {
	if q, taken := index[key]; taken {
		return fmt.Errorf("%s %v belongs to %q and to %q", what, key, q.ID, p.ID)
	}
	index[key] = p
	return nil
}

// ByID finds a party by its id.
func (ps *Parties) ByID(id string) *Party { return ps.byID[id] }

// ByKey finds the party of a full fingerprint (requirement P4).
func (ps *Parties) ByKey(fingerprint string) *Party { return ps.byKey[fingerprint] }

// ByAddress finds the party whose network holds an address, longest prefix first.
func (ps *Parties) ByAddress(a netip.Addr) *Party {
	a = netip.AddrFrom16(a.As16())
	for _, bits := range ps.bits {
		n, err := a.Prefix(bits)
		if err != nil {
			continue
		}
		if p := ps.nets[n]; p != nil {
			return p
		}
	}
	return nil
}

// ByDomain finds the party that a host name belongs to, longest domain first.
func (ps *Parties) ByDomain(name string) *Party {
	d, err := asciiDomain(name)
	for err == nil && d != "" {
		if p := ps.sites[d]; p != nil {
			return p
		}
		_, d, _ = strings.Cut(d, ".")
	}
	return nil
}

// ByMail lists the parties that a mail address belongs to.
func (ps *Parties) ByMail(addr string) []*Party {
	_, domain, ok := splitAddress(addr)
	if !ok {
		return nil
	}
	var found []*Party
	for _, p := range ps.byHost[domain] {
		if p.Owns(addr) {
			found = append(found, p)
		}
	}
	return found
}

// Text is the snapshot as text, for keeping with the decisions made from it:
// every party and its keys, one a line.
func (ps *Parties) Text() string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	for _, p := range ps.All {
		line := snapshotLine{Party: p}
		for _, k := range p.Keys {
			line.Fingerprints = append(line.Fingerprints, k.Fingerprint())
		}
		_ = enc.Encode(line) // plain fields to memory: cannot fail
	}
	return b.String()
}

// snapshotLine is a party in a snapshot's text.
type snapshotLine struct {
	*Party
	Fingerprints []string `json:"fingerprints,omitempty"`
}

// PartyIn is the line of one party in a snapshot's text.
func PartyIn(text, id string) string {
	quoted, err := json.Marshal(id)
	if err != nil {
		return "" // a string always marshals
	}
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, `{"id":`+string(quoted)); ok && (rest[0] == ',' || rest[0] == '}') {
			return line
		}
	}
	return ""
}

// ParseSnapshot reads the text of a snapshot again; keys gives the certificates
// by their fingerprints.
func ParseSnapshot(text string, keys map[string]*pgp.Key) (*Parties, error) {
	var all []*Party
	for dec := json.NewDecoder(strings.NewReader(text)); ; {
		var line snapshotLine
		err := dec.Decode(&line)
		if err == io.EOF {
			return NewParties(all)
		}
		if err != nil || line.Party == nil {
			return nil, fmt.Errorf("read snapshot of the parties: %w", err)
		}
		for _, f := range line.Fingerprints {
			if keys[f] == nil {
				return nil, fmt.Errorf("key %s of party %q: %w", f, line.ID, errIncomplete)
			}
			line.Keys = append(line.Keys, keys[f])
		}
		if err := line.Normalise(); err != nil {
			return nil, fmt.Errorf("read snapshot of the parties: %w", err)
		}
		all = append(all, line.Party)
	}
}

// mapped puts IPv4 into ::ffff:0:0/96, so that one table serves both families.
func mapped(n netip.Prefix) netip.Prefix {
	if n.Addr().Is4() {
		return netip.PrefixFrom(netip.AddrFrom16(n.Addr().As16()), n.Bits()+96).Masked()
	}
	return n.Masked()
}

// ReadParties reads a parties file (TOML) and the key files it names. Unknown
// keys are errors.
func ReadParties(file string) ([]*Party, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read parties: %w", err)
	}
	all, err := ParseParties(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, p := range all {
		for _, name := range p.KeyFiles {
			if !filepath.IsAbs(name) {
				name = filepath.Join(filepath.Dir(file), name)
			}
			raw, err := os.ReadFile(name)
			if err != nil {
				return nil, fmt.Errorf("%s: party %q: read key: %w", file, p.ID, err)
			}
			keys, err := pgp.ReadKeys(raw)
			if err != nil {
				return nil, fmt.Errorf("%s: party %q: key %s: %w", file, p.ID, name, err)
			}
			p.Keys = append(p.Keys, keys...)
		}
	}
	return all, nil
}

// ParseParties reads the text of a parties file without its key files.
func ParseParties(text []byte) ([]*Party, error) {
	var file struct {
		Party []*Party `toml:"party"`
	}
	meta, err := toml.NewDecoder(bytes.NewReader(text)).Decode(&file)
	if err != nil {
		return nil, err
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		name, line := unknown[0][len(unknown[0])-1], 0
		for at := range strings.Lines(string(text)) {
			if line++; strings.HasPrefix(strings.TrimLeft(at, " \t"), name) {
				break
			}
		}
		return nil, fmt.Errorf("line %d: unknown key %q", line, unknown[0].String())
	}
	for _, p := range file.Party {
		if err := p.Normalise(); err != nil {
			return nil, err
		}
	}
	return file.Party, nil
}
