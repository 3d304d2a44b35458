package main

import (
	"errors"
	"flag"
	"fmt"
	"strconv"
	"strings"

	"iodefgw/mailgw"
	"iodefgw/store"
)

// movedLine is the line of ticket merge -json and ticket split -json.
type movedLine struct {
	From      string  `json:"from"`
	Into      string  `json:"into"`
	Reports   []int64 `json:"reports"`
	Withdrawn []int64 `json:"withdrawn"` // messages that were to tell something and are cancelled
	Operator  string  `json:"operator"`
}

// ticketMerge makes two tickets one, of which the second goes on.
func ticketMerge(env *Env, args []string) error {
	flags := flagSet()
	why, asJSON := whyFlag(flags), flags.Bool("json", false, "one JSON object")
	s, rest, err := env.open(flags, args, decides, "FROM", "INTO")
	if err != nil {
		return err
	}
	defer s.Close()
	if *why == "" {
		return errNoReason
	}
	from, err := s.ticket(rest[0])
	if err != nil {
		return err
	}
	into, err := s.ticket(rest[1])
	if err != nil {
		return err
	}
	moved, err := s.Merge(s.ctx, from, into, s.operator, *why)
	if err != nil {
		return storeHint(err)
	}
	return s.moved(*asJSON, "merged", from, moved)
}

// ticketSplit gives reports of a ticket a ticket of their own.
func ticketSplit(env *Env, args []string) error {
	flags := flagSet()
	var chosen idList
	flags.Var(&chosen, "report", "a report's `ID`, as ticket show lists them; once for each that goes")
	why, asJSON := whyFlag(flags), flags.Bool("json", false, "one JSON object")
	s, rest, err := env.open(flags, args, decides, "NUMBER")
	if err != nil {
		return err
	}
	defer s.Close()
	if len(chosen) == 0 {
		return Hint{errors.New("-report is missing"), "ticket show lists the reports of a ticket"}
	}
	if *why == "" {
		return errNoReason
	}
	from, err := s.ticket(rest[0])
	if err != nil {
		return err
	}
	reports, err := s.Reports(s.ctx, from.ID)
	if err != nil {
		return storeHint(err)
	}
	sources, err := mailgw.Sources(reports)
	if err != nil {
		return err
	}
	moved, err := s.Split(s.ctx, from, chosen, sources, s.operator, *why)
	if err != nil {
		return storeHint(err)
	}
	return s.moved(*asJSON, "split", from, moved)
}

func (s *session) moved(asJSON bool, done string, from store.Ticket, m store.Moved) error {
	if asJSON {
		return s.env.jsonLine(movedLine{from.Number, m.Number, append([]int64{}, m.Reports...), append([]int64{}, m.Withdrawn...), s.operator})
	}
	fmt.Fprintf(s.env.Stdout, "%s is %s into %s; reports %s are there now\n", from.Number, done, m.Number, idsText(m.Reports))
	if len(m.Withdrawn) > 0 {
		fmt.Fprintf(s.env.Stdout, "not to be sent any more: deliveries %s\n", idsText(m.Withdrawn))
	}
	fmt.Fprintf(s.env.Stderr, "hint: nothing is told by this; the next mail plans, or ticket plan '%s'\n", m.Number)
	return nil
}

// plannedLine is the line of ticket plan -json.
type plannedLine struct {
	Ticket     string  `json:"ticket"`
	Deliveries []int64 `json:"deliveries"`
	Operator   string  `json:"operator"`
}

// ticketPlan decides anew what a ticket's recipients may be told, as a mail on
// it would.
func ticketPlan(env *Env, args []string) error {
	flags := flagSet()
	asJSON := flags.Bool("json", false, "one JSON object")
	s, rest, err := env.open(flags, args, decides, "NUMBER")
	if err != nil {
		return err
	}
	defer s.Close()
	t, err := s.ticket(rest[0])
	if err != nil {
		return err
	}
	if t.MergedInto != 0 {
		return refused("ticket %s is merged into %s", t.Number, s.numberOf(t.MergedInto))
	}
	if t.State == store.TicketClosed {
		return refused("ticket %s is closed", t.Number)
	}
	now, err := s.snapshot()
	if err != nil {
		return err
	}
	g := &mailgw.Gateway{Store: s.Store, Now: env.Now}
	g.Use(now)
	made, err := g.PlanTicket(s.ctx, t.ID, s.operator)
	if err != nil {
		return storeHint(err)
	}
	if *asJSON {
		return env.jsonLine(plannedLine{t.Number, append([]int64{}, made...), s.operator})
	}
	if len(made) == 0 {
		fmt.Fprintf(env.Stdout, "nothing new is to be told on %s\n", t.Number)
		return nil
	}
	fmt.Fprintf(env.Stdout, "%s: deliveries %s; queue list shows which wait for an approval\n", t.Number, idsText(made))
	return nil
}

// numberOf is the number of a ticket that another refers to.
func (s *session) numberOf(id int64) string {
	t, err := s.TicketByID(s.ctx, id)
	if err != nil {
		return "ticket/" + strconv.FormatInt(id, 10) // fsck tells of it
	}
	return t.Number
}

var errNoReason = Hint{errors.New("-why is missing"), "say why, for the audit"}

func whyFlag(flags *flag.FlagSet) *string {
	return flags.String("why", "", "the `REASON`, for the audit")
}

// idList is a flag that may be given more than once.
type idList []int64

func (l *idList) String() string { return idsText(*l) }

func (l *idList) Set(text string) error {
	all, err := ids([]string{text})
	*l = append(*l, all...)
	return err
}

func idsText(all []int64) string {
	var words []string
	for _, id := range all {
		words = append(words, strconv.FormatInt(id, 10))
	}
	return strings.Join(words, ", ")
}
