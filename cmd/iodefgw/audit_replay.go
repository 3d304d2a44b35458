package main

import (
	"errors"
	"fmt"
	"strings"

	"iodefgw/relay"
	"iodefgw/store"
)

// replayLine is the line of audit replay -json.
type replayLine struct {
	Decision int64    `json:"decision"`
	Ticket   string   `json:"ticket"`
	Party    string   `json:"party"`
	Kind     string   `json:"kind"`
	Equal    bool     `json:"equal"`
	Cells    []string `json:"cells_differ"`
	Outcome  []string `json:"outcome_differs"`
	Message  string   `json:"message"` // equal, differs, none, other-letter
}

// auditReplay makes decisions again from their stored inputs and compares.
func auditReplay(env *Env, args []string) error {
	flags := flagSet()
	asJSON := flags.Bool("json", false, "one JSON object per decision")
	s, all, err := env.openIDs(flags, args, reads)
	if err != nil {
		return err
	}
	defer s.Close()
	desk, err := s.desk()
	if err != nil {
		return err
	}
	equal := true
	for _, id := range all {
		past, err := relay.LoadPast(s.ctx, s.Store, id)
		if errors.Is(err, store.ErrNotFound) {
			return Hint{err, "ticket show lists the decisions"} // not the status of one that differs
		}
		if err != nil {
			return storeHint(err)
		}
		out, err := desk.Replay(past)
		if err != nil {
			return err
		}
		equal = equal && out.Equal()
		if err := env.replayed(*asJSON, &past.Decision, out); err != nil {
			return err
		}
	}
	if !equal {
		return errFindings
	}
	return nil
}

func (env *Env) replayed(asJSON bool, d *store.Decision, out *relay.Replayed) error {
	if asJSON {
		return env.jsonLine(replayLine{d.ID, out.Notice.Number, d.Party, string(d.Kind), out.Equal(),
			append([]string{}, out.Cells...), append([]string{}, out.Outcome...), string(out.Message)})
	}
	word := env.paint(env.Stdout, green, "equal")
	if !out.Equal() {
		word = env.paint(env.Stdout, red, "different")
	}
	fmt.Fprintf(env.Stdout, "decision %d, %s of %s to %s: %s\n", d.ID, d.Kind, out.Notice.Number, printable(d.Party), word)
	fmt.Fprintf(env.Stdout, "  cells    %s\n", alike(len(out.Cells) == 0, "equal", fmt.Sprintf("%d differ", len(out.Cells))))
	for _, path := range out.Cells {
		fmt.Fprintf(env.Stdout, "           %s\n", printable(path))
	}
	fmt.Fprintf(env.Stdout, "  outcome  %s\n", alike(len(out.Outcome) == 0, "equal", printable(strings.Join(out.Outcome, "; "))))
	fmt.Fprintf(env.Stdout, "  message  %s\n", map[relay.Likeness]string{
		relay.MessageEqual: "equal to the byte, before sealing", relay.MessageDiffers: "different",
		relay.MessageNone: "none", relay.MessageOther: "not compared: the letters, our name or the way mails are written have changed since",
	}[out.Message])
	return nil
}

func alike(equal bool, yes, no string) string {
	if equal {
		return yes
	}
	return no
}
