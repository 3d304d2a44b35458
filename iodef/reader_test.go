package iodef

import (
	"strings"
	"testing"
	"time"
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

// TestHostileShapesCostLinearTime doubles the size of each hostile shape and
// looks that the time does not grow fourfold. The larger of two measurements
// of a size is dropped: the machine has other things to do.
func TestHostileShapesCostLinearTime(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	took := func(raw []byte) time.Duration {
		best := time.Hour
		for range 3 {
			start := time.Now()
			if d, err := Parse(raw); err == nil {
				d.Validate(testNow)
			}
			best = min(best, time.Since(start))
		}
		return best
	}
	small, large := hostile(200_000), hostile(1_600_000)
	for name := range small {
		a, b := took(small[name]), took(large[name])
		// Eight times the size: linear gives 8, quadratic 64.
		if b > 30*a && b > 50*time.Millisecond {
			t.Errorf("%s: %v for 200 kB, %v for 1.6 MB", name, a, b)
		}
	}
}
