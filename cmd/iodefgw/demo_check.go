package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"iodefgw/store"
)

// demoCheck compares what came of the mails with what should have come of them.
type demoCheck struct {
	d       *demo
	r       *demoResult
	met     int
	against []string // what was not as expected
}

func (c *demoCheck) expect(met bool, format string, args ...any) {
	if met {
		c.met++
		return
	}
	c.against = append(c.against, fmt.Sprintf(format, args...))
}

// verdict says whether all went as it should; if not, it is errFindings.
func (d *demo) verdict(ctx context.Context, r *demoResult) error {
	c := &demoCheck{d: d, r: r}
	for _, m := range d.mails {
		c.mail(m)
	}
	for _, t := range r.tickets {
		c.ticket(t)
	}
	c.folders()
	c.letters()
	c.secrets()
	c.moved()
	if err := c.database(ctx); err != nil {
		return err
	}
	d.tell.heading("Was it as it should be?")
	for _, a := range c.against {
		d.tell.line("no", red, "%s", a)
	}
	if len(c.against) > 0 {
		d.tell.line("result", red, "%d expectations were met, %d were not", c.met, len(c.against))
		return errFindings
	}
	d.tell.line("yes", green, "all %d expectations were met", c.met)
	return nil
}

// mail checks the verdict on one mail and the ticket that it went to.
func (c *demoCheck) mail(m *demoMail) {
	got, ok := c.r.mail(m)
	c.expect(ok, "mail %q never came in", m.name)
	if !ok {
		return
	}
	state := store.MailHeld
	if m.expects.accepted() {
		state = store.MailAccepted
	}
	c.expect(got.State == state, "mail %q is %s and not %s", m.name, got.State, state)
	c.expect(len(got.Reasons) > 0 && got.Reasons[0] == m.expects.reason, "mail %q: the reasons are %q and not first %q", m.name, got.Reasons, m.expects.reason)
	ticket := c.r.ticketOf(got.ID)
	c.expect((ticket.ID != 0) == m.expects.accepted(), "mail %q: its ticket is %q", m.name, ticket.Number)
	if !m.expects.accepted() {
		return
	}
	for _, other := range c.d.mails {
		if first, ok := c.r.mail(other); ok && other.expects.accepted() {
			same := c.r.ticketOf(first.ID).ID == ticket.ID
			c.expect(same == (other.expects.ticket == m.expects.ticket), "mails %q and %q: one ticket is %t", m.name, other.name, same)
		}
	}
	c.expect(string(ticket.State) == m.expects.state, "mail %q: ticket %s is %s and not %s", m.name, ticket.Number, ticket.State, m.expects.state)
}

// ticket checks that exactly the expected messages of it were sent.
func (c *demoCheck) ticket(t store.Ticket) {
	var want, got []string
	for _, m := range c.d.mails {
		if s, ok := c.r.mail(m); ok && c.r.ticketOf(s.ID).ID == t.ID {
			want = append(want, m.expects.sent...)
		}
	}
	for _, dec := range c.r.decisions {
		if dec.TicketID != t.ID {
			continue
		}
		v, queued := c.r.deliveries[dec.DeliveryID]
		c.expect(queued && v.State == store.Sent, "%s: the %s to %s %s is not sent: %s%s", t.Number, dec.Kind, dec.Party, dec.Stage, dec.Refusal, v.State)
		c.expect(dec.Scan == "clean" && dec.Twin == "equal", "%s: the %s to %s was not proved", t.Number, dec.Kind, dec.Party)
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s", dec.Party, dec.Kind, dec.Stage)))
	}
	slices.Sort(want)
	slices.Sort(got)
	c.expect(slices.Equal(want, got), "%s: sent were %q, expected were %q", t.Number, got, want)
}

// folders checks that each message that was sent lies in its party's Maildir,
// once and no other, signed by the gateway, and encrypted for those with a key.
func (c *demoCheck) folders() {
	lie := map[string]int{}
	for _, l := range c.r.letters {
		lie[l.party.ID+" "+l.messageID]++
		signed := len(l.opened.Signatures) == 1 && l.opened.Signatures[0].Good()
		c.expect(signed, "a mail to %s is not signed by the gateway", l.party.ID)
		c.expect(l.opened.Encrypted == (len(l.party.Keys) > 0), "a mail to %s: encrypted is %t", l.party.ID, l.opened.Encrypted)
	}
	for _, v := range c.r.deliveries {
		if v.State != store.Sent {
			continue
		}
		at := v.Party + " " + v.MessageID
		c.expect(lie[at] == 1, "delivery %d to %s lies %d times in its Maildir", v.ID, v.Party, lie[at])
		delete(lie, at)
	}
	c.expect(len(lie) == 0, "%d mails lie in Maildirs that the database does not know", len(lie))
}

// letters checks what the notices of the first two reports say.
func (c *demoCheck) letters() {
	for i, m := range c.d.mails[:2] {
		mail, _ := c.r.mail(m)
		report, ok := c.r.report(mail.ID)
		if !ok {
			continue // told before
		}
		lines := strings.Split(m.input.Log, "\n")
		for _, party := range m.expects.to() {
			for _, v := range c.r.told(report, party) {
				l := c.r.letter(v)
				if l == nil || len(l.incidents) != 1 {
					c.expect(false, "delivery %d to %s holds no incident", v.ID, party)
					continue
				}
				log := logLines(l.incidents[0])
				switch {
				case v.Stage == store.FirstContact:
					c.expect(len(log) == 0, "%s hears of the log at first contact", party)
					c.expect(!c.says(l, "203.0.113.", "example.co.jp"), "%s hears of cert-u's hosts at first contact", party)
				case i == 0:
					c.expect(len(log) >= 2 && slices.Equal(log[:2], lines[:2]), "%s does not get the log as it is", party)
					c.expect(!c.says(l, demoThird), "%s hears of a third party", party)
				default:
					c.expect(len(log) > 0 && log[0] == lines[0], "%s does not get the harmless line of the log", party)
				}
			}
		}
	}
}

// secrets checks that nothing left that must not.
func (c *demoCheck) secrets() {
	for _, m := range c.d.mails {
		mail, _ := c.r.mail(m)
		ticket := c.r.ticketOf(mail.ID)
		for _, l := range c.r.letters {
			switch {
			case m.name == "hide-my-ip" && c.of(l, ticket):
				c.expect(!c.says(l, "203.0.113.", "203-0-113-"), "a mail to %s on %s names the address that cert-u hides", l.party.ID, ticket.Number)
			case !m.expects.accepted():
				for _, a := range m.input.Sources {
					c.expect(!c.says(l, a.String()), "a mail to %s tells of mail %q, which is held", l.party.ID, m.name)
				}
			}
		}
	}
}

// of reports whether a letter is on a ticket.
func (c *demoCheck) of(l *demoReading, t store.Ticket) bool {
	for _, v := range c.r.deliveries {
		if v.MessageID == l.messageID && v.TicketID == t.ID {
			return true
		}
	}
	return false
}

func (c *demoCheck) says(l *demoReading, words ...string) bool {
	content := l.content()
	return slices.ContainsFunc(words, func(w string) bool { return bytes.Contains(content, []byte(w)) })
}

// moved checks that each mail went to the folder of its state.
func (c *demoCheck) moved() {
	held := 0
	for _, m := range c.r.mails {
		if m.State == store.MailHeld {
			held++
		}
	}
	m := &c.d.site.config.IMAP
	c.expect(c.d.inbox.count("INBOX") == 0, "%d mails are still in the INBOX", c.d.inbox.count("INBOX"))
	c.expect(c.d.inbox.count(m.Held) == held, "%d mails lie in %s, %d are held", c.d.inbox.count(m.Held), m.Held, held)
	c.expect(c.d.inbox.count(m.Processed) == len(c.r.mails)-held, "%d mails lie in %s", c.d.inbox.count(m.Processed), m.Processed)
}

// database checks what the store promises: digests, proofs, evidence, audit chain.
func (c *demoCheck) database(ctx context.Context) error {
	problems, err := c.d.daemon.store.Fsck(ctx, nil)
	if err != nil {
		return err
	}
	c.expect(len(problems) == 0, "the database breaks %d promises", len(problems))
	for _, p := range problems {
		c.expect(false, "the database: %s %s: %s", p.Rule, p.Subject, p.Text)
	}
	return nil
}
