package mailgw

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"iodefgw/relay"
	"iodefgw/store"
)

// replay makes every decision of the database again, with a random source of
// its own, and returns how many there were.
func (b *bench) replay() int {
	b.t.Helper()
	ctx, n := context.Background(), 0
	tickets, err := b.store.Tickets(ctx, store.TicketFilter{})
	b.check(err)
	for _, t := range tickets {
		decisions, err := b.store.Decisions(ctx, t.ID, "")
		b.check(err)
		for _, d := range decisions {
			n++
			out := b.again(d.ID)
			if out == nil {
				continue
			}
			if !out.Equal() || d.DeliveryID != 0 && out.Message != relay.MessageEqual {
				b.t.Errorf("decision %d (%s to %s, %s) is not the same again: cells %q, outcome %q, message %s",
					d.ID, d.Kind, d.Party, d.Stage, out.Cells, out.Outcome, out.Message)
			}
		}
	}
	return n
}

func (b *bench) again(decision int64) *relay.Replayed {
	b.t.Helper()
	past, err := relay.LoadPast(context.Background(), b.store, decision)
	b.check(err)
	desk := *b.gateway.Current().Relay
	desk.Policy = nil // the decision's own counts
	out, err := desk.Replay(past)
	if err != nil {
		b.t.Errorf("decision %d: %v", decision, err)
		return nil
	}
	return out
}

// TestCase_180_ReplayAYearLater: the decisions come out bit-equal although
// policy, parties, conditions and stage have changed since.
func TestCase_180_ReplayAYearLater(t *testing.T) {
	b, answerTo := consented(t)
	b.acknowledge(b.deliveries("isp-r")[0])
	b.now = b.now.AddDate(1, 0, 0)
	b.send(letter{from: "cert@example.co.jp", to: answerTo, text: "conditions: minimal\n", signer: b.keys["cert-u"]})
	now := *b.gateway.Current()
	for _, p := range now.Parties.All {
		changed := *p
		changed.Name, changed.Networks = "Another name", nil
		var err error
		now.Parties, err = relay.NewParties([]*relay.Party{&changed})
		b.check(err)
	}
	b.gateway.Use(&now)
	if n := b.replay(); n < 6 {
		t.Errorf("%d decisions, want receipt, question, two notices and what followed", n)
	}
}

// TestReplayTellsAChange: a table that was altered, and inputs that were, do
// not pass for what was decided.
func TestReplayTellsAChange(t *testing.T) {
	b, _ := consented(t)
	b.acknowledge(b.deliveries("isp-r")[0])
	all := b.deliveries("isp-r")
	id := all[len(all)-1].DecisionID
	past := func(change func(*relay.Past)) *relay.Replayed {
		t.Helper()
		p, err := relay.LoadPast(context.Background(), b.store, id)
		b.check(err)
		change(p)
		out, err := b.gateway.Current().Relay.Replay(p)
		b.check(err)
		return out
	}
	for name, c := range map[string]struct {
		change              func(*relay.Past)
		cells, out, message bool
	}{
		"nothing": {change: func(*relay.Past) {}},
		"one cell": {cells: true, change: func(p *relay.Past) {
			p.Decision.Cells = json.RawMessage(strings.Replace(string(p.Decision.Cells), `"action":"mask"`, `"action":"keep"`, 1))
			p.Decision.CellsDigest = store.DigestOf(p.Decision.Cells)
		}},
		"the policy": {cells: true, message: true, change: func(p *relay.Past) {
			p.Policy += "third_party_in_as_is_logs = \"allow\"\n"
		}},
		"the stage": {cells: true, message: true, change: func(p *relay.Past) { p.Decision.Stage = store.FirstContact }},
		"the time": {message: true, change: func(p *relay.Past) {
			var in map[string]any
			b.check(json.Unmarshal(p.Decision.Inputs, &in))
			in["now"] = b.now.Add(time.Hour)
			text, err := json.Marshal(in)
			b.check(err)
			p.Decision.Inputs = text
		}},
		"the outcome": {out: true, change: func(p *relay.Past) { p.Decision.Refusal = "held" }},
	} {
		out := past(c.change)
		if (len(out.Cells) > 0) != c.cells || (len(out.Outcome) > 0) != c.out || (out.Message == relay.MessageDiffers) != c.message {
			t.Errorf("%s changed: cells %q, outcome %q, message %s", name, out.Cells, out.Outcome, out.Message)
		}
	}
}
