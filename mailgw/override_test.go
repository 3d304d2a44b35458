package mailgw

import (
	"slices"
	"strings"
	"testing"
	"time"

	"iodefgw/relay"
	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

const worm = "-----BEGIN DISCLOSURE CONDITIONS-----\nrelay: yes\nmy-addresses: keep\nlogs: sanitize\n-----END DISCLOSURE CONDITIONS-----\n"

// override proposes one of what cert-u reported, as alice, and puts it into the
// queue; "" or why there is none.
func (b *bench) override(party, allows string) (refusal string) {
	b.t.Helper()
	ctx, now := b.t.Context(), b.gateway.Current()
	c, err := relay.ParseOverride(allows)
	b.check(err)
	s, err := now.Situation(ctx, b.store, 1)
	b.check(err)
	plan, err := now.Relay.Override(*s, now.Parties.ByID(party), relay.Override{Operator: "alice", Why: "worm", Requester: "cert-u", Allows: c}, now.Parties, now.Digests, b.now)
	b.check(err)
	if why := plan.Notices[0].Refusal; why != "" {
		return why
	}
	corr, err := b.store.OnTicket(ctx, 1)
	b.check(err)
	_, err = b.store.Accept(ctx, store.Acceptance{Actor: "alice", Verb: "override", Why: "worm", Tickets: []store.TicketChange{
		{Correlation: corr, Recipients: plan.Recipients, Decisions: plan.Decisions, Pseudonyms: plan.Pseudonyms}}})
	b.check(err)
	return ""
}

// latest is the newest message to a party.
func (b *bench) latest(party string) store.Delivery {
	b.t.Helper()
	all := b.deliveries(party)
	return all[len(all)-1]
}

// byTLS is for parties whose mail travels over verified TLS, so that the channel
// takes nothing away.
func byTLS(p *relay.Party) {
	if p.ID == "isp-r" {
		p.Channel = disclosure.VerifiedTLS
	}
}

// TestCase_185_TwoOperators: an override leaves after two different operators
// have approved its bytes, tells what it names and withholds the rest, and its
// requester can be told of it.
func TestCase_185_TwoOperators(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	b.use("", byTLS)
	b.report("conditions: no-relay\n")
	wantKinds(t, b.deliveries("isp-r"))
	if why := b.override("isp-r", worm); why != "" {
		t.Fatal(why)
	}
	waits := "isp-r notice first-contact awaiting-approval"
	wantKinds(t, b.deliveries("isp-r"), waits)
	d := b.latest("isp-r")
	approve := func(operator string, want store.DeliveryState) {
		t.Helper()
		got, err := b.store.Approve(t.Context(), d.ID, operator, d.Digest)
		if err != nil || got.State != want {
			t.Errorf("%s approves: %s, %v", operator, got.State, err)
		}
	}
	b.deliver()
	approve("alice", store.AwaitingApproval)
	if _, err := b.store.Approve(t.Context(), d.ID, "alice", d.Digest); err == nil {
		t.Error("alice approved twice")
	}
	b.deliver()
	b.check(b.store.HoldDelivery(t.Context(), d.ID, "alice", "wait"))
	b.check(b.store.Retry(t.Context(), d.ID, "alice", "go")) // no way around the second
	b.deliver()
	wantKinds(t, b.deliveries("isp-r"), waits)
	approve("bob", store.Queued)
	if got := b.recheck("isp-r"); got != Stands {
		t.Errorf("it %s", got)
	}
	b.deliver()
	wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact sent")

	text := plain(b.latest("isp-r"))
	for value, told := range map[string]bool{"203.0.113.25": true, "198.51.100.77": true, "TLP:RED": true, "www.example.co.jp": false, "cert@example.co.jp": false, "192.0.2.200": false, "CERT-U": false} {
		if strings.Contains(text, value) != told {
			t.Errorf("%q: told %v, want %v", value, !told, told)
		}
	}
	ticket, err := b.store.TicketByID(t.Context(), 1)
	b.check(err)
	told, err := b.gateway.Current().Relay.Tellings(t.Context(), b.store, ticket, "cert-u")
	b.check(err)
	if len(told) != 1 || !told[0].Override || !strings.Contains(strings.Join(told[0].Things, " "), "my-addresses") {
		t.Errorf("the statement says %+v", told)
	}
	b.fsck()
}

// TestCase_185_StatementSaysSo: the letter to the requester says what was told
// under an override, and does not say that all its conditions hide was hidden.
func TestCase_185_StatementSaysSo(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	b.report("conditions: no-relay\n")
	s, err := b.gateway.Current().Situation(t.Context(), b.store, 1)
	b.check(err)
	now := b.gateway.Current()
	for over, want := range map[bool]string{true: "an abuse desk (on the decision of two of our operators)", false: "Values that your conditions hide were hidden wherever they stood."} {
		told := []relay.Telling{{At: b.now, Class: disclosure.AbuseDesk, Things: []string{"my-addresses"}, Override: over}}
		plan, err := now.Relay.Statement(&s.Ticket, now.Parties.ByID("cert-u"), told, now.Parties, now.Digests, b.now)
		b.check(err)
		text := string(plan.Notices[0].Plain)
		if !strings.Contains(text, want) || strings.Contains(text, "operators") != over || strings.Contains(text, "worm") {
			t.Errorf("override %v:\n%s", over, text)
		}
	}
}

// TestCase_185_DecidedAgain: an approved override is sent as it was approved, or
// not at all: whatever has changed, nothing takes its place.
func TestCase_185_DecidedAgain(t *testing.T) {
	asked := func(b *bench, text string, signed bool) {
		m := letter{from: "cert@example.co.jp", to: replyTo(t, b.deliveries("cert-u")[1]), text: text}
		if signed {
			m.signer = b.keys["cert-u"]
		}
		b.send(m)
	}
	for name, c := range map[string]struct {
		change func(b *bench)
		want   Standing
	}{
		"nothing":                        {func(*bench) {}, Stands},
		"a day":                          {func(b *bench) { b.now = b.now.AddDate(0, 0, 1) }, Stands},
		"the policy, to the same effect": {func(b *bench) { b.use(auto+"# looked through\n", nil) }, Stands},
		"the policy":                     {func(b *bench) { b.use(auto+"[[rule]]\nset = { \"mine:address\" = \"drop\" }\n", nil) }, Replaced},
		"an embargo": {func(b *bench) {
			b.use(auto+"[[rule]]\nwhen = { until = 2026-12-31 }\nset = { \"*\" = \"drop\" }\n", nil)
		}, Replaced},
		"its address": {func(b *bench) {
			b.use("", func(p *relay.Party) {
				if p.ID == "isp-r" {
					p.Addresses = []string{"noc@isp-r.example"}
				}
			})
		}, Replaced},
		"its channel": {func(b *bench) {
			b.use("", func(p *relay.Party) {
				if p.ID == "isp-r" {
					p.Channel = disclosure.Opportunistic
				}
			})
		}, Replaced},
		"somebody asks to stop": {func(b *bench) { asked(b, "Please stop forwarding.\n", false) }, Replaced},
		"the requester says no": {func(b *bench) { asked(b, "conditions: no-relay\n", true) }, Replaced},
		"the requester is gone": {func(b *bench) {
			b.use("", func(p *relay.Party) {
				if p.ID == "cert-u" {
					p.ID, p.Keys = "cert-x", nil
				}
			})
		}, Replaced},
		"the recipient is gone": {func(b *bench) {
			b.use("", func(p *relay.Party) {
				if p.ID == "isp-r" {
					p.ID = "isp-x"
				}
			})
		}, Replaced},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, examples+"/parties.toml", auto, "cert-u")
			b.use("", byTLS)
			b.report("conditions: ask-me\n")
			if why := b.override("isp-r", worm); why != "" {
				t.Fatal(why)
			}
			d := b.latest("isp-r")
			for _, operator := range []string{"bob", "carol"} {
				_, err := b.store.Approve(t.Context(), d.ID, operator, d.Digest)
				b.check(err)
			}
			c.change(b)
			if got := b.deliveries("isp-r"); len(got) != 1 || got[0].State != store.Queued {
				t.Fatalf("what happened touched it: %v", kinds(got))
			}
			if got := b.recheck("isp-r"); got != c.want {
				t.Errorf("it %s, want %s", got, c.want)
			}
			want := map[Standing]string{Stands: "queued", Replaced: "cancelled"}[c.want]
			wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact "+want)
		})
	}
}

// TestCase_185_BesideTheRules: an override that waits holds back nothing that
// the rules tell, and is not taken back by it.
func TestCase_185_BesideTheRules(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	b.use("", byTLS)
	b.report("conditions: ask-me\n")
	if why := b.override("isp-r", worm); why != "" {
		t.Fatal(why)
	}
	b.now = b.now.Add(time.Minute)
	b.send(letter{from: "cert@example.co.jp", to: replyTo(t, b.deliveries("cert-u")[1]), text: "conditions: minimal\n", signer: b.keys["cert-u"]})
	wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact awaiting-approval", "isp-r notice first-contact queued")
	if got := plain(b.latest("isp-r")); strings.Contains(got, "203.0.113.25") || strings.Contains(got, "TLP:RED") {
		t.Errorf("the rules tell\n%s", got)
	}
	b.fsck()
}

// TestCase_185_NoLongerNeeded: where the requester comes to allow all that an
// override would tell, the rules tell it and do not wait for two operators.
func TestCase_185_NoLongerNeeded(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto+"[[rule]]\nwhen = { stage = [\"first-contact\"] }\nset = { \"mine:address\" = \"keep\" }\n", "cert-u")
	b.use("", byTLS)
	b.report("conditions: ask-me\n")
	if why := b.override("isp-r", strings.Replace(worm, "logs: sanitize\n", "", 1)); why != "" {
		t.Fatal(why)
	}
	b.now = b.now.Add(time.Minute)
	b.send(letter{from: "cert@example.co.jp", to: replyTo(t, b.deliveries("cert-u")[1]), signer: b.keys["cert-u"],
		text: "-----BEGIN DISCLOSURE CONDITIONS-----\nrelay: yes\nstage: first-contact\nmy-addresses: keep\ntlp: RED\n-----END DISCLOSURE CONDITIONS-----\n"})
	wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact awaiting-approval", "isp-r notice first-contact queued")
	b.fsck()
}

// TestCase_185_Refused: what no override is made of.
func TestCase_185_Refused(t *testing.T) {
	for name, c := range map[string]struct {
		party, report, allows, want string
		change                      func(*relay.Party)
	}{
		"the rules tell it":       {"isp-r", "conditions: minimal\n", "minimal", relay.NothingMore, byTLS},
		"the channel is too weak": {"isp-r", "conditions: minimal\n", strings.Replace(worm, "logs: sanitize\n", "", 1), relay.NothingMore, func(p *relay.Party) { p.Channel = disclosure.Opportunistic }},
		"its own report":          {"cert-u", "conditions: no-relay\n", worm, string(disclosure.RefusedSelf), nil},
		"no address": {"isp-r", "conditions: no-relay\n", worm, relay.NoAddress, func(p *relay.Party) {
			if p.ID == "isp-r" {
				p.Addresses = []string{"@isp-r.example"}
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, examples+"/parties.toml", auto, "cert-u")
			b.use("", c.change)
			b.report(c.report)
			before := len(b.deliveries(""))
			if why := b.override(c.party, c.allows); why != c.want {
				t.Errorf("refused %q, want %q", why, c.want)
			}
			if len(b.deliveries("")) != before {
				t.Error("something was queued")
			}
		})
	}
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	b.use("", byTLS)
	b.report("conditions: no-relay\n")
	for range 2 {
		for _, d := range b.deliveries("isp-r") {
			for _, operator := range []string{"bob", "carol"} {
				_, err := b.store.Approve(t.Context(), d.ID, operator, d.Digest)
				b.check(err)
			}
		}
		b.deliver()
		if why := b.override("isp-r", worm); why != "" && why != relay.NothingNew {
			t.Fatal(why)
		}
	}
	wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact sent")
}

// TestCase_185_Unasked: an override reaches a party that no report names; the
// rules go on to tell it nothing.
func TestCase_185_Unasked(t *testing.T) {
	b := newBench(t, examples+"/4-two-reporters/parties.toml", auto, "cert-u", "csirt-n")
	b.report("conditions: no-relay\n")
	if why := b.override("csirt-n", worm); why != "" {
		t.Fatal(why)
	}
	recipients, err := b.store.Recipients(t.Context(), 1)
	b.check(err)
	if len(recipients) != 2 || recipients[0].Party != "csirt-n" || recipients[0].Basis != relay.BasisOperator || !strings.Contains(plain(b.latest("csirt-n")), "203.0.113.25") {
		t.Errorf("recipients %+v", recipients)
	}
	b.now = b.now.Add(time.Minute)
	b.report("conditions: no-relay\n\n")
	for _, d := range b.deliveries("csirt-n") {
		if !d.Override {
			t.Errorf("the rules tell it %s", plain(d))
		}
	}
	b.fsck()
}

// TestCase_185_Held: an override passes the word of somebody who asked to stop,
// which is what it is for, and says so to those who approve it.
func TestCase_185_Held(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	b.use("", byTLS)
	b.report("conditions: ask-me\n")
	b.send(letter{from: "cert@example.co.jp", to: replyTo(t, b.deliveries("cert-u")[1]), text: "Please stop forwarding.\n"})
	if ticket, err := b.store.TicketByID(t.Context(), 1); err != nil || ticket.State != store.TicketHeld {
		t.Fatalf("%+v, %v", ticket, err)
	}
	if why := b.override("isp-r", worm); why != "" {
		t.Fatal(why)
	}
	d, err := b.store.DecisionByID(t.Context(), b.latest("isp-r").DecisionID)
	b.check(err)
	cells, err := relay.ReadCells(d.Cells)
	b.check(err)
	if !slices.ContainsFunc(cells, func(c relay.Cell) bool { return strings.Contains(c.Overridden(), "relay (held)") }) {
		t.Error("no cell says that somebody asked to stop")
	}
	if ticket, err := b.store.TicketByID(t.Context(), 1); err != nil || ticket.State != store.TicketHeld {
		t.Errorf("the ticket is %s, %v; an override is one message", ticket.State, err)
	}
	b.fsck()
}
