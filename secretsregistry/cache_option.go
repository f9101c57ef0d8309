package secretsregistry

import (
	"math/rand/v2"
	"strings"
	"time"
)

// A CacheOption configures a [Cache].
type CacheOption interface{ applyCache(*cacheConfig) }

type cacheOptionFunc func(*cacheConfig)

func (f cacheOptionFunc) applyCache(c *cacheConfig) { f(c) }

type cacheConfig struct {
	name         string
	policy       Policy
	paths        map[string]Policy
	fetchTimeout time.Duration
	startTimeout time.Duration
	closeTimeout time.Duration
	negativeTTL  time.Duration
	idle         time.Duration
	skew         time.Duration
	inFlight     int
	rand         *rand.Rand
	metrics      Metrics
	audit        func(FetchEvent)
	now          func() time.Time // with the monotonic clock
	wall         func() time.Time
}

func newCacheConfig(opts []CacheOption) cacheConfig {
	c := cacheConfig{
		name:         "provider",
		policy:       KindStatic.Policy(),
		paths:        map[string]Policy{},
		fetchTimeout: 10 * time.Second,
		startTimeout: 30 * time.Second,
		closeTimeout: 5 * time.Second,
		negativeTTL:  10 * time.Second,
		idle:         24 * time.Hour,
		inFlight:     8,
		rand:         rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())),
		metrics:      noMetrics{},
		now:          time.Now,
		wall:         func() time.Time { return time.Now().Round(0) },
	}
	for _, o := range opts {
		o.applyCache(&c)
	}
	return c
}

// policyFor returns the policy of the longest prefix that is set.
func (c *cacheConfig) policyFor(path string) Policy {
	best, found := c.policy, -1
	for prefix, p := range c.paths {
		if len(prefix) > found && (path == prefix || strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/")) {
			best, found = p, len(prefix)
		}
	}
	return best
}

// WithTTL sets how long values are fresh, 5 minutes by default. It panics
// unless d is positive.
func WithTTL(d time.Duration) CacheOption {
	if d <= 0 {
		panic("secretsregistry: TTL must be positive")
	}
	return cacheOptionFunc(func(c *cacheConfig) { c.policy.TTL = d })
}

// WithMaxStale sets how long beyond its TTL a value may be served while the
// manager does not answer, 15 minutes by default; 0 is never.
func WithMaxStale(d time.Duration) CacheOption {
	return cacheOptionFunc(func(c *cacheConfig) { c.policy.MaxStale = max(d, 0) })
}

// WithPolicy sets the policy of a path and of all paths below it. The longest
// one that fits counts. It panics unless p.TTL is positive.
func WithPolicy(path string, p Policy) CacheOption {
	if p.TTL <= 0 {
		panic("secretsregistry: TTL must be positive")
	}
	return cacheOptionFunc(func(c *cacheConfig) { c.paths[path] = p })
}

// WithDefaultPolicy sets the policy of all other paths.
func WithDefaultPolicy(p Policy) CacheOption {
	if p.TTL <= 0 {
		panic("secretsregistry: TTL must be positive")
	}
	return cacheOptionFunc(func(c *cacheConfig) { c.policy = p })
}

// WithStrict withholds secrets that have a field which cannot be redacted and
// is not public, on all paths without a policy of their own.
func WithStrict() CacheOption {
	return cacheOptionFunc(func(c *cacheConfig) { c.policy.Strict = true })
}

// WithFetchTimeout bounds one request, 10 seconds by default. Close to the end
// of a value's life it is less, so that three attempts fit.
func WithFetchTimeout(d time.Duration) CacheOption {
	return cacheOptionFunc(func(c *cacheConfig) { c.fetchTimeout = max(d, time.Millisecond) })
}

// WithStartTimeout bounds [Cache.Start], 30 seconds by default.
func WithStartTimeout(d time.Duration) CacheOption {
	return cacheOptionFunc(func(c *cacheConfig) { c.startTimeout = max(d, time.Millisecond) })
}

// WithNegativeTTL sets for how long a failure is remembered where there is no
// value, 10 seconds by default, 5 minutes at most.
func WithNegativeTTL(d time.Duration) CacheOption {
	return cacheOptionFunc(func(c *cacheConfig) { c.negativeTTL = min(max(d, 0), 5*time.Minute) })
}

// WithIdleTTL sets after how long without a Get a value is no longer refreshed,
// 24 hours by default and at least 10 TTLs. It stays redacted. What [Cache.Start]
// required and what has an [Cache.OnRotate] hook is always refreshed.
func WithIdleTTL(d time.Duration) CacheOption {
	return cacheOptionFunc(func(c *cacheConfig) { c.idle = max(d, 0) })
}

// WithLeaseSkew ends leased values earlier than their lease, for clocks that
// differ. The default is 0.
func WithLeaseSkew(d time.Duration) CacheOption {
	return cacheOptionFunc(func(c *cacheConfig) { c.skew = max(d, 0) })
}

// WithMaxInFlight bounds the requests under way at once, 8 by default.
func WithMaxInFlight(n int) CacheOption {
	return cacheOptionFunc(func(c *cacheConfig) { c.inFlight = max(n, 1) })
}

// WithSeed makes jitter repeatable.
func WithSeed(seed uint64) CacheOption {
	return cacheOptionFunc(func(c *cacheConfig) { c.rand = rand.New(rand.NewPCG(seed, seed)) })
}

// WithProviderName names the provider in audit events and metrics, "provider" by
// default. Two caches that report to one [Metrics] need two names.
func WithProviderName(name string) CacheOption {
	return cacheOptionFunc(func(c *cacheConfig) { c.name = name })
}

// WithMetrics reports to m. See [Metrics].
func WithMetrics(m Metrics) CacheOption {
	return cacheOptionFunc(func(c *cacheConfig) {
		if m != nil {
			c.metrics = m
		}
	})
}

// WithAudit has f told of every request to the provider, when it is over and
// before anybody gets its result. f must not block; a panic is recovered.
func WithAudit(f func(FetchEvent)) CacheOption {
	return cacheOptionFunc(func(c *cacheConfig) { c.audit = f })
}

// withClocks replaces the clocks, which otherwise cannot be told apart in a
// test.
func withClocks(now, wall func() time.Time) CacheOption {
	return cacheOptionFunc(func(c *cacheConfig) { c.now, c.wall = now, wall })
}
