package mailgw

import (
	"context"
	"testing"
	"time"

	"iodefgw/relay"
	"iodefgw/store"
)

// TestSentAtOnce: what may leave at once begins its first attempt with the
// ticket while a sender is free; what may not is queued, and no sender is lost
// over it.
func TestSentAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		policy string
		busy   bool // all senders have other work
		hold   bool // an operator holds the queue
		state  store.DeliveryState
		sent   int
	}{
		"at once":       {policy: auto, state: store.Sent, sent: 2},
		"approval":      {policy: "version = 1\n", state: store.AwaitingApproval, sent: 1},
		"queue is held": {policy: auto, hold: true, state: store.Queued},
		"no sender":     {policy: auto, busy: true, state: store.Queued},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, examples+"/parties.toml", c.policy, "cert-u")
			ended := make(chan store.DeliveryState, 10)
			q := &relay.Queue{Store: b.store, Now: b.clock, Poll: time.Hour, Parallel: 2,
				Send:    func(ctx context.Context, m relay.Mail) error { return nil },
				Outcome: func(d store.Delivery, s store.DeliveryState, err error) { ended <- s }}
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- q.Run(ctx) }()
			reserve := func() {
				for end := time.Now().Add(15 * time.Second); !q.Reserve(9); time.Sleep(time.Millisecond) {
					if time.Now().After(end) {
						t.Fatal("no sender is free")
					}
				}
			}
			both := func() { reserve(); reserve() }
			both()
			if !c.busy {
				q.Release(9)
				q.Release(9)
			}
			if c.hold {
				b.check(b.store.HoldQueue(ctx, "alice", "wait"))
			}
			b.gateway.Sender = q
			b.report("conditions: minimal\n") // a notice, and a receipt that needs no approval
			for range c.sent {
				if got := <-ended; got != store.Sent {
					t.Errorf("outcome %s", got)
				}
			}
			if !c.busy {
				both() // none is lost
			}
			q.Release(9)
			q.Release(9)
			all := b.deliveries("isp-r")
			if len(all) != 1 || all[0].State != c.state || (all[0].Attempts == 1) != (c.state == store.Sent) {
				t.Errorf("deliveries %+v", all)
			}
			stop()
			b.check(<-done)
			b.fsck()
		})
	}
}
