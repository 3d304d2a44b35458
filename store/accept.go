package store

import (
	"context"
	"errors"
	"fmt"
)

// Acceptance is everything that follows from one mail, or from one act of an operator, in one transaction.
type Acceptance struct {
	// MailID is the mail it ends; 0 for none.
	MailID  int64
	Verdict Verdict
	// State is where the mail ends: MailAccepted when empty, MailRecorded for a reply.
	State MailState
	// Actor is who decided, "gateway" when empty; Verb is the event's, "accept" when empty.
	Actor, Verb string
	Why         string // an operator's reason, for the event
	Tickets     []TicketChange
}

// TicketChange is what happens to one ticket. Two changes of one existing ticket in an Acceptance are one too many: the
// second finds another version, ErrStale.
type TicketChange struct {
	Correlation Correlation
	State       TicketState // where the ticket stands afterwards; unchanged when empty, open for a new one
	References  []Reference
	Reports     []NewReport
	Consents    []Consent
	Recipients  []NewRecipient
	Steps       []Step
	Pseudonyms  []Pseudonym
	// Supersede names unsent messages that are cancelled: the decisions say all that may be told now.
	Supersede []Superseded
	// Cancel names messages, not yet sent, whose basis has gone.
	Cancel    []int64
	Decisions []NewDecision
}

// Superseded are the unsent messages of a kind to a party.
type Superseded struct {
	Party string
	Kind  DeliveryKind
}

// Accepted says which rows came of a TicketChange, in its order.
type Accepted struct {
	TicketID    int64
	Number      string
	ReportIDs   []int64
	DecisionIDs []int64
	DeliveryIDs []int64 // 0 where a decision has none
	// Begun are the messages whose first attempt is on disk with them, as Attempt returns them. One that asked for it
	// and is not here is queued: the queue is held, or its address was marked.
	Begun []Delivery
}

// Accept brings a report, its ticket, recipients, decisions and deliveries into being, all or nothing. ErrStale: the
// correlation, a stage or a pseudonym is no longer what was planned on; correlate and plan again. ErrState: the mail is
// finished already, as when two workers had the same bytes.
func (s *Store) Accept(ctx context.Context, a Acceptance) ([]Accepted, error) {
	if a.Actor == "" {
		a.Actor = gateway
	}
	if a.Verb == "" {
		a.Verb = "accept"
	}
	if a.State == "" {
		a.State = MailAccepted
	}
	var out []Accepted
	near := 0
	if a.MailID != 0 {
		near = s.mails.add(0)
	}
	plans, err := prepareChanges(a.Tickets)
	if err == nil {
		err = s.writer.doNear(ctx, near, a.Verb, func(t *tx) (err error) {
			out, err = t.accept(&a, plans)
			return err
		})
	}
	if a.MailID != 0 && !errors.Is(err, ErrStale) { // a stale one comes again
		s.mails.add(-1)
		s.numbers.forget(a.MailID)
	}
	for i := range out {
		for _, d := range out[i].Begun {
			if errors.Is(err, ErrUnavailable) {
				s.doubts.add(d.ID, d.MessageID)
			} else if err == nil {
				s.attempts.add(1)
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (t *tx) accept(a *Acceptance, plans []preparedChange) (out []Accepted, err error) {
	if err := t.stillHolds(*a); err != nil { // before the first row is written: what is refused here costs nobody else
		return nil, err
	}
	if a.MailID != 0 {
		var numbers []string
		for _, c := range a.Tickets {
			numbers = append(numbers, c.Correlation.Number)
		}
		if err := t.finishMail(a.Actor, a.Verb, a.MailID, a.State, a.Verdict, detail{"tickets": numbers}); err != nil {
			return nil, err
		}
	}
	for i := range a.Tickets {
		change := a.Tickets[i]
		done, err := t.changeTicket(a, &change, &plans[i])
		out = append(out, done)
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// preparedChange is what is found out about a TicketChange before its turn comes.
type preparedChange struct {
	documents []Digest // of its reports
	decisions []*preparedDecision
}

func prepareChanges(changes []TicketChange) ([]preparedChange, error) {
	plans := make([]preparedChange, len(changes))
	for i := range changes {
		for _, r := range changes[i].Reports {
			plans[i].documents = append(plans[i].documents, DigestOf(r.Document))
		}
		for _, d := range changes[i].Decisions {
			p, err := prepare(d)
			if err != nil {
				return nil, fmt.Errorf("decision for %q: %w", d.Party, err)
			}
			plans[i].decisions = append(plans[i].decisions, p)
		}
	}
	return plans, nil
}

// stillHolds looks whether the present is the one that was planned on. A mail that is finished already says so and
// nothing else.
func (t *tx) stillHolds(a Acceptance) error {
	err := t.recheckReplay(a)
	for i := 0; err == nil && i < len(a.Tickets); i++ {
		err = t.recheck(a.Tickets[i].Correlation)
	}
	if errors.Is(err, ErrStale) && a.MailID != 0 {
		var state MailState
		if e := t.row("SELECT state FROM mail WHERE id = ?", a.MailID).Scan(&state); e != nil {
			return notFound(e, "mail", a.MailID)
		}
		if state != MailReceived {
			return fmt.Errorf("%w: mail %d is %s", ErrState, a.MailID, state)
		}
	}
	return err
}

// recheckReplay sees to it that of two mails with one signature, screened at the same time, one is accepted. An
// operator's release passes.
func (t *tx) recheckReplay(a Acceptance) error {
	if a.MailID == 0 || a.Verdict.SignatureDigest == "" {
		return nil
	}
	var others int
	err := t.row("SELECT count(*) FROM mail WHERE "+bySignature+` AND id <> ? AND state IN ('accepted', 'recorded')
		AND NOT EXISTS (SELECT 1 FROM mail m WHERE m.id = ? AND m.released = 1)`,
		a.Verdict.SignatureDigest, a.Verdict.SignatureDigest, a.MailID, a.MailID).Scan(&others)
	if err == nil && others > 0 {
		err = fmt.Errorf("%w: the signature of mail %d was accepted with another mail", ErrStale, a.MailID)
	}
	return err
}

// changeTicket applies one TicketChange and tells it in one event; each decision has an event of its own. Decisions
// come last: they stand on everything before them.
func (t *tx) changeTicket(a *Acceptance, c *TicketChange, p *preparedChange) (Accepted, error) {
	out := Accepted{Number: c.Correlation.Number}
	var err error
	if out.TicketID, err = t.touchTicket(c); err != nil {
		return out, err
	}
	told := detail{"number": out.Number, "how": c.Correlation.Kind, "mail": a.MailID}
	if c.State != "" {
		told["state"] = c.State
	}
	if a.Why != "" {
		told["why"] = cut(a.Why, 500)
	}
	if err := t.fillTicket(a, c, p, &out, told); err != nil {
		return out, err
	}
	if err := t.event(a.Actor, a.Verb, subject("ticket", out.TicketID), told); err != nil {
		return out, err
	}
	for _, old := range c.Supersede {
		if err := t.supersede(out.TicketID, old); err != nil {
			return out, fmt.Errorf("messages to %q: %w", old.Party, err)
		}
	}
	for _, id := range c.Cancel {
		if err := t.moveDelivery("cancel", id, a.Actor, "basis-changed", Cancelled, 0, unsent); err != nil {
			return out, err
		}
	}
	for _, decision := range p.decisions {
		d, err := t.decide(a.Actor, out.TicketID, decision)
		if err != nil {
			return out, fmt.Errorf("decision for %q: %w", decision.Party, err)
		}
		out.DecisionIDs = append(out.DecisionIDs, d.DecisionID)
		out.DeliveryIDs = append(out.DeliveryIDs, d.ID)
		if d.State == Sending {
			d.Number = out.Number
			out.Begun = append(out.Begun, d)
		}
	}
	return out, nil
}

// fillTicket adds the rows of a change and notes in told what its event says of them.
func (t *tx) fillTicket(a *Acceptance, c *TicketChange, p *preparedChange, out *Accepted, told detail) error {
	for _, r := range c.References {
		if _, err := t.exec("INSERT INTO ticket_reference (ticket, number, party, at) VALUES (?, ?, ?, ?) ON CONFLICT (ticket, number, party) DO NOTHING",
			out.TicketID, cut(r.Number, 200), r.Party, micros(t.now)); err != nil {
			return err
		}
	}
	for i := range c.Reports {
		if own := c.Reports[i].Number; own != "" && own != out.Number {
			if _, err := t.exec("INSERT INTO ticket_number (number, ticket) VALUES (?, ?) ON CONFLICT (number) DO NOTHING", own, out.TicketID); err != nil {
				return err
			}
		}
		row, err := t.addReport(a.MailID, out.TicketID, &c.Reports[i], p.documents[i], c.Correlation.New() && i == 0)
		if err != nil {
			return fmt.Errorf("report %d: %w", i, err)
		}
		out.ReportIDs = append(out.ReportIDs, row.Report)
		told.add("reports", row)
	}
	for _, consent := range c.Consents {
		id, err := t.addConsent(a, out.TicketID, consent)
		if err != nil {
			return fmt.Errorf("consent of %q: %w", consent.Party, err)
		}
		told.add("consents", detail{"consent": id, "party": consent.Party, "sha256": DigestOf([]byte(consent.Conditions))})
	}
	for _, r := range c.Recipients {
		if err := t.addRecipient(a, out.TicketID, &r); err != nil {
			return fmt.Errorf("recipient %q: %w", r.Party, err)
		}
		told.add("steps", detail{"party": r.Party, "to": r.Stage, "by": startKind})
	}
	for _, step := range c.Steps {
		if step.MailID == 0 {
			step.MailID = a.MailID
		}
		if err := t.step(a.Actor, out.TicketID, step); err != nil {
			return fmt.Errorf("recipient %q: %w", step.Party, err)
		}
		told.add("steps", detail{"party": step.Party, "from": step.From, "to": step.To, "by": step.Kind, "mail": step.MailID})
	}
	for _, p := range c.Pseudonyms {
		if _, err := t.exec("INSERT INTO pseudonym (ticket, party, class, value, token) VALUES (?, ?, ?, ?, ?)",
			out.TicketID, p.Party, p.Class, p.Value, p.Token); err != nil {
			return fmt.Errorf("pseudonym for %q: %w", p.Party, stale(err))
		}
	}
	return nil
}

// touchTicket opens the ticket or counts a change of it.
func (t *tx) touchTicket(c *TicketChange) (int64, error) {
	if c.Correlation.New() {
		if c.State == "" {
			c.State = TicketOpen
		}
		id, err := t.insert("INSERT INTO ticket (number, state, version, opened, updated) VALUES (?, ?, 1, ?, ?)",
			c.Correlation.Number, c.State, micros(t.now), micros(t.now))
		return id, stale(err)
	}
	id := c.Correlation.TicketID
	if err := t.change(ErrStale, "UPDATE ticket SET version = version + 1, updated = ?, state = coalesce(nullif(?, ''), state) WHERE id = ? AND version = ? AND merged_into IS NULL",
		micros(t.now), c.State, id, c.Correlation.Version); err != nil {
		return 0, fmt.Errorf("ticket %d: %w", id, err)
	}
	return id, nil
}
