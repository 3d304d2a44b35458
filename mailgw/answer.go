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

// answered notes in the situation that a recipient has answered, and how far
// that brings it.
func (c *acceptance) answered(ctx context.Context, s *relay.Situation, party *relay.Party) []store.Step {
	s.Only, s.Answer = party.ID, c.said()
	for i := range s.Known {
		k := &s.Known[i]
		step := store.Step{Party: party.ID, From: store.Stage(k.Stage), To: store.Stage(c.reached(party)), Kind: "reply", MailID: c.receipt.ID}
		if k.Party != party || !k.Stage.Before(c.reached(party)) {
			continue
		}
		if c.trusted {
			step.Kind = "signed-reply"
		}
		// A first word without a signature is an acknowledgement and no answer.
		s.Answer.Quiet = !c.trusted && k.Stage == disclosure.FirstContact
		k.Stage = disclosure.Stage(step.To)
		c.g.tell(ctx, "stage", "ticket", s.Number, "party", party.ID, "from", step.From, "to", step.To)
		return []store.Step{step}
	}
	return nil
}

// reached is the stage that this answer gives its sender (disclosure.md 1).
func (c *acceptance) reached(p *relay.Party) disclosure.Stage {
	if !c.trusted {
		return disclosure.Acknowledged
	}
	return p.Signed()
}

// said is what a recipient's answer says beside that it is one. Only under its
// signature, and by a block of conditions, does it allow us to name it.
func (c *acceptance) said() *relay.Answer {
	if !c.trusted {
		return &relay.Answer{Wants: disclosure.Asks(c.facts.Opened.Content.PlainText())}
	}
	text := c.facts.Opened.Text()
	own, found, err := disclosure.ParseConditions(text)
	if !found || err != nil {
		own = disclosure.Conditions{}
	}
	return &relay.Answer{
		Wants: disclosure.Asks(text),
		Named: own.Said(disclosure.KeyIdentity) && own.Identity == disclosure.Keep && own.Relay == disclosure.RelayYes,
	}
}
