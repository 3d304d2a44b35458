package relay

import (
	"slices"
	"strings"

	"iodefgw/relay/disclosure"
)

// passage writes a text anew with the twins of its values; one that is not
// told at all becomes another text altogether, around the same values.
func (t *twinner) passage(p *passage) passage {
	whole := t.res.Decisions[p.cell-1].Action.Kind() <= disclosure.KindSummary || !t.carried[p.cell-1]
	var hidden func(line int) bool // lines that are not told
	if l := t.res.Log(p.cell - 1); l != nil && (len(l.Removed) > 0 || l.Extract) {
		hidden = l.Hides
	}
	changed := func(k token) bool { return t.twin.cells[k.cell-1].Value != t.material.cells[k.cell-1].Value }
	if !whole && hidden == nil && !slices.ContainsFunc(p.tokens, changed) {
		return *p // every word of it may be told
	}
	out := slices.Grow(t.text, len(p.text)+64)
	from := len(out)
	t.tokens = slices.Grow(t.tokens, len(p.tokens))
	first, line, at := len(t.tokens), 1, 0
	plain := func(s string) {
		if !whole && hidden == nil {
			out = append(out, s...)
			return
		}
		for s != "" {
			end, next := strings.IndexByte(s, '\n'), 0
			if next = end + 1; end < 0 {
				end, next = len(s), len(s)
			}
			if end > 0 && (whole || hidden(line)) {
				out = t.appendWord(out, 1+t.random.IntN(20))
			} else {
				out = append(out, s[:end]...)
			}
			out = append(out, s[end:next]...)
			if next > end {
				line++
			}
			s = s[next:]
		}
	}
	for _, k := range p.tokens {
		plain(p.text[at:k.start])
		start := len(out) - from
		if changed(k) {
			out = append(out, t.twin.cells[k.cell-1].Value...)
		} else {
			out = append(out, p.text[k.start:k.end]...)
		}
		t.tokens = append(t.tokens, token{start, len(out) - from, k.cell, k.line})
		at = k.end
	}
	plain(p.text[at:])
	t.text = out
	return passage{cell: p.cell, twin: out[from:len(out):len(out)], tokens: t.tokens[first:]}
}

// word draws a word of n letters.
func (t *twinner) word(n int) string {
	var b [16]byte
	from := t.drawn.Len()
	t.drawn.Write(t.appendWord(b[:0], n))
	return t.drawn.String()[from:]
}

func (t *twinner) appendWord(b []byte, n int) []byte {
	for n > 0 {
		for bits := t.random.Uint64(); bits != 0 && n > 0; bits >>= 5 {
			b = append(b, "abcdefghijkmnpqrstuvwxyzabcdefgh"[bits&31])
			n--
		}
	}
	return b
}
