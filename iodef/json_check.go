package iodef

import (
	"errors"
	"time"
)

// CheckJSON gives the findings about a document in the JSON form of RFC 8727:
// members that form does not know, and all that its XML form gives, lines and
// what concerns XML alone left out. The error is a *Malformed if raw is no
// JSON.
func CheckJSON(raw []byte, now time.Time) ([]Finding, error) {
	doc, _, err := FromJSON(raw)
	var invalid *Invalid
	if errors.As(err, &invalid) {
		return invalid.Findings, nil
	}
	if err != nil {
		return nil, err
	}
	text, err := write(doc)
	if err != nil {
		return nil, err
	}
	d, err := Parse(text)
	if err != nil {
		return nil, err
	}
	var kept []Finding
	for _, f := range d.Validate(now) {
		switch f.Rule {
		case ruleConflict, "DOC-LOC": // RFC 8727 takes the side of the prose
			continue
		}
		f.Line, f.Column = 0, 0
		kept = append(kept, f)
	}
	return kept, nil
}
