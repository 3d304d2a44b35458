package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// maxPrivate is the largest key or password file that is read, in bytes: a
// wrong name must not pull a database into memory.
const maxPrivate = 1 << 20

// readPrivate reads a file that holds a secret and refuses one that others may
// read or change. what names the setting it comes from.
func readPrivate(file, what string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	defer f.Close()
	// The mode of what was opened, not of what stood there before or after.
	if st, err := f.Stat(); err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	} else if err := checkMode(st, file, what); err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, maxPrivate+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	if len(b) > maxPrivate {
		return nil, fmt.Errorf("read %s: %q is over %d bytes", what, file, maxPrivate)
	}
	return b, nil
}

// readPassword reads the first line of a private file.
func readPassword(file, what string) ([]byte, error) {
	b, err := readPrivate(file, what)
	if err != nil {
		return nil, err
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 0 {
		return nil, Hint{fmt.Errorf("read %s: the first line of %q is empty", what, file), "write the password into its first line"}
	}
	return line, nil
}

// credentials is where systemd lays what LoadCredential names. It lets the
// service's user in by an access list, which shows as a right of the group
// (systemd.exec(5)).
const credentials = "/run/credentials/"

// checkMode refuses a file that anybody but its owner may read or change.
func checkMode(st fs.FileInfo, file, what string) error {
	if !st.Mode().IsRegular() {
		return fmt.Errorf("%s: %q is no regular file", what, file)
	}
	perm := st.Mode().Perm()
	if strings.HasPrefix(file, credentials) {
		perm &^= 0o040
	}
	if perm&0o077 != 0 {
		return Hint{fmt.Errorf("%s: %q may be read or changed by others than its owner (mode %04o)", what, file, perm),
			"chmod 600 " + file + "; if others have read it, replace what is in it"}
	}
	return nil
}

// checkFiles looks at the files that the config names: private ones must be
// private, and those that every command needs must be there. Serves asks for the
// rest.
func (c *Config) checkFiles() error {
	for _, f := range []struct {
		file, what string
		later      bool // need not exist yet
	}{
		{c.Gateway.Key, "gateway.key", false},
		{c.Gateway.PassphraseFile, "gateway.passphrase_file", true}, // a credential is there while the service runs
		{c.Gateway.Database, "gateway.database", true},
		{c.Gateway.Database + "-wal", "gateway.database", true},
		{c.Gateway.Database + "-shm", "gateway.database", true},
		{c.IMAP.PasswordFile, "imap.password_file", true},
		{c.SMTP.PasswordFile, "smtp.password_file", true},
	} {
		if f.file == "" {
			continue
		}
		st, err := os.Stat(f.file)
		switch {
		case errors.Is(err, fs.ErrNotExist) && f.later:
		case err != nil:
			return c.fileFault(f.what, err)
		default:
			if err := checkMode(st, f.file, f.what); err != nil {
				return fmt.Errorf("%s: %w", c.File, err)
			}
		}
	}
	for _, f := range []struct{ file, what string }{
		{c.Gateway.Policy, "gateway.policy"}, {c.Gateway.Templates, "gateway.templates"},
		{c.IMAP.CAFile, "imap.ca_file"}, {c.SMTP.CAFile, "smtp.ca_file"},
	} {
		if f.file == "" {
			continue
		}
		if _, err := os.Stat(f.file); err != nil {
			return c.fileFault(f.what, err)
		}
	}
	return nil
}

// fileFault is the error about a file that a setting names.
func (c *Config) fileFault(setting string, err error) error {
	return c.fault(strings.Split(setting, "."), err.Error(), "file names are relative to the config file")
}
