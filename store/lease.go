package store

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// takeLease locks the lease file for this process. The kernel lets go of the lock when the process dies, however it
// dies, so a stale file or a reused process id cannot keep a daemon out.
func takeLease(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %q: %w", path, err)
		}
		holder := make([]byte, 32)
		n, _ := f.ReadAt(holder, 0) // a hint for the operator, nothing depends on it
		return nil, fmt.Errorf("%w (process %q)", ErrLeased, strings.TrimSpace(string(holder[:n])))
	}
	if err := f.Truncate(0); err != nil {
		f.Close()
		return nil, err
	}
	if _, err := fmt.Fprintln(f, os.Getpid()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
