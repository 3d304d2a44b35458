package mailgw

import (
	"runtime"
	"sync"
)

// turns lets as many mails be computed on at a time as there are cores. With all
// workers at it the store's writer, for whom they all wait next, would queue for
// a core behind them each time it comes back from the disk; then they would all
// wait, and the cores with them.
type turns struct {
	once  sync.Once
	taken chan struct{}
}

// run waits for its turn. compute waits for nothing.
func (t *turns) run(compute func()) {
	t.once.Do(func() { t.taken = make(chan struct{}, runtime.GOMAXPROCS(0)) })
	t.taken <- struct{}{}
	defer func() { <-t.taken }()
	compute()
}
