package disclosure

import (
	"slices"
	"strings"
	"time"
)

// Approval says what must look before a notice leaves.
type Approval string

const (
	ApproveAuto Approval = "auto" // nobody
	ApproveOne  Approval = "one"  // one operator
	ApproveTwo  Approval = "two"  // two different operators
)

// strictest is the stricter of two approvals; the empty one says nothing.
func strictest(a, b Approval) Approval {
	rank := [...]Approval{ApproveAuto, ApproveOne, ApproveTwo}
	if slices.Index(rank[:], a) >= slices.Index(rank[:], b) {
		return a
	}
	return b
}

// Policy is what the site lays down beforehand. The zero Policy is the defaults
// of the model.
type Policy struct {
	DefaultTLP TLP      // empty: AMBER
	AllowThird bool     // as-is logs may name third parties
	ReduceWeak bool     // send less over a weak channel instead of waiting
	Approval   Approval // empty: one
	Profiles   []Profile
	rules      []rule
	digest     string
}

// Profile is a standing consent, with the digest of the signed mail that gave it.
type Profile struct {
	Party      string
	Source     string
	Conditions Conditions
}

var defaults = &Policy{}

// ProfilesOf lists the standing conditions of a party, for Report.Profiles.
func (p *Policy) ProfilesOf(party string) []Conditions {
	var list []Conditions
	if p == nil || party == "" {
		return nil
	}
	for i := range p.Profiles {
		if p.Profiles[i].Party == party {
			list = append(list, p.Profiles[i].Conditions)
		}
	}
	return list
}

func (p *Policy) allowThird() bool { return p.AllowThird }

func (p *Policy) defaultTLP() TLP {
	if p.DefaultTLP == "" {
		return Amber
	}
	return p.DefaultTLP
}

func (p *Policy) approval() Approval {
	if p.Approval == "" {
		return ApproveOne
	}
	return p.Approval
}

// rule is one [[rule]] of the file.
type rule struct {
	id         string
	stages     []Stage
	relations  []Relation
	trustMin   int
	tiMin      int
	types      []string
	severities []string
	tlp        []TLP
	recipients []string
	until      time.Time // last day, zero: none
	notBefore  time.Time
	approval   Approval // holds only with that much approval, which the notice then needs
	set        []selector
}

// staged reports whether the rule names stages: then it stands in the stage
// layer, where it may raise what table 4 says; else it is a ceiling.
func (r *rule) staged() bool { return len(r.stages) > 0 }

// selector is one entry of a rule's set.
type selector struct {
	text    string // as written
	spec    int
	owners  ownerSet
	classes classSet
	path    string // without indexes; empty: any
	act     Action
}

func (s *selector) matches(c *subject) bool {
	return c.class&s.classes != 0 && c.owner&s.owners != 0 && (s.path == "" || samePath(s.path, c.path))
}

// samePath compares a path of the policy, which has no indexes, with a cell's.
// Both may start at the document or at the Incident.
func samePath(rule, cell string) bool {
	i := 0
	cell = trimRoot(cell)
	for j := 0; j < len(cell); j++ {
		if cell[j] == '[' {
			for j < len(cell) && cell[j] != ']' {
				j++
			}
			continue
		}
		if i == len(rule) || rule[i] != cell[j] {
			return false
		}
		i++
	}
	return i == len(rule)
}

func trimRoot(path string) string {
	path = strings.TrimPrefix(path, "/")
	for _, step := range [...]string{"IODEF-Document", "Incident"} {
		if rest, ok := strings.CutPrefix(path, step); ok {
			if strings.HasPrefix(rest, "[") {
				if _, after, ok := strings.Cut(rest, "]"); ok {
					rest = after
				}
			}
			if strings.HasPrefix(rest, "/") {
				path = rest[1:]
			}
		}
	}
	return path
}

// matched is a rule that holds for a report's cells in this decision.
type matched struct {
	rule   *rule
	index  int
	report int
}

// match appends the rules that hold for report k.
func (p *Policy) match(list []matched, in *Input, k int) []matched {
	for i := range p.rules {
		if p.rules[i].holds(in, &in.Reports[k]) {
			list = append(list, matched{&p.rules[i], i, k})
		}
	}
	return list
}

func (r *rule) holds(in *Input, rep *Report) bool {
	to := &in.Recipient
	return anyOf(r.stages, in.Stage) && anyOf(r.relations, to.Relation) &&
		to.Trust >= r.trustMin && to.TI >= r.tiMin &&
		anyOf(r.severities, rep.Severity) && anyOf(r.recipients, to.ID) &&
		anyOf(r.tlp, rep.Marking.label()) &&
		(len(r.types) == 0 || slices.ContainsFunc(rep.Types, func(t string) bool { return slices.Contains(r.types, t) })) &&
		(r.until.IsZero() || in.Now.Before(r.until.AddDate(0, 0, 1))) &&
		(r.notBefore.IsZero() || !in.Now.Before(r.notBefore))
}

// Loosens reports whether, after one time and up to another, a day came on which
// more may be told though nobody has said anything: a rule or a standing profile
// has ended, or a rule has begun that may raise a stage. Ceilings that begin only
// take away.
func (p *Policy) Loosens(after, upTo time.Time) bool {
	between := func(t time.Time) bool { return t.After(after) && !t.After(upTo) }
	ended := func(last time.Time) bool { return !last.IsZero() && between(last.AddDate(0, 0, 1)) }
	return slices.ContainsFunc(p.rules, func(r rule) bool { return ended(r.until) || r.staged() && between(r.notBefore) }) ||
		slices.ContainsFunc(p.Profiles, func(f Profile) bool { return ended(f.Conditions.Until) })
}

func anyOf[T comparable](list []T, v T) bool {
	return len(list) == 0 || slices.Contains(list, v)
}
