package store

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// tx is the write transaction that helpers take: one clock reading and one chain end for all verbs in it.
type tx struct {
	conn    *conn
	now     time.Time
	tip     tip
	begun   tip
	careful bool     // each verb has a savepoint
	wrote   bool     // the verb has changed a row
	text    []byte   // of an event; reused
	mailbox Location // the last whose UIDVALIDITY was noted; without UID
	undo    []func() // puts back what verbs changed in memory, should their rows be taken back
}

// errTakeBack: a verb failed after it had written, and without a savepoint only the whole transaction can be undone.
var errTakeBack = errors.New("verb failed half-way")

// verb runs one verb so that its failure takes back only itself. failed is the verb's own answer; lost means that the
// transaction is gone with all verbs in it, or has to go: errTakeBack.
func (t *tx) verb(run func(*tx) error) (failed, lost error) {
	before, undos := t.tip, len(t.undo)
	t.wrote = false
	if t.careful {
		if _, err := t.exec("SAVEPOINT verb"); err != nil {
			return nil, err
		}
	}
	failed = run(t)
	if failed != nil {
		mapped, fatal := classify(failed)
		if fatal || errors.Is(failed, ErrUnavailable) {
			return nil, failed
		}
		if t.wrote && !t.careful {
			return nil, errTakeBack
		}
		failed = mapped
		t.tip, t.mailbox = before, Location{}
		t.putBack(undos)
		if t.careful {
			if _, err := t.exec("ROLLBACK TO verb"); err != nil {
				return nil, err
			}
		}
	}
	if t.careful {
		_, lost = t.exec("RELEASE verb")
	}
	return failed, lost
}

// putBack undoes in memory what was done after the first n, the latest first.
func (t *tx) putBack(n int) {
	for _, undo := range slices.Backward(t.undo[n:]) {
		undo()
	}
	t.undo = t.undo[:n]
}

// commit moves the chain's end on, once for all verbs, and makes everything durable.
func (t *tx) commit() error {
	if t.tip != t.begun {
		if _, err := t.exec("UPDATE event_tip SET seq = ?, hash = ? WHERE id = 1", t.tip.seq, t.tip.hash); err != nil {
			return err
		}
	}
	_, err := t.exec("COMMIT")
	return err
}

func (t *tx) exec(query string, args ...any) (driver.Result, error) {
	res, err := t.conn.run(query, args)
	if err != nil {
		return nil, err // it took back itself
	}
	n, err := res.RowsAffected()
	t.wrote = t.wrote || n > 0 || err != nil
	return res, nil
}

// row asks for one row; the statement may also write and say RETURNING.
func (t *tx) row(query string, args ...any) answer {
	t.wrote = t.wrote || !strings.HasPrefix(query, "SELECT")
	return t.conn.first(query, args)
}

// insert runs an INSERT and returns the new row's id.
func (t *tx) insert(query string, args ...any) (int64, error) {
	res, err := t.exec(query, args...)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// change runs an UPDATE that must hit exactly one row; otherwise the old state was not the expected one.
func (t *tx) change(otherwise error, query string, args ...any) error {
	res, err := t.exec(query, args...)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	if n != 1 {
		return fmt.Errorf("%w: %d rows match", otherwise, n)
	}
	return nil
}

// micros stores a time; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// fromMicros reads a time stored by micros, in UTC.
func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
