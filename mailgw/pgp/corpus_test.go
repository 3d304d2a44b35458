package pgp

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"iodefgw/mailgw/message"
)

// corpus is a folder of mails with its keys, public and secret.
type corpus struct {
	dir  string
	ring *Keyring
	own  []*Secret
}

func newCorpus(t testing.TB, class string) *corpus {
	c := &corpus{dir: sharedDir(t, class)}
	c.ring = NewKeyring(allKeys(t, c.dir, "key-*"))
	files, err := filepath.Glob(filepath.Join(c.dir, "key-*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		for _, pass := range []string{"", "rt-test"} {
			if s, err := ReadSecret(read(t, f), []byte(pass)); err == nil {
				c.own = append(c.own, s)
				break
			}
		}
	}
	return c
}

// open opens a mail as received one minute after its (first) signature was
// made, with whichever of the secret keys fits.
func (c *corpus) open(t testing.TB, file string, pol Policy) (*message.Message, *Opened) {
	m := message.Parse(read(t, filepath.Join(c.dir, file)))
	best := Open(m, c.ring, nil, pol, today)
	var key *Secret
	for _, s := range c.own {
		if o := Open(m, c.ring, s, pol, today); o.Decrypted {
			best, key = o, s
			break
		}
	}
	at := today
	for _, s := range best.Signatures {
		if !s.Created.IsZero() {
			at = s.Created.Add(time.Minute)
		}
	}
	return m, Open(m, c.ring, key, pol, at)
}

func self(fingerprint string) string { return fingerprint }

// Johnny: the honest mails are good for who signed them, and no spoof is good
// for the manager as a whole.
func TestJohnny(t *testing.T) {
	c := newCorpus(t, "johnny")
	const (
		eve     = "F9E600725878C6DAE30688CA4B568F486E960FB5"
		manager = "AA482B4FF773584F58D14563F18273C6FB579BE4"
	)
	for _, row := range []struct {
		file, tag, signer, from string // from is "" where nobody is From
	}{
		{"eve-pgp-inline", TagGood, eve, "eve@bigcorporation.de"},
		{"manager-pgp-mime", TagGood, manager, "manager@bigcorporation.de"},
		{"i1-from-unequals-signer-pgp-mime", TagGood, eve, "manager@bigcorporation.de"}, // id-conflict
		{"i2-from-is-signer-sender-a-pgp-mime", TagGood, eve, ""},                       // id-conflict
		{"m1-pgp-mime", TagPartial, manager, "manager@bigcorporation.de"},
		{"m2-pgp-inline", TagPartial, manager, "manager@bigcorporation.de"},
	} {
		m, o := c.open(t, "rub-nds-johnny-you-a__"+row.file+".eml", Policy{})
		tag, signer := o.Decide(self)
		if tag != row.tag || signer != row.signer {
			t.Errorf("%s: %s by %s, want %s by %s", row.file, tag, signer, row.tag, row.signer)
		}
		addr := ""
		if from, err := m.Header.From(); err == nil && len(from) == 1 {
			addr = from[0].Addr
		}
		if addr != row.from {
			t.Errorf("%s: From %q, want %q", row.file, addr, row.from)
		}
	}
}

// Mails of other projects' tests. honest marks those that are honestly signed
// with a key of the corpus and an algorithm of this century: of these, at least
// 95 in 100 are good.
func TestMailsOfOthers(t *testing.T) {
	c := newCorpus(t, "pgp")
	honest, good := 0, 0
	for _, row := range []struct {
		file, tag string
		honest    bool
	}{
		{"kde-crlf-encrypted-with-signature-multipart", TagEncryptedUnsigned, false},
		{"kde-crlf-encrypted-with-signature", TagMalformedArmor, false}, // quoted-printable that is none
		{"kde-forward-openpgp-signed-encrypted", TagUnsigned, false},    // an encrypted attachment stays closed
		{"kde-inlinepgpencrypted", TagEncryptedUnsigned, false},
		{"kde-inlinepgpencrypted-appendix", TagUnsigned, false}, // text beside it
		{"kde-inlinepgpencrypted-error", TagDecryptFailed, false},
		{"kde-openpgp-encrypted+signed", TagGood, true}, // certified with SHA-1, in 2009 or 2016
		{"kde-openpgp-encrypted-applemail", TagEncryptedUnsigned, false},
		{"kde-openpgp-encrypted-enigmail1.6", TagEncryptedUnsigned, false},
		{"kde-openpgp-encrypted-noData", TagDecryptFailed, false},
		{"kde-openpgp-encrypted-signed-thunderbird", TagGood, true},   // certified with SHA-1, in 2009 or 2016
		{"kde-openpgp-inline-wrong-charset-encrypted", TagGood, true}, // certified with SHA-1, in 2009 or 2016
		{"kde-openpgp-multipart-embedded-signed", TagUnknownKey, false},
		{"kde-openpgp-signed-mailinglist+additional-children", TagUnknownKey, false},
		{"mailpile-1379857166.25980_9.hottie_2_S", TagGood, true},
		{"notmuch-basic-encrypted", TagEncryptedUnsigned, false},
		{"notmuch-encrypted-signed", TagGood, true},
		{"notmuch-protected-with-legacy-display", TagGood, true},
		{"notmuch-signed-protected-header", TagGood, true},
		{"notmuch-simple-encrypted", TagDecryptFailed, false},
		{"notmuch-smime-multipart-signed", TagSMIME, false},
		{"notmuch-smime-onepart-signed", TagSMIME, false},
		{"notmuch-wrapped-protected-header", TagUnsigned, false},
		{"rt-10-encrypted-inline-plain", TagEncryptedUnsigned, false},
		{"rt-13-signed-encrypted-MIME-plain", TagCriticalUnknown, false}, // version 3 signature, DSA, SHA-1
		{"rt-2-signed-MIME-plain-with-attachment", TagCriticalUnknown, false},
		{"rt-4-signed-inline-plain", TagCriticalUnknown, false},
		{"rt-11-encrypted-inline-attachment", TagUnsigned, false},
		{"schleuder-attach-list-key-thunderbird", TagGood, true}, // certified with SHA-1, in 2009 or 2016
		{"schleuder-containing-pgp-garbage", TagDecryptFailed, false},
		{"schleuder-encapsulated", TagWeakKey, false}, // RSA-1024
		{"schleuder-encrypted-to-passphrase", TagDecryptFailed, false},
		{"schleuder-protected-headers-request", TagGood, true}, // certified with SHA-1, in 2009 or 2016
		{"schleuder-qp-encoding-clear", TagUnsigned, false},
		{"schleuder-qp-encoding-encrypted+signed", TagGood, true}, // certified with SHA-1, in 2009 or 2016
		{"schleuder-signed-inline-thunderbird", TagUnknownKey, false},
		{"schleuder-signed-mime-thunderbird", TagUnknownKey, false},
		{"tb-bob-enc-inline-nbsp-qp", TagEncryptedUnsigned, false},
		{"tb-encrypted-and-signed-alice-to-bob-nonascii", TagGood, true},
		{"tb-forwarded-eml-signed-by-alice", TagPartial, false},
		{"tb-fwd-signed", TagUnknownKey, false},
		{"tb-fwd-unsigned-encrypted", TagUnsigned, false},
		{"tb-outer-pgp-sig-inner-pgp-enc-sig", TagBad, false},
		{"tb-outer-smime-bad-sig-inner-pgp-enc-sig-with-mixed", TagSMIME, false},
		{"tb-partial-encrypt-for-alice-plaintext", TagUnsigned, false},
		{"tb-signed-by-0x3099ff1238852b9f-encrypted-to-0xf231550c4f47e38e", TagGood, true},
		{"tb-signed-by-0xfbfcc82a015e7330-encrypted-to-0xf231550c4f47e38e", TagGood, true},
		{"tb-signed-by-0xfbfcc82a015e7330-encrypted-to-0xf231550c4f47e38e-multi-from", TagGood, true},
		{"tb-signed-by-0xfbfcc82a015e7330-to-0xf231550c4f47e38e-unencrypted", TagGood, true},
		{"tb-signed-by-0xfbfcc82a015e7330-to-0xf231550c4f47e38e-unencrypted-with-key", TagGood, true},
		{"tb-signed-encrypted-autocrypt-gossip", TagGood, true},
		{"tb-signed-mismatch-email-date", TagGood, true},
		{"tb-signed-with-mailman-footer", TagBad, false},
		{"tb-sigspoof-git-commit", TagDecryptFailed, false},
		{"tb-unrelated-and-fake-keys-attached", TagUnsigned, false},
		{"tb-unsigned-encrypted-to-0xf231550c4f47e38e-from-0x3099ff1238852b9f", TagEncryptedUnsigned, false},
	} {
		_, o := c.open(t, row.file+".eml", Policy{})
		tag, _ := o.Decide(self)
		if tag != row.tag {
			t.Errorf("%s: %s, want %s", row.file, tag, row.tag)
		}
		if row.honest {
			honest++
			if tag == TagGood {
				good++
			}
		}
	}
	if good*100 < honest*95 {
		t.Errorf("%d of %d honest mails are good", good, honest)
	}
}

// Mails of real CERTs, whose keys are not there: each signature is found and
// its key unknown.
func TestMailsOfCERTs(t *testing.T) {
	for class, want := range map[string]int{"pgpreal": 12, "iodefmail": 2} {
		c := newCorpus(t, class)
		files, err := filepath.Glob(filepath.Join(c.dir, "*.eml"))
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, f := range files {
			_, o := c.open(t, filepath.Base(f), Policy{})
			tag, _ := o.Decide(self)
			switch tag {
			case TagUnknownKey:
				found++
			case TagUnsigned:
			default:
				t.Errorf("%s: %s", filepath.Base(f), tag)
			}
		}
		if found != want {
			t.Errorf("%s: %d signatures by unknown keys, want %d", class, found, want)
		}
	}
}

// Every mail of the corpus is opened without a panic, twice with the same
// outcome, and nothing is covered without a key.
func TestCase_38_EveryMailTwice(t *testing.T) {
	root := sharedDir(t, "")
	own := gateway(t)
	files, err := filepath.Glob(filepath.Join(root, "*", "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b := read(t, f)
		outcome := func() string {
			m := message.Parse(b)
			o := Open(m, nil, own, Policy{}, today)
			tag, _ := o.Decide(self)
			if len(o.Covered) > 0 {
				t.Errorf("%s: covered without a keyring", f)
			}
			return tag + describe(o)
		}
		if a, b := outcome(), outcome(); a != b {
			t.Errorf("%s: %s, then %s", f, a, b)
		}
	}
	if len(files) < 500 {
		t.Errorf("only %d files", len(files))
	}
}

// The keys of the CERTs are not there, but two bytes of each signature's digest
// are in the clear: they show that we hash the very bytes that were signed.
func TestDigestsOfCERTs(t *testing.T) {
	match := 0
	for _, file := range []string{"pgpreal/MANIFEST.tsv", "pgp/MANIFEST.tsv"} {
		dir := sharedDir(t, filepath.Dir(file))
		for _, line := range strings.Split(string(read(t, filepath.Join(sharedMail, file))), "\n") {
			f := strings.Split(line, "\t")
			if len(f) < 4 || !strings.Contains(f[3], "root=multipart/signed") || !strings.HasSuffix(f[0], ".eml") {
				continue
			}
			root := message.Parse(read(t, filepath.Join(dir, f[0]))).Root
			block, err := signatureBlock(root.Children[1])
			if err != nil {
				continue
			}
			packets, _ := readPackets(block)
			sig, tag := parseSignature(packets[0])
			if tag != "" {
				continue
			}
			h, err := sig.PrepareVerify()
			if err != nil {
				t.Fatal(err)
			}
			h.Write(crlf(root.Children[0].Raw))
			got := packet.VerifyHashTag(h, sig) == nil
			if first, _, _ := strings.Cut(f[3], ";"); got != strings.Contains(first, "hash-prefix=match") && strings.Contains(first, "hash-prefix=") {
				t.Errorf("%s: digest matches: %v; %s", f[0], got, f[3])
			}
			if got {
				match++
			}
		}
	}
	if match < 12 {
		t.Errorf("only %d digests match", match)
	}
	for _, name := range []string{"acns.eml_failed", "cert_es.0", "circllu.malware.0", "circllu.phishing.0"} {
		text, err := message.Parse(read(t, filepath.Join(sharedMail, "pgpreal/abusix-inbound-pars__"+name+".eml"))).Root.Decode()
		if err != nil {
			t.Fatal(err)
		}
		c, err := readCleartext(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		packets, _ := readPackets(c.signature)
		sig, _ := parseSignature(packets[0])
		h, err := sig.PrepareVerify()
		if err != nil {
			t.Fatal(err)
		}
		h.Write(c.plain)
		if packet.VerifyHashTag(h, sig) != nil {
			t.Errorf("%s: the digest of the clear-signed text does not match", name)
		}
	}
}
