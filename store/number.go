package store

import (
	"context"
	"fmt"
	"sync"
)

// numbersAtOnce ticket numbers are put aside on disk at a time. So many more than there are mails under way are lost at
// most when the process dies.
const numbersAtOnce = 16

// numbers are ticket numbers that ticket_sequence has passed, so that nobody else gets them. A report is given one
// without a write of its own: the number is in the database, and told to anybody, only once its mail is accepted.
type numbers struct {
	mu        sync.Mutex
	next, end int64                    // next until before end are free
	asked     bool                     // more are on their way
	given     map[int64]map[int]string // to a mail at work, by the incident in it
}

// number is the one that an incident of a mail is given, the same each time until forget.
func (s *Store) number(ctx context.Context, mailID int64, incident int) (string, error) {
	for {
		if number := s.numbers.give(s.opt.Prefix, mailID, incident); number != "" {
			return number, nil
		}
		var last int64
		err := s.writer.do(ctx, "put numbers aside", func(t *tx) (err error) {
			last, err = t.passNumbers(numbersAtOnce)
			return err
		})
		if err != nil {
			return "", err
		}
		s.numbers.add(last)
	}
}

// give answers "" when none is free.
func (n *numbers) give(prefix string, mailID int64, incident int) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if number := n.given[mailID][incident]; number != "" {
		return number
	}
	if n.next == n.end {
		return ""
	}
	if n.given == nil {
		n.given = map[int64]map[int]string{}
	}
	if n.given[mailID] == nil {
		n.given[mailID] = map[int]string{}
	}
	number := ticketNumber(prefix, n.next)
	n.given[mailID][incident] = number
	n.next++
	return number
}

// take is for what no mail brings; 0 when none is free.
func (n *numbers) take() int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == n.end {
		return 0
	}
	n.next++
	return n.next - 1
}

// forget lets go of a mail that is finished or put back; should it come again, it is given another number.
func (n *numbers) forget(mailID int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.given, mailID)
}

// short reports whether the caller is to bring more, with add, for as many mails as are under way.
func (n *numbers) short(mails int) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.asked || n.end-n.next >= int64(mails) {
		return false
	}
	n.asked = true
	return true
}

// add takes the numbersAtOnce that end with last; 0 says that none have come. Where another process has passed some
// since, those that were free are lost.
func (n *numbers) add(last int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = false
	if last == 0 {
		return
	}
	if first := last - numbersAtOnce + 1; n.next == n.end || n.end != first {
		n.next = first
	}
	n.end = last + 1
}

// giveBack puts the sequence back to what was given, where nobody has passed others since.
func (n *numbers) giveBack(t *tx) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == n.end {
		return nil
	}
	_, err := t.exec("UPDATE ticket_sequence SET last = ? WHERE id = 1 AND last = ?", n.next-1, n.end-1)
	return err
}

// passNumbers moves the sequence on by n and returns the last of them.
func (t *tx) passNumbers(n int) (last int64, err error) {
	if _, err := t.exec("UPDATE ticket_sequence SET last = last + ? WHERE id = 1", n); err != nil { // RETURNING builds a table
		return 0, err
	}
	return last, t.row("SELECT last FROM ticket_sequence WHERE id = 1").Scan(&last)
}

func ticketNumber(prefix string, n int64) string { return fmt.Sprintf("%s%08d", prefix, n) }
