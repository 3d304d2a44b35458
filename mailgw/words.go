package mailgw

import (
	"context"
	"slices"
	"time"

	"iodefgw/relay"
	"iodefgw/store"
)

// What a requester's words speak of: which of its reports, and what was said
// before them.

// meant are the reports that a requester speaks of: all it has on the ticket
// (whole). Where a merge has brought together what it reported to several, a
// word that loosens speaks of those of the ticket whose address it is sent to.
func (c *acceptance) meant(s *relay.Situation, requester *relay.Party, loosens bool) (rows []int64, whole bool) {
	whole = true
	for _, r := range slices.Concat(s.Answers, s.Reports) {
		switch {
		case r.Party != requester:
		case r.CameTo == c.to.GivenOn:
			rows = append(rows, r.Row)
		default:
			whole = false
		}
	}
	return rows, whole || !loosens || !c.several(s, requester)
}

// several reports whether a requester's reports came to several tickets.
func (c *acceptance) several(s *relay.Situation, requester *relay.Party) bool {
	came := map[int64]bool{}
	for _, r := range slices.Concat(s.Answers, s.Reports) {
		if r.Party == requester {
			came[r.CameTo] = true
		}
	}
	return len(came) > 1
}

// crossed reports whether an update was signed before its requester said
// something else of the report, or asked to stop, and has come only now. Which
// of the two counts is for the requester to say: a mail can be kept back by
// whoever carries it.
func (c *acceptance) crossed(ctx context.Context, sh *share, was []*store.Report, requester *relay.Party) (bool, error) {
	if sh.corr.New() || !slices.ContainsFunc(was, func(r *store.Report) bool { return r != nil }) {
		return false, nil
	}
	said, err := c.g.Store.Consents(ctx, sh.corr.TicketID)
	return slices.ContainsFunc(said, func(k store.Consent) bool {
		return k.Party == requester.ID && !c.since(relay.Stop{MailID: k.MailID, At: k.At})
	}), err
}

// besides reports whether a requester has reports on the ticket beside those of
// this mail.
func besides(s *relay.Situation, sh *share, requester *relay.Party) bool {
	return slices.ContainsFunc(s.Reports, func(r *relay.Report) bool { return r.Party == requester && !slices.Contains(sh.reports, r) })
}

// since reports whether the mail came, and was signed, after somebody asked to
// stop: one that was held or under way meanwhile does not answer that.
func (c *acceptance) since(stop relay.Stop) bool {
	if c.receipt.ID <= stop.MailID {
		return false
	}
	for _, sig := range c.facts.Opened.Signatures {
		if sig.Created.Before(stop.At.Truncate(time.Second)) {
			return false
		}
	}
	return true
}
