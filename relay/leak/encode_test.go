package leak

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"mime"
	"mime/quotedprintable"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
)

func spellings6(a netip.Addr) []spelling {
	full := a.StringExpanded()
	nibbles := strings.ReplaceAll(full, ":", "")
	var arpa strings.Builder
	for i := len(nibbles) - 1; i >= 0; i-- {
		arpa.WriteString(nibbles[i:i+1] + ".")
	}
	b := a.As16()
	var back, words []byte
	for i := range b {
		back = append(back, b[15-i])
	}
	for i := 0; i < 16; i += 4 {
		words = append(words, b[i+3], b[i+2], b[i+1], b[i])
	}
	md, s2 := md5.Sum([]byte(a.String())), sha256.Sum256(b[:])
	return []spelling{
		{"compressed", a.String()},
		{"full", full},
		{"upper", strings.ToUpper(full)},
		{"upper compressed", strings.ToUpper(a.String())},
		{"ip6.arpa", arpa.String() + "ip6.arpa"},
		{"nibbles forward", strings.Join(strings.Split(nibbles, ""), ".")},
		{"zone", a.String() + "%eth0"},
		{"zone in url", "http://[" + a.String() + "%25eth0]/"},
		{"brackets", "[" + a.String() + "]:443"},
		{"unc", strings.ReplaceAll(a.String(), ":", "-") + ".ipv6-literal.net"},
		{"unc zone", strings.ReplaceAll(a.String(), ":", "-") + "s4.ipv6-literal.net"},
		{"hyphens full", strings.ReplaceAll(full, ":", "-") + ".dyn.example.net"},
		{"underscores", strings.ReplaceAll(full, ":", "_")},
		{"host prefix", a.String() + "/128"},
		{"prefix 64", netip.PrefixFrom(a, 64).Masked().String()},
		{"prefix 112", netip.PrefixFrom(a, 112).Masked().String()},
		{"dotted end", fmt.Sprintf("%s:%d.%d.%d.%d", full[:29], b[12], b[13], b[14], b[15])},
		{"hex", nibbles},
		{"hex 0x", "0x" + strings.ToUpper(nibbles)},
		{"hex dump", fmt.Sprintf("60 00 % x 00", b[:])},
		{"little-endian", hex.EncodeToString(back)},
		{"proc net", strings.ToUpper(hex.EncodeToString(words))},
		{"base64 bytes 0", b64(b[:])},
		{"base64 bytes 1", b64(append([]byte{1}, b[:]...))},
		{"base64 bytes 2", b64(append([]byte{1, 2}, b[:]...))},
		{"defanged", strings.ReplaceAll(a.String(), ":", "[:]")},
		{"fullwidth", strings.Map(func(r rune) rune { return r - '!' + '！' }, a.String())},
		{"percent", percentAll(a.String())},
		{"entities", entityAll(full)},
		{"base64", b64([]byte(full))},
		{"line wrap", full[:20] + "\r\n" + full[20:]},
		{"md5", hex.EncodeToString(md[:])},
		{"sha256 bytes", hex.EncodeToString(s2[:])},
	}
}

func TestCase_144_EverySpellingOfAnIPv6Address(t *testing.T) {
	for _, text := range []string{"2001:db8:77::25", "2001:db8:1:2:3:4:5:6", "fe80::1:23ff:fe45:6789", "2400:4050::dead:0:1"} {
		a := netip.MustParseAddr(text)
		s := compile(t, Value{IPv6, text, 5})
		for _, sp := range spellings6(a) {
			t.Run(text+" "+sp.name, func(t *testing.T) { found(t, s, 5, mail("seen "+sp.text+", port 22")) })
		}
		b := a.As16()
		b[15] ^= 1
		b[7] ^= 7
		b[2] ^= 3
		for _, sp := range spellings6(netip.AddrFrom16(b)) {
			clean(t, s, mail("seen "+sp.text+", port 22"))
		}
	}
}

func TestCase_144_WithheldNetworks(t *testing.T) {
	s := compile(t, Value{Prefix, "2001:db8:77::/48", 1}, Value{Prefix, "203.0.113.0/24", 2}, Value{Prefix, "198.51.100.64/26", 3})
	for _, c := range []struct {
		id   int
		text string
	}{
		{1, "2001:db8:77::1"}, {1, "2001:db8:77:1::/64"}, {1, "2001:DB8:77:FFFF:1:2:3:4"}, {1, "2001:db8:77::/48"},
		{1, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.7.0.0.8.b.d.0.1.0.0.2.ip6.arpa"},
		{2, "203.0.113.0/24"}, {2, "203.0.113.9"}, {2, "203.0.113.x"}, {2, "203.0.113.*"}, {2, "203.0.113/24"},
		{2, "113.0.203.in-addr.arpa"}, {2, "9.113.0.203.in-addr.arpa"}, {2, "cb007109"}, {2, "::ffff:203.0.113.9"}, {2, "3405803785"},
		{2, "4500001400010000400600000a000001cb007109"}, {2, "203-0-113-9.dyn"}, {2, "203.0.113.128/25"},
		{3, "198.51.100.65"}, {3, "198.51.100.64/26"}, {3, "198.51.100.x"},
	} {
		t.Run(c.text, func(t *testing.T) { found(t, s, c.id, mail("net "+c.text)) })
	}
	for _, text := range []string{"203.0.114.9", "198.51.100.1", "198.51.100.129", "2001:db8:78::1", "cb007209", "203.0.112.0/22 is wide"} {
		clean(t, s, mail(text))
	}
}

func TestCase_144_MACInEveryNotation(t *testing.T) {
	s := compile(t, Value{MAC, "00:1b:21:3c:0d:f8", 4})
	for _, text := range []string{
		"00:1b:21:3c:0d:f8", "00-1B-21-3C-0D-F8", "001b.213c.0df8", "001b:213c:0df8", "001B213C0DF8", "00 1b 21 3c 0d f8", "0:1b:21:3c:d:f8",
		"001b21-3c0df8", "00_1b_21_3c_0d_f8", "01:00:1b:21:3c:0d:f8", "0x001b213c0df8", "fe80::21b:21ff:fe3c:df8", "2001:db8::021b:21ff:fe3c:0df8",
		`\x00\x1b\x21\x3c\x0d\xf8`, "{0x00,0x1b,0x21,0x3c,0x0d,0xf8}", b64([]byte{0, 0x1b, 0x21, 0x3c, 0xd, 0xf8}),
		b64([]byte{9, 0, 0x1b, 0x21, 0x3c, 0xd, 0xf8}), b64([]byte{9, 9, 0, 0x1b, 0x21, 0x3c, 0xd, 0xf8}), "f80d3c211b00", "００：１ｂ：２１：３ｃ：０ｄ：ｆ８",
		"00[:]1b[:]21[:]3c[:]0d[:]f8", percentAll("00:1b:21:3c:0d:f8"),
	} {
		t.Run(text, func(t *testing.T) { found(t, s, 4, mail("dhcp "+text+" ack")) })
	}
	for _, text := range []string{"00:1b:21:3c:0d:f9", "fe80::21b:21ff:fe3c:df9", "001b213c0df9"} {
		clean(t, s, mail(text))
	}
}

// inCharset writes a mail whose body is in a charset, plain and encoded.
func inCharset(t *testing.T, name string, e encoding.Encoding, body string) [][]byte {
	b, err := e.NewEncoder().Bytes([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	var qp strings.Builder
	w := quotedprintable.NewWriter(&qp)
	w.Write(b)
	w.Close()
	head := "From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=" + name + "\r\nContent-Transfer-Encoding: "
	return [][]byte{
		[]byte(head + "8bit\r\n\r\n" + string(b) + "\r\n"), []byte(head + "quoted-printable\r\n\r\n" + qp.String() + "\r\n"),
		[]byte(head + "base64\r\n\r\n" + wrap(b64(b)) + "\r\n"), mail("<RecordItem>" + b64(b) + "</RecordItem>"), mail(hex.EncodeToString(b)),
	}
}

func TestCase_146_TextEncodings(t *testing.T) {
	s := compile(t, ipv4(secrets4[0], 1), Value{Name, "田中 太郎", 2}, Value{Name, "タナカ タロウ", 3}, Value{Name, "Example Hosting", 4})
	body := "ご報告します。田中太郎（たなか・たろう）が 203.0.113.77 と ２０３．０．１１３．７７ を見ました。EXAMPLE　HOSTING より"
	for name, e := range map[string]encoding.Encoding{"utf-8": encoding.Nop, "iso-2022-jp": japanese.ISO2022JP, "shift_jis": japanese.ShiftJIS, "euc-jp": japanese.EUCJP} {
		for n, m := range inCharset(t, name, e, body) {
			t.Run(fmt.Sprint(name, n), func(t *testing.T) {
				for id := 1; id <= 4; id++ {
					found(t, s, id, m)
				}
			})
		}
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		b := []byte{0, 0}
		order.PutUint16(b, 0xfeff)
		for _, u := range utf16.Encode([]rune(body)) {
			b = append(b, 0, 0)
			order.PutUint16(b[len(b)-2:], u)
		}
		t.Run("utf-16 "+order.String(), func(t *testing.T) {
			for _, m := range [][]byte{mail(b64(b)), mail(wrap(b64(b[2:]))), mail(hex.EncodeToString(b)), mail(string(b)), mail(b64(gz(b)))} {
				for id := 1; id <= 4; id++ {
					found(t, s, id, m)
				}
			}
		})
	}
	for _, text := range []string{
		"+ADIAMAAzAC4AMAAuADEAMQAzAC4ANwA3-", "203+AC4-0+AC4-113+AC4-77", "203.0.11=\r\n3.77", "=32=30=33=2E0.113.77", "203&#46;0&#x2e;113&period;77",
		"%25%32%35%33%32%25%33%30%25%33%33.0.113.77", "%u0032%u0030%u0033.0.113.77", `\u{32}\u{30}\u{33}.0.113.77`, `\062\060\063.0.113.77`,
		"2\u200d0\u200c3.0.\u2060113.77", "²⁰³.⁰.¹¹³.⁷⁷", "①", "203\u06d40\u06d4113\u06d477", "२०३.०.११३.७७", "２０３。０。１１３。７７",
	} {
		if text != "①" {
			t.Run(text, func(t *testing.T) { found(t, s, 1, mail(text)) })
		}
	}
	subject := func(enc string) []byte {
		return []byte("From: a@b.example\r\nSubject: " + enc + "\r\n\r\nhello\r\n")
	}
	found(t, s, 1, subject(mime.QEncoding.Encode("utf-8", "é 203.0.113.77")))
	found(t, s, 2, subject(mime.BEncoding.Encode("utf-8", "報告 田中太郎 より")))
	found(t, s, 2, subject("=?utf-8?B?"+b64([]byte("報告 田中"))[:12]+"?=\r\n =?utf-8?B?"+b64([]byte("報告 田中太郎より"))[12:]+"?="))
	found(t, s, 2, subject("=?iso-2022-jp?B?"+b64([]byte("\x1b$BEDCfB@O:\x1b(B"))+"?="))
	found(t, s, 1, []byte("From: a@b.example\r\nContent-Disposition: attachment; filename*0=\"log-203.0\"; filename*1=\".113.77.txt\"\r\n\r\nx\r\n"))
	found(t, s, 2, []byte("From: a@b.example\r\nContent-Disposition: attachment; filename*=utf-8''"+percentAll("田中太郎")+".txt\r\n\r\nx\r\n"))
	found(t, s, 2, []byte("From: a@b.example\r\nContent-Disposition: attachment; filename*0*=utf-8''"+percentAll("田中")+"; filename*1*="+percentAll("太郎")+"\r\n\r\nx\r\n"))
	found(t, s, 1, []byte("From: a@b.example\r\nSubject: from 203.0.\r\n 113.77 again\r\n\r\nx\r\n"))
}

// What the scan does not undo, said in doc.go: this test says so too.
func TestCase_146_OutOfScope(t *testing.T) {
	s := compile(t, Value{Name, "Example Hosting", 1}, ipv4(secrets4[0], 2))
	for name, text := range map[string]string{"rot13": "Rknzcyr Ubfgvat", "words": "two hundred three dot zero", "kanji numerals": "二〇三", "reversed text": "77.311.0.302"} {
		if r := s.Scan(mail(text)); !r.Clean {
			t.Errorf("%s is found now: take it off the list of doc.go", name)
		}
	}
}

func TestCase_147_SplitSecrets(t *testing.T) {
	s := compile(t, ipv4(secrets4[0], 1), Value{Domain, "example.co.jp", 2}, Value{Name, "Tanaka Taro", 3}, Value{Email, "taro@example.co.jp", 4})
	for _, c := range []struct {
		id   int
		text string
	}{
		{1, "<a>203.0.113.</a><b>77</b>"}, {1, "<a>203.0</a>\r\n  <b>.113.77</b>"}, {1, "203.0.113.\r\n77"}, {1, "203.0.1\r\n13.77"},
		{1, "203.0.<!-- x -->113.77"}, {1, "203.<![CDATA[0.113]]>.77"}, {1, "203\t0\t113\t77"}, {1, "203 | 0 | 113 | 77"}, {1, "a=203.0.113. b 77 203.0.113.\" + \"77"},
		{2, "exam<b>ple</b>.co.jp"}, {2, "exam\r\nple.co.jp"}, {2, "<l>example</l>.<l>co</l>.<l>jp</l>"}, {2, "exam<!-- -->ple.co.jp"},
		{2, "exam</x>\r\n  <x>ple.co.jp"}, {2, "e</i></b>xample.co.<!-- --><b>jp"}, {4, "ta</td><td>ro@exa<![CDATA[\r\n> mple.co.jp"},
		{2, "dGhlIGhvc3Qgd3d3LmV4\rYW1wbGUuY28uanAgaXMg"},
		{3, "Tanaka\r\n Taro"}, {3, "<family>Tanaka</family><given>Taro</given>"}, {3, "<td>Taro</td><td>Tanaka</td>"}, {3, "Tana\r\nka Taro"},
		{4, "taro@exam\r\nple.co.jp"}, {4, "<u>taro</u>@<h>example.co.jp</h>"},
	} {
		t.Run(c.text, func(t *testing.T) { found(t, s, c.id, mail(c.text)) })
	}
}

func TestCase_148_Domains(t *testing.T) {
	s := compile(t, Value{Domain, "Example.co.jp", 1}, Value{Domain, "日本語.example", 2}, Value{Email, "Taro.Tanaka@mail.test", 3}, Value{URL, "http://kita.test/login?u=7&v=%41b", 4},
		Value{Domain, "xn--fsqu00a.test", 5})
	for _, c := range []struct {
		id   int
		text string
	}{
		{1, "EXAMPLE.CO.JP"}, {1, "example.co.jp."}, {1, "www.example.co.jp"}, {1, "x@example.co.jp"}, {1, "http://a:b@example.co.jp:80/"}, {1, "<id.7@mx.example.co.jp>"},
		{1, "jp.co.example.www"}, {1, "example[.]co[.]jp"}, {1, "example(dot)co(dot)jp"}, {1, "example dot co dot jp"}, {1, "ｅｘａｍｐｌｅ．ｃｏ．ｊｐ"},
		{1, "example。co。jp"}, {1, "user%example.co.jp@relay.test"}, {1, `example\.co\.jp`}, {1, "exаmple.co.jp"}, {1, "%65xample.co.jp"}, {1, "&#101;xample.co.jp"},
		{1, b64([]byte("see example.co.jp"))}, {1, "http%3A%2F%2Fexample.co.jp"}, {1, "r-203-0-113-25.example.co.jp"}, {1, "//example.co.jp/x"}, {1, "e\u00adxample.co.jp"},
		{2, "日本語.example"}, {2, "xn--wgv71a119e.example"}, {2, "XN--WGV71A119E.EXAMPLE"}, {2, "www.日本語。example"}, {5, "例子.test"},
		{3, "taro.tanaka@mail.test"}, {3, "TARO.TANAKA@MAIL.TEST"}, {3, "taro.tanaka@sub.mail.test taro.tanaka+x@mail.test"}, {3, "taro.tanaka at mail.test"}, {3, "taro.tanaka [at] mail [dot] test"},
		{3, "mailto:taro.tanaka%40mail.test"}, {3, "taro.tanaka%mail.test@relay.test"}, {3, "bounce+taro.tanaka=mail.test@list.test"}, {3, `"taro.tanaka"@mail.test`},
		{4, "http://kita.test/login?u=7&v=Ab"}, {4, "hxxp://kita[.]test/login?u=7&amp;v=%41b"}, {4, "kita.test/login?u=7&v=%2541b"}, {4, "hxxps[:]//kita.test/login?u=7&v=Ab"},
	} {
		t.Run(c.text, func(t *testing.T) { found(t, s, c.id, mail("see "+c.text+" now")) })
	}
	for _, text := range []string{"notexample.co.jp", "my-example.co.jp", "example.co.jpx", "example.com", "not.taro.tanaka@mail.test", "mail.test", "kita.test/logout", "日本.example"} {
		clean(t, s, mail(text))
	}
}

func TestCase_149_NamesWithAliases(t *testing.T) {
	s := compile(t, Value{Name, "田中 太郎", 1}, Value{Name, "タナカ タロウ", 2}, Value{Name, "Tanaka Taro", 3}, Value{Name, "株式会社サンプル", 4}, Value{Name, "NXT", 5},
		Value{Text, "+81-3-5555-0123", 6}, Value{Account, "root", 7}, Value{Account, "ttanaka", 8}, Value{ASN, "AS64501", 9}, Value{Path, `C:\Users\ttanaka\plan.xlsx`, 10},
		Value{Name, "Müller Straße", 11}, Value{Text, "serial K8F3-KD92", 12})
	for _, c := range []struct {
		id   int
		text string
	}{
		{1, "田中太郎"}, {1, "田中　太郎様"}, {1, "担当は田中 太郎です"}, {1, "太郎 田中"}, {1, "田中\r\n太郎"}, {2, "タナカタロウ"}, {2, "ﾀﾅｶ ﾀﾛｳ"}, {2, "たなか たろう"}, {2, "タナカ・タロウ"},
		{3, "TANAKA Taro"}, {3, "Taro Tanaka"}, {3, "tanaka, taro"}, {3, "TanakaTaro"}, {3, "ｔａｎａｋａ　ｔａｒｏ"}, {3, "tanaka_taro"}, {4, "株式会社サンプル"}, {4, "株式会社ｻﾝﾌﾟﾙ"}, {4, "株式会社さんぷる"},
		{4, b64([]byte("株式会社サンプル"))}, {5, "the NXT network"}, {6, "03-5555-0123"}, {6, "+81 3 5555 0123"}, {6, "(03) 5555-0123"}, {6, "0355550123"}, {6, "８１－３－５５５５－０１２３"},
		{7, "Failed password for root from"}, {7, "user=root"}, {8, "ttanaka"}, {8, `EXAMPLE\ttanaka`}, {8, "/home/ttanaka/"}, {9, "AS64501"}, {9, "as 64501"}, {9, "ASN: 64501"},
		{9, `category="asn">64501<`}, {10, "c:/users/ttanaka/plan.xlsx"}, {10, `C:\\Users\\ttanaka\\plan.xlsx`}, {10, "file:///C:/Users/ttanaka/plan.xlsx"}, {11, "MÜLLER STRASSE"}, {11, "Mu\u0308ller Straße"}, {12, "serial k8f3-kd92"},
	} {
		t.Run(c.text, func(t *testing.T) { found(t, s, c.id, mail("see "+c.text+" now")) })
	}
	for _, text := range []string{"root cause", "next nxt", "port 64501", "Tanakan Taro", "tanaka", "5555-0123 9"} {
		clean(t, s, mail(text))
	}
}

func TestCase_149_NamesWithoutTheirTitles(t *testing.T) {
	s := compile(t, Value{Name, "Dr. Hanako Yamada", 1}, Value{Name, "Prof. Dr. Eva Stein, Ph.D.", 2}, Value{Name, "Ms Okafor", 3}, Value{Name, "佐藤次郎様", 4}, Value{Name, "Suzuki-san", 5},
		Value{Name, "Mr. Li", 6})
	for _, c := range []struct {
		id   int
		text string
	}{
		{1, "Hanako Yamada"}, {1, "Yamada, Hanako"}, {1, "dr hanako yamada"}, {2, "EVA STEIN"}, {2, "stein_eva"}, {3, "okafor"}, {4, "佐藤次郎"}, {4, "佐藤 次郎"}, {5, "suzuki"}, {6, "Mr. Li"},
	} {
		t.Run(c.text, func(t *testing.T) { found(t, s, c.id, mail("see "+c.text+" now")) })
	}
	for _, text := range []string{"Dr. Yamada", "Prof. Dr. Stein", "li", "Okafors", "様"} {
		clean(t, s, mail(text))
	}
}

func TestCase_150_UnkeyedDigests(t *testing.T) {
	forms := map[int][]string{1: {"203.0.113.77", "203.0.113.77\n", "203.0.113.77/32", "\xcb\x00\x71\x4d", "\x4d\x71\x00\xcb"}, 2: {"example.co.jp", "EXAMPLE.CO.JP", "example.co.jp.", "example.co.jp\n"},
		3: {"taro@example.co.jp", "Taro@Example.co.jp"}, 4: {"田中太郎", "田中 太郎"}, 5: {"00:1b:21:3c:0d:f8", "00-1B-21-3C-0D-F8", "001b213c0df8"}}
	s := compile(t, ipv4(secrets4[0], 1), Value{Domain, "Example.co.jp", 2}, Value{Email, "Taro@Example.co.jp", 3}, Value{Name, "田中 太郎", 4}, Value{MAC, "00:1b:21:3c:0d:f8", 5})
	for id, texts := range forms {
		for _, text := range texts {
			md, s1, s2 := md5.Sum([]byte(text)), sha1.Sum([]byte(text)), sha256.Sum256([]byte(text))
			for _, sum := range [][]byte{md[:], s1[:], s2[:]} {
				found(t, s, id, mail("id="+hex.EncodeToString(sum)))
				found(t, s, id, mail("id "+strings.ToUpper(hex.EncodeToString(sum))))
				found(t, s, id, mail("id "+b64(sum)))
				whole := strings.TrimRight(b64(sum), "=")
				found(t, s, id, mail("sha256:"+whole))
				found(t, s, id, mail(whole[:12]+"\r\n "+whole[12:]+": a digest")) // no header field
				found(t, s, id, mail("id "+whole+"\r\nNov 20 12:14:07 www sshd"))
				found(t, s, id, mail("Connection refused\r\n"+whole+"\r\n\r\nfailed"))
				found(t, s, id, mail("id "+whole+"\r\nContent-Type: text/plain"))
				found(t, s, id, mail("id "+whole+"\r\nuser=root"))
			}
			crc := crc32.ChecksumIEEE([]byte(text))
			for _, sum := range []uint32{crc, murmur3([]byte(text))} {
				if sum > 1e7 {
					found(t, s, id, mail(fmt.Sprintf("crc %08x", sum)))
					found(t, s, id, mail(fmt.Sprintf("crc %d", sum)))
					found(t, s, id, mail(fmt.Sprintf("crc %d", int32(sum))))
				}
			}
		}
	}
	h := compile(t, Value{Hash, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", 6})
	raw, _ := hex.DecodeString("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
	found(t, h, 6, mail("9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"))
	found(t, h, 6, mail(b64(raw)))
	found(t, h, 6, mail("first digits 9f86d081884c7d65"))
}

func TestMurmur3(t *testing.T) {
	for text, want := range map[string]uint32{"": 0, "a": 0x3c2569b2, "abc": 0xb3dd93fa, "Hello, world!": 0xc0363e43} {
		if got := murmur3([]byte(text)); got != want {
			t.Errorf("%q: %08x, want %08x", text, got, want)
		}
	}
}
