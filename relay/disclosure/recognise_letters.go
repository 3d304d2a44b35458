package disclosure

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// lettered reads a word beside which letters outside ASCII stand, and returns
// where to go on. Those that belong to it are withheld with it, also where the
// whole is no name.
func (s *scanner) lettered(i, j int, plain bool) int {
	from, end := s.wholeName(i, j)
	if end > 0 {
		return end
	}
	found, w := len(s.out), run{s: s.text[i:j], base: i}
	if !plain {
		w = s.folded(i, j)
	}
	s.run(w)
	if t := s.out[found:]; len(t) > 0 && from < i && t[0].Start >= i && t[0].Class != ClassAddress && strings.Trim(s.text[i:t[0].Start], ".-_") == "" {
		t[0].Start = from
	}
	return max(j, i+1) // a wide byte may end nothing
}

// wholeName reads the host name or mail address of which the word [i,j) is a part,
// and returns its end; 0 where there is none. from is where the letters begin
// that belong to the word.
func (s *scanner) wholeName(i, j int) (from, end int) {
	limit := max(0, i-maxAuthority)
	if n := len(s.out); n > 0 {
		limit = max(limit, s.out[n-1].End)
	}
	if i < s.noName.end {
		return min(i, max(limit, s.noName.start)), 0
	}
	from = s.lettersBefore(i, limit, spaced)
	if end = s.lettersBehind(j, spaced); from < i || end > j {
		if s.name(from, end) {
			return from, end
		}
		s.noName.start, s.noName.end = from, end
		return from, 0
	}
	// Scripts without blanks run on from prose into a name; what stands before an
	// @, behind a dot or in a known domain belongs to it.
	if from = s.lettersBefore(i, limit, unicode.IsLetter); from == i || s.text[i] == '.' {
		return i, 0
	}
	if s.text[i] == '@' || s.r.known.wide && !s.r.known.has(s.text[i:j]) && s.r.known.has(asciiName(s.text[from:j])) || strings.IndexByte(s.text[from:i], '.') > 0 {
		if s.name(from, j) {
			return from, j
		}
	}
	s.noName.start, s.noName.end = i, s.lettersBehind(j, unicode.IsLetter)
	return i, 0
}

// name emits a run as the mail address or host name that it is, if it is one.
func (s *scanner) name(from, end int) bool {
	run := strings.TrimRight(s.text[from:end], ".-_@")
	end = from + len(run)
	run = strings.TrimLeft(run, ".-_@")
	from = end - len(run)
	class, value, ok := ClassHostname, "", false
	if at := strings.IndexByte(run, '@'); at > 0 {
		class = ClassEmail
		value, ok = Canonical(class, run)
		ok = ok && at <= 64 && mailDomain(value[strings.LastIndexByte(value, '@')+1:])
	} else if strings.IndexByte(run, '.') > 0 {
		value = asciiName(run)
		ok = value != "" && s.isName(value, from)
	}
	if ok {
		s.out = append(s.out, Token{from, end, class, value})
	}
	return ok
}

// asciiName is a host name in ASCII, empty where it is none.
func asciiName(v string) string {
	name, ok := canonicalDomain(v)
	if !ok {
		return ""
	}
	return name
}

// spaced reports whether a letter is of a script that parts words by blanks.
func spaced(r rune) bool {
	return (r < 0xe00 || r >= 0x1e00 && r < 0x2000) && (unicode.IsLetter(r) || unicode.IsMark(r))
}

func (s *scanner) lettersBefore(i, limit int, letter func(rune) bool) int {
	for i > limit {
		r, n := utf8.DecodeLastRuneInString(s.text[limit:i])
		if !inName(r, letter) {
			break
		}
		i -= n
	}
	return i
}

func (s *scanner) lettersBehind(i int, letter func(rune) bool) int {
	for limit := min(len(s.text), i+maxAuthority); i < limit; {
		r, n := utf8.DecodeRuneInString(s.text[i:limit])
		if !inName(r, letter) {
			break
		}
		i += n
	}
	return i
}

func inName(r rune, letter func(rune) bool) bool {
	if r < utf8.RuneSelf {
		return alnum(byte(r)) || r == '.' || r == '-' || r == '_' || r == '@'
	}
	return r != utf8.RuneError && letter(r)
}
