package disclosure

import (
	"net/netip"
	"testing"
)

// TestCase_161_WhollyOneParty shows when a network is wholly one party's, also
// in pieces, and that a generalisation to it, or into a hidden prefix, is a mask.
func TestCase_161_WhollyOneParty(t *testing.T) {
	for _, c := range []struct {
		p    string
		nets []netip.Prefix
		want bool
	}{
		{"203.0.113.0/24", nets("203.0.113.0/24"), true},
		{"203.0.113.0/24", nets("203.0.0.0/16"), true},
		{"203.0.113.0/24", nets("203.0.113.0/25", "203.0.113.128/25"), true},
		{"203.0.113.0/24", nets("203.0.113.0/25", "203.0.113.128/26", "203.0.113.192/26"), true},
		{"203.0.113.0/24", nets("203.0.113.0/25"), false},
		{"203.0.113.0/24", nets("203.0.113.0/25", "203.0.113.128/26"), false},
		{"203.0.112.0/23", nets("203.0.113.0/24"), false},
		{"2001:db8::/48", nets("2001:db8::/49", "2001:db8:0:8000::/49"), true},
		{"2001:db8::/48", nets("2001:db8::/49"), false},
		{"203.0.113.0/24", nil, false},
	} {
		if got := covered(netip.MustParsePrefix(c.p), c.nets); got != c.want {
			t.Errorf("%s in %v: %v", c.p, c.nets, got)
		}
	}
	raise := "version = 1\n[[rule]]\nwhen = { stage = \"acknowledged\" }\nset = { \"third:address\" = \"generalise:/24\" }\n"
	for prefix, want := range map[string]Action{"192.0.2.0/24": Mask, "192.0.0.0/16": Mask, "192.0.2.0/28": generalise(24, 48, Second)} {
		e := newScene(csirtN(), Acknowledged, 0, report(certU(), conditions(t, "conditions: hide-my-ip")))
		e.in.Parties, e.in.Policy = nil, policy(t, raise)
		k := e.add("A", ClassAddress, "192.0.2.77", 0)
		e.add("B", ClassPrefix, prefix, 0)
		wants(t, Decide(e.in), map[int]Action{k: want})
	}
}
