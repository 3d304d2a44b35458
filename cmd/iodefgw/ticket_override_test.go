package main

import (
	"strings"
	"testing"

	"iodefgw/relay"
)

// TestOverrideIsShown: who approves sees what is told over the rules, and of what
// leaves nothing else; and that somebody has asked to stop, where one has.
func TestOverrideIsShown(t *testing.T) {
	cell := func(path, action, passed string) relay.Cell {
		return relay.Cell{Path: path, Class: "address", Owner: "mine", Action: action, Reasons: []string{"hard: keep", "override of " + passed}}
	}
	for passed, held := range map[string]bool{`relay (held), consent, "relay: yes": keep`: true, `consent, "relay: yes": keep`: false} {
		env, out, _ := terminal(160, nil)
		env.printOverride(&overrideInfo{"alice", "worm", "cert-u", "relay: yes"}, []relay.Cell{
			cell("/told", "keep", passed), cell("/dropped-by-another", "drop", passed), {Path: "/by-the-rules", Action: "keep", Reasons: []string{"hard: keep"}},
		})
		got := out.String()
		if !strings.Contains(got, "/told") || strings.Contains(got, "/dropped-by-another") || strings.Contains(got, "/by-the-rules") ||
			strings.Contains(got, "somebody has asked to stop") != held {
			t.Errorf("held %v:\n%s", held, got)
		}
	}
}
