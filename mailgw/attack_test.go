package mailgw

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"iodefgw/store"
)

// The tests of this file were found by an attack on the gateway: each is a way
// in which something left, or was lost, that must not.

// document is the example's report with replacements, old and new in turn.
func document(t *testing.T, replace ...string) []byte {
	t.Helper()
	was := string(readFile(t, examples, "report.xml"))
	is := strings.NewReplacer(replace...).Replace(was)
	if len(replace) > 0 && is == was {
		t.Fatalf("nothing of %q stands in the report", replace)
	}
	return []byte(is)
}

const (
	generatedAt    = "2026-11-20T03:50:00Z"
	generatedLater = "2026-11-20T03:55:00Z"
	expectation    = `<Expectation action="contact-source-site"/>`
)

// consented is a ticket whose requester, asked, let everything be forwarded.
func consented(t *testing.T) (b *bench, answerTo string) {
	b = newBench(t, examples+"/parties.toml", auto, "cert-u")
	b.send(letter{from: "cert@example.co.jp", text: "see attachment\n", document: document(t, expectation, ""), signer: b.keys["cert-u"]})
	answerTo = replyTo(t, b.deliveries("cert-u")[1])
	b.send(letter{from: "cert@example.co.jp", to: answerTo, text: "conditions: forward-log-as-is\n", signer: b.keys["cert-u"]})
	b.now = b.now.Add(time.Hour)
	return b, answerTo
}

// tellsNoLog fails if the newest message to isp-r carries the log.
func (b *bench) tellsNoLog() {
	b.t.Helper()
	all := b.deliveries("isp-r")
	if len(all) == 0 {
		return
	}
	if p := plain(all[len(all)-1]); strings.Contains(p, "sshd") || strings.Contains(p, "203.0.113") {
		b.t.Errorf("%v: the last carries what was forbidden:\n%s", kinds(all), p)
	}
}

// TestCase_90_NewerConditionsStand: conditions of a newer report are not undone
// by an answer given before it.
func TestCase_90_NewerConditionsStand(t *testing.T) {
	for _, stricter := range []string{"conditions: minimal\n", "conditions: no-relay\n"} {
		b, _ := consented(t)
		b.send(letter{from: "cert@example.co.jp", text: stricter, document: document(t, expectation, "", generatedAt, generatedLater), signer: b.keys["cert-u"]})
		b.acknowledge(b.deliveries("isp-r")[0])
		b.tellsNoLog()
	}
}

// TestCase_90_TighteningReachesTheQueue: what awaits approval when the
// conditions are tightened does not leave.
func TestCase_90_TighteningReachesTheQueue(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", "version = 1\n", "cert-u")
	b.report("conditions: forward-log-as-is\n")
	wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact awaiting-approval")
	b.send(letter{from: "cert@example.co.jp", text: "conditions: no-relay\n", document: document(t, generatedAt, generatedLater), signer: b.keys["cert-u"]})
	wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact cancelled")
}

// TestCase_91_UnsignedStopHolds: an unsigned word can stop, and only a signed
// one goes on.
func TestCase_91_UnsignedStopHolds(t *testing.T) {
	b, answerTo := consented(t)
	b.send(letter{from: "cert@example.co.jp", to: answerTo, text: "STOP. Do not forward anything.\nconditions: no-relay\n"})
	tickets, err := b.store.Tickets(context.Background(), store.TicketFilter{})
	b.check(err)
	if tickets[0].State != store.TicketHeld {
		t.Errorf("the ticket is %s, want held", tickets[0].State)
	}
	b.acknowledge(b.deliveries("isp-r")[0])
	b.tellsNoLog()
	b.now = b.now.Add(time.Hour)
	b.send(letter{from: "cert@example.co.jp", to: answerTo, text: "conditions: minimal\n", signer: b.keys["cert-u"]})
	tickets, err = b.store.Tickets(context.Background(), store.TicketFilter{})
	b.check(err)
	if tickets[0].State != store.TicketOpen {
		t.Errorf("after the signed answer the ticket is %s, want open", tickets[0].State)
	}
}

// TestCase_89_OldReportComesLate: an earlier report that arrives late does not
// replace the later one.
func TestCase_89_OldReportComesLate(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	old := b.bytes(letter{from: "cert@example.co.jp", text: "conditions: forward-log-as-is\n", document: document(t), signer: b.keys["cert-u"]})
	b.now = b.now.Add(time.Hour)
	b.send(letter{from: "cert@example.co.jp", text: "conditions: minimal\n", document: document(t, generatedAt, generatedLater), signer: b.keys["cert-u"]})
	b.acknowledge(b.deliveries("isp-r")[0])
	b.take(old)
	b.tellsNoLog()
}

// TestCase_83_TwoIncidentsOneTicket: incidents of one document that belong to
// one ticket are planned together.
func TestCase_83_TwoIncidentsOneTicket(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	b.report("conditions: minimal\n")
	s := string(document(t))
	i, j := strings.Index(s, "<Incident "), strings.Index(s, "</Incident>")+len("</Incident>")
	two := s[:i] + strings.Replace(s[i:j], "4711", "5001", 1) + strings.Replace(s[i:j], "4711", "5002", 1) + s[j:]
	d := b.send(letter{from: "cert@example.co.jp", text: "conditions: minimal\n", document: []byte(two), signer: b.keys["cert-u"]})
	if d != Processed {
		t.Fatalf("became %q for %v", d, b.last().Reasons)
	}
	tickets, err := b.store.Tickets(context.Background(), store.TicketFilter{})
	b.check(err)
	reports, err := b.store.CurrentReports(context.Background(), tickets[0].ID)
	b.check(err)
	if len(tickets) != 1 || len(reports) != 3 {
		t.Errorf("%d tickets, %d reports on the first; want 1 and 3", len(tickets), len(reports))
	}
	b.fsck()
}

// TestCase_168_ConditionsInTheDocument: the XML form counts as the text does.
func TestCase_168_ConditionsInTheDocument(t *testing.T) {
	form := func(key, value string) string {
		return `<AdditionalData dtype="xml"><d:conditions xmlns:d="urn:iodefgw:disclosure:1"><d:` + key + `>` + value + `</d:` + key + `></d:conditions></AdditionalData></Incident>`
	}
	for _, c := range []struct{ text, key, value string }{
		{"see attachment\n", "relay", "no"},
		{"conditions: forward-log-as-is\n", "relay", "no"},
		{"conditions: forward-log-as-is\n", "relay", "mabye"},
	} {
		b := newBench(t, examples+"/parties.toml", auto, "cert-u")
		b.send(letter{from: "cert@example.co.jp", text: c.text, document: document(t, "</Incident>", form(c.key, c.value)), signer: b.keys["cert-u"]})
		if all := b.deliveries("isp-r"); len(all) > 0 {
			t.Errorf("%q with %s=%s: %v", c.text, c.key, c.value, kinds(all))
		}
	}
}

// TestReleaseMakesNothingReadable: an operator's release of a mail whose
// document cannot be read leaves it held.
func TestReleaseMakesNothingReadable(t *testing.T) {
	for _, doc := range []string{
		"<?xml version=\"1.0\"?>\n<IODEF-Document version=\"2.00\" xmlns=\"urn:ietf:params:xml:ns:iodef-2.0\"><Incident>",
		"<?xml version=\"1.0\"?>\n<IODEF-Document version=\"2.00\" xmlns=\"urn:ietf:params:xml:ns:iodef-2.0\"></IODEF-Document>",
	} {
		b := newBench(t, examples+"/parties.toml", auto, "cert-u")
		b.send(letter{from: "cert@example.co.jp", text: "conditions: minimal\n", document: []byte(doc), signer: b.keys["cert-u"]})
		b.check(b.store.Release(context.Background(), b.last().ID, "alice", "test"))
		b.check(b.gateway.Sweep(context.Background()))
		if m := b.last(); !slices.Contains([]store.MailState{store.MailHeld, store.MailAccepted}, m.State) {
			t.Errorf("ended as %s", m.State)
		}
		wantKinds(t, b.deliveries("isp-r"))
	}
}

// TestCase_167_QuotedBlockIsNoGrant: our question, sent back untouched or below
// a refusal, lets nothing go.
func TestCase_167_QuotedBlockIsNoGrant(t *testing.T) {
	for _, text := range []string{
		"\n\n",
		"Please do NOT forward anything.\n\n",
		"転送しないでください。\n\n",
	} {
		b := newBench(t, examples+"/parties.toml", auto, "cert-u")
		b.send(letter{from: "cert@example.co.jp", text: "see attachment\n", document: document(t, expectation, ""), signer: b.keys["cert-u"]})
		question := b.deliveries("cert-u")[1]
		_, quoted, _ := strings.Cut(plain(question), "\r\n\r\n")
		for _, block := range []string{quoted, strings.Replace(quoted, "CHOOSE-ONE", "minimal", 1)} {
			if text == "\n\n" && block != quoted {
				continue // an untouched text above a chosen preset is a grant
			}
			b.now = b.now.Add(time.Hour)
			b.send(letter{from: "cert@example.co.jp", to: replyTo(t, question), text: text + "From: GW CSIRT\n\n" + block, signer: b.keys["cert-u"]})
			wantKinds(t, b.deliveries("isp-r"))
		}
	}
}

// TestCase_86_RequesterWhoIsAccused: a party that was asked about its own report
// and is accused by another's on the same ticket is told like anybody else.
func TestCase_86_RequesterWhoIsAccused(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u", "org-v")
	b.send(letter{from: "cert@example.co.jp", text: "see attachment\n", document: document(t, expectation, ""), signer: b.keys["cert-u"]})
	accuses := document(t, "203.0.113.25", "198.51.100.77", "198.51.100.77", "203.0.113.25", "cert.example.co.jp", "org-v.example",
		"<System category=\"target\">", "<System category=\"source\">")
	d := b.send(letter{from: "ir@org-v.example", text: "conditions: minimal\n", document: accuses, signer: b.keys["org-v"]})
	if d != Processed {
		t.Fatalf("the accusing report became %q for %v", d, b.last().Reasons)
	}
	if got := kinds(b.deliveries("cert-u")); !slices.Contains(got, "cert-u notice first-contact queued") {
		t.Errorf("cert-u got %q, want a notice of what org-v says", got)
	}
	b.fsck()
}

// TestCase_158_UnscannableIsRefused: a log line that is encoded deeper than the
// scan looks stops that notice and nothing else.
func TestCase_158_UnscannableIsRefused(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	deep := "GET /%25252525252e%25252525252e/ HTTP/1.1 " + strings.Repeat(`\x5c`, 12)
	d := b.send(letter{from: "cert@example.co.jp", text: "conditions: forward-log-as-is\n", document: document(t, "Failed password", deep), signer: b.keys["cert-u"]})
	if d != Processed {
		t.Fatalf("became %q", d)
	}
	if d := b.acknowledge(b.deliveries("isp-r")[0]); d != Processed {
		t.Errorf("the answer became %q", d)
	}
	b.fsck()
}

// TestCase_91_OnlyWhoStoppedGoesOn: the signed word of one requester does not
// lift what another asked for, nor does it learn of that; and a requester of
// whose report another has told all there is is asked like any.
func TestCase_91_OnlyWhoStoppedGoesOn(t *testing.T) {
	const name = "4-two-reporters"
	b := newBench(t, examples+"/"+name+"/parties.toml", auto, "cert-u", "org-v", "csirt-n")
	b.send(letter{from: "cert@example.co.jp", text: "see attachment\n", document: document(t, expectation, ""), signer: b.keys["cert-u"]})
	toU := replyTo(t, b.deliveries("cert-u")[1])
	b.send(letter{from: "cert@example.co.jp", to: toU, text: "conditions: forward-log-as-is\n", signer: b.keys["cert-u"]})
	b.send(letter{from: "ir@org-v.example", text: "conditions: ask-me\n", document: readFile(t, examples, name, "org-v-report.xml"), signer: b.keys["org-v"]})
	wantKinds(t, b.deliveries("org-v"), "org-v ack  queued", "org-v question  queued")
	b.deliver()
	b.send(letter{from: "cert@example.co.jp", to: toU, text: "STOP. Do not forward anything.\n"})
	b.send(letter{from: "ir@org-v.example", to: replyTo(t, b.deliveries("org-v")[1]), text: "conditions: minimal\n", signer: b.keys["org-v"]})
	state := func(want store.TicketState) {
		t.Helper()
		tickets, err := b.store.Tickets(context.Background(), store.TicketFilter{})
		b.check(err)
		if len(tickets) != 1 || tickets[0].State != want {
			t.Errorf("tickets %+v, want one, %s", tickets, want)
		}
	}
	state(store.TicketHeld)
	wantKinds(t, b.deliveries("org-v"), "org-v ack  sent", "org-v question  sent", "org-v ack  queued")
	b.acknowledge(b.deliveries("isp-r")[0])
	b.tellsNoLog()
	b.send(letter{from: "cert@example.co.jp", to: toU, text: "conditions: minimal\n", signer: b.keys["cert-u"]})
	state(store.TicketOpen)
	b.fsck()
}
