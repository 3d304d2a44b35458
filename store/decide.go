package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// errBareLine: SMTP smuggling begins with a bare CR or LF (CVE-2023-51764); a message with one is never queued.
var errBareLine = errors.New("message with a bare CR or LF")

// preparedDecision is a decision with all that is found out about it without the database: the one writer has enough to do.
type preparedDecision struct {
	Decision
	reports []byte // JSON
	sealed  Digest // of the final bytes
	body    body
}

// prepare checks a decision. The proofs are bound to the bytes here: a message without a clean scan does not get in,
// whatever the caller believes.
func prepare(d NewDecision) (*preparedDecision, error) {
	p := &preparedDecision{Decision: Decision{NewDecision: d}}
	if p.Cells == nil {
		p.Cells = json.RawMessage("[]")
	}
	if p.Inputs == nil {
		p.Inputs = json.RawMessage("{}")
	}
	if !json.Valid(p.Inputs) {
		return nil, errors.New("inputs are not JSON")
	}
	p.CellsDigest = DigestOf(p.Cells)
	if m := d.Delivery; m != nil {
		if err := d.proved(); err != nil {
			return nil, err
		}
		p.MessageDigest, p.body = DigestOf(m.scanned()), packed(m)
		p.sealed = p.MessageDigest
		if m.Plain != nil {
			p.sealed = DigestOf(m.Bytes)
		}
	} else if d.Refusal == "" {
		return nil, errors.New("neither a message nor a refusal")
	}
	var err error
	p.reports, err = appendList(nil, d.Reports)
	return p, err
}

// decide stores a decision and puts its message into the queue. Where there is no message the answer has the decision's id
// alone.
func (t *tx) decide(actor string, ticketID int64, p *preparedDecision) (queued Delivery, err error) {
	row := p.Decision
	row.TicketID, row.At = ticketID, t.now
	cells, err := t.putCells(&row)
	if err != nil {
		return queued, err
	}
	row.Digest = row.digest()
	row.ID, err = t.insert(`INSERT INTO decision (ticket, party, kind, stage, policy_digest, parties_digest, reports, inputs, cells, cells_digest,
		scan, twin, message_digest, refusal, digest, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		ticketID, row.Party, row.Kind, row.Stage, row.PolicyDigest, row.PartiesDigest, string(p.reports), string(row.Inputs), cells, row.CellsDigest,
		row.Scan, row.Twin, row.MessageDigest, row.Refusal, row.Digest, micros(t.now))
	if err != nil {
		return queued, err
	}
	queued.DecisionID = row.ID
	told := detail{"decision": row.ID, "digest": row.Digest, "party": row.Party,
		"kind": row.Kind, "stage": row.Stage, "policy": row.PolicyDigest, "parties": row.PartiesDigest, "documents": row.Reports, "cells": row.CellsDigest,
		"scan": row.Scan, "twin": row.Twin, "message": row.MessageDigest, "refusal": row.Refusal}
	if row.Delivery != nil {
		if queued, err = t.enqueue(&row, p, told); err != nil {
			return queued, err
		}
	}
	return queued, t.event(actor, "decide", subject("ticket", ticketID), told)
}

// putCells stores what was decided about each cell unless another decision said the same.
func (t *tx) putCells(row *Decision) (id int64, err error) {
	err = t.row("SELECT id FROM cells WHERE digest = ?", row.CellsDigest).Scan(&id)
	if err == nil || !errors.Is(err, sql.ErrNoRows) {
		return id, err
	}
	if !json.Valid(row.Cells) {
		return 0, errors.New("cells are not JSON")
	}
	return t.insert("INSERT INTO cells (digest, json) VALUES (?, ?)", row.CellsDigest, string(row.Cells))
}

// unsent is the condition of a message that nobody can have received.
const unsent = "state IN ('awaiting-approval', 'queued', 'deferred', 'held')"

// supersede cancels what an earlier decision would still tell the party: the new one says all that may be told now, or
// that nothing may (cases 90, 178). An override says what it says beside it.
func (t *tx) supersede(ticketID int64, old Superseded) error {
	ids, err := list(context.Background(), t.conn, scanID, `SELECT id FROM delivery WHERE ticket = ? AND party = ? AND kind = ? AND override = 0
		AND `+unsent+` ORDER BY id`, ticketID, old.Party, old.Kind)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := t.moveDelivery("cancel", id, gateway, "superseded", Cancelled, 0, "true"); err != nil {
			return err
		}
	}
	return nil
}

// proved refuses a message that a proof did not pass. Only notices and answers have a twin: the other kinds hold no cell.
func (d *NewDecision) proved() error {
	switch m := d.Delivery; {
	case d.Refusal != "":
		return fmt.Errorf("%w: refused by %q and built all the same", ErrUnproved, d.Refusal)
	case d.Scan != "clean":
		return fmt.Errorf("%w: leak scan %q", ErrUnproved, d.Scan)
	case d.Twin != "equal" && (d.Kind == KindNotice || d.Kind == KindAnswer || d.Twin != ""):
		return fmt.Errorf("%w: twin run %q", ErrUnproved, d.Twin)
	case len(m.Bytes) == 0 || m.To == "" || m.MessageID == "":
		return errors.New("message without bytes, recipient or Message-ID")
	case hasBareLine(m.Bytes):
		return errBareLine
	}
	return nil
}

func (m *NewDelivery) scanned() []byte {
	if m.Plain != nil {
		return m.Plain
	}
	return m.Bytes
}

func hasBareLine(b []byte) bool {
	lines := bytes.Count(b, []byte("\r\n"))
	return lines != bytes.Count(b, []byte("\n")) || lines != bytes.Count(b, []byte("\r"))
}

// digest covers what the decision said, so that a changed row shows against the audit chain.
func (d *Decision) digest() Digest {
	type fields struct {
		Ticket             int64
		Party, Kind, Stage string
		Policy, Parties    Digest
		Reports            []Digest
		Inputs             Digest
		Cells              Digest
		Scan, Twin         string
		Message            Digest
		Refusal            string
		At                 int64
	}
	text, err := json.Marshal(fields{d.TicketID, d.Party, string(d.Kind), string(d.Stage), d.PolicyDigest, d.PartiesDigest,
		append([]Digest{}, d.Reports...), DigestOf(d.Inputs), d.CellsDigest, d.Scan, d.Twin, d.MessageDigest, d.Refusal, micros(d.At)})
	if err != nil {
		return "" // plain strings and numbers always marshal
	}
	return DigestOf(text)
}

// enqueue stores the final bytes. What needs approval or is held by a rule is not due.
func (t *tx) enqueue(row *Decision, p *preparedDecision, told detail) (Delivery, error) {
	m := row.Delivery
	d := Delivery{DecisionID: row.ID, TicketID: row.TicketID, Party: row.Party, Kind: row.Kind, Stage: row.Stage,
		PolicyDigest: row.PolicyDigest, PartiesDigest: row.PartiesDigest, From: m.From, To: m.To, MessageID: m.MessageID,
		Digest: p.sealed, Size: int64(len(m.Bytes)), Bytes: m.Bytes, Plain: m.Plain, Approvals: m.Approvals, Override: m.Override,
		State: Queued, Reason: m.HoldFor, NextAt: t.now, Created: t.now, Updated: t.now}
	switch begin, err := t.mayBegin(m); {
	case err != nil:
		return d, err
	case m.HoldFor != "":
		d.State, d.NextAt = HeldBack, time.Time{}
	case m.Approvals > 0:
		d.State, d.NextAt = AwaitingApproval, time.Time{}
	case begin:
		d.State, d.NextAt, d.Attempts = Sending, time.Time{}, 1
		told["attempt"] = d.Attempts
	}
	var err error
	d.ID, err = t.insert(`INSERT INTO delivery (decision, ticket, party, kind, envelope_from, envelope_to, message_id, digest, size, approvals,
		override, state, reason, attempts, next_at, created, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.DecisionID, d.TicketID, d.Party, d.Kind, d.From, d.To, d.MessageID, d.Digest, d.Size, d.Approvals,
		d.Override, d.State, d.Reason, d.Attempts, micros(d.NextAt), micros(t.now), micros(t.now))
	if err != nil {
		return d, err
	}
	b := p.body
	if _, err := t.exec("INSERT INTO delivery_bytes (delivery, bytes, plain, head, at, rest) VALUES (?, ?, ?, ?, ?, ?)",
		d.ID, b.bytes, b.plain, b.head, b.at, b.rest); err != nil {
		return d, err
	}
	told["delivery"], told["bytes"], told["state"], told["reason"] = d.ID, d.Digest, d.State, d.Reason
	if d.State == Sending {
		return d, t.beginAttempt(d.ID, d.Attempts)
	}
	return d, nil
}

// mayBegin says whether a message that is to be sent at once may be: what Attempt and the terms of the queue would stop is
// queued for them.
func (t *tx) mayBegin(m *NewDelivery) (bool, error) {
	if !m.Begin {
		return false, nil
	}
	var stops int
	err := t.row("SELECT (SELECT count(*) FROM meta WHERE name = ?) + (SELECT count(*) FROM bad_address WHERE address = ?)",
		holdName, m.To).Scan(&stops)
	return stops == 0, err
}
