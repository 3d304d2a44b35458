package disclosure

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"net/netip"
	"pgregory.net/rapid"
)

func same(t *testing.T, what string, got, want Conditions) {
	t.Helper()
	opts := []cmp.Option{cmp.AllowUnexported(Conditions{}), cmpopts.EquateComparable(netip.Prefix{}), cmpopts.EquateEmpty()}
	if d := cmp.Diff(want, got, opts...); d != "" {
		t.Errorf("%s (-want +got)\n%s", what, d)
	}
}

// TestConditionsOneMeaning shows that the block in English and in Japanese,
// in full width, and the XML form compile to one value.
func TestConditionsOneMeaning(t *testing.T) {
	english := *conditions(t, "Dear colleagues,\n\n"+block("version: 1", "conditions: hide-my-ip # our wish", "to: csirt, source-site", "stage: first-contact",
		"my-site: 203.0.113.0/24, example.co.jp", "logs: as-is", "my-addresses: pseudonym", "my-hosts: hide", "identity: keep",
		"text: sanitize", "time: minute", "clock: ntp", "tlp: AMBER+STRICT", "until: 2027-01-31", "replace-profile: yes")+"\nRegards\n")
	japanese := *conditions(t, block("条件：自サイトのＩＰアドレスを伏せる", "転送先: ＣＳＩＲＴ、送信元サイト", "段階：初報",
		"自サイト: 203.0.113.0/24、example.co.jp", "ログ: そのまま", "自サイトのIPアドレス：仮名", "自サイトのホスト名: 伏せる", "報告者: 開示",
		"説明文: 加工", "時刻: 分", "時計：ＮＴＰ", "ＴＬＰ： amber+strict", "期限： ２０２７－０１－３１", "既定を置換: はい"))
	same(t, "Japanese", japanese, english)
	xml, err := ParsePairs([]Pair{{"my-site", "example.co.jp, 203.0.113.0/24"}, {"stage", "first-contact"}, {"to", "source-site, csirt"},
		{"logs", "as-is"}, {"my-addresses", "pseudonym"}, {"my-hosts", "hide"}, {"identity", "keep"}, {"text", "sanitize"}, {"time", "minute"},
		{"clock", "ntp"}, {"tlp", "AMBER+STRICT"}, {"until", "2027-01-31"}, {"replace-profile", "yes"}, {"conditions", "hide-my-ip"}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "pairs", xml, english)
	if english.Relay != RelayYes || english.Logs != AsIs || english.Addresses != Pseudonymise || english.Stage != FirstContact || !english.Until.Equal(time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", english)
	}
}

// TestPresets shows the table of presets, in both languages, on a line alone.
func TestPresets(t *testing.T) {
	for _, p := range presets {
		en, ja := *conditions(t, "Hello.\n  Conditions:  "+strings.ToUpper(p.en)+"\nBye: now\n"), *conditions(t, "条件： "+p.ja+"\n")
		same(t, p.en, ja, en)
		if named, ok := Preset(p.en); !ok || !named.Said(KeyLogs) {
			t.Errorf("no preset %s", p.en)
		}
	}
	c := *conditions(t, "conditions: forward-log-as-is")
	if c.Relay != RelayYes || c.Logs != AsIs || c.Addresses != Keep || c.Hosts != Keep || c.Identity != Mask || strings.Join(c.To, " ") != "source-site csirt" || c.Said(KeyStage) {
		t.Errorf("%+v", c)
	}
	if c := conditions(t, "conditions: no-relay"); c.Relay != RelayNo || c.Said(KeyTo) {
		t.Errorf("%+v", c)
	}
}

// TestCase_170_InvalidBlock shows that one unknown word makes the whole block
// invalid and that the error names its line.
func TestCase_170_InvalidBlock(t *testing.T) {
	for _, c := range []struct {
		line int
		text string
	}{
		{3, block("conditions: hide-my-ip", "my-addreses: keep")},
		{2, block("my-addresses: kep")},
		{3, block("logs: as-is", "logs: no")},
		{3, block("logs: as-is", "ログ: そのまま")},
		{2, block("version: 2")},
		{2, block("logs:\tas-is")},
		{2, block("\tlogs: as-is")},
		{2, block("logs: &anchor as-is")},
		{2, block("<<: *base")},
		{2, block("logs")},
		{2, block("relay: maybe")},
		{2, block("to: everybody")},
		{2, block("to: ")},
		{2, block("to: ti:3")},
		{2, block("my-site: 0.0.0.0/0")},
		{2, block("my-site: localhost")},
		{2, block("my-addresses: /31")},
		{2, block("my-addresses: 24")},
		{2, block("tlp: PINK")},
		{2, block("until: 31.01.2027")},
		{2, block("until: 2027-02-30")},
		{2, block("clock: maybe")},
		{2, block("replace-profile: perhaps")},
		{1, beginMark + "\nlogs: as-is\n"},
		{1, "conditions: hide-my-pi"},
		{2, "conditions: minimal\nconditions: forward-log-as-is"},
		{5, block("logs: as-is") + "\nconditions: forward-log-as-is"},
		{5, block("logs: as-is") + "\n" + block("logs: no")},
	} {
		got, found, err := ParseConditions(c.text)
		var ce *ConditionsError
		if !errors.As(err, &ce) || !found || ce.Line != c.line || !got.Empty() {
			t.Errorf("%q: %v, found %v, want an error in line %d", c.text, err, found, c.line)
		}
	}
	if _, err := ParsePairs([]Pair{{"logs", "as-is"}, {"logs", "no"}}); err == nil {
		t.Error("a key said twice in the XML form")
	}
	e := newExample(ispR(VerifiedTLS), Acknowledged, SourceSite, report(certU(), nil))
	e.in.Reports[0].Invalid = true
	if r := Decide(e.in); r.Refusal != RefusedInvalid || len(r.Kept()) != 0 {
		t.Errorf("refusal %q, kept %v", r.Refusal, r.Kept())
	}
}

// TestCase_167_QuotedConditions shows that conditions in quoted or forwarded
// text grant nothing; they may only set a hold.
func TestCase_167_QuotedConditions(t *testing.T) {
	for _, text := range []string{
		"> conditions: forward-log-as-is\n",
		"＞ conditions: forward-log-as-is\n",
		"> " + strings.ReplaceAll(block("logs: as-is"), "\n", "\n> "),
		"Hello\n-----Original Message-----\nconditions: forward-log-as-is\n",
		"Begin forwarded message:\n" + block("logs: as-is"),
		"----- 元のメッセージ -----\n条件: ログそのまま転送可\n",
		"We have it.\n\nFrom: GW CSIRT <ir@gw.example.org>\nSent: Friday, 20 November 2026\nTo: CERT-U\nSubject: x\n\nconditions: forward-log-as-is\n",
		"We have it.\n\n*From:* GW CSIRT\n*Date:* Friday\n\n" + block("logs: as-is"),
		"差出人: GW CSIRT\n送信日時: 2026年11月20日\n宛先: CERT-U\n\n条件: ログそのまま転送可\n",
		"Von: GW CSIRT\nGesendet: Freitag\n\nconditions: forward-log-as-is\n",
		"This came in:\nReturn-Path: <a@sender.example>\nReceived: from a.example\n\tby b.example\nconditions: forward-log-as-is\n",
		"From: a@sender.example\nTo: b@example.co.jp\nSubject: hello\n\nDear customer,\nconditions: forward-log-as-is\n",
		"This came in:\n\nReturn-Path: <a@sender.example>\nX-Original-To: b@example.co.jp\nDelivered-To: b@example.co.jp\nX-Spam: no\n\nconditions: forward-log-as-is\n",
		"From: a@sender.example\nMIME-Version: 1.0\nX-Priority: 3\nSubject: x\n\nconditions: forward-log-as-is\n",
		"From a@sender.example Fri Nov 20 12:00:00 2026\nDate: today\n\nconditions: forward-log-as-is\n",
		"We have it.\n\nOn Fri, 20 Nov 2026 at 12:00, GW CSIRT <ir@gw.example.org> wrote:\n\nconditions: forward-log-as-is\n",
		"On Fri, 20 Nov 2026 at 12:00, GW CSIRT\n<ir@gw.example.org> wrote:\n    conditions: forward-log-as-is\n",
		"Am 20.11.2026 um 12:00 schrieb GW CSIRT:\n> We have it.\n\nAm 19.11.2026 um 12:00 schrieb GW CSIRT:\n" + block("logs: as-is"),
		"2026年11月20日(金) 12:00 GW CSIRT <ir@gw.example.org> さんは書きました:\n\n条件: ログそのまま転送可\n",
		"We have it.\n\nOn Fri, Nov 20, 2026 at 12:00 PM GW CSIRT <ir@gw.example.org>\nwrote:\n\nconditions: forward-log-as-is\n",
		"At Fri, 20 Nov 2026 12:00:00 +0900,\nGW CSIRT wrote:\n\n> We have it.\n\nOn 2026-11-19, *GW CSIRT* wrote:\nconditions: forward-log-as-is\n",
		"Am Fr., 20. Nov. 2026 um 12:00 Uhr schrieb GW CSIRT <\nir@gw.example.org>:\n\nconditions: forward-log-as-is\n",
		"2026年11月20日(金) 12:00 GW CSIRT <ir@gw.example.org>:\n\nconditions: forward-log-as-is\n",
		"GW CSIRT wrote on 11/20/2026 12:00:00 PM:\n\nconditions: forward-log-as-is\n",
		"It says:\n```\nconditions: forward-log-as-is\n```\n",
		"~~~ text\n" + block("logs: as-is"),
		"The conditions: they are bad, but conditions: forward-log-as-is would be fine.\n",
		"no conditions here",
		"",
	} {
		if c, found, err := ParseConditions(text); found || err != nil || !c.Empty() {
			t.Errorf("%q: found %v, %v", text, found, err)
		}
	}
	for _, text := range []string{
		"From: 198.51.100.77\nTo: 203.0.113.25\nDate: 20 November\n", "Date: 20 November\nSubject: a scan\n", "From here on\n\nDate: today\n",
		"On Fri, 20 Nov 2026 at 12:00, GW CSIRT <ir@gw.example.org> wrote:\n> May we pass it on?\n>\n\nYes.\n", "The worm wrote:\nhello\n", "It came from 198.51.100.77.\nThe worm wrote:\nhello\n", "Our contact <soc@example.co.jp>:\n",
		"On Fri, Nov 20, 2026 at 12:00 PM GW CSIRT <ir@gw.example.org>\nwrote:\n\n> We have it.\n> On 19 Nov 2026 you wrote:\n\nYes.\n",
		"On 20 Nov 2026 GW CSIRT wrote:\n| May we?\n\nYes.\n",
		"```\nGET /\n```\n", "Received: one mail\n", "Date: today\nFrom: 12:00 JST\nTo: 13:00 JST\n", "Date: today\nFrom: 198.51.100.77:4711\n", "Date: today\nFrom: 2001:db8::7 (isp-r.example)\n",
		"Received: today\nSender: 198.51.100.77 port 25\n", "Report\n~~~~~~\n", "```GET /```\n",
	} {
		if c, found, err := ParseConditions(text + "conditions: hide-my-ip\n"); !found || err != nil || c.Preset != "hide-my-ip" {
			t.Errorf("below %q: found %v, %v", text, found, err)
		}
	}
	for text, want := range map[string]bool{
		"> conditions: no-relay\n": true, "relay: no": true, "conditions: ask-me": true, "stop": true, "Please do not forward this.": true,
		"転送しないでください。": true, "条件：転送不可": true,
		"> conditions: forward-log-as-is": false, "please stop the attack": false, "relay: yes": false, "": false,
	} {
		if Tightens(text) != want {
			t.Errorf("%q tightens: %v, want %v", text, !want, want)
		}
	}
}

// TestProseIsNoGrant shows that prose only suggests a preset to people.
func TestProseIsNoGrant(t *testing.T) {
	for text, want := range map[string]string{
		"You may forward our logs as they are.":    "forward-log-as-is",
		"Please hide only my site's IP address.":   "hide-my-ip",
		"ログはそのまま転送していただいて構いません。":                   "forward-log-as-is",
		"自サイトのＩＰアドレスは伏せてください。":                     "hide-my-ip",
		"Please ask us before anything is passed.": "ask-me",
		"Do not forward the logs.":                 "no-relay",
		"The weather is fine.":                     "",
	} {
		if got, ok := Suggest(text); got != want || ok != (want != "") {
			t.Errorf("%q suggests %q, want %q", text, got, want)
		}
		if c, found, err := ParseConditions(text); found || err != nil || !c.Empty() {
			t.Errorf("%q grants", text)
		}
	}
}

// TestConditionsRoundTrip shows that the canonical block reads back equal.
func TestConditionsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := genConditions(t)
		if c == nil {
			return
		}
		back, found, err := ParseConditions("x\n" + c.String() + "y\n")
		if err != nil || !found || back.String() != c.String() {
			t.Fatalf("%s\nreads back %v %v as\n%s", c, found, err, back)
		}
	})
}

func FuzzConditions(f *testing.F) {
	f.Add(block("conditions: hide-my-ip", "my-site: 203.0.113.0/24, example.co.jp", "tlp: AMBER", "clock: +3s", "until: 2027-01-31"))
	f.Add("条件： ログそのまま転送可\n")
	f.Add(block("転送先：ＣＳＩＲＴ、party:x", "自サイトのIPアドレス: /48"))
	f.Fuzz(func(t *testing.T, text string) {
		c, found, err := ParseConditions(text)
		if err != nil {
			var ce *ConditionsError
			if !errors.As(err, &ce) || ce.Line < 1 || !c.Empty() || !found {
				t.Fatalf("%v %v %v", c, found, err)
			}
			return
		}
		if !found && !c.Empty() {
			t.Fatal("conditions from nothing")
		}
		if found {
			back, _, err := ParseConditions(c.String())
			if err != nil || back.String() != c.String() {
				t.Fatalf("%s\nreads back %v\n%s", c, err, back)
			}
		}
		Tightens(text)
		Suggest(text)
	})
}
