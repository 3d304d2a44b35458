package relay

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

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
	n.eachPlace(func(i int, line, nth int32, leftOut bool) {
		path := n.material.cells[i].Path
		if line > 0 {
			path = n.material.placeIn(&n.material.cells[i], line, nth)
		}
		act, left := n.fate(i, leftOut)
		reasons := make([]string, 0, 12)
		n.eachReason(i, left, leftOut, func(reason []byte) { reasons = append(reasons, string(reason)) })
		out = append(out, Cell{path, n.material.class(i).String(), n.material.owners[i].Owner.String(), act, reasons})
	})
	return out
}

// eachPlace gives each cell of the reports once, and one in a text for each place
// there: the line, and which value of the line it is. leftOut says that the line
// is left out of what is told.
func (n *Notice) eachPlace(yield func(cell int, line, nth int32, leftOut bool)) {
	m, passage := n.material, 0
	for i := 0; i < m.input; i++ {
		if m.cells[i].In > 0 {
			continue // stood in its text
		}
		yield(i, 0, 0, false)
		if passage == len(m.passages) || m.passages[passage].cell != i+1 {
			continue
		}
		log, line, nth := n.res.Log(i), int32(0), int32(0)
		for _, t := range m.passages[passage].tokens {
			if t.line != line {
				line, nth = t.line, 0
			}
			nth++
			leftOut := log.Hides(int(line)) && n.res.Decisions[t.cell-1].Action != disclosure.Drop
			yield(t.cell-1, line, nth, leftOut)
		}
		passage++
	}
}

// fate is the word for what became of a cell, at a place whose line may be left
// out; left says that a notice has no place for it.
func (n *Notice) fate(i int, leftOut bool) (act string, left bool) {
	a := n.res.Decisions[i].Action
	if left = !leftOut && a != disclosure.Drop && !n.carried[i] && !n.kept(i); left || leftOut {
		a = disclosure.Drop
	}
	return a.For(n.material.cells[i].Class), left
}

// noPlace is the last reason of what is left.
const noPlace = "build: a notice has no place for it: drop"

func (n *Notice) eachReason(i int, left, leftOut bool, yield func(reason []byte)) {
	n.res.EachReason(i, leftOut, yield)
	if left {
		yield([]byte(noPlace))
	}
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
func (n *Notice) table() json.RawMessage {
	if n.res == nil {
		return json.RawMessage("[]") // a letter tells no cell
	}
	t := tableWriters.Get().(*tableWriter)
	defer tableWriters.Put(t)
	numbers, count := n.res.Alike()
	t.begin(2 * count)
	n.eachPlace(func(i int, line, nth int32, leftOut bool) {
		act, left := n.fate(i, leftOut)
		key := tableKey{n.material.class(i).String(), n.material.owners[i].Owner.String(), act, 2 * int(numbers[i][0])}
		switch {
		case left:
			key.why++
		case leftOut:
			key.why = 2 * int(numbers[i][1])
		}
		if !t.why[key.why].written {
			t.begun(key.why)
			n.eachReason(i, left, leftOut, t.reason)
			t.reasons = append(t.reasons, ']')
		}
		if line == 0 {
			t.endText()
			t.open("path")
			t.cells = appendText(t.cells, n.material.cells[i].Path) // its element names are the sender's
			t.rest(key)
			return
		}
		g := t.group(key)
		g.in = strconv.AppendInt(append(g.in, ' '), int64(line), 10)
		g.in = strconv.AppendInt(append(g.in, '.'), int64(nth), 10)
	})
	t.endText()
	return bytes.Join([][]byte{[]byte(`{"reasons":[`), t.reasons, []byte(`],"cells":[`), t.cells, []byte("]}")}, nil)
}

// tableKey is what a line says but where.
type tableKey struct {
	class, owner, action string
	why                  int // index into tableWriter.why
}

// reasonsOf are the reasons of cells that are alike: those that a notice has a
// place for, and then those that it has none for.
type reasonsOf struct {
	written bool
	number  int   // under which they are written
	group   int32 // the last of the text's groups that has them, index + 1
}

// tableGroup is the values of a text that share a line.
type tableGroup struct {
	key  tableKey
	in   []byte
	next int32 // the group before it that has the same reasons, index + 1
}

// A tableWriter writes tables, one after another in the same memory.
type tableWriter struct {
	reasons, cells []byte
	count          int          // of the reasons that are written
	why            []reasonsOf  // by number of the cells (disclosure.Result.Alike), twice each
	groups         []tableGroup // of the text that is being written
}

var tableWriters = sync.Pool{New: func() any { return new(tableWriter) }}

// begin begins a table with at most so many reasons.
func (t *tableWriter) begin(reasons int) {
	t.reasons, t.cells, t.count, t.groups = t.reasons[:0], t.cells[:0], 0, t.groups[:0]
	t.why = slices.Grow(t.why[:0], reasons)[:reasons]
	clear(t.why)
}

// begun begins the reasons of cells.
func (t *tableWriter) begun(why int) {
	t.why[why] = reasonsOf{written: true, number: t.count}
	if t.count++; t.count > 1 {
		t.reasons = append(t.reasons, ',')
	}
	t.reasons = append(t.reasons, '[')
}

// reason writes one of them; a cell has at least one.
func (t *tableWriter) reason(reason []byte) {
	if t.reasons[len(t.reasons)-1] != '[' {
		t.reasons = append(t.reasons, ',')
	}
	t.reasons = appendText(t.reasons, reason)
}

// group is where the values of a text with that key are listed.
func (t *tableWriter) group(key tableKey) *tableGroup {
	w := &t.why[key.why]
	for k := w.group; k > 0; k = t.groups[k-1].next {
		if t.groups[k-1].key == key {
			return &t.groups[k-1]
		}
	}
	t.groups = slices.Grow(t.groups, 1)[:len(t.groups)+1]
	g := &t.groups[len(t.groups)-1]
	*g = tableGroup{key: key, in: g.in[:0], next: w.group}
	w.group = int32(len(t.groups))
	return g
}

// endText writes the values of a text behind it.
func (t *tableWriter) endText() {
	for i := range t.groups {
		g := &t.groups[i]
		t.open("in")
		t.cells = append(append(append(t.cells, '"'), g.in[1:]...), '"')
		t.rest(g.key)
		t.why[g.key.why].group = 0
	}
	t.groups = t.groups[:0]
}

func (t *tableWriter) open(what string) {
	if len(t.cells) > 0 {
		t.cells = append(t.cells, ',')
	}
	t.cells = append(append(append(t.cells, `{"`...), what...), `":`...)
}

// rest writes words of our own, which need no escape.
func (t *tableWriter) rest(key tableKey) {
	b := append(append(t.cells, `,"class":"`...), key.class...)
	b = append(append(b, `","owner":"`...), key.owner...)
	b = append(append(b, `","action":"`...), key.action...)
	b = strconv.AppendInt(append(b, `","why":`...), int64(t.why[key.why].number), 10)
	t.cells = append(b, '}')
}

// appendText writes text as JSON.
func appendText[T string | []byte](b []byte, text T) []byte {
	start, from := len(b), 0
	b = append(b, '"')
	for i := notPlain(text, 0); i < len(text); i = notPlain(text, i+1) {
		if c := text[i]; c != '"' && c != '\\' {
			quoted, _ := json.Marshal(string(text)) // no text is refused
			return append(b[:start], quoted...)
		}
		b = append(append(b, text[from:i]...), '\\')
		from = i
	}
	return append(append(b, text[from:]...), '"')
}

// notPlain is the place of the first octet from i on that does not stand for
// itself in JSON, the length of text if there is none.
func notPlain[T string | []byte](text T, i int) int {
	for ; i < len(text) && plainJSON[text[i]]; i++ {
	}
	return i
}

// plainJSON are the octets that stand for themselves in JSON.
var plainJSON = func() (t [256]bool) {
	for c := ' '; c <= '~'; c++ {
		t[c] = !strings.ContainsRune("\"\\<>&", c)
	}
	return t
}()

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
