package mailgw

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// A bench is a gateway on a real database in a temporary folder, with a fixed
// clock and a seeded generator, and the keys of those who write to it.
type bench struct {
	t       testing.TB
	gateway *Gateway
	store   *store.Store
	now     time.Time
	random  *rand.ChaCha8
	keys    map[string]*pgp.Secret // by party
	uid     uint32
}

// newBench reads the parties of a file; each party that keyed names gets a key.
func newBench(t testing.TB, partiesFile, policy string, keyed ...string) *bench {
	t.Helper()
	b := &bench{
		t: t, now: time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC),
		random: rand.NewChaCha8([32]byte{42}), keys: map[string]*pgp.Secret{},
	}
	all, err := relay.ReadParties(partiesFile)
	b.check(err)
	for _, p := range all {
		for _, id := range keyed {
			if p.ID == id {
				b.keys[id] = b.key(id)
				public, err := b.keys[id].Public()
				b.check(err)
				p.Keys = append(p.Keys, public)
			}
		}
	}
	parties, err := relay.NewParties(all)
	b.check(err)
	b.store, err = store.Open(context.Background(), filepath.Join(t.TempDir(), "gw.db"), store.Options{
		Create: true, Daemon: true, Prefix: "GW#", Now: b.clock, Rand: b.random,
	})
	b.check(err)
	t.Cleanup(func() { b.check(b.store.Close()) })
	for _, p := range all {
		for _, k := range p.Keys {
			b.keep(k)
		}
	}
	secret := b.key("gateway")
	templates, err := relay.LoadTemplates(nil)
	b.check(err)
	rules, err := disclosure.ParsePolicy([]byte(policy))
	b.check(err)
	mark, err := relay.NewMark(secret)
	b.check(err)
	b.gateway = &Gateway{Store: b.store, Secret: secret, Window: 7 * 24 * time.Hour, Now: b.clock}
	snapshot := &Snapshot{Parties: parties, Relay: &relay.Relay{
		Us:      relay.Identity{Name: "GW CSIRT", Address: "ir@gw.example.org", Domain: "gw.example.org"},
		Bounces: "bounce@gw.example.org", Secret: secret, Policy: rules, Templates: templates, Mark: mark, Rand: b.random,
	}}
	snapshot.Digests.Policy, err = b.store.PutSnapshot(context.Background(), "test", store.SnapshotPolicy, policy)
	b.check(err)
	snapshot.Digests.Parties, err = b.store.PutSnapshot(context.Background(), "test", store.SnapshotParties, parties.Text())
	b.check(err)
	b.gateway.Use(snapshot)
	return b
}

// keep puts a certificate where a decision that is made again finds it.
func (b *bench) keep(k *pgp.Key) {
	b.t.Helper()
	armored, err := k.Armor()
	b.check(err)
	b.check(b.store.PutKey(context.Background(), "test", store.Key{Fingerprint: k.Fingerprint(), Armored: string(armored)}))
}

func (b *bench) clock() time.Time { return b.now }

func (b *bench) check(err error) {
	if err != nil {
		b.t.Helper()
		b.t.Fatal(err)
	}
}

func (b *bench) key(name string) *pgp.Secret {
	s, err := pgp.GenerateSecret(name, name+"@keys.example", b.now.Add(-24*time.Hour), b.random)
	b.check(err)
	return s
}

// letter is what somebody writes to the gateway.
type letter struct {
	from, to, subject, text string
	document                []byte
	signer                  *pgp.Secret // nil: unsigned
	inReplyTo               string
}

// bytes composes and signs it.
func (b *bench) bytes(m letter) []byte {
	b.t.Helper()
	if m.to == "" {
		m.to = "ir@gw.example.org"
	}
	var h message.OutHeader
	var err error
	h.From, err = message.NewAddr(m.from)
	b.check(err)
	h.To, err = message.NewAddr(m.to)
	b.check(err)
	h.Subject, err = message.NewText(m.subject)
	b.check(err)
	b.uid++
	h.MessageID, err = message.NewToken(fmt.Sprintf("<%d@test.example>", b.uid))
	b.check(err)
	if m.inReplyTo != "" {
		ref, err := message.NewToken(m.inReplyTo)
		b.check(err)
		h.InReplyTo = []message.Token{ref}
	}
	h.Date = b.now
	var files []message.Attachment
	if m.document != nil {
		files = append(files, message.Attachment{Type: "application/xml", Filename: "report.xml", Data: string(m.document)})
	}
	entity, err := message.Entity(m.text, files...)
	b.check(err)
	var raw []byte
	if m.signer == nil {
		raw, err = message.WithHeader(h, entity)
	} else {
		raw, err = pgp.Seal(h, entity, m.signer, nil, b.now, b.random)
	}
	b.check(err)
	return raw
}

// take hands a mail to the gateway as the mailbox would.
func (b *bench) take(raw []byte) Disposition {
	b.t.Helper()
	b.uid++
	d, err := b.gateway.Take(context.Background(), Incoming{
		Raw: raw, Received: b.now, Account: "test", Mailbox: "INBOX", UIDValidity: 1, UID: b.uid,
	})
	b.check(err)
	return d
}

func (b *bench) send(m letter) Disposition {
	b.t.Helper()
	return b.take(b.bytes(m))
}

// deliveries are those queued for a party, in order; all for "".
func (b *bench) deliveries(party string) []store.Delivery {
	b.t.Helper()
	rows, err := b.store.Deliveries(context.Background(), store.DeliveryFilter{})
	b.check(err)
	var out []store.Delivery
	for _, row := range rows {
		if party == "" || row.Party == party {
			full, err := b.store.DeliveryByID(context.Background(), row.ID)
			b.check(err)
			out = append(out, full)
		}
	}
	return out
}

// deliver sends all that is queued, as the queue would.
func (b *bench) deliver() {
	b.t.Helper()
	ctx := context.Background()
	due, err := b.store.Due(ctx, b.now.Add(time.Minute), 100)
	b.check(err)
	for _, d := range due {
		began, err := b.store.Attempt(ctx, d.ID)
		b.check(err)
		b.check(b.store.Sent(ctx, d.ID, began.Attempts, store.Reply{Code: 250}))
	}
}

// last is the newest mail: what screening made of it.
func (b *bench) last() store.Mail {
	b.t.Helper()
	mails, err := b.store.Mails(context.Background(), store.MailFilter{})
	b.check(err)
	return mails[len(mails)-1]
}

// plain is the mail before it was sealed.
func plain(d store.Delivery) string {
	if d.Plain != nil {
		return string(d.Plain)
	}
	return string(d.Bytes)
}

// replyTo is the address that answers to a notice go to.
func replyTo(t testing.TB, d store.Delivery) string {
	for line := range strings.Lines(plain(d)) {
		if a, ok := strings.CutPrefix(line, "Reply-To: "); ok {
			return strings.TrimSpace(a)
		}
	}
	t.Fatalf("delivery %d has no Reply-To", d.ID)
	return ""
}

func readFile(t testing.TB, parts ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
