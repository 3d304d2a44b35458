package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	_ "github.com/mattn/go-sqlite3"

	"iodefgw/store"
)

// TestFsckAtStartHoldsTheQueue: somebody with the file has changed a proof and an
// event. The daemon that starts on it takes mail as always and sends nothing,
// says so wherever it is looked at, and goes on when an operator says so.
func TestFsckAtStartHoldsTheQueue(t *testing.T) {
	box := &letterbox{got: map[string]int{}}
	site, inbox := startSite(t, func() smtp.Session { return box })
	c := site.config
	report := func(n int) { check(t, inbox.take(signedReport(t, site, fmt.Sprint(n), "from 198.51.100.77\n"))) }
	start := func(log *bytes.Buffer) (d *daemon, stop func()) {
		d, err := newDaemon(context.Background(), site.env, c, slog.New(slog.NewTextHandler(log, nil)), true)
		check(t, err)
		d.queue.Poll = 20 * time.Millisecond // sees what the operator says
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- d.run(ctx) }()
		return d, func() { cancel(); check(t, <-done); check(t, d.close()) }
	}
	counts := func(d *daemon) store.Counts {
		now, err := d.store.Counts(context.Background())
		check(t, err)
		return now
	}

	report(1)
	d, stop := start(&bytes.Buffer{})
	until(t, "receipt and notice are sent", func() bool { return counts(d).Deliveries[store.Sent] == 2 })
	if _, text := get(d, "/healthz"); !strings.Contains(text, "fsck: ok\n") {
		t.Errorf("before: %s", text)
	}
	stop()

	db, err := sql.Open("sqlite3", c.Gateway.Database)
	check(t, err)
	_, err = db.Exec("DROP TRIGGER event_is_final; UPDATE event SET actor = 'mallory' WHERE seq = 2; UPDATE decision SET scan = 'leak' WHERE id = 2")
	check(t, err)
	check(t, db.Close())

	report(2)
	var log bytes.Buffer
	d, stop = start(&log)
	until(t, "the second report is taken", func() bool { return counts(d).Mails[store.MailAccepted] == 2 })
	until(t, "the queue is held", func() bool { _, text := get(d, "/metrics"); return figure(t, text, "queue_held") == 1 })
	if status, text := get(d, "/healthz"); status != 200 || !strings.Contains(text, "fsck: found 3 problems and has held the queue") {
		t.Errorf("health %d: %s", status, text)
	}
	if status, _ := get(d, "/readyz"); status != 503 {
		t.Errorf("ready: %d", status)
	}
	_, text := get(d, "/metrics")
	if n := figure(t, text, "fsck_problems"); n != 3 {
		t.Errorf("%v problems", n)
	}
	why, err := d.store.QueueHeld(context.Background())
	check(t, err)
	if why != "fsck found decision-proof decision/2 and 2 more" {
		t.Errorf("held because %q", why)
	}
	if now := counts(d).Deliveries; now[store.Sent] != 2 || now[store.Queued] == 0 {
		t.Errorf("deliveries: %v", now)
	}
	check(t, d.store.ReleaseQueue(context.Background(), "alice", "looked at it"))
	until(t, "the operator's go sends", func() bool { now := counts(d).Deliveries; return now[store.Queued] == 0 && now[store.Sent] > 2 })
	stop()
	for _, want := range []string{"rule=decision-proof subject=decision/2", "rule=decision-digest subject=decision/2", "rule=audit-chain subject=event/2", "iodefgw queue resume"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %s:\n%s", want, &log)
		}
	}
}
