package mailgw

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"iodefgw/relay"
)

// authError is a refused password. Trying again soon may lock the account.
type authError struct{ err error }

func (e *authError) Error() string { return "log in: " + e.err.Error() }
func (e *authError) Unwrap() error { return e.err }

func (s *session) connect() error {
	m := s.m
	mode := cmp.Or(m.TLS, relay.TLSImplicit)
	dial := m.Dialer
	if dial == nil {
		dial = (&net.Dialer{KeepAlive: 30 * time.Second}).DialContext
	}
	ctx, cancel := context.WithTimeout(s.ctx, m.commandTimeout())
	defer cancel()
	conn, err := dial(ctx, "tcp", m.Addr)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if err := mode.CheckRemote(conn); err != nil {
		conn.Close()
		return err
	}
	s.bound = &relay.Bound{Conn: conn}
	s.stop = context.AfterFunc(s.ctx, func() { s.bound.EndBy(time.Now().Add(stopGrace)) })
	defer s.command()() // TLS, greeting and login share one deadline
	if err := s.greet(mode); err != nil {
		s.stop()
		conn.Close()
		return err
	}
	if err := s.open(); err != nil {
		s.close()
		return err
	}
	return nil
}

// greet makes the client: TLS, greeting, login. On an error the caller closes
// the connection.
func (s *session) greet(mode relay.TLSMode) error {
	m := s.m
	host, _, _ := net.SplitHostPort(m.Addr)
	cfg, err := relay.ClientTLS(cmp.Or(m.ServerName, host), m.CAFile)
	if err != nil {
		return err
	}
	opts := &imapclient.Options{TLSConfig: cfg, UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(data *imapclient.UnilateralDataMailbox) {
			if data.NumMessages != nil {
				select {
				case s.wake <- struct{}{}:
				default: // a burst is one token
				}
			}
		},
	}}
	switch mode {
	case relay.TLSImplicit:
		tc := tls.Client(s.bound, cfg)
		if err := tc.Handshake(); err != nil {
			return fmt.Errorf("TLS: %w", err)
		}
		s.client = imapclient.New(tc, opts)
	case relay.TLSStart:
		// What was sent before TLS counts for nothing: bytes behind the OK to
		// STARTTLS go into the handshake, which then fails, a greeting with
		// PREAUTH is refused, and capabilities are asked for again below.
		if s.client, err = imapclient.NewStartTLS(s.bound, opts); err != nil {
			return fmt.Errorf("STARTTLS: %w", err)
		}
	default:
		s.client = imapclient.New(s.bound, opts)
	}
	if err := s.login(); err != nil {
		s.bound.Close() // else Close waits for the reader
		s.client.Close()
		return err
	}
	return nil
}

func (s *session) login() error {
	if err := s.client.WaitGreeting(); err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	if s.client.State() != imap.ConnStateNotAuthenticated {
		// PREAUTH would give us somebody's mailbox without a password.
		return errors.New("greeting: server says we are logged in already")
	}
	caps, err := s.client.Capability().Wait()
	if err != nil {
		return fmt.Errorf("capabilities: %w", err)
	}
	password, err := relay.ReadPassword(s.m.PasswordFile)
	if err != nil {
		return err
	}
	switch {
	case caps.Has(imap.AuthCap(sasl.Plain)):
		err = s.client.Authenticate(sasl.NewPlainClient("", s.m.Username, password))
	case !caps.Has(imap.CapLoginDisabled):
		err = s.client.Login(s.m.Username, password).Wait()
	default:
		return errors.New("server takes no password here")
	}
	if err == nil {
		return nil
	}
	var said *imap.Error
	if errors.As(err, &said) && said.Code != imap.ResponseCodeUnavailable && said.Code != imap.ResponseCodeInUse {
		return &authError{err}
	}
	return fmt.Errorf("log in: %w", err)
}
