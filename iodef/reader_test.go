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

// Every octet at every place of a run of sixteen is allowed or not as XML has it.
func TestEveryOctet(t *testing.T) {
	for at := range 33 {
		for c := range 256 {
			text := []byte("abcdefgh~ !#$%(0abcdefgh~ !#$%(0z")
			text[at] = byte(c)
			ok := c >= ' ' && c < 0x80 && c != '&' && c != '<' || c == '\t' || c == '\n' || c == '\r'
			d, err := Parse([]byte("<a>" + string(text) + "</a>"))
			if (err == nil) != ok {
				t.Errorf("octet 0x%02x at %d: %v", c, at, err)
			}
			if ok && d.top.Text() != strings.ReplaceAll(string(text), "\r", "\n") {
				t.Errorf("octet 0x%02x at %d: the text is %q", c, at, d.top.Text())
			}
		}
	}
}
