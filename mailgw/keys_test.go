package mailgw

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"iodefgw/relay"
	"iodefgw/store"
)

// TestCase_62_KeysInMailAreNotTaken: a key that comes with a mail, as attachment
// or in a header, is noted in the log and makes nobody known.
func TestCase_62_KeysInMailAreNotTaken(t *testing.T) {
	for name, note := range map[string]string{"62-attached-key": "attached-key", "62-autocrypt": "autocrypt"} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, ownMails+"/parties.toml", auto)
			var log bytes.Buffer
			b.gateway.Log = slog.New(slog.NewTextHandler(&log, nil))
			before := b.gateway.Current().Parties
			known, err := b.store.Keys(context.Background())
			b.check(err)
			b.take(readFile(t, ownMails, name+".eml"))
			if !strings.Contains(log.String(), "msg=noted mail=1 notes="+note) {
				t.Errorf("no note of the key in the log:\n%s", log.String())
			}
			if keys, err := b.store.Keys(context.Background()); err != nil || len(keys) != len(known) || b.gateway.Current().Parties != before {
				t.Errorf("keys %v, %v", keys, err)
			}
		})
	}
}

// TestKeyArrives: a report held for its unknown key makes a ticket once the key
// is registered and it is judged again.
func TestKeyArrives(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto)
	late := b.key("cert-u")
	m := letter{from: "cert@example.co.jp", text: "conditions: minimal\n", document: readFile(t, examples, "report.xml"), signer: late}
	if d := b.send(m); d != Held || b.last().Reasons[0] != "unknown-key" {
		t.Fatalf("became %q for %v", d, b.last().Reasons)
	}
	b.check(b.store.Recheck(context.Background(), b.last().ID, "alice", "key imported"))
	// The key is registered between the look for mails and their judgement.
	b.gateway.Renew = func(context.Context) error {
		now := *b.gateway.Current()
		public, err := late.Public()
		b.check(err)
		b.keep(public)
		all := make([]*relay.Party, len(now.Parties.All))
		for i, p := range now.Parties.All {
			c := *p
			if c.ID == "cert-u" {
				c.Keys = append(c.Keys, public)
			}
			all[i] = &c
		}
		now.Parties, err = relay.NewParties(all)
		b.check(err)
		now.Digests.Parties, err = b.store.PutSnapshot(context.Background(), "test", store.SnapshotParties, now.Parties.Text())
		b.check(err)
		b.gateway.Use(&now)
		return nil
	}
	b.check(b.gateway.Sweep(context.Background()))
	if m := b.last(); m.State != "accepted" || m.Signature != string(ClassTrusted) {
		t.Errorf("%s, %s for %v", m.State, m.Signature, m.Reasons)
	}
	wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact queued")
	b.fsck()
}
