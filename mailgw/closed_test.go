package mailgw

import (
	"context"
	"strings"
	"testing"
	"time"

	"iodefgw/store"
)

// update is cert-u's report once more, changed later.
func (b *bench) update() Disposition {
	b.t.Helper()
	b.now = b.now.Add(time.Hour)
	document := strings.Replace(string(readFile(b.t, examples, "report.xml")), "<GenerationTime>2026-11-20T0", "<GenerationTime>2026-11-21T0", 1)
	return b.send(letter{from: "cert@example.co.jp", subject: "Incident report, more", text: "conditions: forward-log-as-is\n",
		document: []byte(document), signer: b.keys["cert-u"]})
}

func (b *bench) closeTicket() {
	b.t.Helper()
	b.check(b.store.SetTicket(context.Background(), 1, b.ticket(1).State, store.TicketClosed, "alice", "done"))
}

// TestCase_175_ClosedTicket: on a closed ticket an answer is told nothing more.
// It waits for a person, who can open the ticket and have it count; the
// recipient has begun anew by then.
func TestCase_175_ClosedTicket(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	b.report("conditions: forward-log-as-is\n")
	first := b.deliveries("isp-r")[0]
	b.acknowledge(first)
	wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact sent", "isp-r notice acknowledged queued")
	b.closeTicket()
	wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact sent", "isp-r notice acknowledged cancelled")
	if s := b.stage(1, "isp-r"); s != store.Closed {
		t.Errorf("on a closed ticket the recipient is at %s", s)
	}
	if d := b.acknowledge(first); d != Held || b.last().Reasons[0] != TagTicketClosed {
		t.Fatalf("an answer on a closed ticket became %s, %v", d, b.last().Reasons)
	}
	wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact sent", "isp-r notice acknowledged cancelled")

	state, err := b.store.ReopenTicket(t.Context(), 1, "alice", "goes on")
	if b.check(err); state != store.TicketOpen || b.stage(1, "isp-r") != store.FirstContact {
		t.Errorf("reopened: %s, the recipient at %s", state, b.stage(1, "isp-r"))
	}
	b.check(b.store.Recheck(t.Context(), b.last().ID, "alice", ""))
	b.check(b.gateway.Sweep(t.Context()))
	if b.last().State != store.MailRecorded || b.stage(1, "isp-r") != store.Acknowledged {
		t.Errorf("after the recheck the mail is %s and the recipient at %s", b.last().State, b.stage(1, "isp-r"))
	}
	wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact sent", "isp-r notice acknowledged cancelled", "isp-r notice acknowledged queued")
	b.fsck()
}

// TestUpdateReopensClosedTicket: an update of a closed incident is taken to its
// ticket, which goes on; what it tells, it tells from the first stage on.
func TestUpdateReopensClosedTicket(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	b.report("conditions: forward-log-as-is\n")
	b.acknowledge(b.deliveries("isp-r")[0])
	b.deliver()
	b.closeTicket()
	if d := b.update(); d != Processed {
		t.Fatalf("the update became %s, %v", d, b.last().Reasons)
	}
	if now := b.ticket(1); now.State != store.TicketOpen || b.stage(1, "isp-r") != store.FirstContact {
		t.Errorf("the ticket is %s, the recipient at %s", now.State, b.stage(1, "isp-r"))
	}
	tickets, err := b.store.Tickets(t.Context(), store.TicketFilter{})
	if b.check(err); len(tickets) != 1 {
		t.Errorf("%d tickets", len(tickets))
	}
	all, err := b.store.Decisions(t.Context(), 1, "isp-r")
	b.check(err)
	for _, d := range all {
		if d.Stage == store.Closed {
			t.Errorf("decision %d takes the recipient as done with the ticket", d.ID)
		}
	}
	for _, d := range b.deliveries("isp-r")[2:] {
		if d.Stage != store.FirstContact {
			t.Errorf("delivery %d tells it at %s", d.ID, d.Stage)
		}
	}
	b.fsck()
}

// TestStopOutlivesClosing: a requester that asked to stop is not overheard
// because the ticket was closed meanwhile: neither when it is opened again nor
// when an update opens it. What it says on a closed ticket is kept.
func TestStopOutlivesClosing(t *testing.T) {
	for _, name := range []string{"stopped before", "stopped while closed"} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, examples+"/parties.toml", auto, "cert-u")
			b.report("conditions: ask-me\n")
			b.deliver()
			all := b.deliveries("cert-u")
			stop := letter{from: "cert@example.co.jp", to: replyTo(t, all[len(all)-1]), subject: "Re: question", text: "Stop, please do not forward anything.\n"}
			if name == "stopped before" {
				b.send(stop)
				if s := b.ticket(1).State; s != store.TicketHeld {
					t.Fatalf("a stop leaves the ticket %s", s)
				}
			}
			b.closeTicket()
			if name == "stopped while closed" {
				b.send(stop)
				if s := b.ticket(1).State; s != store.TicketClosed {
					t.Fatalf("a stop has made the closed ticket %s", s)
				}
			}
			state, err := b.store.ReopenTicket(t.Context(), 1, "alice", "look again")
			if b.check(err); state != store.TicketHeld {
				t.Errorf("reopened it is %s", state)
			}
			b.closeTicket()
			b.now = b.now.Add(time.Hour)
			b.send(letter{from: "cert@example.co.jp", text: "see attachment\n", document: document(t, generatedAt, generatedLater), signer: b.keys["cert-u"]})
			if now := b.ticket(1); now.State != store.TicketHeld {
				t.Errorf("an update that does not say how to go on has made it %s", now.State)
			}
			b.fsck()
		})
	}
}

// TestAnswerOnPurgedTicket: of a purged ticket nothing is left; what is sent to
// an address of it is for a person, and a document a report as any.
func TestAnswerOnPurgedTicket(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u", "isp-r")
	b.report("conditions: minimal\n")
	b.deliver()
	first := b.deliveries("isp-r")[0]
	b.closeTicket()
	b.now = b.now.Add(time.Hour)
	gone, err := b.store.Purge(t.Context(), "gateway", store.Retention{Mails: b.now, Tickets: b.now})
	if b.check(err); gone != (store.Purged{Mails: 1, Tickets: 1}) {
		t.Fatalf("purged %+v", gone)
	}
	if d := b.send(letter{from: "abuse@isp-r.example", to: replyTo(t, first), subject: "Re: notice", text: "We have it.\n", signer: b.keys["isp-r"]}); d != Held {
		t.Errorf("the answer became %s, %v", d, b.last().Reasons)
	}
	if d := b.report("conditions: minimal\n"); d != Held && d != Processed {
		t.Errorf("the report again became %s", d)
	}
	b.update()
	tickets, err := b.store.Tickets(t.Context(), store.TicketFilter{})
	if b.check(err); len(tickets) < 2 || tickets[0].State != store.TicketClosed {
		t.Errorf("an update of what was purged opens no ticket of its own: %+v", tickets)
	}
	problems, err := b.store.Fsck(t.Context(), nil)
	if b.check(err); len(problems) > 0 {
		t.Errorf("fsck: %+v", problems)
	}
}

// TestCase_119_SignedByAProgram: what a ticket system signs and sends by itself
// is no answer. It waits for a person, who can have it count.
func TestCase_119_SignedByAProgram(t *testing.T) {
	for _, mark := range []string{"", "Precedence: bulk\r\n", "X-OTRS-Loop: queue\r\n", "List-Id: <cert.isp-r.example>\r\n"} {
		b := newBench(t, examples+"/parties.toml", auto, "cert-u", "isp-r")
		b.report("conditions: forward-log-as-is\n")
		b.deliver()
		first := b.deliveries("isp-r")[0]
		raw := b.bytes(letter{from: "abuse@isp-r.example", to: replyTo(t, first), subject: "Re: your notice", text: "We have it as ABUSE-99.\n", inReplyTo: first.MessageID, signer: b.keys["isp-r"]})
		d := b.take(append([]byte(mark), raw...))
		if mark == "" {
			if d != Processed || b.stage(1, "isp-r") != store.Authenticated {
				t.Errorf("a person's answer became %s, %v, the recipient is at %s", d, b.last().Reasons, b.stage(1, "isp-r"))
			}
			continue
		}
		if d != Held || b.last().Reasons[0] != TagAutomatic || b.stage(1, "isp-r") != store.FirstContact {
			t.Errorf("%q: became %s, %v, the recipient is at %s", mark, d, b.last().Reasons, b.stage(1, "isp-r"))
		}
		b.check(b.store.Release(t.Context(), b.last().ID, "alice", "read it"))
		b.check(b.gateway.Sweep(t.Context()))
		if b.last().State != store.MailRecorded || b.stage(1, "isp-r") != store.Authenticated {
			t.Errorf("%q: released, the mail is %s and the recipient at %s", mark, b.last().State, b.stage(1, "isp-r"))
		}
		b.fsck()
	}
}
