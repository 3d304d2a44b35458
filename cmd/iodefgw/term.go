package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// jsonLine prints v as one line of JSON, with < and > as they are.
func (env *Env) jsonLine(v any) error {
	enc := json.NewEncoder(env.Stdout)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// style is a way to set text off on a terminal.
type style string

const (
	bold   style = "1"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
)

// paint colours text for a terminal, and leaves it alone on a pipe or where
// NO_COLOR (no-color.org) or TERM=dumb ask for it.
func (env *Env) paint(w io.Writer, s style, text string) string {
	if env.Width(w) == 0 || env.Getenv("NO_COLOR") != "" || env.Getenv("TERM") == "dumb" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// table prints rows in columns that fit the terminal; on a pipe nothing is cut.
// The first row is the heading. Cells may hold text from outside.
func (env *Env) table(rows [][]string) {
	if len(rows) == 0 {
		return
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i := range row {
			row[i] = printable(row[i])
			widths[i] = max(widths[i], columns(row[i]))
		}
	}
	if total := env.Width(env.Stdout); total > 0 {
		fit(widths, total)
	}
	for n, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			if i > 0 {
				line.WriteString("  ")
			}
			line.WriteString(pad(cut(cell, widths[i]), widths[i]))
		}
		text := strings.TrimRight(line.String(), " ")
		if n == 0 {
			text = env.paint(env.Stdout, bold, text)
		}
		fmt.Fprintln(env.Stdout, text)
	}
}

// listing is what a list command prints: a JSON object for each thing as it is
// found, or a table of them all in the end.
type listing struct {
	env    *Env
	asJSON bool
	rows   [][]string
}

func (env *Env) listing(asJSON bool, heading ...string) *listing {
	return &listing{env, asJSON, [][]string{heading}}
}

func (l *listing) add(line any, row ...string) error {
	if l.asJSON {
		return l.env.jsonLine(line)
	}
	l.rows = append(l.rows, row)
	return nil
}

func (l *listing) end() {
	if !l.asJSON {
		l.env.table(l.rows)
	}
}

// list prints rows of two cells, the second wrapped where it does not fit: for
// text that must be read whole.
func (env *Env) list(rows [][]string) {
	first := 0
	for _, row := range rows {
		first = max(first, columns(row[0]))
	}
	total := env.Width(env.Stdout)
	for n, row := range rows {
		lead := pad(row[0], first) + "  "
		text := lead + printable(row[1])
		if total > first+20 {
			text = wrap(printable(row[1]), total, lead, strings.Repeat(" ", first+2))
		}
		if n == 0 {
			text = env.paint(env.Stdout, bold, text)
		}
		fmt.Fprintln(env.Stdout, text)
	}
}

// fit makes columns narrower, the widest first, until they fit; a column keeps
// eight, enough to tell values apart.
func fit(widths []int, total int) {
	const least = 8
	sum := 2 * (len(widths) - 1)
	for _, w := range widths {
		sum += w
	}
	for ; sum > total; sum-- {
		widest := 0
		for i, w := range widths {
			if w > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= least {
			return
		}
		widths[widest]--
	}
}

// bar is a progress bar on standard error. On a pipe it prints nothing.
type bar struct {
	env         *Env
	what        string
	done, total int64
	width       int
	drawn       time.Time
}

// progress starts a bar over total steps of what.
func (env *Env) progress(what string, total int64) *bar {
	b := &bar{env: env, what: what, total: total}
	if total > 1 {
		b.width = env.Width(env.Stderr)
	}
	return b
}

// step moves the bar on by n. It draws ten times a second at most.
func (b *bar) step(n int64) {
	b.done += n
	if b.width == 0 {
		return
	}
	if now := b.env.Now(); now.Sub(b.drawn) >= 100*time.Millisecond || b.done == b.total {
		b.drawn = now
		b.draw()
	}
}

func (b *bar) draw() {
	label := fmt.Sprintf(" %d/%d %s", b.done, b.total, b.what)
	room := min(40, b.width-columns(label)-3)
	if room < 4 {
		return
	}
	full := int(min(b.done, b.total) * int64(room) / b.total)
	fmt.Fprintf(b.env.Stderr, "\r[%s%s]%s", strings.Repeat("#", full), strings.Repeat(" ", room-full), label)
}

// end wipes the bar away, so that it does not stand between results.
func (b *bar) end() {
	if b.width > 0 {
		fmt.Fprintf(b.env.Stderr, "\r%s\r", strings.Repeat(" ", b.width-1))
	}
}
