package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"iodefgw/mailgw/message"
	"iodefgw/relay"
	"iodefgw/store"
)

func runQueue(env *Env, args []string) error {
	return runVerb(env, args, verb{"list", queueList}, verb{"show", queueShow}, verb{"approve", queueApprove},
		verb{"retry", operatorVerb("delivery", "queued again", (*store.Store).Retry)},
		verb{"cancel", operatorVerb("delivery", "cancelled", (*store.Store).Cancel)},
		verb{"hold", queueWhole("the queue is held", (*store.Store).HoldQueue)},
		verb{"resume", queueWhole("the queue runs again", (*store.Store).ReleaseQueue)})
}

// deliveryLine is a message of the queue as queue list and queue show print it.
type deliveryLine struct {
	ID        int64         `json:"id"`
	Ticket    string        `json:"ticket"`
	Party     string        `json:"party"`
	Kind      string        `json:"kind"`
	Stage     string        `json:"stage"`
	State     string        `json:"state"`
	Reason    string        `json:"reason,omitempty"`
	To        string        `json:"to"`
	MessageID string        `json:"message_id"`
	SHA256    string        `json:"sha256"`
	Size      int64         `json:"size"`
	Needed    int           `json:"approvals_needed"`
	Given     int           `json:"approvals_given"`
	Approved  []string      `json:"approved_by,omitempty"`
	Attempts  int           `json:"attempts"`
	Next      *time.Time    `json:"next"`
	Created   time.Time     `json:"created"`
	Tries     []attemptLine `json:"tries,omitempty"`
	Cells     []relay.Cell  `json:"cells,omitempty"`
	Clears    string        `json:"clears,omitempty"`   // of one that waits for a person: what to do
	Decision  int64         `json:"decision,omitempty"` // of one that was not made, which has no id
	Override  *overrideInfo `json:"override,omitempty"`
	Text      string        `json:"text,omitempty"`
	Document  string        `json:"document,omitempty"`
}

// attemptLine is one try at a delivery.
type attemptLine struct {
	N       int        `json:"n"`
	Started time.Time  `json:"started"`
	Ended   *time.Time `json:"ended"`
	Outcome string     `json:"outcome"`
	Code    int        `json:"code"`
	Reply   string     `json:"reply"`
}

func newDeliveryLine(d store.Delivery) deliveryLine {
	return deliveryLine{ID: d.ID, Ticket: d.Number, Party: d.Party, Kind: string(d.Kind), Stage: string(d.Stage),
		State: string(d.State), Reason: d.Reason, Clears: clears(d.State, d.Reason, d.Number, d.Party), To: d.To, MessageID: d.MessageID, SHA256: string(d.Digest), Size: d.Size,
		Needed: d.Approvals, Given: d.Approved, Attempts: d.Attempts, Next: timeOrNil(d.NextAt), Created: d.Created.UTC()}
}

func queueList(env *Env, args []string) error {
	flags := flagSet()
	state := flags.String("state", "", "only messages in this `STATE`, such as awaiting-approval, failed or refused")
	party := flags.String("party", "", "only messages to this `PARTY`")
	all := flags.Bool("all", false, "those sent and cancelled too")
	asJSON := flags.Bool("json", false, "one JSON object per message")
	s, _, err := env.open(flags, args, reads)
	if err != nil {
		return err
	}
	defer s.Close()
	if why, err := s.QueueHeld(s.ctx); err != nil {
		return storeHint(err)
	} else if why != "" {
		fmt.Fprintf(env.Stderr, "the whole queue is held: %s\nhint: queue resume lets it run\n", printable(why))
	}
	filter := store.DeliveryFilter{State: store.DeliveryState(*state), Party: *party}
	out := env.listing(*asJSON, "ID", "TICKET", "PARTY", "KIND", "STAGE", "STATE", "APPROVED", "TRIES", "NEXT")
	for d, err := range paged(func() ([]store.Delivery, error) { return s.Deliveries(s.ctx, filter) }) {
		if err != nil {
			return err
		}
		filter.After = d.ID
		if over := d.State == store.Sent || d.State == store.Cancelled; over && !*all && *state == "" {
			continue
		}
		shown := string(d.State)
		if d.State == store.HeldBack && d.Reason != "" {
			shown += ": " + d.Reason
		}
		l, kind := newDeliveryLine(d), string(d.Kind)
		if l.Override, err = s.overrideOf(d); err != nil {
			return err
		}
		if l.Override != nil {
			kind += ", override"
		}
		if err := out.add(l, strconv.FormatInt(d.ID, 10), d.Number, d.Party, kind, string(d.Stage), shown,
			fmt.Sprintf("%d of %d", d.Approved, d.Approvals), strconv.Itoa(d.Attempts), moment(d.NextAt)); err != nil {
			return err
		}
	}
	if *state == "" || *state == stateRefused {
		if err := s.listRefused(out, *party); err != nil {
			return err
		}
	}
	out.end()
	return nil
}

// queueShow shows what goes out, and beside it what came in: each value of the
// report by its place, class and owner, with what became of it. The values that
// are withheld are nowhere in it.
func queueShow(env *Env, args []string) error {
	flags := flagSet()
	config := configFlag(env, flags)
	asJSON := flags.Bool("json", false, "one JSON object")
	mail := flags.Bool("mail", false, "print the whole mail as it goes out, before encryption")
	rest, err := parseN(flags, args, "ID")
	if err != nil {
		return err
	}
	id, err := ids(rest)
	if err != nil {
		return err
	}
	s, err := env.session(*config, reads)
	if err != nil {
		return err
	}
	defer s.Close()
	d, err := s.DeliveryByID(s.ctx, id[0])
	if err != nil {
		return storeHint(err)
	}
	plain := d.Plain
	if plain == nil {
		plain = d.Bytes
	}
	if *mail {
		return env.writeOriginal(plain)
	}
	l := newDeliveryLine(d)
	if err := s.fill(&l, d, plain); err != nil {
		return err
	}
	if *asJSON {
		return env.jsonLine(l)
	}
	env.printDelivery(l)
	return nil
}

// fill adds approvals, attempts, cells and the text of a message.
func (s *session) fill(l *deliveryLine, d store.Delivery, plain []byte) error {
	approvals, err := s.Approvals(s.ctx, d.ID)
	if err != nil {
		return storeHint(err)
	}
	for _, a := range approvals {
		l.Approved = append(l.Approved, a.Operator)
	}
	attempts, err := s.Attempts(s.ctx, d.ID)
	if err != nil {
		return storeHint(err)
	}
	for _, a := range attempts {
		l.Tries = append(l.Tries, attemptLine{a.N, a.Started.UTC(), timeOrNil(a.Ended), string(a.Outcome), a.Reply.Code, a.Reply.Text})
	}
	decision, err := s.DecisionByID(s.ctx, d.DecisionID)
	if err != nil {
		return storeHint(err)
	}
	if l.Cells, err = relay.ReadCells(decision.Cells); err != nil {
		return err
	}
	o, err := relay.OverrideIn(decision)
	if err != nil {
		return err
	}
	l.Override = newOverrideInfo(o)
	m := message.Parse(plain)
	l.Text = m.Root.PlainText()
	for _, doc := range message.Documents(m.Root) {
		l.Document = string(doc.Bytes)
	}
	return nil
}

func (env *Env) printDelivery(l deliveryLine) {
	fmt.Fprintf(env.Stdout, "delivery   %d, %s for ticket %s to %s <%s>\nstage      %s\nstate      %s", l.ID, l.Kind, l.Ticket, printable(l.Party), printable(l.To), l.Stage, l.State)
	if l.Reason != "" {
		fmt.Fprintf(env.Stdout, " (%s)", printable(l.Reason))
	}
	fmt.Fprintf(env.Stdout, "\napproved   %d of %d", l.Given, l.Needed)
	if len(l.Approved) > 0 {
		fmt.Fprintf(env.Stdout, ", by %s", printable(strings.Join(l.Approved, ", ")))
	}
	fmt.Fprintf(env.Stdout, "\nsha256     %s\n", l.SHA256)
	env.printOverride(l.Override, l.Cells)
	if l.Clears != "" {
		fmt.Fprintf(env.Stdout, "to do      %s\n", printable(l.Clears))
	}
	for _, a := range l.Tries {
		fmt.Fprintf(env.Stdout, "attempt    %d, %s, %s %d %s\n", a.N, moment(a.Started), a.Outcome, a.Code, printable(a.Reply))
	}
	env.cells(l.Cells)
	env.section("the text that goes out", l.Text)
	env.section("the document that goes out", l.Document)
}

// section prints a text of several lines under a heading, escaped.
func (env *Env) section(heading, text string) {
	if text == "" {
		return
	}
	fmt.Fprintf(env.Stdout, "\n%s\n", env.paint(env.Stdout, bold, "--- "+heading))
	for line := range strings.SplitSeq(strings.TrimRight(text, "\r\n"), "\n") {
		fmt.Fprintln(env.Stdout, printable(strings.TrimSuffix(line, "\r")))
	}
}

// queueApprove is an operator's yes to messages as they stand.
func queueApprove(env *Env, args []string) error {
	flags := flagSet()
	digest := flags.String("sha256", "", "approve only bytes with this digest, or `PREFIX` of one, as queue show prints it")
	asJSON := flags.Bool("json", false, "one JSON object per delivery")
	s, all, err := env.openIDs(flags, args, decides)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, id := range all {
		d, err := s.DeliveryByID(s.ctx, id)
		if err != nil {
			return storeHint(err)
		}
		if !strings.HasPrefix(string(d.Digest), strings.ToLower(*digest)) {
			return Hint{refused("delivery %d has other bytes than those looked at", id), "queue show " + strconv.FormatInt(id, 10)}
		}
		given, err := s.Approvals(s.ctx, id)
		if err != nil {
			return storeHint(err)
		}
		for _, a := range given {
			if a.Operator == s.operator && d.State == store.AwaitingApproval {
				return Hint{refused("delivery %d: %s has approved it already", id, s.operator), "four eyes are two operators"}
			}
		}
		if d, err = s.Approve(s.ctx, id, s.operator, d.Digest); err != nil {
			return storeHint(err)
		}
		done := fmt.Sprintf("approved by %s; %s", s.operator, d.State)
		if left := d.Approvals - d.Approved; left > 0 {
			done = fmt.Sprintf("approved by %s; %d more must look", s.operator, left)
		}
		if err := env.acted(*asJSON, actLine{"delivery", id, done, s.operator}); err != nil {
			return err
		}
	}
	return nil
}

// queueWhole is an operator's act on the queue as a whole.
func queueWhole(done string, act func(s *store.Store, ctx context.Context, operator, why string) error) func(*Env, []string) error {
	return func(env *Env, args []string) error {
		flags := flagSet()
		config := configFlag(env, flags)
		why := flags.String("why", "", "the `REASON`, for the audit")
		if _, err := parseN(flags, args); err != nil {
			return err
		}
		if *why == "" {
			return Hint{errors.New("-why is missing"), "say why, for the audit"}
		}
		s, err := env.session(*config, decides)
		if err != nil {
			return err
		}
		defer s.Close()
		if err := act(s.Store, s.ctx, s.operator, *why); err != nil {
			return storeHint(err)
		}
		fmt.Fprintln(env.Stdout, done)
		return nil
	}
}
