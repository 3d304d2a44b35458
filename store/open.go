package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-sqlite3"
)

// Options of Open. The zero value is an operator command that may write.
type Options struct {
	// Prefix of ticket numbers, "GW#" when empty.
	Prefix string
	// Now is the clock, time.Now when nil; times are kept in UTC to the microsecond.
	Now func() time.Time
	// Rand makes what must not be guessed, crypto/rand when nil.
	Rand io.Reader
	// Create makes the database where there is none; without it a missing file is an error.
	Create bool
	// Daemon takes the lease (ErrLeased when another holds it), checks the file's structure unless it is large, and turns
	// deliveries whose sending was cut off into `maybe`.
	Daemon bool
	// ReadOnly refuses every verb. It still needs write access to the directory, as WAL readers do.
	ReadOnly bool
	// MaybeLimit is how often a delivery of unknown outcome is tried again by itself; 3 when 0.
	MaybeLimit int
	// BusyTimeout is how long a verb waits for another process's transaction; 5 s when 0.
	BusyTimeout time.Duration

	// Wrap lets a test stand between the store and the driver, to fail or to copy files at any statement.
	Wrap func(c driver.Connector, reader bool) driver.Connector
}

// Store is an open database. All methods may be called from many goroutines.
type Store struct {
	path            string
	opt             Options
	writer          *writer
	readers         *pool
	lease           *os.File
	run             int64 // this opening's row
	doubts          doubts
	mails, attempts underWay
	numbers         numbers
	closing         sync.Once
	closed          error
}

// connector opens connections of one DSN; a ConnectHook sets what the driver has no DSN key for.
type connector struct {
	driver *sqlite3.SQLiteDriver
	dsn    string
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return c.driver }

// Open opens the database at path and brings its schema up to date. The caller must Close it.
func Open(ctx context.Context, path string, opt Options) (*Store, error) {
	if opt.Prefix == "" {
		opt.Prefix = "GW#"
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Rand == nil {
		opt.Rand = rand.Reader
	}
	if opt.MaybeLimit == 0 {
		opt.MaybeLimit = 3
	}
	if opt.BusyTimeout == 0 {
		opt.BusyTimeout = 5 * time.Second
	}
	s := &Store{path: path, opt: opt}
	if err := s.open(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("open store %q: %w", path, err)
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	if err := prepareFile(s.path, s.opt.Create && !s.opt.ReadOnly); err != nil {
		return err
	}
	if s.opt.Daemon {
		var err error
		if s.lease, err = takeLease(s.path + ".lease"); err != nil {
			return err
		}
	}
	s.writer = newWriter(s.connector(false), s.opt)
	s.readers = newPool(s.connector(true))
	db := sql.OpenDB(s.connector(s.opt.ReadOnly))
	defer db.Close()
	if s.opt.ReadOnly {
		return checkSchema(ctx, db)
	}
	if err := s.migrate(ctx, db); err != nil {
		return err
	}
	if err := checkModes(s.path); err != nil {
		return err
	}
	if s.opt.Daemon {
		large, err := s.large()
		if err == nil && !large { // FsckRest sees to a large one
			err = s.quickCheck(ctx)
		}
		if err != nil {
			return err
		}
	}
	return s.begin(ctx)
}

// migrate brings the schema up to date. Two that open a new file at once both switch it to WAL, and for that SQLite does
// not wait by itself.
func (s *Store) migrate(ctx context.Context, db *sql.DB) error {
	for end := time.Now().Add(s.opt.BusyTimeout); ; {
		err := migrate(ctx, db)
		var busy sqlite3.Error
		if !errors.As(err, &busy) || busy.Code != sqlite3.ErrBusy || time.Now().After(end) {
			mapped, _ := classify(err)
			return mapped
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Close ends the store; verbs under way are carried through first. Mails in flight are taken as stopped, not crashed. A
// second Close does nothing.
func (s *Store) Close() error {
	s.closing.Do(func() { s.closed = s.close() })
	return s.closed
}

func (s *Store) close() error {
	var errs []error
	if s.writer != nil {
		if s.run != 0 {
			errs = append(errs, s.end())
		}
	}
	// Readers cannot move the log into the main file: the writer closes last, so that a stopped gateway is one file.
	if s.readers != nil {
		errs = append(errs, s.readers.close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.close())
	}
	if s.lease != nil {
		errs = append(errs, s.lease.Close())
	}
	return errors.Join(errs...)
}

// Healthy is nil when the last transaction went through, else the reason why it was lost.
func (s *Store) Healthy() error { return s.writer.health() }

func (s *Store) connector(reader bool) driver.Connector {
	c := newConnector(s.path, s.opt.BusyTimeout, reader, true)
	if s.opt.Wrap == nil {
		return c
	}
	return s.opt.Wrap(c, reader)
}

// newConnector sets every pragma where each new connection gets it. The busy timeout covers other processes only: in
// this one there is a single writer.
func newConnector(path string, busy time.Duration, reader, journal bool) connector {
	q := url.Values{}
	q.Set("mode", "rw")
	if journal {
		q.Set("_journal_mode", "WAL")
	}
	q.Set("_synchronous", "FULL") // WAL with less loses the last commits at a power cut, after IMAP was told
	q.Set("_foreign_keys", "1")
	q.Set("_secure_delete", "on") // purged and withheld data must not stay in free pages
	q.Set("_busy_timeout", fmt.Sprint(busy.Milliseconds()))
	q.Set("_stmt_cache_size", "128") // statements stay prepared per connection
	q.Set("_mutex", "no")            // no two goroutines use a connection at once
	q.Set("_txlock", "immediate")
	if reader {
		q.Set("_query_only", "1")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		abs = path
	}
	// A '?', '#' or '%' in the path must not end it.
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(abs)
	hook := func(c *sqlite3.SQLiteConn) error {
		// Savepoints keep the pages they may have to put back in a temporary file otherwise: as many writes as the log.
		pragmas := "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;"
		if !reader {
			// A checkpoint writes each page of the log into the main file: rarely is cheap, 32 MiB of log is too.
			pragmas += "PRAGMA cache_size = -8000; PRAGMA wal_autocheckpoint = 8000;"
		}
		_, err := c.Exec(pragmas, nil)
		return err
	}
	return connector{&sqlite3.SQLiteDriver{ConnectHook: hook}, "file:" + escaped + "?" + q.Encode()}
}

// prepareFile makes the empty database with mode 0600, or checks that the one there is the owner's alone.
func prepareFile(path string, create bool) error {
	if create {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
		if err == nil {
			f.Close()
			return nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	if _, err := os.Stat(path); err != nil {
		return err
	}
	return checkModes(path)
}

// checkModes refuses a database that others may read or write: it holds everything that must not be disclosed.
func checkModes(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		st, err := os.Stat(path + suffix)
		if errors.Is(err, fs.ErrNotExist) && suffix != "" {
			continue
		}
		if err != nil {
			return err
		}
		if !st.Mode().IsRegular() {
			return fmt.Errorf("%w: %s is no regular file", ErrMode, filepath.Base(path)+suffix)
		}
		if st.Mode().Perm()&0o077 != 0 {
			return fmt.Errorf("%w: %s has mode %04o, want 0600", ErrMode, filepath.Base(path)+suffix, st.Mode().Perm())
		}
	}
	return nil
}
