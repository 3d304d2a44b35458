package main

import (
	"errors"
	"fmt"

	"iodefgw/store"
)

// closedLine is a line of ticket close -json and ticket reopen -json.
type closedLine struct {
	Ticket   string `json:"ticket"`
	State    string `json:"state"`
	Operator string `json:"operator"`
}

// ticketClose ends tickets: nothing more is told on them, and after the time
// that the config says they are purged.
func ticketClose(env *Env, args []string) error {
	return env.eachNamed(args, func(s *session, t store.Ticket, why string) (store.TicketState, error) {
		if t.State == store.TicketClosed {
			return "", refused("ticket %s is closed", t.Number)
		}
		return store.TicketClosed, s.SetTicket(s.ctx, t.ID, t.State, store.TicketClosed, s.operator, why)
	}, "%s is closed; what was to tell somebody more is cancelled\n")
}

// ticketReopen opens closed tickets again. Nothing is told by that.
func ticketReopen(env *Env, args []string) error {
	return env.eachNamed(args, func(s *session, t store.Ticket, why string) (store.TicketState, error) {
		if !t.PurgedAt.IsZero() {
			return "", Hint{refused("ticket %s is purged; nothing is left of its reports", t.Number), "a new report opens a new ticket"}
		}
		if t.MergedInto != 0 {
			return "", refused("ticket %s is merged into %s", t.Number, s.numberOf(t.MergedInto))
		}
		return s.ReopenTicket(s.ctx, t.ID, s.operator, why)
	}, "%s is %s again; its recipients begin at first-contact, and ticket plan tells them\n")
}

// eachNamed does something to each ticket whose number is an argument, in the
// operator's name and with a reason.
func (env *Env) eachNamed(args []string, do func(s *session, t store.Ticket, why string) (store.TicketState, error), said string) error {
	flags := flagSet()
	config := configFlag(env, flags)
	why, asJSON := whyFlag(flags), flags.Bool("json", false, "one JSON object per ticket")
	rest, err := parse(flags, args)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return Hint{errors.New("NUMBER is missing"), "ticket list shows the numbers"}
	}
	if *why == "" {
		return errNoReason
	}
	s, err := env.session(*config, decides)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, number := range rest {
		t, err := s.ticket(number)
		if err != nil {
			return err
		}
		state, err := do(s, t, *why)
		if err != nil {
			return storeHint(err)
		}
		if *asJSON {
			err = env.jsonLine(closedLine{t.Number, string(state), s.operator})
		} else if state == store.TicketClosed {
			fmt.Fprintf(env.Stdout, said, t.Number)
		} else {
			fmt.Fprintf(env.Stdout, said, t.Number, state)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
