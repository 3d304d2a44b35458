package mailgw

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"iodefgw/store"
)

// TestCase_162_NothingLeaksSideways: neither the log, nor what people who watch
// are told, nor audit, decisions and mails' reasons hold a value of a report.
func TestCase_162_NothingLeaksSideways(t *testing.T) {
	b := newBench(t, pgpParties(t), auto, "cert-u", "isp-r", "org-v")
	var said bytes.Buffer
	b.gateway.Log = slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b.gateway.Tell = func(_ context.Context, step string, kv ...any) { fmt.Fprintln(&said, append([]any{step}, kv...)...) }
	b.report("conditions: hide-my-ip\n")
	b.answers("Please send more logs.\n", true)
	b.sendAnswer("conditions: forward-log-as-is\n", ispAnswer(t), "isp-r")
	// What cannot be read, cannot be proved, is not signed and comes twice.
	b.send(letter{from: "cert@example.co.jp", text: "conditions: forward-log-as-is\n", document: document(t, "4711", "4712", "Failed password", "GET /%25252525252e%25252525252e/ "+strings.Repeat(`\x5c`, 12)), signer: b.keys["cert-u"]})
	b.send(letter{from: "cert@example.co.jp", text: "conditions: minimal\n", document: document(t, "4711", "4713", "</IODEF-Document>", "203.0.113.25"), signer: b.keys["cert-u"]})
	b.send(letter{from: "cert@example.co.jp", text: "203.0.113.25 was attacked\n", document: document(t, "4711", "4714")})
	b.send(letter{from: "cert@example.co.jp", text: "-----BEGIN DISCLOSURE CONDITIONS-----\nmy-site: 203.0.113.0/33\n-----END DISCLOSURE CONDITIONS-----\n", document: document(t, "4711", "4715"), signer: b.keys["cert-u"]})
	if err := b.gateway.Sweep(t.Context()); err != nil {
		fmt.Fprintln(&said, errors.Unwrap(err), err)
	}
	events, err := b.store.Events(t.Context(), store.EventFilter{Limit: 10000})
	b.check(err)
	for _, e := range events {
		fmt.Fprintln(&said, e.Verb, e.Subject, e.Detail)
	}
	mails, err := b.store.Mails(t.Context(), store.MailFilter{})
	b.check(err)
	for _, m := range mails {
		fmt.Fprintln(&said, m.State, m.Reasons, m.Note)
	}
	tickets, err := b.store.Tickets(t.Context(), store.TicketFilter{})
	b.check(err)
	for _, ticket := range tickets {
		decisions, err := b.store.Decisions(t.Context(), ticket.ID, "")
		b.check(err)
		for _, d := range decisions {
			fmt.Fprintln(&said, string(d.Inputs), string(d.Cells), d.Refusal)
		}
	}
	for _, value := range []string{"203.0.113", "203-0-113", "cb0071", "192.0.2.200", "198.51.100", "c63364", "example.co.jp", "cert@", "abuse@", "mallory", "sshd", "nat:"} {
		if i := strings.Index(strings.ToLower(said.String()), value); i >= 0 {
			t.Errorf("%q stands in …%s…", value, said.String()[max(0, i-200):min(said.Len(), i+100)])
		}
	}
	if !strings.Contains(said.String(), "planned") || !strings.Contains(said.String(), "put-snapshot") && !strings.Contains(said.String(), "decide") {
		t.Error("nothing was said that could leak")
	}
}

// TestCase_163_ReceiptsAreConstant: size and text of a receipt depend on nothing
// of the report.
func TestCase_163_ReceiptsAreConstant(t *testing.T) {
	random := regexp.MustCompile(`[0-9a-f]{16,}`)
	text, size := "", 0
	for name, m := range map[string]letter{
		"the example":        {text: "conditions: minimal\n", document: document(t)},
		"other values":       {text: "conditions: minimal\n", document: document(t, "203.0.113.25", "203.0.113.199", "198.51.100.77", "198.51.100.1", "r-203-0-113-25", "r-203-0-113-199")},
		"a long log":         {text: "conditions: minimal\n", document: document(t, "Failed password", strings.Repeat("Failed password ", 500))},
		"other conditions":   {text: "conditions: forward-log-as-is\n", document: document(t)},
		"nobody to tell":     {text: "conditions: no-relay\n", document: document(t)},
		"another IncidentID": {text: "conditions: minimal\n", document: document(t, "4711", "0123456789012345678901234567890123456789")},
	} {
		b := newBench(t, examples+"/parties.toml", auto, "cert-u")
		m.from, m.signer = "cert@example.co.jp", b.keys["cert-u"]
		if d := b.send(m); d != Processed {
			t.Fatalf("%s became %q for %v", name, d, b.last().Reasons)
		}
		receipt := b.deliveries("cert-u")[0]
		got := random.ReplaceAllString(plain(receipt), "…")
		if text == "" {
			text, size = got, len(receipt.Bytes)
		}
		if got != text || len(receipt.Bytes) != size {
			t.Errorf("%s: a receipt of %d bytes, sealed %d:\n%s\nnot\n%s", name, len(got), len(receipt.Bytes), got, text)
		}
	}
}
