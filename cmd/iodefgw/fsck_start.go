package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"iodefgw/store"
)

// sendChecked sends, once what the database promises has been checked (cases.md: "in production at start"). Until then
// nothing leaves, while intake goes on. A million tickets take minutes: of them what can leave is checked first, and
// the rest while messages go out. A problem holds the whole queue, as "queue hold" does: whoever could change the
// database behind the verbs' back may have changed what is to be said, and to whom. It stays held over restarts, and
// is held again by each as long as the problem is there.
func (d *daemon) sendChecked(ctx context.Context) error {
	var rest bool
	d.health.set("fsck", "not done yet: nothing is sent")
	if !d.untilChecked(ctx, func() (problems []store.Problem, err error) {
		problems, rest, err = d.store.FsckFirst(ctx, d.verifyHead)
		return problems, err
	}) {
		return nil
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	if rest {
		wg.Go(func() {
			d.untilChecked(ctx, func() ([]store.Problem, error) { return d.store.FsckRest(ctx, d.health.checked) })
		})
	}
	return d.queue.Run(ctx)
}

// untilChecked makes a check, again while the store is not available, and acts on what it finds. It is false where ctx
// ends before that.
func (d *daemon) untilChecked(ctx context.Context, check func() ([]store.Problem, error)) bool {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, time.Minute) {
		problems, err := check()
		if err == nil {
			err = d.act(ctx, problems)
		}
		switch {
		case ctx.Err() != nil:
			return false
		case err == nil:
			return true
		}
		d.log.Error("fsck", "error", err)
		select {
		case <-ctx.Done():
			return false
		case <-time.After(wait):
		}
	}
}

// act holds the queue where there are problems, and says so.
func (d *daemon) act(ctx context.Context, problems []store.Problem) error {
	d.health.found(len(problems))
	if len(problems) == 0 {
		return nil
	}
	for _, p := range problems {
		d.log.Error("fsck", "rule", p.Rule, "subject", p.Subject, "problem", p.Text)
	}
	d.log.Error("queue held", "problems", len(problems),
		"hint", `"iodefgw fsck" lists them; compare with a backup, and restore it or say "iodefgw queue resume -why REASON"`)
	held, err := d.store.QueueHeld(ctx)
	if err != nil {
		return err
	}
	why := fmt.Sprintf("fsck found %s %s", problems[0].Rule, problems[0].Subject)
	if n := len(problems) - 1; n > 0 {
		why += fmt.Sprintf(" and %d more", n)
	}
	if held != "" && !strings.HasPrefix(held, "fsck found ") {
		why += "; before that: " + held // as after a restore
	}
	return d.store.HoldQueue(ctx, "gateway", why)
}

// verifyHead says whether the gateway's key signed the end of the audit chain.
func (d *daemon) verifyHead(h store.Head) error {
	return d.gateway.Secret.VerifyText([]byte(h.Text()), h.Signature, h.At)
}
