package main

import (
	"bytes"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// demoPost is a mail server: it takes mail from those who know the password,
// puts what is for the gateway into its INBOX, and everybody else's mail into
// a Maildir. Each mail is announced before the sender hears that it was taken.
type demoPost struct {
	addr     string
	password string
	gateway  string             // our address; mail to it with a +tag is for us too
	boxes    map[string]string  // Maildirs by address
	take     func([]byte) error // puts a mail into the INBOX
	arrived  func(demoLetter)   // a mail lies in a Maildir
	server   *smtp.Server
	done     chan struct{}

	mu      sync.Mutex
	letters int // taken, all in all
	inbox   int // of these for the gateway
}

// demoLetter is a mail in somebody's Maildir.
type demoLetter struct {
	To   string // envelope
	File string
	Raw  []byte
}

// maxDemoMail is the largest mail that the server takes, in bytes.
const maxDemoMail = 4 << 20

// start serves with STARTTLS on a free port of the loopback.
func (p *demoPost) start(cert tls.Certificate) error {
	for _, box := range p.boxes {
		for _, part := range []string{"tmp", "new", "cur"} {
			if err := os.MkdirAll(filepath.Join(box, part), 0o700); err != nil {
				return fmt.Errorf("make Maildir: %w", err)
			}
		}
	}
	p.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &demoSession{post: p}, nil }))
	p.server.Domain = "localhost"
	p.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	p.server.MaxMessageBytes = maxDemoMail
	p.server.MaxRecipients = 1 // as the gateway promises
	p.server.EnableREQUIRETLS = true
	p.server.ReadTimeout, p.server.WriteTimeout = time.Minute, time.Minute
	p.server.ErrorLog = log.New(io.Discard, "", 0)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("start the demo's SMTP server: %w", err)
	}
	p.addr, p.done = listener.Addr().String(), make(chan struct{})
	go func() {
		defer close(p.done)
		_ = p.server.Serve(listener) // ends with the error of a closed listener
	}()
	return nil
}

// counts are the mails taken, and those of them that were for the gateway.
func (p *demoPost) counts() (letters, inbox int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.letters, p.inbox
}

func (p *demoPost) close() error {
	err := p.server.Close()
	<-p.done
	if errors.Is(err, net.ErrClosed) || errors.Is(err, smtp.ErrServerClosed) {
		return nil
	}
	return err
}

// forUs reports whether an address is the gateway's, with or without a +tag.
func (p *demoPost) forUs(addr string) bool {
	user, domain, _ := strings.Cut(p.gateway, "@")
	local, at, _ := strings.Cut(strings.ToLower(addr), "@")
	local, _, _ = strings.Cut(local, "+")
	return local == user && at == domain
}

// accept delivers one mail.
func (p *demoPost) accept(from, to string, raw []byte) error {
	// What every server writes on top when it delivers (RFC 5321 4.4).
	raw = append([]byte(fmt.Sprintf("Return-Path: <%s>\r\nDelivered-To: %s\r\n", from, to)), raw...)
	p.mu.Lock()
	p.letters++
	n := p.letters
	p.mu.Unlock()
	if p.forUs(to) {
		if err := p.take(raw); err != nil {
			return err
		}
		p.mu.Lock()
		p.inbox++
		p.mu.Unlock()
		return nil
	}
	box := p.boxes[to]
	name := fmt.Sprintf("%d.%d.localhost", time.Now().Unix(), n)
	file := filepath.Join(box, "new", name)
	tmp := filepath.Join(box, "tmp", name)
	if err := os.WriteFile(tmp, raw, 0o600); err != nil {
		return err
	}
	if err := os.Rename(tmp, file); err != nil {
		return err
	}
	p.arrived(demoLetter{To: to, File: file, Raw: raw})
	return nil
}

// demoSession is one connection.
type demoSession struct {
	post     *demoPost
	known    bool
	from, to string
}

func (s *demoSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *demoSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != demoUser || subtle.ConstantTimeCompare([]byte(password), []byte(s.post.password)) != 1 {
			return smtp.ErrAuthFailed
		}
		s.known = true
		return nil
	}), nil
}

func (s *demoSession) Mail(from string, _ *smtp.MailOptions) error {
	if !s.known {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}

func (s *demoSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if _, ok := s.post.boxes[to]; !ok && !s.post.forUs(to) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "nobody of that name lives here"}
	}
	s.to = to
	return nil
}

func (s *demoSession) Data(r io.Reader) error {
	var b bytes.Buffer
	if _, err := b.ReadFrom(r); err != nil {
		return err
	}
	if err := s.post.accept(s.from, s.to, b.Bytes()); err != nil {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "cannot deliver now"}
	}
	return nil
}

func (s *demoSession) Reset()        { s.from, s.to = "", "" }
func (s *demoSession) Logout() error { return nil }
