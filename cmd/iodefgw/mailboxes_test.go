package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"

	"iodefgw/store"
)

// TestSeveralMailboxes: mails of all mailboxes are taken. One that is not there
// keeps the others from nothing, health says which it is, and when it is made
// its mails are taken too.
func TestSeveralMailboxes(t *testing.T) {
	c, err := parseConfig("iodefgw.toml", `[gateway]
name = "GW"
domain = "gw.example.org"
address = "ir@gw.example.org"
operators = ["alice"]
[imap]
addr = "imap.example.org:993"
username = "ir"
password_file = "p"
mailbox = ["INBOX", "Abuse", "Missing"]
[smtp]
addr = "smtp.example.org:587"
`)
	check(t, err)
	d, inbox, _ := startOps(t)
	d.config.IMAP.Mailbox, d.imap, d.health = c.IMAP.Mailbox, nil, newHealth(c.IMAP.Mailbox)
	for _, name := range c.IMAP.Mailbox {
		m := d.mailbox(name)
		m.Jitter = func() float64 { return 0 }
		d.imap = append(d.imap, m)
	}
	put := func(folder string, n int) {
		raw := fmt.Sprintf("From: a@x.example\r\nTo: %s\r\nSubject: %s %d\r\n\r\nHello.\r\n", demoAddress, folder, n)
		_, err := inbox.user.Append(folder, literal{bytes.NewReader([]byte(raw))}, &imap.AppendOptions{})
		check(t, err)
	}
	check(t, inbox.user.Create("Abuse", nil))
	check(t, inbox.user.Create("Held", nil)) // of two that make it at once one would leave its mail in place
	put("INBOX", 1)
	put("Abuse", 1)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.run(ctx) }()
	held := func() int64 {
		now, err := d.store.Counts(ctx)
		check(t, err)
		return now.Mails[store.MailHeld]
	}
	until(t, "both mails are taken", func() bool { return held() == 2 && inbox.count("INBOX") == 0 && inbox.count("Abuse") == 0 })
	until(t, "health names the missing one", func() bool {
		status, text := get(d, "/readyz")
		return status == 503 && strings.Contains(text, "imap Abuse: ok\n") && strings.Contains(text, "imap INBOX: ok\n") &&
			strings.Contains(text, "imap Missing: refused by the server")
	})
	if _, text := get(d, "/metrics"); figure(t, text, `up{part="imap Abuse"}`) != 1 || figure(t, text, `up{part="imap Missing"}`) != 0 {
		t.Error("the metrics do not say so")
	}
	put("Abuse", 2)
	put("INBOX", 2)
	until(t, "the others go on", func() bool { return held() == 4 })
	check(t, inbox.user.Create("Missing", nil))
	put("Missing", 1)
	until(t, "the one that was missing is taken", func() bool { return held() == 5 })
	until(t, "all is well", func() bool { status, _ := get(d, "/readyz"); return status == 200 })
	stop()
	check(t, <-done)
}
