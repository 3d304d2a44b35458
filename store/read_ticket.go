package store

import (
	"context"
	"encoding/json"
	"slices"
)

const selectTicket = `SELECT t.id, t.number, t.state, t.version, t.opened, t.updated, t.purged_at,
	coalesce(t.merged_into, 0), coalesce(t.split_from, 0), coalesce(t.family, 0) FROM ticket t`

func scanTicket(row scanner) (Ticket, error) {
	var t Ticket
	var opened, updated, purged int64
	err := row.Scan(&t.ID, &t.Number, &t.State, &t.Version, &opened, &updated, &purged, &t.MergedInto, &t.SplitFrom, &t.Family)
	t.Opened, t.Updated, t.PurgedAt = fromMicros(opened), fromMicros(updated), fromMicros(purged)
	return t, err
}

// TicketFilter picks tickets for Tickets; zero fields do not restrict.
type TicketFilter struct {
	State TicketState
	After int64 // ids above this one, for paging
	Limit int   // 100 when 0
}

// Tickets lists tickets by id.
func (s *Store) Tickets(ctx context.Context, f TicketFilter) ([]Ticket, error) {
	limit := f.Limit
	if limit == 0 {
		limit = 100
	}
	if f.State == "" {
		return list(ctx, s.readers, scanTicket, selectTicket+" WHERE t.id > ? ORDER BY t.id LIMIT coalesce(?, 0)", f.After, limit)
	}
	return list(ctx, s.readers, scanTicket, selectTicket+" WHERE t.state = ? AND t.id > ? ORDER BY t.id LIMIT coalesce(?, 0)", f.State, f.After, limit)
}

// TicketByID is one ticket.
func (s *Store) TicketByID(ctx context.Context, id int64) (Ticket, error) {
	return one(ctx, s.readers, "ticket", id, scanTicket, selectTicket+" WHERE t.id = ?", id)
}

// TicketByNumber is one ticket by the number we gave it, or one of its requesters.
func (s *Store) TicketByNumber(ctx context.Context, number string) (Ticket, error) {
	return one(ctx, s.readers, "ticket", number, scanTicket, selectTicket+" WHERE t.number = ? OR t.id = (SELECT n.ticket FROM ticket_number n WHERE n.number = ?)", number, number)
}

// TicketsByReference lists tickets that carry somebody else's number.
func (s *Store) TicketsByReference(ctx context.Context, number string) ([]Ticket, error) {
	return list(ctx, s.readers, scanTicket, selectTicket+" JOIN ticket_reference f ON f.ticket = t.id WHERE f.number = ? GROUP BY t.id ORDER BY t.id LIMIT 100", number)
}

// Merged lists a ticket and those that were merged into it: what was done on them was done in one conversation.
func (s *Store) Merged(ctx context.Context, t Ticket) ([]Ticket, error) {
	family, err := s.Family(ctx, t)
	return slices.DeleteFunc(family, func(o Ticket) bool { return o.ID != t.ID && o.MergedInto != t.ID }), err
}

// Family lists a ticket and all that merges and splits tie it to.
func (s *Store) Family(ctx context.Context, t Ticket) ([]Ticket, error) {
	if t.Family == 0 {
		return []Ticket{t}, nil
	}
	return list(ctx, s.readers, scanTicket, selectTicket+" WHERE t.family = ? ORDER BY t.id", t.Family)
}

// Offshoots lists the tickets that hold reports of a party and were split from a ticket, or from one of these again.
func (s *Store) Offshoots(ctx context.Context, ticketID int64, party string) ([]int64, error) {
	return list(ctx, s.readers, scanID, `WITH RECURSIVE part (id) AS (SELECT ? UNION SELECT coalesce(t.merged_into, t.id) FROM part p
		JOIN ticket f ON f.id = p.id JOIN ticket t ON t.family = f.family AND t.split_from = p.id)
		SELECT p.id FROM part p WHERE p.id <> ? AND EXISTS (SELECT 1 FROM report r WHERE r.ticket = p.id AND r.party = ? AND r.current = 1)
		ORDER BY p.id`, ticketID, ticketID, party)
}

// References lists the other sides' numbers of a ticket.
func (s *Store) References(ctx context.Context, ticketID int64) ([]Reference, error) {
	return list(ctx, s.readers, func(row scanner) (r Reference, err error) {
		err = row.Scan(&r.Number, &r.Party)
		return r, err
	}, "SELECT number, party FROM ticket_reference WHERE ticket = ? ORDER BY at, number", ticketID)
}

const selectReport = `SELECT id, mail, ticket, incident, party, incident_name, incident_id, instance, generated_at, at, version, digest,
	document, conditions, number, answer, current, coalesce(supersedes, 0), accepted_at, coalesce(came_to, ticket) FROM report`

func scanReport(row scanner) (Report, error) {
	var r Report
	var generated, at, accepted int64
	err := row.Scan(&r.ID, &r.MailID, &r.TicketID, &r.Incident, &r.Party, &r.IncidentName, &r.IncidentID, &r.IncidentInstance, &generated, &at,
		&r.Version, &r.Digest, &r.Document, &r.Conditions, &r.Number, &r.Answer, &r.Current, &r.Supersedes, &accepted, &r.CameTo)
	r.GeneratedAt, r.At, r.AcceptedAt = fromMicros(generated), fromMicros(at), fromMicros(accepted)
	return r, err
}

// Reports lists a ticket's reports with their documents, the superseded ones too, in the order they came.
func (s *Store) Reports(ctx context.Context, ticketID int64) ([]Report, error) {
	return list(ctx, s.readers, scanReport, selectReport+" WHERE ticket = ? ORDER BY id", ticketID)
}

// CurrentReports lists a ticket's reports that no later one supersedes.
func (s *Store) CurrentReports(ctx context.Context, ticketID int64) ([]Report, error) {
	return list(ctx, s.readers, scanReport, selectReport+" WHERE ticket = ? AND current = 1 ORDER BY id", ticketID)
}

// ReportByID is one report with its document.
func (s *Store) ReportByID(ctx context.Context, id int64) (Report, error) {
	return one(ctx, s.readers, "report", id, scanReport, selectReport+" WHERE id = ?", id)
}

// Consents lists what parties said about their reports on a ticket afterwards, oldest first.
func (s *Store) Consents(ctx context.Context, ticketID int64) ([]Consent, error) {
	return list(ctx, s.readers, func(row scanner) (c Consent, err error) {
		var at int64
		err = row.Scan(&c.Party, &c.ReportID, &c.Conditions, &c.MailID, &at)
		c.At = fromMicros(at)
		return c, err
	}, "SELECT party, coalesce(report, 0), conditions, coalesce(mail, 0), at FROM consent WHERE ticket = ? ORDER BY id", ticketID)
}

const selectRecipient = `SELECT r.ticket, t.number, r.party, r.stage, r.token, r.address, r.basis, r.number, r.opened, r.updated, r.ticket
	FROM recipient r JOIN ticket t ON t.id = r.ticket`

func scanRecipient(row scanner) (Recipient, error) {
	var r Recipient
	var opened, updated int64
	err := row.Scan(&r.TicketID, &r.Number, &r.Party, &r.Stage, &r.Token, &r.Address, &r.Basis, &r.Knows, &opened, &updated, &r.GivenOn)
	r.Opened, r.Updated = fromMicros(opened), fromMicros(updated)
	return r, err
}

// Recipients lists the parties told, or to be told, on a ticket.
func (s *Store) Recipients(ctx context.Context, ticketID int64) ([]Recipient, error) {
	return list(ctx, s.readers, scanRecipient, selectRecipient+" WHERE r.ticket = ? ORDER BY r.opened, r.party", ticketID)
}

// RecipientByToken finds whom a reply address was made for, on the ticket that its own was merged into if it was. Token
// and Basis are those of the address: a requester that was asked answers as one, whatever else it is on that ticket.
func (s *Store) RecipientByToken(ctx context.Context, token string) (Recipient, error) {
	return one(ctx, s.readers, "token", "of a reply address", scanRecipient, `SELECT r.ticket, t.number, r.party, r.stage, k.token, r.address,
		k.basis, r.number, r.opened, r.updated, k.ticket FROM recipient k JOIN ticket o ON o.id = k.ticket
		JOIN recipient r ON r.ticket = coalesce(o.merged_into, o.id) AND r.party = k.party JOIN ticket t ON t.id = r.ticket WHERE k.token = ?`, token)
}

// Evidence lists the steps a recipient took, or those of all recipients of a ticket when party is empty.
func (s *Store) Evidence(ctx context.Context, ticketID int64, party string) ([]Evidence, error) {
	return list(ctx, s.readers, func(row scanner) (e Evidence, err error) {
		var at int64
		err = row.Scan(&e.TicketID, &e.Party, &e.From, &e.To, &e.Kind, &e.MailID, &e.Detail, &e.Actor, &at)
		e.At = fromMicros(at)
		return e, err
	}, `SELECT ticket, party, from_stage, to_stage, kind, coalesce(mail, 0), detail, actor, at FROM evidence
		WHERE ticket = ? AND (? = '' OR party = ?) ORDER BY id`, ticketID, party, party)
}

// Pseudonyms lists the names made up for a recipient of a ticket.
func (s *Store) Pseudonyms(ctx context.Context, ticketID int64, party string) ([]Pseudonym, error) {
	return list(ctx, s.readers, func(row scanner) (p Pseudonym, err error) {
		err = row.Scan(&p.Party, &p.Class, &p.Value, &p.Token)
		return p, err
	}, "SELECT party, class, value, token FROM pseudonym WHERE ticket = ? AND party = ? ORDER BY class, value", ticketID, party)
}

const selectDecision = `SELECT d.id, d.ticket, d.party, d.kind, d.stage, d.policy_digest, d.parties_digest, d.reports, d.inputs,
	coalesce((SELECT c.json FROM cells c WHERE c.digest = d.cells_digest), '[]'),
	d.cells_digest, d.scan, d.twin, d.message_digest, d.refusal, d.digest, d.at, coalesce(v.id, 0)
	FROM decision d LEFT JOIN delivery v ON v.decision = d.id`

func scanDecision(row scanner) (Decision, error) {
	var d Decision
	var reports, inputs, cells string
	var at int64
	err := row.Scan(&d.ID, &d.TicketID, &d.Party, &d.Kind, &d.Stage, &d.PolicyDigest, &d.PartiesDigest, &reports, &inputs, &cells,
		&d.CellsDigest, &d.Scan, &d.Twin, &d.MessageDigest, &d.Refusal, &d.Digest, &at, &d.DeliveryID)
	if err != nil {
		return Decision{}, err
	}
	d.Inputs, d.Cells, d.At = json.RawMessage(inputs), json.RawMessage(cells), fromMicros(at)
	return d, json.Unmarshal([]byte(reports), &d.Reports)
}

// Decisions lists what was decided on a ticket for a party, for all parties when it is empty.
func (s *Store) Decisions(ctx context.Context, ticketID int64, party string) ([]Decision, error) {
	return list(ctx, s.readers, scanDecision, selectDecision+" WHERE d.ticket = ? AND (? = '' OR d.party = ?) ORDER BY d.id", ticketID, party, party)
}

// DecisionByID is one decision.
func (s *Store) DecisionByID(ctx context.Context, id int64) (Decision, error) {
	return one(ctx, s.readers, "decision", id, scanDecision, selectDecision+" WHERE d.id = ?", id)
}

// waiting is the condition of a decision without a message that a person must see to: nothing was decided since for that
// party, and the ticket goes on. It names the refusals as the index does, which is else not used.
const waiting = `(d.refusal = 'contested' OR d.refusal = 'not-proved' OR d.refusal = 'no-usable-key')
	AND NOT EXISTS (SELECT 1 FROM decision n WHERE n.ticket = d.ticket AND n.party = d.party AND n.id > d.id AND n.kind = d.kind)
	AND NOT EXISTS (SELECT 1 FROM ticket t WHERE t.id = d.ticket AND t.state = 'closed')`

// Waiting lists the decisions above an id that made no message and wait for a person, for all parties when it is empty.
func (s *Store) Waiting(ctx context.Context, party string, after int64) ([]Decision, error) {
	return list(ctx, s.readers, scanDecision, selectDecision+" WHERE "+waiting+" AND d.id > ? AND (? = '' OR d.party = ?) ORDER BY d.id LIMIT 100", after, party, party)
}
