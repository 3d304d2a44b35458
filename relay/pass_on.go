package relay

import (
	"time"

	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// passOn decides what recipients' answers tell the requesters of the reports
// that they answer. An answer is a report like any other, with its sender's
// conditions, but it stands apart: it says nothing in the notices to others,
// and no other report says anything in it. It returns the requesters that hear
// of an answer.
func (r *Relay) passOn(p *Plan, s *Situation, decided map[*Party]*Notice, parties *Parties, d Digests, now time.Time) (heard map[*Party]bool, err error) {
	heard = map[*Party]bool{}
	for _, rep := range s.Reports {
		if heard[rep.Party] || rep.Evidence != disclosure.Signed {
			continue
		}
		t := &Ticket{Number: s.Number, Via: s.Via, Answer: true}
		for _, a := range s.Answers {
			if n := decided[a.Party]; n != nil && a.Party != rep.Party && s.speaksTo(n, rep.Party) {
				t.Reports = append(t.Reports, a)
			}
		}
		if len(t.Reports) == 0 {
			continue
		}
		to, err := r.signed(p, s, rep)
		if err != nil {
			return nil, err
		}
		to.Earlier = s.Told[rep.Party.ID] != ""
		to.Found = foundBy(rep.Party, t.Reports, parties, r.Policy)
		n, err := r.Notice(t, to, parties, now)
		if err != nil {
			return nil, err
		}
		for i, a := range t.Reports {
			if n.res.Reports[i].Refusal.AsksRequester() {
				p.unclear[a] = true
			}
		}
		if !p.wanted(s, n) {
			heard[rep.Party] = true // it has heard all of it
			continue
		}
		if err := p.add(n, t, d, r.approvals(n.res)); err != nil {
			return nil, err
		}
		heard[rep.Party] = n.Refusal == ""
	}
	return heard, nil
}

// speaksTo reports whether a requester's reports tell the recipient of a notice
// anything.
func (s *Situation) speaksTo(n *Notice, requester *Party) bool {
	for i, rep := range s.Reports {
		if rep.Party == requester && n.res.Reports[i].Relay {
			return true
		}
	}
	return false
}

// signed is a requester as one to be told: it has come as far as the signature
// of its report brings it, which the ticket's evidence is to say.
func (r *Relay) signed(p *Plan, s *Situation, rep *Report) (Recipient, error) {
	to, err := r.asRequester(p, s, rep)
	if err != nil || !to.Stage.Before(rep.Party.Signed()) {
		return to, err
	}
	p.Steps = append(p.Steps, store.Step{
		Party: rep.Party.ID, From: store.Stage(to.Stage), To: store.Stage(rep.Party.Signed()), Kind: "signed-report",
	})
	to.Stage = rep.Party.Signed()
	return to, nil
}
