package relay

import (
	"errors"
	"net"
	"sync"
	"time"
)

// ErrTooManyBytes says that a server sent more than the step of the protocol
// can need.
var ErrTooManyBytes = errors.New("server sent too much")

// Bound is a connection whose waits all end. The mail libraries set deadlines
// per read, or none; a server that sends one byte a minute, or an endless
// reply, would hold a connection and fill memory. Bound ends every step at a
// fixed time and after a fixed number of bytes, whatever deadlines the library
// sets meanwhile. It sits below TLS, so that handshakes are bounded too.
type Bound struct {
	net.Conn
	mu    sync.Mutex
	until time.Time // zero: no bound
	left  int64
}

// Limit starts a step: reads and writes fail after until, reads also after
// bytes more bytes.
func (b *Bound) Limit(until time.Time, bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until, b.left = until, bytes
	b.Conn.SetDeadline(until)
}

// EndBy brings the end of the running step forward to t; it never extends it.
func (b *Bound) EndBy(t time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until.IsZero() || t.Before(b.until) {
		b.until = t
		b.Conn.SetDeadline(t)
	}
}

func (b *Bound) cut(t time.Time) time.Time {
	if !b.until.IsZero() && (t.IsZero() || t.After(b.until)) {
		return b.until
	}
	return t
}

func (b *Bound) SetDeadline(t time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Conn.SetDeadline(b.cut(t))
}

func (b *Bound) SetReadDeadline(t time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Conn.SetReadDeadline(b.cut(t))
}

func (b *Bound) SetWriteDeadline(t time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Conn.SetWriteDeadline(b.cut(t))
}

func (b *Bound) Read(p []byte) (int, error) {
	n, err := b.Conn.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left -= int64(n); b.left < 0 {
		return 0, ErrTooManyBytes
	}
	return n, err
}
