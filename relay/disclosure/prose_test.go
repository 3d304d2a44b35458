package disclosure

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCase_91_Tightens: what an unsigned text must say to set a hold.
func TestCase_91_Tightens(t *testing.T) {
	for _, text := range []string{
		"Please stop.", "STOP\nKind regards", "- Stop!", "中止してください。",
		"Please don’t forward this.", "Please do\nnot forward it.", "> and please do\n> not forward it", "Never share this with them.", "This is not to be passed on.",
		"Please stop forwarding.", "Cease all relaying.", "Stop all communication.", "Stop sending our logs.", "Please stop sending this to anybody.", "Don't tell isp-r anything more.",
		"We withdraw our consent.", "I revoke the permission that we gave.", "We no longer agree to this.", "We withdraw our report.",
		"転送をやめてください。", "転送は控えてください。", "転送し\nないでください。", "開示はお控えください。", "ログを送らないでください。", "同意を撤回します。", "公開しないでください",
		"do  not  forward this", "do\tnot forward", "do *not* forward", "Please _do not_ share it.", "dont forward it", "We do not consent to this.",
		"Do not notify the ISP.", "Please do not contact the ISP.", "Do not redistribute.", "Please refrain from forwarding it.", "Hold off on sharing this.",
		"Forwarding is not permitted.", "Stop - our lawyers object", "Stop, please", "同意しません。", "許可できません。", "転送はお断りします。", "転送を待ってください。",
		"logs: no", "ログ: 不可", "my-addresses: hide", "my-addresses: /24", "identity: hide # please", "time: hour", "stage: trusted", "until: 2026-11-30",
		"conditions: minimal", "conditions: hide-my-ip", "条件: 最小限", "conditions: norelay",
		block("conditions: forward-log-as-is"), block("conditions: minimal"), block("relay: yes", "logs: no"), block("conditions: minimall"), block("nonsense"),
		block("conditions: CHOOSE-ONE", "logs: no"),
	} {
		if !Tightens(text) {
			t.Errorf("%q tightens nothing", text)
		}
	}
	for _, text := range []string{
		"We look into it and come back to you.", "Stop the attack, please.", "Please hide only our address.", "You may forward it.",
		"conditions: forward-log-as-is", "logs: as-is", "my-addresses: keep", "relay: yes", "stage: first-contact", "clock: ntp", "version: 1",
		"To: CSIRT", "TLP:RED", "Time: 12:14:07 UTC", "Logs: see below", "Text: attached",
		"> conditions: minimal", "> " + strings.ReplaceAll(block("conditions: minimal"), "\n", "\n> "),
		"We have it.\n-- \nDo not forward this mail.\n", "If you are not the intended recipient, do not forward, copy or share it.", "誤って受信された場合は転送しないでください。",
		"Please have your customer stop sending spam.", "Please stop all attacks.", "The host should cease all scans.", "サイトの公開を停止してください。", "The customer must stop the scan.", "",
		"Stop-gap measures are in place.", "You cannot reach us by telephone.", "Please do not hesitate to contact us.", "The ISP cannot find it.", "接続できません。",
	} {
		if Tightens(text) {
			t.Errorf("%q tightens", text)
		}
	}
}

// TestTightensNotByOurLetters: an ordinary answer that quotes one of our
// letters, or holds it below as it was, asks for nothing.
func TestTightensNotByOurLetters(t *testing.T) {
	files, err := filepath.Glob("../templates/*.txt")
	if err != nil || len(files) < 16 {
		t.Fatalf("%d letters, %v", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		ours := string(raw)
		narrow := strings.ReplaceAll(strings.ReplaceAll(ours, "minimal, ", "minimal,\n"), "最小限、", "最小限、\n")
		for form, text := range map[string]string{
			"quoted":            "> " + strings.ReplaceAll(ours, "\n", "\n> "),
			"quoted twice":      "> > " + strings.ReplaceAll(ours, "\n", "\n> > "),
			"quoted and broken": "> " + strings.ReplaceAll(narrow, "\n", "\n> "),
			"below":             "-----Original Message-----\n" + ours,
			"as it was":         ours,
		} {
			if Tightens("We will ask, and come back to you.\n\n" + text) {
				t.Errorf("%s, %s, tightens", filepath.Base(file), form)
			}
			c := *conditions(t, block("conditions: minimal"))
			if c.Contradicts(block("conditions: minimal") + "\n" + text) {
				t.Errorf("%s, %s, contradicts the block above it", filepath.Base(file), form)
			}
		}
	}
}

// TestContradicts: words beside signed conditions that say less than these.
func TestContradicts(t *testing.T) {
	for text, want := range map[string]bool{
		"Do not forward this.\nconditions: forward-log-as-is":             true,
		block("conditions: minimal") + "Do not forward this.":             true,
		"conditions: forward-log-as-is\nlogs: no":                         true,
		"conditions: minimal\nuntil: 2026-11-30":                          true,
		block("conditions: minimal") + "relay: no":                        true,
		block("logs: as-is") + "relay: no":                                true,
		block("conditions: hide-my-ip", "stage: first-contact"):           false,
		"Dear all,\n" + block("conditions: minimal") + "Regards\n":        false,
		"conditions: minimal\nlogs: as-is":                                false, // and gives no log
		"conditions: hide-my-ip\nlogs: sanitize":                          false,
		"TLP:RED\nconditions: minimal":                                    false,
		block("conditions: minimal") + "> conditions: forward-log-as-is":  false,
		block("conditions: minimal") + "> conditions: no-relay":           true,
		block("conditions: no-relay") + "Please do not forward anything.": false, // it says so itself
	} {
		c, found, err := ParseConditions(text)
		if !found || err != nil {
			t.Fatalf("%q: %v, %v", text, found, err)
		}
		if got := c.Contradicts(text); got != want {
			t.Errorf("%q contradicts: %v", text, got)
		}
	}
}
