package store

import (
	"context"
	"fmt"
	"time"
)

const selectEvent = "SELECT seq, at, actor, verb, subject, detail, prev, hash FROM event"

func scanEvent(row scanner) (Event, error) {
	var e Event
	var at int64
	err := row.Scan(&e.Seq, &at, &e.Actor, &e.Verb, &e.Subject, &e.Detail, &e.Prev, &e.Hash)
	e.At = fromMicros(at)
	return e, err
}

// EventFilter picks events for Events; zero fields do not restrict.
type EventFilter struct {
	Subject string
	After   int64 // sequence numbers above this one, for paging
	Limit   int   // 100 when 0
}

// Events lists the audit chain in order.
func (s *Store) Events(ctx context.Context, f EventFilter) ([]Event, error) {
	if f.Limit == 0 {
		f.Limit = 100
	}
	if f.Subject == "" {
		return list(ctx, s.readers, scanEvent, selectEvent+" WHERE seq > ? ORDER BY seq LIMIT coalesce(?, 0)", f.After, f.Limit)
	}
	return list(ctx, s.readers, scanEvent, selectEvent+" WHERE subject = ? AND seq > ? ORDER BY seq LIMIT coalesce(?, 0)", f.Subject, f.After, f.Limit)
}

// LastEvent is the latest one about a subject, ErrNotFound for none.
func (s *Store) LastEvent(ctx context.Context, subject string) (Event, error) {
	return one(ctx, s.readers, "event about", subject, scanEvent, selectEvent+" WHERE subject = ? ORDER BY seq DESC LIMIT 1", subject)
}

// Head is the chain's end, or one that was signed.
type Head struct {
	Day       string // "2006-01-02" UTC, of a signed one
	Seq       int64
	Hash      string
	Signature string // armored, by the gateway's key over HeadText
	At        time.Time
}

// Text is what the signature covers.
func (h Head) Text() string {
	return fmt.Sprintf("iodefgw audit head\nday %s\nseq %d\nhash %s\n", h.Day, h.Seq, h.Hash)
}

// Head is the chain's end now, with today's day, ready to be signed.
func (s *Store) Head(ctx context.Context) (Head, error) {
	return one(ctx, s.readers, "head", "of the chain", func(row scanner) (h Head, err error) {
		err = row.Scan(&h.Seq, &h.Hash)
		h.Day = s.opt.Now().UTC().Format(time.DateOnly)
		return h, err
	}, "SELECT seq, hash FROM event_tip WHERE id = 1")
}

// SignHead keeps a signed head, one per day: ErrDuplicate for a second.
func (s *Store) SignHead(ctx context.Context, h Head) error {
	return s.writer.do(ctx, "sign head", func(t *tx) error {
		var hash string
		if err := t.row("SELECT hash FROM event WHERE seq = ?", h.Seq).Scan(&hash); err != nil {
			return notFound(err, "event", h.Seq)
		}
		if hash != h.Hash {
			return fmt.Errorf("%w: event %d has another hash", ErrStale, h.Seq)
		}
		if _, err := t.exec("INSERT INTO head (day, seq, hash, signature, at) VALUES (?, ?, ?, ?, ?)", h.Day, h.Seq, h.Hash, h.Signature, micros(t.now)); err != nil {
			return err
		}
		return t.event(gateway, "sign-head", subject("event", h.Seq), detail{"day": h.Day})
	})
}

// Heads lists the signed heads.
func (s *Store) Heads(ctx context.Context) ([]Head, error) {
	return list(ctx, s.readers, func(row scanner) (h Head, err error) {
		var at int64
		err = row.Scan(&h.Day, &h.Seq, &h.Hash, &h.Signature, &at)
		h.At = fromMicros(at)
		return h, err
	}, "SELECT day, seq, hash, signature, at FROM head ORDER BY seq")
}

// VerifyChain walks all events and returns how many are sound and the first fault: a link that was changed, is missing,
// stands out of order, was cut off at the end, or contradicts a signed head. verify, when not nil, checks a signature.
func (s *Store) VerifyChain(ctx context.Context, verify func(Head) error) (int64, error) {
	return s.walkChain(ctx, false, verify, func(Event) error { return nil })
}

// walkChain walks all events, or those from the last signed head on: what was before it is what the signature says.
func (s *Store) walkChain(ctx context.Context, tail bool, verify func(Head) error, each func(Event) error) (int64, error) {
	heads, err := s.Heads(ctx) // before the end, so that none can lie behind it
	if err != nil {
		return 0, err
	}
	end, err := s.Head(ctx)
	if err != nil {
		return 0, err
	}
	if tail && len(heads) > 0 {
		heads = heads[len(heads)-1:]
	}
	for _, h := range heads {
		if verify == nil {
			break
		}
		if err := verify(h); err != nil {
			return 0, fmt.Errorf("signed head of %s: %w", h.Day, err)
		}
	}
	var at tip
	if tail && len(heads) > 0 {
		at.seq = heads[0].Seq - 1
		signed, err := s.Events(ctx, EventFilter{After: at.seq, Limit: 1})
		if err != nil {
			return 0, err
		}
		if len(signed) > 0 {
			at.hash = signed[0].Prev // the signed hash covers it
		}
	}
	for {
		events, err := s.Events(ctx, EventFilter{After: at.seq, Limit: 1000})
		if err != nil {
			return at.seq, err
		}
		for _, e := range events {
			if e.Seq > end.Seq {
				return at.seq, chainEnd(at, end, heads) // written after we looked
			}
			if e.Seq != at.seq+1 || e.Prev != at.hash || e.Hash != e.hash() {
				return at.seq, fmt.Errorf("audit chain breaks at event %d", at.seq+1)
			}
			at = tip{e.Seq, e.Hash}
			if err := each(e); err != nil {
				return at.seq, err
			}
			for len(heads) > 0 && heads[0].Seq == e.Seq {
				if heads[0].Hash != e.Hash {
					return at.seq, fmt.Errorf("event %d is not the one signed on %s", e.Seq, heads[0].Day)
				}
				heads = heads[1:]
			}
		}
		if len(events) == 0 {
			return at.seq, chainEnd(at, end, heads)
		}
	}
}

func chainEnd(at tip, end Head, open []Head) error {
	if at.seq != end.Seq || at.hash != end.Hash {
		return fmt.Errorf("audit chain ends at event %d, should at %d", at.seq, end.Seq)
	}
	if len(open) > 0 {
		return fmt.Errorf("event %d signed on %s is missing", open[0].Seq, open[0].Day)
	}
	return nil
}
