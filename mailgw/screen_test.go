package mailgw

import (
	"bytes"
	"testing"

	"iodefgw/mailgw/pgp"
)

// TestTable checks the table against itself: every tag once, every row with an
// action and with what would clear it.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range table {
		if seen[r.tag] {
			t.Errorf("tag %q has two rows", r.tag)
		}
		seen[r.tag] = true
		if r.action != Accept && r.action != Hold && r.action != Record {
			t.Errorf("tag %q: action %q", r.tag, r.action)
		}
		if r.clears == "" {
			t.Errorf("tag %q does not say what would clear it", r.tag)
		}
	}
	if last := table[len(table)-1]; last.tag != pgp.TagGood || last.action != Accept {
		t.Error("a good signature must be the least decisive of all")
	}
}

// TestScreenSituations sends one mail for each way a report can be signed,
// mis-signed or made up, and looks at class, decisive reason and action.
func TestScreenSituations(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u", "org-v")
	report := readFile(t, examples, "report.xml")
	honest := letter{from: "cert@example.co.jp", text: "conditions: minimal\n", document: report, signer: b.keys["cert-u"]}
	with := func(change func(*letter)) []byte {
		l := honest
		change(&l)
		return b.bytes(l)
	}
	tampered := bytes.Replace(b.bytes(honest), []byte("203.0.113.25"), []byte("203.0.113.26"), 1)
	for _, c := range []struct {
		name   string
		raw    []byte
		class  Class
		reason string
		want   Disposition
	}{
		{"honest", b.bytes(honest), ClassTrusted, "good-signature", Processed},
		{"unsigned", with(func(l *letter) { l.signer = nil }), ClassUnsigned, "unsigned", Held},
		{"another party's address", with(func(l *letter) { l.from = "ir@org-v.example" }), ClassValid, "id-conflict", Held},
		{"unknown key", with(func(l *letter) { l.signer = b.key("stranger"); l.from = "x@stranger.example" }), ClassInvalid, "unknown-key", Held},
		{"changed after signing", tampered, ClassInvalid, "bad-signature", Held},
		{"no document", with(func(l *letter) { l.document = nil }), ClassTrusted, "no-document", Held},
		{"broken XML", with(func(l *letter) {
			l.document = []byte("<?xml version=\"1.0\"?>\n<IODEF-Document xmlns=\"urn:ietf:params:xml:ns:iodef-2.0\"><Incident></IODEF-Document>")
		}), ClassTrusted, "malformed-document", Held},
		{"invalid document", with(func(l *letter) {
			l.document = []byte("<?xml version=\"1.0\"?>\n<IODEF-Document version=\"2.00\" xmlns=\"urn:ietf:params:xml:ns:iodef-2.0\"><Incident/></IODEF-Document>")
		}), ClassTrusted, "invalid-document", Held},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := b.take(c.raw); got != c.want {
				t.Errorf("became %q, want %q", got, c.want)
			}
			m := b.last()
			if m.Signature != string(c.class) || len(m.Reasons) == 0 || m.Reasons[0] != c.reason {
				t.Errorf("signature %s, reasons %v; want %s, %s", m.Signature, m.Reasons, c.class, c.reason)
			}
		})
	}
	b.fsck()
}

// TestRejectPolicy: what a site chose to reject is rejected and not held.
func TestRejectPolicy(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto)
	b.gateway.Screen.Reject = []string{"unknown-key"}
	d := b.send(letter{from: "x@stranger.example", document: readFile(t, examples, "report.xml"), signer: b.key("stranger")})
	if d != Rejected {
		t.Errorf("became %q, want rejected", d)
	}
}

// TestCase_14_SameBytesTwice: one report, one ticket, one set of notices.
func TestCase_14_SameBytesTwice(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	raw := b.bytes(letter{from: "cert@example.co.jp", text: "conditions: minimal\n", document: readFile(t, examples, "report.xml"), signer: b.keys["cert-u"]})
	for range 3 {
		if d := b.take(raw); d != Processed {
			t.Fatalf("became %q", d)
		}
	}
	wantKinds(t, b.deliveries(""), "cert-u ack  queued", "isp-r notice first-contact queued")
}

// TestCase_52_Replay: the same signed content under other headers moves nothing.
func TestCase_52_Replay(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	raw := b.bytes(letter{from: "cert@example.co.jp", text: "conditions: minimal\n", document: readFile(t, examples, "report.xml"), signer: b.keys["cert-u"]})
	b.take(raw)
	again := append([]byte("X-Again: yes\r\n"), raw...)
	if d := b.take(again); d != Held || b.last().Reasons[0] != TagReplay {
		t.Errorf("became %q for %v", d, b.last().Reasons)
	}
	wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact queued")
}
