package mailgw

import (
	"context"
	"errors"
	"slices"
	"time"

	"iodefgw/relay"
	"iodefgw/store"
)

// Standing says what a queued message's basis is worth at the moment it is sent.
type Standing string

const (
	Stands   Standing = "stands"   // decided now it would be the same message
	Replaced Standing = "replaced" // another message, or none, has taken its place
	Lapsed   Standing = "lapsed"   // it does not stand; it may have been sent already, so that a person must look
)

// Recheck looks, before a message is sent, at what it was decided from. Where
// policy or parties have changed since, or a day has begun, on which grants and
// rules end, it is decided again (cases 176, 178 and 182): from the ticket as
// it is, as if this message had never been made. One that would not come out
// the same is cancelled, and what may be told now is queued in its place.
//
// An override is decided again each time, under its own terms, since nothing that
// happens on the ticket touches it before. One that would not come out the same
// to the last reason is withdrawn: two operators approved what they saw.
func (g *Gateway) Recheck(ctx context.Context, d store.Delivery) (Standing, error) {
	now := g.Current()
	if !d.Override && (d.Kind != store.KindNotice && d.Kind != store.KindAnswer || d.PolicyDigest == now.Digests.Policy &&
		d.PartiesDigest == now.Digests.Parties && sameDay(d.Created, g.Now())) {
		return Stands, nil // letters to requesters tell nothing of a report
	}
	if d.State == store.Sending {
		return Lapsed, nil // begun when it was made: it is put back first
	}
	for attempt := 1; ; attempt++ {
		change, err := g.decideAgain(ctx, now, d)
		if err != nil || change == nil {
			return Stands, err
		}
		if d.State == store.Maybe {
			return Lapsed, nil
		}
		_, err = g.Store.Accept(ctx, store.Acceptance{Verb: "recheck", Tickets: []store.TicketChange{*change}})
		if !errors.Is(err, store.ErrStale) || attempt == replans {
			return Replaced, err
		}
	}
}

// dates in conditions and policy are days, and end with them in UTC.
func sameDay(a, b time.Time) bool {
	return a.UTC().Truncate(24 * time.Hour).Equal(b.UTC().Truncate(24 * time.Hour))
}

// decideAgain plans for a message's party alone; nil: the message stands.
func (g *Gateway) decideAgain(ctx context.Context, now *Snapshot, d store.Delivery) (*store.TicketChange, error) {
	corr, err := g.Store.OnTicket(ctx, d.TicketID)
	if err != nil {
		return nil, err
	}
	was, err := g.Store.DecisionByID(ctx, d.DecisionID)
	if err != nil {
		return nil, err
	}
	s := &relay.Situation{Ticket: relay.Ticket{Number: corr.Number, Via: relay.ViaIn(was)}, Told: map[string]string{}, Queued: map[string]string{}}
	if err := now.load(ctx, g.Store, corr.TicketID, but{delivery: d.ID}, s); err != nil {
		return nil, err
	}
	if d.Kind == store.KindNotice {
		s.Only = d.Party // an answer follows from what its sender may be told
	}
	change := &store.TicketChange{Correlation: corr, Cancel: []int64{d.ID}}
	if d.Override {
		same, err := g.sameOverride(ctx, now, d, was, s)
		if err != nil || same {
			return nil, err
		}
		g.log().Warn("override withdrawn", "delivery", d.ID, "ticket", d.Number, "party", d.Party)
		return change, nil
	}
	plan, err := now.Relay.Plan(*s, now.Parties, now.Digests, g.Now())
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(plan.Decisions, func(n store.NewDecision) bool { return n.Party == d.Party && n.Kind == d.Kind })
	if i < 0 {
		return change, nil
	}
	if n := plan.Notices[i]; n.Refusal == "" && n.To == d.To && n.SameAs(was) {
		same, err := g.sameParty(ctx, now, d)
		if err != nil || same {
			return nil, err
		}
	}
	change.Decisions = plan.Decisions[i : i+1]
	change.Pseudonyms = slices.DeleteFunc(plan.Pseudonyms, func(p store.Pseudonym) bool { return p.Party != d.Party })
	change.Steps = slices.DeleteFunc(plan.Steps, func(p store.Step) bool { return p.Party != d.Party })
	return change, nil
}

// sameOverride decides about an override again.
func (g *Gateway) sameOverride(ctx context.Context, now *Snapshot, d store.Delivery, was store.Decision, s *relay.Situation) (bool, error) {
	o, err := relay.OverrideIn(was)
	if err != nil || o == nil {
		return false, err
	}
	to := now.Parties.ByID(d.Party)
	if to == nil {
		return false, nil
	}
	plan, err := now.Relay.Override(*s, to, *o, now.Parties, now.Digests, g.Now())
	if err != nil {
		return false, err
	}
	if n := plan.Notices[0]; n.Refusal != "" || n.To != d.To || !n.SameUnder(was) {
		return false, nil
	}
	return g.sameParty(ctx, now, d)
}

// sameParty reports whether nothing about a message's party has changed since
// it was made, its keys above all: the message is encrypted to one of them.
func (g *Gateway) sameParty(ctx context.Context, now *Snapshot, d store.Delivery) (bool, error) {
	if d.PartiesDigest == now.Digests.Parties {
		return true, nil
	}
	was, err := g.Store.Snapshot(ctx, d.PartiesDigest)
	if err != nil {
		return false, err
	}
	return relay.PartyIn(was, d.Party) == relay.PartyIn(now.Parties.Text(), d.Party), nil
}
