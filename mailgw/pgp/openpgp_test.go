package pgp

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sharedMail is the corpus of mails and OpenPGP data beside the repository.
const sharedMail = "../../../shared/mail"

func sharedDir(t testing.TB, class string) string {
	t.Helper()
	dir := filepath.Join(sharedMail, class)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no ../shared beside the repository: %v", err)
	}
	return dir
}

// allKeys reads every certificate in the files of a folder that match.
func allKeys(t testing.TB, dir, pattern string) []*Key {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	var keys []*Key
	for _, f := range files {
		if k, err := ReadKeys(read(t, f)); err == nil {
			keys = append(keys, k...)
		}
	}
	return keys
}

// old accepts signatures of any age: the corpus is older than a month.
var old = Policy{MaxAge: 100 * 365 * 24 * time.Hour}

var today = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func tagsOf(sigs []Signature) string {
	var tags []string
	for _, s := range sigs {
		tags = append(tags, s.Tag)
	}
	return strings.Join(tags, " ")
}

// block is the OpenPGP data of a file, armored or not.
func block(t testing.TB, path string) []byte {
	b := read(t, path)
	if a, err := dearmor(b); err == nil {
		return a.data
	}
	return b
}

// Detached signatures of the interoperability suite and of GnuPG.
func TestOpenPGPDetached(t *testing.T) {
	dir := sharedDir(t, "openpgp")
	suite := NewKeyring(allKeys(t, dir, "interop-certificates_*.pgp"))
	gnupg := NewKeyring(allKeys(t, dir, "gnupg-*"))
	hello := []byte("Hello World :)")
	gnupgData := read(t, filepath.Join(dir, "gnupg-samplemsgs_signed-data-1.txt"))
	for _, c := range []struct {
		file string
		ring *Keyring
		data []byte
		want string
	}{
		{"interop-short-rsa-3048-bit.sig", suite, hello, TagGood},
		{"interop-short-rsa-3054-bit.sig", suite, hello, TagGood},
		{"interop-short-rsa-3056-bit.sig", suite, hello, TagGood},
		{"interop-short-rsa-3059-bit.sig", suite, hello, TagGood},
		{"interop-short-rsa-3062-bit.sig", suite, hello, TagGood},
		{"interop-short-rsa-3064-bit.sig", suite, hello, TagGood},
		{"interop-short-rsa-3067-bit.sig", suite, hello, TagGood},
		{"interop-short-rsa-3070-bit.sig", suite, hello, TagGood},
		{"interop-short-rsa-3072-bit.sig", suite, hello, TagGood},
		{"interop-short-rsa-3072-bit.sig", suite, []byte("Hello World :("), TagBad},
		{"interop-short-rsa-3072-bit.sig", gnupg, hello, TagUnknownKey},
		{"gnupg-samplemsgs_sig-1-key-1.asc", gnupg, gnupgData, TagGood},
		{"gnupg-samplemsgs_sig-1-key-1.sig", gnupg, gnupgData, TagGood},
		{"gnupg-samplemsgs_sig-1-key-2.asc", gnupg, gnupgData, TagGood},
		{"gnupg-samplemsgs_sig-2-keys-1.asc", gnupg, gnupgData, TagGood + " " + TagGood},
		{"gnupg-samplemsgs_sig-2-keys-2.asc", gnupg, gnupgData, TagGood + " " + TagGood},
	} {
		v := verifier{ring: c.ring, pol: old, at: today}
		if got := tagsOf(v.signatures(block(t, filepath.Join(dir, c.file)), c.data, false)); got != c.want {
			t.Errorf("%s: %s, want %s", c.file, got, c.want)
		}
	}
}

// Revocation certificates of the interoperability suite: four signatures, nine
// certificates. A key that was ever revoked does not count at reception (P8),
// which is stricter than RFC 9580 for the soft reasons.
func TestOpenPGPRevocation(t *testing.T) {
	dir := sharedDir(t, "openpgp")
	const prefix = "interop-revoked-key-"
	for cert, want := range map[string][4]string{
		"not-revoked":          {TagInvalidKey, TagGood, TagGood, TagGood},
		"revoked-compromised":  {TagInvalidKey, TagRevokedKey, TagRevokedKey, TagRevokedKey},
		"revoked-key_retired":  {TagInvalidKey, TagRevokedKey, TagRevokedKey, TagRevokedKey},
		"revoked-no_subpacket": {TagInvalidKey, TagRevokedKey, TagRevokedKey, TagRevokedKey},
		"revoked-private":      {TagInvalidKey, TagRevokedKey, TagRevokedKey, TagRevokedKey},
		"revoked-superseded":   {TagInvalidKey, TagRevokedKey, TagRevokedKey, TagRevokedKey},
		"revoked-uid_retired":  {TagInvalidKey, TagRevokedKey, TagRevokedKey, TagRevokedKey},
		"revoked-unknown":      {TagInvalidKey, TagRevokedKey, TagRevokedKey, TagRevokedKey},
		"revoked-unspecified":  {TagInvalidKey, TagRevokedKey, TagRevokedKey, TagRevokedKey},
	} {
		ring := NewKeyring(allKeys(t, dir, prefix+"cert-"+cert+".pgp"))
		for i, span := range []string{"t0", "t1-t2", "t2-t3", "t3-now"} {
			v := verifier{ring: ring, pol: old, at: today}
			got := tagsOf(v.signatures(block(t, filepath.Join(dir, prefix+"sig-"+span+".pgp")), []byte("Hello, World"), false))
			if got != want[i] {
				t.Errorf("certificate %s, signature of %s: %s, want %s", cert, span, got, want[i])
			}
		}
	}
}

// Clear-signed texts: what rPGP and gpg.fail collected.
func TestOpenPGPClearSigned(t *testing.T) {
	dir := sharedDir(t, "openpgp")
	for _, c := range []struct{ file, keys, want string }{
		{"gnupg-samplemsgs_clearsig-1-key-1.asc", "gnupg-*", TagGood},
		{"gnupg-samplemsgs_clearsig-2-keys-1.asc", "gnupg-*", TagGood + " " + TagGood},
		{"rpgp-csf_msg.csf", "rpgp-csf_*.pub.asc", TagGood},
		{"rpgp-csf_empty.csf", "rpgp-csf_*.pub.asc", TagGood},
		{"rpgp-csf_starts-with-newline.csf", "rpgp-csf_*.pub.asc", TagGood},
		{"rpgp-csf_gpg.fail-notdash.bin", "rpgp-*", TagMalformedArmor},
		{"rpgp-unit-tests_cleartext-msg-01.asc", "rpgp-unit-tests_*", TagGood},
		{"rpgp-unit-tests_cleartext-msg-01-fail.asc", "rpgp-unit-tests_*", TagPartial},
		{"rpgp-v4-ed25519-x25519_csf.msg", "rpgp-v4-ed25519*_tsk.asc", TagGood},
		{"rpgp-v6-25519-annex-a-4_csf.msg", "rpgp-v6-25519*_tsk.asc", TagGood},
		{"rpgp-v6-rsa_csf.msg", "rpgp-v6-rsa_tsk.asc", TagGood},
	} {
		got := TagMalformedArmor
		if text, err := readCleartext(read(t, filepath.Join(dir, c.file))); err == nil {
			v := verifier{ring: NewKeyring(allKeys(t, dir, c.keys)), pol: old, at: today}
			got = tagsOf(v.signatures(text.signature, text.plain, false))
			if text.outside {
				got = TagPartial
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.file, got, c.want)
		}
	}
}

// Encrypted messages of rPGP, of both versions of the encrypted packet.
func TestOpenPGPEncrypted(t *testing.T) {
	dir := sharedDir(t, "openpgp")
	for _, c := range []struct{ file, key string }{
		{"rpgp-v4-ed25519-x25519_enc-seipdv1.msg", "rpgp-v4-ed25519-x25519_tsk.asc"},
		{"rpgp-v4-ed25519-x25519_enc-seipdv2.msg", "rpgp-v4-ed25519-x25519_tsk.asc"},
		{"rpgp-v4-rsa_enc-seipdv2.msg", "rpgp-v4-rsa_tsk.asc"},
		{"rpgp-v6-25519-annex-a-4_enc-seipdv1.msg", "rpgp-v6-25519-annex-a-4_tsk.asc"},
		{"rpgp-v6-25519-annex-a-4_enc-seipdv2.msg", "rpgp-v6-25519-annex-a-4_tsk.asc"},
		{"rpgp-v6-rsa_enc-seipdv1.msg", "rpgp-v6-rsa_tsk.asc"},
		{"rpgp-v6-rsa_enc-seipdv2.msg", "rpgp-v6-rsa_tsk.asc"},
	} {
		own, err := ReadSecret(read(t, filepath.Join(dir, c.key)), nil)
		if err != nil {
			t.Errorf("%s: %v", c.key, err)
			continue
		}
		packets, err := own.decrypt(block(t, filepath.Join(dir, c.file)))
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		m, err := readSigned(packets, false)
		if err != nil || string(m.data) != "hello world\n" {
			t.Errorf("%s: %q, %v", c.file, m.data, err)
		}
	}
}

// No file of the corpus stops us, whatever it is read as.
func TestOpenPGPNoPanic(t *testing.T) {
	dir := sharedDir(t, "openpgp")
	own := gateway(t)
	ring := NewKeyring(allKeys(t, dir, "*"))
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b := block(t, f)
		v := verifier{ring: ring, pol: old, at: today}
		v.signatures(b, []byte("x"), false)
		if m, err := readSigned(b, false); err == nil {
			for _, s := range m.signatures {
				v.signature(s, m.data, false)
			}
		}
		if _, err := own.decrypt(b); err == nil {
			t.Errorf("%s: decrypted with a key it is not for", f)
		}
		if _, err := readCleartext(b); err == nil && !strings.Contains(string(b), armorSigned) {
			t.Errorf("%s: read as clear-signed", f)
		}
	}
	if len(files) < 50 {
		t.Errorf("only %d files", len(files))
	}
}
