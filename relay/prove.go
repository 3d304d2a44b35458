package relay

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"iodefgw/relay/disclosure"
	"iodefgw/relay/leak"
)

// Outcomes of the two proofs, as they are stored and shown.
const (
	ScanClean   = "clean"
	ScanLeak    = "leak"
	TwinEqual   = "equal"
	TwinDiffers = "differs"
)

// NotProved is the refusal of a message that failed a proof.
const NotProved = "not-proved"

// told reports whether a cell's exact value may stand in the message. A letter
// that is no notice tells none.
func (n *Notice) told(cell int) bool {
	return n.res != nil && n.carried[cell] && n.res.Decisions[cell].Action == disclosure.Keep
}

// left is the network that the message tells of a cell's address.
func (n *Notice) left(cell int) (prefix string, ok bool) {
	if n.res == nil || !n.carried[cell] || n.res.Decisions[cell].Action.Kind() != disclosure.KindGeneralise {
		return "", false
	}
	prefix, ok = generalised(n.res.Decisions[cell].Action, n.material.cells[cell].Value)
	return prefix, ok && n.material.numbers.Of(prefix) == 0
}

// kept reports whether a cell's value may stand in the message somewhere. A
// letter that is no notice tells none.
func (n *Notice) kept(cell int) bool {
	return n.res != nil && n.keptValues[n.material.cells[cell].Number]
}

// values splits what the reports say into what must not be in the message and
// what may be. One canonical value is on one side only. A letter that is no
// notice withholds everything.
func (n *Notice) values() (withheld, kept []leak.Value) {
	m := n.material
	kept = n.ours()
	free := make(map[string]bool, len(kept)) // our own words: neither side looks for them
	for _, v := range kept {
		free[strings.ToLower(v.Text)] = true
	}
	var secret []bool // by number
	if n.res != nil {
		secret = make([]bool, m.numbers.Len()+1)
		for _, v := range n.res.Withheld() {
			secret[m.numbers.Of(v.Value)] = true
		}
	}
	var told []netip.Addr
	listed := make([]bool, m.numbers.Len()+1) // by number
	for i := range m.cells {
		if c := &m.cells[i]; n.told(i) && !listed[c.Number] {
			listed[c.Number] = true
			if a, err := netip.ParseAddr(c.Value); err == nil {
				told = append(told, a)
			}
		} else if p, ok := n.left(i); ok && !slices.ContainsFunc(kept, func(v leak.Value) bool { return v.Text == p }) {
			kept = append(kept, leak.Value{Kind: leak.Prefix, Text: p, ID: i})
		}
	}
	clear(listed)
	for i := range m.cells {
		c := &m.cells[i]
		if c.Number == 0 || listed[c.Number] { // nothing, or listed already
			continue
		}
		kind, ok := scanKind(m.class(i), c.Value)
		if !ok {
			continue
		}
		listed[c.Number] = true
		if low := strings.ToLower(c.Value); free[low] || low != c.Value && listed[m.numbers.Of(low)] {
			continue // the scan reads without case
		}
		v := leak.Value{Kind: kind, Text: c.Value, ID: i}
		switch {
		case n.kept(i) && !excuses(c):
		case n.kept(i):
			kept = append(kept, v)
		case i >= m.input && contains(c.Value, told), n.tellsHost(c):
		case secret == nil || secret[c.Number] || n.onlyApart(i):
			withheld = append(withheld, v)
		}
	}
	return withheld, kept
}

// excuses reports whether what only looks like a withheld value may stand within
// this one, which is told: not in the login or the query of a URL, which are
// anybody's.
func excuses(c *disclosure.Cell) bool {
	switch {
	case c.In == 0:
		return true
	case c.Class == disclosure.ClassURL:
		return disclosure.BareURL(c.Value) == c.Value
	}
	return c.Class != disclosure.ClassAccount
}

// onlyApart reports whether a value of somebody else than the recipient stands
// at a place of which nothing is told. The decision does not know it there.
func (n *Notice) onlyApart(i int) bool {
	if _, ok := n.material.apart[i]; !ok {
		return false
	}
	switch n.material.owners[i].Owner {
	case disclosure.OwnerRecipient, disclosure.OwnerGateway, disclosure.OwnerNeutral:
		return false
	}
	return true
}

// tellsHost reports whether a value is a URL of nothing but a host that the
// message tells: the scan, which looks for what follows the scheme, would find it.
func (n *Notice) tellsHost(c *disclosure.Cell) bool {
	_, host, ok := strings.Cut(c.Value, "://")
	if !ok {
		return false
	}
	host = strings.TrimSuffix(host, "/")
	if inner, bracketed := strings.CutPrefix(host, "["); bracketed {
		host = strings.TrimSuffix(inner, "]")
	}
	number := n.material.numbers.Of(host)
	return number > 0 && n.keptValues[number]
}

// contains reports whether one of the addresses lies in a prefix. A network of
// which the message tells an address is no secret from its reader.
func contains(prefix string, told []netip.Addr) bool {
	p, err := netip.ParsePrefix(prefix)
	return err == nil && slices.ContainsFunc(told, p.Contains)
}

// ours are the values that every message to this recipient holds: who we are
// and whom we write to.
func (n *Notice) ours() []leak.Value {
	list := []leak.Value{
		{Kind: leak.Name, Text: n.us.Name, ID: -1},
		{Kind: leak.Email, Text: n.us.Address, ID: -1},
		{Kind: leak.Domain, Text: n.us.Domain, ID: -1},
		{Kind: leak.Email, Text: n.To, ID: -1},
		{Kind: leak.Name, Text: n.Recipient.Party.DisplayName(), ID: -1},
		{Kind: leak.Text, Text: n.Number, ID: -1},
	}
	if _, domain, ok := splitAddress(n.us.Address); ok {
		list = append(list, leak.Value{Kind: leak.Domain, Text: domain, ID: -1})
	}
	return list
}

// scanKind says how the scan is to look for a value. Values that name
// nobody (ports, enumerations, times, whole texts) are left to the twin run.
func scanKind(class disclosure.Class, value string) (leak.Kind, bool) {
	switch class {
	case disclosure.ClassAddress:
		if family(value) == "ipv6" {
			return leak.IPv6, true
		}
		return leak.IPv4, true
	case disclosure.ClassPrefix:
		return leak.Prefix, true
	case disclosure.ClassHostname, disclosure.ClassDomain:
		if strings.Trim(value, "0123456789.:") == "" {
			return leak.Text, true
		}
		return leak.Domain, true
	case disclosure.ClassURL:
		return leak.URL, true
	case disclosure.ClassEmail:
		return leak.Email, true
	case disclosure.ClassPerson, disclosure.ClassOrg:
		if strings.IndexFunc(value, unicode.IsLetter) < 0 {
			return leak.Text, true // a telephone number
		}
		return leak.Name, true
	case disclosure.ClassMAC:
		return leak.MAC, true
	case disclosure.ClassASN:
		return leak.ASN, true
	case disclosure.ClassAccount:
		return leak.Account, true
	case disclosure.ClassPath:
		return leak.Path, true
	case disclosure.ClassHash:
		return leak.Hash, true
	}
	return "", false
}

// scan looks for every withheld value in the finished message. bare makes the
// message of a draft that tells nothing: our own words. What could not be
// looked at is not proved.
func (n *Notice) scan(bare func() ([]byte, error)) {
	n.Scan, n.proved = ScanLeak, nil
	scanner, err := n.scanner()
	if err != nil {
		n.unproved(err)
		return
	}
	scan := scanner.Scan(n.Plain)
	if scan.Err != nil {
		n.unproved(scan.Err)
		return
	}
	if !scan.Clean {
		ours, err := n.ourWords(scanner, bare)
		if err != nil {
			n.unproved(err)
			return
		}
		for _, f := range scan.Findings {
			if !ours[f.ID] {
				n.Leaks = append(n.Leaks, fmt.Sprintf("%s as %s in %s", n.material.path(f.ID), f.Rule, f.Where))
			}
		}
	}
	if n.sum(scanner); len(n.Leaks) == 0 {
		n.Scan, n.proved = ScanClean, scan.Message
	}
}

// scanner is compiled for the message; letters to one party look for the same,
// everything.
func (n *Notice) scanner() (*leak.Scanner, error) {
	if n.res == nil && n.letters != nil {
		return n.letters.scanner(n)
	}
	return leak.Compile(n.values())
}

// letterScanners are those of a ticket's letters, by what differs in them: whom
// the letter is to, and the number that it names.
type letterScanners map[letterTo]*leak.Scanner

type letterTo struct {
	party  *Party
	number string
}

func (l letterScanners) scanner(n *Notice) (*leak.Scanner, error) {
	key := letterTo{n.Recipient.Party, n.Number}
	if s := l[key]; s != nil {
		return s, nil
	}
	s, err := leak.Compile(n.values())
	if err == nil {
		l[key] = s
	}
	return s, err
}

// unproved says why a message could not be looked at. That is a refusal of this
// message and no fault of the mail: anybody can write a log line that is
// encoded deeper than the scan looks.
func (n *Notice) unproved(err error) {
	n.Leaks = append(n.Leaks, "the scan could not be made: "+err.Error())
}

// twinRun makes the message again from times twins of the material; each must be the
// same to the byte. A twin that cannot be built is not the same.
func (n *Notice) twinRun(t *twinner, random *rand.Rand, times int, rebuild func(*twinner) ([]byte, error)) {
	n.Twin = TwinDiffers
	t.begin(n, random)
	for range times {
		t.draw()
		plain, err := rebuild(t)
		if err != nil || !bytes.Equal(plain, n.Plain) {
			return
		}
	}
	n.Twin = TwinEqual
}

// ourWords finds the names that stand in the letter whatever it tells: an
// organisation called "Site A" is found where we write of "a site". Of these
// the scan cannot say anything; the twin run still does.
func (n *Notice) ourWords(scanner *leak.Scanner, bare func() ([]byte, error)) (map[int]bool, error) {
	plain, err := bare()
	if err != nil {
		return nil, err
	}
	ours := map[int]bool{}
	for _, f := range scanner.Scan(plain).Findings {
		switch n.material.class(f.ID) {
		case disclosure.ClassOrg, disclosure.ClassPerson:
			ours[f.ID] = true
		}
	}
	return ours, nil
}
