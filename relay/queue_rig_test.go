package relay

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"iodefgw/store"
)

// queueRig is a queue over a real store, with a clock that the test moves.
type queueRig struct {
	*Queue
	t     *testing.T
	store *store.Store
	path  string

	mu   sync.Mutex
	now  time.Time
	sent []Mail
	logs bytes.Buffer
	done chan store.DeliveryState
}

func newQueue(t *testing.T) *queueRig {
	t.Helper()
	r := &queueRig{t: t, path: filepath.Join(t.TempDir(), "gw.db"), now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), done: make(chan store.DeliveryState, 1000)}
	r.open()
	t.Cleanup(func() { r.store.Close() })
	r.Queue = &Queue{Store: r.store, Now: r.clock, Jitter: func() float64 { return 0.5 }, Poll: time.Hour,
		Log: slog.New(slog.NewTextHandler(syncWriter{&r.mu, &r.logs}, nil))}
	r.Outcome = func(d store.Delivery, state store.DeliveryState, err error) { r.done <- state }
	r.Send = func(ctx context.Context, m Mail) error { r.take(m); return nil }
	return r
}

func (r *queueRig) open() {
	s, err := store.Open(context.Background(), r.path, store.Options{Create: true, Daemon: true, Now: r.clock})
	if err != nil {
		r.t.Fatal(err)
	}
	r.store = s
}

func (r *queueRig) clock() time.Time { r.mu.Lock(); defer r.mu.Unlock(); return r.now }

func (r *queueRig) pass(d time.Duration) {
	r.mu.Lock()
	r.now = r.now.Add(d)
	r.mu.Unlock()
	r.Kick()
}

func (r *queueRig) take(m Mail) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, m)
}

func (r *queueRig) taken() []Mail {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Mail(nil), r.sent...)
}

// enqueue puts one message into the queue, as acceptance of a mail does.
func (r *queueRig) enqueue(n int) int64 {
	r.t.Helper()
	return enqueueIn(r.t, r.store, n, r.clock())
}

func enqueueIn(t testing.TB, db *store.Store, n int, now time.Time) int64 {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	mail, err := db.Receive(ctx, store.Incoming{Raw: fmt.Appendf(nil, "Subject: %d\r\n\r\n", n), ReceivedAt: now})
	must(err)
	c, err := db.Correlate(ctx, store.Keys{MailID: mail.ID, Party: "cert", IncidentName: "cert.example", IncidentID: fmt.Sprint(n), At: now, Window: time.Hour})
	must(err)
	policy, err := db.PutSnapshot(ctx, "gateway", store.SnapshotPolicy, "version = 1\n")
	must(err)
	parties, err := db.PutSnapshot(ctx, "gateway", store.SnapshotParties, "[[party]]\n")
	must(err)
	doc := fmt.Appendf(nil, "<IODEF-Document id='%d'/>", n)
	out, err := db.Accept(ctx, store.Acceptance{MailID: mail.ID,
		Verdict: store.Verdict{Kind: store.KindReport, Signature: "trusted", Party: "cert", Reasons: []string{"good"}, MessageID: fmt.Sprintf("<%d@cert.example>", n)},
		Tickets: []store.TicketChange{{Correlation: c,
			Reports:    []store.NewReport{{Party: "cert", IncidentName: "cert.example", IncidentID: fmt.Sprint(n), GeneratedAt: now, At: now, Version: "2.00", Document: doc}},
			Recipients: []store.NewRecipient{{Party: "isp", Token: fmt.Sprintf("token-%026d", n), Address: "abuse@isp.example", Basis: "network"}},
			Decisions: []store.NewDecision{{Party: "isp", Kind: store.KindNotice, Stage: store.FirstContact, PolicyDigest: policy, PartiesDigest: parties,
				Reports: []store.Digest{store.DigestOf(doc)}, Scan: "clean", Twin: "equal",
				Delivery: &store.NewDelivery{From: fmt.Sprintf("b+%d@gw.example", n), To: "abuse@isp.example", MessageID: fmt.Sprintf("<%d@gw.example>", n),
					Bytes: fmt.Appendf(nil, "Subject: notice %d\r\n\r\nx\r\n", n)}}}}}})
	must(err)
	return out[0].DeliveryIDs[0]
}

func (r *queueRig) start() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			select {
			case err := <-ended:
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

// next is the outcome of the next attempt.
func (r *queueRig) next() store.DeliveryState {
	r.t.Helper()
	select {
	case s := <-r.done:
		return s
	case <-time.After(15 * time.Second):
		r.t.Fatal("no attempt ends")
		return ""
	}
}

func (r *queueRig) delivery(id int64) store.Delivery {
	r.t.Helper()
	d, err := r.store.DeliveryByID(context.Background(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

type syncWriter struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (w syncWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}
