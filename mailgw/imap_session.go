package mailgw

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"iodefgw/relay"
)

const (
	// stepBytes bounds what a server may send for one command beside the
	// bodies that were asked for: endless untagged responses or an atom without
	// end would fill memory. A SEARCH that names a million mails one by one fits.
	stepBytes = 8 << 20
	// minRate is the slowest a server may send bodies, in bytes a second, so
	// that a trickle ends.
	minRate = 16 << 10
	// stopGrace is how long the server's answers are awaited once ctx has ended.
	stopGrace = 3 * time.Second
	// flagProcessed marks mails that were handled and cannot be moved.
	flagProcessed imap.Flag = "$IodefgwProcessed"
)

// session is one connection. All its methods run in the goroutine of Run.
type session struct {
	m      *IMAP
	p      *progress
	ctx    context.Context
	bound  *relay.Bound
	client *imapclient.Client
	wake   chan struct{} // holds one token when the server told of mails
	stop   func() bool

	canMove, canExpunge, canIdle bool
	mark                         imap.Flag // for what stays in the mailbox; "" where none can be set
	empty                        int       // wake-ups in a row that brought nothing
}

// session connects, empties the mailbox and waits for more, until something
// fails or ctx ends.
func (m *IMAP) session(ctx context.Context, p *progress) error {
	s := &session{m: m, p: p, ctx: ctx, wake: make(chan struct{}, 1)}
	if err := s.connect(); err != nil {
		return err
	}
	defer s.close()
	m.log().Info("connected", "server", m.Addr)
	for ctx.Err() == nil {
		n, err := s.drain()
		if err != nil {
			return err
		}
		p.healthy = true
		m.status(nil)
		if err := s.wait(n); err != nil {
			return err
		}
	}
	return nil
}

// step starts a command: the server has d and n bytes to answer it. The
// returned function ends it: between commands the server may be silent for as
// long as Handle takes.
func (s *session) step(d time.Duration, n int64) func() {
	s.bound.Limit(time.Now().Add(d), n+stepBytes)
	if s.ctx.Err() != nil {
		s.bound.EndBy(time.Now().Add(stopGrace))
	}
	return func() {
		s.bound.Limit(time.Time{}, stepBytes)
		if s.ctx.Err() != nil {
			s.bound.EndBy(time.Now().Add(stopGrace))
		}
	}
}

func (s *session) command() func() { return s.step(s.m.commandTimeout(), 0) }

// open selects the mailbox, or selects it again: that is how a mailbox which
// was deleted and made anew is noticed, whose UIDs mean other mails.
func (s *session) open() error {
	defer s.command()()
	data, err := s.client.Select(s.m.mailbox(), nil).Wait()
	if err != nil {
		return fmt.Errorf("select: %w", err)
	}
	caps := s.client.Caps()
	s.canMove = caps.Has(imap.CapMove)
	s.canExpunge = caps.Has(imap.CapUIDPlus)
	s.canIdle = caps.Has(imap.CapIdle) && !s.p.noIdle
	switch {
	case slices.Contains(data.PermanentFlags, imap.FlagWildcard), slices.Contains(data.PermanentFlags, flagProcessed):
		s.mark = flagProcessed
	case slices.Contains(data.PermanentFlags, imap.FlagFlagged):
		s.mark = imap.FlagFlagged
	default:
		s.mark = ""
	}
	if s.p.validity == data.UIDValidity {
		return nil
	}
	if s.p.validity != 0 {
		// Every UID means another mail now: all of them are read again, and
		// the hash of the bytes tells which were handled.
		s.m.log().Warn("uidvalidity-changed", "old", s.p.validity, "new", data.UIDValidity)
	}
	s.p.reset(data.UIDValidity)
	return nil
}

// wait returns when there may be mail: the server said so, a mail that failed
// is due again, or it is time to look whatever the server says. drained is how
// many mails the last look brought.
func (s *session) wait(drained int) error {
	s.empty++
	if drained > 0 {
		s.empty = 0
	}
	d := cmp.Or(s.m.Poll, time.Minute)
	if s.canIdle {
		d = s.m.idleRestart()
	}
	if due, ok := s.p.nextRetry(); ok {
		d = max(0, min(d, due.Sub(s.m.now())))
	}
	if s.empty > 2 {
		// Woken again and again for nothing: a server that floods us with
		// EXISTS gets an answer every few seconds.
		d0 := min(5*time.Second, 10*time.Millisecond<<min(s.empty, 12))
		select {
		case <-time.After(d0):
		case <-s.ctx.Done():
			return nil
		case <-s.client.Closed():
		}
	}
	if !s.canIdle {
		return s.until(d)
	}
	defer s.step(d+s.m.commandTimeout(), 0)()
	idle, err := s.client.Idle()
	if isRefusal(err) {
		s.p.noIdle = true
		s.p.warnOnce("idle-refused", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("idle: %w", err)
	}
	err = s.until(d)
	if cerr := idle.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("idle: %w", cerr)
	}
	if err != nil {
		return err
	}
	s.command()
	if err := idle.Wait(); err != nil {
		return fmt.Errorf("idle: %w", err)
	}
	return nil
}

func (s *session) until(d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-s.wake:
	case <-t.C:
		s.empty = 0
	case <-s.ctx.Done():
	case <-s.client.Closed():
		return errors.New("server ended the connection")
	}
	return nil
}

// close ends the connection, in order where the server still answers.
func (s *session) close() {
	s.stop()
	s.bound.Limit(time.Now().Add(time.Second), stepBytes)
	if s.client.State() != imap.ConnStateLogout {
		s.client.Logout().Wait()
	}
	s.bound.Close() // before Client.Close, which waits for the reader
	s.client.Close()
}
