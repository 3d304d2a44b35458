package main

import (
	"fmt"
	"slices"

	"iodefgw/relay"
	"iodefgw/store"
)

// stateRefused is how queue list calls a message that was not made and waits
// for a person all the same. It is no state of a delivery: there is none.
const stateRefused = "refused"

// listRefused adds the messages that were not made and wait for a person, and
// says on standard error what to do about each kind of them.
func (s *session) listRefused(out *listing, party string) error {
	var kinds []string
	after := int64(0)
	for d, err := range paged(func() ([]store.Decision, error) { return s.Waiting(s.ctx, party, after) }) {
		if err != nil {
			return err
		}
		after = d.ID
		t, err := s.TicketByID(s.ctx, d.TicketID)
		if err != nil {
			return storeHint(err)
		}
		l := deliveryLine{Ticket: t.Number, Party: d.Party, Kind: string(d.Kind), Stage: string(d.Stage), State: stateRefused, Reason: d.Refusal,
			Clears: clears(stateRefused, d.Refusal, t.Number, d.Party), Decision: d.ID, Created: d.At.UTC()}
		if err := out.add(l, "-", t.Number, d.Party, string(d.Kind), string(d.Stage), stateRefused+": "+d.Refusal, "", "", ""); err != nil {
			return err
		}
		kinds = appendNew(kinds, d.Refusal)
	}
	if slices.Sort(kinds); !out.asJSON {
		for _, k := range kinds {
			fmt.Fprintf(s.env.Stderr, "refused, %s: %s\n", k, clears(stateRefused, k, "NUMBER", "PARTY"))
		}
	}
	return nil
}

// clears says what a person can do about a message that waits for one; empty
// where its state says it.
func clears(state store.DeliveryState, reason, number, party string) string {
	switch {
	case state == stateRefused && reason == relay.Contested:
		return fmt.Sprintf("another requester's report hides what one accuses; ticket explain '%s' -to %s shows where; ask them both, a later mail on the ticket decides again", number, party)
	case state == stateRefused && reason == relay.NotProved:
		return fmt.Sprintf("a proof stopped it, which is a fault of this program; ticket explain '%s' -to %s, and tell whoever maintains it", number, party)
	case state == stateRefused:
		return fmt.Sprintf("it has no key that we can encrypt to; key import -party %s, a later mail on the ticket decides again", party)
	case state == store.HeldBack && reason == relay.Contested:
		return "another requester's report hides part of what one accuses; look at the cells, then queue retry, which asks for the approvals, or queue cancel"
	}
	return ""
}
