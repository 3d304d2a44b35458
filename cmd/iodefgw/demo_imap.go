package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// demoMailbox is the gateway's mailbox: a real IMAP server on this computer
// whose mails are kept in memory.
type demoMailbox struct {
	addr   string
	user   *imapmemserver.User
	server *imapserver.Server
	done   chan struct{}
}

const demoUser = "ir" // of both servers

// startMailbox serves over implicit TLS on a free port of the loopback.
func startMailbox(cert tls.Certificate, password string) (*demoMailbox, error) {
	m := &demoMailbox{user: imapmemserver.NewUser(demoUser, password), done: make(chan struct{})}
	if err := m.user.Create("INBOX", nil); err != nil {
		return nil, fmt.Errorf("make the demo's mailbox: %w", err)
	}
	memory := imapmemserver.New()
	memory.AddUser(m.user)
	m.server = imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			session, ok := memory.NewSession().(imapserver.SessionIMAP4rev2)
			if !ok {
				return nil, nil, errors.New("the memory server lacks IMAP4rev2")
			}
			return demoIMAPSession{session}, nil, nil
		},
		Caps:   imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}},
		Logger: log.New(io.Discard, "", 0), // a closed connection is all it would tell
	})
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	if err != nil {
		return nil, fmt.Errorf("start the demo's IMAP server: %w", err)
	}
	m.addr = listener.Addr().String()
	go func() {
		defer close(m.done)
		_ = m.server.Serve(listener) // ends with the error of a closed listener
	}()
	return m, nil
}

// demoIMAPSession is a connection to the mailbox.
type demoIMAPSession struct{ imapserver.SessionIMAP4rev2 }

// idlePoll is how soon IDLE tells of a new mail.
const idlePoll = 2 * time.Millisecond

// Idle tells what is new until the client stops it.
//
// QUIRK: the IDLE of go-imap's memory server (v2.0.0-beta.8) does not tell of a
// mail that came between the command before it and its own start.
func (s demoIMAPSession) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	tick := time.NewTicker(idlePoll)
	defer tick.Stop()
	for {
		if err := s.Poll(w, true); err != nil {
			return err
		}
		select {
		case <-stop:
			return nil
		case <-tick.C:
		}
	}
}

// take puts a mail into the INBOX.
func (m *demoMailbox) take(raw []byte) error {
	_, err := m.user.Append("INBOX", literal{bytes.NewReader(raw)}, &imap.AppendOptions{})
	return err
}

// literal is a mail as the server takes it.
type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

// count is how many mails lie in a folder; 0 where there is no such folder.
func (m *demoMailbox) count(folder string) int {
	st, err := m.user.Status(folder, &imap.StatusOptions{NumMessages: true})
	if err != nil || st.NumMessages == nil {
		return 0
	}
	return int(*st.NumMessages)
}

func (m *demoMailbox) close() error {
	err := m.server.Close()
	<-m.done
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
