package mailgw

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/emersion/go-imap/v2"

	"iodefgw/relay"
)

// progress is what is known of the mailbox's mails. It outlives connections
// and begins anew when UIDVALIDITY changes. It belongs to the goroutine of Run.
type progress struct {
	m        *IMAP
	validity uint32
	healthy  bool // a connection came as far as an empty mailbox
	recalled bool // left holds what earlier runs of the program left

	left    imap.UIDSet                // handled, and still there
	gone    imap.UIDSet                // handled and moved away
	pending map[Disposition][]imap.UID // handled, not yet moved or flagged
	trouble map[imap.UID]trouble       // not handled, to be tried again

	noIdle bool            // the server offers IDLE and refuses it
	paused error           // an error of Handle that wraps ErrPause
	warned map[string]bool // said once, not for each mail
}

// trouble is a mail that could not be fetched or handled.
type trouble struct {
	tries int
	due   time.Time
	size  int64 // what it turned out to have, where the server had announced less
}

func (p *progress) reset(validity uint32) {
	p.validity, p.recalled = validity, false
	p.left, p.gone = nil, nil
	p.pending = map[Disposition][]imap.UID{}
	p.trouble = map[imap.UID]trouble{}
}

// settle records how Handle fared with a mail.
func (p *progress) settle(r result) {
	if r.validity != p.validity {
		return // the UID means another mail by now; this one will be seen again
	}
	switch {
	case errors.Is(r.err, errStopped):
	case errors.Is(r.err, ErrPause):
		p.paused = r.err
	case r.err != nil:
		p.failed(r.uid)
		p.m.log().Warn("handle-failed", "uid", r.uid, "tries", p.trouble[r.uid].tries, "error", relay.Printable(r.err.Error()))
	default:
		delete(p.trouble, r.uid)
		if r.disposition == "" || p.gone.Contains(r.uid) {
			p.left.AddNum(r.uid)
		} else {
			p.pending[r.disposition] = append(p.pending[r.disposition], r.uid)
		}
	}
}

// failed puts a mail off. The first time it is only put last, since the fault
// may have been the connection's; after that it waits, and never blocks others.
func (p *progress) failed(uid imap.UID) {
	t := p.trouble[uid]
	t.tries++
	t.due = p.m.now()
	if t.tries > 1 {
		t.due = t.due.Add(retryDelay(t.tries-1, time.Minute, time.Hour, p.m.jitter()))
	}
	p.trouble[uid] = t
}

// todo is what of listed, the mails in the mailbox, is to be fetched now.
func (p *progress) todo(ctx context.Context, listed imap.UIDSet) imap.UIDSet {
	var wait imap.UIDSet
	now := p.m.now()
	for uid, t := range p.trouble {
		switch {
		case !listed.Contains(uid):
			p.m.log().Info("vanished", "uid", uid)
			if p.m.Vanished != nil {
				p.m.Vanished(ctx, p.validity, uint32(uid))
			}
			delete(p.trouble, uid)
		case t.due.After(now):
			wait.AddNum(uid)
		}
	}
	return subtract(subtract(listed, p.left), wait)
}

// recall fills left with what an earlier run handled in a read-only mailbox.
func (p *progress) recall(ctx context.Context) error {
	if p.recalled || p.m.Seen == nil {
		return nil
	}
	for from := uint32(1); ; {
		uids, err := p.m.Seen(ctx, p.validity, from, windowMails)
		if err != nil {
			return fmt.Errorf("%w: list what was read before: %w", ErrPause, err)
		}
		for _, uid := range uids {
			p.left.AddNum(imap.UID(uid))
			from = max(from, uid)
		}
		if len(uids) < windowMails || from == math.MaxUint32 {
			p.recalled = true
			return nil
		}
		from++
	}
}

// nextRetry is when the first troubled mail is due.
func (p *progress) nextRetry() (due time.Time, ok bool) {
	for _, t := range p.trouble {
		if !ok || t.due.Before(due) {
			due, ok = t.due, true
		}
	}
	return due, ok
}

// warnOnce logs what is true of the whole mailbox.
func (p *progress) warnOnce(verb string, err error) {
	if p.warned == nil {
		p.warned = map[string]bool{}
	}
	if !p.warned[verb] {
		p.warned[verb] = true
		p.m.log().Warn(verb, "error", describe(err))
	}
}

// subtract is a without b. It works on ranges: a server may name a mailbox of
// any size, or of four thousand million mails, in a few bytes.
func subtract(a, b imap.UIDSet) imap.UIDSet {
	var out imap.UIDSet
	for _, r := range a {
		lo, hi := uint64(r.Start), uint64(r.Stop)
		if lo == 0 || hi == 0 {
			continue // "*" is not a UID
		}
		for _, cut := range b {
			if uint64(cut.Stop) < lo || lo > hi {
				continue
			}
			if uint64(cut.Start) > hi {
				break
			}
			if uint64(cut.Start) > lo {
				out = append(out, imap.UIDRange{Start: imap.UID(lo), Stop: cut.Start - 1})
			}
			lo = uint64(cut.Stop) + 1
		}
		if lo <= hi {
			out = append(out, imap.UIDRange{Start: imap.UID(lo), Stop: imap.UID(hi)})
		}
	}
	return out
}

// cutUIDs takes the first n UIDs off set.
func cutUIDs(set imap.UIDSet, n uint64) (head, tail imap.UIDSet) {
	for i, r := range set {
		size := uint64(r.Stop) - uint64(r.Start) + 1
		if size > n {
			if n > 0 {
				head = append(head, imap.UIDRange{Start: r.Start, Stop: r.Start + imap.UID(n) - 1})
				r.Start += imap.UID(n)
			}
			return head, append(imap.UIDSet{r}, set[i+1:]...)
		}
		head = append(head, r)
		n -= size
	}
	return head, nil
}
