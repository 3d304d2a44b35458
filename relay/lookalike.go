package relay

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/unicode/norm"
)

// maxLabels caps the labels of a domain that are compared: a document can hold
// thousands of addresses at domains of a hundred labels.
const maxLabels = 8

// Lookalike is the party whose domain a reader may take this one for, though it
// is nobody's that we know; nil for none. A letter left out or exchanged is not
// noticed: honest domains differ by as much. A party's whole domain before
// another (example.co.jp.evil.net) is one too.
func (ps *Parties) Lookalike(domain string) *Party {
	labels, own := ps.strange(domain)
	for i := max(0, len(labels)-maxLabels); i < len(labels)-1; i++ {
		if p := ps.looks[skeleton(strings.Join(labels[i:], "."))]; p != nil {
			return p
		}
	}
	if len(labels) == 0 {
		return nil
	}
	if p := ps.stems[skeleton(labels[own])]; p != nil && !ps.roots[labels[own]] {
		return p
	}
	for i := range min(own, maxLabels) {
		for j := i + 2; j <= min(own, i+maxLabels); j++ {
			if p := ps.looks[skeleton(strings.Join(labels[i:j], "."))]; p != nil {
				return p
			}
		}
	}
	return nil
}

// OtherEnding is the party whose domain has another ending than this one, which
// is nobody's that we know: example.com for example.co.jp. Many organisations
// own both; nil for none.
func (ps *Parties) OtherEnding(domain string) *Party {
	labels, own := ps.strange(domain)
	if len(labels) == 0 || !ps.roots[labels[own]] {
		return nil
	}
	return ps.stems[skeleton(labels[own])]
}

// strange takes a domain that is nobody's apart, and says which of its labels
// is the one that its owner chose: the last before the public suffix.
func (ps *Parties) strange(domain string) (labels []string, own int) {
	d, err := asciiDomain(domain)
	if err != nil || len(d) > 253 || ps.ByDomain(d) != nil || len(ps.byHost[d]) > 0 {
		return nil, 0
	}
	root, err := publicsuffix.EffectiveTLDPlusOne(d)
	if err != nil { // a public suffix itself, or no domain
		return nil, 0
	}
	return strings.Split(d, "."), strings.Count(d, ".") - strings.Count(root, ".")
}

// ownLabel is the label of a domain that its owner chose; "" where so many have
// chosen it that it names nobody.
func ownLabel(domain string) string {
	root, err := publicsuffix.EffectiveTLDPlusOne(domain)
	label, _, _ := strings.Cut(root, ".")
	if err != nil || len(label) < 4 {
		return ""
	}
	switch label {
	case "cert", "csirt", "cirt", "ncsc", "abuse", "security", "mail", "email", "info", "govcert":
		return "" // cert.at, cert.br and cert.pl are three teams
	}
	return label
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
	last, like := rune(0), alike()
	for _, r := range norm.NFKD.String(strings.ToLower(domain)) {
		if like, ok := like[r]; ok {
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
var alike = sync.OnceValue(func() map[rune]rune {
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
})
