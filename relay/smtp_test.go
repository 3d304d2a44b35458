package relay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"
)

func TestMailsShareAConnection(t *testing.T) { eachWay(t, mailsShareAConnection) }

func mailsShareAConnection(t *testing.T, start func(testing.TB) *fakeSMTP) {
	f := start(t)
	s := f.submission(t)
	for i := range 5 {
		if err := s.Send(context.Background(), testMail(fmt.Sprintf("body %d\r\n.dot\r\n", i))); err != nil {
			t.Fatal(err)
		}
	}
	if got := f.accepted(); len(got) != 5 || got[2] != string(testMail("body 2\r\n.dot\r\n").Bytes) {
		t.Errorf("accepted %q", got)
	}
	if f.connections() != 1 {
		t.Errorf("%d connections, want 1", f.connections())
	}
	if !f.said("MAIL FROM:<gw+token@gw.test> BODY=8BITMIME SIZE=") || !f.said("RCPT TO:<abuse@site.test>") || !f.said("EHLO gw.test") {
		t.Errorf("commands: %q", f.commands)
	}
}

func TestAtMostParallelConnections(t *testing.T) {
	f := startSMTP(t)
	s := f.submission(t)
	s.Parallel = 3
	var wg sync.WaitGroup
	for range 30 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := s.Send(context.Background(), testMail("x\r\n")); err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	if n := f.connections(); n > 3 {
		t.Errorf("%d connections, want at most 3", n)
	}
	if n := len(f.accepted()); n != 30 {
		t.Errorf("%d accepted, want 30", n)
	}
}

// A connection that the server closed while it waited costs no attempt.
func TestStaleConnectionIsReplaced(t *testing.T) { eachWay(t, staleConnectionIsReplaced) }

func staleConnectionIsReplaced(t *testing.T, start func(testing.TB) *fakeSMTP) {
	for name, end := range map[string]func(c *fakeSMTPConn){
		"closed": func(c *fakeSMTPConn) { c.Close() },
		"421":    func(c *fakeSMTPConn) { c.say("421 4.4.2 idle too long"); c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			var mails atomic.Int32
			f.hook = func(c *fakeSMTPConn, verb, args string) bool {
				if verb == "MAIL" && mails.Add(1) == 2 {
					end(c)
					return true
				}
				return false
			}
			s := f.submission(t)
			for range 2 {
				if err := s.Send(context.Background(), testMail("x\r\n")); err != nil {
					t.Fatal(err)
				}
			}
			if n := f.connections(); n != 2 {
				t.Errorf("%d connections, want 2", n)
			}
		})
	}
}

func TestIdleConnectionsAreClosed(t *testing.T) {
	f := startSMTP(t)
	s := f.submission(t)
	s.IdleTimeout = 5 * time.Millisecond
	if err := s.Send(context.Background(), testMail("x\r\n")); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); !f.said("QUIT"); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the connection stays open")
		}
	}
}

// The server takes the message and the connection ends before its reply: it
// may have been accepted, so the outcome is Maybe and a retry sends the very
// same bytes, which the recipient can tell by the Message-ID.
func TestCase_106_ConnectionLostAfterTheFinalDot(t *testing.T) {
	eachWay(t, case_106_ConnectionLostAfterTheFinalDot)
}

func case_106_ConnectionLostAfterTheFinalDot(t *testing.T, start func(testing.TB) *fakeSMTP) {
	for name, end := range map[string]func(c *fakeSMTPConn){
		"closed":           func(c *fakeSMTPConn) { c.Close() },
		"half a reply":     func(c *fakeSMTPConn) { fmt.Fprint(c.Conn, "25"); c.Close() },
		"no reply":         func(c *fakeSMTPConn) {},
		"nonsense":         func(c *fakeSMTPConn) { c.say("what?") },
		"endless reply":    func(c *fakeSMTPConn) { c.say("%s", strings.Repeat("250-more\r\n", 50_000)) },
		"a reply of 3xx":   func(c *fakeSMTPConn) { c.say("354 go on") },
		"half a multiline": func(c *fakeSMTPConn) { c.say("250-one"); c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			var n atomic.Int32
			f.hook = func(c *fakeSMTPConn, verb, args string) bool {
				if verb == "BODY" && n.Add(1) == 1 {
					c.accept("first")
					end(c)
					return true
				}
				return false
			}
			s := f.submission(t)
			s.ReplyTimeout = 30 * time.Millisecond
			se := sendError(t, s, testMail("x\r\n"))
			if !se.Maybe || se.Permanent || se.Phase != "end" {
				t.Fatalf("%+v, want Maybe at the end", se)
			}
			if err := s.Send(context.Background(), testMail("x\r\n")); err != nil {
				t.Fatal(err)
			}
			if got := f.accepted(); len(got) != 2 || got[1] != string(testMail("x\r\n").Bytes) {
				t.Errorf("accepted %q", got)
			}
		})
	}
}

// A stop of the program waits for the reply to the dot, but not long.
func TestCase_106_StopAfterTheFinalDot(t *testing.T) { eachWay(t, case_106_StopAfterTheFinalDot) }

func case_106_StopAfterTheFinalDot(t *testing.T, start func(testing.TB) *fakeSMTP) {
	for _, answers := range []bool{true, false} {
		t.Run(fmt.Sprintf("server answers: %v", answers), func(t *testing.T) {
			f := start(t)
			ctx, cancel := context.WithCancel(context.Background())
			f.hook = func(c *fakeSMTPConn, verb, args string) bool {
				if verb != "BODY" {
					return false
				}
				cancel()
				if answers {
					time.Sleep(5 * time.Millisecond)
					c.say("250 ok")
				}
				return true
			}
			s := f.submission(t)
			s.StopGrace = 10 * time.Second
			if !answers {
				s.StopGrace = 10 * time.Millisecond
			}
			err := s.Send(ctx, testMail("x\r\n"))
			var se *SendError
			if answers && err != nil || !answers && (!errors.As(err, &se) || !se.Maybe) {
				t.Errorf("Send: %v", err)
			}
		})
	}
}

// A body that is cut off in the middle must not be ended with a dot: half a
// report would be delivered.
func TestStopInTheBodySendsNoDot(t *testing.T) { eachWay(t, stopInTheBodySendsNoDot) }

func stopInTheBodySendsNoDot(t *testing.T, start func(testing.TB) *fakeSMTP) {
	f := start(t)
	ctx, cancel := context.WithCancel(context.Background())
	f.hook = func(c *fakeSMTPConn, verb, args string) bool {
		if verb == "DATA" {
			c.say("354 go on")
			cancel()
			time.Sleep(5 * time.Millisecond)
			c.data()
			return true
		}
		return false
	}
	m := testMail(strings.Repeat(strings.Repeat("x", 70)+"\r\n", 300_000))
	f.unlimited()
	err := f.submission(t).Send(ctx, m)
	var se *SendError
	if !errors.As(err, &se) || se.Maybe || se.Permanent {
		t.Fatalf("Send: %v", err)
	}
	if len(f.accepted()) != 0 {
		t.Error("the server took a cut message")
	}
}

// 4xx and 5xx at each command: what is permanent, and that the connection is
// used again after a reply and not after a 421.
func TestCase_108_109_RepliesAtEachCommand(t *testing.T) {
	eachWay(t, case_108_109_RepliesAtEachCommand)
}

func case_108_109_RepliesAtEachCommand(t *testing.T, start func(testing.TB) *fakeSMTP) {
	for _, c := range []struct {
		at, reply string
		permanent bool
		phase     string
		enhanced  string
		again     int // connections after a second mail
	}{
		{"GREETING", "421 4.3.2 try later", false, "greeting", "4.3.2", 2},
		{"GREETING", "554 5.7.1 not you", false, "greeting", "5.7.1", 2},
		{"EHLO", "451 4.3.0 busy", false, "greeting", "4.3.0", 2},
		{"EHLO", "550 5.7.1 no", false, "greeting", "5.7.1", 2},
		{"MAIL", "451 4.3.0 busy", false, "mail", "4.3.0", 1},
		{"MAIL", "421 4.3.2 closing", false, "mail", "4.3.2", 2},
		{"MAIL", "550 5.1.8 bad sender", true, "mail", "5.1.8", 1},
		{"MAIL", "530 5.7.0 authenticate first", false, "mail", "5.7.0", 1},
		{"MAIL", "503 5.5.1 nested MAIL", false, "mail", "5.5.1", 2},
		{"RCPT", "450 4.2.0 greylisted", false, "rcpt", "4.2.0", 1},
		{"RCPT", "550 5.1.1 unknown user", true, "rcpt", "5.1.1", 1},
		{"RCPT", "550 no such user", true, "rcpt", "", 1},
		{"RCPT", "550 4.1.1 contradiction", true, "rcpt", "", 1},
		{"DATA", "452 4.3.1 disk full", false, "data", "4.3.1", 1},
		{"DATA", "554 5.5.1 no recipients", true, "data", "5.5.1", 1},
		{"DATA", "250 what?", false, "data", "", 2},
		{"BODY", "451 4.3.0 later", false, "end", "4.3.0", 1},
		{"BODY", "554 5.6.0 spam", true, "end", "5.6.0", 1},
		{"BODY", "421 4.3.2 closing", false, "end", "4.3.2", 2},
	} {
		t.Run(c.at+" "+c.reply, func(t *testing.T) {
			f := start(t)
			var once atomic.Bool
			f.hook = func(fc *fakeSMTPConn, verb, args string) bool {
				if verb == c.at && once.CompareAndSwap(false, true) {
					fc.say("%s", c.reply)
					if verb == "GREETING" || strings.HasPrefix(c.reply, "421") {
						fc.Close()
					}
					return true
				}
				return false
			}
			s := f.submission(t)
			se := sendError(t, s, testMail("x\r\n"))
			if se.Permanent != c.permanent || se.Phase != c.phase || se.Enhanced != c.enhanced || se.Maybe || fmt.Sprint(se.Code) != c.reply[:3] {
				t.Errorf("%+v", se)
			}
			if err := s.Send(context.Background(), testMail("x\r\n")); err != nil {
				t.Fatalf("the next mail: %v", err)
			}
			if got := f.connections(); got != c.again {
				t.Errorf("%d connections, want %d", got, c.again)
			}
			if got := len(f.accepted()); got != 1 {
				t.Errorf("%d messages accepted, want 1", got)
			}
		})
	}
}

func TestCase_108_NoConnection(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	temporary := &net.DNSError{Err: "server misbehaving", Name: "mail.test", IsTemporary: true}
	unknown := &net.DNSError{Err: "no such host", Name: "mail.test", IsNotFound: true}
	for name, s := range map[string]*Submission{
		"refused":  {Addr: addr, TLS: TLSNone},
		"SERVFAIL": {Addr: "mail.test:587", Dialer: failing(temporary)},
		"NXDOMAIN": {Addr: "mail.test:587", Dialer: failing(unknown)}, // the name of our own server: ours to mend
	} {
		if se := sendError(t, s, testMail("x\r\n")); se.Permanent || se.Maybe || se.Phase != "dial" {
			t.Errorf("%s: %+v", name, se)
		}
	}
}

func failing(err error) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) { return nil, err }
}

func TestCase_115_SizeOverTheServersLimit(t *testing.T) {
	f := startSMTP(t)
	f.ext = []string{"SIZE 1000"}
	se := sendError(t, f.submission(t), testMail(strings.Repeat("0123456789\r\n", 100)))
	if !se.Permanent || se.Enhanced != "5.3.4" || f.said("MAIL") {
		t.Errorf("%+v, commands %q", se, f.commands)
	}
}

func TestCase_116_NoExtensions(t *testing.T) {
	f := startSMTP(t)
	f.ext = nil
	if err := f.submission(t).Send(context.Background(), testMail("x\r\n")); err != nil || f.said("MAIL FROM:<gw+token@gw.test> ") {
		t.Errorf("%v, commands %q", err, f.commands)
	}
}

// A server that trickles, talks without end, or sends control characters.
func TestCase_117_HostileReplies(t *testing.T) { eachWay(t, case_117_HostileReplies) }

func case_117_HostileReplies(t *testing.T, start func(testing.TB) *fakeSMTP) {
	for name, c := range map[string]struct {
		at  string
		act func(c *fakeSMTPConn)
	}{
		"silent at the greeting": {"GREETING", func(c *fakeSMTPConn) { c.in.ReadByte() }},
		"trickling greeting":     {"GREETING", func(c *fakeSMTPConn) { trickle(c) }},
		"trickling EHLO":         {"EHLO", func(c *fakeSMTPConn) { trickle(c) }},
		"silent at RCPT":         {"RCPT", func(c *fakeSMTPConn) { c.in.ReadByte() }},
		"endless EHLO":           {"EHLO", func(c *fakeSMTPConn) { endless(c, "250-X%d\r\n") }},
		"endless line":           {"MAIL", func(c *fakeSMTPConn) { endless(c, "%d") }},
		"endless refusal":        {"RCPT", func(c *fakeSMTPConn) { endless(c, "550-no %d\r\n") }},
		"does not take the body": {"DATA", func(c *fakeSMTPConn) { c.say("354 go"); time.Sleep(200 * time.Millisecond); c.Close() }},
		"escape sequences": {"RCPT", func(c *fakeSMTPConn) {
			c.say("%s", "450 4.0.0 \x1b[2J\x1b]0;pwned\x07 \xff\xfe"+strings.Repeat("y", 1500))
		}},
		"binary": {"MAIL", func(c *fakeSMTPConn) { c.Write([]byte{0, 1, 2, 0xff, '\r', '\n'}) }},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			f.unlimited()
			f.hook = func(fc *fakeSMTPConn, verb, args string) bool {
				if verb != c.at {
					return false
				}
				c.act(fc)
				return true
			}
			s := f.submission(t)
			s.CommandTimeout = 50 * time.Millisecond
			m := testMail("x\r\n")
			if c.at == "DATA" {
				m = testMail(strings.Repeat("0123456789abcdef\r\n", 8<<20/18))
			}
			se := sendError(t, s, m)
			if se.Permanent || se.Maybe {
				t.Errorf("%+v", se)
			}
			text := se.Error()
			if len(text) > 1200 || strings.ContainsAny(text, "\x1b\x07\r\n") || !utf8.ValidString(text) {
				t.Errorf("text of %d bytes: %q", len(text), text)
			}
		})
	}
}

func trickle(c *fakeSMTPConn) {
	for {
		if _, err := c.Write([]byte("2")); err != nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func endless(c *fakeSMTPConn, format string) {
	for i := 0; ; i++ {
		if _, err := fmt.Fprintf(c.Conn, format, i); err != nil {
			return
		}
	}
}
