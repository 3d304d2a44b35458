package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// tx is the write transaction that helpers take: one clock reading and one chain end for all verbs in it.
type tx struct {
	conn       *sql.Conn
	savepoints savepoints
	now        time.Time
	tip        tip
	begun      tip
}

// savepoints are kept prepared by us: the driver's cache leaves out statements without parameters.
type savepoints struct{ set, back, release *sql.Stmt }

func prepareSavepoints(conn *sql.Conn) (s savepoints, err error) {
	for _, p := range []struct {
		into **sql.Stmt
		text string
	}{{&s.set, "SAVEPOINT verb"}, {&s.back, "ROLLBACK TO verb"}, {&s.release, "RELEASE verb"}} {
		if *p.into, err = conn.PrepareContext(context.Background(), p.text); err != nil {
			s.close()
			return savepoints{}, err
		}
	}
	return s, nil
}

// close comes before the connection's: nobody else does it, and SQLite keeps a connection open, and its log unmerged,
// while a statement is.
func (s *savepoints) close() {
	for _, stmt := range []*sql.Stmt{s.set, s.back, s.release} {
		if stmt != nil {
			stmt.Close()
		}
	}
	*s = savepoints{}
}

// savepoint runs one verb so that its failure takes back only itself. failed is the verb's own answer; lost means that
// the transaction is gone with all verbs in it.
func (t *tx) savepoint(run func(*tx) error) (failed, lost error) {
	before := t.tip
	if _, err := t.savepoints.set.Exec(); err != nil {
		return nil, err
	}
	failed = run(t)
	if failed != nil {
		mapped, fatal := classify(failed)
		if fatal || errors.Is(failed, ErrUnavailable) {
			return nil, failed
		}
		failed = mapped
		t.tip = before
		if _, err := t.savepoints.back.Exec(); err != nil {
			return nil, err
		}
	}
	_, err := t.savepoints.release.Exec()
	return failed, err
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

func (t *tx) exec(query string, args ...any) (sql.Result, error) {
	return t.conn.ExecContext(context.Background(), query, args...)
}

func (t *tx) row(query string, args ...any) *sql.Row {
	return t.conn.QueryRowContext(context.Background(), query, args...)
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
