package store

import "fmt"

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
	return t.holdQueue(gateway, "restored from a backup")
}
