package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"iodefgw/mailgw/message"
	"iodefgw/store"
)

// TestCase_195_Soak lets all kinds of mail come at random while the disk, IMAP
// and SMTP fail at random, ends and starts the daemon now and then, and drains.
// Then each mail stands in the one state that its kind ends in, each message
// has arrived as often as the gateway says it may have, and fsck, which asks of
// each message for its decision, its proofs and its audit, finds nothing.
// IODEFGW_SOAK is how long: 4s unless set, "24h" for a real one.
func TestCase_195_Soak(t *testing.T) {
	length, err := time.ParseDuration(cmp.Or(os.Getenv("IODEFGW_SOAK"), "4s"))
	check(t, err)
	s := newSoak(t)
	for end := time.Now().Add(length); time.Now().Before(end); {
		until := time.Now().Add(time.Duration(500+mathrand.IntN(1500)) * time.Millisecond)
		s.run(func() bool { return time.Now().After(until) })
	}
	s.broken.off.Store(true)
	idle := 0
	s.run(func() bool {
		if s.open() > 0 {
			idle = 0
		} else {
			idle++
		}
		return idle == 3 // an answer may have been on its way
	})
	s.judge()
}

// soak is a gateway between servers in memory, and those who write to it.
type soak struct {
	t      *testing.T
	env    *Env
	site   *demoSite
	inbox  *demoMailbox
	broken *chance
	look   *store.Store

	mu       sync.Mutex
	want     map[store.Digest]store.MailState // of each mail that was written
	old      [][]byte                         // reports, to be sent again
	written  int
	got      map[string]int  // what arrived, by Message-ID
	told     map[string]bool // addresses to answer to, of tickets
	answered map[string]bool // Message-IDs of notices
}

// chance fails one operation in some hundreds, until it is off.
type chance struct{ off atomic.Bool }

func (c *chance) fails(kind string) bool {
	odds := map[string]int{"store": 300, "imap": 150, "smtp": 60}[kind]
	return !c.off.Load() && mathrand.IntN(odds) == 0
}

func newSoak(t *testing.T) *soak {
	s := &soak{t: t, broken: &chance{}, want: map[store.Digest]store.MailState{},
		got: map[string]int{}, told: map[string]bool{}, answered: map[string]bool{}}
	s.site, s.inbox = startSite(t, func() smtp.Session { return &soakSession{s: s} })
	s.env = s.site.env
	c := s.site.config
	c.Screen.LinkWindow = 0 // each report has a ticket of its own
	var err error
	s.look, err = store.Open(context.Background(), c.Gateway.Database, store.Options{})
	check(t, err)
	t.Cleanup(func() { s.look.Close() })
	c.wrap = breaksSQL(s.broken)
	return s
}

// run lets a daemon work until ended, and mails come meanwhile.
func (s *soak) run(ended func() bool) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	d, err := newDaemon(ctx, s.env, s.site.config, slog.New(slog.DiscardHandler), true)
	if err != nil {
		if s.broken.off.Load() {
			s.t.Fatal(err)
		}
		return // a fault hit the start
	}
	d.imap[0].Dialer, d.sender.Dialer = breaksConn(s.broken, "imap"), breaksConn(s.broken, "smtp")
	d.queue.Poll, d.imap[0].Poll = 20*time.Millisecond, 50*time.Millisecond
	done := make(chan error, 1)
	go func() { done <- d.run(ctx) }()
	deadline := time.After(2 * time.Minute)
	for !ended() {
		select {
		case err := <-done:
			s.t.Fatalf("the daemon stopped: %v", err)
		case <-deadline:
			s.t.Fatalf("not at rest after two minutes: %d things are open", s.open())
		case <-time.After(time.Duration(mathrand.IntN(60)) * time.Millisecond):
			if !s.broken.off.Load() {
				s.write()
			}
		}
	}
	stop()
	check(s.t, <-done)
	_ = d.close() // what failed at the end is settled at the next start
}

// write puts one mail of a random kind into the mailbox.
func (s *soak) write() {
	kind := mathrand.IntN(8)
	if kind == 7 && len(s.old) > 0 { // the same bytes again, which make no new mail
		check(s.t, s.inbox.take(s.old[mathrand.IntN(len(s.old))]))
		return
	}
	s.written++
	in := ReportInput{
		ID: strconv.Itoa(s.written), Now: time.Now(), Seen: time.Now().Add(-time.Hour), Targets: []Target{{Address: netip.MustParseAddr("203.0.113.25")}},
		Sources: []netip.Addr{netip.AddrFrom4([4]byte{198, 51, 100, byte(mathrand.IntN(256))})},
		Log:     "Failed password for root\n", Conditions: "conditions: hide-my-ip",
		Name: "CERT-U", From: "cert@example.co.jp", To: demoAddress, Sign: s.site.secrets["cert-u"], Random: s.env.Rand,
	}
	state := store.MailHeld
	switch kind {
	case 0:
		in.Sign = nil
	case 1:
		in.Sign = s.site.stranger
	}
	raw, err := BuildReport(in)
	check(s.t, err)
	switch kind {
	case 0, 1:
	case 2: // changed on the way
		raw = bytes.Replace(raw, []byte("\r\n\r\n"), []byte("\r\n\r\n "), 2)
		raw = bytes.Replace(raw, []byte("conditions: hide-my-ip"), []byte("conditions: forward-log-as-is"), 1)
	case 3:
		raw = fmt.Appendf(nil, "From: a@x.example\r\nTo: %s\r\nMessage-ID: <%d@x.example>\r\nSubject: hello\r\n\r\nIs this for you?\r\n", demoAddress, s.written)
	default:
		state = store.MailAccepted
		s.old = append(s.old, raw)
	}
	s.put(raw, state)
}

func (s *soak) put(raw []byte, state store.MailState) {
	s.mu.Lock()
	s.want[store.DigestOf(raw)] = state
	s.mu.Unlock()
	check(s.t, s.inbox.take(raw))
}

// open counts what is not finished, and does as an operator would: nothing has
// to wait for its time, and a mail that two runs died over is looked at again.
func (s *soak) open() int {
	ctx, n := context.Background(), s.inbox.count("INBOX")
	counts, err := s.look.Counts(ctx)
	if err != nil {
		return 1
	}
	n += int(counts.Mails[store.MailReceived])
	held, err := s.look.Mails(ctx, store.MailFilter{State: store.MailHeld, Limit: 10000})
	check(s.t, err)
	for _, m := range held {
		if slices.Contains(m.Reasons, "poison") {
			check(s.t, s.look.Recheck(ctx, m.ID, "test", "it was the disk"))
			n++
		}
	}
	all, err := s.look.Deliveries(ctx, store.DeliveryFilter{Limit: 100000})
	check(s.t, err)
	for _, d := range all {
		switch d.State {
		case store.Deferred, store.Maybe:
			_ = s.look.Retry(ctx, d.ID, "test", "all is well again") // the daemon may have been faster
			n++
		case store.Queued, store.Sending:
			n++
		}
	}
	return n
}

// soakSession is the mail server of all others. It puts mail off at times, and
// every third ticket that isp-r is told of is answered.
type soakSession struct {
	s  *soak
	to string
}

func (*soakSession) Mail(string, *smtp.MailOptions) error        { return nil }
func (x *soakSession) Rcpt(to string, _ *smtp.RcptOptions) error { x.to = to; return nil }
func (*soakSession) Reset()                                      {}
func (*soakSession) Logout() error                               { return nil }
func (x *soakSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s := x.s
	if !s.broken.off.Load() && mathrand.IntN(20) == 0 {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "try again later"}
	}
	m := message.Parse(raw)
	id, to := m.Header.Get("Message-ID"), m.Header.Get("Reply-To")
	s.mu.Lock()
	s.got[id]++
	answer := x.to == "abuse@isp-r.example" && !s.told[to] && len(s.told)%3 == 0
	if x.to == "abuse@isp-r.example" {
		s.told[to] = true
	}
	if answer {
		s.answered[id] = true
	}
	s.mu.Unlock()
	if answer {
		s.put(fmt.Appendf(nil, "From: %s\r\nTo: %s\r\nSubject: Re: your notice\r\nMessage-ID: <%s-answer@isp-r.example>\r\nIn-Reply-To: %s\r\n\r\nWe have it.\r\n",
			x.to, to, id[1:20], id), store.MailRecorded)
	}
	return nil
}

// judge looks at what is left when all has come to rest.
func (s *soak) judge() {
	ctx, t := context.Background(), s.t
	problems, err := s.look.Fsck(ctx, nil)
	check(t, err)
	for _, p := range problems {
		t.Errorf("fsck: %s %s %s", p.Rule, p.Subject, p.Text)
	}
	if _, err := s.look.VerifyChain(ctx, nil); err != nil {
		t.Error(err)
	}
	mails, err := s.look.Mails(ctx, store.MailFilter{Limit: 100000})
	check(t, err)
	reports := 0
	for _, m := range mails {
		if want, known := s.want[m.Digest]; !known || m.State != want {
			t.Errorf("mail %d is %s, want %s; reasons %q", m.ID, m.State, want, m.Reasons)
		}
		if m.State == store.MailAccepted {
			reports++
		}
		delete(s.want, m.Digest)
	}
	if len(s.want) != 0 {
		t.Errorf("%d mails are lost", len(s.want))
	}
	all, err := s.look.Deliveries(ctx, store.DeliveryFilter{Limit: 100000})
	check(t, err)
	maybes := 0
	for _, d := range all {
		n := s.got[d.MessageID]
		delete(s.got, d.MessageID)
		maybes += d.Maybes
		ok := d.State == store.Sent && n >= 1 && n <= 1+d.Maybes
		if d.State == store.Cancelled { // an answer came before it was known to have arrived
			ok = n >= 1 && n <= d.Maybes
		}
		if !ok {
			t.Errorf("delivery %d is %s after %d attempts of unknown outcome and arrived %d times", d.ID, d.State, d.Maybes, n)
		}
	}
	if want := 2*reports + len(s.answered); len(all) != want || len(s.got) != 0 {
		t.Errorf("%d deliveries, want %d; %d messages that nobody sent", len(all), want, len(s.got))
	}
	t.Logf("%d mails, %d reports, %d answers, %d deliveries, %d attempts of unknown outcome", len(mails), reports, len(s.answered), len(all), maybes)
}
