package main

import (
	"context"
	"fmt"
	"strconv"

	"iodefgw/iodef"
	"iodefgw/mailgw/message"
)

// show sums up what came of the mails, and checks it.
func (d *demo) show(ctx context.Context) error {
	r, err := d.result(ctx)
	if err != nil {
		return err
	}
	if err := d.tableIn(ctx, r); err != nil {
		return err
	}
	d.tableOut(r)
	if err := d.comparisons(r); err != nil {
		return err
	}
	d.where()
	return d.verdict(ctx, r)
}

// tableIn lists every mail that came in.
func (d *demo) tableIn(ctx context.Context, r *demoResult) error {
	d.tell.heading("What came in")
	rows := [][]string{{"NO", "MAIL", "FROM", "STATE", "DECISIVE REASON", "TICKET"}}
	for _, m := range r.mails {
		name := "answer"
		for _, c := range d.mails {
			if c.messageID == m.MessageID {
				name = c.name
			}
		}
		full, err := d.daemon.store.MailByID(ctx, m.ID)
		if err != nil {
			return err
		}
		from := ""
		if list, err := message.Parse(full.Raw).Header.From(); err == nil && len(list) == 1 {
			from = list[0].Addr
			if p := d.site.party(from); p != nil {
				from = p.ID
			}
		}
		reason := ""
		if len(m.Reasons) > 0 {
			reason = m.Reasons[0]
		}
		rows = append(rows, []string{strconv.FormatInt(m.ID, 10), name, from, string(m.State), reason, r.ticketOf(m.ID).Number})
	}
	d.env.table(rows)
	return nil
}

// tableOut lists every decision, and the message that came of it.
func (d *demo) tableOut(r *demoResult) {
	d.tell.heading("What went out to whom")
	rows := [][]string{{"TICKET", "TO", "KIND", "STAGE", "LEAK SCAN", "TWIN RUN", "STATE"}}
	for _, dec := range r.decisions {
		state := "nothing: " + dec.Refusal
		if v, ok := r.deliveries[dec.DeliveryID]; ok {
			state = string(v.State)
		}
		rows = append(rows, []string{r.ticket(dec.TicketID).Number, dec.Party, string(dec.Kind), string(dec.Stage), dec.Scan, dec.Twin, state})
	}
	d.env.table(rows)
}

// comparisons lays the first two reports beside what was told of them.
func (d *demo) comparisons(r *demoResult) error {
	for _, m := range d.mails[:2] {
		mail, _ := r.mail(m)
		report, ok := r.report(mail.ID)
		if !ok {
			continue // the checks say so
		}
		doc, err := iodef.Parse(report.Document)
		if err != nil {
			return fmt.Errorf("read report %d again: %w", report.ID, err)
		}
		for _, party := range m.expects.to() {
			var told []iodef.Incident
			var stages []string
			for _, v := range r.told(report, party) {
				if l := r.letter(v); l != nil && len(l.incidents) == 1 {
					told = append(told, l.incidents[0])
					stages = append(stages, string(v.Stage))
				}
			}
			if len(told) == 0 {
				continue
			}
			d.tell.heading(fmt.Sprintf("%s, %s: what %s reported, and what %s was told", r.ticket(report.TicketID).Number, m.name, m.from, party))
			compare(doc.Incidents()[report.Incident], stages, told).print(d.tell)
		}
	}
	return nil
}

// where says where everything lies and what to try on it.
func (d *demo) where() {
	d.tell.heading("Where to look")
	for _, f := range []struct{ what, path string }{
		{"config", d.site.path(configName)},
		{"database", d.site.config.Gateway.Database},
		{"mails in", d.site.path("reports")},
		{"mails out", d.site.path("mail")},
		{"keys", d.site.path("keys")},
		{"log", d.site.path("iodefgw.log")},
	} {
		fmt.Fprintf(d.env.Stdout, "  %s  %s\n", pad(f.what, 9), f.path)
	}
	fmt.Fprintf(d.env.Stdout, `
Try ("go run ./cmd/iodefgw" for iodefgw where it is not installed):

  D=%s
  iodefgw ticket list -config $D/%[2]s
  iodefgw ticket explain -config $D/%[2]s GW#00000001 -to isp-r
  iodefgw hold list -config $D/%[2]s
  iodefgw queue list -all -config $D/%[2]s
  iodefgw audit verify -config $D/%[2]s
  less $D/mail/isp-r/new/*
  iodefgw screen -parties $D/parties.toml -key $D/gateway.key $D/reports
`, d.site.dir, configName)
}
