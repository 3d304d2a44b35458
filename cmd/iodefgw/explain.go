package main

import (
	"errors"
	"fmt"
	"strings"

	"iodefgw/relay"
	"iodefgw/store"
)

// ticketExplain prints why each value of a ticket's reports may or may not go
// to a party, as it was decided then, and never a value that is withheld
// (disclosure.md 9).
func ticketExplain(env *Env, args []string) error {
	flags := flagSet()
	config := configFlag(env, flags)
	to := flags.String("to", "", "the `PARTY` that was told")
	stage := flags.String("stage", "", "the decision at this `STAGE`; without it the latest")
	asJSON := flags.Bool("json", false, "one JSON object per value")
	rest, err := parseN(flags, args, "NUMBER")
	if err != nil {
		return err
	}
	if *to == "" {
		return Hint{errors.New("-to is missing"), "ticket show lists the parties of a ticket"}
	}
	s, err := env.session(*config, reads)
	if err != nil {
		return err
	}
	defer s.Close()
	t, err := s.ticket(rest[0])
	if err != nil {
		return err
	}
	d, err := s.decision(t, *to, store.Stage(*stage))
	if err != nil {
		return err
	}
	cells, err := relay.ReadCells(d.Cells)
	if err != nil {
		return err
	}
	if *asJSON {
		for _, c := range cells {
			if err := env.jsonLine(c); err != nil {
				return err
			}
		}
		return nil
	}
	fmt.Fprintf(env.Stdout, "%s to %s at %s, decision %d of %s\n", t.Number, printable(d.Party), d.Stage, d.ID, moment(d.At))
	if d.Refusal != "" {
		fmt.Fprintf(env.Stdout, "nothing was sent: %s\n", printable(d.Refusal))
	} else {
		fmt.Fprintf(env.Stdout, "scan %s, twin %s, delivery %d\n", d.Scan, d.Twin, d.DeliveryID)
	}
	o, err := relay.OverrideIn(d)
	if err != nil {
		return err
	}
	if o != nil {
		fmt.Fprintf(env.Stdout, "an override, proposed by %s: %s\n", printable(o.Operator), printable(o.Why))
	}
	fmt.Fprintf(env.Stdout, "policy %.12s, parties %.12s\n", d.PolicyDigest, d.PartiesDigest)
	for _, c := range cells {
		env.printCell(c)
	}
	return nil
}

// decision finds the latest notice or answer decided for a party, at a stage if one is
// named.
func (s *session) decision(t store.Ticket, party string, stage store.Stage) (store.Decision, error) {
	all, err := s.Decisions(s.ctx, t.ID, party)
	if err != nil {
		return store.Decision{}, storeHint(err)
	}
	for i := len(all) - 1; i >= 0; i-- {
		if d := all[i]; (d.Kind == store.KindNotice || d.Kind == store.KindAnswer) && (stage == "" || d.Stage == stage) {
			return d, nil
		}
	}
	what := fmt.Sprintf("nothing was decided on %s for %q", t.Number, cut(party, 40))
	if stage != "" {
		what += fmt.Sprintf(" at %q", cut(string(stage), 40))
	}
	return store.Decision{}, Hint{refused("%s", what), "ticket show lists the decisions; redact shows what a stage would allow"}
}

func (env *Env) printCell(c relay.Cell) {
	action := env.paint(env.Stdout, actionStyle(c.Action), c.Action)
	fmt.Fprintf(env.Stdout, "\n%s   %s   %s   %s\n", printable(c.Path), c.Class, c.Owner, action)
	width := env.Width(env.Stdout)
	if width == 0 {
		width = 120
	}
	line := "  "
	for _, r := range c.Reasons {
		r = printable(r)
		if line != "  " && columns(line)+3+columns(r) > width {
			fmt.Fprintln(env.Stdout, line)
			line = "  "
		}
		if line == "  " {
			line += " " + r
		} else {
			line += " · " + r
		}
	}
	if strings.TrimSpace(line) != "" {
		fmt.Fprintln(env.Stdout, line)
	}
}

func actionStyle(action string) style {
	switch {
	case action == "keep" || action == "as-is":
		return green
	case action == "drop":
		return red
	}
	return yellow
}
