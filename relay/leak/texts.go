package leak

import (
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// addText makes a pattern of folded text; sep says what stands for a byte, 0
// for the byte itself.
func (s *Scanner) addText(i int32, rule, text string, left, right bound, sep func(byte) byte) *pattern {
	if cap(s.arena)-len(s.arena) < len(text) {
		s.arena = make([]byte, 0, 512+len(text))
	}
	from := len(s.arena)
	steps := s.arena[from:from]
	for k := 0; k < len(text); k++ {
		c := text[k]
		if x := sep(c); x != 0 {
			c = x
		} else if c < 0x20 {
			c = stepAny
		}
		if len(steps) == 0 && c < utf8.RuneSelf && !isAlnum(c) || c == stepAny && steps[len(steps)-1] == stepAny ||
			c == stepSlash && steps[len(steps)-1] == stepSlash {
			continue // a mark begins nothing, and a separator stands once
		}
		steps = append(steps, c)
	}
	for len(steps) > 0 && steps[len(steps)-1] < 0x20 {
		steps = steps[:len(steps)-1]
	}
	if len(steps) == 0 {
		s.noteWeak(i)
		return nil
	}
	s.arena = s.arena[:from+len(steps)]
	steps = steps[:len(steps):len(steps)]
	if steps[0] >= utf8.RuneSelf {
		left = boundNone // Japanese is written without spaces
	}
	if steps[len(steps)-1] >= utf8.RuneSelf {
		right = boundNone
	}
	for k := 0; k+2 < len(text); k++ {
		s.rawQP = s.rawQP || text[k] == '=' && isHex(text[k+1]) && isHex(text[k+2])
	}
	s.texts = append(s.texts, pattern{value: i, rule: rule, steps: steps, left: left, right: right})
	return &s.texts[len(s.texts)-1]
}

func (s *Scanner) noteWeak(i int32) { s.weak = append(s.weak, s.values[i].ID) }

func (s *Scanner) indexTexts() {
	s.tree = newTree(len(s.texts))
	for k := range s.texts {
		steps := s.texts[k].steps
		if steps[0] >= utf8.RuneSelf {
			s.high = append(s.high, int32(k))
			s.filters.high |= 1 << highKey(steps)
			continue
		}
		starts := &s.starts
		if s.plant(int32(k)) {
			starts = &s.filters.loose
		}
		first, next := letterOf[steps[0]], ^uint64(0)
		if len(steps) > 1 && isAlnum(steps[1]) {
			next = 1<<letterOf[steps[1]] | 1<<letterSoft
		} else if len(steps) > 2 && steps[1] == stepAny && isAlnum(steps[2]) {
			next = 1<<letterOf[steps[2]] | 1<<letterSoft | 1<<letterNone
		}
		starts[first] |= next
		s.begins[first] |= next
		s.filters.digit = s.filters.digit || isDigit(steps[0])
	}
}

// highKey is six bits of the first letter outside ASCII.
func highKey(b []byte) byte {
	if b[0] >= 0xe0 {
		return b[2] & 63
	}
	return b[1] & 63
}

func dots(c byte) byte {
	if c == '.' {
		return stepDot
	}
	return 0
}

func slashes(c byte) byte {
	if c == '/' || c == '\\' {
		return stepSlash
	}
	return 0
}

func urlSteps(c byte) byte {
	if c == stepPort {
		return c
	}
	return dots(c) | slashes(c)
}

// words has what stands between the words of a name: anything.
func words(c byte) byte {
	if c < utf8.RuneSelf && !isAlnum(c) {
		return stepAny
	}
	return 0
}

func blanks(c byte) byte {
	if c == ' ' || c == '\t' || c == '\r' || c == '\n' {
		return stepAny
	}
	return 0
}

func alnums(text string) (ascii, other int) {
	for _, r := range text {
		if r >= utf8.RuneSelf {
			other++
		} else if isAlnum(byte(r)) {
			ascii++
		}
	}
	return ascii, other
}

func allDigits(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < utf8.RuneSelf && isLetter(byte(r)) || r >= utf8.RuneSelf }) < 0
}

// domainForms returns the folded name with its labels in ASCII and in Unicode;
// the second is empty when they are the same.
func domainForms(text string) (ascii, other string, err error) {
	written := strings.Trim(strings.TrimPrefix(text, "*."), ".")
	text = strings.Trim(foldString(strings.TrimPrefix(text, "*.")), ".")
	if text == "" || len(text) > 253 {
		return "", "", errors.New("not a domain name")
	}
	plain := true
	for k := 0; k < len(text); k++ {
		c := text[k]
		plain = plain && c < utf8.RuneSelf
		if c < utf8.RuneSelf && !isAlnum(c) && c != '.' && c != '-' && c != '_' || c == '.' && text[k-1] == '.' {
			return "", "", errors.New("not a domain name")
		}
	}
	// What is folded has lost its accents, and Cyrillic its look; the name in
	// ASCII is made of what is written.
	if plain && len(text) == len(written) && !strings.Contains(text, "xn--") {
		return text, "", nil // as long: nothing but ASCII was written
	}
	written = strings.ToLower(norm.NFKC.String(written))
	if ascii, err = idna.Punycode.ToASCII(strings.NewReplacer("。", ".", "．", ".", "｡", ".").Replace(written)); err != nil {
		return "", "", errors.New("not a domain name")
	}
	if other, err = idna.Punycode.ToUnicode(ascii); err != nil {
		return "", "", errors.New("not a domain name")
	}
	return ascii, foldString(other), nil
}

// commonLabels name a machine at most sites.
const commonLabels = " www mail smtp imap pop ns1 ns2 dns ftp web host server localhost router gateway proxy test "

func (s *Scanner) addDomain(i int32, text string) error {
	ascii, other, err := domainForms(text)
	if err != nil {
		return err
	}
	if _, high := alnums(other); high > 1 {
		s.addScriptImages(i, strings.Trim(text, "."))
	}
	for _, name := range []string{ascii, other} {
		if name == "" {
			continue
		}
		if !strings.Contains(name, ".") && (len(name) < 5 || strings.Contains(commonLabels, " "+name+" ") || allDigits(name)) {
			s.noteWeak(i)
			continue
		}
		if !strings.Contains(name, ".") {
			s.addText(i, ruleDomain, name, boundLabel, boundLabel, dots)
		} else {
			long := strings.Count(name, ".") > 1 || strings.IndexByte(name, '.') > 7
			if p := s.addText(i, ruleDomain, name, boundName, boundName, dots); p != nil {
				p.joins = long
			}
			if p := s.addText(i, ruleDomainReversed, reversed(name), boundLabel, boundLabel, dots); p != nil {
				p.joins = long
			}
		}
	}
	return nil
}

// reversed returns the labels of a name from the last to the first.
func reversed(name string) string {
	out := make([]byte, 0, len(name))
	for end := len(name); end > 0; {
		dot := strings.LastIndexByte(name[:end], '.')
		out = append(out, name[dot+1:end]...)
		if dot > 0 {
			out = append(out, '.')
		}
		end = dot
	}
	return string(out)
}

func (s *Scanner) addEmail(i int32, text string) error {
	text = strings.TrimPrefix(foldString(strings.Trim(text, "<>")), "mailto:")
	at := strings.LastIndexByte(text, '@')
	if at <= 0 {
		return errors.New("not a mail address")
	}
	ascii, other, err := domainForms(strings.Trim(text[at+1:], "[]"))
	if err != nil {
		return errors.New("not a mail address")
	}
	mailbox := strings.Trim(text[:at], `"`)
	steps := func(c byte) byte {
		if c == stepPlus || c == stepAt {
			return c
		}
		return dots(c)
	}
	for _, domain := range []string{ascii, other} {
		if domain != "" {
			s.addText(i, ruleEmail, mailbox+"\x05\x02"+domain, boundMailbox, boundName, steps)
			s.addText(i, ruleEmail, domain+"\x02"+mailbox, boundName, boundLabel, steps) // as in SRS and bang paths
			if strings.Contains(mailbox, ".") {
				s.addText(i, ruleEmail, mailbox+"."+domain, boundMailbox, boundName, steps) // as in SOA records
			}
		}
	}
	return nil
}

// commonAccounts exist on every machine.
const commonAccounts = " root admin administrator user guest test info support mail postmaster webmaster oracle nobody ubuntu "

func (s *Scanner) addAccount(i int32, text string) error {
	folded := foldString(text)
	ascii, other := alnums(folded)
	bound := boundLabel
	common := other == 0 && (ascii < 4 || allDigits(folded) || strings.Contains(commonAccounts, " "+folded+" "))
	if !common && ascii > 5 {
		bound = boundWord // ttanaka_bak
	}
	if p := s.addText(i, ruleAccount, folded, bound, bound, slashes); p != nil {
		p.near = common
	}
	return nil
}

func (s *Scanner) addPath(i int32, text string) error {
	folded := foldString(text)
	if ascii, other := alnums(folded); ascii+3*other < 6 || !strings.ContainsAny(strings.TrimLeft(folded, `/\`), `/\.`) {
		s.noteWeak(i)
		return nil
	}
	s.addText(i, rulePath, folded, boundWord, boundWord, slashes)
	return nil
}

// addURL looks for what follows the scheme, which is what defanging changes.
func (s *Scanner) addURL(i int32, text string) error {
	whole := text
	text = string(percent([]byte(text)))
	if n := strings.Index(text, ":"); n > 0 && n < 12 && strings.IndexFunc(text[:n], func(r rune) bool { return r >= utf8.RuneSelf || !isAlnum(byte(r)) }) < 0 &&
		(n+1 == len(text) || !isDigit(text[n+1])) {
		text = text[n+1:]
	}
	text = strings.TrimLeft(foldString(text), "/")
	if ascii, other := alnums(text); ascii+3*other < 4 {
		if ascii+other == 0 || !strings.Contains(whole, "://") {
			return errors.New("not a URL")
		}
		return s.addLiteral(i, strings.TrimRight(whole, "/")) // http://nas: without its scheme it says nothing
	}
	if host, path, ok := strings.Cut(text, "/"); ok && !strings.Contains(host, ":") {
		text = host + string(rune(stepPort)) + "/" + path
	}
	s.addText(i, ruleURL, text, boundWord, boundWord, urlSteps)
	return nil
}

// addLiteral takes any text. One of digits alone is read as a phone number.
func (s *Scanner) addLiteral(i int32, text string) error {
	folded := foldString(text)
	ascii, other := alnums(folded)
	if ascii+3*other < 4 || allDigits(folded) && ascii < 5 {
		s.noteWeak(i)
		return nil
	}
	if other > 1 {
		s.addScriptImages(i, text)
	}
	s.addPhones(i, folded)
	if !allDigits(folded) || ascii < 9 {
		s.addText(i, ruleText, folded, boundWord, boundWord, blanks)
		return nil
	}
	s.addPhone(i, folded)
	return nil
}
