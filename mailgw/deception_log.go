package mailgw

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

const (
	// maxLogRead caps the log that is looked through: a log of four megabytes of
	// colons would cost more than the rest of the mail.
	maxLogRead = 64 << 10
	// logSlack is what a day in a log may lie outside the incident: its hour, its
	// zone and what led to the incident are not looked at.
	logSlack = 36 * time.Hour
)

// readLogs takes the texts of the logs of all reports, up to the cap.
func (s *suspect) readLogs() {
	left := maxLogRead
	for _, r := range s.reports {
		for _, record := range r.Records() {
			for _, item := range record.Items() {
				text := item.Text()
				s.log = append(s.log, text[:min(len(text), left)])
				if left -= len(text); left <= 0 {
					s.logCut = true // what was cut off may say otherwise
					return
				}
			}
		}
	}
}

// logContradicts: a log names addresses, and none of those accused.
func (s *suspect) logContradicts() bool {
	if len(s.accused) == 0 || s.logCut {
		return false
	}
	found := false
	for _, text := range s.log {
		for word := range strings.FieldsFuncSeq(text, notOfAddress) {
			addr, ok := addressIn(word)
			if ok && slices.Contains(s.accused, addr.Unmap()) {
				return false
			}
			found = found || ok
		}
	}
	return found
}

// logOtherTime: the lines of a log name days, and none is of the time that the
// reports tell of.
func (s *suspect) logOtherTime() bool {
	spans := s.spans()
	if len(spans) == 0 || s.logCut {
		return false
	}
	found := false
	for _, text := range s.log {
		for line := range strings.SplitSeq(text, "\n") {
			day, ok := dayIn(line)
			if ok && slices.ContainsFunc(spans, day.within) {
				return false
			}
			found = found || ok
		}
	}
	return found
}

// A span is the time that a report tells of.
type span struct{ from, to time.Time }

// spans are those of the events: from the first time that is told of it to the
// last. An event that tells only when it was reported has none.
func (s *suspect) spans() []span {
	var all []span
	for _, t := range s.times {
		var p span
		for _, x := range []time.Time{t.Start.At, t.Detect.At, t.End.At} {
			if !x.IsZero() && (p.from.IsZero() || x.Before(p.from)) {
				p.from = x
			}
		}
		if p.from.IsZero() {
			continue
		}
		for _, x := range []time.Time{t.Start.At, t.Detect.At, t.End.At, t.Recovery.At, t.Report.At, t.Generation.At} {
			if x.After(p.to) {
				p.to = x
			}
		}
		all = append(all, p)
	}
	return all
}

// A logDay is a day as a line of a log names it; year 0 where it does not.
type logDay struct {
	year  int
	month time.Month
	day   int
}

// within reports whether a day is of a span. Without a year it is the one in
// which it is.
func (d logDay) within(s span) bool {
	years := []int{d.year}
	if d.year == 0 {
		years = []int{s.from.Year(), s.to.Year(), s.from.Year() - 1, s.to.Year() + 1} // around New Year
	}
	return slices.ContainsFunc(years, func(year int) bool {
		noon := time.Date(year, d.month, d.day, 12, 0, 0, 0, time.UTC)
		return noon.After(s.from.Add(-logSlack)) && noon.Before(s.to.Add(logSlack))
	})
}

// dayIn finds the first day in a line of a log: 2026-11-20, 2026/11/20,
// 20/Nov/2026, or Nov 20 before a time, as syslog has it.
func dayIn(line string) (logDay, bool) {
	for i := 0; i+6 <= len(line); i++ {
		if i > 0 && isWordByte(line[i-1]) {
			continue
		}
		rest := line[i:]
		if d, ok := numericDay(rest); ok {
			return d, true
		}
		if d, ok := namedDay(rest); ok {
			return d, true
		}
	}
	return logDay{}, false
}

// numericDay reads yyyy-mm-dd or yyyy/mm/dd.
func numericDay(s string) (logDay, bool) {
	if len(s) < 10 || s[4] != '-' && s[4] != '/' || s[7] != s[4] || len(s) > 10 && s[10] >= '0' && s[10] <= '9' {
		return logDay{}, false
	}
	year, month, day := number(s[:4]), number(s[5:7]), number(s[8:10])
	return validDay(year, time.Month(month), day, year >= 1990)
}

// namedDay reads "dd/Mon/yyyy" and "Mon dd hh:", "Mon  d hh:".
func namedDay(s string) (logDay, bool) {
	if len(s) >= 11 && s[2] == '/' && s[6] == '/' {
		year := number(s[7:11])
		return validDay(year, monthOf(s[3:6]), number(s[:2]), year >= 1990)
	}
	if len(s) >= 10 && s[3] == ' ' && s[6] == ' ' && s[9] == ':' && number(s[7:9]) >= 0 {
		return validDay(0, monthOf(s[:3]), number(strings.TrimLeft(s[4:6], " ")), true)
	}
	return logDay{}, false
}

func validDay(year int, month time.Month, day int, ok bool) (logDay, bool) {
	return logDay{year, month, day}, ok && month >= 1 && month <= 12 && day >= 1 && day <= 31
}

// number is the value of a short row of digits, -1 for anything else.
func number(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = 10*n + int(s[i]-'0')
	}
	if s == "" {
		return -1
	}
	return n
}

func monthOf(s string) time.Month {
	at := strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", s)
	if at < 0 || at%3 != 0 || len(s) != 3 {
		return 0
	}
	return time.Month(at/3 + 1)
}

func isWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '-' || c == '/'
}

// addressIn reads an IP address with or without a port from a word of a log. It
// leaves alone what is without enough dots and colons: the errors
// about most words would cost more than the rest.
func addressIn(word string) (netip.Addr, bool) {
	if strings.Count(word, ".") < 3 && strings.Count(word, ":") < 2 {
		return netip.Addr{}, false
	}
	if a, err := netip.ParseAddr(word); err == nil {
		return a, true
	}
	word = strings.Trim(word, ".:")
	if a, err := netip.ParseAddr(word); err == nil {
		return a, true
	}
	p, err := netip.ParseAddrPort(word)
	return p.Addr(), err == nil
}

func notOfAddress(r rune) bool {
	return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'f' || r >= 'A' && r <= 'F' || r == '.' || r == ':')
}
