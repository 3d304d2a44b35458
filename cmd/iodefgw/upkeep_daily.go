package main

import (
	"context"
	"errors"
	"time"

	"iodefgw/mailgw/pgp"
	"iodefgw/store"
)

// expiryWarning is how long before a key expires the log begins to say so.
const expiryWarning = 30 * 24 * time.Hour

// daily does once a day, and at the start, what has to be done now and then:
// it tells what an embargo has held back until today, warns of keys, purges what
// is too old and signs the head of the audit chain. What fails is logged and
// tried again in an hour.
func (d *daemon) daily(ctx context.Context) error {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	done := ""
	for {
		if today := d.env.Now().UTC().Format(time.DateOnly); today != done {
			err := d.dayBegins(ctx)
			switch {
			case err == nil:
				done = today
			case ctx.Err() == nil:
				d.log.Warn("upkeep", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// dayBegins does the day's work once. Dates of a policy are days, in UTC.
func (d *daemon) dayBegins(ctx context.Context) error {
	d.warnOfKeys()
	return errors.Join(d.gateway.PlanAnew(ctx), d.purge(ctx), d.signHead(ctx))
}

// keyExpiry is a key that will not be good for ever.
type keyExpiry struct {
	party, fingerprint string
	at                 time.Time
}

// expiries lists the keys that expire: the gateway's own and those of parties.
func (d *daemon) expiries(now time.Time) []keyExpiry {
	var all []keyExpiry
	add := func(party string, k *pgp.Key) {
		if at := k.Expires(now); !at.IsZero() {
			all = append(all, keyExpiry{party, k.Fingerprint(), at})
		}
	}
	if own, err := d.gateway.Secret.Public(); err == nil {
		add("", own)
	}
	for _, p := range d.gateway.Current().Parties.All {
		for _, k := range p.Keys {
			add(p.ID, k)
		}
	}
	return all
}

func (d *daemon) warnOfKeys() {
	now := d.env.Now()
	for _, k := range d.expiries(now) {
		if left := k.at.Sub(now); left < expiryWarning {
			d.log.Warn("key-expires", "party", k.party, "fingerprint", k.fingerprint, "at", k.at.UTC().Format(time.DateOnly), "days", int(left.Hours()/24))
		}
	}
}

// purge takes out what the config says is too old.
func (d *daemon) purge(ctx context.Context) error {
	if d.config.Retention.Mails == 0 && d.config.Retention.Tickets == 0 {
		return nil
	}
	purged, err := d.store.Purge(ctx, "gateway", d.config.retention(d.env.Now()))
	if purged.Mails+purged.Tickets > 0 {
		d.log.Info("purged", "mails", purged.Mails, "tickets", purged.Tickets)
	}
	return err
}

// retention says what is too old at now.
func (c *Config) retention(now time.Time) store.Retention {
	before := func(keep Duration) time.Time {
		if keep == 0 {
			return time.Time{}
		}
		return now.Add(-time.Duration(keep))
	}
	return store.Retention{Mails: before(c.Retention.Mails), Tickets: before(c.Retention.Tickets)}
}

// signHead signs the end of the audit chain with the gateway's key, once a
// day: whoever can rewrite the database cannot rewrite what was signed.
func (d *daemon) signHead(ctx context.Context) error {
	head, err := d.store.Head(ctx)
	if err != nil {
		return err
	}
	if head.Signature, err = d.gateway.Secret.SignText([]byte(head.Text()), d.env.Now(), d.env.Rand); err != nil {
		return err
	}
	err = d.store.SignHead(ctx, head)
	if errors.Is(err, store.ErrDuplicate) {
		return nil // an earlier start today has
	}
	return err
}
