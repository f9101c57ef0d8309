package redact

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel calls f for parts of 0 to n, on as many processors as there are. It
// returns when all are done.
func parallel(n, grain int, f func(lo, hi int)) {
	workers := min(runtime.GOMAXPROCS(0), (n+grain-1)/grain)
	if workers < 2 {
		f(0, n)
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				hi := int(next.Add(int64(grain)))
				if lo := hi - grain; lo < n {
					f(lo, min(hi, n))
					continue
				}
				return
			}
		})
	}
	wg.Wait()
}
