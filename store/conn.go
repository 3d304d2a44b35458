package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// conn is one connection of the driver, for one caller at a time. database/sql would add locks, reflection and copies to
// each statement, and knows nothing that we need: the writer has one connection, readers borrow theirs from a pool. The
// driver keeps statements prepared; no context goes down to it but for fsck's long walks, see list.
type conn struct {
	raw    driver.Conn
	exec   driver.ExecerContext
	ask    driver.QueryerContext
	args   []driver.NamedValue // reused
	values []driver.Value      // of the row that is read; reused
}

func dial(c driver.Connector) (*conn, error) {
	raw, err := c.Connect(context.Background())
	if err != nil {
		return nil, err
	}
	exec, ok := raw.(driver.ExecerContext)
	ask, ok2 := raw.(driver.QueryerContext)
	if !ok || !ok2 {
		raw.Close()
		return nil, fmt.Errorf("driver gave a %T", raw)
	}
	return &conn{raw: raw, exec: exec, ask: ask}, nil
}

func (c *conn) close() error { return c.raw.Close() }

// run executes a statement that answers no rows.
func (c *conn) run(query string, args []any) (driver.Result, error) {
	if err := c.bind(args); err != nil {
		return nil, err
	}
	r, err := c.exec.ExecContext(context.Background(), query, c.args)
	clear(c.args) // holds no mail any longer than its caller
	return r, err
}

// query executes a statement and hands each row to a function, which must not use the connection.
func (c *conn) query(query string, args []any, each func(scanner) error) error {
	return c.queryUntil(context.Background(), query, args, each)
}

// queryUntil is query that a context can end half-way; the driver keeps a goroutine for it.
func (c *conn) queryUntil(ctx context.Context, query string, args []any, each func(scanner) error) error {
	if err := c.bind(args); err != nil {
		return err
	}
	rows, err := c.ask.QueryContext(ctx, query, c.args)
	clear(c.args)
	if err != nil {
		return err
	}
	n := len(rows.Columns())
	for len(c.values) < n {
		c.values = append(c.values, nil)
	}
	row := scanner{c.values[:n]}
	for err == nil {
		if err = rows.Next(row.values); err == nil {
			err = each(row)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	clear(c.values)
	return errors.Join(err, rows.Close())
}

// bind turns arguments into the few types that the driver knows.
func (c *conn) bind(args []any) error {
	c.args = c.args[:0]
	for i, arg := range args {
		v := driver.NamedValue{Ordinal: i + 1, Value: arg}
		switch a := arg.(type) {
		case nil, int64, string, bool, []byte:
		case int:
			v.Value = int64(a)
		case uint32:
			v.Value = int64(a)
		case Digest:
			v.Value = string(a)
		case MailState:
			v.Value = string(a)
		case MailKind:
			v.Value = string(a)
		case TicketState:
			v.Value = string(a)
		case Stage:
			v.Value = string(a)
		case DeliveryKind:
			v.Value = string(a)
		case DeliveryState:
			v.Value = string(a)
		case SnapshotKind:
			v.Value = string(a)
		default:
			return fmt.Errorf("argument %d is a %T", i+1, arg)
		}
		c.args = append(c.args, v)
	}
	return nil
}
