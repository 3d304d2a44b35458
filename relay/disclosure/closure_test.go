package disclosure

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestCase_148_Closure shows what a hidden value takes with it: each spelling
// stands in the report as a value that by itself would be kept.
func TestCase_148_Closure(t *testing.T) {
	sum := sha256.Sum256([]byte("203.0.113.25"))
	raw := sha256.Sum256([]byte{203, 0, 113, 25})
	for _, c := range []struct {
		class Class
		value string
		want  Action
	}{
		{ClassHostname, "r-203-0-113-25.isp.example", Mask},
		{ClassHostname, "host25-113-0-203.dyn.isp.example", Mask},
		{ClassHostname, "25.113.0.203.in-addr.arpa", Mask},
		{ClassHostname, "203x0x113x25.isp.example", Mask},
		{ClassHostname, "203_0_113_25.isp.example", Mask},
		{ClassHostname, "ipv4-203-0-113-25.isp.example", Mask},
		{ClassHostname, "ip203000113025.isp.example", Mask},
		{ClassHostname, "cb007119.isp.example", Mask},
		{ClassHostname, "3405803801.isp.example", Mask},
		{ClassHostname, "2002-cb00-7119--1.ipv6-literal.net", Keep}, // spells an IPv6 address that is no cell
		{ClassHostname, "203-0-113-250.isp.example", Mask},          // no cell, but in the requester's network
		{ClassHostname, "198-51-100-25.isp.example", Keep},
		{ClassHostname, "mail.isp.example", Keep},
		{ClassURL, "http://203.0.113.25/x", Mask},
		{ClassURL, "http://evil.example/?ip=203.0.113.25", Mask},
		{ClassURL, "http://evil.example/%32%30%33.0.113.25", Mask},
		{ClassURL, "http://[::ffff:203.0.113.25]/", Mask},
		{ClassURL, "http://evil.example/?u=www.example.co.jp", Mask}, // the name beside the address
		{ClassURL, "http://evil.example/xwww.example.co.jpx", Keep},
		{ClassURL, "http://evil.example/", Keep},
		{ClassURL, "http://evil.example/?h=ftp.example.co.jp", Keep}, // the requester's host, granted
		{ClassAddress, "2002:cb00:7119::1", Mask},
		{ClassAddress, "64:ff9b::cb00:7119", Mask},
		{ClassAddress, "fe80::5efe:cb00:7119", Mask},
		{ClassAddress, "2001:0:4136:e378:8000:63bf:34ff:8ee6", Mask}, // Teredo, inverted
		{ClassAddress, "::203.0.113.25", Mask},
		{ClassAddress, "2001:db8::25", Keep},
		{ClassPrefix, "203.0.113.0/28", Mask},
		{ClassPrefix, "203.0.112.0/20", Mask},
		{ClassPrefix, "203.0.0.0/16", Keep},
		{ClassHash, hex.EncodeToString(sum[:]), Mask},
		{ClassHash, hex.EncodeToString(raw[:]), Mask},
		{ClassHash, strings.Repeat("ab", 32), Keep},
		{ClassHostname, "deep.www.example.co.jp.evil.example", Keep},
		{ClassEmail, "x@sub.www.example.co.jp", Mask},
	} {
		e := newScene(csirtN(), Trusted, 0, report(certU(), conditions(t, block("conditions: hide-my-ip", "identity: keep"))))
		e.node("www.example.co.jp", "203.0.113.25", 0)
		e.owners.Accuse(c.class, c.value)
		k := e.add("EventData[1]/Flow[1]/System[source]/Node/Address[1]", c.class, c.value, 0)
		if r := Decide(e.in); r.Decisions[k].Action != c.want {
			t.Errorf("%s %s (%s): %s, want %s", c.class, c.value, e.in.Owners[k].Owner, r.Explain(k), c.want)
		}
	}
}

// TestQuads shows which groups of digits are an address and which are not.
func TestQuads(t *testing.T) {
	for s, want := range map[string]string{
		"203.0.113.7": "203.0.113.7", "a203-0-113-7b": "203.0.113.7", "1.2.3.4.5": "1.2.3.4", "1.2.3.4.5.6": "", "1.2.3.4.65536": "", "9.1.2.3.4.5": "", "1.2.3": "", "1.2-3.4": "", "256.1.1.1": "", "1.2.3.400": "",
		"1.2.3.4-5.6.7.8": "1.2.3.4 5.6.7.8", "2026-11-20-12": "", "1.2.3.4x": "1.2.3.4", "0001.2.3.4": "", "1-2-3-4-x": "1.2.3.4", "9.1-2-3-4": "1.2.3.4", "1..2.3.4": "",
		"1.2.3.4..5": "1.2.3.4",
	} {
		var got []string
		quads(s, true, func(from, to int, a netip.Addr) {
			if parsed, ok := paddedV4(strings.NewReplacer("-", ".", "_", ".", "x", ".").Replace(s[from:to])); !ok || parsed != a {
				t.Errorf("%q: %s stands at %q", s, a, s[from:to])
			}
			got = append(got, a.String())
		})
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %q", s, got, want)
		}
	}
}

// TestKeptTellsNothingHidden shows, over random reports, that no kept value
// spells, contains or stands below a withheld one, that nothing is both kept
// and withheld, and that no reason holds a value.
func TestKeptTellsNothingHidden(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := genInput(t)
		r := Decide(in)
		hidden := map[string]Class{}
		for _, v := range r.Withheld() {
			hidden[v.Value] = v.Class
		}
		for _, k := range r.Kept() {
			if _, both := hidden[k.Value]; both {
				t.Fatalf("%v is kept and withheld", k)
			}
			for w, class := range hidden {
				switch class {
				case ClassAddress:
					if spells(k.Value, w) {
						t.Fatalf("kept %v spells %s", k, w)
					}
				case ClassHostname, ClassDomain:
					if k.Class.bit()&(bitHostname|bitDomain|bitURL|bitEmail) != 0 && strings.Contains(k.Value, w) {
						t.Fatalf("kept %v holds %s", k, w)
					}
				}
			}
		}
		for i, c := range in.Cells {
			if text := r.Explain(i); len(c.Value) > 3 && strings.Contains(text, c.Value) {
				t.Fatalf("the reason tells %q: %s", c.Value, text)
			}
		}
	})
}

// spells is a second opinion, by plain search for a few spellings.
func spells(text, addr string) bool {
	a := netip.MustParseAddr(addr)
	if !a.Is4() {
		return text == addr
	}
	b := a.As4()
	hexes := hex.EncodeToString(b[:])
	for _, f := range []string{addr, strings.ReplaceAll(addr, ".", "-"), hexes[:4] + ":" + hexes[4:]} {
		for rest := text; ; {
			i := strings.Index(rest, f)
			if i < 0 {
				break
			}
			if end := i + len(f); end == len(rest) || !isDigit(rest[end]) {
				return true
			}
			rest = rest[i+1:]
		}
	}
	return false
}

// TestCase_140_VictimInURL shows that a reported URL that names the requester's
// people goes with them, and how a kept URL is written.
func TestCase_140_VictimInURL(t *testing.T) {
	for identity, want := range map[string]Action{"hide": Mask, "keep": Keep} {
		e := newScene(csirtN(), Trusted, 0, report(certU(), conditions(t, block("conditions: hide-my-ip", "identity: "+identity))))
		url := "http://evil.example/login?u=taro%40example.co.jp"
		e.owners.Accuse(ClassURL, url)
		k := e.add("EventData[1]/Flow[1]/System[source]/Node/Address[1]", ClassURL, url, 0)
		wants(t, Decide(e.in), map[int]Action{k: want})
	}
	for url, want := range map[string]string{
		"http://user:pw@evil.example:8080/a/b?u=x@y#z": "http://evil.example:8080/a/b",
		"http://evil.example/u/x%40y/z":                "http://evil.example", "http://a@evil.example/u/x@y": "http://evil.example",
		"http://evil.example/u/x%2540y.example/z": "http://evil.example", "http://evil.example/u/x%25%34%30y.example": "http://evil.example",
		"http://evil.example/u/x＠y.example": "http://evil.example", "http://evil.example/u/x%EF%BC%A0y.example": "http://evil.example",
		"http://evil.example/a;u=x@y.example/b": "http://evil.example", "http://evil.example/u/x[at]y[.]example": "http://evil.example",
		"http://evil.example/u/x%5Bat%5Dy.example": "http://evil.example", "http://evil.example/@a@y.example": "http://evil.example", "http://evil.example/x@203.0.113.7": "http://evil.example",
		`http://evil.example\x@y.example/z`: "http://evil.example", "http://evil.example/@name/1": "http://evil.example/@name/1",
		"http://evil.example/%40name": "http://evil.example/%40name", "http://evil.example/name@1.2.3/a%20b(1).js": "http://evil.example/name@1.2.3/a%20b(1).js",
		"http://evil.example": "http://evil.example", "http://evil.example?x": "http://evil.example", "x": "",
	} {
		if got := BareURL(url); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

// TestNodes: in a Node a hidden address hides each name but itself: what is told
// (k), made coarser (g) or masked (m) of addresses (a), names (n) and names that
// are addresses (b).
func TestNodes(t *testing.T) {
	acts := map[byte]Action{'k': Keep, 'g': Generalise, 'm': Mask}
	classes := map[byte]classSet{'a': bitAddress, 'n': bitHostname, 'b': bitAddress | bitHostname}
	for node, want := range map[string]string{
		"ak nk": "ak nk", "ag nk": "ag nm", "nk am": "nm am", "nk": "nk", "bg": "bg", "bg nk": "bg nm", "nk bg nk": "nm bg nm",
		"ag bg": "ag bm", "bg bg": "bm bm", "ag bk nk": "ag bm nm", "bg bk": "bm bm", "bg ak": "bg ak",
	} {
		d, r := &decider{in: &Input{}}, &Result{}
		for i, w := range strings.Fields(node) {
			v := value{classes: classes[w[0]], all: acts[w[1]], inText: acts[w[1]]}
			if v.classes&bitAddress != 0 {
				v.addr = netip.MustParseAddr("192.0.2.1")
			}
			d.values.list, r.Decisions = append(d.values.list, v), append(r.Decisions, Decision{value: int32(i)})
			d.in.Cells = append(d.in.Cells, Cell{Node: 7})
		}
		d.in.Cells = append(d.in.Cells, Cell{}, Cell{Node: 7}, Cell{Node: -7}) // in no Node, no value, in none
		d.values.list = append(d.values.list, value{classes: bitHostname, all: Keep, inText: Keep})
		other := int32(len(d.values.list) - 1)
		r.Decisions = append(r.Decisions, Decision{value: other}, Decision{value: -1}, Decision{value: other})
		d.closeNear(r)
		got := ""
		for i, w := range strings.Fields(node) {
			for letter, act := range acts {
				if d.values.list[i].all == act {
					got += " " + w[:1] + string(letter)
				}
			}
		}
		if got[1:] != want || d.values.list[other].all != Keep {
			t.Errorf("%s becomes%s, want %s", node, got, want)
		}
	}
}
