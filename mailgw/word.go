package mailgw

import (
	"context"
	"slices"
	"time"

	"iodefgw/relay"
	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// word takes what a requester says to its address on a ticket. The address was
// given to it for all of its reports there; of those that were split off since
// it knows nothing. While it has one on the ticket its word counts there, and
// grants nothing elsewhere; it may have been meant for those that have gone, so
// that they wait until it says how to go on to an address of theirs. When all
// have gone, it cannot have been about another: it counts where they are.
func (c *acceptance) word(ctx context.Context, corr store.Correlation, s *relay.Situation, requester *relay.Party) (all []store.TicketChange, err error) {
	here := corr.TicketID
	gone, err := c.g.Store.Offshoots(ctx, here, requester.ID)
	if err != nil {
		return nil, err
	}
	places := gone
	if len(gone) == 0 || slices.ContainsFunc(slices.Concat(s.Reports, s.Answers), func(r *relay.Report) bool { return r.Party == requester }) {
		places = append([]int64{here}, gone...)
	}
	for _, id := range places {
		take := c.consents
		if id != here {
			if corr, err = c.g.Store.OnTicket(ctx, id); err != nil {
				return nil, err
			}
			if s, err = c.situation(ctx, corr, nil); err != nil {
				return nil, err
			}
			if places[0] == here {
				take = c.stop
			}
		}
		change, err := take(ctx, &store.TicketChange{Correlation: corr}, s, requester)
		if err != nil {
			return nil, err
		}
		closed, err := c.closed(ctx, corr)
		if err != nil {
			return nil, err
		}
		if closed {
			change.State = "" // its word is kept, and counts if the ticket is opened again
		}
		if all = append(all, *change); len(change.Consents) == 0 {
			return all[:1], nil // it says nothing about its reports
		}
	}
	return all, nil
}

// consents applies what a requester answered. Only its signature can loosen;
// what it says unsigned is kept for a person.
func (c *acceptance) consents(ctx context.Context, change *store.TicketChange, s *relay.Situation, requester *relay.Party) (*store.TicketChange, error) {
	text := c.facts.Opened.Content.PlainText()
	if !c.trusted {
		return c.stopped(ctx, change, s, requester, text)
	}
	text = c.facts.Opened.Text()
	said, found, err := disclosure.ParseConditions(text)
	switch {
	case !found && err == nil:
		return c.stopped(ctx, change, s, requester, text) // prose grants nothing; it can stop
	case c.to.Token == "" && (err != nil || !said.Said(disclosure.KeyRelay) || said.Relay == disclosure.RelayYes):
		// Without its token it cannot loosen, and these might: it is asked, by a
		// mail with a token to answer to.
		return c.stop(ctx, change, s, requester)
	case err == nil && said.Contradicts(text):
		// Words that say stop above a block that says go: a quoted one, perhaps.
		return c.stop(ctx, change, s, requester)
	case err == nil && said.Relay == disclosure.RelayYes && slices.Contains(s.Stopped, requester.ID) && !c.since(s.LastStop):
		return c.stop(ctx, change, s, requester)
	}
	meant, whole := c.meant(s, requester, err == nil && said.Relay == disclosure.RelayYes)
	if len(meant) == 0 && !whole {
		return c.stop(ctx, change, s, requester)
	}
	another := func(id string) bool { return id != requester.ID }
	if slices.ContainsFunc(s.Reports, func(r *relay.Report) bool { return r.Party == requester }) && !slices.ContainsFunc(s.Stopped, another) && whole {
		s.Held = false // who asked to stop has spoken, under its own signature
	}
	for _, list := range [][]*relay.Report{s.Answers, s.Reports} {
		for i, r := range list {
			if r.Party == requester && (whole || slices.Contains(meant, r.Row)) {
				s.Less = s.Less || err != nil || said.Less(r.Conditions)
				list[i] = r.Saying(text)
				s.Receipt = list[i]
			}
		}
	}
	s.Hold()
	plan, err := c.plan(ctx, s)
	if err != nil {
		return nil, err
	}
	change = changeOf(change.Correlation, plan)
	if whole {
		meant = []int64{0}
	}
	for _, row := range meant {
		change.Consents = append(change.Consents, store.Consent{Party: requester.ID, ReportID: row, Conditions: text, MailID: c.receipt.ID})
	}
	return change, nil
}

// stopped takes an answer of a requester that is not signed, or holds no
// conditions. It can loosen nothing; one that asks to tell less holds the ticket
// and all that is queued for it, until the requester says under its signature
// how to go on.
func (c *acceptance) stopped(ctx context.Context, change *store.TicketChange, s *relay.Situation, requester *relay.Party, text string) (*store.TicketChange, error) {
	if !disclosure.Tightens(text) {
		return change, nil
	}
	return c.stop(ctx, change, s, requester)
}

// stop holds a ticket in the name of a requester, who is asked once how to go on.
func (c *acceptance) stop(ctx context.Context, change *store.TicketChange, s *relay.Situation, requester *relay.Party) (*store.TicketChange, error) {
	again := slices.Contains(s.Stopped, requester.ID)
	s.Held, s.Quiet, s.Stopped, s.Less = true, true, append(s.Stopped, requester.ID), c.trusted
	for _, r := range s.Reports {
		r.Held = true
		if r.Party == requester && !again {
			s.Receipt = r
		}
	}
	plan, err := c.plan(ctx, s)
	if err != nil {
		return nil, err
	}
	change = changeOf(change.Correlation, plan)
	change.Consents = []store.Consent{{Party: requester.ID, Conditions: store.AskedToStop, MailID: c.receipt.ID}}
	return change, nil
}

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

// tellings looks up what was told of a requester's reports on a ticket. Where
// that does not come out, the letter claims nothing, and no ticket waits for it.
func (c *acceptance) tellings(ctx context.Context, corr store.Correlation) func(string) ([]relay.Telling, bool) {
	return func(requester string) ([]relay.Telling, bool) {
		ticket, err := c.g.Store.TicketByID(ctx, corr.TicketID)
		if err == nil {
			var told []relay.Telling
			if told, err = c.now.Relay.Tellings(ctx, c.g.Store, ticket, requester); err == nil {
				return told, true
			}
		}
		c.g.log().Warn("no statement", "ticket", corr.Number, "party", requester, "err", err)
		return nil, false
	}
}

// allowed are the conditions of a report that is replaced: its own, or what was
// said of it since.
func (c *acceptance) allowed(ctx context.Context, stored *store.Report) (*disclosure.Conditions, error) {
	consents, err := c.g.Store.Consents(ctx, stored.TicketID)
	text := stored.Conditions
	for _, k := range consents {
		if k.Party == stored.Party && k.MailID > stored.MailID && k.Conditions != store.AskedToStop && (k.ReportID == 0 || k.ReportID == stored.ID) {
			text = k.Conditions
		}
	}
	said, found, bad := disclosure.ParseConditions(text)
	if !found || bad != nil {
		return nil, err
	}
	return &said, err
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
