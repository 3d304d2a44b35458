package mailgw

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"iodefgw/relay"
)

// authority makes a CA file and a certificate that it signed for names.
func authority(t testing.TB, names ...string) (caFile string, cert tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, DNSNames: names}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	caFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return caFile, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// memServer is go-imap's server with one user, gw, whose INBOX holds raws.
// seen collects what clients sent, after decryption.
func memServer(t testing.TB, cfg *tls.Config, implicit bool, raws ...string) (addr string, user *imapmemserver.User, seen *transcript) {
	t.Helper()
	user = imapmemserver.NewUser("gw", "secret")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	for _, raw := range raws {
		appendMail(t, user, raw)
	}
	mem := imapmemserver.New()
	mem.AddUser(user)
	seen = &transcript{}
	opts := &imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}},
		TLSConfig:    cfg,
		InsecureAuth: cfg == nil,
		Logger:       log.New(io.Discard, "", 0),
	}
	if _, quiet := t.(*testing.T); quiet {
		opts.DebugWriter = seen
	}
	srv := imapserver.New(opts)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = ln.Addr().String()
	if implicit {
		ln = tls.NewListener(ln, cfg)
	}
	done := make(chan struct{})
	go func() { defer close(done); srv.Serve(ln) }()
	t.Cleanup(func() { srv.Close(); <-done })
	return addr, user, seen
}

func appendMail(t testing.TB, user *imapmemserver.User, raw string) {
	t.Helper()
	if _, err := user.Append("INBOX", literal{strings.NewReader(raw)}, &imap.AppendOptions{}); err != nil {
		t.Fatal(err)
	}
}

type literal struct{ *strings.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

func count(user *imapmemserver.User, mailbox string) int {
	data, err := user.Status(mailbox, &imap.StatusOptions{NumMessages: true})
	if err != nil {
		return 0
	}
	return int(*data.NumMessages)
}

type transcript struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *transcript) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *transcript) has(s string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Contains(strings.ToUpper(w.b.String()), s)
}

func TestMailIsTakenOverTLS(t *testing.T) {
	ca, cert := authority(t, "localhost")
	cfg := &tls.Config{Certificates: []tls.Certificate{cert}}
	for _, mode := range []relay.TLSMode{relay.TLSImplicit, relay.TLSStart} {
		t.Run(string(mode), func(t *testing.T) {
			addr, user, _ := memServer(t, cfg, mode == relay.TLSImplicit, mails(5)...)
			r := newRig(t, addr)
			r.TLS, r.CAFile, r.ServerName = mode, ca, "localhost"
			r.IdleRestart = 100 * time.Millisecond // the test server loses a wake-up now and then
			r.start()
			eventually(t, "five mails moved", func() bool { return count(user, "Processed") == 5 })
			appendMail(t, user, mail(9))
			eventually(t, "the sixth", func() bool { return count(user, "Processed") == 6 })
		})
	}
}

func TestCase_18_UntrustedTLS(t *testing.T) {
	ca, cert := authority(t, "localhost")
	otherCA, _ := authority(t, "localhost")
	for name, c := range map[string]struct {
		cfg      *tls.Config
		caFile   string
		host     string
		implicit bool
	}{
		"unknown authority":           {&tls.Config{Certificates: []tls.Certificate{cert}}, otherCA, "localhost", true},
		"unknown authority, STARTTLS": {&tls.Config{Certificates: []tls.Certificate{cert}}, otherCA, "localhost", false},
		"system's authorities":        {&tls.Config{Certificates: []tls.Certificate{cert}}, "", "localhost", true},
		"wrong name":                  {&tls.Config{Certificates: []tls.Certificate{cert}}, ca, "mail.example", true},
		"wrong name, STARTTLS":        {&tls.Config{Certificates: []tls.Certificate{cert}}, ca, "mail.example", false},
		"TLS 1.1":                     {&tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, ca, "localhost", true},
	} {
		t.Run(name, func(t *testing.T) {
			addr, user, seen := memServer(t, c.cfg, c.implicit, mail(0))
			r := newRig(t, addr)
			r.TLS, r.CAFile, r.ServerName = relay.TLSStart, c.caFile, c.host
			if c.implicit {
				r.TLS = relay.TLSImplicit
			}
			r.start()
			eventually(t, "two tries", func() bool { return r.logged("msg=reconnect") >= 2 })
			if seen.has("LOGIN \"") || seen.has("AUTHENTICATE PLAIN") || count(user, "INBOX") != 1 { // LOGINDISABLED is the server's
				t.Error("the client tried to log in")
			}
		})
	}
}

// What an attacker between us and the server can say before TLS.
func TestCase_18_CleartextTricks(t *testing.T) {
	for name, c := range map[string]struct {
		mode     relay.TLSMode
		greeting string
		starttls string // answer to STARTTLS
	}{
		"STARTTLS stripped":            {relay.TLSStart, "* OK hi", "%s BAD what?"},
		"STARTTLS refused":             {relay.TLSStart, "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi", "%s NO later"},
		"responses behind the OK":      {relay.TLSStart, "* OK hi", "%s OK go\r\n* CAPABILITY IMAP4rev1\r\nT2 OK logged in"},
		"OK and then no TLS":           {relay.TLSStart, "* OK hi", "%s OK go"},
		"PREAUTH with STARTTLS":        {relay.TLSStart, "* PREAUTH welcome", "%s OK go"},
		"PREAUTH on a loopback":        {relay.TLSNone, "* PREAUTH welcome", ""},
		"implicit TLS, cleartext host": {relay.TLSImplicit, "* OK hi", "%s OK go"},
	} {
		t.Run(name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			var seen transcript
			var wg sync.WaitGroup
			wg.Add(1)
			go func() {
				defer wg.Done()
				for {
					conn, err := ln.Accept()
					if err != nil {
						return
					}
					wg.Add(1)
					go func() {
						defer wg.Done()
						defer conn.Close()
						cleartextServer(conn, c.greeting, c.starttls, &seen)
					}()
				}
			}()
			t.Cleanup(func() { ln.Close(); wg.Wait() })
			r := newRig(t, ln.Addr().String())
			r.TLS, r.ServerName, r.CommandTimeout = c.mode, "localhost", time.Second
			stop := r.start()
			eventually(t, "two tries", func() bool { return r.logged("msg=reconnect") >= 2 })
			stop()
			if seen.has("LOGIN") || seen.has("AUTHENTICATE") || seen.has("SECRET") || seen.has("SELECT") {
				t.Errorf("the client said %q", seen.b.String())
			}
		})
	}
}

func cleartextServer(conn net.Conn, greeting, starttls string, seen *transcript) {
	fmt.Fprintf(conn, "%s\r\n", greeting)
	var pending string
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		seen.Write(buf[:n])
		if err != nil {
			return
		}
		pending += string(buf[:n])
		for {
			line, rest, ok := strings.Cut(pending, "\r\n")
			if !ok {
				break
			}
			pending = rest
			tag, verb, _ := strings.Cut(line, " ")
			switch verb {
			case "STARTTLS":
				fmt.Fprintf(conn, starttls+"\r\n", tag)
				if strings.Contains(starttls, "OK go\r\n") || !strings.Contains(starttls, " OK ") {
					continue
				}
				conn.Write([]byte("no handshake\r\n"))
			case "CAPABILITY":
				fmt.Fprintf(conn, "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n%s OK\r\n", tag)
			}
		}
	}
}

func TestCase_18_InsecureNeedsLoopback(t *testing.T) {
	for addr, ok := range map[string]bool{
		"127.0.0.1:143": true, "[::1]:143": true, "localhost:143": true,
		"192.0.2.1:143": false, "mail.example:143": false, "127.0.0.1.example:143": false, "0.0.0.0:143": false,
	} {
		m := &IMAP{Addr: addr, TLS: relay.TLSNone}
		if err := m.Check(); (err == nil) != ok {
			t.Errorf("%s: %v", addr, err)
		}
	}
	if err := (&IMAP{Addr: "localhost:1", TLS: relay.TLSOpportunistic}).Check(); err == nil {
		t.Error("opportunistic TLS was taken for IMAP")
	}
}
