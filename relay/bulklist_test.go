package relay

import (
	"slices"
	"strings"
	"testing"

	"iodefgw/relay/disclosure"
)

// bulk is an indicator with a list of this kind.
func bulk(kind string, lines ...string) string {
	return `<IndicatorData><Indicator><IndicatorID name="cert.example.co.jp" version="1">IND-9</IndicatorID><Observable><BulkObservable type="` + kind + `"><BulkObservableList>
` + strings.Join(lines, "\n  ") + `
</BulkObservableList></BulkObservable></Observable></Indicator></IndicatorData>`
}

// TestBulkLists: each line of a list is a value, which is masked where a log has
// it; a list of one line is one.
func TestBulkLists(t *testing.T) {
	for _, c := range []struct{ list, log, want string }{
		{bulk("user-name", "hmori", "bob", "isp"), "hmori, then bob; user isp, user bob", "[withheld:account], then bob; user [withheld:account], user [withheld:account]"},
		{bulk("file-path", `C:\x\upd7.exe`, "/var/www/drop7.php"), `"C:\\x\\upd7.exe" /var/www/drop7.php`, `"[withheld:path]" [withheld:path]`},
		{bulk("e-mail", "a@example.co.jp", "b@isp-r.example"), "a@example.co.jp b@isp-r.example", "[withheld:email] b@isp-r.example"},
		{bulk("site-uri", "http://www.example.co.jp/x?y=1", "http://w.isp-r.example/z"), "http://www.example.co.jp/x http://w.isp-r.example/z", "http://www.example.co.jp/x http://w.isp-r.example/z"},
		{bulk("mac", "00:00:5e:00:53:01", "no MAC 192.0.2.9"), "00005e005301 192.0.2.9", "[withheld:mac] [withheld:ipv4]"},
		{bulk("asn", "64496", "64497"), "AS64497", "[withheld:asn]"},
		{bulk("user-name", "hmori"), "hmori", "[withheld:account]"},
	} {
		logsTold(t, certU(), "conditions: hide-my-ip\n", parts{tail: c.list}, []inLog{{c.log, c.want}})
	}
}

// TestCellsOfABulkList: they stand like those of a text.
func TestCellsOfABulkList(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
	for list, want := range map[string][]string{
		bulk("user-name", "hmori", "bob"):                               {" text drop", "#2.1 account drop", "#3.1 account drop"},
		bulk("asn", "64496", "64497"):                                   {" text drop", "#2.1 asn drop", "#3.1 asn drop"},
		bulk("domain-to-ipv4", "w.example, 192.0.2.9", "x"):             {" log drop", "#2.1 hostname drop", "#2.2 address drop"},
		bulk("mac", "00:00:5e:00:53:01", "no MAC 192.0.2.9"):            {" text drop", "#2.1 mac drop", "#3.1 address drop"},
		bulk("site-uri", "http://w.example/x?y=1", "http://w.example/"): {" text drop", "#2.1 url drop", "#3.1 url drop"},
	} {
		n := d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", "conditions: hide-my-ip\n", reportOf(parts{tail: list})))
		var got []string
		for _, c := range n.Cells() {
			if _, at, ok := strings.Cut(c.Path, "/BulkObservableList[1]"); ok {
				got = append(got, at+" "+c.Class+" "+c.Action)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		for i := range n.material.cells {
			if c := &n.material.cells[i]; strings.Contains(c.Value, "?") {
				t.Errorf("%s is taken up", c.Value)
			}
		}
	}
}
