package disclosure

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func show(text string, tokens []Token) string {
	var out []string
	for _, t := range tokens {
		out = append(out, fmt.Sprintf("%s:%s=%s", t.Class, text[t.Start:t.End], t.Value))
	}
	return strings.Join(out, " ")
}

// TestRecognise shows what is a value in a text and what is only a word.
func TestRecognise(t *testing.T) {
	names := []NamedParty{
		{Names: []string{"CERT-U", "サート・ユー", "株式会社ひまわり", "森川"}, Domains: []string{"example.co.jp", "run.sh", "日本語.jp", "酒ab.jp"},
			Networks: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8:1::/48"), netip.MustParsePrefix("192.0.2.64/28")}},
	}
	recognises(t, names, []recognised{
		{"Failed password for root from 198.51.100.77 port 40122 ssh2", "address:198.51.100.77=198.51.100.77"},
		{"to 203.0.113.25:22 (r-203-0-113-25.example.co.jp)", "address:203.0.113.25=203.0.113.25 hostname:r-203-0-113-25.example.co.jp=r-203-0-113-25.example.co.jp"},
		{"Nov 20 12:14:07 www sshd[812]: ", ""},
		{"[2001:DB8::1]:443 and 2001:db8::2.", "address:2001:DB8::1=2001:db8::1 address:2001:db8::2=2001:db8::2"},
		{"src:2001:db8::5, fe80::1%eth0", "address:2001:db8::5=2001:db8::5 address:fe80::1=fe80::1"},
		{"::ffff:203.0.113.77 2001:db8::/32", "address:::ffff:203.0.113.77=203.0.113.77 prefix:2001:db8::/32=2001:db8::/32"},
		{"203.0.113.0/24 203.0.113.9/24 203.0.113.9/32", "prefix:203.0.113.0/24=203.0.113.0/24 address:203.0.113.9=203.0.113.9 address:203.0.113.9=203.0.113.9"},
		{"203[.]0[.]113[.]77 203(dot)0(dot)113(dot)77", "address:203[.]0[.]113[.]77=203.0.113.77 address:203(dot)0(dot)113(dot)77=203.0.113.77"},
		{"２０３．０．１１３．７７ 203。0。113。77", "address:２０３．０．１１３．７７=203.0.113.77 address:203。0。113。77=203.0.113.77"},
		{"203.000.113.077 ip-203-0-113-77 203_0_113_77", "address:203.000.113.077=203.0.113.77 address:203-0-113-77=203.0.113.77 address:203_0_113_77=203.0.113.77"},
		{"203.0\u200b.113.77", "address:203.0\u200b.113.77=203.0.113.77"},
		{"サーバ203.0.113.77から", "address:203.0.113.77=203.0.113.77"},
		{"OID 1.3.6.1.4.1 v1.2.3.4 OpenSSL 1.1.1k 2026.11.20 12.14", ""},
		{"sshd.c file.log a.conf index.html e.g. i.e. main.go", ""},
		{"/usr/lib/libc.so run.py x/y.sh ./z.zip", ""},
		{"run.sh www.run.sh", "hostname:run.sh=run.sh hostname:www.run.sh=www.run.sh"},
		{"evil.example, WWW.Example.COM. mail.corp.internal", "hostname:evil.example=evil.example hostname:WWW.Example.COM=www.example.com hostname:mail.corp.internal=mail.corp.internal"},
		{"to=<Taro.Yamada@Example.co.jp>, root@www", "email:Taro.Yamada@Example.co.jp=taro.yamada@example.co.jp"},
		{"a+tag@x.example b[at]y[.]example root@203.0.113.77", "email:a+tag@x.example=a+tag@x.example email:b[at]y[.]example=b@y.example account:root=root@203.0.113.77 address:203.0.113.77=203.0.113.77"},
		{"00:11:22:AA:bb:cc 00-11-22-aa-bb-cc 0011.22aa.bbcc", "mac:00:11:22:AA:bb:cc=00:11:22:aa:bb:cc mac:00-11-22-aa-bb-cc=00:11:22:aa:bb:cc mac:0011.22aa.bbcc=00:11:22:aa:bb:cc"},
		{"MAC=00:00:5e:00:53:01:00:00:5e:00:53:02:08:00 SRC=", "mac:00:00:5e:00:53:01=00:00:5e:00:53:01 mac:00:00:5e:00:53:02=00:00:5e:00:53:02"},
		{"client-id 01:00:00:5e:00:53:01 02:00:00:5e:00:53:01", "mac:00:00:5e:00:53:01=00:00:5e:00:53:01"},
		{"00:00:5e:00:53:01:00:00:5e:00:53:02:08:00:01 00:00:5e:00:53:01:00:00:5e:00:53:02:08", ""},
		{"GET http://Evil.example/a?u=b@c.example HTTP/1.1", "url:http://Evil.example/a=http://evil.example/a url:?u==http://evil.example/a?u= email:b@c.example=b@c.example"},
		{"http://a:b@c.example/d?#e http://@c.example/d", "account:a:b=a:b@c.example url:c.example=http://c.example url:/d?#e=http://c.example/d?#e url:c.example=http://c.example url:/d=http://c.example/d"},
		{"http://a.example/b/c@d.example/e.", "url:http://a.example=http://a.example url:/b/=http://a.example/b/ email:c@d.example=c@d.example url:/e=http://a.example/e"},
		{"http://a.example/b%20c?d=%22www.e.example%22", "url:http://a.example/b%20c=http://a.example/b%20c url:?d=%=http://a.example/b%20c?d=% hostname:22www.e.example=www.e.example url:%22=http://a.example/b%20c?%22"},
		{"x%2Ba@b.example %e3%81%82.jp \\u3042.jp 100% %zz \\u30", "email:x%2Ba@b.example=x+a@b.example hostname:%e3%81%82.jp=xn--l8j.jp hostname:\\u3042.jp=xn--l8j.jp"},
		{"http://a.example?b=http://c.example/d?e", "url:http://a.example=http://a.example url:?b==http://a.example?b= url:http://c.example=http://c.example url:/d?e=http://a.example/d?e"},
		{"see hxxp://evil[.]example/x).", "url:hxxp://evil[.]example/x=http://evil.example/x"},
		{"(https://x.example/).", "url:https://x.example/=https://x.example/"},
		{"md5 D41D8CD98F00B204E9800998ECF8427E ok", "hash:D41D8CD98F00B204E9800998ECF8427E=d41d8cd98f00b204e9800998ecf8427e"},
		{"std::string a::b foo::bar::baz", ""},
		{"by cert-u and ＣＥＲＴ－Ｕ, not cert-users", "org:cert-u=cert-u org:ＣＥＲＴ－Ｕ=cert-u"},
		{"さーと・ゆー のｻｰﾄ･ﾕｰ", "org:さーと・ゆー=サート・ユー org:ｻｰﾄ･ﾕｰ=サート・ユー"},
		{"株式 会社-ひまわり 森川 森 川", "org:株式 会社-ひまわり=株式会社ヒマワリ org:森川=森川"},
		{`\\nas.c.example x\nnas.c.example`, `hostname:nas.c.example=nas.c.example hostname:nnas.c.example=nnas.c.example`},
		{"株式会社ヒマワリ、㈱ひまわり", "org:株式会社ヒマワリ=株式会社ヒマワリ org:㈱ひまわり=株式会社ヒマワリ"},
		{"IP6 2001:db8:1::57.443 > 2001:db8:2::9.53: ", "address:2001:db8:1::57=2001:db8:1::57 address:2001:db8:2::9=2001:db8:2::9"},
		{"x2001:db8:1::57y 2001:db8::1-2001:db8::2 2001:db8:1:0:0:0:0:57:443", "address:2001:db8:1::57=2001:db8:1::57 address:2001:db8::1=2001:db8::1 address:2001:db8::2=2001:db8::2 address:2001:db8:1:0:0:0:0:57=2001:db8:1::57"},
		{"12:14:07.123 4f:2a:11:00:aa:bb:cc:dd:ee:ff:00:11:22:33:44:55 a::b x::1y", ""},
		{"access_www.example.co.jp_log www.example.co.jp-error.log", "hostname:www.example.co.jp=www.example.co.jp hostname:www.example.co.jp=www.example.co.jp"},
		{"backup-example.co.jp-2026 example.co.jp_bak db_example.co.jp", "hostname:example.co.jp=example.co.jp hostname:example.co.jp=example.co.jp hostname:example.co.jp=example.co.jp"},
		{"ssl_www.example.co.jp my-example.co.jp", "hostname:ssl_www.example.co.jp=ssl_www.example.co.jp hostname:my-example.co.jp=my-example.co.jp"},
		{"www.example.co.jp_203.0.113.57_x.example.co.jp_y", "hostname:www.example.co.jp=www.example.co.jp address:203.0.113.57=203.0.113.57 hostname:x.example.co.jp=x.example.co.jp"},
		{"net 203.0.113 203.0.113. 203.0.113.x 203.0.113/24 192.0.2", "prefix:203.0.113=203.0.113.0/24 prefix:203.0.113=203.0.113.0/24 prefix:203.0.113=203.0.113.0/24 prefix:203.0.113/24=203.0.113.0/24 prefix:192.0.2=192.0.2.0/24"},
		{"198.51.100 1.203.0.113.57.9 203.0.113.1.5.6 v203.0.114", ""},
		{"IP 192.0.2.200.40122 > 198.51.100.77.443: Flags", "address:192.0.2.200=192.0.2.200 address:198.51.100.77=198.51.100.77"},
		{"192.000.002.009.40122-198.051.100.077.00080 v1.2.3.4.5", "address:192.000.002.009=192.0.2.9 address:198.051.100.077=198.51.100.77"},
		{"192.0.2.9.65536 192.0.2.9.012345 192.0.2.9.22.x 192-0-2-9-22", ""},
		{"2001:db8:1 2001:db8:1: 2001:db8:1:2 2001:db8:2 2001:db8", "prefix:2001:db8:1=2001:db8:1::/48 prefix:2001:db8:1=2001:db8:1::/48 prefix:2001:db8:1:2=2001:db8:1:2::/64"},
		{"日本語.jp", "hostname:日本語.jp=xn--wgv71a119e.jp"},
		{"198.51.100.9..www.example.co.jp a@198.51.100.9.b...example.co.jp", "address:198.51.100.9=198.51.100.9 hostname:www.example.co.jp=www.example.co.jp address:198.51.100.9=198.51.100.9 hostname:example.co.jp=example.co.jp"},
		{"evil.example..www.example.co.jp x..www.example.co.jp", "hostname:evil.example=evil.example hostname:www.example.co.jp=www.example.co.jp hostname:x..www.example.co.jp=www.example.co.jp"},
		{"host www.grün-weiß.example, bücher.de", "hostname:www.grün-weiß.example=www.xn--grn-wei-6va9w.example hostname:bücher.de=xn--bcher-kva.de"},
		{"søren.å@mail.example 森@mail.example, из@пример.рф пример.рф.", "email:søren.å@mail.example=søren.å@mail.example email:森@mail.example=森@mail.example email:из@пример.рф=из@xn--e1afmkfd.xn--p1ai hostname:пример.рф=xn--e1afmkfd.xn--p1ai"},
		{"http://www.bücher.de/é", "url:http://www.bücher.de/=http://www.xn--bcher-kva.de/"},
		{"ssl_grün.example.co.jp å_b.example.co.jp", "hostname:ssl_grün.example.co.jp=n.example.co.jp hostname:å_b.example.co.jp=b.example.co.jp"},
		{"本店www.example.co.jpから 酒ab.jp mail.本店x.example.jp", "hostname:www.example.co.jp=www.example.co.jp hostname:酒ab.jp=xn--ab-114g.jp hostname:mail.本店x.example.jp=mail.xn--x-ol3bm7w.example.jp"},
		{"größer. Straße, où.est é192.0.2.9 ü.ü.ü", "address:192.0.2.9=192.0.2.9"},
		{".日本語.jp ..日本語.jp", "hostname:日本語.jp=xn--wgv71a119e.jp hostname:日本語.jp=xn--wgv71a119e.jp"},
	})
}

type recognised struct{ text, want string }

func recognises(t *testing.T, names []NamedParty, cases []recognised) {
	t.Helper()
	for _, c := range cases {
		if got := show(c.text, Recognise(c.text, names)); got != c.want {
			t.Errorf("%q\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

// TestTimesOfDay are no values, but where a known network begins so.
func TestTimesOfDay(t *testing.T) {
	at := func(known string) string {
		return fmt.Sprint(Recognise("Nov 20 12:14:07 www", []NamedParty{{Networks: nets(known)}}))
	}
	if got := at("2001:db8::/32"); got != "[]" {
		t.Errorf("a time of day is %s", got)
	}
	if got, want := at("12:14::/32"), "[{7 15 prefix 12:14:7::/48}]"; got != want {
		t.Errorf("the beginning of a known network is %s, want %s", got, want)
	}
}

// TestNamesThatReachIntoValues: a name and a value that share some text stay two
// values, of which each has its own say.
func TestNamesThatReachIntoValues(t *testing.T) {
	names := []NamedParty{{Names: []string{"Example Net", "Level 3"}}}
	recognises(t, names, []recognised{
		{"by example net.evil.example", "org:example =example net hostname:net.evil.example=net.evil.example"},
		{"at level 3.0.113.77 x", "org:level =level 3 address:3.0.113.77=3.0.113.77"},
		{"GET http://evil.example/?q=Example Net", "url:http://evil.example/=http://evil.example/ url:?q==http://evil.example/?q= org:Example Net=example net"},
		{"evil.example net", "hostname:evil.=evil.example org:example net=example net"},
	})
}

// TestMailBeforeAFullStop: a mail address is one as a whole, also where a Japanese
// sentence ends with it and the next begins with a number.
func TestMailBeforeAFullStop(t *testing.T) {
	names := []NamedParty{{Domains: []string{"example.co.jp"}}}
	recognises(t, names, []recognised{
		{"連絡はsoc@example.co.jp。10時に", "email:soc@example.co.jp=soc@example.co.jp"},
		{"soc@example.co.jp。203.0.113.77から", "email:soc@example.co.jp=soc@example.co.jp address:203.0.113.77=203.0.113.77"},
		{"soc@example.co.jp｡x joe@elsewhere.example.2", "email:soc@example.co.jp=soc@example.co.jp email:joe@elsewhere.example=joe@elsewhere.example"},
		{"root@203.0.113.77 lib@1.2.3 a@b.1", "account:root=root@203.0.113.77 address:203.0.113.77=203.0.113.77"},
	})
}

// TestWideSlash: a wide slash ends a name as the narrow one does.
func TestWideSlash(t *testing.T) {
	recognises(t, nil, []recognised{
		{"see ／l[.]example", "hostname:l[.]example=l.example"},
		{"www.a.example／b.example", "hostname:www.a.example=www.a.example hostname:b.example=b.example"},
		{"203.0.113.7／x", "address:203.0.113.7=203.0.113.7"},
	})
}

// TestURLsAmongWideSigns: a URL ends before a wide bracket or quote, and goes on
// over a wide sign that means one of its own.
func TestURLsAmongWideSigns(t *testing.T) {
	recognises(t, nil, []recognised{
		{"（http://evil.example/a）です", "url:http://evil.example/a=http://evil.example/a"},
		{"（http://evil.example）です", "url:http://evil.example=http://evil.example"},
		{"“http://evil.example/a?b=c”", "url:http://evil.example/a=http://evil.example/a url:?b=c=http://evil.example/a?b=c"},
		{"«http://evil.example/a»…", "url:http://evil.example/a=http://evil.example/a"},
		{"http://evil.example/ａ x", "url:http://evil.example/ａ=http://evil.example/a"},
		{"http://evil.example/u/x＠y.example", "url:http://evil.example=http://evil.example url:/u/=http://evil.example/u/ email:x＠y.example=x@y.example"},
		{"http://evil.example/u/x%2540y.example", "url:http://evil.example=http://evil.example url:/u/=http://evil.example/u/ email:x%2540y.example=x@y.example"},
		{"http://evil.example/u/x(at)y.example", "url:http://evil.example=http://evil.example url:/u/=http://evil.example/u/ email:x(at)y.example=x@y.example"},
	})
}

// TestRecogniseOrdered shows that tokens are ordered, disjoint, inside the text
// and canonical, whatever the text.
func TestRecogniseOrdered(t *testing.T) {
	r := NewRecogniser([]NamedParty{{Names: []string{"ab.c", "カキ", "x y"}, Domains: []string{"a.b"}}})
	parts := rapid.SampledFrom([]string{"203.0.113.7", ".", ":", "::", "@", "?", "%40", "\\u00e9", "[", "]", "a", "ab.c", "http://", "/", "-", "カキ", "é", "ü.de", "。", "２", "\u200b", " ", "\n", "example.com", "%", "x y", "[.]", "\xff", "）", "“", "＠", "00:11:22:33:44:55", "2001:db8::1", "日"})
	rapid.Check(t, func(t *rapid.T) {
		checkTokens(t, r, strings.Join(rapid.SliceOf(parts).Draw(t, "text"), ""))
	})
}

func checkTokens(t interface{ Fatalf(string, ...any) }, r *Recogniser, text string) {
	last := 0
	for _, k := range r.Find(text) {
		if k.Start < last || k.End <= k.Start || k.End > len(text) {
			t.Fatalf("%q: token %v after %d", text, k, last)
		}
		last = k.End
		if utf8.ValidString(text) && !(utf8.ValidString(text[:k.Start]) && utf8.ValidString(text[:k.End])) {
			t.Fatalf("%q: token %v parts a character", text, k)
		}
		if v, ok := Canonical(k.Class, k.Value); k.Class != ClassOrg && (!ok || v != k.Value) {
			t.Fatalf("%q: %v is not canonical: %q", text, k, v)
		}
	}
}

func FuzzRecognise(f *testing.F) {
	f.Add("L2 Connection from 198.51.100.77 to 203.0.113.25:22 (r-203-0-113-25.example.co.jp)")
	f.Add("0@.0.0A")
	f.Add(".ۊ.mr")
	f.Add("3..A.b")
	f.Add("[.]e[.]exa/Ea=%3r \uff0fl[.]example")
	f.Add("x \ufe03.mp \ufe03.日本.mp")
	f.Add("hxxp://evil[.]example/?a=%32 ２０３。0 ::ffff:1.2.3.4/24 a@b.c カキ")
	r := NewRecogniser([]NamedParty{{Names: []string{"ab.c", "カキ"}, Domains: []string{"a.b"}}})
	f.Fuzz(func(t *testing.T, text string) { checkTokens(t, r, text) })
}

// TestWhatStandsForItself shows what the search for names skips: no character of
// Han and no kana folds to what begins with another byte, nor to a blank less.
func TestWhatStandsForItself(t *testing.T) {
	for r := rune(0x3040); r <= 0x9fff; r++ {
		text := string(r)
		folded, n := foldAt(text, 0, nil)
		if kana := r <= 0x30ff; (kana || text[0] >= 0xe4) && (n != len(text) || folded[0] != text[0] && (!kana || folded[0] != ' ')) {
			t.Errorf("%U folds to %q", r, folded)
		}
	}
}

// logs are lines of several programs: an address alone is a special case.
var logs = map[string]func(b *strings.Builder, i int){
	"sshd": func(b *strings.Builder, i int) {
		fmt.Fprintf(b, "Nov 20 12:%02d:%02d www sshd[%d]: Failed password for root from 198.51.100.77 port %d ssh2\n", i/60%60, i%60, 800+i, 20000+i%40000)
	},
	"httpd": func(b *strings.Builder, i int) {
		fmt.Fprintf(b, "198.51.%d.%d - - [20/Nov/2026:12:%02d:%02d +0900] \"GET /cgi-bin/test-%d.php?id=%d HTTP/1.1\" 404 %d \"http://www.example.com/index.html\" \"Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0\"\n", i%9, i%250, i/60%60, i%60, i, i*7, i*13)
	},
	"kernel": func(b *strings.Builder, i int) {
		fmt.Fprintf(b, "2026-11-20T12:%02d:%02d.%06d+09:00 fw kernel: [%d.%06d] DROP IN=eth0 OUT= MAC=02:00:5e:10:00:01:02:00:5e:10:00:%02x:08:00 SRC=198.51.100.%d DST=203.0.113.25 LEN=60 TTL=51 PROTO=TCP SPT=%d DPT=22 SYN\n", i/60%60, i%60, i*31%1000000, i, i*17%1000000, i%256, i%250, 1024+i)
	},
	"postfix": func(b *strings.Builder, i int) {
		fmt.Fprintf(b, "Nov 20 12:14:%02d mx postfix/smtpd[%d]: NOQUEUE: reject: RCPT from unknown[198.51.100.%d]: 554 5.7.1 <u%d@mail.example>: Relay access denied; from=<a@b.example> to=<c%d@d.example> proto=ESMTP helo=<h%d.example.net>\n", i%60, i, i%250, i, i, i)
	},
	"tcpdump": func(b *strings.Builder, i int) {
		fmt.Fprintf(b, "12:14:%02d.%06d IP6 2001:db8:2::%x.443 > 2001:db8:1::25.22: Flags [S], seq %d, win 64240, length 0\n", i%60, i, i, i*77)
	},
	"json": func(b *strings.Builder, i int) {
		fmt.Fprintf(b, "{\"ts\":\"2026-11-20T03:14:%02dZ\",\"src\":\"198.51.100.%d\",\"sha256\":\"%064x\",\"path\":\"/usr/bin/x%d\"}\n", i%60, i%250, i, i)
	},
	"prose": func(b *strings.Builder, i int) {
		fmt.Fprintf(b, "%d月%d日 %d時%02d分、貴組織のホスト host%d.example.jp(198.51.100.%d)より当方サーバへ不正なログインの試みがありました。ご確認をお願いいたします。\n", 1+i%12, 1+i%28, i%24, i%60, i, i%250)
	},
}

func BenchmarkRecogniseLogs(b *testing.B) {
	r := NewRecogniser([]NamedParty{{Names: []string{"CERT-U", "Org V"}, Domains: []string{"example.co.jp"}, Networks: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8:1::/48")}}})
	for _, name := range slices.Sorted(maps.Keys(logs)) {
		b.Run(name, func(b *testing.B) {
			var text strings.Builder
			for i := 0; text.Len() < 4<<10; i++ {
				logs[name](&text, i)
			}
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			for b.Loop() {
				r.Find(text.String())
			}
		})
	}
}

const sampleLine = "Nov 20 12:14:09 www sshd[812]: Connection from 198.51.100.77 to 203.0.113.25:22 (r-203-0-113-25.example.co.jp) user taro@example.co.jp id 4f2a GET /index.html\n"

func BenchmarkRecogniseKB(b *testing.B) { benchRecognise(b, 1<<10) }
func BenchmarkRecogniseMB(b *testing.B) { benchRecognise(b, 1<<20) }
func BenchmarkRecogniseWorst(b *testing.B) {
	for _, p := range []string{"1.1.1.1.", "a.a.", "::", "@a@", "[.]", "http://", "あ.jp", "あa.b", "ü.ü.", "ü@", "aéb.c_", "あ@a.jp", "ｶﾞ", "deadbeef", "\u200b", "x://..", "x://a]", "http://a", "a@", "a:", "a.b_", "x-a.b-y", "2001:db8::1.", "http://a?", "http://a/@", "http://a@b/", "%40", "\\x2e", "1:", "203.0.113x", "[.]//", "\"x://"} {
		b.Run(fmt.Sprintf("%q", p), func(b *testing.B) {
			text := strings.Repeat(p, (1<<20)/len(p))
			r := NewRecogniser([]NamedParty{{Names: []string{"ガガガガb"}, Domains: []string{"a.b"}}})
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				r.Find(text)
			}
		})
	}
}

func benchRecognise(b *testing.B, size int) {
	text := strings.Repeat(sampleLine, size/len(sampleLine)+1)[:size]
	r := NewRecogniser([]NamedParty{{Names: []string{"CERT-U", "カキ"}, Domains: []string{"example.co.jp"}}})
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		r.Find(text)
	}
}
