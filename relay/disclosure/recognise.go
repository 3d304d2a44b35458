package disclosure

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// Token is one value in a text. Start and End are byte offsets; Value is canonical.
type Token struct {
	Start, End int
	Class      Class
	Value      string
}

// NamedParty is what the recogniser looks for of a known party beside what has
// a form of its own: names and aliases in any script; its domains, also where
// they look like file names or stand within one; its networks, also without
// their last number.
type NamedParty struct {
	Names    []string
	Domains  []string
	Networks []netip.Prefix
}

// Recogniser finds the values in texts: addresses (also with port, in brackets,
// padded, defanged, with dashes), prefixes, FQDNs, mail addresses, MACs, URLs,
// hashes, and the names of known parties in full and half width, hiragana and
// katakana; all of these also behind escapes. Every other word is text. It works in one pass, in time linear in
// the text, and may be used by many goroutines.
type Recogniser struct {
	names *nameIndex
	known *known

	also   *nameIndex // of With; nil for none
	phones []phone
	words  []*nameIndex // of WithWords
}

// NewRecogniser prepares to look for the parties' names.
func NewRecogniser(parties []NamedParty) *Recogniser {
	r := &Recogniser{names: &nameIndex{class: ClassOrg}, known: &known{}}
	for i := range parties {
		for _, n := range parties[i].Names {
			r.names.add(n)
		}
		for _, d := range parties[i].Domains {
			r.known.addDomain(d)
		}
		for _, n := range parties[i].Networks {
			r.known.addNetwork(n)
		}
	}
	r.names.ready()
	return r
}

// Recognise is NewRecogniser(names).Find(text), for a single text.
func Recognise(text string, names []NamedParty) []Token {
	return NewRecogniser(names).Find(text)
}

// Find returns the values in text, in order, without overlaps.
func (r *Recogniser) Find(text string) []Token {
	return r.FindIn(make([]Token, 0, len(text)/64+1), text)
}

// FindIn is Find in the memory of an old list.
func (r *Recogniser) FindIn(old []Token, text string) []Token {
	s := scanner{r: r, text: text, out: old[:0]}
	found := s.find()
	if plain, at := unescaped(text); at != nil {
		p := scanner{r: r, text: plain}
		found = united(text, found, p.find(), at)
	}
	if len(s.rests) > 0 {
		found = s.withRests(found)
	}
	return found
}

// find returns the values in the text as it stands, but for the rests of URLs.
func (s *scanner) find() []Token {
	text := s.text
	// Most words are plain and hold nothing: on to the next byte that tells.
	done := 0 // all before was looked at
	for i := 0; i < len(text); {
		if i += untelling(text[i:]); i == len(text) {
			break
		}
		if shapes[text[i]]&sure == 0 && !s.tells(i) {
			i++
			continue
		}
		word := i
		for word > done && shapes[text[word-1]]&isWord != 0 {
			word--
		}
		s.hashes(done, word)
		done = s.word(word)
		i = done
	}
	s.hashes(done, len(text))
	found := merge(s.out, s.r.names.find(text))
	if s.r.also != nil {
		found = merge(found, s.r.also.find(text))
	}
	for _, x := range s.r.words {
		found = merge(found, x.wordsIn(text, found))
	}
	for i := range s.r.phones {
		found = merge(found, s.r.phones[i].find(text))
	}
	return found
}

// untelling is how many bytes at the start of a text tell nothing.
func untelling(text string) int {
	for i := range len(text) {
		if shapes[text[i]]&telling != 0 {
			return i
		}
	}
	return len(text)
}

// merge puts the tokens of two ordered lists into one: of two that begin together,
// or of which one lies in the other, the longer; where one reaches into the other
// the first ends early.
func merge(a, b []Token) []Token {
	if len(b) == 0 {
		return a
	}
	out := make([]Token, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		var t Token
		if len(b) == 0 || len(a) > 0 && a[0].Start <= b[0].Start {
			t, a = a[0], a[1:]
		} else {
			t, b = b[0], b[1:]
		}
		last := len(out) - 1
		switch {
		case last < 0 || t.Start >= out[last].End:
			out = append(out, t)
		case t.Start == out[last].Start && t.End > out[last].End:
			out[last] = t
		case t.End > out[last].End:
			out[last].End = t.Start // each has its own say
			out = append(out, t)
		}
	}
	return out
}

// Kinds of bytes.
const (
	kindOther   = iota // blank, punctuation: ends a word
	kindWord           // letters, digits, and what joins them in a value
	kindBracket        // opens a defanged sign, or ends a word
	kindWide           // first byte of a full-width form or an ignorable
)

var kinds = func() (t [256]uint8) {
	for c := 0; c < 128; c++ {
		if alnum(byte(c)) {
			t[c] = kindWord
		}
	}
	for _, c := range []byte(".-_:@%+") {
		t[c] = kindWord
	}
	for _, c := range []byte("[({") {
		t[c] = kindBracket
	}
	for _, c := range []byte{0xc2, 0xe2, 0xe3, 0xef} {
		t[c] = kindWide
	}
	return t
}()

// What the bytes of a word are, one bit each: which values it may hold. A byte
// that ends every word is nothing.
const (
	isWord  uint8                          = 1 << iota
	aDigit                                 // a digit
	aDot                                   // .
	aColon                                 // :
	anAt                                   // @, or another sign that ends a value
	aJoin                                  // stands between the numbers of an address, beside the dot
	anX                                    // the letter that does
	aSign                                  // a bracket or wide form: what follows says what it is
	sure    = aDot | aColon | anAt | aJoin // tells by itself
	telling = sure | anX | aSign
)

var shapes = func() (t [256]uint8) {
	for c := range 256 {
		switch c := byte(c); {
		case kinds[c] == kindOther:
			continue
		case kinds[c] != kindWord:
			t[c] = aSign
		case isDigit(c):
			t[c] = isWord | aDigit
		case c == '.':
			t[c] = isWord | aDot
		case c == ':':
			t[c] = isWord | aColon
		case c == '-', c == '_':
			t[c] = isWord | aJoin
		case c == 'x':
			t[c] = isWord | anX
		case alnum(c):
			t[c] = isWord
		default:
			t[c] = isWord | anAt
		}
	}
	return t
}()

// scanner walks one text.
type scanner struct {
	r      *Recogniser
	text   string
	out    []Token
	rests  []urlRest // in order, apart from each other
	noName struct {  // the letters in which no name was found
		start, end int
	}
	lastIDN struct { // the international name read last
		text, name string
		ok         bool
	}
	tops [16]struct { // top-level domains looked up before
		label string
		kind  top
	}
}

// kind is the kind of the byte, brackets and wide forms seen with what follows.
func (s *scanner) kind(i int) uint8 {
	k := kinds[s.text[i]]
	switch {
	case k == kindBracket && defanged(s.text[i:]) == "":
		return kindOther
	case k == kindWide:
		if _, n := wide(s.text[i:]); n == 0 {
			return kindOther
		}
	}
	return k
}

// tells reports whether the byte, one of telling, makes its word one to look at.
func (s *scanner) tells(i int) bool {
	if s.text[i] == 'x' { // only between the numbers of an address
		return i > 0 && isDigit(s.text[i-1]) && i+1 < len(s.text) && isDigit(s.text[i+1])
	}
	return s.kind(i) != kindOther
}

// shortHash is the length of the shortest hash, and of the shortest word that
// may be one.
const shortHash = 32

// hashes finds them among the words without a byte that tells, from an end of a
// word to the next. A word so long has a byte at one of the places looked at.
func (s *scanner) hashes(from, to int) {
	for k := from + shortHash - 1; k < to; k += shortHash {
		i, j := k, k
		for j < to && isHex(s.text[j]) {
			j++
		}
		if j == k {
			continue
		}
		for i > from && isHex(s.text[i-1]) {
			i--
		}
		k = j
		if (i == from || shapes[s.text[i-1]]&isWord == 0) && (j == to || shapes[s.text[j]]&isWord == 0) && isHash(s.text[i:j]) {
			s.emit(run{s: s.text}, i, j, ClassHash, strings.ToLower(s.text[i:j]))
		}
	}
}

// word reads the run of word bytes that begins at i and returns where to go on.
func (s *scanner) word(i int) int {
	// Most words of a log that tell something are times of day and addresses
	// with nothing around them.
	if s.timeOfDay(i) {
		return i + len("12:14:07")
	}
	if isDigit(s.text[i]) && !s.r.known.numbers {
		if _, n, plain := quad(s.text[i:]); plain && (i+n == len(s.text) || shapes[s.text[i+n]] == 0 && s.text[i+n] != '/') {
			s.emit(run{s: s.text}, i, i+n, ClassAddress, s.text[i:i+n])
			return i + n
		}
	}
	plain, shape, j := true, uint8(0), i
	for j < len(s.text) {
		b := shapes[s.text[j]]
		if b&isWord != 0 {
			shape |= b
			j++
			continue
		}
		k := kinds[s.text[j]]
		if k == kindOther || s.kind(j) == kindOther {
			break
		}
		plain = false
		if k == kindBracket {
			j += len(defanged(s.text[j:]))
		} else {
			_, n := wide(s.text[j:])
			j += n
		}
	}
	if j+1 < len(s.text) && s.text[j] == '/' && s.text[j+1] == '/' && j > i+2 {
		if end := s.url(i, j); end > 0 {
			return end
		}
	}
	if i > 0 && s.text[i-1] >= utf8.RuneSelf || j < len(s.text) && s.text[j] >= utf8.RuneSelf {
		return s.lettered(i, j, plain)
	}
	if !plain {
		s.run(s.folded(i, j))
		return max(j, i+1) // a wide byte may end nothing
	}
	if w := (run{s: s.text[i:j], base: i}); s.mayHold(w.s, shape) {
		switch {
		case shape&anAt != 0:
			s.run(w)
		case shape&aColon != 0:
			s.colons(w)
		default:
			s.piece(w)
		}
	}
	return j
}

// timeOfDay reports whether the word that begins at i is one, and no beginning of
// an address of a known network.
func (s *scanner) timeOfDay(i int) bool {
	if v := s.text[i:]; len(v) > 8 && v[2] == ':' && v[5] == ':' && shapes[v[8]] == 0 && v[8] != '/' && !s.r.known.twoDigits {
		return isDigit(v[0]) && isDigit(v[1]) && isDigit(v[3]) && isDigit(v[4]) && isDigit(v[6]) && isDigit(v[7])
	}
	return false
}

// mayHold reports whether a plain word of these bytes may hold a value at all.
func (s *scanner) mayHold(w string, shape uint8) bool {
	switch {
	case len(w) < 3:
		return false
	case shape&(aDot|anAt) != 0, len(w) >= shortHash: // names, mail, dotted addresses; hashes
		return true
	case shape&aDigit != 0 && shape&(aJoin|anX) != 0 && len(w) >= 7: // 203-0-113-77
		return true
	case shape&aColon == 0:
		return false
	}
	return s.r.known.inColons(w)
}

// run is a word as it is parsed: as it stands, or folded with the place of each byte.
type run struct {
	s      string
	base   int
	at     []int // nil where s is the text itself
	from   int   // offset of s within at
	folded bool  // or would have been, had there been anything to fold
}

func (w run) pos(k int) int {
	if w.at == nil {
		return w.base + k
	}
	return w.at[w.from+k]
}

func (w run) sub(i, j int) run {
	return run{s: w.s[i:j], base: w.base + i, at: w.at, from: w.from + i, folded: w.folded}
}

func (s *scanner) emit(w run, i, j int, class Class, value string) {
	start, end := w.pos(i), w.pos(j)
	if n := len(s.out); n > 0 && start < s.out[n-1].End {
		return // a part of what was already found
	}
	s.out = append(s.out, Token{start, end, class, value})
}
