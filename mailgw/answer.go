package mailgw

import (
	"context"
	"errors"
	"slices"

	"iodefgw/relay"
	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// answer takes a mail without a document: a recipient that acknowledges, or a
// requester that says how its report may be passed on.
func (c *acceptance) answer(ctx context.Context) (Disposition, error) {
	if !c.answersItself() {
		// A good signature alone, DKIM, or an operator's release is no answer to
		// anything: it is for a person.
		return c.g.end(ctx, c.receipt, nil, Verdict{Kind: c.facts.Kind, Class: ClassTrusted, Signer: c.verdict.Signer,
			Party: c.verdict.Party, Action: Hold, Reasons: append([]string{TagNoDocument}, c.verdict.Reasons...)})
	}
	for attempt := 1; ; attempt++ {
		changes, err := c.reply(ctx)
		if tag := waitsFor(err); tag != "" {
			// It moves nothing, and is not lost: a person looks at it.
			return c.g.end(ctx, c.receipt, nil, Verdict{Kind: c.facts.Kind, Class: Class(c.verdict.Signature), Signer: c.verdict.Signer,
				Party: c.verdict.Party, Action: Hold, Reasons: append([]string{tag}, c.verdict.Reasons...)})
		}
		if err != nil {
			return "", err
		}
		done, err := c.carryOut(ctx, store.Acceptance{MailID: c.receipt.ID, Verdict: c.verdict, State: store.MailRecorded, Tickets: changes})
		if !errors.Is(err, store.ErrStale) || attempt == replans {
			return done, err
		}
	}
}

// Errors of reply: the answer waits for a person.
var (
	errTicketClosed = errors.New("ticket is closed")
	errAutomatic    = errors.New("answered by a program")
)

// waitsFor is the tag of an answer that waits for a person; none for any other error.
func waitsFor(err error) string {
	switch {
	case errors.Is(err, errTicketClosed):
		return TagTicketClosed
	case errors.Is(err, errAutomatic):
		return TagAutomatic
	}
	return ""
}

// answersItself reports whether a mail to a party's token comes from that party:
// under its key, or from an address of its own.
func (c *acceptance) answersItself() bool {
	p := c.now.Parties.ByID(c.to.Party)
	if p == nil || c.trusted {
		return p != nil && c.signer == p.ID
	}
	return !c.facts.FromBad && len(c.facts.From) == 1 && p.Owns(c.facts.From[0].Addr)
}

// reply plans what follows from an answer without a document.
func (c *acceptance) reply(ctx context.Context) ([]store.TicketChange, error) {
	recipient, err := c.to, error(nil)
	if c.to.Token != "" {
		if recipient, err = c.g.Store.RecipientByToken(ctx, c.to.Token); err != nil {
			return nil, err
		}
	}
	corr, err := c.g.Store.OnTicket(ctx, recipient.TicketID)
	if err != nil {
		return nil, err
	}
	party := c.now.Parties.ByID(recipient.Party)
	s, err := c.situation(ctx, corr, nil)
	if err != nil {
		return nil, err
	}
	if recipient.Basis == relay.BasisRequester || c.speaks(s, party) {
		return c.word(ctx, corr, s, party)
	}
	closed, err := c.closed(ctx, corr)
	if err != nil {
		return nil, err
	}
	if closed {
		return nil, errTicketClosed
	}
	if c.facts.Automatic && !c.receipt.Released {
		return nil, errAutomatic // a ticket system signs too that it has a mail
	}
	steps := c.answered(ctx, s, party)
	plan, err := c.plan(ctx, s)
	if err != nil {
		return nil, err
	}
	change := changeOf(corr, plan)
	change.State, change.Steps = "", append(change.Steps, steps...)
	return []store.TicketChange{*change}, nil
}

// speaks reports whether a party that is told about a ticket answers as one
// whose report is on it: with conditions under its signature, or to stop.
func (c *acceptance) speaks(s *relay.Situation, party *relay.Party) bool {
	if !slices.ContainsFunc(slices.Concat(s.Reports, s.Answers), func(r *relay.Report) bool { return r.Party == party }) {
		return false
	}
	if !c.trusted {
		return disclosure.Tightens(c.facts.Opened.Content.PlainText())
	}
	text := c.facts.Opened.Text()
	_, found, err := disclosure.ParseConditions(text)
	return found || err != nil || disclosure.Tightens(text)
}

// reached is the stage that this answer gives its sender (disclosure.md 1).
func (c *acceptance) reached(p *relay.Party) disclosure.Stage {
	if !c.trusted {
		return disclosure.Acknowledged
	}
	return p.Signed()
}

// word takes what a requester says to its address on a ticket. The address was
// given to it for all of its reports there; of those that were split off since
// it knows nothing. While it has one on the ticket its word counts there, and
// grants nothing elsewhere; it may have been meant for those that have gone, so
// that they wait until it says how to go on to an address of theirs. When all
// have gone, it cannot have been about another: it counts where they are.
func (c *acceptance) word(ctx context.Context, corr store.Correlation, s *relay.Situation, requester *relay.Party) (all []store.TicketChange, err error) {
	here := corr.TicketID
	gone, err := c.g.Store.Offshoots(ctx, here, requester.ID)
	if err != nil {
		return nil, err
	}
	places := gone
	if len(gone) == 0 || slices.ContainsFunc(slices.Concat(s.Reports, s.Answers), func(r *relay.Report) bool { return r.Party == requester }) {
		places = append([]int64{here}, gone...)
	}
	for _, id := range places {
		take := c.consents
		if id != here {
			if corr, err = c.g.Store.OnTicket(ctx, id); err != nil {
				return nil, err
			}
			if s, err = c.situation(ctx, corr, nil); err != nil {
				return nil, err
			}
			if places[0] == here {
				take = c.stop
			}
		}
		change, err := take(ctx, &store.TicketChange{Correlation: corr}, s, requester)
		if err != nil {
			return nil, err
		}
		closed, err := c.closed(ctx, corr)
		if err != nil {
			return nil, err
		}
		if closed {
			change.State = "" // its word is kept, and counts if the ticket is opened again
		}
		if all = append(all, *change); len(change.Consents) == 0 {
			return all[:1], nil // it says nothing about its reports
		}
	}
	return all, nil
}

// consents applies what a requester answered. Only its signature can loosen;
// what it says unsigned is kept for a person.
func (c *acceptance) consents(ctx context.Context, change *store.TicketChange, s *relay.Situation, requester *relay.Party) (*store.TicketChange, error) {
	text := c.facts.Opened.Content.PlainText()
	if !c.trusted {
		return c.stopped(ctx, change, s, requester, text)
	}
	text = c.facts.Opened.Text()
	said, found, err := disclosure.ParseConditions(text)
	switch {
	case !found && err == nil:
		return c.stopped(ctx, change, s, requester, text) // prose grants nothing; it can stop
	case c.to.Token == "" && (err != nil || !said.Said(disclosure.KeyRelay) || said.Relay == disclosure.RelayYes):
		// Without its token it cannot loosen, and these might: it is asked, by a
		// mail with a token to answer to.
		return c.stop(ctx, change, s, requester)
	case err == nil && said.Contradicts(text):
		// Words that say stop above a block that says go: a quoted one, perhaps.
		return c.stop(ctx, change, s, requester)
	case err == nil && said.Relay == disclosure.RelayYes && slices.Contains(s.Stopped, requester.ID) && !c.since(s.LastStop):
		return c.stop(ctx, change, s, requester)
	}
	meant, whole := c.meant(s, requester, err == nil && said.Relay == disclosure.RelayYes)
	if len(meant) == 0 && !whole {
		return c.stop(ctx, change, s, requester)
	}
	another := func(id string) bool { return id != requester.ID }
	if slices.ContainsFunc(s.Reports, func(r *relay.Report) bool { return r.Party == requester }) && !slices.ContainsFunc(s.Stopped, another) && whole {
		s.Held = false // who asked to stop has spoken, under its own signature
	}
	for _, list := range [][]*relay.Report{s.Answers, s.Reports} {
		for i, r := range list {
			if r.Party == requester && (whole || slices.Contains(meant, r.Row)) {
				s.Less = s.Less || err != nil || said.Less(r.Conditions)
				list[i] = r.Saying(text)
				s.Receipt = list[i]
			}
		}
	}
	s.Hold()
	plan, err := c.plan(ctx, s)
	if err != nil {
		return nil, err
	}
	change = changeOf(change.Correlation, plan)
	if whole {
		meant = []int64{0}
	}
	for _, row := range meant {
		change.Consents = append(change.Consents, store.Consent{Party: requester.ID, ReportID: row, Conditions: text, MailID: c.receipt.ID})
	}
	return change, nil
}

// stopped takes an answer of a requester that is not signed, or holds no
// conditions. It can loosen nothing; one that asks to tell less holds the ticket
// and all that is queued for it, until the requester says under its signature
// how to go on.
func (c *acceptance) stopped(ctx context.Context, change *store.TicketChange, s *relay.Situation, requester *relay.Party, text string) (*store.TicketChange, error) {
	if !disclosure.Tightens(text) {
		return change, nil
	}
	return c.stop(ctx, change, s, requester)
}

// stop holds a ticket in the name of a requester, who is asked once how to go on.
func (c *acceptance) stop(ctx context.Context, change *store.TicketChange, s *relay.Situation, requester *relay.Party) (*store.TicketChange, error) {
	again := slices.Contains(s.Stopped, requester.ID)
	s.Held, s.Quiet, s.Stopped, s.Less = true, true, append(s.Stopped, requester.ID), c.trusted
	for _, r := range s.Reports {
		r.Held = true
		if r.Party == requester && !again {
			s.Receipt = r
		}
	}
	plan, err := c.plan(ctx, s)
	if err != nil {
		return nil, err
	}
	change = changeOf(change.Correlation, plan)
	change.Consents = []store.Consent{{Party: requester.ID, Conditions: store.AskedToStop, MailID: c.receipt.ID}}
	return change, nil
}

// tellings looks up what was told of a requester's reports on a ticket. Where
// that does not come out, the letter claims nothing, and no ticket waits for it.
func (c *acceptance) tellings(ctx context.Context, corr store.Correlation) func(string) ([]relay.Telling, bool) {
	return func(requester string) ([]relay.Telling, bool) {
		ticket, err := c.g.Store.TicketByID(ctx, corr.TicketID)
		if err == nil {
			var told []relay.Telling
			if told, err = c.now.Relay.Tellings(ctx, c.g.Store, ticket, requester); err == nil {
				return told, true
			}
		}
		c.g.log().Warn("no statement", "ticket", corr.Number, "party", requester, "err", err)
		return nil, false
	}
}

// allowed are the conditions of a report that is replaced: its own, or what was
// said of it since.
func (c *acceptance) allowed(ctx context.Context, stored *store.Report) (*disclosure.Conditions, error) {
	consents, err := c.g.Store.Consents(ctx, stored.TicketID)
	text := stored.Conditions
	for _, k := range consents {
		if k.Party == stored.Party && k.MailID > stored.MailID && k.Conditions != store.AskedToStop && (k.ReportID == 0 || k.ReportID == stored.ID) {
			text = k.Conditions
		}
	}
	said, found, bad := disclosure.ParseConditions(text)
	if !found || bad != nil {
		return nil, err
	}
	return &said, err
}
