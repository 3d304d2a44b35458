package iodef

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
)

// seeds are documents of every kind that the tests have, valid and not.
func seeds(f *testing.F) {
	f.Add([]byte(minimalV1))
	f.Add([]byte(minimalV2))
	for _, p := range ruleProbes {
		f.Add([]byte(p.doc))
	}
	for _, raw := range hostile(300) {
		f.Add(raw)
	}
	f.Add(append([]byte{0xFE, 0xFF}, encode16(strings.Replace(minimalV2, "UTF-8", "UTF-16", 1), bigEndian)...))
	f.Add([]byte(strings.Replace(minimalV2, "UTF-8", "ISO-2022-JP", 1)))
	f.Add([]byte(strings.Replace(minimalV2, "UTF-8", "Shift_JIS", 1)))
}

// FuzzParse: no input makes the reader panic or slow; what it accepts is
// whole, and every finding names a place.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		start := time.Now()
		d, err := Parse(raw)
		if err != nil {
			m, ok := err.(*Malformed)
			if !ok || m.Rule == "" || m.Line < 1 || m.Text == "" {
				t.Fatalf("no proper refusal: %v", err)
			}
			return
		}
		findings := d.Validate(testNow)
		if Verdict(findings) != Verdict(d.faults) { // Encode builds on it
			t.Fatalf("read as %s, but validated as %s", Verdict(d.faults), Verdict(findings))
		}
		for _, x := range findings {
			if !strings.HasPrefix(x.Path, "/") || x.Line < 1 || x.Text == "" || x.Rule == "" {
				t.Fatalf("no proper finding: %+v", x)
			}
		}
		n := 0
		for c := range d.Cells() {
			if n++; c.Class == "" || !strings.HasPrefix(c.Path, "/") {
				t.Fatalf("cell %s has class %q", c.Path, c.Class)
			}
		}
		for _, i := range d.Incidents() {
			i.ID()
			i.Systems()
			i.Records()
			for _, v := range i.Events() {
				v.Times()
			}
		}
		// Some 20 ns an octet in practice: this catches what is not linear at all.
		if took, most := time.Since(start), 20*time.Second+time.Duration(len(raw))*50*time.Microsecond; took > most {
			t.Fatalf("%d octets took %v", len(raw), took)
		}
	})
}

// FuzzRoundTrip: what is read and valid is written, read and written again
// with the same bytes, and says the same; and so through JSON.
func FuzzRoundTrip(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := Parse(raw)
		if err != nil || d.root == nil || Verdict(d.faults) != VerdictValid {
			return
		}
		write := func(d *Document) []byte {
			doc := etree.NewDocument()
			doc.AddChild(copyElement(d.root, ""))
			out, err := Encode(doc)
			if err != nil {
				t.Fatalf("%v\n%q", err, raw)
			}
			return out
		}
		once := write(d)
		again := mustParse(t, once)
		if a, b := strings.Join(facts(d.root), "\n"), strings.Join(facts(again.root), "\n"); a != b {
			t.Fatalf("says something else after writing:\n%s\n%s", a, b)
		}
		if twice := write(again); !bytes.Equal(once, twice) {
			t.Fatalf("not a fixpoint:\n%s\n%s", once, twice)
		}
		if d.Version() == V1 {
			doc, _, err := ToV2(d)
			if err == nil {
				_, err = Encode(doc)
			}
			if err != nil {
				t.Fatalf("to version 2: %v\n%s", err, raw)
			}
			return
		}
		j, _, err := ToJSON(d)
		if err != nil {
			t.Fatalf("to JSON: %v", err)
		}
		doc, _, err := FromJSON(j)
		if err == nil {
			_, err = Encode(doc)
		}
		if err != nil {
			t.Fatalf("from JSON: %v\n%s\n%s", err, j, raw)
		}
	})
}

// FuzzJSON: no JSON makes the reader panic; what it makes of it is valid or
// refused.
func FuzzJSON(f *testing.F) {
	for _, doc := range []string{minimalV2, withV2(service("<Service ip-protocol=\"6\"><Port>80</Port></Service>")), withV2(observable(`<Address>2001:db8::1</Address>`))} {
		d, err := Parse([]byte(doc))
		if err != nil {
			f.Fatal(err)
		}
		raw, _, err := ToJSON(d)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(`{"version":"2.0","Incident":[{"Assessment":[{"Impact":[{"SystemImpact":{"type":"unknown"}}]}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc, _, err := FromJSON(raw)
		if err != nil {
			return
		}
		out, err := Encode(doc)
		if err == nil {
			mustParse(t, out)
		}
		if _, err := CheckJSON(raw, testNow); err != nil && !isMalformed(err) {
			t.Fatal(err)
		}
	})
}

func isMalformed(err error) bool {
	_, ok := err.(*Malformed)
	return ok
}

// FuzzDifferential: the verdict is libxml2's, where that keeps to XML Schema.
func FuzzDifferential(f *testing.F) {
	if _, err := exec.LookPath("xmllint"); err != nil {
		f.Skip("no xmllint here: nothing to compare with (package libxml2-utils)")
	}
	if _, err := os.Stat(shared); err != nil {
		f.Skipf("no ../shared beside the repository, where the RFCs' schemas lie: %v", err)
	}
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, findings := check(raw)
		if bytes.Contains(raw, []byte("<!DOCTYPE")) || bytes.Contains(raw, []byte("encoding=")) && !bytes.Contains(raw, []byte(`encoding="UTF-8"`)) {
			return // we refuse every DOCTYPE and most encodings
		}
		if bytes.IndexByte(raw, 0) >= 0 {
			return // UTF-16, or malformed anyway
		}
		if got == VerdictMalformed && strings.HasPrefix(findings[0].Rule, "cap-") {
			return
		}
		schema := "iodef-1.0.xsd"
		if isV2(raw) {
			schema = "iodef-2.0-errata.xsd"
		}
		want := xmllint(t, schema, [][]byte{forOracle(raw)})[0]
		if got != want && !strays(raw, got, want, findings) {
			t.Errorf("got %s, xmllint says %s\n%v\n%s", got, want, findings, raw)
		}
	})
}
