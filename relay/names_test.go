package relay

import (
	"strings"
	"testing"

	"iodefgw/relay/disclosure"
)

// TestNamesInTheLog: what the scan would find is masked first, however a name is
// written, and also where only the report's own contact bears it: the notice is
// told and not stopped.
func TestNamesInTheLog(t *testing.T) {
	for _, c := range []struct{ alias, contact, log string }{
		{"田中 太郎", "", "田中太郎"},
		{"田中太郎", "", "田中太郎"},
		{"サート・ユー", "", "サートユー"},
		{"サート・ユー", "", "ｻｰﾄ･ﾕｰ"},
		{"CERT-U", "", "CERT U"},
		{"田中太郎", "", "田中　太郎"},
		{"田中太郎", "", "田 中・太-郎"},
		{"", "山田 花子", "山 田  花 子"},
		{"Taro Tanaka", "", "TANAKA, Taro"},
		{"Taro Tanaka", "", "tanaka_taro"},
		{"", "Hanako Yamada", "hanako yamada"},
		{"", "Hanako Yamada", "Yamada Hanako"},
		{"", "山田 花子", "山田花子"},
		{"", "Admin", "Admin"},
		{"", "Dr. Hanako Yamada", "Hanako Yamada"},
		{"", "Dr. Hanako Yamada", "yamada_hanako"},
		{"", "Hanako Yamada", "hanako.yamada"},
		{"", "Hanako Yamada", "Yamada.Hanako"},
		{"", "Prof. Dr. Hanako Yamada, PhD", "YAMADA, Hanako"},
		{"", "Hanako Yamada, CISSP", "HanakoYamada"},
		{"", "Ms Yamada", "yamada"},
		{"", "山田花子様", "山田花子"},
		{"", "山田 花子 氏", "山田花子"},
	} {
		u := certU()
		if c.alias != "" {
			u.Aliases = []string{c.alias}
		}
		text := exampleReport(t)
		if c.contact != "" {
			text = strings.Replace(text, "<ContactName>CERT-U<", "<ContactName>"+c.contact+"<", 1)
		}
		text = strings.Replace(text, "Failed password", "Failed password by "+c.log+",", 1)
		for _, stage := range []disclosure.Stage{disclosure.Acknowledged, disclosure.Trusted} {
			d := newDesk(t, "", u, ispR(disclosure.AbuseDesk), orgV())
			n := d.tell("isp-r", stage, d.report("cert-u", "conditions: forward-log-as-is\n", text))
			if n.Refusal != "" {
				t.Errorf("%+v at %s: %s %q", c, stage, n.Refusal, n.Leaks)
				continue
			}
			lacks(t, n, "by "+c.log)
			has(t, n, "Failed password by ")
		}
	}
}

// TestANameCoversNoValue: what a name of the recipient's reaches into is told only
// if it may be told itself.
func TestANameCoversNoValue(t *testing.T) {
	r := ispR(disclosure.AbuseDesk)
	r.Aliases = []string{"Level 3", "Example Net"}
	d := newDesk(t, "", certU(), r, orgV())
	for _, c := range []struct{ log, not string }{{"level 3.0.113.77", "3.0.113.77"}, {"example net.printer.lan", "printer"}} {
		text := strings.Replace(exampleReport(t), "Failed password", "Failed password by "+c.log+",", 1)
		n := d.told("isp-r", disclosure.Trusted, d.report("cert-u", "conditions: hide-my-ip\n", text))
		lacks(t, n, c.not)
		has(t, n, "Failed password by ")
	}
}

// TestANameIsNobodyElsesSpelling: a party whose name is another's turned round
// keeps it.
func TestANameIsNobodyElsesSpelling(t *testing.T) {
	r := disclosure.NewRecogniser([]disclosure.NamedParty{{Names: []string{"Mori Hayashi"}}, {Names: []string{"Hayashi Mori"}}})
	for _, name := range []string{"mori hayashi", "hayashi mori"} {
		if found := r.Find("login by " + name + "."); len(found) != 1 || found[0].Value != name {
			t.Errorf("%s: found %v", name, found)
		}
	}
	if found := r.With([]string{"Taro Tanaka", "Hayashi Mori"}).Find("Tanaka Taro and MORI HAYASHI"); len(found) != 2 || found[0].Value != "taro tanaka" || found[1].Value != "mori hayashi" {
		t.Errorf("found %v", found)
	}
}
