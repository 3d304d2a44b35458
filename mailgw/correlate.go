package mailgw

import (
	"context"

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
