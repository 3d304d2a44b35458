package store

import (
	"bytes"
	"testing"
)

// What was scanned comes back whole whether its bytes hold it or not, and is not stored twice where they do.
func TestScannedTextStandsInItsBytes(t *testing.T) {
	const header = "Date: now\r\nContent-Type: multipart/"
	content := "mixed; boundary=x\r\n\r\n--x\r\n\r\ntext\r\n--x--\r\n"
	signed := header + "signed; boundary=y\r\n\r\n--y\r\nContent-Type: multipart/" + content + "\r\n--y\r\nsignature\r\n--y--\r\n"
	for name, c := range map[string]struct {
		plain, bytes string
		stored       int // bytes of plain
	}{
		"signed":                  {header + content, signed, 0},
		"encrypted":               {header + content, header + "encrypted\r\n\r\n0xdeadbeef\r\n", len(header + content)},
		"nothing in common":       {"plain", "sealed", 5},
		"the whole is within":     {"text", "a text in it", 0},
		"the beginning of it":     {"text", "text and more", 4},
		"the same":                {"text", "text", 4},
		"longer than its bytes":   {"text and more", "text", 13},
		"begins twice":            {"aab", "aaab", 0},
		"empty":                   {"", "sealed", 0},
		"one byte of difference":  {header + content + "!", signed, len(header+content) + 1},
		"rest before where it is": {"xyz", "yzx", 3},
	} {
		m := &NewDelivery{Bytes: []byte(c.bytes), Plain: []byte(c.plain)}
		b := packed(m)
		got, err := b.unpacked()
		if err != nil || !bytes.Equal(got, m.Plain) || len(b.plain) != c.stored {
			t.Errorf("%s: %q, %v, %d bytes stored, want %d", name, got, err, len(b.plain), c.stored)
		}
	}
	if got, err := packed(&NewDelivery{Bytes: []byte("all")}).unpacked(); got != nil || err != nil {
		t.Errorf("no plain: %q, %v", got, err)
	}
	for _, b := range []body{
		{bytes: []byte("abc"), head: 4, rest: 1}, {bytes: []byte("abc"), head: -1, rest: 1}, {bytes: []byte("abc"), at: 4, rest: 1},
		{bytes: []byte("abc"), at: 3, rest: 1}, {bytes: []byte("abc"), at: -1, rest: 1}, {bytes: []byte("abc"), rest: -1},
		{bytes: []byte("abc"), at: 1, rest: 1 << 62}, {bytes: []byte("abc"), plain: []byte("p"), rest: 1},
	} {
		if got, err := b.unpacked(); err == nil {
			t.Errorf("%+v gives %q", b, got)
		}
	}
}
