package main

import (
	"strings"
	"time"

	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

func runTicket(env *Env, args []string) error {
	return runVerb(env, args, verb{"list", ticketList}, verb{"show", ticketShow}, verb{"explain", ticketExplain},
		verb{"statement", ticketStatement}, verb{"override", ticketOverride}, verb{"merge", ticketMerge}, verb{"split", ticketSplit}, verb{"plan", ticketPlan},
		verb{"close", ticketClose}, verb{"reopen", ticketReopen})
}

// ticketLine is a ticket as ticket list and ticket show print it. It has ids,
// states and parties, and no value of a report.
type ticketLine struct {
	Number     string          `json:"number"`
	State      string          `json:"state"`
	Opened     time.Time       `json:"opened"`
	Updated    time.Time       `json:"updated"`
	References []referenceLine `json:"references"`
	MergedInto string          `json:"merged_into,omitempty"`
	Merged     []string        `json:"merged,omitempty"` // tickets that were merged into it
	SplitFrom  string          `json:"split_from,omitempty"`
	Split      []string        `json:"split,omitempty"` // tickets that were split from it
	Reports    []reportLine    `json:"reports,omitempty"`
	Recipients []recipientLine `json:"recipients,omitempty"`
	Decisions  []decisionLine  `json:"decisions,omitempty"`
	Deliveries []deliveryLine  `json:"deliveries,omitempty"`
}

// referenceLine is a number that another side gave the incident.
type referenceLine struct {
	Number string `json:"number"`
	Party  string `json:"party"`
}

// reportLine is one report of a ticket.
type reportLine struct {
	ID         int64     `json:"id"`
	MailID     int64     `json:"mail"`
	Party      string    `json:"party"`
	Version    string    `json:"version"`
	Current    bool      `json:"current"`
	SHA256     string    `json:"sha256"`
	Accepted   time.Time `json:"accepted"`
	Conditions string    `json:"conditions"` // the preset, "own" for others, empty for none
	Suggests   string    `json:"suggests"`   // where there are none: the preset that its prose seems to mean; it grants nothing
	Number     string    `json:"number"`     // that its requester was told
	Answer     bool      `json:"answer"`     // of a recipient, to what it was told
}

// recipientLine is a party on a ticket.
type recipientLine struct {
	Party string     `json:"party"`
	Stage string     `json:"stage"`
	Basis string     `json:"basis"`
	Steps []stepLine `json:"steps"`
}

// stepLine is the evidence of one step between stages.
type stepLine struct {
	From string    `json:"from"`
	To   string    `json:"to"`
	Kind string    `json:"kind"`
	At   time.Time `json:"at"`
	By   string    `json:"by"`
}

// decisionLine is what was decided for a party.
type decisionLine struct {
	ID       int64     `json:"id"`
	Party    string    `json:"party"`
	Kind     string    `json:"kind"`
	Stage    string    `json:"stage"`
	Refusal  string    `json:"refusal,omitempty"`
	Scan     string    `json:"scan"`
	Twin     string    `json:"twin"`
	Delivery int64     `json:"delivery,omitempty"`
	At       time.Time `json:"at"`
}

func ticketList(env *Env, args []string) error {
	flags := flagSet()
	state := flags.String("state", "", "only tickets in this `STATE`: open, needs-consent, no-contact, held, closed")
	reference := flags.String("reference", "", "only tickets that carry this `NUMBER` of somebody else, such as JPCERT#12345678")
	asJSON := flags.Bool("json", false, "one JSON object per ticket")
	s, _, err := env.open(flags, args, reads)
	if err != nil {
		return err
	}
	defer s.Close()
	out := env.listing(*asJSON, "TICKET", "STATE", "OPENED", "UPDATED", "REPORTERS", "RECIPIENTS", "REFERENCES")
	err = s.eachTicket(*reference, store.TicketState(*state), func(t store.Ticket) error {
		l, err := s.ticketLine(t)
		if err != nil {
			return err
		}
		var from, to, refs []string
		for _, r := range l.Reports {
			from = appendNew(from, r.Party)
		}
		for _, r := range l.Recipients {
			to = append(to, r.Party+" ("+r.Stage+")")
		}
		for _, r := range l.References {
			refs = append(refs, r.Number)
		}
		l.Reports, l.Recipients = nil, nil // ticket show has them
		state := strings.Join(append([]string{string(t.State)}, l.tied()...), ", ")
		return out.add(l, t.Number, state, moment(t.Opened), moment(t.Updated),
			strings.Join(from, ", "), strings.Join(to, ", "), strings.Join(refs, ", "))
	})
	if err != nil {
		return err
	}
	out.end()
	return nil
}

// eachTicket walks the tickets, all or those with a reference, page by page.
func (s *session) eachTicket(reference string, state store.TicketState, do func(store.Ticket) error) error {
	if reference != "" {
		tickets, err := s.TicketsByReference(s.ctx, reference)
		if err != nil {
			return storeHint(err)
		}
		for _, t := range tickets {
			if state == "" || t.State == state {
				if err := do(t); err != nil {
					return err
				}
			}
		}
		return nil
	}
	filter := store.TicketFilter{State: state}
	for t, err := range paged(func() ([]store.Ticket, error) { return s.Tickets(s.ctx, filter) }) {
		if err != nil {
			return err
		}
		filter.After = t.ID
		if err := do(t); err != nil {
			return err
		}
	}
	return nil
}

// ticketLine collects a ticket's reports and recipients.
func (s *session) ticketLine(t store.Ticket) (ticketLine, error) {
	l := ticketLine{Number: t.Number, State: string(t.State), Opened: t.Opened.UTC(), Updated: t.Updated.UTC(), References: []referenceLine{}}
	if err := s.ties(t, &l); err != nil {
		return l, err
	}
	refs, err := s.References(s.ctx, t.ID)
	if err != nil {
		return l, storeHint(err)
	}
	for _, r := range refs {
		l.References = append(l.References, referenceLine{r.Number, r.Party})
	}
	reports, err := s.Reports(s.ctx, t.ID)
	if err != nil {
		return l, storeHint(err)
	}
	for _, r := range reports {
		l.Reports = append(l.Reports, reportLine{r.ID, r.MailID, r.Party, r.Version, r.Current, string(r.Digest), r.AcceptedAt.UTC(), conditionsName(r.Conditions), suggested(r.Conditions), r.Number, r.Answer})
	}
	recipients, err := s.Recipients(s.ctx, t.ID)
	if err != nil {
		return l, storeHint(err)
	}
	for _, r := range recipients {
		line := recipientLine{Party: r.Party, Stage: string(r.Stage), Basis: r.Basis, Steps: []stepLine{}}
		steps, err := s.Evidence(s.ctx, t.ID, r.Party)
		if err != nil {
			return l, storeHint(err)
		}
		for _, e := range steps {
			line.Steps = append(line.Steps, stepLine{string(e.From), string(e.To), e.Kind, e.At.UTC(), e.Actor})
		}
		l.Recipients = append(l.Recipients, line)
	}
	return l, nil
}

// ties says which tickets merges and splits tie to a ticket.
func (s *session) ties(t store.Ticket, l *ticketLine) error {
	family, err := s.Family(s.ctx, t)
	if err != nil {
		return storeHint(err)
	}
	for _, o := range family {
		if o.ID == t.MergedInto {
			l.MergedInto = o.Number
		}
		if o.ID == t.SplitFrom {
			l.SplitFrom = o.Number
		}
		if o.MergedInto == t.ID {
			l.Merged = append(l.Merged, o.Number)
		}
		if o.SplitFrom == t.ID {
			l.Split = append(l.Split, o.Number)
		}
	}
	return nil
}

// tied is what ties says, for people.
func (l *ticketLine) tied() (words []string) {
	if l.MergedInto != "" {
		words = append(words, "merged into "+l.MergedInto)
	}
	if len(l.Merged) > 0 {
		words = append(words, "with "+strings.Join(l.Merged, ", ")+" merged into it")
	}
	if l.SplitFrom != "" {
		words = append(words, "split from "+l.SplitFrom)
	}
	if len(l.Split) > 0 {
		words = append(words, strings.Join(l.Split, ", ")+" split from it")
	}
	return words
}

// conditionsName says what kind of conditions a report has: their text may name
// the very networks that they hide.
func conditionsName(text string) string {
	c, found, err := disclosure.ParseConditions(text)
	switch {
	case err != nil:
		return "invalid"
	case !found:
		return ""
	case c.Preset != "":
		return c.Preset
	}
	return "own"
}

// suggested is the preset that a text without conditions seems to ask for. Prose
// is never a grant: an operator may want to ask about it.
func suggested(text string) string {
	if _, found, err := disclosure.ParseConditions(text); found || err != nil {
		return ""
	}
	preset, _ := disclosure.Suggest(text)
	return preset
}
