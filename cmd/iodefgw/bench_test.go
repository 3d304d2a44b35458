package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// BenchmarkEndToEnd takes reports from a mailbox to the sink: IMAP over TLS
// from a server in memory, PGP/MIME Ed25519, IODEF of 6 KB, tickets in SQLite
// with synchronous=FULL, a receipt encrypted to the requester and a proved,
// signed notice to the affected site, each sent over SMTP with TLS to a server
// that drops it. One operation is one report. Server, client and gateway share the
// machine's cores.
func BenchmarkEndToEnd(b *testing.B) {
	env := processEnv()
	site, err := newDemoSite(env, b.TempDir())
	check(b, err)
	inbox, err := startMailbox(site.cert, site.password)
	check(b, err)
	defer inbox.close()
	sink := startSink(b, site.cert)
	check(b, site.configure(context.Background(), inbox.addr, sink.addr))
	c := site.config
	c.SMTP.Username, c.SMTP.PasswordFile = "", ""
	c.SMTP.Connections = 8
	c.Screen.LinkWindow = 0
	log := strings.Repeat("Nov 20 12:14:07 www sshd[812]: Failed password for root from 198.51.100.77 port 40122 ssh2\n", 50)
	size := 0
	for i := range b.N {
		raw, err := BuildReport(ReportInput{
			ID: fmt.Sprint(i), Now: time.Now(), Seen: time.Now().Add(-time.Hour),
			Sources: []netip.Addr{netip.MustParseAddr("198.51.100.77")}, Targets: []Target{{Address: netip.MustParseAddr("203.0.113.25")}},
			Port: 22, Log: log, Conditions: "conditions: hide-my-ip", Name: "CERT-U", From: "cert@example.co.jp", To: demoAddress,
			Sign: site.secrets["cert-u"], Random: env.Rand,
		})
		check(b, err)
		check(b, inbox.take(raw))
		size = len(raw)
	}
	d, err := newDaemon(context.Background(), env, c, slog.New(slog.DiscardHandler), true)
	check(b, err)
	defer d.close()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)

	b.ReportAllocs()
	b.ResetTimer()
	cpu := cpuTime()
	go func() { done <- d.run(ctx) }()
	want := int64(2 * b.N)
	for sink.taken.Load() < want {
		select {
		case <-sink.progress:
		case <-time.After(time.Minute):
			b.Fatalf("%d of %d messages after a minute of silence", sink.taken.Load(), want)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reports/s")
	b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/float64(b.N), "cpu-µs/report")
	b.ReportMetric(float64(size), "mail-bytes")
	stop()
	check(b, <-done)
}

func check(tb testing.TB, err error) {
	if err != nil {
		tb.Helper()
		tb.Fatal(err)
	}
}

// cpuTime is what this process has used of all cores.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// sink is an SMTP server that takes every mail and keeps none.
type sink struct {
	addr     string
	taken    atomic.Int64
	progress chan struct{}
}

func startSink(tb testing.TB, cert tls.Certificate) *sink {
	s := &sink{progress: make(chan struct{}, 1)}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return sinkSession{s}, nil }))
	server.Domain = "localhost"
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(tb, err)
	s.addr = listener.Addr().String()
	go func() { _ = server.Serve(listener) }()
	tb.Cleanup(func() { _ = server.Close() })
	return s
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
	s.taken.Add(1)
	select {
	case s.progress <- struct{}{}:
	default:
	}
	return nil
}
