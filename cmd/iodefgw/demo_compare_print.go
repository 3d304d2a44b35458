package main

import (
	"fmt"
	"strings"

	"iodefgw/relay/disclosure"
)

// print shows the comparison: side by side where there is room, else below
// each other.
func (c *comparison) print(t *teller) {
	const label, gap, least = 8, 2, 36
	width := (t.width-label)/len(c.heads) - gap
	if width >= least {
		c.beside(t, label, width, strings.Repeat(" ", gap))
		return
	}
	c.below(t)
}

func (c *comparison) beside(t *teller, label, width int, gap string) {
	line := strings.Repeat(" ", label)
	for _, h := range c.heads {
		line += gap + pad(cut(h, width), width)
	}
	fmt.Fprintln(t.env.Stdout, t.env.paint(t.env.Stdout, bold, strings.TrimRight(line, " ")))
	for _, row := range c.rows {
		var columns [][]string
		height := 0
		for _, cell := range row.cells {
			lines := fold(row.shown(cell), width)
			columns = append(columns, lines)
			height = max(height, len(lines))
		}
		for n := range height {
			line := pad(row.label, label)
			if n > 0 {
				line = strings.Repeat(" ", label)
			}
			for i, lines := range columns {
				text := ""
				if n < len(lines) {
					text = lines[n]
				}
				line += gap + c.colour(t, row, i, pad(text, width))
			}
			fmt.Fprintln(t.env.Stdout, strings.TrimRight(line, " "))
		}
	}
}

func (c *comparison) below(t *teller) {
	head := 0
	for _, h := range c.heads {
		head = max(head, columns(h))
	}
	for _, row := range c.rows {
		fmt.Fprintln(t.env.Stdout, t.env.paint(t.env.Stdout, bold, row.label))
		for i, cell := range row.cells {
			if row.cells[0] == "" && cell == "" {
				continue // a line that we added to some notices
			}
			lead := "  " + pad(c.heads[i], head) + "  "
			if i > 0 && cell != "" && cell == row.cells[0] {
				fmt.Fprintln(t.env.Stdout, lead+t.env.paint(t.env.Stdout, green, "the same"))
				continue
			}
			for _, line := range fold(row.shown(cell), t.width-columns(lead)) {
				fmt.Fprintln(t.env.Stdout, lead+c.colour(t, row, i, line))
				lead = strings.Repeat(" ", columns(lead))
			}
		}
	}
}

// shown is what stands in a cell. A line that we added to some notices has
// nothing beside it.
func (row comparedRow) shown(cell string) string {
	if cell == "" && row.cells[0] != "" {
		return "not told"
	}
	return cell
}

// colour marks values in a line of a cell: in the original, those that the last
// notice does not show; in a notice, what stands in their place.
func (c *comparison) colour(t *teller, row comparedRow, column int, line string) string {
	last := row.cells[len(row.cells)-1]
	var b strings.Builder
	at := 0
	paint := func(from, to int, s style) {
		b.WriteString(line[at:from] + t.env.paint(t.env.Stdout, s, line[from:to]))
		at = to
	}
	if column > 0 {
		for {
			i := strings.Index(line[at:], "[")
			if i < 0 {
				break
			}
			end := strings.Index(line[at+i:], "]")
			if end < 0 || !strings.Contains(line[at+i:at+i+end], "withheld") {
				b.WriteString(line[at : at+i+1])
				at += i + 1
				continue
			}
			paint(at+i, at+i+end+1, yellow)
		}
		return b.String() + line[at:]
	}
	for _, v := range disclosure.Recognise(line, nil) {
		if !strings.Contains(last, line[v.Start:v.End]) {
			paint(v.Start, v.End, red)
		}
	}
	return b.String() + line[at:]
}

// fold breaks text into lines of at most width columns: at blanks, and inside a
// word only where it is longer than a line. Wide characters take two columns.
func fold(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && columns(line)+1+columns(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		line = ""
		for _, r := range word {
			if columns(line)+runeColumns(r) > width {
				lines, line = append(lines, line), ""
			}
			line += string(r)
		}
	}
	return append(lines, line)
}
