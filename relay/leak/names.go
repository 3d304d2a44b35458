package leak

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// addName takes a name of one or more words in any script, and for two words
// their other order. Fewer than four Latin letters must stand as written.
func (s *Scanner) addName(i int32, text string) error {
	folded := foldString(text)
	ascii, other := alnums(folded)
	if other == 0 && (ascii < 3 || ascii < 5 && allDigits(folded)) || other == 1 && ascii == 0 {
		s.noteWeak(i)
		return nil
	}
	if core, ok := cutLegalForm(folded); ok {
		s.addText(i, ruleName, core, boundWord, boundWord, words)
	}
	if person, ok := cutTitles(folded); ok {
		s.addPerson(i, person)
	}
	p := s.addText(i, ruleName, apart(folded, other), boundWord, boundWord, words)
	if other == 0 && ascii < 5 && p != nil {
		if folded == text {
			s.texts = s.texts[:len(s.texts)-1]
			s.noteWeak(i)
			return nil
		}
		p.caps = text
	}
	if first, last, two := strings.Cut(folded, " "); two && !strings.Contains(last, " ") {
		s.addText(i, ruleName, strings.Trim(last, ",")+" "+strings.Trim(first, ","), boundWord, boundWord, words)
	}
	s.addCompany(i, folded)
	s.addPhones(i, folded)
	if other > 1 {
		s.addScriptImages(i, text)
	}
	return nil
}

// addPerson adds what is left of a name without its titles, which few write
// always. One word of three letters would be met by chance.
func (s *Scanner) addPerson(i int32, person string) {
	ascii, other := alnums(person)
	if other == 0 && ascii < 4 || other == 1 && ascii == 0 {
		return
	}
	s.addText(i, ruleName, apart(person, other), boundWord, boundWord, words)
	if first, last, two := strings.Cut(person, " "); two && !strings.Contains(last, " ") {
		s.addText(i, ruleName, strings.Trim(last, ",")+" "+strings.Trim(first, ","), boundWord, boundWord, words)
	}
}

const (
	titlesBefore = " mr mrs ms miss dr prof professor sir madam herr frau mme mlle ing dipl.-ing "
	titlesBehind = " phd ph.d md m.d msc bsc cissp gcih jr sr esq "
)

// titlesGlued stand behind a Japanese name, folded, or behind one in Latin
// letters with a hyphen.
var titlesGlued = [...]string{"様", "氏", "殿", "先生", "博士", "教授", "サン", "サマ", "-san", "-sama"}

// cutTitles cuts what only says how a person is addressed.
func cutTitles(folded string) (person string, ok bool) {
	words := strings.Fields(folded)
	title := func(word, list string) bool {
		return strings.Contains(list, " "+strings.Trim(word, ".,()")+" ")
	}
	first, end := 0, len(words)
	for first < end-1 && title(words[first], titlesBefore) {
		first++
	}
	for end-1 > first && title(words[end-1], titlesBehind) {
		end--
	}
	person = strings.Trim(strings.Join(words[first:end], " "), ",")
	for _, t := range titlesGlued {
		if core, cut := strings.CutSuffix(person, t); cut && len(core) >= 4 {
			person, ok = strings.TrimSpace(core), true
			break
		}
	}
	return person, ok || end-first < len(words)
}

// apart lets marks and blanks stand between the letters of a Japanese name, as
// in formal letters. Two letters would be met by chance.
func apart(folded string, other int) string {
	if other < 3 {
		return folded
	}
	var out strings.Builder
	last := rune(0)
	for _, r := range folded {
		if last >= utf8.RuneSelf && r >= utf8.RuneSelf {
			out.WriteByte(stepAny)
		}
		out.WriteRune(r)
		last = r
	}
	return out.String()
}

// legalForms stand before or behind the name of a company, in full or as their
// first letter in brackets.
var legalForms = [...]string{"株式会社", "有限会社", "合同会社", "合資会社"}

// addCompany adds the ways to write a company: 株式会社 before or behind it, (株) too.
func (s *Scanner) addCompany(i int32, folded string) {
	for _, form := range legalForms {
		core, before := strings.CutPrefix(folded, form)
		if !before {
			var behind bool
			if core, behind = strings.CutSuffix(folded, form); !behind {
				continue
			}
		}
		core = strings.TrimSpace(core)
		_, other := alnums(core)
		if len(core) < 4 {
			continue
		}
		short := form[:len("株")]
		for _, name := range [...]string{short + " " + core, core + " " + short, form + " " + core, core + " " + form} {
			s.addText(i, ruleName, apart(name, other), boundWord, boundWord, words)
		}
	}
}

// westernForms end the names of companies; few write them always.
const westernForms = " kk k.k k.k. co co. ltd ltd. inc inc. llc gmbh corp corp. ag plc "

// cutLegalForm cuts what says only that a name of two words or more is of a
// company.
func cutLegalForm(folded string) (core string, ok bool) {
	words := strings.Fields(folded)
	n := len(words)
	for n > 2 && strings.Contains(westernForms, " "+strings.Trim(words[n-1], ",")+" ") {
		n--
	}
	core = strings.TrimRight(strings.Join(words[:n], " "), ",")
	return core, n < len(words) && len(core) > 8
}

// addScriptImages adds a text as the bytes of the charsets in which it may stand
// in a blob too short for a charset to be recognised: as written, folded and in
// half-width kana, its words together or with a blank of either width between.
func (s *Scanner) addScriptImages(i int32, text string) {
	folded := foldString(text)
	s.addImagesOf(i, text)
	if folded != text {
		s.addImagesOf(i, folded)
	}
	if strings.IndexFunc(folded, func(r rune) bool { return r >= 0x30a1 && r <= 0x30fc }) >= 0 {
		s.addImagesOf(i, width.Narrow.String(norm.NFD.String(folded)))
	}
}

func (s *Scanner) addImagesOf(i int32, text string) {
	words := strings.Fields(text)
	line := strings.Join(words, "\n")
	var le, be []byte
	for _, u := range utf16.Encode([]rune(line)) {
		le = append(le, byte(u), byte(u>>8))
		be = append(be, byte(u>>8), byte(u))
	}
	for _, c := range [...]struct {
		bytes              []byte
		mark, narrow, wide string // \n, a blank and U+3000
	}{
		{[]byte(line), "\n", " ", "\u3000"}, {encodeWith(japanese.ShiftJIS, line), "\n", " ", "\x81\x40"}, {encodeWith(japanese.EUCJP, line), "\n", " ", "\xa1\xa1"},
		{le, "\n\x00", " \x00", "\x00\x30"}, {be, "\x00\n", "\x00 ", "\x30\x00"},
	} {
		if len(words) == 1 {
			s.addScriptImage(i, c.bytes)
			continue
		}
		for _, blank := range [...]string{c.narrow, c.wide, ""} {
			s.addScriptImage(i, bytes.ReplaceAll(c.bytes, []byte(c.mark), []byte(blank)))
		}
	}
}

func (s *Scanner) addScriptImage(i int32, b []byte) {
	if len(b) >= 4 {
		s.images = append(s.images, image{bytes: b, value: i, rule: ruleNameBinary, bits: 8 * len(b)})
	}
}

// encodeWith returns nothing for a text that the charset does not have.
func encodeWith(e encoding.Encoding, text string) []byte {
	b, err := e.NewEncoder().Bytes([]byte(text))
	if err != nil {
		return nil
	}
	return b
}
