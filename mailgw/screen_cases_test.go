package mailgw

import (
	"context"
	"testing"

	"iodefgw/mailgw/pgp"
)

// TestCase_88_ForgedReference: a ticket's number, a guessed In-Reply-To or even
// the right token move nothing for anybody but the party it was given to.
func TestCase_88_ForgedReference(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u", "org-v")
	b.report("conditions: hide-my-ip\n")
	notice := b.deliveries("isp-r")[0]
	before := kinds(b.deliveries(""))
	mallory := b.key("mallory")
	for _, c := range []struct {
		name, from, to string
		signer         *pgp.Secret
	}{
		{"number and reference, unsigned", "abuse@isp-r.example", "", nil},
		{"token, from elsewhere", "mallory@evil.example", replyTo(t, notice), nil},
		{"token, signed by a stranger", "abuse@isp-r.example", replyTo(t, notice), mallory},
		{"token, signed by another party", "ir@org-v.example", replyTo(t, notice), b.keys["org-v"]},
		{"token, another party's From", "abuse@isp-r.example", replyTo(t, notice), b.keys["org-v"]},
	} {
		d := b.send(letter{from: c.from, to: c.to, subject: "Re: [GW#00000001] we have it, send the logs", text: "conditions: forward-log-as-is\n",
			inReplyTo: notice.MessageID, signer: c.signer})
		if d != Held {
			t.Errorf("%s: became %q for %v", c.name, d, b.last().Reasons)
		}
	}
	wantKinds(t, b.deliveries(""), before...)
	recipients, err := b.store.Recipients(context.Background(), 1)
	b.check(err)
	for _, r := range recipients {
		if r.Party == "isp-r" && r.Stage != "first-contact" {
			t.Errorf("isp-r is at stage %s", r.Stage)
		}
	}
	if d := b.acknowledge(notice); d != Processed {
		t.Errorf("the true answer became %q for %v", d, b.last().Reasons)
	}
	b.fsck()
}

// TestCase_121_ForgedFromIsNotAnswered: who only claims to be a party gets no
// mail, however it asks for one, and neither does the party.
func TestCase_121_ForgedFromIsNotAnswered(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	report := readFile(t, examples, "report.xml")
	for _, signer := range []*pgp.Secret{nil, b.key("mallory")} {
		for _, field := range []string{"Disposition-Notification-To", "Return-Receipt-To", "Reply-To"} {
			raw := b.bytes(letter{from: "cert@example.co.jp", text: "Please acknowledge.\nconditions: forward-log-as-is\n", document: report, signer: signer})
			if d := b.take(append([]byte(field+": cert@example.co.jp\r\n"), raw...)); d != Held {
				t.Errorf("%s: became %q for %v", field, d, b.last().Reasons)
			}
		}
	}
	wantKinds(t, b.deliveries(""))
}
