package message

import (
	"path/filepath"
	"testing"
)

// BenchmarkParse reads a signed report without looking into it.
func BenchmarkParse(b *testing.B) {
	mail := read(b, filepath.Join(mails, "00-mime.eml"))
	b.SetBytes(int64(len(mail)))
	b.ReportAllocs()
	for b.Loop() {
		if m := Parse(mail); len(m.Defects) > 0 {
			b.Fatal(m.Defects)
		}
	}
}

// BenchmarkCompose writes one.
func BenchmarkCompose(b *testing.B) {
	h := header(b)
	file := Attachment{Type: "application/xml", Filename: "incident-42.xml", Data: string(make([]byte, 6<<10))}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compose(h, "See the document.\n", file); err != nil {
			b.Fatal(err)
		}
	}
}
