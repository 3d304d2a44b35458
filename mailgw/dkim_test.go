package mailgw

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"golang.org/x/net/idna"

	"iodefgw/mailgw/message"
)

// TestDKIMTold reads what our border host says, and only that.
func TestDKIMTold(t *testing.T) {
	d := DKIM{Servers: []string{"mx.gw.example.org"}}
	for _, c := range []struct{ name, fields, want string }{
		{"pass", "mx.gw.example.org; dkim=pass header.d=org-v.example", "org-v.example"},
		{"case and version", "MX.gw.example.org 1; spf=none; dkim=PASS header.d=Org-V.example.", "org-v.example"},
		{"identity only", "mx.gw.example.org; dkim=pass header.i=@mail.org-v.example", "mail.org-v.example"},
		{"two signatures", "mx.gw.example.org; dkim=fail header.d=org-v.example; dkim=pass header.d=list.example", "list.example"},
		{"comment", "mx.gw.example.org; dkim=pass (2048-bit key; good) header.d=org-v.example (org-v)", "org-v.example"},
		{"fail", "mx.gw.example.org; dkim=fail header.d=org-v.example", ""},
		{"another host", "mx.evil.example; dkim=pass header.d=org-v.example", ""},
		{"below another's", "mx.evil.example; dkim=none\nmx.gw.example.org; dkim=pass header.d=org-v.example", ""},
		{"below our own", "mx.gw.example.org; dkim=none\nmx.gw.example.org; dkim=pass header.d=org-v.example", ""},
		{"in a comment", "mx.gw.example.org; spf=pass (x; dkim=pass header.d=org-v.example)", ""},
		{"in a quoted address", `mx.gw.example.org; spf=pass smtp.mailfrom="x; dkim=pass header.d=org-v.example;"@evil.example`, ""},
		{"escaped quote", `mx.gw.example.org; spf=pass smtp.mailfrom="x\"; dkim=pass header.d=org-v.example;"@evil.example`, ""},
		{"open comment", "mx.gw.example.org; dkim=pass header.d=org-v.example (", ""},
		{"later version", "mx.gw.example.org 2; dkim=pass header.d=org-v.example", ""},
		{"no field", "", ""},
	} {
		var raw strings.Builder
		for f := range strings.SplitSeq(c.fields, "\n") {
			if f != "" {
				raw.WriteString("Authentication-Results: " + f + "\r\n")
			}
		}
		raw.WriteString("From: ir@org-v.example\r\n\r\nx\r\n")
		if got := strings.Join(d.passed(context.Background(), message.Parse([]byte(raw.String())), time.Time{}), " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// dkimBench is a gateway whose party org-v opted in.
func dkimBench(t *testing.T) *bench {
	text := strings.Replace(string(readFile(t, examples, "parties.toml")), `id = "org-v"`, "id = \"org-v\"\naccept = \"dkim\"", 1)
	file := filepath.Join(t.TempDir(), "parties.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	b := newBench(t, file, auto, "cert-u")
	b.gateway.DKIM.Servers = []string{"mx.gw.example.org"}
	return b
}

func (b *bench) unsigned(from, conditions string) []byte {
	return b.bytes(letter{from: from, text: conditions, document: readFile(b.t, examples, "report.xml")})
}

// TestDKIMParty: a party that opted in gets its ticket without OpenPGP; whatever
// its conditions grant, at most the preset minimal is relayed.
func TestDKIMParty(t *testing.T) {
	b := dkimBench(t)
	pass := []byte("Authentication-Results: mx.gw.example.org; dkim=pass header.d=org-v.example\r\n")
	if d := b.take(append(pass, b.unsigned("ir@org-v.example", "conditions: forward-log-as-is\n")...)); d != Processed {
		t.Fatalf("became %q for %v", d, b.last().Reasons)
	}
	if m := b.last(); m.Reasons[0] != TagDKIMParty || m.Signature != string(ClassUnsigned) || m.Party != "" {
		t.Errorf("%s for %v, party %q", m.Signature, m.Reasons, m.Party)
	}
	wantKinds(t, b.deliveries(""), "isp-r notice first-contact queued")
	b.acknowledge(b.deliveries("isp-r")[0])
	for _, d := range b.deliveries("isp-r") {
		for _, secret := range []string{"192.0.2.", "203.0.113.", "sshd", "org-v", "L1"} {
			if strings.Contains(plain(d), secret) {
				t.Errorf("%q is in the notice of stage %s:\n%s", secret, d.Stage, plain(d))
			}
		}
	}
	b.fsck()
}

// TestDKIMPartyTightens: what such a mail forbids is obeyed.
func TestDKIMPartyTightens(t *testing.T) {
	b := dkimBench(t)
	pass := []byte("Authentication-Results: mx.gw.example.org; dkim=pass header.d=org-v.example\r\n")
	if d := b.take(append(pass, b.unsigned("ir@org-v.example", "conditions: no-relay\n")...)); d != Processed {
		t.Fatalf("became %q for %v", d, b.last().Reasons)
	}
	wantKinds(t, b.deliveries(""))
}

// TestDKIMPartyOnly: DKIM counts for nobody else, and only aligned with From.
func TestDKIMPartyOnly(t *testing.T) {
	for name, c := range map[string]struct{ from, field string }{
		"party that did not opt in": {"cert@example.co.jp", "mx.gw.example.org; dkim=pass header.d=example.co.jp"},
		"another domain":            {"ir@org-v.example", "mx.gw.example.org; dkim=pass header.d=evil.example"},
		"domain below":              {"ir@org-v.example", "mx.gw.example.org; dkim=pass header.d=evil.org-v.example"},
		"ends alike":                {"ir@org-v.example", "mx.gw.example.org; dkim=pass header.d=v.example"},
		"registry":                  {"ir@org-v.example", "mx.gw.example.org; dkim=pass header.d=example"},
		"address not the party's":   {"x@org-v.example", "mx.gw.example.org; dkim=pass header.d=org-v.example"},
	} {
		b := dkimBench(t)
		b.take(append([]byte("Authentication-Results: "+c.field+"\r\n"), b.unsigned(c.from, "conditions: minimal\n")...))
		if m := b.last(); m.State != "held" || m.Reasons[0] != "unsigned" {
			t.Errorf("%s: %s for %v", name, m.State, m.Reasons)
		}
		wantKinds(t, b.deliveries(""))
	}
}

// TestDKIMCheck checks signatures ourselves, with keys from an invented DNS.
func TestDKIMCheck(t *testing.T) {
	b := dkimBench(t)
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	record := "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))
	asked := 0
	b.gateway.DKIM = DKIM{Lookup: func(_ context.Context, name string) ([]string, error) {
		asked++
		if name != "sel._domainkey.org-v.example" {
			return nil, errors.New("no such name")
		}
		return []string{record}, nil
	}}
	sign := func(raw []byte, domain string, fields ...string) []byte {
		var out bytes.Buffer
		b.check(dkim.Sign(&out, bytes.NewReader(raw), &dkim.SignOptions{
			Domain: domain, Selector: "sel", Signer: crypto.Signer(key), HeaderKeys: fields, Hash: crypto.SHA256,
		}))
		return out.Bytes()
	}
	all := []string{"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
	report := func() []byte { return b.unsigned("ir@org-v.example", "conditions: minimal\n") }
	changed := sign(report(), "org-v.example", all...)
	changed = bytes.Replace(changed, []byte("conditions"), []byte("conditionz"), 1)
	for _, c := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"good", sign(report(), "org-v.example", all...), TagDKIMParty},
		{"another domain", sign(report(), "evil.example", all...), "unsigned"},
		{"structure not signed", sign(report(), "org-v.example", "From", "Subject"), "unsigned"},
		{"changed", changed, "unsigned"},
		{"not signed", report(), "unsigned"},
	} {
		b.take(c.raw)
		if m := b.last(); m.Reasons[0] != c.want {
			t.Errorf("%s: %v, want %s", c.name, m.Reasons, c.want)
		}
	}
	before := asked
	b.take(sign(b.unsigned("cert@example.co.jp", ""), "org-v.example", all...))
	b.take(slices.Concat([]byte("From: ir@org-v.example\r\n"), sign(report(), "org-v.example", all...)))
	if asked != before {
		t.Error("a name server was asked for a mail of nobody who opted in")
	}
}

// TestDomainOf: the short way for plain names comes out as the long one.
func TestDomainOf(t *testing.T) {
	for _, name := range []string{
		"example.org", "Example.ORG", "ex-ample.org", "ex--ample.org", "-a.org", "a-.org", "a..org", ".org", "org", "", "a.", "a.b.",
		"xn--bcher-kva.example", "b\u00fccher.example", "a_b.org", "a b.org", "0.1", "a.-b", "\uff45xample.org",
	} {
		long, err := idna.Lookup.ToASCII(strings.TrimSuffix(name, "."))
		long = strings.ToLower(long)
		if err == nil && !strings.Contains(long, ".") {
			err = errors.New("not a domain name")
		}
		got, err2 := domainOf(name)
		if (err == nil) != (err2 == nil) || err == nil && got != long {
			t.Errorf("%q: %q, %v; want %q, %v", name, got, err2, long, err)
		}
	}
}

// TestDKIMPartyAnswersForItself: DKIM says whose mail it is, and to the address
// that another party answers to it is no answer.
func TestDKIMPartyAnswersForItself(t *testing.T) {
	b := dkimBench(t)
	b.report("conditions: forward-log-as-is\n")
	b.deliver()
	pass := []byte("Authentication-Results: mx.gw.example.org; dkim=pass header.d=org-v.example\r\n")
	m := letter{from: "ir@org-v.example", to: replyTo(t, b.deliveries("isp-r")[0]), text: "We have it.\n"}
	if d := b.take(append(pass, b.bytes(m)...)); d != Held {
		t.Errorf("became %q for %v", d, b.last().Reasons)
	}
	wantKinds(t, b.deliveries("isp-r"), "isp-r notice first-contact sent")
	b.fsck()
}
