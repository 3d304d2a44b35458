package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"iodefgw/mailgw"
	"iodefgw/relay"
	"iodefgw/store"
)

// bounds are the upper limits of the histograms' buckets, in seconds.
var bounds = [...]float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60}

// histogram counts durations the way Prometheus wants them.
type histogram struct {
	buckets [len(bounds)]uint64 // not cumulative
	sum     float64
	n       uint64
}

func (h *histogram) observe(d time.Duration) {
	s := d.Seconds()
	h.sum += s
	h.n++
	for i, b := range bounds {
		if s <= b {
			h.buckets[i]++
			return
		}
	}
}

// metrics measures the stages of each mail's way: how long its bytes took to
// open, to be judged and to be acted on, the whole of it, and the sending.
// It also counts the mails by what became of each at first.
type metrics struct {
	mu       sync.Mutex
	stages   map[string]*histogram
	received uint64
	outcomes map[mailgw.Outcome]uint64
}

func newMetrics() *metrics {
	return &metrics{stages: map[string]*histogram{}, outcomes: map[mailgw.Outcome]uint64{}}
}

// count is told of each mail once, when it has been decided on (Gateway.Count).
func (m *metrics) count(o mailgw.Outcome) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.received++
	m.outcomes[o]++
}

func (m *metrics) observe(stage string, d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h := m.stages[stage]
	if h == nil {
		h = &histogram{}
		m.stages[stage] = h
	}
	h.observe(d)
}

// clock belongs to one take of a mail and goes with its context: two copies of
// a mail may be at work at once.
type clock struct {
	step string // the last one told of
	at   time.Time
}

type clockKey struct{}

// step is told by the gateway where a take has come to (Gateway.Tell). A stage
// lies between two steps; a copy that has nothing left to do passes none.
func (m *metrics) step(ctx context.Context, step string, _ ...any) {
	c, timed := ctx.Value(clockKey{}).(*clock)
	if !timed {
		return // a sweep's, not from the mailbox
	}
	now := time.Now()
	switch {
	case step == "received":
	case step == "opened" && c.step == "received":
		m.observe("open", now.Sub(c.at))
	case step == "screened" && c.step == "opened":
		m.observe("screen", now.Sub(c.at))
	case step == "done" && c.step == "screened":
		m.observe("act", now.Sub(c.at))
	default:
		return
	}
	c.step, c.at = step, now
}

// timeTake measures the whole of what a mail costs before the mailbox may be
// touched; timeSend an attempt to send.
func (m *metrics) timeTake(take func(context.Context, mailgw.Incoming) (mailgw.Disposition, error)) func(context.Context, mailgw.Incoming) (mailgw.Disposition, error) {
	return func(ctx context.Context, in mailgw.Incoming) (mailgw.Disposition, error) {
		begun := time.Now()
		defer func() { m.observe("take", time.Since(begun)) }()
		return take(context.WithValue(ctx, clockKey{}, &clock{}), in)
	}
}

func (m *metrics) timeSend(send func(context.Context, relay.Mail) error) func(context.Context, relay.Mail) error {
	return func(ctx context.Context, mail relay.Mail) error {
		begun := time.Now()
		defer func() { m.observe("send", time.Since(begun)) }()
		return send(ctx, mail)
	}
}

// exposition writes the text format of Prometheus, version 0.0.4. It holds
// names, numbers and ids, nothing of a report.
type exposition struct{ w io.Writer }

func (e exposition) family(name, kind, help string) {
	fmt.Fprintf(e.w, "# HELP iodefgw_%s %s\n# TYPE iodefgw_%[1]s %[3]s\n", name, help, kind)
}

// value writes one sample; labels are names and values in turn.
func (e exposition) value(name string, v float64, labels ...string) {
	var text []string
	for i := 0; i+1 < len(labels); i += 2 {
		text = append(text, labels[i]+`="`+strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(labels[i+1])+`"`)
	}
	set := ""
	if len(text) > 0 {
		set = "{" + strings.Join(text, ",") + "}"
	}
	fmt.Fprintf(e.w, "iodefgw_%s%s %s\n", name, set, strconv.FormatFloat(v, 'g', -1, 64))
}

// mails writes what has come since the start. These figures only rise; a mail
// that is held and released later was held. All are of one moment, so that the
// sum holds at all times.
func (e exposition) mails(m *metrics) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e.family("mails_received_total", "counter", "Mails taken and decided on since the start: accepted + held + rejected + duplicate.")
	e.value("mails_received_total", float64(m.received))
	e.family("mails_total", "counter", "The same by what became of them at first. accepted: on a ticket, or recorded, as bounces and auto-replies are; duplicate: seen before.")
	for _, o := range []mailgw.Outcome{mailgw.CountAccepted, mailgw.CountHeld, mailgw.CountRejected, mailgw.CountDuplicate} {
		e.value("mails_total", float64(m.outcomes[o]), "outcome", string(o))
	}
}

// counts writes what the database knows, all of it of one moment.
func (e exposition) counts(c store.Counts, now time.Time) {
	e.family("mails", "gauge", "Mails in the database by where they stand now; copies: places where one lies beyond its first.")
	for _, s := range []store.MailState{store.MailAccepted, store.MailHeld, store.MailRejected, store.MailRecorded} {
		e.value("mails", float64(c.Mails[s]), "state", string(s))
	}
	e.value("mails", float64(c.Copies), "state", "copies")
	e.family("mails_pending", "gauge", "Mails that are safe in the database and not decided on yet.")
	e.value("mails_pending", float64(c.Mails[store.MailReceived]))
	e.family("tickets", "gauge", "Tickets by state.")
	for _, s := range slices.Sorted(maps.Keys(c.Tickets)) {
		e.value("tickets", float64(c.Tickets[s]), "state", string(s))
	}
	e.family("deliveries", "gauge", "Messages in the queue and behind it, by state.")
	for _, s := range []store.DeliveryState{store.AwaitingApproval, store.Queued, store.Sending, store.Sent, store.Deferred,
		store.Failed, store.Maybe, store.HeldBack, store.Cancelled} {
		e.value("deliveries", float64(c.Deliveries[s]), "state", string(s))
	}
	e.family("refused_waiting", "gauge", "Messages that were not made and wait for a person, by refusal: queue list shows them.")
	for _, why := range []string{relay.Contested, relay.NotProved, relay.NoUsableKey} {
		e.value("refused_waiting", float64(c.Waiting[why]), "refusal", why)
	}
	e.family("oldest_mail_seconds", "gauge", "Age of the oldest mail not decided on; 0 for none.")
	e.value("oldest_mail_seconds", age(c.OldestMail, now))
	e.family("oldest_due_seconds", "gauge", "How long the longest waiting message has been due; 0 for none.")
	e.value("oldest_due_seconds", age(c.OldestDue, now))
}

func age(since, now time.Time) float64 {
	if since.IsZero() {
		return 0
	}
	return max(0, now.Sub(since).Seconds())
}

func (e exposition) stages(m *metrics) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e.family("stage_seconds", "histogram", "Seconds per stage: open, screen and act on a mail, take it as a whole, send a message.")
	for _, stage := range slices.Sorted(maps.Keys(m.stages)) {
		h := m.stages[stage]
		sum := uint64(0)
		for i, b := range bounds {
			sum += h.buckets[i]
			e.value("stage_seconds_bucket", float64(sum), "stage", stage, "le", strconv.FormatFloat(b, 'g', -1, 64))
		}
		e.value("stage_seconds_bucket", float64(h.n), "stage", stage, "le", "+Inf")
		e.value("stage_seconds_sum", h.sum, "stage", stage)
		e.value("stage_seconds_count", float64(h.n), "stage", stage)
	}
}

// keys writes how long the keys we know may still be used.
func (e exposition) keys(expiries []keyExpiry, now time.Time) {
	e.family("key_expiry_days", "gauge", "Days until a key expires, negative afterwards; keys that never do are not listed.")
	for _, k := range expiries {
		e.value("key_expiry_days", k.at.Sub(now).Hours()/24, "party", k.party, "fingerprint", k.fingerprint)
	}
}

func (e exposition) process() {
	e.family("goroutines", "gauge", "Goroutines.")
	e.value("goroutines", float64(runtime.NumGoroutine()))
	e.family("resident_memory_bytes", "gauge", "Resident memory.")
	e.value("resident_memory_bytes", float64(residentMemory()))
}

// residentMemory is the second number of statm, in pages (proc(5)); 0 where
// there is none.
func residentMemory() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
