package mailgw

import (
	"testing"
	"time"

	"iodefgw/store"
)

// TestUpdateEndsAStop: a requester that asked to stop, unsigned, goes on by an
// update under its signature that says what may be told. One without conditions,
// another report, and an unsigned one do not.
func TestUpdateEndsAStop(t *testing.T) {
	for name, c := range map[string]struct {
		conditions string
		signed     bool
		other      bool // another incident
		state      store.TicketState
	}{
		"conditions":       {"conditions: forward-log-as-is\n", true, false, store.TicketOpen},
		"none":             {"Please see the attachment.\n", true, false, store.TicketHeld},
		"not signed":       {"conditions: forward-log-as-is\n", false, false, store.TicketHeld},
		"another incident": {"conditions: forward-log-as-is\n", true, true, store.TicketHeld},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, examples+"/parties.toml", auto, "cert-u", "isp-r")
			b.send(letter{from: "cert@example.co.jp", text: "see attachment\n", document: document(t, expectation, ""), signer: b.keys["cert-u"]})
			question := b.deliveries("cert-u")[1]
			b.send(letter{from: "cert@example.co.jp", to: replyTo(t, question), text: "STOP. Do not forward anything.\n"})
			state := func() store.TicketState {
				ticket, err := b.store.TicketByID(t.Context(), 1)
				b.check(err)
				return ticket.State
			}
			if state() != store.TicketHeld {
				t.Fatalf("the stop made it %s", state())
			}
			b.now = b.now.Add(time.Hour)
			m := letter{from: "cert@example.co.jp", text: c.conditions, document: document(t, generatedAt, generatedLater)}
			if c.other {
				m.document = document(t, "4711", "4712")
			}
			if c.signed {
				m.signer = b.keys["cert-u"]
			}
			b.send(m)
			if state() != c.state {
				t.Errorf("the ticket is %s, want %s", state(), c.state)
			}
			told := len(b.deliveries("isp-r")) > 0
			if told != (c.state == store.TicketOpen) {
				t.Errorf("%s: isp-r is told %v", c.state, kinds(b.deliveries("isp-r")))
			}
			// It is planned the same way again.
			corr, err := b.store.OnTicket(t.Context(), 1)
			b.check(err)
			s, err := b.gateway.Current().Situation(t.Context(), b.store, corr.TicketID)
			b.check(err)
			if s.Held != (c.state == store.TicketHeld) || len(s.Stopped) > 0 != s.Held {
				t.Errorf("planned again: held %v, stopped %v", s.Held, s.Stopped)
			}
			b.fsck()
		})
	}
}
