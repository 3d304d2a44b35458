package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/gob"
	"io"
	"net"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// benchServers is what BenchmarkEndToEnd tells a process of its own, which is
// the mail servers around the gateway: so that what they use is told apart
// from what the gateway uses.
type benchServers struct {
	Chain    [][]byte // certificate
	Key      []byte   // PKCS #8
	Password string
	Mails    [][]byte // in the mailbox
	Want     int64    // mails the sink is to take
}

// benchReady is its answer once the servers listen, benchDone once the sink has
// taken all mails.
type benchReady struct{ IMAP, SMTP string }
type benchDone struct{ CPU time.Duration }

// start runs the servers until the benchmark ends.
func (s *benchServers) start(b *testing.B) (benchReady, <-chan benchDone) {
	program, err := os.Executable()
	check(b, err)
	c := exec.Command(program)
	c.Args = []string{benchServersName}
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	check(b, err)
	out, err := c.StdoutPipe()
	check(b, err)
	check(b, c.Start())
	b.Cleanup(func() {
		in.Close() // ends it
		_ = c.Wait()
	})
	check(b, gob.NewEncoder(in).Encode(s))
	from := gob.NewDecoder(out)
	var ready benchReady
	check(b, from.Decode(&ready))
	done := make(chan benchDone, 1)
	go func() {
		var d benchDone
		if from.Decode(&d) == nil {
			done <- d
		}
	}()
	return ready, done
}

// benchServersName is the name under which the test binary is the servers.
const benchServersName = "iodefgw-bench-servers"

// serveBench is the other side of start, in a process of its own.
func serveBench() {
	if err := serveBenchPipe(os.Stdin, os.Stdout); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	os.Exit(0)
}

func serveBenchPipe(in io.Reader, out io.Writer) error {
	var s benchServers
	if err := gob.NewDecoder(in).Decode(&s); err != nil {
		return err
	}
	key, err := x509.ParsePKCS8PrivateKey(s.Key)
	if err != nil {
		return err
	}
	cert := tls.Certificate{Certificate: s.Chain, PrivateKey: key}
	inbox, err := startMailbox(cert, s.Password)
	if err != nil {
		return err
	}
	for _, raw := range s.Mails {
		if err := inbox.take(raw); err != nil {
			return err
		}
	}
	sink, err := startSink(cert, s.Want)
	if err != nil {
		return err
	}
	to := gob.NewEncoder(out)
	before := cpuTime()
	if err := to.Encode(benchReady{inbox.addr, sink.addr}); err != nil {
		return err
	}
	go func() {
		<-sink.full
		_ = to.Encode(benchDone{cpuTime() - before})
	}()
	_, err = io.Copy(io.Discard, in) // until the benchmark closes it
	return err
}

// sink is an SMTP server that takes every mail and keeps none.
type sink struct {
	addr string
	left atomic.Int64
	full chan struct{}
}

// startSink starts a server that tells when it has taken want mails. It ends
// with the process.
func startSink(cert tls.Certificate, want int64) (*sink, error) {
	s := &sink{full: make(chan struct{})}
	s.left.Store(want)
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return sinkSession{s}, nil }))
	server.Domain = "localhost"
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.addr = listener.Addr().String()
	go func() { _ = server.Serve(listener) }()
	return s, nil
}

type sinkSession struct{ *sink }

func (sinkSession) Mail(string, *smtp.MailOptions) error { return nil }
func (sinkSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (sinkSession) Reset()                               {}
func (sinkSession) Logout() error                        { return nil }
func (s sinkSession) Data(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	if s.left.Add(-1) == 0 {
		close(s.full)
	}
	return nil
}
