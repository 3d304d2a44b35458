package relay

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"iodefgw/relay/disclosure"
)

// Draft is what one recipient will be told, as plain values: the only thing
// that the document and the letter are made of. Whatever is not in it cannot
// be said.
type Draft struct {
	Number   string    // our ticket number
	Now      time.Time // when the notice is made, UTC
	To       *Party
	Stage    disclosure.Stage
	Earlier  bool   // it was sent something on this ticket before
	Answer   bool   // it is a requester, and this is what a recipient answered
	TLP      string // marking of the notice, "AMBER"
	Restrict string // the same as IODEF restriction, in the recipient's version

	Start, End, Detect Moment
	Clock              string // the reporter's clock: "ntp" or an offset; "" if not stated
	Types              []string
	Severity           string
	Action             string // what we ask: IODEF action
	Systems            []System
	Texts              []string
	Logs               []string
	Summaries          []LogSummary // of logs of which no line may be told
	LogHeld            bool         // there is log evidence that this notice does not carry
	WithheldBinary     int          // binary items that this notice does not carry
	Reporters          []string
	OthersTold         []string
	AddressFrom        string // rule by which the recipient's address was found
	ReplyTo            string // address with the token that acknowledges

	asks []string
}

// equal reports whether two drafts say the same: then the same is written of
// them.
func (d *Draft) equal(o *Draft) bool {
	return d.Number == o.Number && d.Now.Equal(o.Now) && d.To == o.To && d.Stage == o.Stage && d.Earlier == o.Earlier && d.Answer == o.Answer &&
		d.TLP == o.TLP && d.Restrict == o.Restrict &&
		d.Start.equal(o.Start) && d.End.equal(o.End) && d.Detect.equal(o.Detect) && d.Clock == o.Clock &&
		slices.Equal(d.Types, o.Types) && d.Severity == o.Severity && d.Action == o.Action &&
		slices.EqualFunc(d.Systems, o.Systems, System.equal) && slices.Equal(d.Texts, o.Texts) && slices.Equal(d.Logs, o.Logs) &&
		slices.Equal(d.Summaries, o.Summaries) && d.LogHeld == o.LogHeld && d.WithheldBinary == o.WithheldBinary &&
		slices.Equal(d.Reporters, o.Reporters) && slices.Equal(d.OthersTold, o.OthersTold) &&
		d.AddressFrom == o.AddressFrom && d.ReplyTo == o.ReplyTo && slices.Equal(d.asks, o.asks)
}

func (m Moment) equal(o Moment) bool { return m.Time.Equal(o.Time) && m.Step == o.Step }

func (s System) equal(o System) bool {
	return s.Category == o.Category && slices.Equal(s.Addresses, o.Addresses) && slices.Equal(s.Names, o.Names) && slices.Equal(s.Services, o.Services)
}

// LogSummary is what may be said of a log without telling any of it.
type LogSummary struct {
	Lines int
	Own   int // lines that name the recipient
}

// Moment is a time in UTC, already cut to the step that may be told; zero if
// nothing may be.
type Moment struct {
	time.Time
	Step disclosure.Step
}

// System is one machine that the notice names.
type System struct {
	Category  string // IODEF System/@category
	Addresses []Address
	Names     []string
	Services  []Service
}

// Address is an address in the form that may be told.
type Address struct {
	Category string // of IODEF 2: ipv4-addr, ipv6-net, ipv4-net-masked, …
	Value    string
}

// Service is a protocol and its port or ports, as IODEF numbers.
type Service struct{ Protocol, Port, Portlist string }

// settle puts what several reports said into one order, each thing once, so
// that neither their order nor their number shows.
func (d *Draft) settle() {
	for i := range d.Systems {
		s := &d.Systems[i]
		s.Addresses = unique(s.Addresses, func(a, b Address) int {
			return cmp.Or(cmp.Compare(a.Category, b.Category), cmp.Compare(a.Value, b.Value))
		})
		s.Names = unique(s.Names, strings.Compare)
		s.Services = unique(s.Services, func(a, b Service) int {
			return cmp.Or(cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Portlist, b.Portlist))
		})
	}
	d.Systems = uniqueSystems(d.Systems)
	d.Types = unique(d.Types, strings.Compare)
	d.Texts = unique(d.Texts, strings.Compare)
	d.Logs = unique(d.Logs, strings.Compare)
	d.Summaries = unique(d.Summaries, func(a, b LogSummary) int { return cmp.Or(cmp.Compare(a.Lines, b.Lines), cmp.Compare(a.Own, b.Own)) })
	d.Reporters = unique(d.Reporters, strings.Compare)
	if !d.Start.IsZero() {
		d.Detect = Moment{} // when it began is what the other side looks for
	}
	if !d.End.After(d.Start.Time) {
		d.End = Moment{}
	}
	d.Action = action(d.Stage, d.asks)
	if d.Answer {
		d.Action = "nothing"
	}
}

func unique[T any](list []T, compare func(a, b T) int) []T {
	if len(list) < 2 {
		return list
	}
	slices.SortStableFunc(list, compare)
	return slices.CompactFunc(list, func(a, b T) bool { return compare(a, b) == 0 })
}

// uniqueSystems is unique for machines; most reports name few, and in order. Else
// the key of each is made once.
func uniqueSystems(list []System) []System {
	if inOrder(list) {
		return list
	}
	type keyed struct {
		key    []byte
		system System
	}
	keys, all := make([]byte, 0, 64*len(list)), make([]keyed, len(list))
	for i, s := range list {
		from := len(keys)
		keys = s.appendKey(keys)
		all[i] = keyed{keys[from:], s}
	}
	all = unique(all, func(a, b keyed) int { return bytes.Compare(a.key, b.key) })
	for i := range all {
		list[i] = all[i].system
	}
	return list[:len(all)]
}

// inOrder reports whether machines are in their order, each once.
func inOrder(list []System) bool {
	var one, other [128]byte
	last, key := one[:0], other[:0]
	for i, s := range list {
		key = s.appendKey(key[:0])
		if i > 0 && bytes.Compare(last, key) >= 0 {
			return false
		}
		last, key = key, last
	}
	return true
}

// appendKey writes what is told of a machine, in the order in which machines are.
func (s System) appendKey(b []byte) []byte {
	switch s.Category {
	case "source":
		b = append(b, '0')
	case "intermediate":
		b = append(b, '1')
	case "target":
		b = append(b, '2')
	}
	b = append(b, s.Category...)
	for _, a := range s.Addresses {
		b = append(append(b, ' '), a.Value...)
	}
	for _, n := range s.Names {
		b = append(append(b, ' '), n...)
	}
	for _, v := range s.Services {
		b = append(append(b, ' '), v.String()...)
	}
	return b
}

// asked are the IODEF actions that may be passed on, the strongest first. All
// others are asked of us and not of the recipient.
var asked = []string{
	"block-host", "block-network", "block-port", "rate-limit-host", "rate-limit-network", "rate-limit-port",
	"remediate-other", "watch-and-report", "status-triage", "status-new-info",
}

// action is what is asked of the recipient: to look first, more once it has
// answered.
func action(stage disclosure.Stage, asks []string) string {
	if stage != disclosure.FirstContact {
		for _, a := range asked {
			if slices.Contains(asks, a) {
				return a
			}
		}
	}
	return "investigate"
}
