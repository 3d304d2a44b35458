package relay

import (
	"testing"

	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// TestCase_92_NoNameForTwo: after a merge names do not come in their order, and
// some stand for nothing any more; a new one is none of them.
func TestCase_92_NoNameForTwo(t *testing.T) {
	n := newPseudonyms("isp-r", []store.Pseudonym{
		{Party: "isp-r", Class: "address", Value: "192.0.2.1", Token: "host-c"}, {Party: "isp-r", Class: "address", Value: "192.0.2.2", Token: "host-b"},
		{Party: "isp-r", Token: "host-d"},
	})
	seen := map[string]bool{"host-d": true}
	for _, value := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"} {
		name := n.of(disclosure.ClassAddress, value)
		if seen[name] || n.of(disclosure.ClassAddress, value) != name {
			t.Errorf("%s is %s", value, name)
		}
		seen[name] = true
	}
	if !seen["host-b"] || !seen["host-c"] {
		t.Error("known names were not used")
	}
}
