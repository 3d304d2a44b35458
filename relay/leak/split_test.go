package leak

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// with is a message of no text that has these fields.
func with(fields string) []byte {
	return []byte("From: ir@gw.example.org\r\nTo: abuse@isp-r.example\r\nMIME-Version: 1.0\r\n" + fields + "\r\n\r\nx\r\n")
}

// A value may be parted anywhere into two encoded words, each padded or not.
func TestCase_147_SplitIntoEncodedWords(t *testing.T) {
	for _, v := range []Value{{IPv4, "203.0.113.77", 1}, {Domain, "example.co.jp", 1}, {Email, "sato@kita.test", 1}, {Name, "Tanaka Taro", 1}, {Name, "田中太郎", 1}} {
		s := compile(t, v)
		for k := 1; k < len(v.Text); k++ {
			first, second := []byte(v.Text[:k]), []byte(v.Text[k:])
			for _, gap := range []string{" ", "\r\n "} {
				found(t, s, 1, with(fmt.Sprintf("Subject: =?UTF-8?B?%s?=%s=?UTF-8?B?%s?=", b64(first), gap, b64(second))))
				found(t, s, 1, with(fmt.Sprintf("Subject: =?UTF-8?B?%s?=%s=?UTF-8?Q?%s?=", b64(first), gap, qpAll(second))))
			}
			found(t, s, 1, with(fmt.Sprintf("Content-Transfer-Encoding: base64\r\n\r\n%s%s", b64(first), b64(second))))
			found(t, s, 1, with(fmt.Sprintf("Content-Transfer-Encoding: base64\r\n\r\n%s\r\n%s", b64(first), b64(second))))
		}
	}
}

func qpAll(b []byte) (out string) {
	for _, c := range b {
		out += fmt.Sprintf("=%02X", c)
	}
	return out
}

// The sections of a parameter count in the order of their numbers.
func TestCase_147_SectionsOutOfOrder(t *testing.T) {
	s := compile(t, Value{IPv4, "203.0.113.77", 1}, Value{Name, "田中太郎", 2})
	for _, param := range []string{`filename*1=".113.77"; filename*0="203.0"`, `filename*1=".113.77";` + "\r\n " + `filename*0="203.0"`, `filename*2="77"; name*0=x; filename*0="203.0."; name*1=y; filename*1="113."`,
		`filename*1=".113.77"; filename*0*=utf-8''203%2e0`} {
		found(t, s, 1, with("Content-Disposition: attachment; "+param))
	}
	found(t, s, 2, with("Content-Disposition: attachment; filename*1*=%91%BE%98%59; filename*0*=shift_jis''%93%63%92%86"))
	found(t, s, 2, with("Content-Disposition: attachment; filename*=gb18030''%CC%EF%D6%D0%CC%AB%C0%C9"))
	clean(t, s, with("X-A: a*0=203.0\r\nX-B: a*1=.113.77"))
	clean(t, s, with(`X-A: a*0=203.0; b*1=.113.77`))
	var many strings.Builder
	for k := range 200 {
		fmt.Fprintf(&many, "a*%d=x; ", k)
	}
	found(t, s, 1, with("X-A: "+many.String()+"b*1=.113.77; b*0=203.0"))
}

// Lines may be broken within a value: behind a blank, as format=flowed does, or
// by the line ends of Unicode.
func TestCase_147_OtherLineEnds(t *testing.T) {
	for _, v := range []Value{{IPv4, "203.0.113.77", 1}, {Domain, "example.co.jp", 1}, {Email, "sato@kita.test", 1}, {Name, "Tanaka Taro", 1}, {Name, "田中太郎", 1}} {
		s := compile(t, v)
		for k := range v.Text {
			for _, end := range []string{" \r\n", " \n", " \r\n> ", "\u2028", "\u2029", "\u0085"} {
				if k > 0 && !strings.Contains(v.Text[:k+1], " ") {
					found(t, s, 1, mail("seen "+v.Text[:k]+end+v.Text[k:]+" there"))
				}
			}
		}
	}
	clean(t, compile(t, Value{Name, "Tanaka Taro", 1}), mail("Tanaka \r\nTarou and -- \r\nTanaka"))
}

// od -x and hexdump write words of two bytes as numbers.
func TestCase_145_WordsOfTwoBytes(t *testing.T) {
	foundAll(t, Value{IPv4, "203.0.113.77", 0}, "00cb 4d71", "0000000 00cb 4d71 0000", "0000000 3032 2e33 2e30 3131 2e33 3737",
		"\r\n0000000 0001 0203 0405 0607 0809 0a0b 0c0d 00cb\r\n0000010 4d71 0001 0203 0405 0607 0809 0a0b 0c0d\r\n")
	foundAll(t, Value{IPv6, "2001:db8:77::25", 0}, "0120 b80d 7700 0000 0000 0000 0000 2500")
	foundAll(t, Value{MAC, "00:1b:21:3c:0d:f8", 0}, "1b00 3c21 f80d")
	cleanAll(t, Value{IPv4, "203.0.113.77", 0}, "00cb 4e71", "00 cb 4d 71 00")
}

// ethernet is a frame of which the destination address begins in the second row
// of 16 bytes and ends in the third, as those of most frames do.
func ethernet(dst [4]byte) []byte {
	b := []byte{0, 0x1c, 0x42, 0x5e, 0x91, 2, 0, 0x1c, 0x42, 0x33, 0x7f, 0xa1, 8, 0, 0x45, 0, 0, 0x36, 0x1c, 0x46, 0x40, 0, 0x40, 6, 0xb1, 0xe6, 198, 51, 100, 9}
	return append(append(b, dst[:]...), "\xc3\x50\x00\x50\x11\x22\x33\x44\x55\x66\x77\x88\x50\x18\x01\xf6\xfe\x28\x00\x00GET / HTTP/1"...)
}

// dumped writes bytes as a hexdump: words of some bytes, those of a number turned
// around, parted by a mark, so many in a line, between what begins and ends one.
func dumped(b []byte, width int, turned bool, mark string, row int, begin func(offset int) string, end func(row []byte) string) string {
	var out strings.Builder
	for at := 0; at < len(b); at += row {
		line := b[at:min(at+row, len(b))]
		out.WriteString(begin(at))
		for k := 0; k < len(line); k += width {
			word := slices.Clone(line[k:min(k+width, len(line))])
			if turned {
				slices.Reverse(word)
			}
			if k > 0 {
				out.WriteString(mark)
			}
			fmt.Fprintf(&out, "%02x", word)
		}
		out.WriteString(end(line) + "\r\n")
	}
	return out.String()
}

// A value that begins in one line of a hexdump and ends in the next is found,
// whoever wrote the dump and whatever stands beside it.
func TestCase_145_OverLinesOfAHexdump(t *testing.T) {
	s := compile(t, ipv4(secrets4[0], 1), Value{Domain, "www.example.co.jp", 2})
	none := func([]byte) string { return "" }
	shown := func(gap string) func(b []byte) string {
		return func(b []byte) string {
			return gap + strings.Map(func(r rune) rune {
				if r < ' ' || r > '~' {
					return '.'
				}
				return r
			}, strings.ToValidUTF8(string(b), "."))
		}
	}
	at := func(format string) func(int) string { return func(n int) string { return fmt.Sprintf(format, n) } }
	still := func(text string) func(int) string { return func(int) string { return text } }
	for name, dump := range map[string]func(b []byte) string{
		"kernel": func(b []byte) string {
			return dumped(b, 1, false, " ", 16, at("Nov 20 12:14:07 fw kernel: %08x: "), none)
		},
		"log": func(b []byte) string {
			return dumped(b, 2, false, " ", 16, at("2026-11-20 12:14:07 app[7]: %04x: "), shown("  "))
		},
		"snort":       func(b []byte) string { return dumped(b, 1, false, " ", 16, still(""), shown("  ")) },
		"wireshark":   func(b []byte) string { return dumped(b, 1, false, " ", 16, at("%04x   "), none) },
		"quoted":      func(b []byte) string { return dumped(b, 1, false, " ", 16, at("> %04x   "), shown("   ")) },
		"table":       func(b []byte) string { return dumped(b, 1, false, " ", 16, at("|%04x|"), shown("|")) },
		"tcpdump -x":  func(b []byte) string { return dumped(b, 2, false, " ", 16, at("\t0x%04x:  "), none) },
		"as wide":     func(b []byte) string { return dumped(b, 2, false, " ", 16, at("%04x "), none) },
		"tcpdump old": func(b []byte) string { return dumped(b, 2, false, " ", 16, still("\t\t\t "), none) },
		"xxd -i": func(b []byte) string {
			return dumped(b, 1, false, ", 0x", 12, still("  0x"), func([]byte) string { return "," })
		},
		"gdb":       func(b []byte) string { return dumped(b, 1, false, "\t0x", 8, at("0x7ffe%04x:\t0x"), none) },
		"od -x":     func(b []byte) string { return dumped(b, 2, true, " ", 16, at("%07o "), none) },
		"od -tx4":   func(b []byte) string { return dumped(b, 4, true, " ", 16, at("%07o "), none) },
		"gdb words": func(b []byte) string { return dumped(b, 4, true, "\t0x", 16, at("0x7ffe%04x:\t0x"), none) },
		"indented":  func(b []byte) string { return dumped(b, 1, false, " ", 16, still("      "), none) },
	} {
		t.Run(name, func(t *testing.T) {
			found(t, s, 1, mail("the packet\r\n"+dump(ethernet(secrets4[0]))+"end"))
			found(t, s, 1, mail(wrap(b64([]byte("the packet\r\n"+dump(ethernet(secrets4[0])))))))
			clean(t, s, mail("the packet\r\n"+dump(ethernet([4]byte{203, 0, 113, 78}))+"end"))
			for pad := range 20 {
				text := strings.Repeat("x", pad) + " GET / HTTP/1.1 Host: www.example.co.jp"
				found(t, s, 2, mail(dump([]byte(text+"\n\n\n\n"[:4-len(text)%4]))))
			}
		})
	}
	found(t, s, 2, mail(dumped([]byte("> www.example.co.jp"), 2, false, " ", 16, at("Nov 20 12:14:07 app: %04x: "), shown("  "))))
	clean(t, compile(t, Value{IPv4, "18.20.7.17", 1}), mail("2026-11-20 12:14:07 a\r\n2026-11-20 12:14:07 17 b"))
}
