package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"iodefgw/mailgw"
	"iodefgw/mailgw/message"
)

// maxMbox is the largest mbox file that is read, in bytes: it is held in memory.
const maxMbox = 1 << 30

// runIngest takes mails from files, folders, mbox files and Maildirs, as the
// daemon takes them from its mailbox, and may run beside it. What follows is
// queued; the daemon sends it.
func runIngest(env *Env, args []string) error {
	flags := flagSet()
	config := configFlag(env, flags)
	at := flags.String("now", "", "reception `TIME` of the mails (RFC 3339); without it the clock")
	asJSON := flags.Bool("json", false, "one JSON object per mail")
	rest, err := parse(flags, args)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return Hint{fmt.Errorf("no mail to take"), "name files, folders, mbox files or Maildirs"}
	}
	now, err := env.timeFlag(*at)
	if err != nil {
		return err
	}
	c, err := ReadConfig(*config)
	if err != nil {
		return err
	}
	ctx := context.Background()
	d, err := newDaemon(ctx, env, c, env.logger(c), false)
	if err != nil {
		return err
	}
	defer d.close()
	count := map[mailgw.Disposition]int{}
	take := func(name string, raw []byte) error {
		disposition, err := d.gateway.Take(ctx, mailgw.Incoming{Raw: raw, Received: now, Account: "file", Mailbox: name})
		if err != nil {
			return fmt.Errorf("take %q: %w", name, err)
		}
		count[disposition]++
		if *asJSON {
			return env.jsonLine(struct {
				File   string `json:"file"`
				Became string `json:"became"`
			}{name, string(disposition)})
		}
		return nil
	}
	for _, path := range rest {
		files := []string{path}
		suffixes := []string{".eml"}
		if isMaildir(path) {
			files, suffixes = []string{filepath.Join(path, "new"), filepath.Join(path, "cur")}, []string{""}
		}
		err := env.eachFile(files, maxMbox, suffixes, func(name string, data []byte) error {
			mails := [][]byte{data}
			if bytes.HasPrefix(data, []byte("From ")) {
				mails = splitMbox(data)
			}
			for i, raw := range mails {
				if len(raw) > message.MaxSize {
					return Hint{fmt.Errorf("take %q: mail %d is over %d bytes", name, i+1, message.MaxSize), "such a mail is no report; move it away"}
				}
				if err := take(name, raw); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if !*asJSON {
		fmt.Fprintf(env.Stdout, "%d processed, %d held, %d rejected\n", count[mailgw.Processed], count[mailgw.Held], count[mailgw.Rejected])
	}
	return nil
}

func isMaildir(path string) bool {
	for _, sub := range []string{"new", "cur"} {
		if st, err := os.Stat(filepath.Join(path, sub)); err != nil || !st.IsDir() {
			return false
		}
	}
	return true
}

// splitMbox takes an mbox file (RFC 4155) apart. A line ">From " was quoted
// when the mail was stored and is unquoted again, so that a signature over it
// still holds.
func splitMbox(data []byte) [][]byte {
	var mails [][]byte
	var mail []byte
	started, blank := false, true
	for line := range bytes.Lines(data) {
		switch {
		case blank && bytes.HasPrefix(line, []byte("From ")):
			if started {
				mails = append(mails, trimBlankLine(mail))
			}
			mail, started = nil, true
			blank = false
			continue
		case bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) && line[0] == '>':
			line = line[1:]
		}
		mail = append(mail, line...)
		blank = len(bytes.TrimRight(line, "\r\n")) == 0
	}
	if started {
		mails = append(mails, trimBlankLine(mail))
	}
	return mails
}

// trimBlankLine takes away the empty line that separates mails.
func trimBlankLine(mail []byte) []byte {
	if m, ok := bytes.CutSuffix(mail, []byte("\r\n\r\n")); ok {
		return append(m, "\r\n"...)
	}
	if m, ok := bytes.CutSuffix(mail, []byte("\n\n")); ok {
		return append(m, '\n')
	}
	return mail
}
