package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"iodefgw/relay"
)

// runDemo is the whole gateway in one process: the daemon of "serve" between an
// IMAP and an SMTP server of its own, with made keys, and the people around it.
// Nothing in it is staged but the mails that come in; what they lead to is
// checked, and the exit status says whether it was right.
func runDemo(env *Env, args []string) error {
	flags := flagSet()
	once := flags.Bool("once", false, "end after the last delivery")
	dir := flags.String("dir", "", "a new or empty `FOLDER` to work in; without it a temporary one, which is kept")
	if _, err := parseN(flags, args); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	d, err := startDemo(ctx, env, *dir)
	if err != nil {
		return err
	}
	err = d.play(ctx)
	if err == nil {
		err = d.show(ctx)
	}
	if !*once && (err == nil || errors.Is(err, errFindings)) {
		d.byHand()
		select {
		case <-ctx.Done():
		case fault := <-d.fault:
			err = errors.Join(err, fault)
		}
	}
	if stopped := d.close(); stopped != nil {
		err = errors.Join(err, stopped)
	}
	return err
}

// demo is a demo at work.
type demo struct {
	env    *Env
	site   *demoSite
	tell   *teller
	inbox  *demoMailbox
	post   *demoPost
	robots *demoRobots
	sites  *relay.Submission // through which everybody but the gateway sends
	daemon *daemon
	logs   *os.File
	mails  []*demoMail

	end     context.CancelFunc // of robots and daemon
	running sync.WaitGroup
	fault   chan error // of a daemon that could not go on
}

// startDemo makes the folder, the servers and the daemon, and sets all to work.
func startDemo(ctx context.Context, env *Env, dir string) (*demo, error) {
	site, err := newDemoSite(env, dir)
	if err != nil {
		return nil, err
	}
	d := &demo{env: env, site: site, tell: newTeller(env, site), fault: make(chan error, 1), mails: demoMails(env.Now())}
	d.robots = newDemoRobots(site)
	if err := d.start(ctx); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *demo) start(ctx context.Context) (err error) {
	if d.inbox, err = startMailbox(d.site.cert, d.site.password); err != nil {
		return err
	}
	post := &demoPost{password: d.site.password, gateway: demoAddress, boxes: map[string]string{}, take: d.inbox.take}
	for _, p := range d.site.parties {
		post.boxes[p.Contact()] = d.site.path("mail", p.ID)
	}
	post.arrived = func(l demoLetter) { d.tell.delivered(l); d.robots.arrived(l) }
	if err := post.start(d.site.cert); err != nil {
		return err
	}
	d.post = post
	if err := d.site.configure(ctx, d.inbox.addr, post.addr); err != nil {
		return err
	}
	if d.logs, err = os.OpenFile(d.site.path("iodefgw.log"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return fmt.Errorf("make the demo's log: %w", err)
	}
	log := slog.New(slog.NewTextHandler(d.logs, nil))
	c := d.site.config
	d.sites = &relay.Submission{Addr: c.SMTP.Addr, CAFile: c.SMTP.CAFile, TLS: c.SMTP.TLS, Username: c.SMTP.Username, PasswordFile: c.SMTP.PasswordFile}
	if d.daemon, err = newDaemon(ctx, d.env, c, log, true); err != nil {
		return err
	}
	d.daemon.gateway.Tell, d.daemon.queue.Outcome = d.tell.step, d.tell.outcome
	d.robots.send, d.robots.told = d.sites.Send, d.tell.answered

	ctx, d.end = context.WithCancel(ctx)
	d.running.Add(2)
	go func() { defer d.running.Done(); d.robots.run(ctx) }()
	go func() {
		defer d.running.Done()
		if err := d.daemon.run(ctx); err != nil {
			d.fault <- err
		}
	}()
	return nil
}

// close ends everything that was started, the youngest first.
func (d *demo) close() error {
	var errs []error
	if d.end != nil {
		d.end()
	}
	d.running.Wait()
	if d.daemon != nil {
		errs = append(errs, d.daemon.close())
	}
	if d.sites != nil {
		d.sites.Close()
	}
	if d.post != nil {
		errs = append(errs, d.post.close())
	}
	if d.inbox != nil {
		errs = append(errs, d.inbox.close())
	}
	if d.logs != nil {
		errs = append(errs, d.logs.Close())
	}
	return errors.Join(errs...)
}

// demoLimit is how long the whole play may take; it takes a second or two.
const demoLimit = 60 * time.Second

// play sends one mail after the other, and waits each time until nothing more
// follows from it, so that it can be followed.
func (d *demo) play(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, demoLimit, errors.New("the demo did not end within a minute; see iodefgw.log in its folder"))
	defer cancel()
	d.tell.heading("iodefgw demo: reports travel from a mailbox to the sites they concern")
	d.tell.line("cert-u", "", "a site that reports; its mails are in Japanese; 203.0.113.0/24, example.co.jp")
	d.tell.line("org-v", "", "another one; 198.18.5.0/24, org-v.example")
	d.tell.line("isp-r", "", "a provider that is told, by TLS and without a key; 198.51.100.0/24")
	d.tell.line("isp-j", "", "the same, to be written to in Japanese; 2001:db8:5::/48")
	d.tell.line("csirt-n", "", "a CSIRT that we trust, its mail is encrypted; 192.0.2.128/25")
	fmt.Fprintln(d.env.Stdout)
	d.tell.line("folder", "", "%s", d.site.dir)
	d.tell.line("mailbox", "", "IMAP over TLS on %s", d.inbox.addr)
	d.tell.line("sending", "", "SMTP with STARTTLS on %s", d.post.addr)
	for i, m := range d.mails {
		raw, err := m.build(d.site)
		if err != nil {
			return err
		}
		if err := d.site.write(fmt.Sprintf("reports/%d-%s.eml", i+1, m.name), raw); err != nil {
			return err
		}
		d.tell.heading(fmt.Sprintf("%d %s: %s", i+1, m.name, m.what))
		if err := d.sites.Send(ctx, relay.Mail{From: d.sender(m), To: demoAddress, Bytes: raw}); err != nil {
			return fmt.Errorf("send demo mail %q: %w", m.name, err)
		}
		if err := d.settled(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) sender(m *demoMail) string {
	for _, p := range d.site.parties {
		if p.ID == m.from {
			return p.Contact()
		}
	}
	return ""
}

// byHand says how to go on with servers that stay up.
func (d *demo) byHand() {
	c := d.site.config
	d.tell.heading("The servers stay up until Ctrl-C")
	d.tell.line("IMAP", "", "%s over TLS, user %s, password %s", c.IMAP.Addr, demoUser, d.site.password)
	d.tell.line("SMTP", "", "%s with STARTTLS, the same user and password", c.SMTP.Addr)
	d.tell.line("authority", "", "%s", c.SMTP.CAFile)
	fmt.Fprintf(d.env.Stdout, `
Send a report of your own and watch:
  iodefgw report -source 198.51.100.5 -time %s \
    -conditions minimal -to %s \
    -sign %s |
  curl -sS --ssl-reqd --cacert %s \
    -u %s:%s smtp://%s \
    --mail-from cert@example.co.jp --mail-rcpt %s -T -

`, d.env.Now().Add(-time.Hour).UTC().Format(time.RFC3339), demoAddress, d.site.path("keys", "cert-u.key"),
		c.SMTP.CAFile, demoUser, d.site.password, c.SMTP.Addr, demoAddress)
}
