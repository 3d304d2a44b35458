package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
)

// backupPages are copied per step; between steps the context is looked at and progress told.
const backupPages = 2048

// Backup writes a copy of the database to dst, which must not exist, while work goes on. The copy is one file of mode
// 0600, checked in full before it gets its name. It opens like any database, but its queue is held until an operator's
// ReleaseQueue: what it holds as unsent may have been sent since; and its ticket numbers go on a thousand further.
// progress, when not nil, is told pages done and to do.
func (s *Store) Backup(ctx context.Context, actor, dst string, progress func(done, total int)) error {
	if err := s.backup(ctx, actor, dst, progress); err != nil {
		mapped, _ := classify(err)
		return fmt.Errorf("backup to %q: %w", dst, mapped)
	}
	return nil
}

func (s *Store) backup(ctx context.Context, actor, dst string, progress func(done, total int)) error {
	if _, err := os.Lstat(dst); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: the file exists", ErrDuplicate)
	}
	if !s.opt.ReadOnly {
		if err := s.Note(ctx, actor, "backup", "database", nil); err != nil {
			return err
		}
	}
	partial := dst + ".partial"
	f, err := os.OpenFile(partial, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(partial)
	defer f.Close()
	if err := s.copyPages(ctx, partial, progress); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Link(partial, dst); err != nil { // unlike a rename it never replaces a file
		return err
	}
	return syncDir(filepath.Dir(dst))
}

// copyPages copies under one read transaction: without it every commit of another connection would start the copy anew.
func (s *Store) copyPages(ctx context.Context, dst string, progress func(done, total int)) error {
	src, err := rawConn(newConnector(s.path, s.opt.BusyTimeout, true, true))
	if err != nil {
		return err
	}
	defer src.Close()
	if _, err := src.Exec("BEGIN; SELECT count(*) FROM meta", nil); err != nil {
		return err
	}
	to, err := (&sqlite3.SQLiteDriver{}).Open(dst)
	if err != nil {
		return err
	}
	out, ok := to.(*sqlite3.SQLiteConn)
	if !ok {
		return fmt.Errorf("driver gave a %T", to)
	}
	defer out.Close()
	copying, err := out.Backup("main", src, "main")
	if err != nil {
		return err
	}
	for done := false; !done; {
		if done, err = copying.Step(backupPages); err == nil {
			err = ctx.Err()
		}
		if err != nil {
			copying.Finish()
			return err
		}
		if progress != nil {
			progress(copying.PageCount()-copying.Remaining(), copying.PageCount())
		}
	}
	if err := copying.Finish(); err != nil {
		return err
	}
	// One file, no WAL beside it; and a mark in its header that it is a copy.
	if _, err := out.Exec(fmt.Sprintf("PRAGMA journal_mode = DELETE; PRAGMA application_id = %d", backupID), nil); err != nil {
		return err
	}
	db, err := dial(newConnector(dst, s.opt.BusyTimeout, true, false))
	if err != nil {
		return err
	}
	defer db.close()
	return check(ctx, db, "PRAGMA integrity_check(3)")
}

// rawConn opens a connection of the driver itself.
func rawConn(c connector) (*sqlite3.SQLiteConn, error) {
	conn, err := c.Connect(context.Background())
	if err != nil {
		return nil, err
	}
	raw, ok := conn.(*sqlite3.SQLiteConn)
	if !ok {
		conn.Close()
		return nil, fmt.Errorf("driver gave a %T", conn)
	}
	return raw, nil
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// restoredGap ticket numbers are skipped after a restore: those handed out since the backup must not be given again.
const restoredGap = 1000

// noticeRestore finds out that this file is a backup put into use: its queue may hold what was sent since, so nothing
// leaves before an operator says go.
func (s *Store) noticeRestore(t *tx) error {
	var id int
	if err := t.row("PRAGMA application_id").Scan(&id); err != nil || id != backupID {
		return err
	}
	if _, err := t.exec(fmt.Sprintf("PRAGMA application_id = %d", inUseID)); err != nil {
		return err
	}
	if _, err := t.exec("UPDATE ticket_sequence SET last = last + ? WHERE id = 1", restoredGap); err != nil {
		return err
	}
	return t.holdQueue(gateway, "restored from a backup")
}
