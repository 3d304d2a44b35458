package store

import (
	"database/sql/driver"
	"errors"
	"sync"
)

// maxReaders connections are open for reading at most.
const maxReaders = 8

// pool lends connections to readers. The one given back last goes out first: its page cache is the warmest.
type pool struct {
	connector driver.Connector
	slots     chan struct{} // one for each connection lent

	mu     sync.Mutex
	idle   []*conn
	closed bool
}

func newPool(c driver.Connector) *pool {
	return &pool{connector: c, slots: make(chan struct{}, maxReaders)}
}

func (p *pool) query(query string, args []any, each func(scanner) error) error {
	p.slots <- struct{}{}
	defer func() { <-p.slots }()
	c, err := p.take()
	if err != nil {
		return err
	}
	err = c.query(query, args, each)
	if _, fatal := classify(err); fatal {
		c.close() // what it has in its cache may be wrong
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		c.close()
	} else {
		p.idle = append(p.idle, c)
	}
	return err
}

func (p *pool) take() (*conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return c, nil
	}
	return dial(p.connector)
}

// close waits for the readers under way and refuses what comes after.
func (p *pool) close() error {
	p.mu.Lock()
	p.closed = true
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	var errs []error
	for _, c := range idle {
		errs = append(errs, c.close())
	}
	for range maxReaders {
		p.slots <- struct{}{}
	}
	for range maxReaders {
		<-p.slots
	}
	return errors.Join(errs...)
}
