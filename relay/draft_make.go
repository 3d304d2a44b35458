package relay

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"iodefgw/relay/disclosure"
)

// drafter turns material into what may be told, cell by cell, as decided. It
// marks every cell it carries; what it never asks for is not told, whatever
// the decision says.
type drafter struct {
	*material
	res     *disclosure.Result
	names   *pseudonyms
	carried []bool
	altered []bool   // per report: a log that may go as it is went with other line ends
	in, out []byte   // the text that is being read, and the one that is being written
	written []string // texts that need not be kept a second time
}

// fill puts into the draft what the decisions allow. It reports false if there
// is nothing that concerns the recipient.
func (w *drafter) fill(d *Draft, m *material, res *disclosure.Result, names *pseudonyms) (ok bool) {
	w.material, w.res, w.names = m, res, names
	w.carried, w.altered = emptied(w.carried, len(m.cells)), emptied(w.altered, len(res.Reports))
	told := make([]bool, len(res.Reports)) // reports of which something concerns the recipient
	for i := range m.events {
		if e := &m.events[i]; res.Reports[e.report].Relay && w.concerns(e) {
			ok, told[e.report] = true, true
			w.event(d, e)
		}
	}
	if !ok {
		return false
	}
	for i := range m.events {
		// What an Incident says of itself goes with its events.
		if e := &m.events[i]; len(e.systems) == 0 && told[e.report] {
			w.event(d, e)
		}
	}
	w.reporters(d, told)
	d.settle()
	return true
}

func emptied[T any](list []T, n int) []T {
	list = slices.Grow(list[:0], n)[:n]
	clear(list)
	return list
}

// concerns reports whether an event names a machine of the recipient, or one
// that the report accuses and the recipient may know of.
func (w *drafter) concerns(e *event) bool {
	if w.answers && len(e.systems)+len(e.logs)+len(e.texts) > 0 {
		return true
	}
	concerns := func(c int) bool {
		switch w.owners[c-1].Owner {
		case disclosure.OwnerRecipient, disclosure.OwnerReported:
			return w.action(c).Kind() > disclosure.KindMask
		}
		return false
	}
	for i := range e.systems {
		if s := &e.systems[i]; slices.ContainsFunc(s.addresses, concerns) || slices.ContainsFunc(s.names, concerns) {
			return true
		}
	}
	return false
}

func (w *drafter) action(cell int) disclosure.Action {
	if cell == 0 {
		return disclosure.Drop
	}
	return w.res.Decisions[cell-1].Action
}

// keep gives the value of a cell that may be told as it is.
func (w *drafter) keep(cell int) string {
	if w.action(cell) != disclosure.Keep {
		return ""
	}
	w.carried[cell-1] = true
	return w.cells[cell-1].Value
}

func (w *drafter) event(d *Draft, e *event) {
	earlier := func(m *Moment, cell int) {
		if t := w.moment(cell); !t.IsZero() && (m.IsZero() || t.Before(m.Time)) {
			*m = t
		}
	}
	earlier(&d.Start, e.start)
	earlier(&d.Detect, e.detect)
	if t := w.moment(e.end); !t.IsZero() && t.After(d.End.Time) {
		d.End = t
	}
	if c := w.res.Reports[e.report].Clock; c != "" && c != "unknown" {
		d.Clock = c
	}
	d.Systems = slices.Grow(d.Systems, len(e.systems))
	for _, s := range e.systems {
		if out, ok := w.system(s); ok {
			d.Systems = append(d.Systems, out)
		}
	}
	for _, c := range e.types {
		if t := w.keep(c); t != "" && t != "unknown" && t != "ext-value" && w.cells[c-1].Class == disclosure.ClassType {
			d.Types = append(d.Types, t)
		}
	}
	for _, c := range e.severities {
		if s := w.keep(c); severityRank(s) > severityRank(d.Severity) {
			d.Severity = s
		}
	}
	for _, c := range e.actions {
		d.asks = append(d.asks, w.keep(c))
	}
	for _, p := range e.texts {
		if text, _ := w.passage(p); text != "" {
			d.Texts = append(d.Texts, text)
		}
	}
	for _, p := range e.logs {
		text, whole := w.passage(p)
		if text != "" {
			d.Logs = append(d.Logs, text)
		}
		d.LogHeld = d.LogHeld || !whole
		if w.action(w.passages[p-1].cell) == disclosure.Summary {
			d.Summaries = append(d.Summaries, w.summary(&w.passages[p-1]))
		}
	}
	d.WithheldBinary += len(e.binaries)
}

// moment reads a time as far as it may be told.
func (w *drafter) moment(cell int) Moment {
	a := w.action(cell)
	if a != disclosure.Keep && a.Kind() != disclosure.KindGeneralise {
		return Moment{}
	}
	t, err := time.Parse(time.RFC3339, w.cells[cell-1].Value)
	if err != nil {
		return Moment{}
	}
	w.carried[cell-1] = true
	step := disclosure.Second
	if a != disclosure.Keep {
		step = a.Step()
	}
	return Moment{t.UTC().Truncate(step.Duration()), step}
}

// system writes one machine; one of which nothing may be told is left out, and
// its ports with it.
func (w *drafter) system(s machine) (System, bool) {
	out := System{Category: s.category}
	for _, c := range s.addresses {
		w.address(&out, c)
	}
	for _, c := range s.names {
		switch a := w.action(c); a.Kind() {
		case disclosure.KindKeep:
			out.Names = append(out.Names, w.keep(c))
		case disclosure.KindPseudonymise:
			out.Names = append(out.Names, w.pseudonym(c))
		}
	}
	if len(out.Addresses)+len(out.Names) == 0 {
		return out, false
	}
	if s.kind > 0 && w.keep(s.kind) == "" {
		out.Category = ""
	}
	for _, p := range s.services {
		if v := (Service{number(w.keep(p.protocol), 255), number(w.keep(p.number), 65535), portlist(w.keep(p.list))}); v != (Service{}) {
			out.Services = append(out.Services, v)
		}
	}
	return out, true
}

// categories of an address by its class, as IODEF 2 names them.
var categories = map[disclosure.Class]string{
	disclosure.ClassMAC: "mac", disclosure.ClassASN: "asn", disclosure.ClassEmail: "e-mail", disclosure.ClassURL: "site-uri",
}

func (w *drafter) address(out *System, c int) {
	cell := &w.cells[c-1]
	switch a := w.action(c); a.Kind() {
	case disclosure.KindKeep:
		v := w.keep(c)
		category := categories[cell.Class]
		switch {
		case category != "":
		case cell.Class == disclosure.ClassPrefix:
			category = byFamily(v, "ipv4-net", "ipv6-net")
		default:
			category = byFamily(v, "ipv4-addr", "ipv6-addr")
		}
		out.Addresses = append(out.Addresses, Address{category, v})
	case disclosure.KindGeneralise:
		if p, ok := generalised(a, cell.Value); ok {
			w.carried[c-1] = true
			out.Addresses = append(out.Addresses, Address{byFamily(p, "ipv4-net", "ipv6-net"), p})
		}
	case disclosure.KindPseudonymise:
		out.Names = append(out.Names, w.pseudonym(c))
	case disclosure.KindMask:
		// Where an address must stand (RFC 7970 3.18) a mask takes its place.
		if cell.Class == disclosure.ClassAddress || cell.Class == disclosure.ClassPrefix {
			w.carried[c-1] = true
			masked := Address{"ipv4-net-masked", "x.x.x.x/x"}
			if family(cell.Value) == "ipv6" {
				masked = Address{"ipv6-net-masked", "x:x:x:x:x:x:x:x/x"}
			}
			out.Addresses = append(out.Addresses, masked)
		}
	}
}

func family(value string) string { return byFamily(value, "ipv4", "ipv6") }

// byFamily is v6 for an address or network of IPv6, else v4.
func byFamily(value, v4, v6 string) string {
	if strings.Contains(value, ":") {
		return v6
	}
	return v4
}

// generalised is the prefix of an address that an action leaves.
func generalised(a disclosure.Action, value string) (string, bool) {
	addr, err := netip.ParseAddr(value)
	if err != nil {
		return "", false
	}
	bits := a.V6()
	if addr.Is4() {
		bits = a.V4()
	}
	p, err := addr.Prefix(bits)
	return p.String(), err == nil && bits < addr.BitLen()
}

func (w *drafter) pseudonym(c int) string {
	w.carried[c-1] = true
	return w.names.of(w.cells[c-1].Class, w.cells[c-1].Value)
}

// reporters names the requesters that may be named.
func (w *drafter) reporters(d *Draft, told []bool) {
	for report, people := range w.people {
		if !told[report] {
			continue
		}
		for _, c := range people {
			if v := w.keep(c); v != "" {
				d.Reporters = append(d.Reporters, v)
			}
		}
	}
}
