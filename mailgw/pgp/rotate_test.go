package pgp

import (
	"bytes"
	"crypto/rand"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"iodefgw/mailgw/message"
)

// TestSucceed: after a rotation the new key signs, and mail to the old one and
// texts that it signed are read still, also from a locked file.
func TestSucceed(t *testing.T) {
	old, oldPublic := newSecret(t, "gw")
	peer, peerPublic := newSecret(t, "peer")
	toOld, err := Seal(outHeader(t), notice(t), peer, oldPublic, received, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("head 1\n")
	signed, err := old.SignText(text, received, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	next, _ := newSecret(t, "gw")
	file, err := next.Succeed(old).File([]byte("long words"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range [][]byte{nil, []byte("other words")} {
		if _, err := ReadSecret(file, wrong); err == nil {
			t.Errorf("the file opens with %q", wrong)
		}
	}
	both, err := ReadSecret(file, []byte("long words"))
	if err != nil {
		t.Fatal(err)
	}
	if both.Fingerprint() != next.Fingerprint() || len(both.Each()) != 2 || both.Each()[1].Fingerprint() != old.Fingerprint() {
		t.Errorf("the file holds %d keys, the first is not the new one, or the second not the old", len(both.Each()))
	}
	opened := Open(message.Parse(toOld), NewKeyring([]*Key{peerPublic}), both, Policy{}, received)
	if !opened.Encrypted || tagsOf(opened.Signatures) != TagGood {
		t.Errorf("mail to the old key: encrypted %v, signatures %q", opened.Encrypted, tagsOf(opened.Signatures))
	}
	if err := both.VerifyText(text, signed, received); err != nil {
		t.Errorf("a text under the old key: %v", err)
	}
	if err := next.VerifyText(text, signed, received); err == nil {
		t.Error("the new key alone verifies a text of the old one")
	}
	// What is derived from a key must not change with its passphrase.
	before, _ := next.Armor()
	if after, err := both.Armor(); err != nil || !bytes.Equal(before, after) {
		t.Errorf("locking and unlocking changes the key: %v", err)
	}
}

// TestLockedKeyInGnuPG: a backup of the locked key is of use without us.
func TestLockedKeyInGnuPG(t *testing.T) {
	if _, err := exec.LookPath("gpg"); err != nil {
		t.Skip("no gpg here")
	}
	s, _ := newSecret(t, "gw")
	file, err := s.File([]byte("long words"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	gpg := func(in []byte, args ...string) string {
		cmd := exec.Command("gpg", append([]string{"--homedir", home, "--batch", "--pinentry-mode", "loopback", "--passphrase", "long words"}, args...)...)
		cmd.Stdin = bytes.NewReader(in)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("gpg %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	t.Cleanup(func() { _ = exec.Command("gpgconf", "--homedir", home, "--kill", "gpg-agent").Run() })
	gpg(file, "--import")
	gpg([]byte("text"), "--output", filepath.Join(home, "sig"), "--detach-sign")
	if keys := gpg(nil, "--with-colons", "--list-secret-keys"); !strings.Contains(keys, s.Fingerprint()) {
		t.Errorf("gpg has:\n%s", keys)
	}
}
