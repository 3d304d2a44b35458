package mailgw

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"iodefgw/relay"
)

// Mailboxes far larger than a batch, in bytes and in mails: memory stays that
// of two batches.
func TestCase_21_LargeMailboxInBatches(t *testing.T) {
	t.Run("80 MB", func(t *testing.T) { largeMailbox(t, 4000, 20_000) })
	many := 100_000
	if raceDetector() {
		many = 10_000 // ten times slower
	}
	t.Run("100,000 mails", func(t *testing.T) { largeMailbox(t, many, 18) })
}

func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "-race" && s.Value == "true" })
}

func largeMailbox(t *testing.T, n int, size int) {
	body := strings.Repeat("0123456789abcdef\r\n", size/18)
	f := startFake(t)
	for i := range n {
		f.mails = append(f.mails, fakeMail{uid: uint32(i + 1), raw: body}) // one string, shared
	}
	f.hook = func(c *fakeConn, verb, args string) bool {
		if verb != "UID MOVE" {
			return false
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		set, _, _ := strings.Cut(args, " ")
		c.remove(set)
		c.ok("moved")
		return true
	}
	r := f.rig(t)
	var handled atomic.Int64
	var peak atomic.Uint64
	r.Handle = func(ctx context.Context, in Incoming) (Disposition, error) {
		if handled.Add(1)%int64(n/20) == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), m.HeapAlloc))
		}
		return Processed, nil
	}
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var placed atomic.Int64
	r.Placed = func(_ context.Context, _ uint32, uids []uint32) { placed.Add(int64(len(uids))) }
	r.start()
	eventually(t, "an empty mailbox", func() bool { return placed.Load() == int64(n) })
	if left := len(f.inbox()); left != 0 {
		t.Errorf("%d mails are left", left)
	}
	if got := handled.Load(); got != int64(n) {
		t.Errorf("%d mails handed over, want %d", got, n)
	}
	if grown := int64(peak.Load()) - int64(before.HeapAlloc); grown > 3*batchBytes {
		t.Errorf("heap grew by %d MiB", grown>>20)
	} else {
		t.Logf("heap grew by %d KiB", grown>>10)
	}
}

// FuzzResponses: whatever a server answers, the client neither panics nor
// hangs, and hands over nothing that was not sent whole.
func FuzzResponses(f *testing.F) {
	for _, seed := range []string{
		"* OK hi\r\n",
		"* OK hi\r\n* CAPABILITY IMAP4rev1\r\nT1 OK\r\nT2 OK\r\nT3 OK\r\n* 1 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\nT4 OK\r\nT5 OK\r\n* SEARCH 1\r\nT6 OK\r\n" +
			"* 1 FETCH (UID 1 RFC822.SIZE 3 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")\r\nT7 OK\r\n* 1 FETCH (UID 1 BODY[] {3}\r\nabc)\r\nT8 OK\r\n",
		"* OK hi\r\n* CAPABILITY IMAP4rev1\r\nT1 OK\r\nT2 OK\r\nT3 OK\r\n* OK [UIDVALIDITY 1] x\r\nT4 OK\r\nT5 OK\r\n* ESEARCH (TAG \"T6\") UID ALL 1:*\r\nT6 OK\r\n* 1 FETCH (UID 1 BODY[] {99999999999}\r\n",
		"* BYE\r\n", "* PREAUTH\r\n", "+\r\n", "* 4294967296 EXISTS\r\n", "* OK [ALERT", "* LIST () NIL {5}\r\n", "* 1 FETCH ((((((((((",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, script string) {
		m := &IMAP{Addr: "127.0.0.1:1", TLS: relay.TLSNone, Username: "gw", PasswordFile: "/dev/null", CommandTimeout: 50 * time.Millisecond,
			IdleRestart: 20 * time.Millisecond, Poll: 10 * time.Millisecond, MaxSize: 1 << 16}
		m.Handle = func(ctx context.Context, in Incoming) (Disposition, error) {
			if !strings.Contains(script, string(in.Raw)) {
				t.Errorf("handed over %q", in.Raw)
			}
			return Processed, nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		m.Sleep = func(context.Context, time.Duration) { cancel() }
		m.Dialer = func(context.Context, string, string) (net.Conn, error) { return script2conn(script) }
		if err := m.Run(ctx); err != nil {
			t.Fatal(err)
		}
	})
}

// script2conn is a connection whose other end says script and then nothing.
func script2conn(script string) (net.Conn, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer ln.Close()
	go func() {
		if conn, err := ln.Accept(); err == nil {
			defer conn.Close()
			io.WriteString(conn, script)
			io.Copy(io.Discard, conn)
		}
	}()
	return net.Dial("tcp", ln.Addr().String())
}

func BenchmarkDrain1000(b *testing.B) {
	raw := strings.Repeat("0123456789abcdef\r\n", 10_000/18)
	for b.Loop() {
		b.StopTimer()
		addr, user, _ := memServer(b, nil, false)
		for i := range 1000 {
			appendMail(b, user, fmt.Sprintf("Subject: %d\r\n\r\n", i)+raw)
		}
		ctx, cancel := context.WithCancel(context.Background())
		m := &IMAP{Addr: addr, TLS: relay.TLSNone, Username: "gw", PasswordFile: password(b), Folders: map[Disposition]string{Processed: "Processed"},
			Log: slog.New(slog.DiscardHandler)}
		m.Handle = func(ctx context.Context, in Incoming) (Disposition, error) {
			sha256.Sum256(in.Raw)
			return Processed, nil
		}
		placed := 0
		m.Placed = func(_ context.Context, _ uint32, uids []uint32) {
			if placed += len(uids); placed == 1000 {
				cancel()
			}
		}
		b.StartTimer()
		if err := m.Run(ctx); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "µs/mail")
}

// BenchmarkFetchOnly is the floor for BenchmarkDrain1000: one FETCH of all
// mails with the library alone.
func BenchmarkFetchOnly(b *testing.B) {
	raw := strings.Repeat("0123456789abcdef\r\n", 10_000/18)
	addr, user, _ := memServer(b, nil, false)
	for i := range 1000 {
		appendMail(b, user, fmt.Sprintf("Subject: %d\r\n\r\n", i)+raw)
	}
	for b.Loop() {
		c, err := imapclient.DialInsecure(addr, nil)
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Login("gw", "secret").Wait(); err != nil {
			b.Fatal(err)
		}
		if _, err := c.Select("INBOX", nil).Wait(); err != nil {
			b.Fatal(err)
		}
		got, err := c.Fetch(parseSet("1:1000"), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}}).Collect()
		if err != nil || len(got) != 1000 {
			b.Fatal(err, len(got))
		}
		c.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "µs/mail")
}
