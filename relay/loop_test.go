package relay

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// TestMarksOfAMessage: a message's own marks are known again, also as earlier
// versions wrote them, and no others are.
func TestMarksOfAMessage(t *testing.T) {
	d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
	n := d.told("isp-r", disclosure.Acknowledged, d.report("cert-u", "conditions: hide-my-ip\n", exampleReport(t)))
	_, field, _ := strings.Cut(string(n.Plain), LoopField+": ")
	now, _, _ := strings.Cut(field, "\r\n")
	id, _, _ := strings.Cut(strings.Trim(n.MessageID, "<>"), "@")
	raw, ok := store.TokenBytes(id)
	if !ok {
		t.Fatalf("Message-ID %s", n.MessageID)
	}
	hexID := hex.EncodeToString(raw)
	before := hexID + "." + hex.EncodeToString(d.Mark.of("loop", hexID))
	for _, mark := range []string{now, " " + now, strings.Replace(now, " ", "\t", 1), before} { // a tab where a server folded the line
		if !d.Mark.Knows(mark) || !slices.Equal(LoopMarks([]string{mark}), []string{strings.Join(strings.Fields(mark), " ")}) || !d.Mark.Loops([]string{mark}) {
			t.Errorf("%q is not known", mark)
		}
	}
	other := newMarkKey([]byte("another"))
	for _, mark := range []string{"", id, id + " ", id + " gggg.gggg.gggg.gggg", id + "." + now[len(id)+1:], before[1:], strings.ToUpper(now), now + "g"} {
		if d.Mark.Knows(mark) {
			t.Errorf("%q is known", mark)
		}
	}
	if (Mark{[]*markKey{other}}).Knows(now) {
		t.Error("a mark under another key is known")
	}
	for _, bad := range []string{"a.example b", "203.0.113.25", "gggg", "gggg gggg gggg", "GGGG gggg", "gg.gg gg", before[1:], "0" + before, before + "0", now + "g", "g" + now,
		"hypnot.zing.my.host try.ghost.in.port", strings.ReplaceAll(now, now[:1], "i"), strings.ToUpper(now)} {
		if LoopMarks([]string{bad}) != nil {
			t.Errorf("%q is carried on", bad)
		}
	}
	if n.From == d.Bounces || d.BounceTo(strings.ToUpper(n.From)) != n.From || !slices.Contains(d.SentFrom(n.MessageID), n.From) || !slices.Contains(d.SentFrom("<"+hexID+"@gw.example.org>"), n.From) {
		t.Errorf("bounces to %q are not known", n.From)
	}
	if local, _, _ := strings.Cut(n.From, "@"); len(local) > 64 {
		t.Errorf("%q is too long before the @", n.From)
	}
	if d.SentFrom("<"+strings.Repeat("gg", 33)+"@gw.example.org>") != nil {
		t.Error("an id of any length is looked up")
	}
	if d.BounceTo(strings.Replace(n.From, "bounce+", "bounce+0", 1)) != "" || d.SentFrom("<x@gw.example.org>") != nil {
		t.Error("a made-up address is known")
	}
}
