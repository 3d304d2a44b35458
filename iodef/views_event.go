package iodef

import "slices"

// An Event is one EventData with its place in the incident.
type Event struct {
	*Element
	Depth int // 0 for one directly in the Incident
}

// Events are the EventData of the incident, those inside others after them, in
// document order.
func (i Incident) Events() []Event {
	var all []Event
	var walk func(e *Element, depth int)
	walk = func(e *Element, depth int) {
		for x := range e.named("EventData") {
			all = append(all, Event{x, depth})
			walk(x, depth+1)
		}
	}
	walk(i.Element, 0)
	return all
}

// Times are the event's own times, each taken from the closest EventData
// around, then from the Incident, where it has none itself: the more specific
// one wins (RFC 7970 section 3.14). Report and Generation are inherited too.
func (v Event) Times() Times {
	t := timesOf(v.Element)
	for e := v.parent; e != nil && (e.name == "EventData" || e.name == "Incident"); e = e.parent {
		outer := timesOf(e)
		for _, p := range [...]struct{ own, from *Time }{
			{&t.Start, &outer.Start}, {&t.End, &outer.End}, {&t.Detect, &outer.Detect},
			{&t.Recovery, &outer.Recovery}, {&t.Report, &outer.Report}, {&t.Generation, &outer.Generation},
		} {
			if p.own.IsZero() {
				*p.own = *p.from
			}
		}
	}
	return t
}

// Systems, Records, Expectations and Descriptions are the event's own, not
// those of the events inside it.
func (v Event) Systems() []System {
	var all []System
	for flow := range v.named("Flow") {
		all = wrap(all, flow.named("System"), func(e *Element) System { return System{e} })
	}
	return all
}

func (v Event) Records() []Record {
	var all []Record
	for r := range v.named("Record") {
		all = wrap(all, r.named("RecordData"), func(e *Element) Record { return Record{e} })
	}
	return all
}

func (v Event) Expectations() []Expectation {
	return children(v.Element, "Expectation", func(e *Element) Expectation { return Expectation{e} })
}

func (v Event) Descriptions() []*Element { return v.childrenNamed("Description") }

// Category is source, target, intermediate, sensor, infrastructure, ext-value
// or "".
func (s System) Category() string { return s.AttrDefault("category") }

// Spoofed is yes, no or unknown; Ownership (v2) is organization, personal, …
func (s System) Spoofed() string   { return s.AttrDefault("spoofed") }
func (s System) Ownership() string { return s.AttrDefault("ownership") }

// An Address is one address of a system.
type Address struct{ *Element }

// Category says what kind of address it is. Left out it is ipv4-addr in
// version 1 and ipv6-addr in version 2.
func (a Address) Category() string { return a.AttrDefault("category") }

// Value is the address without the blanks around it.
func (a Address) Value() string { return trimBlank(a.Text()) }

// Addresses are the addresses of the system's Node.
func (s System) Addresses() []Address {
	node := s.Child("Node")
	if node == nil {
		return nil
	}
	return children(node, "Address", func(e *Element) Address { return Address{e} })
}

// Names are the names of the system's Node: NodeName (v1) or DomainData/Name.
func (s System) Names() []*Element {
	node := s.Child("Node")
	if node == nil {
		return nil
	}
	all := node.childrenNamed("NodeName")
	for d := range node.named("DomainData") {
		all = slices.AppendSeq(all, d.named("Name"))
	}
	return all
}

// A Service is one network service of a system.
type Service struct{ *Element }

// Services are the services of the system.
func (s System) Services() []Service {
	return children(s.Element, "Service", func(e *Element) Service { return Service{e} })
}

// Protocol is the IP protocol number as written: "6" is TCP.
func (s Service) Protocol() string {
	if s.version() == V1 {
		return s.AttrDefault("ip_protocol")
	}
	return s.AttrDefault("ip-protocol")
}

// Port and Portlist are the ports as written, "" if absent.
func (s Service) Port() string     { return s.childText("Port") }
func (s Service) Portlist() string { return s.childText("Portlist") }

func (s Service) childText(name string) string {
	if e := s.Child(name); e != nil {
		return trimBlank(e.Text())
	}
	return ""
}
