package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows says which of our packages each may import: the map of the house. A
// new package needs a line here and a reason.
var arrows = map[string][]string{
	"iodef":            {},
	"store":            {},
	"mailgw/message":   {},
	"mailgw/pgp":       {"mailgw/message"},
	"relay/disclosure": {},
	"relay/leak":       {},
	"relay":            {"iodef", "store", "mailgw/message", "mailgw/pgp", "relay/disclosure", "relay/leak"},
	"mailgw":           {"iodef", "store", "relay", "relay/disclosure", "mailgw/message", "mailgw/pgp"},
	"cmd/iodefgw":      {"iodef", "store", "relay", "relay/disclosure", "mailgw", "mailgw/message", "mailgw/pgp"},
}

// testArrows are those that only tests may use beside.
var testArrows = map[string][]string{
	"relay":  {"mailgw"},
	"mailgw": {"relay/leak"}, // to look for values of a report where none may be
}

func TestArrows(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() != ".." && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") {
			return nil
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		pkg := path.Dir(filepath.ToSlash(rel))
		if strings.HasPrefix(pkg, "testdata") || strings.Contains(pkg, "/testdata/") {
			return nil
		}
		allowed, listed := arrows[pkg]
		if !listed {
			t.Errorf("%s: package %q is not on the map", rel, pkg)
			return nil
		}
		seen[pkg] = true
		if strings.HasSuffix(file, "_test.go") {
			allowed = slices.Concat(allowed, testArrows[pkg], []string{pkg})
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if ours, ok := strings.CutPrefix(name, "iodefgw/"); ok && !slices.Contains(allowed, ours) {
				t.Errorf("%s: %s may not import %s", rel, pkg, ours)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range arrows {
		if !seen[pkg] {
			t.Errorf("package %q is on the map and not in the house", pkg)
		}
	}
}

// TestTopLevel keeps the top of the repository to what was agreed.
func TestTopLevel(t *testing.T) {
	agreed := strings.Fields("cmd iodef mailgw relay store testdata go.mod go.sum README.md .gitignore .ci .git")
	agreed = append(agreed, "iodefgw") // the program, where README's go build puts it; not in git
	entries, err := filepath.Glob(filepath.Join("..", "..", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(agreed, filepath.Base(e)) {
			t.Errorf("%s is not one of the agreed top-level entries", filepath.Base(e))
		}
	}
}
