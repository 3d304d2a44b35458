package main

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// startSite makes a gateway's folder and the servers in memory that it works
// between: a mailbox, and an SMTP server that asks for no password.
func startSite(t *testing.T, session func() smtp.Session) (*demoSite, *demoMailbox) {
	t.Helper()
	site, err := newDemoSite(processEnv(), t.TempDir())
	check(t, err)
	inbox, err := startMailbox(site.cert, site.password)
	check(t, err)
	t.Cleanup(func() { _ = inbox.close() })
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return session(), nil }))
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{site.cert}, MinVersion: tls.VersionTLS12}
	server.ErrorLog = log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { _ = server.Close() })
	go func() { _ = server.Serve(l) }()
	check(t, site.configure(context.Background(), inbox.addr, l.Addr().String()))
	site.config.SMTP.Username, site.config.SMTP.PasswordFile = "", ""
	return site, inbox
}

// signedReport is a report of cert-u's of one machine of isp-r's.
func signedReport(t *testing.T, site *demoSite, id, log string) []byte {
	t.Helper()
	raw, err := BuildReport(ReportInput{
		ID: id, Now: time.Now(), Seen: time.Now().Add(-time.Hour), Sources: []netip.Addr{netip.MustParseAddr("198.51.100.77")},
		Targets: []Target{{Address: netip.MustParseAddr("203.0.113.25")}}, Log: log, Conditions: "conditions: hide-my-ip",
		Name: "CERT-U", From: "cert@example.co.jp", To: demoAddress, Sign: site.secrets["cert-u"], Random: site.env.Rand,
	})
	check(t, err)
	return raw
}
