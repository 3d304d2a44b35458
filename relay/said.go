package relay

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"slices"
	"strings"

	"iodefgw/store"
)

// lineByLine is how many lines a log may have to be remembered by its lines.
// A longer one is remembered as a whole, so that no log makes a decision's row
// grow with it.
const lineByLine = 200

// Said lists what a notice tells, fact by fact, as digests under the gateway's
// key: what was told once need not be told again, and a notice that has
// nothing new in it is not sent. That other facts are no longer told is no
// news; it might only show that somebody else reported too.
func (n *Notice) Said() string {
	d := n.Draft
	if d == nil || n.said != "" {
		return n.said
	}
	facts, buf := make([]uint64, 0, 128), make([]byte, 0, 256) // six octets each
	key := n.mark.key()
	mac := key.macs.Get().(hash.Hash) // one for all
	defer key.macs.Put(mac)
	add := func(what, value string) {
		if value != "" {
			mac.Reset()
			buf = append(append(append(append(buf[:0], "said "...), what...), '\n'), value...)
			mac.Write(buf)
			facts = append(facts, binary.BigEndian.Uint64(mac.Sum(buf[:0]))>>16)
		}
	}
	add("tlp", d.TLP)
	for _, s := range d.Systems {
		add("system", string(s.appendKey(nil)))
	}
	add("start", d.Start.String())
	add("end", d.End.String())
	add("detect", d.Detect.String())
	add("clock", d.Clock)
	add("severity", d.Severity)
	add("action", d.Action)
	for _, of := range [...]struct {
		what string
		list []string
	}{{"type", d.Types}, {"text", d.Texts}, {"reporter", d.Reporters}, {"told", d.OthersTold}} {
		for _, v := range of.list {
			add(of.what, v)
		}
	}
	for _, s := range d.Summaries {
		add("summary", fmt.Sprint(s))
	}
	for _, l := range d.Logs {
		if strings.Count(l, "\n") > lineByLine {
			add("log", l)
			continue
		}
		for line := range strings.Lines(l) {
			add("line", strings.TrimRight(line, "\n"))
		}
	}
	slices.Sort(facts)
	var text strings.Builder
	text.Grow(13 * len(facts))
	for _, fact := range slices.Compact(facts) {
		six := binary.BigEndian.AppendUint64(buf[:0], fact<<16)[:6]
		text.Write(append(hex.AppendEncode(buf[6:6], six), ' '))
	}
	n.said = strings.TrimSuffix(text.String(), " ")
	return n.said
}

// wanted reports whether a notice is to be queued. One with nothing new in it
// is not, and what is queued stays; but where that says what may not be said any
// more, as when another report has come in between, it does not leave: the notice
// takes its place, or nothing does (case 93).
func (p *Plan) wanted(s *Situation, n *Notice) bool {
	told, queued := s.Told[n.Recipient.Party.ID], s.Queued[n.Recipient.Party.ID]
	allowed := strings.Fields(n.Said())
	over := slices.ContainsFunc(strings.Fields(queued), func(fact string) bool { return !slices.Contains(allowed, fact) })
	switch {
	case n.Refusal != "":
		return true
	case !over:
		return n.news(told + " " + queued)
	case n.news(told):
		return true
	}
	p.Withdrawn = append(p.Withdrawn, store.Superseded{Party: n.Recipient.Party.ID, Kind: n.Kind})
	return false
}

// news reports whether a notice tells anything that was not told before.
func (n *Notice) news(told string) bool {
	before := map[string]bool{}
	for _, fact := range strings.Fields(told) {
		before[fact] = true
	}
	return slices.ContainsFunc(strings.Fields(n.Said()), func(fact string) bool { return !before[fact] })
}

// SameAs reports whether a notice tells what the one of a stored decision does,
// at the same stage, and does the same to every cell, for whatever reasons.
func (n *Notice) SameAs(d store.Decision) bool {
	was, err := ReadCells(d.Cells)
	if err != nil || n.Said() != SaidIn(d) || store.Stage(n.Recipient.Stage) != d.Stage {
		return false
	}
	return slices.EqualFunc(was, n.Cells(), func(a, b Cell) bool {
		return a.Path == b.Path && a.Class == b.Class && a.Owner == b.Owner && a.Action == b.Action
	})
}

// ViaIn are the loop marks that a stored decision's message carries on.
func ViaIn(d store.Decision) []string {
	var in struct {
		Via []string `json:"via"`
	}
	if json.Unmarshal(d.Inputs, &in) != nil {
		return nil
	}
	return in.Via
}

// SaidIn is what a stored decision told its recipient; see Notice.Said.
func SaidIn(d store.Decision) string {
	var in struct {
		Said string `json:"said"`
	}
	if json.Unmarshal(d.Inputs, &in) != nil {
		return ""
	}
	return in.Said
}
