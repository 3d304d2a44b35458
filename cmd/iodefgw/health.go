package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"

	"iodefgw/relay"
)

// health knows how the parts of the daemon are: "" for one that is well, else
// a word for what it lacks. It holds no text from outside.
type health struct {
	mu       sync.Mutex
	parts    map[string]string
	beat     time.Time // when the daemon's loop last came round
	problems int       // that fsck found since the start
	progress string    // of fsck, while it is at work beside the queue
}

func newHealth(mailboxes []string) *health {
	h := &health{parts: map[string]string{"smtp": "", "config": ""}}
	for _, name := range mailboxes {
		h.parts[imapPart(mailboxes, name)] = "not connected yet"
	}
	return h
}

// imapPart is the part that a mailbox is: with its name where there are others.
func imapPart(all []string, name string) string {
	if len(all) == 1 {
		return "imap"
	}
	return "imap " + printable(name)
}

func (h *health) set(part, trouble string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.parts[part] = trouble
}

func (h *health) beats(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.beat = now
}

// checked is told how far fsck has come.
func (h *health) checked(done, total int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.progress = fmt.Sprintf(", %d of %d rows looked at", done, total)
}

// found is told what a check of fsck has found: the first of what can leave, or the whole.
func (h *health) found(problems int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.problems = max(h.problems, problems)
	h.parts["fsck"], h.progress = "", ""
	if h.problems > 0 {
		h.parts["fsck"] = fmt.Sprintf("found %d problems and has held the queue: the log and \"iodefgw fsck\" list them", h.problems)
	}
}

// fsck is how many problems were found, and how far the check has come.
func (h *health) fsck() (problems int, progress string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.problems, h.progress
}

// troubles is a copy of the parts, and whether the loop still turns.
func (h *health) troubles() (parts map[string]string, alive bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.parts), time.Since(h.beat) < stillness
}

// stillness is how long the daemon's loop may stand still before the daemon is
// called dead; it is also the unit's WatchdogSec.
const stillness = time.Minute

// intake is told how a mailbox is (mailgw.IMAP.Status).
func (h *health) intake(part string, err error) {
	var said *imap.Error
	switch {
	case errors.As(err, &said):
		h.set(part, "refused by the server: the log says why") // as where there is no such mailbox
	case err != nil:
		h.set(part, "not connected")
	default:
		h.set(part, "")
	}
}

// watchSend takes from each attempt whether the server can be reached at all.
// What it says of one message is no trouble of the server's.
func (h *health) watchSend(send func(context.Context, relay.Mail) error) func(context.Context, relay.Mail) error {
	return func(ctx context.Context, mail relay.Mail) error {
		err := send(ctx, mail)
		var failed *relay.SendError
		switch {
		case err == nil:
			h.set("smtp", "")
		case ctx.Err() == nil && errors.As(err, &failed) && slices.Contains([]string{"dial", "tls", "greeting", "auth"}, failed.Phase):
			h.set("smtp", "no connection: "+failed.Phase)
		}
		return err
	}
}

// state says how all parts are: one line each.
func (d *daemon) state(ctx context.Context) (text string, ready, alive bool) {
	parts, alive := d.health.troubles()
	parts["store"] = ""
	if err := d.store.Healthy(); err != nil {
		parts["store"] = "the last transaction was lost" // disk full, I/O error: the log says more
	}
	held, err := d.store.QueueHeld(ctx)
	parts["queue"] = ""
	switch {
	case err != nil:
		parts["store"] = "cannot be read"
	case held != "":
		parts["queue"] = "held: queue list says why"
	}
	ready = true
	_, progress := d.health.fsck()
	for _, p := range slices.Sorted(maps.Keys(parts)) {
		if parts[p] == "" {
			if text += p + ": ok"; p == "fsck" {
				text += progress
			}
			text += "\n"
			continue
		}
		ready = ready && (p == "queue" || p == "config") // an operator's wish is no fault; with the former config all works
		text += p + ": " + parts[p] + "\n"
	}
	return text, ready && alive, alive && parts["store"] != "cannot be read"
}

// handler answers monitoring. /healthz says whether to restart the daemon,
// /readyz whether all it needs is there, /metrics gives figures. None of them
// tells anything of a report; still they are for loopback unless the config
// says otherwise.
func (d *daemon) handler() http.Handler {
	mux := http.NewServeMux()
	answer := func(ok func(ready, alive bool) bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			text, ready, alive := d.state(r.Context())
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			if !ok(ready, alive) {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			fmt.Fprint(w, text)
		}
	}
	mux.HandleFunc("GET /healthz", answer(func(_, alive bool) bool { return alive }))
	mux.HandleFunc("GET /readyz", answer(func(ready, _ bool) bool { return ready }))
	mux.HandleFunc("GET /metrics", d.serveMetrics)
	return mux
}

func (d *daemon) serveMetrics(w http.ResponseWriter, r *http.Request) {
	c, err := d.store.Counts(r.Context())
	if err != nil {
		http.Error(w, "the database cannot be read", http.StatusServiceUnavailable)
		return
	}
	held, err := d.store.QueueHeld(r.Context())
	if err != nil {
		http.Error(w, "the database cannot be read", http.StatusServiceUnavailable)
		return
	}
	now := d.env.Now()
	var text bytes.Buffer
	e := exposition{&text}
	e.mails(d.metrics)
	e.counts(c, now)
	e.stages(d.metrics)
	e.keys(d.expiries(now), now)
	parts, _ := d.health.troubles()
	parts["store"] = ""
	if d.store.Healthy() != nil {
		parts["store"] = "lost"
	}
	e.family("up", "gauge", "Whether a part is well: store, imap, smtp, fsck; config: 0 while a changed policy, parties or letters are refused.")
	for _, p := range slices.Sorted(maps.Keys(parts)) {
		e.value("up", map[bool]float64{true: 1}[parts[p] == ""], "part", p)
	}
	problems, _ := d.health.fsck()
	e.family("fsck_problems", "gauge", "Broken promises of the database that were found since the start; they hold the queue.")
	e.value("fsck_problems", float64(problems))
	e.family("queue_held", "gauge", "Whether the whole queue is held.")
	e.value("queue_held", map[bool]float64{true: 1}[held != ""])
	e.process()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(text.Bytes())
}

// serveHTTP runs the monitoring server until ctx ends; without an address
// there is none.
func (d *daemon) serveHTTP(ctx context.Context) error {
	if d.listener == nil {
		return nil
	}
	server := &http.Server{
		Handler: d.handler(), MaxHeaderBytes: 8 << 10, // a scraper sends little; nobody else should come
		ReadTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute,
	}
	var wg sync.WaitGroup
	wg.Add(1)
	defer wg.Wait()
	ended := make(chan struct{})
	go func() {
		defer wg.Done()
		select {
		case <-ctx.Done():
		case <-ended:
		}
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if server.Shutdown(grace) != nil {
			_ = server.Close()
		}
	}()
	err := server.Serve(d.listener)
	close(ended)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve http: %w", err)
}

// listen opens the monitoring address. A port alone is on loopback.
func listen(addr string) (net.Listener, error) {
	if addr == "" {
		return nil, nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen on http.addr: %w", err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, Hint{fmt.Errorf("listen on http.addr: %w", err), "take another port, or leave http.addr out"}
	}
	return l, nil
}
