package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// wholeFirst is the size of a database, in bytes, up to which a daemon checks it whole before it sends anything: some
// five thousand reports, a second or two. Of a million tickets the structure of the file alone takes the better part of a
// minute and the whole several, and neither intake nor the queue may wait so long at a start.
const wholeFirst = 128 << 20

// large reports whether the file is too large to be checked whole at a start.
func (s *Store) large() (bool, error) {
	file, err := os.Stat(s.path)
	return err == nil && file.Size() > wholeFirst, err
}

// leaving are the messages that are not sent and may be, in the place of the table.
const leaving = "(SELECT * FROM delivery WHERE state <> 'sent' AND state <> 'cancelled')"

// FsckFirst is what a daemon has to know before it sends anything. Of a large database it is what can leave: each unsent
// message, its decision, proofs, approvals and bytes, and that the audit chain tells of them; every recipient's stage;
// the policies and parties that decisions were made from; and the audit chain from the last signed head on, whose
// signature verify checks. rest says that there is more to look at, by FsckRest. The structure of a small file was looked
// at when it was opened.
func (s *Store) FsckFirst(ctx context.Context, verify func(Head) error) (problems []Problem, rest bool, err error) {
	large, err := s.large()
	if err != nil {
		return nil, false, fmt.Errorf("fsck: %w", err)
	}
	problems, err = s.fsckFirst(ctx, verify, large)
	return problems, large, err
}

func (s *Store) fsckFirst(ctx context.Context, verify func(Head) error, large bool) ([]Problem, error) {
	f, err := s.newFsck(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer f.db.conn.close()
	tail := func(ctx context.Context) error {
		n, err := s.walkChain(ctx, true, verify, func(e Event) error {
			for _, row := range bindings(e) {
				if err := f.bound(ctx, e, row); err != nil {
					return err
				}
			}
			return nil
		})
		return f.broken(ctx, n, err)
	}
	if large {
		return f.do(ctx, f.queueRules, f.snapshots, f.queued, tail)
	}
	if problems, err := f.whole(ctx); err != nil {
		return problems, err
	}
	return f.do(ctx, tail)
}

// FsckRest is Fsck for a large database that is at work. It looks at the structure of one table after the other: while
// SQLite reads, its log grows.
func (s *Store) FsckRest(ctx context.Context, progress func(done, total int64)) ([]Problem, error) {
	f, err := s.newFsck(ctx, progress)
	if err != nil {
		return nil, err
	}
	defer f.db.conn.close()
	tables, err := list(ctx, f.db, scanText, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
	if err != nil {
		return nil, err
	}
	for _, name := range tables {
		if err := check(ctx, f.db, "PRAGMA quick_check('"+name+"')"); errors.Is(err, ErrCorrupt) {
			f.add("structure", name, "%v", err)
			return f.problems, nil
		} else if err != nil {
			return nil, err
		}
	}
	return f.whole(ctx)
}

// queueRules holds the rules that have to do with sending against the messages that can leave.
func (f *fsck) queueRules(ctx context.Context) error {
	first := slices.DeleteFunc(rules(), func(r rule) bool { return !r.first })
	for i := range first {
		first[i].query = strings.Replace(first[i].query, "delivery d", leaving+" d", 1)
	}
	return f.holdRules(ctx, first)
}

// queued looks at each message that can leave, with its decision and the event that tells of both.
func (f *fsck) queued(ctx context.Context) error {
	ids, err := list(ctx, f.db, scanID, "SELECT d.decision FROM "+leaving+" d ORDER BY d.decision")
	if err != nil {
		return err
	}
	for _, id := range ids {
		d, err := one(ctx, f.s.readers, "decision", id, scanChecked, selectChecked+" WHERE d.id = ?", id)
		if err != nil {
			return err
		}
		f.decision(d)
		if !d.purged && !owned(d.Cells) {
			f.add("cell-owner", subject("decision", id), "a cell has no owner")
		}
		if err := f.told(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// told looks for the event that tells of a decision and its message.
func (f *fsck) told(ctx context.Context, d checkedDecision) error {
	const text = `SELECT seq, at, actor, verb, subject, detail, prev, hash FROM event WHERE subject = ? AND verb = 'decide' AND instr(detail, ?) > 0`
	events, err := list(ctx, f.s.readers, scanEvent, text, subject("ticket", d.TicketID), `"decision":`+strconv.FormatInt(d.ID, 10)+`,`)
	if err != nil {
		return err
	}
	for _, e := range events {
		if all := bindings(e); slices.Contains(all, binding{"decision", d.ID, d.Decision.Digest}) &&
			slices.Contains(all, binding{"delivery", d.DeliveryID, d.sealed}) {
			return nil
		}
	}
	f.add("audit-row", subject("decision", d.ID), "no event tells of it and its message")
	return nil
}

// owned reports whether each cell in what a decision says of them has an owner: invariant 7 of the cases. They stand in a
// table, or in a list as they did before.
func owned(text []byte) bool {
	type cell struct{ Owner string }
	var table struct{ Cells []cell }
	if json.Unmarshal(text, &table) != nil && json.Unmarshal(text, &table.Cells) != nil {
		return false
	}
	return !slices.Contains(table.Cells, cell{})
}
