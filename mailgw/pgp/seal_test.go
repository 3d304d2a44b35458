package pgp

import (
	"bytes"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"iodefgw/mailgw/message"
)

func outHeader(t testing.TB) message.OutHeader {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	var h message.OutHeader
	var err error
	h.From, err = message.NewAddr("gw@gateway.example")
	must(err)
	h.To, err = message.NewAddr("cert@csirt-a.example")
	must(err)
	h.Subject, err = message.NewText("[GW#00000042] 報告")
	must(err)
	h.MessageID, err = message.NewToken("<42.1@gateway.example>")
	must(err)
	h.Date = received
	return h
}

func notice(t testing.TB) []byte {
	t.Helper()
	e, err := message.Entity("Bericht über 198.51.100.23\n", message.Attachment{
		Type: "application/xml", Filename: "incident-42.xml", Data: "<IODEF-Document xmlns=\"urn:ietf:params:xml:ns:iodef-2.0\"/>"})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func newSecret(t testing.TB, name string) (*Secret, *Key) {
	t.Helper()
	s, err := GenerateSecret(name, name+"@gateway.example", received.Add(-time.Hour), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k, err := s.Public()
	if err != nil {
		t.Fatal(err)
	}
	return s, k
}

// What we seal, the recipient opens: good, whole, and byte for byte what we
// composed; nobody else opens it, we neither.
func TestSealAndOpen(t *testing.T) {
	own, ownKey := newSecret(t, "gw")
	peer, peerKey := newSecret(t, "peer")
	ring := NewKeyring([]*Key{ownKey})
	for _, to := range []*Key{nil, peerKey} {
		mail, err := Seal(outHeader(t), notice(t), own, to, received, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := message.CheckLines(mail); err != nil {
			t.Errorf("sealed mail: %v", err)
		}
		m := message.Parse(mail)
		if len(m.Defects) > 0 {
			t.Errorf("sealed mail has defects %v", m.Defects)
		}
		o := Open(m, ring, peer, Policy{}, received)
		tag, signer := o.Decide(self)
		if tag != TagGood || signer != own.Fingerprint() || len(o.Covered) != 1 || !o.Covered[0].Whole() {
			t.Fatalf("opened: %s by %s, %s", tag, signer, describe(o))
		}
		if !bytes.Equal(o.Covered[0].Bytes(), notice(t)) {
			t.Errorf("covered bytes are not those composed:\n%q", o.Covered[0].Bytes())
		}
		if to != nil {
			if o := Open(m, ring, own, Policy{}, received); o.Decrypted {
				t.Error("the gateway reads its own sealed mail (P15)")
			}
			if bytes.Contains(mail, []byte("incident-42")) {
				t.Error("a file name stands outside the encryption")
			}
		}
	}
}

// Case 124: nothing is sealed to a key that must not be used now.
func TestCase_124_SealRefusesBadKeys(t *testing.T) {
	own := gateway(t)
	for _, name := range []string{"expired", "revoked-compromised", "revoked-superseded", "rsa1024", "dsa", "rsa"} {
		keys, err := ReadKeys(read(t, filepath.Join(mails, "keys", name+".asc")))
		if err != nil {
			t.Fatal(err)
		}
		// "rsa" is a good key that can only sign.
		if _, err := Seal(outHeader(t), notice(t), own, keys[0], received, rand.Reader); err == nil {
			t.Errorf("sealed to %s", name)
		}
	}
	if _, err := Seal(outHeader(t), []byte("Content-Type: text/plain\r\n\r\nbare\n"), own, nil, received, rand.Reader); err == nil {
		t.Error("sealed an entity with a bare LF")
	}
}

// We seal to keys of every kind that our peers have, and name the hash that was
// used.
func TestSealToEveryKind(t *testing.T) {
	own, ownKey := newSecret(t, "gw")
	for _, name := range []string{"alice", "nist", "brainpool", "six"} {
		peer, err := ReadSecret(read(t, filepath.Join(mails, "keys", name+".sec.asc")), nil)
		if err != nil {
			t.Fatal(err)
		}
		key, err := peer.Public()
		if err != nil {
			t.Fatal(err)
		}
		mail, err := Seal(outHeader(t), notice(t), own, key, received, rand.Reader)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		o := Open(message.Parse(mail), NewKeyring([]*Key{ownKey}), peer, Policy{}, received)
		if tag, _ := o.Decide(self); tag != TagGood {
			t.Errorf("%s: opened as %s", name, tag)
		}
		signed, err := Seal(outHeader(t), notice(t), peer, nil, received, rand.Reader)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		m := message.Parse(signed)
		block, err := signatureBlock(m.Root.Children[1])
		if err != nil {
			t.Fatal(err)
		}
		packets, _ := readPackets(block)
		sig, tag := parseSignature(packets[0])
		if micalg := m.Root.Params["micalg"]; tag != "" || micalg != map[string]string{"SHA-256": "pgp-sha256", "SHA-512": "pgp-sha512", "SHA3-256": "pgp-sha3256"}[sig.Hash.String()] {
			t.Errorf("%s: micalg %q over %s", name, micalg, sig.Hash)
		}
	}
}

// One key and one keyring serve many goroutines.
func TestSealConcurrently(t *testing.T) {
	own, ownKey := newSecret(t, "gw")
	peer, peerKey := newSecret(t, "peer")
	ring := NewKeyring([]*Key{ownKey, peerKey})
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			mail, err := Seal(outHeader(t), notice(t), own, peerKey, received, rand.Reader)
			if err != nil {
				t.Error(err)
				return
			}
			if tag, _ := Open(message.Parse(mail), ring, peer, Policy{}, received).Decide(self); tag != TagGood {
				t.Error(tag)
			}
		}()
	}
	wg.Wait()
}

func TestSecretRoundTrip(t *testing.T) {
	own, key := newSecret(t, "gw")
	sec, err := own.Armor()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ReadSecret(sec, nil)
	if err != nil || again.Fingerprint() != own.Fingerprint() {
		t.Fatalf("read again: %v", err)
	}
	pub, err := key.Armor()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(pub, []byte("PRIVATE")) {
		t.Error("the certificate is armored as a secret key")
	}
	keys, err := ReadKeys(sec)
	if err != nil || len(keys) != 1 || keys[0].entity.PrivateKey != nil {
		t.Errorf("a secret key read as certificate keeps its secret: %v", err)
	}
	if !key.CanEncrypt(received) || key.State(received, Policy{}) != "" || !key.Expires(received).IsZero() || key.Algorithm() != "Curve25519" {
		t.Errorf("new key: %v %q %v %s", key.CanEncrypt(received), key.State(received, Policy{}), key.Expires(received), key.Algorithm())
	}
	if _, err := ReadSecret(read(t, filepath.Join(mails, "keys/alice.asc")), nil); err == nil {
		t.Error("read a secret key from a certificate")
	}
}

// GnuPG and Sequoia agree: where we call a version 4 mail good, both do; where
// both do and we do not, it is for a reason of policy that has its own tag.
func TestSecondOpinions(t *testing.T) {
	for _, tool := range []string{"gpgv", "sqv"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no %s: %v", tool, err)
		}
	}
	f := newFixture(t)
	dir := t.TempDir()
	ring := filepath.Join(dir, "ring.gpg")
	var args []string
	var packets []byte
	files, err := filepath.Glob(filepath.Join(mails, "keys/*[a-z0-9].asc"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".sec.asc") || strings.Contains(file, "six") || strings.Contains(file, "mallory") || strings.Contains(file, "gateway") {
			continue
		}
		args = append(args, "--keyring", file)
		a, err := dearmor(read(t, file))
		if err != nil {
			t.Fatal(err)
		}
		packets = append(packets, a.data...)
	}
	if err := os.WriteFile(ring, packets, 0o600); err != nil {
		t.Fatal(err)
	}
	// Where the others are wrong or more lenient, and why.
	known := map[string]string{
		"00-mime-brainpool.eml":    "sqv 1.1 has no Brainpool curves",
		"48-sha1-certificate.eml":  "Sequoia counts no certification with SHA-1 since 2023; we those from before 2019, as GnuPG does, and say so",
		"63-crc-wrong.eml":         "GnuPG 2.2 refuses a wrong CRC24, against RFC 9580 6.1",
		"63-padding.eml":           "sqv refuses a marker packet, against RFC 9580 5.8",
		"45-other-fingerprint.eml": "both go by the key ID, though the fingerprint that is signed names another key",
		"63-two-blocks.eml":        "gpgv reads both signatures, sqv the first: two readings, we take none",
		"63-wrong-type.eml":        "both read any armored block as a signature",
	}
	policy := map[string]bool{TagWeakHash: true, TagWeakKey: true, TagStale: true, TagFutureSig: true, TagForwarded: true,
		TagExpiredKey: true, TagRevokedKey: true, TagInvalidKey: true, TagExpiredSig: true, TagCriticalUnknown: true}
	checked := 0
	for _, r := range manifest(t, filepath.Join(mails, "MANIFEST.tsv")) {
		m, o := f.open(t, r.file)
		if m.Root.Type != "multipart/signed" || len(m.Root.Children) != 2 || len(o.Signatures) != 1 || strings.Contains(r.file, "v6") {
			continue
		}
		data, sig := filepath.Join(dir, "data"), filepath.Join(dir, "sig.asc")
		if os.WriteFile(data, crlf(m.Root.Children[0].Raw), 0o600) != nil || os.WriteFile(sig, m.Root.Children[1].Body, 0o600) != nil {
			t.Fatal("write")
		}
		gpgv := exec.Command("gpgv", "--homedir", dir, "--keyring", ring, sig, data).Run() == nil
		sqv := exec.Command("sqv", append(args, "--not-before", "2020-01-01", sig, data)...).Run() == nil
		tag := o.Signatures[0].Tag
		checked++
		if known[r.file] != "" {
			continue
		}
		switch {
		case tag == TagGood && !(gpgv && sqv):
			t.Errorf("%s: good, but gpgv %v and sqv %v", r.file, gpgv, sqv)
		case tag != TagGood && gpgv && sqv && !policy[tag]:
			t.Errorf("%s: %s, but both others call it good", r.file, tag)
		}
	}
	if checked < 60 {
		t.Errorf("only %d mails checked", checked)
	}

	// And they read what we sign.
	own, key := newSecret(t, "gw")
	mail, err := Seal(outHeader(t), notice(t), own, nil, received, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := key.Armor()
	if err != nil {
		t.Fatal(err)
	}
	a, err := dearmor(cert)
	if err != nil {
		t.Fatal(err)
	}
	parts := message.Parse(mail).Root.Children
	for name, b := range map[string][]byte{"own.gpg": a.data, "data": parts[0].Raw, "sig.asc": parts[1].Body} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []*exec.Cmd{
		exec.Command("gpgv", "--homedir", dir, "--keyring", filepath.Join(dir, "own.gpg"), filepath.Join(dir, "sig.asc"), filepath.Join(dir, "data")),
		exec.Command("sqv", "--keyring", filepath.Join(dir, "own.gpg"), filepath.Join(dir, "sig.asc"), filepath.Join(dir, "data")),
	} {
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s on our own mail: %v\n%s", c.Args[0], err, out)
		}
	}
}
