package store

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// digested is a row whose bytes must have its digest.
type digested struct {
	id     int64
	digest Digest
	bytes  []byte
}

func scanDigested(row scanner) (d digested, err error) {
	err = row.Scan(&d.id, &d.digest, &d.bytes)
	return d, err
}

// walk reads a query page by page; it takes the last id and the page's size. Pages are small: a mail may have 25 MiB.
func walk[T any](ctx context.Context, db queryer, scan func(scanner) (T, error), id func(T) int64, query string, each func(T)) error {
	const page = 8
	for last := int64(0); ; {
		rows, err := list(ctx, db, scan, query, last, page)
		if err != nil {
			return err
		}
		for _, row := range rows {
			each(row)
			last = id(row)
		}
		if len(rows) < page {
			return nil
		}
	}
}

func (f *fsck) snapshots(ctx context.Context) error {
	digests, err := list(ctx, f.s.readers, scanText, "SELECT digest FROM snapshot ORDER BY digest")
	if err != nil {
		return err
	}
	for _, digest := range digests {
		text, err := f.s.Snapshot(ctx, Digest(digest))
		if err != nil {
			return err
		}
		if DigestOf([]byte(text)) != Digest(digest) {
			f.add("snapshot-digest", "snapshot/"+digest[:12], "its text is not the one that decisions were made from")
		}
	}
	return nil
}

func (f *fsck) mails(ctx context.Context) error {
	return walk(ctx, f.s.readers, scanDigested, func(d digested) int64 { return d.id },
		"SELECT m.id, m.digest, r.raw FROM mail m LEFT JOIN mail_raw r ON r.mail = m.id WHERE m.id > ? ORDER BY m.id LIMIT coalesce(?, 0)",
		func(d digested) {
			f.tick(1)
			f.rows["mail"]++
			if d.bytes != nil && DigestOf(d.bytes) != d.digest {
				f.add("mail-digest", subject("mail", d.id), "its bytes are not those received")
			}
		})
}

func (f *fsck) reports(ctx context.Context) error {
	return walk(ctx, f.s.readers, scanDigested, func(d digested) int64 { return d.id },
		"SELECT id, digest, document FROM report WHERE id > ? ORDER BY id LIMIT coalesce(?, 0)",
		func(d digested) {
			f.tick(1)
			f.rows["report"]++
			if d.bytes != nil && DigestOf(d.bytes) != d.digest {
				f.add("report-digest", subject("report", d.id), "its document is not the one accepted")
			}
		})
}

// cells looks whether each cell of a decision has an owner. Many decisions share a list of cells.
func (f *fsck) cells(ctx context.Context) error {
	type row struct {
		id   int64
		json []byte
	}
	return walk(ctx, f.s.readers, func(r scanner) (c row, err error) { err = r.Scan(&c.id, &c.json); return c, err },
		func(c row) int64 { return c.id }, "SELECT id, json FROM cells WHERE id > ? ORDER BY id LIMIT coalesce(?, 0)", func(c row) {
			f.tick(1)
			if !owned(c.json) {
				f.add("cell-owner", subject("cells", c.id), "a cell has no owner")
			}
		})
}

// checkedDecision is a decision with its message.
type checkedDecision struct {
	Decision
	purged bool
	sealed Digest
	body
}

const selectChecked = `SELECT d.id, d.ticket, d.party, d.kind, d.stage, d.policy_digest, d.parties_digest, d.reports, d.inputs,
	coalesce((SELECT c.json FROM cells c WHERE c.digest = d.cells_digest), '[]'),
	d.cells_digest, d.scan, d.twin, d.message_digest, d.refusal, d.digest, d.at, coalesce(v.id, 0), t.purged_at, coalesce(v.digest, ''), b.bytes, b.plain,
	coalesce(b.head, 0), coalesce(b.at, 0), coalesce(b.rest, 0)
	FROM decision d JOIN ticket t ON t.id = d.ticket LEFT JOIN delivery v ON v.decision = d.id LEFT JOIN delivery_bytes b ON b.delivery = v.id`

func scanChecked(row scanner) (checkedDecision, error) {
	var d checkedDecision
	var reports, inputs, cells string
	var at, purged int64
	err := row.Scan(&d.ID, &d.TicketID, &d.Party, &d.Kind, &d.Stage, &d.PolicyDigest, &d.PartiesDigest, &reports, &inputs, &cells,
		&d.CellsDigest, &d.Scan, &d.Twin, &d.MessageDigest, &d.Refusal, &d.Decision.Digest, &at, &d.DeliveryID, &purged, &d.sealed, &d.bytes, &d.plain, &d.head, &d.body.at, &d.rest)
	if err != nil {
		return checkedDecision{}, err
	}
	d.Inputs, d.Cells, d.At, d.purged = json.RawMessage(inputs), json.RawMessage(cells), fromMicros(at), purged != 0
	return d, json.Unmarshal([]byte(reports), &d.Reports)
}

func (f *fsck) decisions(ctx context.Context) error {
	return walk(ctx, f.s.readers, scanChecked, func(d checkedDecision) int64 { return d.ID }, selectChecked+" WHERE d.id > ? ORDER BY d.id LIMIT coalesce(?, 0)", f.decision)
}

func (f *fsck) decision(d checkedDecision) {
	f.tick(1)
	f.rows["decision"]++
	if d.DeliveryID != 0 {
		f.rows["delivery"]++
	}
	if d.purged {
		return
	}
	if DigestOf(d.Cells) != d.CellsDigest || d.digest() != d.Decision.Digest {
		f.add("decision-digest", subject("decision", d.ID), "the row is not the one decided")
	}
	if d.bytes == nil {
		return
	}
	if DigestOf(d.bytes) != d.sealed {
		f.add("delivery-digest", subject("delivery", d.DeliveryID), "its bytes are not those queued")
	}
	plain, err := d.unpacked()
	if m := (&NewDelivery{Bytes: d.bytes, Plain: plain}); err != nil || DigestOf(m.scanned()) != d.MessageDigest {
		f.add("scanned-digest", subject("delivery", d.DeliveryID), "its bytes are not those scanned")
	}
}

// binding is a row that an audit event tells the digest of.
type binding struct {
	kind   string // table
	id     int64
	digest Digest
}

// bindings says which rows an event made or changed under which digests.
func bindings(e Event) []binding {
	var d struct {
		SHA256   Digest
		Reports  []reportRow
		Decision int64
		Digest   Digest
		Delivery int64
		Bytes    Digest
	}
	if json.Unmarshal([]byte(e.Detail), &d) != nil {
		return nil
	}
	var out []binding
	if e.Verb == "receive" {
		out = append(out, binding{"mail", subjectID(e.Subject), d.SHA256})
	}
	for _, r := range d.Reports {
		out = append(out, binding{"report", r.Report, r.Document})
	}
	if e.Verb == "decide" {
		out = append(out, binding{"decision", d.Decision, d.Digest})
		if d.Delivery != 0 {
			out = append(out, binding{"delivery", d.Delivery, d.Bytes})
		}
	}
	return out
}

func subjectID(s string) int64 {
	_, number, _ := strings.Cut(s, "/")
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// chain walks the audit chain and holds mails, reports, decisions and deliveries against what it says of them: a row
// that was changed together with its own digest shows here, and so does one that no verb made.
func (f *fsck) chain(ctx context.Context) error {
	made := map[string]int64{}
	n, err := f.s.walkChain(ctx, false, nil, func(e Event) error {
		f.tick(1)
		for _, row := range bindings(e) {
			made[row.kind]++
			if err := f.bound(ctx, e, row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil { // what the rest of it tells of is not known
		return f.broken(ctx, n, err)
	}
	for kind, rows := range f.rows {
		if made[kind] < rows { // more of them: made since we counted
			f.add("audit-row", kind, "%d rows without an event", rows-made[kind])
		}
	}
	return nil
}

// bound looks whether a row is the one that an event tells of.
func (f *fsck) bound(ctx context.Context, e Event, row binding) error {
	have, err := one(ctx, f.s.readers, row.kind, row.id, scanText, "SELECT digest FROM "+row.kind+" WHERE id = ?", row.id)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if Digest(have) != row.digest {
		f.add("audit-row", subject(row.kind, row.id), "event %d (%s) tells of another row", e.Seq, e.Verb)
	}
	return nil
}

// broken tells a chain that breaks after event n from a walk that did not end.
func (f *fsck) broken(ctx context.Context, n int64, err error) error {
	if errors.Is(err, ErrUnavailable) || ctx.Err() != nil {
		return err
	}
	if err != nil {
		f.add("audit-chain", subject("event", n+1), "%v", err)
	}
	return nil
}
