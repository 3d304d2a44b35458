package mailgw

import (
	"slices"
	"strings"
	"testing"
	"time"

	"iodefgw/relay"
	"iodefgw/store"
)

// two is a bench with two tickets: cert-u's report of one machine of isp-r, and
// org-v's of another.
func two(t *testing.T, certU, orgV string) *bench {
	t.Helper()
	b := newBench(t, examples+"/4-two-reporters/parties.toml", auto, "cert-u", "org-v", "csirt-n", "isp-r")
	b.send(letter{from: "cert@example.co.jp", text: certU, document: document(t), signer: b.keys["cert-u"]})
	b.now = b.now.Add(time.Minute)
	b.send(letter{from: "ir@org-v.example", text: orgV, document: ofOrgV(t), signer: b.keys["org-v"]})
	b.now = b.now.Add(time.Minute)
	if tickets, err := b.store.Tickets(t.Context(), store.TicketFilter{}); err != nil || len(tickets) != 2 {
		t.Fatalf("tickets %+v, %v", tickets, err)
	}
	return b
}

func ofOrgV(t *testing.T) []byte {
	return []byte(strings.ReplaceAll(string(readFile(t, examples, "4-two-reporters", "org-v-report.xml")), "198.51.100.77", "198.51.100.78"))
}

func (b *bench) ticket(id int64) store.Ticket {
	b.t.Helper()
	k, err := b.store.TicketByID(b.t.Context(), id)
	b.check(err)
	return k
}

// merge does it, and expects that nothing is sent, planned or queued by it.
func (b *bench) merge(from, into int64) {
	b.t.Helper()
	b.quietly(func() {
		_, err := b.store.Merge(b.t.Context(), b.ticket(from), b.ticket(into), "alice", "one incident")
		b.check(err)
	}, from, into)
}

func (b *bench) split(from int64, reports ...int64) store.Moved {
	b.t.Helper()
	var out store.Moved
	b.quietly(func() {
		rows, err := b.store.Reports(b.t.Context(), from)
		b.check(err)
		sources, err := Sources(rows)
		b.check(err)
		out, err = b.store.Split(b.t.Context(), b.ticket(from), reports, sources, "alice", "two incidents")
		b.check(err)
	}, from)
	return out
}

func (b *bench) quietly(do func(), tickets ...int64) {
	b.t.Helper()
	count := func() (n int) {
		tickets, err := b.store.Tickets(b.t.Context(), store.TicketFilter{})
		b.check(err)
		for _, k := range tickets {
			all, err := b.store.Decisions(b.t.Context(), k.ID, "")
			b.check(err)
			n += len(all)
		}
		return n
	}
	decisions, messages := count(), len(b.deliveries(""))
	do()
	if count() != decisions || len(b.deliveries("")) != messages {
		b.t.Errorf("%d decisions and %d messages have become %d and %d", decisions, messages, count(), len(b.deliveries("")))
	}
	for _, d := range b.deliveries("") {
		if slices.Contains(tickets, d.TicketID) && d.State == store.Queued && (d.Kind == store.KindNotice || d.Kind == store.KindAnswer) {
			b.t.Errorf("delivery %d goes out as it was decided before: %v", d.ID, kinds([]store.Delivery{d}))
		}
	}
}

// stage is how far a party has come on a ticket; "" where it is not on it.
func (b *bench) stage(ticket int64, party string) store.Stage {
	b.t.Helper()
	all, err := b.store.Recipients(b.t.Context(), ticket)
	b.check(err)
	for _, r := range all {
		if r.Party == party {
			return r.Stage
		}
	}
	return ""
}

// TestCase_92_MergeThroughMail: two reports become one ticket. Nothing leaves by
// that; an answer to an old notice brings its sender on from the lower of its
// stages, and tells it of each report what that report's conditions allow.
func TestCase_92_MergeThroughMail(t *testing.T) {
	conditions := string(readFile(t, examples, "4-two-reporters", "cert-u-conditions.txt"))
	b := two(t, conditions, "conditions: minimal\n")
	notices := b.deliveries("isp-r")
	wantKinds(t, notices, "isp-r notice first-contact queued", "isp-r notice first-contact queued")
	b.acknowledge(notices[0])
	b.deliver()
	if b.stage(1, "isp-r") != store.Acknowledged || b.stage(2, "isp-r") != store.FirstContact {
		t.Fatalf("stages %s and %s", b.stage(1, "isp-r"), b.stage(2, "isp-r"))
	}

	b.merge(2, 1)
	if b.stage(1, "isp-r") != store.FirstContact || b.stage(1, "csirt-n") != store.Trusted {
		t.Errorf("stages after the merge: %s and %s", b.stage(1, "isp-r"), b.stage(1, "csirt-n"))
	}
	before := len(b.deliveries("isp-r"))
	b.acknowledge(notices[1]) // to the address that ticket 2 gave it
	all := b.deliveries("isp-r")
	if b.stage(1, "isp-r") != store.Acknowledged {
		t.Errorf("the answer to an old address brought it to %q", b.stage(1, "isp-r"))
	}
	if len(all) != before {
		t.Errorf("it knows all it may know of both reports, and was told again:\n%s", plain(all[len(all)-1]))
	}

	// An update of either brings news, on the one ticket.
	b.now = b.now.Add(time.Minute)
	b.send(letter{from: "cert@example.co.jp", text: conditions, signer: b.keys["cert-u"], document: document(t, generatedAt, generatedLater, "port 40122", "port 40999")})
	all = b.deliveries("isp-r")
	if len(all) != before+1 {
		t.Fatalf("after the update: %v", kinds(all))
	}
	told := plain(all[before])
	for _, want := range []string{"198.51.100.77", "198.51.100.78", "port 40999", "GW#00000001"} {
		if !strings.Contains(told, want) {
			t.Errorf("%s is not told:\n%s", want, told)
		}
	}
	for _, secret := range []string{"203.0.113", "192.0.2", "GW#00000002", "refused"} {
		if strings.Contains(told, secret) {
			t.Errorf("%s is told:\n%s", secret, told)
		}
	}
	for _, d := range b.deliveries("csirt-n") {
		if strings.Contains(plain(d), "198.51.100.78") {
			t.Errorf("csirt-n is told what org-v did not give it:\n%s", plain(d))
		}
	}
	// Requesters keep their numbers, and an update of org-v's comes to the one ticket.
	b.now = b.now.Add(time.Minute)
	later := strings.ReplaceAll(string(ofOrgV(t)), "03:55:00Z", "03:59:00Z")
	b.send(letter{from: "ir@org-v.example", text: "conditions: minimal\n", signer: b.keys["org-v"], document: []byte(later)})
	for _, d := range b.deliveries("org-v") {
		if strings.Contains(plain(d), "GW#00000001") {
			t.Errorf("org-v sees that somebody else has reported:\n%s", plain(d))
		}
	}
	if reports, err := b.store.CurrentReports(t.Context(), 1); err != nil || len(reports) != 2 {
		t.Errorf("reports %+v, %v", reports, err)
	}
	b.deliver()
	told = ""
	for _, party := range []string{"cert-u", "org-v"} {
		now := b.gateway.Current()
		list, err := now.Relay.Tellings(t.Context(), b.store, b.ticket(1), party)
		b.check(err)
		for _, l := range list {
			told += party + ": " + string(l.Class) + " " + strings.Join(l.Things, ",") + "\n"
		}
	}
	if strings.Count(told, "cert-u: abuse-desk") != 3 || strings.Count(told, "org-v: abuse-desk") != 2 || strings.Contains(told, "org-v: csirt") {
		t.Errorf("the statements say\n%s", told)
	}
	b.fsck()
}

// TestCase_92_WhatWaitsIsPlannedAnew: a notice that nobody had approved was
// decided without the other's report; it is gone, and the next mail makes one
// over both. Who was on the merged ticket alone goes on from its stage, under the
// number that it knows.
func TestCase_92_WhatWaitsIsPlannedAnew(t *testing.T) {
	b := two(t, string(readFile(t, examples, "4-two-reporters", "cert-u-conditions.txt")), "conditions: minimal\n")
	b.merge(1, 2)
	wantKinds(t, b.deliveries("csirt-n"), "csirt-n notice trusted cancelled")
	wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact cancelled", "isp-r notice first-contact cancelled")
	wantKinds(t, b.deliveries("cert-u"), "cert-u ack  queued")
	later := strings.ReplaceAll(string(ofOrgV(t)), "03:55:00Z", "03:59:00Z")
	b.send(letter{from: "ir@org-v.example", text: "conditions: minimal\n", signer: b.keys["org-v"], document: []byte(later)})
	all := b.deliveries("isp-r")
	if len(all) != 3 || !strings.Contains(plain(all[2]), "198.51.100.77") || !strings.Contains(plain(all[2]), "198.51.100.78") {
		t.Errorf("%v", kinds(all))
	}
	all = b.deliveries("csirt-n")
	wantKinds(t, all, "csirt-n notice trusted cancelled", "csirt-n notice trusted queued")
	if told := plain(all[1]); !strings.Contains(told, "GW#00000001") || strings.Contains(told, "GW#00000002") {
		t.Errorf("csirt-n does not know it by this number:\n%s", told)
	}
	b.fsck()
}

// TestCase_92_RolesStayWithTheirAddresses: whoever is asked on one ticket and
// told on the other answers each address in its role: a stop is no acknowledgement.
func TestCase_92_RolesStayWithTheirAddresses(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u", "org-v")
	b.send(letter{from: "cert@example.co.jp", text: "see attachment\n", document: document(t, expectation, ""), signer: b.keys["cert-u"]})
	asked := replyTo(t, b.deliveries("cert-u")[1])
	accuses := document(t, "198.51.100.77", "203.0.113.25", "203.0.113.25", "192.0.2.9", "cert.example.co.jp", "org-v.example", "CERT-U", "Org V",
		"cert@example.co.jp", "ir@org-v.example", "www.example.co.jp", "www.org-v.example", "192.0.2.200", "192.0.2.201")
	b.send(letter{from: "ir@org-v.example", text: "conditions: minimal\n", document: accuses, signer: b.keys["org-v"]})
	b.deliver()
	if b.stage(2, "cert-u") != store.FirstContact {
		t.Fatalf("cert-u is not told on ticket 2: %v", kinds(b.deliveries("")))
	}
	b.merge(1, 2)
	b.send(letter{from: "cert@example.co.jp", to: asked, text: "Please do not pass it on, stop.\n"})
	if k := b.ticket(2); k.State != store.TicketHeld || b.stage(2, "cert-u") != store.FirstContact {
		t.Errorf("ticket 2 is %s, cert-u at %s", k.State, b.stage(2, "cert-u"))
	}
	b.fsck()
}

// TestCase_92_SumOverBoth: what the messages of both tickets tell together stops
// the next one, after a merge and after a split.
func TestCase_92_SumOverBoth(t *testing.T) {
	for _, how := range []string{"apart", "merged", "split"} {
		t.Run(how, func(t *testing.T) {
			b := two(t, "conditions: hide-my-ip\n", "conditions: minimal\n")
			b.say(2, "the target begins with 203.0.\n")
			b.say(1, "113.25 is how it ends\n")
			b.deliver()
			on, want := int64(1), relay.NotProved
			switch how {
			case "apart":
				want = ""
			case "merged":
				b.merge(2, 1)
			case "split":
				b.merge(1, 2)
				rows, err := b.store.Reports(t.Context(), 2)
				b.check(err)
				on = b.split(2, rows[0].ID).TicketID
			}
			b.now = b.now.Add(time.Minute)
			b.send(letter{from: "cert@example.co.jp", text: "conditions: hide-my-ip\n", signer: b.keys["cert-u"],
				document: document(t, generatedAt, generatedLater, "03:14:07Z", "03:14:09Z")})
			all, err := b.store.Decisions(t.Context(), on, "isp-r")
			b.check(err)
			if len(all) == 0 || all[len(all)-1].Refusal != want {
				t.Errorf("decisions %+v, want the last refused as %q", all, want)
			}
		})
	}
}

// say has isp-r told something on a ticket, past the proofs.
func (b *bench) say(ticket int64, text string) {
	b.t.Helper()
	corr, err := b.store.OnTicket(b.t.Context(), ticket)
	b.check(err)
	now := b.gateway.Current()
	_, err = b.store.Accept(b.t.Context(), store.Acceptance{Actor: "test", Verb: "test", Tickets: []store.TicketChange{{Correlation: corr, Decisions: []store.NewDecision{{
		Party: "isp-r", Kind: store.KindNotice, Stage: store.FirstContact, PolicyDigest: now.Digests.Policy, PartiesDigest: now.Digests.Parties, Scan: "clean", Twin: "equal",
		Delivery: &store.NewDelivery{From: "bounce@gw.example.org", To: "abuse@isp-r.example", MessageID: "<" + text[:3] + "@gw.example.org>",
			Bytes: []byte("MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n" + strings.ReplaceAll(text, "\n", "\r\n"))},
	}}}}})
	b.check(err)
}

// TestCase_92_SpentNames: a name that stood for a value on the merged ticket
// alone and cannot any more is known, so that it is given to no other value.
func TestCase_92_SpentNames(t *testing.T) {
	b := two(t, "conditions: minimal\n", "conditions: minimal\n")
	for id, names := range map[int64][]store.Pseudonym{
		1: {{Party: "isp-r", Class: "address", Value: "192.0.2.1", Token: "host-a"}, {Party: "isp-r", Class: "address", Value: "192.0.2.2", Token: "host-b"}},
		2: {{Party: "isp-r", Class: "address", Value: "192.0.2.2", Token: "host-a"}},
	} {
		corr, err := b.store.OnTicket(t.Context(), id)
		b.check(err)
		_, err = b.store.Accept(t.Context(), store.Acceptance{Actor: "test", Verb: "test", Tickets: []store.TicketChange{{Correlation: corr, Pseudonyms: names}}})
		b.check(err)
	}
	b.merge(1, 2)
	s, err := b.gateway.Current().Situation(t.Context(), b.store, 2)
	b.check(err)
	i := slices.IndexFunc(s.Known, func(r relay.Recipient) bool { return r.Party.ID == "isp-r" })
	want := []store.Pseudonym{{Party: "isp-r", Class: "address", Value: "192.0.2.2", Token: "host-a"}, {Party: "isp-r", Token: "host-b"}}
	if !slices.Equal(s.Known[i].Pseudonyms, want) {
		t.Errorf("names %+v, want %+v", s.Known[i].Pseudonyms, want)
	}
}
