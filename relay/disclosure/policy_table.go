package disclosure

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Row is one line of the policy as an operator reads it.
type Row struct {
	Section string   `json:"section"`
	What    string   `json:"what"`
	Cells   []string `json:"cells"`
}

// Rows is the whole policy: the defaults of the model, every setting, rule and
// profile, in the order of the page.
func (p *Policy) Rows() []Row {
	if p == nil {
		p = defaults
	}
	rows := []Row{{"stage", "", words(stages[:])}}
	for i := range stageCeilings {
		l := &stageCeilings[i]
		rows = append(rows, Row{"stage", l.name, actions(l.at[:], l.classes)})
	}
	rows = append(rows, Row{"recipient", "", words(relations[:])})
	for i := range relationCeilings {
		l := &relationCeilings[i]
		rows = append(rows, Row{"recipient", l.name, actions(l.at[:], l.classes)})
	}
	rows = append(rows, Row{"channel", "", words(channels[:])})
	for i := range channelCeilings {
		l := &channelCeilings[i]
		rows = append(rows, Row{"channel", l.name, actions(l.at[:], l.classes)})
	}
	for i := range markingRules {
		m := &markingRules[i]
		who := "keep to " + audienceWords[m.allow]
		if m.allow == nobody {
			who = "drop"
		}
		if m.lift {
			who += ", else drop unless lifted"
		} else if m.allow != everybody {
			who += ", else drop"
		}
		rows = append(rows, Row{"marking", m.name, []string{strings.Replace(who, "drop, else drop", "drop", 1)}})
	}
	for i := range hardRules {
		rows = append(rows, Row{"hard", hardRules[i].name, []string{"drop"}})
	}
	return append(append(rows, p.settingRows()...), p.ruleRows()...)
}

var audienceWords = [...]string{"nobody", "all", "CSIRTs, peers, own constituency and affected parties", "own constituency", "parties involved", "whom a standing profile allows"}

func (p *Policy) settingRows() []Row {
	third, weak := "sanitize", "hold"
	if p.AllowThird {
		third = "allow"
	}
	if p.ReduceWeak {
		weak = "reduce"
	}
	return []Row{
		{"setting", "default_tlp", []string{string(p.defaultTLP())}},
		{"setting", "third_party_in_as_is_logs", []string{third}},
		{"setting", "on_weak_channel", []string{weak}},
		{"setting", "approval", []string{string(p.approval())}},
	}
}

func (p *Policy) ruleRows() (rows []Row) {
	for i := range p.rules {
		r := &p.rules[i]
		kind := "ceiling"
		if r.staged() {
			kind = "stage rule"
		}
		for j := range r.set {
			s := &r.set[j]
			rows = append(rows, Row{"rule", r.id, []string{kind, r.when(), s.text, s.act.Detail(s.class())}})
		}
	}
	for i := range p.Profiles {
		pr := &p.Profiles[i]
		var said []string
		for k := KeyPreset; k < keyCount; k++ {
			if pr.Conditions.Said(k) {
				said = append(said, keyNames[k].en+"="+pr.Conditions.value(k))
			}
		}
		rows = append(rows, Row{"profile", pr.Party, []string{strings.Join(said, " "), pr.Source}})
	}
	return rows
}

// class is the class that a selector names, for the words of its action.
func (s *selector) class() Class {
	for c := range Class(len(classes)) {
		if c.bit() == s.classes {
			return c
		}
	}
	return 0
}

// when is the rule's condition as one line.
func (r *rule) when() string {
	var w []string
	add := func(key string, list []string) {
		if len(list) > 0 {
			w = append(w, key+"="+strings.Join(list, "|"))
		}
	}
	date := func(key string, t time.Time) {
		if !t.IsZero() {
			w = append(w, key+"="+t.Format(time.DateOnly))
		}
	}
	add("stage", words(r.stages))
	add("relation", words(r.relations))
	if r.trustMin > 0 {
		w = append(w, fmt.Sprintf("trust_min=%d", r.trustMin))
	}
	if r.tiMin > 0 {
		w = append(w, fmt.Sprintf("ti_min=%d", r.tiMin))
	}
	add("type", r.types)
	add("severity", r.severities)
	add("tlp", words(r.tlp))
	add("recipient", r.recipients)
	date("not_before", r.notBefore)
	date("until", r.until)
	if r.approval != "" {
		w = append(w, "approval="+string(r.approval))
	}
	if len(w) == 0 {
		return "always"
	}
	return strings.Join(w, " ")
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}

func actions(list []Action, classes classSet) []string {
	out := make([]string, len(list))
	for i, a := range list {
		if out[i] = a.String(); a == Keep && classes&^containers == 0 {
			out[i] = "as-is"
		}
	}
	return out
}

// Table writes the rows as one page of text.
func (p *Policy) Table(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	section := ""
	for _, r := range p.Rows() {
		if r.Section != section && section != "" {
			fmt.Fprintln(tw)
		}
		section = r.Section
		fmt.Fprintf(tw, "%s\t%s\t%s\n", r.Section, r.What, strings.Join(r.Cells, "\t"))
	}
	return tw.Flush()
}
