package relay

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// Answer is what a recipient has answered to us, as far as a requester may
// come to hear of it.
type Answer struct {
	Wants []disclosure.Key // what more it asks for
	Named bool             // its own conditions let us say who it is
	Quiet bool             // it only acknowledged: no requester hears of that
}

// Written is a letter that a requester was sent about a recipient.
type Written struct {
	Requester, Letter, About string
	conditions               string // of the requester's reports, then
}

// WrittenIn reads it from the decision it was stored with; false for any other.
func WrittenIn(d store.Decision) (Written, bool) {
	var in decisionInputs
	if d.Kind != store.KindQuestion && d.Kind != store.KindOutcome || json.Unmarshal(d.Inputs, &in) != nil || in.Says == nil || in.Says.About == "" {
		return Written{}, false
	}
	w := Written{Requester: d.Party, Letter: in.Letter, About: in.Says.About}
	for _, r := range in.Reports {
		if r.Party == d.Party {
			w.conditions += conditionsKey(r.Conditions)
		}
	}
	return w, true
}

func conditionsKey(list []store.Digest) string {
	var b strings.Builder
	for _, digest := range list {
		b.WriteString(string(digest) + " ")
	}
	return b.String() + "\n"
}

// The letters about a recipient.
const (
	letterMore     = "more"     // it asks for more: may we tell it?
	letterAnswered = "answered" // it has answered
)

// tellOfAnswer writes to the requesters whose reports this recipient was told
// of: that it asks for more than they allow, else that it has answered. Of what
// it wrote they learn the classes of thing that it asks for, and no word; prose
// of neither side grants anything. A question to a requester stays open until
// that requester speaks, and is asked once until then.
func (r *Relay) tellOfAnswer(p *Plan, s *Situation, n *Notice, heard map[*Party]bool, parties *Parties, d Digests, now time.Time) error {
	about := n.Recipient.Party
	fill := says{About: about.ID, Class: about.Relation}
	if s.Answer.Named {
		fill.Name = about.DisplayName()
	}
	done := map[*Party]bool{}
	for i, rep := range s.Reports {
		if done[rep.Party] || rep.Party == about || rep.Evidence != disclosure.Signed || !n.res.Reports[i].Relay {
			continue
		}
		done[rep.Party] = true
		asks := fill
		asks.Wants = s.wanted(n.res, rep.Party)
		switch {
		case len(asks.Wants) > 0 && !s.written(rep.Party, letterMore, about, true):
			if err := r.question(p, s, rep, letterMore, asks, parties, d, now); err != nil {
				return err
			}
		case len(asks.Wants) == 0 && !s.Answer.Quiet && !heard[rep.Party] && !s.written(rep.Party, letterAnswered, about, false):
			letter, err := r.plain(store.KindOutcome, letterAnswered, &s.Ticket, Recipient{Party: rep.Party, Number: rep.Number}, fill, parties, now)
			if err != nil {
				return err
			}
			if err := p.add(letter, &s.Ticket, d, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// wanted is what a recipient asks for that this requester alone keeps back.
func (s *Situation) wanted(res *disclosure.Result, requester *Party) []string {
	var keys []disclosure.Key
	for i, rep := range s.Reports {
		if len(s.Answer.Wants) == 0 || rep.Party != requester || !res.Reports[i].Relay {
			continue
		}
		for _, k := range res.More(i) {
			if slices.Contains(s.Answer.Wants, k) {
				keys = append(keys, k)
			}
		}
	}
	slices.Sort(keys)
	var words []string
	for _, k := range slices.Compact(keys) {
		words = append(words, k.String())
	}
	return words
}

// written reports whether a requester has had such a letter about a recipient;
// open counts only one since which the requester has said nothing new.
func (s *Situation) written(requester *Party, letter string, about *Party, open bool) bool {
	now := ""
	for _, rep := range s.Reports {
		if rep.Party == requester {
			now += conditionsKey(rep.conditionDigests())
		}
	}
	return slices.ContainsFunc(s.Written, func(w Written) bool {
		return w.Requester == requester.ID && w.Letter == letter && w.About == about.ID && (!open || w.conditions == now)
	})
}

// tellMasked tells requesters that a log which they let go as it is went with
// values of others masked, or with other line ends.
func (r *Relay) tellMasked(p *Plan, s *Situation, sent *Notice, parties *Parties, d Digests, now time.Time) error {
	for i, rep := range s.Reports {
		fill := says{Altered: sent.altered[i]}
		for _, note := range sent.res.Notes {
			if note.Code == disclosure.NoteThirdInLog && note.Report == i {
				fill.Masked = note.N
			}
		}
		if fill.Masked == 0 && !fill.Altered || rep.Evidence != disclosure.Signed {
			continue
		}
		n, err := r.plain(store.KindOutcome, "masked", &s.Ticket, Recipient{Party: rep.Party, Number: rep.Number}, fill, parties, now)
		if err != nil {
			return err
		}
		if err := p.add(n, &s.Ticket, d, 0); err != nil {
			return err
		}
	}
	return nil
}

// BasisRequester marks a party on a ticket that is asked and not told.
const BasisRequester = "requester"

// ask writes to the requesters whose word is missing, the one whose report
// just came first and no one twice.
func (r *Relay) ask(p *Plan, s *Situation, asked map[*Report]bool, parties *Parties, d Digests, now time.Time) error {
	done := map[string]bool{}
	for _, rep := range slices.Concat(s.Reports, s.Answers) {
		if !asked[rep] || rep != s.Receipt || rep.Evidence != disclosure.Signed || done[rep.Party.ID] {
			continue
		}
		done[rep.Party.ID] = true
		fill := says{BadLine: rep.BadLine, Already: !s.nothingTold(rep.Party), Stopped: rep.stops || slices.Contains(s.Stopped, rep.Party.ID)}
		if err := r.question(p, s, rep, "question", fill, parties, d, now); err != nil {
			return err
		}
	}
	return nil
}

// question writes to a requester, with an address that its answer goes to.
func (r *Relay) question(p *Plan, s *Situation, rep *Report, letter string, fill says, parties *Parties, d Digests, now time.Time) error {
	to, err := r.asRequester(p, s, rep)
	if err != nil {
		return err
	}
	to = Recipient{Party: to.Party, Number: to.Number, Token: to.Token}
	n, err := r.plain(store.KindQuestion, letter, &s.Ticket, to, fill, parties, now)
	if err != nil {
		return err
	}
	return p.add(n, &s.Ticket, d, 0)
}

// asRequester is a requester as one to be written to, with an address that its
// answer goes to: it is put on the ticket where it is not there yet.
func (r *Relay) asRequester(p *Plan, s *Situation, rep *Report) (Recipient, error) {
	to := s.former(Recipient{Party: rep.Party, Stage: disclosure.FirstContact, Basis: BasisRequester})
	if k := s.known(rep.Party); k != nil {
		to = *k
	} else if i := slices.IndexFunc(p.Recipients, func(n store.NewRecipient) bool { return n.Party == rep.Party.ID }); i >= 0 {
		to.Token, to.Stage = p.Recipients[i].Token, disclosure.Stage(p.Recipients[i].Stage)
	} else {
		token, err := store.NewToken(r.Rand)
		if err != nil {
			return to, err
		}
		to.Token = token
		p.Recipients = append(p.Recipients, store.NewRecipient{
			Party: rep.Party.ID, Stage: store.FirstContact, Token: token, Address: rep.Party.Contact(), Basis: BasisRequester,
		})
	}
	to.Number = rep.Number
	return to, nil
}
