package store

import (
	"context"
	"encoding/json"
	"fmt"
)

// closing is the evidence of stages that a ticket's end and a new beginning give, and the reason of what is cancelled.
const closing = "ticket-closed"

// SetTicket moves a ticket between states by an operator's hand. One that is merged stays closed; ReopenTicket opens one.
//
// Closing ends the conversation: every recipient comes to the stage at which nothing more is told, and what was to tell or
// ask somebody something and has not been sent is cancelled. Receipts and outcomes still go: they say what became of a
// report. ErrState: a message is being sent, which could come back and would be tried again.
func (s *Store) SetTicket(ctx context.Context, id int64, from, to TicketState, operator, why string) error {
	return s.writer.do(ctx, "set ticket", func(t *tx) error {
		told := detail{"from": from, "to": to, "why": cut(why, 500)}
		if from == TicketClosed {
			return fmt.Errorf("ticket %d: %w: it is closed", id, ErrState)
		}
		if to == TicketClosed {
			if err := t.endTicket(id, operator, told); err != nil {
				return err
			}
		}
		if err := t.change(ErrState, "UPDATE ticket SET state = ?, version = version + 1, updated = ? WHERE id = ? AND state = ? AND merged_into IS NULL",
			to, micros(t.now), id, from); err != nil {
			return fmt.Errorf("ticket %d: %w", id, err)
		}
		return t.event(operator, "set-ticket", subject("ticket", id), told)
	})
}

func (t *tx) endTicket(id int64, operator string, told detail) error {
	unsent, err := list(context.Background(), t.conn, scanDelivery, selectDelivery+` WHERE d.ticket = ? AND d.state NOT IN ('sent', 'cancelled')
		AND d.kind IN ('notice', 'answer', 'question') ORDER BY d.id`, id)
	if err != nil {
		return err
	}
	for _, d := range unsent {
		if d.State == Sending {
			return fmt.Errorf("%w: delivery %d of ticket %s is being sent; it takes a moment", ErrState, d.ID, d.Number)
		}
	}
	for _, d := range unsent {
		if err := t.moveDelivery("cancel", d.ID, operator, closing, Cancelled, 0, "true"); err != nil {
			return err
		}
		told.add("withdrawn", d.ID)
	}
	return t.stepAll(id, operator, Closed, told)
}

// stepAll brings every recipient to the stage closed, or all that are there to the first again.
func (t *tx) stepAll(id int64, operator string, to Stage, told detail) error {
	all, err := list(context.Background(), t.conn, scanRecipient, selectRecipient+" WHERE r.ticket = ? ORDER BY r.party", id)
	if err != nil {
		return err
	}
	for _, r := range all {
		if (r.Stage == Closed) == (to == Closed) {
			continue
		}
		if err := t.step(operator, id, Step{Party: r.Party, From: r.Stage, To: to, Kind: closing}); err != nil {
			return err
		}
		told.add("steps", detail{"party": r.Party, "from": r.Stage, "to": to, "by": closing})
	}
	return nil
}

// ReopenTicket opens a closed ticket and returns where it stands then: where it stood before, or held where a party has
// asked to stop and not said since how to go on. Its recipients begin anew at the first stage. Nothing is sent, planned or
// queued by it. ErrState: it is not closed, merged, or purged, so that nothing is left to work on.
func (s *Store) ReopenTicket(ctx context.Context, id int64, operator, why string) (TicketState, error) {
	var to TicketState
	err := s.writer.do(ctx, "reopen ticket", func(t *tx) (err error) {
		if to, err = t.beforeClosing(id); err != nil {
			return err
		}
		if err := t.change(ErrState, `UPDATE ticket SET state = ?, version = version + 1, updated = ? WHERE id = ? AND state = 'closed'
			AND merged_into IS NULL AND purged_at = 0`, to, micros(t.now), id); err != nil {
			return fmt.Errorf("ticket %d: %w", id, err)
		}
		told := detail{"from": TicketClosed, "to": to, "why": cut(why, 500)}
		if err := t.stepAll(id, operator, FirstContact, told); err != nil {
			return err
		}
		return t.event(operator, "set-ticket", subject("ticket", id), told)
	})
	return to, err
}

func (t *tx) beforeClosing(id int64) (TicketState, error) {
	var stops int
	if err := t.row(`SELECT count(*) FROM consent c WHERE c.ticket = ? AND c.conditions = '' AND NOT EXISTS (SELECT 1 FROM consent l WHERE l.ticket = c.ticket
		AND l.party = c.party AND l.id > c.id AND l.conditions <> '' AND (l.report IS NULL OR l.report = c.report))`, id).Scan(&stops); err != nil || stops > 0 {
		return TicketHeld, err
	}
	events, err := list(context.Background(), t.conn, scanText, "SELECT detail FROM event WHERE subject = ? AND verb = 'set-ticket' ORDER BY seq DESC LIMIT 1", subject("ticket", id))
	var last struct{ From, To TicketState }
	if err == nil && len(events) > 0 {
		err = json.Unmarshal([]byte(events[0]), &last)
	}
	if err != nil || last.To != TicketClosed {
		return TicketHeld, err
	}
	return last.From, nil
}
