package mailgw

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"

	"iodefgw/relay"
)

// Incoming is one mail as a mailbox held it.
type Incoming struct {
	Raw      []byte    // the mail's bytes; the header alone where Oversize is set
	Received time.Time // INTERNALDATE: when the mail server took it
	Account  string
	Mailbox  string

	// UIDValidity and UID name the mail in its mailbox (RFC 3501 section
	// 2.3.1.1). The identity of its content is the hash of Raw, not these.
	UIDValidity, UID uint32

	Oversize int64  // the mail's size where that is over IMAP.MaxSize, else 0
	Note     string // NoteSize, or empty
}

// NoteSize says that the mail was not as long as the server had announced. It
// is passed on as it was received.
const NoteSize = "size-mismatch"

// Disposition says what became of a mail, and so into which folder it goes.
// The empty one leaves the mail where it is, untouched.
type Disposition string

const (
	Processed Disposition = "processed" // a report, an answer: taken
	Held      Disposition = "held"      // waits for a person
	Rejected  Disposition = "rejected"  // moved nothing
)

// ErrPause is what an error of Handle wraps when the fault is ours and will
// pass: disk full, database busy. Intake stops, nothing is taken from the
// mailbox, and it resumes by itself.
var ErrPause = errors.New("intake paused")

// IMAP takes the mails of one mailbox.
//
// Handle is called with each mail, by several goroutines at a time, and
// commits it; only after it has returned nil is the mailbox touched: the mail
// is moved to the folder of its disposition, or flagged where the server
// cannot move, or left. A crash in between means that the mail is seen again,
// which Handle must bear: it is told by the hash of the bytes. A mail is found
// by its UID being in the mailbox, never by \Seen or \Recent, which people
// change, and it is read without setting \Seen.
//
// Everything the server says is bounded in time and bytes, so the memory used
// is that of two batches of mail whatever the mailbox holds.
type IMAP struct {
	Addr         string        // host:port
	TLS          relay.TLSMode // TLSImplicit unless set; TLSOpportunistic is not for IMAP
	ServerName   string        // name in the certificate; the host of Addr unless set
	CAFile       string        // PEM; the system's authorities unless set
	Username     string
	PasswordFile string // first line, read at each connection
	Account      string // how Incoming and the log name the account; Username unless set
	Mailbox      string // INBOX unless set

	// Folders maps a disposition to the folder its mails move to. A folder is
	// made where it is absent. A disposition without one is flagged in place.
	Folders map[Disposition]string

	MaxSize        int64         // bytes of one mail; DefaultMaxSize unless set
	Poll           time.Duration // between looks where the server lacks IDLE; 1 min unless set
	IdleRestart    time.Duration // 5 min unless set: some servers and firewalls drop after ten
	CommandTimeout time.Duration // 1 min unless set; more for what needs many bytes
	Workers        int           // goroutines that run Handle; 128 unless set: more than cores, since most wait for the disk

	Handle func(ctx context.Context, in Incoming) (Disposition, error)

	// The rest may be nil. Placed is told which mails were moved or flagged, or
	// are left for good; Vanished of one that was gone before it could be read.
	// Seen lists, from a UID on, those that need not be read again: it is asked
	// only where the mailbox is read-only, since there they stay for ever.
	Placed   func(ctx context.Context, uidValidity uint32, uids []uint32)
	Vanished func(ctx context.Context, uidValidity, uid uint32)
	Seen     func(ctx context.Context, uidValidity, from uint32, limit int) ([]uint32, error)

	// Status is told nil whenever the mailbox has been emptied, and why it
	// cannot be read when intake has to wait.
	Status func(err error)

	Log    *slog.Logger
	Now    func() time.Time                                                  // time.Now unless set; for retries of single mails
	Jitter func() float64                                                    // in [0,1); rand.Float64 unless set
	Sleep  func(ctx context.Context, d time.Duration)                        // between connections; a timer unless set
	Dialer func(ctx context.Context, network, addr string) (net.Conn, error) // net.Dialer unless set
}

// DefaultMaxSize is the size above which only a mail's header is read. A
// report is some kilobytes; a mail of gigabytes is an attack on the disk.
const DefaultMaxSize = 25 << 20

// Check reports whether the settings can work.
func (m *IMAP) Check() error {
	mode := cmp.Or(m.TLS, relay.TLSImplicit)
	if mode == relay.TLSOpportunistic {
		return fmt.Errorf("IMAP server %q: TLS mode %q is not for IMAP", m.Addr, string(mode))
	}
	return mode.Check(m.Addr)
}

// Run takes mails until ctx ends, and returns nil then; any other error is a
// wrong setting. A lost connection, a refused password and a pause are logged
// and tried again, each with its own backoff. Mails whose Handle has returned
// are moved before Run returns if the server answers within seconds.
func (m *IMAP) Run(ctx context.Context) error {
	if err := m.Check(); err != nil {
		return err
	}
	p := &progress{m: m}
	for attempt := 1; ; attempt++ {
		err := m.session(ctx, p)
		if ctx.Err() != nil {
			return nil
		}
		if p.healthy {
			p.healthy, attempt = false, 1
		}
		m.rest(ctx, attempt, err)
		if ctx.Err() != nil {
			return nil
		}
	}
}

// rest logs why intake stands still and waits.
func (m *IMAP) rest(ctx context.Context, attempt int, err error) {
	verb, first, longest := "reconnect", time.Second, 5*time.Minute
	var auth *authError
	switch {
	case errors.As(err, &auth):
		// Repeated logins lock accounts, and a person must act anyway.
		verb, first, longest = "auth-failed", 2*time.Minute, 30*time.Minute
	case errors.Is(err, ErrPause):
		verb, longest = "paused", time.Minute
	}
	d := retryDelay(attempt, first, longest, m.jitter())
	m.status(err)
	m.log().Warn(verb, "attempt", attempt, "next", d.Round(time.Millisecond), "error", describe(err))
	if m.Sleep != nil {
		m.Sleep(ctx, d)
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (m *IMAP) status(err error) {
	if m.Status != nil {
		m.Status(err)
	}
}

// retryDelay is first, doubled for each attempt after the first up to longest,
// and moved by jitter to between 75 % and 125 %, so that many clients of a
// server that comes back do not come at once.
func retryDelay(attempt int, first, longest time.Duration, jitter float64) time.Duration {
	d := first
	for ; attempt > 1 && d < longest; attempt-- {
		d *= 2
	}
	return time.Duration(float64(min(d, longest)) * (0.75 + 0.5*jitter))
}

// describe is err for the log. An IMAP error carries the server's own text.
func describe(err error) string {
	if err == nil {
		return ""
	}
	var said *imap.Error
	if errors.As(err, &said) {
		return fmt.Sprintf("%s %s %s", said.Type, said.Code, relay.Printable(said.Text))
	}
	return relay.Printable(err.Error())
}

func (m *IMAP) log() *slog.Logger {
	if m.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return m.Log.With("account", m.account(), "mailbox", m.mailbox())
}

func (m *IMAP) now() time.Time {
	if m.Now == nil {
		return time.Now()
	}
	return m.Now()
}

func (m *IMAP) jitter() float64 {
	if m.Jitter == nil {
		return rand.Float64()
	}
	return m.Jitter()
}

func (m *IMAP) account() string            { return cmp.Or(m.Account, m.Username) }
func (m *IMAP) mailbox() string            { return cmp.Or(m.Mailbox, "INBOX") }
func (m *IMAP) maxSize() int64             { return cmp.Or(m.MaxSize, DefaultMaxSize) }
func (m *IMAP) idleRestart() time.Duration { return cmp.Or(m.IdleRestart, 5*time.Minute) }

func (m *IMAP) commandTimeout() time.Duration { return cmp.Or(m.CommandTimeout, time.Minute) }
func (m *IMAP) workers() int                  { return cmp.Or(m.Workers, 128) }
