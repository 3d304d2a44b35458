package mailgw

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
)

// othersRow is a mail of other people's tests: its class with every key that
// lies beside it registered for the addresses of its user IDs, and the first
// reason but no-document, which most of these have. honest marks the mails that
// are signed by who they are from, with a key that is there and is no DSA key.
type othersRow struct {
	file   string
	class  Class
	tag    string
	honest bool
}

var othersRows = map[string][]othersRow{
	"johnny": {
		{"eve-pgp-inline", ClassTrusted, pgp.TagGood, true},
		{"i1-from-unequals-signer-pgp-mime", ClassValid, TagIDConflict, false},
		{"i2-from-is-signer-sender-a-pgp-mime", ClassValid, TagIDConflict, false},
		{"m1-pgp-mime", ClassPartial, pgp.TagPartial, false},
		{"m2-pgp-inline", ClassPartial, pgp.TagPartial, false},
		{"manager-pgp-mime", ClassTrusted, pgp.TagGood, true},
	},
	"pgp": {
		{"kde-crlf-encrypted-with-signature-multipart", ClassUnsigned, pgp.TagEncryptedUnsigned, false},
		{"kde-crlf-encrypted-with-signature", ClassInvalid, pgp.TagMalformedArmor, false},
		{"kde-forward-openpgp-signed-encrypted-no-from", ClassUnsigned, pgp.TagUnsigned, false},
		{"kde-forward-openpgp-signed-encrypted", ClassUnsigned, pgp.TagUnsigned, false},
		{"kde-inlinepgpencrypted-appendix", ClassUnsigned, pgp.TagUnsigned, false},
		{"kde-inlinepgpencrypted-error", ClassInvalid, pgp.TagDecryptFailed, false},
		{"kde-inlinepgpencrypted", ClassUnsigned, pgp.TagEncryptedUnsigned, false},
		{"kde-internal-pgpencrypted-mime", ClassUnsigned, pgp.TagUnsigned, false},
		{"kde-openpgp-encrypted+signed", ClassTrusted, pgp.TagGood, true},
		{"kde-openpgp-encrypted-ambiguous-mime", ClassUnsigned, pgp.TagUnsigned, false},
		{"kde-openpgp-encrypted-applemail", ClassUnsigned, pgp.TagEncryptedUnsigned, false},
		{"kde-openpgp-encrypted-enigmail1.6", ClassUnsigned, pgp.TagEncryptedUnsigned, false},
		{"kde-openpgp-encrypted-memoryhole", ClassUnsigned, pgp.TagEncryptedUnsigned, false},
		{"kde-openpgp-encrypted-memoryhole2", ClassUnsigned, pgp.TagEncryptedUnsigned, false},
		{"kde-openpgp-encrypted-noData", ClassInvalid, pgp.TagDecryptFailed, false},
		{"kde-openpgp-encrypted-signed-thunderbird", ClassTrusted, pgp.TagGood, true},
		{"kde-openpgp-encrypted", ClassUnsigned, pgp.TagEncryptedUnsigned, false},
		{"kde-openpgp-inline-wrong-charset-encrypted", ClassValid, TagIDConflict, false},
		{"kde-openpgp-multipart-embedded-signed", ClassInvalid, pgp.TagUnknownKey, false},
		{"kde-openpgp-multipart-embedded", ClassUnsigned, pgp.TagEncryptedUnsigned, false},
		{"kde-openpgp-signed-base64-mailman-footer", ClassInvalid, pgp.TagCriticalUnknown, false},
		{"kde-openpgp-signed-mailinglist+additional-children", ClassInvalid, pgp.TagUnknownKey, false},
		{"mailpile-1379857166.25979_3.hottie_2_S", ClassUnsigned, pgp.TagUnsigned, false},
		{"mailpile-1379857166.25979_5.hottie_2_S", ClassUnsigned, pgp.TagUnsigned, false},
		{"mailpile-1379857166.25980_9.hottie_2_S", ClassValid, TagIDConflict, false},
		{"mailpile-fw-question-1443197278.mbx", ClassUnsigned, pgp.TagUnsigned, false},
		{"mailpile-mailpile-1398950855.mbx", ClassUnsigned, pgp.TagUnsigned, false},
		{"mailpile-mailpile-1400069992.mbx", ClassUnsigned, TagAutoReply, false},
		{"notmuch-basic-encrypted", ClassUnsigned, pgp.TagEncryptedUnsigned, false},
		{"notmuch-encrypted-signed", ClassTrusted, pgp.TagGood, true},
		{"notmuch-no-protected-header-attribute", ClassUnsigned, pgp.TagEncryptedUnsigned, false},
		{"notmuch-protected-header", ClassUnsigned, pgp.TagEncryptedUnsigned, false},
		{"notmuch-protected-with-legacy-display", ClassTrusted, pgp.TagGood, true},
		{"notmuch-signed-protected-header", ClassTrusted, pgp.TagGood, true},
		{"notmuch-simple-encrypted", ClassInvalid, pgp.TagDecryptFailed, false},
		{"notmuch-smime-enc+legacy-disp", ClassUnsigned, pgp.TagSMIME, false},
		{"notmuch-smime-multipart-signed", ClassUnsigned, pgp.TagSMIME, false},
		{"notmuch-smime-onepart-signed", ClassUnsigned, pgp.TagSMIME, false},
		{"notmuch-subjectless-protected-header", ClassUnsigned, pgp.TagEncryptedUnsigned, false},
		{"notmuch-wrapped-protected-header", ClassUnsigned, pgp.TagUnsigned, false},
		{"rt-10-encrypted-inline-plain", ClassUnsigned, pgp.TagEncryptedUnsigned, false},
		{"rt-11-encrypted-inline-attachment", ClassUnsigned, pgp.TagUnsigned, false},
		{"rt-12-encrypted-inline-binary", ClassUnsigned, pgp.TagUnsigned, false},
		{"rt-13-signed-encrypted-MIME-plain", ClassInvalid, pgp.TagCriticalUnknown, false},
		{"rt-14-signed-encrypted-MIME-attachment", ClassInvalid, pgp.TagCriticalUnknown, false},
		{"rt-17-signed-encrypted-inline-attachment", ClassUnsigned, pgp.TagUnsigned, false},
		{"rt-2-signed-MIME-plain-with-attachment", ClassInvalid, pgp.TagCriticalUnknown, false},
		{"rt-4-signed-inline-plain", ClassInvalid, pgp.TagCriticalUnknown, false},
		{"rt-5-signed-inline-with-attachment", ClassInvalid, pgp.TagCriticalUnknown, false},
		{"rt-7-encrypted-MIME-plain", ClassUnsigned, pgp.TagEncryptedUnsigned, false},
		{"rt-9-encrypted-MIME-with-binary", ClassUnsigned, pgp.TagEncryptedUnsigned, false},
		{"rt-signed_old_style_with_attachment", ClassInvalid, pgp.TagCriticalUnknown, false},
		{"schleuder-attach-list-key-thunderbird", ClassValid, TagIDConflict, false},
		{"schleuder-big_first_mime_part", ClassUnsigned, pgp.TagUnsigned, false},
		{"schleuder-containing-pgp-garbage", ClassInvalid, pgp.TagDecryptFailed, false},
		{"schleuder-encapsulated", ClassInvalid, pgp.TagWeakKey, false},
		{"schleuder-encrypted-to-passphrase", ClassInvalid, pgp.TagDecryptFailed, false},
		{"schleuder-mail_with_pgp_boundaries_in_body", ClassInvalid, pgp.TagMalformedArmor, false},
		{"schleuder-multipart-alternative-thunderbird-multi-alt-signed", ClassInvalid, pgp.TagUnknownKey, false},
		{"schleuder-protected-headers-request", ClassValid, TagIDConflict, false},
		{"schleuder-qp-encoding-clear", ClassUnsigned, pgp.TagUnsigned, false},
		{"schleuder-qp-encoding-encrypted+signed", ClassValid, TagIDConflict, false},
		{"schleuder-signed-inline-thunderbird", ClassInvalid, pgp.TagUnknownKey, false},
		{"schleuder-signed-mime-thunderbird", ClassInvalid, pgp.TagUnknownKey, false},
		{"tb-bob-enc-html-nbsp", ClassUnsigned, pgp.TagUnsigned, false},
		{"tb-bob-enc-inline-nbsp-qp", ClassUnsigned, pgp.TagEncryptedUnsigned, false},
		{"tb-encrypted-and-signed-alice-to-bob-nonascii", ClassTrusted, pgp.TagGood, true},
		{"tb-forwarded-eml-signed-by-alice", ClassPartial, pgp.TagPartial, false},
		{"tb-fwd-signed", ClassInvalid, pgp.TagUnknownKey, false},
		{"tb-fwd-unsigned-encrypted", ClassUnsigned, pgp.TagUnsigned, false},
		{"tb-outer-pgp-sig-inner-pgp-enc-sig", ClassInvalid, pgp.TagBad, false},
		{"tb-outer-pgp-sig-inner-pgp-enc-with-mixed", ClassInvalid, pgp.TagBad, false},
		{"tb-outer-smime-bad-sig-inner-pgp-enc-sig-with-mixed", ClassUnsigned, pgp.TagSMIME, false},
		{"tb-partial-encrypt-for-alice-html", ClassUnsigned, pgp.TagUnsigned, false},
		{"tb-partial-encrypt-for-alice-plaintext", ClassUnsigned, pgp.TagUnsigned, false},
		{"tb-signed-by-0x3099ff1238852b9f-encrypted-to-0xf231550c4f47e38e", ClassTrusted, pgp.TagGood, true},
		{"tb-signed-by-0xfbfcc82a015e7330-encrypted-to-0xf231550c4f47e38e-multi-from", ClassValid, TagIDConflict, false},
		{"tb-signed-by-0xfbfcc82a015e7330-encrypted-to-0xf231550c4f47e38e", ClassTrusted, pgp.TagGood, true},
		{"tb-signed-by-0xfbfcc82a015e7330-to-0xf231550c4f47e38e-unencrypted-with-key", ClassTrusted, pgp.TagGood, true},
		{"tb-signed-by-0xfbfcc82a015e7330-to-0xf231550c4f47e38e-unencrypted", ClassTrusted, pgp.TagGood, true},
		{"tb-signed-encrypted-autocrypt-gossip", ClassTrusted, pgp.TagGood, true},
		{"tb-signed-mismatch-email-date", ClassTrusted, pgp.TagGood, true},
		{"tb-signed-with-mailman-footer", ClassInvalid, pgp.TagBad, false},
		{"tb-sigspoof-git-commit", ClassInvalid, pgp.TagDecryptFailed, false},
		{"tb-unrelated-and-fake-keys-attached", ClassUnsigned, pgp.TagUnsigned, false},
		{"tb-unsigned-encrypted-to-0xf231550c4f47e38e-from-0x3099ff1238852b9f-with-key", ClassUnsigned, pgp.TagEncryptedUnsigned, false},
		{"tb-unsigned-encrypted-to-0xf231550c4f47e38e-from-0x3099ff1238852b9f", ClassUnsigned, pgp.TagEncryptedUnsigned, false},
		{"tb-unsigned-unencrypted-0x3099ff1238852b9f-autocrypt", ClassUnsigned, pgp.TagUnsigned, false},
	},
	"pgpreal": {
		{"acns.eml_failed", ClassInvalid, pgp.TagUnknownKey, false},
		{"bsi.botnet.1", ClassInvalid, pgp.TagUnknownKey, false},
		{"cert_es.0", ClassInvalid, pgp.TagUnknownKey, false},
		{"circllu.malware.0", ClassInvalid, pgp.TagUnknownKey, false},
		{"circllu.phishing.0", ClassInvalid, pgp.TagUnknownKey, false},
		{"csirt_cz.malware.2", ClassInvalid, pgp.TagUnknownKey, false},
		{"jpcert.1", ClassInvalid, pgp.TagUnknownKey, false},
		{"jpcert.2", ClassInvalid, pgp.TagUnknownKey, false},
		{"jpcert.3", ClassInvalid, pgp.TagUnknownKey, false},
		{"switchch.login_attack.0", ClassInvalid, pgp.TagUnknownKey, false},
		{"torrent_markmonitor.0", ClassInvalid, pgp.TagUnknownKey, false},
		{"torrent_markmonitor.1", ClassInvalid, pgp.TagUnknownKey, false},
	},
}

// TestOthersMail holds every mail of the OpenPGP classes against the table. Of
// the honest ones at least 95 in 100 are trusted.
func TestOthersMail(t *testing.T) {
	honest, trusted := 0, 0
	for folder, rows := range othersRows {
		files := sharedMail(t, folder)
		o := newOthers(t, folder)
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".eml")
			if _, rest, ok := strings.Cut(name, "__"); ok {
				name = rest // without the name of the project it is from
			}
			if strings.HasPrefix(name, "key-") {
				continue // a key with the ending of a mail
			}
			i := slices.IndexFunc(rows, func(r othersRow) bool { return r.file == name })
			if i < 0 {
				t.Errorf("%s/%s stands in no row", folder, name)
				continue
			}
			want := rows[i]
			v := o.screen(t, file, pgp.Policy{})
			tag := slices.DeleteFunc(slices.Clone(v.Reasons), func(r string) bool { return r == TagNoDocument })[0]
			if v.Class != want.class || tag != want.tag || v.Action == Accept {
				t.Errorf("%s/%s: %s, %s for %v; want %s for %s, not accepted", folder, name, v.Action, v.Class, v.Reasons, want.class, want.tag)
			}
			if !want.honest {
				continue
			}
			honest++
			if v.Class == ClassTrusted {
				trusted++
			}
		}
	}
	t.Logf("of %d honest mails %d are trusted", honest, trusted)
	if trusted*100 < honest*95 {
		t.Errorf("%d of %d honest mails are trusted, want 95 in 100", trusted, honest)
	}
}

// others is a folder of other people's mails with the keys that lie in it, each
// registered for a party that owns the addresses of its user IDs.
type others struct {
	parties *relay.Parties
	secrets []*pgp.Secret
}

func newOthers(t *testing.T, folder string) *others {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "shared", "mail", folder, "key-*"))
	if err != nil {
		t.Fatal(err)
	}
	o := &others{}
	seen := map[string]bool{}
	var all []*relay.Party
	for _, f := range files {
		raw := readFile(t, f)
		for _, pass := range []string{"", "rt-test"} {
			if s, err := pgp.ReadSecret(raw, []byte(pass)); err == nil {
				o.secrets = append(o.secrets, s)
				break
			}
		}
		keys, _ := pgp.ReadKeys(raw) // some files are broken on purpose
		for _, k := range keys {
			if !seen[k.Fingerprint()] {
				seen[k.Fingerprint()] = true
				all = append(all, partyOfKey(t, k))
			}
		}
	}
	if o.parties, err = relay.NewParties(all); err != nil {
		t.Fatal(err)
	}
	return o
}

func partyOfKey(t *testing.T, k *pgp.Key) *relay.Party {
	t.Helper()
	p := &relay.Party{ID: k.Fingerprint(), Keys: []*pgp.Key{k}}
	for _, id := range k.UserIDs() {
		if _, addr, ok := strings.Cut(strings.TrimSuffix(id, ">"), "<"); ok && strings.Contains(addr, "@") {
			p.Addresses = append(p.Addresses, addr)
		}
	}
	if err := p.Normalise(); err != nil {
		t.Fatal(err)
	}
	return p
}

// screen judges a mail as received one minute after its last signature was
// made, with whichever of the secret keys opens it.
func (o *others) screen(t *testing.T, file string, policy pgp.Policy) Verdict {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m := message.Parse(raw)
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	var own *pgp.Secret
	for _, s := range o.secrets {
		if pgp.Open(m, o.parties.Ring, s, policy, at).Decrypted {
			own = s
			break
		}
	}
	for _, s := range pgp.Open(m, o.parties.Ring, own, policy, at).Signatures {
		if !s.Created.IsZero() {
			at = s.Created.Add(time.Minute)
		}
	}
	return Screen(Collect(m, pgp.Open(m, o.parties.Ring, own, policy, at), at), o.parties, Policy{})
}
