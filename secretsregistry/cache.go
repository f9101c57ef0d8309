package secretsregistry

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/sony/gobreaker/v2"
	"golang.org/x/sync/singleflight"
)

// A Cache reads secrets through a [Provider] and keeps them for a while. All
// its methods are safe for concurrent use.
//
// The order in which a new value takes effect is always the same: fetched,
// decoded, classified, in force in the Registry, published, told to hooks,
// returned. A value that cannot be put in force is withheld.
//
// A value is fresh for its TTL and is refreshed in the background when about 70
// % of it is over. While the manager does not answer, the value is served as
// stale for the MaxStale of its [Policy] at most; an authoritative answer (not
// found, denied, revoked) ends it at once, even when it is fresh. Past its end a
// value is never handed out, and stays redacted all the same.
//
// A Cache keeps nothing on disk. Make one with [NewCache] and end it with
// [Cache.Close].
type Cache struct {
	hidden
	open func() *cache
}

type cache struct {
	cfg      cacheConfig
	provider Provider
	reg      *Registry
	sink     *redact.Sink // redacts the text of errors
	ctx      context.Context
	cancel   context.CancelFunc
	flights  singleflight.Group
	breaker  *gobreaker.CircuitBreaker[*Payload]
	trip     trip
	slots    chan struct{}
	entries  sync.Map // path: *cacheEntry

	mu     sync.Mutex // guards closed against wg
	closed bool
	wg     sync.WaitGroup
	random sync.Mutex // guards cfg.rand

	leases leases
}

// NewCache returns a Cache that reads through p and registers with r what it
// reads. It panics if either is nil. Nothing is fetched before [Cache.Start] or
// [Cache.Get].
func NewCache(p Provider, r *Registry, opts ...CacheOption) *Cache {
	if p == nil {
		panic("secretsregistry: nil Provider")
	}
	if r == nil {
		panic("secretsregistry: nil Registry")
	}
	w := &cache{cfg: newCacheConfig(opts), provider: p, reg: r, sink: redact.NewSink(r, "cache")}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	w.slots = make(chan struct{}, w.cfg.inFlight)
	w.breaker = w.newBreaker()
	return &Cache{open: func() *cache { return w }}
}

// enter begins work that Close waits for.
func (w *cache) enter() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.wg.Add(1)
	return true
}

func (w *cache) entry(path string) *cacheEntry {
	if e, ok := w.entries.Load(path); ok {
		return e.(*cacheEntry)
	}
	e, loaded := w.entries.LoadOrStore(path, &cacheEntry{path: path, policy: w.cfg.policyFor(path)})
	if !loaded {
		w.trip.paths.Add(1)
	}
	return e.(*cacheEntry)
}

func (w *cache) age(h *held) time.Duration { return h.age(w.cfg.now(), w.cfg.wall()) }

// Get returns the value of a path. While it is fresh this takes no lock and no
// request. Otherwise all callers share one request, which is not cancelled when
// they give up: its result is kept for the next.
//
// Its errors are an [ExpiredError], a [FetchError], [ErrClosed] or that of ctx.
func (c *Cache) Get(ctx context.Context, path string) (*Value, error) {
	w := c.open()
	e := w.entry(path)
	h := e.held.Load()
	if h != nil {
		now, wall := w.cfg.now(), w.cfg.wall()
		e.used.Store(now.UnixNano())
		if age := h.age(now, wall); age < h.ttl && !h.expired(wall) && !e.invalid.Load() {
			w.cfg.metrics.Observe(MetricServedAge, "fresh", age.Seconds())
			return w.value(h, false, ClassOK), nil
		}
	} else {
		e.used.Store(w.cfg.now().UnixNano())
	}
	return w.wait(ctx, e)
}

// wait gets a value that is not fresh.
func (w *cache) wait(ctx context.Context, e *cacheEntry) (*Value, error) {
	if w.ctx.Err() != nil {
		return nil, ErrClosed
	}
	for range 8 {
		if v, err, ok := w.known(e); ok {
			return v, err
		}
		if err := ctx.Err(); err != nil {
			return nil, &FetchError{Path: e.path, Class: ClassOf(err), err: err}
		}
		flight := w.flight(e)
		select {
		case <-ctx.Done():
			if v := w.staleValue(e, ClassTransient); v != nil {
				return v, nil
			}
			err := ctx.Err()
			return nil, &FetchError{Path: e.path, Class: ClassOf(err), err: err}
		case res := <-flight:
			if res.Shared {
				w.cfg.metrics.Add(MetricShared, "", 1)
			}
			err := res.Err
			if err == nil {
				h := res.Val.(*held)
				if age := w.age(h); age < h.hard && !h.expired(w.cfg.wall()) {
					w.cfg.metrics.Observe(MetricServedAge, "fresh", age.Seconds())
					return w.value(h, false, ClassOK), nil
				}
				return nil, w.expired(e, w.age(h), ClassOK)
			}
			if errors.Is(err, errSuperseded) {
				continue // a newer one is there or under way
			}
			return w.failed(e, err)
		}
	}
	return nil, &FetchError{Path: e.path, Class: ClassTransient, err: errSuperseded}
}

// known answers without a request where one was made lately and failed.
func (w *cache) known(e *cacheEntry) (*Value, error, bool) {
	e.mu.Lock()
	err, until := e.err, e.errUntil
	failing := e.failures > 0
	e.mu.Unlock()
	if h := e.held.Load(); h != nil && !e.invalid.Load() && w.age(h) < h.ttl && !h.expired(w.cfg.wall()) {
		return w.value(h, false, ClassOK), nil, true
	}
	if err == nil || !w.cfg.now().Before(until) {
		return nil, nil, false
	}
	if failing {
		if v := w.staleValue(e, ClassOf(err)); v != nil {
			return v, nil, true
		}
	}
	v, err := w.failed(e, err)
	return v, err, true
}

// failed is the answer after a failure: the stale value where that is allowed.
func (w *cache) failed(e *cacheEntry, err error) (*Value, error) {
	class := ClassOf(err)
	if errors.Is(err, ErrClosed) {
		return nil, ErrClosed
	}
	if !class.Authoritative() {
		if v := w.staleValue(e, class); v != nil {
			return v, nil
		}
	}
	e.mu.Lock()
	last := e.last
	ended := e.ended
	e.mu.Unlock()
	if last != nil && !ended {
		return nil, w.expired(e, w.age(last), class)
	}
	var fe *FetchError
	if errors.As(err, &fe) {
		return nil, fe
	}
	return nil, &FetchError{Path: e.path, Class: class, err: w.sink.Event().Err(err)}
}

func (w *cache) expired(e *cacheEntry, age time.Duration, last Class) error {
	w.cfg.metrics.Add(MetricExpired, "", 1)
	return &ExpiredError{Path: e.path, Age: age, Last: last}
}

// staleValue returns the held value if it may be served although it could not
// be refreshed.
func (w *cache) staleValue(e *cacheEntry, cause Class) *Value {
	h := e.held.Load()
	if h == nil {
		return nil
	}
	age := w.age(h)
	if age >= h.hard || h.expired(w.cfg.wall()) {
		return nil
	}
	w.cfg.metrics.Add(MetricStaleServed, "", 1)
	w.cfg.metrics.Observe(MetricServedAge, "stale", age.Seconds())
	return w.value(h, true, cause)
}

func (w *cache) value(h *held, stale bool, cause Class) *Value {
	v := &value{held: h, stale: stale, cause: cause, age: func() time.Duration { return w.age(h) }}
	return &Value{open: func() *value { return v }}
}

// Invalidate says that the value of a path may have changed. The next Get
// fetches it; the present value is served only if that fails, within its
// bounds, which do not move. A request that is under way already does not count
// as new.
func (c *Cache) Invalidate(path string) {
	w := c.open()
	x, ok := w.entries.Load(path)
	if !ok {
		return
	}
	e := x.(*cacheEntry)
	e.commit.Lock()
	e.mu.Lock()
	e.floor = e.started.Load()
	e.err, e.errUntil = nil, time.Time{}
	e.invalid.Store(true)
	e.mu.Unlock()
	e.commit.Unlock()
	w.flights.Forget(path)
	w.schedule(e, 0)
}

// Start fetches the required paths in parallel and returns when all are there,
// or an error that names those that are not, with the class of each failure.
// Every path gets one attempt: a start without its secrets should fail fast.
// Without required paths it does nothing.
func (c *Cache) Start(ctx context.Context, required ...string) error {
	w := c.open()
	if w.ctx.Err() != nil {
		return ErrClosed
	}
	ctx, cancel := context.WithTimeout(ctx, w.cfg.startTimeout)
	defer cancel()
	errs := make([]error, len(required))
	var wg sync.WaitGroup
	for i, path := range required {
		w.entry(path).required.Store(true)
		wg.Go(func() {
			if _, err := c.Get(ctx, path); err != nil {
				errs[i] = fmt.Errorf("secretsregistry: start: %s: %w", shownName(path), err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Close ends refreshes, watches and hooks, revokes leases as far as the
// provider answers within the close timeout, and waits for what is under way as
// long. What was registered stays redacted. Closing twice is harmless.
func (c *Cache) Close() error {
	w := c.open()
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return nil
	}
	w.closed = true
	w.mu.Unlock()
	w.cancel()
	w.entries.Range(func(_, x any) bool {
		e := x.(*cacheEntry)
		e.mu.Lock()
		if e.timer != nil {
			e.timer.Stop()
		}
		e.mu.Unlock()
		return true
	})
	ctx, cancel := context.WithTimeout(context.Background(), w.cfg.closeTimeout)
	defer cancel()
	done := make(chan struct{})
	go func() { w.wg.Wait(); close(done) }()
	var err error
	select {
	case <-done:
	case <-ctx.Done():
		err = errors.New("secretsregistry: close: a request does not end with its context")
	}
	return errors.Join(err, w.revokeAll(ctx))
}

// A FetchError says why there is no value. What the provider said is redacted.
type FetchError struct {
	Path  string
	Class Class
	err   error
}

func (e *FetchError) Error() string {
	return fmt.Sprintf("secretsregistry: %s: %s: %v", shownName(e.Path), e.Class, e.err)
}

// Unwrap returns what the provider said, redacted, still of its class.
func (e *FetchError) Unwrap() error { return e.err }

// errSuperseded ends a request that was overtaken; it does not reach callers
// unless that happens again and again.
var errSuperseded = errors.New("overtaken by an invalidation")

// cacheEntry is the state of one path.
type cacheEntry struct {
	path   string
	policy Policy

	held     atomic.Pointer[held] // published; nil: none, or it was ended
	invalid  atomic.Bool          // held is not fresh whatever its age
	used     atomic.Int64         // last Get
	required atomic.Bool
	started  atomic.Uint64 // requests, in the order in which they began

	commit sync.Mutex      // held while a result takes effect
	names  map[string]bool // of the secrets that are current, guarded by commit

	mu       sync.Mutex
	floor    uint64 // results of requests up to this one are dropped
	last     *held  // the last published one, for comparison
	ended    bool   // by an authoritative answer
	failures int    // in a row
	err      error  // of the last request; nil if it succeeded
	errUntil time.Time
	dueAt    time.Time // of the refresh
	timer    *time.Timer
	watching bool
	hooks    []*rotateHook
}
