package relay

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// number writes a protocol or port in its one spelling, "" if it is none: signs
// and leading zeros of the reporter's would be a channel of their own.
func number(s string, most int) string {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 || n > most {
		return ""
	}
	return strconv.Itoa(n)
}

// maxPorts is how many ports and ranges a notice names: a long list could carry
// anything.
const maxPorts = 100

// portlist writes a PortlistType (RFC 7970 3.20) in order, each entry once; ""
// if it is none or too long.
func portlist(s string) string {
	if s == "" {
		return ""
	}
	type span struct{ from, to int }
	var list []span
	for entry := range strings.SplitSeq(s, ",") {
		low, high, ranged := strings.Cut(strings.TrimSpace(entry), "-")
		if !ranged {
			high = low
		}
		low, high = number(low, 65535), number(high, 65535)
		if low == "" || high == "" {
			return ""
		}
		from, _ := strconv.Atoi(low)
		to, _ := strconv.Atoi(high)
		if from > to {
			return ""
		}
		list = append(list, span{from, to})
	}
	slices.SortFunc(list, func(a, b span) int { return cmp.Or(a.from-b.from, a.to-b.to) })
	list = slices.Compact(list)
	if len(list) > maxPorts {
		return ""
	}
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = strconv.Itoa(p.from)
		if p.to != p.from {
			out[i] += "-" + strconv.Itoa(p.to)
		}
	}
	return strings.Join(out, ",")
}
