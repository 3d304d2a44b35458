package relay

import "iodefgw/iodef"

// machine is one System of an event, or one machine that an Observable names.
type machine struct {
	category  string // enumeration of IODEF
	kind      int    // the cell of the category
	accused   bool
	addresses []int
	names     []int
	services  []port
}

type port struct{ protocol, number, list int }

// system notes a machine, whom it is accused by, and which names and addresses
// stand together (a name beside a hidden address is hidden with it).
func (x *extractor) system(s iodef.System) machine {
	out := machine{category: s.Category(), kind: x.attr(s.Element, "category")}
	switch out.category {
	case "ext-value":
		out.category = ""
	case "source", "intermediate":
		out.accused = true
	}
	for _, a := range s.Addresses() {
		out.addresses = appendCell(out.addresses, x.text(a.Element))
	}
	for _, n := range s.Names() {
		out.names = appendCell(out.names, x.text(n))
	}
	x.together(&out, out.category == "target" && s.Ownership() == "organization")
	for _, v := range s.Services() {
		protocol := x.attr(v.Element, "ip-protocol")
		if protocol == 0 {
			protocol = x.attr(v.Element, "ip_protocol")
		}
		out.services = append(out.services, port{
			protocol: protocol, number: x.text(v.Child("Port")), list: x.text(v.Child("Portlist")),
		})
	}
	return out
}

// together notes that the values of a machine stand in one Node, whether the
// report accuses it, and whether it calls it its own.
func (x *extractor) together(m *machine, own bool) {
	first := 0
	for _, list := range [...][]int{m.addresses, m.names} {
		for _, c := range list {
			if first == 0 {
				first = c
			}
			x.cells[c-1].Accused, x.claimed[c-1] = m.accused, own
			x.cells[c-1].Node = int32(first)
		}
	}
}

// indicators notes the machines that the Observables of a report name, each an
// accused one: what to look for elsewhere.
func (x *extractor) indicators(inc iodef.Incident) {
	e := event{report: x.report}
	for list := range inc.Children() {
		if list.Name() != "IndicatorData" {
			continue
		}
		for o := range list.All() {
			if o.Name() != "Observable" {
				continue
			}
			for c := range o.Children() {
				m := machine{accused: true}
				switch c.Name() {
				case "System":
					s := iodef.System{Element: c}
					m.category, m.kind = s.Category(), x.attr(c, "category")
					if m.category == "ext-value" {
						m.category = ""
					}
					for _, a := range s.Addresses() {
						m.addresses = appendCell(m.addresses, x.text(a.Element))
					}
					for _, n := range s.Names() {
						m.names = appendCell(m.names, x.text(n))
					}
				case "Address":
					m.addresses = appendCell(nil, x.text(c))
				case "DomainData":
					m.names = appendCell(nil, x.text(c.Child("Name")))
				}
				if len(m.addresses)+len(m.names) > 0 {
					x.together(&m, false)
					e.systems = append(e.systems, m)
				}
			}
		}
	}
	if len(e.systems) > 0 {
		x.events = append(x.events, e)
	}
}
