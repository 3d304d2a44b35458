package mailgw

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"iodefgw/store"
)

// embargoes is the subject of the events that say when PlanAnew has looked.
const embargoes = "policy/dates"

// PlanAnew plans all tickets that go on, if since it last did so a date of the
// policy has come from which more may be told: an embargo that ends, of which
// nobody writes. It goes the ordinary way, with proofs and approvals; a ticket of
// which there is nothing new to tell is left as it is, so that nothing is told
// twice however often it is called. What is queued and may not be told any more
// is looked at when it is sent (Recheck).
func (g *Gateway) PlanAnew(ctx context.Context) error {
	since, err := g.plannedAnew(ctx)
	if err != nil {
		return err
	}
	now, at := g.Current(), g.Now()
	if !now.Relay.Policy.Loosens(since, at) {
		return nil
	}
	planned := 0
	for filter := (store.TicketFilter{}); ; {
		page, err := g.Store.Tickets(ctx, filter)
		if err != nil {
			return err
		}
		for _, t := range page {
			filter.After = t.ID
			if t.State == store.TicketClosed {
				continue // one that is held tells nothing anyway
			}
			told, err := g.planTicket(ctx, now, t.ID, store.Acceptance{Verb: "plan-anew"})
			if errors.Is(err, store.ErrUnavailable) || ctx.Err() != nil {
				return err
			}
			if err != nil { // it keeps no other ticket waiting
				g.log().Error("not planned", "ticket", t.Number, "error", err)
			}
			if len(told) > 0 {
				planned++
			}
		}
		if len(page) == 0 {
			break
		}
	}
	g.log().Info("planned anew", "tickets", planned)
	return g.Store.Note(ctx, "gateway", "plan-anew", embargoes, map[string]any{"up_to": at.UTC(), "policy": now.Digests.Policy, "tickets": planned})
}

// plannedAnew is the time up to which PlanAnew has looked: that of its beginning,
// since a day may begin while it is at work.
func (g *Gateway) plannedAnew(ctx context.Context) (time.Time, error) {
	var said struct {
		UpTo time.Time `json:"up_to"`
	}
	last, err := g.Store.LastEvent(ctx, embargoes)
	if errors.Is(err, store.ErrNotFound) {
		return said.UpTo, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(last.Detail), &said)
	}
	return said.UpTo, err
}

// PlanTicket plans a ticket as it is because an operator wishes it, as after a
// merge or a split, and returns the messages that tell somebody something new:
// with proofs and approvals like any other.
func (g *Gateway) PlanTicket(ctx context.Context, id int64, operator string) ([]int64, error) {
	return g.planTicket(ctx, g.Current(), id, store.Acceptance{Actor: operator, Verb: "plan"})
}

// planTicket plans a ticket as it is, in the name of a. Only what tells somebody
// something is carried out; it returns the messages.
func (g *Gateway) planTicket(ctx context.Context, now *Snapshot, id int64, a store.Acceptance) (told []int64, err error) {
	for attempt := 1; ; attempt++ {
		corr, err := g.Store.OnTicket(ctx, id)
		if err != nil {
			return nil, err
		}
		s, err := now.Situation(ctx, g.Store, corr.TicketID)
		if err != nil {
			return nil, err
		}
		plan, err := g.plan(ctx, now, s)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(plan.Decisions, func(d store.NewDecision) bool { return d.Delivery != nil }) {
			return nil, nil
		}
		a.Tickets = []store.TicketChange{*changeOf(corr, plan)}
		done, err := g.Store.Accept(ctx, a)
		if errors.Is(err, store.ErrStale) && attempt < replans {
			continue
		}
		if err != nil {
			return nil, err
		}
		if g.Queued != nil {
			g.Queued()
		}
		return slices.DeleteFunc(done[0].DeliveryIDs, func(id int64) bool { return id == 0 }), nil
	}
}
