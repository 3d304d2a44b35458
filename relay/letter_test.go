package relay

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"iodefgw/relay/disclosure"
)

// TestLetterShowsTheFirstLines: a log that is long stands whole in the document
// alone; the letter says how many lines it has.
func TestLetterShowsTheFirstLines(t *testing.T) {
	lines := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "line %d.\n", i+1)
		}
		return b.String()
	}
	long := strings.Repeat("x", shownBytes+1)
	for _, c := range []struct {
		log, last string // the last line shown, or none
		said      int    // lines in all, 0 where nothing is said
	}{
		{"one", "one", 0},
		{lines(shownLines), "line 20.", 0},
		{lines(shownLines) + "\n\n", "line 20.", 0},
		{lines(shownLines + 1), "line 21.", 0},
		{lines(shownLines) + "end", "end", 0},
		{lines(shownLines + 2), "line 20.", 22},
		{lines(shownLines) + long, "line 20.", 21},
		{lines(5000), "line 20.", 5000},
		{lines(3) + long, "line 3.", 4},
		{lines(3) + long + "\n" + lines(2), "line 3.", 6},
		{long, "", 1},
		{long[1:], long[1:], 0},
		{long + "\n", "", 1},
	} {
		for _, lang := range []string{"en", "ja"} {
			w := wording[lang]
			var b bytes.Buffer
			fmt.Fprint(&b, excerpts([]string{c.log}, w)[0])
			var want []string
			if c.last != "" {
				want = append(want, "  "+c.last)
			}
			if c.said > 0 {
				want = append(want, "  "+fmt.Sprintf(w.cut, c.said))
			}
			got := strings.Split(b.String(), "\n")
			if got = got[max(0, len(got)-len(want)):]; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s, %.20q of %d: the letter ends with %.60q, want %.60q", lang, c.log, len(c.log), got, want)
			}
		}
	}
}

// TestLongLogIsToldWhole: the lines that a letter leaves out are in the document.
func TestLongLogIsToldWhole(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
	n := d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", "conditions: forward-log-as-is\n", withLog(t, 6<<10)))
	letter, document, _ := strings.Cut(string(n.Plain), "<?xml")
	document = strings.ReplaceAll(document, "\r\n", "\n")
	log := n.Draft.Logs[0]
	if !strings.Contains(document, log) {
		t.Error("the document has not the whole log")
	}
	all := strings.Split(strings.TrimRight(log, "\n"), "\n")
	for i, line := range all {
		if shown := strings.Contains(letter, "\r\n  "+line+"\r\n"); shown != (i < shownLines) {
			t.Errorf("line %d is in the letter: %v", i+1, shown)
		}
	}
	if note := fmt.Sprintf("[... lines in the attached document: %d]", len(all)); !strings.Contains(letter, note) {
		t.Errorf("the letter does not say %q", note)
	}
}
