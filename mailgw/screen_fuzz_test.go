package mailgw

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// FuzzScreen judges mails that were changed at will. A mail is accepted only
// for a registered party that owns its one From address and whose key covers
// the one valid document, and the same mail is judged alike twice.
func FuzzScreen(f *testing.F) {
	m := newMade(f)
	for _, row := range manifest(f) {
		if raw := readFile(f, ownMails, row.name+".eml"); len(raw) < 32<<10 {
			f.Add(raw)
		}
	}
	for _, c := range []string{"Sender: cert@csirt-b.example", "Reply-To: x@csirt-a.examp1e", "Authentication-Results: mx; dkim=pass header.d=csirt-a.example"} {
		f.Add(append([]byte(c+"\r\n"), readFile(f, ownMails, "00-mime.eml")...))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		facts := m.facts(raw)
		v := Screen(facts, m.parties, Policy{})
		if again := Screen(m.facts(raw), m.parties, Policy{}); !reflect.DeepEqual(v, again) {
			t.Fatalf("%+v, then %+v", v, again)
		}
		if len(v.Reasons) == 0 || slices.ContainsFunc(v.Reasons, func(r string) bool { return Clears(r) == "" }) {
			t.Fatalf("reasons %q", v.Reasons)
		}
		if v.Action != Accept {
			return
		}
		p := m.parties.ByKey(v.Signer)
		if v.Class != ClassTrusted || p == nil || p.ID != v.Party {
			t.Fatalf("accepted %+v", v)
		}
		if len(facts.From) != 1 || !p.Owns(facts.From[0].Addr) || !strings.Contains(facts.From[0].Addr, "@") {
			t.Fatalf("accepted for %s from %v", p.ID, facts.From)
		}
		docs := facts.incidents()
		if len(docs) != 1 || !docs[0].Covered || docs[0].Verdict != "valid" || !slices.Contains(docs[0].Signers, v.Signer) {
			t.Fatalf("accepted with documents %+v", docs)
		}
	})
}
