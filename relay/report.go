package relay

import (
	"errors"
	"strings"

	"iodefgw/iodef"
	"iodefgw/relay/disclosure"
)

// Report is one accepted Incident with its requester and what the requester
// allows: what planning knows of it.
type Report struct {
	Name     string // how decisions call it: "report 12"
	Number   string // by which its requester knows the ticket; empty: the ticket's own
	Party    *Party // the requester
	Evidence disclosure.Evidence
	Document *iodef.Document
	Incident iodef.Incident
	SHA256   string // of the document's bytes

	Conditions *disclosure.Conditions // nil: none were given
	BadLine    int                    // > 0: conditions were given and this line of them cannot be read
	Answer     bool                   // of a recipient, to what it was told: it goes to the ticket's requesters
	Row        int64                  // in the store, 0 for one that is not there yet
	CameTo     int64                  // ticket that it came to, before any merge
	Held       bool                   // somebody asked to stop; nothing of it is told

	stops    bool                    // its own words ask to tell less than its conditions do
	also     []disclosure.Conditions // those of the document, where both forms speak
	elements []aboutElement          // what is said of single elements
	texts    []string                // what the conditions were read from, the report's own first
}

// NewReport takes one Incident of a document. text is the signed text in which
// conditions may stand; later is what the requester said after the report, the
// latest last, and takes its place.
func NewReport(name string, p *Party, ev disclosure.Evidence, doc *iodef.Document, inc iodef.Incident, sum, text string, later ...string) *Report {
	r := &Report{Name: name, Party: p, Evidence: ev, Document: doc, Incident: inc, SHA256: sum, texts: append([]string{text}, later...)}
	for _, t := range r.texts {
		c, found, err := disclosure.ParseConditions(t)
		var bad *disclosure.ConditionsError
		switch {
		case errors.As(err, &bad):
			r.Conditions, r.BadLine, r.stops = nil, max(1, bad.Line), false
		case found:
			r.Conditions, r.BadLine, r.stops = &c, 0, c.Contradicts(t)
		case disclosure.Tightens(t):
			r.stops = true // beside an Expectation, a profile or the form in the document
		}
	}
	r.Held = r.stops
	if len(later) == 0 {
		r.inDocument() // what was said after the report takes its place too
	}
	return r
}

// Saying is the report with what its requester has said of it since.
func (r *Report) Saying(text string) *Report {
	s := NewReport(r.Name, r.Party, r.Evidence, r.Document, r.Incident, r.SHA256, "", text)
	s.Number, s.Answer, s.Row, s.CameTo = r.Number, r.Answer, r.Row, r.CameTo
	return s
}

// GoesOn reports whether the report says under its requester's signature what
// may be told of it.
func (r *Report) GoesOn() bool {
	return r.Evidence == disclosure.Signed && r.Conditions != nil && r.BadLine == 0 && !r.stops
}

// Hold holds the reports of a ticket that is held. One whose own words ask to
// stop is held anyway, until its requester says how to go on.
func (s *Situation) Hold() {
	for _, list := range [][]*Report{s.Reports, s.Answers} {
		for _, r := range list {
			r.Held = s.Held || r.stops
		}
	}
}

// expects is whom the report asks to be told: its Expectations, in IODEF's words.
func (r *Report) expects() disclosure.Roles {
	var roles disclosure.Roles
	for _, x := range r.Incident.Expectations() {
		switch x.Action() {
		case "contact-source-site":
			roles |= disclosure.SourceSite
		case "contact-target-site":
			roles |= disclosure.TargetSite
		}
	}
	return roles
}

// wants is whom the requester wants told: the "to" of its conditions and of its
// standing profiles where they have one, else the Expectations.
func (r *Report) wants(policy *disclosure.Policy) (roles disclosure.Roles, parties []string) {
	said := false
	take := func(c *disclosure.Conditions) {
		if c == nil || !c.Said(disclosure.KeyTo) {
			return
		}
		said = true
		for _, to := range c.To {
			switch to {
			case "source-site":
				roles |= disclosure.SourceSite
			case "target-site":
				roles |= disclosure.TargetSite
			}
			if id, ok := strings.CutPrefix(to, "party:"); ok {
				parties = append(parties, id)
			}
		}
	}
	take(r.Conditions)
	if !said {
		for _, c := range r.profiles(policy) {
			take(&c)
		}
	}
	if !said {
		roles = r.expects()
	}
	return roles, parties
}

// profiles are the standing conditions of the requester.
func (r *Report) profiles(policy *disclosure.Policy) (list []disclosure.Conditions) {
	if policy == nil {
		return nil
	}
	for _, p := range policy.Profiles {
		if p.Party == r.Party.ID {
			list = append(list, p.Conditions)
		}
	}
	return list
}

// forDecision is the report as package disclosure sees it.
func (r *Report) forDecision(policy *disclosure.Policy) disclosure.Report {
	d := disclosure.Report{
		Name:       r.Name,
		Party:      r.Party.scope(),
		Evidence:   r.Evidence,
		Conditions: r.Conditions,
		Invalid:    r.BadLine > 0,
		Profiles:   append(r.profiles(policy), r.also...),
		Held:       r.Held,
		Expects:    r.expects(),
		Marking:    markingOf(r.Document.Version(), r.Incident.Element),
	}
	for _, a := range r.elements {
		d.Elements = append(d.Elements, a.says)
	}
	for _, a := range r.Incident.Assessments() {
		for e := range a.Children() {
			if t, ok := e.Attr("type"); ok {
				d.Types = append(d.Types, t)
			}
			if s, ok := e.Attr("severity"); ok && severityRank(s) > severityRank(d.Severity) {
				d.Severity = s
			}
		}
	}
	return d
}

func severityRank(s string) int {
	switch s {
	case "low":
		return 1
	case "medium":
		return 2
	case "high":
		return 3
	}
	return 0
}

// markingOf is the marking that holds at an element. Silence up to the
// Incident is a marking that is absent, not one that says private.
func markingOf(v iodef.Version, e *iodef.Element) disclosure.Marking {
	r := e.Restriction()
	if !r.Explicit && r.Value == "private" {
		return disclosure.MarkAbsent
	}
	return disclosure.ParseRestriction(string(v), r.Value)
}

// scope is a party as package disclosure sees it.
func (p *Party) scope() disclosure.Party {
	names := p.Aliases
	if p.Name != "" {
		names = append([]string{p.Name}, names...)
	}
	return disclosure.Party{
		ID: p.ID, Names: names, Addresses: p.Addresses, Networks: p.Networks, Domains: p.Domains,
		Relation: p.Relation, Trust: p.Trust, TI: p.TI, Channel: p.Channel, HasKey: len(p.Keys) > 0,
	}
}
