package mailgw

import (
	"context"
	"strings"
	"testing"
	"time"

	"iodefgw/store"
)

// state fails unless the one ticket is in this state.
func (b *bench) state(want store.TicketState) {
	b.t.Helper()
	tickets, err := b.store.Tickets(context.Background(), store.TicketFilter{})
	b.check(err)
	if len(tickets) != 1 || tickets[0].State != want {
		b.t.Errorf("tickets %+v, want one, %s", tickets, want)
	}
}

const conditionsBlock = "-----BEGIN DISCLOSURE CONDITIONS-----\nversion: 1\n"

// TestCase_91_WhatTightens: what a requester says against its grant counts in
// every form: prose holds the ticket, signed or not, and so do conditions
// without a signature; signed ones hold for what is told from then on.
func TestCase_91_WhatTightens(t *testing.T) {
	for text, signed := range map[string]store.TicketState{
		"Please STOP. Do not forward anything.\n": store.TicketHeld,
		"We withdraw our consent.\n":              store.TicketHeld,
		"転送をやめてください。\n":                           store.TicketHeld,
		"logs: no\n":                              store.TicketHeld,
		"conditions: minimal\n":                   store.TicketOpen,
		"conditions: hide-my-ip\nlogs: no\n":      store.TicketHeld,
		conditionsBlock + "conditions: minimal\n-----END DISCLOSURE CONDITIONS-----\n":          store.TicketOpen,
		conditionsBlock + "relay: yes\nlogs: no\n-----END DISCLOSURE CONDITIONS-----\n":         store.TicketOpen,
		conditionsBlock + "conditions: forward-log-as\n-----END DISCLOSURE CONDITIONS-----\n":   store.TicketNeedsConsent,
		conditionsBlock + "conditions: minimal\n-----END DISCLOSURE CONDITIONS-----\nSTOP now!": store.TicketHeld,
	} {
		for _, key := range []string{"cert-u", ""} {
			b, to := consented(t)
			want := signed
			if key == "" {
				want = store.TicketHeld
			}
			if d := b.send(letter{from: "cert@example.co.jp", to: to, text: text, signer: b.keys[key]}); d != Processed {
				t.Fatalf("%q became %q for %v", text, d, b.last().Reasons)
			}
			b.state(want)
			if want == store.TicketHeld {
				b.send(letter{from: "cert@example.co.jp", to: to, text: text + "Once more.\n", signer: b.keys[key]})
				wantKinds(t, b.deliveries("cert-u")[3:], "cert-u question  queued") // once
			}
			b.deliver()
			b.acknowledge(b.deliveries("isp-r")[0])
			b.tellsNoLog()
			if want != store.TicketOpen {
				if last := b.deliveries("isp-r"); last[len(last)-1].State == store.Sent {
					t.Errorf("%q (%q): %v", text, key, kinds(last))
				}
			}
			b.fsck()
		}
	}
}

// TestCase_91_ReportAgainstItself: a signed report whose words ask to stop waits
// until its requester says how to go on, whatever else in it would let it go.
func TestCase_91_ReportAgainstItself(t *testing.T) {
	for _, text := range []string{
		"STOP. Do not forward anything.\n", // beside an Expectation
		"Do not forward this to the other site.\nconditions: forward-log-as-is\n",
		"conditions: forward-log-as-is\n\nこの報告は転送しないでください。\n",
		"conditions: hide-my-ip\nlogs: no\n",
	} {
		b := newBench(t, examples+"/parties.toml", auto, "cert-u")
		b.report(text)
		wantKinds(t, b.deliveries(""), "cert-u ack  queued", "cert-u question  queued")
		b.state(store.TicketNeedsConsent)
		b.now = b.now.Add(time.Hour)
		b.send(letter{from: "cert@example.co.jp", to: replyTo(t, b.deliveries("cert-u")[1]), text: "conditions: minimal\n", signer: b.keys["cert-u"]})
		wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact queued")
		b.state(store.TicketOpen)
		b.fsck()

		// Brought up to date so, a report takes back what waits.
		b = newBench(t, examples+"/parties.toml", "version = 1\n", "cert-u")
		b.report("conditions: forward-log-as-is\n")
		b.send(letter{from: "cert@example.co.jp", text: text, document: document(t, generatedAt, generatedLater), signer: b.keys["cert-u"]})
		wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact cancelled")
		b.fsck()
	}
}

// TestStoppedReportStopsNoOther: the words of one report hold nothing of
// another's, and another's word does not lift them.
func TestStoppedReportStopsNoOther(t *testing.T) {
	const name = "4-two-reporters"
	b := newBench(t, examples+"/"+name+"/parties.toml", auto, "cert-u", "org-v", "csirt-n")
	b.report("STOP. Do not forward anything.\nconditions: forward-log-as-is\n")
	b.send(letter{from: "ir@org-v.example", text: "conditions: ask-me\n", document: readFile(t, examples, name, "org-v-report.xml"), signer: b.keys["org-v"]})
	all := b.deliveries("org-v")
	b.now = b.now.Add(time.Hour)
	b.send(letter{from: "ir@org-v.example", to: replyTo(t, all[len(all)-1]), text: "conditions: minimal\n", signer: b.keys["org-v"]})
	b.state(store.TicketOpen)
	b.acknowledge(b.deliveries("isp-r")[0])
	b.tellsNoLog()
	b.fsck()
}

// TestQuotedQuestionHoldsNothing: an ordinary answer with our question below it
// holds no ticket, and a block above it counts.
func TestQuotedQuestionHoldsNothing(t *testing.T) {
	for _, below := range []func(string) string{
		func(s string) string { return "> " + strings.ReplaceAll(s, "\n", "\n> ") },
		func(s string) string { return "-----Original Message-----\n" + s },
	} {
		b, to := consented(t)
		_, question, _ := strings.Cut(plain(b.deliveries("cert-u")[1]), "\r\n\r\n")
		quoted := below(strings.ReplaceAll(question, "\r\n", "\n"))
		for _, key := range []string{"cert-u", ""} {
			b.send(letter{from: "cert@example.co.jp", to: to, text: "We will ask our lawyers.\n\n" + quoted, signer: b.keys[key]})
			b.state(store.TicketOpen)
		}
		b.send(letter{from: "cert@example.co.jp", to: to, text: "conditions: minimal\n\n" + quoted, signer: b.keys["cert-u"]})
		b.state(store.TicketOpen)
		b.acknowledge(b.deliveries("isp-r")[0])
		b.tellsNoLog()
	}
}

// TestCase_91_ReceiptAnswered: a requester that was asked nothing, and has no
// token, can have less told by answering its receipt, or by the number over its
// signature. Nobody else can, and nothing is loosened so.
func TestCase_91_ReceiptAnswered(t *testing.T) {
	const stop, less, no, more = "STOP. Do not forward anything.\n", "conditions: minimal\n", "conditions: no-relay\n", "conditions: forward-log-as-is\n"
	for name, c := range map[string]struct {
		from, key, text    string
		reference, subject bool
		want               store.TicketState
	}{
		"signed answer, no-relay":   {"cert@example.co.jp", "cert-u", no, true, true, store.TicketOpen}, // and its conditions are obeyed
		"signed number, no-relay":   {"cert@example.co.jp", "cert-u", no, false, true, store.TicketOpen},
		"signed answer, less":       {"cert@example.co.jp", "cert-u", less, true, false, store.TicketHeld},
		"signed number, prose":      {"cert@example.co.jp", "cert-u", stop, false, true, store.TicketHeld},
		"unsigned answer, prose":    {"cert@example.co.jp", "", stop, true, true, store.TicketHeld},
		"unsigned answer, no-relay": {"cert@example.co.jp", "", no, true, false, store.TicketHeld},
		"unsigned number":           {"cert@example.co.jp", "", stop, false, true, ""},
		"signed answer, more":       {"cert@example.co.jp", "cert-u", more, true, true, ""},
		"signed, of no ticket":      {"cert@example.co.jp", "cert-u", stop, false, false, ""},
		"another requester":         {"ir@org-v.example", "org-v", no, true, true, ""},
		"a stranger's signature":    {"cert@example.co.jp", "mallory", no, true, true, ""},
		"a stranger":                {"mallory@evil.example", "", stop, true, true, ""},
		"the accused site":          {"abuse@isp-r.example", "", stop, true, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, examples+"/parties.toml", auto, "cert-u", "org-v")
			b.keys["mallory"] = b.key("mallory")
			b.report("conditions: hide-my-ip\n")
			b.deliver()
			b.now = b.now.Add(time.Hour)
			m := letter{from: c.from, subject: "our report", text: c.text, signer: b.keys[c.key]}
			if c.subject {
				m.subject = "Re: [GW#00000001] Your report has been received"
			}
			if c.reference {
				m.inReplyTo = b.deliveries("cert-u")[0].MessageID
			}
			before := kinds(b.deliveries(""))
			d := b.send(m)
			if c.want == "" {
				if d != Held {
					t.Errorf("became %q for %v", d, b.last().Reasons)
				}
				b.state(store.TicketOpen)
				wantKinds(t, b.deliveries(""), before...)
				return
			}
			if d != Processed {
				t.Fatalf("became %q for %v", d, b.last().Reasons)
			}
			b.acknowledge(b.deliveries("isp-r")[0])
			for _, d := range b.deliveries("isp-r")[1:] {
				t.Errorf("isp-r is told %s:\n%s", d.Stage, plain(d))
			}
			if c.want == store.TicketHeld {
				b.state(c.want)
				all := b.deliveries("cert-u")
				wantKinds(t, all, "cert-u ack  sent", "cert-u question  sent")
				b.now = b.now.Add(time.Hour)
				b.send(letter{from: "cert@example.co.jp", to: replyTo(t, all[1]), text: less, signer: b.keys["cert-u"]})
				b.state(store.TicketOpen)
				b.acknowledge(b.deliveries("isp-r")[0])
				b.tellsNoLog()
			}
			b.fsck()
		})
	}
}
