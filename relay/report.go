package relay

import (
	"errors"

	"iodefgw/iodef"
	"iodefgw/relay/disclosure"
)

// Report is one accepted Incident with its requester and what the requester
// allows: what planning knows of it.
type Report struct {
	Name     string // how decisions call it: "report 12"
	Party    *Party // the requester
	Evidence disclosure.Evidence
	Document *iodef.Document
	Incident iodef.Incident
	SHA256   string // of the document's bytes

	Conditions *disclosure.Conditions // nil: none were given
	BadLine    int                    // > 0: conditions were given and this line of them cannot be read
}

// NewReport takes one Incident of a document. text is the signed text in which
// conditions may stand; later is what the requester said after the report, the
// latest last, and takes its place.
func NewReport(name string, p *Party, ev disclosure.Evidence, doc *iodef.Document, inc iodef.Incident, sum, text string, later ...string) *Report {
	r := &Report{Name: name, Party: p, Evidence: ev, Document: doc, Incident: inc, SHA256: sum}
	for _, t := range append([]string{text}, later...) {
		c, found, err := disclosure.ParseConditions(t)
		var bad *disclosure.ConditionsError
		switch {
		case errors.As(err, &bad):
			r.Conditions, r.BadLine = nil, max(1, bad.Line)
		case found:
			r.Conditions, r.BadLine = &c, 0
		}
	}
	return r
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

// wants is whom the requester wants told: the conditions' "to" where they have
// one, else the Expectations.
func (r *Report) wants() disclosure.Roles {
	if r.Conditions == nil || !r.Conditions.Said(disclosure.KeyTo) {
		return r.expects()
	}
	var roles disclosure.Roles
	for _, to := range r.Conditions.To {
		switch to {
		case "source-site":
			roles |= disclosure.SourceSite
		case "target-site":
			roles |= disclosure.TargetSite
		}
	}
	return roles
}

// forDecision is the report as package disclosure sees it.
func (r *Report) forDecision(policy *disclosure.Policy) disclosure.Report {
	var profiles []disclosure.Conditions
	for _, p := range policy.Profiles {
		if p.Party == r.Party.ID {
			profiles = append(profiles, p.Conditions)
		}
	}
	d := disclosure.Report{
		Name:       r.Name,
		Party:      r.Party.scope(),
		Evidence:   r.Evidence,
		Conditions: r.Conditions,
		Invalid:    r.BadLine > 0,
		Profiles:   profiles,
		Expects:    r.expects(),
		Marking:    markingOf(r.Document.Version(), r.Incident.Element),
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
