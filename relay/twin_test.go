package relay

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/mail"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"iodefgw/relay/disclosure"
)

func TestCase_140_URLsLoseWhatNamesSomebody(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.CSIRT), orgV())
	text := strings.Replace(reportOf(parts{}), `<Address category="ipv4-addr">198.51.100.77</Address>`,
		`<Address category="ipv4-addr">198.51.100.77</Address><Address category="site-uri">http://login:pw@198.51.100.77/paypal/?u=victim@example.co.jp#frag7</Address><Address category="site-uri">http://198.51.100.78/stop/customer@mail.example/now</Address>`, 1)
	n := d.told("isp-r", disclosure.Authenticated, d.report("cert-u", full, text))
	lacks(t, n, "login:pw", "victim", "frag7", "u=", "customer", "stop")
	has(t, n, ">http://198.51.100.77/paypal/<", ">http://198.51.100.78<")
}

// TestCase_142_WhatMustStandStaysValid: what redaction leaves is valid by the
// schema (Encode refuses all else), in both versions.
func TestCase_142_WhatMustStandStaysValid(t *testing.T) {
	for _, version := range []string{"1.00", "2.00"} {
		to := ispR(disclosure.AbuseDesk)
		to.IODEF = version
		d := newDesk(t, "", certU(), to, orgV())
		n := d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", "conditions: hide-my-ip\n", exampleReport(t)))
		want := map[string]string{
			"1.00": `<Address category="ext-value" ext-category="ipv4-net-masked">x.x.x.x/x</Address>`,
			"2.00": `<Address category="ipv4-net-masked">x.x.x.x/x</Address>`,
		}[version]
		has(t, n, want)
	}
}

// TestCase_152_HeadersAreOurs: the header set is fixed, and two reports that
// differ in everything make messages that differ in nothing but what is told.
func TestCase_152_HeadersAreOurs(t *testing.T) {
	n := abuseCase(t, disclosure.FirstContact, parts{})
	m, err := mail.ReadMessage(bytes.NewReader(n.Plain))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range m.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Reply-To", "Subject", "To", "X-Iodefgw-Loop"}
	if !slices.Equal(names, want) {
		t.Errorf("header fields %q, want %q", names, want)
	}
	if got := m.Header.Get("Date"); !strings.HasSuffix(got, "+0000") {
		t.Errorf("Date %q is not in UTC", got)
	}
	if !bytes.Contains(n.Plain, []byte("filename=incident-GW-00000042.xml")) && !bytes.Contains(n.Plain, []byte(`filename="incident-GW-00000042.xml"`)) {
		t.Error("the file name is not made of our number alone")
	}
}

// TestCase_153_MasksHaveOneLength: long and short secrets give the same bytes.
func TestCase_153_MasksHaveOneLength(t *testing.T) {
	var made [][]byte
	for _, addr := range []string{"203.0.113.1", "203.0.113.254"} {
		for _, name := range []string{"r", "a-very-long-name-indeed"} {
			text := strings.ReplaceAll(exampleReport(t), "203.0.113.25", addr)
			text = strings.ReplaceAll(text, "r-203-0-113-25", name+"-"+strings.ReplaceAll(addr, ".", "-"))
			d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
			made = append(made, d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", "conditions: hide-my-ip\n", text)).Plain)
		}
	}
	for _, other := range made[1:] {
		if !bytes.Equal(made[0], other) {
			t.Fatalf("the messages differ:\n%s\n%s", made[0], other)
		}
	}
}

// TestCase_154_OrderOfTheInputDoesNotShow permutes systems, white space and
// reports.
func TestCase_154_OrderOfTheInputDoesNotShow(t *testing.T) {
	text := exampleReport(t)
	swapped := regexp.MustCompile(`(?s)(<System category="source">.*?</System>)(\s*)(<System category="target">.*?</System>)`).ReplaceAllString(text, "$3$2$1")
	if swapped == text {
		t.Fatal("nothing was swapped")
	}
	spaced := strings.ReplaceAll(text, "><", ">\n\t <")
	var first []byte
	for i, in := range []string{text, swapped, spaced} {
		d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
		n := d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", "conditions: forward-log-as-is\n", in))
		if i == 0 {
			first = n.Plain
		} else if !bytes.Equal(first, n.Plain) {
			t.Errorf("input %d shows:\n%s", i, n.Document)
		}
	}
}

// twins is how often TestCase_155 makes a twin.
const twins = 1000

// TestCase_155_TwinsAreEqual makes a thousand twins of the worked example and
// one of another kind: none can be told from the message.
func TestCase_155_TwinsAreEqual(t *testing.T) {
	for _, conditions := range []string{"conditions: hide-my-ip\n", "conditions: minimal\n", blockOf("conditions: hide-my-ip\nmy-addresses: pseudonym\ntime: hour\n")} {
		t.Run(conditions, func(t *testing.T) {
			d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
			d.twins = twins
			n := d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", conditions, exampleReport(t)))
			if n.Twin != TwinEqual {
				t.Errorf("twin %s", n.Twin)
			}
		})
	}
}

// TestCase_155_ATwinTellsABrokenBuilder: a builder that lets one bit of a
// withheld value through is caught by the twin run alone.
func TestCase_155_ATwinTellsABrokenBuilder(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
	n := d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", "conditions: minimal\n", exampleReport(t)))
	random := rand.New(rand.NewPCG(1, 2))
	hidden := -1
	for i := range n.material.cells {
		if n.material.cells[i].Value == "203.0.113.25" {
			hidden = i
		}
	}
	n.twinRun(new(twinner), random, 1, func(drawn *twinner) ([]byte, error) {
		value := drawn.twin.cells[hidden].Value
		parity := len(value) + int(value[len(value)-1])
		return append(slices.Clone(n.Plain), fmt.Sprint(parity)...), nil
	})
	if n.Twin != TwinDiffers {
		t.Error("the twin run sees nothing")
	}
}

// TestCase_156_PseudonymsFollowTheValues: other values get the same names, in
// the order in which they are first needed.
func TestCase_156_PseudonymsFollowTheValues(t *testing.T) {
	make := func(a, b string) *Notice {
		text := strings.NewReplacer("203.0.113.25", a, "r-203-0-113-25.example.co.jp", "x", "192.0.2.200", b).Replace(exampleReport(t))
		d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
		return d.told("isp-r", disclosure.Authenticated, d.report("cert-u", blockOf("conditions: hide-my-ip\nmy-addresses: pseudonym\n"), text))
	}
	one, two := make("203.0.113.30", "192.0.2.201"), make("203.0.113.99", "192.0.2.4")
	if !bytes.Equal(one.Plain, two.Plain) {
		t.Errorf("the messages differ:\n%s\n%s", one.Document, two.Document)
	}
	if len(one.Fresh) == 0 || !strings.Contains(one.Document, one.Fresh[0].Token) {
		t.Errorf("no pseudonym in\n%s", one.Document)
	}
}

// TestDraftsCompareWhole changes each field of a draft in turn: the twin run
// must see it, since only what is equal need not be written again.
func TestDraftsCompareWhole(t *testing.T) {
	fields := 0
	var each func(typ reflect.Type, path string, at func(d *Draft) reflect.Value)
	differs := func(path string, at func(d *Draft) reflect.Value, change func(v reflect.Value)) {
		var one, other Draft
		at(&other) // the slices on the way are there in both
		change(at(&one))
		if fields++; one.equal(&other) || other.equal(&one) {
			t.Errorf("nobody sees %s", path)
		}
	}
	each = func(typ reflect.Type, path string, at func(d *Draft) reflect.Value) {
		switch {
		case typ == reflect.TypeFor[time.Time]():
			differs(path, at, func(v reflect.Value) { v.Set(reflect.ValueOf(noon)) })
		case typ.Kind() == reflect.Struct:
			for i := range typ.NumField() {
				each(typ.Field(i).Type, path+"."+typ.Field(i).Name, func(d *Draft) reflect.Value {
					f := at(d).Field(i)
					return reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem() // also what is not exported
				})
			}
		case typ.Kind() == reflect.Slice:
			differs(path, at, func(v reflect.Value) { v.Set(reflect.MakeSlice(typ, 1, 1)) })
			each(typ.Elem(), path+"[0]", func(d *Draft) reflect.Value {
				v := at(d)
				if v.Len() == 0 {
					v.Set(reflect.MakeSlice(typ, 1, 1))
				}
				return v.Index(0)
			})
		case typ.Kind() == reflect.Pointer:
			differs(path, at, func(v reflect.Value) { v.Set(reflect.New(typ.Elem())) })
		case typ.Kind() == reflect.String:
			differs(path, at, func(v reflect.Value) { v.SetString("x") })
		case typ.Kind() == reflect.Bool:
			differs(path, at, func(v reflect.Value) { v.SetBool(true) })
		case reflect.Zero(typ).CanInt():
			differs(path, at, func(v reflect.Value) { v.SetInt(1) })
		case reflect.Zero(typ).CanUint():
			differs(path, at, func(v reflect.Value) { v.SetUint(1) })
		default:
			t.Fatalf("%s: a draft holds a %s", path, typ.Kind())
		}
	}
	each(reflect.TypeFor[Draft](), "Draft", func(d *Draft) reflect.Value { return reflect.ValueOf(d).Elem() })
	if fields < 40 {
		t.Errorf("only %d fields were changed", fields)
	}
	if !new(Draft).equal(new(Draft)) {
		t.Error("two empty drafts differ")
	}
}

// TestTwinsOfAFullNetwork: in a log that names every address of its networks
// there is no other one to draw, and the twin does not look for it a hundred
// times for each.
func TestTwinsOfAFullNetwork(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.CSIRT), orgV())
	const names = 16 << 8
	text, tail, _ := strings.Cut(exampleReport(t), "</RecordItem>")
	for i := range names {
		text += fmt.Sprintf("10.0.%d.%d\n", i>>8, i&255)
	}
	n := d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", blockOf("conditions: minimal\nmy-site: 10.0.0.0/8\n"), text+"</RecordItem>"+tail))
	draws := &counting{Source: rand.NewPCG(1, 2)}
	memory := new(twinner)
	memory.begin(n, rand.New(draws))
	memory.draw()
	if most := 40 * names; draws.n > most {
		t.Errorf("%d random numbers for %d names", draws.n, names)
	}
}

// TestAFullNetworkIsTold: a log that names most of a network, or all of it, is
// told like any other: no value takes the twin of another.
func TestAFullNetworkIsTold(t *testing.T) {
	for _, form := range []string{"192.0.2.%d", "host-203-0-113-%d.isp.example", "h%d-113-0-203.example.org 203.0.113.%[1]d", "9.8.7.%d"} {
		for _, names := range []int{200, 256} {
			for _, conditions := range []string{"conditions: hide-my-ip\n", "conditions: forward-log-as-is\n"} {
				d := newDesk(t, "", certU(), ispR(disclosure.CSIRT), orgV())
				head, tail, _ := strings.Cut(exampleReport(t), "</RecordItem>")
				for i := range names {
					head += fmt.Sprintf("www sshd: "+form+" failed\n", i)
				}
				d.twins = 5
				d.told("isp-r", disclosure.Trusted, d.report("cert-u", blockOf(conditions), head+"</RecordItem>"+tail))
			}
		}
	}
}

type counting struct {
	rand.Source
	n int
}

func (c *counting) Uint64() uint64 { c.n++; return c.Source.Uint64() }

// TestTwinOfCrossingAddress: an IPv6 address that carries a hidden IPv4 address
// is masked because of that, in the twin too: it is no leak.
func TestTwinOfCrossingAddress(t *testing.T) {
	for _, six := range []string{"64:ff9b::cb00:7119", "2002:cb00:7119::1", "2001:0:4136:e378:8000:63bf:34ff:8ee6", "2001:0:cb00:7119:8000:63bf:3fff:fdd2",
		"fe80::5efe:cb00:7119", "2001:db8:9::200:5efe:cb00:7119", "64:ff9b::203.0.113.25"} {
		d := newDesk(t, "", certU(), ispR(disclosure.CSIRT), orgV())
		text := strings.Replace(exampleReport(t), "192.0.2.200 CONNECT", six+" CONNECT", 1)
		for _, stage := range []disclosure.Stage{disclosure.Acknowledged, disclosure.Authenticated, disclosure.Trusted} {
			d.twins = 20
			n := d.told("isp-r", stage, d.report("cert-u", "conditions: hide-my-ip\n", text))
			has(t, n, "[withheld:ipv6] CONNECT")
			lacks(t, n, six)
		}
	}
}

// TestTwinsAreDrawnAnew: a twin has nothing of the one before, be it of this
// notice or another's.
func TestTwinsAreDrawnAnew(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.CSIRT), orgV())
	n := d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", "conditions: hide-my-ip\n", exampleReport(t)))
	memory, random := new(twinner), rand.New(rand.NewPCG(1, 2))
	memory.begin(n, random)
	memory.draw()
	first := map[string]bool{}
	for i := range memory.twin.cells {
		if c := &memory.twin.cells[i]; c.Value != n.material.cells[i].Value {
			first[c.Value] = true
		}
	}
	text := string(memory.twin.passages[0].twin)
	memory.draw()
	for i := range memory.twin.cells {
		if c := &memory.twin.cells[i]; c.Class == disclosure.ClassHostname && first[c.Value] {
			t.Errorf("%s twice", c.Value)
		}
	}
	if len(first) == 0 || string(memory.twin.passages[0].twin) == text {
		t.Errorf("%d values were drawn, and the text %q", len(first), text)
	}
}
