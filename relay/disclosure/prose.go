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

// Tightens reports whether a text, signed or not, asks to tell less: a block of
// conditions, whatever it says, since it takes the place of what was said
// before; a line of one that does not only loosen; or words to that effect.
// An unsigned one sets a hold. Of quoted lines only what forbids or asks counts.
func Tightens(text string) bool { return tightens(text, nil) }

// Contradicts reports whether the words that stand in a text beside conditions
// ask to tell less than these: nobody can know which are meant.
func (c *Conditions) Contradicts(text string) bool {
	return !(c.Said(KeyRelay) && c.Relay == RelayNo) && tightens(text, c)
}

// tightens reads a text; said are the conditions that were found in it, nil
// where they do not count as said.
func tightens(text string, said *Conditions) bool {
	for s := range sentences(text) {
		if stops(s) {
			return true
		}
	}
	inside, block, form := false, false, false
	for line := range strings.Lines(text[:min(len(text), maxProse)]) {
		line, quoted := unquoted(line)
		switch s := fold(line); {
		case quoted:
			inside = false
		case s == strings.ToLower(beginMark):
			inside, block = true, true
			continue
		case s == strings.ToLower(endMark):
			inside = false
			continue
		}
		body, _, _ := strings.Cut(fold(line), "#")
		key, value, ok := strings.Cut(body, ":")
		if !ok {
			continue
		}
		k, value := keyOf(strings.TrimSpace(key)), strings.TrimSpace(value)
		if said != nil && !quoted && (inside || k == KeyPreset) {
			continue // it is part of what was said
		}
		form = form || k == KeyPreset && isPlaceholder(value)
		if lineTightens(k, value, said, quoted) {
			return true
		}
	}
	// Our own block, sent back as it was, says nothing.
	return said == nil && block && !form
}

// lineTightens reports whether a line of conditions tells less than what was
// said, or than all there is. To whom, and how the message is marked, does not
// count by itself: "To:" and "TLP:" also stand at the head of a mail.
func lineTightens(k Key, value string, said *Conditions, quoted bool) bool {
	c := Conditions{}
	switch {
	case k == keyCount:
		return false
	case !c.set(k, value):
		return k == KeyPreset && !quoted && !isPlaceholder(value)
	}
	c.say(k)
	if p := presetNamed(c.Preset); p != nil {
		c.apply(p)
	}
	switch {
	case c.Said(KeyRelay) && c.Relay != RelayYes:
		return said == nil || !said.Said(KeyRelay) || said.Relay > c.Relay
	case quoted, c.Preset == presets[0].en:
		return false
	case said == nil:
		said = &open
	}
	if c.Said(KeyStage) && said.Stage.Before(c.Stage) ||
		c.Said(KeyUntil) && (!said.Said(KeyUntil) || c.Until.Before(said.Until)) {
		return true
	}
	for _, key := range actionKeys {
		if c.Said(key) && !said.action(key).atMost(c.action(key)) {
			return true
		}
	}
	return false
}

// open are conditions that hide nothing.
var open = Conditions{
	said: 1<<KeyLogs | 1<<KeyAddresses | 1<<KeyHosts | 1<<KeyIdentity | 1<<KeyText | 1<<KeyTime, Relay: RelayYes,
	Stage: FirstContact, Logs: AsIs, Addresses: Keep, Hosts: Keep, Identity: Keep, Text: AsIs, Time: Keep,
}

// isPlaceholder reports whether the preset of our own block was left unwritten.
func isPlaceholder(v string) bool { return v == "choose-one" || v == "いずれか一つ" }

// maxProse: more than anybody writes; the rest is an attachment.
const maxProse = 256 << 10

// unquoted is a line without the marks of quoting, if it has any.
func unquoted(line string) (string, bool) {
	t := strings.TrimLeft(line, " \t\u3000>＞|")
	return t, strings.ContainsAny(line[:len(line)-len(t)], ">＞|")
}

// sentences yields the folded sentences of a text: those of each line, and those
// that go over lines.
func sentences(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		var all strings.Builder // lines that belong together, with blanks between them
		lines, was := 0, false
		each := func(s string) bool {
			for s != "" {
				i := strings.IndexAny(s, ".。!?")
				one := s
				if s = ""; i >= 0 {
					one, s = one[:i], strings.TrimLeft(one[i:], ".。!?")
				}
				if one = strings.TrimSpace(one); one != "" && !yield(one) {
					return false
				}
			}
			return true
		}
		end := func() bool {
			done := lines > 1 && !each(all.String())
			all.Reset()
			lines = 0
			return !done
		}
		for line := range strings.Lines(text[:min(len(text), maxProse)]) {
			line, quoted := unquoted(line)
			if line = fold(line); !isASCII(line) {
				line = apostrophes.Replace(line)
			}
			if strings.ContainsAny(line, "\t*_") || strings.Contains(line, "  ") {
				line = strings.Join(strings.Fields(emphasis.Replace(line)), " ")
			}
			if (line == "" || quoted != was) && !end() || !each(line) {
				return
			}
			if was = quoted; line == "--" {
				break // a signature
			}
			all.WriteString(line + " ")
			lines++
		}
		end()
	}
}

var apostrophes = strings.NewReplacer("\u2019", "'", "\u2018", "'", "\u02bc", "'")

// emphasis are the signs that stand around a word to stress it.
var emphasis = strings.NewReplacer("*", "", "_", "")

func holdsAll(s string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(s, w) {
			return false
		}
	}
	return true
}
