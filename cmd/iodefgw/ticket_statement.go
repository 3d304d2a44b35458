package main

import (
	"errors"
	"fmt"
	"strings"

	"iodefgw/relay"
	"iodefgw/store"
)

// statementLine is the line of ticket statement -json.
type statementLine struct {
	Ticket string          `json:"ticket"`
	Party  string          `json:"party"`
	Told   []relay.Telling `json:"told"`
	Sent   int64           `json:"delivery,omitempty"`
}

// ticketStatement prints, and on demand sends, which class of recipient was
// told which class of thing of a requester's reports, and when.
func ticketStatement(env *Env, args []string) error {
	flags := flagSet()
	config := configFlag(env, flags)
	id := flags.String("party", "", "the `PARTY` whose reports it is about")
	send := flags.Bool("send", false, "queue it as a mail to the party")
	asJSON := flags.Bool("json", false, "one JSON object")
	rest, err := parseN(flags, args, "NUMBER")
	if err != nil {
		return err
	}
	if *id == "" {
		return Hint{errors.New("-party is missing"), "ticket show lists the reports of a ticket and whose they are"}
	}
	a := reads
	if *send {
		a = decides
	}
	s, err := env.session(*config, a)
	if err != nil {
		return err
	}
	defer s.Close()
	t, err := s.ticket(rest[0])
	if err != nil {
		return err
	}
	if t.MergedInto != 0 { // its reports are there
		if t, err = s.TicketByID(s.ctx, t.MergedInto); err != nil {
			return storeHint(err)
		}
	}
	reports, err := s.Reports(s.ctx, t.ID)
	if err != nil {
		return storeHint(err)
	}
	own := false
	for _, r := range reports {
		own = own || r.Party == *id && !r.Answer
	}
	if !own {
		return Hint{refused("no report of %q is on %s", cut(*id, 40), t.Number), "ticket show lists the reports and whose they are"}
	}
	desk, err := s.desk()
	if err != nil {
		return err
	}
	line := statementLine{Ticket: t.Number, Party: *id}
	if line.Told, err = desk.Tellings(s.ctx, s.Store, t, *id); err != nil {
		return err
	}
	if *send {
		if line.Sent, err = s.sendStatement(t, *id, line.Told); err != nil {
			return err
		}
	}
	if *asJSON {
		line.Told = append([]relay.Telling{}, line.Told...)
		return env.jsonLine(line)
	}
	env.printStatement(line)
	return nil
}

// sendStatement queues the statement in an operator's name.
func (s *session) sendStatement(t store.Ticket, id string, told []relay.Telling) (int64, error) {
	now, err := s.snapshot()
	if err != nil {
		return 0, err
	}
	party := now.Parties.ByID(id)
	if party == nil {
		return 0, Hint{refused("party %q is not registered", cut(id, 40)), "party list shows the parties"}
	}
	situation, err := now.Situation(s.ctx, s.Store, t.ID)
	if err != nil {
		return 0, err
	}
	plan, err := now.Relay.Statement(&situation.Ticket, party, told, now.Parties, now.Digests, s.env.Now())
	if err != nil {
		return 0, err
	}
	if n := plan.Notices[0]; n.Refusal != "" {
		return 0, Hint{refused("the statement may not go to %s: %s", id, n.Refusal), strings.Join(n.Leaks, "; ")}
	}
	corr, err := s.OnTicket(s.ctx, t.ID)
	if err != nil {
		return 0, storeHint(err)
	}
	done, err := s.Accept(s.ctx, store.Acceptance{Actor: s.operator, Verb: "statement",
		Tickets: []store.TicketChange{{Correlation: corr, Decisions: plan.Decisions}}})
	if err != nil {
		return 0, storeHint(err)
	}
	return done[0].DeliveryIDs[0], nil
}

func (env *Env) printStatement(l statementLine) {
	fmt.Fprintf(env.Stdout, "told of what %s reported on %s\n", printable(l.Party), l.Ticket)
	rows := [][]string{{"WHEN", "TO", "WHAT"}}
	for _, t := range l.Told {
		to := string(t.Class)
		if t.Perhaps {
			to += " (perhaps)"
		}
		if t.Override {
			to += " (override)"
		}
		rows = append(rows, []string{moment(t.At), to, strings.Join(t.Things, ", ")})
	}
	if len(l.Told) == 0 {
		fmt.Fprintln(env.Stdout, "nothing, to nobody")
	}
	env.block(rows)
	if l.Sent != 0 {
		fmt.Fprintf(env.Stdout, "\nqueued to %s as delivery %d\n", printable(l.Party), l.Sent)
	}
}
