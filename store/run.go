package store

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
)

// gateway is the actor of what no operator did.
const gateway = "gateway"

// begin records the run. A daemon also settles what the last one left: deliveries whose sending was cut off.
func (s *Store) begin(ctx context.Context) error {
	return s.writer.do(ctx, "begin run", func(t *tx) error {
		if err := s.noticeRestore(t); err != nil {
			return err
		}
		daemon := 0
		if s.opt.Daemon {
			daemon = 1
		}
		var err error
		s.run, err = t.insert("INSERT INTO run (started, daemon, pid) VALUES (?, ?, ?)", micros(t.now), daemon, os.Getpid())
		if err != nil || !s.opt.Daemon {
			return err
		}
		if err := t.event(gateway, "start", subject("run", s.run), nil); err != nil {
			return err
		}
		return s.recoverSending(t)
	})
}

// end closes the run: what was in flight was stopped, it did not crash anything.
func (s *Store) end() error {
	return s.writer.do(context.Background(), "end run", func(t *tx) error {
		if _, err := t.exec("UPDATE mail SET attempts = attempts - 1, run = 0 WHERE state = 'received' AND run = ?", s.run); err != nil {
			return err
		}
		if err := s.numbers.giveBack(t); err != nil {
			return err
		}
		if _, err := t.exec("UPDATE run SET ended = ? WHERE id = ?", micros(t.now), s.run); err != nil {
			return err
		}
		if !s.opt.Daemon {
			return nil
		}
		return t.event(gateway, "stop", subject("run", s.run), nil)
	})
}

// quickCheck reads the whole file's structure: a damaged page is found before anything is relayed from it (case 105).
func (s *Store) quickCheck(ctx context.Context) error {
	return check(ctx, s.readers, "PRAGMA quick_check(3)")
}

// check runs a checking pragma, whose answer is "ok" or lines of faults.
func check(ctx context.Context, db queryer, pragma string) error {
	lines, err := list(ctx, db, scanText, pragma)
	if err != nil {
		return err
	}
	faults := slices.DeleteFunc(lines, func(line string) bool { return line == "ok" })
	if len(faults) > 0 {
		return fmt.Errorf("%w: %.200q", ErrCorrupt, strings.Join(faults, "; "))
	}
	return nil
}
