package disclosure

import (
	"slices"
	"strings"
)

// With is the recogniser that finds these names too, as those of a report's
// contacts: the leak scan looks for them, so the texts must hide them first.
func (r *Recogniser) With(names []string) *Recogniser {
	var also *nameIndex
	var phones []phone
	for _, n := range names {
		if n = foldName(n); !long(n) || r.names.knows(n) {
			continue
		}
		numbers := phonesOf(n)
		phones = append(phones, numbers[:min(len(numbers), maxPhones-len(phones))]...)
		if len(numbers) == 1 && numbers[0].alone && len(phones) < maxPhones {
			continue
		}
		if also == nil {
			also = &nameIndex{class: ClassOrg}
		}
		also.add(n)
	}
	if also != nil {
		also.ready()
	} else if phones == nil {
		return r
	}
	return &Recogniser{names: r.names, known: r.known, also: also, phones: phones}
}

// WithWords is the recogniser that finds these paths, accounts, AS numbers and
// MACs too, which a report names elsewhere: in a text they have no form of their
// own, or another one. Paths that are words of every log are left out, as the scan
// does; such accounts count where a word announces them.
func (r *Recogniser) WithWords(class Class, values []string) *Recogniser {
	var x *nameIndex
	for _, v := range values {
		v, ok := Canonical(class, v)
		n := foldName(v)
		if !ok || r.names.knows(n) || class == ClassPath && common(class, n) {
			continue
		}
		if x == nil {
			x = &nameIndex{class: class, words: &wordRules{near: map[string]bool{}}, of: map[string]string{}}
		}
		x.word(v, n)
	}
	if x == nil {
		return r
	}
	x.ready()
	with := *r
	with.words = append(slices.Clone(r.words), x)
	return &with
}

// wordRules are how words are looked for, other than the names of somebody.
type wordRules struct {
	near map[string]bool // spellings that count only where a word announces them
}

// word takes up a value of WithWords, n folded, in the ways in which it is written.
func (x *nameIndex) word(v, n string) {
	near := false
	var spelled []string
	switch x.class {
	case ClassMAC:
		spelled = []string{strings.ReplaceAll(n, ":", "")}
	case ClassASN:
		spelled = []string{"as" + n, "asn" + n}
		near = true
	default:
		near = x.class == ClassAccount && common(x.class, n)
		n = slashesFolded(n)
		spelled = []string{strings.TrimFunc(n, isPlainMark)}
	}
	for _, s := range append(spelled, n) {
		if _, ok := x.of[s]; !ok && s != "" {
			x.of[s] = v
		}
	}
	if near {
		x.words.near[n] = true
	}
}

// common reports whether a path or account is too common to look for.
func common(class Class, folded string) bool {
	if class == ClassPath {
		return len(folded) < 6 || !strings.ContainsAny(strings.TrimLeft(folded, `/\`), `/\.`)
	}
	return len(folded) < 4 || strings.Trim(folded, "0123456789") == "" || everywhere[folded]
}

// everywhere are accounts of every machine.
var everywhere = setOf("root", "admin", "administrator", "user", "guest", "test", "info", "support", "mail", "postmaster", "webmaster", "oracle", "nobody", "ubuntu")

func isPlainMark(r rune) bool { return r < 0x80 && !alnum(byte(r)) }

// isSlash reports whether a byte stands between the names of a path. Programs
// that quote a path double them, and some put a name in brackets.
func isSlash(c byte) bool { return c == '/' || c == '\\' || c == '[' || c == ']' }

// slashesFolded is a word with one slash for each row of them.
func slashesFolded(n string) string {
	out := make([]byte, 0, len(n))
	for i := range len(n) {
		if !isSlash(n[i]) {
			out = append(out, n[i])
		} else if i == 0 || !isSlash(n[i-1]) {
			out = append(out, '/')
		}
	}
	return string(out)
}

// fold is foldAt; in words a row of slashes is one, in names a row of marks a blank.
func (x *nameIndex) fold(text string, i int, buf []byte) ([]byte, int) {
	if x.words != nil && isSlash(text[i]) {
		n := 1
		for i+n < len(text) && isSlash(text[i+n]) {
			n++
		}
		return append(buf, '/'), n
	}
	folded, n := foldAt(text, i, buf)
	if x.words != nil || len(folded) != 1 || !isPlainMark(rune(folded[0])) {
		return folded, n
	}
	var next [16]byte
	for k := 0; k < maxApart && i+n < len(text); k++ {
		more, m := foldAt(text, i+n, next[:0])
		if len(more) != 1 || !isPlainMark(rune(more[0])) {
			break
		}
		n += m
	}
	folded[0] = ' '
	return folded, n
}

// slashGroup notes the slashes that the first two bytes of a word may be.
func (x *nameIndex) slashGroup(n string, bit uint32) {
	for _, c := range []byte(`/\[]`) {
		if n[0] == '/' {
			x.bytes[c] |= bit | bit<<8 // a row of them
		}
		if n[1] == '/' {
			x.bytes[c] |= bit << 8
		}
	}
}

// wordsIn are the words in a text; found are the values in it that are known.
func (x *nameIndex) wordsIn(text string, found []Token) []Token {
	all := x.find(text)
	if len(x.words.near) == 0 {
		return all
	}
	out, k, last := all[:0], 0, -1
	for _, t := range all {
		for ; k < len(found) && found[k].End <= t.Start; k++ {
			if found[k].Class == x.class {
				last = max(last, found[k].End)
			}
		}
		// What stands in place of the value before will say what class it is of.
		n, beside := slashesFolded(foldName(text[t.Start:t.End])), last >= 0 && isApart(text[last:t.Start])
		if !x.words.near[n] || beside || x.announced(text, t.Start) {
			out, last = append(out, t), t.End
		}
	}
	return out
}

// Bounds of what may stand between a word and the one that announces it.
const maxMarks, maxTag, maxReach, maxEntity = 16, 1024, 64, 6

// isApart reports whether there is nothing but marks and tags in what stands
// between two words.
func isApart(between string) bool {
	if len(between) > maxTag {
		return false
	}
	marks := 0
	for i := 0; i < len(between); i++ {
		if between[i] == '<' {
			if n := strings.IndexByte(between[i:], '>'); n > 0 {
				i += n
				continue
			}
		}
		if marks++; alnum(between[i]) || marks > maxMarks {
			return false
		}
	}
	return true
}

// announces are the words that say what class the next one is of, be they the end
// of another: TargetUserName.
var announces = map[Class][]string{
	ClassAccount: {"user", "name", "login", "account", "acct", "uid", "for", "userid", "as"},
	ClassASN:     {"as", "asn", "asnum", "asno", "origin", "aut"},
}

// announced reports whether a word stands shortly before i that says what follows.
func (x *nameIndex) announced(text string, i int) bool {
	if x.class == ClassASN {
		before := strings.ToLower(text[max(0, i-maxReach):i])
		for _, path := range [...]string{"autonomous", "as path", "as_path", "as-path", "aspath"} {
			if strings.Contains(before, path) {
				return true
			}
		}
	}
	j := i
	for j > 0 && i-j < maxMarks && !alnum(text[j-1]) && text[j-1] != '\n' {
		if j--; text[j] == ';' { // a mark in XML: &quot;
			if k := strings.LastIndexByte(text[max(0, j-maxEntity):j], '&'); k >= 0 {
				j = max(0, j-maxEntity) + k
			}
		}
	}
	word := strings.ToLower(text[max(0, j-maxMarks):j])
	return j < i && slices.ContainsFunc(announces[x.class], func(end string) bool { return strings.HasSuffix(word, end) })
}
