package relay

import (
	"cmp"
	"fmt"
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
		s.Addresses = unique(s.Addresses, func(a Address) string { return a.Category + " " + a.Value })
		s.Names = unique(s.Names, func(n string) string { return n })
		s.Services = unique(s.Services, func(v Service) string { return v.Protocol + " " + v.Port + " " + v.Portlist })
	}
	d.Systems = unique(d.Systems, System.key)
	d.Types = unique(d.Types, func(t string) string { return t })
	d.Texts = unique(d.Texts, func(t string) string { return t })
	d.Logs = unique(d.Logs, func(t string) string { return t })
	d.Summaries = unique(d.Summaries, func(s LogSummary) string { return fmt.Sprintf("%9d %9d", s.Lines, s.Own) })
	d.Reporters = unique(d.Reporters, func(t string) string { return t })
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

func unique[T any](list []T, key func(T) string) []T {
	if len(list) < 2 {
		return list
	}
	type keyed struct {
		key  string
		item T
	}
	all := make([]keyed, len(list))
	for i, item := range list {
		all[i] = keyed{key(item), item}
	}
	slices.SortStableFunc(all, func(a, b keyed) int { return cmp.Compare(a.key, b.key) })
	list = list[:0]
	for i := range all {
		if i == 0 || all[i].key != all[i-1].key {
			list = append(list, all[i].item)
		}
	}
	return list
}

func (s System) key() string {
	parts := []string{s.Category}
	switch s.Category {
	case "source":
		parts[0] = "0source"
	case "intermediate":
		parts[0] = "1intermediate"
	case "target":
		parts[0] = "2target"
	}
	for _, a := range s.Addresses {
		parts = append(parts, a.Value)
	}
	parts = append(parts, s.Names...)
	for _, v := range s.Services {
		parts = append(parts, v.String())
	}
	return strings.Join(parts, " ")
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
