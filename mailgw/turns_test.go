package mailgw

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// As many compute at a time as there are cores, all get their turn, and one that
// panics gives its turn back.
func TestTurns(t *testing.T) {
	var all turns
	var now, most atomic.Int32
	var wg sync.WaitGroup
	for n := range 50 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer func() { _ = recover() }()
			all.run(func() {
				if at := now.Add(1); at > most.Load() {
					most.Store(at)
				}
				defer now.Add(-1)
				runtime.Gosched()
				if n%5 == 0 {
					panic("as a fault in a mail's way would")
				}
			})
		}()
	}
	wg.Wait()
	if got := int(most.Load()); got > runtime.GOMAXPROCS(0) || got < 1 || len(all.taken) != 0 {
		t.Errorf("%d at a time, %d turns not given back", got, len(all.taken))
	}
}
