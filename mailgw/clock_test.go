package mailgw

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"iodefgw/mailgw/message"
	"iodefgw/store"
)

// received hands over a mail that the IMAP server says has come at a time.
func (b *bench) received(raw []byte, at time.Time) (Disposition, error) {
	b.uid++
	return b.gateway.Take(context.Background(), Incoming{
		Raw: raw, Received: at, Account: "test", Mailbox: "INBOX", UIDValidity: 1, UID: b.uid,
	})
}

// signedReport is a report as cert-u would send it.
func (b *bench) signedReport() []byte {
	b.t.Helper()
	return b.bytes(letter{from: "cert@example.co.jp", text: "conditions: hide-my-ip\n",
		document: readFile(b.t, examples, "report.xml"), signer: b.keys["cert-u"]})
}

// TestCase_190_ClockAt1970: after a flat battery nothing can be signed, so that
// intake waits; what came meanwhile is taken once the clock is right.
func TestCase_190_ClockAt1970(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	raw, right := b.signedReport(), b.now
	b.now = time.Unix(3600, 0)
	for range 4 { // more often than a mail may die
		if _, err := b.received(raw, right); !errors.Is(err, ErrPause) {
			t.Fatalf("taken in 1970: %v", err)
		}
	}
	wantKinds(t, b.deliveries(""))
	b.now = right
	if err := b.gateway.Sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
	wantKinds(t, b.deliveries(""), "cert-u ack  queued", "isp-r notice first-contact queued")
	b.fsck()
}

// TestCase_190_ClockSetBack: NTP sets the clock back by an hour between a report
// and its answer, which then comes from before the report.
func TestCase_190_ClockSetBack(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	b.report("conditions: hide-my-ip\n")
	first := b.deliveries("isp-r")[0]
	b.deliver()
	b.now = b.now.Add(-time.Hour)
	if d := b.acknowledge(first); d != Processed {
		t.Fatalf("the answer became %q", d)
	}
	wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact sent", "isp-r notice acknowledged queued")
	due, err := b.store.Due(context.Background(), b.now, 10)
	b.check(err)
	if len(due) != 1 {
		t.Errorf("%d deliveries are due after the step, want the second notice", len(due))
	}
	b.fsck()
}

// TestCase_190_SummerTimeEnds: in the hour that the clocks on the wall show
// twice, order and dates are those of UTC, whatever the computer's zone.
func TestCase_190_SummerTimeEnds(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	b.now = time.Date(2027, 10, 31, 0, 50, 0, 0, time.UTC).In(zone) // 02:50, and ten minutes later 02:00
	b.report("conditions: hide-my-ip\n")
	first := b.deliveries("isp-r")[0]
	b.now = b.now.Add(15 * time.Minute)
	b.acknowledge(first)
	var dates []string
	for _, d := range b.deliveries("isp-r") {
		dates = append(dates, message.Parse([]byte(plain(d))).Header.Get("Date"))
		if d.NextAt.Location() != time.UTC && !d.NextAt.IsZero() {
			t.Errorf("delivery %d is due at %s", d.ID, d.NextAt)
		}
	}
	if want := []string{"Sun, 31 Oct 2027 00:50:00 +0000", "Sun, 31 Oct 2027 01:05:00 +0000"}; !slices.Equal(dates, want) {
		t.Errorf("dates %q, want %q", dates, want)
	}
	events, err := b.store.Events(context.Background(), store.EventFilter{})
	b.check(err)
	for i, e := range events {
		if e.At.Location() != time.UTC || i > 0 && e.At.Before(events[i-1].At) {
			t.Errorf("event %d at %s after one at %s", e.Seq, e.At, events[max(0, i-1)].At)
		}
	}
	b.fsck()
}
