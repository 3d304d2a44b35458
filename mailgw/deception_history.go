package mailgw

import (
	"context"
	"slices"
	"strings"

	"iodefgw/relay"
	"iodefgw/store"
)

// maxCompared caps the sources and incidents of one mail that are looked up.
const maxCompared = 10

// compare looks for what other parties have reported: the same document, the
// same IncidentID, the same source.
func (g *Gateway) compare(ctx context.Context, h *History, f *Facts, r store.Receipt, parties *relay.Parties) error {
	docs := f.incidents()
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
	digest := store.DigestOf(docs[0].Bytes)
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
				h.SameDocument = h.SameDocument || other.Digest == digest
				h.SameID = h.SameID || other.Digest != digest
			}
		}
		list := sources(inc)
		for _, source := range list[:min(len(list), maxCompared)] {
			others, err := g.Store.Accusers(ctx, source, r.ReceivedAt.Add(-g.Window), r.ReceivedAt.Add(g.Window))
			if err != nil {
				return err
			}
			h.Second = h.Second || slices.ContainsFunc(others, func(other store.Report) bool {
				return another(other) && other.Digest != digest && !(other.IncidentID == id.ID && strings.EqualFold(other.IncidentName, id.Name))
			})
		}
	}
	return nil
}
