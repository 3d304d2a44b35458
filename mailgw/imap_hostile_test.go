package mailgw

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A literal of any announced length costs no more memory than the cap, and the
// mails beside it are taken.
func TestCase_7_LiteralOfAbsurdLength(t *testing.T) {
	for _, length := range []string{"4294967296", "9223372036854775807", "9223372036854775808", "-1", "x", "30000000"} {
		t.Run(length, func(t *testing.T) {
			f := startFake(t, mails(3)...)
			r := f.rig(t)
			f.hook = func(c *fakeConn, verb, args string) bool {
				if verb != "UID FETCH" || !strings.Contains(args, "BODY.PEEK[]") || !slices.Contains(uidsOf(c, args), 2) {
					return false
				}
				c.say("* 2 FETCH (UID 2 BODY[] {%s}", length)
				c.out.WriteString(strings.Repeat("x", 8192))
				return true
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r.start()
			eventually(t, "the two others", func() bool { return len(f.folder("Processed")) >= 2 })
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 20<<20 {
				t.Errorf("%d MiB allocated", used>>20)
			}
			for _, in := range r.incoming() {
				if in.UID == 2 && in.Oversize == 0 {
					t.Errorf("the mail was handed over with %d bytes", len(in.Raw))
				}
			}
		})
	}
}

func uidsOf(c *fakeConn, args string) (uids []uint32) {
	set, _, _ := strings.Cut(args, " ")
	c.mu.Lock()
	defer c.mu.Unlock()
	c.each(set, func(m *fakeMail) { uids = append(uids, m.uid) })
	return uids
}

// A mail over the cap is handed over as its header and its size, and its body
// is never asked for.
func TestCase_7_OversizeMailIsKnownByItsHeader(t *testing.T) {
	big := "Subject: big\r\n\r\n" + strings.Repeat("0123456789\r\n", 1000)
	f := startFake(t, mail(0), big, mail(1))
	r := f.rig(t)
	r.MaxSize = 5000
	r.start()
	allMoved(t, f, 3)
	for _, in := range r.incoming() {
		if in.UID == 2 && (string(in.Raw) != "Subject: big\r\n\r\n" || in.Oversize != int64(len(big))) {
			t.Errorf("got %q, size %d; want the header, size %d", in.Raw, in.Oversize, len(big))
		}
		if in.UID != 2 && in.Oversize != 0 {
			t.Errorf("UID %d is oversize", in.UID)
		}
	}
}

func TestCase_8_SizeWasALie(t *testing.T) {
	long := "Subject: long\r\n\r\n" + strings.Repeat("0123456789\r\n", 10000)
	for name, c := range map[string]struct {
		raw  string
		size int
		note string
	}{
		"shorter than announced":         {mail(1), 5000, NoteSize},
		"a little longer":                {mail(1), 10, NoteSize},
		"much longer, but under the cap": {long, 10, ""}, // fetched again with the size it has
		"over the cap, but not in truth": {mail(1), 1 << 30, ""},
		"as announced":                   {mail(1), len(mail(1)), ""},
		"announced less, over the cap":   {strings.Repeat(long, 3), 10, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := startFake(t, mail(0), c.raw, mail(2))
			f.mails[1].size = c.size
			r := f.rig(t)
			r.MaxSize = 200_000
			r.start()
			allMoved(t, f, 3)
			for _, in := range r.incoming() {
				if in.UID != 2 {
					continue
				}
				whole := string(in.Raw) == c.raw
				switch {
				case c.size > int(r.MaxSize) || len(c.raw) > int(r.MaxSize):
					if in.Oversize == 0 || whole {
						t.Errorf("oversize mail handed over whole: %v, size %d", whole, in.Oversize)
					}
				case !whole || in.Note != c.note:
					t.Errorf("whole: %v, note %q, want %q", whole, in.Note, c.note)
				}
			}
		})
	}
}

func TestCase_9_IdleIsIssuedAgain(t *testing.T) {
	f := startFake(t)
	r := f.rig(t)
	r.IdleRestart = 2 * time.Millisecond
	r.start()
	eventually(t, "IDLE five times", func() bool { return f.count("IDLE") >= 5 })
	if f.count("IDLE") > f.count("DONE")+1 {
		t.Error("an IDLE was left open")
	}
	if f.connections() != 1 {
		t.Errorf("%d connections, want 1", f.connections())
	}
}

func TestCase_9_ServerFallsSilent(t *testing.T) {
	for _, at := range []string{"LOGIN", "SELECT", "UID SEARCH", "UID FETCH", "UID MOVE", "IDLE"} {
		t.Run(at, func(t *testing.T) {
			f := startFake(t, mail(0))
			r := f.rig(t)
			r.CommandTimeout = 20 * time.Millisecond
			r.IdleRestart = time.Millisecond
			var silent atomic.Bool
			f.hook = func(c *fakeConn, verb, args string) bool {
				return verb == at && silent.CompareAndSwap(false, true) // no answer at all
			}
			r.start()
			allMoved(t, f, 1)
			eventually(t, "a second connection", func() bool { return f.connections() >= 2 })
		})
	}
}

func TestCase_9_ByeAndBackoff(t *testing.T) {
	f := startFake(t)
	r := f.rig(t)
	f.hook = func(c *fakeConn, verb, args string) bool {
		c.say("* BYE going down \x1b[31m")
		c.out.Flush()
		c.Close()
		return true
	}
	r.start()
	eventually(t, "twelve tries", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.sleeps) >= 12 })
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
		if got := r.sleeps[i]; got != want*time.Second {
			t.Errorf("wait %d is %v, want %v", i+1, got, want*time.Second)
		}
	}
	if strings.Contains(r.logs.String(), "\x1b") {
		t.Error("an escape sequence of the server is in the log")
	}
}

// A flood of EXISTS wakes the client, but does not make it ask as often.
func TestCase_9_FloodOfExists(t *testing.T) {
	f := startFake(t)
	r := f.rig(t)
	r.start()
	eventually(t, "IDLE", func() bool { return f.count("IDLE") == 1 })
	const lines = 20_000
	f.mu.Lock()
	for c := range f.conns {
		for range lines {
			fmt.Fprint(c.Conn, "* 0 EXISTS\r\n")
		}
	}
	f.mu.Unlock()
	f.add(mail(1))
	allMoved(t, f, 1)
	if n := f.count("UID SEARCH"); n > lines/100 {
		t.Errorf("%d searches for %d lines", n, lines)
	}
}

// Other clients work in the mailbox: what the server tells of that between our
// commands changes nothing, since only UIDs are used.
func TestCase_10_UnsolicitedResponses(t *testing.T) {
	f := startFake(t, mails(5)...)
	r := f.rig(t)
	var once atomic.Bool
	f.hook = func(c *fakeConn, verb, args string) bool {
		c.say("* 9 EXISTS")
		c.say(`* 1 FETCH (FLAGS (\Seen))`)
		if strings.Contains(args, "BODY") && once.CompareAndSwap(false, true) {
			// The library takes this for the answer to the FETCH under way and
			// drops the mail that follows: it is asked for again.
			c.say(`* 2 FETCH (UID 2 FLAGS (\Seen))`)
		}
		c.say("* 3 EXPUNGE")
		c.say("* 4 FETCH (UID 77 BODY[] {5}\r\nalien)")
		c.say("* 0 RECENT")
		return false
	}
	r.start()
	allMoved(t, f, 5)
	if !slices.Equal(r.bodies(), mails(5)) {
		t.Errorf("handed over %q", r.bodies())
	}
	for _, c := range f.received() {
		if strings.HasPrefix(c, "FETCH") || strings.HasPrefix(c, "STORE") || strings.HasPrefix(c, "SEARCH") {
			t.Errorf("a command by sequence number: %s", c)
		}
	}
}

func TestCase_11_SeenMeansNothing(t *testing.T) {
	f := startFake(t, mails(4)...)
	f.mails[0].flags = []string{`\Seen`}
	f.mails[2].flags = []string{`\Seen`, `\Flagged`}
	r := f.rig(t)
	r.Folders = nil // they stay, flagged
	r.start()
	eventually(t, "four mails", func() bool { return len(r.bodies()) == 4 })
	f.mu.Lock()
	for i := range f.mails {
		f.mails[i].flags = slices.DeleteFunc(f.mails[i].flags, func(s string) bool { return s == `\Seen` })
	}
	f.mu.Unlock()
	f.add(mail(9))
	eventually(t, "the fifth", func() bool { return len(r.bodies()) == 5 })
	if f.count("UID STORE 1:4 +FLAGS.SILENT ("+string(flagProcessed)+")") != 1 {
		t.Errorf("commands: %q", f.received())
	}
	for _, c := range f.received() {
		if strings.Contains(c, "Seen") || strings.Contains(c, "BODY[") {
			t.Errorf("changes or asks for \\Seen: %s", c)
		}
	}
}

func TestCase_9_IdleRefused(t *testing.T) {
	f := startFake(t)
	f.hook = func(c *fakeConn, verb, args string) bool {
		if verb == "IDLE" {
			c.no("[CANNOT] not today")
			return true
		}
		return false
	}
	r := f.rig(t)
	r.Poll = time.Millisecond
	r.start()
	eventually(t, "one refusal", func() bool { return f.count("IDLE") == 1 })
	f.add(mail(1))
	allMoved(t, f, 1)
	if f.count("IDLE") != 1 || f.connections() != 1 {
		t.Errorf("%d IDLE on %d connections, want one", f.count("IDLE"), f.connections())
	}
}

// Mails are told apart by where they lie, never by what they say of themselves.
func TestCase_14_15_16_MessageIDsMeanNothing(t *testing.T) {
	raws := []string{mail(1), mail(1), // the same bytes twice
		"Message-ID: <same@test>\r\n\r\none\r\n", "Message-ID: <same@test>\r\n\r\ntwo\r\n",
		"Subject: none\r\n\r\n", "Message-ID: <a@test>\r\nMessage-ID: <b@test>\r\n\r\n",
		"Message-ID: <" + strings.Repeat("x", 10<<10) + "@test>\r\n\r\n", "no header at all", "\r\n"}
	f := startFake(t, raws...)
	r := f.rig(t)
	r.start()
	allMoved(t, f, len(raws))
	slices.Sort(raws)
	if !slices.Equal(r.bodies(), raws) {
		t.Errorf("handed over %q", r.bodies())
	}
	uids := map[uint32]bool{}
	for _, in := range r.incoming() {
		uids[in.UID] = true
	}
	if len(uids) != len(raws) {
		t.Errorf("%d UIDs, want %d", len(uids), len(raws))
	}
}

// Answers that are wrong in form end the connection, not the program, and the
// mail is taken by the next one.
func TestCase_20_MalformedAnswers(t *testing.T) {
	for _, answer := range []string{
		"", "\x00\xff\xfe", "*", "* ", "* X", "* 1", "* 1 FETCH", "* 1 FETCH (", "* 1 FETCH (UID)", "* 1 FETCH (UID 1", "* 1 FETCH (UID 0 FLAGS ())",
		"* 1 FETCH (UID 99999999999 FLAGS ())", "* 1 FETCH (BODY[ {1}", "* 1 FETCH (BODY[]<0> {3}", "* 1 FETCH (UID 1 BODY[] \"quoted", "* 0 FETCH ()",
		"* 1 FETCH (UID 1 RFC822.SIZE -5)", "* 1 FETCH (UID 1 INTERNALDATE \"never\")", "* SEARCH 1 2 x", "* ESEARCH (TAG \"x\") UID ALL 5:1,*",
		"* OK [UIDVALIDITY x]", "* OK [UIDNEXT", "* LIST (\\X) NIL", "* BAD", "+ go on", "A99 OK not asked", "* VANISHED 1:5", "* 1 FETCH " + strings.Repeat("(", 5000),
		"* CAPABILITY " + strings.Repeat("x", 100_000),
	} {
		for _, at := range []string{"CAPABILITY", "SELECT", "UID SEARCH", "UID FETCH", "UID MOVE"} {
			t.Run(fmt.Sprintf("%.40q at %s", answer, at), func(t *testing.T) {
				f := startFake(t, mail(0))
				var once atomic.Bool
				f.hook = func(c *fakeConn, verb, args string) bool {
					if verb != at || !once.CompareAndSwap(false, true) {
						return false
					}
					c.say("%s", answer)
					c.out.Flush()
					return false // the right answer follows
				}
				r := f.rig(t)
				r.CommandTimeout = 50 * time.Millisecond
				r.Now = ever()
				stop := r.start()
				eventually(t, "the mail moved, or flagged where CAPABILITY took MOVE away", func() bool {
					in := f.inbox()
					return len(in) == 0 || len(in[0].flags) > 0
				})
				stop()
				if got := slices.Compact(r.bodies()); !slices.Equal(got, []string{mail(0)}) {
					t.Errorf("handed over %q", got)
				}
			})
		}
	}
}

// ever is a clock on which every retry is due.
func ever() func() time.Time {
	var hours atomic.Int64
	return func() time.Time { return time.Unix(hours.Add(2)*3600, 0) }
}
