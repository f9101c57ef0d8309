package secretsregistry

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// leases are the leases that end before their time if the provider lets us: the
// present ones at Close, replaced ones when their holders have had until their
// end.
type leases struct {
	mu     sync.Mutex
	ids    map[string]*time.Timer // nil: in use
	closed bool                   // Close has revoked them
}

// renew prolongs the lease of the held value and returns the value under its
// new bounds, nil if a new one has to be read: because there is no lease, it
// cannot be renewed, it is revoked, or its maximum is near.
func (w *cache) renew(ctx context.Context, limit time.Duration, e *cacheEntry, old *held) *held {
	l, ok := w.provider.(Leaser)
	if !ok || old == nil || old.leaseID == "" || !old.renewable || e.invalid.Load() || w.age(old) >= old.hard {
		return nil
	}
	h := *old
	h.t0, h.wall0 = w.cfg.now(), w.cfg.wall()
	// Half of the time is left for reading a successor.
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	d, err := bounded(ctx, &w.wg, func() (time.Duration, error) { return l.Renew(ctx, old.leaseID, old.lease) }, func() {}, func(time.Duration, error) {})
	class := ClassOf(err)
	w.tell(FetchEvent{Time: h.t0, Duration: w.cfg.now().Sub(h.t0), Op: "renew", Path: e.path, Version: h.version, Class: class})
	if class == ClassNotFound || class == ClassRevoked {
		// Gone at the server: not even stale. (Being denied the renewal says
		// nothing about the lease.)
		e.commit.Lock()
		if e.held.CompareAndSwap(old, nil) {
			e.forget()
			e.mu.Lock()
			e.ended, e.endedBy = true, old.n
			e.mu.Unlock()
		}
		e.commit.Unlock()
		w.dropLease(old.leaseID)
		return nil
	}
	if err != nil {
		return nil
	}
	if d < old.lease/2 {
		w.shorten(e, old, h.t0, d)
		return nil
	}
	h.lease = min(d, old.lease)
	h.bound(e.policy, w.cfg.skew)
	h.planned = w.jitter(h.ttl, 0.65, 0.75)
	return &h
}

// shorten moves the end of a value forward where the manager says that its
// lease lasts only d from t on.
func (w *cache) shorten(e *cacheEntry, old *held, t time.Time, d time.Duration) {
	h := *old
	h.lease = max(t.Sub(old.t0)+d, 1)
	if h.lease >= old.lease {
		return
	}
	h.bound(e.policy, w.cfg.skew)
	e.commit.Lock()
	defer e.commit.Unlock()
	if e.held.CompareAndSwap(old, &h) {
		e.mu.Lock()
		e.last = &h
		e.mu.Unlock()
	}
}

// follow keeps the books of leases when a value takes the place of another.
func (w *cache) follow(e *cacheEntry, old, h *held) {
	l := &w.leases
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ids == nil {
		l.ids = map[string]*time.Timer{}
	}
	if h.leaseID != "" {
		l.ids[h.leaseID] = nil
	}
	if old == nil || old.leaseID == "" || old.leaseID == h.leaseID {
		return
	}
	if _, known := l.ids[old.leaseID]; !known {
		return
	}
	id, path := old.leaseID, e.path
	l.ids[id] = time.AfterFunc(max(old.lease-w.age(old), 0), func() { w.revoke(path, id) })
}

// abandon revokes the lease of a value that nobody gets.
func (w *cache) abandon(e *cacheEntry, h *held) {
	if h.leaseID == "" {
		return
	}
	l := &w.leases
	l.mu.Lock()
	if l.closed { // a request that Close has not waited for
		l.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), w.cfg.closeTimeout)
		defer cancel()
		w.revokeNow(ctx, e.path, h.leaseID)
		return
	}
	if l.ids == nil {
		l.ids = map[string]*time.Timer{}
	}
	path, id := e.path, h.leaseID
	l.ids[id] = time.AfterFunc(0, func() { w.revoke(path, id) })
	l.mu.Unlock()
}

func (w *cache) dropLease(id string) {
	l := &w.leases
	l.mu.Lock()
	delete(l.ids, id)
	l.mu.Unlock()
}

// revoke ends one lease, as far as the provider answers.
func (w *cache) revoke(path, id string) {
	if !w.enter() {
		return // Close revokes
	}
	defer w.wg.Done()
	ctx, cancel := context.WithTimeout(w.ctx, w.cfg.fetchTimeout)
	defer cancel()
	if w.revokeNow(ctx, path, id) == nil || w.ctx.Err() == nil {
		w.dropLease(id)
	}
}

func (w *cache) revokeNow(ctx context.Context, path, id string) (err error) {
	l, ok := w.provider.(Leaser)
	if !ok {
		return nil
	}
	t0 := w.cfg.now()
	_, err = bounded(ctx, new(sync.WaitGroup), func() (struct{}, error) { return struct{}{}, l.Revoke(ctx, id) }, func() {}, func(struct{}, error) {})
	w.tell(FetchEvent{Time: t0, Duration: w.cfg.now().Sub(t0), Op: "revoke", Path: path, Class: ClassOf(err)})
	return err
}

// revokeAll ends all leases at Close.
func (w *cache) revokeAll(ctx context.Context) error {
	l := &w.leases
	l.mu.Lock()
	l.closed = true
	ids := sortedKeys(l.ids)
	for _, t := range l.ids {
		if t != nil {
			t.Stop()
		}
	}
	clear(l.ids)
	l.mu.Unlock()
	failed := make([]bool, len(ids))
	var wg sync.WaitGroup
	slots := make(chan struct{}, w.cfg.inFlight)
	for i, id := range ids {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			failed[i] = w.revokeNow(ctx, "", id) != nil
		})
	}
	wg.Wait()
	n := 0
	for _, f := range failed {
		if f {
			n++
		}
	}
	if n > 0 {
		return fmt.Errorf("secretsregistry: close: %d of %d leases not revoked; they end by themselves", n, len(ids))
	}
	return nil
}
