package store

import (
	"context"
	"fmt"
)

// Moved is what a merge or a split has moved.
type Moved struct {
	TicketID  int64   // where the reports are now
	Number    string  // of that ticket
	Reports   []int64 // those moved
	Withdrawn []int64 // messages that were to tell something of either ticket and were not sent: cancelled
}

// mergeKind is the evidence of a recipient's stage after a merge.
const mergeKind = "merge"

// Merge moves all that one ticket holds to another, both as the caller saw them, and closes the first. Its numbers,
// references and reply addresses lead to the other from then on; its decisions, messages, names and steps stay with it,
// as what was done then. Nothing is sent, planned or queued: what was to tell something of either ticket and has not been
// sent is cancelled, since it was decided without the other's reports. ErrStale: a ticket has changed since; ErrState:
// it is closed or merged, or a message of it is being sent.
func (s *Store) Merge(ctx context.Context, from, into Ticket, operator, why string) (Moved, error) {
	var out Moved
	err := s.writer.do(ctx, "merge", func(t *tx) (err error) {
		out, err = s.merge(t, from, into, operator, why)
		return err
	})
	return out, err
}

func (s *Store) merge(t *tx, from, into Ticket, operator, why string) (out Moved, err error) {
	if from.ID == into.ID {
		return out, fmt.Errorf("%w: ticket %s cannot be merged into itself", ErrState, from.Number)
	}
	if from, err = t.movable(from); err != nil {
		return out, err
	}
	if into, err = t.movable(into); err != nil {
		return out, err
	}
	out.TicketID, out.Number = into.ID, into.Number
	if out.Withdrawn, err = t.withdraw(operator, "merged", from.ID, into.ID); err != nil {
		return out, err
	}
	if out.Reports, err = list(context.Background(), t.conn, scanID, "SELECT id FROM report WHERE ticket = ? ORDER BY id", from.ID); err != nil {
		return out, err
	}
	if err := t.bindConsents(from.ID, into.ID); err != nil {
		return out, err
	}
	if err := t.moveAll(from, into); err != nil {
		return out, err
	}
	if err := s.mergeRecipients(t, from, into, operator); err != nil {
		return out, err
	}
	if err := t.tie(from, into); err != nil {
		return out, err
	}
	if err := t.change(ErrStale, "UPDATE ticket SET merged_into = ?, state = 'closed', version = version + 1, updated = ? WHERE id = ?",
		into.ID, micros(t.now), from.ID); err != nil {
		return out, err
	}
	state := from.State.merged(into.State)
	if err := t.change(ErrStale, "UPDATE ticket SET state = ?, version = version + 1, updated = ? WHERE id = ?", state, micros(t.now), into.ID); err != nil {
		return out, err
	}
	told := detail{"from": from.Number, "into": into.Number, "moved": out.Reports, "why": cut(why, 500)}
	if err := t.event(operator, "merge", subject("ticket", from.ID), told); err != nil {
		return out, err
	}
	told["state"] = state
	return out, t.event(operator, "merge", subject("ticket", into.ID), told)
}

// movable is a ticket as it is, if it is as it was seen and its reports may be moved. A closed one has ended, and may be
// purged at any time; a message that is being sent could come back and would be tried again.
func (t *tx) movable(seen Ticket) (Ticket, error) {
	now, err := one(context.Background(), t.conn, "ticket", seen.ID, scanTicket, selectTicket+" WHERE t.id = ?", seen.ID)
	if err != nil {
		return now, err
	}
	if now.MergedInto != 0 {
		into, err := one(context.Background(), t.conn, "ticket", now.MergedInto, scanTicket, selectTicket+" WHERE t.id = ?", now.MergedInto)
		if err == nil {
			err = fmt.Errorf("%w: ticket %s is merged into %s", ErrState, now.Number, into.Number)
		}
		return now, err
	}
	if now.State == TicketClosed {
		return now, fmt.Errorf("%w: ticket %s is closed", ErrState, now.Number)
	}
	if now.Version != seen.Version {
		return now, fmt.Errorf("%w: ticket %s has version %d, seen was %d", ErrStale, now.Number, now.Version, seen.Version)
	}
	sending, err := list(context.Background(), t.conn, scanID, `SELECT id FROM delivery WHERE ticket = ? AND state = 'sending'
		AND kind IN ('notice', 'answer') ORDER BY id`, seen.ID)
	if err == nil && len(sending) > 0 {
		err = fmt.Errorf("%w: delivery %d of ticket %s is being sent", ErrState, sending[0], now.Number)
	}
	return now, err
}

// merged is where a ticket stands to which another was merged. A stop on either stops both.
func (a TicketState) merged(b TicketState) TicketState {
	for _, s := range []TicketState{TicketHeld, TicketOpen, TicketNeedsConsent} {
		if a == s || b == s {
			return s
		}
	}
	return b
}

// withdraw cancels what tells of a ticket's reports and is not known to have been sent: it was decided from other reports
// than the ticket has now, and an operator's approval or retry would send it all the same. Letters to requesters stay:
// receipts and questions tell nothing of a report, and go by the number and the address that their requester has.
func (t *tx) withdraw(actor, why string, tickets ...int64) (all []int64, err error) {
	for _, ticket := range tickets {
		ids, err := list(context.Background(), t.conn, scanID, `SELECT id FROM delivery WHERE ticket = ? AND kind IN ('notice', 'answer')
			AND state NOT IN ('sent', 'cancelled') ORDER BY id`, ticket)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if err := t.moveDelivery("cancel", id, actor, why, Cancelled, 0, "true"); err != nil {
				return nil, err
			}
		}
		all = append(all, ids...)
	}
	return all, nil
}

// bindConsents ties what parties said of their reports to the reports that they said it of, where the other ticket has
// reports of the same party: there it was not said of them, and a grant must not come to them by the merge.
func (t *tx) bindConsents(from, into int64) error {
	for _, ticket := range []int64{from, into} {
		other := from + into - ticket
		said, err := list(context.Background(), t.conn, scanID, `SELECT c.id FROM consent c WHERE c.ticket = ? AND c.report IS NULL
			AND EXISTS (SELECT 1 FROM report r WHERE r.ticket = ? AND r.party = c.party) ORDER BY c.id`, ticket, other)
		if err != nil {
			return err
		}
		for _, id := range said {
			reports, err := list(context.Background(), t.conn, scanID, `SELECT id FROM report WHERE ticket = ? AND current = 1
				AND party = (SELECT c.party FROM consent c WHERE c.id = ?) ORDER BY id`, ticket, id)
			if err != nil {
				return err
			}
			if len(reports) == 0 {
				return fmt.Errorf("%w: consent %d speaks of no report on its ticket", ErrState, id)
			}
			for i, report := range reports {
				if i == 0 {
					_, err = t.exec("UPDATE consent SET report = ? WHERE id = ?", report, id)
				} else {
					_, err = t.exec(`INSERT INTO consent (ticket, party, report, mail, conditions, actor, at)
						SELECT ticket, party, ?, mail, conditions, actor, at FROM consent WHERE id = ?`, report, id)
				}
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// moveAll moves what belongs to reports: they themselves, what was said of them, keys, references and numbers. Their
// requesters keep the numbers they were told: another one would show that somebody else has reported the same.
func (t *tx) moveAll(from, into Ticket) error {
	for _, s := range []struct {
		query string
		args  []any
	}{
		{"UPDATE report SET ticket = ?, came_to = coalesce(came_to, ticket), number = coalesce(nullif(number, ''), ?) WHERE ticket = ?", []any{into.ID, from.Number, from.ID}},
		// Of two versions of one incident the later is current, as ever; an answer gives way to a report, since it speaks to others.
		{`UPDATE report SET current = 0 WHERE ticket = ? AND current = 1 AND incident_id <> '' AND EXISTS (SELECT 1 FROM report o
			WHERE o.ticket = report.ticket AND o.current = 1 AND o.id <> report.id AND o.party = report.party
			AND o.incident_name = report.incident_name AND o.incident_id = report.incident_id AND o.instance = report.instance
			AND (o.answer < report.answer OR o.answer = report.answer AND (o.generated_at > report.generated_at OR o.generated_at = report.generated_at
			AND (o.digest > report.digest OR o.digest = report.digest AND o.id < report.id))))`, []any{into.ID}},
		{"UPDATE consent SET ticket = ? WHERE ticket = ?", []any{into.ID, from.ID}},
		{"UPDATE ticket_number SET ticket = ? WHERE ticket = ?", []any{into.ID, from.ID}},
		{`INSERT INTO ticket_reference (ticket, number, party, at) SELECT ?, f.number, f.party, f.at FROM ticket_reference f
			WHERE f.ticket = ? ON CONFLICT DO NOTHING`, []any{into.ID, from.ID}},
		{"DELETE FROM ticket_reference WHERE ticket = ?", []any{from.ID}},
		{`INSERT INTO ticket_key (kind, value, ticket, first_at, last_at) SELECT k.kind, k.value, ?, k.first_at, k.last_at FROM ticket_key k
			WHERE k.ticket = ? ` + widen, []any{into.ID, from.ID}},
		{"DELETE FROM ticket_key WHERE ticket = ?", []any{from.ID}},
		// A name that the recipient knows on both tickets for two values stays that of the other one; the value gets a new
		// name when it needs one. What has a name on both keeps that of the ticket that stays.
		{`INSERT INTO pseudonym (ticket, party, class, value, token) SELECT ?, p.party, p.class, p.value, p.token FROM pseudonym p
			WHERE p.ticket = ? ON CONFLICT DO NOTHING`, []any{into.ID, from.ID}},
	} {
		if _, err := t.exec(s.query, s.args...); err != nil {
			return err
		}
	}
	return nil
}

// mergeRecipients brings a ticket's recipients to another. One that is on both goes on from the lower of its two stages;
// one that is on the first alone keeps its stage, and the number that it knows. The rows of the first stay, and with them
// the tokens that were given out for it.
func (s *Store) mergeRecipients(t *tx, from, into Ticket, operator string) error {
	have, err := list(context.Background(), t.conn, scanRecipient, selectRecipient+" WHERE r.ticket = ? ORDER BY r.party", into.ID)
	if err != nil {
		return err
	}
	there := map[string]Stage{}
	for _, r := range have {
		there[r.Party] = r.Stage
	}
	come, err := list(context.Background(), t.conn, scanRecipient, selectRecipient+" WHERE r.ticket = ? ORDER BY r.party", from.ID)
	if err != nil {
		return err
	}
	for _, r := range come {
		step := Step{Party: r.Party, From: there[r.Party], To: r.Stage.lower(there[r.Party]), Kind: mergeKind, Detail: from.Number + " " + string(r.Stage)}
		if step.From != "" {
			err = t.change(ErrStale, "UPDATE recipient SET stage = ?, updated = ? WHERE ticket = ? AND party = ?", step.To, micros(t.now), into.ID, r.Party)
		} else {
			err = s.bring(t, r, from, into)
		}
		if err != nil {
			return fmt.Errorf("recipient %q: %w", r.Party, err)
		}
		if err := t.evidence(operator, into.ID, step); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) bring(t *tx, r Recipient, from, into Ticket) error {
	token, err := NewToken(s.opt.Rand)
	if err != nil {
		return err
	}
	number := r.Knows
	if number == "" {
		number = from.Number
	}
	_, err = t.exec("INSERT INTO recipient (ticket, party, stage, token, address, basis, number, opened, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		into.ID, r.Party, r.Stage, token, r.Address, r.Basis, number, micros(r.Opened), micros(t.now))
	return err
}

// lower is the stage at which less is told; "" is none.
func (s Stage) lower(other Stage) Stage {
	switch {
	case other == "" || s == Closed:
		return s
	case other == Closed || other.rank() < s.rank():
		return other
	}
	return s
}

// tie makes two tickets one family, and has all that was merged into the first, or split from it, point to the second.
func (t *tx) tie(from, into Ticket) error {
	family := into.Family
	if family == 0 {
		family = into.ID
	}
	for _, s := range []struct {
		query string
		args  []any
	}{
		{"UPDATE ticket SET family = ? WHERE id IN (?, ?)", []any{family, from.ID, into.ID}},
		{"UPDATE ticket SET family = ? WHERE family = nullif(?, 0)", []any{family, from.Family}},
		{"UPDATE ticket SET merged_into = ? WHERE family = ? AND merged_into = ?", []any{into.ID, family, from.ID}},
		{"UPDATE ticket SET split_from = nullif(?, id) WHERE family = ? AND split_from = ?", []any{into.ID, family, from.ID}},
	} {
		if _, err := t.exec(s.query, s.args...); err != nil {
			return err
		}
	}
	return nil
}
