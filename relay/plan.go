package relay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// Plan is everything that follows from a change of a ticket: what to tell
// whom, and where the ticket stands then. It is carried out by the store in
// one transaction, or not at all.
type Plan struct {
	State      store.TicketState
	Recipients []store.NewRecipient
	Decisions  []store.NewDecision
	Steps      []store.Step
	Withdrawn  []store.Superseded // unsent messages that say what may not be said any more
	Pseudonyms []store.Pseudonym
	Notices    []*Notice

	unclear map[*Report]bool // answers of which their senders are to say how they may be passed on
}

// Situation is what planning starts from.
type Situation struct {
	Ticket
	Known    []Recipient       // parties on the ticket already: told, or asked (BasisRequester)
	Former   []Recipient       // parties that are not, and were told on a ticket that this one was split from
	Told     map[string]string // by party: what its messages told, see Notice.Said
	Queued   map[string]string // the same of those that nobody can have received yet
	Receipt  *Report           // a report that is to be acknowledged to its requester; nil for none
	Quiet    bool              // no receipt: what came was not signed
	Held     bool              // somebody asked to stop: nothing is told until its requester says how to go on
	LastStop Stop              // the last time that one of them did
	Stopped  []string          // the parties that asked so, unsigned, and have not said since how to go on
	Only     string            // plan for this party alone, as after its answer; empty: for all
	Answers  []*Report         // what recipients reported back, for the ticket's requesters
	Written  []Written         // letters to requesters about recipients
	Answer   *Answer           // what the party of Only has just answered; nil for none

	Less     bool                                                // the requester of Receipt lets less be told than it did, and is told what was told already
	Tellings func(requester string) (told []Telling, known bool) // looked up where a letter speaks of it; nil: nothing was told
}

// Stop is when somebody asked to stop, and by which mail.
type Stop struct {
	MailID int64
	At     time.Time
}

// Digests name the snapshots that a decision was made from.
type Digests struct{ Policy, Parties store.Digest }

// Plan decides for every party that the ticket's reports want told.
func (r *Relay) Plan(s Situation, parties *Parties, d Digests, now time.Time) (*Plan, error) {
	p := &Plan{State: store.TicketOpen, unclear: map[*Report]bool{}}
	if s.Receipt != nil && !s.Quiet && s.Receipt.Party.WantsReceipts() {
		n, err := r.plain(store.KindAck, "receipt", &s.Ticket, Recipient{Party: s.Receipt.Party, Number: s.Receipt.Number}, says{}, parties, now)
		if err != nil {
			return nil, err
		}
		if err := p.add(n, &s.Ticket, d, r.approvals(nil)); err != nil {
			return nil, err
		}
	}
	if err := r.state(p, &s, parties, d, now); err != nil {
		return nil, err
	}
	recipients, err := r.recipients(p, &s, parties)
	if err != nil {
		return nil, err
	}
	asked := map[*Report]bool{}
	told := false
	decided := map[*Party]*Notice{}
	for _, to := range recipients {
		if s.Only != "" && to.Party.ID != s.Only {
			continue
		}
		n, err := r.Notice(&s.Ticket, to, parties, now)
		if err != nil {
			return nil, err
		}
		decided[to.Party] = n
		told = told || n.Refusal == ""
		for i, rep := range s.Reports {
			// Also where another's report has told all there is: a requester
			// that is not asked would see that there is another.
			if n.res.Reports[i].Refusal.AsksRequester() && !s.heldByOthers(rep) {
				asked[rep] = true
			}
		}
		if !p.wanted(&s, n) {
			continue
		}
		if err := p.add(n, &s.Ticket, d, r.approvals(n.res)); err != nil {
			return nil, err
		}
		if n.Refusal == "" {
			if err := r.tellMasked(p, &s, n, parties, d, now); err != nil {
				return nil, err
			}
		}
	}
	heard, err := r.passOn(p, &s, decided, parties, d, now)
	if err != nil {
		return nil, err
	}
	if n := decided[parties.ByID(s.Only)]; n != nil && s.Answer != nil {
		if err := r.tellOfAnswer(p, &s, n, heard, parties, d, now); err != nil {
			return nil, err
		}
	}
	switch {
	case s.Held:
		if len(recipients) == 0 {
			asked[s.Receipt] = s.Receipt != nil && !s.heldByOthers(s.Receipt)
		}
		p.State = store.TicketHeld
	case len(recipients) == 0 && s.silent(r.Policy):
		asked[s.Receipt] = s.Receipt != nil
		p.State = store.TicketNeedsConsent
	case len(recipients) == 0:
		p.State = store.TicketNoContact
	case len(asked) > 0 && !told:
		p.State = store.TicketNeedsConsent
	}
	maps.Copy(asked, p.unclear)
	return p, r.ask(p, &s, asked, parties, d, now)
}

// heldByOthers reports whether a report whose requester has said all it needs
// to waits for the word of another: it would see that there is one, were it asked.
func (s *Situation) heldByOthers(r *Report) bool {
	return s.Held && len(s.Stopped) > 0 && !slices.Contains(s.Stopped, r.Party.ID) && r.Conditions != nil
}

// silent reports that no report says whom it wants told.
func (s *Situation) silent(policy *disclosure.Policy) bool {
	return !slices.ContainsFunc(s.Reports, func(r *Report) bool {
		roles, named := r.wants(policy)
		return roles != 0 || len(named) > 0 || r.Conditions != nil && len(r.Conditions.To) > 0
	})
}

// recipients are those on the ticket and those that its reports now name; new
// ones get a token for their answers.
func (r *Relay) recipients(p *Plan, s *Situation, parties *Parties) ([]Recipient, error) {
	var list []Recipient
	for _, k := range s.Known {
		if k.Basis != BasisRequester {
			list = append(list, k)
		}
	}
	for _, c := range contacts(s.Reports, parties, r.Policy) {
		i := slices.IndexFunc(list, func(k Recipient) bool { return k.Party == c.Party })
		if i >= 0 {
			list[i].Found = c.Found
			continue
		}
		if k := s.known(c.Party); k != nil {
			// A requester of the ticket whom another report accuses.
			to := *k
			to.Basis, to.Found = c.Basis, c.Found
			list = append(list, to)
			continue
		}
		if c.Party.Contact() == "" {
			continue
		}
		token, err := store.NewToken(r.Rand)
		if err != nil {
			return nil, err
		}
		list = append(list, s.former(Recipient{Party: c.Party, Stage: c.Party.Stage, Basis: c.Basis, Found: c.Found, Token: token}))
		p.Recipients = append(p.Recipients, store.NewRecipient{
			Party: c.Party.ID, Stage: store.Stage(c.Party.Stage), Token: token, Address: c.Party.Contact(), Basis: c.Basis,
		})
	}
	for i := range list {
		list[i].OthersTold = othersTold(list[i].Party, list)
		list[i].Earlier = s.Told[list[i].Party.ID] != ""
	}
	return list, nil
}

// known is a party that is on the ticket already, nil if it is not.
func (s *Situation) known(p *Party) *Recipient {
	for i := range s.Known {
		if s.Known[i].Party == p {
			return &s.Known[i]
		}
	}
	return nil
}

// former is a party that comes to the ticket, with what it was told of its
// reports before they had this ticket.
func (s *Situation) former(to Recipient) Recipient {
	for _, f := range s.Former {
		if f.Party == to.Party {
			to.Sent, to.Pseudonyms = f.Sent, f.Pseudonyms
		}
	}
	return to
}

// othersTold names the other recipients that this one may hear of: CSIRTs, to
// those who work with CSIRTs. Everybody else might be an affected site.
func othersTold(to *Party, all []Recipient) []string {
	switch to.Relation {
	case disclosure.CSIRT, disclosure.Peer, disclosure.OwnConstituency:
	default:
		return nil
	}
	var names []string
	for _, r := range all {
		if r.Party != to && r.Party.Relation == disclosure.CSIRT {
			names = append(names, r.Party.DisplayName())
		}
	}
	slices.Sort(names)
	return names
}

// approvals is how many operators must look at a message first. What tells
// nobody anything needs none.
func (r *Relay) approvals(res *disclosure.Result) int {
	if res == nil {
		return 0
	}
	switch res.Approval {
	case disclosure.ApproveAuto:
		return 0
	case disclosure.ApproveTwo:
		return 2
	}
	return 1
}

// add turns a notice into rows.
func (p *Plan) add(n *Notice, t *Ticket, d Digests, approvals int) error {
	inputs, err := json.Marshal(inputsOf(n, t))
	if err != nil {
		return fmt.Errorf("write decision: %w", err)
	}
	row := store.NewDecision{
		Party: n.Recipient.Party.ID, Kind: n.Kind, Stage: store.Stage(n.Recipient.Stage),
		PolicyDigest: d.Policy, PartiesDigest: d.Parties, Inputs: inputs, Cells: n.table(),
		Scan: n.Scan, Twin: n.Twin, Refusal: n.Refusal,
	}
	for _, rep := range t.Reports {
		row.Reports = append(row.Reports, store.Digest(rep.SHA256))
	}
	if n.Refusal == "" {
		if !bytes.Equal(n.proved, n.Plain) { // both are one slice, and nothing is compared
			return errors.New("write decision: the message is not the one that was scanned")
		}
		row.Delivery = &store.NewDelivery{
			From: n.From, To: n.To, MessageID: n.MessageID,
			Bytes: n.Sealed, Plain: n.Plain, Approvals: approvals, Override: n.Recipient.Override != nil, HoldFor: n.HoldFor,
		}
		p.Pseudonyms = append(p.Pseudonyms, n.Fresh...)
	}
	p.Decisions = append(p.Decisions, row)
	p.Notices = append(p.Notices, n)
	return nil
}
