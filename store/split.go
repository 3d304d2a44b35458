package store

import (
	"context"
	"fmt"
	"slices"
)

// Split moves reports of a ticket, as the caller saw it, to a new one, with what their requesters said of them since;
// other versions of the same incident go with them, as updates would follow them. sources are the accused addresses of
// all reports of the ticket: each ticket is found by its own again. The new ticket has no recipients: whoever its reports
// concern is told anew, from its first stage on. Nothing is sent, planned or queued, see Merge.
func (s *Store) Split(ctx context.Context, from Ticket, reports []int64, sources map[int64][]string, operator, why string) (Moved, error) {
	var out Moved
	err := s.writer.do(ctx, "split", func(t *tx) (err error) {
		out, err = s.split(t, from, reports, sources, operator, why)
		return err
	})
	return out, err
}

func (s *Store) split(t *tx, from Ticket, reports []int64, sources map[int64][]string, operator, why string) (out Moved, err error) {
	if from, err = t.movable(from); err != nil {
		return out, err
	}
	all, err := list(context.Background(), t.conn, scanReport, selectReport+" WHERE ticket = ? ORDER BY id", from.ID)
	if err != nil {
		return out, err
	}
	going, staying, err := parted(from, all, reports)
	if err != nil {
		return out, err
	}
	if out.Withdrawn, err = t.withdraw(operator, "split", from.ID); err != nil {
		return out, err
	}
	family := from.Family
	if family == 0 {
		family = from.ID
	}
	number := s.numbers.take()
	if number == 0 {
		if number, err = t.passNumbers(1); err != nil {
			return out, err
		}
	}
	out.Number = ticketNumber(s.opt.Prefix, number)
	out.TicketID, err = t.insert("INSERT INTO ticket (number, state, version, opened, updated, split_from, family) VALUES (?, ?, 1, ?, ?, ?, ?)",
		out.Number, from.State, micros(t.now), micros(t.now), from.ID, family)
	if err != nil {
		return out, err
	}
	if err := t.change(ErrStale, "UPDATE ticket SET family = ?, version = version + 1, updated = ? WHERE id = ?", family, micros(t.now), from.ID); err != nil {
		return out, err
	}
	for _, r := range going {
		if err := t.moveReport(&r, from, out.TicketID); err != nil {
			return out, fmt.Errorf("report %d: %w", r.ID, err)
		}
		out.Reports = append(out.Reports, r.ID)
	}
	if err := t.partConsents(from.ID, out.TicketID, going, staying); err != nil {
		return out, err
	}
	if err := t.partReferences(from.ID, out.TicketID, going, staying); err != nil {
		return out, err
	}
	if err := t.partKeys(from.ID, all, out.Reports, out.TicketID, sources); err != nil {
		return out, err
	}
	told := detail{"from": from.Number, "into": out.Number, "moved": out.Reports, "why": cut(why, 500), "state": from.State}
	if err := t.event(operator, "split", subject("ticket", from.ID), told); err != nil {
		return out, err
	}
	return out, t.event(operator, "split", subject("ticket", out.TicketID), told)
}

// parted are the reports that go and those that stay. On both sides there must be one that tells somebody something:
// an answer tells the requesters of the others.
func parted(from Ticket, all []Report, ids []int64) (going, staying []Report, err error) {
	for _, id := range ids {
		if !slices.ContainsFunc(all, func(r Report) bool { return r.ID == id }) {
			return nil, nil, fmt.Errorf("report %d of ticket %s: %w", id, from.Number, ErrNotFound)
		}
	}
	for _, r := range all {
		if slices.ContainsFunc(all, func(o Report) bool {
			return slices.Contains(ids, o.ID) && (o.ID == r.ID || r.IncidentID != "" && o.Party == r.Party && o.IncidentName == r.IncidentName && o.IncidentID == r.IncidentID)
		}) {
			going = append(going, r)
		} else {
			staying = append(staying, r)
		}
	}
	report := func(r Report) bool { return r.Current && !r.Answer }
	if !slices.ContainsFunc(staying, report) {
		return nil, nil, fmt.Errorf("%w: no report would stay on ticket %s", ErrState, from.Number)
	}
	if !slices.ContainsFunc(going, report) {
		return nil, nil, fmt.Errorf("%w: answers alone make no ticket", ErrState)
	}
	return going, staying, nil
}

// moveReport moves a report and what was said of it alone. Its requester keeps the number it was told, also where that is the
// old ticket's own, which its recipients know and which therefore stays there: a new number would show the requester that
// its report had stood with those of others. Only a number that is the report's alone leads to the new ticket.
func (t *tx) moveReport(r *Report, from Ticket, to int64) error {
	for _, s := range []struct {
		query string
		args  []any
	}{
		{"UPDATE report SET ticket = ?, came_to = NULL, number = coalesce(nullif(number, ''), ?) WHERE id = ?", []any{to, from.Number, r.ID}},
		{"UPDATE ticket_number SET ticket = ? WHERE number = ? AND ticket = ?", []any{to, r.Number, from.ID}},
		{"UPDATE consent SET ticket = ? WHERE report = ?", []any{to, r.ID}},
	} {
		if _, err := t.exec(s.query, s.args...); err != nil {
			return err
		}
	}
	return nil
}

// partConsents gives the new ticket what requesters of its reports said of all their reports: it was said of these, and
// of those that stay too.
func (t *tx) partConsents(from, to int64, going, staying []Report) error {
	done := map[string]bool{}
	for _, r := range going {
		if done[r.Party] {
			continue
		}
		done[r.Party] = true
		query := "UPDATE consent SET ticket = ? WHERE ticket = ? AND party = ? AND report IS NULL"
		if slices.ContainsFunc(staying, func(o Report) bool { return o.Party == r.Party }) {
			query = `INSERT INTO consent (ticket, party, mail, conditions, actor, at) SELECT ?, c.party, c.mail, c.conditions, c.actor, c.at
				FROM consent c WHERE c.ticket = ? AND c.party = ? AND c.report IS NULL ORDER BY c.id`
		}
		if _, err := t.exec(query, to, from, r.Party); err != nil {
			return err
		}
	}
	_, err := t.exec(`INSERT INTO pseudonym (ticket, party, class, value, token) SELECT ?, p.party, p.class, p.value, p.token FROM pseudonym p
		WHERE p.ticket = ?`, to, from) // a value that recipients know by a name keeps it
	return err
}

// partReferences gives the new ticket the numbers that requesters of its reports gave the incident. Which of its reports
// a party meant is known of their ids alone; its other numbers stay with both where it has reports on both.
func (t *tx) partReferences(from, to int64, going, staying []Report) error {
	for _, r := range going {
		if _, err := t.exec(`INSERT INTO ticket_reference (ticket, number, party, at) SELECT ?, f.number, f.party, f.at FROM ticket_reference f
			WHERE f.ticket = ? AND f.party = ? ON CONFLICT DO NOTHING`, to, from, r.Party); err != nil {
			return err
		}
	}
	for _, part := range []struct {
		ticket          int64
		here, elsewhere []Report
	}{{from, staying, going}, {to, going, staying}} {
		for _, r := range part.elsewhere {
			if slices.ContainsFunc(part.here, func(o Report) bool { return o.Party == r.Party && o.IncidentID == r.IncidentID }) {
				continue
			}
			alone := !slices.ContainsFunc(part.here, func(o Report) bool { return o.Party == r.Party })
			if _, err := t.exec("DELETE FROM ticket_reference WHERE ticket = ? AND party = ? AND (? OR number = ?)", part.ticket, r.Party, alone, r.IncidentID); err != nil {
				return err
			}
		}
	}
	return nil
}

// partKeys notes anew what either ticket is found by.
func (t *tx) partKeys(from int64, all []Report, moved []int64, to int64, sources map[int64][]string) error {
	if _, err := t.exec("DELETE FROM ticket_key WHERE ticket = ?", from); err != nil {
		return err
	}
	for _, r := range all {
		ticket := from
		if slices.Contains(moved, r.ID) {
			ticket = to
		}
		if err := t.addKeys(ticket, sources[r.ID], r.At); err != nil {
			return err
		}
	}
	return nil
}
