package mailgw

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// allMoved waits until every mail of n is in the folder for processed ones.
func allMoved(t *testing.T, f *fakeIMAP, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d mails moved", n), func() bool { return len(f.inbox()) == 0 && len(f.folder("Processed")) == n })
}

// The connection breaks at the N-th command, for every N until a run comes
// through: no mail is lost, none is moved before it was handed over.
func TestCase_1_ConnectionLostAtEveryCommand(t *testing.T) {
	for n := 1; ; n++ {
		f := startFake(t, mails(3)...)
		var seen atomic.Int32
		var fired atomic.Bool
		f.hook = func(c *fakeConn, verb, args string) bool {
			if int(seen.Add(1)) == n {
				fired.Store(true)
				c.Close()
				return true
			}
			return false
		}
		r := f.rig(t)
		stop := r.start()
		allMoved(t, f, 3)
		stop()
		if got := slices.Compact(r.bodies()); !slices.Equal(got, mails(3)) {
			t.Fatalf("broken at command %d: handed over %q", n, got)
		}
		if !fired.Load() {
			if n < 9 {
				t.Fatalf("only %d commands in a run: the test tests nothing", n-1)
			}
			return
		}
	}
}

// As above, but the server did what it was told before the connection broke.
func TestCase_1_AnswerLostAtEveryCommand(t *testing.T) {
	for n := 1; ; n++ {
		f := startFake(t, mails(3)...)
		var seen atomic.Int32
		var fired atomic.Bool
		f.hook = func(c *fakeConn, verb, args string) bool {
			if int(seen.Add(1)) == n {
				fired.Store(true)
				c.command(verb, args)
				c.out.Reset(c.Conn)
				c.Close()
				return true
			}
			return false
		}
		r := f.rig(t)
		stop := r.start()
		allMoved(t, f, 3)
		stop()
		if got := slices.Compact(r.bodies()); !slices.Equal(got, mails(3)) {
			t.Fatalf("answer %d lost: handed over %q", n, got)
		}
		if !fired.Load() {
			return
		}
	}
}

func TestCase_2_UIDValidityChangesBetweenConnections(t *testing.T) {
	f := startFake(t, mails(4)...)
	r := f.rig(t)
	r.Folders = nil
	f.permanent = "()" // the mails stay, so that they can be renumbered
	r.start()
	eventually(t, "four mails", func() bool { return len(r.bodies()) == 4 })
	f.mu.Lock()
	f.validity = 8
	for i := range f.mails {
		f.mails[i].uid += 100
	}
	for c := range f.conns {
		c.Close()
	}
	f.mu.Unlock()
	eventually(t, "all are read again", func() bool { return len(r.bodies()) == 8 })
	if got := slices.Compact(r.bodies()); !slices.Equal(got, mails(4)) {
		t.Errorf("handed over %q", got)
	}
	if n := r.logged("uidvalidity-changed"); n != 1 {
		t.Errorf("%d alerts, want 1", n)
	}
	for _, in := range r.incoming()[4:] {
		if in.UIDValidity != 8 || in.UID <= 100 {
			t.Errorf("mail under the old key: %d/%d", in.UIDValidity, in.UID)
		}
	}
}

// The mailbox is deleted and made anew while a FETCH runs: what it brought is
// dropped, since nobody knows which mailbox it came from.
func TestCase_3_UIDValidityChangesUnderFetch(t *testing.T) {
	f := startFake(t, mails(4)...)
	r := f.rig(t)
	var once atomic.Bool
	f.hook = func(c *fakeConn, verb, args string) bool {
		if verb == "UID FETCH" && strings.Contains(args, "BODY.PEEK[]") && once.CompareAndSwap(false, true) {
			c.command(verb, args)
			c.mu.Lock()
			c.validity = 8
			for i := range c.mails {
				c.mails[i].raw = "Subject: new\r\n\r\n" + fmt.Sprint(i) + "\r\n"
			}
			c.mu.Unlock()
			return true
		}
		return false
	}
	r.start()
	allMoved(t, f, 4)
	for _, in := range r.incoming() {
		if in.UIDValidity != 8 || !strings.HasPrefix(string(in.Raw), "Subject: new") {
			t.Errorf("mail of the old mailbox handed over under %d/%d", in.UIDValidity, in.UID)
		}
	}
}

// A UID that was moved away comes back with another mail, which RFC 3501
// forbids: it is read too.
func TestCase_4_UIDUsedAgain(t *testing.T) {
	f := startFake(t, mails(2)...)
	r := f.rig(t)
	r.start()
	allMoved(t, f, 2)
	f.mu.Lock()
	f.uidNext = 0
	f.mu.Unlock()
	f.add(mail(7)) // as UID 1
	eventually(t, "the mail under the old UID", func() bool { return slices.Contains(r.bodies(), mail(7)) })
	if r.logged("server-anomaly") == 0 {
		t.Error("no alert")
	}
	time.Sleep(5 * time.Millisecond)
	if n := len(r.bodies()); n != 3 {
		t.Errorf("%d mails handed over, want 3", n)
	}
}

func TestCase_5_MailGoneBeforeItIsRead(t *testing.T) {
	for name, answer := range map[string]func(c *fakeConn, rest string){
		"OK with nothing": func(c *fakeConn, rest string) { c.command("UID FETCH", rest) },
		"NO": func(c *fakeConn, rest string) {
			c.mu.Lock()
			c.fetch(rest)
			c.mu.Unlock()
			c.no("[EXPUNGEISSUED] gone")
		},
		"EXPUNGE first": func(c *fakeConn, rest string) {
			c.say("* 2 EXPUNGE")
			c.command("UID FETCH", rest)
		},
		"NIL body": func(c *fakeConn, rest string) {
			c.say("* 2 FETCH (UID 2 BODY[] NIL)")
			c.command("UID FETCH", rest)
		},
		"no UID": func(c *fakeConn, rest string) {
			c.say("* 2 FETCH (FLAGS ())")
			c.command("UID FETCH", rest)
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := startFake(t, mails(3)...)
			r := f.rig(t)
			var vanished atomic.Uint32
			r.Vanished = func(_ context.Context, _, uid uint32) { vanished.Store(uid) }
			var once atomic.Bool
			f.hook = func(c *fakeConn, verb, args string) bool {
				if verb != "UID FETCH" || !strings.Contains(args, "BODY.PEEK[]") || !once.CompareAndSwap(false, true) {
					return false
				}
				c.mu.Lock()
				c.remove("2")
				c.mu.Unlock()
				answer(c, args)
				return true
			}
			r.start()
			allMoved(t, f, 2)
			eventually(t, "UID 2 is known to be gone", func() bool { return vanished.Load() == 2 })
			for _, in := range r.incoming() {
				if in.UID == 2 || len(in.Raw) == 0 {
					t.Errorf("UID %d handed over with %d bytes", in.UID, len(in.Raw))
				}
			}
		})
	}
}

// The connection ends after every byte of the answer to the FETCH of a small
// mail: what was cut is never handed over.
func TestCase_6_ConnectionLostAtEveryByteOfAMail(t *testing.T) {
	raw := mail(1)
	full := fmt.Sprintf("* 1 FETCH (UID 1 BODY[] {%d}\r\n%s)\r\n", len(raw), raw)
	f := startFake(t)
	r := f.rig(t)
	var cut atomic.Int32
	f.hook = func(c *fakeConn, verb, args string) bool {
		if verb != "UID FETCH" || !strings.Contains(args, "BODY.PEEK[]") {
			return false
		}
		n := int(cut.Add(1)) - 1
		if n > len(full) {
			return false
		}
		c.out.WriteString(full[:n])
		c.out.Flush()
		c.Close()
		return true
	}
	// The mail keeps failing, so its own backoff must not slow the test.
	r.Now = ever()
	r.start()
	f.add(raw)
	allMoved(t, f, 1)
	if got := r.bodies(); !slices.Equal(got, []string{raw}) {
		t.Errorf("handed over %q", got)
	}
	if n := int(cut.Load()); n < len(full) {
		t.Errorf("only %d of %d cuts were made", n, len(full))
	}
}

// A stop while mails are being handled: what was handled is moved, what was not
// stays without a mark against it, and Run returns soon.
func TestCase_187_StopWhileHandling(t *testing.T) {
	f := startFake(t, mails(300)...)
	r := f.rig(t)
	r.Workers = 2
	begun := make(chan bool, 300)
	r.Handle = func(ctx context.Context, in Incoming) (Disposition, error) {
		begun <- true
		<-ctx.Done()
		return r.take(in), nil
	}
	stop := r.start()
	<-begun
	<-begun
	stop()
	handled := r.bodies()
	if len(handled) != 2 {
		t.Fatalf("%d mails were handled, want the two begun", len(handled))
	}
	if moved := f.folder("Processed"); len(moved) != len(handled) || len(f.inbox()) != 300-len(handled) {
		t.Errorf("%d handled, %d moved, %d left", len(handled), len(moved), len(f.inbox()))
	}
	if r.logged("handle-failed") != 0 {
		t.Error("a stop was taken for a fault of the mails")
	}
	second := f.rig(t)
	second.start()
	eventually(t, "an empty mailbox", func() bool { return len(f.inbox()) == 0 })
	if got := slices.Concat(handled, second.bodies()); len(got) != 300 {
		t.Errorf("%d mails handled in all, want 300", len(got))
	}
}
