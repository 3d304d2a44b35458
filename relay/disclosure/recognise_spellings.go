package disclosure

import (
	"strings"
	"unicode/utf8"
)

// titles are the words before and behind the names of persons, without full
// stops, that say only how to address them. Of a name they are left out more
// often than written.
var titles = struct {
	before, behind map[string]bool
	glued          []string
	marks          *strings.Replacer // takes away what stands about one
}{
	before: setOf("mr", "mrs", "ms", "miss", "dr", "prof", "professor", "sir", "madam", "herr", "frau", "mme", "mlle", "ing", "dipl-ing"),
	behind: setOf("phd", "md", "msc", "bsc", "cissp", "gcih", "jr", "sr", "esq"),
	glued:  []string{"様", "氏", "殿", "先生", "博士", "教授", "サン", "サマ", "-san", "-sama"},
	marks:  strings.NewReplacer(".", "", ",", "", "(", "", ")", ""),
}

func setOf(words ...string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}

// untitled is a folded name without titles.
func untitled(n string) string {
	bare := titles.marks.Replace
	words := strings.Fields(n)
	for len(words) > 1 && titles.before[bare(words[0])] {
		words = words[1:]
	}
	for len(words) > 1 && titles.behind[bare(words[len(words)-1])] {
		words = words[:len(words)-1]
	}
	person := strings.Trim(strings.Join(words, " "), ",")
	for _, t := range titles.glued {
		if core := strings.TrimSuffix(person, t); core != person && utf8.RuneCountInString(core) >= minNameWide {
			return strings.TrimSpace(core)
		}
	}
	return person
}

// spellings are the other ways to write a name of several words, which the leak
// scan reads too: without a sign between them, and, as with the names of persons,
// the last word first. Which sign stands there does not matter, see fold.
func spellings(n string) (out []string) {
	words := strings.FieldsFunc(n, func(r rune) bool { return r == ' ' || r == '・' })
	if len(words) < 2 || len(words) > 4 {
		return nil
	}
	for _, mark := range [...]string{" ", "", "・"} {
		out = append(out, strings.Join(words, mark))
		if len(words) == 2 {
			out = append(out, words[1]+mark+words[0])
		}
	}
	return out
}

// marksFolded is a folded name with a blank for each row of marks of ASCII.
func marksFolded(n string) string {
	return strings.Join(strings.FieldsFunc(n, isPlainMark), " ")
}

// forms say only that a name is of a company: few write them always. Those of two
// letters stand apart where a name has full stops.
var forms = struct {
	western  map[string]bool
	japanese []string
}{
	setOf("kk", "k", "co", "ltd", "inc", "llc", "gmbh", "corp", "ag", "plc"),
	[]string{"株式会社", "有限会社", "合同会社", "合資会社"},
}

// withoutForm is a name without the form of a company behind two words or more.
func withoutForm(loose string) string {
	words := strings.Fields(loose)
	n := len(words)
	for n > 2 && forms.western[words[n-1]] {
		n--
	}
	return strings.Join(words[:n], " ")
}

// companies are the ways to write the name of a Japanese company: its form before
// or behind it, in full or as one letter.
func companies(n string) (out []string) {
	for _, form := range forms.japanese {
		core, ok := strings.CutPrefix(n, form)
		if !ok {
			core, ok = strings.CutSuffix(n, form)
		}
		if core = strings.TrimSpace(core); !ok || utf8.RuneCountInString(core) < minNameWide {
			continue
		}
		first, size := utf8.DecodeRuneInString(form)
		for _, f := range [...]string{form, form[:size], "(" + string(first) + ")"} {
			out = append(out, f+core, core+f)
		}
	}
	return out
}
