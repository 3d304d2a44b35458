package main

import (
	"context"
	"time"

	"iodefgw/store"
)

// lookEvery is how often settled looks. What it looks at costs some
// microseconds.
const lookEvery = 5 * time.Millisecond

// settled waits until nothing more follows by itself: each mail is finished and
// has left the INBOX, nothing in the queue is due, and nobody is about to answer.
func (d *demo) settled(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		still, err := d.still(ctx)
		if err != nil || still {
			return err
		}
		select {
		case <-tick.C:
		case err := <-d.fault:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// still looks once. A mail under way between two of its looks has been counted
// by the server before it left the place that was looked at.
func (d *demo) still(ctx context.Context) (bool, error) {
	letters, inbox := d.post.counts()
	if busy, err := d.robots.busy(); busy || err != nil {
		return false, err
	}
	c, err := d.daemon.store.Counts(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		return false, err
	}
	var mails int64
	for _, n := range c.Mails {
		mails += n
	}
	waiting := c.Mails[store.MailReceived] + c.Deliveries[store.Queued] + c.Deliveries[store.Sending] +
		c.Deliveries[store.Deferred] + c.Deliveries[store.Maybe]
	if waiting > 0 || mails != int64(inbox) || d.inbox.count("INBOX") > 0 {
		return false, nil
	}
	busy, err := d.robots.busy()
	later, _ := d.post.counts()
	return !busy && later == letters, err
}
