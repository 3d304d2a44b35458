package relay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// Telling is what one message told of a requester's reports: to whom by class,
// when, and which classes of thing (disclosure.md 9).
type Telling struct {
	At      time.Time           `json:"at"`
	Class   disclosure.Relation `json:"class"`   // of the recipient; who it is is not said
	Things  []string            `json:"things"`  // see things of wording
	Perhaps bool                `json:"perhaps"` // it is not known whether it arrived
	// Override says that two operators let it be told over the requester's word,
	// or without it. Why is theirs to say: the reason may speak of others.
	Override bool `json:"override,omitempty"`
}

// letterStatement is the disclosure statement.
const letterStatement = "statement"

// Tellings reads from the decisions of a ticket, and of those that its reports
// were on or others of its reports are on now, what recipients were told of a
// requester's reports. Each is made again from its stored inputs, since its
// table does not say whose report a value is of; one that does not come out as
// on record is an error, not a guess.
func (r *Relay) Tellings(ctx context.Context, st *store.Store, ticket store.Ticket, requester string) ([]Telling, error) {
	family, err := st.Family(ctx, ticket)
	if err != nil {
		return nil, err
	}
	var all []Telling
	for _, t := range family {
		for filter := (store.DeliveryFilter{TicketID: t.ID}); ; {
			page, err := st.Deliveries(ctx, filter)
			if err != nil {
				return nil, err
			}
			if len(page) == 0 {
				break
			}
			for _, d := range page {
				filter.After = d.ID
				told, err := r.telling(ctx, st, d, requester)
				if err != nil {
					return nil, err
				}
				if told != nil {
					all = append(all, *told)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Telling) int { return a.At.Compare(b.At) })
	return all, nil
}

// telling is what one message told of a requester's reports, nil for nothing.
func (r *Relay) telling(ctx context.Context, st *store.Store, d store.Delivery, requester string) (*Telling, error) {
	if d.Kind != store.KindNotice || d.State != store.Sent && d.Maybes == 0 {
		return nil, nil
	}
	past, err := LoadPast(ctx, st, d.DecisionID)
	if err != nil {
		return nil, err
	}
	again, err := r.Replay(past)
	if err != nil {
		return nil, err
	}
	if len(again.Cells) > 0 {
		return nil, fmt.Errorf("decision %d comes out otherwise than it is on record; audit replay shows how", d.DecisionID)
	}
	things := again.Notice.things(requester)
	if len(things) == 0 {
		return nil, nil
	}
	o := again.Notice.Recipient.Override
	return &Telling{d.Updated.UTC(), again.Notice.Recipient.Party.Relation, things, d.State != store.Sent, o != nil && o.Requester == requester}, nil
}

// things are the classes of thing that a notice tells of a requester's reports.
func (n *Notice) things(requester string) []string {
	var list []string
	if n.res == nil {
		return nil // a letter tells none
	}
	for i := range n.material.input {
		switch act, _ := n.fate(i, false); act {
		case disclosure.Drop.String(), disclosure.Mask.String():
			continue
		}
		if n.reporters[n.material.cells[i].Report] == requester {
			list = append(list, disclosure.Thing(n.material.class(i), n.material.owners[i].Owner))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// state tells a requester that takes back what it allowed what was told already
// (case 90).
func (r *Relay) state(p *Plan, s *Situation, parties *Parties, d Digests, now time.Time) error {
	if !s.Less || s.Receipt == nil || s.Tellings == nil {
		return nil
	}
	told, _ := s.Tellings(s.Receipt.Party.ID)
	if len(told) == 0 {
		return nil
	}
	n, err := r.plain(store.KindOutcome, letterStatement, &s.Ticket, Recipient{Party: s.Receipt.Party, Number: s.Receipt.Number}, says{Told: told}, parties, now)
	if err != nil {
		return err
	}
	return p.add(n, &s.Ticket, d, 0)
}

// nothingTold reports whether it is certain that nobody was told anything of a
// requester's reports. What was told of another's does not count: the letter
// would show that there is another.
func (s *Situation) nothingTold(requester *Party) bool {
	if s.Tellings == nil {
		return true
	}
	told, known := s.Tellings(requester.ID)
	return known && len(told) == 0
}

// Statement writes to a requester what was told of its reports, and to which
// class of recipient. Like any letter it is proved to hold no value of a report.
func (r *Relay) Statement(t *Ticket, requester *Party, told []Telling, parties *Parties, d Digests, now time.Time) (*Plan, error) {
	i := slices.IndexFunc(t.Reports, func(rep *Report) bool { return rep.Party == requester })
	if i < 0 {
		return nil, errors.New("no report of the party is on the ticket")
	}
	p := &Plan{}
	n, err := r.plain(store.KindOutcome, letterStatement, t, Recipient{Party: requester, Number: t.Reports[i].Number}, says{Told: told}, parties, now)
	if err != nil {
		return nil, err
	}
	return p, p.add(n, t, d, 0)
}
