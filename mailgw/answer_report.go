package mailgw

import (
	"context"

	"iodefgw/relay"
	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// correlate finds the ticket of an incident. A signed document that a recipient
// sends to the address of its own on a ticket answers what it was told there,
// whatever else it is like.
func (c *acceptance) correlate(ctx context.Context, i int, row *store.NewReport) (store.Correlation, error) {
	if c.answers {
		corr, err := c.g.Store.OnTicket(ctx, c.to.TicketID)
		if err != nil {
			return corr, err
		}
		own, err := c.ownReport(ctx, corr.TicketID, row)
		if err != nil {
			return corr, err
		}
		if !own {
			row.Answer, row.Sources = true, nil // it ties no other report to the ticket
			return corr, nil
		}
	}
	return c.g.Store.Correlate(ctx, store.Keys{
		MailID: c.receipt.ID, Incident: i, Party: row.Party, IncidentName: row.IncidentName, IncidentID: row.IncidentID,
		Sources: row.Sources, At: row.At, Window: c.g.Window,
	})
}

// ownReport reports whether the sender, a recipient on the ticket and a
// requester too, brings its own report up to date.
func (c *acceptance) ownReport(ctx context.Context, ticketID int64, row *store.NewReport) (bool, error) {
	stored, err := c.g.Store.CurrentReports(ctx, ticketID)
	if err != nil {
		return false, err
	}
	for i := range stored {
		if sameIncident(row, &stored[i].NewReport) && !stored[i].Answer {
			return true, nil
		}
	}
	return false, nil
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
