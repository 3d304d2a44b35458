package leak

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
)

// A value as zone files, programs and people write it besides.
func TestCase_148_MoreSpellings(t *testing.T) {
	foundAll(t, Value{Email, "taro.tanaka@example.co.jp", 0}, `taro\.tanaka.example.co.jp.`, "taro.tanaka.example.co.jp", "taro_dot_tanaka_at_example_dot_co_dot_jp")
	foundAll(t, Value{Email, "sato@kita.test", 0}, "sato_at_kita_dot_test", "sato-at-kita-dot-test")
	cleanAll(t, Value{Email, "www@kita.test", 0}, "www.kita.test", "www-kita-test")
	foundAll(t, Value{Domain, "example.co.jp", 0}, "example-dot-co-dot-jp", "example_DOT_co_DOT_jp")
	cleanAll(t, Value{Domain, "example.co.jp", 0}, "example-dots-co-dots-jp")
	url := Value{URL, "http://shop.kita.test/login/step2?u=7", 0}
	foundAll(t, url, "http://shop.kita.test:80/login/step2?u=7", "http://shop.kita.test./login/step2?u=7", "shop.kita.test.:8080/login/step2?u=7", "hxxp://shop[.]kita[.]test/login/step2?u=7")
	cleanAll(t, url, "http://shop.kita.test:80", "http://shop.kita.test:/login", "http://shop.kita.test.net/login/step2?u=7")
}

func TestCase_143_MoreSpellings(t *testing.T) {
	foundAll(t, Value{IPv4, "203.0.113.77", 0}, "203.0.113.70〜80", `\u00cb\u0000\u0071\u004d`)
	foundAll(t, Value{MAC, "00:1b:21:3c:0d:f8", 0}, "d66c31dd910eeea410e1c7469ace9331")
}

// Names of the reverse zone, and those that providers make of an address.
func TestCase_143_NamesOfPools(t *testing.T) {
	v := Value{IPv4, "203.0.113.77", 0}
	foundAll(t, v, "77.64/26.113.0.203.in-addr.arpa", "77.64-127.113.0.203.in-addr.arpa.", "77.203-0-113.isp.example", "ppp077.203-0-113.isp.example", "ip-77-203-0-113.isp.example")
	cleanAll(t, v, "78.64/26.113.0.203.in-addr.arpa", "77.203.0.113", "78.203-0-113.isp.example", "77-203-0-113", "277.64/26.113.0.203.in-addr.arpa")
	s, err := Compile([]Value{{IPv4, "203.0.113.77", 1}}, []Value{{IPv4, "77.203.0.113", 2}})
	if err != nil {
		t.Fatal(err)
	}
	clean(t, s, mail("77-203-0-113.isp.example"))
}

// A compressed body is inflated where it stands as bytes.
func TestCase_145_CompressedBodies(t *testing.T) {
	s := compile(t, Value{IPv4, "203.0.113.77", 1})
	for _, text := range []string{"seen 203.0.113.77", strings.Repeat("line one two\n", 9) + "seen 203.0.113.77"} {
		field := "Content-Type: application/gzip\r\nContent-Transfer-Encoding: "
		found(t, s, 1, with(field+"binary\r\n\r\n"+string(gz([]byte(text)))))
		found(t, s, 1, with(field+"quoted-printable\r\n\r\n"+qpAll(gz([]byte(text)))))
	}
}

// What looks like one escape must not eat the digits of a value in another,
// however often that was undone before.
func TestCase_146_EscapesThatEatDigits(t *testing.T) {
	v := ipv4(secrets4[0], 0)
	foundAll(t, v, "c=203%252E0%252E113%252E77", "c=203&#37;2E0&#37;2E113&#37;2E77", `c=203\\u002e0\\u002e113\\u002e77`, "c=203%26%2346;0%26%2346;113%26%2346;77", "c=203%25252E0.113.77",
		`c=203\x25\x32E0.113.77`, "c=203&amp;#46;0.113.77", b64([]byte("see c=203%252E0%252E113%252E77")))
	foundAll(t, Value{IPv4, "100.0.113.77", 0}, "+100&#37;2E0&#37;2E113&#37;2E77", "+100%252E0%252E113%252E77")
	foundAll(t, Value{Domain, "ad.example.net", 0}, "d=ad%252Eexample%252Enet")
	s := compile(t, ipv4(secrets4[0], 1))
	far := strings.Repeat("so it goes on and on ", 99)
	message := "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n%2541 " + far + "\r\n--x\r\n\r\n" + far + "c=20 %2532%2530%2533%252E0%252E113%252E77\r\n--x--\r\n"
	for _, f := range found(t, s, 1, []byte(message)) {
		if f.Where != "part 2" {
			t.Errorf("%s found in %s", f.Rule, f.Where)
		}
	}
}

// A phone number is found as it is dialled in its country, whichever that is.
func TestCase_149_PhoneNumbersOfACountry(t *testing.T) {
	for number, texts := range map[string][]string{
		"+81-3-5555-0147":  {"03-5555-0147", "(03)5555-0147", "0355550147", "０３－５５５５－０１４７", "+81 (0)3 5555 0147", "0081 3 5555 0147", "010-81-3-5555-0147", "81355550147", "３（５５５５）０１４７", "03-5555-\r\n0147"},
		"+49 30 5555 0147": {"030 5555 0147", "(030) 5555-0147", "030/55550147", "+49 (0)30 5555 0147", "0049 30 55550147", "tel:+493055550147"},
		"+1-305-555-0147":  {"(305) 555-0147", "305.555.0147", "1 305 555 0147", "3055550147"},
		"+353 1 555 0147":  {"01 555 0147", "(01) 5550147", "00353 1 555 0147"},
	} {
		foundAll(t, Value{Text, number, 0}, texts...)
		cleanAll(t, Value{Text, number, 0}, "555 0147", "5555-0147", "2026-11-20 03:55:01 147", "id 903555501479", "0355501", "0555-0147")
	}
	cleanAll(t, Value{Text, "+352 555014", 0}, "0555014")
	foundAll(t, Value{Text, "03-5555-0147", 0}, "+81-3-5555-0147", "+81 (0)3-5555-0147", "0355550147")
}

// A name is found in bytes in spite of an accent, and a host as DNS sends it.
func TestCase_145_TextAmongBytes(t *testing.T) {
	for _, text := range []string{"J\u00f6rg Schmidt", "Ren\u00e9 Lefebvre", "\u014csaka Denki", "Carlos Ib\u00e1\u00f1ez"} {
		v := Value{Name, text, 0}
		foundAll(t, v, b64([]byte(text)), hex.EncodeToString([]byte(text)), b64([]byte("\xff\x01"+text+"\x00\xfe")), hex.EncodeToString([]byte("\x00"+text+"\x9d\x02")))
		cleanAll(t, v, b64([]byte("\x00"+text[1:]+"\x9d\x02")))
	}
	v := Value{Domain, "www.example.net", 0}
	wire := "\x03www\x07example\x03net\x00"
	foundAll(t, v, hex.EncodeToString([]byte(wire)), b64([]byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"+wire+"\x00\x01\x00\x01")), "/DC=net/DC=example/DC=www", "/CN=x/DC=www/DC=example/DC=net")
	cleanAll(t, v, hex.EncodeToString([]byte("\x03wwx\x07example\x03net\x00")), "/DC=www/DD=example/DC=net")
}

// The digest of a name in Unicode is met in whichever form it was withheld.
func TestCase_150_DigestsOfNamesInUnicode(t *testing.T) {
	for _, name := range []string{"b\u00fccher.example", "xn--bcher-kva.example"} {
		for _, text := range []string{"b\u00fccher.example", "xn--bcher-kva.example"} {
			sum := sha256.Sum256([]byte(text))
			foundAll(t, Value{Domain, name, 0}, hex.EncodeToString(sum[:]))
		}
	}
}

// TestShortURL: of a URL whose host is too short to be looked for alone the
// scheme is looked for too.
func TestShortURL(t *testing.T) {
	s := compile(t, Value{Kind: URL, Text: "http://nas/"})
	for text, clean := range map[string]bool{"at http://nas/ now": false, "at http://nas now": false, "the nas is full": true, "http://nasa.example/": true} {
		if r := s.Scan([]byte("Subject: x\r\n\r\n" + text + "\r\n")); r.Err != nil || r.Clean != clean {
			t.Errorf("%q is clean: %v, %v", text, r.Clean, r.Err)
		}
	}
}
