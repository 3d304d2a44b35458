package disclosure

import (
	"iter"
	"strings"
)

// Prose is never a grant. What looks like one is shown to the operator with
// the preset that would say it, and to the requester with the block to sign;
// what looks like its opposite, signed or not, sets a hold until the requester
// was asked. Both lists err on the side that costs a question.

var grantPhrases = [...]struct {
	preset string
	all    []string // every one of them stands in one sentence
}{
	{"hide-my-ip", []string{"hide", "ip"}},
	{"hide-my-ip", []string{"hide", "address"}},
	{"hide-my-ip", []string{"mask", "address"}},
	{"hide-my-ip", []string{"without", "our address"}},
	{"hide-my-ip", []string{"アドレス", "伏せ"}},
	{"hide-my-ip", []string{"アドレス", "隠"}},
	{"forward-log-as-is", []string{"log", "as they are"}},
	{"forward-log-as-is", []string{"log", "as it is"}},
	{"forward-log-as-is", []string{"log", "as is"}},
	{"forward-log-as-is", []string{"log", "as-is"}},
	{"forward-log-as-is", []string{"forward", "log"}},
	{"forward-log-as-is", []string{"ログ", "そのまま"}},
	{"forward-log-as-is", []string{"ログ", "転送"}},
	{"ask-me", []string{"ask", "before"}},
	{"ask-me", []string{"都度", "確認"}},
	{"minimal", []string{"forward this"}},
	{"minimal", []string{"pass", "on"}},
	{"minimal", []string{"contact the source"}},
	{"minimal", []string{"連絡", "転送"}},
}

var stopPhrases = [...]string{
	"do not forward", "don't forward", "do not relay", "don't relay", "do not share", "don't share",
	"do not disclose", "don't disclose", "do not pass", "don't pass", "do not send", "don't send",
	"not to be forwarded", "not for disclosure", "stop forwarding", "stop relaying", "stop sharing", "stop sending",
	"withdraw my consent", "revoke my consent", "no longer allow", "no-relay",
	"転送しない", "転送不可", "転送禁止", "転送を中止", "転送を止め", "公開しない", "開示しない", "開示不可", "同意を撤回",
}

// Suggest names the preset that a text in prose seems to mean. It is for people
// to confirm: nothing is granted by it.
func Suggest(text string) (preset string, ok bool) {
	for s := range sentences(text) {
		if stops(s) {
			return "no-relay", true
		}
		if preset != "" {
			continue
		}
		for _, g := range grantPhrases {
			if holdsAll(s, g.all) {
				preset = g.preset
				break
			}
		}
	}
	return preset, preset != ""
}

// Tightens reports whether a text, signed or not, asks to tell less: a block
// or line of conditions that forbids or asks, quoted ones too, or words to that
// effect. An unsigned one sets a hold.
func Tightens(text string) bool {
	for s := range sentences(text) {
		if stops(s) {
			return true
		}
		key, value, ok := strings.Cut(s, ":")
		if !ok {
			continue
		}
		c := Conditions{}
		switch k := keyOf(strings.Trim(key, " >")); k {
		case KeyPreset, KeyRelay:
			if !c.set(k, strings.TrimSpace(value)) {
				continue
			}
			c.say(k)
			if p := presetNamed(c.Preset); p != nil {
				c.apply(p)
			}
			if c.Relay != RelayYes {
				return true
			}
		}
	}
	return false
}

// sentences yields the folded sentences of a text; a line end ends one too.
func sentences(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		// 256 KiB: more prose than anybody writes; the rest is an attachment.
		text = text[:min(len(text), 256<<10)]
		for line := range strings.Lines(text) {
			for _, s := range strings.FieldsFunc(fold(line), func(r rune) bool { return r == '.' || r == '。' || r == '!' || r == '?' }) {
				if s = strings.TrimSpace(s); s != "" && !yield(s) {
					return
				}
			}
		}
	}
}

func stops(s string) bool {
	if strings.Trim(s, " >\"'") == "stop" || strings.Trim(s, " >") == "中止" {
		return true
	}
	for _, p := range stopPhrases {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

func holdsAll(s string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(s, w) {
			return false
		}
	}
	return true
}
