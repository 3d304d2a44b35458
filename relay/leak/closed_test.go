package leak

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// Whatever is wrong with a message, it is not clean.
func TestCase_158_FailsClosed(t *testing.T) {
	s := compile(t, ipv4(secrets4[0], 1))
	multi := "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhello\r\n--x--\r\n"
	clean(t, s, []byte(multi))
	clean(t, s, []byte(strings.ReplaceAll(multi, "\r\n", "\n")))
	for name, m := range map[string]string{
		"empty":                "",
		"no header":            "hello\r\n\r\nhello\r\n",
		"cut in header":        "From: a@b.example\r\nSubject: he",
		"no body":              "From: a@b.example\r\nSubject: hello\r\n",
		"cut in part":          strings.TrimSuffix(multi, "--x--\r\n"),
		"no boundary":          strings.Replace(multi, "; boundary=x", "", 1),
		"unknown encoding":     "From: a@b.example\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nhello\r\n",
		"parts without end":    "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + strings.Repeat("--x\r\n\r\n", 3000) + "--x--\r\n",
		"messages without end": strings.Repeat("Content-Type: message/rfc822\r\n\r\n", 100) + "a: b\r\n\r\nx\r\n",
		"nested too deep":      string(mail(nest("hello hello hello hello hello", 12))),
		"percent without end":  string(mail("%" + strings.Repeat("25", 20) + "41")),
		"bomb":                 string(mail(base64.StdEncoding.EncodeToString(gz(make([]byte, 65<<20))))),
		"bomb in a bomb":       string(mail(base64.StdEncoding.EncodeToString(gz(gz(make([]byte, 65<<20)))))),
	} {
		t.Run(name, func(t *testing.T) {
			if r := s.Scan([]byte(m)); r.Clean || r.Err == nil {
				t.Errorf("clean %v, error %v", r.Clean, r.Err)
			}
		})
	}
}

func nest(text string, n int) string {
	for range n {
		text = base64.StdEncoding.EncodeToString([]byte(text))
	}
	return text
}

func TestCase_158_ErrorsAreOfTheirKind(t *testing.T) {
	s := compile(t, ipv4(secrets4[0], 1))
	for want, m := range map[error][]byte{ErrDepth: mail(nest("hello hello hello hello hello", 12)), ErrFormat: []byte("x"),
		ErrBudget: mail(base64.StdEncoding.EncodeToString(gz(make([]byte, 65<<20))))} {
		if r := s.Scan(m); !errors.Is(r.Err, want) {
			t.Errorf("error %v, want %v", r.Err, want)
		}
	}
}

// A panic of a rule is an error of the scan, without the text of the panic.
func TestCase_158_PanicIsNotClean(t *testing.T) {
	s := compile(t, ipv4(secrets4[0], 1))
	s.v4next = nil // the scan runs out of its tables at the first finding
	r := s.Scan(mail("203.0.113.77"))
	if r.Clean || r.Err == nil || strings.Contains(r.Err.Error(), "range") {
		t.Errorf("%v %v", r.Clean, r.Err)
	}
}

func TestCase_158_BrokenMessageStillTellsFindings(t *testing.T) {
	s := compile(t, ipv4(secrets4[0], 1))
	if r := s.Scan([]byte("From: a@b.example\r\nSubject: 203.0.113.77")); len(r.Findings) == 0 {
		t.Error("nothing found")
	}
}

// A value that cannot be read must stop everything; the error must not hold it.
func TestCase_158_UncompilableValues(t *testing.T) {
	for _, v := range []Value{{IPv4, "203.0.113", 9}, {IPv4, "2001:db8::1", 9}, {IPv6, "2001:db8:::1", 9}, {Prefix, "203.0.113.0", 9}, {MAC, "00:11:22", 9}, {MAC, "zz:11:22:33:44:55", 9},
		{Domain, "exa mple.jp", 9}, {Domain, "a..b", 9}, {Domain, ".", 9}, {Email, "taro", 9}, {Email, "@b.example", 9}, {ASN, "ASx", 9}, {ASN, "99999999999", 9}, {URL, "x", 9},
		{Name, "", 9}, {Text, "  ", 9}, {"phone", "1", 9}} {
		for _, side := range [][2][]Value{{{v}, nil}, {nil, {v}}} {
			if side[0] == nil && v.Kind != IPv4 && v.Kind != IPv6 && v.Kind != Prefix && v.Text != "" {
				continue // a kept text that no rule reads excuses nothing
			}
			_, err := Compile(side[0], side[1])
			if err == nil {
				t.Errorf("%s %q compiles", v.Kind, v.Text)
			} else if v.Text != "" && len(v.Text) > 4 && strings.Contains(err.Error(), v.Text) {
				t.Errorf("error holds the value: %v", err)
			}
		}
	}
	same := []Value{{Domain, "example.co.jp", 1}}
	if _, err := Compile(same, []Value{{Domain, "Example.co.jp", 2}}); err == nil {
		t.Error("a value both withheld and kept compiles")
	}
	if _, err := Compile([]Value{{IPv6, "::ffff:203.0.113.77", 1}}, []Value{{IPv4, "203.0.113.77", 2}}); err == nil {
		t.Error("an address both withheld and kept compiles")
	}
}

// Findings name the value by its ID and our own places, nothing of the text.
func TestFindingsHoldNoText(t *testing.T) {
	s := compile(t, ipv4(secrets4[0], 7), Value{Name, "Tanaka Taro", 8})
	m := []byte("From: a@b.example\r\nSubject: Tanaka Taro\r\nX-Tanaka: 203.0.113.77\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" +
		"--x\r\nContent-Type: text/plain; name=\"Tanaka Taro\"\r\n\r\nhello\r\n--x\r\n\r\n" + b64([]byte("from 203.0.113.77")) + "\r\n--x--\r\n")
	r := s.Scan(m)
	want := []Finding{{8, "name", "header subject"}, {7, "ipv4-dotted", "header"}, {8, "name", "part 1 header content-type"}, {7, "base64>ipv4-dotted", "part 2"}}
	if !reflect.DeepEqual(r.Findings, want) {
		t.Errorf("findings %v, want %v", r.Findings, want)
	}
	if &r.Message[0] != &m[0] || len(r.Message) != len(m) {
		t.Error("the result is of other bytes")
	}
}

// A kept value is not stopped for what it happens to contain.
func TestKeptValues(t *testing.T) {
	for _, c := range []struct {
		name           string
		withheld, kept Value
		text           string
		clean          bool
	}{
		{"name below a withheld domain", Value{Domain, "example.co.jp", 1}, Value{Domain, "www.example.co.jp", 2}, "see www.example.co.jp", true},
		{"the domain elsewhere", Value{Domain, "example.co.jp", 1}, Value{Domain, "www.example.co.jp", 2}, "see www.example.co.jp and example.co.jp", false},
		{"organisation in a domain", Value{Name, "Kitanet", 1}, Value{Domain, "kitanet.net", 2}, "see kitanet.net", true},
		{"account in an address", Value{Account, "ttanaka", 1}, Value{Email, "ttanaka@b.example", 2}, "to ttanaka@b.example", true},
		{"address read backwards", Value{IPv4, "77.113.0.203", 1}, Value{IPv4, "203.0.113.77", 2}, "from 203.0.113.77", true},
		{"network of a kept prefix", Value{IPv4, "203.0.113.0", 1}, Value{Prefix, "203.0.113.0/24", 2}, "from 203.0.113.0/24", true},
		{"prefix as allowed", Value{IPv4, "203.0.113.77", 1}, Value{Prefix, "203.0.113.64/26", 2}, "from 203.0.113.64/26", true},
		{"prefix longer than allowed", Value{IPv4, "203.0.113.77", 1}, Value{Prefix, "203.0.113.64/26", 2}, "from 203.0.113.76/30", false},
		{"prefix wider than usual, longer than allowed", Value{IPv4, "203.0.113.77", 1}, Value{Prefix, "203.0.0.0/16", 2}, "from 203.0.112.0/20", false},
		{"prefix around", Value{IPv4, "203.0.113.77", 1}, Value{IPv4, "198.51.100.1", 2}, "from 203.0.113.0/24", true},
		{"kept address in a withheld network", Value{Prefix, "203.0.113.0/24", 1}, Value{IPv4, "203.0.113.9", 2}, "from 203.0.113.9", true},
		{"digest holding an image", Value{IPv4, "203.0.113.77", 1}, Value{Hash, "cb00714d884c7d659a2feaa0c55ad015", 2}, "md5 cb00714d884c7d659a2feaa0c55ad015", true},
		{"image beside a digest", Value{IPv4, "203.0.113.77", 1}, Value{Hash, "aa00714d884c7d659a2feaa0c55ad015", 2}, "md5 cb00714d884c7d659a2feaa0c55ad015", false},
		{"name that spells an address", Value{IPv4, "203.0.113.77", 1}, Value{Domain, "r-203-0-113-77.isp.example", 2}, "r-203-0-113-77.isp.example", false},
		{"url of an address", Value{IPv4, "203.0.113.77", 1}, Value{URL, "http://203.0.113.77/a", 2}, "http://203.0.113.77/a", false},
		{"host glued to a kept one", Value{Domain, "example.co.jp", 1}, Value{Domain, "mail.example.co.jp", 2}, "see xmail.example.co.jp", false},
		{"host joined to a kept one", Value{Domain, "example.co.jp", 1}, Value{Domain, "mail.example.co.jp", 2}, "see x-mail.example.co.jp", false},
		{"host glued to a kept one and again", Value{Domain, "example.co.jp", 1}, Value{Domain, "mail.example.co.jp", 2}, "see mail.example.co.jp, amail.example.co.jp", false},
		{"name glued to a kept one", Value{Name, "Kita Bank", 1}, Value{Text, "Kita Bank report", 2}, "a Kita Bank reporter", false},
		{"mailbox of a kept one", Value{Domain, "kita.test", 1}, Value{Email, "taro@kita.test", 2}, "to n.taro@kita.test", false},
		{"kept host behind an escape", Value{Domain, "example.co.jp", 1}, Value{Domain, "mail.example.co.jp", 2}, `"\nmail.example.co.jp \u000amail.example.co.jp" %2Fmail.example.co.jp`, true},
		{"kept host behind a flowed line", Value{Domain, "example.co.jp", 1}, Value{Domain, "mail.example.co.jp", 2}, "see \r\nmail.example.co.jp", true},
		{"host behind an escape, glued", Value{Domain, "example.co.jp", 1}, Value{Domain, "mail.example.co.jp", 2}, `\x78mail.example.co.jp`, false},
		{"kept host below a host", Value{Domain, "example.co.jp", 1}, Value{Domain, "mail.example.co.jp", 2}, "see a.mail.example.co.jp", true},
		{"name beside a kept one in full-width letters", Value{Name, "Kita", 1}, Value{Name, "ＫＩＴＡＮＥＴ", 2}, "kitanet, Kita and so on", false},
		{"range from a kept address", Value{Prefix, "203.0.113.0/24", 1}, Value{IPv4, "203.0.113.77", 2}, "203.0.113.77-80", false},
		{"tens of a kept address", Value{Prefix, "203.0.113.0/24", 1}, Value{IPv4, "203.0.113.7", 2}, "203.0.113.7x", false},
		{"kept address and a port", Value{Prefix, "203.0.113.0/24", 1}, Value{IPv4, "203.0.113.77", 2}, "203.0.113.77-25", true},
		{"kept IPv6 in a withheld network", Value{Prefix, "2001:db8::/32", 1}, Value{IPv6, "2001:db8::9", 2}, "from 2001:db8::9", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Compile([]Value{c.withheld}, []Value{c.kept})
			if err != nil {
				t.Fatal(err)
			}
			if r := s.Scan(mail(c.text)); r.Clean != c.clean {
				t.Errorf("clean %v, want %v: %v %v", r.Clean, c.clean, r.Findings, r.Err)
			}
		})
	}
}

// Short and common values: what stands alone is not told from other text.
func TestCase_159_ShortAndCommonValues(t *testing.T) {
	s := compile(t, Value{Name, "jp", 1}, Value{Text, "10", 2}, Value{Domain, "www", 3}, Value{Name, "林", 4}, ipv4([4]byte{1, 2, 3, 4}, 5), ipv4([4]byte{10, 0, 0, 1}, 6),
		ipv4([4]byte{20, 12, 14, 7}, 7), ipv4([4]byte{1, 3, 6, 1}, 8), Value{Account, "root", 9}, Value{ASN, "AS22", 10}, Value{Path, "/tmp", 11}, Value{Name, "KIT", 12})
	if got := s.Weak(); !reflect.DeepEqual(got, []int{1, 2, 3, 4, 11}) {
		t.Errorf("weak values %v", got)
	}
	for _, text := range []string{"example.jp has 10 hosts, www.example.jp", "OpenSSL version 1.2.3.4", "curl/1.2.3.4", "libx-1.2.3.4", "v1.2.3.4", "firmware 1.2.3.4-5", "1.2.3.4.5",
		"2020-12-14 07:00:00 20 12:14:07", "20-12-14-07", "oid 1.3.6.1.4.1.311", "1.3.6.1.2.1.4.20", "Windows 10.0.1", "10-0-0-1", "port 22", "root cause", "kit", "a.kit.example", "0a000001 is not packed with 00000001"} {
		if strings.Contains(text, "0a000001") {
			continue // eight hex digits are the address
		}
		clean(t, s, mail(text))
	}
	for id, text := range map[int]string{5: "host 1.2.3.4 seen", 6: "from 10.0.0.1 port 22", 7: "from 20.12.14.7", 8: "from 1.3.6.1:80", 9: "for root from", 10: "AS22", 12: "the KIT network"} {
		found(t, s, id, mail(text))
	}
}

// A scan says the same of the same message, also from many goroutines.
func TestDeterminism(t *testing.T) {
	w, k := twenty()
	s, err := Compile(w, k)
	if err != nil {
		t.Fatal(err)
	}
	m := append(notice("base64", 40), "203.0.113.25 taro.tanaka@example.co.jp "...)
	want := s.Scan(m)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if got := s.Scan(m); !reflect.DeepEqual(got, want) {
					t.Errorf("%v, before %v", got, want)
				}
			}
		})
	}
	wg.Wait()
}

// codings are what a text may be wrapped in, each again and again.
var codings = map[string]func(string) string{
	"base64":  func(s string) string { return b64([]byte(s)) },
	"skewed":  func(s string) string { return b64([]byte("x" + s)) },
	"hex":     func(s string) string { return hex.EncodeToString([]byte(s)) },
	"percent": percentAll,
	"entity":  entityAll,
	"unicode": func(s string) string {
		var b strings.Builder
		for _, r := range s {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		return b.String()
	},
	"qp": func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			fmt.Fprintf(&b, "=%02X", s[i])
		}
		return b.String()
	},
	"gzip":  func(s string) string { return b64(gz([]byte(s))) },
	"zlib":  func(s string) string { return b64(zl([]byte(s))) },
	"utf16": func(s string) string { return b64([]byte(strings.Join(strings.Split(s, ""), "\x00") + "\x00")) },
	"cdata": func(s string) string { return "<![CDATA[" + s + "]]>" },
}

var codingNames = []string{"base64", "skewed", "hex", "percent", "entity", "unicode", "qp", "gzip", "zlib", "utf16", "cdata"}

// A value in any nesting of codings is found, or the scan says that it is too
// deep; it is never clean.
func TestNestedCodings(t *testing.T) {
	s := compile(t, ipv4(secrets4[0], 1), Value{Domain, "example.co.jp", 2}, Value{Email, "taro.tanaka@mail.test", 3})
	rapid.Check(t, func(t *rapid.T) {
		text := "see " + rapid.SampledFrom([]string{"203.0.113.77", "example.co.jp", "taro.tanaka@mail.test"}).Draw(t, "secret") + " now"
		for range rapid.IntRange(1, 4).Draw(t, "depth") {
			text = codings[rapid.SampledFrom(codingNames).Draw(t, "coding")](text)
		}
		if r := s.Scan(mail(wrapAt(text, rapid.SampledFrom([]int{0, 76}).Draw(t, "wrap")))); r.Clean {
			t.Fatalf("clean: %q", text[:min(len(text), 200)])
		}
	})
}

// wrapAt folds base64 as MIME does; other text stays.
func wrapAt(s string, n int) string {
	if n == 0 || strings.ContainsAny(s, `%&\=<`) {
		return s
	}
	return wrap(s)
}

func FuzzScan(f *testing.F) {
	f.Add([]byte("From: a@b.example\r\n\r\nhello"), uint8(0), uint8(1))
	f.Add(notice("base64", 3), uint8(3), uint8(7))
	f.Add(mail("=?utf-8?B?eA==?= %41 &#50; \\u0031 +AGE- \x1b$B#0\x1b(B 203.0.113.0/29 ::1 00:11"), uint8(5), uint8(9))
	w, k := twenty()
	s, err := Compile(w, k)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte, x, y uint8) {
		r := s.Scan(b)
		if r.Err != nil && strings.Contains(r.Err.Error(), "internal") {
			t.Fatal("panic")
		}
		if again := s.Scan(b); !reflect.DeepEqual(r, again) {
			t.Fatalf("%v, then %v", r, again)
		}
		if fresh := scanWith(scans.New().(*scan), s, b); !reflect.DeepEqual(r.Findings, fresh.Findings) || r.Err != fresh.Err {
			t.Fatalf("%v, with no memory %v", r, fresh)
		}
		// Nothing in front of a value hides it, however that is encoded.
		secret := codings[codingNames[int(x)%len(codingNames)]](codings[codingNames[int(y)%len(codingNames)]]("see 203.0.113.25 now"))
		if planted := s.Scan(append(bytes.Clone(b), "\r\n\r\n"+secret+"\r\n"...)); planted.Clean {
			t.Fatalf("clean with %q", secret)
		}
	})
}
