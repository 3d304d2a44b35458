package mailgw

import (
	"strings"
	"testing"
	"time"

	"iodefgw/relay"
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

// stopIt is cert-u's word, signed or not, that nothing more is to be told.
func (b *bench) stopIt(to string) {
	b.t.Helper()
	b.send(letter{from: "cert@example.co.jp", to: to, text: "STOP. Do not forward anything.\n", signer: b.keys["cert-u"]})
	if state := b.ticket(1).State; state != store.TicketHeld {
		b.t.Fatalf("the stop made it %s", state)
	}
}

func (b *bench) staysHeld(id int64) {
	b.t.Helper()
	s, err := b.gateway.Current().Situation(b.t.Context(), b.store, id)
	b.check(err)
	if state := b.ticket(id).State; state != store.TicketHeld || !s.Held || len(s.Stopped) == 0 {
		b.t.Errorf("the ticket is %s, held %v, stopped %v", state, s.Held, s.Stopped)
	}
	for _, d := range b.deliveries("isp-r") {
		if strings.Contains(plain(d), "port 40122") {
			b.t.Errorf("the log is told: %v", kinds([]store.Delivery{d}))
		}
	}
	b.fsck()
}

// TestAStopIsAnsweredByWhatFollowsIt: a mail that was signed before somebody
// asked to stop does not end that, however late it comes or is taken up.
func TestAStopIsAnsweredByWhatFollowsIt(t *testing.T) {
	for _, as := range []string{"update", "word"} {
		for _, how := range []string{"delayed", "held"} {
			t.Run(as+" "+how, func(t *testing.T) {
				b := newBench(t, examples+"/parties.toml", auto, "cert-u", "isp-r")
				second := b.key("cert-u-2")
				b.send(letter{from: "cert@example.co.jp", text: "see attachment\n", document: document(t, expectation, ""), signer: b.keys["cert-u"]})
				question := replyTo(t, b.deliveries("cert-u")[1])
				m := letter{from: "cert@example.co.jp", text: "conditions: forward-log-as-is\n", signer: b.keys["cert-u"]}
				if how == "held" {
					m.signer = second
				}
				if as == "update" {
					m.document = document(t, generatedAt, generatedLater)
				} else {
					m.to = question
				}
				raw, held := b.bytes(m), int64(0)
				if how == "held" {
					b.take(raw)
					held = b.last().ID
				}
				b.now = b.now.Add(time.Hour)
				b.stopIt(question)
				b.now = b.now.Add(time.Hour)
				if how == "held" {
					public, err := second.Public()
					b.check(err)
					b.keep(public)
					b.use("", func(p *relay.Party) {
						if p.ID == "cert-u" {
							p.Keys = append(p.Keys, public)
						}
					})
					b.check(b.store.Recheck(t.Context(), held, "alice", "key imported"))
					b.check(b.gateway.Sweep(t.Context()))
				} else {
					b.take(raw)
				}
				b.staysHeld(1)
			})
		}
	}
}

// TestAnUpdateOfOneReportEndsNoStopOfAnother, be both on a ticket from the
// start or by a merge.
func TestAnUpdateOfOneReportEndsNoStopOfAnother(t *testing.T) {
	for _, merged := range []bool{false, true} {
		b := newBench(t, examples+"/parties.toml", auto, "cert-u", "isp-r")
		b.send(letter{from: "cert@example.co.jp", text: "conditions: forward-log-as-is\n", document: document(t), signer: b.keys["cert-u"]})
		change, id := []string{"4711", "4712", "port 40122", "port 40999"}, int64(1)
		if merged {
			change, id = append(change, "198.51.100.77", "198.51.100.78"), 2
		}
		b.send(letter{from: "cert@example.co.jp", text: "conditions: minimal\n", document: document(t, change...), signer: b.keys["cert-u"]})
		ack := b.deliveries("cert-u")[0]
		b.send(letter{from: "cert@example.co.jp", inReplyTo: ack.MessageID, text: "STOP. Do not forward anything about incident 4711.\n"})
		if merged {
			b.merge(1, 2)
		}
		b.now = b.now.Add(time.Hour)
		b.send(letter{from: "cert@example.co.jp", text: "conditions: minimal\n", document: document(t, append(change, generatedAt, generatedLater)...), signer: b.keys["cert-u"]})
		b.staysHeld(id)
	}
}

// TestCase_91_WordsThatCross: an update that was signed before its requester
// allowed less, and comes after that, waits for what the requester says.
func TestCase_91_WordsThatCross(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u", "isp-r")
	b.report("conditions: minimal\n")
	raw := b.bytes(letter{from: "cert@example.co.jp", text: "conditions: forward-log-as-is\n", document: document(t, generatedAt, generatedLater), signer: b.keys["cert-u"]})
	b.now = b.now.Add(time.Hour)
	b.send(letter{from: "cert@example.co.jp", inReplyTo: b.deliveries("cert-u")[0].MessageID, text: "conditions: no-relay\n", signer: b.keys["cert-u"]})
	b.now = b.now.Add(5 * 24 * time.Hour)
	b.take(raw)
	b.staysHeld(1)
	// Asked, it says how to go on.
	all := b.deliveries("cert-u")
	b.now = b.now.Add(time.Hour)
	b.send(letter{from: "cert@example.co.jp", to: replyTo(t, all[len(all)-1]), text: "conditions: minimal\n", signer: b.keys["cert-u"]})
	if state := b.ticket(1).State; state != store.TicketOpen {
		t.Errorf("its word leaves the ticket %s", state)
	}
	b.fsck()
}

// TestCase_92_AWordToOneOfTwoTickets: what a requester says to the address of a
// ticket is said of what it reported there; a merge that comes between takes it
// to no other report.
func TestCase_92_AWordToOneOfTwoTickets(t *testing.T) {
	for _, merge := range [][2]int64{{1, 2}, {2, 1}} {
		b := newBench(t, examples+"/parties.toml", auto, "cert-u", "isp-r")
		b.send(letter{from: "cert@example.co.jp", text: "see attachment\n", document: document(t, expectation, ""), signer: b.keys["cert-u"]})
		asked := replyTo(t, b.deliveries("cert-u")[1])
		second := document(t, expectation, "", "4711", "4712", "198.51.100.77", "198.51.100.78", "port 40122", "port 40999")
		b.send(letter{from: "cert@example.co.jp", text: "conditions: no-relay\n", document: second, signer: b.keys["cert-u"]})
		b.now = b.now.Add(time.Minute)
		b.merge(merge[0], merge[1])
		b.now = b.now.Add(time.Minute)
		b.send(letter{from: "cert@example.co.jp", to: asked, text: "conditions: forward-log-as-is\n", signer: b.keys["cert-u"]})
		b.deliver()
		b.answers("We have it.\n", true)
		text := plain(b.latest("isp-r"))
		if !strings.Contains(text, "port 40122") || strings.Contains(text, "port 40999") {
			t.Errorf("%v: the first log is told: %v, the second: %v", merge, strings.Contains(text, "port 40122"), strings.Contains(text, "port 40999"))
		}
		b.fsck()
	}
}

// TestCase_185_AMarkingLiftedForLess: a grant that lifts its requester's marking
// lifts it for what it grants, and for no override.
func TestCase_185_AMarkingLiftedForLess(t *testing.T) {
	for _, marked := range [][]string{
		{`<Incident `, `<Incident restriction="private" `}, {`<Incident `, `<Incident restriction="need-to-know" `}, {`<Record>`, `<Record restriction="private">`},
	} {
		b := newBench(t, examples+"/parties.toml", auto, "cert-u")
		b.use("", byTLS)
		b.send(letter{from: "cert@example.co.jp", text: "conditions: hide-my-ip\n", document: document(t, marked...), signer: b.keys["cert-u"]})
		if why := b.override("isp-r", worm); why == "" && strings.Contains(plain(b.latest("isp-r")), "203.0.113.25") {
			t.Errorf("%v: the override tells the address", marked)
		}
	}
}
