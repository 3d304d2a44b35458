package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"

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
			return memory.NewSession(), nil, nil
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
