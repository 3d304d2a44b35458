package leak

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// mail is a finished message whose body is text.
func mail(body string) []byte {
	return []byte("From: ir@gw.example.org\r\nTo: abuse@isp-r.example\r\nSubject: [GW#00000042] report\r\n" +
		"Message-ID: <gw.42.1@gw.example.org>\r\nDate: Fri, 20 Nov 2026 04:00:00 +0000\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body + "\r\n")
}

func compile(t testing.TB, withheld ...Value) *Scanner {
	t.Helper()
	s, err := Compile(withheld, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// found fails the test unless the value is found in the message.
func found(t testing.TB, s *Scanner, id int, message []byte) []Finding {
	t.Helper()
	r := s.Scan(message)
	if r.Err != nil {
		t.Errorf("scan of %q: %v", cut(message), r.Err)
	}
	if r.Clean {
		t.Errorf("clean: %q", cut(message))
	}
	for _, f := range r.Findings {
		if f.ID == id {
			return r.Findings
		}
	}
	t.Errorf("value %d not found in %q: %v", id, cut(message), r.Findings)
	return nil
}

func clean(t testing.TB, s *Scanner, message []byte) {
	t.Helper()
	if r := s.Scan(message); !r.Clean || r.Err != nil || len(r.Findings) > 0 {
		t.Errorf("not clean: %v %v in %q", r.Findings, r.Err, cut(message))
	}
}

func cut(b []byte) string {
	if i := bytes.Index(b, []byte("\r\n\r\n")); i > 0 {
		b = b[i+4:]
	}
	return string(b[:min(len(b), 300)])
}

var secrets4 = [][4]byte{{203, 0, 113, 77}, {198, 51, 100, 23}, {100, 127, 66, 201}, {9, 250, 31, 180}, {172, 16, 254, 7}}

func ipv4(a [4]byte, id int) Value { return Value{IPv4, netip.AddrFrom4(a).String(), id} }

// A secret address is found in every spelling, wherever it stands.
func TestCase_143_EverySpellingOfAnIPv4Address(t *testing.T) {
	places := map[string]string{
		"body":     "%s",
		"sentence": "seen at 12:14:07, %s, port 22",
		"xml":      "<Description>%s</Description>",
		"file":     "Content of file name=\"%s\"",
	}
	for _, a := range secrets4 {
		s := compile(t, ipv4(a, 7))
		for _, sp := range spellings4(a) {
			t.Run(fmt.Sprint(a, " ", sp.name), func(t *testing.T) {
				for _, place := range places {
					found(t, s, 7, mail(fmt.Sprintf(place, sp.text)))
				}
			})
		}
		for _, sp := range spellings4([4]byte{a[0] ^ 64, a[1] ^ 5, a[2] ^ 33, a[3] ^ 96}) {
			clean(t, s, mail(sp.text))
		}
	}
}

func TestCase_143_RandomSecrets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a [4]byte
		for k := range a {
			a[k] = rapid.Byte().Draw(t, "octet")
		}
		if n := first4(a[:]); lowEntropy(n) || a[0] < 2 || a[1] == 0 && a[2] == 0 || a[2] == 0 || !bigOctet(n) {
			t.Skip("reads like a version number")
		}
		if bytes.Count(a[:], []byte{0})+bytes.Count(a[:], []byte{255}) > 1 {
			t.Skip("as bytes it counts in packets only")
		}
		s, err := Compile([]Value{ipv4(a, 1)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		all := spellings4(a)
		sp := all[rapid.IntRange(0, len(all)-1).Draw(t, "spelling")]
		if sp.name == "crc32" && strings.HasPrefix(sp.text, "00") {
			t.Skip("reads like a counter")
		}
		if sp.name == "base64 bytes 0" && isText(a[:]) {
			t.Skip("reads like the beginning of a text")
		}
		if r := s.Scan(mail(sp.text)); len(r.Findings) == 0 {
			t.Fatalf("%v %s not found: %q", a, sp.name, sp.text)
		}
	})
}

// Other text in front of a value shifts it; nothing in front may hide it.
func TestCase_145_Containers(t *testing.T) {
	secret := secrets4[0]
	s := compile(t, ipv4(secret, 3))
	packet := []byte{0x45, 0, 0, 40, 1, 2, 0x40, 0, 64, 6, 0, 0, 198, 51, 100, 9, 203, 0, 113, 77, 0x9c, 0x40, 0, 22,
		0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0xff, 0xff, 0, 0, 0, 0}
	frame := append([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 8, 0}, packet...)
	pcap := append([]byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 1, 0, 0, 0,
		1, 2, 3, 4, 5, 6, 7, 8, 54, 0, 0, 0, 54, 0, 0, 0}, frame...)
	text := []byte("connection from 203.0.113.77 to port 22")
	for name, b := range map[string][]byte{"packet": packet, "frame": frame, "pcap": pcap, "gzip": gz(text), "zlib": zl(text),
		"gzip pcap": gz(pcap), "gzip twice": gz(gz(text)), "little-endian": {9, 9, 77, 113, 0, 203, 9, 9, 9, 9}} {
		t.Run(name, func(t *testing.T) {
			for skew := range 4 {
				e := base64.StdEncoding.EncodeToString(append(make([]byte, 0), b...))
				found(t, s, 3, mail("<RecordItem dtype=\"file\">"+"xyz"[:skew%4]+e+"</RecordItem>"))
				found(t, s, 3, mail(wrap("xyz"[:skew%4]+e)))
			}
			found(t, s, 3, mail(fmt.Sprintf("<RecordItem dtype=\"ipv4-packet\">%X</RecordItem>", b)))
			found(t, s, 3, mail(fmt.Sprintf("0%x", b)))
			found(t, s, 3, mail(hexdump(b)))
			found(t, s, 3, mail(fmt.Sprintf("% x", b)))
		})
	}
}

func gz(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func zl(b []byte) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func wrap(s string) string {
	var b strings.Builder
	for len(s) > 76 {
		b.WriteString(s[:76] + "\r\n")
		s = s[76:]
	}
	return b.String() + s
}

func hexdump(b []byte) string {
	var out strings.Builder
	for i := 0; i < len(b); i += 16 {
		line := b[i:min(i+16, len(b))]
		fmt.Fprintf(&out, "%08x  % x  |%s|\r\n", i, line, bytes.Map(func(r rune) rune {
			if r < ' ' || r > '~' {
				return '.'
			}
			return r
		}, line))
	}
	return out.String()
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// A value may begin in one line of base64 and end in the last, short one.
func TestCase_145_EndOfABlock(t *testing.T) {
	s := compile(t, ipv4(secrets4[0], 3))
	for n := 45; n < 230; n++ {
		text := strings.Repeat("it is all quite plain text here; ", 8)[:n] + "203.0.113.77"
		for _, e := range []string{base64.StdEncoding.EncodeToString([]byte(text)), base64.RawStdEncoding.EncodeToString([]byte(text))} {
			for _, end := range []string{"", "</RecordItem>", "\r\n\r\nand more", "\r\n-- \r\nx"} {
				found(t, s, 3, mail("<RecordItem>\r\n"+wrap(e)+end))
			}
		}
	}
}
