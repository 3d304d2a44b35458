package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"iodefgw/iodef"
	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
	"iodefgw/store"
)

// demoResult is what came of the mails: what the gateway's database says of it,
// and what really lies in the mailboxes.
type demoResult struct {
	mails      []store.Mail
	tickets    []store.Ticket
	reports    []store.Report
	evidence   []store.Evidence
	decisions  []store.Decision
	deliveries map[int64]store.Delivery
	letters    []*demoReading
}

// demoReading is a mail in a party's Maildir, as the party reads it.
type demoReading struct {
	party     *relay.Party
	messageID string
	opened    *pgp.Opened
	incidents []iodef.Incident
}

// result reads database and Maildirs.
func (d *demo) result(ctx context.Context) (*demoResult, error) {
	r := &demoResult{deliveries: map[int64]store.Delivery{}}
	s := d.daemon.store
	var err error
	if r.mails, err = s.Mails(ctx, store.MailFilter{Limit: 1000}); err != nil {
		return nil, err
	}
	if r.tickets, err = s.Tickets(ctx, store.TicketFilter{}); err != nil {
		return nil, err
	}
	for _, t := range r.tickets {
		reports, err1 := s.Reports(ctx, t.ID)
		evidence, err2 := s.Evidence(ctx, t.ID, "")
		decisions, err3 := s.Decisions(ctx, t.ID, "")
		if err := errors.Join(err1, err2, err3); err != nil {
			return nil, err
		}
		r.reports = append(r.reports, reports...)
		r.evidence = append(r.evidence, evidence...)
		r.decisions = append(r.decisions, decisions...)
	}
	deliveries, err := s.Deliveries(ctx, store.DeliveryFilter{Limit: 1000})
	if err != nil {
		return nil, err
	}
	for _, v := range deliveries {
		r.deliveries[v.ID] = v
	}
	return r, d.readMaildirs(r)
}

// readMaildirs opens every mail with the key of the party it lies with.
func (d *demo) readMaildirs(r *demoResult) error {
	gateway, err := d.site.secret.Public()
	if err != nil {
		return err
	}
	ring := pgp.NewKeyring([]*pgp.Key{gateway})
	for _, p := range d.site.parties {
		files, err := filepath.Glob(d.site.path("mail", p.ID, "new", "*"))
		if err != nil {
			return err
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				return fmt.Errorf("read Maildir: %w", err)
			}
			m := message.Parse(raw)
			l := &demoReading{
				party: p, messageID: m.Header.Get("Message-ID"),
				opened: pgp.Open(m, ring, d.site.secrets[p.ID], pgp.Policy{}, d.env.Now()),
			}
			for _, doc := range l.opened.Documents() {
				if parsed, err := iodef.Parse(doc.Bytes); err == nil {
					l.incidents = append(l.incidents, parsed.Incidents()...)
				}
			}
			r.letters = append(r.letters, l)
		}
	}
	return nil
}

// mail finds a demo mail in the database.
func (r *demoResult) mail(m *demoMail) (store.Mail, bool) {
	for _, s := range r.mails {
		if s.MessageID == m.messageID {
			return s, true
		}
	}
	return store.Mail{}, false
}

// report finds the report that a mail became.
func (r *demoResult) report(mailID int64) (store.Report, bool) {
	for _, p := range r.reports {
		if p.MailID == mailID {
			return p, true
		}
	}
	return store.Report{}, false
}

func (r *demoResult) ticket(id int64) store.Ticket {
	for _, t := range r.tickets {
		if t.ID == id {
			return t
		}
	}
	return store.Ticket{}
}

// ticketOf is the ticket that a mail opened or changed; the zero one for none.
func (r *demoResult) ticketOf(mailID int64) store.Ticket {
	if p, ok := r.report(mailID); ok {
		return r.ticket(p.TicketID)
	}
	for _, e := range r.evidence {
		if e.MailID == mailID {
			return r.ticket(e.TicketID)
		}
	}
	return store.Ticket{}
}

// letter finds the mail of a delivery in its party's Maildir.
func (r *demoResult) letter(v store.Delivery) *demoReading {
	for _, l := range r.letters {
		if l.messageID == v.MessageID && l.party.ID == v.Party {
			return l
		}
	}
	return nil
}

// told lists what a party was told of a report, in the order it was told.
func (r *demoResult) told(of store.Report, party string) (list []store.Delivery) {
	for _, dec := range r.decisions {
		if dec.Party != party || dec.Kind != store.KindNotice || dec.DeliveryID == 0 {
			continue
		}
		for _, digest := range dec.Reports {
			if digest == of.Digest {
				list = append(list, r.deliveries[dec.DeliveryID])
			}
		}
	}
	return list
}

// content is everything that a reader of the mail can find in it.
func (l *demoReading) content() (all []byte) {
	l.opened.Content.Walk(func(p *message.Part) bool {
		for _, f := range p.Header.Fields {
			all = append(all, f.Value()...)
			all = append(all, '\n')
		}
		if len(p.Children) == 0 {
			if b, err := p.Decode(); err == nil {
				all = append(append(all, b...), '\n')
			}
		}
		return true
	})
	return all
}
