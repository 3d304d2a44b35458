package store

import "context"

// selectDelivery reads its neighbours by sub-queries: a join is planned anew at each run (see the schema's head).
const selectDelivery = `SELECT d.id, d.decision, d.ticket, (SELECT t.number FROM ticket t WHERE t.id = d.ticket), d.party, d.kind,
	(SELECT c.stage FROM decision c WHERE c.id = d.decision), (SELECT c.policy_digest FROM decision c WHERE c.id = d.decision),
	(SELECT c.parties_digest FROM decision c WHERE c.id = d.decision), d.envelope_from,
	d.envelope_to, d.message_id, d.digest, d.size, d.approvals, d.override, (SELECT count(*) FROM approval a WHERE a.delivery = d.id), d.state, d.reason,
	d.attempts, d.maybes, d.next_at, d.created, d.updated FROM delivery d`

func scanDelivery(row scanner) (Delivery, error) {
	var d Delivery
	var next, created, updated int64
	err := row.Scan(&d.ID, &d.DecisionID, &d.TicketID, &d.Number, &d.Party, &d.Kind, &d.Stage, &d.PolicyDigest, &d.PartiesDigest, &d.From,
		&d.To, &d.MessageID, &d.Digest, &d.Size, &d.Approvals, &d.Override, &d.Approved, &d.State, &d.Reason,
		&d.Attempts, &d.Maybes, &next, &created, &updated)
	d.NextAt, d.Created, d.Updated = fromMicros(next), fromMicros(created), fromMicros(updated)
	return d, err
}

func (t *tx) delivery(id int64) (Delivery, error) {
	return one(context.Background(), t.conn, "delivery", id, scanDelivery, selectDelivery+" WHERE d.id = ?", id)
}

func (t *tx) deliveryWithBytes(id int64) (Delivery, error) {
	d, err := t.delivery(id)
	if err != nil {
		return d, err
	}
	err = t.row("SELECT bytes FROM delivery_bytes WHERE delivery = ?", id).Scan(&d.Bytes)
	return d, notFound(err, "bytes of delivery", id)
}

// DeliveryFilter picks deliveries for Deliveries; zero fields do not restrict.
type DeliveryFilter struct {
	State    DeliveryState
	TicketID int64
	Party    string
	After    int64 // ids above this one, for paging
	Limit    int   // 100 when 0
}

// Deliveries lists messages by id, without bytes.
func (s *Store) Deliveries(ctx context.Context, f DeliveryFilter) ([]Delivery, error) {
	where, args := " WHERE d.id > ?", []any{f.After}
	switch {
	case f.State == Sent: // most are: no index leads to them
		where = where + " AND d.state = 'sent'"
	case f.State != "":
		where, args = where+" AND d.state <> 'sent' AND d.state = ?", append(args, f.State)
	}
	if f.TicketID != 0 {
		where, args = where+" AND d.ticket = ?", append(args, f.TicketID)
	}
	if f.Party != "" {
		where, args = where+" AND d.party = ?", append(args, f.Party)
	}
	if f.Limit == 0 {
		f.Limit = 100
	}
	return list(ctx, s.readers, scanDelivery, selectDelivery+where+" ORDER BY d.id LIMIT coalesce(?, 0)", append(args, f.Limit)...)
}

// DeliveryByID is one message with its bytes, nil after a purge.
func (s *Store) DeliveryByID(ctx context.Context, id int64) (Delivery, error) {
	return s.withBytes(ctx, "delivery", id, " WHERE d.id = ?", id)
}

// DeliveryByEnvelopeFrom finds what a bounce to a per-message envelope address is about.
func (s *Store) DeliveryByEnvelopeFrom(ctx context.Context, address string) (Delivery, error) {
	return one(ctx, s.readers, "delivery with that envelope", "address", scanDelivery, selectDelivery+" WHERE d.envelope_from = ? ORDER BY d.id DESC LIMIT 1", address)
}

func (s *Store) withBytes(ctx context.Context, kind string, id any, where string, args ...any) (Delivery, error) {
	d, err := one(ctx, s.readers, kind, id, scanDelivery, selectDelivery+where, args...)
	if err != nil {
		return d, err
	}
	bodies, err := list(ctx, s.readers, scanBody, selectBody+" WHERE b.delivery = ?", d.ID)
	if err == nil && len(bodies) == 1 {
		d.Bytes = bodies[0].bytes
		d.Plain, err = bodies[0].unpacked()
	}
	return d, err
}

// Told lists, as the recipient reads them, all messages that a party was or may have been sent on a ticket: for the sum
// proof. Those still on their way count too, but for one that is to be made anew (0: none), and for an override: it is
// decided again, after them, before it leaves. So do those of tickets that merges and splits tie to this one.
func (s *Store) Told(ctx context.Context, ticketID int64, party string, but int64) ([][]byte, error) {
	return list(ctx, s.readers, scanTold, selectBody+` JOIN delivery d ON d.id = b.delivery
		WHERE d.ticket IN (SELECT ? UNION SELECT t.id FROM ticket t WHERE t.family = (SELECT f.family FROM ticket f WHERE f.id = ?))
		AND d.party = ? AND d.id <> ? AND (d.state <> 'cancelled' AND d.override = 0 OR d.attempts > 0) ORDER BY d.id`, ticketID, ticketID, party, but)
}

// scanTold is a message as it is read: what was scanned.
func scanTold(row scanner) ([]byte, error) {
	b, err := scanBody(row)
	if err != nil {
		return nil, err
	}
	plain, err := b.unpacked()
	if plain == nil {
		plain = b.bytes
	}
	return plain, err
}

// Attempts lists the tries at a delivery.
func (s *Store) Attempts(ctx context.Context, deliveryID int64) ([]Attempt, error) {
	return list(ctx, s.readers, func(row scanner) (a Attempt, err error) {
		var started, ended int64
		err = row.Scan(&a.DeliveryID, &a.N, &started, &ended, &a.Outcome, &a.Reply.Code, &a.Reply.Text)
		a.Started, a.Ended = fromMicros(started), fromMicros(ended)
		return a, err
	}, "SELECT delivery, n, started, ended, outcome, code, text FROM attempt WHERE delivery = ? ORDER BY n", deliveryID)
}

// Approvals lists who said yes to a delivery.
func (s *Store) Approvals(ctx context.Context, deliveryID int64) ([]Approval, error) {
	return list(ctx, s.readers, func(row scanner) (a Approval, err error) {
		var at int64
		err = row.Scan(&a.DeliveryID, &a.Operator, &a.Digest, &at)
		a.At = fromMicros(at)
		return a, err
	}, "SELECT delivery, operator, digest, at FROM approval WHERE delivery = ? ORDER BY at, operator", deliveryID)
}

// QueueHeld says why the whole queue is held; empty when it is not.
func (s *Store) QueueHeld(ctx context.Context) (string, error) {
	why, err := list(ctx, s.readers, scanText, "SELECT value FROM meta WHERE name = ?", holdName)
	if err != nil || len(why) == 0 {
		return "", err
	}
	return why[0], nil
}
