package mailgw

import (
	"context"
	"errors"

	"iodefgw/mailgw/message"
	"iodefgw/store"
)

// bounced finishes a mail that says what became of one of ours. It counts only
// when it comes to the envelope sender that we made for that one message;
// anybody can write a bounce. It is never answered and never passed on.
func (g *Gateway) bounced(ctx context.Context, now *Snapshot, receipt store.Receipt, mail *message.Message, v Verdict) (Disposition, error) {
	d, err := g.bouncedDelivery(ctx, now, mail)
	if errors.Is(err, store.ErrNotFound) {
		return g.end(ctx, receipt, mail, v) // forged, or of a delivery that is no more
	}
	if err != nil {
		return "", err
	}
	read := message.ReadBounce(mail)
	b := store.Bounce{DeliveryID: d.ID, Outcome: string(read.Outcome), Status: read.Status, Permanent: read.Permanent()}
	err = g.Store.RecordBounce(ctx, receipt.ID, v.stored(mail.Header.Get("Message-ID"), ""), b)
	if errors.Is(err, store.ErrState) {
		return Processed, errHad
	}
	if err != nil {
		return "", err
	}
	g.decided(receipt, Processed)
	level := g.log().Info
	if read.Outcome == message.OutcomeFailed {
		level = g.log().Warn // a person must find another way to tell them
	}
	level("bounce", "mail", receipt.ID, "delivery", d.ID, "ticket", d.Number, "party", d.Party,
		"outcome", b.Outcome, "status", b.Status, "permanent", b.Permanent)
	return Processed, nil
}

// bouncedDelivery is the delivery whose envelope sender a mail is sent to:
// store.ErrNotFound if it is none of ours.
func (g *Gateway) bouncedDelivery(ctx context.Context, now *Snapshot, mail *message.Message) (store.Delivery, error) {
	for _, addr := range sentTo(mail) {
		if from := now.Relay.BounceTo(addr); from != "" {
			return g.Store.DeliveryByEnvelopeFrom(ctx, from)
		}
	}
	return store.Delivery{}, store.ErrNotFound
}
