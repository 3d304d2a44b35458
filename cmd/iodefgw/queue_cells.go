package main

import (
	"fmt"
	"strings"

	"iodefgw/relay"
)

// cells lays what came in beside what goes out of it, with the rule that
// withheld each value.
func (env *Env) cells(cells []relay.Cell) {
	if len(cells) == 0 {
		return
	}
	fmt.Fprintln(env.Stdout)
	rows := [][]string{{"CAME IN", "CLASS", "OWNER", "GOES OUT", "WITHHELD BY"}}
	others := 0 // columns of the three in the middle, and the gaps
	for _, c := range cells {
		rows = append(rows, []string{strings.TrimPrefix(c.Path, "/IODEF-Document"), c.Class, c.Owner, c.Action, withheldBy(c)})
		others = max(others, len(c.Class)+max(len(c.Owner), len("OWNER"))+max(len(c.Action), len("GOES OUT"))+8)
	}
	if total := env.Width(env.Stdout); total > 0 {
		for _, row := range rows[1:] { // of a place its end tells most
			row[0] = cutFront(printable(row[0]), max(16, (total-others)/2))
		}
	}
	env.table(rows)
}

// withheldBy is the rule that a cell's fate comes from: the first in its chain
// that allowed no more; where none alone did, those that withheld something.
// Empty for what goes out as it came.
func withheldBy(c relay.Cell) string {
	if c.Action == "keep" || c.Action == "as-is" {
		return ""
	}
	var all []string
	for _, r := range c.Reasons {
		i := strings.LastIndex(r, ": ")
		if i < 0 {
			continue
		}
		rule, act := r[:i], r[i+2:]
		if act == c.Action && act != "generalise" { // of prefixes and hours one may be shorter than another
			return rule
		}
		if act != "keep" && act != "as-is" {
			all = append(all, rule)
		}
	}
	return strings.Join(all, "; ")
}
