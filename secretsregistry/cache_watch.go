package secretsregistry

import (
	"context"
	"errors"
	"time"
)

// watch begins to listen for changes of a path that has been read. The refresh
// by time goes on: a lost event costs one TTL at most.
func (w *cache) watch(e *cacheEntry) {
	p, ok := w.provider.(Watcher)
	if !ok {
		return
	}
	e.mu.Lock()
	began := e.watching
	e.watching = true
	e.mu.Unlock()
	if began || !w.enter() {
		return
	}
	go func() {
		defer w.wg.Done()
		hints := make(chan struct{}, 1)
		w.wg.Add(1) // Done is still to come: the count is not 0
		go func() {
			defer w.wg.Done()
			w.heed(e, hints)
		}()
		w.subscribe(p, e, hints)
	}()
}

// subscribe keeps a subscription up until the cache is closed or the provider
// says that there is none to be had.
func (w *cache) subscribe(p Watcher, e *cacheEntry, hints chan<- struct{}) {
	changed := func() {
		select {
		case hints <- struct{}{}:
		default: // one is waiting already
		}
	}
	for failures := 0; ; failures++ {
		began := w.cfg.now()
		err := w.listen(p, e.path, changed)
		switch {
		case w.ctx.Err() != nil:
			return
		case errors.Is(err, ErrWatchUnsupported):
			w.tell(FetchEvent{Time: began, Op: "watch", Path: e.path, Class: ClassOf(err)})
			return // the refresh by time is all there is
		}
		if w.cfg.now().Sub(began) > longDelay {
			failures = 0
		}
		t := time.NewTimer(w.jitter(min(firstDelay<<min(failures, 10), longDelay), 0.5, 1))
		select {
		case <-w.ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
		changed() // whatever happened meanwhile was missed
	}
}

func (w *cache) listen(p Watcher, path string, changed func()) (err error) {
	w.count(MetricWatchConnected, "", 1)
	defer w.count(MetricWatchConnected, "", -1)
	defer func() {
		if recover() != nil {
			err = errors.New("the provider panicked")
		}
	}()
	return p.Watch(w.ctx, path, changed)
}

// heed fetches after hints. Hints that come during a fetch make one more.
func (w *cache) heed(e *cacheEntry, hints <-chan struct{}) {
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-hints:
		}
		if w.idle(e) {
			continue // the next Get finds the value past its TTL
		}
		// A request that is under way may be older than the change, and to renew a
		// lease is not to read.
		e.reread.Store(true)
		w.flights.Forget(e.path)
		select {
		case <-w.ctx.Done():
			return
		case res := <-w.flight(e):
			if res.Err == nil || errors.Is(res.Err, errSuperseded) {
				continue
			}
		}
		// The provider is in trouble: do not let hints drive requests.
		if !sleep(w.ctx, w.jitter(leastDelay, 0.75, 1)) {
			return
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
