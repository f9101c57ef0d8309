package secretsregistry

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
	"golang.org/x/sync/singleflight"
)

// flight joins the request that is under way, or begins one.
func (w *cache) flight(e *cacheEntry) <-chan singleflight.Result {
	return w.flights.DoChan(e.path, func() (any, error) {
		if !w.enter() {
			return nil, ErrClosed
		}
		defer w.wg.Done()
		if h, err, ok := w.settled(e); ok {
			return h, err
		}
		h, err := w.fetch(e)
		if err != nil {
			return nil, err
		}
		return h, nil
	})
}

// settled returns the outcome of a request that ended after the caller had
// looked, so that a thousand callers make one request, not a few.
func (w *cache) settled(e *cacheEntry) (*held, error, bool) {
	if e.reread.Load() {
		return nil, nil, false
	}
	invalid := e.invalid.Load() // before held, as in Get
	h := e.held.Load()
	e.mu.Lock()
	due, err, until := e.dueAt, e.err, e.errUntil
	e.mu.Unlock()
	now := w.cfg.now()
	switch {
	case err != nil:
		return nil, err, now.Before(until)
	case h == nil || invalid || !now.Before(due):
		return nil, nil, false
	}
	return h, nil, w.age(h) < h.ttl && !h.expired(w.cfg.wall())
}

// begin numbers a request. It fails if an earlier one ignored its time limit
// and is still out: at most one per path does.
func (e *cacheEntry) begin(now time.Time) (n uint64, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n = e.started.Add(1)
	e.flying, e.attempt = n, now
	if e.stuck > 0 {
		err = errors.New("the request before this one still hangs")
	}
	return n, err
}

func (e *cacheEntry) hangs(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stuck += n
}

func (e *cacheEntry) end(n uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.flying == n {
		e.flying = 0
	}
	e.attempt = time.Time{}
}

// fetch makes one attempt and lets its outcome take effect.
func (w *cache) fetch(e *cacheEntry) (*held, error) {
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	case <-w.ctx.Done():
		return nil, ErrClosed
	}
	n, err := e.begin(w.cfg.now())
	defer e.end(n)
	if err != nil {
		return nil, w.fail(e, n, err)
	}
	hinted := e.reread.Swap(false)
	old := e.held.Load()
	limit := w.timeout(e, old)
	ctx, cancel := context.WithTimeout(w.ctx, limit)
	defer cancel()
	if !hinted {
		if h := w.renew(ctx, limit/2, e, old); h != nil {
			h.n = n
			return w.publish(e, n, h)
		}
	}
	t0, wall0 := w.cfg.now(), w.cfg.wall()
	p, err := w.read(ctx, e, func(p *Payload, err error) {
		e.hangs(-1)
		if err == nil && len(p.Names()) > 0 {
			w.succeed(e, n, w.hold(e, n, p, t0, wall0), p) // late, and still the newest perhaps
		}
	})
	if w.ctx.Err() != nil && err != nil {
		return nil, ErrClosed
	}
	if err != nil {
		return nil, w.fail(e, n, err)
	}
	return w.succeed(e, n, w.hold(e, n, p, t0, wall0), p)
}

// overtime is what a provider may need to notice that its context is done.
const overtime = 100 * time.Millisecond

// bounded calls a provider on a goroutine of its own, so that one that ignores
// its context holds up nobody; giveUp is called where it is left alone, and late
// with what it returns in the end. A panic is an error without its text, which
// may hold a value; ending the goroutine is one too.
func bounded[T any](ctx context.Context, wg *sync.WaitGroup, f func() (T, error), giveUp func(), late func(T, error)) (T, error) {
	type outcome struct {
		v   T
		err error
	}
	done, left := make(chan outcome), make(chan struct{})
	wg.Add(1)
	go func() {
		defer wg.Done()
		o := outcome{err: errors.New("the provider panicked")}
		defer func() {
			recover()
			select {
			case done <- o:
			case <-left:
				late(o.v, o.err)
			}
		}()
		v, err := f()
		o = outcome{v, err}
	}()
	select {
	case o := <-done:
		return o.v, o.err
	case <-ctx.Done():
	}
	t := time.NewTimer(overtime)
	defer t.Stop()
	select {
	case o := <-done:
		return o.v, o.err
	case <-t.C:
		giveUp()
		close(left)
		return *new(T), ctx.Err()
	}
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
func (w *cache) read(ctx context.Context, e *cacheEntry, late func(*Payload, error)) (*Payload, error) {
	sent := false
	t0 := w.cfg.now()
	p, err := w.breaker.Execute(func() (*Payload, error) {
		sent = true
		p, err := bounded(ctx, &w.wg, func() (*Payload, error) { return w.provider.Fetch(ctx, e.path) }, func() { e.hangs(1) }, late)
		if err == nil && len(p.Names()) == 0 {
			p, err = nil, fmt.Errorf("no fields: %w", ErrMalformed)
		}
		if ClassOf(err) == ClassTransient {
			w.trip.failure(e.path)
		}
		return p, err
	})
	if !sent {
		return nil, fmt.Errorf("%w: %w", ErrBreakerOpen, err)
	}
	class := ClassOf(err)
	took := w.cfg.now().Sub(t0)
	w.count(MetricFetches, class.String(), 1)
	w.observe(MetricFetchSeconds, class.String(), took.Seconds())
	if err != nil {
		w.tell(FetchEvent{Time: t0, Duration: took, Op: "read", Path: e.path, Class: class})
		return nil, err
	}
	return p, nil
}

// tell writes the audit log.
func (w *cache) tell(ev FetchEvent) {
	if w.cfg.audit == nil {
		return
	}
	defer func() { recover() }()
	// Foreign text, and names that may contain a value themselves.
	shown := w.sink.Event()
	ev.Provider = w.cfg.name
	ev.Path = shown.String(shownName(ev.Path))
	ev.Version = shown.String(redact.NewSecret("", ev.Version, nil).Version())
	for i, name := range ev.Unredactable {
		ev.Unredactable[i] = shown.String(shownName(name))
	}
	if id, ok := w.provider.(Identifier); ok {
		ev.Identity = shown.String(id.Identity())
	}
	w.cfg.audit(ev)
}

// hold makes of a payload what is published.
func (w *cache) hold(e *cacheEntry, n uint64, p *Payload, t0, wall0 time.Time) *held {
	in := p.get()
	h := &held{
		n:         n,
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
	began := w.cfg.now()
	if w.ctx.Err() != nil || e.outdated(n) {
		w.tell(FetchEvent{Time: h.t0, Duration: began.Sub(h.t0), Op: "read", Path: e.path, Version: h.version})
		w.abandon(e, h)
		if w.ctx.Err() != nil {
			return nil, ErrClosed
		}
		return nil, errSuperseded
	}
	refused, err := w.register(e, h, p)
	w.observe(MetricRegisterSeconds, "", w.cfg.now().Sub(began).Seconds())
	ev := FetchEvent{Time: h.t0, Duration: began.Sub(h.t0), Op: "read", Path: e.path, Version: h.version, Class: ClassOf(err)}
	for _, r := range refused {
		ev.Unredactable = append(ev.Unredactable, r.field)
		w.count(MetricUnredactable, r.reason, 1)
	}
	w.tell(ev)
	if err == nil && (w.age(h) >= h.hard || h.expired(w.cfg.wall())) {
		// It ended before it could be used: to read it again at once, since its
		// refresh is overdue, would do so for ever.
		err = fmt.Errorf("over when it arrived: %w", ErrExpired)
	}
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
	if w.ctx.Err() != nil {
		return nil, ErrClosed
	}
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
	old := e.last
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
		w.observe(MetricRefreshLag, "", lag.Seconds())
	}
	w.follow(e, old, h)
	if old != nil && (old.version != h.version || !sameContent(old, h)) {
		w.count(MetricRotations, "", 1)
		w.rotated(e, old, h)
	}
	next := h.planned - w.age(h)
	if h.ttl < e.policy.TTL {
		next = max(next, leastLife) // a provider's bound must not make a hot loop
	}
	w.schedule(e, next)
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
	err = w.fetchError(e, err)
	h := e.held.Load()
	if h != nil && (w.age(h) >= h.hard || h.expired(w.cfg.wall())) {
		h = nil
		e.held.Store(nil) // nobody may have it any more
		e.forget()
	}
	ends := class.Authoritative()
	if ends {
		if s := w.spare(e, h, class); s != nil {
			h, ends = s, false
		} else {
			e.held.Store(nil)
			e.mu.Lock()
			first := e.last != nil && !e.ended
			e.mu.Unlock()
			if first {
				w.retire(e, class)
				e.forget()
			}
			h = nil
		}
	}
	e.mu.Lock()
	if !errors.Is(err, ErrBreakerOpen) || e.failures == 0 {
		e.failures++
	}
	e.err = err
	if ends {
		// What an older request brings is older than this answer. A failure that
		// says nothing leaves an older request its chance.
		e.floor = max(e.floor, n)
		e.ended, e.endedBy = true, n
	}
	delay := w.backoff(e, h, err)
	e.errUntil = w.cfg.now().Add(delay)
	if h == nil {
		e.errUntil = w.cfg.now().Add(min(delay, w.cfg.negativeTTL))
	}
	// A cold path is asked for by callers alone, and so is one whose every
	// request makes a user.
	again := e.last != nil && (h != nil || !w.mutates(e.path))
	if e.last == nil {
		w.dropLater(e, dropAfter)
	}
	e.mu.Unlock()
	if again {
		w.schedule(e, delay)
	}
	return err
}

// spare lets a value live on for its DenyGrace, nil if it must end now.
func (w *cache) spare(e *cacheEntry, h *held, class Class) *held {
	switch {
	case h == nil || class == ClassRevoked || e.policy.DenyGrace <= 0:
		return nil
	case h.spared:
		return h // its end is set
	}
	s, age := *h, w.age(h)
	s.spared = true
	s.ttl = min(h.ttl, age) // stale from now on
	s.hard = min(h.hard, age+e.policy.DenyGrace)
	e.mu.Lock()
	e.last = &s
	e.mu.Unlock()
	e.held.Store(&s)
	return &s
}

// retire keeps the values of a path that has ended redacted for their grace.
// What is merely denied may still be valid.
func (w *cache) retire(e *cacheEntry, class Class) {
	if class == ClassDenied {
		return
	}
	e.mu.Lock()
	last := e.last
	e.mu.Unlock()
	c := commit{remove: sortedKeys(e.names)}
	if class != ClassRevoked {
		c.until = last.until()
	}
	w.reg.commit(c) // takes no values: no errors
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
