package relay

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Lookalike is the party whose domain a reader may take this one for, though it
// is nobody's that we know; nil for none. A letter left out or exchanged is not
// noticed: honest domains differ by as much.
func (ps *Parties) Lookalike(domain string) *Party {
	d, err := asciiDomain(domain)
	if err != nil || ps.ByDomain(d) != nil || len(ps.byHost[d]) > 0 {
		return nil
	}
	for strings.Contains(d, ".") {
		if p := ps.looks[skeleton(d)]; p != nil {
			return p
		}
		_, d, _ = strings.Cut(d, ".")
	}
	return nil
}

// ByName is the party that goes by a name: its own or an alias, without case.
func (ps *Parties) ByName(name string) *Party { return ps.names[foldName(name)] }

func foldName(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(s))), " ")
}

// skeleton is what a domain looks like: without accents and hyphens, with the
// letters that look alike written as one.
func skeleton(domain string) string {
	if u, err := idna.Punycode.ToUnicode(domain); err == nil {
		domain = u
	}
	var b strings.Builder
	last := rune(0)
	for _, r := range norm.NFKD.String(strings.ToLower(domain)) {
		if like, ok := alike[r]; ok {
			r = like
		}
		if unicode.Is(unicode.Mn, r) || r == '-' || r == last && r != '.' {
			continue
		}
		last = r
		b.WriteRune(r)
	}
	return pairs.Replace(b.String())
}

// pairs are letters that stand for one.
var pairs = strings.NewReplacer("rn", "m", "vv", "w", "cl", "d")

// alike are the digits, Cyrillic, Greek and Latin letters that look like an
// ASCII letter in common type.
var alike = func() map[rune]rune {
	m := map[rune]rune{}
	for ascii, others := range map[rune]string{
		'a': "аαɑ4", 'b': "ьƅ6", 'c': "сϲ", 'd': "ԁɗ", 'e': "еєҽε3", 'g': "ɡ9", 'h': "һհ", 'i': "іıιɩ", 'j': "јϳ",
		'k': "кκ", 'l': "1ⅼӏ|ɭ", 'm': "мⅿ", 'n': "пոη", 'o': "оοօ0σ", 'p': "рρ", 'q': "ԛգ", 'r': "гᴦ", 's': "ѕ5",
		't': "тτ7", 'u': "υսц", 'v': "ѵν", 'w': "ԝшω", 'x': "хχ", 'y': "уүγ", 'z': "ᴢ2",
	} {
		for _, r := range others {
			m[r] = ascii
		}
	}
	m['i'], m['і'], m['ı'], m['ι'] = 'l', 'l', 'l', 'l' // I and l are one in many types
	return m
}()
