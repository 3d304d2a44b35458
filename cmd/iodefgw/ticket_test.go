package main

import (
	"strings"
	"testing"
)

// Prose grants nothing, but the operator is told what it sounds like; where
// there are conditions, nobody guesses.
func TestProseIsSuggested(t *testing.T) {
	for text, want := range map[string]string{
		"Please pass it on, but hide our IP address.\n":                            "hide-my-ip",
		"ログはそのまま転送してください。\n":                                                       "forward-log-as-is",
		"We saw this last night.\n":                                                "",
		"Please hide our IP address.\nconditions: minimal\n":                       "",
		"Forward the logs as they are. Do not forward them to anybody else, ever.": "no-relay",
	} {
		if got := suggested(text); got != want {
			t.Errorf("%q suggests %q, want %q", text, got, want)
		}
	}
	env, out, _ := terminal(120, nil)
	env.printTicket(ticketLine{Number: "GW#00000001", Reports: []reportLine{{ID: 7, Party: "cert-u", Suggests: "hide-my-ip"}}})
	if !strings.Contains(out.String(), "report 7 holds no conditions; its prose sounds like hide-my-ip, which grants nothing") {
		t.Errorf("ticket show says\n%s", out.String())
	}
}
