package mailgw

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iodefgw/store"
)

var update = flag.Bool("update", false, "write the golden files of the worked examples")

const (
	examples = "../testdata/examples"
	auto     = "version = 1\napproval = \"auto\"\n"
)

// golden compares the mail of a delivery with a file, byte for byte.
func golden(t *testing.T, d store.Delivery, name string) {
	t.Helper()
	path := filepath.Join(examples, name)
	if *update {
		if err := os.WriteFile(path, []byte(plain(d)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(readFile(t, path)), plain(d)); diff != "" {
		t.Errorf("%s (-) differs from what was sent (+):\n%s", name, diff)
	}
}

func kinds(list []store.Delivery) (out []string) {
	for _, d := range list {
		out = append(out, d.Party+" "+string(d.Kind)+" "+string(d.Stage)+" "+string(d.State))
	}
	return out
}

func wantKinds(t *testing.T, list []store.Delivery, want ...string) {
	t.Helper()
	if got := kinds(list); !slices.Equal(got, want) {
		t.Fatalf("deliveries %q, want %q", got, want)
	}
}

// report sends cert-u's signed report with conditions.
func (b *bench) report(conditions string) Disposition {
	b.t.Helper()
	return b.send(letter{
		from: "cert@example.co.jp", subject: "Incident report", text: conditions,
		document: readFile(b.t, examples, "report.xml"), signer: b.keys["cert-u"],
	})
}

// acknowledge is isp-r's answer to a notice, in a plain unsigned mail.
func (b *bench) acknowledge(d store.Delivery) Disposition {
	b.t.Helper()
	b.deliver() // nobody answers what was not sent
	return b.send(letter{
		from: "abuse@isp-r.example", to: replyTo(b.t, d), subject: "Re: your notice",
		text: "We have it and look into it.\n", inReplyTo: d.MessageID,
	})
}

// TestExample1And2 walks both presets through first contact and acknowledgement.
func TestExample1And2(t *testing.T) {
	for _, name := range []string{"1-as-is", "2-hide-my-ip"} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, examples+"/parties.toml", auto, "cert-u")
			if d := b.report(string(readFile(t, examples, name, "conditions.txt"))); d != Processed {
				t.Fatalf("the report became %q, reasons %q", d, b.last().Reasons)
			}
			wantKinds(t, b.deliveries(""), "cert-u ack  queued", "isp-r notice first-contact queued")
			first := b.deliveries("isp-r")[0]
			golden(t, b.deliveries("cert-u")[0], name+"/cert-u-receipt.eml")
			golden(t, first, name+"/isp-r-first-contact.eml")

			if d := b.acknowledge(first); d != Processed {
				t.Fatalf("the answer became %q", d)
			}
			all := b.deliveries("isp-r")
			wantKinds(t, all, "isp-r notice first-contact sent", "isp-r notice acknowledged queued")
			golden(t, all[1], name+"/isp-r-acknowledged.eml")
			if name == "1-as-is" {
				// The log names a third party: it went masked, and cert-u is told.
				told := b.deliveries("cert-u")
				wantKinds(t, told, "cert-u ack  sent", "cert-u outcome  queued")
				golden(t, told[1], name+"/cert-u-masked.eml")
			}
			if name == "2-hide-my-ip" && strings.Contains(plain(all[1]), "203.0.113") {
				t.Error("the hidden network stands in the notice")
			}
			b.fsck()
		})
	}
}

// TestExample3 is a report that says nothing about whom to tell.
func TestExample3(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	m := letter{from: "cert@example.co.jp", subject: "Incident report", text: "Please see the attachment.\n",
		document: readFile(t, examples, "3-no-conditions", "report.xml")}

	m.signer = b.key("stranger")
	if d := b.send(m); d != Held {
		t.Fatalf("a report under an unknown key became %q", d)
	}
	if got := b.last().Reasons[0]; got != "unknown-key" {
		t.Errorf("decisive reason %q, want unknown-key", got)
	}
	wantKinds(t, b.deliveries(""))

	m.signer = b.keys["cert-u"]
	if d := b.send(m); d != Processed {
		t.Fatalf("the report became %q", d)
	}
	all := b.deliveries("")
	wantKinds(t, all, "cert-u ack  queued", "cert-u question  queued")
	golden(t, all[1], "3-no-conditions/cert-u-question.eml")
	tickets, err := b.store.Tickets(context.Background(), store.TicketFilter{})
	b.check(err)
	if len(tickets) != 1 || tickets[0].State != store.TicketNeedsConsent {
		t.Errorf("tickets %+v, want one in needs-consent", tickets)
	}

	// The signed answer opens the way.
	d := b.send(letter{from: "cert@example.co.jp", to: replyTo(t, all[1]), subject: "Re: question", text: "conditions: minimal\n", signer: b.keys["cert-u"]})
	if d != Processed {
		t.Fatalf("the answer became %q, reasons %q", d, b.last().Reasons)
	}
	wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact queued")
	b.fsck()
}

// TestExample5 is a deception: nothing leaves, nobody is answered.
func TestExample5(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	inner := b.bytes(letter{from: "cert@example.co.jp", text: "conditions: forward-log-as-is\n",
		document: readFile(t, examples, "report.xml"), signer: b.key("mallory")})
	if d := b.take(wrapped(inner, readFile(t, examples, "5-deceptive", "preface.txt"))); d != Held {
		t.Fatalf("the deception became %q", d)
	}
	got := slices.Clone(b.last().Reasons)
	slices.Sort(got)
	if want := []string{"id-conflict", "partial-coverage", "unknown-key"}; !slices.Equal(got, want) {
		t.Errorf("reasons %q, want %q", got, want)
	}
	wantKinds(t, b.deliveries(""))
	b.fsck()
}

// wrapped puts a signed mail's body behind an unsigned preface.
func wrapped(signed, preface []byte) []byte {
	header, rest, _ := strings.Cut(string(signed), "Content-Type: multipart/signed")
	header = strings.TrimSuffix(header, "MIME-Version: 1.0\r\n")
	return []byte(header + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n" +
		"--outer\r\nContent-Type: text/plain\r\n\r\n" + strings.ReplaceAll(string(preface), "\n", "\r\n") +
		"\r\n--outer\r\nContent-Type: multipart/signed" + rest + "\r\n--outer--\r\n")
}

// fsck checks what the database promises, and that every decision in it comes
// out the same when it is made again from what was stored (case 180).
func (b *bench) fsck() {
	b.t.Helper()
	b.replay()
	problems, err := b.store.Fsck(context.Background(), nil)
	b.check(err)
	for _, p := range problems {
		b.t.Errorf("fsck: %+v", p)
	}
}
