package disclosure

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Key is one key of the disclosure conditions (section 7).
type Key uint8

const (
	KeyVersion Key = iota
	KeyPreset
	KeyRelay
	KeyTo
	KeyStage
	KeyMySite
	KeyLogs
	KeyAddresses
	KeyHosts
	KeyIdentity
	KeyText
	KeyTime
	KeyClock
	KeyTLP
	KeyUntil
	KeyReplace
	keyCount
)

// Relay says whether anything of a report may go to anybody.
type Relay uint8

const (
	RelayNo Relay = iota
	RelayAsk
	RelayYes
)

// Conditions are what a requester allows, one value for the three forms in
// which it can be said. Only what was said counts: Said tells a key that was
// left out from one that names the default. The zero Conditions say nothing.
type Conditions struct {
	said      uint32
	Preset    string // canonical English name, or empty
	Relay     Relay
	To        []string // source-site, target-site, csirt, ti:N, party:ID
	Stage     Stage    // the grants apply from here on
	Networks  []netip.Prefix
	Domains   []string // my-site
	Logs      Action
	Addresses Action
	Hosts     Action
	Identity  Action
	Text      Action
	Time      Action
	Clock     string // ntp, unknown, or an offset
	TLP       TLP
	Until     time.Time // last day on which they hold, midnight UTC
	Replace   bool      // these stand alone, without the standing profile
}

// Said reports whether the key was written, by itself or by the preset.
func (c *Conditions) Said(k Key) bool { return c.said&(1<<k) != 0 }

func (c *Conditions) say(k Key) { c.said |= 1 << k }

// Empty reports whether nothing was said.
func (c *Conditions) Empty() bool { return c.said == 0 }

// Expired reports whether the last day is over; until that day's end in UTC
// the conditions hold.
func (c *Conditions) Expired(now time.Time) bool {
	return c.Said(KeyUntil) && !now.Before(c.Until.AddDate(0, 0, 1))
}

// Withheld are the conditions when there are none: nothing goes anywhere.
var withheld = Conditions{
	To: []string{"source-site"}, Stage: Acknowledged,
	Logs: Drop, Addresses: Mask, Hosts: Mask, Identity: Mask, Text: Drop, Time: Keep,
	Clock: "unknown", TLP: Amber,
}

// action is what a key of consentKeys allows, by default where it was not said.
func (c *Conditions) action(k Key) Action {
	if !c.Said(k) {
		c = &withheld
	}
	switch k {
	case KeyLogs:
		return c.Logs
	case KeyAddresses:
		return c.Addresses
	case KeyHosts:
		return c.Hosts
	case KeyIdentity:
		return c.Identity
	case KeyText:
		return c.Text
	case KeyTime:
		return c.Time
	}
	return Drop
}

// Less reports whether these allow less than others in anything; nil stands for
// the preset that a report without conditions grants at most.
func (c *Conditions) Less(than *Conditions) bool {
	minimal, _ := Preset("minimal")
	c, than = cmp.Or(c, &minimal), cmp.Or(than, &minimal)
	from := func(c *Conditions) Stage {
		if c.Said(KeyStage) {
			return c.Stage
		}
		return withheld.Stage
	}
	if c.Relay < than.Relay || from(than).Before(from(c)) || c.Said(KeyUntil) && (!than.Said(KeyUntil) || c.Until.Before(than.Until)) ||
		c.Said(KeyTo) && slices.ContainsFunc(than.To, func(to string) bool { return !slices.Contains(c.To, to) }) {
		return true
	}
	return slices.ContainsFunc(actionKeys[:], func(k Key) bool { return !than.action(k).atMost(c.action(k)) })
}

// value is the canonical English spelling of what a key says.
func (c *Conditions) value(k Key) string {
	switch k {
	case KeyPreset:
		return c.Preset
	case KeyRelay:
		return [...]string{"no", "ask", "yes"}[min(c.Relay, RelayYes)]
	case KeyTo:
		return strings.Join(c.To, ", ")
	case KeyStage:
		return string(c.Stage)
	case KeyMySite:
		var list []string
		for _, n := range c.Networks {
			list = append(list, n.String())
		}
		return strings.Join(append(list, c.Domains...), ", ")
	case KeyLogs, KeyText:
		if a := c.action(k); a != Drop {
			return a.For(ClassLog)
		}
		return "no"
	case KeyAddresses, KeyHosts, KeyIdentity:
		return addressWord(c.action(k))
	case KeyTime:
		return [...]string{"second", "minute", "hour"}[min(c.action(k).Step(), Hour)]
	case KeyClock:
		return c.Clock
	case KeyTLP:
		return string(c.TLP)
	case KeyUntil:
		return c.Until.Format(time.DateOnly)
	case KeyReplace:
		if c.Replace {
			return "yes"
		}
		return "no"
	}
	return "1"
}

func addressWord(a Action) string {
	switch a.Kind() {
	case KindKeep:
		return "keep"
	case KindPseudonymise:
		return "pseudonym"
	case KindGeneralise:
		if a.V4() == 24 && a.V6() != 48 {
			return "/" + strconv.Itoa(a.V6())
		}
		return "/" + strconv.Itoa(a.V4())
	}
	return "hide"
}

// String is the canonical block: the preset, then what differs from it, in the
// order of the table, in English. ParseConditions reads it back to an equal value.
func (c Conditions) String() string {
	var b strings.Builder
	b.WriteString(beginMark + "\nversion: 1\n")
	base := presetNamed(c.Preset)
	for k := KeyPreset; k < keyCount; k++ {
		if !c.Said(k) || base != nil && k != KeyPreset && base.Said(k) && base.value(k) == c.value(k) {
			continue
		}
		b.WriteString(keyNames[k].en + ": " + c.value(k) + "\n")
	}
	b.WriteString(endMark + "\n")
	return b.String()
}

// apply lays a preset under what the keys said themselves.
func (c *Conditions) apply(p *Conditions) {
	own := *c
	for k := KeyRelay; k < keyCount; k++ {
		if !p.Said(k) || own.Said(k) {
			continue
		}
		c.say(k)
		switch k {
		case KeyRelay:
			c.Relay = p.Relay
		case KeyTo:
			c.To = slices.Clone(p.To)
		case KeyLogs:
			c.Logs = p.Logs
		case KeyAddresses:
			c.Addresses = p.Addresses
		case KeyHosts:
			c.Hosts = p.Hosts
		case KeyIdentity:
			c.Identity = p.Identity
		}
	}
}

const presetKeys = 1<<KeyRelay | 1<<KeyTo | 1<<KeyLogs | 1<<KeyAddresses | 1<<KeyHosts | 1<<KeyIdentity

// presets is the table of section 7. A dash under `to` leaves the list empty.
var presets = [...]struct {
	en, ja string
	c      Conditions
}{
	{"forward-log-as-is", "ログそのまま転送可", Conditions{said: presetKeys, Relay: RelayYes, To: []string{"source-site", "csirt"}, Logs: AsIs, Addresses: Keep, Hosts: Keep, Identity: Mask}},
	{"hide-my-ip", "自サイトのIPアドレスを伏せる", Conditions{said: presetKeys, Relay: RelayYes, To: []string{"source-site", "csirt"}, Logs: Sanitize, Addresses: Mask, Hosts: Keep, Identity: Mask}},
	{"minimal", "最小限", Conditions{said: presetKeys, Relay: RelayYes, To: []string{"source-site"}, Logs: Drop, Addresses: Mask, Hosts: Mask, Identity: Mask}},
	{"no-relay", "転送不可", Conditions{said: presetKeys &^ (1 << KeyTo), Relay: RelayNo, Logs: Drop, Addresses: Mask, Hosts: Mask, Identity: Mask}},
	{"ask-me", "都度確認", Conditions{said: presetKeys &^ (1 << KeyTo), Relay: RelayAsk, Logs: Drop, Addresses: Mask, Hosts: Mask, Identity: Mask}},
}

// Preset is the conditions of that name, English or Japanese.
func Preset(name string) (Conditions, bool) {
	for i := range presets {
		if presets[i].en == name || presets[i].ja == name {
			c := presets[i].c
			c.To = slices.Clone(c.To)
			c.Preset = presets[i].en
			c.say(KeyPreset)
			return c, true
		}
	}
	return Conditions{}, false
}

func presetNamed(name string) *Conditions {
	for i := range presets {
		if presets[i].en == name {
			return &presets[i].c
		}
	}
	return nil
}
