package disclosure

import "testing"

// TestOwner is section 1: the first owner that fits.
func TestOwner(t *testing.T) {
	u := report(certU(), conditions(t, block("conditions: minimal", "my-site: 100.64.0.0/16, cloud.example")))
	u.Party.ASNs = []uint32{64500}
	v := report(orgV(), nil)
	to := ispR(VerifiedTLS)
	to.Domains, to.Addresses = []string{"isp.example"}, []string{"@mail.example", "abuse+*@desk.example"}
	o := NewOwnership([]Report{u, v}, to, Party{Domains: []string{"gw.example.org"}, Addresses: []string{"ir@gw.example"}})
	o.Accuse(ClassAddress, "192.0.2.66")
	o.Accuse(ClassAddress, "198.18.0.1")
	o.Accuse(ClassURL, "http://evil.example/login")
	o.Accuse(ClassPrefix, "198.18.8.0/24")
	o.Accuse(ClassAddress, "203.0.113.99")
	o.Found("found.example")
	o.Target("10.1.1.1", 1)
	for _, c := range []struct {
		class Class
		value string
		in    int32
		want  Owner
		of    int32
	}{
		{ClassPort, "22", 0, OwnerNeutral, 0},
		{ClassType, "phishing", 0, OwnerNeutral, 0},
		{ClassTime, "2026-11-20T03:14:07Z", 1, OwnerMine, 1},
		{ClassLog, "", 1, OwnerMine, 1},
		{ClassHostname, "www.gw.example.org", 0, OwnerGateway, 0},
		{ClassEmail, "ir@gw.example", 0, OwnerGateway, 0},
		{ClassAddress, "203.0.113.25", 0, OwnerMine, 0},
		{ClassAddress, "203.0.113.25", 1, OwnerMine, 0}, // another requester's, whoever reports it
		{ClassAddress, "203.0.113.99", 0, OwnerMine, 0}, // mine before reported
		{ClassAddress, "192.0.2.66", 0, OwnerMine, 1},
		{ClassAddress, "100.64.1.1", 1, OwnerThird, 1},
		{ClassDomain, "a.cloud.example", 0, OwnerMine, 0},
		{ClassPrefix, "203.0.113.128/25", 0, OwnerMine, 0},
		{ClassPrefix, "203.0.112.0/23", 0, OwnerThird, 0},
		{ClassURL, "https://www.example.co.jp/x", 0, OwnerMine, 0},
		{ClassURL, "https://203.0.113.4:8443/x", 0, OwnerMine, 0},
		{ClassEmail, "someone@example.co.jp", 0, OwnerMine, 0},
		{ClassOrg, "cert-u", 1, OwnerMine, 0},
		{ClassAddress, "10.1.1.1", 1, OwnerMine, 1},
		{ClassAddress, "198.51.100.77", 0, OwnerRecipient, 0},
		{ClassDomain, "x.isp.example", 0, OwnerRecipient, 0},
		{ClassDomain, "xisp.example", 0, OwnerThird, 0},
		{ClassEmail, "noc@mail.example", 0, OwnerRecipient, 0},
		{ClassEmail, "abuse+17@desk.example", 0, OwnerRecipient, 0},
		{ClassEmail, "abuse@desk.example", 0, OwnerThird, 0},
		{ClassDomain, "found.example", 0, OwnerRecipient, 0},
		{ClassAddress, "198.18.0.1", 1, OwnerReported, 1},
		{ClassAddress, "198.18.8.9", 0, OwnerReported, 0},
		{ClassHostname, "evil.example", 0, OwnerReported, 0},
		{ClassURL, "http://evil.example/other", 0, OwnerReported, 0},
		{ClassAddress, "8.8.8.8", 0, OwnerThird, 0},
		{ClassPerson, "taro", 0, OwnerThird, 0},
		{ClassASN, "64500", 0, OwnerMine, 0},
		{ClassASN, "64501", 0, OwnerThird, 0},
	} {
		if got := o.Of(c.class, c.value, c.in); got != (Whose{c.want, c.of}) {
			t.Errorf("%s %s in report %d: %s of %d, want %s of %d", c.class, c.value, c.in, got.Owner, got.Of, c.want, c.of)
		}
	}
}

// TestCanonical shows the one spelling of a value.
func TestCanonical(t *testing.T) {
	for _, c := range []struct {
		class      Class
		text, want string
		ok         bool
	}{
		{ClassAddress, " ::FFFF:203.0.113.7 ", "203.0.113.7", true},
		{ClassAddress, "203.000.113.007", "203.0.113.7", true},
		{ClassAddress, "2001:DB8:0:0::1", "2001:db8::1", true},
		{ClassAddress, "fe80::1%eth0", "fe80::1", true},
		{ClassAddress, "x.x.x.x/x", "x.x.x.x/x", false},
		{ClassPrefix, "203.0.113.9/24", "203.0.113.0/24", true},
		{ClassPrefix, "203.0.113.9/255.255.255.0", "203.0.113.0/24", true},
		{ClassPrefix, "203.0.113.9/255.0.255.0", "203.0.113.9/255.0.255.0", false},
		{ClassPrefix, "::ffff:203.0.113.0/120", "203.0.113.0/24", true},
		{ClassPrefix, "203.0.113.0/33", "203.0.113.0/33", false},
		{ClassDomain, "WWW.Example.CO.JP.", "www.example.co.jp", true},
		{ClassDomain, "日本語.JP", "xn--wgv71a119e.jp", true},
		{ClassDomain, "a..b", "a..b", false},
		{ClassURL, "hXXps://Evil.Example:443/A?b#c", "https://evil.example:443/A?b#c", true},
		{ClassURL, "http://user@[2001:DB8::1]:80/", "http://user@[2001:db8::1]:80/", true},
		{ClassURL, "mailto:x@y", "mailto:x@y", false},
		{ClassEmail, "Taro@Example.CO.JP", "taro@example.co.jp", true},
		{ClassEmail, "@example", "@example", false},
		{ClassMAC, "00-11-22-AA-BB-CC", "00:11:22:aa:bb:cc", true},
		{ClassMAC, "0011.22aa.bbcc", "00:11:22:aa:bb:cc", true},
		{ClassMAC, "00:11:22", "00:11:22", false},
		{ClassASN, "AS64500", "64500", true},
		{ClassHash, "ABCdef0", "abcdef0", true},
		{ClassHash, "xyz", "xyz", false},
		{ClassTime, "2026-11-20T12:14:07.999+09:00", "2026-11-20T03:14:07Z", true},
		{ClassTime, "yesterday", "yesterday", false},
		{ClassOrg, " ＣＥＲＴ　Ｕ ", "cert u", true},
		{ClassAccount, " root ", "root", true},
	} {
		got, ok := Canonical(c.class, c.text)
		if got != c.want || ok != c.ok {
			t.Errorf("%s %q: %q %v, want %q %v", c.class, c.text, got, ok, c.want, c.ok)
		}
		if again, _ := Canonical(c.class, got); ok && again != got {
			t.Errorf("%s %q: not canonical, again %q", c.class, got, again)
		}
	}
}
