package mailgw

import (
	"slices"
	"strings"
	"testing"
	"time"

	"iodefgw/relay"
	"iodefgw/store"
)

// TestCase_175_RevokedKeyTakesTheStageBack: what a compromised key has
// authenticated is authenticated no more, on each of the tickets; a site that
// only acknowledged, and one that comes again under another key, keep what they
// have.
func TestCase_175_RevokedKeyTakesTheStageBack(t *testing.T) {
	const later = "-----BEGIN DISCLOSURE CONDITIONS-----\nversion: 1\nconditions: forward-log-as-is\nstage: authenticated\n-----END DISCLOSURE CONDITIONS-----\n"
	for name, c := range map[string]struct {
		signed bool
		revoke string // whose key
		back   int
		stage  store.Stage
	}{
		"signed":         {true, "isp-r", 1, store.FirstContact},
		"unsigned":       {false, "isp-r", 0, store.Acknowledged},
		"somebody's key": {true, "cert-u", 0, store.Authenticated},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, examples+"/parties.toml", auto, "cert-u", "isp-r")
			b.report("conditions: minimal\n")
			b.answers("We look into it.\n", c.signed)
			b.deliver()
			key, err := b.keys[c.revoke].Public()
			b.check(err)
			back, err := b.store.RevokeKey(t.Context(), "alice", key.Fingerprint(), b.now, "compromised")
			b.check(err)
			all, err := b.store.Recipients(t.Context(), 1)
			b.check(err)
			r := all[slices.IndexFunc(all, func(r store.Recipient) bool { return r.Party == "isp-r" })]
			if back != c.back || r.Stage != c.stage {
				t.Errorf("%d recipients back, isp-r at %s; want %d, %s", back, r.Stage, c.back, c.stage)
			}
			b.fsck()
			if c.back == 0 {
				return
			}
			b.use("", func(p *relay.Party) {
				if p.ID == "isp-r" {
					p.Keys = nil
				}
			})
			b.now = b.now.Add(time.Hour)
			b.send(letter{from: "cert@example.co.jp", text: later, document: document(t, generatedAt, generatedLater), signer: b.keys["cert-u"]})
			for _, d := range b.deliveries("isp-r")[1:] {
				if text := plain(d); strings.Contains(text, "sshd") || strings.Contains(text, "203.0.113") {
					t.Errorf("told at %s:\n%s", d.Stage, text)
				}
			}
			// Once is enough: a step that was taken back is not taken back again.
			back, err = b.store.RevokeKey(t.Context(), "alice", key.Fingerprint(), b.now, "compromised")
			b.check(err)
			if back != 0 {
				t.Errorf("%d recipients back again", back)
			}
			b.fsck()
		})
	}
}
