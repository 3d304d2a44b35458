package mailgw

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/store"
)

// story is a report, an answer and what follows: six messages, two of them
// encrypted to cert-u.
func story(t *testing.T) (*bench, []store.Delivery) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	if d := b.report("conditions: forward-log-as-is\n"); d != Processed {
		t.Fatalf("the report became %q, reasons %q", d, b.last().Reasons)
	}
	b.now = b.now.Add(time.Hour)
	b.acknowledge(b.deliveries("isp-r")[0])
	all := b.deliveries("")
	if len(all) < 4 {
		t.Fatalf("%d messages", len(all))
	}
	return b, all
}

// TestCase_123_SameInputsSameMessage: clock and random numbers given, a message
// is the same to the byte. What is encrypted holds a session key of its own
// each time, and is compared before.
func TestCase_123_SameInputsSameMessage(t *testing.T) {
	_, one := story(t)
	_, two := story(t)
	if len(one) != len(two) {
		t.Fatalf("%d messages, and %d", len(one), len(two))
	}
	for i := range one {
		a, b := one[i].Bytes, two[i].Bytes
		if bytes.Contains(a, []byte("multipart/encrypted")) {
			a, b = one[i].Plain, two[i].Plain
		}
		if len(a) == 0 || !bytes.Equal(a, b) || one[i].From != two[i].From || one[i].MessageID != two[i].MessageID {
			t.Errorf("message %d to %s is not the same again:\n%s\n%s", i, one[i].To, a, b)
		}
	}
}

// TestCase_122_NoneSeesTheOther: a party that is to be told for two reasons is
// told once, and no message names another's recipient.
func TestCase_122_NoneSeesTheOther(t *testing.T) {
	b := newBench(t, examples+"/4-two-reporters/parties.toml", auto, "cert-u", "csirt-n")
	document := bytes.Replace(readFile(t, examples, "report.xml"), []byte("<Flow>"), // a second host of isp-r
		[]byte(`<Flow><System category="source"><Node><Address category="ipv4-addr">198.51.100.78</Address></Node></System>`), 1)
	if d := b.send(letter{from: "cert@example.co.jp", text: string(readFile(t, examples, "4-two-reporters", "cert-u-conditions.txt")),
		document: document, signer: b.keys["cert-u"]}); d != Processed {
		t.Fatalf("the report became %q, reasons %q", d, b.last().Reasons)
	}
	all := b.deliveries("")
	told := map[string]int{}
	for _, d := range all {
		told[d.Party]++
		header := message.Parse([]byte(plain(d))).Header
		if header.Get("Cc") != "" || header.Get("Bcc") != "" || !strings.Contains(header.Get("To"), d.To) || strings.Contains(header.Get("To"), ",") {
			t.Errorf("to %s: To %q, Cc %q, Bcc %q", d.To, header.Get("To"), header.Get("Cc"), header.Get("Bcc"))
		}
		for _, other := range all {
			if other.To != d.To && (strings.Contains(plain(d), other.To) || bytes.Contains(d.Bytes, []byte(other.To))) {
				t.Errorf("the message to %s names %s", d.To, other.To)
			}
		}
	}
	if len(told) < 3 {
		t.Errorf("told %v, want the reporter and two others", told)
	}
	for party, n := range told {
		if n != 1 {
			t.Errorf("%s is told %d times", party, n)
		}
	}
}

// TestCase_125_OneRecipientKey: each encrypted message opens with one key, its
// recipient's: neither the gateway nor who reported is another.
func TestCase_125_OneRecipientKey(t *testing.T) {
	b, all := story(t)
	armored, err := b.keys["cert-u"].Armor()
	b.check(err)
	ring, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(armored))
	b.check(err)
	want := ring[0].Subkeys[0].PublicKey.KeyId
	encrypted := 0
	for _, d := range all {
		if !bytes.Contains(d.Bytes, []byte("multipart/encrypted")) {
			continue
		}
		encrypted++
		if d.Party != "cert-u" {
			t.Errorf("encrypted to %s, who has no key", d.Party)
		}
		var keys []uint64
		for _, p := range packets(t, d.Bytes, "PGP MESSAGE") {
			if k, ok := p.(*packet.EncryptedKey); ok {
				keys = append(keys, k.KeyId)
			}
		}
		if !slices.Equal(keys, []uint64{want}) {
			t.Errorf("delivery %d opens with the keys %X, want %X", d.ID, keys, want)
		}
	}
	if encrypted == 0 {
		t.Error("nothing was encrypted")
	}
}

// packets are those of the first block of a kind in a mail, as far as they can
// be read without a key.
func packets(t *testing.T, mail []byte, kind string) (list []packet.Packet) {
	t.Helper()
	_, block, ok := bytes.Cut(mail, []byte("-----BEGIN "+kind))
	if !ok {
		t.Fatalf("no %s in\n%s", kind, mail)
	}
	a, err := armor.Decode(strings.NewReader("-----BEGIN " + kind + string(block)))
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Header) > 0 {
		t.Errorf("armor headers %v", a.Header)
	}
	for {
		p, err := packet.Read(a.Body)
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
		if _, sealed := p.(*packet.SymmetricallyEncrypted); sealed {
			return list
		}
	}
}

// TestCase_126_SignatureTellsOnlyItsTime: a signature is made at the time that
// the mail's Date says, in its second, and says nothing of the computer: no
// notation but the library's salt, no comment, no version.
func TestCase_126_SignatureTellsOnlyItsTime(t *testing.T) {
	b, all := story(t)
	public, err := b.gateway.Secret.Public()
	b.check(err)
	clear := 0
	for _, d := range all {
		m := message.Parse(d.Bytes)
		date, err := time.Parse("Mon, 02 Jan 2006 15:04:05 -0700", m.Header.Get("Date"))
		b.check(err)
		opened := pgp.Open(m, pgp.NewKeyring([]*pgp.Key{public}), b.keys["cert-u"], pgp.Policy{}, b.now)
		if len(opened.Signatures) != 1 || opened.Signatures[0].Tag != pgp.TagGood || !opened.Signatures[0].Created.Equal(date) {
			t.Errorf("delivery %d of %s: signatures %+v", d.ID, date, opened.Signatures)
		}
		if bytes.Contains(d.Bytes, []byte("multipart/encrypted")) {
			packets(t, d.Bytes, "PGP MESSAGE") // looks at the armor
			continue
		}
		clear++
		for _, p := range packets(t, d.Bytes, "PGP SIGNATURE") {
			sig, ok := p.(*packet.Signature)
			if !ok || sig.SignerUserId != nil && *sig.SignerUserId != "" && !strings.Contains(*sig.SignerUserId, "gateway@keys.example") || sig.PolicyURI != "" {
				t.Errorf("delivery %d: %+v", d.ID, p)
				continue
			}
			for _, n := range sig.Notations {
				if n.Name != "salt@notations.openpgpjs.org" {
					t.Errorf("delivery %d: notation %s", d.ID, n.Name)
				}
			}
		}
	}
	if clear == 0 {
		t.Error("nothing went in clear")
	}
}

// TestCase_16_MessageIDOfAnyForm: a report without Message-ID, with two, or
// with a huge one is a report like any other, and each is told apart by its
// bytes.
func TestCase_16_MessageIDOfAnyForm(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	for i, change := range []struct{ name, field string }{
		{"none", ""},
		{"two", "Message-ID: <a@test.example>\r\nMessage-ID: <b@test.example>\r\n"},
		{"huge", "Message-ID: <" + strings.Repeat("x", 10<<10) + "@test.example>\r\n"},
		{"one of before", "Message-ID: <a@test.example>\r\n"},
		{"no form", "Message-ID: \x01 not one\r\n"},
	} {
		raw := string(b.bytes(letter{from: "cert@example.co.jp", text: "conditions: minimal\n", signer: b.keys["cert-u"],
			document: bytes.Replace(readFile(t, examples, "report.xml"), []byte("</IncidentID>"), []byte("-"+change.name[:3]+"</IncidentID>"), 1)}))
		before, rest, _ := strings.Cut(raw, "Message-ID: ")
		_, after, _ := strings.Cut(rest, "\r\n")
		if d := b.take([]byte(before + change.field + after)); d != Processed || b.last().State != store.MailAccepted {
			t.Errorf("%s: %q, state %s, reasons %q", change.name, d, b.last().State, b.last().Reasons)
		}
		mails, err := b.store.Mails(context.Background(), store.MailFilter{})
		b.check(err)
		if len(mails) != i+1 {
			t.Errorf("%s: %d mails", change.name, len(mails))
		}
	}
	b.fsck()
}
