package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
)

// migrations are applied in name order; the n-th file leads from schema n-1 to schema n. A released file never changes.
//
//go:embed schema/*.sql
var migrations embed.FS

// The application ids in the file's header tell a database in use from a backup of one.
const (
	inUseID  = 0x49474457 // "IGDW"
	backupID = 0x49474442 // "IGDB"
)

// migrate brings the schema up to date: one transaction per step, so that an interrupted one has not happened.
func migrate(ctx context.Context, db *sql.DB) error {
	return migrateTo(ctx, db, migrations)
}

func migrateTo(ctx context.Context, db *sql.DB, files fs.FS) error {
	names, err := fs.Glob(files, "schema/*.sql")
	if err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for {
		done, err := migrateStep(ctx, conn, files, names)
		if err != nil || done {
			return err
		}
	}
}

// migrateStep applies the next file, if there is one. It looks at the version again under the write lock, because
// another process may be at it too.
func migrateStep(ctx context.Context, conn *sql.Conn, files fs.FS, names []string) (done bool, err error) {
	if done, err := upToDate(ctx, conn, len(names)); err != nil || done {
		return done, err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback()
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return false, err
	}
	if version >= len(names) {
		return false, nil
	}
	text, err := fs.ReadFile(files, names[version])
	if err != nil {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, string(text)); err != nil {
		return false, fmt.Errorf("migrate to schema %d: %w", version+1, err)
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version+1)); err != nil {
		return false, err
	}
	if version == 0 {
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", inUseID)); err != nil {
			return false, err
		}
	}
	return false, tx.Commit()
}

// upToDate compares the file's schema with ours; a newer one and a database of another program are refused.
func upToDate(ctx context.Context, conn *sql.Conn, newest int) (bool, error) {
	var version, id int
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return false, err
	}
	if err := conn.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return false, err
	}
	if version > 0 && id != inUseID && id != backupID {
		return false, fmt.Errorf("not a database of this program (application id %#x)", id)
	}
	if version > newest {
		return false, fmt.Errorf("%w: schema %d, this program knows %d", ErrNewer, version, newest)
	}
	return version == newest, nil
}

// checkSchema is migrate for those that may not write: an older schema is refused as well.
func checkSchema(ctx context.Context, db *sql.DB) error {
	names, err := fs.Glob(migrations, "schema/*.sql")
	if err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	ok, err := upToDate(ctx, conn, len(names))
	if err == nil && !ok {
		err = fmt.Errorf("schema is older than %d; a command that may write brings it up to date", len(names))
	}
	return err
}
