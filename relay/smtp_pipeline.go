package relay

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"slices"
	"strings"

	"github.com/emersion/go-smtp"
)

// The library says one command at a time. Where the server announces PIPELINING
// (RFC 2920), MAIL, RCPT and DATA leave in one write and their replies are read
// in turn, which spares each mail two waits. The rest of the session is the
// library's: EHLO, AUTH, RSET, QUIT.

// pipeline reads and writes the library's connection while the library itself
// waits for nothing.
type pipeline struct {
	in  *textproto.Reader
	out *textproto.Writer
}

// outBuffer holds most mails whole, so that the lines and the dot leave in one
// write.
const outBuffer = 16 << 10

func newPipeline(conn net.Conn) *pipeline {
	return &pipeline{in: textproto.NewReader(bufio.NewReader(conn)), out: textproto.NewWriter(bufio.NewWriterSize(conn, outBuffer))}
}

// reply reads the next one and returns its text. Where it does not have the code
// wanted, or begin with these digits, the error is a *smtp.SMTPError.
func (p *pipeline) reply(want int) (string, error) {
	_, text, err := p.in.ReadResponse(want)
	var said *textproto.Error
	if !errors.As(err, &said) {
		return text, err
	}
	e := &smtp.SMTPError{Code: said.Code, Message: said.Msg}
	status, rest, cut := strings.Cut(said.Msg, " ")
	var x smtp.EnhancedCode
	if n, _ := fmt.Sscanf(status, "%d.%d.%d", &x[0], &x[1], &x[2]); cut && n == 3 {
		e.EnhancedCode, e.Message = x, strings.ReplaceAll(rest, "\n"+status+" ", "\n") // on each line (RFC 2034 section 4)
	}
	return "", e
}

// errOutOfTurn: the server has said more than it was asked.
var errOutOfTurn = errors.New("server speaks out of turn")

// begin brings the transaction to where the body may be written. The first
// refusal is the outcome; the replies behind it are read all the same, so that
// they are not taken for those to the next mail. A server that refuses sender or
// recipient and takes DATA waits for a body: it is left, since the empty one of
// RFC 2920 section 3.1 would be a mail.
func (c *smtpConn) begin(ctx context.Context, m Mail) (io.WriteCloser, error) {
	p, params := c.pipeline, ""
	for _, param := range []struct{ ext, text string }{{"8BITMIME", "BODY=8BITMIME"}, {"SIZE", fmt.Sprintf("SIZE=%d", len(m.Bytes))}} {
		if announced, _ := c.client.Extension(param.ext); announced {
			params += " " + param.text
		}
	}
	if c.requireTLS(m) {
		params += " REQUIRETLS"
	}
	fmt.Fprintf(p.out.W, "MAIL FROM:<%s>%s\r\nRCPT TO:<%s>\r\nDATA\r\n", m.From, params, m.To)
	if err := p.out.W.Flush(); err != nil {
		return nil, c.refused(ctx, "mail", err)
	}
	var refusedAt string
	var refusal error
	for _, step := range []struct {
		phase string
		want  int
	}{{"mail", 250}, {"rcpt", 25}, {"data", 354}} {
		_, err := p.reply(step.want)
		if refusal == nil && err != nil {
			refusedAt, refusal = step.phase, err
		}
		if refusal != nil && !goesOn(err) && (err != nil || step.phase == "data") {
			c.broken = true // whatever follows is the reply to something else
			break
		}
	}
	if p.in.R.Buffered() > 0 { // more than was asked: the next mail must not get it
		c.broken = c.broken || refusal != nil
		if refusal == nil {
			refusedAt, refusal = "data", errOutOfTurn
		}
	}
	if c.broken {
		return nil, c.sub.fail(refusedAt, refusal)
	}
	if refusal != nil {
		return nil, c.refused(ctx, refusedAt, refusal)
	}
	return &pipelinedBody{c}, nil
}

// goesOn reports whether err is a refusal after which replies still come.
func goesOn(err error) bool {
	var said *smtp.SMTPError
	return errors.As(err, &said) && (said.Code/100 == 4 || said.Code/100 == 5) && said.Code != 421
}

// pipelinedBody takes the body, which CheckBytes has passed: CRLF lines. Close
// ends it with the dot and reads the reply.
type pipelinedBody struct {
	c *smtpConn
}

// Write takes whole lines and doubles the dot that one begins with (RFC 5321
// section 4.5.2).
func (b *pipelinedBody) Write(lines []byte) (int, error) {
	out := b.c.pipeline.out.W
	for rest := lines; len(rest) > 0; {
		if rest[0] == '.' {
			out.WriteByte('.') // its error is kept, and the next Write's
		}
		n := len(rest)
		if next := bytes.Index(rest, []byte("\r\n.")); next >= 0 {
			n = next + len("\r\n")
		}
		if _, err := out.Write(rest[:n]); err != nil {
			return 0, err
		}
		rest = rest[n:]
	}
	return len(lines), nil
}

func (b *pipelinedBody) Close() error {
	p := b.c.pipeline
	if err := p.out.PrintfLine("."); err != nil {
		return err
	}
	_, err := p.reply(250)
	if p.in.R.Buffered() > 0 {
		b.c.broken = true // more than a reply: the next mail must not get it
	}
	return err
}

// startTLS brings a connection into TLS. The library could, but would keep it
// for itself.
func (s *Submission) startTLS(conn net.Conn, cfg *tls.Config) (*tls.Conn, error) {
	p := newPipeline(conn)
	if _, err := p.reply(220); err != nil {
		return nil, err
	}
	say := func(command string, want int) (string, error) {
		if err := p.out.PrintfLine("%s", command); err != nil {
			return "", err
		}
		return p.reply(want)
	}
	offer, err := say("EHLO localhost", 250) // who we are follows within TLS
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(strings.Split(offer, "\n")[1:], func(ext string) bool { return strings.EqualFold(ext, "STARTTLS") }) {
		return nil, errors.New("server does not offer STARTTLS")
	}
	if _, err := say("STARTTLS", 220); err != nil {
		return nil, err
	}
	if p.in.R.Buffered() > 0 { // put there by who knows whom (CVE-2021-38371)
		return nil, errOutOfTurn
	}
	tc := tls.Client(conn, cfg)
	return tc, tc.Handshake()
}

// greeted is a connection within TLS after STARTTLS. No server greets there
// (RFC 3207 section 4.2), and the library waits for it on each connection that
// it is given.
type greeted struct {
	net.Conn
	greeting io.Reader
}

func (g *greeted) Read(p []byte) (int, error) {
	if n, _ := g.greeting.Read(p); n > 0 {
		return n, nil
	}
	return g.Conn.Read(p)
}
