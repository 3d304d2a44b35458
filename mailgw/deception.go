package mailgw

import (
	"net/netip"
	"slices"

	"iodefgw/iodef"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
)

// A sign is something that deceptive reports have and honest ones seldom do. It
// is a reason of the verdict and never decides alone what a signature has not:
// signs whose weights together reach the policy's threshold hold a mail.
type sign struct {
	name   string
	weight int // of a hundred, unless the policy says otherwise
	shows  func(*suspect) bool
	clears string
}

// signs is the table of signs. Reasons name them in its order.
var signs = []sign{
	{"lookalike-domain", 60, (*suspect).lookalike, "compare the address letter by letter; call the party it looks like"},
	{"domain-other-ending", 25, (*suspect).otherEnding, "ask the party whether the domain is its own too; add it to the party"},
	{"name-of-other", 40, (*suspect).namedAsOther, "ask the party that the display name names"},
	{"reply-to-elsewhere", 20, (*suspect).repliesElsewhere, "ask the sender who reads the Reply-To address; add it to the party"},
	{"sender-elsewhere", 10, (*suspect).sentElsewhere, "nothing where a list or a service sends for the party; add its address to the party"},

	{"speaks-as-other", 20, (*suspect).speaksAsOther, "ask the party that IncidentID or creator name whether the report is its own"},
	{"made-elsewhere", 10, (*suspect).madeElsewhere, "nothing where the sender passes on the reports of others"},
	{pgp.NoteSHA1, 5, (*suspect).oldCertificate, "nothing now; ask the party to renew its key with a current program"},

	{"time-in-future", 30, (*suspect).future, "ask the reporter about its clock"},
	{"times-contradict", 30, (*suspect).contradictory, "ask the reporter which of the times is right"},
	{"time-long-ago", 10, (*suspect).longAgo, "ask the reporter why it comes only now"},

	{"source-of-gateway", 60, (*suspect).accusesUs, "look at our own host first"},
	{"source-bogon", 40, (*suspect).bogon, "ask the reporter for the public address"},
	{"source-of-reporter", 30, (*suspect).accusesItself, "ask the reporter whether source and target are exchanged"},
	{"target-elsewhere", 20, (*suspect).targetElsewhere, "ask the reporter whose address it is; add the network to the party"},
	{"log-contradicts", 30, (*suspect).logContradicts, "read the log: it names addresses, but none of those accused"},
	{"log-other-time", 20, (*suspect).logOtherTime, "read the log: it names days, but none of those of the incident"},

	{"same-id-other-content", 50, func(s *suspect) bool { return s.History.SameID }, "ask both reporters whose incident it is"},
	{"same-document", 50, func(s *suspect) bool { return s.History.SameDocument }, "ask the second reporter where it has the document from"},
}

const (
	// DefaultSuspicious is the weight that holds a mail: one strong sign, or
	// two that are not.
	DefaultSuspicious = 50
	// secondReport is what an independent report of the same source takes off.
	secondReport = 30
)

// suspect is a mail as the signs look at it.
type suspect struct {
	*Facts
	party    *relay.Party // the signer's, else whose address From alone is; nil for none
	parties  *relay.Parties
	networks []netip.Prefix // the gateway's own
	reports  []iodef.Incident
	times    []iodef.Times // of each report and event
	accused  []netip.Addr  // sources
	targets  []netip.Addr
	hosts    []string // domains of senders and contacts
	log      []string // the texts of the logs, up to a cap
	logCut   bool     // there is more of them
}

// deceives names the signs of a mail, and whether they weigh enough to hold it.
func (f *Facts) deceives(party *relay.Party, parties *relay.Parties, policy Policy) (names []string, hold bool) {
	s := suspect{Facts: f, party: party, parties: parties, networks: policy.Networks}
	for _, d := range f.incidents() {
		if d.IODEF != nil {
			s.reports = append(s.reports, d.IODEF.Incidents()...)
		}
	}
	s.read()
	weight := 0
	for _, sign := range signs {
		if w := policy.Weight(sign.name); w > 0 && sign.shows(&s) {
			names = append(names, sign.name)
			weight += w
		}
	}
	if f.History.Second {
		weight -= secondReport
	}
	threshold := policy.Suspicious
	if threshold == 0 {
		threshold = DefaultSuspicious
	}
	return names, len(names) > 0 && weight >= threshold
}

// Weight is what a sign weighs; 0 for what is none, or is switched off.
func (p Policy) Weight(name string) int {
	if w, set := p.Weights[name]; set {
		return w
	}
	if i := signOf(name); i >= 0 {
		return signs[i].weight
	}
	return 0
}

// IsSign reports whether a name is that of a sign, whose weight can be set.
func IsSign(name string) bool { return signOf(name) >= 0 }

func signOf(name string) int {
	return slices.IndexFunc(signs, func(s sign) bool { return s.name == name })
}
