package store

import (
	"context"
	"errors"
	"fmt"
)

// Problem is a broken promise that Fsck found. Rule is its name, Subject the row, Text says more without report content.
type Problem struct{ Rule, Subject, Text string }

// maxProblems are reported per rule: a damaged database would fill the terminal.
const maxProblems = 20

// fsck is one walk over the database.
type fsck struct {
	s        *Store
	db       interruptible // for what walks over a whole table in one query
	problems []Problem
	perRule  map[string]int
	progress func(done, total int64)
	done     int64
	total    int64
	rows     map[string]int64 // by table, for those that the audit chain tells of
}

// interruptible is a connection whose queries end with the context. One over all rows takes seconds in a large database,
// and a daemon that is told to stop has ten.
type interruptible struct {
	ctx  context.Context
	conn *conn
}

func (i interruptible) query(query string, args []any, each func(scanner) error) error {
	err := i.conn.queryUntil(i.ctx, query, args, each)
	if i.ctx.Err() != nil {
		return i.ctx.Err()
	}
	return err
}

func (s *Store) newFsck(ctx context.Context, progress func(done, total int64)) (*fsck, error) {
	c, err := dial(s.connector(true))
	if err != nil {
		mapped, _ := classify(err)
		return nil, fmt.Errorf("fsck: %w", mapped)
	}
	return &fsck{s: s, db: interruptible{ctx, c}, perRule: map[string]int{}, rows: map[string]int64{}, progress: progress}, nil
}

// Fsck checks what the store promises, on a live database too: the file's structure and references, digests of mails,
// documents, messages and decisions, that every message has its proofs and approvals, that every stage stands on its
// evidence, that every cell has an owner, that attempts and states agree, and the audit chain. progress, when not nil, is
// told rows done and in all. Not checked is invariant 8 of the cases, that a message holds no withheld value: which those
// are says a decision that is made again, and that needs the other packages and the gateway's key. Here a message is bound
// by its digest to the scan that found it clean; "audit replay" makes the decision and both proofs again.
func (s *Store) Fsck(ctx context.Context, progress func(done, total int64)) ([]Problem, error) {
	f, err := s.newFsck(ctx, progress)
	if err != nil {
		return nil, err
	}
	defer f.db.conn.close()
	if err := check(ctx, f.db, "PRAGMA integrity_check(20)"); err != nil {
		if !errors.Is(err, ErrCorrupt) {
			return nil, err
		}
		f.add("structure", "database", "%v", err)
		return f.problems, nil // a walk over damaged pages says nothing more
	}
	return f.whole(ctx)
}

// whole is all of Fsck but the file's structure.
func (f *fsck) whole(ctx context.Context) ([]Problem, error) {
	total, err := one(ctx, f.db, "rows", "", scanID,
		"SELECT (SELECT count(*) FROM mail) + (SELECT count(*) FROM report) + (SELECT count(*) FROM cells) + (SELECT count(*) FROM decision) + (SELECT count(*) FROM event)")
	if err != nil {
		return nil, err
	}
	f.total = total
	return f.do(ctx, f.references, func(ctx context.Context) error { return f.holdRules(ctx, rules()) },
		f.snapshots, f.mails, f.reports, f.cells, f.decisions, f.chain)
}

func (f *fsck) do(ctx context.Context, steps ...func(context.Context) error) ([]Problem, error) {
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return f.problems, fmt.Errorf("fsck: %w", err)
		}
	}
	return f.problems, nil
}

func (f *fsck) add(rule, subject, format string, args ...any) {
	if f.perRule[rule]++; f.perRule[rule] <= maxProblems {
		f.problems = append(f.problems, Problem{rule, subject, fmt.Sprintf(format, args...)})
	}
}

func (f *fsck) tick(n int) {
	f.done += int64(n)
	if f.progress != nil {
		f.progress(f.done, f.total)
	}
}

func (f *fsck) references(ctx context.Context) error {
	type orphan struct {
		table, parent string
		row           int64
	}
	rows, err := list(ctx, f.db, func(row scanner) (o orphan, err error) {
		err = row.Scan(&o.table, &o.row, &o.parent)
		return o, err
	}, `SELECT "table", coalesce(rowid, 0), parent FROM pragma_foreign_key_check LIMIT 20`)
	for _, o := range rows {
		f.add("orphan", subject(o.table, o.row), "its %s is missing", o.parent)
	}
	return err
}

// rule is a promise that one query holds against all rows: it answers the ids that break it.
type rule struct {
	first             bool // also one of what is about to leave, see FsckFirst
	name, kind, query string
}

func rules() []rule {
	return []rule{
		{false, "mail-bytes", "mail", "SELECT id FROM mail m WHERE purged_at = 0 AND NOT EXISTS (SELECT 1 FROM mail_raw r WHERE r.mail = m.id)"},
		{false, "purged-bytes", "mail", "SELECT id FROM mail m WHERE purged_at > 0 AND EXISTS (SELECT 1 FROM mail_raw r WHERE r.mail = m.id)"},
		{false, "accepted-report", "mail", "SELECT id FROM mail m WHERE state = 'accepted' AND kind = 'report' AND NOT EXISTS (SELECT 1 FROM report r WHERE r.mail = m.id)"},
		{false, "report-mail", "mail", "SELECT DISTINCT m.id FROM report r JOIN mail m ON m.id = r.mail WHERE m.state NOT IN ('accepted', 'recorded')"},
		{false, "current-report", "report", `SELECT min(id) FROM report WHERE incident_id <> '' AND current = 1
			GROUP BY ticket, party, incident_name, incident_id, instance HAVING count(*) > 1`},
		{true, "queued-approval", "delivery", `SELECT id FROM delivery d WHERE (state IN ('queued', 'sending', 'sent', 'deferred', 'failed', 'maybe') OR attempts > 0)
			AND approvals > (SELECT count(*) FROM approval a WHERE a.delivery = d.id AND a.digest = d.digest)`},
		{true, "delivery-bytes", "delivery", `SELECT d.id FROM delivery d JOIN ticket t ON t.id = d.ticket
			WHERE t.purged_at = 0 AND NOT EXISTS (SELECT 1 FROM delivery_bytes b WHERE b.delivery = d.id)`},
		{true, "attempts", "delivery", "SELECT id FROM delivery d WHERE attempts <> (SELECT count(*) FROM attempt a WHERE a.delivery = d.id)"},
		{true, "attempt-under-way", "delivery", `SELECT d.id FROM delivery d WHERE (state = 'sending') <>
			EXISTS (SELECT 1 FROM attempt a WHERE a.delivery = d.id AND a.ended = 0)`},
		{true, "sent-twice", "delivery", "SELECT delivery FROM attempt WHERE outcome = 'sent' GROUP BY delivery HAVING count(*) > 1"},
		{true, "sent-attempt", "delivery", `SELECT id FROM delivery d WHERE (state = 'sent') <>
			EXISTS (SELECT 1 FROM attempt a WHERE a.delivery = d.id AND a.outcome = 'sent')`},
		{true, "stage-evidence", "ticket", `SELECT r.ticket FROM recipient r WHERE r.stage <> coalesce((SELECT e.to_stage FROM evidence e
			WHERE e.ticket = r.ticket AND e.party = r.party ORDER BY e.id DESC LIMIT 1), '')`},
		{false, "ticket-report", "ticket", "SELECT id FROM ticket t WHERE (merged_into IS NULL) <> EXISTS (SELECT 1 FROM report r WHERE r.ticket = t.id)"},
		{false, "merged-ticket", "ticket", "SELECT f.id FROM ticket f JOIN ticket i ON i.id = f.merged_into WHERE i.merged_into IS NOT NULL"},
		{false, "merged-leftover", "ticket", `SELECT id FROM ticket t WHERE merged_into IS NOT NULL AND (EXISTS (SELECT 1 FROM ticket_number n WHERE n.ticket = t.id)
			OR EXISTS (SELECT 1 FROM ticket_reference f WHERE f.ticket = t.id) OR EXISTS (SELECT 1 FROM ticket_key k WHERE k.ticket = t.id)
			OR EXISTS (SELECT 1 FROM consent c WHERE c.ticket = t.id)
			OR EXISTS (SELECT 1 FROM delivery d WHERE d.ticket = t.id AND d.kind IN ('notice', 'answer') AND d.state NOT IN ('sent', 'cancelled')))`},
		{false, "merged-recipient", "ticket", `SELECT r.ticket FROM recipient r JOIN ticket t ON t.id = r.ticket WHERE t.merged_into IS NOT NULL
			AND NOT EXISTS (SELECT 1 FROM recipient i WHERE i.ticket = t.merged_into AND i.party = r.party)`},
		{false, "ticket-family", "ticket", `SELECT t.id FROM ticket t JOIN ticket o ON o.id IN (t.merged_into, t.split_from, t.family)
			WHERE o.family IS NULL OR o.family <> t.family`},
		{false, "consent-report", "report", "SELECT r.id FROM consent c JOIN report r ON r.id = c.report WHERE r.ticket <> c.ticket OR r.party <> c.party"},
		{false, "decision-delivery", "decision", "SELECT c.id FROM decision c WHERE (c.refusal = '') <> EXISTS (SELECT 1 FROM delivery d WHERE d.decision = c.id)"},
		{true, "delivery-decision", "delivery", `SELECT d.id FROM delivery d JOIN decision c ON c.id = d.decision
			WHERE c.refusal <> '' OR d.ticket <> c.ticket OR d.party <> c.party OR d.kind <> c.kind`},
		{true, "decision-proof", "decision", `SELECT c.id FROM decision c JOIN delivery d ON d.decision = c.id
			WHERE c.scan <> 'clean' OR c.twin = 'differs' OR (c.kind IN ('notice', 'answer') AND c.twin <> 'equal')`},
	}
}

func (f *fsck) holdRules(ctx context.Context, rules []rule) error {
	for _, r := range rules {
		ids, err := list(ctx, f.db, scanID, r.query+fmt.Sprintf(" LIMIT %d", maxProblems))
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		for _, id := range ids {
			f.add(r.name, subject(r.kind, id), "breaks the rule")
		}
	}
	return nil
}
