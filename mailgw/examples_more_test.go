package mailgw

import (
	"strings"
	"testing"
)

// TestExample4 is two reporters on one ticket, and two recipients that are told
// different things of it.
func TestExample4(t *testing.T) {
	const name = "4-two-reporters"
	b := newBench(t, examples+"/"+name+"/parties.toml", auto, "cert-u", "org-v", "csirt-n")
	send := func(party, from, document string) {
		t.Helper()
		d := b.send(letter{from: from, subject: "Incident report", text: string(readFile(t, examples, name, party+"-conditions.txt")),
			document: readFile(t, examples, document), signer: b.keys[party]})
		if d != Processed {
			t.Fatalf("the report of %s became %q, reasons %q", party, d, b.last().Reasons)
		}
	}
	send("cert-u", "cert@example.co.jp", "report.xml")
	send("org-v", "ir@org-v.example", name+"/org-v-report.xml")
	b.acknowledge(b.deliveries("isp-r")[0])

	wantKinds(t, b.deliveries("org-v"), "org-v ack  sent")
	told := b.deliveries("isp-r")
	wantKinds(t, told, "isp-r notice first-contact cancelled", "isp-r notice first-contact sent", "isp-r notice acknowledged queued")
	golden(t, told[2], name+"/isp-r-acknowledged.eml")
	peers := b.deliveries("csirt-n")
	// What was queued for it named a machine of org-v by a pseudonym.
	wantKinds(t, peers, "csirt-n notice trusted cancelled", "csirt-n notice trusted sent")
	golden(t, peers[1], name+"/csirt-n-trusted.eml")
	for _, d := range b.deliveries("") {
		switch d.Party {
		case "isp-r", "csirt-n":
			if strings.Contains(plain(d), "192.0.2.") && d.Party == "isp-r" || strings.Contains(plain(d), "Org V") {
				t.Errorf("%s hears of the second reporter:\n%s", d.Party, plain(d))
			}
		}
	}
	b.fsck()
}

// TestExample6 is a profile in the policy: a /24 that is wholly one party's is
// masked, third parties get names, binary evidence stays.
func TestExample6(t *testing.T) {
	const name = "6-generalise"
	b := newBench(t, examples+"/"+name+"/parties.toml", string(readFile(t, examples, name, "policy.toml")), "cert-u", "csirt-n")
	d := b.send(letter{from: "cert@example.co.jp", subject: "Incident report", text: "Please see the attachment.\n",
		document: readFile(t, examples, name, "report.xml"), signer: b.keys["cert-u"]})
	if d != Processed {
		t.Fatalf("the report became %q, reasons %q", d, b.last().Reasons)
	}
	wantKinds(t, b.deliveries("csirt-n"), "csirt-n notice trusted queued")
	golden(t, b.deliveries("csirt-n")[0], name+"/csirt-n-trusted.eml")
	b.fsck()
}

// TestPartyWithoutReceipts: a machine's feed may do without an acknowledgement
// of each report; what it must decide it is asked all the same.
func TestPartyWithoutReceipts(t *testing.T) {
	for _, c := range []struct{ document, conditions, want string }{
		{"report.xml", "conditions: hide-my-ip\n", "isp-r notice first-contact queued"},
		{"3-no-conditions/report.xml", "", "cert-u question  queued"},
	} {
		b := newBench(t, examples+"/parties.toml", auto, "cert-u")
		none := false
		b.gateway.Current().Parties.ByID("cert-u").Receipts = &none
		d := b.send(letter{from: "cert@example.co.jp", text: "Please see the attachment.\n" + c.conditions, signer: b.keys["cert-u"],
			document: readFile(t, examples, c.document)})
		if d != Processed {
			t.Fatalf("the report became %q, reasons %q", d, b.last().Reasons)
		}
		wantKinds(t, b.deliveries(""), c.want)
		b.fsck()
	}
}
