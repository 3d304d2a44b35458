package mailgw

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// fakeIMAP is a small IMAP server whose faults are written by the tests. It
// speaks plain text on a loopback port. hook sees every command first and may
// answer in its place.
type fakeIMAP struct {
	t    *testing.T
	addr string
	hook func(c *fakeConn, verb, args string) (handled bool)

	mu        sync.Mutex
	caps      string
	permanent string
	validity  uint32
	uidNext   uint32
	mails     []fakeMail
	folders   map[string][]string // bodies by folder
	commands  []string            // all that were received, without tags
	conns     map[*fakeConn]bool
	dialled   int
}

type fakeMail struct {
	uid   uint32
	raw   string
	size  int // RFC822.SIZE where it is a lie
	flags []string
}

type fakeConn struct {
	*fakeIMAP
	net.Conn
	out *bufio.Writer
	tag string
}

func startFake(t *testing.T, raws ...string) *fakeIMAP {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeIMAP{t: t, addr: ln.Addr().String(), validity: 7, folders: map[string][]string{}, conns: map[*fakeConn]bool{},
		caps: "IMAP4rev1 MOVE UIDPLUS IDLE", permanent: `(\Seen \Flagged \Deleted \*)`}
	for _, raw := range raws {
		f.add(raw)
	}
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			c := &fakeConn{fakeIMAP: f, Conn: conn, out: bufio.NewWriter(conn)}
			f.mu.Lock()
			f.conns[c] = true
			f.dialled++
			f.mu.Unlock()
			wg.Add(1)
			go func() {
				defer wg.Done()
				c.serve()
				c.Close()
				f.mu.Lock()
				delete(f.conns, c)
				f.mu.Unlock()
			}()
		}
	}()
	t.Cleanup(func() {
		ln.Close()
		f.mu.Lock()
		for c := range f.conns {
			c.Close()
		}
		f.mu.Unlock()
		wg.Wait()
	})
	return f
}

// rig is a client of f.
func (f *fakeIMAP) rig(t *testing.T) *rig {
	r := newRig(t, f.addr)
	r.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		f.mu.Lock() // what the test wrote into f is seen by the server's goroutines
		defer f.mu.Unlock()
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}
	return r
}

// add delivers a mail, and tells those who idle.
func (f *fakeIMAP) add(raw string) uint32 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.uidNext++
	uid := f.uidNext
	f.mails = append(f.mails, fakeMail{uid: uid, raw: raw})
	for c := range f.conns {
		fmt.Fprintf(c.Conn, "* %d EXISTS\r\n", len(f.mails))
	}
	return uid
}

func (f *fakeIMAP) inbox() []fakeMail {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.mails)
}

func (f *fakeIMAP) folder(name string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.folders[name])
}

func (f *fakeIMAP) received() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.commands)
}

func (f *fakeIMAP) connections() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dialled
}

// count is how many commands began with prefix.
func (f *fakeIMAP) count(prefix string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.commands {
		if strings.HasPrefix(c, prefix) {
			n++
		}
	}
	return n
}

func (c *fakeConn) say(format string, args ...any) { fmt.Fprintf(c.out, format+"\r\n", args...) }
func (c *fakeConn) ok(text string)                 { c.say("%s OK %s", c.tag, text); c.out.Flush() }
func (c *fakeConn) no(text string)                 { c.say("%s NO %s", c.tag, text); c.out.Flush() }

func (c *fakeConn) serve() {
	c.say("* OK ready")
	c.out.Flush()
	in := bufio.NewReader(c.Conn)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		tag, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		verb, args, _ := strings.Cut(rest, " ")
		if verb == "UID" {
			sub, more, _ := strings.Cut(args, " ")
			verb, args = "UID "+sub, more
		}
		if tag == "DONE" {
			verb = tag
		}
		c.mu.Lock()
		c.commands = append(c.commands, strings.TrimSpace(verb+" "+args))
		c.mu.Unlock()
		if verb == "DONE" {
			c.ok("idled")
			continue
		}
		c.tag = tag
		if c.hook != nil && c.hook(c, verb, args) {
			c.out.Flush()
			continue
		}
		if !c.command(verb, args) {
			return
		}
	}
}

func (c *fakeConn) command(verb, args string) (more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch verb {
	case "CAPABILITY":
		c.say("* CAPABILITY %s", c.caps)
	case "SELECT":
		c.say(`* FLAGS (\Seen)`)
		c.say("* %d EXISTS", len(c.mails))
		c.say("* OK [UIDVALIDITY %d] ok", c.validity)
		c.say("* OK [PERMANENTFLAGS %s] ok", c.permanent)
	case "UID SEARCH":
		var found strings.Builder
		for _, m := range c.mails {
			if !strings.Contains(args, "UNKEYWORD") || !slices.Contains(m.flags, string(flagProcessed)) {
				found.WriteString(" " + strconv.Itoa(int(m.uid)))
			}
		}
		c.say("* SEARCH%s", found.String())
	case "UID FETCH":
		c.fetch(args)
	case "UID MOVE", "UID COPY":
		set, folder, _ := strings.Cut(args, " ")
		folder = strings.Trim(folder, `"`)
		if _, made := c.folders[folder]; !made {
			c.no("[TRYCREATE] no such folder")
			return true
		}
		c.each(set, func(m *fakeMail) { c.folders[folder] = append(c.folders[folder], m.raw) })
		if verb == "UID MOVE" {
			c.remove(set)
		}
	case "UID EXPUNGE":
		c.remove(args)
	case "UID STORE":
		set, what, _ := strings.Cut(args, " ")
		flag := strings.Trim(what[strings.IndexByte(what, '('):], "()")
		c.each(set, func(m *fakeMail) { m.flags = append(m.flags, flag) })
	case "CREATE":
		name := strings.Trim(args, `"`)
		if _, made := c.folders[name]; made {
			c.no("[ALREADYEXISTS] is there")
			return true
		}
		c.folders[name] = []string{}
	case "IDLE":
		c.say("+ idling")
		c.out.Flush()
		return true
	case "LOGOUT":
		c.say("* BYE")
		c.ok("bye")
		return false
	}
	c.ok("done")
	return true
}

func (c *fakeConn) fetch(args string) {
	set, items, _ := strings.Cut(args, " ")
	c.each(set, func(m *fakeMail) {
		switch {
		case strings.Contains(items, "BODY.PEEK[HEADER]"):
			head := m.raw[:strings.Index(m.raw, "\r\n\r\n")+4]
			c.say("* 1 FETCH (UID %d BODY[HEADER]<0> {%d}\r\n%s)", m.uid, len(head), head)
		case strings.Contains(items, "BODY.PEEK[]"):
			c.say("* 1 FETCH (UID %d BODY[] {%d}\r\n%s)", m.uid, len(m.raw), m.raw)
		default:
			size := len(m.raw)
			if m.size != 0 {
				size = m.size
			}
			c.say(`* 1 FETCH (UID %d RFC822.SIZE %d INTERNALDATE "23-Nov-2026 10:00:00 +0900")`, m.uid, size)
		}
	})
}

// each visits the mails of a UID set such as 1,3:5.
func (f *fakeIMAP) each(set string, visit func(*fakeMail)) {
	for _, part := range strings.Split(set, ",") {
		lo, hi := f.find(part)
		for i := lo; i < hi; i++ {
			visit(&f.mails[i])
		}
	}
}

func (f *fakeIMAP) remove(set string) {
	for _, part := range strings.Split(set, ",") {
		lo, hi := f.find(part)
		f.mails = slices.Delete(f.mails, lo, hi)
	}
}

// find is the place in mails of one part of a UID set.
func (f *fakeIMAP) find(part string) (lo, hi int) {
	first, last, isRange := strings.Cut(part, ":")
	if !isRange {
		last = first
	}
	place := func(s string, after uint32) int {
		uid, _ := strconv.ParseUint(s, 10, 32)
		i, _ := slices.BinarySearchFunc(f.mails, uint32(uid)+after, func(m fakeMail, uid uint32) int { return cmp.Compare(m.uid, uid) })
		return i
	}
	return place(first, 0), place(last, 1)
}
