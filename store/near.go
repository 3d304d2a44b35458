package store

import "sync"

// underWay counts what this process has at work: mails from Receive to their end, attempts at deliveries. The verbs of
// such are never far from each other and share a transaction where the writer waits for them. A wrong count costs that
// wait and nothing else, so that a caller that gives up need not say so.
type underWay struct {
	mu sync.Mutex
	n  int
}

// add counts and answers how many there are; it never falls below none, as when an end is said twice.
func (u *underWay) add(n int) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.n = max(0, u.n+n)
	return u.n
}
