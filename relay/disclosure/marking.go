package disclosure

import "strings"

// Marking is the set of markings that hold for a cell: every one of them must
// allow what is told. A node inherits its ancestors' set and adds its own; only
// in an accepted report may a child's marking replace it. The zero Marking is
// "absent", which counts as private.
type Marking uint16

const (
	MarkClear       Marking = 1 << iota // CLEAR, WHITE, white, public
	MarkGreen                           // GREEN, green, partner
	MarkAmber                           // TLP 2.0 AMBER
	MarkStrict                          // AMBER+STRICT, v2 amber, v2 need-to-know
	MarkRed                             // RED, red, private, and every unknown word
	MarkNeedToKnow1                     // v1 need-to-know: parties involved
	MarkDefault                         // no opinion of its own
	MarkAbsent      Marking = 0         // no marking at all
)

// ParseRestriction reads an IODEF restriction for that document version ("1.00"
// or "2.00"); RFC 5070 and RFC 7970 mean different things by need-to-know. An
// empty string is absent; an unknown word is as strict as private.
func ParseRestriction(version, s string) Marking {
	v1 := strings.HasPrefix(version, "1")
	switch {
	case s == "":
		return MarkAbsent
	case s == "public", s == "white" && !v1:
		return MarkClear
	case s == "default":
		return MarkDefault
	case s == "need-to-know" && v1:
		return MarkNeedToKnow1
	case v1:
		return MarkRed
	case s == "green", s == "partner":
		return MarkGreen
	case s == "amber", s == "need-to-know":
		return MarkStrict
	}
	return MarkRed
}

// ParseTLP reads a Traffic Light Protocol label in its usual bad spellings:
// with or without "TLP:", a blank after the colon, any case, WHITE for CLEAR.
// An empty string is absent; an unknown colour is as strict as RED.
func ParseTLP(s string) Marking {
	switch t, _ := parseTLP(s); {
	case strings.TrimSpace(s) == "":
		return MarkAbsent
	case t == Clear:
		return MarkClear
	case t == Green:
		return MarkGreen
	case t == Amber:
		return MarkAmber
	case t == AmberStrict:
		return MarkStrict
	}
	return MarkRed
}

// TLP is an outgoing label. Labels are ordered, the strictest last.
type TLP string

const (
	Clear       TLP = "CLEAR"
	Green       TLP = "GREEN"
	Amber       TLP = "AMBER"
	AmberStrict TLP = "AMBER+STRICT"
	Red         TLP = "RED"
)

var labels = [...]TLP{Clear, Green, Amber, AmberStrict, Red}

func (t TLP) rank() int {
	for i := range labels {
		if labels[i] == t {
			return i
		}
	}
	return -1
}

// stricter is the stricter of two labels; the empty one says nothing.
func stricter(a, b TLP) TLP {
	if a.rank() >= b.rank() {
		return a
	}
	return b
}

// Restriction is the IODEF restriction that says the label in that document
// version. v2 amber is stricter than TLP 2.0 AMBER, so that AMBER is written
// need-to-know; the colour itself stands in the text. v1 has no word for GREEN
// or for AMBER but need-to-know, the parties involved.
func (t TLP) Restriction(version string) string {
	v1 := strings.HasPrefix(version, "1")
	switch {
	case t == Clear:
		return "public"
	case t == Green && !v1:
		return "green"
	case t == Green, t == Amber:
		return "need-to-know"
	case t == AmberStrict && !v1:
		return "amber"
	case t == Red && !v1:
		return "red"
	}
	return "private"
}

func parseTLP(s string) (TLP, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if rest, ok := strings.CutPrefix(s, "TLP"); ok {
		s = strings.TrimLeft(rest, ":- ")
	}
	s = strings.ReplaceAll(s, " ", "")
	if s == "WHITE" {
		return Clear, true
	}
	for _, t := range labels {
		if string(t) == s {
			return t, true
		}
	}
	return Red, false
}

// label is the outgoing label that an incoming marking asks for by itself.
func (m Marking) label() TLP {
	switch {
	case m == MarkAbsent, m&MarkRed != 0:
		return Red
	case m&MarkStrict != 0:
		return AmberStrict
	case m&(MarkAmber|MarkNeedToKnow1) != 0:
		return Amber
	case m&MarkGreen != 0:
		return Green
	case m&MarkClear != 0:
		return Clear
	}
	return ""
}

// audience is who a marking admits by itself.
type audience uint8

const (
	nobody       audience = iota
	everybody             // whoever the other layers allow
	community             // registered CSIRTs, peers, own constituency, and affected parties
	constituency          // our own constituency
	involved              // the parties of the incident
	profiled              // whoever the requester's standing profile allows
)

// admits reports whether the recipient belongs to the audience.
func (a audience) admits(p *Party, roles Roles, profile bool) bool {
	affected := roles&(SourceSite|TargetSite) != 0
	switch a {
	case everybody:
		return true
	case community:
		return affected || p.ID != "" && (p.Relation == CSIRT || p.Relation == Peer || p.Relation == OwnConstituency)
	case constituency:
		return p.Relation == OwnConstituency
	case involved:
		return affected
	case profiled:
		return profile
	}
	return false
}

// verdict says what a cell's marking does for this recipient: the action, the
// deciding rule of markingRules, and whether a grant lifted it.
func (m Marking) verdict(p *Party, roles Roles, g *grant) (act Action, rule int, lifted bool) {
	act, rule = Keep, -1
	for i := range markingRules {
		r := &markingRules[i]
		if m&r.mark == 0 && !(m == MarkAbsent && r.mark == MarkAbsent) {
			continue
		}
		switch {
		case r.allow.admits(p, roles, g.profile):
			if rule < 0 {
				rule = i
			}
		case r.lift && (g.lifts || g.liftsAbsent && r.mark == MarkAbsent):
			rule, lifted = i, true
		default:
			return Drop, i, false
		}
	}
	return act, rule, lifted
}
