package secretsregistry

import (
	"errors"
	"time"
)

// jitter returns a random part of d between the two bounds.
func (w *cache) jitter(d time.Duration, from, to float64) time.Duration {
	w.random.Lock()
	f := from + (to-from)*w.cfg.rand.Float64()
	w.random.Unlock()
	return time.Duration(f * float64(d))
}

// schedule plans the next attempt for an entry, in place of an earlier plan.
func (w *cache) schedule(e *cacheEntry, d time.Duration) {
	if w.ctx.Err() != nil {
		return
	}
	d = max(d, 0)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.timer != nil {
		e.timer.Stop()
	}
	e.dueAt = w.cfg.now().Add(d)
	e.timer = time.AfterFunc(d, func() { w.refresh(e) })
}

// refresh is the background's Get.
func (w *cache) refresh(e *cacheEntry) {
	if !w.enter() {
		return
	}
	defer w.wg.Done()
	h := e.held.Load()
	ended := h == nil || w.age(h) >= h.hard
	idle := w.idle(e) || ended && w.mutates(e.path) // nobody asks for another user
	e.mu.Lock()
	early := w.cfg.now().Before(e.dueAt) // another request has made a new plan
	if idle {
		e.dueAt = time.Time{}
	}
	e.mu.Unlock()
	if early || idle {
		return
	}
	<-w.flight(e)
}

// idle reports whether nobody has asked for a path for long.
func (w *cache) idle(e *cacheEntry) bool {
	if e.required.Load() {
		return false
	}
	e.mu.Lock()
	hooks := len(e.hooks)
	e.mu.Unlock()
	limit := max(w.cfg.idle, 10*e.policy.TTL)
	return hooks == 0 && w.cfg.now().Sub(time.Unix(0, e.used.Load())) > limit
}

const (
	firstDelay = time.Second
	longDelay  = 30 * time.Second
	// leastDelay keeps requests below 60 a minute while the provider is down.
	leastDelay = 1400 * time.Millisecond
	// leastLife is the least time between refreshes where a lease or an expiry is
	// shorter than the TTL.
	leastLife = 500 * time.Millisecond
)

// longest is the longest delay between attempts: so that recovery is seen
// within a quarter of MaxStale, and the provider is left alone otherwise.
func longest(maxStale time.Duration) time.Duration {
	switch {
	case maxStale == 0:
		return longDelay / 2
	case maxStale < 4*leastDelay:
		return max(maxStale/5, 10*time.Millisecond)
	}
	return min(max(maxStale/12, leastDelay), longDelay)
}

// backoff returns when to try again after a failure. h is the value that is
// still served, nil if there is none. e.mu is held.
func (w *cache) backoff(e *cacheEntry, h *held, err error) time.Duration {
	class := ClassOf(err)
	most := longest(e.policy.MaxStale)
	if h == nil {
		most = max(most, leastDelay)
	}
	if class.Authoritative() {
		return w.jitter(max(w.cfg.negativeTTL, leastDelay), 0.75, 1)
	}
	if errors.Is(err, ErrBreakerOpen) {
		return w.jitter(min(w.openTime(), most), 0.6, 1)
	}
	d := w.jitter(min(firstDelay<<min(e.failures-1, 10), most), 0.75, 1)
	if h == nil {
		return max(d, min(retryAfter(err), 5*time.Minute))
	}
	age := w.age(h)
	switch {
	case w.mutates(e.path):
		// The request may have made a user before it failed.
		return max(d, (h.hard-age)/2)
	case age < h.ttl && e.failures < 3:
		d = min(d, (h.ttl-age)/4) // three attempts before it is stale
	}
	return max(d, min(retryAfter(err), (h.hard-age)/4))
}

func retryAfter(err error) time.Duration {
	var r RetryAfterer
	if errors.As(err, &r) {
		return r.RetryAfterHint()
	}
	return 0
}

func (w *cache) mutates(path string) bool {
	m, ok := w.provider.(Mutator)
	return ok && m.MutatingFetch(path)
}
