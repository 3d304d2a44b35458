package mailgw

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A mailbox in which nothing can be changed: each mail is read once, one
// warning is logged, and what an earlier run read is not read again.
func TestCase_12_ReadOnlyMailbox(t *testing.T) {
	f := startFake(t, mails(5)...)
	f.permanent = "()"
	f.hook = func(c *fakeConn, verb, args string) bool {
		if verb == "UID MOVE" || verb == "UID STORE" || verb == "CREATE" {
			c.no("[READ-ONLY] no")
			return true
		}
		return false
	}
	r := f.rig(t)
	r.Seen = func(_ context.Context, validity, from uint32, limit int) ([]uint32, error) {
		if validity != 7 || from > 2 {
			return nil, nil
		}
		return []uint32{1, 2}, nil
	}
	r.start()
	eventually(t, "three mails", func() bool { return len(r.bodies()) == 3 })
	f.add(mail(9))
	eventually(t, "the new one", func() bool { return len(r.bodies()) == 4 })
	for _, in := range r.incoming() {
		if in.UID <= 2 {
			t.Errorf("UID %d was read again", in.UID)
		}
	}
	if n := r.logged("msg=read-only"); n != 1 {
		t.Errorf("%d warnings, want 1", n)
	}
}

// Without room for our own flag, \Flagged is used; where the server refuses
// it, the mails are still read once.
func TestCase_12_FlagsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		permanent, flag string
		refuse          bool
	}{
		"own flag":        {`(\Seen \*)`, string(flagProcessed), false},
		"only \\Flagged":  {`(\Seen \Flagged)`, `\Flagged`, false},
		"refused":         {`(\Seen \*)`, string(flagProcessed), true},
		"only ours named": {`(` + string(flagProcessed) + `)`, string(flagProcessed), false},
	} {
		t.Run(name, func(t *testing.T) {
			f := startFake(t, mails(3)...)
			f.caps, f.permanent = "IMAP4rev1 IDLE", c.permanent
			f.hook = func(fc *fakeConn, verb, args string) bool {
				if c.refuse && verb == "UID STORE" {
					fc.no("no")
					return true
				}
				return false
			}
			r := f.rig(t)
			var placed atomic.Int32
			r.Placed = func(_ context.Context, validity uint32, uids []uint32) { placed.Add(int32(len(uids))) }
			r.start()
			eventually(t, "three mails placed", func() bool { return placed.Load() == 3 })
			f.add(mail(9))
			eventually(t, "the new one", func() bool { return placed.Load() == 4 })
			if n := len(r.bodies()); n != 4 {
				t.Errorf("%d mails handed over, want 4", n)
			}
			for _, m := range f.inbox() {
				if want := !c.refuse; slices.Contains(m.flags, c.flag) != want {
					t.Errorf("flags of UID %d: %q", m.uid, m.flags)
				}
			}
			if f.count("EXPUNGE") != 0 {
				t.Error("a plain EXPUNGE removes what other people have deleted")
			}
		})
	}
}

func TestCase_13_MoveDoneByOtherMeans(t *testing.T) {
	for name, c := range map[string]struct {
		caps       string
		refuse     []string // commands that get NO, once
		leave      int      // mails that stay in the mailbox
		copies     int      // mails in the folder
		foldersNew bool
	}{
		"COPY and UID EXPUNGE":           {caps: "IMAP4rev1 UIDPLUS", copies: 3},
		"EXPUNGE refused":                {caps: "IMAP4rev1 UIDPLUS", refuse: []string{"UID EXPUNGE"}, leave: 3, copies: 3},
		"STORE refused":                  {caps: "IMAP4rev1 UIDPLUS", refuse: []string{"UID STORE"}, leave: 3, copies: 3},
		"COPY refused":                   {caps: "IMAP4rev1 UIDPLUS", refuse: []string{"UID COPY", "CREATE"}, leave: 3},
		"MOVE refused":                   {caps: "IMAP4rev1 MOVE UIDPLUS", refuse: []string{"UID MOVE", "CREATE"}, leave: 3},
		"MOVE refused without TRYCREATE": {caps: "IMAP4rev1 MOVE", refuse: []string{"UID MOVE"}, copies: 3},
		"neither MOVE nor UIDPLUS":       {caps: "IMAP4rev1", leave: 3},
	} {
		t.Run(name, func(t *testing.T) {
			f := startFake(t, mails(3)...)
			f.caps = c.caps
			var mu sync.Mutex
			refuse := slices.Clone(c.refuse)
			f.hook = func(fc *fakeConn, verb, args string) bool {
				mu.Lock()
				defer mu.Unlock()
				if i := slices.Index(refuse, verb); i >= 0 {
					refuse = slices.Delete(refuse, i, i+1)
					fc.no("not so")
					return true
				}
				return false
			}
			r := f.rig(t)
			r.Poll = time.Millisecond
			var placed atomic.Int32
			r.Placed = func(_ context.Context, _ uint32, uids []uint32) { placed.Add(int32(len(uids))) }
			r.start()
			eventually(t, "three mails placed", func() bool { return placed.Load() == 3 })
			searches := f.count("UID SEARCH")
			eventually(t, "two more looks", func() bool { return f.count("UID SEARCH") >= searches+2 })
			if !slices.Equal(r.bodies(), mails(3)) {
				t.Errorf("handed over %q", r.bodies())
			}
			if got := len(f.inbox()); got != c.leave {
				t.Errorf("%d mails left, want %d", got, c.leave)
			}
			if got := len(f.folder("Processed")); got != c.copies {
				t.Errorf("%d mails in the folder, want %d", got, c.copies)
			}
		})
	}
}

// The server moves one mail of several and then says NO.
func TestCase_13_MoveHalfDone(t *testing.T) {
	f := startFake(t, mails(4)...)
	f.folders["Processed"] = []string{}
	var once atomic.Bool
	f.hook = func(c *fakeConn, verb, args string) bool {
		if verb != "UID MOVE" || !once.CompareAndSwap(false, true) {
			return false
		}
		c.mu.Lock()
		c.each("1", func(m *fakeMail) { c.folders["Processed"] = append(c.folders["Processed"], m.raw) })
		c.remove("1")
		c.mu.Unlock()
		c.no("[CANNOT] disk trouble")
		return true
	}
	r := f.rig(t)
	r.start()
	eventually(t, "all handed over and searched again", func() bool { return len(r.bodies()) == 4 && f.count("IDLE") > 0 })
	if got := len(f.inbox()) + len(f.folder("Processed")); got < 4 {
		t.Errorf("%d of 4 mails are left", got)
	}
	if !slices.Equal(r.bodies(), mails(4)) {
		t.Errorf("handed over %q", r.bodies())
	}
}

// Two gateways on one mailbox: each mail is taken by at least one of them and
// none is lost. That it is acted on once is the store's part.
func TestCase_17_TwoGatewaysOnOneMailbox(t *testing.T) {
	f := startFake(t, mails(60)...)
	a, b := f.rig(t), f.rig(t)
	a.start()
	b.start()
	eventually(t, "an empty mailbox", func() bool { return len(f.inbox()) == 0 })
	got := slices.Concat(a.bodies(), b.bodies())
	slices.Sort(got)
	if !slices.Equal(slices.Compact(got), mails(60)) {
		t.Errorf("%d mails handed over", len(got))
	}
}

// A refused password is tried again after minutes, not at once, and neither it
// nor the server's words are in the log as they came.
func TestCase_19_PasswordRefused(t *testing.T) {
	f := startFake(t, mail(0))
	var tries atomic.Int32
	f.hook = func(c *fakeConn, verb, args string) bool {
		if verb == "LOGIN" && tries.Add(1) <= 6 {
			c.no("[AUTHENTICATIONFAILED] no \x1b[2J" + strings.Repeat("x", 3000))
			return true
		}
		return false
	}
	r := f.rig(t)
	r.start()
	allMoved(t, f, 1)
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, want := range []time.Duration{2, 4, 8, 16, 30, 30} {
		if got := r.sleeps[i]; got != want*time.Minute {
			t.Errorf("wait %d is %v, want %v", i+1, got, want*time.Minute)
		}
	}
	log := r.logs.String()
	if strings.Contains(log, "secret") || strings.Contains(log, "\x1b") || len(log) > 6000 {
		t.Errorf("log of %d bytes:\n%.500s", len(log), log)
	}
}

// The clock jumps a day back and forth at every look.
func TestCase_22_ClockJumps(t *testing.T) {
	f := startFake(t, mails(30)...)
	r := f.rig(t)
	var n atomic.Int64
	r.Now = func() time.Time { return time.Unix(1_800_000_000, 0).Add(time.Duration(n.Add(1)%3-1) * 24 * time.Hour) }
	r.start()
	allMoved(t, f, 30)
	f.add(mail(99))
	allMoved(t, f, 31)
	if len(r.bodies()) != 31 {
		t.Errorf("%d mails handed over, want 31", len(r.bodies()))
	}
}
