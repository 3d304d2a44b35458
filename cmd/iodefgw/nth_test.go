package main

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/mattn/go-sqlite3"

	"iodefgw/mailgw/message"
	"iodefgw/store"
)

// TestCase_94_EveryOperationFailsOnce fails the N-th statement of the database,
// the N-th read or write of the IMAP and of the SMTP connections, for every N
// until the report has gone all the way before the N-th came; then the gateway
// is started anew. Each time the report stands in one state and each of its two
// messages has arrived, once where nothing was in doubt.
func TestCase_94_EveryOperationFailsOnce(t *testing.T) {
	every := int64(1)
	if testing.Short() {
		every = 10
	}
	for _, kind := range []string{"store", "imap", "smtp"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			for n := int64(1); ; n += every {
				f := &nthFault{kind: kind, n: n, fired: make(chan struct{})}
				f.story(t)
				if !f.hasFired() {
					t.Logf("%d operations failed, one at a time", n-1)
					return
				}
				if t.Failed() {
					t.Fatalf("operation %d", n)
				}
			}
		})
	}
}

// diskFull is what SQLite says where a statement fails.
var diskFull = sqlite3.Error{Code: sqlite3.ErrFull}

var errNth = errors.New("the test fails this operation")

// nthFault fails one operation of one kind, once.
type nthFault struct {
	kind  string
	n     int64
	count atomic.Int64
	fired chan struct{}
}

func (f *nthFault) fails(kind string) bool {
	if f.kind != kind || f.count.Add(1) != f.n {
		return false
	}
	close(f.fired)
	return true
}

func (f *nthFault) hasFired() bool {
	select {
	case <-f.fired:
		return true
	default:
		return false
	}
}

// story runs a report through the gateway, with the fault and then without.
func (f *nthFault) story(t *testing.T) {
	box := &letterbox{got: map[string]int{}}
	site, inbox := startSite(t, func() smtp.Session { return box })
	env, c := site.env, site.config
	check(t, inbox.take(signedReport(t, site, "1", "from 198.51.100.77\n")))

	c.wrap = breaksSQL(f)
	f.run(t, env, c, inbox, box, f.fired)
	c.wrap = nil
	if f.hasFired() {
		f.run(t, env, c, inbox, box, nil)
	}
	box.judge(t, c)
}

// run lets a daemon work until all is done, or until early and a moment more.
func (f *nthFault) run(t *testing.T, env *Env, c *Config, inbox *demoMailbox, box *letterbox, early <-chan struct{}) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	d, err := newDaemon(ctx, env, c, slog.New(slog.DiscardHandler), true)
	if err != nil {
		if !f.hasFired() {
			t.Fatal(err)
		}
		return // the fault hit the start
	}
	d.imap[0].Dialer, d.sender.Dialer = breaksConn(f, "imap"), breaksConn(f, "smtp")
	d.queue.Poll = 20 * time.Millisecond // soon sees what allSent has it try again
	done := make(chan error, 1)
	go func() { done <- d.run(ctx) }()
	look, err := store.Open(context.Background(), c.Gateway.Database, store.Options{})
	check(t, err)
	deadline := time.After(20 * time.Second)
	for finished := false; !finished; {
		select {
		case <-early:
			time.Sleep(20 * time.Millisecond)
			finished = true
		case err := <-done:
			t.Fatalf("the daemon stopped: %v", err)
		case <-deadline:
			t.Fatalf("not done after 20 s: operation %d of %s, inbox %d, %v", f.n, f.kind, inbox.count("INBOX"), box.got)
		case <-time.After(5 * time.Millisecond):
			finished = inbox.count("INBOX") == 0 && allSent(t, look)
		}
	}
	check(t, look.Close())
	stop()
	check(t, <-done)
	_ = d.close() // what failed at the end of the run is settled at the next start
}

// allSent reports whether the two messages of the report are sent, and has
// those tried at once that wait for their time.
func allSent(t *testing.T, s *store.Store) bool {
	ctx := context.Background()
	all, err := s.Deliveries(ctx, store.DeliveryFilter{})
	if err != nil {
		return false
	}
	sent := 0
	for _, d := range all {
		switch d.State {
		case store.Sent:
			sent++
		case store.Deferred, store.Maybe:
			_ = s.Retry(ctx, d.ID, "test", "no time") // the daemon may have been faster
		}
	}
	return sent == 2
}

// breaker says of each operation of a kind, store, imap or smtp, whether it fails.
type breaker interface{ fails(kind string) bool }

// breaksSQL is for Config.wrap.
func breaksSQL(f breaker) func(driver.Connector, bool) driver.Connector {
	return func(c driver.Connector, _ bool) driver.Connector { return nthConnector{c, f} }
}

type nthConnector struct {
	driver.Connector
	fault breaker
}

func (c nthConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &nthSQL{conn, c.fault}, nil
}

// nthSQL is a connection to the database. A statement that fails is one that
// the disk did not take.
type nthSQL struct {
	driver.Conn
	fault breaker
}

func (c *nthSQL) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if c.fault.fails("store") {
		return nil, diskFull
	}
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

func (c *nthSQL) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.fault.fails("store") {
		return nil, diskFull
	}
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
}

func (c *nthSQL) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
}

// breaksConn is for a Dialer.
func breaksConn(f breaker, kind string) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if f.fails(kind) {
			return nil, errNth
		}
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &nthConn{conn, f, kind}, nil
	}
}

// nthConn breaks at one read or write.
type nthConn struct {
	net.Conn
	fault breaker
	kind  string
}

func (c *nthConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.fault.fails(c.kind) {
		_ = c.Close()
		return 0, errNth // what the server said is lost
	}
	return n, err
}

func (c *nthConn) Write(p []byte) (int, error) {
	if c.fault.fails(c.kind) {
		n, _ := c.Conn.Write(p[:len(p)/2])
		_ = c.Close()
		return n, errNth
	}
	return c.Conn.Write(p)
}

// letterbox is a mail server that counts what it took, by Message-ID.
type letterbox struct {
	mu  sync.Mutex
	got map[string]int
}

func (*letterbox) Mail(string, *smtp.MailOptions) error { return nil }
func (*letterbox) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (*letterbox) Reset()                               {}
func (*letterbox) Logout() error                        { return nil }
func (b *letterbox) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got[message.Parse(raw).Header.Get("Message-ID")]++
	return nil
}

func (b *letterbox) judge(t *testing.T, c *Config) {
	t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Clean(c.Gateway.Database), store.Options{ReadOnly: true})
	check(t, err)
	defer s.Close()
	problems, err := s.Fsck(ctx, nil)
	check(t, err)
	for _, p := range problems {
		t.Errorf("fsck: %s %s %s", p.Rule, p.Subject, p.Text)
	}
	mails, err := s.Mails(ctx, store.MailFilter{})
	check(t, err)
	if len(mails) != 1 || mails[0].State != store.MailAccepted {
		t.Errorf("%d mails, the first %s", len(mails), mails[0].State)
	}
	deliveries, err := s.Deliveries(ctx, store.DeliveryFilter{})
	check(t, err)
	kinds := ""
	for _, d := range deliveries {
		kinds += " " + string(d.Kind)
		if n := b.got[d.MessageID]; d.State != store.Sent || n < 1 || n > 1+d.Maybes {
			t.Errorf("delivery %d is %s after %d attempts of unknown outcome and arrived %d times", d.ID, d.State, d.Maybes, n)
		}
	}
	if strings.TrimSpace(kinds) != "ack notice" || len(b.got) != 2 {
		t.Errorf("deliveries%s, %d messages arrived", kinds, len(b.got))
	}
}
