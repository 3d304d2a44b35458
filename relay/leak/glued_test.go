package leak

import "testing"

// What logs and file names glue to a value does not hide it.
func TestCase_148_GluedDomains(t *testing.T) {
	s := compile(t, Value{Domain, "example.co.jp", 1}, Value{Email, "taro@kita.test", 2})
	for _, text := range []string{"access_www.example.co.jp_log", "www.example.co.jp_443", "www.example.co.jp-error.log", "www.example.co.jp_ssl.conf",
		"backup-example.co.jp-2026", "example.co.jp_bak", "db_example.co.jp", "backup-example.co.jp.tar.gz",
		"(3)www(7)example(2)co(2)jp(0)", `\x03www\x07example\x02co\x02jp\x00`, "dc=example,dc=co,dc=jp", "DC=www, DC=example, DC=co, DC=jp"} {
		found(t, s, 1, mail("see "+text+" now"))
	}
	found(t, s, 2, mail("taro@kita.test_x"))
	for _, text := range []string{"my-example.co.jp", "example.co.jpx", "example(2)co.jpx", "example (2) co (2) jp", "jp.co.example-app"} {
		clean(t, s, mail(text))
	}
}

func TestCase_144_GluedIPv6(t *testing.T) {
	s := compile(t, Value{IPv6, "2001:db8:1::57", 1})
	for _, text := range []string{"IP6 2001:db8:1::57.443 > 2001:db8:2::9.53:", "x2001:db8:1::57y", "2001:db8:1::57:443", "2001:db8:1:0:0:0:0:57:443", "2001:db8:1::57-2001:db8:1::60", "src2001:db8:1:0:0:0:0:57.22"} {
		found(t, s, 1, mail("see "+text+" now"))
	}
	for _, text := range []string{"x2001:db8:1::5y", "2001:db8:2::57.443", "2001:db8:1"} {
		clean(t, s, mail("see "+text+" now"))
	}
}

// A network is found as people write it.
func TestCase_143_NetworksWithoutTheirEnd(t *testing.T) {
	s := compile(t, Value{Prefix, "203.0.113.0/24", 1}, Value{Prefix, "2001:db8:1::/48", 2}, Value{Prefix, "1.2.3.0/24", 3})
	for _, text := range []string{"203.0.113", "203.0.113.", "from 203.0.113 net", "203.0.113.fiftyseven",
		"2001:db8:2::77:203.0.113", "2001:db8:2::77:203.0.113.5", "2001:db8:2:3:4:5:6:77:203.0.113.", "2001:db8:2::77:203[0]113", "77-203.0.113", "12:14:07 203.0.113", "port 22, 203.0.113"} {
		found(t, s, 1, mail("see "+text+" now"))
	}
	for _, text := range []string{"2001:db8:1", "2001:db8:1:", "2001:db8:1:7", "2001:db8:1: and"} {
		found(t, s, 2, mail("see "+text+" now"))
	}
	for _, text := range []string{"version 203.0.113", "v203.0.113", "curl/203.0.113", "1.2.3", "203.0.114", "7.203.0.113", "2001:db8:2::77:203.0.114", "2001:db8:2", "2001:db8", "12:14:07"} {
		clean(t, s, mail("see "+text+" now"))
	}
}
