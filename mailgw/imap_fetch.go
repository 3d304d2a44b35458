package mailgw

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

const (
	// maxHeader bounds what is read of a mail that is too large.
	maxHeader = 64 << 10
	// sizeSlack is how much longer than announced a mail may be before it is
	// put aside and fetched alone: servers that convert mails when they are
	// read are off by some bytes for each line.
	sizeSlack = 64 << 10
)

// entry is a mail in the mailbox, not yet read.
type entry struct {
	uid      imap.UID
	size     int64
	received time.Time
}

// batch is what one FETCH reads.
type batch struct {
	mails  []entry // ascending by UID
	bytes  int64
	header bool // one mail over the size cap: its header only
}

// sizes asks for the sizes and times of the mails in window. Mails that are
// gone by now are not answered.
func (s *session) sizes(window imap.UIDSet) ([]entry, error) {
	defer s.command()()
	cmd := s.client.Fetch(window, &imap.FetchOptions{UID: true, RFC822Size: true, InternalDate: true})
	defer cmd.Close()
	var out []entry
	for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
		e := entry{size: -1}
		for item := msg.Next(); item != nil; item = msg.Next() {
			switch item := item.(type) {
			case imapclient.FetchItemDataUID:
				e.uid = item.UID
			case imapclient.FetchItemDataRFC822Size:
				e.size = item.Size
			case imapclient.FetchItemDataInternalDate:
				e.received = item.Time
			}
		}
		if e.size < 0 {
			continue // news of flags, not the answer
		}
		e.size = max(e.size, s.p.trouble[e.uid].size)
		if s.p.gone.Contains(e.uid) {
			// We moved this UID away, and RFC 3501 forbids to use it again.
			s.m.log().Warn("server-anomaly", "uid", e.uid, "reason", "uid is back after a move")
		}
		out = append(out, e)
	}
	if err := s.answered(cmd.Close()); err != nil {
		return nil, fmt.Errorf("fetch sizes: %w", err)
	}
	slices.SortFunc(out, func(a, b entry) int { return cmp.Compare(a.uid, b.uid) })
	s.missing(window, len(out), func(uid imap.UID) bool {
		_, ok := slices.BinarySearchFunc(out, uid, func(e entry, uid imap.UID) int { return cmp.Compare(e.uid, uid) })
		return ok
	})
	return out, nil
}

// answered makes an error of what is not merely the server's NO: a FETCH is
// refused when one of its mails has just been expunged, and the others were
// sent before.
func (s *session) answered(err error) error {
	var said *imap.Error
	if errors.As(err, &said) && said.Type == imap.StatusResponseTypeNo {
		s.m.log().Info("fetch-refused", "error", describe(err))
		return nil
	}
	return err
}

// missing puts off the mails of want that were not sent. Mostly they have been
// expunged, and are forgotten when they are not listed again.
func (s *session) missing(want imap.UIDSet, got int, has func(imap.UID) bool) {
	n := 0
	for _, r := range want {
		n += int(r.Stop - r.Start + 1)
	}
	if n == got {
		return
	}
	for _, r := range want {
		for uid := r.Start; ; uid++ {
			if !has(uid) {
				s.p.failed(uid)
			}
			if uid == r.Stop {
				break
			}
		}
	}
}

// plan groups mails into batches of at most n, which grows with each. A mail that
// failed before comes last and alone, so that one mail the server cannot send
// does not hold up the others.
func (s *session) plan(mails []entry, n *int) []batch {
	var out, last []batch
	var b batch
	for _, e := range mails {
		_, bad := s.p.trouble[e.uid]
		switch {
		case e.size > s.m.maxSize():
			last = append(last, batch{mails: []entry{e}, bytes: maxHeader, header: true})
		case bad:
			last = append(last, batch{mails: []entry{e}, bytes: e.size})
		default:
			if len(b.mails) > 0 && (b.bytes+e.size > batchBytes || len(b.mails) == *n) {
				out = append(out, b)
				b, *n = batch{}, min(2**n, batchMails)
			}
			b.mails = append(b.mails, e)
			b.bytes += e.size
		}
	}
	if len(b.mails) > 0 {
		out = append(out, b)
	}
	return append(out, last...)
}

// fetch reads the mails of b. What did not arrive whole is not returned.
func (s *session) fetch(b batch) ([]Incoming, error) {
	section := &imap.FetchItemBodySection{Peek: true}
	if b.header {
		section.Specifier = imap.PartSpecifierHeader
		section.Partial = &imap.SectionPartial{Size: maxHeader}
	}
	var set imap.UIDSet
	want := make(map[imap.UID]entry, len(b.mails))
	for _, e := range b.mails {
		set.AddNum(e.uid)
		want[e.uid] = e
	}
	// One mail longer than announced is let through up to the cap.
	d := s.m.commandTimeout() + time.Duration(b.bytes/minRate)*time.Second
	defer s.step(d, b.bytes+s.m.maxSize())()
	cmd := s.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
	got, err := s.collect(cmd, b, want)
	if err != nil {
		for _, e := range b.mails { // the mail it broke at is the first that is not here
			if _, here := got[e.uid]; !here {
				s.p.failed(e.uid)
				break
			}
		}
		return nil, fmt.Errorf("fetch: %w", err)
	}
	s.missing(set, len(got), func(uid imap.UID) bool { _, here := got[uid]; return here })
	s.m.log().Info("fetched", "mails", len(got), "bytes", b.bytes, "first", b.mails[0].uid)
	out := make([]Incoming, 0, len(got))
	for _, e := range b.mails {
		if in, here := got[e.uid]; here {
			out = append(out, in)
		}
	}
	return out, nil
}

// collect reads the answer to a FETCH, and returns what came whole also where
// the rest did not.
func (s *session) collect(cmd *imapclient.FetchCommand, b batch, want map[imap.UID]entry) (map[imap.UID]Incoming, error) {
	got := make(map[imap.UID]Incoming, len(want))
	for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
		in, err := s.receive(b, want, msg)
		if err != nil {
			s.bound.Close()
			if errors.Is(err, errTooLong) {
				cmd.Close() // lets go of the library's reader, which waits for the literal to be read
			}
			// After a literal that ended early the reader has gone on by itself,
			// and to close the command would race with it.
			return got, err
		}
		if in != nil {
			got[imap.UID(in.UID)] = *in
		}
	}
	return got, s.answered(cmd.Close())
}

// receive reads one FETCH response. It returns nil without an error for what is
// no mail: news of flags, a NIL body, a mail put aside because of its length.
func (s *session) receive(b batch, want map[imap.UID]entry, msg *imapclient.FetchMessageData) (in *Incoming, err error) {
	var e entry
	for item := msg.Next(); item != nil; item = msg.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			e = want[item.UID]
		case imapclient.FetchItemDataBodySection:
			if item.Literal == nil || e.uid == 0 || in != nil {
				continue
			}
			raw, err := s.read(b, e, item.Literal)
			if err != nil {
				return nil, err
			}
			if raw == nil {
				continue
			}
			in = &Incoming{Raw: raw, Received: e.received, Account: s.m.account(), Mailbox: s.m.mailbox(),
				UIDValidity: s.p.validity, UID: uint32(e.uid)}
			if b.header {
				in.Oversize = e.size
			} else if int64(len(raw)) != e.size {
				in.Note = NoteSize
			}
		}
	}
	return in, nil
}

var errTooLong = errors.New("server sends a longer literal than it may")

// read reads a literal whole, or not at all. Nothing is allocated for a length
// that was only announced: a server may announce 2^62 bytes.
func (s *session) read(b batch, e entry, lit imap.LiteralReader) ([]byte, error) {
	size := lit.Size()
	limit := s.m.maxSize()
	if b.header {
		limit = maxHeader
	}
	if size > limit || len(b.mails) > 1 && size > e.size+sizeSlack {
		t := s.p.trouble[e.uid]
		t.size = max(t.size, size)
		s.p.trouble[e.uid] = t
		s.m.log().Warn("oversize", "uid", e.uid, "announced", e.size, "literal", size)
		if size > limit {
			return nil, errTooLong
		}
		return nil, nil
	}
	raw := make([]byte, size)
	// The library reports the end of the connection like the end of the
	// literal, so the count decides.
	if n, err := io.ReadFull(lit, raw); err != nil {
		return nil, fmt.Errorf("literal ended after %d of %d bytes: %w", n, size, err)
	}
	return raw, nil
}
