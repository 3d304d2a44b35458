package disclosure

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// ConditionsError says which line of the block, or which key of the XML form,
// makes the whole of it invalid. Line counts from 1 in the text that was given;
// 0 where there are no lines. Key is what the sender wrote, folded and cut: it
// may be shown to the sender, quoted, and never to the recipient.
type ConditionsError struct {
	Line int
	Key  string
	Why  string
}

func (e *ConditionsError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("conditions: %.40q: %s", e.Key, e.Why)
	}
	return fmt.Sprintf("conditions line %d: %.40q: %s", e.Line, e.Key, e.Why)
}

// maxBlockLines bounds the block: the table has sixteen keys, and a block of a
// million comment lines would only be there to cost time.
const maxBlockLines = 200

// ParseConditions reads the conditions in the signed text of a mail: one block
// between its marks, or one line that says `conditions:` (or 条件) and a preset.
// found is false where the text holds neither. An error means that there is one
// and it is invalid as a whole: nothing in it grants anything. Quoted lines,
// those in a fence and everything below a forwarding mark or the head of another
// mail are not the signer's own words and do not count: who is reported could
// write there.
func ParseConditions(signedText string) (c Conditions, found bool, err error) {
	r, others := conditionsReader{}, othersWords{}
	line := 0
	for text := range strings.Lines(signedText) {
		line++
		if r.begun == 0 {
			if others.below(text) {
				break
			}
			if others.fenced {
				continue
			}
		}
		if err := r.line(line, text); err != nil {
			return Conditions{}, true, err
		}
	}
	if r.begun != 0 {
		return Conditions{}, true, &ConditionsError{r.begun, "begin", "the block has no end"}
	}
	if !r.found {
		return Conditions{}, false, nil
	}
	r.finish()
	return r.c, true, nil
}

// Pair is one key and its value in the XML form: an element's local name and text.
type Pair struct{ Key, Value string }

// ParsePairs reads the XML form, the child elements in order. Line of an error
// is the number of the pair, counted from 1.
func ParsePairs(pairs []Pair) (Conditions, error) {
	r := conditionsReader{}
	for i, p := range pairs {
		if i == maxBlockLines {
			return Conditions{}, &ConditionsError{i + 1, "", "too many keys"}
		}
		if err := r.pair(fold(p.Key), fold(p.Value)); err != nil {
			var ce *ConditionsError
			if errors.As(err, &ce) {
				ce.Line = i + 1
			}
			return Conditions{}, err
		}
	}
	r.finish()
	return r.c, nil
}

type conditionsReader struct {
	c     Conditions
	found bool // a block or a single line was seen
	begun int  // line of the BEGIN mark while inside a block
}

// line reads one line of the text.
func (r *conditionsReader) line(n int, raw string) error {
	inside := r.begun != 0
	if !inside && !couldMatter(raw) {
		return nil
	}
	text := fold(raw)
	switch {
	case text == strings.ToLower(beginMark):
		if r.found {
			return &ConditionsError{n, "begin", "a second statement of conditions"}
		}
		r.found, r.begun = true, n
		return nil
	case inside && text == strings.ToLower(endMark):
		r.begun = 0
		return nil
	case inside && n-r.begun > maxBlockLines:
		return &ConditionsError{n, "", "the block is too long"}
	}
	if !inside {
		return r.single(n, text)
	}
	body, _, _ := strings.Cut(text, "#")
	if strings.TrimSpace(body) == "" {
		return nil
	}
	if strings.ContainsRune(raw, '\t') {
		return &ConditionsError{n, cut(body), "a tab; write one blank"}
	}
	key, value, ok := strings.Cut(body, ":")
	if !ok {
		return &ConditionsError{n, cut(body), "no colon"}
	}
	if err := r.pair(strings.TrimSpace(key), strings.TrimSpace(value)); err != nil {
		return atLine(err, n)
	}
	return nil
}

// single reads a line outside a block: `conditions: <preset>` alone.
func (r *conditionsReader) single(n int, text string) error {
	key, value, ok := strings.Cut(text, ":")
	if key = strings.TrimSpace(key); !ok || keyOf(key) != KeyPreset {
		return nil
	}
	if r.found {
		return &ConditionsError{n, key, "a second statement of conditions"}
	}
	r.found = true
	value, _, _ = strings.Cut(value, "#")
	return atLine(r.pair(key, strings.TrimSpace(value)), n)
}

func (r *conditionsReader) pair(key, value string) error {
	k := keyOf(key)
	if k == keyCount {
		return &ConditionsError{0, cut(key), "unknown key"}
	}
	if r.c.Said(k) {
		return &ConditionsError{0, cut(key), "said twice"}
	}
	if !r.c.set(k, value) {
		return &ConditionsError{0, cut(key), fmt.Sprintf("unknown value %.40q", value)}
	}
	r.c.say(k)
	return nil
}

// finish lays the preset under the keys, wherever in the block it stood.
func (r *conditionsReader) finish() {
	if p := presetNamed(r.c.Preset); p != nil {
		r.c.apply(p)
	}
	r.c.said &^= 1 << KeyVersion
}

// keyOf finds a key by its folded name; keyCount means there is none.
func keyOf(name string) Key {
	for k := range keyNames {
		if keyNames[k].en == name || name != "" && fold(keyNames[k].ja) == name {
			return Key(k)
		}
	}
	return keyCount
}

// fold is the one spelling in which words are compared: NFKC (full-width forms,
// half-width kana, both kinds of colon), lower case, plain hyphens, no blanks
// at the ends.
func fold(s string) string {
	if !isASCII(s) {
		s = hyphens.Replace(norm.NFKC.String(s))
	}
	return strings.ToLower(strings.TrimSpace(s))
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

var hyphens = strings.NewReplacer("\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2212", "-", "\ufeff", "")

// couldMatter skips prose cheaply: outside a block only the mark and a line
// with a colon can matter, and quoted lines never do.
func couldMatter(raw string) bool {
	t := strings.TrimLeft(raw, " \t\u3000")
	return !isMarked(t) && strings.ContainsAny(raw, ":：︓-－")
}

func atLine(err error, n int) error {
	var ce *ConditionsError
	if errors.As(err, &ce) {
		ce.Line = n
	}
	return err
}

// cut keeps a stranger's word short.
func cut(s string) string {
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > 40 {
		return string(r[:40])
	}
	return s
}
