package pgp

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"iodefgw/mailgw/message"
)

// A user ID is text from outside: it is escaped, and names nobody.
func TestCase_45_UserIDsAreEscaped(t *testing.T) {
	keys, err := ReadKeys(read(t, filepath.Join(mails, "keys/injection.asc")))
	if err != nil {
		t.Fatal(err)
	}
	ids := keys[0].UserIDs()
	if len(ids) != 1 || strings.ContainsAny(ids[0], "\n\x1b\u202e") || !strings.Contains(ids[0], `\x0a[GNUPG:]`) {
		t.Errorf("user IDs %q", ids)
	}
}

// A replay has the same digest whatever its headers, and another mail of the
// same content signed anew has another.
func TestCase_52_ReplayHasTheSameDigest(t *testing.T) {
	f := newFixture(t)
	digest := func(file string) string {
		_, o := f.open(t, file)
		if len(o.Signatures) != 1 || o.Signatures[0].Digest == "" {
			t.Fatalf("%s: %s", file, describe(o))
		}
		return o.Signatures[0].Digest
	}
	first := digest("52-replay-first.eml")
	if again := digest("52-replay-headers.eml"); again != first {
		t.Errorf("replayed with other headers: %s, first %s", again, first)
	}
	if other := digest("64-rollover.eml"); other == first {
		t.Error("signed by another key: the same digest")
	}
}

func TestCase_53_IntendedRecipient(t *testing.T) {
	checkCase(t, "53")
	f := newFixture(t)
	for file, noted := range map[string]bool{"53-absent.eml": true, "53-intended.eml": false} {
		_, o := f.open(t, file)
		if got := addedTo(o.Signatures[0].Notes, "intended-recipient-absent"); got != noted {
			t.Errorf("%s: notes %q", file, o.Signatures[0].Notes)
		}
	}
}

// All causes of a failed decryption look the same.
func TestCase_58_FailuresAreEqual(t *testing.T) {
	f := newFixture(t)
	var first *Opened
	for _, r := range manifest(t, filepath.Join(mails, "MANIFEST.tsv")) {
		if r.decide != TagDecryptFailed {
			continue
		}
		_, o := f.open(t, r.file)
		if o.Decrypted || len(o.Covered) > 0 || len(o.Documents()) > 0 || o.Text() != "" {
			t.Errorf("%s: something came out", r.file)
		}
		o.Content = nil
		if first == nil {
			first = o
		}
		if !reflect.DeepEqual(o, first) {
			t.Errorf("%s: %+v, others %+v", r.file, o, first)
		}
	}
}

// A bomb costs no more memory than the cap allows.
func TestCase_59_BombStaysUnderTheCap(t *testing.T) {
	f := newFixture(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, file := range []string{"59-bomb.eml", "59-nested.eml", "34-bomb.eml"} {
		f.open(t, file)
	}
	runtime.ReadMemStats(&after)
	// ReadAll grows by doubling: the sum of what it allocates is a few caps.
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 8*maxPlain {
		t.Errorf("allocated %d MiB", grown>>20)
	}
}

// Keys that belong to nobody are not one signer.
func TestCase_46_NobodysKeysAreNotOne(t *testing.T) {
	f := newFixture(t)
	_, o := f.open(t, "46-two-parties.eml")
	if tag, _ := o.Decide(func(string) string { return "" }); tag != TagAmbiguous {
		t.Errorf("decided %s", tag)
	}
}

// What is encrypted beside other content, or inside signed content, stays
// closed: no byte of it shows anywhere.
func TestCase_61_StolenCiphertextStaysClosed(t *testing.T) {
	checkCase(t, "61")
	f := newFixture(t)
	canary := []byte("conditions: minimal") // the text of the stolen mail
	for _, file := range []string{"60-exfiltration.eml", "60-beside-text.eml", "60-in-text.eml", "60-third-part.eml", "53-outside.eml"} {
		_, o := f.open(t, file)
		for _, c := range o.Covered {
			if bytes.Contains(c.Bytes(), canary) {
				t.Errorf("%s: plaintext in covered bytes", file)
			}
		}
		o.Content.Walk(func(p *message.Part) bool {
			if text, err := p.Text(); err == nil && strings.Contains(text, string(canary)) {
				t.Errorf("%s: plaintext in part %s", file, p.Path)
			}
			return true
		})
	}
}

// The same bytes, keys and time give the same facts, in any order of calls,
// keys and goroutines.
func TestCase_65_OpenIsPure(t *testing.T) {
	f := newFixture(t)
	var rows []row
	for _, r := range manifest(t, filepath.Join(mails, "MANIFEST.tsv")) {
		if !strings.Contains(r.file, "-bomb") { // slow, and tested by itself
			rows = append(rows, r)
		}
	}
	facts := func(ring *Keyring, r row) string {
		m := message.Parse(read(t, filepath.Join(mails, r.file)))
		o := Open(m, ring, f.own, Policy{}, received)
		tag, signer := o.Decide(f.party)
		var covered []string
		for _, c := range o.Covered {
			covered = append(covered, c.Fingerprint()+string(c.Scope())+string(c.Bytes()))
		}
		return tag + signer + describe(o) + strings.Join(covered, "\n")
	}
	want := make(map[string]string)
	for _, r := range rows {
		want[r.file] = facts(f.ring, r)
	}
	var keys []*Key
	for _, k := range f.ring.keys {
		keys = append(keys, k) // in the map's order, which is another each time
	}
	shared := NewKeyring(keys)
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for _, i := range rand.Perm(len(rows)) {
				if got := facts(shared, rows[i]); got != want[rows[i].file] {
					t.Errorf("%s: other facts on another call", rows[i].file)
				}
			}
		}()
	}
	wg.Wait()
}

// A certificate in two versions, one of them revoked, is revoked whichever
// comes first.
func TestOldVersionOfRevokedKey(t *testing.T) {
	dir := sharedDir(t, "openpgp")
	one := allKeys(t, dir, "interop-revoked-key-cert-not-revoked.pgp")
	two := allKeys(t, dir, "interop-revoked-key-cert-revoked-superseded.pgp")
	b := block(t, filepath.Join(dir, "interop-revoked-key-sig-t3-now.pgp"))
	for _, keys := range [][]*Key{{one[0], two[0]}, {two[0], one[0]}} {
		v := verifier{ring: NewKeyring(keys), pol: old, at: today}
		if got := tagsOf(v.signatures(b, []byte("Hello, World"), false)); got != TagRevokedKey {
			t.Errorf("%s", got)
		}
	}
}

// A file name whose lower-case form is longer than itself is no trap.
func TestFileNameThatGrows(t *testing.T) {
	f := newFixture(t)
	m := message.Parse(read(t, filepath.Join(mails, "00-armored-document.eml")))
	m.Root.Children[1].Type, m.Root.Children[1].Filename = "application/pgp", "a.\u0130\u0130"
	o := Open(m, f.ring, nil, Policy{}, received)
	if len(o.Covered) != 1 || o.Covered[0].Part().Filename != "a" {
		t.Errorf("%s", describe(o))
	}
}

// At reception the same mail goes from good to stale, at the policy's edge.
func TestReceptionTime(t *testing.T) {
	f := newFixture(t)
	m := message.Parse(read(t, filepath.Join(mails, "00-mime.eml")))
	made := received.Add(-5 * time.Minute)
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{made.Add(-11 * time.Minute), TagFutureSig},
		{made.Add(-9 * time.Minute), TagGood},
		{made, TagGood},
		{made.Add(30*24*time.Hour - time.Second), TagGood},
		{made.Add(30*24*time.Hour + time.Second), TagStale},
	} {
		o := Open(m, f.ring, nil, Policy{}, c.at)
		if tag, _ := o.Decide(f.party); tag != c.want {
			t.Errorf("received %v after signing: %s, want %s", c.at.Sub(made), tag, c.want)
		}
	}
}
