package relay

import (
	"strconv"

	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// pseudonyms gives names to values towards one recipient of one ticket: the
// same name for a value in every stage, no name for two. A name tells the kind
// of value and the order in which names were first needed, nothing of the value.
type pseudonyms struct {
	party string
	known map[pseudonymKey]string
	used  map[string]int // stem: names given
	taken map[string]bool
	fresh []store.Pseudonym
}

type pseudonymKey struct{ class, value string }

var stems = map[disclosure.Class]string{
	disclosure.ClassAddress: "host", disclosure.ClassHostname: "host", disclosure.ClassDomain: "domain",
	disclosure.ClassEmail: "mailbox", disclosure.ClassPerson: "person", disclosure.ClassOrg: "org",
	disclosure.ClassMAC: "device", disclosure.ClassAccount: "account",
}

func newPseudonyms(party string, stored []store.Pseudonym) *pseudonyms {
	n := &pseudonyms{party: party}
	if len(stored) > 0 {
		n.begin()
	}
	for _, p := range stored {
		n.known[pseudonymKey{p.Class, p.Value}] = p.Token
		n.used[stem(disclosure.ClassOf(p.Class))]++
		n.taken[p.Token] = true
	}
	return n
}

// begin makes the tables; few notices need them.
func (n *pseudonyms) begin() {
	n.known, n.used, n.taken = map[pseudonymKey]string{}, map[string]int{}, map[string]bool{}
}

// of gives the value's name, a new one if it has none.
func (n *pseudonyms) of(class disclosure.Class, value string) string {
	key := pseudonymKey{class.String(), value}
	if name, ok := n.known[key]; ok {
		return name
	}
	if n.known == nil {
		n.begin()
	}
	s := stem(class)
	name := s + "-" + letters(n.used[s])
	for n.used[s]++; n.taken[name]; n.used[s]++ { // after a merge names do not come in their order
		name = s + "-" + letters(n.used[s])
	}
	n.taken[name] = true
	n.known[key] = name
	n.fresh = append(n.fresh, store.Pseudonym{Party: n.party, Class: class.String(), Value: value, Token: name})
	return name
}

// renamed is the same table for a twin, whose values have other spellings.
func (n *pseudonyms) renamed(stored []store.Pseudonym, twin func(string) string) *pseudonyms {
	moved := make([]store.Pseudonym, len(stored))
	for i, p := range stored {
		p.Value = twin(p.Value)
		moved[i] = p
	}
	return newPseudonyms(n.party, moved)
}

func stem(c disclosure.Class) string {
	if s, ok := stems[c]; ok {
		return s
	}
	return "value"
}

// letters counts a, b, … z, then a1, b1, …
func letters(n int) string {
	s := string(rune('a' + n%26))
	if n >= 26 {
		s += strconv.Itoa(n / 26)
	}
	return s
}
