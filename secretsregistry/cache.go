package secretsregistry

import (
	"context"
	"errors"
	"fmt"
	"runtime"
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
	gauge    breakerGauge
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

// enlist returns the entry of a path after f has noted in it why it is needed.
// One that is being dropped meanwhile is not used: see [cache.drop].
func (w *cache) enlist(path string, f func(*cacheEntry)) *cacheEntry {
	for {
		e := w.entry(path)
		f(e)
		if !e.gone.Load() {
			return e
		}
		runtime.Gosched()
	}
}

// dropAfter is how long a path that never had a value is known after the last
// Get.
const dropAfter = 10 * time.Minute

// drop forgets a path that has no value and that nobody needs: paths may come
// from requests, and one that was asked for by mistake must not degrade the
// health of the cache for ever.
func (w *cache) drop(e *cacheEntry) {
	e.mu.Lock()
	defer e.mu.Unlock()
	// In this order: whoever needs the entry notes that before it looks at gone.
	e.gone.Store(true)
	unused := w.cfg.now().Sub(time.Unix(0, e.used.Load()))
	switch {
	case e.last != nil || e.required.Load() || len(e.hooks) > 0 || e.flying != 0 || e.stuck > 0:
		e.gone.Store(false)
	case unused < dropAfter:
		e.gone.Store(false)
		w.dropLater(e, dropAfter-unused)
	case w.entries.CompareAndDelete(e.path, e):
		w.trip.paths.Add(-1)
	}
}

// dropLater plans it, in the place of a refresh, of which there is none. e.mu is
// held.
func (w *cache) dropLater(e *cacheEntry, d time.Duration) {
	if w.ctx.Err() != nil {
		return
	}
	if e.timer != nil {
		e.timer.Stop()
	}
	e.timer = time.AfterFunc(d, func() { w.drop(e) })
}

func (w *cache) age(h *held) time.Duration { return h.age(w.cfg.now(), w.cfg.wall()) }

// Get returns the value of a path. While it is fresh this takes no lock and no
// request. Otherwise all callers share one request, which is not cancelled when
// they give up: its result is kept for the next.
//
// Its errors are an [ExpiredError], a [FetchError], [ErrClosed] or that of ctx.
func (c *Cache) Get(ctx context.Context, path string) (*Value, error) {
	w := c.open()
	now, wall := w.cfg.now(), w.cfg.wall()
	e := w.entry(path)
	if e.used.Store(now.UnixNano()); e.gone.Load() {
		e = w.enlist(path, func(e *cacheEntry) { e.used.Store(now.UnixNano()) })
	}
	// In this order: a publication stores the value before it says that it is
	// valid, so a value from before an invalidation never passes for valid.
	invalid := e.invalid.Load()
	h := e.held.Load()
	if h != nil {
		if age := h.age(now, wall); age < h.ttl && !h.expired(wall) && !invalid {
			w.observe(MetricServedAge, "fresh", age.Seconds())
			return w.value(h, false, ClassOK), nil
		}
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
			return nil, w.fetchError(e, err)
		}
		flight := w.flight(e)
		var res singleflight.Result
		select {
		case res = <-flight:
		default:
			patience, stop := w.patience(e)
			select {
			case res = <-flight:
			case <-ctx.Done():
			case <-patience:
			}
			stop()
			if res.Val == nil && res.Err == nil {
				if v := w.staleValue(e, ClassTransient); v != nil {
					return v, nil
				}
				select {
				case res = <-flight:
				case <-ctx.Done():
					return nil, w.fetchError(e, ctx.Err())
				}
			}
		}
		if res.Shared {
			w.count(MetricShared, "", 1)
		}
		if res.Err == nil && !e.overtaken(res.Val.(*held)) {
			return w.arrived(e, res.Val.(*held))
		}
		if res.Err == nil || errors.Is(res.Err, errSuperseded) {
			continue // a newer one is there or under way
		}
		return w.failed(e, res.Err)
	}
	return w.failed(e, w.fetchError(e, errSuperseded))
}

// waitStale is how long a caller waits for one attempt where the one before it
// failed and there is a stale value.
const waitStale = 100 * time.Millisecond

// patience ends when a caller should take the stale value, if there is one: a
// manager that hangs must not hold up everybody at every attempt. Where the
// last attempt did not fail, the caller waits for this one.
func (w *cache) patience(e *cacheEntry) (<-chan time.Time, func()) {
	e.mu.Lock()
	failed, began := e.err != nil, e.attempt
	e.mu.Unlock()
	if !failed || e.held.Load() == nil {
		return nil, func() {}
	}
	left := waitStale
	if !began.IsZero() {
		left -= w.cfg.now().Sub(began)
	}
	t := time.NewTimer(left)
	return t.C, func() { t.Stop() }
}

// arrived is the answer after a request that succeeded.
func (w *cache) arrived(e *cacheEntry, h *held) (*Value, error) {
	age := w.age(h)
	switch {
	case age >= h.hard || h.expired(w.cfg.wall()):
		return nil, w.expired(e, age, ClassOK)
	case age >= h.ttl:
		w.count(MetricStaleServed, "", 1)
		w.observe(MetricServedAge, "stale", age.Seconds())
		return w.value(h, true, ClassOK), nil
	}
	w.observe(MetricServedAge, "fresh", age.Seconds())
	return w.value(h, false, ClassOK), nil
}

// overtaken reports whether a value is older than an invalidation.
func (e *cacheEntry) overtaken(h *held) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.invalid.Load() && h.n <= e.floor
}

// known answers without a request where one was made lately and failed.
func (w *cache) known(e *cacheEntry) (*Value, error, bool) {
	e.mu.Lock()
	err, until := e.err, e.errUntil
	failing := e.failures > 0
	e.mu.Unlock()
	invalid := e.invalid.Load() // before held, as in Get
	if h := e.held.Load(); h != nil && !invalid && w.age(h) < h.ttl && !h.expired(w.cfg.wall()) {
		v, err := w.arrived(e, h)
		return v, err, true
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
	if h := e.held.Load(); !class.Authoritative() || h != nil && h.spared {
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
	return nil, w.fetchError(e, err)
}

// fetchError wraps an error for callers.
func (w *cache) fetchError(e *cacheEntry, err error) *FetchError {
	ev := w.sink.Event()
	return &FetchError{Path: e.path, Class: ClassOf(err), shown: ev.String(shownName(e.path)), err: ev.Err(err)}
}

func (w *cache) expired(e *cacheEntry, age time.Duration, last Class) error {
	w.count(MetricExpired, "", 1)
	return &ExpiredError{Path: e.path, Age: age, Last: last, shown: w.sink.Event().String(shownName(e.path))}
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
	w.count(MetricStaleServed, "", 1)
	w.observe(MetricServedAge, "stale", age.Seconds())
	return w.value(h, true, cause)
}

func (w *cache) value(h *held, stale bool, cause Class) *Value {
	v := &value{held: h, stale: stale, cause: cause, age: func() time.Duration { return w.age(h) }}
	return &Value{open: func() *value { return v }}
}

// Invalidate says that the value of a path may have changed. The next Get
// fetches it; the present value is served only if that fails, within its
// bounds, which do not move. A request that is under way already does not count
// as new. While a provider fails again and again an invalidation does not
// shorten the pause before the next attempt.
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
	e.invalid.Store(true)
	pause := e.failures >= patientFailures && e.err != nil
	if !pause {
		e.err, e.errUntil = nil, time.Time{}
	}
	// A request that has not been sent yet is as good as a new one: a thousand
	// invalidations do not queue a thousand requests.
	sent := e.flying != 0
	e.flying = 0
	e.mu.Unlock()
	e.commit.Unlock()
	if sent {
		w.flights.Forget(path)
	}
	if !pause {
		w.schedule(e, 0)
	}
}

// patientFailures is how many failures in a row make the pause between attempts
// count more than invalidations.
const patientFailures = 10

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
		w.enlist(path, func(e *cacheEntry) { e.required.Store(true) })
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
// long. Get then fails with [ErrClosed]: nothing would end a value any more.
// What was registered stays redacted. Closing twice is harmless.
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
	w.entries.Range(func(_, x any) bool {
		e := x.(*cacheEntry)
		e.commit.Lock()
		e.held.Store(nil)
		e.forget()
		e.commit.Unlock()
		return true
	})
	w.gauge.end(w)
	return errors.Join(err, w.revokeAll(ctx))
}

// A FetchError says why there is no value. What the provider said is redacted.
type FetchError struct {
	Path  string
	Class Class
	shown string // the path, redacted
	err   error
}

func (e *FetchError) Error() string {
	path := e.shown
	if path == "" {
		path = shownName(e.Path)
	}
	return fmt.Sprintf("secretsregistry: %s: %s: %v", path, e.Class, e.err)
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
	gone     atomic.Bool   // dropped, or about to be
	reread   atomic.Bool   // the manager has hinted at a change
	started  atomic.Uint64 // requests, in the order in which they began

	commit sync.Mutex      // held while a result takes effect
	names  map[string]bool // of the secrets that are current, guarded by commit

	mu       sync.Mutex
	floor    uint64    // results of requests up to this one are dropped
	last     *held     // the last published one, for comparison
	ended    bool      // by an authoritative answer
	endedBy  uint64    // what requests up to this one have read was ended
	flying   uint64    // the newest request that runs and may be joined; 0: none
	attempt  time.Time // when it began
	stuck    int       // requests that outlive their time limit
	failures int       // in a row
	err      error     // of the last request; nil if it succeeded
	errUntil time.Time
	dueAt    time.Time // of the refresh
	timer    *time.Timer
	watching bool
	hooks    []*rotateHook
}
