package mailgw

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"iodefgw/iodef"
	"iodefgw/mailgw/message"
	"iodefgw/relay"
	"iodefgw/store"
)

// answers is isp-r's answer to the newest message to it.
func (b *bench) answers(text string, signed bool) Disposition {
	b.t.Helper()
	b.deliver()
	all := b.deliveries("isp-r")
	m := letter{from: "abuse@isp-r.example", to: replyTo(b.t, all[len(all)-1]), subject: "Re: your notice", text: text, inReplyTo: all[len(all)-1].MessageID}
	if signed {
		m.signer = b.keys["isp-r"]
	}
	d := b.send(m)
	if d != Processed {
		b.t.Fatalf("the answer became %q for %v", d, b.last().Reasons)
	}
	return d
}

// body is the text of a delivery without its header.
func body(text string) string {
	_, text, _ = strings.Cut(text, "\r\n\r\n")
	return text
}

// TestCase_184_AskForMore: a recipient that asks for logs makes one question to
// the requester, who by a signed answer lets them go; nothing else does.
func TestCase_184_AskForMore(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u", "isp-r")
	b.report("conditions: minimal\n")
	b.answers("Received. Please send logs, our ticket is ABUSE-99.\n", false)
	requests := b.deliveries("cert-u")
	wantKinds(t, requests, "cert-u ack  sent", "cert-u question  queued")
	for _, secret := range []string{"ABUSE-99", "198.51.100", "isp-r", "ISP R", "203.0.113"} {
		if strings.Contains(body(plain(requests[1])), secret) {
			t.Errorf("the question tells %q:\n%s", secret, plain(requests[1]))
		}
	}
	if text := plain(requests[1]); !strings.Contains(text, "an abuse desk") || !strings.Contains(text, "log evidence (logs)") || strings.Contains(text, "my-hosts)") {
		t.Errorf("the question does not say who asks for what:\n%s", text)
	}
	// Asked again, by a signed answer too: the question is open.
	b.answers("Could you please share the log?\n", true)
	b.answers("We still need the logs.\n", true)
	wantKinds(t, b.deliveries("cert-u"), "cert-u ack  sent", "cert-u question  sent")
	b.tellsNoLog()

	// Prose grants nothing.
	to := replyTo(t, requests[1])
	b.send(letter{from: "cert@example.co.jp", to: to, text: "Yes, send them our logs as they are.\n", signer: b.keys["cert-u"]})
	b.tellsNoLog()
	b.send(letter{from: "cert@example.co.jp", to: to, text: "conditions: minimal\nlogs: as-is\n"})
	b.tellsNoLog()
	wantKinds(t, b.deliveries("cert-u")[2:], "cert-u question  queued") // unsigned conditions hold all, and it is asked

	before := len(b.deliveries("isp-r"))
	b.send(letter{from: "cert@example.co.jp", to: to, signer: b.keys["cert-u"],
		text: "-----BEGIN DISCLOSURE CONDITIONS-----\nversion: 1\nconditions: minimal\nlogs: sanitize\n-----END DISCLOSURE CONDITIONS-----\n"})
	all := b.deliveries("isp-r")
	if len(all) != before+1 || !strings.Contains(plain(all[before]), "Failed password") || strings.Contains(plain(all[before]), "203.0.113") {
		t.Fatalf("%v: the last is no notice with the masked log", kinds(all))
	}
	// What is granted now is not asked for; what is not is a new question.
	b.answers("Thank you. Please also send logs.\n", true)
	wantKinds(t, b.deliveries("cert-u")[3:], "cert-u ack  sent", "cert-u outcome  queued")
	b.answers("We need the destination address.\n", true)
	wantKinds(t, b.deliveries("cert-u")[5:], "cert-u question  queued")
	b.fsck()
}

// TestAnsweredIsSaidOnce: a requester hears that a site has answered, once, and
// not that it acknowledged; its name only where it lets us.
func TestAnsweredIsSaidOnce(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u", "isp-r")
	b.report("conditions: minimal\n")
	b.answers("We have it.\n", false)
	wantKinds(t, b.deliveries("cert-u"), "cert-u ack  sent")
	b.answers("The customer 198.51.100.77 was cleaned. Mallory is his name.\n", true)
	b.answers("Closed.\n", true)
	told := b.deliveries("cert-u")
	wantKinds(t, told, "cert-u ack  sent", "cert-u outcome  sent")
	for _, secret := range []string{"Mallory", "cleaned", "isp-r", "ISP R"} {
		if strings.Contains(body(plain(told[1])), secret) {
			t.Errorf("the letter tells %q:\n%s", secret, plain(told[1]))
		}
	}
	b.fsck()

	b = newBench(t, examples+"/parties.toml", auto, "cert-u", "isp-r")
	b.report("conditions: minimal\n")
	b.answers("conditions: minimal\nidentity: keep\n", true)
	b.answers("-----BEGIN DISCLOSURE CONDITIONS-----\nversion: 1\nrelay: yes\nidentity: keep\n-----END DISCLOSURE CONDITIONS-----\nDone.\n", true)
	if told := b.deliveries("cert-u"); len(told) != 2 {
		t.Errorf("%v", kinds(told))
	}
	b = newBench(t, examples+"/parties.toml", auto, "cert-u", "isp-r")
	b.report("conditions: minimal\n")
	b.answers("-----BEGIN DISCLOSURE CONDITIONS-----\nversion: 1\nrelay: yes\nidentity: keep\n-----END DISCLOSURE CONDITIONS-----\nDone.\n", true)
	if text := plain(b.deliveries("cert-u")[1]); !strings.Contains(text, "ISP R") {
		t.Errorf("it let us name it:\n%s", text)
	}
	b.fsck()
}

// pgpParties are the parties of the examples, and what goes to cert-u goes
// encrypted.
func pgpParties(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "parties.toml")
	text := strings.Replace(string(readFile(t, examples, "parties.toml")), `relation = "peer"`, "relation = \"peer\"\nchannel = \"openpgp\"", 1)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// documentIn is the IODEF document of a message.
func documentIn(t *testing.T, d store.Delivery) string {
	t.Helper()
	docs := message.Documents(message.Parse([]byte(plain(d))).Root)
	if len(docs) != 1 {
		t.Fatalf("%d documents in delivery %d", len(docs), d.ID)
	}
	return string(docs[0].Bytes)
}

// ispAnswer is isp-r's own document about what it was told: what its customer's
// machine did, its log, and somebody else whom it met.
func ispAnswer(t *testing.T) []byte {
	t.Helper()
	return document(t, `name="cert.example.co.jp">4711`, `name="isp-r.example">9`, "CERT-U", "ISP R", "cert@example.co.jp", "abuse@isp-r.example",
		expectation, "", "www sshd[812]: Failed password for root from 198.51.100.77 port 40122 ssh2", "bras1 nat: user mallory 198.51.100.77 > 203.0.113.25:22",
		"Nov 20 12:14:09 www sshd[812]: Connection from 198.51.100.77 to 203.0.113.25:22 (r-203-0-113-25.example.co.jp)\n", "",
		"www proxy: 192.0.2.200 CONNECT 198.51.100.77:443", "bras1 nat: 198.51.100.77 > 192.0.2.200:443")
}

// sendAnswer sends isp-r's document to the address that its notice gave it.
func (b *bench) sendAnswer(text string, document []byte, signer string) {
	b.t.Helper()
	b.deliver()
	all := b.deliveries("isp-r")
	to := all[slices.IndexFunc(all, func(d store.Delivery) bool { return d.Kind == store.KindNotice })]
	if d := b.send(letter{from: "abuse@isp-r.example", to: replyTo(b.t, to), subject: "Re: notice", text: text, document: document, signer: b.keys[signer]}); d != Processed {
		b.t.Fatalf("the answer became %q for %v", d, b.last().Reasons)
	}
}

// TestAnswerGoesToTheRequester: a recipient's signed document goes to the
// requester as far as the recipient's own conditions let it, as any report.
func TestAnswerGoesToTheRequester(t *testing.T) {
	block := func(lines string) string {
		return "-----BEGIN DISCLOSURE CONDITIONS-----\nversion: 1\n" + lines + "-----END DISCLOSURE CONDITIONS-----\n"
	}
	for name, c := range map[string]struct {
		conditions string
		queued     []string // what cert-u gets of it
		tells      []string
		keeps      []string
	}{
		"all but who it is": {
			block("conditions: forward-log-as-is\n"), []string{"cert-u answer authenticated queued"},
			[]string{"203.0.113.25", "198.51.100.77", "user mallory"}, []string{"192.0.2.200", "ISP R", "isp-r"},
		},
		"its addresses hidden": {
			block("conditions: hide-my-ip\nidentity: keep\n"), []string{"cert-u answer authenticated queued"},
			[]string{"203.0.113.25", "[withheld:ipv4]", "isp r"}, []string{"198.51.100.77", "192.0.2.200"},
		},
		"the machines alone": {
			block("conditions: minimal\n"), []string{"cert-u answer authenticated queued"},
			[]string{"203.0.113.25"}, []string{"198.51.100.77", "nat"},
		},
		"no word on it":  {"You may tell the reporting site all of it.\n", []string{"cert-u outcome  queued"}, nil, nil},
		"not to be told": {"conditions: no-relay\n", []string{"cert-u outcome  queued"}, nil, nil},
		"others only":    {block("relay: yes\nto: party:org-v\nlogs: as-is\n"), []string{"cert-u outcome  queued"}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, pgpParties(t), auto, "cert-u", "isp-r", "org-v")
			b.report("conditions: minimal\n")
			b.sendAnswer(c.conditions, ispAnswer(t), "isp-r")
			got := b.deliveries("cert-u")
			wantKinds(t, got[1:], c.queued...)
			last := got[len(got)-1]
			said := plain(last)
			if last.Kind == store.KindAnswer {
				said += documentIn(t, last)
				doc, err := iodef.Parse([]byte(documentIn(t, last)))
				b.check(err)
				if iodef.Verdict(doc.Validate(b.now)) != iodef.VerdictValid {
					t.Errorf("the document is invalid:\n%s", documentIn(t, last))
				}
			}
			for _, v := range c.tells {
				if !strings.Contains(said, v) {
					t.Errorf("%q is not told:\n%s", v, said)
				}
			}
			for _, v := range append(c.keeps, "mallory@", "ABUSE") {
				if strings.Contains(said, v) {
					t.Errorf("%q is told:\n%s", v, said)
				}
			}
			// It says nothing to others, and opens nothing of its own.
			for _, d := range b.deliveries("isp-r") {
				if strings.Contains(plain(d), "mallory") {
					t.Errorf("its answer came back to it:\n%s", plain(d))
				}
			}
			tickets, err := b.store.Tickets(t.Context(), store.TicketFilter{})
			b.check(err)
			if len(tickets) != 1 || tickets[0].State != store.TicketOpen {
				t.Errorf("tickets %+v", tickets)
			}
			b.fsck()
		})
	}
}

// TestAnswerIsAskedAbout: a document without a word on how it may go on asks its
// sender, whose signed answer lets it go; an unsigned document is no answer.
func TestAnswerIsAskedAbout(t *testing.T) {
	b := newBench(t, pgpParties(t), auto, "cert-u", "isp-r", "org-v")
	b.report("conditions: minimal\n")
	b.deliver()
	first := b.deliveries("isp-r")[0]
	if d := b.send(letter{from: "abuse@isp-r.example", to: replyTo(t, first), text: "conditions: forward-log-as-is\n", document: ispAnswer(t)}); d != Held {
		t.Errorf("an unsigned document became %q", d)
	}
	b.sendAnswer("See the attachment.\n", ispAnswer(t), "isp-r")
	mine := b.deliveries("isp-r")
	i := slices.IndexFunc(mine, func(d store.Delivery) bool { return d.Kind == store.KindQuestion })
	if i < 0 {
		t.Fatalf("isp-r was not asked: %v", kinds(mine))
	}
	b.send(letter{from: "abuse@isp-r.example", to: replyTo(t, mine[i]), text: "conditions: minimal\n", signer: b.keys["isp-r"]})
	if got := b.deliveries("cert-u"); !slices.Contains(kinds(got), "cert-u answer authenticated queued") {
		t.Errorf("cert-u got %v", kinds(got))
	}
	// The same document brought up to date, sent to our general address.
	b.now = b.now.Add(3600e9)
	later := bytes.ReplaceAll(ispAnswer(t), []byte(generatedAt), []byte(generatedLater))
	later = bytes.ReplaceAll(later, []byte("40122"), []byte("40123"))
	if d := b.send(letter{from: "abuse@isp-r.example", text: "conditions: forward-log-as-is\n", document: later, signer: b.keys["isp-r"]}); d != Processed {
		t.Fatalf("the update became %q for %v", d, b.last().Reasons)
	}
	if got := b.deliveries("cert-u"); !strings.Contains(plain(got[len(got)-1]), "user mallory") {
		t.Errorf("cert-u did not get the update: %v", kinds(got))
	}
	b.fsck()
}

// TestCase_183_AccusedRequester: a requester that another accuses on the same
// ticket is told of its own machine, and nothing else of the other's.
func TestCase_183_AccusedRequester(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u", "org-v")
	b.report("conditions: hide-my-ip\n")
	accuses := document(t, "203.0.113.25", "198.51.100.77", "198.51.100.77", "203.0.113.25", "cert.example.co.jp", "org-v.example", "CERT-U", "Org V",
		"cert@example.co.jp", "ir@org-v.example", "www.example.co.jp", "www.org-v.example", "<System category=\"target\">", "<System category=\"source\">")
	b.send(letter{from: "ir@org-v.example", text: "conditions: minimal\n", document: accuses, signer: b.keys["org-v"]})
	b.deliver()
	all := b.deliveries("cert-u")
	i := slices.IndexFunc(all, func(d store.Delivery) bool { return d.Kind == store.KindNotice })
	if i < 0 {
		t.Fatalf("cert-u got %v", kinds(all))
	}
	text := plain(all[i]) + documentIn(t, all[i])
	if !strings.Contains(text, "203.0.113.25") || strings.Contains(text, "Org V") || strings.Contains(text, "org-v.example") {
		t.Errorf("cert-u is told:\n%s", text)
	}
	for _, d := range b.deliveries("org-v") {
		if d.Kind == store.KindNotice {
			t.Errorf("org-v, which nobody accuses, was told: %s", plain(d))
		}
	}
	b.fsck()
}

// TestDisclosureStatement: a requester can be told which class of recipient was
// told which class of thing of its own reports, and never more than that.
func TestDisclosureStatement(t *testing.T) {
	const name = "4-two-reporters"
	b := newBench(t, examples+"/"+name+"/parties.toml", auto, "cert-u", "org-v", "csirt-n")
	b.send(letter{from: "cert@example.co.jp", text: string(readFile(t, examples, name, "cert-u-conditions.txt")),
		document: readFile(t, examples, "report.xml"), signer: b.keys["cert-u"]})
	b.send(letter{from: "ir@org-v.example", text: string(readFile(t, examples, name, "org-v-conditions.txt")),
		document: readFile(t, examples, name, "org-v-report.xml"), signer: b.keys["org-v"]})
	statement := func(party string) string {
		t.Helper()
		now := b.gateway.Current()
		told, err := now.Relay.Tellings(t.Context(), b.store, b.ticket(1), party)
		b.check(err)
		s, err := now.Situation(t.Context(), b.store, 1)
		b.check(err)
		plan, err := now.Relay.Statement(&s.Ticket, now.Parties.ByID(party), told, now.Parties, now.Digests, b.now)
		b.check(err)
		n := plan.Notices[0]
		if n.Refusal != "" || n.Scan != relay.ScanClean {
			t.Fatalf("the statement to %s: %s, scan %s %q", party, n.Refusal, n.Scan, n.Leaks)
		}
		corr, err := b.store.OnTicket(t.Context(), 1)
		b.check(err)
		_, err = b.store.Accept(t.Context(), store.Acceptance{Actor: "alice", Verb: "statement", Tickets: []store.TicketChange{{Correlation: corr, Decisions: plan.Decisions}}})
		b.check(err)
		return string(n.Plain)
	}
	if text := statement("cert-u"); !strings.Contains(text, "told nobody anything") {
		t.Errorf("nothing has been sent yet:\n%s", text)
	}
	b.acknowledge(b.deliveries("isp-r")[0])
	b.deliver()
	u, v := statement("cert-u"), statement("org-v")
	for _, want := range []string{"an abuse desk", "a CSIRT", "log evidence (logs)", "when it was", "its own addresses"} {
		if !strings.Contains(u, want) {
			t.Errorf("cert-u does not hear %q:\n%s", want, u)
		}
	}
	if strings.Contains(v, "log evidence") || strings.Contains(v, "CSIRT\r") || !strings.Contains(v, "an abuse desk") {
		t.Errorf("org-v hears of what was told of cert-u's report:\n%s", v)
	}
	for _, secret := range []string{"isp-r", "ISP R", "csirt-n", "CSIRT N", "198.51.100", "203.0.113", "192.0.2"} {
		if strings.Contains(body(u)+body(v), secret) {
			t.Errorf("a statement holds %q", secret)
		}
	}
	b.fsck()
}

// TestSignedAnswerOverVerifiedTLS: what a signed answer brings is not held for a
// channel that takes nothing away: a name that is hidden anyway is no loss.
func TestSignedAnswerOverVerifiedTLS(t *testing.T) {
	for _, conditions := range []string{"conditions: forward-log-as-is\n", "conditions: hide-my-ip\n", "conditions: minimal\n"} {
		b := newBench(t, examples+"/parties.toml", auto, "cert-u", "isp-r")
		b.report(conditions)
		b.answers("We look into it.\n", true)
		wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact sent", "isp-r notice authenticated queued")
	}
	b := newBench(t, examples+"/parties.toml", auto, "cert-u", "isp-r")
	b.report("-----BEGIN DISCLOSURE CONDITIONS-----\nconditions: minimal\nidentity: keep\n-----END DISCLOSURE CONDITIONS-----\n")
	b.answers("We look into it.\n", true)
	wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact sent", "isp-r notice authenticated held")
}
