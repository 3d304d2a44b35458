package relay

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
	"time"
)

// What each TLS mode makes of each server: is a mail that may travel as it can
// sent, is one that needs verified TLS sent, and does the password go out.
func TestCase_113_TLSPolicyAndServers(t *testing.T) {
	day := time.Now().Add(24 * time.Hour)
	ca, good := certificate(t, day, "localhost")
	_, stranger := certificate(t, day, "localhost")
	caLong, wrongName := certificate(t, day, "other.test")
	caOld, expired := certificate(t, time.Now().Add(-time.Hour), "localhost")
	old := good.Clone()
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11

	for _, c := range []struct {
		name               string
		mode               TLSMode
		cfg                *tls.Config // nil: the server has no TLS
		ca                 string
		plain, strict, pwd bool
	}{
		{"implicit, good", TLSImplicit, good, ca, true, true, true},
		{"implicit, unknown authority", TLSImplicit, stranger, ca, false, false, false},
		{"implicit, wrong name", TLSImplicit, wrongName, caLong, false, false, false},
		{"implicit, expired", TLSImplicit, expired, caOld, false, false, false},
		{"implicit, TLS 1.1", TLSImplicit, old, ca, false, false, false},
		{"implicit, cleartext server", TLSImplicit, nil, ca, false, false, false},
		{"starttls, good", TLSStart, good, ca, true, true, true},
		{"starttls, not offered", TLSStart, nil, ca, false, false, false},
		{"starttls, unknown authority", TLSStart, stranger, ca, false, false, false},
		{"starttls, wrong name", TLSStart, wrongName, caLong, false, false, false},
		{"starttls, expired", TLSStart, expired, caOld, false, false, false},
		{"starttls, TLS 1.1", TLSStart, old, ca, false, false, false},
		{"opportunistic, good", TLSOpportunistic, good, ca, true, true, true},
		{"opportunistic, not offered", TLSOpportunistic, nil, ca, true, false, false},
		{"opportunistic, unknown authority", TLSOpportunistic, stranger, ca, true, false, false},
		{"opportunistic, wrong name", TLSOpportunistic, wrongName, caLong, true, false, false},
		{"opportunistic, expired", TLSOpportunistic, expired, caOld, true, false, false},
		{"opportunistic, TLS 1.1", TLSOpportunistic, old, ca, true, false, false},
		{"no TLS on a loopback", TLSNone, nil, "", true, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := startSMTP(t)
			if c.mode == TLSImplicit && c.cfg != nil {
				f.hook = func(fc *fakeSMTPConn, verb, args string) bool {
					if verb == "GREETING" {
						tc := tls.Server(fc.Conn, c.cfg)
						fc.Conn, fc.in, fc.secure = tc, bufio.NewReader(tc), true
					}
					return false
				}
			} else {
				f.cfg = c.cfg
			}
			try := func(m Mail, user string) error {
				s := f.submission(t)
				s.TLS, s.CAFile, s.ServerName, s.Username, s.PasswordFile = c.mode, c.ca, "localhost", user, passwordFile(t)
				return s.Send(context.Background(), m)
			}
			m := testMail("x\r\n")
			if err := try(m, ""); (err == nil) != c.plain {
				t.Errorf("a mail for any channel: %v", err)
			}
			m.RequireTLS = true
			if err := try(m, ""); (err == nil) != c.strict {
				t.Errorf("a mail for verified TLS: %v", err)
			} else if err != nil {
				if se := err.(*SendError); se.Permanent || se.Maybe {
					t.Errorf("%+v, want a temporary error: the server may be mended", se)
				}
			}
			if err := try(testMail("x\r\n"), "gw"); (err == nil) != c.pwd {
				t.Errorf("a mail with AUTH: %v", err)
			}
			if f.said("AUTH") != c.pwd || f.saidClear("AUTH") && c.mode != TLSNone {
				t.Errorf("the password was sent: %v, in the clear: %v", f.said("AUTH"), f.saidClear("AUTH"))
			}
			want := 0
			for _, sent := range []bool{c.plain, c.strict, c.pwd} {
				if sent {
					want++
				}
			}
			if n := len(f.accepted()); n != want {
				t.Errorf("%d accepted, want %d", n, want)
			}
		})
	}
}

// Bytes that an attacker puts behind the reply to STARTTLS are not taken for
// replies within TLS (CVE-2021-38371 and its kin).
func TestCase_113_RepliesInjectedBeforeTLS(t *testing.T) {
	ca, cfg := certificate(t, time.Now().Add(time.Hour), "localhost")
	f := startSMTP(t)
	f.cfg = cfg
	f.hook = func(c *fakeSMTPConn, verb, args string) bool {
		if verb != "STARTTLS" {
			return false
		}
		c.say("220 go\r\n250-evil\r\n250 AUTH PLAIN")
		tc := tls.Server(c.Conn, c.cfg)
		if tc.Handshake() == nil {
			c.Conn, c.in, c.secure = tc, bufio.NewReader(tc), true
		}
		return true
	}
	s := f.submission(t)
	s.TLS, s.CAFile, s.ServerName, s.Username, s.PasswordFile = TLSStart, ca, "localhost", "gw", passwordFile(t)
	err := s.Send(context.Background(), testMail("x\r\n"))
	if f.saidClear("AUTH") || f.saidClear("MAIL") {
		t.Errorf("%v; said in the clear: %q", err, f.clear)
	}
}

// REQUIRETLS is asked for where the mail needs TLS and the server has it.
func TestCase_114_RequireTLS(t *testing.T) {
	ca, cfg := certificate(t, time.Now().Add(time.Hour), "localhost")
	for _, announced := range []bool{true, false} {
		for _, needed := range []bool{true, false} {
			t.Run(fmt.Sprintf("announced %v, needed %v", announced, needed), func(t *testing.T) {
				f := startSMTP(t)
				f.cfg = cfg
				if announced {
					f.ext = append(f.ext, "REQUIRETLS")
				}
				s := f.submission(t)
				s.TLS, s.CAFile, s.ServerName = TLSStart, ca, "localhost"
				m := testMail("x\r\n")
				m.RequireTLS = needed
				if err := s.Send(context.Background(), m); err != nil {
					t.Fatal(err)
				}
				asked := strings.Contains(strings.Join(f.commands, "\n"), " REQUIRETLS")
				if asked != (announced && needed) {
					t.Errorf("REQUIRETLS asked for: %v", asked)
				}
			})
		}
	}
}

func TestTLSModeAndAddress(t *testing.T) {
	for _, c := range []struct {
		mode TLSMode
		addr string
		ok   bool
	}{
		{TLSImplicit, "mail.test:465", true}, {TLSStart, "192.0.2.1:587", true}, {TLSNone, "127.0.0.1:25", true}, {TLSNone, "[::1]:25", true},
		{TLSNone, "mail.test:25", false}, {TLSNone, "10.0.0.1:25", false}, {TLSNone, "[::]:25", false}, {TLSImplicit, "mail.test", false},
		{"none", "127.0.0.1:25", false}, {"", "127.0.0.1:25", false},
	} {
		if err := c.mode.Check(c.addr); (err == nil) != c.ok {
			t.Errorf("%s %s: %v", c.mode, c.addr, err)
		}
	}
	if _, err := ClientTLS("x", passwordFile(t)); err == nil {
		t.Error("a CA file without a certificate was taken: nothing would be verified against what the operator meant")
	}
}
