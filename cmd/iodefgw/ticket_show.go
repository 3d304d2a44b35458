package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"iodefgw/store"
)

// ticketShow prints a ticket with its reports, recipients and decisions, and on
// demand the stored mail of a report.
func ticketShow(env *Env, args []string) error {
	flags := flagSet()
	config := configFlag(env, flags)
	asJSON := flags.Bool("json", false, "one JSON object")
	raw := flags.Int64("raw", 0, "print the stored mail of report `ID`, escaped on a terminal, byte for byte on a pipe")
	rest, err := parseN(flags, args, "NUMBER")
	if err != nil {
		return err
	}
	a := reads
	if *raw != 0 {
		a = decides // the original is for operators
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
	l, err := s.ticketLine(t)
	if err != nil {
		return err
	}
	if *raw != 0 {
		for _, r := range l.Reports {
			if r.ID == *raw {
				m, err := s.MailByID(s.ctx, r.MailID)
				if err != nil {
					return storeHint(err)
				}
				return env.writeOriginal(m.Raw)
			}
		}
		return refused("ticket %s has no report %d", t.Number, *raw)
	}
	decisions, err := s.Decisions(s.ctx, t.ID, "")
	if err != nil {
		return storeHint(err)
	}
	for _, d := range decisions {
		l.Decisions = append(l.Decisions, decisionLine{d.ID, d.Party, string(d.Kind), string(d.Stage), d.Refusal, d.Scan, d.Twin, d.DeliveryID, d.At.UTC()})
	}
	deliveries, err := s.Deliveries(s.ctx, store.DeliveryFilter{TicketID: t.ID, Limit: 1000})
	if err != nil {
		return storeHint(err)
	}
	for _, d := range deliveries {
		line := newDeliveryLine(d)
		if line.Override, err = s.overrideOf(d); err != nil {
			return err
		}
		l.Deliveries = append(l.Deliveries, line)
	}
	if *asJSON {
		return env.jsonLine(l)
	}
	env.printTicket(l)
	return nil
}

// ticket finds a ticket by our number or by its digits alone.
func (s *session) ticket(number string) (store.Ticket, error) {
	if n, err := strconv.ParseUint(number, 10, 32); err == nil {
		number = fmt.Sprintf("%s#%08d", s.config.Gateway.TicketPrefix, n)
	}
	t, err := s.TicketByNumber(s.ctx, number)
	if errors.Is(err, store.ErrNotFound) {
		return t, Hint{refused("no ticket %q", cut(number, 40)), "ticket list shows them; -reference finds the numbers of others"}
	}
	return t, storeHint(err)
}

func (env *Env) printTicket(l ticketLine) {
	fmt.Fprintf(env.Stdout, "ticket     %s, %s\nopened     %s\nupdated    %s\n", l.Number, l.State, moment(l.Opened), moment(l.Updated))
	for _, tie := range l.tied() {
		fmt.Fprintf(env.Stdout, "tied       %s\n", tie)
	}
	for _, r := range l.References {
		fmt.Fprintf(env.Stdout, "reference  %s (%s)\n", printable(r.Number), printable(r.Party))
	}
	rows := [][]string{{"REPORT", "PARTY", "IODEF", "CURRENT", "CONDITIONS", "ACCEPTED", "SHA256", "NUMBER"}}
	for _, r := range l.Reports {
		rows = append(rows, []string{strconv.FormatInt(r.ID, 10), r.Party, r.Version, yesNo(r.Current), r.Conditions, moment(r.Accepted), r.SHA256, r.Number})
	}
	env.block(rows)
	for _, r := range l.Reports {
		if r.Suggests != "" {
			fmt.Fprintf(env.Stdout, "report %d holds no conditions; its prose sounds like %s, which grants nothing: a signed line \"conditions: %s\" would\n", r.ID, r.Suggests, r.Suggests)
		}
	}
	rows = [][]string{{"RECIPIENT", "STAGE", "FOUND BY", "STEPS"}}
	for _, r := range l.Recipients {
		var steps []string
		for _, e := range r.Steps {
			steps = append(steps, fmt.Sprintf("%s by %s", e.To, e.Kind))
		}
		rows = append(rows, []string{r.Party, r.Stage, r.Basis, strings.Join(steps, ", ")})
	}
	env.block(rows)
	rows = [][]string{{"DECISION", "PARTY", "KIND", "STAGE", "OUTCOME", "SCAN", "TWIN", "DELIVERY"}}
	for _, d := range l.Decisions {
		outcome, delivery := "told", ""
		if d.Refusal != "" {
			outcome = d.Refusal
		}
		for _, v := range l.Deliveries {
			if v.ID == d.Delivery {
				if v.Override != nil {
					outcome = "override"
				}
				delivery = strings.TrimSpace(fmt.Sprintf("%d %s %s", v.ID, v.State, v.Reason))
			}
		}
		rows = append(rows, []string{strconv.FormatInt(d.ID, 10), d.Party, d.Kind, d.Stage, outcome, d.Scan, d.Twin, delivery})
	}
	env.block(rows)
}

// block prints a table after an empty line, and nothing for no rows.
func (env *Env) block(rows [][]string) {
	if len(rows) > 1 {
		fmt.Fprintln(env.Stdout)
		env.table(rows)
	}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func appendNew(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}
