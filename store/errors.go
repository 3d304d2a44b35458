package store

import (
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"
)

// What a verb can answer beside success. Each is wrapped with what was tried; test with errors.Is.
var (
	// ErrNotFound: the row named, or one that it refers to, such as a decision's snapshot, does not exist.
	ErrNotFound = errors.New("not found")
	// ErrState: the row is not in a state that this verb starts from. Nothing was changed.
	ErrState = errors.New("wrong state")
	// ErrStale: what the caller planned on has changed since it looked. Look and plan again.
	ErrStale = errors.New("stale")
	// ErrDuplicate: a row with this identity exists and says something else.
	ErrDuplicate = errors.New("duplicate")
	// ErrUnproved: a message without a clean scan and an equal twin of exactly its bytes. It is never queued.
	ErrUnproved = errors.New("message without proof")
	// ErrUnavailable: disk full, I/O error or a lock held too long. The outcome is unknown; pause, then try again.
	ErrUnavailable = errors.New("store unavailable")
	// ErrCorrupt: the database file is damaged. It is an ErrUnavailable too; once a verb has met it, every verb is
	// refused until a restart, whose check says more.
	ErrCorrupt = fmt.Errorf("%w: database is damaged", ErrUnavailable)
	// ErrLeased: another daemon runs on this database.
	ErrLeased = errors.New("database is in use by another daemon")
	// ErrNewer: the schema is newer than this program.
	ErrNewer = errors.New("database was written by a newer version")
	// ErrMode: others than the owner may read or write a file of the database.
	ErrMode = errors.New("file is open to others")
	// ErrQueueHeld: the queue waits for an operator's go, as after a restore.
	ErrQueueHeld = errors.New("queue is held")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("store closed")
)

// classify turns the driver's error into ours and says whether the transaction and its connection are lost with it.
// A constraint that fired is a fault of the verb alone.
func classify(err error) (mapped error, fatal bool) {
	var se sqlite3.Error
	if err == nil || !errors.As(err, &se) {
		return err, false
	}
	switch se.Code {
	case sqlite3.ErrConstraint:
		switch se.ExtendedCode {
		case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey:
			return fmt.Errorf("%w: %w", ErrDuplicate, err), false
		case sqlite3.ErrConstraintForeignKey:
			return fmt.Errorf("a row it refers to: %w: %w", ErrNotFound, err), false
		}
		return err, false
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return fmt.Errorf("%w: %w", ErrCorrupt, err), true
	case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrIoErr, sqlite3.ErrFull, sqlite3.ErrCantOpen, sqlite3.ErrNomem,
		sqlite3.ErrReadonly, sqlite3.ErrProtocol, sqlite3.ErrInterrupt, sqlite3.ErrAbort, sqlite3.ErrPerm:
		return fmt.Errorf("%w: %w", ErrUnavailable, err), true
	}
	return err, false
}
