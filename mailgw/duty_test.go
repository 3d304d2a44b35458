package mailgw

import (
	"strings"
	"testing"
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

	before := len(b.deliveries("isp-r"))
	b.send(letter{from: "cert@example.co.jp", to: to, signer: b.keys["cert-u"],
		text: "-----BEGIN DISCLOSURE CONDITIONS-----\nversion: 1\nconditions: minimal\nlogs: sanitize\n-----END DISCLOSURE CONDITIONS-----\n"})
	all := b.deliveries("isp-r")
	if len(all) != before+1 || !strings.Contains(plain(all[before]), "Failed password") || strings.Contains(plain(all[before]), "203.0.113") {
		t.Fatalf("%v: the last is no notice with the masked log", kinds(all))
	}
	// What is granted now is not asked for; what is not is a new question.
	b.answers("Thank you. Please also send logs.\n", true)
	wantKinds(t, b.deliveries("cert-u")[2:], "cert-u ack  sent", "cert-u outcome  queued")
	b.answers("We need the destination address.\n", true)
	wantKinds(t, b.deliveries("cert-u")[4:], "cert-u question  queued")
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
