package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
)

// demoRobots are the people who read the mails of the demo's organisations:
// they acknowledge the first notice of each ticket, those who have a key by a
// signed mail. Requesters answer nothing.
type demoRobots struct {
	site *demoSite
	send func(ctx context.Context, m relay.Mail) error
	told func(party, number string, signed bool)

	letters chan demoLetter
	seen    map[string]bool // tickets by party; run's own

	mu   sync.Mutex
	open int   // letters not dealt with yet
	err  error // the first
}

// waitingLetters is how many letters may wait to be read.
const waitingLetters = 64

func newDemoRobots(s *demoSite) *demoRobots {
	return &demoRobots{site: s, letters: make(chan demoLetter, waitingLetters), seen: map[string]bool{}}
}

// arrived takes a letter that lies in a Maildir.
func (r *demoRobots) arrived(l demoLetter) {
	r.mu.Lock()
	r.open++
	r.mu.Unlock()
	r.letters <- l
}

// busy reports letters that may still be answered, and what went wrong.
func (r *demoRobots) busy() (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open > 0, r.err
}

// run answers until ctx ends.
func (r *demoRobots) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case l := <-r.letters:
			err := r.read(ctx, l)
			r.mu.Lock()
			r.open--
			if r.err == nil && ctx.Err() == nil {
				r.err = err
			}
			r.mu.Unlock()
		}
	}
}

// ticketNumber finds our number in the subject of a notice.
var ticketNumber = regexp.MustCompile(`GW#[0-9]+`)

// read answers a letter if it is the first notice of its ticket.
func (r *demoRobots) read(ctx context.Context, l demoLetter) error {
	p := r.site.party(l.To)
	if p == nil || p.Relation == "own-constituency" {
		return nil
	}
	m := message.Parse(l.Raw)
	number := ticketNumber.FindString(message.DecodeWords(m.Header.Get("Subject")))
	if number == "" || r.seen[p.ID+number] {
		return nil
	}
	r.seen[p.ID+number] = true
	reply, to, err := r.reply(p, m)
	if err != nil {
		return fmt.Errorf("answer for %s: %w", p.ID, err)
	}
	r.told(p.ID, number, r.site.secrets[p.ID] != nil)
	if err := r.send(ctx, relay.Mail{From: p.Contact(), To: to, Bytes: reply}); err != nil {
		return fmt.Errorf("answer for %s: %w", p.ID, err)
	}
	return nil
}

// reply makes the answer to a notice, as a mail program does.
func (r *demoRobots) reply(p *relay.Party, m *message.Message) (mail []byte, to string, err error) {
	list, err := m.Header.ReplyTo()
	if err != nil || len(list) != 1 {
		return nil, "", errors.New("the notice says no address to reply to")
	}
	to = list[0].Addr
	text := "Thank you, we have received your notice and are looking into it.\n"
	if p.Language == "ja" {
		text = "ご連絡ありがとうございます。受領しました。確認いたします。\n"
	}
	in := ReportInput{From: p.Contact(), Name: p.Name, To: to, Now: r.site.env.Now(), Random: r.site.env.Rand,
		Subject: "Re: " + message.DecodeWords(m.Header.Get("Subject"))}
	h, err := in.header()
	if err != nil {
		return nil, "", err
	}
	answered, err := message.NewToken(strings.TrimSpace(m.Header.Get("Message-ID")))
	if err != nil {
		return nil, "", err
	}
	h.InReplyTo, h.References = []message.Token{answered}, []message.Token{answered}
	entity, err := message.Entity(text)
	if err != nil {
		return nil, "", err
	}
	secret := r.site.secrets[p.ID]
	if secret == nil {
		if !bytes.HasSuffix(entity, []byte("\r\n")) {
			entity = append(entity, "\r\n"...)
		}
		mail, err = message.WithHeader(h, entity)
		return mail, to, err
	}
	gateway, err := r.site.secret.Public()
	if err != nil {
		return nil, "", err
	}
	mail, err = pgp.Seal(h, entity, secret, gateway, in.Now, in.Random)
	return mail, to, err
}
