package mailgw

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"iodefgw/mailgw/message"
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
				last := len(all) - 1
				if c.key == "" {
					wantKinds(t, all, "cert-u ack  sent", "cert-u question  sent")
				} else {
					wantKinds(t, all, "cert-u ack  sent", "cert-u outcome  sent", "cert-u question  sent") // and what was told
				}
				b.now = b.now.Add(time.Hour)
				b.send(letter{from: "cert@example.co.jp", to: replyTo(t, all[last]), text: less, signer: b.keys["cert-u"]})
				b.state(store.TicketOpen)
				b.acknowledge(b.deliveries("isp-r")[0])
				b.tellsNoLog()
			}
			b.fsck()
		})
	}
}

// TestCase_90_SaysWhatWasTold: whoever takes back what it allowed hears what was
// told already, and no letter says that nothing was; the same in a report brought
// up to date, and in Japanese. Who has not been spoken of hears nothing new.
func TestCase_90_SaysWhatWasTold(t *testing.T) {
	read := func(d store.Delivery) string { return message.Parse([]byte(plain(d))).Root.PlainText() }
	for _, lang := range []string{"en", "ja"} {
		file := filepath.Join(t.TempDir(), "parties.toml")
		text := strings.Replace(string(readFile(t, examples, "parties.toml")), `relation = "peer"`, "relation = \"peer\"\nlanguage = \""+lang+"\"", 1)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		log, nobody, more := "log evidence (logs)", "told nobody anything", "nothing more"
		if lang == "ja" {
			log, nobody, more = "ログ（ログ）", "まだ", "これ以上の"
		}
		for words, c := range map[string]struct {
			signed, says bool // says: that it hears what was told
			kinds        []string
		}{
			"conditions: no-relay\n":            {true, true, []string{"cert-u ack  queued", "cert-u outcome  queued"}},
			"conditions: minimal\n":             {true, true, []string{"cert-u ack  queued", "cert-u outcome  queued"}},
			"conditions: hide-my-ip\n":          {true, true, []string{"cert-u ack  queued", "cert-u outcome  queued"}},
			"conditions: forward-log-as-is\n":   {true, false, []string{"cert-u ack  queued"}},
			"conditions: minimall\n":            {true, true, []string{"cert-u ack  queued", "cert-u outcome  queued", "cert-u question  queued"}},
			"Do not forward anything any more.": {true, true, []string{"cert-u outcome  queued", "cert-u question  queued"}},
			"Please do not forward anything.":   {false, false, []string{"cert-u question  queued"}},
		} {
			for _, update := range []bool{false, true} {
				if update && !c.signed {
					continue
				}
				b := newBench(t, file, auto, "cert-u")
				b.report("conditions: ask-me\n")
				question := b.deliveries("cert-u")[1]
				if !strings.Contains(read(question), nobody) || strings.Contains(read(question), more) {
					t.Errorf("nothing was told, and the question says:\n%s", read(question))
				}
				b.now = b.now.Add(time.Hour)
				b.send(letter{from: "cert@example.co.jp", to: replyTo(t, question), text: "conditions: forward-log-as-is\n", signer: b.keys["cert-u"]})
				b.acknowledge(b.deliveries("isp-r")[0])
				b.deliver()
				b.now = b.now.Add(time.Hour)
				before := len(b.deliveries("cert-u"))
				m := letter{from: "cert@example.co.jp", to: replyTo(t, question), text: words}
				if c.signed {
					m.signer = b.keys["cert-u"]
				}
				if update {
					m.to, m.document = "", document(t, generatedAt, generatedLater)
				}
				b.send(m)
				all := b.deliveries("cert-u")[before:]
				want := c.kinds
				if update && want[0] != "cert-u ack  queued" {
					want = append([]string{"cert-u ack  queued"}, want...) // a report is received, whatever it says
				}
				wantKinds(t, all, want...)
				says := false
				for _, d := range all {
					says = says || strings.Contains(read(d), log)
					if d.Kind == store.KindQuestion && (strings.Contains(read(d), nobody) || !strings.Contains(read(d), more)) {
						t.Errorf("%q: the question is false:\n%s", words, read(d))
					}
					if text := read(d); strings.Contains(text, "isp-r") || strings.Contains(text, "198.51.100") {
						t.Errorf("%q: the letter tells who it was:\n%s", words, text)
					}
				}
				if says != c.says {
					t.Errorf("%q, update %v: says what was told: %v", words, update, says)
				}
				b.fsck()
			}
		}
	}
}

// TestCase_90_ToldOfAnother: what was told of another's report is not spoken of:
// the letter would show that there is one.
func TestCase_90_ToldOfAnother(t *testing.T) {
	const name = "4-two-reporters"
	b := newBench(t, examples+"/"+name+"/parties.toml", auto, "cert-u", "org-v", "csirt-n")
	b.report("conditions: forward-log-as-is\n")
	b.acknowledge(b.deliveries("isp-r")[0])
	b.deliver()
	b.send(letter{from: "ir@org-v.example", text: "conditions: ask-me\n", document: readFile(t, examples, name, "org-v-report.xml"), signer: b.keys["org-v"]})
	all := b.deliveries("org-v")
	wantKinds(t, all, "org-v ack  queued", "org-v question  queued")
	if text := plain(all[1]); !strings.Contains(text, "told nobody anything") {
		t.Errorf("the question speaks of another's report:\n%s", text)
	}
}
