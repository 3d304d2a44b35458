package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"iodefgw/store"
)

// judge looks at what is left when all has come to rest.
func (c *crash) judge(kills int) {
	c.must(c.bin, "fsck", "-config", c.config())
	c.must(c.bin, "audit", "verify", "-config", c.config())
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(c.dir, "gw", "iodefgw.db"), store.Options{ReadOnly: true})
	check(c.t, err)
	defer s.Close()
	c.everyReport(ctx, s)
	c.everyTelling(ctx, s, kills)
	if text, err := os.ReadFile(c.logs.Name()); err != nil || strings.Contains(string(text), "panic") {
		c.t.Errorf("the daemon's log: %v\n%s", err, c.tail())
	}
}

// everyReport: each mail that was fed is there once and in a state that ends,
// and each answer at least once.
func (c *crash) everyReport(ctx context.Context, s *store.Store) {
	states := map[store.MailState]int{}
	known := 0
	for after := int64(0); ; {
		mails, err := s.Mails(ctx, store.MailFilter{After: after, Limit: 1000})
		check(c.t, err)
		if len(mails) == 0 {
			break
		}
		for _, m := range mails {
			after = m.ID
			states[m.State]++
			if c.fed[m.Digest] {
				known++
			}
		}
	}
	c.again = states[store.MailRecorded] - len(c.answered)
	// One mail is the hello that nobody signed.
	if known != len(c.fed) || states[store.MailAccepted] != len(c.fed)-1 || states[store.MailHeld] != 1 ||
		states[store.MailRecorded] < len(c.answered) || len(states) > 3 || len(states) < 3 && len(c.answered) > 0 {
		c.t.Errorf("%d mails fed, %d of them there, in states %v", len(c.fed), known, states)
	}
}

// everyTelling: each report was told to whom it concerns, and what the gateway
// says of each delivery is what lies in the mailboxes.
func (c *crash) everyTelling(ctx context.Context, s *store.Store, kills int) {
	arrived := c.arrivals()
	kinds := map[int64]map[store.DeliveryKind]int{}
	states := map[store.DeliveryState]int{}
	answered := map[int64]bool{}
	doubted, twice, sent := 0, 0, 0
	for after := int64(0); ; {
		deliveries, err := s.Deliveries(ctx, store.DeliveryFilter{After: after, Limit: 1000})
		check(c.t, err)
		if len(deliveries) == 0 {
			break
		}
		for _, d := range deliveries {
			after = d.ID
			states[d.State]++
			if kinds[d.TicketID] == nil {
				kinds[d.TicketID] = map[store.DeliveryKind]int{}
			}
			kinds[d.TicketID][d.Kind]++
			answered[d.TicketID] = answered[d.TicketID] || c.answered[d.MessageID]
			n := len(arrived[d.MessageID])
			delete(arrived, d.MessageID)
			if d.Maybes > 0 {
				doubted++
			}
			if n > 1 {
				twice++
			}
			sent += n
			least, most := 0, d.Maybes
			switch d.State {
			case store.Sent:
				least, most = 1, d.Maybes+1
			case store.Cancelled: // put off until its answer came: it had arrived, but the reply to it was lost
				least = 1
			}
			if n < least || n > most {
				c.t.Errorf("delivery %d is %s, %d attempts of unknown outcome, and arrived %d times", d.ID, d.State, d.Maybes, n)
			}
		}
	}
	if kills >= 50 && len(c.answered) == 0 {
		c.t.Error("site B answered nothing")
	}
	heard := 0
	for ticket, k := range kinds {
		notices := 1
		if answered[ticket] {
			notices = 2
			// Only the first word is an acknowledgement: of one that comes after it the
			// requester hears, once.
			heard += k[store.KindOutcome]
			delete(k, store.KindOutcome)
		}
		if len(k) != 2 || k[store.KindNotice] != notices || k[store.KindAck] != 1 {
			c.t.Errorf("ticket %d was told %v; answered: %v", ticket, k, answered[ticket])
		}
	}
	if len(kinds) != len(c.fed)-1 {
		c.t.Errorf("%d tickets for %d reports", len(kinds), len(c.fed)-1)
	}
	if len(arrived) != 0 {
		c.t.Errorf("%d messages arrived that nobody sent", len(arrived))
	}
	if states[store.Sent]+states[store.Maybe]+states[store.Cancelled] != 2*(len(c.fed)-1)+len(c.answered)+heard || heard > c.again {
		c.t.Errorf("deliveries %v, of which %d tell that site B has answered; %d answers came twice", states, heard, c.again)
	}
	c.t.Logf("%d kills: %d reports, %d answers, deliveries %v, %d messages arrived, %d deliveries with an attempt of unknown outcome of which %d arrived more than once, %d mails held as poison for an operator",
		kills, len(c.fed)-1, len(c.answered), states, sent, doubted, twice, c.poison)
}

var queueID = regexp.MustCompile(`by mail\.test \(Postfix\)\s+with E?SMTPS?A?\s+id (\w+)`)

// arrivals are the transactions in which each message was taken, by
// Message-ID. Postfix, killed between handing a mail over and forgetting it,
// hands it over again under the same queue id: that is its own doing.
func (c *crash) arrivals() map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for _, box := range []string{"RS_SITEA_MAILDIR", "RS_SITEB_MAILDIR"} {
		for _, mail := range c.mails(box) {
			id, by := header(mail, "Message-ID"), queueID.FindStringSubmatch(mail)
			if by == nil {
				c.t.Fatalf("a mail without Postfix's Received field:\n%.500s", mail)
			}
			if all[id] == nil {
				all[id] = map[string]bool{}
			}
			all[id][by[1]] = true
		}
	}
	return all
}
