package relay

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// TestTableHoldsEveryCell: what a decision's row keeps is read back as every
// cell with its reasons, in order, whatever is reported and allowed.
func TestTableHoldsEveryCell(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
	seen := 0
	rapid.Check(t, func(t *rapid.T) {
		n := d.tell("isp-r", disclosure.Authenticated, d.report("cert-u", randomConditions(t), randomReport(t)))
		table := n.table()
		got, err := ReadCells(table)
		if err != nil {
			t.Fatal(err)
		}
		if want := n.Cells(); !reflect.DeepEqual(got, want) {
			t.Fatalf("%s\ngives %+v\nwant %+v", table, got, want)
		}
		seen += len(got)
	})
	if seen == 0 {
		t.Error("no cell was ever written")
	}
}

// TestTableReadsOldRows: rows that list every cell are read as they are.
func TestTableReadsOldRows(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
	n := d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", "conditions: hide-my-ip\n", exampleReport(t)))
	old, err := json.Marshal(n.Cells())
	d.check(err)
	got, err := ReadCells(old)
	d.check(err)
	if !reflect.DeepEqual(got, n.Cells()) {
		t.Errorf("got %+v", got)
	}
	for _, bad := range []string{`{"reasons":[],"cells":[{"path":"x","why":0}]}`, `{"reasons":[[]],"cells":[{"path":"x","why":0},{"in":"1.x","why":0}]}`, `{`} {
		if _, err := ReadCells(json.RawMessage(bad)); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
}

// TestTableGrowsLittle: a log of a thousand lines more makes the row of its
// decision longer by their numbers only.
func TestTableGrowsLittle(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
	table := d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", "conditions: forward-log-as-is\n", withLog(t, 100<<10))).table()
	if n := strings.Count(string(table), "address"); len(table) > 24<<10 || n > 40 {
		t.Errorf("%d bytes, %d addresses", len(table), n)
	}
}

// TestTextAsJSON: text is written as encoding/json writes it.
func TestTextAsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]*`), rapid.StringMatching(`[a-z"\\]*`), rapid.StringMatching(`[a-c<>&\x00-\x1f\x7f-\xff]*`)).Draw(t, "text")
		want, err := json.Marshal(text)
		if got := appendText([]byte("x"), text); err != nil || string(got) != "x"+string(want) {
			t.Fatalf("%q is written %s, want %s: %v", text, got, want, err)
		}
	})
}

// TestSameUnderAnEarlierVersion: an override that waits while the gateway is
// brought up to date is still the one that was approved, though its row was
// written in other words; with another cell it is not.
func TestSameUnderAnEarlierVersion(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.CSIRT), orgV())
	r := d.report("cert-u", "conditions: hide-my-ip\n", exampleReport(t))
	n := d.told("isp-r", disclosure.Acknowledged, r)
	var was store.Decision
	var err error
	was.Inputs, err = json.Marshal(inputsOf(n, &Ticket{Number: n.Number, Reports: []*Report{r}}))
	d.check(err)
	was.Cells, err = json.Marshal(n.Cells())
	d.check(err)
	was.CellsDigest, was.Stage = store.DigestOf(was.Cells), store.Stage(n.Recipient.Stage)
	if !n.SameUnder(was) {
		t.Error("it is another one")
	}
	row := was.Cells
	if was.Cells = append(slices.Clip(row), ' '); n.SameUnder(was) {
		t.Error("what its digest does not cover is taken for it")
	}
	was.Cells = bytes.Replace(row, []byte(`"action":"mask"`), []byte(`"action":"keep"`), 1)
	if was.CellsDigest = store.DigestOf(was.Cells); n.SameUnder(was) {
		t.Error("one with another action is taken for it")
	}
}
