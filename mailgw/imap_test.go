package mailgw

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"iodefgw/relay"
)

// rig runs one IMAP against a server and records what it hands over.
type rig struct {
	*IMAP
	t *testing.T

	mu     sync.Mutex
	got    []Incoming
	sleeps []time.Duration
	logs   bytes.Buffer
}

// password is a password file.
func password(t testing.TB) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(name, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func newRig(t *testing.T, addr string) *rig {
	t.Helper()
	r := &rig{t: t}
	r.IMAP = &IMAP{Addr: addr, TLS: relay.TLSNone, Username: "gw", PasswordFile: password(t), Jitter: func() float64 { return 0.5 },
		Folders: map[Disposition]string{Processed: "Processed", Held: "Held", Rejected: "Rejected"}}
	r.Handle = func(ctx context.Context, in Incoming) (Disposition, error) { return r.take(in), nil }
	r.Sleep = func(ctx context.Context, d time.Duration) {
		r.mu.Lock()
		r.sleeps = append(r.sleeps, d)
		r.mu.Unlock()
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
		}
	}
	r.Log = slog.New(slog.NewTextHandler(lockedWriter{&r.mu, &r.logs}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return r
}

func (r *rig) take(in Incoming) Disposition {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, in)
	return Processed
}

// start runs until the test ends, or stop is called.
func (r *rig) start() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			select {
			case err := <-done:
				if err != nil {
					r.t.Errorf("Run: %v", err)
				}
			case <-time.After(20 * time.Second):
				r.t.Error("Run does not end")
			}
		})
	}
	r.t.Cleanup(stop)
	return stop
}

func (r *rig) incoming() []Incoming {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// bodies are the mails handed over, sorted.
func (r *rig) bodies() []string {
	var out []string
	for _, in := range r.incoming() {
		out = append(out, string(in.Raw))
	}
	slices.Sort(out)
	return out
}

func (r *rig) logged(s string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Count(r.logs.String(), s)
}

// eventually fails the test when cond does not become true.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	within(t, 15*time.Second, what, cond)
}

func within(t *testing.T, limit time.Duration, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (w lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func mail(n int) string {
	return fmt.Sprintf("Subject: mail %d\r\nMessage-ID: <%d@test>\r\n\r\nBody %d.\r\n", n, n, n)
}

func mails(n int) (out []string) {
	for i := range n {
		out = append(out, mail(i))
	}
	slices.Sort(out)
	return out
}

func TestEveryMailIsHandedOverOnceAndMovedByItsDisposition(t *testing.T) {
	f := startFake(t, mails(20)...)
	r := f.rig(t)
	r.Handle = func(ctx context.Context, in Incoming) (Disposition, error) {
		r.take(in)
		return []Disposition{Processed, Held, Rejected, ""}[in.UID%4], nil
	}
	r.start()
	eventually(t, "15 mails moved", func() bool { return len(f.inbox()) == 5 })
	f.add(mail(20)) // wakes the idling client
	eventually(t, "the new mail", func() bool { return len(r.bodies()) == 21 })
	for name, want := range map[string]int{"Processed": 5, "Held": 6, "Rejected": 5} {
		eventually(t, fmt.Sprintf("%d mails in %s", want, name), func() bool { return len(f.folder(name)) == want })
	}
	if want := append(mails(20), mail(20)); !slices.Equal(r.bodies(), slices.Sorted(slices.Values(want))) {
		t.Errorf("handed over: %q", r.bodies())
	}
	in := r.incoming()[0]
	if want := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC); !in.Received.Equal(want) || in.UIDValidity != 7 || in.Account != "gw" || in.Mailbox != "INBOX" || in.Note != "" {
		t.Errorf("Incoming = %+v, want INTERNALDATE %v, UIDVALIDITY 7", in, want)
	}
	if f.count("UID STORE") != 0 {
		t.Errorf("flags were set where MOVE is there")
	}
}

func TestMailStaysWhenHandleFails(t *testing.T) {
	f := startFake(t, mails(3)...)
	r := f.rig(t)
	var clock sync.Mutex
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	r.Now = func() time.Time { clock.Lock(); defer clock.Unlock(); return now }
	broken := true
	r.Handle = func(ctx context.Context, in Incoming) (Disposition, error) {
		clock.Lock()
		bad := broken && in.UID == 2
		clock.Unlock()
		if bad {
			return "", errors.New("no luck")
		}
		return r.take(in), nil
	}
	r.start()
	eventually(t, "the others moved, the failing tried twice", func() bool { return len(f.inbox()) == 1 && r.logged("handle-failed") == 2 })
	if got := f.inbox()[0].uid; got != 2 {
		t.Fatalf("UID %d is left, want 2", got)
	}
	clock.Lock()
	broken, now = false, now.Add(2*time.Minute)
	clock.Unlock()
	f.add(mail(9))
	eventually(t, "the mail is tried again when due", func() bool { return len(f.inbox()) == 0 })
	if len(r.bodies()) != 4 {
		t.Errorf("%d mails handed over, want 4", len(r.bodies()))
	}
}

func TestPauseStopsIntakeAndResumes(t *testing.T) {
	f := startFake(t, mails(50)...)
	r := f.rig(t)
	r.Workers = 1
	var calls int
	r.Handle = func(ctx context.Context, in Incoming) (Disposition, error) {
		r.mu.Lock()
		calls++
		full := calls > 10 && calls <= 14
		r.mu.Unlock()
		if full {
			return "", fmt.Errorf("disk full: %w", ErrPause)
		}
		return r.take(in), nil
	}
	r.start()
	eventually(t, "all mails moved", func() bool { return len(f.inbox()) == 0 })
	if !slices.Equal(r.bodies(), mails(50)) {
		t.Errorf("mails handed over differ from those delivered")
	}
	if r.logged("msg=paused") == 0 || r.logged("handle-failed") != 0 {
		t.Errorf("want a pause and no failed mail in the log:\n%s", r.logs.String())
	}
}

func TestUIDSets(t *testing.T) {
	set := func(s string) (out []uint32) {
		f := &fakeIMAP{}
		for i := range uint32(40) {
			f.mails = append(f.mails, fakeMail{uid: i + 1})
		}
		f.each(s, func(m *fakeMail) { out = append(out, m.uid) })
		return out
	}
	for _, c := range []struct{ a, b, want string }{
		{"1:10", "3:4", "1:2,5:10"},
		{"1:10", "1:10", ""},
		{"1:10", "", "1:10"},
		{"1:3,5:9", "2,6:20", "1,3,5"},
		{"5:9", "1:4,10:12", "5:9"},
		{"1:4294967295", "2:4294967295", "1"},
	} {
		if got := subtract(parseSet(c.a), parseSet(c.b)).String(); got != c.want {
			t.Errorf("subtract(%s, %s) = %q, want %q", c.a, c.b, got, c.want)
		}
	}
	rest := parseSet("1:3,7,9:20")
	var got []uint32
	for len(rest) > 0 {
		head, tail := cutUIDs(rest, 4)
		got = append(got, set(head.String())...)
		rest = tail
	}
	if want := set("1:3,7,9:20"); !slices.Equal(got, want) {
		t.Errorf("cutUIDs gave %v, want %v", got, want)
	}
}

func parseSet(s string) (out imap.UIDSet) {
	for _, part := range strings.Split(s, ",") {
		lo, hi, isRange := strings.Cut(part, ":")
		if !isRange {
			hi = lo
		}
		a, _ := strconv.ParseUint(lo, 10, 32)
		b, _ := strconv.ParseUint(hi, 10, 32)
		if a != 0 {
			out = append(out, imap.UIDRange{Start: imap.UID(a), Stop: imap.UID(b)})
		}
	}
	return out
}
