package store

import (
	"context"
	"fmt"
)

// keySource is the kind of ticket_key rows that hold an accused address.
const keySource = "source"

// maxSources of a report are looked up and noted. A report that accuses a hundred thousand addresses would otherwise keep
// the one writer busy for seconds.
const maxSources = 1000

// maxAlso tickets are named beside the one a report is linked to.
const maxAlso = 10

// Correlate finds the ticket that a report belongs to, or takes the number of a new one. An incident of a mail at work
// keeps its number: asking again gives the same. It writes nothing; Accept looks again.
func (s *Store) Correlate(ctx context.Context, k Keys) (Correlation, error) {
	c, err := correlate(ctx, s.readers, k)
	if err != nil || c.Kind == CorrelationUpdate {
		return c, err
	}
	// Every report that is no update is told a number of its own. That of the ticket would say whether somebody else has
	// reported the same source; so would a number that depends on what the party itself reported before.
	c.Own, err = s.number(ctx, k.MailID, k.Incident)
	if c.New() {
		c.Number = c.Own
	}
	return c, err
}

// OnTicket is the correlation of a reply, or of an operator's work, with the ticket it names, or with the one that this
// was merged into.
func (s *Store) OnTicket(ctx context.Context, ticketID int64) (Correlation, error) {
	t, err := s.TicketByID(ctx, ticketID)
	if err == nil && t.MergedInto != 0 {
		t, err = s.TicketByID(ctx, t.MergedInto)
	}
	if err != nil {
		return Correlation{}, err
	}
	return Correlation{Kind: CorrelationTicket, TicketID: t.ID, Number: t.Number, Version: t.Version}, nil
}

// correlate reads through indexes only, so that its cost does not grow with the tickets. Reports of the same mail do
// not count: two incidents of one document stay two unless the caller puts them into one ticket. Parameters stand in
// coalesce because SQLite plans a statement anew at each run when a bare one is compared with part of an index.
func correlate(ctx context.Context, db queryer, k Keys) (Correlation, error) {
	c := Correlation{Kind: CorrelationNew, Keys: k}
	if k.IncidentID != "" {
		type before struct {
			ticket int64
			number string
		}
		reports, err := list(ctx, db, func(row scanner) (b before, err error) {
			err = row.Scan(&b.ticket, &b.number)
			return b, err
		}, `SELECT ticket, number FROM report WHERE party = coalesce(?, '') AND incident_name = coalesce(?, '') AND incident_id = coalesce(?, '') AND mail <> ?
			ORDER BY id LIMIT 1`, k.Party, k.IncidentName, k.IncidentID, k.MailID)
		if err != nil {
			return c, err
		}
		if len(reports) > 0 {
			t, err := one(ctx, db, "ticket", reports[0].ticket, scanTicket, selectTicket+" WHERE t.id = ?", reports[0].ticket)
			c.Kind, c.TicketID, c.Number, c.Version, c.Own = CorrelationUpdate, t.ID, t.Number, t.Version, reports[0].number
			return c, err
		}
	}
	if k.Window <= 0 || len(k.Sources) == 0 {
		return c, nil
	}
	from, to := micros(k.At.Add(-k.Window)), micros(k.At.Add(k.Window))
	seen := map[int64]bool{}
	for _, source := range k.Sources[:min(len(k.Sources), maxSources)] {
		tickets, err := list(ctx, db, scanID, `SELECT k.ticket FROM ticket_key k WHERE k.kind = coalesce(?, '') AND k.value = coalesce(?, '') AND k.last_at >= ? AND k.first_at <= ?
			AND (SELECT t.state FROM ticket t WHERE t.id = k.ticket) <> 'closed' ORDER BY k.last_at, k.ticket LIMIT 11`, keySource, source, from, to)
		if err != nil {
			return c, err
		}
		for _, id := range tickets {
			if seen[id] {
				continue
			}
			seen[id] = true
			t, err := one(ctx, db, "ticket", id, scanTicket, selectTicket+" WHERE t.id = ?", id)
			if err != nil {
				return c, err
			}
			c.join(t)
		}
	}
	return c, nil
}

// join takes the oldest of the matching tickets and names the others.
func (c *Correlation) join(t Ticket) {
	if c.Kind == CorrelationLinked && c.TicketID < t.ID {
		c.also(t.Number)
		return
	}
	if c.Kind == CorrelationLinked {
		c.also(c.Number)
	}
	c.Kind, c.TicketID, c.Number, c.Version = CorrelationLinked, t.ID, t.Number, t.Version
}

func (c *Correlation) also(number string) {
	if len(c.Also) < maxAlso {
		c.Also = append(c.Also, number)
	}
}

// recheck holds a correlation against the present, inside the transaction that acts on it.
func (t *tx) recheck(c Correlation) error {
	if c.Kind == CorrelationTicket {
		var version int64
		if err := t.row("SELECT version FROM ticket WHERE id = ?", c.TicketID).Scan(&version); err != nil {
			return notFound(err, "ticket", c.TicketID)
		}
		if version != c.Version {
			return fmt.Errorf("%w: ticket %d has version %d, planned on %d", ErrStale, c.TicketID, version, c.Version)
		}
		return nil
	}
	now, err := correlate(context.Background(), t.conn, c.Keys)
	if err != nil {
		return err
	}
	if now.Kind != c.Kind || now.TicketID != c.TicketID || now.Version != c.Version {
		return fmt.Errorf("%w: planned on ticket %d version %d, now %d version %d", ErrStale, c.TicketID, c.Version, now.TicketID, now.Version)
	}
	return nil
}
