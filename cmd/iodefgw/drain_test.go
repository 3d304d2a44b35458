package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"iodefgw/store"
)

// TestCase_189_MemoryStaysFlat drains a mailbox through the real program and
// looks at its resident memory: one mail in ten is a signed report that is told
// to two parties, the others are for a person. IODEFGW_DRAIN is how many mails;
// mails are put in as others leave, so that the server does not hold them all.
func TestCase_189_MemoryStaysFlat(t *testing.T) {
	mails, err := strconv.Atoi(cmp.Or(os.Getenv("IODEFGW_DRAIN"), "1500"))
	check(t, err)
	site, inbox := startSite(t, func() smtp.Session { return dropSession{} })
	config := site.config.File
	text, err := os.ReadFile(config)
	check(t, err)
	before, after, _ := strings.Cut(string(text), "[smtp]") // whose server here asks for no password
	after = regexp.MustCompile(`(?m)^(username|password_file) .*\n`).ReplaceAllString(after, "")
	check(t, os.WriteFile(config, []byte(before+"[smtp]"+after+"\n[screen]\nlink_window = \"0s\"\n"), 0o600))

	bin := filepath.Join(t.TempDir(), "iodefgw")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	daemon := exec.Command(bin, "serve", "-config", config)
	logs, err := os.Create(filepath.Join(t.TempDir(), "log"))
	check(t, err)
	defer logs.Close()
	daemon.Stdout, daemon.Stderr = logs, logs
	check(t, daemon.Start())
	defer func() { _ = daemon.Process.Kill() }()
	look, err := store.Open(context.Background(), site.config.Gateway.Database, store.Options{ReadOnly: true})
	check(t, err)
	defer look.Close()

	fed, peak := 0, int64(0)
	var tenths []string
	begun, last, done := time.Now(), time.Now(), int64(0)
	for {
		for fed < mails && inbox.count("INBOX") < 500 {
			for range min(100, mails-fed) {
				check(t, inbox.take(drainMail(t, site, fed)))
				fed++
			}
		}
		rss := resident(daemon.Process.Pid)
		peak = max(peak, rss)
		c, err := look.Counts(context.Background())
		check(t, err)
		now := c.Mails[store.MailHeld] + c.Mails[store.MailAccepted]
		if now != done {
			done, last = now, time.Now()
		}
		if int(done)*10/mails > len(tenths) {
			tenths = append(tenths, fmt.Sprintf("%d", rss>>20))
			t.Logf("%d mails, %s, resident %d MiB", done, time.Since(begun).Round(time.Second), rss>>20)
		}
		if int(done) == mails && c.Deliveries[store.Sent] == int64(2*((mails+9)/10)) {
			break
		}
		if time.Since(last) > 90*time.Second {
			tail, _ := os.ReadFile(logs.Name())
			t.Fatalf("nothing moves: %d of %d mails, deliveries %v\n%s", done, mails, c.Deliveries, tail[max(0, len(tail)-2000):])
		}
		time.Sleep(100 * time.Millisecond)
	}
	took := time.Since(begun)
	_ = daemon.Process.Signal(syscall.SIGTERM)
	if err := daemon.Wait(); err != nil {
		t.Error(err)
	}
	t.Logf("%d mails in %s, resident at most %d MiB, after each tenth %s MiB", mails, took.Round(time.Second), peak>>20, strings.Join(tenths, " "))
	if peak > 100<<20 {
		t.Errorf("resident memory came to %d MiB", peak>>20)
	}
}

// drainMail is the i-th mail: every tenth a signed report.
func drainMail(t *testing.T, site *demoSite, i int) []byte {
	if i%10 != 0 {
		return []byte(fmt.Sprintf("From: a@x.example\r\nTo: %s\r\nSubject: %d\r\n\r\n%s", demoAddress, i, strings.Repeat("Is this for you? 0123456789\r\n", 100)))
	}
	return signedReport(t, site, fmt.Sprint(i), strings.Repeat("Failed password from 198.51.100.77\n", 60))
}

// resident is the resident memory of a process, in bytes (proc(5)).
func resident(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
