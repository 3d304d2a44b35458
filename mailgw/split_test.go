package mailgw

import (
	"slices"
	"strings"
	"testing"
	"time"

	"iodefgw/store"
)

// TestCase_92_WordsStayWithTheirReports: what a requester said of one of its
// reports does not open another by a merge, and its stop of one is not undone by
// what it said of the other.
func TestCase_92_WordsStayWithTheirReports(t *testing.T) {
	second := document(t, expectation, "", "4711", "4712", "198.51.100.77", "198.51.100.78", "port 40122", "port 40999")
	start := func(t *testing.T, conditions string) (b *bench, asked string) {
		b = newBench(t, examples+"/parties.toml", auto, "cert-u", "isp-r")
		b.send(letter{from: "cert@example.co.jp", text: "see attachment\n", document: document(t, expectation, ""), signer: b.keys["cert-u"]})
		asked = replyTo(t, b.deliveries("cert-u")[1])
		b.send(letter{from: "cert@example.co.jp", text: conditions, document: second, signer: b.keys["cert-u"]})
		return b, asked
	}
	tells := func(b *bench, text string) bool {
		b.t.Helper()
		b.answers("We have it.\n", true)
		all := b.deliveries("isp-r")
		return strings.Contains(plain(all[len(all)-1]), text)
	}
	t.Run("a grant", func(t *testing.T) {
		b, asked := start(t, "conditions: minimal\n")
		b.send(letter{from: "cert@example.co.jp", to: asked, text: "conditions: forward-log-as-is\n", signer: b.keys["cert-u"]})
		b.deliver()
		b.merge(1, 2)
		if !tells(b, "port 40122") || tells(b, "port 40999") {
			t.Errorf("the log of the second is told, or that of the first is not: %v", kinds(b.deliveries("isp-r")))
		}
		b.fsck()
	})
	t.Run("a stop", func(t *testing.T) {
		b, asked := start(t, "see attachment\n")
		b.send(letter{from: "cert@example.co.jp", to: asked, text: "Please do not pass it on, stop.\n"})
		if b.ticket(1).State != store.TicketHeld {
			t.Fatalf("ticket 1 is %s", b.ticket(1).State)
		}
		mine := b.deliveries("cert-u")
		i := slices.IndexFunc(mine, func(d store.Delivery) bool { return d.Kind == store.KindQuestion && d.TicketID == 2 })
		b.send(letter{from: "cert@example.co.jp", to: replyTo(t, mine[i]), text: "conditions: hide-my-ip\n", signer: b.keys["cert-u"]})
		wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact queued")
		b.merge(1, 2)
		s, err := b.gateway.Current().Situation(t.Context(), b.store, 2)
		b.check(err)
		if !s.Held || !slices.Equal(s.Stopped, []string{"cert-u"}) {
			t.Errorf("held %v, stopped by %q", s.Held, s.Stopped)
		}
		b.fsck()
	})
}

// TestCase_92_SplitThroughMail: a report that is split off is told under a number
// of its own, from the start; what its requester says to its old address stops it
// too, and opens nothing elsewhere.
func TestCase_92_SplitThroughMail(t *testing.T) {
	b := newBench(t, examples+"/4-two-reporters/parties.toml", auto, "cert-u", "org-v", "csirt-n", "isp-r")
	conditions := string(readFile(t, examples, "4-two-reporters", "cert-u-conditions.txt"))
	b.send(letter{from: "cert@example.co.jp", text: "see attachment\n", document: document(t, expectation, ""), signer: b.keys["cert-u"]})
	asked := replyTo(t, b.deliveries("cert-u")[1])
	b.send(letter{from: "ir@org-v.example", text: "conditions: minimal\n", document: readFile(t, examples, "4-two-reporters", "org-v-report.xml"), signer: b.keys["org-v"]})
	b.send(letter{from: "cert@example.co.jp", text: "conditions: hide-my-ip\n", document: document(t, "4711", "4712", "port 40122", "port 40999"), signer: b.keys["cert-u"]})
	b.acknowledge(b.deliveries("isp-r")[0])
	b.deliver()
	rows, err := b.store.Reports(t.Context(), 1)
	b.check(err)
	if len(rows) != 3 {
		t.Fatalf("%d reports on ticket 1", len(rows))
	}
	out := b.split(1, rows[0].ID)
	if b.stage(out.TicketID, "isp-r") != "" || b.stage(1, "isp-r") != store.Acknowledged {
		t.Errorf("stages %q and %q", b.stage(out.TicketID, "isp-r"), b.stage(1, "isp-r"))
	}

	// cert-u has a report on either ticket. What it says to the old address counts on the old one.
	b.now = b.now.Add(time.Minute)
	b.send(letter{from: "cert@example.co.jp", to: asked, text: conditions, signer: b.keys["cert-u"]})
	if k := b.ticket(out.TicketID); k.State != store.TicketHeld {
		t.Errorf("the report that was split off is %s: a stop would have been lost", k.State)
	}
	mine := b.deliveries("cert-u")
	question := mine[len(mine)-1]
	if question.Kind != store.KindQuestion || question.TicketID != out.TicketID || !strings.Contains(plain(question), rows[0].Number) || strings.Contains(plain(question), out.Number) {
		t.Fatalf("cert-u is not asked about it by its number: %v\n%s", kinds(mine), plain(question))
	}
	b.send(letter{from: "cert@example.co.jp", to: replyTo(t, question), text: "conditions: hide-my-ip\n", signer: b.keys["cert-u"]})
	b.deliver()
	all := b.deliveries("isp-r")
	last := all[len(all)-1]
	if last.TicketID != out.TicketID || last.Stage != store.FirstContact || !strings.Contains(plain(last), out.Number) || b.ticket(out.TicketID).State != store.TicketOpen {
		t.Errorf("isp-r is told of it: %v\n%s", kinds(all), plain(last))
	}
	b.acknowledge(last)
	if b.stage(out.TicketID, "isp-r") != store.Acknowledged {
		t.Errorf("its answer brings it to %s", b.stage(out.TicketID, "isp-r"))
	}
	all = b.deliveries("isp-r")
	if told := plain(all[len(all)-1]); strings.Contains(told, "40999") || strings.Contains(told, "203.0.113") || !strings.Contains(told, "40122") {
		t.Errorf("the notice of the new ticket:\n%s", told)
	}

	// When all of a requester's reports have gone, its old address speaks for them there.
	stay, err := b.store.CurrentReports(t.Context(), 1)
	b.check(err)
	third := b.split(1, stay[1].ID)
	b.send(letter{from: "cert@example.co.jp", to: asked, text: "conditions: no-relay\n", signer: b.keys["cert-u"]})
	for _, id := range []int64{out.TicketID, third.TicketID} {
		said, err := b.store.Consents(t.Context(), id)
		b.check(err)
		if len(said) == 0 || strings.TrimSpace(said[len(said)-1].Conditions) != "conditions: no-relay" {
			t.Errorf("ticket %d has heard %+v", id, said)
		}
	}
	if said, err := b.store.Consents(t.Context(), 1); err != nil || len(said) != 0 {
		t.Errorf("ticket 1 has heard %+v, %v", said, err)
	}
	b.fsck()
}
