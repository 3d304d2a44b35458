package store

import (
	"context"
	"time"
)

// Counts are the figures that health and metrics show. At all times the mails received are those of all states.
type Counts struct {
	Mails      map[MailState]int64
	Tickets    map[TicketState]int64
	Deliveries map[DeliveryState]int64
	Waiting    map[string]int64 // by refusal: see Store.Waiting
	Copies     int64            // locations of mails beyond the first of each
	// OldestMail is when the longest waiting unfinished mail came, OldestDue when the longest waiting message was due;
	// zero for none.
	OldestMail time.Time
	OldestDue  time.Time
}

// Counts reads each figure from an index; together they are of one moment.
func (s *Store) Counts(ctx context.Context) (Counts, error) {
	c := Counts{Mails: map[MailState]int64{}, Tickets: map[TicketState]int64{}, Deliveries: map[DeliveryState]int64{}, Waiting: map[string]int64{}}
	type group struct {
		table, state string
		n            int64
	}
	groups, err := list(ctx, s.readers, func(row scanner) (g group, err error) {
		err = row.Scan(&g.table, &g.state, &g.n)
		return g, err
	}, `SELECT 'mail', state, count(*) FROM mail GROUP BY state
		UNION ALL SELECT 'ticket', state, count(*) FROM ticket GROUP BY state
		UNION ALL SELECT 'delivery', state, count(*) FROM delivery WHERE state <> 'sent' GROUP BY state
		UNION ALL SELECT 'delivery', 'sent', (SELECT count(*) FROM delivery) - (SELECT count(*) FROM delivery WHERE state <> 'sent')
		UNION ALL SELECT 'waiting', d.refusal, count(*) FROM decision d WHERE `+waiting+` GROUP BY d.refusal
		UNION ALL SELECT 'copies', '', count(*) - count(DISTINCT mail) FROM location WHERE mail IS NOT NULL
		UNION ALL SELECT 'oldest', 'mail', coalesce(min(first_seen), 0) FROM mail WHERE state = 'received'
		UNION ALL SELECT 'oldest', 'due', coalesce(min(next_at), 0) FROM delivery WHERE next_at > 0`)
	if err != nil {
		return c, err
	}
	for _, g := range groups {
		switch {
		case g.n == 0:
		case g.table == "mail":
			c.Mails[MailState(g.state)] = g.n
		case g.table == "ticket":
			c.Tickets[TicketState(g.state)] = g.n
		case g.table == "delivery":
			c.Deliveries[DeliveryState(g.state)] = g.n
		case g.table == "waiting":
			c.Waiting[g.state] = g.n
		case g.table == "copies":
			c.Copies = g.n
		case g.state == "mail":
			c.OldestMail = fromMicros(g.n)
		default:
			c.OldestDue = fromMicros(g.n)
		}
	}
	return c, nil
}
