package store

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
)

// scanner is one row of an answer; it is valid until the next one is read.
type scanner struct{ values []driver.Value }

// Scan copies the columns into the variables that dest points to.
func (s scanner) Scan(dest ...any) error {
	if len(dest) != len(s.values) {
		return fmt.Errorf("%d columns for %d variables", len(s.values), len(dest))
	}
	for i, d := range dest {
		if !assign(d, s.values[i]) {
			return fmt.Errorf("column %d is a %T and does not fit a %T", i+1, s.values[i], d)
		}
	}
	return nil
}

func assign(dest any, v driver.Value) bool {
	switch d := dest.(type) {
	case *[]byte:
		text, isText := v.(string)
		if isText {
			*d = []byte(text)
			return true
		}
		b, ok := v.([]byte)
		*d = b
		return ok || v == nil
	case *int64:
		return number(v, func(n int64) bool { *d = n; return true })
	case *int:
		return number(v, func(n int64) bool { *d = int(n); return true })
	case *uint32:
		return number(v, func(n int64) bool { *d = uint32(n); return int64(*d) == n })
	case *bool:
		return number(v, func(n int64) bool { *d = n == 1; return n == 0 || n == 1 })
	}
	text, ok := v.(string)
	if !ok {
		return false
	}
	switch d := dest.(type) {
	case *string:
		*d = text
	case *Digest:
		*d = Digest(text)
	case *MailState:
		*d = MailState(text)
	case *MailKind:
		*d = MailKind(text)
	case *TicketState:
		*d = TicketState(text)
	case *Stage:
		*d = Stage(text)
	case *DeliveryKind:
		*d = DeliveryKind(text)
	case *DeliveryState:
		*d = DeliveryState(text)
	case *SnapshotKind:
		*d = SnapshotKind(text)
	default:
		return false
	}
	return true
}

func number(v driver.Value, set func(int64) bool) bool {
	n, ok := v.(int64)
	return ok && set(n)
}

// answer is the first row of a query, or why there is none.
type answer struct {
	row scanner
	err error
}

func (a answer) Scan(dest ...any) error {
	if a.err != nil {
		return a.err
	}
	return a.row.Scan(dest...)
}

// first asks for a single row.
func (c *conn) first(query string, args []any) answer {
	a := answer{err: sql.ErrNoRows}
	err := c.query(query, args, func(row scanner) error {
		if a.err != nil {
			a = answer{row: scanner{append([]driver.Value(nil), row.values...)}}
		}
		return nil
	})
	if err != nil {
		a.err = err
	}
	return a
}
