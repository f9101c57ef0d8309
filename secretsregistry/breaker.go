package secretsregistry

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// tripAfter is how many requests must fail in a row before the provider is left
// alone.
const tripAfter = 5

// A trip decides when the breaker opens: after failures in a row of at least
// two paths, or of the only one. One bad path does not close the door for the
// others; its own backoff limits it.
type trip struct {
	paths  atomic.Int64 // known to the cache
	mu     sync.Mutex
	failed map[string]bool // since the last success
}

func (t *trip) failure(path string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failed == nil {
		t.failed = map[string]bool{}
	}
	t.failed[path] = true
}

func (t *trip) success() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.failed)
}

func (t *trip) enough() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.failed) > 1 || t.paths.Load() == 1
}

// openTime is how long the breaker stays open: short enough for several probes
// within the shortest time for which values may be stale. The breaker gates
// requests and never moves the end of a value.
func (w *cache) openTime() time.Duration {
	least := w.cfg.policy.MaxStale
	for _, p := range w.cfg.paths {
		if p.MaxStale > 0 && (least == 0 || p.MaxStale < least) {
			least = p.MaxStale
		}
	}
	if least == 0 {
		return 5 * time.Second
	}
	return min(longest(least), 15*time.Second)
}

func (w *cache) newBreaker() *gobreaker.CircuitBreaker[*Payload] {
	return gobreaker.NewCircuitBreaker[*Payload](gobreaker.Settings{
		Name:        w.cfg.name,
		MaxRequests: 1, // one probe at a time
		Timeout:     w.openTime(),
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= tripAfter && w.trip.enough() },
		// Only what says that the provider is in trouble counts. Not found and
		// denied are answers.
		IsSuccessful: func(err error) bool {
			if ClassOf(err) == ClassTransient {
				return false
			}
			w.trip.success()
			return true
		},
		IsExcluded: func(err error) bool { return ClassOf(err) == ClassCanceled },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			w.gauge.show(w, breakerState(to))
		},
	})
}

// breakerState is a state as [MetricBreakerState] has it.
func breakerState(s gobreaker.State) int64 {
	switch s {
	case gobreaker.StateHalfOpen:
		return 1
	case gobreaker.StateOpen:
		return 2
	}
	return 0
}

// A breakerGauge is what [MetricBreakerState] shows, which is changed by
// differences.
type breakerGauge struct {
	mu    sync.Mutex
	shown int64
	ended bool
}

func (g *breakerGauge) show(w *cache, state int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.ended {
		w.count(MetricBreakerState, "", state-g.shown)
		g.shown = state
	}
}

// end takes a cache that is closed out of the sum.
func (g *breakerGauge) end(w *cache) {
	g.show(w, 0)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended = true
}
