package mailgw

import (
	"net/netip"
	"slices"
	"time"

	"iodefgw/iodef"
)

const (
	// slack is what honest clocks differ by.
	slack = time.Hour
	// longAgo is how old an event may be that is reported now.
	longAgo = 90 * 24 * time.Hour
)

// read takes from mail and reports what several signs look at: each event's
// times, with those it inherits, the addresses of sources and targets, the
// domains of senders and contacts, and the logs.
func (s *suspect) read() {
	s.hosts = s.domains()
	s.readLogs()
	for _, r := range s.reports {
		events := r.Events()
		for _, v := range events {
			s.times = append(s.times, v.Times())
		}
		if len(events) == 0 {
			s.times = append(s.times, r.Times())
		}
		for _, sys := range r.Systems() {
			switch sys.Category() {
			case "source":
				s.accused = appendAddresses(s.accused, sys)
			case "target":
				s.targets = appendAddresses(s.targets, sys)
			}
		}
	}
}

func appendAddresses(all []netip.Addr, sys iodef.System) []netip.Addr {
	for _, a := range sys.Addresses() {
		if addr, err := netip.ParseAddr(a.Value()); err == nil {
			all = append(all, addr.Unmap().WithZone(""))
		}
	}
	return all
}

func (s *suspect) future() bool {
	return slices.ContainsFunc(s.times, func(t iodef.Times) bool {
		for _, x := range []iodef.Time{t.Start, t.Detect, t.Report, t.Generation} {
			if x.At.After(s.At.Add(slack)) {
				return true
			}
		}
		return false
	})
}

// contradictory: something is told before it was seen, or ends before it began.
func (s *suspect) contradictory() bool {
	return slices.ContainsFunc(s.times, func(t iodef.Times) bool {
		for _, pair := range [][2]iodef.Time{{t.Start, t.End}, {t.Start, t.Detect}, {t.Start, t.Report}, {t.Detect, t.Report}, {t.Start, t.Generation}, {t.Report, t.Generation}} {
			if !pair[0].IsZero() && !pair[1].IsZero() && pair[0].At.After(pair[1].At.Add(slack)) {
				return true
			}
		}
		return false
	})
}

// longAgo: the newest thing that is told of is old.
func (s *suspect) longAgo() bool {
	var newest time.Time
	for _, t := range s.times {
		for _, x := range []iodef.Time{t.Start, t.End, t.Detect} {
			if x.At.After(newest) {
				newest = x.At
			}
		}
	}
	return !newest.IsZero() && newest.Before(s.At.Add(-longAgo))
}

func (s *suspect) bogon() bool { return slices.ContainsFunc(s.accused, isBogon) }

func (s *suspect) accusesUs() bool {
	return slices.ContainsFunc(s.accused, func(a netip.Addr) bool {
		return slices.ContainsFunc(s.networks, func(n netip.Prefix) bool { return n.Contains(a) })
	})
}

func (s *suspect) accusesItself() bool {
	return s.party != nil && slices.ContainsFunc(s.accused, func(a netip.Addr) bool { return s.parties.ByAddress(a) == s.party })
}

// targetElsewhere: the reporter has registered networks, and no victim that it
// names by address is in them.
func (s *suspect) targetElsewhere() bool {
	return s.party != nil && len(s.party.Networks) > 0 && len(s.targets) > 0 &&
		!slices.ContainsFunc(s.targets, func(a netip.Addr) bool { return s.parties.ByAddress(a) == s.party })
}

// isBogon reports whether nothing on the Internet can have such an address (RFC
// 6890). The networks for documentation are left out: examples and exercises
// use them, and a notice about them reaches nobody.
func isBogon(a netip.Addr) bool {
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return true
	}
	return slices.ContainsFunc(bogons, func(n netip.Prefix) bool { return n.Contains(a) })
}

var bogons = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/3"), netip.MustParsePrefix("4000::/2"), netip.MustParsePrefix("8000::/1"),
}
