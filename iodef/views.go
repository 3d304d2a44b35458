package iodef

import (
	"iter"
	"slices"
	"time"
)

// Views are thin wrappers over elements, alike for both versions. They read
// only elements that the table knows at their place: an element of the same
// name elsewhere is not taken for one.

// An Incident is one incident of a document.
type Incident struct{ *Element }

// A Contact is a person or an organisation of an incident.
type Contact struct{ *Element }

// An Expectation is what the sender asks the recipient to do.
type Expectation struct{ *Element }

// A System is a host or service that took part in an event.
type System struct{ *Element }

// A Record holds the log or evidence of an event: RecordData.
type Record struct{ *Element }

// A RecordItem is one piece of log or evidence.
type RecordItem struct{ *Element }

// An IncidentID names an incident: who numbered it, and the number.
type IncidentID struct {
	Name     string // the CSIRT's domain name
	ID       string // blanks around it cut
	Instance string
}

// A Time is one time of an incident, with the element it stands in.
type Time struct {
	At      time.Time
	Zoned   bool     // the document names a zone; if not, At is in UTC
	Element *Element // nil: the document has no such time
}

// IsZero tells whether the document has no such (readable) time.
func (t Time) IsZero() bool { return t.Element == nil }

// Times are the times of an incident or event.
type Times struct {
	Start, End, Detect, Recovery, Report, Generation Time
}

// Incidents are the incidents at the top of the document, not those that an
// indicator holds as observables.
func (d *Document) Incidents() []Incident {
	if d.root == nil {
		return nil
	}
	return children(d.root, "Incident", func(e *Element) Incident { return Incident{e} })
}

// named gives the children of that name that the table knows.
func (e *Element) named(name string) iter.Seq[*Element] {
	return func(yield func(*Element) bool) {
		for c := e.first; c != nil; c = c.next {
			if c.name == name && c.space == e.space && c.decl != nil && !yield(c) {
				return
			}
		}
	}
}

// childrenNamed are the same as a list.
func (e *Element) childrenNamed(name string) []*Element { return slices.Collect(e.named(name)) }

// children are the same, each in a view of its own.
func children[T any](e *Element, name string, as func(*Element) T) []T {
	return wrap(nil, e.named(name), as)
}

// below gives the elements of that name anywhere below e, in document order.
// It does not look into foreign or opaque content, nor into indicators:
// what stands there is a pattern, not something that took part.
func (e *Element) below(name string) iter.Seq[*Element] {
	return func(yield func(*Element) bool) { eachBelow(e, name, e.space, yield) }
}

// has says whether there is one.
func (e *Element) has(name string) bool {
	for range e.below(name) {
		return true
	}
	return false
}

func eachBelow(e *Element, name, space string, yield func(*Element) bool) bool {
	for c := e.first; c != nil; c = c.next {
		if c.name == name && c.space == space && c.decl != nil && !yield(c) {
			return false
		}
		if c.space == space && c.decl != nil && !c.decl.wild && c.name != "IndicatorData" && !eachBelow(c, name, space, yield) {
			return false
		}
	}
	return true
}

func wrap[T any](all []T, elements iter.Seq[*Element], as func(*Element) T) []T {
	for e := range elements {
		all = append(all, as(e))
	}
	return all
}

func asIncidentID(e *Element) IncidentID {
	name, _ := e.Attr("name")
	instance, _ := e.Attr("instance")
	return IncidentID{Name: trimBlank(name), ID: trimBlank(e.Text()), Instance: trimBlank(instance)}
}

// ID is the incident's own number.
func (i Incident) ID() IncidentID {
	if e := i.Child("IncidentID"); e != nil {
		return asIncidentID(e)
	}
	return IncidentID{}
}

// AlternativeIDs are the numbers other CSIRTs gave to the same incident.
func (i Incident) AlternativeIDs() []IncidentID { return i.idsIn("AlternativeID") }

// RelatedIDs are the numbers of other incidents that have to do with it.
func (i Incident) RelatedIDs() []IncidentID { return i.idsIn("RelatedActivity") }

func (i Incident) idsIn(name string) []IncidentID {
	var all []IncidentID
	for e := range i.named(name) {
		all = wrap(all, e.named("IncidentID"), asIncidentID)
	}
	return all
}

// Purpose is why the document was sent: reporting, mitigation, …
func (i Incident) Purpose() string { return i.AttrDefault("purpose") }

// Times are the incident's own times.
func (i Incident) Times() Times { return timesOf(i.Element) }

func timesOf(e *Element) Times {
	var t Times
	for c := e.first; c != nil; c = c.next {
		var at *Time
		switch c.name {
		case "StartTime":
			at = &t.Start
		case "EndTime":
			at = &t.End
		case "DetectTime":
			at = &t.Detect
		case "RecoveryTime":
			at = &t.Recovery
		case "ReportTime":
			at = &t.Report
		case "GenerationTime":
			at = &t.Generation
		default:
			continue
		}
		if at.Element == nil && c.space == e.space {
			*at = timeOf(c)
		}
	}
	return t
}

// timeOf reads a dateTime element.
func timeOf(e *Element) Time {
	if e == nil {
		return Time{}
	}
	d, ok := parseDateTime(trimBlank(e.Text()))
	if !ok {
		return Time{}
	}
	return Time{At: d.time(), Zoned: d.zoned, Element: e}
}

// Contacts are the contacts of the incident itself.
func (i Incident) Contacts() []Contact {
	return children(i.Element, "Contact", func(e *Element) Contact { return Contact{e} })
}

// Assessments are the assessments of the incident itself.
func (i Incident) Assessments() []*Element { return i.childrenNamed("Assessment") }

// Descriptions are the free texts of the incident itself.
func (i Incident) Descriptions() []*Element { return i.childrenNamed("Description") }

// Expectations are those of all its events.
func (i Incident) Expectations() []Expectation {
	return wrap(nil, i.below("Expectation"), func(e *Element) Expectation { return Expectation{e} })
}

// Systems are those of all its events.
func (i Incident) Systems() []System {
	return wrap(nil, i.below("System"), func(e *Element) System { return System{e} })
}

// Records are those of all its events.
func (i Incident) Records() []Record {
	return wrap(nil, i.below("RecordData"), func(e *Element) Record { return Record{e} })
}

// Role and Kind are the contact's role (creator, tech, …) and type (person,
// organization).
func (c Contact) Role() string { return c.AttrDefault("role") }
func (c Contact) Kind() string { return c.AttrDefault("type") }

// Names are the contact's names.
func (c Contact) Names() []*Element { return c.childrenNamed("ContactName") }

// Emails are its mail addresses: Email (v1) or Email/EmailTo (v2).
func (c Contact) Emails() []*Element { return c.means("Email", "EmailTo") }

// Telephones are its telephone numbers.
func (c Contact) Telephones() []*Element { return c.means("Telephone", "TelephoneNumber") }

func (c Contact) means(v1, v2 string) []*Element {
	all := c.childrenNamed(v1)
	if c.version() != V2 {
		return all
	}
	for i, e := range all {
		if x := e.Child(v2); x != nil {
			all[i] = x
		}
	}
	return all
}

// Action is what is asked for, "other" if nothing is said.
func (x Expectation) Action() string { return x.AttrDefault("action") }

// Severity is how much it matters to the sender: low, medium, high or "".
func (x Expectation) Severity() string { return x.AttrDefault("severity") }

// Start and End bound when it should be done.
func (x Expectation) Start() Time { return timeOf(x.Child("StartTime")) }
func (x Expectation) End() Time   { return timeOf(x.Child("EndTime")) }

// Items are the pieces of log or evidence.
func (r Record) Items() []RecordItem {
	return children(r.Element, "RecordItem", func(e *Element) RecordItem { return RecordItem{e} })
}

// DType says how the content is to be read: string, csv, ipv4-packet, …
func (r RecordItem) DType() string { return r.AttrDefault("dtype") }
