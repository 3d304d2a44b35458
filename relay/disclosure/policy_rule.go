package disclosure

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// readRule compiles one [[rule]]; key is what an error is about.
func readRule(f *ruleFile, i int) (r rule, key string, err error) {
	r = rule{id: f.ID, trustMin: f.When.TrustMin, tiMin: f.When.TIMin, types: f.When.Type,
		recipients: f.When.Recipient, until: day(f.When.Until), notBefore: day(f.When.NotBefore),
		approval: Approval(f.When.Approval)}
	if r.id == "" {
		r.id = fmt.Sprintf("rule %d", i+1)
	}
	for _, w := range f.When.Stage {
		st, err := ParseStage(w)
		if err != nil || st == Closed {
			return r, "stage", fmt.Errorf("unknown stage %.40q", w)
		}
		r.stages = append(r.stages, st)
	}
	for _, w := range f.When.Relation {
		if !slices.Contains(relations[:], Relation(w)) {
			return r, "relation", fmt.Errorf("unknown relation %.40q", w)
		}
		r.relations = append(r.relations, Relation(w))
	}
	for _, w := range f.When.Severity {
		if w != "low" && w != "medium" && w != "high" {
			return r, "severity", fmt.Errorf("unknown severity %.40q", w)
		}
		r.severities = append(r.severities, w)
	}
	for _, w := range f.When.TLP {
		t, ok := parseTLP(w)
		if !ok {
			return r, "tlp", fmt.Errorf("unknown label %.40q", w)
		}
		r.tlp = append(r.tlp, t)
	}
	switch {
	case r.trustMin < 0 || r.trustMin > 3:
		return r, "trust_min", fmt.Errorf("want 0 to 3")
	case r.tiMin < 0 || r.tiMin > 2:
		return r, "ti_min", fmt.Errorf("want 0 to 2")
	case !knownApproval(r.approval):
		return r, "approval", fmt.Errorf("want auto, one or two")
	case len(f.Set) == 0:
		return r, "set", fmt.Errorf("a rule that sets nothing")
	}
	for _, text := range slices.Sorted(maps.Keys(f.Set)) {
		s, err := readSelector(text, f.Set[text])
		if err != nil {
			return r, text, err
		}
		r.set = append(r.set, s)
	}
	return r, "", nil
}

// readSelector reads `path:<IODEF path>`, `<owner>:<class>`, `<class>`,
// `<owner>:*` or `*`, and the action it sets.
func readSelector(text, action string) (s selector, err error) {
	s = selector{text: text, owners: anyOwner, classes: anyClass}
	if s.act, err = ParseAction(action); err != nil {
		return s, err
	}
	if path, ok := strings.CutPrefix(text, "path:"); ok {
		if s.path = trimRoot(path); s.path == "" || strings.ContainsAny(s.path, "[]*# ") {
			return s, fmt.Errorf("a path is element names with slashes, without indexes")
		}
		s.spec = 4
		return s, nil
	}
	class := text
	if owner, rest, ok := strings.Cut(text, ":"); ok {
		k := slices.Index(owners[:], owner)
		if k < 0 {
			return s, fmt.Errorf("unknown owner %.40q", owner)
		}
		s.owners, class = Owner(k).bit(), rest
	}
	if class != "*" {
		if s.classes = ClassOf(class).bit(); s.classes == 0 {
			return s, fmt.Errorf("unknown class %.40q", class)
		}
	}
	s.spec = specificity(s.owners, s.classes)
	return s, s.suits()
}

// suits refuses an action that the named class cannot have, so that nobody
// believes in a rule that does something else.
func (s *selector) suits() error {
	if s.classes == anyClass {
		return nil
	}
	box, k := s.classes&containers != 0, s.act.Kind()
	forLog, forValue := k == KindSanitize || k == KindSummary, k == KindMask || k == KindGeneralise || k == KindPseudonymise
	if box && forValue || !box && forLog || !box && fit(s.act, s.classes) != s.act {
		return fmt.Errorf("%s does not fit that class", s.act)
	}
	return nil
}

// day is the date as midnight UTC, whatever the zone of the file's notation.
func day(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}
