package iodef

import (
	"strings"
	"testing"
)

// TestReaderForgetsTheDocumentBefore reads documents one after another into the
// same memory and compares with fresh readings.
func TestReaderForgetsTheDocumentBefore(t *testing.T) {
	var r Reader
	docs := []string{minimalV2, "<a", withV2(service(`<Service ip-protocol="6"><Port>80</Port></Service>`)), minimalV1,
		"<a>" + strings.Repeat("<b c='d'>e</b>", 500) + "</a>", string(report(20_000)), minimalV2, "", "<a xmlns:b='urn:b'><b:c/>", minimalV1}
	for i, doc := range docs {
		d, err := r.Parse([]byte(doc))
		fresh, wantErr := Parse([]byte(doc))
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("document %d: %v and %v", i, err, wantErr)
		}
		if err != nil {
			continue
		}
		if a, b := strings.Join(facts(d.top), "\n"), strings.Join(facts(fresh.top), "\n"); a != b {
			t.Errorf("document %d: %s\nand fresh\n%s", i, a, b)
		}
		got, want := d.Validate(testNow), fresh.Validate(testNow)
		if len(got) != len(want) {
			t.Errorf("document %d: %d and %d findings", i, len(got), len(want))
		}
	}
}
