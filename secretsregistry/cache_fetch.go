package secretsregistry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/singleflight"
)

// flight joins the request that is under way, or begins one.
func (w *cache) flight(e *cacheEntry) <-chan singleflight.Result {
	return w.flights.DoChan(e.path, func() (any, error) {
		if !w.enter() {
			return nil, ErrClosed
		}
		defer w.wg.Done()
		h, err := w.fetch(e)
		if err != nil {
			return nil, err
		}
		return h, nil
	})
}

// fetch makes one attempt and lets its outcome take effect.
func (w *cache) fetch(e *cacheEntry) (*held, error) {
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	case <-w.ctx.Done():
		return nil, ErrClosed
	}
	n := e.started.Add(1)
	old := e.held.Load()
	ctx, cancel := context.WithTimeout(w.ctx, w.timeout(e, old))
	defer cancel()
	if h := w.renew(ctx, e, old); h != nil {
		return w.publish(e, n, h)
	}
	t0, wall0 := w.cfg.now(), w.cfg.wall()
	p, err := w.read(ctx, e)
	if w.ctx.Err() != nil && err != nil {
		return nil, ErrClosed
	}
	if err != nil {
		return nil, w.fail(e, n, err)
	}
	h := w.hold(e, p, t0, wall0)
	return w.succeed(e, n, h, p)
}

// timeout is that of one request: short enough for three of them before a
// fresh value ends.
func (w *cache) timeout(e *cacheEntry, h *held) time.Duration {
	d := w.cfg.fetchTimeout
	if h == nil {
		return d
	}
	if left := h.ttl - h.planned; left > 0 {
		d = min(d, max(left/3, time.Millisecond))
	}
	return d
}

// read makes one request through the breaker.
func (w *cache) read(ctx context.Context, e *cacheEntry) (*Payload, error) {
	sent := false
	t0 := w.cfg.now()
	p, err := w.breaker.Execute(func() (p *Payload, err error) {
		sent = true
		defer func() {
			// What a panic says may hold a value.
			if recover() != nil {
				p, err = nil, errors.New("the provider panicked")
			}
			if ClassOf(err) == ClassTransient {
				w.trip.failure(e.path)
			}
		}()
		p, err = w.provider.Fetch(ctx, e.path)
		if err == nil && len(p.Names()) == 0 {
			p, err = nil, fmt.Errorf("no fields: %w", ErrMalformed)
		}
		return p, err
	})
	if !sent {
		return nil, fmt.Errorf("%w: %w", ErrBreakerOpen, err)
	}
	class := ClassOf(err)
	took := w.cfg.now().Sub(t0)
	w.cfg.metrics.Add(MetricFetches, class.String(), 1)
	w.cfg.metrics.Observe(MetricFetchSeconds, class.String(), took.Seconds())
	if err != nil {
		w.tell(FetchEvent{Time: t0, Duration: took, Op: "read", Path: e.path, Class: class})
	}
	return p, err
}

// tell writes the audit log.
func (w *cache) tell(ev FetchEvent) {
	if w.cfg.audit == nil {
		return
	}
	defer func() { recover() }()
	ev.Provider = w.cfg.name
	if id, ok := w.provider.(Identifier); ok {
		ev.Identity = w.sink.Event().String(id.Identity())
	}
	w.cfg.audit(ev)
}

// hold makes of a payload what is published.
func (w *cache) hold(e *cacheEntry, p *Payload, t0, wall0 time.Time) *held {
	in := p.get()
	h := &held{
		fields:    in.fields,
		version:   w.version(e.path, in),
		content:   w.reg.open().fingerprintOf(e.path, in),
		t0:        t0,
		wall0:     wall0,
		lease:     in.lease,
		leaseID:   in.leaseID,
		renewable: in.renewable,
		expiry:    in.expiry,
	}
	h.bound(e.policy, w.cfg.skew)
	h.planned = w.jitter(h.ttl, 0.65, 0.75)
	return h
}

// version is the one that tags and callers see, as the manager spells it.
func (w *cache) version(path string, in *payload) string {
	if in.version == "" {
		return fingerprintVersion(w.reg.open().fingerprintOf(path, in))
	}
	return in.version
}

// succeed puts a new value in force, then publishes it.
func (w *cache) succeed(e *cacheEntry, n uint64, h *held, p *Payload) (*held, error) {
	e.commit.Lock()
	defer e.commit.Unlock()
	if e.outdated(n) {
		w.abandon(e, h)
		return nil, errSuperseded
	}
	began := w.cfg.now()
	refused, err := w.register(e, h, p)
	w.cfg.metrics.Observe(MetricRegisterSeconds, "", w.cfg.now().Sub(began).Seconds())
	ev := FetchEvent{Time: h.t0, Duration: began.Sub(h.t0), Op: "read", Path: e.path, Version: h.version, Class: ClassOf(err)}
	for _, r := range refused {
		ev.Unredactable = append(ev.Unredactable, r.field)
		w.cfg.metrics.Add(MetricUnredactable, r.reason, 1)
	}
	w.tell(ev)
	if err != nil {
		w.abandon(e, h)
		return nil, w.failLocked(e, n, err)
	}
	return w.publishLocked(e, n, h)
}

// publish is publishLocked for a value that is in force already.
func (w *cache) publish(e *cacheEntry, n uint64, h *held) (*held, error) {
	e.commit.Lock()
	defer e.commit.Unlock()
	if e.outdated(n) {
		return nil, errSuperseded
	}
	w.reg.Confirm()
	return w.publishLocked(e, n, h)
}

// outdated reports whether a newer request has taken effect, or an
// invalidation has come, since request n began.
func (e *cacheEntry) outdated(n uint64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return n <= e.floor
}

func (w *cache) publishLocked(e *cacheEntry, n uint64, h *held) (*held, error) {
	now := w.cfg.now()
	e.mu.Lock()
	old, wasEnded := e.last, e.ended
	lag := time.Duration(-1)
	if !e.dueAt.IsZero() {
		lag = max(now.Sub(e.dueAt), 0)
	}
	e.floor = n
	e.last, e.ended = h, false
	e.failures, e.err, e.errUntil = 0, nil, time.Time{}
	e.held.Store(h)
	e.invalid.Store(false)
	e.mu.Unlock()
	if lag >= 0 {
		w.cfg.metrics.Observe(MetricRefreshLag, "", lag.Seconds())
	}
	w.follow(e, old, h)
	if old != nil && (old.version != h.version || !sameContent(old, h)) {
		w.cfg.metrics.Add(MetricRotations, "", 1)
		before := &value{held: old, age: func() time.Duration { return w.age(old) }}
		before.dead = wasEnded || w.age(old) >= old.hard || old.expired(w.cfg.wall())
		w.rotated(e, &Value{open: func() *value { return before }}, h)
	}
	w.schedule(e, h.planned-w.age(h))
	w.watch(e)
	return h, nil
}

// fail records a failure and plans the next attempt.
func (w *cache) fail(e *cacheEntry, n uint64, err error) error {
	e.commit.Lock()
	defer e.commit.Unlock()
	if e.outdated(n) {
		return errSuperseded
	}
	return w.failLocked(e, n, err)
}

func (w *cache) failLocked(e *cacheEntry, n uint64, err error) error {
	class := ClassOf(err)
	err = &FetchError{Path: e.path, Class: class, err: w.sink.Event().Err(err)}
	h := e.held.Load()
	if h != nil && (w.age(h) >= h.hard || h.expired(w.cfg.wall())) {
		h = nil
		e.held.Store(nil) // nobody may have it any more
		e.forget()
	}
	if class.Authoritative() {
		if e.held.Swap(nil) != nil {
			w.retire(e, class)
			e.forget()
		}
		h = nil
	}
	e.mu.Lock()
	e.floor = max(e.floor, n)
	if !errors.Is(err, ErrBreakerOpen) || e.failures == 0 {
		e.failures++
	}
	e.err = err
	if class.Authoritative() {
		e.ended = true
	}
	delay := w.backoff(e, h, err)
	e.errUntil = w.cfg.now().Add(delay)
	if h == nil {
		e.errUntil = w.cfg.now().Add(min(delay, w.cfg.negativeTTL))
	}
	// A cold path is asked for by callers alone, and so is one whose every
	// request makes a user.
	again := e.last != nil && (h != nil || !w.mutates(e.path))
	e.mu.Unlock()
	if again {
		w.schedule(e, delay)
	}
	return err
}

// retire keeps the values of a path that has ended redacted for their grace.
// What is merely denied may still be valid.
func (w *cache) retire(e *cacheEntry, class Class) {
	if class == ClassDenied {
		return
	}
	w.reg.commit(commit{remove: sortedKeys(e.names)}) // takes no values: no errors
}

// forget drops the plaintext of a value that has ended; what identifies it
// stays, so that its successor can be told from it.
func (e *cacheEntry) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.last != nil {
		last := *e.last
		last.fields = nil
		e.last = &last
	}
}
