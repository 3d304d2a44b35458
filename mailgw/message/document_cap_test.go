package message

import (
	"strings"
	"testing"
)

// TestCase_27_RootTagsWithoutEnd: a body of nothing but root tags is given up
// after a few, and named.
func TestCase_27_RootTagsWithoutEnd(t *testing.T) {
	for _, line := range []string{"<IODEF-Document>\r\n", "<IODEF-Document></IODEF-Document>\r\n", "<?xml version=\"1.0\"?><a:IODEF-Document>\r\n"} {
		m := Parse([]byte("Content-Type: text/plain\r\n\r\n" + strings.Repeat(line, 1_000_000)))
		docs := Documents(m.Root)
		if len(docs) == 0 || len(docs) > maxInline+1 || docs[len(docs)-1].Tag() != TagLimits {
			t.Errorf("%q: %d documents, last tag %q", line, len(docs), docs[len(docs)-1].Tag())
		}
	}
}
