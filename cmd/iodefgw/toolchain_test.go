package main

import (
	goversion "go/version"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"
)

// oldest is the first Go release without the faults that this program would
// have: GO-2025-3849 gave a query the rows of another (case 103).
const oldest = "go1.26.6"

// TestCase_194_OldestToolchain: neither go.mod nor the toolchain at work is
// older than the release with the mends that we count on. govulncheck asks a
// database on the network and is no part of this.
func TestCase_194_OldestToolchain(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	check(t, err)
	m := regexp.MustCompile(`(?m)^go (\S+)$`).FindSubmatch(text)
	if m == nil {
		t.Fatal("go.mod names no version")
	}
	if said := "go" + string(m[1]); !goversion.IsValid(said) || goversion.Compare(said, oldest) < 0 {
		t.Errorf("go.mod lets %s build this, which is older than %s", said, oldest)
	}
	if at := runtime.Version(); goversion.IsValid(at) && goversion.Compare(at, oldest) < 0 {
		t.Errorf("built with %s, which is older than %s", at, oldest)
	}
}
