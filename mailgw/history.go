package mailgw

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
	"iodefgw/store"
)

// maxCompared caps the sources and incidents of one mail that are looked up.
const maxCompared = 10

// recall adds what the store knows of a mail before it is judged: whom its
// address was given to, whether it came before, and what others have reported.
// It returns the holder of the token that the mail is sent to.
func (g *Gateway) recall(ctx context.Context, f *Facts, mail *message.Message, r store.Receipt, now *Snapshot) (store.Recipient, error) {
	to, err := g.addressee(ctx, now, mail)
	if err == nil && to.Party == "" {
		to, err = g.referred(ctx, now, f, mail)
	}
	if err != nil {
		return to, err
	}
	f.History.Recipient = to.Party
	f.History.Ours = now.Relay.Mark.Loops(mail.Header.Values(relay.LoopField))
	if f.History.Replay, err = g.replayed(ctx, signatureDigest(f.Opened), r.ID); err != nil {
		return to, err
	}
	return to, g.compare(ctx, f, r, now.Parties)
}

// addressee finds the party that was given the token a mail is sent to.
func (g *Gateway) addressee(ctx context.Context, now *Snapshot, mail *message.Message) (store.Recipient, error) {
	for _, addr := range sentTo(mail) {
		token := now.Relay.TokenIn(addr)
		if token == "" {
			continue
		}
		r, err := g.Store.RecipientByToken(ctx, token)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err == nil {
			var t store.Ticket
			if t, err = g.Store.TicketByID(ctx, r.TicketID); !t.PurgedAt.IsZero() {
				continue // nothing is left that it could be an answer to
			}
		}
		return r, err
	}
	return store.Recipient{}, nil
}

// sentTo lists the addresses that a mail names as its own.
func sentTo(mail *message.Message) []string {
	var all []string
	for _, name := range []string{"Delivered-To", "X-Original-To", "To", "Cc"} {
		for _, v := range mail.Header.Values(name) {
			list, err := message.ParseAddresses(v)
			if err != nil {
				continue
			}
			for _, a := range list {
				all = append(all, a.Addr)
			}
		}
	}
	return all
}

// replayed reports whether the same signature over the same content came in
// another mail. The mail it came in first is no replay of itself.
func (g *Gateway) replayed(ctx context.Context, signature store.Digest, mailID int64) (bool, error) {
	if signature == "" {
		return false, nil
	}
	return g.Store.SignatureSeen(ctx, signature, mailID)
}

// signatureDigest names the good signatures of a mail and what they cover.
func signatureDigest(o *pgp.Opened) store.Digest {
	for _, s := range o.Signatures {
		if s.Good() && s.Digest != "" {
			return store.Digest(s.Digest)
		}
	}
	return ""
}

// compare looks for what other parties have reported: the same document, the
// same IncidentID, the same source.
func (g *Gateway) compare(ctx context.Context, f *Facts, r store.Receipt, parties *relay.Parties) error {
	h, docs := &f.History, f.incidents()
	if len(docs) != 1 || docs[0].IODEF == nil {
		return nil
	}
	signer := ""
	for _, s := range docs[0].Signers {
		if p := parties.ByKey(s); p != nil {
			signer = p.ID
		}
	}
	if p := f.speaker(signer, parties); p != nil {
		signer = p.ID
	}
	digest := sync.OnceValue(func() store.Digest { return store.DigestOf(docs[0].Bytes) }) // mostly nobody has said the same
	another := func(other store.Report) bool {
		return other.MailID != r.ID && other.Party != signer
	}
	for i, inc := range docs[0].IODEF.Incidents() {
		if i == maxCompared {
			break
		}
		id := inc.ID()
		same, err := g.Store.Namesakes(ctx, id.ID)
		if err != nil {
			return err
		}
		for _, other := range same {
			if another(other) && strings.EqualFold(other.IncidentName, id.Name) {
				h.SameDocument = h.SameDocument || other.Digest == digest()
				h.SameID = h.SameID || other.Digest != digest()
			}
		}
		list := sources(inc)
		for _, source := range list[:min(len(list), maxCompared)] {
			others, err := g.Store.Accusers(ctx, source, r.ReceivedAt.Add(-g.Window), r.ReceivedAt.Add(g.Window))
			if err != nil {
				return err
			}
			h.Second = h.Second || slices.ContainsFunc(others, func(other store.Report) bool {
				return another(other) && other.Digest != digest() && !(other.IncidentID == id.ID && strings.EqualFold(other.IncidentName, id.Name))
			})
		}
	}
	return nil
}
