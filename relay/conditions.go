package relay

import (
	"strings"

	"iodefgw/iodef"
	"iodefgw/relay/disclosure"
)

// conditionsSpace is the namespace of conditions inside a document
// (disclosure.md 7): one element in AdditionalData, a child for each key.
const conditionsSpace = "urn:iodefgw:disclosure:1"

// inDocument reads the conditions that stand in the document itself. They hold
// beside those of the text, and the stricter counts; one that cannot be read
// makes the whole report's conditions unreadable. One with a ref speaks of a
// single element: without a way to tell it apart it holds for all.
func (r *Report) inDocument() {
	for _, parent := range []*iodef.Element{r.Document.Root(), r.Incident.Element} {
		if parent == nil {
			continue
		}
		for data := range parent.Children() {
			if data.Name() != "AdditionalData" {
				continue
			}
			for e := range data.Children() {
				if e.Space() == conditionsSpace {
					r.element(e)
				}
			}
		}
	}
}

func (r *Report) element(e *iodef.Element) {
	var pairs []disclosure.Pair
	for key := range e.Children() {
		if key.Space() == conditionsSpace {
			pairs = append(pairs, disclosure.Pair{Key: key.Name(), Value: strings.TrimSpace(key.Text())})
		}
	}
	c, err := disclosure.ParsePairs(pairs)
	if err != nil {
		r.BadLine = e.Line()
		return
	}
	if r.Conditions == nil {
		r.Conditions = &c
		return
	}
	// Both forms speak: neither replaces the other, nor the standing profile.
	r.Conditions.Replace = false
	r.also = append(r.also, c)
}
