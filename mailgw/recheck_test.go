package mailgw

import (
	"slices"
	"strings"
	"testing"
	"time"

	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// use makes the gateway go on with another policy or other parties; change gets
// a copy of each party.
func (b *bench) use(policy string, change func(p *relay.Party)) {
	b.t.Helper()
	now := *b.gateway.Current()
	if policy != "" {
		rules, err := disclosure.ParsePolicy([]byte(policy))
		b.check(err)
		r := *now.Relay
		r.Policy, now.Relay = rules, &r
		now.Digests.Policy, err = b.store.PutSnapshot(b.t.Context(), "test", store.SnapshotPolicy, policy)
		b.check(err)
	}
	var all []*relay.Party
	for _, p := range now.Parties.All {
		q := *p
		q.Keys = slices.Clone(p.Keys)
		if change != nil {
			change(&q)
		}
		all = append(all, &q)
	}
	var err error
	now.Parties, err = relay.NewParties(all)
	b.check(err)
	now.Digests.Parties, err = b.store.PutSnapshot(b.t.Context(), "test", store.SnapshotParties, now.Parties.Text())
	b.check(err)
	b.gateway.Use(&now)
}

// recheck is what the queue does before it sends the newest message to a party.
func (b *bench) recheck(party string) Standing {
	b.t.Helper()
	all := b.deliveries(party)
	got, err := b.gateway.Recheck(b.t.Context(), all[len(all)-1])
	b.check(err)
	return got
}

// TestCase_176_178_182_LookedAtAgain: what a queued notice was decided from is
// looked at again when it is sent; one that has lost its basis is not sent.
func TestCase_176_178_182_LookedAtAgain(t *testing.T) {
	const notice = "isp-r notice first-contact "
	for name, c := range map[string]struct {
		conditions string
		policy     string // at first
		change     func(b *bench)
		want       Standing
		left       []string
	}{
		"nothing": {"conditions: minimal\n", auto, func(*bench) {}, Stands, []string{notice + "queued"}},
		"a day, and no date": {"conditions: minimal\n", auto, func(b *bench) { b.now = b.now.AddDate(0, 0, 3) }, Stands,
			[]string{notice + "queued"}},
		"the grant's last day": {"-----BEGIN DISCLOSURE CONDITIONS-----\nconditions: minimal\nuntil: 2026-11-20\n-----END DISCLOSURE CONDITIONS-----\n", auto,
			func(b *bench) { b.now = b.now.AddDate(0, 0, 1) }, Replaced, []string{notice + "cancelled"}},
		"an embargo's end": {"conditions: minimal\n", auto + "[[rule]]\nwhen = { not_before = 2026-11-21 }\nset = { time = \"drop\" }\n",
			func(b *bench) { b.now = b.now.AddDate(0, 0, 1) }, Replaced, []string{notice + "cancelled", notice + "queued"}},
		"the policy, to the same effect": {"conditions: minimal\n", auto, func(b *bench) { b.use(auto+"# looked through in November\n", nil) }, Stands,
			[]string{notice + "queued"}},
		"the policy": {"conditions: minimal\n", auto, func(b *bench) { b.use(auto+"[[rule]]\nset = { time = \"generalise:hour\" }\n", nil) }, Replaced,
			[]string{notice + "cancelled", notice + "queued"}},
		"the policy, which wants a look": {"conditions: minimal\n", auto, func(b *bench) { b.use("version = 1\n[[rule]]\nset = { time = \"generalise:hour\" }\n", nil) }, Replaced,
			[]string{notice + "cancelled", notice + "awaiting-approval"}},
		"another party": {"conditions: minimal\n", auto, func(b *bench) {
			b.use("", func(p *relay.Party) {
				if p.ID == "org-v" {
					p.Trust = 3
				}
			})
		}, Stands, []string{notice + "queued"}},
		"its address": {"conditions: minimal\n", auto, func(b *bench) {
			b.use("", func(p *relay.Party) {
				if p.ID == "isp-r" {
					p.Addresses = []string{"noc@isp-r.example"}
				}
			})
		}, Replaced, []string{notice + "cancelled", notice + "queued"}},
		"its network": {"conditions: minimal\n", auto, func(b *bench) {
			b.use("", func(p *relay.Party) {
				if p.ID == "isp-r" {
					p.Networks = nil
				}
			})
		}, Replaced, []string{notice + "cancelled"}},
		"the requester is gone": {"conditions: minimal\n", auto, func(b *bench) {
			b.use("", func(p *relay.Party) {
				if p.ID == "cert-u" {
					p.ID, p.Keys = "cert-x", nil
				}
			})
		}, Replaced, []string{notice + "cancelled"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, examples+"/parties.toml", c.policy, "cert-u")
			b.report(c.conditions)
			c.change(b)
			if got := b.recheck("isp-r"); got != c.want {
				t.Errorf("it %s, want %s", got, c.want)
			}
			wantKinds(t, b.deliveries("isp-r"), c.left...)
			if c.want == Replaced {
				events, err := b.store.Events(t.Context(), store.EventFilter{Subject: "delivery/2"})
				b.check(err)
				if last := events[len(events)-1]; last.Verb != "cancel" || !strings.Contains(last.Detail, "basis-changed") {
					t.Errorf("the last word on it is %s %s", last.Verb, last.Detail)
				}
			}
			b.fsck()
		})
	}
}

// TestCase_176_TrustLost: a key is withdrawn and a trust lowered between the
// decision and the sending.
func TestCase_176_TrustLost(t *testing.T) {
	csirt := func(change func(p *relay.Party)) *bench {
		b := newBench(t, examples+"/4-two-reporters/parties.toml", auto, "cert-u", "csirt-n")
		b.report(string(readFile(t, examples, "4-two-reporters", "cert-u-conditions.txt")))
		wantKinds(t, b.deliveries("csirt-n"), "csirt-n notice trusted queued")
		b.use("", func(p *relay.Party) {
			if p.ID == "csirt-n" {
				change(p)
			}
		})
		if got := b.recheck("csirt-n"); got != Replaced {
			t.Errorf("it %s", got)
		}
		return b
	}
	b := csirt(func(p *relay.Party) { p.Keys, p.Stage = nil, disclosure.FirstContact })
	wantKinds(t, b.deliveries("csirt-n"), "csirt-n notice trusted cancelled")
	// Another key: the message would be encrypted to the one that is gone.
	renewed, err := b.key("csirt-n").Public()
	b.check(err)
	b = csirt(func(p *relay.Party) { p.Keys = []*pgp.Key{renewed} })
	wantKinds(t, b.deliveries("csirt-n"), "csirt-n notice trusted cancelled", "csirt-n notice trusted queued")
	b = csirt(func(p *relay.Party) { p.Relation = disclosure.Unknown })
	for _, d := range b.deliveries("csirt-n")[1:] {
		t.Errorf("it was made a notice again: %s", plain(d))
	}
}

// TestRecheckOfWhatMayHaveBeenSent: a message of unknown outcome is not sent
// again on a basis that is gone, and a person must look.
func TestRecheckOfWhatMayHaveBeenSent(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	b.report("conditions: minimal\n")
	d := b.deliveries("isp-r")[0]
	began, err := b.store.Attempt(t.Context(), d.ID)
	b.check(err)
	b.check(b.store.Maybe(t.Context(), d.ID, began.Attempts, store.Reply{}, b.now.Add(time.Minute)))
	b.use(auto+"[[rule]]\nset = { time = \"generalise:hour\" }\n", nil)
	if got := b.recheck("isp-r"); got != Lapsed {
		t.Errorf("it %s", got)
	}
}

// TestAnswerIsTightened: a recipient that takes back what it allowed stops its
// answer in the queue.
func TestAnswerIsTightened(t *testing.T) {
	b := newBench(t, pgpParties(t), auto, "cert-u", "isp-r")
	b.report("conditions: minimal\n")
	b.sendAnswer("conditions: forward-log-as-is\n", ispAnswer(t), "isp-r")
	wantKinds(t, b.deliveries("cert-u")[1:], "cert-u answer authenticated queued")
	to := replyTo(t, b.deliveries("isp-r")[0])
	b.send(letter{from: "abuse@isp-r.example", to: to, text: "conditions: no-relay\n", signer: b.keys["isp-r"]})
	wantKinds(t, b.deliveries("cert-u")[1:], "cert-u answer authenticated cancelled")
	b.fsck()
}
