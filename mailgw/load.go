package mailgw

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"iodefgw/iodef"
	"iodefgw/relay"
	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// Situation is a ticket as it stands.
func (n *Snapshot) Situation(ctx context.Context, st *store.Store, ticketID int64) (*relay.Situation, error) {
	t, err := st.TicketByID(ctx, ticketID)
	if err != nil {
		return nil, err
	}
	s := &relay.Situation{Ticket: relay.Ticket{Number: t.Number}, Told: map[string]string{}, Queued: map[string]string{}}
	if s.Via, err = via(ctx, st, t); err != nil {
		return nil, err
	}
	return s, n.load(ctx, st, ticketID, but{}, s)
}

// via are the loop marks that the mails of a ticket came with, or of one that
// its reports may have come from.
func via(ctx context.Context, st *store.Store, ticket store.Ticket) ([]string, error) {
	family, err := st.Family(ctx, ticket)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, t := range family {
		decisions, err := st.Decisions(ctx, t.ID, "")
		if err != nil {
			return nil, err
		}
		for _, d := range decisions {
			all = append(all, relay.ViaIn(d)...)
		}
	}
	slices.Sort(all)
	return relay.LoopMarks(slices.Compact(all)), nil
}

// but is what a ticket is to be read without.
type but struct {
	replaced func(*store.Report) bool // reports that what comes takes the place of; nil: none
	delivery int64                    // a message that was never made
}

// load reads a ticket from the store as planning needs it. A stored document
// was read before it was accepted; that it can be read again is checked.
func (n *Snapshot) load(ctx context.Context, st *store.Store, ticketID int64, without but, s *relay.Situation) error {
	rows, err := st.CurrentReports(ctx, ticketID)
	if err != nil {
		return err
	}
	consents, err := st.Consents(ctx, ticketID)
	if err != nil {
		return err
	}
	ticket, err := st.TicketByID(ctx, ticketID)
	if err != nil {
		return err
	}
	spoken := map[string]int64{} // by party: the mail of its last update that says how to go on
	for _, row := range rows {
		if without.replaced != nil && without.replaced(&row) {
			continue
		}
		p := n.Parties.ByID(row.Party)
		if p == nil {
			continue // a requester that is no longer registered grants nothing
		}
		doc, err := iodef.Parse(row.Document)
		if err != nil {
			return fmt.Errorf("read report %d again: %w", row.ID, err)
		}
		incidents := doc.Incidents()
		if row.Incident >= len(incidents) {
			return fmt.Errorf("read report %d again: its incident is gone", row.ID)
		}
		ev, err := evidenceFor(ctx, st, row.MailID)
		if err != nil {
			return err
		}
		var later []string
		for _, k := range consents {
			// What was said before this report speaks of an earlier one: the
			// conditions of the newer report stand (case 90).
			if k.Party == row.Party && k.MailID > row.MailID && k.Conditions != store.AskedToStop && (k.ReportID == 0 || k.ReportID == row.ID) {
				later = append(later, k.Conditions)
			}
		}
		report := relay.NewReport(fmt.Sprint(row.ID), p, ev, doc, incidents[row.Incident], string(row.Digest), row.Conditions, later...)
		report.Answer, report.Number, report.Row, report.CameTo = row.Answer, row.Number, row.ID, row.CameTo
		if at, ok := spoken[row.Party]; row.Supersedes == 0 || !report.GoesOn() || ok && at != row.MailID {
			spoken[row.Party] = 0 // not all of its reports are of that mail
		} else {
			spoken[row.Party] = row.MailID
		}
		if row.Answer {
			s.Answers = append(s.Answers, report)
			continue
		}
		s.Reports = append(s.Reports, report)
	}
	for _, k := range consents {
		if k.Conditions == store.AskedToStop {
			s.LastStop = relay.Stop{MailID: k.MailID, At: k.At}
		}
	}
	s.Stopped = stopped(consents, spoken)
	// A stop outlives the ticket's end: what comes may open it again.
	s.Held = ticket.State == store.TicketHeld || ticket.State == store.TicketClosed && len(s.Stopped) > 0
	s.Hold()
	return n.loadRecipients(ctx, st, ticket, without, s)
}

// stopped are the parties that asked to stop and have said nothing signed since,
// by a word or by an update that came later (spoken). What was said of one report,
// before a merge, ends no stop of another.
func stopped(consents []store.Consent, spoken map[string]int64) (parties []string) {
	var stops []store.Consent
	for _, k := range consents {
		stops = slices.DeleteFunc(stops, func(s store.Consent) bool {
			return s.Party == k.Party && (k.ReportID == 0 || k.ReportID == s.ReportID)
		})
		if k.Conditions == store.AskedToStop {
			stops = append(stops, k)
		}
	}
	for _, s := range stops {
		if spoken[s.Party] <= s.MailID {
			parties = append(parties, s.Party)
		}
	}
	return parties
}

// evidenceFor says how a report came to be accepted. The mail is read from the
// list, which leaves its bytes where they are.
func evidenceFor(ctx context.Context, st *store.Store, mailID int64) (disclosure.Evidence, error) {
	mails, err := st.Mails(ctx, store.MailFilter{After: mailID - 1, Limit: 1})
	if err != nil || len(mails) == 0 || mails[0].ID != mailID {
		return disclosure.Unsigned, err
	}
	return evidenceOf(Class(mails[0].Signature), mails[0].Reasons), nil
}

func (n *Snapshot) loadRecipients(ctx context.Context, st *store.Store, ticket store.Ticket, without but, s *relay.Situation) error {
	recipients, err := st.Recipients(ctx, ticket.ID)
	if err != nil {
		return err
	}
	merged, err := st.Merged(ctx, ticket)
	if err != nil {
		return err
	}
	var decisions []store.Decision
	for _, t := range merged {
		list, err := st.Decisions(ctx, t.ID, "")
		if err != nil {
			return err
		}
		decisions = append(decisions, list...)
	}
	decisions = slices.DeleteFunc(decisions, func(d store.Decision) bool { return without.delivery != 0 && d.DeliveryID == without.delivery })
	for _, d := range decisions {
		if w, ok := relay.WrittenIn(d); ok {
			s.Written = append(s.Written, w)
		}
	}
	for _, r := range recipients {
		p := n.Parties.ByID(r.Party)
		if p == nil {
			continue
		}
		known := relay.Recipient{Party: p, Number: r.Knows, Stage: disclosure.Stage(r.Stage), Basis: r.Basis, Token: r.Token}
		if known.Pseudonyms, err = names(ctx, st, ticket, merged, r.Party); err != nil {
			return err
		}
		if known.Sent, err = st.Told(ctx, ticket.ID, r.Party, without.delivery); err != nil {
			return err
		}
		s.Known = append(s.Known, known)
		if s.Told[r.Party], s.Queued[r.Party], err = told(ctx, st, decisions, r.Party); err != nil {
			return err
		}
	}
	return n.loadFormer(ctx, st, ticket, s)
}

// loadFormer reads what parties were told of a ticket's reports before these
// were split off: whoever is not on the ticket yet may come to it.
func (n *Snapshot) loadFormer(ctx context.Context, st *store.Store, ticket store.Ticket, s *relay.Situation) error {
	family, err := st.Family(ctx, ticket)
	if err != nil || len(family) == 1 {
		return err
	}
	seen := map[string]bool{}
	for _, k := range s.Known {
		seen[k.Party.ID] = true
	}
	for _, t := range family {
		recipients, err := st.Recipients(ctx, t.ID)
		if err != nil {
			return err
		}
		for _, r := range recipients {
			p := n.Parties.ByID(r.Party)
			if p == nil || seen[r.Party] {
				continue
			}
			seen[r.Party] = true
			former := relay.Recipient{Party: p}
			if former.Pseudonyms, err = st.Pseudonyms(ctx, ticket.ID, r.Party); err != nil {
				return err
			}
			if former.Sent, err = st.Told(ctx, ticket.ID, r.Party, 0); err != nil {
				return err
			}
			s.Former = append(s.Former, former)
		}
	}
	return nil
}

// names are the pseudonyms that a party knows. One that it knows only from a
// ticket that was merged into this one stands for no value here, and is given to
// no other.
func names(ctx context.Context, st *store.Store, ticket store.Ticket, merged []store.Ticket, party string) ([]store.Pseudonym, error) {
	list, err := st.Pseudonyms(ctx, ticket.ID, party)
	for _, t := range merged {
		if err != nil || t.ID == ticket.ID {
			continue
		}
		var former []store.Pseudonym
		former, err = st.Pseudonyms(ctx, t.ID, party)
		for _, f := range former {
			if !slices.ContainsFunc(list, func(p store.Pseudonym) bool { return p.Token == f.Token }) {
				list = append(list, store.Pseudonym{Party: party, Token: f.Token})
			}
		}
	}
	return list, err
}

// told is all that a party was told, and what will be by messages that are still
// unsent; see relay.Notice.Said. What was cancelled was not told, and whether an
// override will be is for two operators to say: nothing waits for them.
func told(ctx context.Context, st *store.Store, decisions []store.Decision, party string) (sent, queued string, err error) {
	var said, will []string
	for _, d := range decisions {
		if d.Party != party || d.DeliveryID == 0 || relay.SaidIn(d) == "" {
			continue
		}
		delivery, err := st.DeliveryByID(ctx, d.DeliveryID)
		if err != nil {
			return "", "", err
		}
		switch delivery.State {
		case store.Cancelled:
		case store.AwaitingApproval, store.Queued, store.Deferred, store.HeldBack:
			if !delivery.Override {
				will = append(will, relay.SaidIn(d))
			}
		default:
			said = append(said, relay.SaidIn(d))
		}
	}
	return strings.Join(said, " "), strings.Join(will, " "), nil
}
