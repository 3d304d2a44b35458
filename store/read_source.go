package store

import (
	"context"
	"time"
)

// Accusers lists the current reports that name a source address within a time span, at most a hundred, without their
// documents: by whom, under which identity, and the document's digest.
func (s *Store) Accusers(ctx context.Context, source string, from, to time.Time) ([]Report, error) {
	return list(ctx, s.readers, scanIdentity, selectIdentity+` JOIN ticket_key k ON k.ticket = r.ticket
		WHERE k.kind = 'source' AND k.value = coalesce(?, '') AND k.last_at >= ? AND k.first_at <= ? AND r.current = 1 LIMIT 100`,
		source, micros(from), micros(to))
}

// Namesakes lists the reports of tickets that carry a number of somebody else's, at most a hundred, as Accusers does.
func (s *Store) Namesakes(ctx context.Context, number string) ([]Report, error) {
	return list(ctx, s.readers, scanIdentity, selectIdentity+` JOIN ticket_reference f ON f.ticket = r.ticket
		WHERE f.number = coalesce(?, '') AND r.incident_id = f.number AND r.current = 1 LIMIT 100`, number)
}

const selectIdentity = "SELECT r.id, r.mail, r.ticket, r.party, r.incident_name, r.incident_id, r.digest FROM report r"

func scanIdentity(row scanner) (r Report, err error) {
	err = row.Scan(&r.ID, &r.MailID, &r.TicketID, &r.Party, &r.IncidentName, &r.IncidentID, &r.Digest)
	return r, err
}
