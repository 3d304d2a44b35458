package main

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"iodefgw/mailgw/message"
)

// printable makes text from outside safe to show on one line: controls, line
// ends, bidirectional marks and broken UTF-8 become visible escapes.
func printable(s string) string { return message.Clean(s) }

// cut shortens text to at most n columns of a terminal; what was cut is shown
// by an ellipsis.
func cut(s string, n int) string {
	if columns(s) <= n {
		return s
	}
	used := 0
	for i, r := range s {
		w := runeColumns(r)
		if used+w > n-1 {
			return s[:i] + "…"
		}
		used += w
	}
	return s
}

// cutFront is cut for a path, whose end says what it names.
func cutFront(s string, n int) string {
	for i := range s {
		if rest := s[i:]; columns(rest) <= n-1 && i > 0 {
			return "…" + rest
		} else if i == 0 && columns(s) <= n {
			return s
		}
	}
	return s
}

// pad fills text with blanks to n columns.
func pad(s string, n int) string {
	if gap := n - columns(s); gap > 0 {
		return s + strings.Repeat(" ", gap)
	}
	return s
}

// columns counts what a text takes on a terminal.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

// runeColumns: East Asian wide and full-width characters take two columns,
// marks that combine take none. Ambiguous ones take one, as terminals have it
// outside of East Asian legacy encodings.
func runeColumns(r rune) int {
	switch {
	case r < utf8.RuneSelf:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// groups writes a fingerprint in groups of four, with a wider gap after
// five of them, as it is read out over the telephone.
func groups(fingerprint string) string {
	var b strings.Builder
	for i, r := range fingerprint {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		if i > 0 && i%20 == 0 {
			b.WriteByte(' ') // a wider gap, to keep one's place
		}
		b.WriteRune(r)
	}
	return b.String()
}
