package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"iodefgw/mailgw"
	"iodefgw/relay"
	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// daemon is a gateway at work: its parts, wired. serve, ingest and the demo
// run the same.
type daemon struct {
	env     *Env
	config  *Config
	store   *store.Store
	gateway *mailgw.Gateway
	queue   *relay.Queue
	sender  *relay.Submission
	imap    []*mailgw.IMAP // one for each mailbox
	log     *slog.Logger

	health   *health
	metrics  *metrics
	listener net.Listener  // of monitoring; nil for none
	hangup   chan struct{} // a wish to reload at once
	refused  string        // why the last reload was refused; owned by watch
}

// newDaemon opens the database and puts the parts together; alone takes the
// database for itself, as one daemon may. The caller closes it.
func newDaemon(ctx context.Context, env *Env, c *Config, log *slog.Logger, alone bool) (*daemon, error) {
	secret, err := c.Secret()
	if err != nil {
		return nil, err
	}
	options := c.StoreOptions(env)
	options.Daemon = alone
	s, err := store.Open(ctx, c.Gateway.Database, options)
	if err != nil {
		return nil, storeHint(err)
	}
	d := &daemon{env: env, config: c, store: s, log: log, health: newHealth(c.IMAP.Mailbox), metrics: newMetrics(), hangup: make(chan struct{}, 1)}
	d.sender = &relay.Submission{
		Addr: c.SMTP.Addr, TLS: c.SMTP.TLS, CAFile: c.SMTP.CAFile, Username: c.SMTP.Username,
		PasswordFile: c.SMTP.PasswordFile, LocalName: c.SMTP.LocalName, Parallel: c.SMTP.Connections, Log: log,
	}
	d.queue = &relay.Queue{Store: s, Send: d.metrics.timeSend(d.health.watchSend(d.sender.Send)), Terms: d.terms, Outcome: d.sent, Log: log, Now: env.Now}
	d.gateway = &mailgw.Gateway{
		Store: s, Secret: secret, Window: time.Duration(c.Screen.LinkWindow), Log: log, Now: env.Now, Queued: d.queue.Kick, Sender: d.queue, Tell: d.metrics.step, Count: d.metrics.count,
		PGP:    c.pgpPolicy(),
		DKIM:   c.dkim(),
		Screen: c.screenPolicy(),
	}
	for _, name := range c.IMAP.Mailbox {
		d.imap = append(d.imap, d.mailbox(name))
	}
	d.gateway.Renew = d.reload
	if err := d.reload(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return d, nil
}

// mailbox is intake from one mailbox. All of them hand their mails to one
// gateway: the order that counts on a ticket is that of its version there.
func (d *daemon) mailbox(name string) *mailgw.IMAP {
	c := &d.config.IMAP
	return &mailgw.IMAP{
		Addr: c.Addr, TLS: c.TLS, CAFile: c.CAFile, Username: c.Username, PasswordFile: c.PasswordFile,
		Mailbox: name, MaxSize: int64(c.MaxSize), Poll: time.Duration(c.Poll),
		IdleRestart: time.Duration(c.Idle), Workers: c.Workers, Handle: d.metrics.timeTake(d.gateway.Take), Log: d.log,
		Status: func(err error) { d.health.intake(imapPart(c.Mailbox, name), err) },
		Folders: map[mailgw.Disposition]string{
			mailgw.Processed: c.Processed, mailgw.Held: c.Held, mailgw.Rejected: c.Rejected,
		},
	}
}

// defaultPolicy is the policy of a site that has written none.
const defaultPolicy = "version = 1\n"

// reload takes the parties, the policy and the letters as they are now: all of
// them, or none if one cannot be read.
func (d *daemon) reload(ctx context.Context) error {
	next, err := d.config.snapshot(ctx, d.env, d.store, d.gateway.Secret)
	if err != nil {
		return err
	}
	d.gateway.Use(next)
	return nil
}

// terms looks, before each attempt, at what a delivery was decided from. Where
// the party is gone or its address is, a person looks again; where policy,
// parties or the day have changed since, it is decided again (see Recheck).
func (d *daemon) terms(ctx context.Context, del store.Delivery) (relay.Terms, error) {
	now := d.gateway.Current()
	p := now.Parties.ByID(del.Party)
	if p == nil {
		return relay.Terms{Hold: "party-removed"}, nil
	}
	if del.State != store.Sending { // the store looked when it began the attempt
		switch marked, err := d.store.AddressMarked(ctx, del.To); {
		case err != nil:
			return relay.Terms{}, err
		case marked:
			return relay.Terms{Hold: "address-failed"}, nil
		}
	}
	if !p.Has(del.To) {
		return relay.Terms{Hold: "address-changed"}, nil
	}
	switch standing, err := d.gateway.Recheck(ctx, del); {
	case err != nil:
		return relay.Terms{}, err
	case standing == mailgw.Replaced:
		return relay.Terms{Gone: true}, nil
	case standing == mailgw.Lapsed:
		return relay.Terms{Hold: "basis-changed"}, nil
	}
	tells := del.Kind == store.KindNotice || del.Kind == store.KindAnswer
	return relay.Terms{RequireTLS: tells && p.Channel == disclosure.VerifiedTLS}, nil
}

// sent is told of each ended attempt. A recipient that its server refuses for
// good is not tried with the next notice: an operator finds another way, and
// "queue retry" takes the mark off.
func (d *daemon) sent(del store.Delivery, state store.DeliveryState, err error) {
	var refused *relay.SendError
	if state != store.Failed || !errors.As(err, &refused) || refused.Phase != "rcpt" || !refused.Permanent {
		return
	}
	d.log.Warn("address-failed", "delivery", del.ID, "ticket", del.Number, "party", del.Party, "status", refused.Enhanced)
	if err := d.store.MarkAddress(context.Background(), del.To, del.Party, refused.Enhanced, del.ID); err != nil {
		d.log.Warn("mark address", "delivery", del.ID, "error", err)
	}
}

// The heap of the daemon may grow to nine times what is alive in it, up to
// memoryLimit: at Go's own two times a tenth of a report's CPU goes to looking
// for garbage. 100 MiB resident are promised; SQLite takes the rest.
const (
	gcPercent   = 800
	memoryLimit = 64 << 20 // bytes
)

// run works until ctx ends, then waits for every part to stop.
func (d *daemon) run(ctx context.Context) error {
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(memoryLimit))
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	parts := []func(context.Context) error{d.sendChecked, d.watch, d.daily, d.serveHTTP}
	for _, m := range d.imap {
		parts = append(parts, m.Run)
	}
	var wg sync.WaitGroup
	errs := make([]error, len(parts))
	for i, part := range parts {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if errs[i] = part(ctx); errs[i] != nil {
				stop() // one part that cannot go on stops all
			}
		}()
	}
	wg.Wait()
	return errors.Join(errs...)
}

// watchEvery is how soon the daemon sees what an operator's command changed.
const watchEvery = 5 * time.Second

// watch takes up what operators did beside the daemon: registered parties and
// keys, released mails. It is also the daemon's pulse.
func (d *daemon) watch(ctx context.Context) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		if err := d.gateway.Sweep(ctx); err != nil && ctx.Err() == nil {
			d.log.Warn("sweep", "error", err)
		}
		d.health.beats(time.Now())
		d.env.notify("WATCHDOG=1")
		asked := false
		select {
		case <-ctx.Done():
			return nil
		case <-d.hangup:
			asked = true
		case <-tick.C:
		}
		d.takeUp(ctx, asked)
	}
}

// takeUp reloads and says how that went: when it was asked for, and else when
// it goes otherwise than the last time.
func (d *daemon) takeUp(ctx context.Context, asked bool) {
	before := d.gateway.Current().Digests
	err := d.reload(ctx)
	if ctx.Err() == nil {
		d.health.set("config", map[bool]string{true: "a changed file is refused, the former ones are in use: the log says why"}[err != nil])
	}
	switch {
	case ctx.Err() != nil:
	case err != nil && (asked || err.Error() != d.refused):
		// What was in use stays in use: a wrong file never means "allow".
		d.log.Warn("reload refused", "error", err)
		d.refused = err.Error()
	case err != nil:
	case asked || d.refused != "" || before != d.gateway.Current().Digests:
		d.log.Info("reloaded", "policy", d.gateway.Current().Digests.Policy, "parties", len(d.gateway.Current().Parties.All))
		d.refused = ""
	}
}

func (d *daemon) close() error {
	d.sender.Close()
	return d.store.Close()
}
