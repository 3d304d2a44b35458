package relay

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"iodefgw/relay/disclosure"
)

// Cell is one value of a report and what became of it, without the value.
type Cell struct {
	Path    string   `json:"path"`
	Class   string   `json:"class"`
	Owner   string   `json:"owner"`
	Action  string   `json:"action"`
	Reasons []string `json:"reasons"`
}

// Cells lists every cell of the reports once. What may be told but has no
// place in a notice is dropped, and says so.
func (n *Notice) Cells() []Cell {
	out := []Cell{}
	if n.res == nil {
		return out // a letter tells no cell
	}
	for i := range n.material.input {
		act, left := n.fate(i)
		out = append(out, Cell{n.material.path(i), string(n.material.class(i)), string(n.material.cells[i].Owner), act, n.reasons(i, left)})
	}
	return out
}

// fate is the word for what became of a cell; left says that a notice has no
// place for it.
func (n *Notice) fate(i int) (act string, left bool) {
	a := n.res.Decisions[i].Action
	if left = a != disclosure.Drop && !n.carried[i] && !n.kept(i); left {
		a = disclosure.Drop
	}
	return a.For(n.material.cells[i].Class), left
}

func (n *Notice) reasons(i int, left bool) []string {
	reasons := n.res.Reasons(i)
	if left {
		reasons = append(reasons, "build: a notice has no place for it: drop")
	}
	return reasons
}

// table is the same as a decision's row keeps it: reasons stand once, and the
// values of a log with one fate share a line, so that a row grows little with
// the log.
//
//	{"reasons":[["hard: keep", …], …],
//	 "cells":[{"path":"…","class":"log","owner":"mine","action":"as-is","why":0},
//	          {"in":"1.1 1.2 3.1","class":"address","owner":"recipient","action":"keep","why":1}]}
//
// "in" gives lines and places inside the log before it.
func (n *Notice) table() (json.RawMessage, error) {
	if n.res == nil {
		return json.RawMessage("[]"), nil // a letter tells no cell
	}
	t := tableWriter{why: map[reasonKey]int{}, at: map[tableKey]int{}, reasons: [][]string{}, lines: []byte(`"cells":[`)}
	for i := range n.material.input {
		c := &n.material.cells[i]
		act, left := n.fate(i)
		key := tableKey{string(n.material.class(i)), string(c.Owner), act, t.reason(n, i, left)}
		if c.In == 0 {
			t.endText()
			if err := t.line("path", c.Path, key); err != nil {
				return nil, err
			}
			continue
		}
		k, known := t.at[key]
		if !known {
			k = len(t.groups)
			t.at[key] = k
			t.groups = append(t.groups, tableGroup{key: key})
		}
		g := &t.groups[k]
		if len(g.in) > 0 {
			g.in = append(g.in, ' ')
		}
		g.in = strconv.AppendInt(g.in, int64(c.Line), 10)
		g.in = strconv.AppendInt(append(g.in, '.'), int64(c.Nth), 10)
	}
	t.endText()
	reasons, err := json.Marshal(t.reasons)
	if err != nil {
		return nil, fmt.Errorf("write the cells of a decision: %w", err)
	}
	return slices.Concat([]byte(`{"reasons":`), reasons, []byte(","), t.lines, []byte("]}")), nil
}

// reasonKey tells the reasons of cells apart.
type reasonKey struct {
	disclosure.Why
	left bool
}

// tableKey is what a line says but where.
type tableKey struct {
	class, owner, action string
	why                  int
}

type tableGroup struct {
	key tableKey
	in  []byte
}

type tableWriter struct {
	why     map[reasonKey]int
	reasons [][]string
	lines   []byte
	groups  []tableGroup     // of the text that is being written
	at      map[tableKey]int // where they stand
}

func (t *tableWriter) reason(n *Notice, i int, left bool) int {
	key := reasonKey{n.res.Why(i), left}
	k, known := t.why[key]
	if !known {
		k = len(t.reasons)
		t.why[key] = k
		t.reasons = append(t.reasons, n.reasons(i, left))
	}
	return k
}

// endText writes the values of a text behind it.
func (t *tableWriter) endText() {
	for i := range t.groups {
		t.quoted("in", t.groups[i].in)
		t.rest(t.groups[i].key)
	}
	t.groups = t.groups[:0]
	clear(t.at)
}

func (t *tableWriter) line(what, where string, key tableKey) error {
	if !strings.ContainsFunc(where, needsEscape) {
		t.quoted(what, []byte(where))
		t.rest(key)
		return nil
	}
	quoted, err := json.Marshal(where) // its element names are the sender's
	if err != nil {
		return fmt.Errorf("write the cells of a decision: %w", err)
	}
	t.open(what)
	t.lines = append(t.lines, quoted...)
	t.rest(key)
	return nil
}

func needsEscape(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }

func (t *tableWriter) open(what string) {
	if t.lines[len(t.lines)-1] == '}' {
		t.lines = append(t.lines, ',')
	}
	t.lines = append(append(append(t.lines, `{"`...), what...), `":`...)
}

func (t *tableWriter) quoted(what string, plain []byte) {
	t.open(what)
	t.lines = append(append(append(t.lines, '"'), plain...), '"')
}

// rest writes words of our own, which need no escape.
func (t *tableWriter) rest(key tableKey) {
	for _, w := range [...][2]string{{"class", key.class}, {"owner", key.owner}, {"action", key.action}} {
		t.lines = append(append(append(t.lines, `,"`...), w[0]...), `":"`...)
		t.lines = append(append(t.lines, w[1]...), '"')
	}
	t.lines = strconv.AppendInt(append(t.lines, `,"why":`...), int64(key.why), 10)
	t.lines = append(t.lines, '}')
}

// ReadCells reads the table that a decision is stored with, or one that lists
// every cell, as they were before.
func ReadCells(text json.RawMessage) ([]Cell, error) {
	var cells []Cell
	switch {
	case len(text) == 0:
		return nil, nil
	case text[0] == '[':
		if err := json.Unmarshal(text, &cells); err != nil {
			return nil, fmt.Errorf("read the cells of a decision: %w", err)
		}
		return cells, nil
	}
	var table struct {
		Reasons [][]string
		Cells   []struct {
			Cell
			In  string
			Why int
		}
	}
	if err := json.Unmarshal(text, &table); err != nil {
		return nil, fmt.Errorf("read the cells of a decision: %w", err)
	}
	box, start := "", 0 // the text before, and the first of its values
	var places [][2]int // of its values
	flush := func() {
		order := make([]int, len(places))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(a, b int) int {
			return cmp.Or(places[a][0]-places[b][0], places[a][1]-places[b][1])
		})
		sorted := make([]Cell, len(places))
		for i, k := range order {
			sorted[i] = cells[start+k]
		}
		copy(cells[start:], sorted)
		places = places[:0]
	}
	for _, line := range table.Cells {
		if line.Why < 0 || line.Why >= len(table.Reasons) {
			return nil, fmt.Errorf("read the cells of a decision: there are no reasons %d", line.Why)
		}
		c := line.Cell
		c.Reasons = table.Reasons[line.Why]
		if line.In == "" {
			flush()
			box, start = c.Path, len(cells)+1
			cells = append(cells, c)
			continue
		}
		for at := range strings.FieldsSeq(line.In) {
			row, nth, _ := strings.Cut(at, ".")
			k, err := strconv.Atoi(row)
			m, err2 := strconv.Atoi(nth)
			if err := cmp.Or(err, err2); err != nil {
				return nil, fmt.Errorf("read the cells of a decision: %w", err)
			}
			c.Path = box + "#" + at
			cells, places = append(cells, c), append(places, [2]int{k, m})
		}
	}
	flush()
	return cells, nil
}
