package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"iodefgw/iodef"
	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
)

// demoMail is one mail to the gateway and what should come of it.
type demoMail struct {
	name    string // short, for the tables and the file
	what    string // for the reader, one line
	from    string // party that it says it is from
	make    func(*demoSite, ReportInput) ([]byte, error)
	input   ReportInput
	signer  string // party whose key signs; "" is the stranger's
	expects demoOutcome

	messageID string
}

// demoOutcome is what should come of a mail.
type demoOutcome struct {
	reason string   // the decisive one; a mail that is not accepted is held
	ticket string   // name of the mail whose ticket it joins, its own for a new one; "" for none
	state  string   // of the ticket
	sent   []string // "party kind stage", in order by party; what the mail and the answers to it lead to
}

// Addresses of hosts in the demo.
const (
	demoTarget = "203.0.113.25" // www.example.co.jp, cert-u's: what hide-my-ip hides
	demoThird  = "198.18.0.99"  // nobody's that we know
)

// demoMails is the programme. seen is when the accesses happened.
func demoMails(now time.Time) []*demoMail {
	seen := now.Add(-26 * time.Hour).In(time.FixedZone("", 9*60*60)).Truncate(time.Second)
	at := func(after int) string { return seen.Add(time.Duration(after) * time.Second).Format("Jan _2 15:04:05") }
	// Three lines on one source: harmless, with addresses of the reporter, with
	// one of a third party.
	lines := func(after int, source string) string {
		withPort := netip.AddrPortFrom(netip.MustParseAddr(source), 443).String()
		return at(after) + " www sshd[812]: Failed password for root from " + source + " port 40122 ssh2\n" +
			at(after+2) + " www sshd[812]: Connection from " + source + " to " + demoTarget + ":22 (r-203-0-113-25.example.co.jp)\n" +
			at(after+84) + " www proxy: " + demoThird + " CONNECT " + withPort
	}
	www := []Target{{netip.MustParseAddr(demoTarget), "www.example.co.jp"}}
	mails := []*demoMail{
		{
			name: "as-is", from: "cert-u", signer: "cert-u",
			what: `signed, in Japanese: "forward my logs as they are"`,
			input: ReportInput{
				ID: "2026-0117", Sources: addresses("198.51.100.77"), Targets: www, Port: 22, Log: lines(0, "198.51.100.77"),
				Language: "ja", Conditions: "条件: ログそのまま転送可", References: []string{"JPCERT#26110017"},
			},
			expects: demoOutcome{"good-signature", "as-is", "open", []string{
				"cert-u ack", "isp-r notice first-contact", "isp-r notice acknowledged", "cert-u outcome"}},
		},
		{
			name: "hide-my-ip", from: "cert-u", signer: "cert-u",
			what: `signed: "hide only my site's IP address"; sources at two sites`,
			input: ReportInput{
				ID: "2026-0118", Sources: addresses("2001:db8:5::77", "192.0.2.150"), Targets: www, Port: 22,
				Log: lines(0, "2001:db8:5::77") + "\n" + lines(600, "192.0.2.150"),
				Conditions: "-----BEGIN DISCLOSURE CONDITIONS-----\nversion: 1\nconditions: hide-my-ip\nclock: ntp\n" +
					"-----END DISCLOSURE CONDITIONS-----",
			},
			expects: demoOutcome{"good-signature", "hide-my-ip", "open", []string{
				"cert-u ack", "csirt-n notice first-contact", "csirt-n notice trusted", "cert-u outcome",
				"isp-j notice first-contact", "isp-j notice acknowledged"}},
		},
		{
			name: "silent", from: "org-v", signer: "org-v",
			what: "signed, without conditions, asks that nobody be told",
			input: ReportInput{
				ID: "V-31", Sources: addresses("198.51.100.90"), Targets: []Target{{netip.MustParseAddr("198.18.5.25"), ""}},
				Port: 53, Protocol: 17, Expect: []string{},
			},
			expects: demoOutcome{"good-signature", "silent", "needs-consent", []string{"org-v ack", "org-v question"}},
		},
		{
			name: "forged", from: "cert-u",
			what: "cert-u's address, signed by somebody else's key",
			input: ReportInput{
				ID: "2026-0119", Sources: addresses("198.51.100.66"), Targets: www, Port: 22, Conditions: presetLine("forward-log-as-is"),
			},
			expects: demoOutcome{reason: pgp.TagUnknownKey},
		},
		{
			name: "tampered", from: "org-v", signer: "org-v", make: tamperedReport,
			what: "signed by org-v; its conditions were loosened on the way",
			input: ReportInput{
				ID: "V-32", Sources: addresses("198.51.100.67"), Targets: []Target{{netip.MustParseAddr("198.18.5.26"), ""}},
				Port: 22, Conditions: presetLine("no-relay"),
			},
			expects: demoOutcome{reason: pgp.TagBad},
		},
		{
			name: "update", from: "cert-u", signer: "cert-u",
			what: "cert-u's first report again, with one more line of log",
			input: ReportInput{
				ID: "2026-0117", Sources: addresses("198.51.100.77"), Targets: www, Port: 22,
				Log:      lines(0, "198.51.100.77") + "\n" + at(310) + " www sshd[813]: Failed password for root from 198.51.100.77 port 40177 ssh2",
				Language: "ja", Conditions: "条件: ログそのまま転送可", References: []string{"JPCERT#26110017"},
			},
			expects: demoOutcome{"good-signature", "as-is", "open", []string{"cert-u ack", "isp-r notice acknowledged", "cert-u outcome"}},
		},
		{
			name: "v1-gzip", from: "org-v", signer: "org-v",
			what: "signed, IODEF version 1 in a .xml.gz, the least may be told",
			input: ReportInput{
				Version: iodef.V1, Gzip: true, ID: "V-33", Sources: addresses("2001:db8:5::2:1"), Type: "dos", Severity: "medium",
				Targets: []Target{{netip.MustParseAddr("198.18.5.27"), "mx.org-v.example"}}, Port: 25, Conditions: presetLine("minimal"),
			},
			expects: demoOutcome{"good-signature", "v1-gzip", "open", []string{
				"isp-j notice first-contact", "isp-j notice acknowledged", "org-v ack"}},
		},
		{
			name: "broken", from: "org-v", signer: "org-v", make: brokenReport,
			what: "signed, but its XML ends in the middle",
			input: ReportInput{
				ID: "V-34", Sources: addresses("198.51.100.91"), Targets: []Target{{netip.MustParseAddr("198.18.5.28"), ""}}, Port: 22,
			},
			expects: demoOutcome{reason: "malformed-document"},
		},
	}
	for i, m := range mails {
		// Minutes apart: of two reports with one number the later counts.
		m.input.Now = now.Truncate(time.Second).Add(time.Duration(i-len(mails)) * time.Minute)
		m.input.Seen = seen
	}
	return mails
}

func addresses(list ...string) (all []netip.Addr) {
	for _, a := range list {
		all = append(all, netip.MustParseAddr(a))
	}
	return all
}

// build makes the mail's bytes.
func (m *demoMail) build(s *demoSite) ([]byte, error) {
	in := m.input
	var p *relay.Party
	for _, q := range s.parties {
		if q.ID == m.from {
			p = q
		}
	}
	in.Name, in.From, in.To = p.Name, p.Contact(), demoAddress
	in.Sign, in.Random = s.stranger, s.env.Rand
	if m.signer != "" {
		in.Sign = s.secrets[m.signer]
	}
	build := m.make
	if build == nil {
		build = func(_ *demoSite, in ReportInput) ([]byte, error) { return BuildReport(in) }
	}
	raw, err := build(s, in)
	if err != nil {
		return nil, fmt.Errorf("make demo mail %q: %w", m.name, err)
	}
	m.messageID = message.Parse(raw).Header.Get("Message-ID")
	return raw, nil
}

// tamperedReport is a report that somebody changed after it was signed.
func tamperedReport(_ *demoSite, in ReportInput) ([]byte, error) {
	raw, err := BuildReport(in)
	if err != nil {
		return nil, err
	}
	changed := bytes.Replace(raw, []byte("conditions: no-relay"), []byte("conditions: forward-log-as-is"), 1)
	if bytes.Equal(raw, changed) {
		return nil, errors.New("its conditions are not where they were")
	}
	return changed, nil
}

// brokenReport is signed in order, but half of its document is missing.
func brokenReport(_ *demoSite, in ReportInput) ([]byte, error) {
	if err := in.complete(); err != nil {
		return nil, err
	}
	document, err := reportDocument(&in)
	if err != nil {
		return nil, err
	}
	header, err := in.header()
	if err != nil {
		return nil, err
	}
	entity, err := message.Entity("The document was cut off.\n", message.Attachment{
		Type: "application/xml", Filename: "incident.xml", Data: string(document[:len(document)/2]),
	})
	if err != nil {
		return nil, err
	}
	return pgp.Seal(header, entity, in.Sign, nil, in.Now, in.Random)
}

// accepted reports whether the mail should open or change a ticket.
func (o demoOutcome) accepted() bool { return o.ticket != "" }

// to lists the parties that should hear of the mail.
func (o demoOutcome) to() (parties []string) {
	for _, s := range o.sent {
		p, _, _ := strings.Cut(s, " ")
		parties = appendNew(parties, p)
	}
	return parties
}
