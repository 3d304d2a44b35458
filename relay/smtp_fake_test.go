package relay

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeSMTP is a small SMTP server whose faults are written by the tests. hook
// sees each command first, and GREETING, and BODY when a message has come in
// whole; it may answer in its place.
type fakeSMTP struct {
	addr string
	ext  []string
	cfg  *tls.Config // for STARTTLS
	hook func(c *fakeSMTPConn, verb, args string) (handled bool)

	mu       sync.Mutex
	conns    map[net.Conn]bool
	dialled  int
	commands []string // as received, outside TLS and within
	clear    []string // those received in the clear
	messages []string // accepted, dots unstuffed
	wire     []byte   // all that was received after a DATA
}

type fakeSMTPConn struct {
	*fakeSMTP
	net.Conn
	in      *bufio.Reader
	secure  bool
	last    string // reply
	refused bool   // sender or recipient: there is nothing to go on with
}

func startSMTP(t testing.TB) *fakeSMTP {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeSMTP{addr: ln.Addr().String(), ext: []string{"8BITMIME", "SIZE 100000", "AUTH PLAIN", "ENHANCEDSTATUSCODES"}, conns: map[net.Conn]bool{}}
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			f.mu.Lock()
			f.conns[conn] = true
			f.dialled++
			f.mu.Unlock()
			wg.Add(1)
			go func() {
				defer wg.Done()
				defer conn.Close()
				(&fakeSMTPConn{fakeSMTP: f, Conn: conn, in: bufio.NewReader(conn)}).serve()
			}()
		}
	}()
	t.Cleanup(func() {
		ln.Close()
		f.mu.Lock()
		for c := range f.conns {
			c.Close()
		}
		f.mu.Unlock()
		wg.Wait()
	})
	return f
}

func (c *fakeSMTPConn) say(format string, args ...any) {
	c.last = fmt.Sprintf(format, args...)
	fmt.Fprint(c.Conn, c.last+"\r\n")
}

func (c *fakeSMTPConn) serve() {
	if c.hook != nil && c.hook(c, "GREETING", "") {
		return
	}
	c.say("220 fake ready")
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, args, _ := strings.Cut(line, " ")
		c.mu.Lock()
		c.commands = append(c.commands, line)
		if !c.secure {
			c.clear = append(c.clear, line)
		}
		c.mu.Unlock()
		if (c.hook == nil || !c.hook(c, verb, args)) && !c.command(verb) {
			return
		}
		switch verb {
		case "MAIL":
			c.refused = c.last[0] != '2'
		case "RCPT":
			c.refused = c.refused || c.last[0] != '2'
		case "RSET":
			c.refused = false
		}
	}
}

func (c *fakeSMTPConn) command(verb string) (more bool) {
	if c.refused && (verb == "RCPT" || verb == "DATA") {
		c.say("503 5.5.1 out of order")
		return true
	}
	switch verb {
	case "EHLO":
		ext := slices.Clone(c.ext)
		if c.cfg != nil && !c.secure {
			ext = append(ext, "STARTTLS")
		}
		c.say("250-fake")
		for _, e := range ext {
			c.say("250-%s", e)
		}
		c.say("250 HELP")
	case "STARTTLS":
		c.say("220 go")
		tc := tls.Server(c.Conn, c.cfg)
		if tc.Handshake() != nil {
			return false
		}
		c.Conn, c.in, c.secure = tc, bufio.NewReader(tc), true
	case "AUTH":
		c.say("235 2.7.0 welcome")
	case "DATA":
		c.say("354 go on")
		return c.data()
	case "QUIT":
		c.say("221 bye")
		return false
	default:
		c.say("250 2.0.0 fine")
	}
	return true
}

func (c *fakeSMTPConn) data() (more bool) {
	var msg strings.Builder
	for {
		line, err := c.in.ReadBytes('\n')
		c.mu.Lock()
		c.wire = append(c.wire, line...)
		c.mu.Unlock()
		if err != nil {
			return false
		}
		if bytes.Equal(line, []byte(".\r\n")) {
			break
		}
		msg.Write(bytes.TrimPrefix(line, []byte(".")))
	}
	if c.hook != nil && c.hook(c, "BODY", "") {
		return true
	}
	c.accept(msg.String())
	c.say("250 2.0.0 queued as 1")
	return true
}

func (f *fakeSMTP) accept(msg string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.messages = append(f.messages, msg)
}

func (f *fakeSMTP) accepted() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.messages)
}

func (f *fakeSMTP) connections() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dialled
}

// eachWay runs a test with a server that announces PIPELINING and with one that
// does not.
func eachWay(t *testing.T, run func(t *testing.T, start func(testing.TB) *fakeSMTP)) {
	t.Run("in steps", func(t *testing.T) { run(t, startSMTP) })
	t.Run("pipelined", func(t *testing.T) {
		run(t, func(t testing.TB) *fakeSMTP {
			f := startSMTP(t)
			f.ext = append(f.ext, "PIPELINING")
			return f
		})
	})
}

// unlimited takes its SIZE off a server.
func (f *fakeSMTP) unlimited() {
	f.ext = slices.DeleteFunc(f.ext, func(ext string) bool { return strings.HasPrefix(ext, "SIZE") })
}

// said reports whether a client sent a command that begins with prefix.
func (f *fakeSMTP) said(prefix string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.commands, func(s string) bool { return strings.HasPrefix(s, prefix) })
}

// saidClear is said, for what was sent without TLS.
func (f *fakeSMTP) saidClear(prefix string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.clear, func(s string) bool { return strings.HasPrefix(s, prefix) })
}

func (f *fakeSMTP) submission(t testing.TB) *Submission {
	s := &Submission{Addr: f.addr, TLS: TLSNone, LocalName: "gw.test", CommandTimeout: 5 * time.Second, ReplyTimeout: 5 * time.Second}
	s.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		f.mu.Lock() // what the test wrote into f is seen by the server's goroutines
		defer f.mu.Unlock()
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func testMail(body string) Mail {
	return Mail{From: "gw+token@gw.test", To: "abuse@site.test", Bytes: []byte("Subject: test\r\nMessage-ID: <1@gw.test>\r\n\r\n" + body)}
}

// sendError sends and wants a SendError.
func sendError(t *testing.T, s *Submission, m Mail) *SendError {
	t.Helper()
	err := s.Send(context.Background(), m)
	var se *SendError
	if !errors.As(err, &se) {
		t.Fatalf("Send: %v, want a SendError", err)
	}
	return se
}

// certificate makes a CA file and a certificate for names that it vouches for.
func certificate(t testing.TB, notAfter time.Time, names ...string) (caFile string, cfg *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, NotBefore: time.Now().Add(-48 * time.Hour),
		NotAfter: notAfter, IsCA: true, BasicConstraintsValid: true, DNSNames: names}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	caFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return caFile, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func passwordFile(t testing.TB) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(name, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
