package mailgw

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"iodefgw/relay"
	"iodefgw/store"
)

// dsn is what a mail server writes to the envelope sender of a message.
func dsn(to, action, status string) []byte {
	return []byte("Return-Path: <>\r\nFrom: MAILER-DAEMON@isp-r.example\r\nTo: " + to + "\r\nSubject: Undelivered Mail\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=q\r\n\r\n" +
		"--q\r\n\r\nSorry.\r\n--q\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; isp-r.example\r\n\r\n" +
		"Final-Recipient: rfc822; abuse@isp-r.example\r\nAction: " + action + "\r\nStatus: " + status + "\r\n\r\n--q--\r\n")
}

// sentNotice is a notice to isp-r that its server has taken.
func (b *bench) sentNotice() store.Delivery {
	b.t.Helper()
	if d := b.report("conditions: hide-my-ip"); d != Processed {
		b.t.Fatalf("the report became %q, reasons %q", d, b.last().Reasons)
	}
	d := b.deliveries("isp-r")[0]
	begun, err := b.store.Attempt(context.Background(), d.ID)
	b.check(err)
	b.check(b.store.Sent(context.Background(), d.ID, begun.Attempts, store.Reply{Code: 250}))
	return begun
}

func (b *bench) marked(address string) bool {
	b.t.Helper()
	marked, err := b.store.AddressMarked(context.Background(), address)
	b.check(err)
	return marked
}

// TestCase_118_Bounces: what a bounce says counts only where it comes to the
// envelope sender that was made for one message.
func TestCase_118_Bounces(t *testing.T) {
	for _, c := range []struct {
		name, action, status string
		forge                func(address string) string
		reason               string
		marks                bool
	}{
		{name: "hard", action: "failed", status: "5.1.1", reason: "bounce-failed 5.1.1", marks: true},
		{name: "soft", action: "failed", status: "4.4.7", reason: "bounce-failed 4.4.7"},
		{name: "delayed", action: "delayed", status: "4.4.1", reason: "bounce-delayed 4.4.1"},
		{name: "delivered after all", action: "delivered", status: "2.0.0"},
		{name: "in capitals", action: "failed", status: "5.1.1", forge: strings.ToUpper, reason: "bounce-failed 5.1.1", marks: true},
		{name: "forged token", action: "failed", status: "5.1.1", forge: func(a string) string { return strings.Replace(a, "-", "-0", 1) }},
		{name: "another's token", action: "failed", status: "5.1.1", forge: func(string) string { return "bounce+00112233445566778899aabb-0011223344556677@gw.example.org" }},
		{name: "no token", action: "failed", status: "5.1.1", forge: func(string) string { return "bounce@gw.example.org" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, examples+"/parties.toml", auto, "cert-u")
			d := b.sentNotice()
			to := d.From
			if c.forge != nil {
				to = c.forge(to)
			}
			mail := dsn(to, c.action, c.status)
			before := len(b.deliveries(""))
			if got := b.take(mail); got != Processed {
				t.Errorf("the bounce became %q", got)
			}
			b.take(mail) // a copy changes nothing
			if m := b.last(); m.State != store.MailRecorded || m.Kind != store.KindBounce {
				t.Errorf("the bounce is %s, %s", m.State, m.Kind)
			}
			after, err := b.store.DeliveryByID(context.Background(), d.ID)
			b.check(err)
			if after.Reason != c.reason || after.State != store.Sent {
				t.Errorf("the delivery is %s, %q, want sent, %q", after.State, after.Reason, c.reason)
			}
			if b.marked(d.To) != c.marks {
				t.Errorf("the address is marked: %v", !c.marks)
			}
			if n := len(b.deliveries("")); n != before {
				t.Errorf("a bounce was answered: %d deliveries, before %d", n, before)
			}
			events, err := b.store.Events(context.Background(), store.EventFilter{Subject: fmt.Sprintf("delivery/%d", d.ID)})
			b.check(err)
			told := 0
			for _, e := range events {
				if e.Verb == "bounce" {
					told++
				}
			}
			if want := map[bool]int{true: 1}[c.action == "delivered" || c.reason != ""]; told != want {
				t.Errorf("%d events tell of the bounce, want %d", told, want)
			}
			b.fsck()
		})
	}
}

// TestCase_119_AutoRepliesAcknowledgeNothing sends every automatic answer we
// know of to a real reply token, from the party that was given it.
func TestCase_119_AutoRepliesAcknowledgeNothing(t *testing.T) {
	b := newBench(t, examples+"/parties.toml", auto, "cert-u")
	notice := b.sentNotice()
	files, err := filepath.Glob("../../shared/mail/autoreply/*.eml")
	b.check(err)
	if len(files) == 0 {
		t.Skip("no ../shared beside the repository: mail/autoreply")
	}
	files = append(files, "disposition", "vacation")
	for _, f := range files {
		raw := []byte(own[f])
		if len(raw) == 0 {
			raw = readFile(t, f)
		}
		b.take(readdress(raw, "abuse@isp-r.example", replyTo(t, notice)))
		ticket, err := b.store.Recipients(context.Background(), notice.TicketID)
		b.check(err)
		for _, r := range ticket {
			if r.Party == "isp-r" && r.Stage != "first-contact" {
				t.Fatalf("%s moved isp-r to %s", filepath.Base(f), r.Stage)
			}
		}
		if n := len(b.deliveries("isp-r")); n != 1 {
			t.Fatalf("%s brought %d notices", filepath.Base(f), n)
		}
	}
	b.fsck()
	// The same way a person's answer does move it.
	if d := b.acknowledge(notice); d != Processed || len(b.deliveries("isp-r")) != 2 {
		t.Errorf("a person's answer became %q with %d notices", d, len(b.deliveries("isp-r")))
	}
}

// TestCase_119_ProgramsAcknowledgeNothing: an answer that says a program sent it
// is none, whatever its text, with DKIM too; a person can let it count.
func TestCase_119_ProgramsAcknowledgeNothing(t *testing.T) {
	const plainReply = "Subject: Re: your notice\r\n"
	for _, accept := range []string{"", "accept = \"dkim\"\n"} {
		for name, c := range map[string]struct {
			header string
			want   store.Stage
		}{
			"a person":              {plainReply, store.Acknowledged},
			"a person, said so":     {plainReply + "Auto-Submitted: no\r\n", store.Acknowledged},
			"generated":             {plainReply + "Auto-Submitted: auto-generated\r\n", store.FirstContact},
			"bulk":                  {plainReply + "Precedence: bulk\r\n", store.FirstContact},
			"junk":                  {plainReply + "Precedence: junk\r\n", store.FirstContact},
			"no sender":             {plainReply + "Return-Path: <>\r\n", store.FirstContact},
			"a list":                {plainReply + "List-Id: <abuse.isp-r.example>\r\n", store.FirstContact},
			"not to be answered":    {plainReply + "X-Auto-Response-Suppress: All\r\n", store.FirstContact},
			"a ticket system":       {plainReply + "X-OTRS-Loop: yes\r\n", store.FirstContact},
			"absence in Japanese":   {"Subject: =?utf-8?B?5LiN5Zyo6YCa55+l?=\r\n", store.FirstContact},
			"absence, as an answer": {"Subject: Re: Out of office\r\n", store.FirstContact},
		} {
			file := filepath.Join(t.TempDir(), "parties.toml")
			text := strings.ReplaceAll(string(readFile(t, examples, "parties.toml")), `relation = "abuse-desk"`, "relation = \"abuse-desk\"\n"+accept)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			b := newBench(t, file, auto, "cert-u")
			b.gateway.DKIM.Servers = []string{"mx.gw.example.org"}
			b.report("conditions: minimal\n")
			b.deliver()
			stage := func() store.Stage {
				all, err := b.store.Recipients(t.Context(), 1)
				b.check(err)
				return all[slices.IndexFunc(all, func(r store.Recipient) bool { return r.Party == "isp-r" })].Stage
			}
			b.take([]byte("Authentication-Results: mx.gw.example.org; dkim=pass header.d=isp-r.example\r\n" + c.header +
				"From: abuse@isp-r.example\r\nTo: " + replyTo(t, b.deliveries("isp-r")[0]) + "\r\nDate: Fri, 20 Nov 2026 04:00:00 +0000\r\n\r\nWe have it.\r\n"))
			if got := stage(); got != c.want {
				t.Errorf("%s (%q): the stage is %s for %v, want %s", name, accept, got, b.last().Reasons, c.want)
			}
			if m := b.last(); m.State == store.MailHeld {
				if m.Reasons[0] == TagAutomatic {
					t.Errorf("%s (%q): Screen let pass what nobody signed", name, accept)
				}
				b.check(b.store.Release(t.Context(), m.ID, "alice", "a person wrote it"))
				b.check(b.gateway.Sweep(t.Context()))
				if got := stage(); got != store.Acknowledged {
					t.Errorf("%s, released: the stage is %s", name, got)
				}
			}
			b.fsck()
		}
	}
}

var own = map[string]string{
	"disposition": "Subject: Read: notice\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=q\r\n\r\n" +
		"--q\r\n\r\nIt was displayed.\r\n--q\r\nContent-Type: message/disposition-notification\r\n\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--q--\r\n",
	"vacation": "Subject: Re: notice\r\nAuto-Submitted: auto-replied (vacation)\r\nIn-Reply-To: <a@b>\r\n\r\nI am away.\r\n",
}

// readdress puts other addresses into a mail's header.
func readdress(raw []byte, from, to string) []byte {
	text := strings.ReplaceAll(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n", "\r\n")
	head, body, _ := strings.Cut(text, "\r\n\r\n")
	out := "From: " + from + "\r\nTo: " + to
	skip := false
	for _, line := range strings.Split(head, "\r\n") {
		if !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") {
			name, _, _ := strings.Cut(strings.ToLower(line), ":")
			skip = name == "from" || name == "to" || name == "cc" || name == "delivered-to" || name == "x-original-to"
		}
		if !skip {
			out += "\r\n" + line
		}
	}
	return []byte(out + "\r\n\r\n" + body)
}

// TestCase_120_TwoGateways: each thinks that the other is responsible, and
// sends it what it gets, straight or through a mailing list.
func TestCase_120_TwoGateways(t *testing.T) {
	for _, list := range []bool{false, true} {
		t.Run(fmt.Sprintf("list=%v", list), func(t *testing.T) {
			a := newBench(t, examples+"/parties.toml", auto, "cert-u")
			b := newBench(t, examples+"/parties.toml", auto, "cert-u")
			b.gateway.Secret = b.key("other") // of its own, and so are its marks
			b.neighbour(t, "gateway-a", "ir@gw.example.org", a)
			a.neighbour(t, "gateway-b", "ir@gw-b.example.org", b)
			b.current().Us = relay.Identity{Name: "Other", Address: "ir@gw-b.example.org", Domain: "gw-b.example.org"}
			if d := a.report("conditions: hide-my-ip"); d != Processed {
				t.Fatalf("the report became %q", d)
			}
			passed := map[string]bool{}
			rounds := 0
			for moved := true; moved; rounds++ {
				if rounds == 10 {
					t.Fatal("the gateways write to each other without end")
				}
				moved = false
				for _, hop := range []struct {
					from, to *bench
					party    string
				}{{a, b, "gateway-b"}, {b, a, "gateway-a"}} {
					for _, d := range hop.from.deliveries(hop.party) {
						if passed[d.MessageID] {
							continue
						}
						passed[d.MessageID], moved = true, true
						raw := d.Bytes
						if list {
							raw = append([]byte("List-Id: <loop.example>\r\nPrecedence: list\r\nReceived: from list.example\r\n"), raw...)
						}
						hop.to.take(raw)
						t.Logf("%s to %s: %v", d.Kind, hop.party, hop.to.last().Reasons)
					}
				}
			}
			if m := a.last(); m.State != store.MailRecorded || m.Reasons[0] != TagLoop {
				t.Errorf("the last mail is %s, %q, want a loop", m.State, m.Reasons)
			}
			a.fsck()
			b.fsck()
		})
	}
}

func (b *bench) current() *relay.Relay { return b.gateway.Current().Relay }

// neighbour makes another gateway a party that answers for the addresses of
// isp-r.
func (b *bench) neighbour(t *testing.T, id, address string, other *bench) {
	t.Helper()
	now := *b.gateway.Current()
	public, err := other.gateway.Secret.Public()
	b.check(err)
	b.keep(public)
	all := []*relay.Party{}
	for _, p := range now.Parties.All {
		if p.ID != "isp-r" {
			all = append(all, p)
		}
	}
	p := *now.Parties.ByID("isp-r")
	p.ID, p.Name, p.Addresses, p.Keys = id, id, []string{address}, append(p.Keys[:0:0], public)
	if now.Parties.ByAddress(netip.MustParseAddr("198.51.100.77")) == nil {
		t.Fatal("nobody answers for the reported address")
	}
	now.Parties, err = relay.NewParties(append(all, &p))
	b.check(err)
	r := *now.Relay
	r.Secret = b.gateway.Secret
	r.Mark, err = relay.NewMark(b.gateway.Secret)
	b.check(err)
	now.Relay = &r
	now.Digests.Parties, err = b.store.PutSnapshot(context.Background(), "test", store.SnapshotParties, now.Parties.Text())
	b.check(err)
	b.keep(public)
	now.Digests.Parties, err = b.store.PutSnapshot(context.Background(), "test", store.SnapshotParties, now.Parties.Text())
	b.check(err)
	b.gateway.Use(&now)
}
