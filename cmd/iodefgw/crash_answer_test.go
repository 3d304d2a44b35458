package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// An answerer is site B: it acknowledges every third ticket that it is told of,
// by mail through Postfix to the address with the token, while everything is
// being killed. Where a post is lost halfway it posts again, as people do, so
// that the gateway may get an answer twice.
type answerer struct {
	g        *realGateway
	seen     map[string]bool   // files in the Maildir
	wanted   map[string]string // by the address to answer to: the notice
	tickets  map[string]bool   // addresses of tickets told of, answered or not
	answered map[string]bool   // Message-IDs of notices that Postfix has an answer to
}

// answers begins; the returned function ends it once all that it wanted to
// answer is answered.
func (c *crash) answers() (finish func()) {
	a := &answerer{g: c.realGateway, seen: map[string]bool{}, wanted: map[string]string{}, tickets: map[string]bool{}, answered: map[string]bool{}}
	c.answered = a.answered
	end := make(chan struct{})
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for ended := false; !ended; {
			select {
			case <-end:
				ended = true
			case <-time.After(300 * time.Millisecond):
			}
			a.read()
			a.write()
		}
		for deadline := time.Now().Add(time.Minute); len(a.wanted) > 0 && time.Now().Before(deadline); time.Sleep(time.Second) {
			a.write()
		}
	}()
	return func() {
		close(end)
		wg.Wait()
		if len(a.wanted) > 0 {
			c.t.Errorf("%d answers could not be posted", len(a.wanted))
		}
	}
}

// read looks for notices of tickets that are new.
func (a *answerer) read() {
	files, _ := filepath.Glob(filepath.Join(a.g.srv["RS_SITEB_MAILDIR"], "new", "*"))
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if a.seen[file] || err != nil {
			continue
		}
		a.seen[file] = true
		mail := string(raw)
		to := header(mail, "Reply-To")
		if a.tickets[to] {
			continue // the same again, or what our answer brought
		}
		a.tickets[to] = true
		if len(a.tickets)%3 == 1 {
			a.wanted[to] = mail
		}
	}
}

// write posts what is wanted. While Postfix is down it stays wanted.
func (a *answerer) write() {
	for to, notice := range a.wanted {
		id := header(notice, "Message-ID")
		err := a.g.tryPost(a.g.srv["RS_SITEB_ADDR"], to, fmt.Sprintf(
			"From: %s\r\nTo: %s\r\nSubject: Re: your notice\r\nMessage-ID: <%d@siteb.test>\r\nIn-Reply-To: %s\r\n\r\nWe have it.\r\n",
			a.g.srv["RS_SITEB_ADDR"], to, time.Now().UnixNano(), id))
		if err != nil {
			return
		}
		a.answered[id] = true
		delete(a.wanted, to)
	}
}

// refuse makes Postfix put off all mail to site B at the end of DATA, until it
// is called with false.
func (c *crash) refuse(on bool) {
	etc := filepath.Join(c.srv["RS_DIR"], "etc")
	const rule = "/@siteb\\.test$/ 451 4.3.0 try again later\n"
	text, err := os.ReadFile(filepath.Join(etc, "eod"))
	if err == nil {
		now := strings.ReplaceAll(string(text), rule, "")
		if on {
			now += rule
		}
		err = os.WriteFile(filepath.Join(etc, "eod"), []byte(now), 0o644)
	}
	if err != nil {
		c.t.Errorf("refuse: %v", err)
	}
	_ = exec.Command("postfix", "-c", etc, "reload").Run() // it may be down, and reads the rule when it starts
}
