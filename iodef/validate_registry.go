package iodef

import "slices"

// A Registry holds values that IANA registered after RFC 7970 (registry group
// iodef2), by the name of the enumeration in its schema: "action-type", ….
type Registry map[string][]string

// ruleIANA marks a value that may be registered with IANA.
const ruleIANA = "ENUM-IANA"

// An unlistedValue is a value that its enumeration does not have. The finding
// about it is the one numbered at, the hint to IANA's registry the next.
type unlistedValue struct {
	at          int
	enum, value string
}

// without gives the faults of structure, those about registered values turned
// into notes.
func (d *Document) without(registered Registry) []Finding {
	var kept []Finding
	next := 0
	for _, u := range d.unlisted {
		if !slices.Contains(registered[u.enum], u.value) {
			continue
		}
		kept = append(kept, d.faults[next:u.at]...)
		note := d.faults[u.at]
		note.Rule, note.Severity, note.Schema = ruleIANA, Info, false
		note.Text = "the value " + quote(u.value) + " was registered after RFC 7970"
		kept = append(kept, note)
		next = u.at + 2 // the fault and the hint that it may be registered
	}
	return append(kept, d.faults[min(next, len(d.faults)):]...)
}
