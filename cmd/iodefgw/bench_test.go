package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkEndToEnd takes reports from a mailbox to the sink: IMAP over TLS
// from a server in memory, PGP/MIME Ed25519, IODEF of 6 KB, tickets in SQLite
// with synchronous=FULL, a receipt encrypted to the requester and a proved,
// signed notice to the affected site, each sent over SMTP with TLS to a server
// that drops it. One operation is one report. The servers are a process of
// their own: cpu-µs/report is the gateway's, with its side of TLS, IMAP and
// SMTP; servers-µs/report is theirs, on the same cores.
func BenchmarkEndToEnd(b *testing.B) {
	env := processEnv()
	site, err := newDemoSite(env, b.TempDir())
	check(b, err)
	key, err := x509.MarshalPKCS8PrivateKey(site.cert.PrivateKey)
	check(b, err)
	servers := &benchServers{Chain: site.cert.Certificate, Key: key, Password: site.password, Want: int64(2 * b.N)}
	for i := range b.N {
		source := netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}) // a network of abused hosts, not one that all accuse
		now := time.Now()
		seen := now.Add(-time.Hour)
		line := fmt.Sprintf("%s www sshd[812]: Failed password for root from %v port 40122 ssh2\n", seen.UTC().Format(time.Stamp), source)
		raw, err := BuildReport(ReportInput{
			ID: fmt.Sprint(i), Now: now, Seen: seen,
			Sources: []netip.Addr{source}, Targets: []Target{{Address: netip.MustParseAddr("203.0.113.25")}},
			Port: 22, Log: strings.Repeat(line, 50), Conditions: "conditions: hide-my-ip", Name: "CERT-U", From: "cert@example.co.jp", To: demoAddress,
			Sign: site.secrets["cert-u"], Random: env.Rand,
		})
		check(b, err)
		servers.Mails = append(servers.Mails, raw)
	}
	at, served := servers.start(b)
	check(b, site.configure(context.Background(), at.IMAP, at.SMTP))
	c := site.config
	c.SMTP.Username, c.SMTP.PasswordFile = "", ""
	c.SMTP.Connections = 8
	c.Screen.LinkWindow = 0
	d, err := newDaemon(context.Background(), env, c, slog.New(slog.DiscardHandler), true)
	check(b, err)
	defer d.close()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)

	b.ReportAllocs()
	b.ResetTimer()
	cpu := cpuTime()
	go func() { done <- d.run(ctx) }()
	var theirs benchDone
	select {
	case theirs = <-served:
	case <-time.After(time.Minute + time.Duration(b.N)*50*time.Millisecond):
		b.Fatal("the sink waits for messages")
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reports/s")
	b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/float64(b.N), "cpu-µs/report")
	b.ReportMetric(float64(theirs.CPU.Microseconds())/float64(b.N), "servers-µs/report")
	b.ReportMetric(float64(len(servers.Mails[0])), "mail-bytes")
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
