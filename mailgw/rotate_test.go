package mailgw

import (
	"strings"
	"testing"

	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
)

// TestKeyRotation: what was sent before the gateway's key was changed bounces,
// loops and is replayed as before; what is sent after it is signed by the new
// key alone.
func TestKeyRotation(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	first := b.sentNotice()
	old := b.gateway.Secret
	loop := loopField(plain(first))

	next := b.key("gateway")
	public, err := next.Public()
	b.check(err)
	now := *b.gateway.Current()
	r := *now.Relay
	r.Secret = next.Succeed(old)
	r.Mark, err = relay.NewMark(r.Secret)
	b.check(err)
	now.Relay, b.gateway.Secret = &r, r.Secret
	b.gateway.Use(&now)

	if r.BounceTo(first.From) == "" {
		t.Error("a bounce of what the old key's gateway sent is taken for forged")
	}
	if loop == "" || !r.Mark.Knows(loop) {
		t.Errorf("the loop mark %q is not known", loop)
	}
	if b.replay() == 0 {
		t.Error("nothing to replay")
	}
	forgotten, err := relay.NewMark(next)
	b.check(err)
	if forgotten.Knows(loop) {
		t.Error("a stranger's key knows our marks")
	}

	b.acknowledge(first)
	all := b.deliveries("isp-r")
	second := all[len(all)-1]
	if second.ID == first.ID {
		t.Fatal("the answer brought nothing")
	}
	if by := signers(second.Bytes, b, public); by != next.Fingerprint() {
		t.Errorf("the second notice is signed by %q", by)
	}
	if mark := loopField(plain(second)); mark == loop || !forgotten.Knows(mark) {
		t.Errorf("the second notice has the mark %q, not of the new key", mark)
	}
	if b.replay() < 3 {
		t.Error("receipt and two notices are to be replayed")
	}
	b.fsck()
}

// signers are the fingerprints of the good signatures of a mail under the keys.
func signers(raw []byte, b *bench, keys ...*pgp.Key) string {
	var all []string
	for _, s := range pgp.Open(message.Parse(raw), pgp.NewKeyring(keys), nil, pgp.Policy{}, b.now).Signatures {
		if s.Tag == pgp.TagGood {
			all = append(all, s.Fingerprint)
		}
	}
	return strings.Join(all, " ")
}

func loopField(mail string) string {
	_, rest, _ := strings.Cut(mail, relay.LoopField+": ")
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}
