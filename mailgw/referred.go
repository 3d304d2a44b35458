package mailgw

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"iodefgw/mailgw/message"
	"iodefgw/relay"
	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// maxReferred caps the references of one mail that are looked up.
const maxReferred = 10

// ticketNumber is a number as it stands in a subject.
var ticketNumber = regexp.MustCompile(`[A-Za-z][A-Za-z0-9._-]{0,30}#[0-9]{1,12}`)

// referred finds the requester that writes to our general address to have less
// told of its report, and the ticket: it answers a message that we sent it,
// whose Message-ID nobody can guess, or names the number over its signature. The
// number alone is easily guessed, From easily forged (case 88). Whoever has no
// token is given none: nothing but tightening counts.
func (g *Gateway) referred(ctx context.Context, now *Snapshot, f *Facts, mail *message.Message) (store.Recipient, error) {
	none := store.Recipient{}
	if len(f.Documents) > 0 || f.Kind == message.KindBounce || f.Kind == message.KindAutoReply {
		return none, nil
	}
	_, signer := f.signatureTags(map[string]bool{}, now.Parties)
	p, text := f.speaker(signer, now.Parties), f.Opened.Text()
	if signer == "" {
		text = f.Opened.Content.PlainText()
	}
	if p == nil || !disclosure.Tightens(text) {
		return none, nil
	}
	tickets, err := g.answered(ctx, now, p, mail)
	if err != nil {
		return none, err
	}
	if signer != "" {
		for _, number := range ticketNumber.FindAllString(message.DecodeWords(mail.Header.Get("Subject")), maxReferred) {
			t, err := g.Store.TicketByNumber(ctx, number)
			if err == nil {
				tickets = append(tickets, t.ID)
			} else if !errors.Is(err, store.ErrNotFound) {
				return none, err
			}
		}
	}
	for _, id := range tickets {
		corr, err := g.Store.OnTicket(ctx, id)
		if err != nil {
			return none, err
		}
		reports, err := g.Store.CurrentReports(ctx, corr.TicketID)
		if err != nil {
			return none, err
		}
		gone, err := g.Store.Offshoots(ctx, corr.TicketID, p.ID)
		if err != nil {
			return none, err
		}
		if len(gone) > 0 || slices.ContainsFunc(reports, func(r store.Report) bool { return r.Party == p.ID }) {
			return store.Recipient{TicketID: corr.TicketID, NewRecipient: store.NewRecipient{Party: p.ID, Basis: relay.BasisRequester}}, nil
		}
	}
	return none, nil
}

// answered lists the tickets of the messages to a party that a mail refers to.
func (g *Gateway) answered(ctx context.Context, now *Snapshot, p *relay.Party, mail *message.Message) (tickets []int64, err error) {
	refs := strings.Fields(mail.Header.Get("In-Reply-To"))
	if all := strings.Fields(mail.Header.Get("References")); len(all) > 0 {
		refs = append(refs, all[len(all)-1])
	}
	for _, ref := range refs[:min(len(refs), maxReferred)] {
		for _, from := range now.Relay.SentFrom(ref) {
			d, err := g.Store.DeliveryByEnvelopeFrom(ctx, from)
			if err == nil && d.Party == p.ID && d.MessageID == ref {
				tickets = append(tickets, d.TicketID)
			} else if err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, err
			}
		}
	}
	return tickets, nil
}
