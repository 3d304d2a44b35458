package leak

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"
)

// Every rule and every decoder finds something that it alone is named for: if
// one is switched off, its line here fails.
func TestEveryRule(t *testing.T) {
	values := []Value{ipv4(secrets4[0], 1), {Prefix, "192.0.2.0/24", 2}, {IPv6, "2001:db8:77::25", 3}, {MAC, "00:1b:21:3c:0d:f8", 4}, {Name, "田中 太郎", 5}, {Domain, "example.co.jp", 6},
		{Email, "taro@mail.test", 7}, {Account, "ttanaka", 8}, {Path, "/srv/kita/plan.txt", 9}, {URL, "http://kita.test/login?u=7", 10}, {Text, "serial K8F3-KD92", 11},
		{Text, "+81-3-5555-0123", 12}, {ASN, "AS64501", 13}, {Hash, "9f86d081884c7d659a2feaa0c55ad015", 14}}
	s := compile(t, values...)
	ip := []byte("203.0.113.77")
	for _, c := range []struct {
		id         int
		rule, text string
	}{
		{1, ruleIPv4Dotted, "203.0.113.77"}, {1, ruleIPv4Octal, "0313.0.0161.0115"}, {1, ruleIPv4Reversed, "77.113.0.203"}, {1, ruleIPv4Short, "203.0.29005"}, {1, ruleIPv4Dword, "3405803853"},
		{1, ruleIPv4Padded, "ip203000113077"}, {1, ruleIPv4Glued, "1203.0.113.77"}, {3, ruleIPv6Number, "42540766411426455029438125823443861541"}, {4, ruleMACNumber, "116521700856"},
		{1, ruleIPv4Bits, "11001011.00000000.01110001.01001101"}, {1, ruleIPv4Range, "203.0.113.70-80"}, {1, ruleIPv4List, "203.0.113.70,77"}, {1, ruleIPv4Prefix, "203.0.113.76/30"}, {2, ruleIPv4Wildcard, "192.0.2.x"},
		{3, ruleIPv6, "2001:db8:77:0:0:0:0:25"}, {3, ruleIPv6Prefix, "2001:db8:77::/64"}, {3, ruleIPv6Nibble, "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.7.0.0.8.b.d.0.1.0.0.2.ip6.arpa"},
		{4, ruleMAC, "0:1b:21:3c:d:f8"}, {1, ruleIPv4Mapped, "::ffff:cb00:714d"}, {1, ruleIPv4Compat, "::cb00:714d"}, {1, ruleIPv4NAT64, "64:ff9b::cb00:714d"}, {1, ruleIPv46to4, "2002:cb00:714d::1"},
		{1, ruleIPv4Teredo, "2001:0:4136:e378:8000:63bf:34ff:8eb2"}, {1, ruleIPv4ISATAP, "fe80::5efe:cb00:714d"}, {1, ruleIPv4Low, "2001:db8::cb00:714d"}, {1, ruleIPv4Spelt, "2001:db8::203:0:113:77"},
		{4, ruleMACEUI64, "fe80::21b:21ff:fe3c:df8"}, {1, ruleIPv4Binary, "cb00714d"}, {1, ruleIPv4BinaryLE, "4d7100cb"}, {2, ruleIPv4Packet, "4500001400010000400600000a000001c0000209"},
		{3, ruleIPv6Binary, "20010db8007700000000000000000025"}, {3, ruleIPv6BinaryLE, "25000000000000000000" + "7700b80d0120"}, {4, ruleMACBinary, "001b213c0df8"},
		{5, ruleNameBinary, hex.EncodeToString([]byte("田中 太郎"))}, {14, ruleHash, "9f86d081884c7d659a2feaa0c55ad015"},
		{1, ruleMD5, fmt.Sprintf("%x", md5.Sum(ip))}, {1, ruleSHA1, fmt.Sprintf("%x", sha1.Sum(ip))}, {1, ruleSHA256, fmt.Sprintf("%x", sha256.Sum256(ip))},
		{1, ruleCRC32, fmt.Sprintf("%08x", crc32.ChecksumIEEE(ip))}, {1, ruleMurmur3, fmt.Sprint(murmur3(ip))}, {6, ruleDomain, "www.example.co.jp"}, {6, ruleDomainReversed, "jp.co.example"}, {7, ruleEmail, "taro@mail.test"}, {5, ruleName, "田中太郎"},
		{8, ruleAccount, "ttanaka"}, {9, rulePath, `\srv\kita\plan.txt`}, {10, ruleURL, "hxxp://kita.test/login?u=7"}, {11, ruleText, "serial k8f3-kd92"}, {12, rulePhone, "03-5555-0123"}, {13, ruleASN, "AS64501"},
		{1, "base64>ipv4-dotted", b64([]byte("from 203.0.113.77"))}, {1, "hex>ipv4-dotted", hex.EncodeToString([]byte("from 203.0.113.77"))}, {1, "qp>ipv4-dotted", "=32=30=33.0.113.77"},
		{1, "percent>ipv4-dotted", "%32%30%33.0.113.77"}, {1, "entity>ipv4-dotted", "&#50;03.0.113.77"}, {1, "backslash>ipv4-dotted", `\u0032\u0030\u0033.0.113.77`}, {1, "utf-7>ipv4-dotted", "203+AC4-0.113.77"},
		{1, "rfc2047>ipv4-dotted", "=?us-ascii?Q?=32=30=33.0.113.77?="}, {1, "rfc2231>ipv4-dotted", "name*0=203.0;name*1=.113.77;"}, {1, "join>ipv4-dotted", "203.0.1\r\n13.77"}, {4, "defang>mac-binary", "00[:]1b[:]21[:]3c[:]0d[:]f8"},
		{1, "iso-2022-jp>unicode>ipv4-dotted", "\x1b$B" + jisDigits("203.0.113.77") + "\x1b(B"}, {1, "unicode>ipv4-dotted", "２０３．０．１１３．７７"}, {5, "euc-jp>name", "\xc5\xc4\xc3\xe6\xc2\xc0\xcf\xba"},
		{5, "shift_jis>name", "\x93\x63\x92\x86\x91\xbe\x98\x59"}, {1, "gzip>ipv4-dotted", b64(gz([]byte("from 203.0.113.77")))},
		{1, "utf-16>ipv4-dotted", strings.Join(strings.Split("from 203.0.113.77 to port 22", ""), "\x00") + "\x00"}, {1, "bits>ipv4-dotted", b64([]byte("\x01\x02203.0.113.77\x01\x02"))},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var got []string
			for _, f := range s.Scan(mail("x " + c.text + " y")).Findings {
				if f.ID == c.id && (f.Rule == c.rule || strings.HasSuffix(f.Rule, ">"+c.rule)) {
					return
				}
				got = append(got, f.Rule)
			}
			t.Errorf("%q: not found by it, but by %v", c.text, got)
		})
	}
}
