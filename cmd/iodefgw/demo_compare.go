package main

import (
	"fmt"
	"strings"

	"iodefgw/iodef"
)

// comparison lays what was reported beside what a party was told of it: a row
// for each fact and each line of log, a column for the report and each notice.
type comparison struct {
	heads []string
	rows  []comparedRow
}

type comparedRow struct {
	label string
	cells []string // "" for what was not told
}

// compare makes the comparison of a report and its notices to one party.
func compare(original iodef.Incident, stages []string, told []iodef.Incident) *comparison {
	c := &comparison{heads: append([]string{"reported"}, stages...)}
	for _, f := range []struct {
		label string
		of    func(iodef.Incident) string
	}{{"from", creator}, {"began", began}, {"source", hosts("source")}, {"target", hosts("target")}} {
		row := comparedRow{f.label, []string{f.of(original)}}
		for _, t := range told {
			row.cells = append(row.cells, f.of(t))
		}
		c.rows = append(c.rows, row)
	}
	first := len(c.rows)
	for i, line := range logLines(original) {
		c.rows = append(c.rows, comparedRow{fmt.Sprintf("log %d", i+1), append([]string{line}, make([]string, len(told))...)})
	}
	for i, t := range told {
		c.place(first, i+1, logLines(t))
	}
	return c
}

// place puts the lines of a told log beside those they were made of: the next
// one with the same beginning, which holds its time and program.
func (c *comparison) place(from, column int, lines []string) {
	at := from
	for _, line := range lines {
		row := -1
		for i := at; i < len(c.rows) && row < 0; i++ {
			if commonPrefix(c.rows[i].cells[0], line) >= len("Nov 20 12:14:07 ") {
				row = i
			}
		}
		if row < 0 { // ours: how much was left out
			c.rows = append(c.rows, comparedRow{"log", make([]string, len(c.heads))})
			row = len(c.rows) - 1
		} else {
			at = row + 1
		}
		c.rows[row].cells[column] = line
	}
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// logLines are the lines of all logs of an incident.
func logLines(in iodef.Incident) (lines []string) {
	for _, r := range in.Records() {
		for _, item := range r.Items() {
			lines = append(lines, strings.Split(strings.TrimSpace(item.Text()), "\n")...)
		}
	}
	return lines
}

func creator(in iodef.Incident) string {
	var names []string
	for _, c := range in.Contacts() {
		for _, n := range append(c.Names(), c.Emails()...) {
			names = append(names, strings.TrimSpace(n.Text()))
		}
	}
	return strings.Join(names, ", ")
}

func began(in iodef.Incident) string {
	for _, e := range in.Events() {
		if t := e.Times().Start; !t.IsZero() {
			return strings.TrimSpace(t.Element.Text())
		}
	}
	return ""
}

// hosts are the systems of a category: addresses, names and services.
func hosts(category string) func(iodef.Incident) string {
	return func(in iodef.Incident) string {
		var all []string
		for _, s := range in.Systems() {
			if s.Category() != category {
				continue
			}
			var parts []string
			for _, a := range s.Addresses() {
				parts = append(parts, a.Value())
			}
			for _, n := range s.Names() {
				parts = append(parts, strings.TrimSpace(n.Text()))
			}
			for _, v := range s.Services() {
				parts = append(parts, "port "+v.Port())
			}
			all = append(all, strings.Join(parts, " "))
		}
		return strings.Join(all, ", ")
	}
}
