package store

import (
	"database/sql"
	"errors"
	"io/fs"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"
)

func migrationFiles(t *testing.T, more ...string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range released(t) {
		text, err := migrations.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	for i, text := range more {
		files["schema/9"+itoa(i)+"_more.sql"] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

func released(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(migrations, "schema/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func writerDB(t *testing.T, path string) *sql.DB {
	t.Helper()
	db := sql.OpenDB(newConnector(path, time.Second, false, true))
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

// A database with data gets every later step; a step that fails half way has not happened, and works when it is mended.
func TestCase_100_Upgrade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gw.db")
	s, err := Open(t.Context(), path, Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		accept(t, s, i+1, "198.51.100.77")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before := dump(t, path)
	db := writerDB(t, path)
	broken := migrationFiles(t, "CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT; UPDATE mail SET note = 'x'; INSERT INTO nowhere VALUES (1);")
	if err := migrateTo(t.Context(), db, broken); err == nil {
		t.Fatal("a broken step went through")
	}
	if dump(t, path) != before {
		t.Fatal("a broken step left something behind")
	}
	good := migrationFiles(t, "CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT;", "INSERT INTO more VALUES (7);")
	for range 2 { // twice: the second finds nothing to do
		if err := migrateTo(t.Context(), db, good); err != nil {
			t.Fatal(err)
		}
	}
	var version, rows int
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil || version != len(released(t))+2 {
		t.Errorf("version %d, %v", version, err)
	}
	if err := db.QueryRow("SELECT count(*) FROM mail, more").Scan(&rows); err != nil || rows != 30 {
		t.Errorf("%d mails, %v", rows, err)
	}
}

// An older program keeps its hands off a newer database, and everybody off a stranger's.
func TestCase_100_NewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gw.db")
	if s, err := Open(t.Context(), path, Options{Create: true}); err != nil || s.Close() != nil {
		t.Fatal(err)
	}
	if err := migrateTo(t.Context(), writerDB(t, path), migrationFiles(t, "SELECT 1;")); err != nil {
		t.Fatal(err)
	}
	for _, opt := range []Options{{}, {Daemon: true}, {ReadOnly: true}} {
		if _, err := Open(t.Context(), path, opt); !errors.Is(err, ErrNewer) {
			t.Errorf("%+v: %v", opt, err)
		}
	}
	stranger := filepath.Join(t.TempDir(), "other.db")
	if err := prepareFile(stranger, true); err != nil {
		t.Fatal(err)
	}
	if _, err := writerDB(t, stranger).Exec("CREATE TABLE mail (x); PRAGMA user_version = 1"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), stranger, Options{Create: true}); err == nil {
		t.Error("took a stranger's database for ours")
	}
}

// Two processes that open a new database at once make one schema.
func TestCase_100_TwoUpgradeAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gw.db")
	done := make(chan error)
	for range 4 {
		go func() {
			s, err := Open(t.Context(), path, Options{Create: true})
			if err == nil {
				err = s.Close()
			}
			done <- err
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
