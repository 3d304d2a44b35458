package leak

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"net/netip"
	"strings"
	"unicode/utf16"
)

// spelling is one way to write a value, and what finds it.
type spelling struct{ name, text string }

// spellings4 are the spellings of disclosure.md 8 for the address, written
// anew for each: nothing here is shared with the scanner.
func spellings4(a [4]byte) []spelling {
	n := binary.BigEndian.Uint32(a[:])
	dotted := fmt.Sprintf("%d.%d.%d.%d", a[0], a[1], a[2], a[3])
	hex8 := fmt.Sprintf("%08x", n)
	h1, h2 := hex8[:4], hex8[4:]
	wide := strings.Map(func(r rune) rune { return r - '!' + '！' }, dotted)
	arabic := strings.Map(func(r rune) rune {
		if r == '.' {
			return r
		}
		return r - '0' + '٠'
	}, dotted)
	raw := string(a[:])
	back := []byte{a[3], a[2], a[1], a[0]}
	md, s1, s2 := md5.Sum([]byte(dotted)), sha1.Sum([]byte(dotted)), sha256.Sum256([]byte(dotted))
	mdb, s1b, s2b := md5.Sum(a[:]), sha1.Sum(a[:]), sha256.Sum256(a[:])
	inv := fmt.Sprintf("%08x", ^n)
	utf := func(order binary.ByteOrder) []byte {
		var out []byte
		for _, u := range utf16.Encode([]rune(dotted)) {
			out = append(out, 0, 0)
			order.PutUint16(out[len(out)-2:], u)
		}
		return out
	}
	b64 := base64.StdEncoding
	return []spelling{
		{"dotted", dotted},
		{"padded", fmt.Sprintf("%03d.%03d.%03d.%03d", a[0], a[1], a[2], a[3])},
		{"octal", fmt.Sprintf("%04o.%d.%04o.%04o", a[0], a[1], a[2], a[3])},
		{"octal all", fmt.Sprintf("%04o.%04o.%04o.%04o", a[0], a[1], a[2], a[3])},
		{"hex parts", fmt.Sprintf("%#x.%#x.%#x.%#x", a[0], a[1], a[2], a[3])},
		{"mixed bases", fmt.Sprintf("%#x.%d.%04o.%d", a[0], a[1], a[2], a[3])},
		{"hex dword", "0x" + strings.ToUpper(hex8)},
		{"hex dword bare", strings.ToUpper(hex8)},
		{"dword", fmt.Sprint(n)},
		{"dword octal", fmt.Sprintf("%#o", n)},
		{"dword signed", fmt.Sprint(int32(n))},
		{"three parts", fmt.Sprintf("%d.%d.%d", a[0], a[1], n&0xffff)},
		{"two parts", fmt.Sprintf("%d.%d", a[0], n&0xffffff)},
		{"in-addr.arpa", fmt.Sprintf("%d.%d.%d.%d.in-addr.arpa", a[3], a[2], a[1], a[0])},
		{"reversed", fmt.Sprintf("%d.%d.%d.%d", a[3], a[2], a[1], a[0])},
		{"hyphens", fmt.Sprintf("%d-%d-%d-%d", a[0], a[1], a[2], a[3])},
		{"underscores", fmt.Sprintf("%d_%d_%d_%d", a[0], a[1], a[2], a[3])},
		{"x", fmt.Sprintf("%dx%dx%dx%d", a[0], a[1], a[2], a[3])},
		{"ptr name", fmt.Sprintf("host%d-%d-%d-%d.dyn.example.net", a[3], a[2], a[1], a[0])},
		{"ptr name forward", fmt.Sprintf("r-%d-%d-%d-%d.example.net", a[0], a[1], a[2], a[3])},
		{"ptr dots", fmt.Sprintf("%d.%d.%d.%d.dyn.example.net", a[3], a[2], a[1], a[0])},
		{"ptr padded", fmt.Sprintf("ip%03d%03d%03d%03d", a[0], a[1], a[2], a[3])},
		{"ptr hex", "ip" + hex8 + ".example.net"},
		{"mapped", "::ffff:" + dotted},
		{"mapped hex", fmt.Sprintf("::ffff:%s:%s", h1, h2)},
		{"mapped long", fmt.Sprintf("0:0:0:0:0:FFFF:%s:%s", strings.ToUpper(h1), strings.ToUpper(h2))},
		{"compatible", "::" + dotted},
		{"compatible hex", fmt.Sprintf("::%s:%s", h1, h2)},
		{"nat64", fmt.Sprintf("64:ff9b::%s:%s", h1, h2)},
		{"nat64 dotted", "64:ff9b::" + dotted},
		{"nat64 local", fmt.Sprintf("64:ff9b:1::%s:%s", h1, h2)},
		{"6to4", fmt.Sprintf("2002:%s:%s::1", h1, h2)},
		{"teredo", fmt.Sprintf("2001:0:4136:e378:8000:63bf:%s:%s", inv[:4], inv[4:])},
		{"teredo server", fmt.Sprintf("2001:0:%s:%s:8000:63bf:3fff:fdd2", h1, h2)},
		{"isatap", fmt.Sprintf("fe80::5efe:%s:%s", h1, h2)},
		{"isatap global", fmt.Sprintf("2001:db8::200:5efe:%s:%s", h1, h2)},
		{"spelt in v6", fmt.Sprintf("2001:db8::%d:%d:%d:%d", a[0], a[1], a[2], a[3])},
		{"hex dump", "4500 003c 1c46 4000 4006 " + h1 + " " + h2 + " c633 6407"},
		{"hex dump bytes", fmt.Sprintf("00 11 %02x %02x %02x %02x 2a", a[0], a[1], a[2], a[3])},
		{"hex colons", fmt.Sprintf("%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3])},
		{"hex list", fmt.Sprintf("{0x%02x, 0x%02x, 0x%02x, 0x%02x}", a[0], a[1], a[2], a[3])},
		{"hex run", "deadbeef" + hex8 + "0101"},
		{"little-endian", hex.EncodeToString(back)},
		{"proc net", strings.ToUpper(hex.EncodeToString(back)) + ":01BB"},
		{"backslash x", fmt.Sprintf(`\x%02x\x%02x\x%02x\x%02x`, a[0], a[1], a[2], a[3])},
		{"defanged", strings.ReplaceAll(dotted, ".", "[.]")},
		{"defanged once", strings.Replace(dotted, ".", "[.]", 1)},
		{"defanged round", strings.ReplaceAll(dotted, ".", "(.)")},
		{"defanged dot", strings.ReplaceAll(dotted, ".", "[dot]")},
		{"defanged words", strings.ReplaceAll(dotted, ".", " dot ")},
		{"defanged curly", strings.ReplaceAll(dotted, ".", "{.}")},
		{"regexp", strings.ReplaceAll(dotted, ".", `\.`)},
		{"blanks", strings.ReplaceAll(dotted, ".", " . ")},
		{"ideographic", strings.ReplaceAll(dotted, ".", "。")},
		{"halfwidth stop", strings.ReplaceAll(dotted, ".", "｡")},
		{"middle dot", strings.ReplaceAll(dotted, ".", "·")},
		{"one dot leader", strings.ReplaceAll(dotted, ".", "․")},
		{"commas", strings.ReplaceAll(dotted, ".", ", ")},
		{"fullwidth", wide},
		{"arabic digits", arabic},
		{"zero width", strings.ReplaceAll(dotted, ".", "\u200b.\u200d")},
		{"soft hyphen", dotted[:2] + "\u00ad" + dotted[2:]},
		{"port", dotted + ":443"},
		{"brackets", "[" + dotted + "]"},
		{"tcpdump", "IP " + dotted + ".443 > 198.51.100.9.80"},
		{"snmp", "1.3.6.1.2.1.4.20.1.1." + dotted},
		{"host prefix", dotted + "/32"},
		{"prefix 30", netip.PrefixFrom(netip.AddrFrom4(a), 30).Masked().String()},
		{"prefix 25", netip.PrefixFrom(netip.AddrFrom4(a), 25).Masked().String()},
		{"netmask", netip.PrefixFrom(netip.AddrFrom4(a), 29).Masked().Addr().String() + " 255.255.255.248"},
		{"wildcard mask", netip.PrefixFrom(netip.AddrFrom4(a), 29).Masked().Addr().String() + " 0.0.0.7"},
		{"braces", fmt.Sprintf("%d.%d.%d.{%d}", a[0], a[1], a[2], a[3])},
		{"braces list", fmt.Sprintf("%d.%d.%d.{%d,%d}", a[0], a[1], a[2], a[3]^1, a[3])},
		{"url userinfo", "http://" + dotted + "@x"},
		{"url", "hxxp://" + dotted + "/a"},
		{"url dword", fmt.Sprintf("http://%d/", n)},
		{"percent", percentAll(dotted)},
		{"percent stops", strings.ReplaceAll(dotted, ".", "%2e")},
		{"percent twice", strings.ReplaceAll(percentAll(dotted), "%", "%25")},
		{"entity", fmt.Sprintf("&#%d;%s", dotted[0], dotted[1:])},
		{"entity hex", entityAll(dotted)},
		{"entity stop", strings.ReplaceAll(dotted, ".", "&period;")},
		{"backslash u", backslashAll(dotted)},
		{"base64", b64.EncodeToString([]byte(dotted))},
		{"base64 of text 1", b64.EncodeToString([]byte("a" + dotted + " b"))},
		{"base64 of text 2", b64.EncodeToString([]byte("ab" + dotted + " c"))},
		{"base64 skewed 1", "x" + b64.EncodeToString([]byte(dotted))},
		{"base64 skewed 2", "xy" + b64.EncodeToString([]byte(dotted))},
		{"base64 skewed 3", "xyz" + b64.EncodeToString([]byte(dotted))},
		{"base64 url", base64.URLEncoding.EncodeToString([]byte("??>" + dotted))},
		{"base64 bytes 0", b64.EncodeToString([]byte(raw + "zz"))},
		{"base64 bytes 1", b64.EncodeToString([]byte("\x80" + raw + "\x81\x99"))},
		{"base64 bytes 2", b64.EncodeToString([]byte("\x80\x81" + raw))},
		{"hex of text", hex.EncodeToString([]byte(dotted))},
		{"hex of text spaced", strings.TrimSpace(fmt.Sprintf("% x", dotted))},
		{"utf-16 le base64", b64.EncodeToString(utf(binary.LittleEndian))},
		{"utf-16 be base64", b64.EncodeToString(utf(binary.BigEndian))},
		{"utf-7", strings.ReplaceAll(dotted, ".", "+AC4-")},
		{"iso-2022-jp digits", "\x1b$B" + jisDigits(dotted) + "\x1b(B"},
		{"md5", hex.EncodeToString(md[:])},
		{"sha1", strings.ToUpper(hex.EncodeToString(s1[:]))},
		{"sha256", hex.EncodeToString(s2[:])},
		{"md5 bytes", hex.EncodeToString(mdb[:])},
		{"sha1 bytes", hex.EncodeToString(s1b[:])},
		{"sha256 bytes", hex.EncodeToString(s2b[:])},
		{"md5 base64", b64.EncodeToString(md[:])},
		{"sha1 base64", b64.EncodeToString(s1[:])},
		{"sha256 base64", b64.EncodeToString(s2[:])},
		{"crc32", fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(dotted)))},
		{"dword colon", "dword:" + hex8},
		{"line wrap", dotted[:len(dotted)-1] + "\r\n" + dotted[len(dotted)-1:]},
		{"line wrap indented", dotted[:len(dotted)-1] + "\r\n   " + dotted[len(dotted)-1:]},
		{"quoted wrap", dotted[:len(dotted)-1] + "\r\n> " + dotted[len(dotted)-1:]},
		{"comment", dotted[:len(dotted)-1] + "<!-- n -->" + dotted[len(dotted)-1:]},
		{"elements", "<a>" + dotted[:len(dotted)-1] + "</a>\r\n<a k=\"v\">" + dotted[len(dotted)-1:] + "</a>"},
		{"cdata", "<![CDATA[" + dotted[:4] + "]]><![CDATA[" + dotted[4:] + "]]>"},
		{"columns", fmt.Sprintf("<td>%d</td><td>%d</td><td>%d</td><td>%d</td>", a[0], a[1], a[2], a[3])},
		{"table", fmt.Sprintf("| %d | %d | %d | %d |", a[0], a[1], a[2], a[3])},
		{"last apart", fmt.Sprintf("%d.%d.%d. %d", a[0], a[1], a[2], a[3])},
		{"quoted parts", fmt.Sprintf("\"%d.%d.%d.\" + \"%d\"", a[0], a[1], a[2], a[3])},
	}
}

func percentAll(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02x", s[i])
	}
	return b.String()
}

func entityAll(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "&#x%x;", s[i])
	}
	return b.String()
}

func backslashAll(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, `\u%04x`, s[i])
	}
	return b.String()
}

// jisDigits are the full-width forms in JIS X 0208.
func jisDigits(s string) string {
	return strings.NewReplacer("0", "#0", "1", "#1", "2", "#2", "3", "#3", "4", "#4", "5", "#5", "6", "#6",
		"7", "#7", "8", "#8", "9", "#9", ".", "!%").Replace(s)
}
