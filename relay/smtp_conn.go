package relay

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const (
	// maxReply bounds what a server may send in one step: a greeting or reply
	// without end would fill memory. TLS handshakes with long certificate
	// chains fit.
	maxReply = 128 << 10
	// minRate is the slowest a server may take the body, in bytes a second: a
	// window that opens a byte at a time would hold the connection for ever.
	minRate = 4 << 10
)

// smtpConn is one connection, greeted and authenticated. It is used by one
// Send at a time.
type smtpConn struct {
	sub      *Submission
	bound    *Bound
	client   *smtp.Client
	pipeline *pipeline // beside client, on the same connection
	verified bool      // TLS with a certificate that was checked
	broken   bool      // not to be used again
	since    time.Time
}

// dial connects and brings the session to where MAIL may be said.
func (s *Submission) dial(ctx context.Context) (*smtpConn, error) {
	mode := cmp.Or(s.TLS, TLSImplicit)
	if err := mode.Check(s.Addr); err != nil {
		return nil, s.fail("dial", err)
	}
	c, err := s.dialMode(ctx, mode)
	if err != nil && mode == TLSOpportunistic && err.Phase == "tls" && ctx.Err() == nil {
		// Opportunistic means in the clear where TLS does not come about
		// (RFC 7435); what may not travel so is refused by deliver.
		s.log().Info("cleartext", "server", s.Addr, "reason", err.Text)
		c, err = s.dialMode(ctx, "")
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (s *Submission) dialMode(ctx context.Context, mode TLSMode) (*smtpConn, *SendError) {
	dial := s.Dialer
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	limit := cmp.Or(s.DialTimeout, 30*time.Second)
	dctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	conn, err := dial(dctx, "tcp", s.Addr)
	if err != nil {
		return nil, s.fail("dial", err)
	}
	if err := mode.CheckRemote(conn); err != nil {
		conn.Close()
		return nil, s.fail("dial", err)
	}
	c := &smtpConn{sub: s, bound: &Bound{Conn: conn}}
	c.limit(ctx, s.commandTimeout())
	// The whole opening shares one deadline, and ends with ctx.
	stop := context.AfterFunc(ctx, func() { c.bound.EndBy(time.Now()) })
	defer stop()
	if err := c.open(mode); err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

// limit starts a step of the session that ends within d, at once where ctx has
// ended. An AfterFunc that ends steps with ctx may have run before the limit
// was set, hence the second look.
func (c *smtpConn) limit(ctx context.Context, d time.Duration) {
	c.bound.Limit(time.Now().Add(d), maxReply)
	if ctx.Err() != nil {
		c.bound.EndBy(time.Now())
	}
}

func (c *smtpConn) open(mode TLSMode) *SendError {
	s := c.sub
	host, _, _ := net.SplitHostPort(s.Addr)
	cfg, err := ClientTLS(cmp.Or(s.ServerName, host), s.CAFile)
	if err != nil {
		return s.fail("tls", err)
	}
	switch mode {
	case TLSImplicit:
		tc := tls.Client(c.bound, cfg)
		if err := tc.Handshake(); err != nil {
			return s.fail("tls", err)
		}
		c.use(tc)
		c.verified = true
	case TLSStart, TLSOpportunistic:
		if mode == TLSOpportunistic {
			c.noteVerified(cfg)
		}
		tc, err := s.startTLS(c.bound, cfg)
		if err != nil {
			return s.fail("tls", err)
		}
		c.use(&greeted{tc, strings.NewReader("220 in TLS\r\n")})
		c.verified = c.verified || mode == TLSStart
	default:
		c.use(c.bound)
	}
	c.client.CommandTimeout, c.client.SubmissionTimeout = s.commandTimeout(), s.replyTimeout()
	if err := c.client.Hello(cmp.Or(s.LocalName, "localhost")); err != nil {
		return s.fail("greeting", err)
	}
	if s.Username == "" {
		return nil
	}
	if !c.verified && mode != TLSNone {
		return s.fail("auth", errors.New("no verified TLS: the password is not sent"))
	}
	if err := c.auth(); err != nil {
		return s.fail("auth", err)
	}
	return nil
}

// use makes the client of a connection, in TLS or not.
func (c *smtpConn) use(conn net.Conn) {
	c.client, c.pipeline = smtp.NewClient(conn), newPipeline(conn)
}

// noteVerified makes cfg accept any certificate and records whether it would
// have been accepted.
func (c *smtpConn) noteVerified(cfg *tls.Config) {
	cfg.InsecureSkipVerify = true
	cfg.VerifyConnection = func(cs tls.ConnectionState) error {
		opts := x509.VerifyOptions{DNSName: cfg.ServerName, Roots: cfg.RootCAs, Intermediates: x509.NewCertPool()}
		for _, cert := range cs.PeerCertificates[1:] {
			opts.Intermediates.AddCert(cert)
		}
		_, err := cs.PeerCertificates[0].Verify(opts)
		c.verified = err == nil
		return nil
	}
}

func (c *smtpConn) auth() error {
	user := c.sub.Username
	password, err := ReadPassword(c.sub.PasswordFile)
	if err != nil {
		return err
	}
	if c.client.SupportsAuth(sasl.Plain) {
		return c.client.Auth(sasl.NewPlainClient("", user, password))
	}
	if c.client.SupportsAuth(sasl.Login) { // QUIRK: some Exchange servers offer LOGIN only
		return c.client.Auth(sasl.NewLoginClient(user, password))
	}
	return errors.New("server offers neither AUTH PLAIN nor LOGIN")
}

// deliver runs one mail transaction.
func (c *smtpConn) deliver(ctx context.Context, m Mail) error {
	c.limit(ctx, c.sub.commandTimeout())
	stop := context.AfterFunc(ctx, func() { c.bound.EndBy(time.Now()) })
	defer stop()
	if m.RequireTLS && !c.verified {
		return c.sub.fail("tls", errors.New("this mail needs verified TLS"))
	}
	if limit, ok := c.client.MaxMessageSize(); ok && limit > 0 && len(m.Bytes) > limit {
		return &SendError{Phase: "check", Code: 552, Enhanced: "5.3.4", Permanent: true,
			Text: fmt.Sprintf("message of %d bytes, server takes %d", len(m.Bytes), limit)}
	}
	begin := c.beginInSteps
	if pipelining, _ := c.client.Extension("PIPELINING"); pipelining {
		begin = c.begin
	}
	w, err := begin(ctx, m)
	if err != nil {
		return err
	}
	c.limit(ctx, c.sub.commandTimeout()+time.Duration(len(m.Bytes)/minRate)*time.Second)
	if _, err := w.Write(m.Bytes); err != nil {
		c.broken = true // never Close: it writes the dot, and half a mail is delivered
		return c.sub.fail("body", err)
	}
	if ctx.Err() != nil || !stop() {
		c.broken = true
		return c.sub.fail("body", context.Cause(ctx))
	}
	// From here on the mail may be accepted; a stop of the program waits for
	// the reply a little, since each `maybe` costs a person or a duplicate.
	c.limit(context.Background(), c.sub.commandTimeout()+c.sub.replyTimeout())
	defer context.AfterFunc(ctx, func() {
		c.bound.EndBy(time.Now().Add(cmp.Or(c.sub.StopGrace, 5*time.Second)))
	})()
	if err := w.Close(); err != nil {
		return c.refused(ctx, "end", err)
	}
	return nil
}

// beginInSteps brings the transaction to where the body may be written.
func (c *smtpConn) beginInSteps(ctx context.Context, m Mail) (io.WriteCloser, error) {
	if err := c.client.Mail(m.From, &smtp.MailOptions{Size: int64(len(m.Bytes)), RequireTLS: c.requireTLS(m)}); err != nil {
		return nil, c.refused(ctx, "mail", err)
	}
	c.limit(ctx, c.sub.commandTimeout())
	if err := c.client.Rcpt(m.To, nil); err != nil {
		return nil, c.refused(ctx, "rcpt", err)
	}
	c.limit(ctx, c.sub.commandTimeout())
	w, err := c.client.Data()
	if err != nil {
		return nil, c.refused(ctx, "data", err)
	}
	return w, nil
}

// requireTLS reports whether the server is asked to keep the mail to TLS.
func (c *smtpConn) requireTLS(m Mail) bool {
	announced, _ := c.client.Extension("REQUIRETLS")
	return m.RequireTLS && announced
}

// refused turns an error of a command into a SendError and makes the
// connection ready for the next mail, or marks it broken.
func (c *smtpConn) refused(ctx context.Context, phase string, err error) error {
	e := c.sub.fail(phase, err)
	if phase == "end" && e.Code/100 == 2 {
		return nil // QUIRK: accepted with another code than 250
	}
	if e.Code/100 != 4 && e.Code/100 != 5 || e.Code == 421 || e.Code == 503 {
		c.broken = true
		return e
	}
	// RSET also after the reply to the dot. QUIRK: a Postfix that refuses by
	// smtpd_end_of_data_restrictions says "nested MAIL command" otherwise.
	// After it the library wants to greet again: done here, since a fault of
	// the greeting is not one of the next mail.
	c.limit(ctx, c.sub.commandTimeout())
	if c.client.Reset() != nil || c.client.Hello(cmp.Or(c.sub.LocalName, "localhost")) != nil {
		c.broken = true
	}
	return e
}

// quit ends the session in order, but waits little.
func (c *smtpConn) quit() {
	c.limit(context.Background(), time.Second)
	if c.client.Quit() != nil {
		c.bound.Close()
	}
}

// fail classifies err. Only a 5xx to a command about the mail is permanent:
// before MAIL, or for lack of authentication, the fault is ours to mend.
func (s *Submission) fail(phase string, err error) *SendError {
	e := &SendError{Phase: phase, cause: err}
	var reply *smtp.SMTPError
	if !errors.As(err, &reply) {
		e.Text, e.Maybe = Printable(err.Error()), phase == "end"
		return e
	}
	e.Code, e.Text = reply.Code, Printable(reply.Message)
	if x := reply.EnhancedCode; x[0] > 0 && x[0] == reply.Code/100 {
		e.Enhanced = fmt.Sprintf("%d.%d.%d", x[0], x[1], x[2])
	}
	switch {
	case reply.Code/100 == 5:
		switch phase {
		case "mail", "rcpt", "data", "end":
			e.Permanent = !aboutSession(reply.Code)
		}
	case reply.Code/100 != 4 && phase == "end":
		e.Maybe = true
	}
	return e
}

// aboutSession reports whether a 5xx code finds fault with the session and not
// with the mail: authentication wanted (RFC 4954 section 6), or a command out
// of order.
func aboutSession(code int) bool {
	switch code {
	case 503, 530, 534, 535, 538:
		return true
	}
	return false
}
