package mailgw

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
)

// specified is the table of requirements.md 2, written down a second time:
// class and action of each tag, class "" where it is as found.
var specified = map[string]struct {
	class  Class
	action Action
}{
	"good-signature": {ClassTrusted, Accept},

	"id-conflict":         {ClassValid, Hold},
	"untrusted-key":       {ClassValid, Hold},
	"ambiguous-signature": {ClassValid, Hold},
	"forwarded-signature": {ClassValid, Hold},
	"stale-signature":     {ClassValid, Hold},
	"replay":              {ClassValid, Hold},

	"partial-coverage": {ClassPartial, Hold},

	"bad-signature":     {ClassInvalid, Hold},
	"unknown-key":       {ClassInvalid, Hold},
	"weak-hash":         {ClassInvalid, Hold},
	"weak-key":          {ClassInvalid, Hold},
	"expired-key":       {ClassInvalid, Hold},
	"revoked-key":       {ClassInvalid, Hold},
	"invalid-key":       {ClassInvalid, Hold},
	"expired-signature": {ClassInvalid, Hold},
	"future-signature":  {ClassInvalid, Hold},
	"critical-unknown":  {ClassInvalid, Hold},
	"malformed-signed":  {ClassInvalid, Hold},
	"malformed-armor":   {ClassInvalid, Hold},
	"decrypt-failed":    {ClassInvalid, Hold},

	"encrypted-unsigned": {ClassUnsigned, Hold},
	"smime":              {ClassUnsigned, Hold},
	"unsigned":           {ClassUnsigned, Hold},
	"dkim-party":         {ClassUnsigned, Accept},

	"encrypted-attachment": {"", Hold},
	"two-documents":        {"", Hold},
	"ambiguous-mime":       {"", Hold},
	"limits-exceeded":      {"", Hold},
	"too-deep":             {"", Hold},
	"no-document":          {"", Hold},
	"poison":               {"", Hold},

	"auto-reply": {"", Record},
	"bounce":     {"", Record},
	"loop":       {"", Record},
}

const ownMails = "../testdata/mails"

var ownMailsAt = time.Date(2026, 3, 2, 9, 5, 0, 0, time.UTC)

// made is what the mails of our own making are screened with.
type made struct {
	parties *relay.Parties
	secret  *pgp.Secret
}

func newMade(t testing.TB) *made {
	t.Helper()
	list, err := relay.ReadParties(filepath.Join(ownMails, "parties.toml"))
	if err != nil {
		t.Fatal(err)
	}
	m := &made{}
	if m.parties, err = relay.NewParties(list); err != nil {
		t.Fatal(err)
	}
	if m.secret, err = pgp.ReadSecret(readFile(t, ownMails, "keys", "gateway.sec.asc"), nil); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *made) facts(raw []byte) Facts {
	mail := message.Parse(raw)
	return Collect(mail, pgp.Open(mail, m.parties.Ring, m.secret, pgp.Policy{}, ownMailsAt), ownMailsAt)
}

// manifest lists the mails of our own making: name, the tag that the signatures
// alone combine to, and the decisive reason.
func manifest(t testing.TB) (rows []manifestRow) {
	t.Helper()
	for i, line := range strings.Split(strings.TrimSpace(string(readFile(t, ownMails, "MANIFEST.tsv"))), "\n") {
		f := strings.Split(line, "\t")
		if len(f) != 5 {
			t.Fatalf("MANIFEST.tsv:%d: %d columns", i+1, len(f))
		}
		if i > 0 {
			rows = append(rows, manifestRow{name: strings.TrimSuffix(f[0], ".eml"), decide: f[1], screen: f[3]})
		}
	}
	return rows
}

type manifestRow struct{ name, decide, screen string }

// TestSpecifiedVerdicts screens every mail of our own making: the reason of its
// row decides, with class and action of the specification.
func TestSpecifiedVerdicts(t *testing.T) {
	m := newMade(t)
	seen := map[string]bool{}
	for _, row := range manifest(t) {
		v := Screen(m.facts(readFile(t, ownMails, row.name+".eml")), m.parties, Policy{})
		want, ok := specified[row.screen]
		if !ok {
			t.Fatalf("%s: the specification has no tag %q", row.name, row.screen)
		}
		if want.class == "" {
			want.class = specified[row.decide].class
		}
		seen[row.screen] = true
		if v.Reasons[0] != row.screen || v.Class != want.class || v.Action != want.action {
			t.Errorf("%s: %s, %s for %v; want %s, %s for %s", row.name, v.Action, v.Class, v.Reasons, want.action, want.class, row.screen)
		}
	}
	for _, c := range m.rare(t) {
		v := Screen(c.facts, c.parties, Policy{})
		want := specified[c.tag]
		if want.class == "" {
			want.class = c.found
		}
		seen[c.tag] = true
		if v.Reasons[0] != c.tag || v.Class != want.class || v.Action != want.action {
			t.Errorf("%s, %s for %v; want %s, %s for %s", v.Action, v.Class, v.Reasons, want.action, want.class, c.tag)
		}
	}
	for tag := range specified {
		if !seen[tag] {
			t.Errorf("no mail brings %s", tag)
		}
	}
	// What the specification leaves to us holds, or is an answer to our token.
	for _, r := range table {
		if _, ok := specified[r.tag]; !ok && r.action == Accept && r.tag != TagAcknowledging {
			t.Errorf("%s accepts, and the specification does not know it", r.tag)
		}
	}
}

// rare makes the facts that no mail alone brings, out of one that is good.
func (m *made) rare(t *testing.T) []rareCase {
	t.Helper()
	good := func() Facts { return m.facts(readFile(t, ownMails, "00-mime.eml")) }
	with := func(change func(*Facts)) Facts {
		f := good()
		change(&f)
		return f
	}
	nobody, err := relay.NewParties(nil)
	if err != nil {
		t.Fatal(err)
	}
	smime := m.facts([]byte("From: cert@csirt-a.example\r\nMIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime; name=smime.p7m\r\n" +
		"Content-Transfer-Encoding: base64\r\n\r\nMAAA\r\n"))
	optedIn, err := relay.NewParties([]*relay.Party{{ID: "csirt-a", Addresses: []string{"cert@csirt-a.example"}, Accept: "dkim"}})
	if err != nil {
		t.Fatal(err)
	}
	dkim := m.facts(readFile(t, ownMails, "00-unsigned.eml"))
	dkim.DKIM = []string{"csirt-a.example"}
	return []rareCase{
		{TagDKIMParty, "", dkim, optedIn},
		{TagUntrustedKey, "", good(), nobody},
		{TagReplay, "", with(func(f *Facts) { f.History.Replay = true }), m.parties},
		{TagPoison, ClassTrusted, with(func(f *Facts) { f.Tags = append(f.Tags, TagPoison) }), m.parties},
		{TagLoop, ClassTrusted, with(func(f *Facts) { f.History.Ours = true }), m.parties},
		{TagBounce, ClassTrusted, with(func(f *Facts) { f.Kind = message.KindBounce }), m.parties},
		{TagAutoReply, ClassTrusted, with(func(f *Facts) { f.Kind = message.KindAutoReply }), m.parties},
		{pgp.TagSMIME, "", smime, m.parties},
	}
}

type rareCase struct {
	tag     string
	found   Class // by the signature, where the tag leaves the class as found
	facts   Facts
	parties *relay.Parties
}

// TestCase_65_SameFactsSameVerdict: neither the order in which facts were found
// nor what was judged before changes a verdict.
func TestCase_65_SameFactsSameVerdict(t *testing.T) {
	m := newMade(t)
	rows := manifest(t)
	want := make([]Verdict, len(rows))
	for i, row := range rows {
		want[i] = Screen(m.facts(readFile(t, ownMails, row.name+".eml")), m.parties, Policy{})
	}
	rapid.Check(t, func(t *rapid.T) {
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(rows)-1), 1, 8).Draw(t, "mails") {
			f := m.facts(mustRead(t, filepath.Join(ownMails, rows[i].name+".eml")))
			f.Tags = rapid.Permutation(f.Tags).Draw(t, "tags")
			f.Documents = rapid.Permutation(f.Documents).Draw(t, "documents")
			f.Opened.Signatures = rapid.Permutation(f.Opened.Signatures).Draw(t, "signatures")
			parties, err := relay.NewParties(rapid.Permutation(m.parties.All).Draw(t, "parties"))
			if err != nil {
				t.Fatal(err)
			}
			if got := Screen(f, parties, Policy{}); !reflect.DeepEqual(got, want[i]) {
				t.Fatalf("%s: %+v, then %+v", rows[i].name, want[i], got)
			}
		}
	})
}

func mustRead(t *rapid.T, file string) []byte {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
