package relay

import (
	"bytes"
	"fmt"
	"slices"

	"iodefgw/relay/disclosure"
)

// Logs and other texts of a draft: what the drafter writes of them, token by
// token and line by line.

// passage writes a log or text as decided; whole is false where something of
// it stays behind.
func (w *drafter) passage(n int) (text string, whole bool) {
	p := &w.passages[n-1]
	l := w.res.Log(p.cell - 1)
	if l == nil {
		return "", false
	}
	switch l.Action.Kind() {
	case disclosure.KindKeep:
		w.carried[p.cell-1] = true
		for _, t := range p.tokens {
			w.carried[t.cell-1] = true
		}
		said := p.text
		if p.twin != nil {
			said = string(p.twin)
		}
		if p.altered {
			w.altered[w.cells[p.cell-1].Report] = true
		}
		return said, true
	case disclosure.KindSanitize:
		w.carried[p.cell-1] = true
		return w.sanitised(p, l)
	}
	return "", false
}

// summary counts the lines of a log, and those that name the recipient.
func (w *drafter) summary(p *passage) LogSummary {
	w.carried[p.cell-1] = true
	s := LogSummary{Lines: bytes.Count(bytes.TrimRight(w.octets(p), "\n"), []byte("\n")) + 1}
	last := int32(0)
	for _, t := range p.tokens {
		if w.owners[t.cell-1].Owner == disclosure.OwnerRecipient && t.line != last {
			last = t.line
			s.Own++
		}
	}
	return s
}

// octets is the text of a passage.
func (w *drafter) octets(p *passage) []byte {
	if p.twin != nil {
		return p.twin
	}
	w.in = append(w.in[:0], p.text...)
	return w.in
}

// sanitised writes a text token by token and line by line.
func (w *drafter) sanitised(p *passage, l *disclosure.LogDecision) (text string, whole bool) {
	in := w.octets(p)
	out := slices.Grow(w.out[:0], len(in)+64)
	number, at, start := 1, 0, 0 // start of the line in out
	whole = true
	lines := len(l.Removed) > 0 || l.Extract // some are left out
	endLine := func() {
		if l.Hides(number) {
			whole = false
			out = out[:start]
		}
		start = len(out)
		number++
	}
	plain := func(s []byte) {
		for lines {
			n := bytes.IndexByte(s, '\n')
			if n < 0 {
				break
			}
			out = append(out, s[:n+1]...)
			endLine()
			s = s[n+1:]
		}
		out = append(out, s...)
	}
	untold := -1 // how far a URL that is not told goes, with the values in it
	for k, t := range p.tokens {
		plain(in[at:t.start])
		url, act := w.cells[t.cell-1].Class == disclosure.ClassURL, w.action(t.cell)
		if lines && l.Hides(int(t.line)) {
			act = disclosure.Drop // also where another line tells it
		}
		if !url || t.start != untold {
			out = w.token(out, t.cell, act, in[t.start:t.end])
		}
		if at = t.end; act.Kind() == disclosure.KindGeneralise {
			next := len(in)
			if k+1 < len(p.tokens) {
				next = p.tokens[k+1].start
			}
			for n := neighbour(in[at:next]); n > 0; n = neighbour(in[at:next]) {
				out = append(append(out, in[at]), "[withheld:ipv4]"...)
				at += n
			}
		}
		if t.start == untold || url && act != disclosure.Keep {
			untold = at
		}
	}
	plain(in[at:])
	if lines && len(out) > start {
		endLine()
	}
	if l.Third > 0 && len(out) > 0 {
		out = append(bytes.TrimRight(out, "\n"), '\n')
		out = append(append(out, withheldLine(l.Third)...), '\n')
	}
	w.out = out
	for _, s := range w.written {
		if s == string(out) {
			return s, whole
		}
	}
	return string(out), whole
}

// neighbour is the length of a further host of an address's network, as in
// 203.0.113.25,26 and 203.0.113.25-30: beside the network it would be readable.
func neighbour(s []byte) int {
	if len(s) < 2 || s[0] != ',' && s[0] != '-' {
		return 0
	}
	i, n := 1, 0
	for ; i < len(s) && i < 5 && s[i] >= '0' && s[i] <= '9'; i++ {
		n = n*10 + int(s[i]-'0')
	}
	word := i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z' || s[i] == '_')
	number := i+1 < len(s) && (s[i] == '.' || s[i] == ':') && s[i+1] >= '0' && s[i+1] <= '9'
	if i == 1 || n > 255 || word || number {
		return 0
	}
	return i
}

func withheldLine(n int) string {
	if n == 1 {
		return "[1 third-party value withheld]"
	}
	return fmt.Sprintf("[%d third-party values withheld]", n)
}

// token writes one value of a text. A mask has the same form for every value
// of its class.
func (w *drafter) token(out []byte, c int, act disclosure.Action, spelled []byte) []byte {
	cell := &w.cells[c-1]
	if act != disclosure.Drop {
		w.carried[c-1] = true
	}
	switch act.Kind() {
	case disclosure.KindKeep:
		return append(out, spelled...)
	case disclosure.KindPseudonymise:
		return append(out, w.pseudonym(c)...)
	case disclosure.KindGeneralise:
		if p, ok := generalised(act, cell.Value); ok {
			return append(out, p...)
		}
	}
	what := cell.Class.String()
	if cell.Class == disclosure.ClassAddress {
		what = family(cell.Value)
	}
	return append(append(append(out, "[withheld:"...), what...), ']')
}
