package leak

import (
	"archive/zip"
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"
	"unicode/utf16"
)

// foundAll wants the value of number 1 in each text, alone and in a line.
func foundAll(t *testing.T, v Value, texts ...string) {
	t.Helper()
	v.ID = 1
	s := compile(t, v)
	for _, text := range texts {
		found(t, s, 1, mail("see "+text+" now"))
		found(t, s, 1, mail(text))
	}
}

func cleanAll(t *testing.T, v Value, texts ...string) {
	t.Helper()
	s := compile(t, v)
	for _, text := range texts {
		clean(t, s, mail("see "+text+" now"))
	}
}

func TestCase_143_NumbersOfAnAddress(t *testing.T) {
	foundAll(t, Value{IPv4, "203.0.113.77", 0}, "3405803853", "1299251403", "031300070515", "0o31300070515", "-889163443", "cb00714d",
		"11001011.00000000.01110001.01001101", "11001011000000000111000101001101", "2 0 3 . 0 . 1 1 3 . 7 7", "0313.0.0161.0115")
	cleanAll(t, Value{IPv4, "203.0.113.77", 0}, "3405803854", "0o31300070516", "11001011.00000000.01110001.01001100")
}

// Digits may be glued to an address, and marks of every kind part its octets.
func TestCase_143_GluedAndParted(t *testing.T) {
	v := Value{IPv4, "203.0.113.57", 0}
	foundAll(t, v, "1203.0.113.57", "99203.0.113.57", "203.0.113.5700", "7203.0.113.5780")
	for _, mark := range []string{"=", "'", "\"", "#", "!", "&", "^", "@", "$", "\\", "|", ";", "/", "_._", "-.-", "._"} {
		foundAll(t, v, strings.Join([]string{"203", "0", "113", "57"}, mark))
	}
	cleanAll(t, v, "1203.0.113.58", "203.0.1135.57", "12030.0.113.57", "203.0.113")
}

func TestCase_143_Ranges(t *testing.T) {
	v := Value{IPv4, "203.0.113.77", 0}
	foundAll(t, v, "203.0.113.70-203.0.113.80", "203.0.113.70 to 203.0.113.80", "203.0.113.70..80", "203.0.113.70...80", "203.0.113.70 - .80", "203.0.113.70から80", "203.0.113.70～80",
		"203.0.113.76 and 77", "203.0.113.76 or .77", "203.0.113.76;77", "203.0.113.(76|77|78)", "203.0.113.75/76/77",
		"203.0.113.7x", "203.0.113.7?", "203.0.113.7*", "203.0.113.7[0-9]", `203.0.113.7\d`,
		"203.0.113.64 netmask 255.255.255.192", "203.0.113.64 mask 255.255.255.192", "203.0.113.64 netmask 0xffffffc0", "203.0.113.64/255.255.255.192", "203.0.113.64;255.255.255.192")
	cleanAll(t, v, "203.0.113.78-80", "203.0.113.8x", "203.0.113.7xy", "203.0.113.64 netmask 255.255.255.248", "203.0.113.0 netmask 0xffffff00", "203.0.113.70-71", "203.0.113.76 band 77")
}

func TestCase_143_RangeOfHighOctets(t *testing.T) {
	foundAll(t, Value{IPv4, "203.0.113.215", 0}, "203.0.113.210-203.0.113.220", "203.0.112.250 - 203.0.113.220")
	cleanAll(t, Value{IPv4, "203.0.113.215", 0}, "203.0.113.216-203.0.113.220")
}

// The numbers of a tag do not part an address and its mask.
func TestCase_143_MaskBehindATag(t *testing.T) {
	foundAll(t, Value{IPv4, "203.0.113.77", 0}, `203.0.113.72 <td a="1" b="2" c="3" d="4" e="5" f="6">255.255.255.248`)
}

// A server of Teredo is as much a secret as its client.
func TestCase_143_TeredoServer(t *testing.T) {
	foundAll(t, Value{IPv4, "11.0.113.77", 0}, "2001:0:b00:714d:8000:63bf:3fff:fdd2", "2001:0:b00:714d::")
}

// Octets that a clock shows are an address only with full stops between.
func TestCase_159_OctetsOfAClock(t *testing.T) {
	cleanAll(t, Value{IPv4, "40.12.14.7", 0}, "40 12:14:07", "40/12/14 07", "40,12,14,7")
	foundAll(t, Value{IPv4, "40.12.14.7", 0}, "40.12.14.7", "40-12-14-7")
}

// Bytes of zeros and ones are an address in a packet, not by chance.
func TestCase_159_BytesByChance(t *testing.T) {
	cleanAll(t, Value{IPv4, "10.0.0.255", 0}, "aabbcc0a0000ffaabbcc", "cafe0a0000ff")
	foundAll(t, Value{IPv4, "10.0.0.255", 0}, "45000014000100004006000009090909"+"0a0000ff", "0a0000ff")
}

func TestCase_147_TagsBetweenOctets(t *testing.T) {
	foundAll(t, Value{IPv4, "203.0.113.77", 0}, "<td>203</td><td>0</td><td>113</td><td>77</td>", "203.<b>0</b>.<i>113</i>.<u>77</u>", "203. <b>0. <i>113. <u>77")
}

// A mail address that is withheld is no part of a kept text.
func TestKeptMailAddress(t *testing.T) {
	s, err := Compile([]Value{{Email, "taro@kita.test", 1}}, []Value{{URL, "http://x.test/?to=taro@kita.test", 2}})
	if err != nil {
		t.Fatal(err)
	}
	found(t, s, 1, mail("see http://x.test/?to=taro@kita.test now"))
}

func TestKeptNetworkIsTheMeasure(t *testing.T) {
	s, err := Compile([]Value{{IPv4, "203.0.113.77", 1}}, []Value{{Prefix, "203.0.113.64/26", 2}})
	if err != nil {
		t.Fatal(err)
	}
	clean(t, s, mail("from 203.0.113.64/26 now"))
	clean(t, s, mail("from 203.0.112.0/23 now"))
	clean(t, s, mail("from 203.0.113.0/25 now"))
	found(t, s, 1, mail("from 203.0.113.72/29 now"))
}

func TestCase_145_Zip(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("log.txt")
	if err != nil {
		t.Fatal(err)
	}
	f.Write([]byte("seen 203.0.113.77 on port 22"))
	w.Close()
	foundAll(t, Value{IPv4, "203.0.113.77", 0}, b64(b.Bytes()))
}

// A body of base64 with what does not belong there, and one of UTF-16.
// Two bodies of base64 may be joined, the padding of the first within a line.
func TestCase_145_JoinedBodies(t *testing.T) {
	var log strings.Builder
	for i := range 40 {
		fmt.Fprintf(&log, "port %d ", i*i*7919%65536)
	}
	packed := gz([]byte(log.String() + "of 203.0.113.77"))
	for _, b := range [][]byte{[]byte("we have seen that on the port 22 from 203.0.11" + "3.77 these days"), packed} {
		foundAll(t, Value{IPv4, "203.0.113.77", 0}, "\r\n"+b64(b[:46])+"\r\n"+wrap(b64(b[46:])))
	}
}

func TestCase_146_WesternText(t *testing.T) {
	foundAll(t, Value{Name, "Müller Straße", 0}, "M\xfcller Stra\xdfe", "M\xdcLLER STRA\xdfE")
	cleanAll(t, Value{Name, "Müller Straße", 0}, "M\xf6ller Stra\xdfe")
}

func TestCase_146_BodiesWithJunk(t *testing.T) {
	head := "From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n"
	s := compile(t, Value{Domain, "example.co.jp", 1})
	text := strings.Join(strings.Split(b64([]byte("we have seen example.co.jp there")), ""), "!")
	found(t, s, 1, []byte(head+"\r\n"+text+"\r\n"))
	found(t, s, 1, []byte(head+"Content-Type: text/plain; charset=utf-7\r\n\r\n"+b64([]byte("we have seen ex+AGE-mple.co.jp there"))+"\r\n"))
}

func TestCase_146_UTF16Body(t *testing.T) {
	s := compile(t, Value{Name, "田中太郎", 1})
	var le []byte
	for _, u := range utf16.Encode([]rune("田中太郎")) {
		le = append(le, byte(u), byte(u>>8))
	}
	found(t, s, 1, []byte("From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-16le\r\n\r\n"+string(le)))
}

func TestCase_144_BlanksAndBrackets(t *testing.T) {
	foundAll(t, Value{IPv6, "2001:db8:77::25", 0}, "2001 : db8 : 77 :: 25", "2001: db8: 77:: 25", "2001 :db8 :77 ::25", "2001[:]db8[:]77[::]25", "2001(:)db8(:)77(:)(:)25", "2001{:}db8{:}77{::}25",
		"src2001[:]db8[:]77[:]0[:]0[:]0[:]0[:]25", "2001:db8:77::[/]64", "42540766411426455029438125823443861541", "2001:db8:77::25-2001:db8:77::30")
	cleanAll(t, Value{IPv6, "2001:db8:77::25", 0}, "2001 : db8 : 77 :: 26", "Cc: abuse", "42540766411426455029438125823443861542")
	foundAll(t, Value{MAC, "00:1b:21:3c:0d:f8", 0}, "00:1b:21:ff:fe:3c:0d:f8", "021b21fffe3c0df8", "116521700856")
	cleanAll(t, Value{MAC, "00:1b:21:3c:0d:f8", 0}, "00:1b:21:ff:fe:3c:0d:f9", "116521700857")
	foundAll(t, Value{IPv4, "203.0.113.77", 0}, "2001:db8:1cb:71:4d::", "2001:db8:122:cb00:71:4d00::", "2001:db8:122:3cb:0:714d::", "2001:db8:122:344:cb:71:4d00::")
}

func TestCase_144_ReverseZones(t *testing.T) {
	foundAll(t, Value{IPv6, "2001:db8:77::25", 0}, "0.0.0.0.7.7.0.0.8.b.d.0.1.0.0.2.ip6.arpa")
	foundAll(t, Value{Prefix, "2001:db8:abcd::/48", 0}, "d.c.b.a.8.b.d.0.1.0.0.2.ip6.arpa", "0.0.0.0.d.c.b.a.8.b.d.0.1.0.0.2.ip6.arpa")
	cleanAll(t, Value{Prefix, "2001:db8:abcd::/48", 0}, "c.c.b.a.8.b.d.0.1.0.0.2.ip6.arpa", "8.b.d.0.1.0.0.2.ip6.arpa")
}

// A name stands within another's, and with other marks than full stops.
// Thousands of hosts that begin alike cost a word no more than one.
func TestCase_148_ManyHosts(t *testing.T) {
	var hosts []Value
	for i := range 2000 {
		hosts = append(hosts, Value{Domain, fmt.Sprintf("www.host%d.co.jp", i), i})
	}
	s := compile(t, hosts...)
	found(t, s, 7, mail("see www.host7.co.jp"))
	found(t, s, 1999, mail("see jp.co.host1999.www and ww<b>w</b>.host7.co.jp"))
	clean(t, s, mail("see www.host2000.co.jp and jp.co.host2001.www"))
}

func TestCase_148_NamesInNames(t *testing.T) {
	foundAll(t, Value{Domain, "example.co.jp", 0}, "example.co.jp.isp.example", "www-example-co-jp", "example-co-jp.mail.protection.outlook.com", "mail-example-co-jp.s3.test",
		"www_example_co_jp", "jp/co/example/Main.class", "jp-co-example", "example,co,jp", "example|co|jp", "include:example.co.jp")
	cleanAll(t, Value{Domain, "example.co.jp", 0}, "my-example.co.jp", "example co jp", "jp.co.example-app", "xexample-co-jp", "example-co-jpx")
	cleanAll(t, Value{Domain, "data.com", 0}, "data-com", "data/com")
	foundAll(t, Value{Domain, "kitahost", 0}, "kitahost", "kitahost.isp.test")
	foundAll(t, Value{Domain, "bücher.example", 0}, "xn--bcher-kva.example", "BÜCHER.example", "bucher.example")
	foundAll(t, Value{Domain, "пример.example", 0}, "xn--e1afmkfd.example", "ПРИМЕР.example")
}

func TestCase_148_MailAddressesWritten(t *testing.T) {
	foundAll(t, Value{Email, "taro.tanaka@mail.test", 0}, "taro.tanaka<at>mail.test", "taro.tanaka-at-mail.test", "taro.tanaka_at_mail.test", "taro.tanakaアットmail.test", "taro.tanaka☆mail.test", "taro.tanaka★mail.test",
		"taro.tanaka_mail.test#EXT#@x.onmicrosoft.test", "SRS0=abc=xy=mail.test=taro.tanaka@fwd.test", "mail.test!taro.tanaka", "list-taro.tanaka=mail.test@l.test")
	cleanAll(t, Value{Email, "taro.tanaka@mail.test", 0}, "not-taro.tanaka@mail.test", "taro.tanaka mail.test", "mail.test taro.tanaka")
}

func TestCase_149_NamesWritten(t *testing.T) {
	foundAll(t, Value{Name, "田中 太郎", 0}, "田 中 太 郎", "田中、太郎")
	foundAll(t, Value{Name, "株式会社サンプル", 0}, "㈱サンプル", "（株）サンプル", "(株) ｻﾝﾌﾟﾙ", "サンプル株式会社", "サンプル（株）", "株式会社 サンプル", "株式會社サンプル")
	foundAll(t, Value{Name, "サンプル有限会社", 0}, "有限会社サンプル", "(有)サンプル")
	foundAll(t, Value{Name, "Example Hosting K.K.", 0}, "Example Hosting KK", "Example Hosting", "Example Hosting Co., Ltd.", "ExampleHostingKK")
	foundAll(t, Value{Name, "Tōkyō Denki", 0}, "Tokyo Denki", "TÔKYÔ DENKI", "Tokyō Denki")
	foundAll(t, Value{Name, "Tanaka Taro", 0}, "Tánaka Tarō")
	foundAll(t, Value{Name, "O'Brien, Mary", 0}, "O’Brien, Mary", "Mary O‘Brien")
	foundAll(t, Value{Text, "+81-3-5555-0123", 0}, "0081-3-5555-0123", "03ー5555ー0123", "〇三−五五五五−〇一二三")
	foundAll(t, Value{Text, "03-5555-0123", 0}, "+81 3 5555 0123", "+81 (0)3 5555 0123", "+810355550123", "0355550123")
	foundAll(t, Value{Text, "(secret) plan 9", 0}, "(secret) plan 9", "SECRET) plan 9")
	foundAll(t, Value{Account, "ttanaka", 0}, "ttanaka-laptop", "ttanaka_bak")
	cleanAll(t, Value{Account, "oper", 0}, "oper-ator", "log_oper_1", "log_oper", "my-oper")
	cleanAll(t, Value{Name, "株式会社サンプル", 0}, "サンプル", "株式会社サン")
}

func TestCase_149_ASNumbers(t *testing.T) {
	foundAll(t, Value{ASN, "AS64501", 0}, "AS64501", "autonomous system 64501", "AS path 3356 64501", "AS_PATH: 3356 64501", "remote-as 64501")
	foundAll(t, Value{ASN, "AS4200000001", 0}, "AS64086.59905", "asn 4200000001")
	cleanAll(t, Value{ASN, "AS64501", 0}, "port 64501", "64501", "the system 64501", "AS64502")
}

// A withheld digest of a file is found in every dress, from its end too; and
// so is a digest of a value, written byte by byte.
func TestCase_150_DigestsWritten(t *testing.T) {
	sum := sha256.Sum256([]byte("malware"))
	text := hex.EncodeToString(sum[:])
	spaced := fmt.Sprintf("% X", sum[:])
	all := []string{text, strings.ToUpper(text), "0x" + text, base64.StdEncoding.EncodeToString(sum[:]), base64.RawURLEncoding.EncodeToString(sum[:]), spaced, strings.ReplaceAll(spaced, " ", ":"), strings.ReplaceAll(spaced, " ", "-"),
		text[:32] + "\r\n" + text[32:], text[:16], text[32:], text + ".exe", "x" + text + "y", text[:8] + "-" + text[8:16] + "-" + text[16:]}
	foundAll(t, Value{Hash, text, 0}, all...)
	foundAll(t, Value{Hash, base64.StdEncoding.EncodeToString(sum[:]), 0}, all[:8]...)
	cleanAll(t, Value{Hash, text, 0}, text[:14], text[8:20], strings.Repeat("ab", 32))
	foundAll(t, Value{ASN, "64501", 0}, fmt.Sprintf("%x", md5.Sum([]byte("AS64501"))))
	foundAll(t, Value{Name, "Tanaka Taro", 0}, fmt.Sprintf("%x", md5.Sum([]byte("tanakataro"))))
	foundAll(t, Value{MAC, "00:1b:21:3c:0d:f8", 0}, fmt.Sprintf("%x", md5.Sum([]byte{0, 0x1b, 0x21, 0x3c, 0x0d, 0xf8})))
	crc := crc32.ChecksumIEEE([]byte("203.0.113.77"))
	foundAll(t, Value{IPv4, "203.0.113.77", 0}, fmt.Sprintf("%02x%02x%02x%02x", byte(crc), byte(crc>>8), byte(crc>>16), byte(crc>>24)))
	of := md5.Sum([]byte("203.0.113.77"))
	foundAll(t, Value{IPv4, "203.0.113.77", 0}, fmt.Sprintf("% x", of[:]), strings.ReplaceAll(fmt.Sprintf("% X", of[:]), " ", ":"))
}

// A digest glued to other symbols shows by its padding, also where the same
// symbols stood before without any.
func TestCase_150_PaddingBehindTheSame(t *testing.T) {
	sum := md5.Sum([]byte("203.0.113.77"))
	run := "xy" + base64.RawStdEncoding.EncodeToString(sum[:])
	foundAll(t, Value{IPv4, "203.0.113.77", 0}, run+"==", run+" and "+run+"==")
	cleanAll(t, Value{IPv4, "203.0.113.77", 0}, run)
}

// Names of few Latin letters before others are found by their first letter.
func TestCase_149_ShortLooseNames(t *testing.T) {
	foundAll(t, Value{Name, "A 田中商店", 0}, "A田中商店", "A 田中商店", "a　田中商店")
	foundAll(t, Value{Name, "KIT", 0}, "the KIT net", b64([]byte("\xff\x01is KIT on\x00\xfe")))
}
