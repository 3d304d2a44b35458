package store

import (
	"context"
	"database/sql/driver"
	"testing"
)

// faults stands between the store's writer and the driver: before and after every statement it asks hook, whose error
// the store gets as if SQLite had said it.
type faults struct {
	hook func(query string, before bool) error
}

func (f *faults) wrap(c driver.Connector, reader bool) driver.Connector {
	if reader {
		return c
	}
	return faultyConnector{c, f}
}

type faultyConnector struct {
	driver.Connector
	faults *faults
}

func (c faultyConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &faultyConn{conn, c.faults}, nil
}

type faultyConn struct {
	driver.Conn
	faults *faults
}

func (c *faultyConn) ask(query string, before bool) error {
	if c.faults.hook == nil {
		return nil
	}
	return c.faults.hook(query, before)
}

func (c *faultyConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.ask(query, true); err != nil {
		return nil, err
	}
	r, err := c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
	if err == nil {
		err = c.ask(query, false)
	}
	return r, err
}

func (c *faultyConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.ask(query, true); err != nil {
		return nil, err
	}
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
}

func (c *faultyConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
}

// world is what a crash of the gateway does not touch: the mailbox and the peer's server.
type world struct {
	mailbox  map[uint32][]byte // by UID
	moved    map[uint32]bool
	received map[string]int // messages at the peer, by Message-ID
	unsaid   []Delivery     // of those, what the gateway could not yet put on disk
}

func newWorld(mails int) *world {
	w := &world{mailbox: map[uint32][]byte{}, moved: map[uint32]bool{}, received: map[string]int{}}
	for i := range mails {
		w.mailbox[uint32(i+1)] = testMail(i + 1)
	}
	w.mailbox[uint32(mails+1)] = testMail(1) // a copy of the first
	return w
}

func (w *world) clone() *world {
	c := newWorld(0)
	for k, v := range w.mailbox {
		c.mailbox[k] = v
	}
	for k, v := range w.moved {
		c.moved[k] = v
	}
	for k, v := range w.received {
		c.received[k] = v
	}
	return c
}

// work does what a gateway does until there is nothing left to do; it stops at the first ErrUnavailable.
func (w *world) work(t testing.TB, s *Store) error {
	t.Helper()
	if err := w.say(t, s); err != nil {
		return err
	}
	for uid := uint32(1); int(uid) <= len(w.mailbox); uid++ {
		if w.moved[uid] {
			continue
		}
		l := Location{Account: "a", Mailbox: "INBOX", UIDValidity: 7, UID: uid}
		r, err := s.Receive(t.Context(), Incoming{Raw: w.mailbox[uid], Location: l})
		if err == nil && r.State == MailReceived {
			err = w.handle(t, s, r)
		}
		if err == nil {
			w.moved[uid] = true
			err = s.Moved(t.Context(), l)
		}
		if err != nil {
			return err
		}
	}
	ids, err := s.Unfinished(t.Context(), 100)
	if err != nil {
		return err
	}
	for _, id := range ids {
		r, err := s.Begin(t.Context(), id)
		if err == nil {
			err = w.handle(t, s, r)
		}
		if err != nil {
			return err
		}
	}
	return w.deliver(t, s)
}

func (w *world) handle(t testing.TB, s *Store, r Receipt) error {
	if r.Poison {
		return s.Hold(t.Context(), r.ID, Verdict{Kind: KindOther, Reasons: []string{"poison"}})
	}
	n := 0
	for uid, raw := range w.mailbox {
		if string(raw) == string(r.Raw) && (n == 0 || int(uid) < n) {
			n = int(uid)
		}
	}
	a, err := plan(t, s, r.ID, n, "198.51.100.77")
	if err != nil {
		return err
	}
	a.Tickets[0].Decisions[0].Delivery.Begin = n%2 == 1
	out, err := s.Accept(t.Context(), a)
	if err != nil {
		return err
	}
	for _, d := range out[0].Begun {
		if err := w.send(t, s, d); err != nil {
			return err
		}
	}
	return nil
}

// send has the peer take a message whose attempt has begun.
func (w *world) send(t testing.TB, s *Store, d Delivery) error {
	w.received[d.MessageID]++
	w.unsaid = append(w.unsaid, d)
	return w.say(t, s)
}

// say tells the store what the peer took. A 250 is never forgotten while the gateway lives.
func (w *world) say(t testing.TB, s *Store) error {
	for len(w.unsaid) > 0 {
		if err := s.Sent(t.Context(), w.unsaid[0].ID, w.unsaid[0].Attempts, Reply{Code: 250}); err != nil {
			return err
		}
		w.unsaid = w.unsaid[1:]
	}
	return nil
}

func (w *world) deliver(t testing.TB, s *Store) error {
	for {
		due, err := s.Due(t.Context(), s.opt.Now(), 10)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, d := range due {
			d, err := s.Attempt(t.Context(), d.ID)
			if err != nil {
				return err
			}
			if err := w.send(t, s, d); err != nil {
				return err
			}
		}
	}
}

// settled checks the end of the story: every mail in one final state, one ticket, every notice with the peer, a second
// copy only of one whose outcome was unknown, and no promise broken.
func (w *world) settled(t testing.TB, s *Store, mails int) {
	t.Helper()
	c, err := s.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Mails[MailAccepted]; got != int64(mails) || c.Mails[MailReceived] != 0 || c.Copies != 1 {
		t.Errorf("mails %v, copies %d; want %d accepted and 1 copy", c.Mails, c.Copies, mails)
	}
	if c.Tickets[TicketOpen] != 1 {
		t.Errorf("tickets %v, want 1", c.Tickets)
	}
	if c.Deliveries[Sent] != int64(mails) || len(c.Deliveries) != 1 {
		t.Errorf("deliveries %v, want %d sent", c.Deliveries, mails)
	}
	all, err := s.Deliveries(t.Context(), DeliveryFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		if n := w.received[d.MessageID]; n == 0 || n > 1+d.Maybes {
			t.Errorf("delivery %d arrived %d times with %d unknown outcomes", d.ID, n, d.Maybes)
		}
	}
	clean(t, s)
}

// clean fails the test when fsck finds anything.
func clean(t testing.TB, s *Store) {
	t.Helper()
	problems, err := s.Fsck(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("fsck: %+v", p)
	}
}
