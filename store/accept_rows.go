package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// stale turns a row that is there already into ErrStale: somebody else made it since the caller looked.
func stale(err error) error {
	if mapped, _ := classify(err); errors.Is(mapped, ErrDuplicate) {
		return fmt.Errorf("%w: %w", ErrStale, mapped)
	}
	return err
}

// startKind is the evidence of a recipient's first stage.
const startKind = "start"

// reportRow is what an event says of a report.
type reportRow struct {
	Report   int64  `json:"report"`
	Document Digest `json:"document"`
	Current  bool   `json:"current"`
}

// addReport stores an Incident, decides which of its identity is current, and notes what others are tied to it by. digest
// is the document's; alone: the ticket has no other report.
func (t *tx) addReport(mailID, ticketID int64, r *NewReport, digest Digest, alone bool) (reportRow, error) {
	var before, beforeAt int64
	var beforeDigest Digest
	if !alone {
		err := t.row(`SELECT id, generated_at, digest FROM report WHERE party = ? AND incident_name = ? AND incident_id = ? AND instance = ?
			AND current = 1 AND ticket = ? AND incident_id <> ''`,
			r.Party, r.IncidentName, r.IncidentID, r.IncidentInstance, ticketID).Scan(&before, &beforeAt, &beforeDigest)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return reportRow{}, err
		}
	}
	// The latest GeneratedAt is current; equal ones are told apart by digest, so that no order of arrival matters.
	at := micros(r.GeneratedAt)
	current := before == 0 || at > beforeAt || at == beforeAt && digest > beforeDigest
	var supersedes any
	if before != 0 && current {
		if err := t.change(ErrStale, "UPDATE report SET current = 0 WHERE id = ?", before); err != nil {
			return reportRow{}, err
		}
		supersedes = before
	}
	id, err := t.insert(`INSERT INTO report (mail, ticket, incident, party, incident_name, incident_id, instance, generated_at, at, version,
		digest, document, conditions, number, answer, current, supersedes, accepted_at, came_to)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT o.came_to FROM report o WHERE o.id = ?))`,
		mailID, ticketID, r.Incident, r.Party, r.IncidentName, r.IncidentID, r.IncidentInstance, at, micros(r.At), r.Version,
		digest, r.Document, r.Conditions, r.Number, r.Answer, current, supersedes, micros(t.now), supersedes)
	if err != nil {
		return reportRow{}, err
	}
	return reportRow{id, digest, current}, t.addKeys(ticketID, r.Sources, r.At)
}

// addKeys notes the addresses that a report accuses.
func (t *tx) addKeys(ticketID int64, sources []string, at time.Time) error {
	for _, source := range sources[:min(len(sources), maxSources)] {
		if _, err := t.exec("INSERT INTO ticket_key (kind, value, ticket, first_at, last_at) VALUES (?, ?, ?, ?, ?) "+widen,
			keySource, source, ticketID, micros(at), micros(at)); err != nil {
			return err
		}
	}
	return nil
}

// widen makes a key that is there already hold for both spans of time.
const widen = `ON CONFLICT (kind, value, ticket) DO UPDATE SET
	first_at = CASE WHEN excluded.first_at < ticket_key.first_at THEN excluded.first_at ELSE ticket_key.first_at END,
	last_at = CASE WHEN excluded.last_at > ticket_key.last_at THEN excluded.last_at ELSE ticket_key.last_at END`

// addConsent stores later conditions; a text that is withdrawn or tightened stays in the history.
func (t *tx) addConsent(a *Acceptance, ticketID int64, c Consent) (int64, error) {
	if c.MailID == 0 {
		c.MailID = a.MailID
	}
	return t.insert("INSERT INTO consent (ticket, party, report, mail, conditions, actor, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		ticketID, c.Party, nullable(c.ReportID), nullable(c.MailID), c.Conditions, a.Actor, micros(t.now))
}

// addRecipient puts a party on the ticket; its start is a step with evidence too.
func (t *tx) addRecipient(a *Acceptance, ticketID int64, r *NewRecipient) error {
	if r.Stage == "" {
		r.Stage = FirstContact
	}
	if len(r.Token) < 16 {
		return fmt.Errorf("token of %d characters can be guessed", len(r.Token))
	}
	if _, err := t.exec("INSERT INTO recipient (ticket, party, stage, token, address, basis, opened, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		ticketID, r.Party, r.Stage, r.Token, r.Address, r.Basis, micros(t.now), micros(t.now)); err != nil {
		return stale(err)
	}
	return t.evidence(a.Actor, ticketID, Step{Party: r.Party, To: r.Stage, Kind: startKind, MailID: a.MailID, Detail: r.Basis})
}

// step moves a recipient; the stage it is in must be the one the caller saw.
func (t *tx) step(actor string, ticketID int64, s Step) error {
	if !s.allowed() {
		return fmt.Errorf("%w: no step from %q to %q by %q", ErrState, s.From, s.To, s.Kind)
	}
	if err := t.change(ErrStale, "UPDATE recipient SET stage = ?, updated = ? WHERE ticket = ? AND party = ? AND stage = ?",
		s.To, micros(t.now), ticketID, s.Party, s.From); err != nil {
		return err
	}
	return t.evidence(actor, ticketID, s)
}

func (t *tx) evidence(actor string, ticketID int64, s Step) error {
	_, err := t.exec("INSERT INTO evidence (ticket, party, from_stage, to_stage, kind, mail, detail, actor, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		ticketID, s.Party, s.From, s.To, s.Kind, nullable(s.MailID), cut(s.Detail, 500), actor, micros(t.now))
	return err
}

// allowed: forward by any number of stages, back to the start, closed from anywhere, and from closed only back to the
// start. Every step names its kind of evidence.
func (s Step) allowed() bool {
	from, to := s.From.rank(), s.To.rank()
	if s.Kind == "" || from == 0 || to == 0 || from == to {
		return false
	}
	return s.To == FirstContact || s.To == Closed || s.From != Closed && to > from
}

// rank orders the stages, 0 for an unknown one.
func (s Stage) rank() int {
	switch s {
	case FirstContact:
		return 1
	case Acknowledged:
		return 2
	case Authenticated:
		return 3
	case Trusted:
		return 4
	case Closed:
		return 5
	}
	return 0
}

func nullable(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}
