package mailgw

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"iodefgw/mailgw/message"
	"iodefgw/relay"
	"iodefgw/store"
)

// TestCase_182_EmbargoEnds: when the day comes that more may be told, it is told,
// though nobody has written: once, with the approval that the policy asks for,
// however often the gateway starts, and also if it was down on that day.
func TestCase_182_EmbargoEnds(t *testing.T) {
	const (
		notice = "isp-r notice first-contact "
		until  = "[[rule]]\nwhen = { until = 2026-11-20 }\nset = { time = \"generalise:hour\" }\n"
		from   = "[[rule]]\nwhen = { stage = [\"first-contact\"], not_before = 2026-11-21 }\nset = { \"mine:address\" = \"keep\" }\n"
		as     = "-----BEGIN DISCLOSURE CONDITIONS-----\nconditions: minimal\nstage: first-contact\nmy-addresses: keep\n-----END DISCLOSURE CONDITIONS-----\n"
	)
	for name, c := range map[string]struct {
		policy string
		days   int
		told   string // what only the second notice tells; none if empty
		left   string
	}{
		"a ceiling has ended":      {auto + until, 1, "03:14:07", "queued"},
		"the gateway was down":     {auto + until, 9, "03:14:07", "queued"},
		"more begins":              {auto + from, 1, "203.0.113.25", "queued"},
		"an operator looks":        {"version = 1\n" + until, 1, "03:14:07", "awaiting-approval"},
		"the day before":           {auto + until, 0, "", ""},
		"a ceiling begins instead": {auto + strings.ReplaceAll(until, "until = 2026-11-20", "not_before = 2026-11-21"), 1, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, examples+"/parties.toml", c.policy, "cert-u")
			b.report(as)
			for _, d := range b.deliveries("isp-r") {
				if d.State == store.AwaitingApproval {
					_, err := b.store.Approve(t.Context(), d.ID, "alice", d.Digest)
					b.check(err)
				}
			}
			b.deliver()
			b.check(b.gateway.PlanAnew(t.Context()))
			wantKinds(t, b.deliveries("isp-r"), notice+"sent")
			b.now = b.now.AddDate(0, 0, c.days)
			woken := 0
			b.gateway.Queued = func() { woken++ }
			for range 3 { // as many starts
				b.check(b.gateway.PlanAnew(t.Context()))
				b.now = b.now.Add(time.Hour)
			}
			all := b.deliveries("isp-r")
			if c.told == "" {
				wantKinds(t, all, notice+"sent")
				return
			}
			wantKinds(t, all, notice+"sent", notice+c.left)
			if first, second := letterOf(all[0]), letterOf(all[1]); strings.Contains(first, c.told) || !strings.Contains(second, c.told) {
				t.Errorf("%s is told when the embargo ends, and only then:\n%s\n%s", c.told, first, second)
			}
			if woken != 1 {
				t.Errorf("the queue was told %d times", woken)
			}
			last, err := b.store.LastEvent(t.Context(), embargoes)
			if err != nil || !strings.Contains(last.Detail, `"tickets":1`) {
				t.Errorf("the audit says %s, %v", last.Detail, err)
			}
			b.fsck()
		})
	}
}

// TestEmbargoEndsForNobodyHeld: a ticket that somebody asked to stop, and one
// that is closed, stay as they are.
func TestEmbargoEndsForNobodyHeld(t *testing.T) {
	for _, state := range []store.TicketState{store.TicketHeld, store.TicketClosed} {
		b := newBench(t, examples+"/parties.toml", auto+"[[rule]]\nwhen = { until = 2026-11-20 }\nset = { time = \"generalise:hour\" }\n", "cert-u")
		b.report("conditions: minimal\n")
		b.deliver()
		b.check(b.store.SetTicket(t.Context(), 1, store.TicketOpen, state, "alice", "wait"))
		before, err := b.store.Decisions(t.Context(), 1, "")
		b.check(err)
		b.now = b.now.AddDate(0, 0, 1)
		b.check(b.gateway.PlanAnew(t.Context()))
		after, err := b.store.Decisions(t.Context(), 1, "")
		b.check(err)
		if len(after) != len(before) {
			t.Errorf("%s: %d decisions more", state, len(after)-len(before))
		}
	}
}

// TestEmbargoOpensNoClosedTicket: whom nobody knew when a ticket was closed is
// told nothing of it because a date has come.
func TestEmbargoOpensNoClosedTicket(t *testing.T) {
	for _, closed := range []bool{false, true} {
		b := newBench(t, examples+"/parties.toml", auto+"[[rule]]\nwhen = { until = 2026-11-20 }\nset = { time = \"generalise:hour\" }\n", "cert-u")
		var known []netip.Prefix
		b.use("", func(p *relay.Party) {
			if p.ID == "isp-r" {
				known, p.Networks = p.Networks, nil
			}
		})
		b.report("conditions: minimal\n")
		wantKinds(t, b.deliveries("isp-r"))
		if closed {
			b.closeTicket()
		}
		b.use("", func(p *relay.Party) {
			if p.ID == "isp-r" {
				p.Networks = known
			}
		})
		b.now = b.now.AddDate(0, 0, 1)
		b.check(b.gateway.PlanAnew(t.Context()))
		if got := len(b.deliveries("isp-r")); (got == 0) != closed {
			t.Errorf("closed %v: %d messages", closed, got)
		}
	}
}

// TestEmbargoCarriesLoopMarks: what is told later carries the marks that the
// report came with.
func TestEmbargoCarriesLoopMarks(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto+"[[rule]]\nwhen = { until = 2026-11-20 }\nset = { time = \"generalise:hour\" }\n", "cert-u")
	raw := b.bytes(letter{from: "cert@example.co.jp", text: "conditions: minimal\n", document: document(t), signer: b.keys["cert-u"]})
	const mark = "0123456789abcdef01234567.0123456789abcdef"
	b.take(append([]byte("X-Iodefgw-Loop: "+mark+"\r\n"), raw...))
	b.deliver()
	b.now = b.now.AddDate(0, 0, 1)
	b.check(b.gateway.PlanAnew(t.Context()))
	all := b.deliveries("isp-r")
	if len(all) != 2 || !strings.Contains(plain(all[1]), mark) {
		t.Errorf("%d notices, the last without the mark:\n%s", len(all), plain(all[len(all)-1]))
	}
}

// letterOf is the text of a message as its reader sees it.
func letterOf(d store.Delivery) string { return message.Parse([]byte(plain(d))).Root.PlainText() }
