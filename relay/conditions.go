package relay

import (
	"slices"
	"strings"

	"iodefgw/iodef"
	"iodefgw/relay/disclosure"
)

// conditionsSpace is the namespace of conditions inside a document
// (disclosure.md 7): one element in AdditionalData, a child for each key.
const conditionsSpace = "urn:iodefgw:disclosure:1"

// aboutElement is what a requester says of one element of its document, and of
// all within it: the one that carries this observable-id.
type aboutElement struct {
	ref  string
	says disclosure.Conditions
}

// elementKeys are the keys that can be said of a single element. The others
// are of the whole report: whom it may be told, and until when.
var elementKeys = [...]disclosure.Key{
	disclosure.KeyLogs, disclosure.KeyAddresses, disclosure.KeyHosts, disclosure.KeyIdentity, disclosure.KeyText, disclosure.KeyTime,
	disclosure.KeyPreset, disclosure.KeyRelay,
}

// inDocument reads the conditions that stand in the document itself. They hold
// beside those of the text, and the stricter counts; what cannot be read makes
// the whole report's conditions unreadable.
func (r *Report) inDocument() {
	root := r.Document.Root()
	if root == nil {
		return
	}
	var deep []*iodef.Element
	for e := range root.All() {
		if e.Space() != conditionsSpace || e.Parent() == nil || e.Parent().Space() == conditionsSpace || inOtherIncident(e, r.Incident.Element) {
			continue
		}
		if data := e.Parent(); data.Name() == "AdditionalData" && (data.Parent() == root || data.Parent() == r.Incident.Element) {
			r.statement(e, r.state)
		} else {
			deep = append(deep, e)
		}
	}
	for _, e := range deep {
		r.statement(e, func(c disclosure.Conditions) {
			// What stands within a part narrows what is said of the whole. Alone
			// it would be a grant for the rest, which nobody gave.
			if r.Conditions == nil {
				r.unreadable(e)
			}
			r.also = append(r.also, c)
		})
	}
	if r.Conditions != nil && len(r.also) > 0 {
		r.Conditions.Replace = false
	}
}

// state takes conditions for the whole report.
func (r *Report) state(c disclosure.Conditions) {
	if r.Conditions == nil {
		r.Conditions = &c
		return
	}
	// Both forms speak: neither replaces the other, nor the standing profile.
	r.Conditions.Replace = false
	r.also = append(r.also, c)
}

// statement reads one element of conditions. Its ref, or that of one of its
// keys, names the single element that is meant.
func (r *Report) statement(e *iodef.Element, whole func(disclosure.Conditions)) {
	outer, ok := refOf(e)
	if !ok {
		r.unreadable(e)
		return
	}
	said := map[string][]disclosure.Pair{} // by ref
	refs := []string{outer}
	for key := range e.Children() {
		ref, ok := refOf(key)
		if !ok || key.Space() != conditionsSpace {
			r.unreadable(key)
			return
		}
		if ref == "" {
			ref = outer
		}
		if !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
		said[ref] = append(said[ref], disclosure.Pair{Key: key.Name(), Value: strings.TrimSpace(key.Text())})
	}
	for _, ref := range refs {
		if len(said[ref]) == 0 && len(refs) > 1 {
			continue // all its keys are about single elements
		}
		c, err := disclosure.ParsePairs(said[ref])
		switch {
		case err != nil:
			r.unreadable(e)
		case ref == "":
			whole(c)
		case !r.about(ref, c, said[ref]):
			r.unreadable(e)
		case c.Said(disclosure.KeyRelay) && c.Relay != disclosure.RelayYes:
			// Relay is not decided by the element: no to a part is no to the report.
			r.also = append(r.also, c)
		}
	}
}

// about notes what is said of a single element; false: there is none, it cannot
// be said of one, or was said of it elsewhere too.
func (r *Report) about(ref string, c disclosure.Conditions, said []disclosure.Pair) bool {
	if r.saidOf(ref) >= 0 {
		return false
	}
	known := false
	for e := range r.Document.Root().All() {
		id, ok := e.Attr("observable-id")
		known = known || ok && id == ref
	}
	r.elements = append(r.elements, aboutElement{ref, c})
	return known && !slices.ContainsFunc(said, func(p disclosure.Pair) bool {
		only, err := disclosure.ParsePairs([]disclosure.Pair{p})
		return err != nil || !slices.ContainsFunc(elementKeys[:], only.Said)
	})
}

// saidOf is the index of what was said of a single element, -1 for nothing.
func (r *Report) saidOf(ref string) int {
	return slices.IndexFunc(r.elements, func(a aboutElement) bool { return a.ref == ref })
}

// unreadable makes the report's conditions unreadable because of an element.
func (r *Report) unreadable(e *iodef.Element) { r.Conditions, r.BadLine = nil, max(1, e.Line()) }

// refOf is the element that an element of conditions speaks of, empty for the
// report; false where it has attributes that we do not know.
func refOf(e *iodef.Element) (ref string, ok bool) {
	for _, a := range e.Attrs() {
		if a.Name != "ref" || a.Space != "" {
			return "", false
		}
		ref = strings.TrimSpace(a.Value)
		if ref == "" {
			return "", false
		}
	}
	return ref, true
}

// spokenOf is which statement about a single element holds for an element,
// index + 1; of several the one about the innermost.
func (r *Report) spokenOf(e *iodef.Element) int {
	for ; e != nil && len(r.elements) > 0; e = e.Parent() {
		id, ok := e.Attr("observable-id")
		if i := r.saidOf(id); ok && i >= 0 {
			return i + 1
		}
	}
	return 0
}
