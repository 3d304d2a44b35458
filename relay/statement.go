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
}

// letterStatement is the disclosure statement.
const letterStatement = "statement"

// Tellings reads from the decisions of a ticket what its recipients were told
// of a requester's reports. Each is made again from its stored inputs, since its
// table does not say whose report a value is of; one that does not come out as
// on record is an error, not a guess.
func (r *Relay) Tellings(ctx context.Context, st *store.Store, ticketID int64, requester string) ([]Telling, error) {
	var all []Telling
	for filter := (store.DeliveryFilter{TicketID: ticketID}); ; {
		page, err := st.Deliveries(ctx, filter)
		if err != nil {
			return nil, err
		}
		for _, d := range page {
			filter.After = d.ID
			if d.Kind != store.KindNotice || d.State != store.Sent && d.Maybes == 0 {
				continue
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
			n := again.Notice
			if things := n.things(requester); len(things) > 0 {
				all = append(all, Telling{d.Updated.UTC(), n.Recipient.Party.Relation, things, d.State != store.Sent})
			}
		}
		if len(page) == 0 {
			return all, nil
		}
	}
}

// things are the classes of thing that a notice tells of a requester's reports.
func (n *Notice) things(requester string) []string {
	var list []string
	for i, c := range n.Cells() {
		cell := &n.material.cells[i]
		switch c.Action {
		case disclosure.Drop.String(), disclosure.Mask.String():
			continue
		}
		if n.reporters[cell.Report] == requester {
			list = append(list, disclosure.Thing(n.material.class(i), cell.Owner))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
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
