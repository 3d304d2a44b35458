package iodef

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func mustParse(t testing.TB, raw []byte) *Document {
	t.Helper()
	d, err := Parse(raw)
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	return d
}

// v1 documents of the shared folders that are valid.
func validDocuments(t testing.TB, v Version) map[string]*Document {
	readShared(t, "NOTES.md")
	files, _ := filepath.Glob(shared + "/*/*.xml")
	all := map[string]*Document{}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if d, err := Parse(raw); err == nil && d.Version() == v && Verdict(d.faults) == VerdictValid {
			all[filepath.Base(f)] = d
		}
	}
	return all
}

func TestEveryValidV1DocumentConvertsToAValidV2Document(t *testing.T) {
	for name, d := range validDocuments(t, V1) {
		doc, losses, err := ToV2(d)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		raw, err := Encode(doc)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := mustParse(t, raw)
		if got.Version() != V2 {
			t.Errorf("%s: version %s", name, got.Version())
		}
		// Every value of the old document stands in the new one, or is listed.
		values := map[string]bool{}
		for c := range got.Cells() {
			values[strings.TrimSpace(c.Value)] = true
		}
		whole := string(raw)
		for c := range d.Cells() {
			if v := strings.TrimSpace(c.Value); v != "" && !values[v] && !strings.Contains(whole, escape(v)) && !known(c, losses) {
				t.Errorf("%s: %s is lost and not listed: %q", name, c.Path, c.Value)
			}
		}
	}
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}

// known tells whether a value that is gone is one whose loss is listed, or a
// fixed or schema-bound value.
func known(c Cell, losses []Loss) bool {
	if c.Attr == "version" || strings.Contains(c.Attr, "chemaLocation") {
		return true
	}
	for _, l := range losses {
		if strings.HasPrefix(c.Path, l.Path) && !strings.Contains(c.Path[len(l.Path):], "IODEF-Document") {
			return true
		}
	}
	return false
}
