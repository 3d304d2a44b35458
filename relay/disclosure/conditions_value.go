package disclosure

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// set reads one folded value; false means that the key has no such value.
func (c *Conditions) set(k Key, v string) (ok bool) {
	switch k {
	case KeyVersion:
		return v == "1"
	case KeyPreset:
		for _, p := range presets {
			if v == p.en || v == fold(p.ja) {
				c.Preset = p.en
				return true
			}
		}
		return false
	case KeyRelay:
		for _, w := range relayWords {
			if v == w.en || v == w.ja {
				c.Relay = w.relay
				return true
			}
		}
		return false
	case KeyTo:
		c.To, ok = readTo(v)
	case KeyStage:
		for _, w := range stageWords {
			if v == string(w.stage) || v == w.ja {
				c.Stage = w.stage
				return true
			}
		}
		return false
	case KeyMySite:
		c.Networks, c.Domains, ok = readSite(v)
	case KeyLogs:
		c.Logs, ok = pick(logWords, v)
	case KeyAddresses:
		c.Addresses, ok = pick(hostWords, v)
		if n, err := strconv.Atoi(strings.TrimPrefix(v, "/")); !ok && err == nil && strings.HasPrefix(v, "/") {
			c.Addresses, ok = GeneraliseTo(n)
		}
	case KeyHosts:
		c.Hosts, ok = pick(hostWords, v)
	case KeyIdentity:
		c.Identity, ok = pick(identityWords, v)
	case KeyText:
		c.Text, ok = pick(textWords, v)
	case KeyTime:
		c.Time, ok = pick(timeWords, v)
	case KeyClock:
		c.Clock, ok = readClock(v)
	case KeyTLP:
		c.TLP, ok = parseTLP(v)
	case KeyUntil:
		var err error
		c.Until, err = time.Parse(time.DateOnly, v)
		ok = err == nil && c.Until.Year() > 1
	case KeyReplace:
		for _, w := range yesNo {
			if v == w.en || v == w.ja {
				c.Replace = w.yes
				return true
			}
		}
	}
	return ok
}

func pick(words []word, v string) (Action, bool) {
	for _, w := range words {
		if v == w.en || v == fold(w.ja) {
			return w.act, true
		}
	}
	return Drop, false
}

// list splits at the commas of both scripts. A list holds no empty item.
func list(v string) ([]string, bool) {
	items := strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == '、' })
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
		if items[i] == "" {
			return nil, false
		}
	}
	// 64: a site has a handful of networks; thousands would only slow every decision.
	return items, len(items) > 0 && len(items) <= 64
}

func readTo(v string) ([]string, bool) {
	items, ok := list(v)
	if !ok {
		return nil, false
	}
	for i, item := range items {
		if items[i], ok = readRole(item); !ok {
			return nil, false
		}
	}
	slices.SortFunc(items, func(a, b string) int { return cmp.Or(roleRank(a)-roleRank(b), strings.Compare(a, b)) })
	return slices.Compact(items), true
}

// roleRank orders a list as the page names the roles.
func roleRank(item string) int {
	for i := range toWords {
		if toWords[i].en == item {
			return i
		}
	}
	return len(toWords)
}

func readRole(item string) (string, bool) {
	for _, w := range toWords {
		if item == w.en || item == fold(w.ja) {
			return w.en, true
		}
	}
	if id, ok := strings.CutPrefix(item, "party:"); ok {
		id = strings.TrimSpace(id)
		return "party:" + id, id != "" && !strings.ContainsAny(id, " :")
	}
	n, ok := strings.CutPrefix(item, "ti:")
	n = strings.TrimSpace(n)
	return "ti:" + n, ok && (n == "0" || n == "1" || n == "2")
}

func readSite(v string) (nets []netip.Prefix, domains []string, ok bool) {
	items, ok := list(v)
	if !ok {
		return nil, nil, false
	}
	for _, item := range items {
		if s, ok := Canonical(ClassPrefix, item); ok {
			p := netip.MustParsePrefix(s)
			// A requester that calls half the Internet its own could hide
			// everything, or grant it.
			if p.Bits() < 8 || p.Addr().Is6() && p.Bits() < 16 {
				return nil, nil, false
			}
			nets = append(nets, p)
		} else if a, err := netip.ParseAddr(item); err == nil {
			a = a.Unmap().WithZone("")
			nets = append(nets, netip.PrefixFrom(a, a.BitLen()))
		} else if d, ok := Canonical(ClassDomain, item); ok && strings.Contains(d, ".") {
			domains = append(domains, d)
		} else {
			return nil, nil, false
		}
	}
	slices.SortFunc(nets, func(a, b netip.Prefix) int { return strings.Compare(a.String(), b.String()) })
	slices.Sort(domains)
	return slices.Compact(nets), slices.Compact(domains), true
}

// readClock reads ntp, unknown, or an offset such as +3s, -250ms, +2m, at most
// a day: how far the reporter's clock is off.
func readClock(v string) (string, bool) {
	switch v {
	case "ntp":
		return v, true
	case "unknown", "不明":
		return "unknown", true
	}
	if v == "" || v[0] != '+' && v[0] != '-' {
		return "", false
	}
	d, err := time.ParseDuration(v)
	if err != nil || d.Abs() > 24*time.Hour {
		return "", false
	}
	if d >= 0 {
		return "+" + d.String(), true
	}
	return d.String(), true
}
