package relay

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// MAIL, RCPT and DATA come in one write where the server announces that it takes
// them so, and else one by one.
func TestPipelining(t *testing.T) {
	for _, announced := range []bool{true, false} {
		f := startSMTP(t)
		if announced {
			f.ext = append(f.ext, "PIPELINING")
		}
		var together atomic.Bool
		f.hook = func(c *fakeSMTPConn, verb, args string) bool {
			if verb == "MAIL" {
				next, _ := c.in.Peek(c.in.Buffered())
				together.Store(string(next) == "RCPT TO:<abuse@site.test>\r\nDATA\r\n")
			}
			return false
		}
		if err := f.submission(t).Send(context.Background(), testMail("x\r\n")); err != nil {
			t.Fatal(err)
		}
		if together.Load() != announced {
			t.Errorf("announced %v, in one write %v", announced, together.Load())
		}
	}
}

// Lines that begin with a dot arrive as they were, wherever they stand, in a body
// that fits the buffer and in one that does not.
func TestPipelinedDots(t *testing.T) {
	f := startSMTP(t)
	f.ext = append(f.ext, "PIPELINING")
	s := f.submission(t)
	long := strings.Repeat(".dot\r\nno. dot.\r\n\r\n", 3000)
	for _, body := range []string{".\r\n", "..\r\n.\r\n", "x\r\n.\r\n\r\n.y\r\n.\r\n", "\r\n\r\n", "x.\r\n", long} {
		m := testMail(body)
		for _, m.Bytes = range [][]byte{m.Bytes, []byte(body)} { // a dot that begins it all too
			if err := s.Send(context.Background(), m); err != nil {
				t.Fatal(err)
			}
			if got := f.accepted(); got[len(got)-1] != string(m.Bytes) {
				t.Errorf("%.60q arrives as %.60q", m.Bytes, got[len(got)-1])
			}
		}
	}
}

// A server that refuses the sender or the recipient and takes DATA all the same
// gets no body, not even an empty one.
func TestPipelinedDataTakenAfterARefusal(t *testing.T) {
	for at, reply := range map[string]string{"MAIL": "550 5.1.8 bad sender", "RCPT": "550 5.1.1 unknown user"} {
		t.Run(at, func(t *testing.T) {
			f := startSMTP(t)
			f.ext = append(f.ext, "PIPELINING")
			var once atomic.Bool
			f.hook = func(c *fakeSMTPConn, verb, args string) bool {
				if verb != at || !once.CompareAndSwap(false, true) {
					return false
				}
				c.say("%s", reply)
				if verb == "MAIL" {
					c.in.ReadString('\n')
					c.say("250 2.1.5 why not")
				}
				c.in.ReadString('\n')
				c.say("354 go on")
				c.data()
				return true
			}
			s := f.submission(t)
			if se := sendError(t, s, testMail("x\r\n")); !se.Permanent || se.Maybe || se.Phase != strings.ToLower(at) || se.Text != reply[10:] && !strings.Contains(se.Text, reply[10:]) {
				t.Errorf("%+v", se)
			}
			if err := s.Send(context.Background(), testMail("y\r\n")); err != nil {
				t.Fatal(err)
			}
			if got := f.accepted(); len(got) != 1 || f.connections() != 2 || strings.Count(string(f.wire), "\r\n.\r\n") != 1 {
				t.Errorf("%d accepted over %d connections; on the wire %q", len(got), f.connections(), f.wire)
			}
		})
	}
}

// A server that gives a reply too many or too few is not believed: no mail counts
// as sent that it has not taken, and the next one has a connection of its own.
func TestPipelinedWrongNumberOfReplies(t *testing.T) {
	for name, c := range map[string]struct {
		at    string
		act   func(c *fakeSMTPConn)
		phase string // "": sent
	}{
		"two for MAIL":          {"MAIL", func(c *fakeSMTPConn) { c.say("250 ok\r\n250 ok") }, "data"},
		"two for RCPT":          {"RCPT", func(c *fakeSMTPConn) { c.say("250 ok\r\n250 ok") }, "data"},
		"354 for RCPT":          {"RCPT", func(c *fakeSMTPConn) { c.say("354 go on") }, "rcpt"},
		"354 for RCPT and DATA": {"RCPT", func(c *fakeSMTPConn) { c.say("250 ok\r\n354 go on\r\n354 go on"); c.data() }, "data"},
		"all before the body":   {"DATA", func(c *fakeSMTPConn) { c.say("354 go on\r\n250 2.0.0 queued"); c.data() }, "data"},
		"none for MAIL":         {"MAIL", func(c *fakeSMTPConn) {}, "rcpt"},
		"none for RCPT":         {"RCPT", func(c *fakeSMTPConn) {}, "rcpt"},
		"none for DATA":         {"DATA", func(c *fakeSMTPConn) {}, "data"},
		"two refusals":          {"MAIL", func(c *fakeSMTPConn) { c.say("550 5.1.8 no\r\n550 5.1.8 no") }, "mail"},
		"two for the dot":       {"BODY", func(c *fakeSMTPConn) { c.accept("first"); c.say("250 ok\r\n250 ok") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := startSMTP(t)
			f.ext = append(f.ext, "PIPELINING")
			var once atomic.Bool
			f.hook = func(fc *fakeSMTPConn, verb, args string) bool {
				if verb != c.at || !once.CompareAndSwap(false, true) {
					return false
				}
				c.act(fc)
				return true
			}
			s := f.submission(t)
			s.CommandTimeout = 100 * time.Millisecond
			err := s.Send(context.Background(), testMail("x\r\n"))
			var se *SendError
			switch {
			case c.phase == "" && err != nil:
				t.Fatal(err)
			case c.phase != "" && (!errors.As(err, &se) || se.Phase != c.phase || se.Maybe || se.Permanent != (c.phase == "mail")):
				t.Errorf("%+v, %v; want %s", se, err, c.phase)
			}
			s.CommandTimeout = 5 * time.Second
			if err := s.Send(context.Background(), testMail("next\r\n")); err != nil {
				t.Fatal(err)
			}
			want := 1
			if c.phase == "" {
				want = 2
			}
			if got := f.accepted(); len(got) != want || !strings.Contains(got[want-1], "next") {
				t.Errorf("accepted %q", got)
			}
		})
	}
}

// The connection ends at each byte of a server's replies. Until DATA is taken the
// mail was not sent; after that nobody knows, until the code of the last reply is
// there. Code and blank are a reply, as net/textproto reads it, also where the
// connection ends behind them.
func TestPipelinedConnectionLostAtEachByte(t *testing.T) {
	const before, after = "250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go on\r\n", "250 2.0.0 queued\r\n"
	for n := range len(before) + len(after) + 1 {
		f := startSMTP(t)
		f.ext = append(f.ext, "PIPELINING")
		f.hook = func(c *fakeSMTPConn, verb, args string) bool {
			if verb != "MAIL" {
				return false
			}
			c.in.ReadString('\n')
			c.in.ReadString('\n')
			fmt.Fprint(c.Conn, before[:min(n, len(before))])
			if n >= len(before) {
				for scan := bufio.NewScanner(c.in); scan.Scan() && scan.Text() != "."; {
				}
				c.accept("it")
				fmt.Fprint(c.Conn, after[:n-len(before)])
			}
			c.Close()
			return true
		}
		s := f.submission(t)
		err := s.Send(context.Background(), testMail("x\r\n"))
		var se *SendError
		taken, sent := strings.Index(before, "354")+len("354 "), len(before)+len("250 ")
		switch errors.As(err, &se); {
		case n >= sent:
			if err != nil {
				t.Errorf("after %d bytes: %v", n, err)
			}
		case se == nil || se.Permanent || se.Maybe != (n >= taken):
			t.Errorf("after %d bytes: %+v, %v", n, se, err)
		}
		s.Close()
	}
}
