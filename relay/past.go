package relay

import (
	"bytes"
	"context"
	"fmt"

	"iodefgw/mailgw/pgp"
	"iodefgw/store"
)

// LoadPast reads a decision and what it was made from.
func LoadPast(ctx context.Context, st *store.Store, id int64) (*Past, error) {
	d, err := st.DecisionByID(ctx, id)
	if err != nil {
		return nil, err
	}
	p := &Past{Decision: d, Documents: map[store.Digest][]byte{}, Texts: map[store.Digest]string{}, Messages: map[store.Digest][]byte{}}
	if err := p.snapshots(ctx, st); err != nil {
		return nil, fmt.Errorf("inputs of decision %d: %w", id, err)
	}
	own, err := st.TicketByID(ctx, d.TicketID)
	if err != nil {
		return nil, err
	}
	// Reports and consents may have been moved since, and what was said on one ticket counts on those that it is tied to.
	family, err := st.Family(ctx, own)
	if err != nil {
		return nil, err
	}
	for _, t := range family {
		if err := p.reports(ctx, st, t.ID); err != nil {
			return nil, fmt.Errorf("inputs of decision %d: %w", id, err)
		}
		if err := p.messages(ctx, st, t.ID); err != nil {
			return nil, fmt.Errorf("inputs of decision %d: %w", id, err)
		}
	}
	if err := p.address(ctx, st); err != nil {
		return nil, fmt.Errorf("inputs of decision %d: %w", id, err)
	}
	return p, nil
}

func (p *Past) snapshots(ctx context.Context, st *store.Store) error {
	var err error
	if p.Policy, err = st.Snapshot(ctx, p.Decision.PolicyDigest); err != nil {
		return err
	}
	text, err := st.Snapshot(ctx, p.Decision.PartiesDigest)
	if err != nil {
		return err
	}
	rows, err := st.Keys(ctx)
	if err != nil {
		return err
	}
	keys := map[string]*pgp.Key{}
	for _, row := range rows {
		list, err := pgp.ReadKeys([]byte(row.Armored))
		if err != nil {
			return fmt.Errorf("key %s: %w", row.Fingerprint, err)
		}
		for _, k := range list {
			keys[k.Fingerprint()] = k
		}
	}
	p.Parties, err = ParseSnapshot(text, keys)
	return err
}

// reports reads the documents of a ticket, and every text that may hold their
// conditions.
func (p *Past) reports(ctx context.Context, st *store.Store, ticketID int64) error {
	rows, err := st.Reports(ctx, ticketID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		p.Documents[r.Digest] = r.Document
		// Older decisions name a document as `screen` does, with CR LF as LF.
		p.Documents[store.DigestOf(bytes.ReplaceAll(r.Document, []byte("\r\n"), []byte("\n")))] = r.Document
		p.Texts[store.DigestOf([]byte(r.Conditions))] = r.Conditions
	}
	consents, err := st.Consents(ctx, ticketID)
	for _, c := range consents {
		p.Texts[store.DigestOf([]byte(c.Conditions))] = c.Conditions
	}
	return err
}

// address reads the address that the party had for its answers, and the names
// made up for it.
func (p *Past) address(ctx context.Context, st *store.Store) error {
	d := &p.Decision
	var err error
	if p.Pseudonyms, err = st.Pseudonyms(ctx, d.TicketID, d.Party); err != nil {
		return err
	}
	recipients, err := st.Recipients(ctx, d.TicketID)
	for _, r := range recipients {
		if r.Party == d.Party {
			p.Token = r.Token
		}
	}
	return err
}

// messages reads what the party was sent on a ticket.
func (p *Past) messages(ctx context.Context, st *store.Store, ticketID int64) error {
	d := &p.Decision
	for after := int64(0); ; {
		page, err := st.Deliveries(ctx, store.DeliveryFilter{TicketID: ticketID, Party: d.Party, After: after})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, row := range page {
			after = row.ID
			full, err := st.DeliveryByID(ctx, row.ID)
			if err != nil {
				return err
			}
			plain := full.Plain
			if plain == nil {
				plain = full.Bytes
			}
			p.Messages[store.DigestOf(plain)] = plain
			if row.ID == d.DeliveryID {
				p.MessageID = row.MessageID
			}
		}
	}
}
