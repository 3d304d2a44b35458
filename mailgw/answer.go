package mailgw

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"iodefgw/iodef"
	"iodefgw/relay"
	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// answer takes a mail without a document: a recipient that acknowledges, or a
// requester that says how its report may be passed on.
func (c *acceptance) answer(ctx context.Context) (Disposition, error) {
	if c.to.Party == "" || c.trusted && c.signer != c.to.Party || c.now.Parties.ByID(c.to.Party) == nil {
		// A good signature alone is no answer to anything: it is for a person.
		return c.g.end(ctx, c.receipt, nil, Verdict{Kind: c.facts.Kind, Class: ClassTrusted, Signer: c.verdict.Signer,
			Party: c.verdict.Party, Action: Hold, Reasons: append([]string{TagNoDocument}, c.verdict.Reasons...)})
	}
	for attempt := 1; ; attempt++ {
		change, err := c.reply(ctx)
		if err != nil {
			return "", err
		}
		done, err := c.carryOut(ctx, store.Acceptance{
			MailID: c.receipt.ID, Verdict: c.verdict, State: store.MailRecorded, Tickets: []store.TicketChange{*change},
		})
		if !errors.Is(err, store.ErrStale) || attempt == replans {
			return done, err
		}
	}
}

// reply plans what follows from an answer without a document.
func (c *acceptance) reply(ctx context.Context) (*store.TicketChange, error) {
	recipient, err := c.g.Store.RecipientByToken(ctx, c.to.Token)
	if err != nil {
		return nil, err
	}
	corr, err := c.g.Store.OnTicket(ctx, recipient.TicketID)
	if err != nil {
		return nil, err
	}
	party := c.now.Parties.ByID(recipient.Party)
	change := &store.TicketChange{Correlation: corr}
	s, err := c.situation(ctx, corr, nil)
	if err != nil {
		return nil, err
	}
	if recipient.Basis == relay.BasisRequester || c.speaks(s, party) {
		return c.consents(change, s, party)
	}
	steps := c.answered(s, party)
	plan, err := c.plan(s)
	if err != nil {
		return nil, err
	}
	change = changeOf(corr, plan)
	change.State, change.Steps = "", append(change.Steps, steps...)
	return change, nil
}

// speaks reports whether a party that is told about a ticket answers as one
// whose report is on it: under its signature, with conditions.
func (c *acceptance) speaks(s *relay.Situation, party *relay.Party) bool {
	if !c.trusted || !slices.ContainsFunc(slices.Concat(s.Reports, s.Answers), func(r *relay.Report) bool { return r.Party == party }) {
		return false
	}
	_, found, err := disclosure.ParseConditions(c.facts.Opened.Text())
	return found || err != nil
}

// reached is the stage that this answer gives its sender (disclosure.md 1).
func (c *acceptance) reached(p *relay.Party) disclosure.Stage {
	if !c.trusted {
		return disclosure.Acknowledged
	}
	return p.Signed()
}

// consents applies what a requester answered. Only its signature can loosen;
// what it says unsigned is kept for a person.
func (c *acceptance) consents(change *store.TicketChange, s *relay.Situation, requester *relay.Party) (*store.TicketChange, error) {
	text := c.facts.Opened.Content.PlainText()
	if !c.trusted {
		return c.stopped(change, s, requester, text)
	}
	text = c.facts.Opened.Text()
	said, found, err := disclosure.ParseConditions(text)
	if !found && err == nil {
		return change, nil
	}
	if found && said.Relay != disclosure.RelayNo && disclosure.Tightens(text) {
		// Words that say stop above a block that says go: a quoted one, perhaps.
		return c.stopped(change, s, requester, text)
	}
	if slices.ContainsFunc(s.Reports, func(r *relay.Report) bool { return r.Party == requester }) {
		s.Held = false // the requester has spoken, under its own signature
	}
	for _, list := range [][]*relay.Report{s.Answers, s.Reports} {
		for i, r := range list {
			if r.Party == requester {
				list[i] = r.Saying(text)
				s.Receipt = list[i]
			}
			list[i].Held = s.Held
		}
	}
	plan, err := c.plan(s)
	if err != nil {
		return nil, err
	}
	change = changeOf(change.Correlation, plan)
	change.Consents = []store.Consent{{Party: requester.ID, Conditions: text, MailID: c.receipt.ID}}
	return change, nil
}

// stopped takes an unsigned answer of a requester. It can loosen nothing; one
// that asks to stop holds the ticket and all that is queued for it, until the
// requester says under its signature how to go on.
func (c *acceptance) stopped(change *store.TicketChange, s *relay.Situation, requester *relay.Party, text string) (*store.TicketChange, error) {
	if !disclosure.Tightens(text) {
		return change, nil
	}
	s.Held, s.Quiet = true, true
	for _, r := range s.Reports {
		r.Held = true
		if r.Party == requester {
			s.Receipt = r
		}
	}
	plan, err := c.plan(s)
	if err != nil {
		return nil, err
	}
	return changeOf(change.Correlation, plan), nil
}

// load reads a ticket from the store as planning needs it. A stored document
// was read before it was accepted; that it can be read again is checked.
func (n *Snapshot) load(ctx context.Context, st *store.Store, ticketID int64, replaced func(*store.Report) bool, s *relay.Situation) error {
	rows, err := st.CurrentReports(ctx, ticketID)
	if err != nil {
		return err
	}
	consents, err := st.Consents(ctx, ticketID)
	if err != nil {
		return err
	}
	ticket, err := st.TicketByID(ctx, ticketID)
	if err != nil {
		return err
	}
	s.Held = ticket.State == store.TicketHeld
	for _, row := range rows {
		if replaced != nil && replaced(&row) {
			continue
		}
		p := n.Parties.ByID(row.Party)
		if p == nil {
			continue // a requester that is no longer registered grants nothing
		}
		doc, err := iodef.Parse(row.Document)
		if err != nil {
			return fmt.Errorf("read report %d again: %w", row.ID, err)
		}
		incidents := doc.Incidents()
		if row.Incident >= len(incidents) {
			return fmt.Errorf("read report %d again: its incident is gone", row.ID)
		}
		ev, err := evidenceFor(ctx, st, row.MailID)
		if err != nil {
			return err
		}
		var later []string
		for _, k := range consents {
			// What was said before this report speaks of an earlier one: the
			// conditions of the newer report stand (case 90).
			if k.Party == row.Party && k.MailID > row.MailID {
				later = append(later, k.Conditions)
			}
		}
		report := relay.NewReport(fmt.Sprint(row.ID), p, ev, doc, incidents[row.Incident], string(row.Digest), row.Conditions, later...)
		report.Held, report.Answer = s.Held, row.Answer
		if row.Answer {
			s.Answers = append(s.Answers, report)
			continue
		}
		s.Reports = append(s.Reports, report)
	}
	return n.loadRecipients(ctx, st, ticketID, s)
}

// evidenceFor says how a report came to be accepted. The mail is read from the
// list, which leaves its bytes where they are.
func evidenceFor(ctx context.Context, st *store.Store, mailID int64) (disclosure.Evidence, error) {
	mails, err := st.Mails(ctx, store.MailFilter{After: mailID - 1, Limit: 1})
	if err != nil || len(mails) == 0 || mails[0].ID != mailID {
		return disclosure.Unsigned, err
	}
	return evidenceOf(Class(mails[0].Signature), mails[0].Reasons), nil
}

func (n *Snapshot) loadRecipients(ctx context.Context, st *store.Store, ticketID int64, s *relay.Situation) error {
	recipients, err := st.Recipients(ctx, ticketID)
	if err != nil {
		return err
	}
	decisions, err := st.Decisions(ctx, ticketID, "")
	if err != nil {
		return err
	}
	for _, d := range decisions {
		if w, ok := relay.WrittenIn(d); ok {
			s.Written = append(s.Written, w)
		}
	}
	for _, r := range recipients {
		p := n.Parties.ByID(r.Party)
		if p == nil {
			continue
		}
		names, err := st.Pseudonyms(ctx, ticketID, r.Party)
		if err != nil {
			return err
		}
		known := relay.Recipient{Party: p, Stage: disclosure.Stage(r.Stage), Basis: r.Basis, Token: r.Token, Pseudonyms: names}
		if known.Sent, err = st.Told(ctx, ticketID, r.Party); err != nil {
			return err
		}
		s.Known = append(s.Known, known)
		if s.Told[r.Party], err = told(ctx, st, decisions, r.Party); err != nil {
			return err
		}
	}
	return nil
}

// told is all that a party was told, or will be by what is queued for it; see
// relay.Notice.Said. What was cancelled was not told.
func told(ctx context.Context, st *store.Store, decisions []store.Decision, party string) (string, error) {
	var said []string
	for _, d := range decisions {
		if d.Party != party || d.DeliveryID == 0 || relay.SaidIn(d) == "" {
			continue
		}
		delivery, err := st.DeliveryByID(ctx, d.DeliveryID)
		if err != nil {
			return "", err
		}
		if delivery.State != store.Cancelled {
			said = append(said, relay.SaidIn(d))
		}
	}
	return strings.Join(said, " "), nil
}
