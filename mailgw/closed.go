package mailgw

import (
	"context"

	"iodefgw/relay"
	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// closed reports whether a ticket has ended.
func (c *acceptance) closed(ctx context.Context, corr store.Correlation) (bool, error) {
	if corr.New() || corr.Kind == store.CorrelationLinked { // nothing is linked to a closed one
		return false, nil
	}
	t, err := c.g.Store.TicketByID(ctx, corr.TicketID)
	return t.State == store.TicketClosed, err
}

// reopen is for a report that belongs to a closed ticket: an update of what it
// is about, or an answer with a document. The incident goes on, and so does the
// ticket, with the numbers that its requesters know and all that was told on it.
// Its recipients begin anew at the first stage.
func (c *acceptance) reopen(ctx context.Context, corr store.Correlation, s *relay.Situation) (bool, []store.Step, error) {
	closed, err := c.closed(ctx, corr)
	if err != nil || !closed {
		return false, nil, err
	}
	var steps []store.Step
	for i := range s.Known {
		if k := &s.Known[i]; k.Stage == disclosure.Closed {
			k.Stage = disclosure.FirstContact
			steps = append(steps, store.Step{Party: k.Party.ID, From: store.Closed, To: store.FirstContact, Kind: "reopened", MailID: c.receipt.ID})
		}
	}
	c.g.log().Info("reopened", "mail", c.receipt.ID, "ticket", corr.Number)
	return true, steps, nil
}
