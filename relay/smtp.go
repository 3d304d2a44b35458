package relay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"
)

// Mail is one message to one recipient, as it goes on the wire.
type Mail struct {
	From  string // envelope sender; empty for the null sender <>
	To    string // envelope recipient
	Bytes []byte // final bytes: 7-bit, CRLF lines; not changed while Send runs

	// RequireTLS: only over TLS with a verified certificate, and with the
	// REQUIRETLS extension (RFC 8689) where the server announces it, so that
	// the next hops keep the promise too.
	RequireTLS bool
}

// SendError is why a mail was not, or not certainly, accepted.
type SendError struct {
	Code      int    // SMTP reply, 0 where there was none
	Enhanced  string // RFC 3463 status such as "5.1.1", or ""
	Text      string // the reply's text or the local cause: one line, escaped, cut
	Permanent bool   // another attempt with the same bytes is pointless
	Maybe     bool   // lost after the final dot: it may have been accepted
	Phase     string // check, dial, tls, greeting, auth, mail, rcpt, data, body, end
	cause     error
}

func (e *SendError) Error() string {
	s := e.Phase + ": "
	if e.Code != 0 {
		s += fmt.Sprintf("%d ", e.Code)
	}
	if e.Enhanced != "" {
		s += e.Enhanced + " "
	}
	return s + e.Text
}

func (e *SendError) Unwrap() error { return e.cause }

// Submission sends mail through one submission server, or delivers to one
// mail server where no password is set.
//
// It promises: no password before verified TLS (or the loopback exception);
// one recipient per transaction; every step ends at its deadline and after a
// bounded number of bytes; bytes that two servers could read differently are
// refused before a connection is made; after a failure in the middle of a body
// the connection is dropped, never ended with a dot. A connection is kept for
// the next mail for IdleTimeout, at most Parallel exist.
//
// A 5xx reply before MAIL is about us, not about the mail, so it is not
// permanent: a wrong password must not fail a whole queue.
type Submission struct {
	Addr         string  // host:port
	TLS          TLSMode // TLSImplicit unless set
	ServerName   string  // name in the certificate; the host of Addr unless set
	CAFile       string  // PEM; the system's authorities unless set
	Username     string  // empty: no AUTH
	PasswordFile string  // first line, read at each connection
	LocalName    string  // for EHLO; "localhost" unless set
	Parallel     int     // connections at a time; 4 unless set

	DialTimeout    time.Duration // 30 s unless set, covers DNS and TCP
	CommandTimeout time.Duration // 2 min unless set, each command with its reply
	ReplyTimeout   time.Duration // 10 min unless set (RFC 5321 section 4.5.3.2.6), the reply to the final dot
	IdleTimeout    time.Duration // 20 s unless set, how long a connection waits for the next mail
	StopGrace      time.Duration // 5 s unless set, how long a reply to the dot is awaited once ctx has ended

	Dialer func(ctx context.Context, network, addr string) (net.Conn, error) // net.Dialer unless set
	Log    *slog.Logger

	mu    sync.Mutex
	slots chan struct{} // one token per connection in use
	idle  []*smtpConn   // newest last
	sweep *time.Timer   // closes idle connections; owned by Close
}

// Send sends m. A nil error means that the server took responsibility for it
// (250 after the final dot). Any other outcome is a *SendError, except that of
// an ended ctx before anything was sent, which is ctx.Err().
func (s *Submission) Send(ctx context.Context, m Mail) error {
	if err := m.check(); err != nil {
		return &SendError{Phase: "check", Permanent: true, Text: err.Error(), cause: err}
	}
	slots := s.tokens()
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		c, fresh := s.take(), false
		if c == nil {
			var err error
			if c, err = s.dial(ctx); err != nil {
				return err
			}
			fresh = true
		}
		err := c.deliver(ctx, m)
		s.put(c)
		var se *SendError
		if !fresh && errors.As(err, &se) && se.Phase == "mail" && c.broken && ctx.Err() == nil {
			// The server closed a connection that was waiting for work. No
			// body was sent on it, so a new one costs nothing.
			continue
		}
		return err
	}
}

func (m Mail) check() error {
	if m.From != "" {
		if err := CheckAddress(m.From); err != nil {
			return err
		}
	}
	if err := CheckAddress(m.To); err != nil {
		return err
	}
	return CheckBytes(m.Bytes)
}

// Close ends the connections that wait for work. Send may be called after it.
func (s *Submission) Close() error {
	s.mu.Lock()
	idle := s.idle
	s.idle = nil
	if s.sweep != nil {
		s.sweep.Stop()
	}
	s.mu.Unlock()
	for _, c := range idle {
		c.quit()
	}
	return nil
}

func (s *Submission) tokens() chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slots == nil {
		s.slots = make(chan struct{}, cmp.Or(s.Parallel, 4))
	}
	return s.slots
}

func (s *Submission) take() *smtpConn {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.idle)
	if n == 0 {
		return nil
	}
	c := s.idle[n-1]
	s.idle = s.idle[:n-1]
	return c
}

func (s *Submission) put(c *smtpConn) {
	if c.broken {
		c.bound.Close()
		return
	}
	c.since = time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, c)
	if s.sweep == nil {
		s.sweep = time.AfterFunc(s.idleTimeout(), s.closeIdle)
	} else if len(s.idle) == 1 {
		s.sweep.Reset(s.idleTimeout())
	}
}

// closeIdle ends connections that have waited too long: a server has few to
// give, and would end them itself at a bad moment.
func (s *Submission) closeIdle() {
	s.mu.Lock()
	old := 0
	for old < len(s.idle) && time.Since(s.idle[old].since) >= s.idleTimeout() {
		old++
	}
	stale := s.idle[:old:old]
	s.idle = s.idle[old:]
	if len(s.idle) > 0 {
		s.sweep.Reset(s.idleTimeout())
	}
	s.mu.Unlock()
	for _, c := range stale {
		c.quit()
	}
}

func (s *Submission) idleTimeout() time.Duration    { return cmp.Or(s.IdleTimeout, 20*time.Second) }
func (s *Submission) commandTimeout() time.Duration { return cmp.Or(s.CommandTimeout, 2*time.Minute) }
func (s *Submission) replyTimeout() time.Duration   { return cmp.Or(s.ReplyTimeout, 10*time.Minute) }

func (s *Submission) log() *slog.Logger {
	if s.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return s.Log
}
