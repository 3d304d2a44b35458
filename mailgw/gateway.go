// Package mailgw takes mails in and tells the story of each: intake over IMAP,
// the facts of a mail, the one judgement about it, and what follows in the
// database.
//
// Start with Gateway.handle. It asks message and pgp for the facts of a mail,
// the store for its history (history.go), Screen for the verdict (screen.go; the
// signs of deception are in deception*.go), and has reports planned by package
// relay and accepted into their tickets (accept.go, correlate.go). A mail without
// a document may be a recipient's answer (answer.go) or a requester's word on how
// to go on (word.go, referred.go). IMAP brings the mails.
//
// It promises: a mail is committed before the mailbox is touched, and is
// accepted at most once; Screen is a pure function and the only place that
// accepts, holds or rejects; what follows from a mail happens as a whole or not
// at all.
//
// Not here: what a recipient may be told (package relay/disclosure), and sending.
package mailgw

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
	"iodefgw/store"
)

// Gateway turns mails into tickets and notices.
type Gateway struct {
	Store  *store.Store
	Secret *pgp.Secret
	PGP    pgp.Policy
	Screen Policy
	DKIM   DKIM
	Window time.Duration // within which reports of one source address are linked; 0 links none
	Log    *slog.Logger
	Now    func() time.Time
	Queued func()                                            // called after deliveries were queued; may be nil
	Sender *relay.Queue                                      // sends at once what it has a sender free for; may be nil
	Tell   func(ctx context.Context, step string, kv ...any) // called at each step of a mail with the context of its Take, for people who watch; may be nil
	Count  func(Outcome)                                     // told of each mail once it has been decided on, by several goroutines; may be nil
	Renew  func(context.Context) error                       // takes a new snapshot before mails are judged again; may be nil

	snapshot atomic.Pointer[Snapshot]
	turns    turns
}

// Snapshot is what decisions are made from: it does not change while a mail is
// handled, and every decision names its digests.
type Snapshot struct {
	Parties *relay.Parties
	Relay   *relay.Relay
	Digests relay.Digests
}

// Use makes all mails from now on be handled by this snapshot.
func (g *Gateway) Use(s *Snapshot) { g.snapshot.Store(s) }

// Current is the snapshot in use.
func (g *Gateway) Current() *Snapshot { return g.snapshot.Load() }

// Take commits a mail and handles it: what a mailbox calls for each mail. Only
// after it has returned without an error may the mailbox be touched. The same
// bytes twice are one mail.
func (g *Gateway) Take(ctx context.Context, in Incoming) (Disposition, error) {
	g.room(ctx)
	receipt, err := g.Store.Receive(ctx, store.Incoming{
		Raw: in.Raw, ReceivedAt: in.Received, Size: in.Oversize, Note: in.Note,
		Location: store.Location{Account: in.Account, Mailbox: in.Mailbox, UIDValidity: in.UIDValidity, UID: in.UID},
	})
	if err != nil {
		return "", paused(err)
	}
	g.tell(ctx, "received", "mail", receipt.ID, "bytes", receipt.Size, "duplicate", receipt.Duplicate)
	if receipt.State != store.MailReceived {
		g.count(CountDuplicate)
		g.tell(ctx, "done", "mail", receipt.ID)
		return dispositionOf(receipt.State), nil
	}
	d, err := g.finish(ctx, receipt, in.Oversize > 0)
	if errors.Is(err, errHad) {
		g.count(CountDuplicate)
		err = nil
	}
	return d, err
}

// Sweep handles mails that are committed but not finished: left by a crash,
// released or to be screened again.
func (g *Gateway) Sweep(ctx context.Context) error {
	ids, err := g.Store.Unfinished(ctx, 1000)
	if err != nil {
		return paused(err)
	}
	if len(ids) > 0 && g.Renew != nil {
		// A mail to be judged again because a key has arrived is judged with it.
		if err := g.Renew(ctx); err != nil {
			return err
		}
	}
	var failed []error // one mail that cannot be handled keeps no other waiting
	for _, id := range ids {
		g.room(ctx)
		receipt, err := g.Store.Begin(ctx, id)
		if err == nil {
			_, err = g.finish(ctx, receipt, receipt.Note == "oversize")
		}
		if errors.Is(err, errHad) {
			err = nil // a mailbox has brought it again, and it is counted there
		}
		if err = paused(err); errors.Is(err, ErrPause) || ctx.Err() != nil {
			return err
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// room waits for senders before a mail is begun: one that waited with its attempt
// counted would count as one that we died over.
func (g *Gateway) room(ctx context.Context) {
	if g.Sender != nil {
		g.Sender.Room(ctx)
	}
}

// errHad: another worker has finished a mail of the same bytes meanwhile.
var errHad = errors.New("another worker has finished this mail")

// finish handles a mail; one that could not be handled for a reason that is
// not its own is put back, so that its attempt does not count against it.
func (g *Gateway) finish(ctx context.Context, receipt store.Receipt, oversize bool) (Disposition, error) {
	d, err := g.handle(ctx, receipt, oversize)
	g.tell(ctx, "done", "mail", receipt.ID)
	if err == nil || errors.Is(err, errHad) {
		return d, err
	}
	if errors.Is(err, store.ErrStale) {
		return "", fmt.Errorf("handle mail %d: %w", receipt.ID, err) // its attempt counts: it may be the mail's fault
	}
	if a := g.Store.Abandon(context.WithoutCancel(ctx), receipt.ID); a != nil && !errors.Is(a, store.ErrState) {
		err = errors.Join(err, a)
	}
	return "", paused(fmt.Errorf("handle mail %d: %w", receipt.ID, err))
}

// handle is the way of one mail, from its bytes to what follows from it. Facts
// are collected first, judged once, and acted on in one transaction.
func (g *Gateway) handle(ctx context.Context, receipt store.Receipt, oversize bool) (Disposition, error) {
	now := g.Current()
	if receipt.Poison {
		// Whatever in it crashed us twice is not read a third time.
		return g.end(ctx, receipt, nil, Verdict{Kind: message.KindOther, Class: ClassUnsigned, Action: Hold, Reasons: []string{TagPoison}})
	}
	var mail *message.Message
	var opened *pgp.Opened
	var facts Facts
	g.turns.run(func() {
		mail = message.Parse(receipt.Raw)
		opened = pgp.Open(mail, now.Parties.Ring, g.Secret, g.PGP, receipt.ReceivedAt)
		facts = Collect(mail, opened, receipt.ReceivedAt)
	})
	g.tell(ctx, "opened", "mail", receipt.ID, "signatures", len(opened.Signatures), "encrypted", opened.Encrypted)
	if len(opened.Notes) > 0 {
		// Keys that come by mail are never imported (P9); that they came is told.
		g.log().Info("noted", "mail", receipt.ID, "notes", strings.Join(opened.Notes, ","))
	}
	to, err := g.recall(ctx, &facts, mail, receipt, now)
	if err != nil {
		return "", err
	}
	facts.History.Oversize = oversize
	g.DKIM.Collect(ctx, &facts, mail, now.Parties)

	verdict := Screen(facts, now.Parties, g.Screen)
	if receipt.Released {
		verdict = verdict.released()
	}
	g.tell(ctx, "screened", "mail", receipt.ID, "verdict", verdict.Action, "signature", verdict.Class, "party", verdict.Party,
		"reasons", strings.Join(verdict.Reasons, ","))
	if verdict.Action == Record && facts.Kind == message.KindBounce {
		return g.bounced(ctx, now, receipt, mail, verdict)
	}
	if verdict.Action != Accept {
		return g.end(ctx, receipt, mail, verdict)
	}
	c := &acceptance{
		g: g, now: now, receipt: receipt, facts: facts, to: to,
		evidence: evidenceOf(verdict.Class, verdict.Reasons),
		verdict:  verdict.stored(mail.Header.Get("Message-ID"), signatureDigest(opened)), trusted: verdict.Class == ClassTrusted,
		signer: verdict.Party, via: relay.LoopMarks(mail.Header.Values(relay.LoopField)),
	}
	if len(facts.incidents()) == 0 {
		return c.answer(ctx)
	}
	return c.report(ctx)
}

// end finishes a mail that moves nothing.
func (g *Gateway) end(ctx context.Context, r store.Receipt, mail *message.Message, v Verdict) (Disposition, error) {
	id := ""
	if mail != nil {
		id = mail.Header.Get("Message-ID")
	}
	stored := v.stored(id, "")
	var err error
	d := Held
	switch v.Action {
	case Reject:
		d, err = Rejected, g.Store.Reject(ctx, r.ID, stored)
	case Record:
		d, err = Processed, g.Store.Record(ctx, r.ID, stored)
	default:
		err = g.Store.Hold(ctx, r.ID, stored)
	}
	if errors.Is(err, store.ErrState) {
		return d, errHad
	}
	if err == nil {
		g.decided(r, d)
	}
	g.log().Info(string(v.Action), "mail", r.ID, "reasons", strings.Join(v.Reasons, ","))
	return d, err
}

// released is the verdict on a mail that an operator let pass. What was found
// stays on record.
func (v Verdict) released() Verdict {
	v.Action = Accept
	v.Reasons = append([]string{TagReleased}, v.Reasons...)
	return v
}

func (v Verdict) stored(messageID string, signature store.Digest) store.Verdict {
	return store.Verdict{
		Kind: store.MailKind(v.Kind), Signature: string(v.Class), Signer: v.Signer, Party: v.Party,
		Reasons: v.Reasons, MessageID: messageID, SignatureDigest: signature,
	}
}

func dispositionOf(s store.MailState) Disposition {
	switch s {
	case store.MailHeld:
		return Held
	case store.MailRejected:
		return Rejected
	}
	return Processed
}

// paused marks errors that are ours and will pass, so that intake waits.
func paused(err error) error {
	if errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrClosed) || errors.Is(err, pgp.ErrOwnKey) {
		return fmt.Errorf("%w: %w", ErrPause, err)
	}
	return err
}

func (g *Gateway) tell(ctx context.Context, step string, kv ...any) {
	if g.Tell != nil {
		g.Tell(ctx, step, kv...)
	}
}

func (g *Gateway) log() *slog.Logger {
	if g.Log != nil {
		return g.Log
	}
	return slog.New(slog.DiscardHandler)
}
