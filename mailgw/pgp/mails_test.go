package pgp

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"iodefgw/mailgw/message"
)

// mails are our own, written by testdata/mailgen; its README says how to read
// the manifest.
const mails = "../../testdata/mails"

var received = time.Date(2026, 3, 2, 9, 5, 0, 0, time.UTC)

// registered are the certificates that the gateway knows, with their parties:
// all of the folder but mallory's and the gateway's own.
func registered(t testing.TB) (*Keyring, func(string) string) {
	t.Helper()
	parties := make(map[string]string)
	var all []*Key
	for party, names := range map[string][]string{
		"csirt-a": {"alice", "alice2", "expired", "revoked-compromised", "revoked-superseded", "noflag", "nobacksig", "rsa1024", "dsa", "injection", "young"},
		"csirt-b": {"bob"},
		"csirt-c": {"rsa", "nist", "brainpool", "six", "subkey", "sha1-2016", "sha1-2020", "sha1-subkey", "secp256k1", "subkey-expired", "subkey-revoked", "foreignback", "subkey-late", "certify-only"},
		"":        {"stranger"},
	} {
		for _, name := range names {
			keys, err := ReadKeys(read(t, filepath.Join(mails, "keys", name+".asc")))
			if err != nil {
				t.Fatalf("key %s: %v", name, err)
			}
			parties[keys[0].Fingerprint()] = party
			all = append(all, keys...)
		}
	}
	return NewKeyring(all), func(f string) string { return parties[f] }
}

func gateway(t testing.TB) *Secret {
	t.Helper()
	s, err := ReadSecret(read(t, filepath.Join(mails, "keys/gateway.sec.asc")), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A row is a line of the manifest.
type row struct{ file, decide, tags, screen, what string }

func manifest(t testing.TB, path string) []row {
	t.Helper()
	var rows []row
	for _, line := range strings.Split(strings.TrimSpace(string(read(t, path))), "\n")[1:] {
		f := strings.Split(line, "\t")
		if len(f) != 5 {
			t.Fatalf("manifest line with %d fields: %s", len(f), line)
		}
		rows = append(rows, row{f[0], f[1], f[2], f[3], f[4]})
	}
	return rows
}

// A fixture is all that a test of a case needs.
type fixture struct {
	ring  *Keyring
	party func(string) string
	own   *Secret
}

func newFixture(t testing.TB) *fixture {
	ring, party := registered(t)
	return &fixture{ring, party, gateway(t)}
}

func (f *fixture) open(t testing.TB, file string) (*message.Message, *Opened) {
	t.Helper()
	m := message.Parse(read(t, filepath.Join(mails, file)))
	return m, Open(m, f.ring, f.own, Policy{}, received)
}

// checkCase opens every mail of a case and compares it with the manifest.
func checkCase(t *testing.T, number string) {
	t.Helper()
	f := newFixture(t)
	n := 0
	for _, r := range manifest(t, filepath.Join(mails, "MANIFEST.tsv")) {
		if !strings.HasPrefix(r.file, number+"-") {
			continue
		}
		n++
		t.Run(strings.TrimSuffix(r.file, ".eml"), func(t *testing.T) { f.check(t, r) })
	}
	if n == 0 {
		t.Fatalf("no mail for case %s", number)
	}
}

func (f *fixture) check(t *testing.T, r row) {
	m, o := f.open(t, r.file)
	tag, signer := o.Decide(f.party)
	if tag != r.decide {
		t.Errorf("%s: decided %q, want %q: %s", r.file, tag, r.decide, describe(o))
	}
	if good := tag == TagGood || tag == TagStale || tag == TagForwarded || tag == TagPartial || tag == TagAmbiguous; good != (signer != "") {
		t.Errorf("tag %s with signer %q", tag, signer)
	}
	for _, want := range strings.FieldsFunc(r.tags, func(c rune) bool { return c == ',' || c == ' ' }) {
		if !shows(m, o, want) {
			t.Errorf("%s: %s does not show: %s; defects %v %v", r.file, want, describe(o), m.Defects, o.Defects)
		}
	}
	for _, c := range o.Covered {
		if c.Fingerprint() == "" || len(c.Bytes()) == 0 || c.Part() == nil {
			t.Errorf("covered without %q bytes %d", c.Fingerprint(), len(c.Bytes()))
		}
	}
}

// shows looks for one entry of the manifest's tags.
func shows(m *message.Message, o *Opened, want string) bool {
	docs := o.Documents()
	covered, broken := 0, false
	for _, d := range docs {
		if d.Covered {
			covered++
		}
		broken = broken || d.Err != nil
	}
	key, value, _ := strings.Cut(want, "=")
	switch key {
	case "documents":
		return strconv.Itoa(len(docs)) == value
	case "covered":
		return strconv.Itoa(covered) == value
	case "document-error":
		return broken
	case "key":
		return addedTo(o.Notes, value)
	}
	for _, d := range append(m.Defects, o.Defects...) {
		if d.Tag == want {
			return true
		}
	}
	return addedTo(o.Tags, want)
}

func addedTo(list []string, s string) bool { return len(addOnce(list, s)) == len(list) }

func describe(o *Opened) string {
	var b strings.Builder
	for _, s := range o.Signatures {
		b.WriteString(s.Path + " " + string(s.Scope) + " " + s.Tag + "; ")
	}
	return b.String() + strings.Join(o.Tags, " ")
}
