package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// eachFile calls do for every input that the arguments name (cli.md): a file as
// it is; of a folder, in name order, the files below it whose names end in one
// of the suffixes; - for standard input. name is the path as reached. At most
// limit bytes of a file are read, and one more that shows that there are more.
//
// An input that cannot be read ends the walk: half an answer would look whole.
func (env *Env) eachFile(args []string, limit int64, suffixes []string, do func(name string, data []byte) error) error {
	paths, err := inputs(args, suffixes)
	if err != nil {
		return err
	}
	bar := env.progress("files", int64(len(paths)))
	defer bar.end()
	for _, path := range paths {
		data, err := env.readInput(path, limit)
		if err != nil {
			return err
		}
		if err := do(path, data); err != nil {
			return err
		}
		bar.step(1)
	}
	return nil
}

// readInput reads a file, or standard input for -, up to one byte over limit.
func (env *Env) readInput(path string, limit int64) ([]byte, error) {
	var b bytes.Buffer
	err := env.readInto(&b, path, limit)
	return b.Bytes(), err
}

// readInto is readInput into a buffer that is used again.
func (env *Env) readInto(b *bytes.Buffer, path string, limit int64) error {
	b.Reset()
	if path == "-" {
		if _, err := b.ReadFrom(io.LimitReader(env.Stdin, limit+1)); err != nil {
			return fmt.Errorf("read standard input: %w", err)
		}
		return nil
	}
	f, err := openPlain(path)
	if err != nil {
		return fmt.Errorf("read input: %w", err)
	}
	defer syscall.Close(int(f))
	if _, err := b.ReadFrom(io.LimitReader(f, limit+1)); err != nil {
		return fmt.Errorf("read input: %w", &fs.PathError{Op: "read", Path: path, Err: err})
	}
	return nil
}

// A plainFile is the descriptor of a file that is only read from its beginning
// to its end. An os.File asks the poller first, which knows nothing of plain
// files, and wants to be collected: of thousands of small files that is a fifth.
type plainFile int

func openPlain(path string) (plainFile, error) {
	for {
		fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return 0, &fs.PathError{Op: "open", Path: path, Err: err}
		default:
			return plainFile(fd), nil
		}
	}
}

func (f plainFile) Read(b []byte) (int, error) {
	for {
		n, err := syscall.Read(int(f), b)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// inputs lists the files that the arguments name. Links in a folder are not
// followed: one could lead back, or out of what was meant.
func inputs(args, suffixes []string) ([]string, error) {
	var paths []string
	for _, arg := range args {
		if arg == "-" {
			paths = append(paths, arg)
			continue
		}
		st, err := os.Stat(arg)
		if err != nil {
			return nil, fmt.Errorf("read input: %w", err)
		}
		if !st.IsDir() {
			paths = append(paths, arg)
			continue
		}
		err = filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
			wanted := slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(d.Name(), s) })
			if err == nil && d.Type().IsRegular() && wanted {
				paths = append(paths, path)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read input: %w", err)
		}
	}
	return paths, nil
}
