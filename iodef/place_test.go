package iodef

import (
	"strings"
	"testing"
)

// The place of a finding is counted in three ways; they agree with a plain
// count from the beginning.
func TestPlacesAreCountedRight(t *testing.T) {
	doc := mustParse(t, []byte("\n<a>\n\n<b/><c>\n<d/></c> <e\n/>\n"+strings.Repeat("<f/>\n<g/>", 20)+"</a>"))
	c := &checker{doc: doc}
	var all []*Element
	for e := range doc.top.All() {
		all = append(all, e)
	}
	for i := range all { // forwards, and back again and again
		for _, e := range []*Element{all[i], all[i/2], all[0]} {
			read := doc.src[:e.offset]
			line, column := 1+strings.Count(read, "\n"), len(read)-strings.LastIndex(read, "\n")
			if l, k := c.placeOf(e); l != line || k != column {
				t.Errorf("%s by the checker: %d:%d, want %d:%d", e.Path(), l, k, line, column)
			}
			if l, k := doc.place(int(e.offset)); l != line || k != column {
				t.Errorf("%s by the document: %d:%d, want %d:%d", e.Path(), l, k, line, column)
			}
		}
	}
}
