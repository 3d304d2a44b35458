package iodef

import (
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const shared = "../../shared/iodef"

var testNow = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func readShared(t testing.TB, name string) []byte {
	t.Helper()
	if _, err := os.Stat(shared); err != nil {
		t.Skipf("no ../shared beside the repository: %v", err)
	}
	b, err := os.ReadFile(filepath.Join(shared, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readTSV(t testing.TB, name string) [][]string {
	t.Helper()
	r := csv.NewReader(strings.NewReader(string(readShared(t, name))))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// check gives verdict and findings of a document.
func check(raw []byte) (string, []Finding) {
	d, err := Parse(raw)
	var m *Malformed
	if errors.As(err, &m) {
		return VerdictMalformed, []Finding{m.Finding}
	}
	f := d.Validate(testNow)
	if d.Wrapped() { // the manifest judges with a schema's eyes
		return VerdictInvalid, f
	}
	return Verdict(f), f
}

func TestSamplesGetTheVerdictOfTheManifest(t *testing.T) {
	for _, row := range readTSV(t, "samples/MANIFEST.tsv") {
		if !strings.HasSuffix(row[0], ".xml") {
			continue
		}
		got, findings := check(readShared(t, "samples/"+row[0]))
		if want := row[5]; got != want {
			t.Errorf("%s: got %s, want %s\n%v", row[0], got, want, findings)
		}
	}
}

func TestProbesGiveTheirRule(t *testing.T) {
	for _, row := range readTSV(t, "semantic/EXPECT.tsv") {
		verdict, findings := check(readShared(t, "semantic/"+row[0]))
		found := false
		for _, f := range findings {
			want := map[string]Severity{"E": Error, "W": Warning}[row[2]]
			if f.Rule == row[1] && f.Severity == want {
				found = true
			}
			if row[1] == "-" && f.Severity != Info {
				t.Errorf("%s: %v", row[0], f)
			}
		}
		if row[1] != "-" && !found {
			t.Errorf("%s (%s): no finding %s %s in %v", row[0], verdict, row[1], row[2], findings)
		}
	}
}

func TestGeneratedDocumentsAreValid(t *testing.T) {
	readShared(t, "NOTES.md")
	files, _ := filepath.Glob(shared + "/generated/*.xml")
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if got, findings := check(raw); got != VerdictValid {
			t.Errorf("%s: got %s\n%v", f, got, findings)
		}
	}
}
